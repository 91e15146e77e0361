package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// The two ways to look at the crosswalk.
const (
	asStated = "structure" // every requirement of the source taken as met
	asMet    = "met"       // only those with an operated control
)

// crosswalkQuery names two frameworks and a way to look at them.
type crosswalkQuery struct{ From, To, View string }

// heatPage is the map of two frameworks.
type heatPage struct {
	frame
	From, To *framework.Framework
	Query    crosswalkQuery
	All      []option
	Heat     *crosswalk.Heat
	Met      int // requirements of From with an operated control
	Asked    int
	Views    []pill
	StackIDs []string
	Mapping  mappingState
	Adopted  bool // library controls are adopted, so that covers count where they speak
}

// getHeat shows the map: GET /o/{org}/crosswalk?from=&to=&view=.
func (s *Server) getHeat(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := heatPage{StackIDs: b.Stack.IDs, All: b.frameworkOptions(), Adopted: len(b.Adopted) > 0}
	if p.From, p.To, p.Query, err = b.crossed(r); err != nil {
		return err
	}
	p.Heat = b.heat(p.From, p.To, p.Query.View)
	p.Met, p.Asked = len(b.metIn(p.From)), len(p.From.Asked())
	if p.Mapping, err = s.mappingState(r.Context(), who, b); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "crosswalk", "Crosswalk")
	p.Tabs = crosswalkTabs(who.Slug(), "heat")
	for _, v := range []struct{ key, text string }{{asStated, "As the sets state it"}, {asMet, "As met by our controls"}} {
		p.Views = append(p.Views, pill{Text: v.text, Bare: true, On: p.Query.View == v.key, To: p.Query.address(p.path("crosswalk"), "view", v.key)})
	}
	return s.render(w, r, http.StatusOK, showHeat(p))
}

// address returns the address of a page about the two frameworks. Pairs of values
// are added, or take the place of those of the query.
func (q crosswalkQuery) address(path string, pairs ...string) string {
	values := []string{"from", q.From, "to", q.To, "view", q.View}
	return query(path, append(values, pairs...)...)
}

// crossed reads the two frameworks of a page of the crosswalk. Left out, they are
// SOC 2 and ISO 27001, or the ends of the first set of the stack.
func (b *book) crossed(r *http.Request) (from, to *framework.Framework, q crosswalkQuery, err error) {
	q = crosswalkQuery{r.FormValue("from"), r.FormValue("to"), r.FormValue("view")}
	first := [2]string{"soc2-2017", "iso27001-2022"}
	if !b.library.Frameworks.Has(framework.Ref{Framework: first[0], ID: "CC1"}) {
		for _, set := range b.library.Sets {
			if len(set.Edges) > 0 {
				first = [2]string{set.Edges[0].Source.Framework, set.Edges[0].Target.Framework}
				break
			}
		}
	}
	if q.From == "" {
		q.From = first[0]
	}
	if q.To == "" {
		q.To = first[1]
	}
	if q.View != asMet {
		q.View = asStated
	}
	for _, end := range []struct {
		name, id string
		f        **framework.Framework
	}{{"from", q.From, &from}, {"to", q.To, &to}} {
		f, ok := b.library.Frameworks.Find(end.id)
		if !ok {
			return nil, nil, q, problem.New(problem.NotFound, "There is no framework %q here. Choose two of those listed on the heat map.", end.id)
		}
		*end.f = f
	}
	return from, to, q, nil
}

// frameworkOptions lists every framework, for a choice.
func (b *book) frameworkOptions() []option {
	var out []option
	for _, f := range b.library.Frameworks.Frameworks {
		out = append(out, option{f.ID, f.Title})
	}
	return out
}

// metIn names the requirements of a framework that are taken as met and whose
// category is in scope: by covers where a control of the cover is adopted, by a tag
// elsewhere, as the gap analysis has it.
func (b *book) metIn(f *framework.Framework) map[string]bool {
	left, meets := b.leftOut(f), b.meets(f)
	out := map[string]bool{}
	for _, q := range f.Asked() {
		o := meets[q.ID]
		if !left[q.ID] && (o.Coverage.Closed() || !o.Governed && b.own(framework.Ref{Framework: f.ID, ID: q.ID}) == ownOperated) {
			out[q.ID] = true
		}
	}
	return out
}

