package crosswalk

import (
	"iter"
	"slices"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Heat counts what a stack says between the groups of one framework and the
// themes of another. It counts requirements, never shares of them, and holds no
// sum that would count one twice.
type Heat struct {
	From, To *framework.Framework
	Groups   []framework.Requirement // of From, in catalogue order
	Themes   []framework.Requirement // of To
	Cells    [][]HeatCell            // by group, then by theme
	ByGroup  []HeatCell              // a whole group against all of To
	ByTheme  []HeatCell              // all of From against a whole theme
	All      HeatCell
}

// HeatCell says how many requirements of a theme a group bears on.
type HeatCell struct {
	Of        int // requirements of the theme
	Touched   int // share ground with some requirement of the group for certain
	Full      int // of those touched: one requirement of the group equals or holds it
	Candidate int // not touched, but a path leads there: a suggestion
	Disputed  int // the stack contradicts itself about a pair that ends there
	Whole     int // rows about a heading as a whole: they say nothing of its members and are not counted
}

// Add puts a level into a cell.
func (c *HeatCell) add(level uint8) {
	switch level &^ disputed {
	case holds:
		c.Touched++
		c.Full++
	case touches:
		c.Touched++
	case leads:
		c.Candidate++
	}
	if level&disputed != 0 {
		c.Disputed++
	}
}

// What is known of a requirement from a group, best last.
const (
	leads    uint8 = 1
	touches  uint8 = 2
	holds    uint8 = 3
	disputed uint8 = 0x80
)

// Level says how far the pair reaches: "full", "overlap", "candidate",
// "contradiction", or "none" where the two surely share nothing.
func (p Pair) Level() string {
	switch {
	case p.Contradiction:
		return "contradiction"
	case p.Candidate:
		return "candidate"
	case p.Mask.Full():
		return "full"
	case p.Mask.Overlap():
		return "overlap"
	}
	return "none"
}

// Heat works out the map between two frameworks. Only sources that met names
// take part; nil takes every requirement.
func (s *Stack) Heat(from, to *framework.Framework, met func(id string) bool) *Heat {
	h := &Heat{From: from, To: to}
	groups, groupAt := GroupsOf(from)
	themes, themeAt := GroupsOf(to)
	h.Groups, h.Themes = groups, themes
	level := make([]uint8, len(groups)*len(to.Requirements)) // of each target, from each group
	for p := range s.Relate(from.ID, to.ID).All() {
		g, ok := groupAt[p.Source.ID]
		if _, asked := themeAt[p.Target.ID]; !ok || !asked || p.Source == p.Target || met != nil && !met(p.Source.ID) {
			continue
		}
		at, _ := to.Position(p.Target.ID)
		was := &level[g*len(to.Requirements)+at]
		switch p.Level() {
		case "contradiction":
			*was |= disputed
		case "candidate":
			*was = *was&disputed | max(*was&^disputed, leads)
		case "overlap":
			*was = *was&disputed | max(*was&^disputed, touches)
		case "full":
			*was = *was&disputed | holds
		}
	}
	h.count(to, themeAt, level)
	s.whole(h, groupAt, themeAt)
	return h
}

// count fills the cells and the distinct counts at the edges of the map.
func (h *Heat) count(to *framework.Framework, themeAt map[string]int, level []uint8) {
	h.ByGroup, h.ByTheme = make([]HeatCell, len(h.Groups)), make([]HeatCell, len(h.Themes))
	h.Cells = make([][]HeatCell, len(h.Groups))
	for g := range h.Cells {
		h.Cells[g] = make([]HeatCell, len(h.Themes))
	}
	for i, r := range to.Requirements {
		t, ok := themeAt[r.ID]
		if !ok {
			continue
		}
		best := uint8(0)
		for g := range h.Groups {
			l := level[g*len(to.Requirements)+i]
			h.Cells[g][t].Of++
			h.ByGroup[g].Of++
			h.Cells[g][t].add(l)
			h.ByGroup[g].add(l)
			best = (best|l)&disputed | max(best&^disputed, l&^disputed)
		}
		h.ByTheme[t].Of++
		h.ByTheme[t].add(best)
		h.All.Of++
		h.All.add(best)
	}
}

// whole counts the rows of the stack that speak of a heading.
func (s *Stack) whole(h *Heat, groupAt, themeAt map[string]int) {
	for e := range s.WholeRows(h.From, h.To) {
		for _, g := range spanned(h.From, e.Source.ID, groupAt) {
			for _, t := range spanned(h.To, e.Target.ID, themeAt) {
				h.Cells[g][t].Whole++
			}
		}
	}
}

// WholeRows yields the rows of the stack between two frameworks that have a
// heading at an end, read from the first framework.
func (s *Stack) WholeRows(from, to *framework.Framework) iter.Seq[Edge] {
	pair := pairOf(from.ID, to.ID)
	return func(yield func(Edge) bool) {
		for _, set := range s.sets {
			if !slices.Contains(set.joins(), pair) {
				continue
			}
			for _, e := range set.Edges {
				if e.Source.Framework == to.ID && e.Target.Framework == from.ID {
					e.Source, e.Target, e.Relation = e.Target, e.Source, e.Relation.Inverse()
				}
				if e.Source.Framework != from.ID || e.Target.Framework != to.ID {
					continue
				}
				a, okA := from.Find(e.Source.ID)
				b, okB := to.Find(e.Target.ID)
				if okA && okB && (a.Kind == framework.KindGroup || b.Kind == framework.KindGroup) && !yield(e) {
					return
				}
			}
		}
	}
}

// GroupsOf returns the themes of a framework in catalogue order, and for every
// requirement the place of its theme. One without a theme stands for itself.
func GroupsOf(f *framework.Framework) ([]framework.Requirement, map[string]int) {
	var groups []framework.Requirement
	place := map[string]int{}
	at := make(map[string]int, len(f.Requirements))
	for _, r := range f.Asked() {
		g, ok := f.Theme(r.ID)
		if !ok {
			g = f.Path(r.ID)[0]
		}
		n, ok := place[g.ID]
		if !ok {
			n = len(groups)
			place[g.ID] = n
			groups = append(groups, g)
		}
		at[r.ID] = n
	}
	return groups, at
}

// spanned returns the places of the themes that a requirement or heading spans.
func spanned(f *framework.Framework, id string, at map[string]int) []int {
	if n, ok := at[id]; ok {
		return []int{n}
	}
	var out []int
	for _, r := range f.Asked() {
		if n := at[r.ID]; !slices.Contains(out, n) && f.Within(r.ID, id) {
			out = append(out, n)
		}
	}
	return out
}

// Select yields the pairs that a path joins among the sources and targets named:
// in the order of the targets, then of the sources. Ids that a framework does not
// have, and pairs of a requirement with itself, are left out.
func (m *Matrix) Select(sources, targets []string) iter.Seq[Pair] {
	places := func(s span, ids []string) []int32 {
		out := make([]int32, 0, len(ids))
		for _, id := range ids {
			if s.f == nil {
				break
			}
			if at, ok := s.f.Position(id); ok {
				out = append(out, s.first+int32(at))
			}
		}
		return out
	}
	from, to := places(m.from, sources), places(m.to, targets)
	return func(yield func(Pair) bool) {
		for _, b := range to {
			for _, a := range from {
				if c := m.row(a)[b-m.to.first]; c&reached != 0 && a != b && !yield(m.pair(a, b, c)) {
					return
				}
			}
		}
	}
}

// Contradictions returns every pair of requirements or headings about which the
// stack contradicts itself, each once, in catalogue order. It is worked out once.
func (s *Stack) Contradictions() []Pair {
	s.disputing.Do(func() {
		all := s.library.Frameworks.Frameworks
		for i, from := range all {
			for _, to := range all[i:] {
				for p := range s.Relate(from.ID, to.ID).All() {
					if !p.Contradiction {
						continue
					}
					a, _ := s.nodes.of(p.Source)
					b, _ := s.nodes.of(p.Target)
					if a < b {
						s.disputes = append(s.disputes, p)
					}
				}
			}
		}
	})
	return s.disputes
}
