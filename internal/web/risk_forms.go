package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
)

// riskEditPage is the form for the text of a risk.
type riskEditPage struct {
	frame
	Risk    risk.Risk // as typed
	Persons []option
	Fresh   bool
	Problem *problem.Error
}

// getRiskNew shows the empty form: GET /o/{org}/risks/new.
func (s *Server) getRiskNew(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRiskEdit(w, r, who, http.StatusOK, risk.Risk{}, nil)
}

func (s *Server) showRiskEdit(w http.ResponseWriter, r *http.Request, who visitor, status int, x risk.Risk, refused *problem.Error) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := riskEditPage{Risk: x, Persons: b.personOptions(), Fresh: x.ID == "", Problem: refused}
	title := "New risk"
	if !p.Fresh {
		title = "Edit " + x.Code
	}
	p.frame = s.riskFrame(w, r, who, "register", title)
	return s.render(w, r, status, riskEdit(p))
}

// riskOf reads the form into a risk.
func riskOf(r *http.Request, x risk.Risk) risk.Risk {
	x.Title, x.Cause, x.Event, x.Consequence = r.FormValue("title"), r.FormValue("cause"), r.FormValue("event"), r.FormValue("consequence")
	x.Category, x.Affects, x.Owner, x.Contingency = r.FormValue("category"), r.Form["affects"], r.FormValue("owner"), r.FormValue("contingency")
	x.Rights, x.Breach = r.FormValue("rights") == "yes", r.FormValue("breach") == "yes"
	return x
}

// postRiskNew enters a risk: POST /o/{org}/risks/new.
func (s *Server) postRiskNew(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form cannot be read. Open the page again.")
	}
	typed := riskOf(r, risk.Risk{})
	x, err := s.Risks.Put(r.Context(), who.Actor, typed, s.Now())
	if err != nil {
		return s.riskRefused(w, r, who, typed, err)
	}
	return back(w, r, orgPath(who.Slug(), "risks", x.Code), x.Code+" is in the register. Score it next.")
}

func (s *Server) riskRefused(w http.ResponseWriter, r *http.Request, who visitor, typed risk.Risk, err error) error {
	refused := problem.Of(err)
	if refused.Code == problem.Internal || refused.Code == problem.NotFound || refused.Code == problem.Forbidden {
		return err
	}
	return s.showRiskEdit(w, r, who, statusOf(refused.Code), typed, refused)
}

// getRiskEdit shows the form: GET /o/{org}/risks/{risk}/edit.
func (s *Server) getRiskEdit(w http.ResponseWriter, r *http.Request, who visitor) error {
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	return s.showRiskEdit(w, r, who, http.StatusOK, d.Risk, nil)
}

// postRiskEdit saves it: POST /o/{org}/risks/{risk}/edit.
func (s *Server) postRiskEdit(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form cannot be read. Open the page again.")
	}
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	typed := riskOf(r, d.Risk)
	if _, err := s.Risks.Put(r.Context(), who.Actor, typed, s.Now()); err != nil {
		return s.riskRefused(w, r, who, typed, err)
	}
	return back(w, r, orgPath(who.Slug(), "risks", d.Code), "Saved.")
}

// riskLinksPage is the form for what a risk concerns.
type riskLinksPage struct {
	frame
	*risk.Detail
	Groups  []riskPick
	Natures []option
	Refs    string // requirements as typed
	Problem *problem.Error
}

// riskPick is a kind of thing with what can be chosen.
type riskPick struct {
	Kind  risk.LinkKind
	Items []riskPickItem
	On    int
}

type riskPickItem struct {
	ID, Text, Nature string
	On               bool
}

// getRiskLinks shows the form: GET /o/{org}/risks/{risk}/links.
func (s *Server) getRiskLinks(w http.ResponseWriter, r *http.Request, who visitor) error {
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	var refs []string
	for _, l := range d.Links {
		if l.Kind == risk.ToRequirement {
			refs = append(refs, l.Requirement.Framework+":"+l.Requirement.ID)
		}
	}
	return s.showRiskLinks(w, r, who, http.StatusOK, d, d.Links, strings.Join(refs, "\n"), nil)
}

