package crosswalk

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

// world is a random crosswalk of which the truth is known: every requirement is a
// set of obligations, so every relation can be looked up.
type world struct {
	library *Library
	holds   map[framework.Ref]uint32 // the obligations of each requirement
}

// randomWorld draws requirements in three frameworks and rows in three sets.
// Firm rows state the truth, sometimes only that the two overlap; with lies some
// of them do not. Rows of the third set, which is derived, may state anything.
func randomWorld(r *rand.Rand, lies bool) world {
	w := world{&Library{Frameworks: &framework.Catalogue{}}, make(map[framework.Ref]uint32)}
	var refs []framework.Ref
	for f := range 3 {
		var rows []framework.Requirement
		for i := range 2 + r.IntN(4) {
			ref := framework.Ref{Framework: fmt.Sprintf("f%d", f), ID: fmt.Sprintf("%d.%d", f, i)}
			rows = append(rows, framework.Requirement{ID: ref.ID, Kind: framework.KindRequirement})
			refs = append(refs, ref)
			w.holds[ref] = 1 + r.Uint32N(1<<(2+r.UintN(5))-1)
		}
		w.library.Frameworks.Frameworks = append(w.library.Frameworks.Frameworks, framework.New(fmt.Sprintf("f%d", f), rows))
	}
	kinds := []SetKind{Authored, Published, Derived}
	density := 2 + r.IntN(6)
	for n, kind := range kinds {
		s := &Set{ID: fmt.Sprintf("s%d", n), File: fmt.Sprintf("s%d.csv", n), Kind: kind}
		for i, a := range refs {
			for _, b := range refs[i+1:] {
				if r.IntN(density) != 0 {
					continue
				}
				if r.IntN(2) == 0 {
					a, b = b, a
				}
				m := relationOf(w.holds[a], w.holds[b])
				if m.Overlap() && r.IntN(3) == 0 {
					m = Overlaps
				}
				if kind == Derived || lies && r.IntN(8) == 0 {
					m = []Mask{Equal, Subset, Superset, Intersects, None, Overlaps}[r.IntN(6)]
				}
				s.Edges = append(s.Edges, Edge{Set: s.ID, Source: a, Target: b, Relation: m, Line: len(s.Edges) + 2})
			}
		}
		w.library.Sets = append(w.library.Sets, s)
	}
	return w
}

func worlds(t *testing.T, rounds int, lies bool, try func(t *testing.T, w world, r *rand.Rand)) {
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 27001))
		try(t, randomWorld(r, lies), r)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func (w world) stack(ids ...string) *Stack {
	if ids == nil {
		ids = w.library.SetIDs()
	}
	s, err := w.library.Stack(ids)
	if err != nil {
		panic(err)
	}
	return s
}

// pairs calls visit for every pair of different requirements.
func (w world) pairs(visit func(a, b framework.Ref)) {
	for _, f := range w.library.Frameworks.Frameworks {
		for _, g := range w.library.Frameworks.Frameworks {
			for _, x := range f.Requirements {
				for _, y := range g.Requirements {
					if f != g || x.ID != y.ID {
						visit(framework.Ref{Framework: f.ID, ID: x.ID}, framework.Ref{Framework: g.ID, ID: y.ID})
					}
				}
			}
		}
	}
}

func TestInferenceContainsTheTruth(t *testing.T) {
	checked := 0
	worlds(t, 400, false, func(t *testing.T, w world, _ *rand.Rand) {
		s := w.stack("s0", "s1")
		w.pairs(func(a, b framework.Ref) {
			p, ok := s.Relate(a.Framework, b.Framework).Pair(a.ID, b.ID)
			if truth := relationOf(w.holds[a], w.holds[b]); ok && p.Mask&truth == 0 {
				t.Errorf("%v to %v: inferred %v, but %v holds", a, b, p.Mask, truth)
			}
			if ok {
				checked++
			}
		})
	})
	t.Logf("%d pairs", checked)
}

var venn = enumerated()

// rowsOf is what the rows of some sets say about each ordered pair.
type rowsOf struct {
	nodes []framework.Ref
	rows  map[[2]framework.Ref]statement
}

type statement struct{ firm, loose []Mask }

