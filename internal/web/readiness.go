package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/standing"
)

// readinessPage shows how a framework would stand before an auditor: design and
// operation as two figures, and for each requirement what is missing.
type readinessPage struct {
	frame
	Framework *framework.Framework
	From      *framework.Framework // nil: by its own controls
	Query     readinessQuery
	CanTake   bool // a bundle
	Problem   *problem.Error
	Warnings  []string
	Of        int // requirements in scope
	Closed    int // of those, closed in design
	Ready     int // of all, what would stand
	Coverage  []counted
	States    []counted
	Pills     []pill
	Rows      []readyRow
	Pages     pager
}

// counted is one state with its mark and how often it occurs.
type counted struct {
	Mark, Words string
	N           int
}

type readinessQuery struct{ Type, On, From, To, Via, State string }

func (q readinessQuery) at(path string) string {
	return query(path, "type", q.Type, "on", q.On, "from", q.From, "to", q.To, "via", q.Via, "state", q.State)
}

// readyRow is one requirement.
type readyRow struct {
	ID, Label  string
	Mark       string // of its coverage
	Words      string
	Operation  posture.State
	Rests      bool // on any control
	Readiness  posture.Readiness
	Controls   []readyControl // the worst first
	More       int            // controls that are not named
	Next       string         // what to do next
	inScope    bool
	importance int
}

type readyControl struct {
	Code  string
	State posture.State
}

const (
	readyRows = 50
	readyFew  = 4 // controls a row names
)

// asked reads Type 1 at the end of a day, or Type 2 over a window.
func (q *readinessQuery) asked(today cadence.Date) (standing.Asked, error) {
	if q.Type == "1" {
		a := standing.Asked{On: today}
		if q.On != "" {
			day, ok := cadence.ReadDate(q.On)
			if !ok || day < cadence.On(1990, 1, 1) || day > cadence.On(2199, 12, 31) {
				return a, problem.Field("on", "This is no day that can be read in one way only. Write it as 2026-03-01.")
			}
			a.On = day
		}
		q.On, q.From, q.To = a.On.String(), "", ""
		return a, nil
	}
	w := windowQuery{From: q.From, To: q.To}
	a, err := w.asked(today)
	q.Type, q.On, q.From, q.To = "2", "", w.From, w.To
	return a, err
}

// getReadiness shows it: GET /o/{org}/frameworks/{framework}/readiness?type=&on=&from=&to=&via=&state=.
func (s *Server) getReadiness(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, err := b.framework(r)
	if err != nil {
		return err
	}
	now := s.Now()
	st, err := s.Standing.Open(r.Context(), who.Actor, now)
	if err != nil {
		return err
	}
	v := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	p := readinessPage{Framework: f, From: b.through(f, v("via")), Query: readinessQuery{v("type"), v("on"), v("from"), v("to"), v("via"), v("state")}}
	p.CanTake = who.Can(access.ExportReports)
	path := orgPath(who.Slug(), "frameworks", f.ID, "readiness")
	p.frame = s.frame(w, r, who, "frameworks", "Readiness", crumb{"Frameworks", orgPath(who.Slug(), "frameworks")}, crumb{f.Short, orgPath(who.Slug(), "frameworks", f.ID)})
	asked, err := p.Query.asked(st.Zones.DateOf(now))
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		return s.render(w, r, http.StatusUnprocessableEntity, showReadiness(p))
	}
	reading, err := b.reading(f, p.From)
	if err != nil {
		return err
	}
	p.fill(st.Readiness(reading, asked, now), path, r.FormValue("page"))
	return s.render(w, r, http.StatusOK, showReadiness(p))
}

func (p *readinessPage) fill(found *standing.Readiness, path, page string) {
	p.Warnings = found.Question.Warnings()
	sum := found.Summary
	for _, c := range posture.Coverages() {
		if n := sum.Coverage[c]; n > 0 {
			p.Coverage = append(p.Coverage, counted{string(c), c.Words(), n})
		}
		if c != posture.NotApplicable {
			p.Of += sum.Coverage[c]
		}
		if c.Closed() {
			p.Closed += sum.Coverage[c]
		}
	}
	for _, s := range posture.States() {
		if n := sum.Operation[s]; n > 0 {
			p.States = append(p.States, counted{operationMark(s), s.Words(), n})
		}
	}
	p.Ready = sum.Readiness[posture.Ready]
	p.Pills = []pill{{Text: "All", To: p.Query.in("").at(path), N: len(found.Requirements), On: p.Query.State == ""}}
	for _, x := range posture.Readinesses() {
		if n := sum.Readiness[x]; n > 0 || p.Query.State == string(x) {
			p.Pills = append(p.Pills, pill{Text: upperFirst(x.Words()), To: p.Query.in(string(x)).at(path), N: n, On: p.Query.State == string(x), Mark: readyMark(x)})
		}
	}
	var rows []readyRow
	for _, said := range found.Requirements {
		if p.Query.State == "" || p.Query.State == string(said.Readiness) {
			rows = append(rows, readyRowOf(said))
		}
	}
	slices.SortStableFunc(rows, func(a, b readyRow) int { return a.importance - b.importance })
	p.Rows, p.Pages = paged(rows, page, readyRows, func(n string) string {
		if n == "" {
			return p.Query.at(path)
		}
		return p.Query.at(path) + "&page=" + n
	})
}

func (q readinessQuery) in(state string) readinessQuery { q.State = state; return q }

// urgency is the order of the list: what is closed in design and fails in operation
// is nearest to done, and comes before what is still open.
var urgency = []posture.Readiness{posture.WithException, posture.WithGap, posture.Unshown, posture.Open, posture.Early, posture.Ready, posture.OutOfScope}

func readyRowOf(said standing.Ready) readyRow {
	out := readyRow{ID: said.ID, Label: said.Requirement.Label, Mark: string(said.Coverage), Words: said.Coverage.Words(), Operation: said.Operation,
		Rests: len(said.Controls) > 0, Readiness: said.Readiness, Next: said.Next,
		inScope: said.Coverage != posture.NotApplicable, importance: slices.Index(urgency, said.Readiness)}
	for i, c := range said.Controls {
		if i == readyFew {
			out.More = len(said.Controls) - readyFew
			break
		}
		out.Controls = append(out.Controls, readyControl(c))
	}
	return out
}

// readyMark is the mark of a state of readiness.
func readyMark(x posture.Readiness) string {
	switch x {
	case posture.Ready:
		return "effective"
	case posture.Unshown:
		return "unheard"
	case posture.Open:
		return "untagged"
	}
	return string(x)
}
