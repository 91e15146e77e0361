package crosswalk

import (
	"cmp"
	"math"
	"slices"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Disagreement compares two sets that join the same frameworks. Sets may
// disagree: their authors judged differently, and a stack that holds only one of
// them is sound. Sets that state the same pairs and never clash are compared too.
type Disagreement struct {
	A, B               string // set ids, in library order
	OnlyA, OnlyB, Both int    // pairs that one set has a row on, or both
	Clashes            []Clash
}

// Clash is a pair on which the relations of two sets cannot both hold.
type Clash struct {
	A, B Edge // each as its author wrote it
}

// stated is what one set says about a pair, read from the end that stands first
// in the catalogue.
type stated struct {
	mask Mask
	edge *Edge
}

// Disagreements compares every two sets that join the same two frameworks, in
// library order. The clashes stand in catalogue order, whatever the files' order.
// It is worked out once; callers must not change what it returns.
func (l *Library) Disagreements() []Disagreement {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.disagreed == nil {
		l.disagreed = append([]Disagreement{}, l.disagree()...)
	}
	return l.disagreed
}

func (l *Library) disagree() []Disagreement {
	said := make([]map[[2]framework.Ref]stated, len(l.Sets))
	joins := make([][]joined, len(l.Sets))
	for i, s := range l.Sets {
		joins[i] = s.joins()
	}
	var out []Disagreement
	for i, a := range l.Sets {
		for j := i + 1; j < len(l.Sets); j++ {
			if !slices.ContainsFunc(joins[i], func(p joined) bool { return slices.Contains(joins[j], p) }) {
				continue
			}
			for _, k := range []int{i, j} {
				if said[k] == nil {
					said[k] = l.Sets[k].said()
				}
			}
			d := Disagreement{A: a.ID, B: l.Sets[j].ID}
			seen := make(map[[2]framework.Ref]bool)
			for n := range a.Edges {
				key, _ := oriented(&a.Edges[n])
				if seen[key] {
					continue
				}
				seen[key] = true
				mine := said[i][key]
				other, both := said[j][key]
				switch {
				case !both:
					d.OnlyA++
				case mine.mask&other.mask == 0:
					d.Clashes = append(d.Clashes, Clash{*mine.edge, *other.edge})
					d.Both++
				default:
					d.Both++
				}
			}
			d.OnlyB = len(said[j]) - d.Both
			slices.SortStableFunc(d.Clashes, l.compareClashes)
			out = append(out, d)
		}
	}
	return out
}

func (l *Library) compareClashes(x, y Clash) int {
	kx, _ := oriented(&x.A)
	ky, _ := oriented(&y.A)
	place := func(r framework.Ref) int32 {
		if at, ok := l.numbered().of(r); ok {
			return at
		}
		return math.MaxInt32
	}
	for i := range kx {
		if c := cmp.Or(cmp.Compare(place(kx[i]), place(ky[i])), cmp.Compare(kx[i].String(), ky[i].String())); c != 0 {
			return c
		}
	}
	return 0
}

// said collects what the set states about each pair. A pair on which its own
// rows exclude each other says nothing here; Check reports it.
func (s *Set) said() map[[2]framework.Ref]stated {
	out := make(map[[2]framework.Ref]stated, len(s.Edges))
	for i := range s.Edges {
		e := &s.Edges[i]
		key, mask := oriented(e)
		if first, ok := out[key]; ok {
			e, mask = first.edge, first.mask&mask
		}
		out[key] = stated{mask, e}
	}
	for key, v := range out {
		if v.mask == 0 {
			out[key] = stated{Any, v.edge}
		}
	}
	return out
}

// oriented returns the two ends of a row in a fixed order, and its relation read
// from the first.
func oriented(e *Edge) ([2]framework.Ref, Mask) {
	a, b := e.Source, e.Target
	if b.Framework < a.Framework || b.Framework == a.Framework && b.ID < a.ID {
		return [2]framework.Ref{b, a}, e.Relation.Inverse()
	}
	return [2]framework.Ref{a, b}, e.Relation
}
