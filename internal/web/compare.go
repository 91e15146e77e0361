package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// comparePage sets the mapping sets between two frameworks side by side.
type comparePage struct {
	frame
	Mapping    mappingState
	From, To   *framework.Framework
	All        []option
	Query      compareQuery
	Comparison *crosswalk.Comparison
	Tables     []figureGroup
	InStack    map[string]bool
	Sets       []*crosswalk.Set
	Pills      []pill
	Themes     []option
	Lines      []compareLine
	Pager      pager
	Challenged []challengedRow
}

// compareQuery is what a person asked the comparison for.
type compareQuery struct{ From, To, Show, Theme, Text string }

func (q compareQuery) address(path string, pairs ...string) string {
	return query(path, append([]string{"from", q.From, "to", q.To, "show", q.Show, "theme", q.Theme, "text", q.Text}, pairs...)...)
}

// figureGroup is a few rows of figures under one heading; the columns are the voices.
type figureGroup struct {
	Title, Note string
	Rows        []figureRow
}

type figureRow struct {
	Label string
	Cells []figureCell
}

// figureCell is a number and what it is out of; Of is zero for a plain number.
type figureCell struct {
	N, Of int
	None  bool // a voice is not compared with itself
}

// compareLine is a line of the comparison with the addresses of its pairs.
type compareLine struct {
	crosswalk.Line
	Group bool // first of its theme
	Theme framework.Requirement
}

// stand says how the sets stand on the line: "2 of 4 speak".
func (l compareLine) stand() string {
	if l.Standpoint != crosswalk.Differ {
		return standpointWords(l.Standpoint)
	}
	n := 0
	for _, rows := range l.Said {
		n += min(1, len(rows))
	}
	if n == 1 {
		return fmt.Sprintf("1 of %d speaks", len(l.Said))
	}
	return fmt.Sprintf("%d of %d speak", n, len(l.Said))
}

// challengedRow is a pair of the guide that the authors of the curated set do not follow.
type challengedRow struct {
	crosswalk.Challenge
	Source, Target framework.Requirement
	Reason         []reasonPart
	Others         []string // sets that state the pair all the same
	To             string
}

// reasonPart is a stretch of text, with an address where it names a requirement.
type reasonPart struct{ Text, To string }

const linesPerPage = 25

// getCompare shows them: GET /o/{org}/crosswalk/compare?from=&to=&show=&theme=&text=&page=.
func (s *Server) getCompare(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := comparePage{All: b.frameworkOptions(), InStack: map[string]bool{}}
	var q crosswalkQuery
	if p.From, p.To, q, err = b.crossed(r); err != nil {
		return err
	}
	p.Query = compareQuery{q.From, q.To, r.FormValue("show"), r.FormValue("theme"), strings.TrimSpace(r.FormValue("text"))}
	for _, id := range b.Stack.IDs {
		p.InStack[id] = true
	}
	if p.Mapping, err = s.mappingState(r.Context(), who, b); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "crosswalk", "Compare sets", crumb{"Crosswalk", orgPath(who.Slug(), "crosswalk")})
	p.Tabs = crosswalkTabs(who.Slug(), "compare")
	c := b.library.SideBySide(p.From, p.To)
	p.Comparison, p.Sets = c.Comparison, c.Sets
	p.Tables = figureGroups(c.Comparison)
	p.fill(c.Lines, r.FormValue("page"))
	p.Challenged = b.challenged(p.frame, p.From, p.To, c)
	return s.render(w, r, http.StatusOK, showCompare(p))
}

// spoken is what a set says of several sources in the same words.
type spoken struct {
	Sources []string
	Words   string // the relation, and the votes where there are any
}

// inWords gathers what a set says on a line by the words it uses.
func inWords(said []crosswalk.Said) []spoken {
	var out []spoken
	for _, x := range said {
		words := x.Mask.String()
		if votes, of, ok := x.Edge.Votes(); ok {
			words += fmt.Sprintf(", %d of %d", votes, of)
		}
		i := slices.IndexFunc(out, func(o spoken) bool { return o.Words == words })
		if i < 0 {
			i = len(out)
			out = append(out, spoken{Words: words})
		}
		out[i].Sources = append(out[i].Sources, x.Source)
	}
	return out
}

