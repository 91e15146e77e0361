package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/task"
)

// riskFrame is the shell around one of the pages about risks.
func (s *Server) riskFrame(w http.ResponseWriter, r *http.Request, who visitor, tab, title string) frame {
	f := s.frame(w, r, who, "risks", title, crumb{"Risks", orgPath(who.Slug(), "risks")})
	f.Tabs = riskTabs(who.Slug(), tab)
	return f
}

// riskPlace is where a task about risks is done.
func riskPlace(who visitor, t task.Task) string {
	switch {
	case !who.Can(access.ViewRisks):
		return ""
	case t.Subject.Kind == risk.SubjectRisk:
		return orgPath(who.Slug(), "risks", t.Subject.ID)
	case t.Subject.Kind == string(approval.RiskMethod):
		return orgPath(who.Slug(), "risks", "method")
	case t.Subject.Kind == string(approval.RiskAssessment):
		return orgPath(who.Slug(), "risk-snapshots", t.Subject.ID)
	case t.Kind == risk.TaskAssess:
		return orgPath(who.Slug(), "risks", "snapshots")
	}
	return orgPath(who.Slug(), "risks", "snapshots") + "#review"
}

// riskMark is the mark of a level: the higher, the louder. Its word always stands
// beside it.
func riskMark(m *risk.Method, level string) string {
	within, outside := 0, 0
	for _, l := range m.Numbers.Levels {
		if l.Within {
			within++
		} else {
			outside++
		}
		if l.ID != level {
			continue
		}
		switch {
		case l.Within && within == 1:
			return "good"
		case l.Within:
			return "info"
		case outside == 1:
			return "warn"
		}
		return "bad"
	}
	return "unknown"
}

func riskStateMark(s risk.State) string {
	switch s {
	case risk.Breached, risk.Lapsed, risk.Untreated, risk.Overdue:
		return "bad"
	case risk.Planned, risk.Treated:
		return "warn"
	case risk.Treating:
		return "info"
	case risk.Accepted, risk.Tolerated:
		return "good"
	case risk.Unscored:
		return "candidate"
	}
	return "not_applicable"
}

// riskFiguresView is what stands above the register.
type riskFiguresView struct {
	Open, Scored, Above, Unscored, Old int
	Reassess                           int
	ReviewDue, AssessDue               cadence.Date
	ReviewLate, AssessLate             bool
	To                                 func(name, value string) string
	Method                             string
}

func riskFiguresOf(who visitor, r *risk.Register, c risk.Counts, cycle risk.Cycle) riskFiguresView {
	to := orgPath(who.Slug(), "risks")
	return riskFiguresView{Open: c.Open, Scored: c.Open - c.Unscored, Above: c.Above, Unscored: c.Unscored, Old: c.Old, Reassess: c.Overdue, Method: r.Method.Version,
		ReviewDue: cycle.ReviewDue, AssessDue: cycle.AssessDue, ReviewLate: cycle.ReviewDue < r.Today, AssessLate: cycle.AssessDue < r.Today,
		To: func(name, value string) string { return query(to, name, value) }}
}

// riskHeatPage is the heat map of one of the three scores.
type riskHeatPage struct {
	frame
	Kind     risk.ScoreKind
	Kinds    []pill
	Method   *risk.Method
	Rows     [risk.Steps][risk.Steps]risk.Cell
	Levels   []riskLevelRow
	Scored   int
	Defaults int
	None     int // without a score of this kind
}

// riskLevelRow is a level with how many risks have it.
type riskLevelRow struct {
	Level risk.Level
	Mark  string
	Class string
	N     int
	To    string
}