func collect(sets []*Set) rowsOf {
	w := rowsOf{rows: make(map[[2]framework.Ref]statement)}
	add := func(a, b framework.Ref, m Mask, derived bool) {
		s := w.rows[[2]framework.Ref{a, b}]
		if derived {
			s.loose = append(s.loose, m)
		} else {
			s.firm = append(s.firm, m)
		}
		w.rows[[2]framework.Ref{a, b}] = s
	}
	backwards := map[Mask]Mask{Equal: Equal, Subset: Superset, Superset: Subset, Intersects: Intersects, None: None, Overlaps: Overlaps}
	for _, set := range sets {
		for _, e := range set.Edges {
			add(e.Source, e.Target, e.Relation, set.Kind == Derived)
			add(e.Target, e.Source, backwards[e.Relation], set.Kind == Derived)
			w.nodes = append(w.nodes, e.Source, e.Target)
		}
	}
	slices.SortFunc(w.nodes, func(a, b framework.Ref) int { return cmp.Compare(a.String(), b.String()) })
	w.nodes = slices.Compact(w.nodes)
	return w
}

// brute finds by plain recursion every path without a node twice, over rows as
// they are written, and folds each with the enumerated table.
func (w rowsOf) brute(from, to framework.Ref) (firm, tentative []Mask) {
	compose := func(a, b Mask) (out Mask) {
		for i := range 5 {
			for j := range 5 {
				if a&(1<<i) != 0 && b&(1<<j) != 0 {
					out |= venn[i][j]
				}
			}
		}
		return out
	}
	var walk func(at framework.Ref, seen []framework.Ref, m Mask, loose bool)
	walk = func(at framework.Ref, seen []framework.Ref, m Mask, loose bool) {
		for _, next := range w.nodes {
			if slices.Contains(seen, next) {
				continue
			}
			s := w.rows[[2]framework.Ref{at, next}]
			rows, weak := s.firm, loose
			if rows == nil {
				rows, weak = s.loose, true
			}
			if rows == nil {
				continue
			}
			step := Any
			for _, r := range rows {
				step &= r
			}
			if next == to {
				if step == 0 && len(seen) == 1 { // each row speaks for itself
					for _, r := range rows {
						if weak {
							tentative = append(tentative, r)
						} else {
							firm = append(firm, r)
						}
					}
					continue
				}
				if step == 0 {
					step = Any
				}
				if weak {
					tentative = append(tentative, compose(m, step))
				} else {
					firm = append(firm, compose(m, step))
				}
				continue
			}
			if step == 0 {
				step = Any
			}
			if len(seen) < 3 {
				walk(next, append(slices.Clone(seen), next), compose(m, step), weak)
			}
		}
	}
	walk(from, []framework.Ref{from}, Equal, false)
	return firm, tentative
}

func all(masks []Mask) Mask {
	m := Any
	for _, x := range masks {
		m &= x
	}
	return m
}

func TestInferenceEqualsTheFoldOfAllPaths(t *testing.T) {
	checked := 0
	for _, lies := range []bool{false, true} {
		worlds(t, 60, lies, func(t *testing.T, w world, _ *rand.Rand) {
			s := w.stack()
			rows := collect(s.sets)
			w.pairs(func(a, b framework.Ref) {
				firm, tentative := rows.brute(a, b)
				p, ok := s.Relate(a.Framework, b.Framework).Pair(a.ID, b.ID)
				if ok != (len(firm)+len(tentative) > 0) {
					t.Errorf("%v to %v: path %t, but %d found one by one", a, b, ok, len(firm)+len(tentative))
					return
				}
				if !ok {
					return
				}
				checked++
				masks := firm
				if len(firm) == 0 {
					masks = tentative
				}
				want := all(masks)
				candidate := want != 0 && (len(firm) == 0 || want&None != 0 && want != None)
				if p.Mask != want || p.Contradiction != (want == 0) || p.Candidate != candidate {
					t.Errorf("%v to %v: %+v, want %v, candidate %t", a, b, p, want, candidate)
				}
				var gotFirm, gotTentative []Mask
				for _, path := range s.Paths(a, b) {
					if path.From() != a || path.To() != b {
						t.Errorf("a path from %v to %v runs from %v to %v", a, b, path.From(), path.To())
					}
					if path.Candidate {
						gotTentative = append(gotTentative, path.Mask)
					} else {
						gotFirm = append(gotFirm, path.Mask)
					}
				}
				for _, masks := range [][]Mask{firm, tentative, gotFirm, gotTentative} {
					slices.Sort(masks)
				}
				if !slices.Equal(firm, gotFirm) || !slices.Equal(tentative, gotTentative) {
					t.Errorf("%v to %v: paths %v and %v, one by one %v and %v", a, b, gotFirm, gotTentative, firm, tentative)
				}
			})
		})
	}
	t.Logf("%d pairs", checked)
}

