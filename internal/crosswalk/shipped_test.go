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

// What SOC 2 met in full does for ISO 27001, before unions and attestations.
func TestDefaultStackFromSOC2(t *testing.T) {
	s := defaultStack(t)
	f, _ := s.library.Frameworks.Find(iso)
	m := s.Relate(soc, iso)
	full, touched := 0, 0
	for _, r := range f.Asked() {
		isFull, isTouched := false, false
		for _, p := range m.To(r.ID) {
			if p.Contradiction {
				t.Errorf("%s and %s contradict: %v", p.Source, p.Target, s.Conflict(p.Source, p.Target))
			}
			isFull = isFull || p.Mask.Full() && !p.Candidate
			isTouched = isTouched || p.Mask.Overlap() && !p.Candidate
		}
		direct := Mask(0)
		for _, e := range s.Direct(framework.Ref{}, framework.Ref{}) {
			direct |= e.Relation
		}
		if isFull {
			full++
			t.Log("full", r.ID)
		}
		if isTouched {
			touched++
		} else {
			t.Log("not touched", r.ID, len(m.To(r.ID)))
		}
	}
	if full != 13 || touched != 120 {
		t.Errorf("%d full and %d touched, want 13 and 120", full, touched)
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
