package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// policyBack leads back to the page of a policy with a sentence.
func policyBack(w http.ResponseWriter, r *http.Request, who visitor, said string) error {
	return back(w, r, orgPath(who.Slug(), "policy", r.PathValue("policy")), said)
}

// getPolicySubmit asks what kind of change a draft is: GET /o/{org}/policy/{policy}/submit.
func (s *Server) getPolicySubmit(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	next, ok := o.Next()
	if !ok || next.State != policy.Draft {
		return policyBack(w, r, who, "There is no draft to hand in.")
	}
	p := policySubmitPage{Change: next.Change}
	if next.Material {
		p.Material = "yes"
	}
	return s.showPolicySubmit(w, r, who, http.StatusOK, o, p)
}

func (s *Server) showPolicySubmit(w http.ResponseWriter, r *http.Request, who visitor, status int, o policyOpen, p policySubmitPage) error {
	p.policyHead = s.policyHead(w, r, who, o, "", "Hand in")
	p.Step = policyStep{}
	next, _ := o.Next()
	was, inForce := o.InForce()
	p.First = !inForce
	var err error
	if o.reach, err = s.policyReach(r.Context(), who, o.Audience, o.zone); err != nil {
		return err
	}
	p.Next = policyNumbers(o.Versions)
	p.Ask, p.Approver = policyAudience(o), o.ApproverName
	p.Unfilled = next.Unfilled
	p.Against, p.Diff = o.against(next)
	p.Was = was.Number()
	return s.render(w, r, status, policySubmit(p))
}

// policyNumbers are the numbers a material and another change would get.
func policyNumbers(list []policy.Version) [2]string {
	major, minor := 0, 0
	for _, v := range list {
		if !v.PublishedAt.IsZero() && (v.Major > major || v.Major == major && v.Minor > minor) {
			major, minor = v.Major, v.Minor
		}
	}
	return [2]string{strconv.Itoa(major+1) + ".0", strconv.Itoa(major) + "." + strconv.Itoa(minor+1)}
}

// policyAudience is how many people would be asked to acknowledge a material change.
func policyAudience(o policyOpen) int {
	if !o.Acknowledge {
		return 0
	}
	return o.reach
}

// postPolicySubmit says what kind of change a draft is and hands it in:
// POST /o/{org}/policy/{policy}/submit. What is not material goes on to publishing.
func (s *Server) postPolicySubmit(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	next, ok := o.Next()
	if !ok || next.State != policy.Draft {
		return policyBack(w, r, who, "There is no draft to hand in.")
	}
	p := policySubmitPage{Change: strings.TrimSpace(r.FormValue("change")), Material: r.FormValue("material")}
	refused := func(wrong *problem.Error) error {
		if wrong.Code == problem.Internal || wrong.Code == problem.Forbidden {
			return wrong
		}
		p.Problem = wrong
		return s.showPolicySubmit(w, r, who, statusOf(wrong.Code), o, p)
	}
	if p.Material != "yes" && p.Material != "no" {
		return refused(problem.Field("material", "Say whether somebody has to do something differently. Choose one of the two."))
	}
	if p.Material == "yes" != next.Material || p.Change != next.Change {
		if next, err = s.Policies.Describe(r.Context(), who.Actor, o.ID, policy.Text{Change: p.Change, Material: p.Material == "yes", Stamp: next.Stamp}, s.Now()); err != nil {
			return refused(problem.Of(err))
		}
	}
	if !next.Material {
		return back(w, r, orgPath(who.Slug(), "policy", o.Slug, "publish"), "")
	}
	v, err := s.Policies.Submit(r.Context(), who.Actor, o.ID, s.Now())
	if err != nil {
		return refused(problem.Of(err))
	}
	if v.State == policy.Approved {
		return policyBack(w, r, who, "Version "+v.Number()+" is approved: nobody has to agree. It can be published.")
	}
	return policyBack(w, r, who, "Version "+v.Number()+" is handed in. Whoever approves it finds it under My tasks.")
}

// postPolicyWithdraw takes a version back: POST /o/{org}/policy/{policy}/withdraw.
func (s *Server) postPolicyWithdraw(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Policies.Withdraw(r.Context(), who.Actor, r.PathValue("policy"), s.Now()); err != nil {
		return err
	}
	return policyBack(w, r, who, "It is a draft again.")
}

// getPolicyDecide shows what waits for a word: GET /o/{org}/policy/{policy}/decide.
func (s *Server) getPolicyDecide(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	if o.approval == nil {
		return policyBack(w, r, who, "Nothing of this policy waits for approval any more.")
	}
	return s.showPolicyDecide(w, r, who, http.StatusOK, o, policyDecidePage{})
}

