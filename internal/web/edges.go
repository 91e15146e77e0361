package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// edgesPage lists the rows between two frameworks, of every set and of people.
type edgesPage struct {
	frame
	From, To   *framework.Framework // nil: there is nothing to choose from
	Frameworks []option
	Query      edgesQuery
	Sets       []option
	Relations  []option
	Pills      []pill
	Rows       []statedRow
	All        int // rows between the two, whatever the filters
	Pager      pager
	CanDecide  bool
	Reviewers  string // how many people confirmed rows, as a sentence
}

// edgesPerPage is how many rows one page shows.
const edgesPerPage = 50

// inStack asks for the rows of the sets in the stack, and those of people.
const inStack = "*stack"

// edgesQuery is what a person asked for.
type edgesQuery struct {
	From, To, Set, State, Relation, Text string
	Page                                 int
}

func (q edgesQuery) address(path string) string {
	page := ""
	if q.Page > 1 {
		page = strconv.Itoa(q.Page)
	}
	return query(path, "from", q.From, "to", q.To, "set", q.Set, "state", q.State, "relation", q.Relation, "text", q.Text, "page", page)
}

// statedRow is one row with where it stands.
type statedRow struct {
	Edge           crosswalk.Edge
	Status         crosswalk.Status
	Sentence       string
	Source, Target string // labels
	Set            string // what the set is called
	Inside         bool   // the set is in the stack
	To             string // address of the page of the pair
}

// edgePath is the address of the page of a pair; pairIn reads it.
func edgePath(slug string, source, target framework.Ref) string {
	return query(orgPath(slug, "crosswalk", "edge"), "from", source.Framework, "source", source.ID, "to", target.Framework, "target", target.ID)
}

// pairIn reads a pair from an address or a form.
func pairIn(r *http.Request) (source, target framework.Ref) {
	return framework.Ref{Framework: r.FormValue("from"), ID: r.FormValue("source")}, framework.Ref{Framework: r.FormValue("to"), ID: r.FormValue("target")}
}

// rowOf fills in what a page shows of a row.
func (b *book) rowOf(slug string, e crosswalk.Edge) statedRow {
	r := statedRow{Edge: e, Status: b.Stack.Status(e), Sentence: sentence(e), Source: b.label(e.Source), Target: b.label(e.Target),
		Set: b.setTitle(e.Set), Inside: slices.Contains(b.Stack.IDs, e.Set) || peoples(e.Set), To: edgePath(slug, e.Source, e.Target)}
	return r
}

// peoples reports whether the rows of a set come from people here.
func peoples(set string) bool {
	return set == crosswalk.SetOfProposals || set == crosswalk.SetOfOrganisation || set == crosswalk.SetOfAuditor
}

// setTitle is what a set is called.
func (b *book) setTitle(id string) string {
	switch id {
	case crosswalk.SetOfProposals:
		return "Proposed here"
	case crosswalk.SetOfOrganisation:
		return "Override by " + b.Name
	case crosswalk.SetOfAuditor:
		return "Override by the auditor"
	}
	if set, ok := b.library.Set(id); ok {
		return set.Title
	}
	return id
}

// getEdges shows them: GET /o/{org}/crosswalk/edges?from=&to=&set=&state=&relation=&text=&page=.
func (s *Server) getEdges(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	q := edgesQuery{From: r.FormValue("from"), To: r.FormValue("to"), Set: r.FormValue("set"), State: r.FormValue("state"), Relation: r.FormValue("relation"), Text: strings.TrimSpace(r.FormValue("text"))}
	q.Page, _ = strconv.Atoi(r.FormValue("page"))
	q.Page = max(1, q.Page)
	p := edgesPage{CanDecide: who.Can(access.DecideEdges)}
	p.From, p.To = s.joinedPair(b, q.From, q.To)
	p.frame = s.frame(w, r, who, "crosswalk", "Rows", crumb{"Crosswalk", orgPath(who.Slug(), "crosswalk")})
	p.Tabs = crosswalkTabs(who.Slug(), "rows")
	for _, f := range b.library.Frameworks.Frameworks {
		p.Frameworks = append(p.Frameworks, option{f.ID, f.Title})
	}
	if p.From == nil || p.To == nil {
		return s.render(w, r, http.StatusOK, showEdges(p))
	}
	q.From, q.To = p.From.ID, p.To.ID
	p.Query = q
	p.fill(b)
	return s.render(w, r, http.StatusOK, showEdges(p))
}

// joinedPair picks two frameworks: those asked for, else those the gap analysis
// would read, else those of the first set in the stack.
func (s *Server) joinedPair(b *book, from, to string) (*framework.Framework, *framework.Framework) {
	f, okF := b.library.Frameworks.Find(from)
	t, okT := b.library.Frameworks.Find(to)
	if okF && okT {
		return f, t
	}
	if x, y := b.pair(from, to); x != nil && y != nil {
		return x, y
	}
	for _, id := range b.Stack.IDs {
		if set, ok := b.library.Set(id); ok && len(set.Edges) > 0 {
			f, _ = b.library.Frameworks.Find(set.Edges[0].Source.Framework)
			t, _ = b.library.Frameworks.Find(set.Edges[0].Target.Framework)
			if f != nil && t != nil {
				return f, t
			}
		}
	}
	return f, t
}

