package web

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/standing"
)

// windowQuery is what a person asked for, as typed: the address of the page holds
// all of it, so that it can be sent to somebody.
type windowQuery struct{ From, To, Framework, As, Known, State, Text string }

func windowQueryOf(r *http.Request) windowQuery {
	v := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	return windowQuery{v("from"), v("to"), v("framework"), v("as"), v("known"), v("state"), v("text")}
}

func (q windowQuery) at(path string) string {
	return query(path, "from", q.From, "to", q.To, "framework", q.Framework, "as", q.As, "known", q.Known, "state", q.State, "text", q.Text)
}

func (q windowQuery) in(state string) windowQuery { q.State = state; return q }

func (q windowQuery) over(d cadence.Days) windowQuery {
	q.From, q.To = d.From.String(), d.To.String()
	return q
}

// windowPage shows what an auditor who picks these days would find.
type windowPage struct {
	frame
	Query      windowQuery
	Window     cadence.Days
	Frameworks []option
	Framework  *framework.Framework
	Presets    []pill
	Problem    *problem.Error
	Warnings   []string
	Started    int // controls that began within the window
	Pills      []pill
	Sums       windowSums
	Rows       []windowRow
	Pages      pager
	Differ     []differing // between what was known then and what is true
	Differing  int
	CanExport  bool
	Controls   int
}

// windowSums counts what was found in all controls together.
type windowSums struct {
	Of     int
	States map[posture.State]int
}

// windowRow is one control in the window.
type windowRow struct {
	Code, Title, Owner string
	State              posture.State
	Started            string // the day it began, when that is within the window
	First              string // the reason of the worst part
	Why                []string
	Year               year
	Rhythm             string
}

// differing is a control that was thought to stand otherwise than it did.
type differing struct {
	Code         string
	Known, Truly posture.State
}

const windowRows = 25 // controls on a page

// lastYear is the twelve months up to yesterday: the last day that is over.
func lastYear(today cadence.Date) cadence.Days {
	return cadence.Days{From: today.AddMonths(-12), To: today - 1}
}

// asked reads the two days and the moment of knowledge.
func (q *windowQuery) asked(today cadence.Date) (standing.Asked, error) {
	a := standing.Asked{Window: lastYear(today)}
	for _, d := range []struct {
		field, label, text string
		to                 *cadence.Date
	}{{"from", "first day", q.From, &a.Window.From}, {"to", "last day", q.To, &a.Window.To}, {"known", "day of knowledge", q.Known, &a.Known}} {
		if d.text == "" || d.field == "known" && q.As != "known" {
			continue
		}
		day, ok := cadence.ReadDate(d.text)
		if !ok {
			return a, problem.Field(d.field, "The "+d.label+" is not one that can be read in one way only. Write it as 2026-03-01.")
		}
		*d.to = day
	}
	switch {
	case a.Window.To < a.Window.From:
		return a, problem.Field("to", "The last day is before the first. Choose a later one.")
	case a.Window.Len() > 5*366:
		return a, problem.Field("to", "The window is longer than five years. Choose a shorter one.")
	case a.Window.From < cadence.On(1990, 1, 1) || a.Window.To > cadence.On(2199, 12, 31):
		return a, problem.Field("from", "Choose days between 1990 and 2199.")
	}
	if q.As == "known" && !a.Known.Known() {
		a.Known = min(a.Window.To, today)
	}
	q.From, q.To = a.Window.From.String(), a.Window.To.String()
	if q.As == "known" {
		q.Known = a.Known.String()
	}
	return a, nil
}

// getWindow shows it: GET /o/{org}/window?from=&to=&framework=&as=&known=&state=&text=&page=.
func (s *Server) getWindow(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := windowPage{Query: windowQueryOf(r), CanExport: who.Can(access.ExportReports)}
	found, err := s.findWindow(r, who, &p)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.Problem != nil {
		status = http.StatusUnprocessableEntity
	} else if err := p.fill(found, r.FormValue("page")); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "window", "Window explorer")
	return s.render(w, r, status, showWindow(p))
}

// windowFound is what was asked, with the answer.
type windowFound struct {
	book   *book
	st     *standing.Book
	asked  standing.Asked
	answer *standing.Answer
	other  *standing.Answer // as true, when asked as known; nil otherwise
	places []int            // of the controls that are looked at
}

