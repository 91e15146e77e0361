package web

import (
	"net/http"
	"slices"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// contradictionsPage lists what the stack contradicts itself about, and apart from
// that how sets disagree.
type contradictionsPage struct {
	frame
	All        []option // frameworks, for the filter
	Only       string   // one end must be of this framework
	Found, Of  int
	Rows       []contradiction
	Pager      pager
	Disagreed  []disagreed
	StackCount int
}

// contradiction is a pair with the fewest paths that cannot all be true.
type contradiction struct {
	Pair    crosswalk.Pair
	From    framework.Requirement
	To      framework.Requirement
	Paths   []crosswalk.Path
	Choices []choiceRow // the rows the paths rest on: one of them has to give way
	Address string
}

// choiceRow is one row that takes part in a contradiction.
type choiceRow struct {
	Edge    crosswalk.Edge
	Derived bool
	In      []int // numbers of the paths it takes part in, from 1
	Address string
}

// disagreed compares two sets that join the same frameworks.
type disagreed struct {
	crosswalk.Disagreement
	From, To       *framework.Framework
	InA, InB       bool
	Shown, Clashes int
	First          []crosswalk.Clash
}

const contradictionsPerPage = 15

// getContradictions shows them: GET /o/{org}/crosswalk/contradictions?framework=&page=.
func (s *Server) getContradictions(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := contradictionsPage{Only: r.FormValue("framework"), StackCount: len(b.Stack.IDs)}
	p.All = append([]option{{"", "All frameworks"}}, b.frameworkOptions()...)
	p.frame = s.frame(w, r, who, "crosswalk", "Contradictions", crumb{"Crosswalk", orgPath(who.Slug(), "crosswalk")})
	p.Tabs = crosswalkTabs(who.Slug(), "contradictions")
	list := b.Stack.Contradictions()
	p.Of = len(list)
	if p.Only != "" {
		list = slices.DeleteFunc(slices.Clone(list), func(x crosswalk.Pair) bool { return x.Source.Framework != p.Only && x.Target.Framework != p.Only })
	}
	p.Found = len(list)
	cut, pages := paged(list, r.FormValue("page"), contradictionsPerPage, func(n string) string {
		return query(p.path("crosswalk", "contradictions"), "framework", p.Only, "page", n)
	})
	p.Pager = pages
	for _, pair := range cut {
		p.Rows = append(p.Rows, b.contradiction(p.frame, pair))
	}
	p.Disagreed = b.disagreements()
	return s.render(w, r, http.StatusOK, showContradictions(p))
}

// contradiction finds the paths of a pair that exclude each other, and their rows.
func (b *book) contradiction(f frame, pair crosswalk.Pair) contradiction {
	c := contradiction{Pair: pair, Paths: b.Stack.Conflict(pair.Source, pair.Target), Address: pairAddress(f, pair.Source, pair.Target)}
	c.From, c.To = b.requirement(pair.Source), b.requirement(pair.Target)
	for n, path := range c.Paths {
		for _, h := range path.Hops {
			for _, e := range append([]crosswalk.Edge{h.Edge}, h.Also...) {
				i := slices.IndexFunc(c.Choices, func(x choiceRow) bool { return x.Edge == e })
				if i < 0 {
					i = len(c.Choices)
					set, ok := b.library.Set(e.Set)
					c.Choices = append(c.Choices, choiceRow{Edge: e, Derived: ok && set.Kind == crosswalk.Derived, Address: pairAddress(f, e.Source, e.Target)})
				}
				if !slices.Contains(c.Choices[i].In, n+1) {
					c.Choices[i].In = append(c.Choices[i].In, n+1)
				}
			}
		}
	}
	return c
}

// requirement finds what a reference names; empty but for the id if nothing does.
func (b *book) requirement(ref framework.Ref) framework.Requirement {
	if f, ok := b.library.Frameworks.Find(ref.Framework); ok {
		if r, ok := f.Find(ref.ID); ok {
			return r
		}
	}
	return framework.Requirement{ID: ref.ID}
}

// clashesShown is how many clashes of two sets the page lists.
const clashesShown = 20

// disagreements compares the sets of the library.
func (b *book) disagreements() []disagreed {
	var out []disagreed
	for _, d := range b.library.Disagreements() {
		one, _ := b.library.Set(d.A)
		x := disagreed{Disagreement: d, Clashes: len(d.Clashes), First: d.Clashes[:min(clashesShown, len(d.Clashes))],
			InA: slices.Contains(b.Stack.IDs, d.A), InB: slices.Contains(b.Stack.IDs, d.B)}
		x.Shown = len(x.First)
		if len(one.Edges) > 0 {
			x.From, _ = b.library.Frameworks.Find(one.Edges[0].Source.Framework)
			x.To, _ = b.library.Frameworks.Find(one.Edges[0].Target.Framework)
		}
		out = append(out, x)
	}
	return out
}
