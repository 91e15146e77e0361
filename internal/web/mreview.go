package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// mreviewPage is one management review.
type mreviewPage struct {
	frame
	isms.ReviewFolder
	Live       *isms.Pack // what the pack would say now, while it is not frozen
	CanChange  bool
	CanApprove bool // the reader may decide about the minutes now
	SentByMe   bool
	CanBacklog bool
	Problem    *problem.Error
}

// mreviewFrame is the shell around the pages of reviews.
func (s *Server) mreviewFrame(w http.ResponseWriter, r *http.Request, who visitor, title string, above ...crumb) frame {
	f := s.frame(w, r, who, "isms", title, append(append(contextCrumbs(who.Slug()), crumb{"Management reviews", orgPath(who.Slug(), "isms", "reviews")}), above...)...)
	f.Tabs = ismsTabs(who.Slug(), "reviews")
	return f
}

func reviewPath(who visitor, parts ...string) string {
	return orgPath(who.Slug(), append([]string{"isms", "reviews"}, parts...)...)
}

// getReviewOf shows a review: GET /o/{org}/isms/reviews/{code}.
func (s *Server) getReviewOf(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showReview(w, r, who, nil)
}

func (s *Server) showReview(w http.ResponseWriter, r *http.Request, who visitor, wrong *problem.Error) error {
	f, err := s.ISMS.Review(r.Context(), who.Actor, r.PathValue("code"), s.Now())
	if err != nil {
		return err
	}
	p := mreviewPage{ReviewFolder: f, CanChange: who.Can(access.ManageISMS), CanBacklog: who.Can(access.ViewFindings), Problem: wrong, SentByMe: f.SentBy == who.Actor.Account()}
	for _, m := range f.Standing.May {
		p.CanApprove = p.CanApprove || m.Account == who.Actor.Account()
	}
	p.CanApprove = p.CanApprove && f.State == isms.ReviewSent && who.Can(access.ApproveISMS)
	if f.State == isms.ReviewPlanned && p.CanChange {
		pack, err := s.ISMS.PreviewPack(r.Context(), who.Actor, f.Code, s.Now())
		if err != nil {
			return err
		}
		p.Live = &pack
	}
	p.frame = s.mreviewFrame(w, r, who, f.Code)
	status := http.StatusOK
	if wrong != nil {
		status = statusOf(wrong.Code)
	}
	return s.render(w, r, status, mreviewShow(p))
}

// turnReview does something to a review and goes back to it.
func (s *Server) turnReview(w http.ResponseWriter, r *http.Request, who visitor, said string, err error) error {
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict || p.Code == problem.Forbidden && r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:] == "decide" {
			return s.showReview(w, r, who, p)
		}
		return err
	}
	return back(w, r, reviewPath(who, r.PathValue("code")), said)
}

// mreviewFormPage plans a review, or changes its plan.
type mreviewFormPage struct {
	frame
	Review  isms.Review
	People  []mreviewPerson
	Held    bool // the day has come, so that it can be said who was there
	Problem *problem.Error
}

// mreviewPerson is somebody who can be invited.
type mreviewPerson struct {
	ID, Name, Roles  string
	Invited, Present bool
}

// getPlanReview is the form: GET /o/{org}/isms/reviews/new, and /{code}/edit.
func (s *Server) getPlanReview(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPlanReview(w, r, who, nil)
}

func (s *Server) showPlanReview(w http.ResponseWriter, r *http.Request, who visitor, wrong *problem.Error) error {
	p := mreviewFormPage{Problem: wrong}
	today, err := s.contextToday(r.Context(), who)
	if err != nil {
		return err
	}
	code, title := r.PathValue("code"), "Plan a review"
	p.Review.On, p.Review.Title = today+21, "Management review"
	if code != "" {
		f, err := s.ISMS.Review(r.Context(), who.Actor, code, s.Now())
		if err != nil {
			return err
		}
		p.Review, title = f.Review, "Change "+code
	}
	p.Held = code != "" && p.Review.State != isms.ReviewPlanned && p.Review.On <= today
	if wrong != nil {
		p.Review.Title = r.PostFormValue("title")
		if on, err := formDay(r, "on"); err == nil {
			p.Review.On = on
		}
	}
	if p.People, err = s.mreviewPeople(r, who, p.Review, wrong != nil); err != nil {
		return err
	}
	status := http.StatusOK
	if wrong != nil {
		status = statusOf(wrong.Code)
	}
	p.frame = s.mreviewFrame(w, r, who, title)
	return s.render(w, r, status, mreviewForm(p))
}