func (s *Server) findWindow(r *http.Request, who visitor, p *windowPage) (*windowFound, error) {
	f := &windowFound{}
	var err error
	if f.book, err = s.shelf.open(r.Context(), who.Actor); err != nil {
		return nil, err
	}
	now := s.Now()
	if f.st, err = s.Standing.Open(r.Context(), who.Actor, now); err != nil {
		return nil, err
	}
	today := f.st.Zones.DateOf(now)
	f.asked, err = p.Query.asked(today)
	p.Window, p.Presets, p.Controls = f.asked.Window, presets(p.Query, today, orgPath(who.Slug(), "window")), len(f.book.Controls)
	p.Frameworks = []option{{"", "All controls"}}
	for _, x := range f.book.Enabled {
		p.Frameworks = append(p.Frameworks, option{x.ID, x.Title})
		if x.ID == p.Query.Framework {
			p.Framework = x
		}
	}
	if err != nil {
		p.Problem = problem.Of(err)
		return f, nil
	}
	if p.Query.Framework != "" && p.Framework == nil {
		p.Problem = problem.Field("framework", "This framework is not followed here. Choose one of those listed.")
		return f, nil
	}
	if p.Framework != nil {
		f.asked.Accepts = standing.FamilyOf(p.Framework.ID)
	}
	f.answer = f.st.Answer(f.asked, now)
	if f.asked.Known.Known() {
		truly := f.asked
		truly.Known = 0
		f.other = f.st.Answer(truly, now)
	}
	f.places, err = f.chosen(p.Framework)
	return f, err
}

