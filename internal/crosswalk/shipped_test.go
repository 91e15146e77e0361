package crosswalk

import (
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

const (
	soc = "soc2-2017"
	iso = "iso27001-2022"
	csf = "nist-csf-2.0"
)

func TestShippedSets(t *testing.T) {
	l := Shipped()
	if len(l.Sets) != 20 {
		t.Errorf("%d sets ship, want 20", len(l.Sets))
	}
	rows := 0
	for _, s := range l.Sets {
		rows += len(s.Edges)
	}
	if rows != 5980 {
		t.Errorf("%d rows ship in all sets, want 5980", rows)
	}
	for list, n := range map[string][2]int{
		"unions": {len(l.Unions), 22}, "net-new": {len(l.NetNew), 18}, "no-home": {len(l.NoHome), 18}, "challenged": {len(l.Challenged), 11},
	} {
		if n[0] != n[1] {
			t.Errorf("%s has %d rows, want %d", list, n[0], n[1])
		}
	}
	curated, ok := l.Set("toucan-curated-1")
	if !ok || len(curated.Edges) != 364 {
		t.Fatalf("the curated set: found %t, want 364 rows", ok)
	}
	count := make(map[Mask]int)
	for _, e := range curated.Edges {
		count[e.Relation]++
	}
	if count[Equal] != 1 || count[Superset] != 12 || count[Subset] != 3 || count[Intersects] != 348 {
		t.Errorf("relations of the curated set: %v", count)
	}
}

func TestDefaultStack(t *testing.T) {
	want := []string{"toucan-curated-1", "soc2-800-53", "csf2-iso27001", "csf2-800-53", "800-53-iso27001",
		"hipaa-800-53", "cis-iso27001", "csf2-cis", "gdpr-iso27701", "ai-rmf-iso42001"}
	if got := Shipped().DefaultStack(); !slices.Equal(got, want) {
		t.Errorf("default stack\n got %v\nwant %v", got, want)
	}
}

// What SOC 2 does for ISO 27001 when every criterion in scope is met: the table
// of the data's README, whose net-new requirements count as partial or untouched here.
func TestDefaultStackFromSOC2(t *testing.T) {
	s := defaultStack(t)
	from, _ := s.library.Frameworks.Find(soc)
	to, _ := s.library.Frameworks.Find(iso)
	m := s.Relate(soc, iso)
	for _, tt := range []struct {
		name                 string
		categories           []string
		full, union, partial int
		untouched            []string
	}{
		{"Security alone", []string{"CC"}, 10, 20, 86, []string{"4.4", "A.5.13", "A.5.32", "A.7.11", "A.7.12", "A.7.13", "A.8.17"}},
		{"all categories", []string{"CC", "A", "PI", "C", "P"}, 13, 22, 85, []string{"4.4", "A.5.32", "A.8.17"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			met := func(id string) bool {
				return slices.ContainsFunc(tt.categories, func(c string) bool { return from.Within(id, c) })
			}
			full, union, partial := 0, 0, 0
			var untouched []string
			for _, r := range to.Asked() {
				var sources Mask
				for _, p := range m.To(r.ID) {
					switch {
					case p.Candidate || !met(p.Source.ID):
					case p.Mask.Full():
						sources |= Superset
					case p.Mask.Overlap():
						sources |= Intersects
					}
				}
				isUnion := slices.ContainsFunc(s.Unions(framework.Ref{Framework: iso, ID: r.ID}, soc), func(u Union) bool {
					return !slices.ContainsFunc(u.Sources, func(x framework.Ref) bool { return !met(x.ID) })
				})
				switch {
				case sources&Superset != 0:
					full++
				case isUnion:
					union++
				case sources != 0:
					partial++
				default:
					untouched = append(untouched, r.ID)
				}
			}
			if full != tt.full || union != tt.union || partial != tt.partial || !slices.Equal(untouched, tt.untouched) {
				t.Errorf("%d full, %d union, %d partial, untouched %v", full, union, partial, untouched)
			}
		})
	}
}

// What paths add to the curated rows: 35 further pairs surely share ground, by
// chains over rows with a stated relation; no curated row is narrowed, none is
// contradicted, and nothing is closed that no row closes.
func TestDefaultStackAddsOverlapsOnly(t *testing.T) {
	s := defaultStack(t)
	inferred, candidates := 0, 0
	for p := range s.Relate(soc, iso).All() {
		stated := Any
		for _, e := range s.Direct(p.Source, p.Target) {
			stated &= e.Relation // all curated rows run from SOC 2
		}
		switch {
		case p.Contradiction:
			t.Errorf("%v and %v contradict: %v", p.Source, p.Target, s.Conflict(p.Source, p.Target))
		case stated != Any && p.Mask != stated:
			t.Errorf("%v and %v: stated %v, inferred %v", p.Source, p.Target, stated, p.Mask)
		case p.Candidate:
			candidates++
		case stated == Any:
			inferred++
			if p.Mask.Full() {
				t.Errorf("%v is full by inference from %v", p.Target, p.Source)
			}
		}
	}
	if inferred != 35 || candidates != 4189 {
		t.Errorf("%d pairs inferred and %d candidates, want 35 and 4189", inferred, candidates)
	}
}

func TestNoShippedStackContradictsItself(t *testing.T) {
	for _, s := range []*Stack{defaultStack(t), everything(t)} {
		if pairs := s.contradicting(); len(pairs) > 0 {
			t.Errorf("%d sets contradict each other about %v", len(s.IDs), pairs)
		}
	}
}

func defaultStack(tb testing.TB) *Stack {
	tb.Helper()
	s, err := Shipped().Stack(Shipped().DefaultStack())
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func stackOf(tb testing.TB, ids ...string) *Stack {
	tb.Helper()
	s, err := Shipped().Stack(ids)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// The plain composition of two files is a fact about them (mapping.md, section 2).
func TestComposeTwoFiles(t *testing.T) {
	s := stackOf(t, "soc2-csf2", "csf2-iso27001")
	l := s.library
	fs, _ := l.Frameworks.Find(soc)
	fi, _ := l.Frameworks.Find(iso)
	n := 0
	for _, a := range fs.Asked() {
		for _, b := range fi.Asked() {
			for _, p := range s.Paths(framework.Ref{Framework: soc, ID: a.ID}, framework.Ref{Framework: iso, ID: b.ID}) {
				if len(p.Hops) == 2 {
					n++
					break
				}
			}
		}
	}
	if n != 628 {
		t.Errorf("%d pairs, want 628", n)
	}
}