// mreviewPeople are those who hold a role first, then everybody else.
func (s *Server) mreviewPeople(r *http.Request, who visitor, v isms.Review, typed bool) ([]mreviewPerson, error) {
	d, err := s.People.Duties(r.Context(), who.Actor)
	if err != nil {
		return nil, err
	}
	list, err := s.contextPeople(r.Context(), who)
	if err != nil {
		return nil, err
	}
	var with, without []mreviewPerson
	have := map[string]bool{}
	add := func(id, name string) {
		x := mreviewPerson{ID: id, Name: name, Roles: dutyWords(d.Of(id, v.On))}
		have[id] = true
		for _, q := range v.Participants {
			if q.Person == id {
				x.Invited, x.Present = true, q.Present
			}
		}
		if typed {
			x.Invited, x.Present = slices.Contains(r.PostForm["person"], id), slices.Contains(r.PostForm["present"], id)
		} else if v.ID == "" && slices.ContainsFunc(d.Of(id, v.On), func(role string) bool {
			return role == "chief-executive" || role == "leadership-team" || role == "security-officer"
		}) {
			x.Invited = true
		}
		if x.Roles != "" || x.Invited {
			with = append(with, x)
		} else {
			without = append(without, x)
		}
	}
	for _, o := range list {
		add(o.Value, o.Text)
	}
	for _, q := range v.Participants {
		if !have[q.Person] { // left since
			add(q.Person, q.Name)
		}
	}
	return append(with, without...), nil
}

func newReview(r *http.Request) (isms.NewReview, error) {
	if err := r.ParseForm(); err != nil {
		return isms.NewReview{}, problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	n := isms.NewReview{Title: r.FormValue("title"), Participants: r.PostForm["person"], Present: r.PostForm["present"]}
	var err error
	n.On, err = formDay(r, "on")
	return n, err
}

// postPlanReview plans a review or changes it: POST /o/{org}/isms/reviews[/{code}].
func (s *Server) postPlanReview(w http.ResponseWriter, r *http.Request, who visitor) error {
	code := r.PathValue("code")
	n, err := newReview(r)
	if err == nil && code == "" {
		var v isms.Review
		if v, err = s.ISMS.PlanReview(r.Context(), who.Actor, n, s.Now()); err == nil {
			return back(w, r, reviewPath(who, v.Code), v.Code+" planned. Bring what Toucan cannot know, then freeze the pack.")
		}
	} else if err == nil {
		err = s.ISMS.ChangeReview(r.Context(), who.Actor, code, n, s.Now())
	}
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showPlanReview(w, r, who, p)
		}
		return err
	}
	return back(w, r, reviewPath(who, code), "Saved.")
}

// reviewTexts reads the texts of the agenda out of a form.
func reviewTexts(r *http.Request) map[string]string {
	out := map[string]string{}
	for _, f := range isms.MinutesFields() {
		if r.Form.Has(f.Key) {
			out[f.Key] = r.FormValue(f.Key)
		}
	}
	return out
}

// postBringReview says what is brought by hand: POST .../bring.
func (s *Server) postBringReview(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	err := s.ISMS.BringReview(r.Context(), who.Actor, r.PathValue("code"), reviewTexts(r), s.Now())
	return s.turnReview(w, r, who, "Kept for the pack.", err)
}