var lineNumbers = regexp.MustCompile(`\(lines [^)]*\)|on line \d+`)

// told is everything a person can see of a stack, without line numbers.
func (w world) told() []string {
	s := w.stack()
	var out []string
	w.pairs(func(a, b framework.Ref) {
		p, ok := s.Relate(a.Framework, b.Framework).Pair(a.ID, b.ID)
		out = append(out, fmt.Sprint(a, b, p.Mask, p.Candidate, p.Contradiction, ok))
		for _, paths := range [][]Path{s.Paths(a, b), s.Conflict(a, b)} {
			for _, path := range paths {
				out = append(out, path.Sentence())
				for _, h := range path.Hops {
					out = append(out, h.Edge.Set, fmt.Sprint(len(h.Also)))
				}
			}
		}
	})
	var faults []string
	for _, f := range w.library.Check() {
		faults = append(faults, f.File+lineNumbers.ReplaceAllString(f.Text, ""))
	}
	slices.Sort(faults)
	return append(out, faults...)
}

func TestRowOrderChangesNothing(t *testing.T) {
	for _, lies := range []bool{false, true} {
		worlds(t, 20, lies, func(t *testing.T, w world, r *rand.Rand) {
			before := w.told()
			for i, s := range w.library.Sets {
				edges := slices.Clone(s.Edges)
				r.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
				for i := range edges {
					edges[i].Line = i + 2
				}
				w.library.Sets[i] = &Set{ID: s.ID, File: s.File, Kind: s.Kind, Edges: edges}
			}
			after := w.told()
			for i := range before {
				if before[i] != after[i] {
					t.Fatalf("before\n%s\nafter shuffling\n%s", before[i], after[i])
				}
			}
		})
	}
}

func TestDerivedRowsNeverNarrow(t *testing.T) {
	worlds(t, 200, true, func(t *testing.T, w world, _ *rand.Rand) {
		firm, with := w.stack("s0", "s1"), w.stack()
		w.pairs(func(a, b framework.Ref) {
			p, ok := firm.Relate(a.Framework, b.Framework).Pair(a.ID, b.ID)
			q, also := with.Relate(a.Framework, b.Framework).Pair(a.ID, b.ID)
			switch {
			case ok && p != q:
				t.Errorf("derived rows turn %+v into %+v", p, q)
			case !ok && also && !q.Candidate && !q.Contradiction:
				t.Errorf("derived rows alone give %+v", q)
			}
		})
	})
}

func TestConflictIsMinimal(t *testing.T) {
	found := 0
	worlds(t, 150, true, func(t *testing.T, w world, _ *rand.Rand) {
		s := w.stack()
		w.pairs(func(a, b framework.Ref) {
			p, _ := s.Relate(a.Framework, b.Framework).Pair(a.ID, b.ID)
			paths := s.Conflict(a, b)
			if p.Contradiction != (paths != nil) {
				t.Errorf("%v to %v: contradiction %t, but %d paths conflict", a, b, p.Contradiction, len(paths))
			}
			for i := range paths {
				rest := Any
				for j, path := range paths {
					if j != i {
						rest &= path.Mask
					}
				}
				if rest == 0 || rest&paths[i].Mask != 0 {
					t.Errorf("%v to %v: path %d of %d is not needed, or they agree", a, b, i+1, len(paths))
				}
			}
			if paths != nil {
				found++
			}
		})
	})
	if found == 0 {
		t.Error("no contradiction was drawn, so nothing was tested")
	}
	t.Logf("%d contradictions", found)
}
