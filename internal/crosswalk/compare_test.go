package crosswalk

import (
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

// compared is SOC 2 by ISO 27001 with every voice that ships.
func compared(t testing.TB) *Comparison {
	t.Helper()
	l := Shipped()
	from, _ := l.Frameworks.Find(soc)
	to, _ := l.Frameworks.Find(iso)
	return l.Compare(from, to, l.Voices(soc, iso))
}

// The table of mapping.md, section 1: what each mapping touches.
func TestFiguresOfEveryMapping(t *testing.T) {
	type touched struct{ annex, clauses, all int }
	of := func(f Figures) touched {
		out := touched{all: f.Touched.N}
		for _, p := range f.Parts {
			if p.ID == "clause" {
				out.clauses = p.Touched.N
			} else {
				out.annex = p.Touched.N
			}
		}
		return out
	}
	c := compared(t)
	if c.Core != "security" {
		t.Errorf("the part always in scope is %q", c.Core)
	}
	for _, tt := range []struct {
		set                string
		votes              int
		security, all      touched
		pairs, fromCore    int
		onClauses          int   // of a hundred pairs
		confirmed, onAnnex int   // of the guide's 78 pairs, and of its 59 on Annex A
		themes             []int // of Annex A, by Security alone; nil where the facts give none
	}{
		{"soc2-iso27001-guide", 0, touched{41, 15, 56}, touched{55, 15, 70}, 78, 64, 24, 78, 59, []int{21, 5, 4, 11}},
		{"soc2-iso27001-criteria", 0, touched{57, 24, 81}, touched{60, 24, 84}, 193, 172, 45, 37, 27, []int{23, 7, 6, 21}},
		{"soc2-iso27001-consensus", 2, touched{89, 29, 118}, touched{90, 29, 119}, 758, 699, 37, 71, 55, []int{36, 8, 13, 32}},
		{"soc2-iso27001-consensus", 3, touched{74, 27, 101}, touched{78, 27, 105}, 229, 210, 30, 54, 40, []int{30, 8, 8, 28}},
		{"soc2-iso27001-consensus", 4, touched{36, 12, 48}, touched{41, 12, 53}, 70, 0, 0, 0, 0, nil},
	} {
		name := Voice{&Set{ID: tt.set}, tt.votes, 5}.Name()
		i := slices.IndexFunc(c.Tallies, func(x Tally) bool { return x.Voice.Name() == name })
		if i < 0 {
			t.Errorf("%s is not compared", name)
			continue
		}
		got := c.Tallies[i]
		if s, a := of(got.Core), of(got.All); s != tt.security || a != tt.all {
			t.Errorf("%s touches %v with Security alone and %v with all, want %v and %v", name, s, a, tt.security, tt.all)
		}
		if got.All.Pairs != tt.pairs {
			t.Errorf("%s has %d pairs, want %d", name, got.All.Pairs, tt.pairs)
		}
		if tt.themes == nil {
			continue
		}
		clauses := got.All.Parts[slices.IndexFunc(got.All.Parts, func(p Part) bool { return p.ID == "clause" })].Pairs
		if got.Core.Pairs != tt.fromCore || (200*clauses+tt.pairs)/(2*tt.pairs) != tt.onClauses {
			t.Errorf("%s has %d pairs from Security and %d that end on clauses, want %d and %d of a hundred", name, got.Core.Pairs, clauses, tt.fromCore, tt.onClauses)
		}
		guide := got.Confirms[slices.IndexFunc(c.Tallies, func(x Tally) bool { return x.Voice.Set.ID == "soc2-iso27001-guide" })]
		annex := guide.Parts[slices.IndexFunc(guide.Parts, func(s Share) bool { return s.Of == 59 })]
		if guide.Of != 78 || guide.Pairs != tt.confirmed || annex.N != tt.onAnnex {
			t.Errorf("%s confirms %d of %d pairs of the guide, %d on Annex A; want %d of 78, %d", name, guide.Pairs, guide.Of, annex.N, tt.confirmed, tt.onAnnex)
		}
		var themes []int
		for _, p := range got.Core.Themes {
			if p.ID[0] == 'A' {
				themes = append(themes, p.Touched.N)
			}
		}
		if !slices.Equal(themes, tt.themes) {
			t.Errorf("%s reaches %v by theme, want %v", name, themes, tt.themes)
		}
	}
}

// The curated set alone says which requirements are closed, as its README does.
func TestFiguresOfTheCuratedSet(t *testing.T) {
	c := compared(t)
	i := slices.IndexFunc(c.Tallies, func(x Tally) bool { return x.Voice.Set.ID == "toucan-curated-1" })
	got := c.Tallies[i]
	if got.Core.Full != 10 || got.Core.Union != 20 || got.All.Full != 13 || got.All.Union != 22 {
		t.Errorf("closed by a row and by a union: %d and %d with Security alone, %d and %d with all; want 10 and 20, 13 and 22",
			got.Core.Full, got.Core.Union, got.All.Full, got.All.Union)
	}
	for _, x := range c.Tallies {
		if x.Voice.Set.ID != "toucan-curated-1" && x.All.Closed() > 0 {
			t.Errorf("%s closes %d requirements, although its rows only overlap", x.Voice.Name(), x.All.Closed())
		}
	}
}

// A comparison read from the other side counts the same pairs.
func TestCompareFromTheOtherSide(t *testing.T) {
	l := Shipped()
	from, _ := l.Frameworks.Find(iso)
	to, _ := l.Frameworks.Find(soc)
	c := l.Compare(from, to, l.Voices(iso, soc))
	for _, x := range c.Tallies {
		switch {
		case x.Voice.Set.ID == "toucan-curated-1" && x.All.Pairs != 364:
			t.Errorf("the curated set has %d pairs, want 364", x.All.Pairs)
		case x.Core.Pairs != x.All.Pairs:
			t.Errorf("%s: ISO 27001 has no categories, yet %d of %d pairs are in the core", x.Voice.Name(), x.Core.Pairs, x.All.Pairs)
		case x.All.Parts != nil:
			t.Errorf("%s: SOC 2 has no layers", x.Voice.Name())
		}
	}
}

func TestLinesOfSetsSideBySide(t *testing.T) {
	l := Shipped()
	from, _ := l.Frameworks.Find(soc)
	to, _ := l.Frameworks.Find(iso)
	var sets []*Set
	for _, id := range []string{"soc2-iso27001-guide", "toucan-curated-1"} {
		s, _ := l.Set(id)
		sets = append(sets, s)
	}
	lines := Lines(from, to, sets)
	find := func(source, target string) Line {
		i := slices.IndexFunc(lines, func(x Line) bool { return x.Source.ID == source && x.Target.ID == target })
		if i < 0 {
			t.Fatalf("no line for %s and %s", source, target)
		}
		return lines[i]
	}
	if x := find("CC6", "A.5.15"); len(x.Said[0]) != 1 || len(x.Said[1]) == 0 || x.Standpoint != Agree {
		t.Errorf("the guide speaks of CC6 as a whole and the curated set of its members: %+v", x)
	}
	if x := find("CC2", "A.8.2"); len(x.Said[1]) != 0 || x.Standpoint != Differ {
		t.Errorf("only the guide gives A.8.2 to CC2: %+v", x)
	}
	if x := find("A", "A.8.13"); x.Source.Kind != framework.KindGroup || len(x.Said[1]) == 0 {
		t.Errorf("what is said of A1.2 stands beside what the guide says of A: %+v", x)
	}
}

func TestStandpoints(t *testing.T) {
	row := func(source string, m Mask) []Said { return []Said{{Source: source, Mask: m}} }
	for _, tt := range []struct {
		name string
		said [][]Said
		want Standpoint
	}{
		{"the same relation", [][]Said{row("a", Subset), row("a", Subset)}, Agree},
		{"a weaker word for what the other states", [][]Said{row("a", Overlaps), row("a", Intersects)}, Sharper},
		{"relations that exclude each other", [][]Said{row("a", Subset), row("a", Intersects)}, Clashing},
		{"one set is silent", [][]Said{row("a", Subset), nil}, Differ},
		{"a clash counts before silence", [][]Said{row("a", Subset), row("a", Superset), nil}, Clashing},
		{"a series and its member are no clash", [][]Said{row("a", Subset), row("a.1", Superset)}, Agree},
	} {
		if got := standpoint(tt.said); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestVotes(t *testing.T) {
	for provenance, want := range map[string][2]int{
		"derived consensus 3/5: Adobe": {3, 5}, "derived consensus 6/5: none": {}, "founding guide table": {}, "": {},
	} {
		n, of, ok := Edge{Provenance: provenance}.Votes()
		if ok != (want != [2]int{}) || ok && [2]int{n, of} != want {
			t.Errorf("%q: %d of %d, %t", provenance, n, of, ok)
		}
	}
}

// BenchmarkSideBySide compares the four sets between SOC 2 and ISO 27001 from cold.
func BenchmarkSideBySide(b *testing.B) {
	l := Shipped()
	from, _ := l.Frameworks.Find(soc)
	to, _ := l.Frameworks.Find(iso)
	for b.Loop() {
		clear(l.sides)
		l.SideBySide(from, to)
	}
}