// postFreezePack freezes the pack: POST .../freeze.
func (s *Server) postFreezePack(w http.ResponseWriter, r *http.Request, who visitor) error {
	err := s.ISMS.FreezePack(r.Context(), who.Actor, r.PathValue("code"), s.Now())
	return s.turnReview(w, r, who, "The pack is frozen and filed as evidence.", err)
}

// getPackPreview shows the pack as it would be now: GET .../preview.
func (s *Server) getPackPreview(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := s.ISMS.PreviewPack(r.Context(), who.Actor, r.PathValue("code"), s.Now())
	if err != nil {
		return err
	}
	zone, err := s.courseZone(r, who)
	if err != nil {
		return err
	}
	report := p.Report(zone)
	report.Title += " (not frozen)"
	return s.showReport(w, r, s.mreviewFrame(w, r, who, "Pack, not frozen", crumb{p.Code, reviewPath(who, p.Code)}), report)
}

// getPack shows the pack as it was frozen: GET .../pack.
func (s *Server) getPack(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, v, err := s.ISMS.FrozenPack(r.Context(), who.Actor, r.PathValue("code"))
	if err != nil {
		return err
	}
	zone, err := s.courseZone(r, who)
	if err != nil {
		return err
	}
	return s.showReport(w, r, s.mreviewFrame(w, r, who, "Pack", crumb{p.Code, reviewPath(who, p.Code)}), p.Report(zone), s.itemAct(who, v.Pack)...)
}

// getMinutes shows the minutes as they were approved: GET .../minutes.
func (s *Server) getMinutes(w http.ResponseWriter, r *http.Request, who visitor) error {
	m, v, err := s.ISMS.FrozenMinutes(r.Context(), who.Actor, r.PathValue("code"))
	if err != nil {
		return err
	}
	zone, err := s.courseZone(r, who)
	if err != nil {
		return err
	}
	return s.showReport(w, r, s.mreviewFrame(w, r, who, "Minutes", crumb{m.Code, reviewPath(who, m.Code)}), m.Report(zone), s.itemAct(who, v.Minutes)...)
}

// itemAct leads to the evidence that something is.
func (s *Server) itemAct(who visitor, item string) []registerAct {
	if !who.Can(access.ViewEvidence) {
		return nil
	}
	return []registerAct{{Text: "Evidence", Icon: "paperclip", To: orgPath(who.Slug(), "evidence", item)}}
}

// mreviewMinutesPage is the editor of the minutes.
type mreviewMinutesPage struct {
	frame
	isms.ReviewFolder
	Pack    isms.Pack
	People  []option
	Typed   isms.Decision // of the form of decisions, after a mistake
	Problem *problem.Error
}

// section is what the pack said of a point.
func (p mreviewMinutesPage) section(item string) isms.PackSection {
	for _, x := range p.Pack.Sections {
		if x.Item == item {
			return x
		}
	}
	return isms.PackSection{}
}

// decisionsOf are the decisions about one point.
func (p mreviewMinutesPage) decisionsOf(item string) []isms.Decision {
	return slices.DeleteFunc(slices.Clone(p.Decisions), func(d isms.Decision) bool { return d.Item != item })
}

// done counts the texts that are written.
func (p mreviewMinutesPage) done() int {
	n := 0
	for _, f := range isms.MinutesFields() {
		if p.Written[f.Key].Words != "" {
			n++
		}
	}
	return n
}

// getWriteMinutes is the editor: GET .../write.
func (s *Server) getWriteMinutes(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showWriteMinutes(w, r, who, mreviewMinutesPage{})
}

