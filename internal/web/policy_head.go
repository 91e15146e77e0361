package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/task"
)

// policyOpen is one policy as a request reads it.
type policyOpen struct {
	policy.Folder
	zone     *time.Location
	approval *approval.Waiting // of the version that waits, or of the review that waits; nil: none
	rejected string            // why the draft was sent back last, or empty
	reach    int               // people here who are in its audience
}

// openPolicy reads the policy of the address with what waits for approval.
func (s *Server) openPolicy(r *http.Request, who visitor) (policyOpen, *book, error) {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return policyOpen{}, nil, err
	}
	f, err := s.Policies.Find(r.Context(), who.Actor, r.PathValue("policy"), s.Now())
	if err != nil {
		return policyOpen{}, nil, err
	}
	o := policyOpen{Folder: f, zone: b.Zone}
	if v, ok := f.Next(); ok {
		list, err := s.Approvals.Of(r.Context(), who.Actor, approval.PolicyVersion, v.ID)
		if err != nil {
			return o, b, err
		}
		o.settle(list)
	} else if i := slices.IndexFunc(f.Reviews, func(x policy.Review) bool { return x.State == policy.ReviewWaits }); i >= 0 {
		list, err := s.Approvals.Of(r.Context(), who.Actor, approval.PolicyReview, f.Reviews[i].ID)
		if err != nil {
			return o, b, err
		}
		o.settle(list)
	}
	return o, b, nil
}

// settle keeps the approval that is open, and the reason of the last no.
func (o *policyOpen) settle(list []approval.Waiting) {
	for i, a := range list {
		if a.State == approval.Open {
			o.approval = &list[i]
		}
	}
	if len(list) > 0 && list[0].State == approval.Rejected {
		for _, d := range list[0].Decisions {
			if !d.Yes {
				o.rejected = d.Name + ": " + d.Reason
			}
		}
	}
}

// mayDecide reports whether it is the reader's turn to say yes or no.
func (o policyOpen) mayDecide(who visitor) bool {
	return o.approval != nil && slices.ContainsFunc(o.approval.Standing.May, func(m approval.Member) bool { return m.Account == who.Account.ID })
}

// day is the civil day of a moment in the zone of the organisation, in words.
func (o policyOpen) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return dayWords(cadence.DateOf(t, o.zone))
}

// name is what an account is called.
func (o policyOpen) name(account string) string {
	if n := o.Names[account]; n != "" {
		return n
	}
	return "somebody who left"
}

// policyHead fills what stands above every page of the policy; tab is the key of
// the present one, or empty for a page that none leads to.
func (s *Server) policyHead(w http.ResponseWriter, r *http.Request, who visitor, o policyOpen, tab, title string) policyHead {
	p := policyHead{Policy: o.Policy, MayWrite: who.Can(access.WritePolicies) && o.ArchivedAt.IsZero(), MayManage: who.Can(access.ManagePolicies) && o.ArchivedAt.IsZero()}
	crumbs := []crumb{{"Policies", orgPath(who.Slug(), "policies")}}
	if title != "" {
		crumbs = append(crumbs, crumb{o.Title, orgPath(who.Slug(), "policy", o.Slug)})
	} else {
		title = o.Title
	}
	p.frame = s.frame(w, r, who, "policies", title, crumbs...)
	if title != o.Title {
		p.frame.Title = title + ": " + o.Title
	}
	p.Mark, p.State, p.Sub = o.where()
	p.Step = o.step(who, p, cadence.DateOf(s.Now(), o.zone))
	p.Acts = o.acts(p)
	missing := 0
	if v, ok := o.InForce(); ok && v.ID != "" && o.Acknowledge {
		missing = o.Acknowledging.Due + o.Acknowledging.Missing
	}
	for _, t := range []struct {
		key, text string
		n         int
	}{{"text", "Text", 0}, {"versions", "Versions", len(o.Versions)}, {"people", "People", missing}, {"settings", "Settings", 0}, {"history", "History", 0}} {
		to := p.path("policy", o.Slug, t.key)
		if t.key == "text" {
			to = p.path("policy", o.Slug)
		}
		p.Tabs = append(p.Tabs, pill{Text: t.text, To: to, N: t.n, On: t.key == tab})
	}
	p.Tabs = slices.Insert(p.Tabs, 3, s.policyTabs(r.Context(), who, o, tab)...)
	return p
}