// heat returns the map between two frameworks; it is worked out once per book.
func (b *book) heat(from, to *framework.Framework, view string) *crosswalk.Heat {
	var met func(string) bool
	if view == asMet {
		ids := b.metIn(from) // before the lock, which it takes itself
		met = func(id string) bool { return ids[id] }
	}
	key := [3]string{from.ID, to.ID, view}
	b.mu.Lock()
	defer b.mu.Unlock()
	if h := b.heats[key]; h != nil {
		return h
	}
	if b.heats == nil {
		b.heats = map[[3]string]*crosswalk.Heat{}
	}
	h := b.Stack.Heat(from, to, met)
	b.heats[key] = h
	return h
}

// cellPage lists the pairs behind a cell of the map.
type cellPage struct {
	frame
	From, To      *framework.Framework
	Query         crosswalkQuery
	Source, Theme framework.Requirement // zero: all of them
	Level         string
	Levels        []pill
	Rows          []pairRow
	Whole         []crosswalk.Edge
	Pager         pager
}

// pairRow is what the stack says of one pair.
type pairRow struct {
	Pair           crosswalk.Pair
	Source, Target framework.Requirement
	Level          string
	Sentence       string
	Sets           []string // that state it directly; none where it was inferred
	Strength       int
	To             string // address of the page of the pair
}

// levels are the kinds of pairs, as a person reads them.
var levels = []struct{ key, words, mark string }{
	{"certain", "Certain", ""}, {"full", "Held in full", "full"}, {"overlap", "Shares ground", "partial"}, {"candidate", "Suggested", "candidate"},
	{"contradiction", "Contradicted", "warn"}, {"none", "Shares nothing", "none"},
	{"all", "All", ""},
}

func levelWords(key string) string {
	for _, l := range levels {
		if l.key == key {
			return l.words
		}
	}
	return key
}

func levelMark(key string) string {
	for _, l := range levels {
		if l.key == key {
			return l.mark
		}
	}
	return "unknown"
}

const pairsPerPage = 25

// getCell shows them: GET /o/{org}/crosswalk/cell?from=&to=&view=&source=&theme=&level=&page=.
func (s *Server) getCell(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := cellPage{Level: r.FormValue("level")}
	if p.From, p.To, p.Query, err = b.crossed(r); err != nil {
		return err
	}
	for _, end := range []struct {
		f  *framework.Framework
		id string
		at *framework.Requirement
	}{{p.From, r.FormValue("source"), &p.Source}, {p.To, r.FormValue("theme"), &p.Theme}} {
		var ok bool
		if *end.at, ok = end.f.Find(end.id); !ok && end.id != "" {
			return problem.New(problem.NotFound, "%s has no group %q. Open the heat map and choose a cell there.", end.f.Title, end.id)
		}
	}
	p.frame = s.frame(w, r, who, "crosswalk", cellTitle(p), crumb{"Crosswalk", p.Query.address(orgPath(who.Slug(), "crosswalk"))})
	p.Tabs = crosswalkTabs(who.Slug(), "heat")
	p.fill(b, r.FormValue("page"))
	return s.render(w, r, http.StatusOK, showCell(p))
}