// getRiskHeat shows it: GET /o/{org}/risks/heat?score=.
func (s *Server) getRiskHeat(w http.ResponseWriter, r *http.Request, who visitor) error {
	reg, err := s.Risks.Register(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := riskHeatPage{Kind: risk.ScoreKind(r.FormValue("score")), Method: reg.Method}
	if !slices.Contains(risk.ScoreKinds(), p.Kind) {
		p.Kind = risk.Current
	}
	p.frame = s.riskFrame(w, r, who, "heat", "Heat map")
	for _, k := range risk.ScoreKinds() {
		p.Kinds = append(p.Kinds, pill{Text: k.Label(), To: query(p.path("risks", "heat"), "score", string(k)), On: k == p.Kind, Bare: true})
	}
	p.Rows = reg.Heat(p.Kind)
	levels := map[string]int{}
	for _, row := range p.Rows {
		for _, c := range row {
			p.Scored += len(c.Risks)
			p.Defaults += len(c.Defaults)
			levels[c.Level.ID] += len(c.Risks)
		}
	}
	p.None = len(reg.Open()) - p.Scored
	for _, l := range reg.Method.Numbers.Levels {
		p.Levels = append(p.Levels, riskLevelRow{l, riskMark(reg.Method, l.ID), riskLevelClass(reg.Method, l.ID), levels[l.ID], query(p.path("risks"), "level", l.ID)})
	}
	return s.render(w, r, http.StatusOK, riskHeat(p))
}

// riskLevelClass is the pattern a field of the heat map is drawn with.
func riskLevelClass(m *risk.Method, level string) string {
	i := slices.IndexFunc(m.Numbers.Levels, func(l risk.Level) bool { return l.ID == level })
	return fmt.Sprintf("rl-%d", min(max(i, 0), 4))
}

// riskLibraryPage is the library of scenarios.
type riskLibraryPage struct {
	frame
	Rows     []riskScenarioRow
	Category string
	Text     string
	Pills    []pill
	Fresh    int // not adopted
	Ask      []string
	CanAdopt bool
	Problem  *problem.Error
}

type riskScenarioRow struct {
	risk.Scenario
	Have    *risk.Entry // the risk it became
	Refs    []string
	Level   string
	Chosen  bool
	Affects string
}

// getRiskLibrary shows it: GET /o/{org}/risks/library?category=&text=&pick=.
func (s *Server) getRiskLibrary(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRiskLibrary(w, r, who, http.StatusOK, nil)
}

func (s *Server) showRiskLibrary(w http.ResponseWriter, r *http.Request, who visitor, status int, wrong *problem.Error) error {
	reg, err := s.Risks.Register(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	follows := map[string]bool{}
	for _, f := range b.Enabled {
		follows[f.ID] = true
	}
	p := riskLibraryPage{Category: r.FormValue("category"), Text: strings.TrimSpace(r.FormValue("text")), CanAdopt: who.Can(access.ManageRisks), Problem: wrong}
	have := map[string]*risk.Entry{}
	for _, e := range reg.Risks {
		if e.Scenario != "" {
			have[e.Scenario] = e
		}
	}
	chosen := map[string]bool{}
	for _, id := range r.Form["scenario"] {
		chosen[id] = true
	}
	counts := map[string]int{}
	for _, sc := range risk.Library() {
		counts[sc.Category]++
		row := riskScenarioRow{Scenario: sc, Have: have[sc.ID], Level: reg.Method.LevelOf(sc.Default.Score()).ID}
		for _, ref := range sc.Requirements {
			if follows[ref.Framework] {
				row.Refs = append(row.Refs, ref.Words())
			}
		}
		var harms []string
		for _, a := range sc.Affects {
			harms = append(harms, strings.ToLower(risk.Label(a)))
		}
		row.Affects = strings.Join(harms, ", ")
		row.Chosen = chosen[sc.ID] || r.FormValue("pick") == "all" && row.Have == nil
		if p.Category != "" && sc.Category != p.Category || p.Text != "" && !strings.Contains(strings.ToLower(sc.Title+" "+sc.Text+" "+sc.ID), strings.ToLower(p.Text)) {
			continue
		}
		if row.Have == nil {
			p.Fresh++
		}
		p.Rows = append(p.Rows, row)
	}
	p.frame = s.riskFrame(w, r, who, "library", "Library of risks")
	at := func(category string) string {
		return query(p.path("risks", "library"), "category", category, "text", p.Text)
	}
	p.Pills = []pill{{Text: "All", N: len(risk.Library()), To: at(""), On: p.Category == ""}}
	for _, n := range risk.Categories() {
		if counts[n.ID] > 0 {
			p.Pills = append(p.Pills, pill{Text: n.Label, N: counts[n.ID], To: at(n.ID), On: p.Category == n.ID})
		}
	}
	return s.render(w, r, status, riskLibrary(p))
}

// postRiskLibrary adopts scenarios: POST /o/{org}/risks/library.
func (s *Server) postRiskLibrary(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form cannot be read. Open the page again.")
	}
	list, err := s.Risks.Adopt(r.Context(), who.Actor, r.Form["scenario"], s.Now())
	if err != nil {
		wrong := problem.Of(err)
		if wrong.Field == "" {
			return err
		}
		return s.showRiskLibrary(w, r, who, statusOf(wrong.Code), wrong)
	}
	return back(w, r, query(orgPath(who.Slug(), "risks"), "state", string(risk.Unscored)), plural(len(list), "risk is", "risks are")+" in the register now. Their numbers are those of the library: score them.")
}

// riskViewsPage is the register in both ways.
type riskViewsPage struct {
	frame
	risk.Views
	Things *risk.Things
	ByOne  []risk.Included // rows of Annex A that only one view leads to
	Both   int
}

// getRiskViews shows them: GET /o/{org}/risks/views.
func (s *Server) getRiskViews(w http.ResponseWriter, r *http.Request, who visitor) error {
	reg, err := s.Risks.Register(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := riskViewsPage{}
	if p.Things, err = s.Risks.Things(r.Context(), who.Actor); err != nil {
		return err
	}
	p.Views = risk.ViewsOf(reg.Risks, p.Things)
	for _, i := range p.Rows27001 {
		if _, one := i.OnlyBy(); one {
			p.ByOne = append(p.ByOne, i)
		}
	}
	for _, row := range p.Rows {
		if row.InThreats() && row.InPromises() {
			p.Both++
		}
	}
	p.frame = s.riskFrame(w, r, who, "views", "Two views")
	return s.render(w, r, http.StatusOK, riskViews(p))
}

// riskRefs names requirements.
func riskRefs(list []framework.Ref) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.Words())
	}
	return out
}