func (s *Server) showRiskLinks(w http.ResponseWriter, r *http.Request, who visitor, status int, d *risk.Detail, links []risk.Link, refs string, refused *problem.Error) error {
	p := riskLinksPage{Detail: d, Refs: refs, Problem: refused}
	p.frame = s.riskFrame(w, r, who, "register", "What "+d.Code+" concerns")
	for _, n := range risk.Natures() {
		p.Natures = append(p.Natures, option{n.ID, n.Label})
	}
	for _, k := range risk.LinkKinds() {
		if k == risk.ToRequirement {
			continue
		}
		g := riskPick{Kind: k}
		for _, t := range d.Things.Of(k) {
			x := riskPickItem{ID: t.ID, Text: t.Words()}
			for _, l := range links {
				if l.Kind == k && l.Target == t.ID {
					x.On, x.Nature = true, l.Nature
					g.On++
				}
			}
			g.Items = append(g.Items, x)
		}
		slices.SortStableFunc(g.Items, func(a, b riskPickItem) int { // what is chosen comes first
			switch {
			case a.On == b.On:
				return 0
			case a.On:
				return -1
			}
			return 1
		})
		p.Groups = append(p.Groups, g)
	}
	return s.render(w, r, status, riskLinksForm(p))
}

// postRiskLinks saves them: POST /o/{org}/risks/{risk}/links.
func (s *Server) postRiskLinks(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form cannot be read. Open the page again.")
	}
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	var links []risk.Link
	for _, k := range risk.LinkKinds() {
		for _, id := range r.Form[string(k)] {
			l := risk.Link{Kind: k, Target: id}
			if k == risk.ToControl {
				l.Nature = r.FormValue("nature-" + id)
			}
			links = append(links, l)
		}
	}
	refs := r.FormValue("refs")
	for _, text := range strings.FieldsFunc(refs, func(c rune) bool { return c == '\n' || c == ';' || c == ',' || c == ' ' || c == '\r' }) {
		f, id, _ := strings.Cut(text, ":")
		links = append(links, risk.Link{Kind: risk.ToRequirement, Requirement: framework.Ref{Framework: f, ID: id}})
	}
	if err := s.Risks.Relink(r.Context(), who.Actor, d.ID, risk.LinkKinds(), links, s.Now()); err != nil {
		refused := problem.Of(err)
		if refused.Code != problem.Invalid {
			return err
		}
		return s.showRiskLinks(w, r, who, statusOf(refused.Code), d, links, refs, refused)
	}
	return back(w, r, orgPath(who.Slug(), "risks", d.Code), "Saved what the risk concerns.")
}

// riskScorePage is the form for a score.
type riskScorePage struct {
	frame
	*risk.Detail
	Kinds   []pill
	Form    riskScoreForm
	Columns []option
	Blind   bool // the first score is not shown
	Floor   [2]int
	Problem *problem.Error
}

// riskScoreForm is what was typed.
type riskScoreForm struct {
	Kind                   risk.ScoreKind
	Likelihood, Impact     int
	Column, Basis, Reasons string
	Steps                  map[string]int // by control
}

func riskScoreFormOf(r *http.Request) riskScoreForm {
	n := func(name string) int { v, _ := strconv.Atoi(r.FormValue(name)); return v }
	f := riskScoreForm{Kind: risk.ScoreKind(r.FormValue("kind")), Likelihood: n("likelihood"), Impact: n("impact"), Column: r.FormValue("column"), Basis: r.FormValue("basis"), Reasons: r.FormValue("reasons"), Steps: map[string]int{}}
	for name := range r.Form {
		if id, ok := strings.CutPrefix(name, "steps-"); ok {
			f.Steps[id] = n(name)
		}
	}
	return f
}

func (f riskScoreForm) score() risk.NewScore {
	return risk.NewScore{Kind: f.Kind, Point: risk.Point{Likelihood: f.Likelihood, Impact: f.Impact}, Column: f.Column, Basis: risk.Basis(f.Basis), Reasons: f.Reasons}
}

