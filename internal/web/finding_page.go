package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// findingPage is one finding with the line it goes along.
type findingPage struct {
	frame
	finding.View
	Zone     *time.Location
	Line     []finding.Step
	Controls []findingControl
	Reached  []findingReached
	People   []option
	Kinds    []option
	Evidence []string   // names a form offers
	Form     url.Values // what was sent and could not be taken
	Do       string     // which form it was; empty: none
	Problem  *problem.Error
	CanWork  bool // it is theirs, or they lead the programme
	CanLead  bool
	CanCheck bool
	From     string // address of what raised it, or empty
}

// findingControl is a control a finding is about.
type findingControl struct{ Code, Title, To string }

// findingReached is what a finding counts for in one framework.
type findingReached struct {
	Framework string
	Refs      []findingRef
}

type findingRef struct{ ID, To string }

// getFinding shows it: GET /o/{org}/findings/{finding}.
func (s *Server) getFinding(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showFinding(w, r, who, http.StatusOK, findingPage{Do: r.FormValue("do")})
}

func (s *Server) showFinding(w http.ResponseWriter, r *http.Request, who visitor, status int, p findingPage) error {
	v, err := s.Findings.View(r.Context(), who.Actor, r.PathValue("finding"), s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.View, p.Zone, p.Line = v, b.Zone, v.Finding.Line()
	p.CanLead = who.Can(access.ManageFindings)
	p.CanWork = p.CanLead || who.Can(access.ReportFindings) && v.Person != "" && v.Person == v.Owner
	p.CanCheck = v.MayCheck(v.Person) == "" && (p.CanLead || v.Person != "" && v.Person == v.Checker)
	for _, id := range v.Finding.Controls {
		c := v.Reach[id]
		p.Controls = append(p.Controls, findingControl{c.Code, c.Title, orgPath(who.Slug(), "control", c.Code)})
	}
	p.Reached = b.findingReached(who.Slug(), v.Reached)
	p.People, p.Kinds = b.personOptions(), findingKinds()
	if p.CanWork || p.CanCheck {
		if p.Evidence, err = s.evidenceNames(r.Context(), who); err != nil {
			return err
		}
	}
	if p.Form == nil {
		p.Form = url.Values{}
	}
	p.frame = s.frame(w, r, who, "findings", v.Code()+" "+v.Title, crumb{"Findings", orgPath(who.Slug(), "findings")})
	return s.render(w, r, status, findingOne(p))
}

// findingReached sorts requirements by framework, with the address of each.
func (b *book) findingReached(slug string, refs []framework.Ref) []findingReached {
	var out []findingReached
	for _, r := range refs {
		name := b.findingShort(r.Framework)
		if n := len(out); n == 0 || out[n-1].Framework != name {
			out = append(out, findingReached{Framework: name})
		}
		last := &out[len(out)-1]
		last.Refs = append(last.Refs, findingRef{r.ID, orgPath(slug, "frameworks", r.Framework, r.ID)})
	}
	return out
}

// findingKinds are kinds with their grades, as one choice.
func findingKinds() []option {
	return []option{{"nonconformity major", "Major nonconformity"}, {"nonconformity minor", "Minor nonconformity"}, {"exception", "Exception"}, {"observation", "Observation: an area of concern"}, {"opportunity", "Opportunity for improvement"}}
}

func findingKind(text string) (finding.Kind, finding.Grade) {
	kind, grade, _ := strings.Cut(text, " ")
	return finding.Kind(kind), finding.Grade(grade)
}

// val is what a form shows: what was sent, else what is there.
func (p findingPage) val(do, name, is string) string {
	if p.Do == do && p.Problem != nil {
		return p.Form.Get(name)
	}
	return is
}

// bad is the fault of a field of the form that was sent.
func (p findingPage) bad(do, name string) string {
	if p.Do != do {
		return ""
	}
	return wrong(p.Problem, name)
}

// postFinding takes one step: POST /o/{org}/findings/{finding}.
func (s *Server) postFinding(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	said, err := s.findingStep(r, who, r.PathValue("finding"), r.PostForm.Get("do"))
	if err == nil {
		return back(w, r, orgPath(who.Slug(), "findings", r.PathValue("finding")), said)
	}
	p := problem.Of(err)
	if p.Code != problem.Invalid && p.Code != problem.Conflict && p.Code != problem.Forbidden {
		return err
	}
	return s.showFinding(w, r, who, statusOf(p.Code), findingPage{Do: r.PostForm.Get("do"), Form: r.PostForm, Problem: p})
}

// findingStep does what a form of the page asks, and says what was done.
func (s *Server) findingStep(r *http.Request, who visitor, id, do string) (string, error) {
	ctx, f, now := r.Context(), r.PostForm, s.Now()
	on, err := findingDay(f.Get("on"), "on")
	if err != nil {
		return "", err
	}
	items, err := s.pickedEvidence(ctx, who, "items", f["items"])
	if err != nil {
		return "", err
	}
	switch do {
	case "correct":
		return "The correction is written down.", s.Findings.Correct(ctx, who.Actor, id, f.Get("text"), on, items, now)
	case "cause":
		return "The cause is written down.", s.Findings.StateCause(ctx, who.Actor, id, f.Get("cause"), now)
	case "respond":
		return "The answer is written down.", s.Findings.Respond(ctx, who.Actor, id, f.Get("response"), now)
	case "act":
		a, err := actionForm(f)
		if err == nil {
			_, err = s.Findings.PlanAction(ctx, who.Actor, id, a, now)
		}
		return "The action is planned; who has it was asked.", err
	case "plan":
		return "The check is planned.", s.Findings.PlanCheck(ctx, who.Actor, id, f.Get("checker"), on, now)
	case "check":
		if f.Get("worked") == "" {
			return "", problem.Field("worked", "Say whether it worked.")
		}
		return "The check is written down.", s.Findings.CheckEffect(ctx, who.Actor, id, f.Get("worked") == "yes", f.Get("note"), on, items, now)
	case "grade":
		k, g := findingKind(f.Get("kind"))
		return "The grade is changed.", s.Findings.Grade(ctx, who.Actor, id, k, g, f.Get("reason"), now)
	case "close":
		return "Closed.", s.Findings.Close(ctx, who.Actor, id, f.Get("note"), now)
	case "reopen":
		return "Open again.", s.Findings.Reopen(ctx, who.Actor, id, f.Get("reason"), now)
	case "edit":
		d, err := s.findingDraft(r, who)
		if err == nil {
			err = s.Findings.Change(ctx, who.Actor, id, d, now)
		}
		return "Saved.", err
	}
	return "", problem.Field("do", "Choose one of the forms of this page.")
}

// actionForm reads an action of a form.
func actionForm(f url.Values) (finding.Action, error) {
	due, err := findingDay(f.Get("due"), "due")
	return finding.Action{ID: f.Get("action"), Title: f.Get("title"), Detail: f.Get("detail"), Owner: f.Get("owner"), Due: due, Why: f.Get("why")}, err
}

// findingDraft reads a finding of a form.
func (s *Server) findingDraft(r *http.Request, who visitor) (finding.Draft, error) {
	f := r.PostForm
	var d finding.Draft
	var err error
	d.Kind, d.Grade = findingKind(f.Get("kind"))
	d.Reason, d.Title, d.Statement, d.Objective, d.Owner = f.Get("reason"), f.Get("title"), f.Get("statement"), f.Get("objective"), f.Get("owner")
	d.Source = finding.Source{Kind: f.Get("source"), Words: f.Get("source_words")}
	if d.Items, err = s.pickedEvidence(r.Context(), who, "items", f["items"]); err != nil {
		return d, err
	}
	if d.FoundOn, err = findingDay(f.Get("found_on"), "found_on"); err != nil {
		return d, err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return d, err
	}
	for _, text := range findingSplit(f.Get("controls")) {
		i := slices.IndexFunc(b.Controls, func(c control.Control) bool { return strings.EqualFold(c.Code, text) })
		if i < 0 {
			return d, problem.Field("controls", "There is no control “"+text+"”. Write codes with a comma between them, such as AC-04, VU-02.")
		}
		d.Controls = append(d.Controls, b.Controls[i].ID)
	}
	for _, text := range findingSplit(f.Get("requirements")) {
		ref, ok := finding.ParseRef(b.library, text)
		if !ok {
			return d, problem.Field("requirements", "“"+text+"” is no requirement known here. Write the framework, a colon and the id, such as iso27001-2022:A.8.8.")
		}
		d.Requirements = append(d.Requirements, ref)
	}
	return d, nil
}

// findingSplit takes a list of a text field apart: commas, semicolons and line breaks
// stand between.
func findingSplit(text string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if p = strings.TrimSpace(p); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func findingRefs(refs []framework.Ref) string {
	var out []string
	for _, r := range refs {
		out = append(out, r.Framework+":"+r.ID)
	}
	return strings.Join(out, ", ")
}

func findingCodes(list []findingControl) string {
	var out []string
	for _, c := range list {
		out = append(out, c.Code)
	}
	return strings.Join(out, ", ")
}

// newFindingPage is the form of a new one.
type newFindingPage struct {
	frame
	Form     url.Values
	Evidence []string // names the form offers
	People   []option
	Kinds    []option
	Sources  []option
	Problem  *problem.Error
}

// getNewFinding shows the form: GET /o/{org}/findings/new.
func (s *Server) getNewFinding(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showNewFinding(w, r, who, http.StatusOK, newFindingPage{Form: r.URL.Query()})
}

func (s *Server) showNewFinding(w http.ResponseWriter, r *http.Request, who visitor, status int, p newFindingPage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.People, p.Kinds, p.Sources = b.personOptions(), findingKinds(), findingSourceOptions(finding.Sources())
	if p.Evidence, err = s.evidenceNames(r.Context(), who); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "findings", "New finding", crumb{"Findings", orgPath(who.Slug(), "findings")})
	return s.render(w, r, status, findingNew(p))
}

// postNewFinding raises one: POST /o/{org}/findings/new.
func (s *Server) postNewFinding(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	d, err := s.findingDraft(r, who)
	var f finding.Finding
	if err == nil {
		f, err = s.Findings.Report(r.Context(), who.Actor, d, s.Now())
	}
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid {
			return err
		}
		return s.showNewFinding(w, r, who, statusOf(p.Code), newFindingPage{Form: r.PostForm, Problem: p})
	}
	return back(w, r, orgPath(who.Slug(), "findings", f.ID), f.Code()+" is raised.")
}