// standpointWords says how the sets stand to one another on a line.
func standpointWords(s crosswalk.Standpoint) string {
	switch s {
	case crosswalk.Clashing:
		return "Clash"
	case crosswalk.Differ:
		return "Some are silent"
	case crosswalk.Sharper:
		return "One says more"
	}
	return "All agree"
}

func standpointMark(s crosswalk.Standpoint) string {
	switch s {
	case crosswalk.Clashing:
		return "bad"
	case crosswalk.Differ:
		return "partial"
	case crosswalk.Sharper:
		return "info"
	}
	return "good"
}

// fill filters the lines and cuts them into pages.
func (p *comparePage) fill(lines []crosswalk.Line, page string) {
	count := map[string]int{}
	var found []compareLine
	p.Themes = []option{{"", "All themes"}}
	groups, at := crosswalk.GroupsOf(p.To)
	for _, t := range groups {
		p.Themes = append(p.Themes, option{t.ID, t.ID + " " + t.Label})
	}
	for _, l := range lines {
		theme := groups[at[l.Target.ID]]
		if p.Query.Theme != "" && p.Query.Theme != theme.ID {
			continue
		}
		if !matches(p.Query.Text, l.Source.ID, l.Source.Label, l.Target.ID, l.Target.Label) {
			continue
		}
		count[""]++
		count[string(l.Standpoint)]++
		if l.Standpoint != crosswalk.Agree {
			count["differ"]++
		}
		if p.Query.Show == "" || p.Query.Show == string(l.Standpoint) || p.Query.Show == "differ" && l.Standpoint != crosswalk.Agree {
			found = append(found, compareLine{Line: l, Theme: theme})
		}
	}
	path := p.path("crosswalk", "compare")
	add := func(show, text, mark string) {
		q := p.Query
		q.Show = show
		p.Pills = append(p.Pills, pill{Text: text, N: count[show], Mark: mark, On: p.Query.Show == show, To: q.address(path) + "#list"})
	}
	add("", "All", "")
	add("differ", "Where they differ", "")
	for _, x := range crosswalk.Standpoints() {
		add(string(x), standpointWords(x), standpointMark(x))
	}
	p.Lines, p.Pager = paged(found, page, linesPerPage, func(n string) string { return p.Query.address(path, "page", n) + "#list" })
	for i := range p.Lines {
		p.Lines[i].Group = i == 0 || p.Lines[i-1].Theme.ID != p.Lines[i].Theme.ID
	}
}