// policyTabs are the pages that are about what a policy binds the company to.
func (s *Server) policyTabs(_ context.Context, who visitor, o policyOpen, tab string) []pill {
	n := 0
	if v, ok := o.reading(); ok {
		for _, u := range v.Undertakings {
			if u.Value != "" { // otherwise a person took it out
				n++
			}
		}
	}
	return []pill{{Text: "Undertakings", To: orgPath(who.Slug(), "policy", o.Slug, "undertakings"), N: n, On: tab == "undertakings"}}
}

// reading is the version a reader of the page should see: the one in force, else
// the one on its way, else the last there was.
func (o policyOpen) reading() (policy.Version, bool) {
	if v, ok := o.InForce(); ok {
		return v, true
	}
	if v, ok := o.Next(); ok {
		return v, true
	}
	if len(o.Versions) > 0 {
		return o.Versions[0], true
	}
	return policy.Version{}, false
}

// where says how the policy stands, for the head of its pages.
func (o policyOpen) where() (mark, state, sub string) {
	v, inForce := o.InForce()
	next, making := o.Next()
	switch {
	case !o.ArchivedAt.IsZero():
		mark, state = policyState(policy.Archived)
		return mark, state, "Archived on " + o.day(o.ArchivedAt) + ". " + o.ArchivedFor
	case inForce:
		mark, state = policyState(policy.Published)
		return mark, state, fmt.Sprintf("Version %s, in force since %s.", v.Number(), o.day(v.PublishedAt))
	case making:
		mark, state = policyState(next.State)
		return mark, state, "Nothing of it is in force yet."
	}
	return "unknown", "no text", "Nothing is written yet."
}

// acts are the buttons beside the title, for a policy of which no text is on its way.
func (o policyOpen) acts(p policyHead) []policyStepLink {
	if !p.MayWrite {
		return nil
	}
	if next, ok := o.Next(); ok {
		if next.State == policy.Draft {
			return []policyStepLink{{"Upload instead", p.path("policy", o.Slug, "upload"), "upload"}}
		}
		return nil
	}
	return []policyStepLink{{"Upload a version", p.path("policy", o.Slug, "upload"), "upload"}, {"Change the text", p.path("policy", o.Slug, "edit"), "edit"}}
}

// step says what happens next, and offers what the reader may do about it.
func (o policyOpen) step(who visitor, p policyHead, today cadence.Date) policyStep {
	if !o.ArchivedAt.IsZero() {
		return policyStep{}
	}
	to := func(page, text, icon string) policyStepLink {
		return policyStepLink{text, p.path("policy", o.Slug, page), icon}
	}
	next, ok := o.Next()
	if !ok {
		return o.reviewStep(who, p, today)
	}
	number := "Version " + next.Number()
	switch next.State {
	case policy.InApproval:
		st := policyStep{Icon: "hourglass", Text: number + " waits for approval.", Soft: "Handed in by " + o.name(next.SentBy) + ".", Withdraw: p.MayWrite}
		if o.approval != nil {
			st.Soft += " " + o.approval.Standing.Why
		}
		if o.mayDecide(who) {
			st.Text = number + " waits for your word."
			st.Links = []policyStepLink{to("decide", "Read and decide", "check")}
		} else {
			st.Links = []policyStepLink{to("decide", "See the change", "arrows-diff")}
		}
		return st
	case policy.Approved:
		st := policyStep{Icon: "check", Text: number + " is approved and not yet in force.", Soft: "Publishing ends the version before it and asks people to acknowledge it, where they have to.", Withdraw: p.MayWrite}
		if p.MayManage {
			st.Links = []policyStepLink{to("publish", "Publish", "check")}
		}
		return st
	}
	st := policyStep{Icon: "edit", Text: number + " is a draft.", Soft: "Saved by " + o.name(next.WrittenBy) + " on " + o.day(next.WrittenAt) + ".", Discard: p.MayWrite && len(o.Versions) > 1}
	if o.rejected != "" {
		st.Late, st.Icon, st.Text, st.Soft = true, "alert-triangle", number+" was not approved. It is a draft again.", o.rejected
	}
	if p.MayWrite {
		st.Links = []policyStepLink{to("edit", "Write on", "edit"), to("submit", "Hand it in", "send")}
	}
	return st
}