// getFindingsReport is the record of 10.2: GET /o/{org}/findings/report?format=.
func (s *Server) getFindingsReport(w http.ResponseWriter, r *http.Request, who visitor) error {
	reg, err := s.Findings.All(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f := s.frame(w, r, who, "findings", "Nonconformities and corrective actions", crumb{"Findings", orgPath(who.Slug(), "findings")})
	return s.showReport(w, r, f, reg.Report(b.Name, s.Now().In(b.Zone)))
}

// actionPage is one action of any source.
type actionPage struct {
	frame
	Action   finding.Action
	Past     []finding.Past
	Today    cadence.Date
	Zone     *time.Location
	People   []option
	Evidence []string // names the form offers
	Library  bool     // they may see the library of evidence
	Form     url.Values
	Do       string
	Problem  *problem.Error
	CanDo    bool // it is theirs, or they lead the programme
	CanLead  bool
	From     string // address of what it comes from, or empty
	New      bool
}

func (p actionPage) val(do, name, is string) string {
	if p.Do == do && p.Problem != nil {
		return p.Form.Get(name)
	}
	return is
}

func (p actionPage) bad(do, name string) string {
	if p.Do != do {
		return ""
	}
	return wrong(p.Problem, name)
}

// getAction shows it: GET /o/{org}/findings/backlog/{action}.
func (s *Server) getAction(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showAction(w, r, who, http.StatusOK, actionPage{})
}

func (s *Server) showAction(w http.ResponseWriter, r *http.Request, who visitor, status int, p actionPage) error {
	a, past, err := s.Findings.Action(r.Context(), who.Actor, r.PathValue("action"), s.Now())
	if err != nil {
		return err
	}
	p.Action, p.Past, p.CanLead = a.Action, past, who.Can(access.ManageFindings)
	p.CanDo, p.Library = p.CanLead || a.Mine, who.Can(access.ViewEvidence)
	p.Zone, p.Today = a.Zone, a.Today
	if who.Can(access.ViewFindings) {
		b, err := s.shelf.open(r.Context(), who.Actor)
		if err != nil {
			return err
		}
		p.People = b.personOptions()
		p.From = actionFrom(who, a.Source)
	}
	if p.CanDo && p.Action.State == finding.Open {
		if p.Evidence, err = s.evidenceNames(r.Context(), who); err != nil {
			return err
		}
	}
	var above []crumb
	here := "tasks"
	if who.Can(access.ViewFindings) {
		here, above = "findings", []crumb{{"Findings", orgPath(who.Slug(), "findings")}, {"Actions", orgPath(who.Slug(), "findings", "backlog")}}
	}
	p.frame = s.frame(w, r, who, here, a.Code()+" "+a.Title, above...)
	return s.render(w, r, status, actionOne(p))
}

// actionFrom is the address of what an action comes from, or "".
func actionFrom(who visitor, from finding.Source) string {
	switch {
	case from.ID == "":
	case from.Kind == finding.FromFinding:
		return orgPath(who.Slug(), "findings", from.ID)
	case from.Kind == finding.FromRisk && who.Can(access.ViewRisks):
		return orgPath(who.Slug(), "risks", from.ID)
	case from.Kind == finding.FromReview && who.Can(access.ViewISMS):
		return orgPath(who.Slug(), "isms", "reviews", from.ID)
	case from.Kind == finding.FromGap && who.Can(access.ViewPosture):
		return orgPath(who.Slug(), "gap", "analyses", from.ID)
	}
	return ""
}

// postAction takes one step: POST /o/{org}/findings/backlog/{action}.
func (s *Server) postAction(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	id, f, ctx, now := r.PathValue("action"), r.PostForm, r.Context(), s.Now()
	said := ""
	var err error
	switch f.Get("do") {
	case "done":
		var on cadence.Date
		if on, err = findingDay(f.Get("on"), "on"); err == nil {
			done := finding.Completion{Outcome: f.Get("outcome"), On: on}
			if done.Items, err = s.pickedEvidence(ctx, who, "items", f["items"]); err == nil {
				said, err = "Done.", s.Findings.CompleteAction(ctx, who.Actor, id, done, now)
			}
		}
	case "drop":
		said, err = "Given up.", s.Findings.DropAction(ctx, who.Actor, id, f.Get("reason"), now)
	case "reopen":
		said, err = "Open again.", s.Findings.ReopenAction(ctx, who.Actor, id, f.Get("reason"), now)
	case "edit":
		var a finding.Action
		if a, err = actionForm(f); err == nil {
			a.ID = id
			said, err = "Saved.", s.Findings.ChangeAction(ctx, who.Actor, a, now)
		}
	default:
		err = problem.Field("do", "Choose one of the forms of this page.")
	}
	if err == nil {
		return back(w, r, orgPath(who.Slug(), "findings", "backlog", id), said)
	}
	p := problem.Of(err)
	if p.Code != problem.Invalid && p.Code != problem.Conflict {
		return err
	}
	return s.showAction(w, r, who, statusOf(p.Code), actionPage{Do: f.Get("do"), Form: f, Problem: p})
}

// getNewAction shows the form: GET /o/{org}/findings/backlog/new.
func (s *Server) getNewAction(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showNewAction(w, r, who, http.StatusOK, actionPage{})
}

func (s *Server) showNewAction(w http.ResponseWriter, r *http.Request, who visitor, status int, p actionPage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.New, p.People = true, b.personOptions()
	p.frame = s.frame(w, r, who, "findings", "New action", crumb{"Findings", orgPath(who.Slug(), "findings")}, crumb{"Actions", orgPath(who.Slug(), "findings", "backlog")})
	return s.render(w, r, status, actionNew(p))
}

// postNewAction enters one: POST /o/{org}/findings/backlog/new.
func (s *Server) postNewAction(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	a, err := actionForm(r.PostForm)
	var id string
	if err == nil {
		id, err = s.Findings.AddAction(r.Context(), who.Actor, a, s.Now())
	}
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid {
			return err
		}
		return s.showNewAction(w, r, who, statusOf(p.Code), actionPage{Do: "edit", Form: r.PostForm, Problem: p})
	}
	return back(w, r, orgPath(who.Slug(), "findings", "backlog", id), "The action is entered; who has it was asked.")
}