// relied is what each control takes off, where somebody chose it.
func (f riskScoreForm) relied(d *risk.Detail) []risk.Relied {
	var out []risk.Relied
	for _, c := range d.Supports {
		if n := f.Steps[c.Control]; n > 0 {
			axis, _ := d.Method.AxisOf(c.Nature)
			out = append(out, risk.Relied{Control: c.Control, Axis: axis, Steps: n})
		}
	}
	return out
}

// getRiskScore shows the form: GET /o/{org}/risks/{risk}/score?kind=.
func (s *Server) getRiskScore(w http.ResponseWriter, r *http.Request, who visitor) error {
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	f := riskScoreForm{Kind: risk.ScoreKind(r.FormValue("kind")), Steps: map[string]int{}}
	if f.Kind == "" {
		if f.Kind = risk.Inherent; d.Inherent != nil {
			f.Kind = risk.Current
		}
	}
	f.fill(d)
	return s.showRiskScore(w, r, who, http.StatusOK, d, f, nil)
}

// fill takes over what is there: the last score of the kind, or where it begins.
func (f *riskScoreForm) fill(d *risk.Detail) {
	last := map[risk.ScoreKind]*risk.Score{risk.Inherent: d.Inherent, risk.Current: d.Current, risk.Target: d.Target}[f.Kind]
	if last == nil && f.Kind == risk.Current {
		last = d.Inherent
	}
	if last == nil && f.Kind == risk.Target {
		last = d.Counting()
	}
	if last == nil {
		return // the numbers of the library are beside the form, and in none of its fields
	}
	f.Likelihood, f.Impact, f.Column, f.Basis = last.Likelihood, last.Impact, last.Column, string(last.Basis)
	if last.Kind == f.Kind {
		for _, x := range last.Relied {
			f.Steps[x.Control] = x.Steps
		}
	}
}

func (s *Server) showRiskScore(w http.ResponseWriter, r *http.Request, who visitor, status int, d *risk.Detail, f riskScoreForm, refused *problem.Error) error {
	p := riskScorePage{Detail: d, Form: f, Problem: refused, Columns: riskColumns(d.Method)}
	p.frame = s.riskFrame(w, r, who, "register", "Score "+d.Code)
	for _, k := range risk.ScoreKinds() {
		p.Kinds = append(p.Kinds, pill{Text: k.Label(), To: query(p.path("risks", d.Code, "score"), "kind", string(k)), On: k == f.Kind, Bare: true})
	}
	if d.Inherent != nil {
		p.Floor = [2]int{max(1, d.Inherent.Likelihood-d.Limits[0].Steps), max(1, d.Inherent.Impact-d.Limits[1].Steps)}
	}
	return s.render(w, r, status, riskScore(p))
}

// postRiskScore records it: POST /o/{org}/risks/{risk}/score.
func (s *Server) postRiskScore(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form cannot be read. Open the page again.")
	}
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	f := riskScoreFormOf(r)
	n := f.score()
	n.Relied = f.relied(d)
	if _, err := s.Risks.Score(r.Context(), who.Actor, d.ID, n, s.Now()); err != nil {
		refused := problem.Of(err)
		if refused.Code == problem.Internal || refused.Code == problem.Forbidden {
			return err
		}
		return s.showRiskScore(w, r, who, statusOf(refused.Code), d, f, refused)
	}
	return back(w, r, orgPath(who.Slug(), "risks", d.Code), fmt.Sprintf("%s score recorded: %d × %d = %d.", f.Kind.Label(), f.Likelihood, f.Impact, f.Likelihood*f.Impact))
}

// riskPlanPage is the form for a treatment.
type riskPlanPage struct {
	frame
	*risk.Detail
	Zone    *time.Location
	Plan    risk.Plan // as typed
	Due     string
	Steps   []option
	Problem *problem.Error
}