func (s *Server) showPolicyDecide(w http.ResponseWriter, r *http.Request, who visitor, status int, o policyOpen, p policyDecidePage) error {
	p.policyHead = s.policyHead(w, r, who, o, "", "Approval")
	p.Step = policyStep{}
	p.Approval = o.approval.ID
	p.Stands, p.May = o.approval.Standing.Why, o.mayDecide(who)
	p.At = momentWords(o.approval.At, o.zone)
	if o.approval.Subject.Kind == approval.PolicyReview {
		o.reviewToDecide(&p)
	} else {
		v, _ := o.Next()
		p.Version, p.Number, p.By, p.Kind = v, v.Number(), o.name(v.WrittenBy), policyKind(v, o)
		p.Against, p.Diff = o.against(v)
		p.read(o, v)
	}
	if !p.May {
		p.WhyNot = "Your word is not asked for. " + o.approval.Standing.Why
		if o.approval.Author == who.Account.ID {
			p.WhyNot = "Nobody approves their own text. " + o.approval.Standing.Why
		}
	}
	return s.render(w, r, status, policyDecide(p))
}

// reviewToDecide fills the page for a review that found nothing to change.
func (o policyOpen) reviewToDecide(p *policyDecidePage) {
	i := slices.IndexFunc(o.Reviews, func(x policy.Review) bool { return x.State == policy.ReviewWaits })
	if i < 0 {
		return
	}
	rv := o.Reviews[i]
	v, _ := o.InForce()
	p.Review, p.Version, p.Number, p.By = true, v, v.Number(), o.name(rv.By)
	p.Kind = "A review on " + dayWords(rv.On) + " that found nothing to change"
	p.Version.Change = rv.Note
	p.Against = "The text in force"
	p.Diff = diffView{Nothing: "Nothing changes. Read the text below and say whether it can stay as it is."}
	p.read(o, v)
}

// read puts the whole text on the page.
func (p *policyDecidePage) read(o policyOpen, v policy.Version) {
	if v.Uploaded() {
		p.Upload = policyFileOf(p.frame, o, v)
		return
	}
	p.Reading = policyTitle(policyBody(v, true), o.Title)
}

// postPolicyDecide records a yes or a no: POST /o/{org}/policy/{policy}/decide.
func (s *Server) postPolicyDecide(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	if o.approval == nil || o.approval.ID != r.FormValue("approval") {
		return policyBack(w, r, who, "What you decided about does not wait any more, so nothing was recorded. Look at how it stands now.")
	}
	yes, reason := r.FormValue("word") == "yes", strings.TrimSpace(r.FormValue("reason"))
	decide := s.Policies.Decide
	if o.approval.Subject.Kind == approval.PolicyReview {
		decide = s.Policies.DecideReview
	}
	a, err := decide(r.Context(), who.Actor, o.ID, yes, reason, s.Now())
	if err != nil {
		wrong := problem.Of(err)
		if wrong.Field != "reason" {
			return err
		}
		return s.showPolicyDecide(w, r, who, statusOf(wrong.Code), o, policyDecidePage{Reason: reason, Problem: wrong})
	}
	return policyBack(w, r, who, policyDecided(a))
}

// policyDecided says what became of an approval.
func policyDecided(a approval.Approval) string {
	review := a.Subject.Kind == approval.PolicyReview
	switch {
	case a.State == approval.Open:
		return "Your word is recorded. It is settled when everybody has agreed who must."
	case a.State == approval.Rejected && review:
		return "Rejected. The policy has to be changed."
	case a.State == approval.Rejected:
		return "Rejected. The text is a draft again, and its author sees your reason."
	case review:
		return "Approved. The review counts."
	}
	return "Approved. The text can be published."
}

// getPolicyPublish says what publishing will cause: GET /o/{org}/policy/{policy}/publish.
func (s *Server) getPolicyPublish(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	return s.showPolicyPublish(w, r, who, http.StatusOK, o, nil)
}

