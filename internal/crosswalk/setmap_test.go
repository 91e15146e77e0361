package crosswalk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

// TestStatementsAboutSets reads one map of each kind and says what became of it.
func TestStatementsAboutSets(t *testing.T) {
	s := statements(t)
	rows := make(map[string]string) // by source and target
	for _, e := range s.Edges {
		rows[e.Source.ID+" "+e.Target.ID] = e.Relation.String()
	}
	for _, tt := range []struct{ name, pair, want string }{
		{"an ordinary row", "CC6.1 A.5.15", "superset"},
		{"equivalent is equal", "CC6.2 A.5.16", "equal"},
		{"sources properly within a target: each is", "CC6.4 A.5.18", "subset"},
		{"sources that make up a target: each lies in it, perhaps alone", "CC7.1 A.8.16", "equal or subset"},
		{"a source around targets: it holds each", "CC7.3 A.5.26", "superset"},
		{"a source made up of targets: it holds each, perhaps nothing else", "CC9.1 A.5.30", "equal or superset"},
		{"sources that jointly hold a target: nothing of any one", "CC8.1 A.8.32", ""},
		{"a source within several targets: nothing of any one", "CC9.2 A.5.19", ""},
		{"sets that overlap: nothing of any pair", "CC1.1 A.5.1", ""},
		{"sets that share nothing: no pair does", "CC1.4 A.7.1", "none"},
		{"a foreign relation", "CC3.1 A.8.8", ""},
		{"a comparison of wording", "CC3.2 A.8.9", ""},
		{"an incompatibility", "CC3.3 A.8.10", ""},
		{"a condition", "CC3.4 A.8.11", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if rows[tt.pair] != tt.want {
				t.Errorf("%s is %q, want %q", tt.pair, rows[tt.pair], tt.want)
			}
		})
	}
	if len(s.Maps) != 12 {
		t.Errorf("%d statements are kept, want all 12 that are no ordinary rows", len(s.Maps))
	}
	hints := statementsFile(t).Sets[1]
	if hints.Kind != Derived || len(hints.Edges) != 1 || hints.Edges[0].Source.ID != "CC3.2" {
		t.Errorf("a comparison of wording is no suggestion: %+v", hints)
	}
}

func TestUnionsThatFollow(t *testing.T) {
	f := statementsFile(t)
	var got []string
	for _, u := range f.Unions {
		ids := make([]string, len(u.Sources))
		for i, r := range u.Sources {
			ids[i] = r.ID
		}
		got = append(got, u.Target.ID+" = "+strings.Join(ids, "+"))
	}
	slices.Sort(got)
	want := []string{"A.5.7 = CC2.1+CC2.2", "A.5.8 = CC2.1+CC2.2", "A.8.16 = CC7.1+CC7.2", "A.8.32 = CC8.1+CC7.4", "CC9.1 = A.5.29+A.5.30", "CC9.2 = A.5.19+A.5.20"}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("unions = %q\nwant %q", got, want)
	}
	if len(f.NetNew) != 1 || f.NetNew[0].Target.ID != "4.3" || f.NetNew[0].From != "soc2-2017" {
		t.Errorf("net new = %+v", f.NetNew)
	}
}

func TestStatementsComeBackFromOSCAL(t *testing.T) {
	s := statements(t)
	l := &Library{Frameworks: framework.Shipped(), Sets: []*Set{s}}
	f, faults := ReadFile("s.json", written(t, l, s), l.Frameworks, false)
	if errs := framework.Errors(faults); len(errs) > 0 {
		t.Fatal(errs[0])
	}
	clear := func(m *SetMap) { m.Line = 0 }
	unordered(t, "statements", withoutLine(f.Sets[0].Maps, clear), withoutLine(s.Maps, clear))
	line := func(e *Edge) { e.Line = 0 }
	unordered(t, "rows", withoutLine(f.Sets[0].Edges, line), withoutLine(s.Edges, line))
}

func TestWhatIsReadPassesTheCheck(t *testing.T) {
	f := statementsFile(t)
	l := &Library{Frameworks: framework.Shipped(), Sets: f.Sets, Unions: f.Unions, NetNew: f.NetNew, NoHome: f.NoHome}
	if errs := framework.Errors(l.Check()); len(errs) > 0 {
		t.Errorf("the library says: %v", errs)
	}
}

// TestWhatFollowsFromSetsHolds draws sets of obligations, states how two groups of
// them relate, and looks whether every row and union that follows is true.
func TestWhatFollowsFromSetsHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	draw := func() uint32 { return 1 + uint32(rng.IntN(255)) } // eight obligations, never none
	told := make(map[string]int)
	for range 60_000 {
		n, m := 1+rng.IntN(3), 1+rng.IntN(3)
		what := make(map[framework.Ref]uint32)
		group := func(side string, n int) (refs []framework.Ref, all uint32) {
			for i := range n {
				r := framework.Ref{Framework: side, ID: fmt.Sprint(i)}
				what[r] = draw()
				what[r] &= draw() // sparser
				if what[r] == 0 {
					what[r] = 1 << rng.IntN(8)
				}
				refs = append(refs, r)
				all |= what[r]
			}
			return refs, all
		}
		s := SetMap{ID: "x"}
		var a, b uint32
		s.Sources, a = group("a", n)
		s.Targets, b = group("b", m)
		if rng.IntN(3) == 0 { // make equality of sets common
			what[s.Targets[0]] |= a &^ b
			b |= a
			if b != a {
				what[s.Sources[0]] |= b &^ a
				a = b
			}
		}
		s.Relation = between(a, b)
		if rng.IntN(4) == 0 { // a weak statement is true as well
			s.Relation |= 1 << rng.IntN(5)
		}
		edges, unions := s.Follows("set")
		for _, e := range edges {
			told[e.Relation.String()]++
			if got := between(what[e.Source], what[e.Target]); got&e.Relation == 0 {
				t.Fatalf("%v between %b and %b says %v of %b and %b", s.Relation, a, b, e.Relation, what[e.Source], what[e.Target])
			}
		}
		for _, u := range unions {
			told["union"]++
			held := uint32(0)
			for _, r := range u.Sources {
				held |= what[r]
			}
			if what[u.Target]&^held != 0 {
				t.Fatalf("%v between %b and %b: a union of %b is said to hold %b", s.Relation, a, b, held, what[u.Target])
			}
		}
	}
	for _, kind := range []string{"equal", "subset", "superset", "intersects", "none", "equal or subset", "equal or superset", "union"} {
		if told[kind] == 0 {
			t.Errorf("nothing that says %q was drawn", kind)
		}
	}
}

// between returns the base relation of two sets of obligations.
func between(a, b uint32) Mask {
	switch {
	case a == b:
		return Equal
	case a&b == 0:
		return None
	case a&^b == 0:
		return Subset
	case b&^a == 0:
		return Superset
	}
	return Intersects
}
