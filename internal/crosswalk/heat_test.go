package crosswalk

import (
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

func heated(t testing.TB, s *Stack, met func(string) bool) *Heat {
	t.Helper()
	from, _ := s.library.Frameworks.Find(soc)
	to, _ := s.library.Frameworks.Find(iso)
	return s.Heat(from, to, met)
}

// The distinct counts at the edge of the map are those of the table of the
// data's README: 10 and 13 in full by one row.
func TestHeatOfTheDefaultStack(t *testing.T) {
	s := defaultStack(t)
	from, _ := s.library.Frameworks.Find(soc)
	h := heated(t, s, nil)
	if len(h.Groups) != 20 || len(h.Themes) != 11 || h.Groups[0].ID != "CC1" || h.Themes[len(h.Themes)-1].ID != "A.8" {
		t.Errorf("%d groups by %d themes", len(h.Groups), len(h.Themes))
	}
	if h.All.Of != 123 || h.All.Touched != 120 || h.All.Full != 13 || h.All.Touched+h.All.Candidate > 123 {
		t.Errorf("all of SOC 2 against all of ISO 27001: %+v", h.All)
	}
	core := heated(t, s, func(id string) bool { return from.Within(id, "CC") })
	if core.All.Touched != 116 || core.All.Full != 10 {
		t.Errorf("Security alone: %+v", core.All)
	}
	i := slices.IndexFunc(h.Groups, func(r framework.Requirement) bool { return r.ID == "A1" })
	if h.ByGroup[i].Touched == 0 || core.ByGroup[i].Touched != 0 {
		t.Errorf("Availability touches %d in the structure, and %d where nothing of it is met", h.ByGroup[i].Touched, core.ByGroup[i].Touched)
	}
}

// A cell counts what the pairs in it say, and no pair is in two cells.
func TestHeatCountsThePairsInACell(t *testing.T) {
	s := defaultStack(t)
	h := heated(t, s, nil)
	pairs := s.Relate(soc, iso).Pairs()
	for g, group := range h.Groups {
		for th, theme := range h.Themes {
			touched, full := map[string]bool{}, map[string]bool{}
			for _, p := range pairs {
				if !h.From.Within(p.Source.ID, group.ID) || !h.To.Within(p.Target.ID, theme.ID) {
					continue
				}
				if a, _ := h.From.Find(p.Source.ID); a.Kind == framework.KindGroup {
					continue
				}
				if b, _ := h.To.Find(p.Target.ID); b.Kind == framework.KindGroup {
					continue
				}
				switch p.Level() {
				case "full":
					full[p.Target.ID], touched[p.Target.ID] = true, true
				case "overlap":
					touched[p.Target.ID] = true
				}
			}
			if c := h.Cells[g][th]; c.Touched != len(touched) || c.Full != len(full) {
				t.Errorf("%s by %s: %+v, want %d touched and %d in full", group.ID, theme.ID, c, len(touched), len(full))
			}
		}
	}
}

// The guide speaks of series and clauses; such rows are counted apart.
func TestHeatOfTheGuide(t *testing.T) {
	h := heated(t, stackOf(t, "soc2-iso27001-guide"), nil)
	whole := 0
	for _, row := range h.Cells {
		for _, c := range row {
			whole += c.Whole
		}
	}
	if h.All.Touched != 0 || whole < 65 {
		t.Errorf("rows about whole series touch %d requirements and stand in %d cells", h.All.Touched, whole)
	}
}

func TestContradictions(t *testing.T) {
	if n := len(defaultStack(t).Contradictions()); n != 0 {
		t.Errorf("the stack that ships contradicts itself about %d pairs", n)
	}
	s := stackFrom(t, read(t, small("left,a1,subset,right,b1,,\nleft,a1,superset,right,b2,,\nleft,a2,none,right,b1,,\nleft,a2,superset,left,a1,,\n")), "pair")
	list := s.Contradictions()
	if len(list) == 0 {
		t.Fatal("a2 holds a1, which lies inside b1, so a2 cannot share nothing with b1")
	}
	seen := map[[2]framework.Ref]bool{}
	for _, p := range list {
		if seen[[2]framework.Ref{p.Target, p.Source}] || seen[[2]framework.Ref{p.Source, p.Target}] {
			t.Errorf("%s and %s stand twice", p.Source, p.Target)
		}
		seen[[2]framework.Ref{p.Source, p.Target}] = true
		if len(s.Conflict(p.Source, p.Target)) < 2 {
			t.Errorf("%s and %s: no two paths exclude each other", p.Source, p.Target)
		}
	}
	from, _ := s.library.Frameworks.Find("left")
	to, _ := s.library.Frameworks.Find("right")
	if h := s.Heat(from, to, nil); h.All.Disputed == 0 {
		t.Errorf("the map shows no dispute: %+v", h.All)
	}
}

// BenchmarkHeat works out the largest map, SP 800-53 by itself excepted: SP 800-53
// by PCI DSS over every shipped set, with the relations already known.
func BenchmarkHeat(b *testing.B) {
	s := everything(b)
	from, _ := s.library.Frameworks.Find("nist-800-53-rev5")
	to, _ := s.library.Frameworks.Find("pci-dss-4.0.1")
	for b.Loop() {
		s.Heat(from, to, nil)
	}
}

// BenchmarkContradictions relates all frameworks to one another, from cold.
func BenchmarkContradictions(b *testing.B) {
	l := Shipped()
	for b.Loop() {
		s, err := l.Stack(l.SetIDs())
		if err != nil {
			b.Fatal(err)
		}
		s.Contradictions()
	}
}

// Select gives the pairs of a corner of the matrix, as All does for the whole.
func TestSelect(t *testing.T) {
	s := defaultStack(t)
	m := s.Relate(soc, iso)
	sources, targets := []string{"CC6.1", "CC6.2", "none such"}, []string{"A.8.5", "A.5.15"}
	var want, got []Pair
	for _, target := range targets {
		for _, p := range m.To(target) {
			if slices.Contains(sources, p.Source.ID) {
				want = append(want, p)
			}
		}
	}
	for p := range m.Select(sources, targets) {
		got = append(got, p)
	}
	if len(got) == 0 || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for p := range s.Relate(iso, iso).Select([]string{"A.8.5"}, []string{"A.8.5"}) {
		t.Errorf("a requirement is paired with itself: %v", p)
	}
	for p := range s.Relate("none", iso).Select(sources, targets) {
		t.Errorf("a framework that nobody has is related: %v", p)
	}
}