func (s *Server) showWriteMinutes(w http.ResponseWriter, r *http.Request, who visitor, p mreviewMinutesPage) error {
	var err error
	if p.ReviewFolder, err = s.ISMS.Review(r.Context(), who.Actor, r.PathValue("code"), s.Now()); err != nil {
		return err
	}
	if !p.Review.Open() {
		return back(w, r, reviewPath(who, p.Code), "Minutes are written between freezing the pack and sending them for approval.")
	}
	if p.Pack, _, err = s.ISMS.FrozenPack(r.Context(), who.Actor, p.Code); err != nil {
		return err
	}
	if p.People, err = s.contextPeople(r.Context(), who); err != nil {
		return err
	}
	if p.Problem != nil { // what was typed is not lost
		for key, words := range reviewTexts(r) {
			p.Written[key] = isms.ReviewPoint{Words: words}
		}
	}
	status := http.StatusOK
	if p.Problem != nil {
		status = statusOf(p.Problem.Code)
	}
	p.frame = s.mreviewFrame(w, r, who, "Minutes", crumb{p.Code, reviewPath(who, p.Code)})
	return s.render(w, r, status, mreviewMinutes(p))
}

// postWriteMinutes keeps the texts of the minutes: POST .../write.
func (s *Server) postWriteMinutes(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	err := s.ISMS.WriteMinutes(r.Context(), who.Actor, r.PathValue("code"), reviewTexts(r), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showWriteMinutes(w, r, who, mreviewMinutesPage{Problem: p})
		}
		return s.turnReview(w, r, who, "", err)
	}
	return back(w, r, reviewPath(who, r.PathValue("code"), "write"), "Minutes saved.")
}

// postReviewDecision keeps a decision: POST .../decision.
func (s *Server) postReviewDecision(w http.ResponseWriter, r *http.Request, who visitor) error {
	d := isms.Decision{ID: r.FormValue("decision"), Item: r.FormValue("item"), Unchanged: r.FormValue("unchanged") == "yes", Words: r.FormValue("words"), Why: r.FormValue("why"), Effect: r.FormValue("effect"), Owner: r.FormValue("owner")}
	due, err := formDay(r, "due")
	if err == nil {
		d.Due = due
		_, err = s.ISMS.DecideReview(r.Context(), who.Actor, r.PathValue("code"), d, s.Now())
	}
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showWriteMinutes(w, r, who, mreviewMinutesPage{Problem: p, Typed: d})
		}
		return s.turnReview(w, r, who, "", err)
	}
	return back(w, r, reviewPath(who, r.PathValue("code"), "write")+"#decisions", "Decision kept.")
}

// postDropDecision takes a decision out: POST .../decision/drop.
func (s *Server) postDropDecision(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.ISMS.DropDecision(r.Context(), who.Actor, r.PathValue("code"), r.FormValue("decision"), s.Now()); err != nil {
		return s.turnReview(w, r, who, "", err)
	}
	return back(w, r, reviewPath(who, r.PathValue("code"), "write")+"#decisions", "Decision taken out.")
}

// postSendMinutes asks top management: POST .../send.
func (s *Server) postSendMinutes(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.turnReview(w, r, who, "The minutes wait for approval by top management.", s.ISMS.SendMinutes(r.Context(), who.Actor, r.PathValue("code"), s.Now()))
}

// postWithdrawMinutes takes them back: POST .../withdraw.
func (s *Server) postWithdrawMinutes(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.turnReview(w, r, who, "The minutes can be changed again.", s.ISMS.WithdrawMinutes(r.Context(), who.Actor, r.PathValue("code"), s.Now()))
}

// postCancelReview ends a review that is not held: POST .../cancel.
func (s *Server) postCancelReview(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.turnReview(w, r, who, "The review is cancelled.", s.ISMS.CancelReview(r.Context(), who.Actor, r.PathValue("code"), r.FormValue("reason"), s.Now()))
}

// postDecideMinutes says yes or no to the minutes: POST .../decide.
func (s *Server) postDecideMinutes(w http.ResponseWriter, r *http.Request, who visitor) error {
	yes := r.FormValue("word") == "yes"
	_, err := s.ISMS.DecideMinutes(r.Context(), who.Actor, r.PathValue("code"), yes, r.FormValue("reason"), s.Now())
	said := "You agreed. Once everybody has who must, the minutes are frozen and the decisions become actions."
	if !yes {
		said = "The minutes go back to whoever wrote them."
	}
	return s.turnReview(w, r, who, said, err)
}
