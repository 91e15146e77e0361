package crosswalk

import (
	"reflect"
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

func TestSentence(t *testing.T) {
	s := defaultStack(t)
	for _, tt := range []struct{ from, to, want string }{
		{"soc2-2017 CC6.1", "iso27001-2022 A.8.22", "CC6.1 contains A.8.22."},
		{"iso27001-2022 A.8.22", "soc2-2017 CC6.1", "A.8.22 lies inside CC6.1."},
		{"soc2-2017 A1.1", "iso27001-2022 A.8.6", "A1.1 asks the same as A.8.6."},
		{"soc2-2017 CC6.1", "cis-v8.1 12.2", "CC6.1 contains A.8.22, which contains CIS 12.2, so CC6.1 contains CIS 12.2."},
		{"soc2-2017 CC1.3", "iso27001-2022 A.5.24", "CC1.3 contains A.5.2, which contains CIS 17.5, which lies inside A.5.24, so CC1.3 and A.5.24 share ground."},
	} {
		paths := s.Paths(ref(tt.from), ref(tt.to))
		if len(paths) == 0 || paths[0].Sentence() != tt.want {
			t.Errorf("%s to %s: %d paths, the first reads %q", tt.from, tt.to, len(paths), sentence(paths))
		}
	}
	derived := stackOf(t, "soc2-csf2", "csf2-iso27001")
	const want = "CC6.1 shares ground with CSF PR.AA-01, which shares ground with A.5.15, so nothing follows about CC6.1 and A.5.15. A suggestion: it rests on derived rows."
	if got := sentence(derived.Paths(ref("soc2-2017 CC6.1"), ref("iso27001-2022 A.5.15"))); got != want {
		t.Errorf("got %q", got)
	}
}

func sentence(paths []Path) string {
	if len(paths) == 0 {
		return ""
	}
	return paths[0].Sentence()
}

func ref(text string) framework.Ref {
	for i := range text {
		if text[i] == ' ' {
			return framework.Ref{Framework: text[:i], ID: text[i+1:]}
		}
	}
	return framework.Ref{}
}

const mapHead = "source_framework,source_id,relationship,target_framework,target_id\n"

// A pair that rows exclude each other about proves nothing about other pairs.
func TestContradictionIsWalkedAsAny(t *testing.T) {
	l := read(t, small("left,a1,equal,right,b1,,\nright,b1,equal,left,a2,,\n", "mappings/second.csv", mapHead+"right,b1,none,left,a1\n"))
	s := stackFrom(t, l, "pair", "second")
	p, _ := s.Relate("left", "right").Pair("a1", "b1")
	if !p.Contradiction || p.Candidate || p.Mask != 0 {
		t.Errorf("the pair itself: %+v", p)
	}
	q, _ := s.Relate("left", "left").Pair("a1", "a2")
	if q.Mask != Any || !q.Candidate || q.Contradiction {
		t.Errorf("through it: %+v", q)
	}
	paths := s.Conflict(left("a1"), right("b1"))
	if len(paths) != 2 || paths[0].Sentence() != "left a1 asks the same as right b1." || paths[1].Sentence() != "left a1 shares nothing with right b1." {
		t.Errorf("conflict %v", paths)
	}
	if paths := s.Paths(left("a1"), left("a2")); len(paths) != 1 || len(paths[0].Hops[0].Also) != 1 || paths[0].Mask != Any {
		t.Errorf("paths %+v", paths)
	}
}

// Parallel rows that agree narrow each other.
func TestParallelRowsNarrow(t *testing.T) {
	l := read(t, small("left,a1,overlaps,right,b1,,\n", "mappings/second.csv", mapHead+"right,b1,subset,left,a1\n"))
	s := stackFrom(t, l, "pair", "second")
	if p, _ := s.Relate("left", "right").Pair("a1", "b1"); p.Mask != Superset || p.Candidate {
		t.Errorf("got %+v", p)
	}
	paths := s.Paths(left("a1"), right("b1"))
	if len(paths) != 1 || paths[0].Mask != Superset || paths[0].Hops[0].Edge.Set != "pair" || len(paths[0].Hops[0].Also) != 1 {
		t.Errorf("paths %+v", paths)
	}
}

// A row about a heading says nothing about what stands below it.
func TestHeadingsAreNotExpanded(t *testing.T) {
	l := read(t, small("left,a1,equal,right,b,,\n"))
	s := stackFrom(t, l, "pair")
	m := s.Relate("left", "right")
	if p, ok := m.Pair("a1", "b"); !ok || p.Mask != Equal {
		t.Errorf("the heading itself: %+v", p)
	}
	if len(m.Pairs()) != 1 || len(m.To("b1")) != 0 {
		t.Errorf("pairs %v", m.Pairs())
	}
}

// Four hops are too many, three are not.
func TestThreeHops(t *testing.T) {
	l := read(t, small("left,a1,equal,right,b1,,\nright,b1,equal,left,a2,,\nleft,a2,equal,right,b2,,\nright,b2,equal,left,a3,,\n"))
	s := stackFrom(t, l, "pair")
	if p, ok := s.Relate("left", "right").Pair("a1", "b2"); !ok || p.Mask != Equal {
		t.Errorf("three hops: %+v", p)
	}
	if _, ok := s.Relate("left", "left").Pair("a1", "a3"); ok {
		t.Error("four hops are followed")
	}
}

// That two things share nothing is knowledge, not a suggestion.
func TestNoneIsFirm(t *testing.T) {
	l := read(t, small("left,a1,none,right,b1,,\nright,b2,subset,right,b1,,\n"))
	s := stackFrom(t, l, "pair")
	for _, id := range []string{"b1", "b2"} {
		if p, ok := s.Relate("left", "right").Pair("a1", id); !ok || p.Mask != None || p.Candidate || p.Mask.Overlap() {
			t.Errorf("a1 to %s: %+v", id, p)
		}
	}
}

// Firm paths come first, then those that say most, then the shorter.
func TestPathOrder(t *testing.T) {
	s := everything(t)
	from, _ := s.library.Frameworks.Find(soc)
	n := 0
	for _, r := range from.Asked() {
		paths := s.Paths(framework.Ref{Framework: soc, ID: r.ID}, framework.Ref{Framework: iso, ID: "5.2"})
		n += len(paths)
		for i := 1; i < len(paths); i++ {
			a, b := paths[i-1], paths[i]
			if a.Candidate && !b.Candidate || a.Candidate == b.Candidate && a.Mask.count() > b.Mask.count() ||
				a.Candidate == b.Candidate && a.Mask.count() == b.Mask.count() && len(a.Hops) > len(b.Hops) {
				t.Fatalf("%q stands before %q", a.Sentence(), b.Sentence())
			}
		}
	}
	if n != 10601 {
		t.Errorf("%d paths lead from SOC 2 to ISO 27001 5.2 over everything that ships, want 10601", n)
	}
}

// TestPathIsTheFirst compares Path with Paths, and To with Pair, for every
// criterion and ISO 27001 requirement over every shipped set.
func TestPathIsTheFirst(t *testing.T) {
	s := everything(t)
	from, _ := s.library.Frameworks.Find(soc)
	to, _ := s.library.Frameworks.Find(iso)
	m := s.Relate(soc, iso)
	for _, target := range to.Asked()[:40] {
		listed := m.To(target.ID)
		for _, source := range from.Asked() {
			a, b := framework.Ref{Framework: soc, ID: source.ID}, framework.Ref{Framework: iso, ID: target.ID}
			paths := s.Paths(a, b)
			first, ok := s.Path(a, b)
			if ok != (len(paths) > 0) || ok && !reflect.DeepEqual(first, paths[0]) {
				t.Fatalf("%s to %s: Path gives %v, Paths starts with another", a, b, first)
			}
			pair, related := m.Pair(source.ID, target.ID)
			if related != slices.Contains(listed, pair) {
				t.Fatalf("%s to %s: Pair says %v, To does not agree", a, b, related)
			}
		}
	}
}