// figureGroups turns the tallies around: a row for each figure, a column for each voice.
func figureGroups(c *crosswalk.Comparison) []figureGroup {
	var out []figureGroup
	row := func(label string, cell func(crosswalk.Tally) figureCell) figureRow {
		r := figureRow{Label: label}
		for _, t := range c.Tallies {
			r.Cells = append(r.Cells, cell(t))
		}
		return r
	}
	scope := func(title string, of func(crosswalk.Tally) crosswalk.Figures) {
		g := figureGroup{Title: title}
		if len(c.Tallies) > 0 {
			for i, p := range of(c.Tallies[0]).Parts {
				g.Rows = append(g.Rows, row("Touched, "+p.Label, func(t crosswalk.Tally) figureCell {
					x := of(t).Parts[i].Touched
					return figureCell{N: x.N, Of: x.Of}
				}))
			}
		}
		share := func(n func(crosswalk.Figures) int) func(crosswalk.Tally) figureCell {
			return func(t crosswalk.Tally) figureCell { return figureCell{N: n(of(t)), Of: of(t).Touched.Of} }
		}
		g.Rows = append(g.Rows,
			row("Touched, all", share(func(f crosswalk.Figures) int { return f.Touched.N })),
			row("Closed by one row", share(func(f crosswalk.Figures) int { return f.Full })),
			row("Closed by a union", share(func(f crosswalk.Figures) int { return f.Union })))
		out = append(out, g)
	}
	core := func(t crosswalk.Tally) crosswalk.Figures { return t.Core }
	all := func(t crosswalk.Tally) crosswalk.Figures { return t.All }
	pairs := figureGroup{Title: "Pairs", Rows: []figureRow{row("Distinct pairs", func(t crosswalk.Tally) figureCell { return figureCell{N: t.All.Pairs} })}}
	if c.Core != "" {
		name := upperFirst(c.Core)
		scope(name+" alone", core)
		pairs.Rows = append(pairs.Rows, row("From "+name, func(t crosswalk.Tally) figureCell { return figureCell{N: t.Core.Pairs, Of: t.All.Pairs} }))
	}
	scope("All categories", all)
	if c.Core == "" {
		out[0].Title = "Everything in " + c.From.Short
	}
	if len(c.Tallies) > 0 {
		for i, part := range c.Tallies[0].All.Parts {
			pairs.Rows = append(pairs.Rows, row("That end on "+part.Label, func(t crosswalk.Tally) figureCell { return figureCell{N: t.All.Parts[i].Pairs, Of: t.All.Pairs} }))
		}
	}
	out = append(out, pairs)
	if len(c.Tallies) > 1 {
		agree := figureGroup{Title: "Pairs of another set that it has as well"}
		for i, other := range c.Tallies {
			r := row("Of "+other.Voice.Name(), func(t crosswalk.Tally) figureCell {
				return figureCell{N: t.Confirms[i].Pairs, Of: t.Confirms[i].Of, None: t.Voice == other.Voice}
			})
			agree.Rows = append(agree.Rows, r)
		}
		out = append(out, agree)
	}
	return append(out, themeFigures(c, row)...)
}

// themeFigures lists what is touched in each theme, with the mandatory categories
// alone where there are such, else with all.
func themeFigures(c *crosswalk.Comparison, row func(string, func(crosswalk.Tally) figureCell) figureRow) []figureGroup {
	if len(c.Tallies) == 0 {
		return nil
	}
	g := figureGroup{Title: "Touched by theme"}
	if c.Core != "" {
		g.Title = "Touched by theme, " + c.Core + " alone"
	}
	for i, theme := range c.Tallies[0].Core.Themes {
		g.Rows = append(g.Rows, row(theme.ID+" "+theme.Label, func(t crosswalk.Tally) figureCell {
			x := t.Core.Themes[i].Touched
			return figureCell{N: x.N, Of: x.Of}
		}))
	}
	return []figureGroup{g}
}

// challenged lists the pairs that were looked at and not followed.
func (b *book) challenged(f frame, from, to *framework.Framework, c *crosswalk.Side) []challengedRow {
	var out []challengedRow
	for _, x := range b.library.Challenged {
		if x.GuideSource.Framework != from.ID || x.Target.Framework != to.ID {
			continue
		}
		row := challengedRow{Challenge: x, Reason: b.linked(f, x.Reason, from, to), To: pairAddress(f, x.GuideSource, x.Target)}
		row.Source, _ = from.Find(x.GuideSource.ID)
		row.Target, _ = to.Find(x.Target.ID)
		for i, set := range c.Sets {
			for _, l := range c.Lines {
				if l.Target.ID == x.Target.ID && l.Source.ID == x.GuideSource.ID && len(l.Said[i]) > 0 {
					row.Others = append(row.Others, set.ID)
				}
			}
		}
		out = append(out, row)
	}
	return out
}

var idLike = regexp.MustCompile(`[A-Z0-9]+(\.[A-Z0-9]+)*`)

// linked splits a sentence where it names a requirement of one of the frameworks.
func (b *book) linked(f frame, text string, known ...*framework.Framework) []reasonPart {
	var out []reasonPart
	at := 0
	for _, m := range idLike.FindAllStringIndex(text, -1) {
		id := text[m[0]:m[1]]
		for _, fw := range known {
			if _, ok := fw.Find(id); ok && strings.ContainsAny(id, "0123456789") && len(id) > 2 {
				out = append(out, reasonPart{Text: text[at:m[0]]}, reasonPart{id, f.path("frameworks", fw.ID, id)})
				at = m[1]
				break
			}
		}
	}
	return append(out, reasonPart{Text: text[at:]})
}