// fill lists the rows, the choices of the filters and the page.
func (p *edgesPage) fill(b *book) {
	q := p.Query
	path := p.path("crosswalk", "edges")
	rows := b.Stack.Rows(p.From.ID, p.To.ID)
	p.All = len(rows)
	states, sets, relations := map[crosswalk.State]int{}, map[string]bool{}, map[string]bool{}
	people := map[string]bool{}
	var found []crosswalk.Edge
	all := 0
	for _, e := range rows {
		sets[e.Set], relations[e.Relation.String()] = true, true
		st := b.Stack.Status(e)
		if st.State == crosswalk.Confirmed && st.Judged != nil {
			people[st.Judged.By] = true
		}
		if !q.takes(b, e) {
			continue
		}
		all++
		states[st.State]++
		if q.State == "" || q.State == string(st.State) {
			found = append(found, e)
		}
	}
	p.Reviewers = reviewers(len(people))
	p.choices(b, rows, sets, relations)
	pill1 := q
	pill1.Page, pill1.State = 0, ""
	p.Pills = []pill{{Text: "All", N: all, To: pill1.address(path), On: q.State == ""}}
	for _, state := range crosswalk.States() {
		if states[state] > 0 || q.State == string(state) {
			pill1.State = string(state)
			p.Pills = append(p.Pills, pill{Text: upperFirst(string(state)), N: states[state], To: pill1.address(path), On: q.State == string(state), Mark: edgeMark(state)})
		}
	}
	first := min((q.Page-1)*edgesPerPage, len(found))
	last := min(first+edgesPerPage, len(found))
	for _, e := range found[first:last] {
		p.Rows = append(p.Rows, b.rowOf(p.Slug, e))
	}
	p.Pager = pager{From: first + 1, To: last, Of: len(found)}
	if q.Page > 1 {
		back := q
		back.Page--
		p.Pager.Prev = back.address(path)
	}
	if last < len(found) {
		on := q
		on.Page++
		p.Pager.Next = on.address(path)
	}
}

// choices lists what the filters offer: the sets and relations that occur.
func (p *edgesPage) choices(b *book, rows []crosswalk.Edge, sets, relations map[string]bool) {
	p.Sets = []option{{"", "All sets"}, {inStack, "What is in the stack"}}
	seen := map[string]bool{}
	for _, e := range rows {
		if sets[e.Set] && !seen[e.Set] {
			seen[e.Set] = true
			words := b.setTitle(e.Set)
			if !slices.Contains(b.Stack.IDs, e.Set) && !peoples(e.Set) {
				words += " (outside the stack)"
			}
			p.Sets = append(p.Sets, option{e.Set, words})
		}
	}
	p.Relations = []option{{"", "All relations"}}
	for _, o := range relationOptions("", "") {
		if relations[o.Value] {
			p.Relations = append(p.Relations, option{o.Value, o.Value})
		}
	}
}

// takes reports whether everything but the state fits.
func (q edgesQuery) takes(b *book, e crosswalk.Edge) bool {
	inside := slices.Contains(b.Stack.IDs, e.Set) || peoples(e.Set)
	if q.Set == inStack && !inside || q.Set != "" && q.Set != inStack && q.Set != e.Set || q.Relation != "" && q.Relation != e.Relation.String() {
		return false
	}
	return q.Text == "" || matches(q.Text, e.Source.ID, e.Target.ID, b.label(e.Source), b.label(e.Target), e.Rationale, e.Residual, e.Provenance)
}

// reviewers says how many people stand behind the confirmed rows.
func reviewers(n int) string {
	switch n {
	case 0:
		return "Nobody has confirmed a row of this crosswalk yet."
	case 1:
		return "One person alone confirmed rows of this crosswalk."
	}
	return plural(n, "person", "people") + " confirmed rows of this crosswalk."
}

// edgeMark is the mark of a state; each has its own shape.
func edgeMark(s crosswalk.State) string {
	switch s {
	case crosswalk.Confirmed:
		return "good"
	case crosswalk.Suggested:
		return "info"
	case crosswalk.Challenged:
		return "bad"
	case crosswalk.Overridden:
		return "not_applicable"
	case crosswalk.Deciding:
		return "full"
	}
	return "unknown"
}

// relationOptions lists what can hold between two requirements, as sentences.
func relationOptions(source, target string) []option {
	var out []option
	for _, m := range []crosswalk.Mask{crosswalk.Equal, crosswalk.Superset, crosswalk.Subset, crosswalk.Intersects, crosswalk.Overlaps, crosswalk.None} {
		out = append(out, option{m.String(), m.Between(source, target)})
	}
	return out
}