// fill finds the pairs in the cell, and the words for those on the page asked for.
func (p *cellPage) fill(b *book, page string) {
	sources, targets := asked(p.From, p.Source.ID), asked(p.To, p.Theme.ID)
	if p.Query.View == asMet {
		met := b.metIn(p.From)
		sources = slices.DeleteFunc(sources, func(id string) bool { return !met[id] })
	}
	pairs := b.Stack.Relate(p.From.ID, p.To.ID).Select(sources, targets)
	count, all := map[string]int{}, 0
	for pair := range pairs {
		count[pair.Level()]++
		all++
	}
	count["certain"], count["all"] = count["full"]+count["overlap"], all
	if p.Level == "" {
		p.Level = "certain" // what is certain comes first, where anything is
		if count["certain"] == 0 {
			p.Level = "all"
		}
	}
	address := func(level string, pairs ...string) string {
		return p.Query.address(p.path("crosswalk", "cell"), append(pairs, "source", p.Source.ID, "theme", p.Theme.ID, "level", level)...)
	}
	for _, l := range levels {
		p.Levels = append(p.Levels, pill{Text: l.words, N: count[l.key], Mark: l.mark, On: p.Level == l.key, To: address(l.key)})
	}
	first, last, pages := pageOf(count[p.Level], page, pairsPerPage, func(n string) string { return address(p.Level, "page", n) })
	p.Pager = pages
	at := 0
	for pair := range pairs {
		level := pair.Level()
		if p.Level != "all" && p.Level != level && (p.Level != "certain" || level != "full" && level != "overlap") {
			continue
		}
		if at++; at > last {
			break
		}
		if at > first {
			p.Rows = append(p.Rows, pairRow{Pair: pair, Source: b.requirement(pair.Source), Target: b.requirement(pair.Target), Level: level})
		}
	}
	for i := range p.Rows {
		p.Rows[i].explain(b, p.frame)
	}
	for e := range b.Stack.WholeRows(p.From, p.To) {
		if spans(p.From, e.Source.ID, p.Source.ID) && spans(p.To, e.Target.ID, p.Theme.ID) {
			p.Whole = append(p.Whole, e)
		}
	}
}

// explain finds the words for a pair: the row that states it, or the best path.
func (x *pairRow) explain(b *book, f frame) {
	x.To = pairAddress(f, x.Pair.Source, x.Pair.Target)
	rows := b.Stack.Direct(x.Pair.Source, x.Pair.Target)
	for _, e := range rows {
		if !slices.Contains(x.Sets, e.Set) {
			x.Sets = append(x.Sets, e.Set)
		}
		x.Strength = max(x.Strength, e.Strength)
	}
	if len(rows) == 1 {
		x.Sentence = sentence(rows[0])
		return
	}
	if path, ok := b.Stack.Path(x.Pair.Source, x.Pair.Target); ok {
		x.Sentence = path.Sentence()
	}
}

// pairAddress is the page where a pair is looked at and decided on.
func pairAddress(f frame, source, target framework.Ref) string {
	return edgePath(f.Slug, source, target)
}

// asked returns the ids of what a framework asks at or below a heading.
func asked(f *framework.Framework, heading string) []string {
	var out []string
	for _, r := range f.Asked() {
		if within(f, r.ID, heading) {
			out = append(out, r.ID)
		}
	}
	return out
}

// within reports whether id stands at or below a heading; no heading holds everything.
func within(f *framework.Framework, id, heading string) bool {
	return heading == "" || f.Within(id, heading)
}

// spans reports whether one of the two ids stands at or below the other.
func spans(f *framework.Framework, id, heading string) bool {
	return within(f, id, heading) || f.Within(heading, id)
}

// cellTitle names a cell: "CC6 by A.8".
func cellTitle(p cellPage) string {
	source, theme := p.Source.ID, p.Theme.ID
	if source == "" {
		source = p.From.Short
	}
	if theme == "" {
		theme = p.To.Short
	}
	return source + " by " + theme
}

// heatLevel is the step of intensity of a cell, from 0 to 5: how much of it is touched.
func heatLevel(c crosswalk.HeatCell) string {
	if c.Of == 0 || c.Touched == 0 {
		return "heat-0"
	}
	return "heat-" + strconv.Itoa(1+min(4, 5*c.Touched/c.Of))
}

// heatWords says a cell as a sentence, for a screen reader and the pointer.
func heatWords(source, theme string, c crosswalk.HeatCell) string {
	s := fmt.Sprintf("%s by %s: %d of %d touched, %d held in full", source, theme, c.Touched, c.Of, c.Full)
	if c.Candidate > 0 {
		s += fmt.Sprintf(", %d more suggested", c.Candidate)
	}
	if c.Disputed > 0 {
		s += fmt.Sprintf(", %d disputed", c.Disputed)
	}
	if c.Whole > 0 {
		s += ", " + plural(c.Whole, "row", "rows") + " about whole groups, not counted"
	}
	return s
}
