package web

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
)

// peoplePage is the list of people with what each is missing.
type peoplePage struct {
	frame
	Query     peopleQuery
	Rows      []personRow
	Checks    []people.Check
	Tallies   []monitor.Tally
	All       int // entries of the register
	Total     int // that fit
	Pills     []pill
	Functions []option
	Groups    []option
	Statuses  []option
	Asked     []option
	Pager     pager
	CanManage bool
	CanWaive  bool
	CanExport bool
}

// personRow is one person as the list shows them.
type personRow struct {
	monitor.Row
	Function string // in words
	Cells    []checkCell
}

const shownPeople = 50 // on a page

// peopleQuery is what the list is narrowed to.
type peopleQuery struct {
	Text, Function, Group, Status, Overall, Asked string
	Skip                                          int
}

// everybody stands in the choice of a status for all entries.
const everybody = "all"

func readPeopleQuery(r *http.Request) peopleQuery {
	q := peopleQuery{Text: strings.TrimSpace(r.FormValue("text")), Function: r.FormValue("function"), Group: r.FormValue("group"),
		Status: r.FormValue("status"), Overall: r.FormValue("overall"), Asked: r.FormValue("asked")}
	if n, err := strconv.Atoi(r.FormValue("skip")); err == nil && n > 0 {
		q.Skip = n
	}
	return q
}

func (q peopleQuery) filter() monitor.Filter {
	f := monitor.Filter{Text: q.Text, Function: q.Function, Group: q.Group, Status: monitor.Present, Overall: monitor.Overall(q.Overall)}
	switch q.Status {
	case "":
	case everybody:
		f.Status = ""
	default:
		f.Status = people.Status(q.Status)
	}
	check, state, _ := strings.Cut(q.Asked, ":")
	f.Check, f.State = people.Check(check), people.State(state)
	return f
}

// address is where the list with this query is.
func (q peopleQuery) address(path string) string {
	skip := ""
	if q.Skip > 0 {
		skip = strconv.Itoa(q.Skip)
	}
	return query(path, "text", q.Text, "function", q.Function, "group", q.Group, "status", q.Status, "overall", q.Overall, "asked", q.Asked, "skip", skip)
}

// getPeople lists them: GET /o/{org}/people?text=&function=&group=&status=&overall=&asked=&skip=.
func (s *Server) getPeople(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.Monitor.Board(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	q := readPeopleQuery(r)
	f := q.filter()
	f.Skip, f.Limit = q.Skip, shownPeople
	found := b.Rows(f)
	if q.Skip >= found.Total && q.Skip > 0 { // the list has become shorter
		q.Skip, f.Skip = 0, 0
		found = b.Rows(f)
	}
	p := peoplePage{Query: q, All: b.Len(), Total: found.Total, Checks: b.Checks(), Tallies: b.Tallies(), CanManage: who.Can(access.ManagePeople),
		CanWaive: who.Can(access.ExcludePeople), CanExport: who.Can(access.ExportReports), Functions: functionOptions("All functions")}
	for _, row := range found.Rows {
		x := personRow{Row: row, Function: people.Label(row.Person.Function)}
		for _, c := range p.Checks {
			x.Cells = append(x.Cells, cellOf(row.Of(c), b.Day))
		}
		p.Rows = append(p.Rows, x)
	}
	p.choices(b, found, who.Slug())
	p.frame = s.frame(w, r, who, "people", "People")
	return s.render(w, r, http.StatusOK, peopleList(p))
}

// choices fills in what the list can be narrowed by.
func (p *peoplePage) choices(b *monitor.Board, found monitor.Page, slug string) {
	path := orgPath(slug, "people")
	to := func(o monitor.Overall) string {
		q := p.Query
		q.Overall, q.Skip = string(o), 0
		return q.address(path)
	}
	all := 0
	for _, n := range found.Counts {
		all += n
	}
	p.Pills = []pill{{Text: "Everybody", To: to(""), N: all, On: p.Query.Overall == ""}}
	for _, o := range monitor.Overalls() {
		if n := found.Counts[o]; n > 0 || p.Query.Overall == string(o) {
			p.Pills = append(p.Pills, pill{Text: o.Words(), To: to(o), N: n, On: p.Query.Overall == string(o), Mark: overallMark(o)})
		}
	}
	p.Groups = []option{{"", "All groups"}}
	for _, g := range b.Roster.Groups() {
		p.Groups = append(p.Groups, option{g.Key, g.Label})
	}
	p.Statuses = []option{{"", "Here or coming"}}
	for _, st := range people.Statuses() {
		p.Statuses = append(p.Statuses, option{string(st), peopleStatus(st)})
	}
	p.Statuses = append(p.Statuses, option{everybody, "All entries"})
	p.Asked = []option{{"", "Any check"}}
	for _, c := range p.Checks {
		for _, st := range []people.State{people.Missing, people.Unclear, people.Due, people.Excluded, people.Done} {
			p.Asked = append(p.Asked, option{string(c) + ":" + string(st), c.Short() + ": " + checkWords(st)})
		}
	}
	p.Pager = pager{From: p.Query.Skip + 1, To: p.Query.Skip + len(p.Rows), Of: p.Total}
	if p.Query.Skip > 0 {
		q := p.Query
		q.Skip = max(0, q.Skip-shownPeople)
		p.Pager.Prev = q.address(path)
	}
	if p.Pager.To < p.Total {
		q := p.Query
		q.Skip += shownPeople
		p.Pager.Next = q.address(path)
	}
}

// getPeopleMissing hands out who is missing what, a line each: GET /o/{org}/people/missing.csv
// with the query of the list.
func (s *Server) getPeopleMissing(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.Monitor.Board(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	t := document.Table{Rows: [][]string{{"Name", "E-mail", "Function", "Status", "Check", "State", "Due", "Reason"}}}
	open := []people.State{people.Missing, people.Unclear, people.Due, people.Excluded, people.Paused}
	for _, row := range b.Rows(readPeopleQuery(r).filter()).Rows {
		for _, x := range row.Standings() {
			if slices.Contains(open, x.State) {
				due := ""
				if x.Due.Known() {
					due = x.Due.String()
				}
				t.Rows = append(t.Rows, []string{row.Person.Name, row.Person.Email, people.Label(row.Person.Function), peopleStatus(row.Status), x.Check.Label(), checkWords(x.State), due, x.Reason})
			}
		}
	}
	var file bytes.Buffer
	if err := document.WriteCSV(&file, t); err != nil {
		return err
	}
	return attach(w, "people-missing-"+b.Day.String()+".csv", "text/csv; charset=utf-8", file.Bytes())
}

func functionOptions(none string) []option {
	out := []option{{"", none}}
	for _, f := range people.Functions() {
		out = append(out, option{f.Key, f.Label})
	}
	return out
}