// reviewStep is about the next review of a policy in force.
func (o policyOpen) reviewStep(who visitor, p policyHead, today cadence.Date) policyStep {
	v, ok := o.InForce()
	if !ok {
		return policyStep{}
	}
	if o.approval != nil {
		st := policyStep{Icon: "hourglass", Text: "A review that found nothing to change waits for approval.", Soft: o.approval.Standing.Why}
		if o.mayDecide(who) {
			st.Links = []policyStepLink{{"Read and decide", p.path("policy", o.Slug, "decide"), "check"}}
		}
		return st
	}
	if o.Review != policy.ReviewOverdue && o.Review != policy.ReviewSoon {
		return policyStep{}
	}
	st := policyStep{Icon: "calendar", Soft: o.ReviewWhy, Reviewed: p.MayWrite, Today: today.String(), On: today.String(), Since: cadence.DateOf(v.PublishedAt, o.zone).String()}
	st.Text = "The review is due by " + onDay(o.ReviewDue) + "."
	if o.Review == policy.ReviewOverdue {
		st.Late, st.Icon, st.Text = true, "alert-triangle", "The review is overdue since "+onDay(o.ReviewDue)+"."
	}
	if p.MayWrite {
		st.Soft += " If something has to change, change the text: publishing a material change counts as a review."
	}
	return st
}

// policyBody is the text of a version for a comparison: with its variables filled in,
// or as they were typed.
func policyBody(v policy.Version, filled bool) string {
	switch {
	case v.Uploaded():
		return v.File.Text
	case filled && v.Text != "":
		return v.Text
	}
	return v.Body
}

// against compares a version with the one in force, for those who decide about it.
func (o policyOpen) against(v policy.Version) (title string, d diffView) {
	was, ok := o.InForce()
	if !ok {
		title = "The text"
		if v.Uploaded() && v.File.Text == "" {
			return title, diffView{Nothing: "The document has no words that can be read here. Open it to read it."}
		}
		return title, diffOf("The text of version "+v.Number(), "There is no text.", "", policyBody(v, true))
	}
	title = "What changes as against version " + was.Number()
	return title, diffOf(title, "The words are the same as those of version "+was.Number()+".", policyBody(was, true), policyBody(v, true))
}

// policyTitle drops the first heading of a text when it only repeats the title.
func policyTitle(body, title string) string {
	trimmed := strings.TrimSpace(body)
	if rest, ok := strings.CutPrefix(trimmed, "# "+title+"\n"); ok {
		return rest
	}
	return body
}

// policyPlace is where a task about a policy is done: its page for a review, the
// page of its approval for a version or a review that waits.
func (s *Server) policyPlace(ctx context.Context, who visitor, t task.Task) (string, error) {
	if !who.Can(access.ViewPolicies) {
		return "", nil
	}
	switch t.Subject.Kind {
	case string(approval.PolicyVersion):
		v, err := s.Policies.Version(ctx, who.Actor, t.Subject.ID, s.Now())
		return orgPath(who.Slug(), "policy", v.Policy, "decide"), err
	case string(approval.PolicyReview):
		id, err := s.Policies.ReviewedPolicy(ctx, who.Actor, t.Subject.ID)
		return orgPath(who.Slug(), "policy", id, "decide"), err
	}
	return orgPath(who.Slug(), "policy", t.Subject.ID), nil
}