// getRiskPlan shows the form: GET /o/{org}/risks/{risk}/plan.
func (s *Server) getRiskPlan(w http.ResponseWriter, r *http.Request, who visitor) error {
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	x := risk.Plan{Choice: risk.Reduce}
	if d.Plan != nil && !d.Plan.Completed() {
		x = *d.Plan
	}
	return s.showRiskPlan(w, r, who, http.StatusOK, d, x, x.Due.String(), nil)
}

func (s *Server) showRiskPlan(w http.ResponseWriter, r *http.Request, who visitor, status int, d *risk.Detail, x risk.Plan, due string, refused *problem.Error) error {
	p := riskPlanPage{Detail: d, Plan: x, Due: due, Problem: refused, Steps: []option{{"0", "–"}}}
	p.frame = s.riskFrame(w, r, who, "register", "Treat "+d.Code)
	for i := 1; i <= risk.Steps; i++ {
		p.Steps = append(p.Steps, option{strconv.Itoa(i), strconv.Itoa(i)})
	}
	return s.render(w, r, status, riskPlanForm(p))
}

// postRiskPlan saves it: POST /o/{org}/risks/{risk}/plan.
func (s *Server) postRiskPlan(w http.ResponseWriter, r *http.Request, who visitor) error {
	d, err := s.Risks.Detail(r.Context(), who.Actor, r.PathValue("risk"), s.Now())
	if err != nil {
		return err
	}
	n := func(name string) int { v, _ := strconv.Atoi(r.FormValue(name)); return v }
	x := risk.Plan{Choice: risk.Choice(r.FormValue("choice")), Reason: r.FormValue("reason"), Cost: r.FormValue("cost"), ShownBy: r.FormValue("shown_by"), Target: risk.Point{Likelihood: n("likelihood"), Impact: n("impact")}}
	due := r.FormValue("due")
	if x.Due, err = riskDate("due", due); err == nil {
		err = s.Risks.Plan(r.Context(), who.Actor, d.ID, x, s.Now())
	}
	if err != nil {
		refused := problem.Of(err)
		if refused.Code == problem.Internal || refused.Code == problem.Forbidden {
			return err
		}
		return s.showRiskPlan(w, r, who, statusOf(refused.Code), d, x, due, refused)
	}
	return back(w, r, orgPath(who.Slug(), "risks", d.Code)+"#treatment", "The treatment is recorded. Its owner approves it.")
}

func riskCategories() []option {
	out := []option{{"", "Choose"}}
	for _, n := range risk.Categories() {
		out = append(out, option{n.ID, n.Label})
	}
	return out
}

func riskBases() []option {
	out := []option{{"", "Choose"}}
	for _, n := range risk.Bases() {
		out = append(out, option{n.ID, n.Label})
	}
	return out
}

// riskKindWords says what a score means.
func riskKindWords(k risk.ScoreKind) string {
	switch k {
	case risk.Inherent:
		return "As if your own controls did not work: it shows which controls matter most."
	case risk.Current:
		return "With the controls that have evidence of operating today. It is compared with the appetite."
	}
	return "After the planned treatment."
}

// riskAxis is the scale a control of a nature acts on.
func riskAxis(m *risk.Method, nature string) string {
	a, _ := m.AxisOf(nature)
	return string(a)
}

// riskHarms says what a risk would harm.
func riskHarms(r risk.Risk) string {
	var out []string
	for _, a := range r.Affects {
		out = append(out, risk.Label(a))
	}
	if r.Rights {
		out = append(out, "the rights of people")
	}
	return strings.Join(out, ", ")
}

// riskPlanDueWords says by when a plan has to be approved.
func riskPlanDueWords(p riskPlanPage) string {
	if l := p.Verdict.Level; p.Scored() && l.PlanDue.Known() {
		return fmt.Sprintf("A risk that is %s has an approved plan within %s of its score.", l.ID, l.PlanDue.Words())
	}
	return ""
}

// riskEmptyGroups names the registers that hold nothing to choose from yet.
func riskEmptyGroups(list []riskPick) string {
	var names []string
	for _, g := range list {
		if len(g.Items) == 0 {
			names = append(names, strings.ToLower(g.Kind.Label()))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "There are no " + riskNames(names) + " to choose from yet. Enter them in their registers first."
}