// getRiskReport shows the report: GET /o/{org}/risks/report?format=.
func (s *Server) getRiskReport(w http.ResponseWriter, r *http.Request, who visitor) error {
	d, err := s.Risks.Report(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	return s.showReport(w, r, s.riskFrame(w, r, who, "register", d.Title), d)
}

// riskDay is the civil day of a moment, in words.
func riskDay(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return dayWords(cadence.DateOf(t, zone))
}

// plural2 is one or many without the number, which stands elsewhere.
func plural2(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// riskThings names things.
func riskThings(list []risk.Thing) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Words())
	}
	return out
}

// riskViewWords says which view leads to a row of Annex A.
func riskViewWords(i risk.Included) string {
	switch by, one := i.OnlyBy(); {
	case !one && len(i.By) == 0:
		return "risks in neither view"
	case by == risk.Threats:
		return "threats to assets alone"
	}
	return "risks to commitments alone"
}

// riskOnMap says how many risks the heat map shows.
func riskOnMap(p riskHeatPage) string {
	text := plural(p.Scored, "risk", "risks") + " on the map"
	if p.None > 0 {
		text += ", " + group(p.None) + " without such a score"
	}
	return text
}

// riskNoneOf is what stands in the place of an empty list: that all is well, or that
// there is nothing to judge by.
func riskNoneOf(p riskViewsPage, well, unknown string, kinds ...risk.LinkKind) string {
	for _, k := range kinds {
		if len(p.Things.Of(k)) > 0 {
			return well
		}
	}
	return unknown
}