func (s *Server) showPolicyPublish(w http.ResponseWriter, r *http.Request, who visitor, status int, o policyOpen, wrong *problem.Error) error {
	next, ok := o.Next()
	if !ok || next.State == policy.InApproval || next.State == policy.Draft && next.Material {
		return policyBack(w, r, who, "There is nothing that can be published now.")
	}
	days, err := s.Policies.Days(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if o.reach, err = s.policyReach(r.Context(), who, o.Audience, o.zone); err != nil {
		return err
	}
	p := policyPublishPage{Number: next.Number(), Problem: wrong}
	p.policyHead = s.policyHead(w, r, who, o, "", "Publish")
	p.Step = policyStep{}
	p.Against, p.Diff = o.against(next)
	p.Causes = o.causes(next, cadence.DateOf(s.Now(), o.zone), days)
	if len(next.Unfilled) > 0 {
		p.Warns = append(p.Warns, "Variables without a value: "+strings.Join(next.Unfilled, ", ")+". Fill them in before you publish.")
	}
	if o.Acknowledge && o.reach == 0 {
		p.Warns = append(p.Warns, "It has to be acknowledged, but nobody who is here is in its audience. Look at whom it binds, in the settings.")
	}
	return s.render(w, r, status, policyPublish(p))
}

// causes lists what happens when a version is published.
func (o policyOpen) causes(v policy.Version, today cadence.Date, days int) []string {
	var out []string
	if was, ok := o.InForce(); ok {
		out = append(out, fmt.Sprintf("Version %s takes the place of version %s, which stays readable with its approvals and acknowledgements.", v.Number(), was.Number()))
	} else {
		out = append(out, "Version "+v.Number()+" comes into force.")
	}
	n := policyAudience(o)
	switch {
	case !o.Acknowledge:
		out = append(out, "Nobody is asked to acknowledge it: its settings say so.")
	case !v.Material:
		out = append(out, "Nobody is asked to acknowledge it again: the change is not material.")
	case n > 0:
		out = append(out, fmt.Sprintf("%s asked to acknowledge it by %s.", plural(n, "person is", "people are"), onDay(today+cadence.Date(days))))
	}
	if v.Material && o.ReviewEvery > 0 {
		out = append(out, "The next review is due by "+onDay(today.AddMonths(o.ReviewEvery))+".")
	}
	return append(out, "A PDF of exactly this text is kept with the version.")
}

// postPolicyPublish brings it into force: POST /o/{org}/policy/{policy}/publish.
func (s *Server) postPolicyPublish(w http.ResponseWriter, r *http.Request, who visitor) error {
	v, err := s.Policies.Publish(r.Context(), who.Actor, r.PathValue("policy"), s.Now())
	if err != nil {
		wrong := problem.Of(err)
		if wrong.Code == problem.Internal || wrong.Code == problem.Forbidden {
			return err
		}
		o, _, err := s.openPolicy(r, who)
		if err != nil {
			return err
		}
		return s.showPolicyPublish(w, r, who, statusOf(wrong.Code), o, wrong)
	}
	return policyBack(w, r, who, "Version "+v.Number()+" is in force.")
}

// postPolicyReviewed records a review without new text: POST /o/{org}/policy/{policy}/reviewed.
func (s *Server) postPolicyReviewed(w http.ResponseWriter, r *http.Request, who visitor) error {
	typed, note := strings.TrimSpace(r.FormValue("on")), strings.TrimSpace(r.FormValue("note"))
	on, known := cadence.ReadDate(typed)
	var rv policy.Review
	var err error
	if !known {
		err = problem.Field("on", "This is no day that can be read in one way only. Write it as 2026-03-01.")
	} else {
		rv, err = s.Policies.Reviewed(r.Context(), who.Actor, r.PathValue("policy"), on, note, s.Now())
	}
	if err != nil {
		wrong := problem.Of(err)
		if wrong.Field == "" {
			return err
		}
		o, b, err := s.openPolicy(r, who)
		if err != nil {
			return err
		}
		head := s.policyHead(w, r, who, o, "text", "")
		head.Step.On, head.Step.Note, head.Step.Problem = typed, note, wrong
		return s.showPolicy(w, r, who, statusOf(wrong.Code), o, b, head)
	}
	if rv.State == policy.ReviewWaits {
		return policyBack(w, r, who, "The review is recorded and waits for approval.")
	}
	return policyBack(w, r, who, "The review is recorded. The text stays as it is.")
}

// postPolicyArchive ends a policy: POST /o/{org}/policy/{policy}/archive.
func (s *Server) postPolicyArchive(w http.ResponseWriter, r *http.Request, who visitor) error {
	reason := strings.TrimSpace(r.FormValue("reason"))
	if err := s.Policies.Archive(r.Context(), who.Actor, r.PathValue("policy"), reason, s.Now()); err != nil {
		wrong := problem.Of(err)
		if wrong.Field != "reason" {
			return err
		}
		o, b, err := s.openPolicy(r, who)
		if err != nil {
			return err
		}
		return s.showPolicySettings(w, r, who, statusOf(wrong.Code), o, b, policySettingsPage{Form: policyFormOf(o, b), Reason: reason, Problem: wrong})
	}
	return policyBack(w, r, who, "The policy is archived. It binds nobody any more.")
}