// chosen lists the places of the controls looked at: those a framework rests on, or
// all; of retired ones only those that ran in the window.
func (f *windowFound) chosen(fw *framework.Framework) ([]int, error) {
	var out []int
	if fw == nil {
		for i := range f.st.Operations {
			if l := &f.st.Lives[i]; l.Retired.IsZero() || f.answer.Judge.Question().Zones.DateOf(l.Retired) >= f.asked.Window.From {
				out = append(out, i)
			}
		}
		return out, nil
	}
	reading, err := f.book.reading(fw, f.book.through(fw, ""))
	if err != nil {
		return nil, err
	}
	seen := map[int]bool{}
	for _, l := range reading.Rests() {
		for _, code := range l.Codes {
			if i, ok := f.st.Place(code); ok && !seen[i] {
				seen[i] = true
				out = append(out, i)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// fill works out the page of the list that is shown.
func (p *windowPage) fill(f *windowFound, page string) error {
	q := f.answer.Question
	p.Warnings = q.Warnings()
	p.Sums = windowSums{len(f.places), map[posture.State]int{}}
	byState := map[posture.State][]int{}
	text := strings.ToLower(p.Query.Text)
	for _, i := range f.places {
		state := f.answer.States[i]
		p.Sums.States[state]++
		o := &f.st.Operations[i]
		if o.Since > f.asked.Window.From && o.Since <= f.asked.Window.To {
			p.Started++
		}
		if l := &f.st.Lives[i]; text == "" || strings.Contains(strings.ToLower(l.Code+"\n"+l.Title), text) {
			byState[state] = append(byState[state], i)
		}
		if f.other != nil && f.other.States[i] != state {
			if p.Differing++; len(p.Differ) < 12 {
				p.Differ = append(p.Differ, differing{o.Code, state, f.other.States[i]})
			}
		}
	}
	path := orgPathOf(p.Presets)
	p.Pills = []pill{{Text: "All", To: p.Query.in("").at(path), N: len(f.places), On: p.Query.State == ""}}
	var shown []int
	for _, state := range standing.Concerns() {
		if p.Sums.States[state] > 0 || p.Query.State == string(state) {
			p.Pills = append(p.Pills, pill{Text: upperFirst(state.Words()), To: p.Query.in(string(state)).at(path), N: p.Sums.States[state], On: p.Query.State == string(state), Mark: operationMark(state)})
		}
		if p.Query.State == "" || p.Query.State == string(state) {
			shown = append(shown, byState[state]...)
		}
	}
	part, pages := paged(shown, page, windowRows, func(n string) string {
		if n == "" {
			return p.Query.at(path)
		}
		return p.Query.at(path) + "&page=" + n
	})
	p.Pages = pages
	for _, i := range part {
		p.Rows = append(p.Rows, f.row(i))
	}
	return nil
}

func (f *windowFound) row(i int) windowRow {
	o, l := &f.st.Operations[i], &f.st.Lives[i]
	said := f.answer.Judge.Of(o)
	r := windowRow{Code: o.Code, Title: l.Title, Owner: f.book.owner(l.Control), State: said.State, First: said.Foremost(), Why: said.Why, Rhythm: rhythmWords(o, f.asked.Window)}
	if o.Since > f.asked.Window.From && o.Since <= f.asked.Window.To {
		r.Started = onDay(o.Since)
	}
	r.Year = yearOf(o, said, f.answer.Question, f.asked.Window)
	return r
}

// rhythmWords says how often it had to be done at the end of the window, and why.
func rhythmWords(o *posture.Operation, window cadence.Days) string {
	out := ""
	for _, x := range o.Rhythms {
		if x.From <= window.To && x.Every.Known() {
			out = upperFirst(x.Every.String()) + ": " + x.Because + "."
		}
	}
	if out == "" && o.Kind == control.Continuous {
		return "It runs all the time."
	}
	return out
}

// presets are windows people ask for.
func presets(q windowQuery, today cadence.Date, path string) []pill {
	y, m, _ := today.Civil()
	quarter := cadence.On(y, m-(m-1)%3, 1)
	var out []pill
	for _, x := range []struct {
		text string
		days cadence.Days
	}{
		{"Last 12 months", lastYear(today)},
		{"Last 6 months", cadence.Days{From: today.AddMonths(-6), To: today - 1}},
		{"Last 3 months", cadence.Days{From: today.AddMonths(-3), To: today - 1}},
		{"Last quarter", cadence.Days{From: quarter.AddMonths(-3), To: quarter - 1}},
		{"Last calendar year", cadence.Days{From: cadence.On(y-1, 1, 1), To: cadence.On(y, 1, 1) - 1}},
	} {
		to := q.over(x.days)
		out = append(out, pill{Text: x.text, To: to.at(path), Bare: true, On: q.From == to.From && q.To == to.To || q.From == "" && q.To == "" && len(out) == 0})
	}
	return out
}

// orgPathOf is the page the presets lead to.
func orgPathOf(list []pill) string {
	path, _, _ := strings.Cut(list[0].To, "?")
	return path
}

// getWindowExport hands the findings out as a table: GET /o/{org}/window/export, with the parameters of the page.
func (s *Server) getWindowExport(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := windowPage{Query: windowQueryOf(r)}
	f, err := s.findWindow(r, who, &p)
	if err != nil {
		return err
	}
	if p.Problem != nil {
		return p.Problem
	}
	t := document.Table{Name: "window", Rows: [][]string{{"control", "title", "owner", "state", "in_operation_since", "finding", "from", "to", "detail"}}}
	text := strings.ToLower(p.Query.Text)
	for _, state := range standing.Concerns() {
		for _, i := range f.places {
			l := &f.st.Lives[i]
			if f.answer.States[i] != state || p.Query.State != "" && p.Query.State != string(state) || text != "" && !strings.Contains(strings.ToLower(l.Code+"\n"+l.Title), text) {
				continue
			}
			t.Rows = append(t.Rows, f.lines(i)...)
		}
	}
	var file bytes.Buffer
	if err := document.WriteCSV(&file, t); err != nil {
		return fmt.Errorf("write the window: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("window-%s-%s-%s.csv", who.Slug(), p.Window.From, p.Window.To)))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(file.Bytes())
	return quiet(err)
}

// lines are the findings of one control as rows of the table; one that has none
// still has its line.
func (f *windowFound) lines(i int) [][]string {
	o, l := &f.st.Operations[i], &f.st.Lives[i]
	said := f.answer.Judge.Of(o)
	base := []string{o.Code, l.Title, f.book.owner(l.Control), said.State.Words(), o.Since.String()}
	day := func(m posture.Moment) string { return f.st.Zones.DateOf(m.Time()).String() }
	var out [][]string
	add := func(finding, from, to, detail string) {
		out = append(out, append(slices.Clone(base), finding, from, to, detail))
	}
	for _, x := range said.Occurrences {
		if x.Outcome == posture.Missed || x.Outcome == posture.Late {
			add(x.Outcome.Words(), x.Period.From.String(), x.Period.To.String(), "due "+x.Due.String())
		}
	}
	for _, x := range said.Failures {
		add("failed", day(x.From), day(x.To-1), x.Test+", "+plural(len(x.Subjects), "subject", "subjects"))
	}
	for _, x := range said.Samples {
		if x.Exceptions > 0 {
			add("sample exception", x.Window.From.String(), x.Window.To.String(), fmt.Sprintf("%d of %d examined of %s", x.Exceptions, x.Tested, x.Population))
		}
	}
	for _, x := range said.LongGaps {
		add("longest gap exceeded", x.Days.From.String(), x.Days.To.String(), fmt.Sprintf("%d days, %d allowed", x.Days.Len(), x.Limit))
	}
	for _, x := range said.Holes {
		add("gap", day(x.From), day(x.To-1), holeWords(x.Cause))
	}
	if len(out) == 0 {
		add("", "", "", strings.Join(said.Why, " "))
	}
	return out
}
