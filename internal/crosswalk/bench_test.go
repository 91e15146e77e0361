package crosswalk

import (
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

// everything is the stack of every shipped set, derived ones too: 20 sets, 5,980 rows.
func everything(tb testing.TB) *Stack { return stackOf(tb, Shipped().SetIDs()...) }

// BenchmarkRelateAllFromSOC2 works out the masks of all pairs from SOC 2 to the
// ten other frameworks and looks at every one. The bar is 6 ms. Nothing is
// remembered between rounds.
func BenchmarkRelateAllFromSOC2(b *testing.B) {
	s := everything(b)
	pairs, candidates := 0, 0
	for b.Loop() {
		clear(s.known)
		pairs, candidates = 0, 0
		for _, f := range s.library.Frameworks.Frameworks {
			if f.ID == soc {
				continue
			}
			for p := range s.Relate(soc, f.ID).All() {
				pairs++
				if p.Candidate {
					candidates++
				}
			}
		}
	}
	b.ReportMetric(float64(pairs), "pairs")
	b.ReportMetric(float64(candidates), "candidates")
}

// BenchmarkPairsFromSOC2 is the same with each matrix listed, as the command does.
func BenchmarkPairsFromSOC2(b *testing.B) {
	s := everything(b)
	for b.Loop() {
		clear(s.known)
		for _, f := range s.library.Frameworks.Frameworks {
			if f.ID != soc {
				s.Relate(soc, f.ID).Pairs()
			}
		}
	}
}

// BenchmarkReasonsOfOneRequirement builds every path from each of the 61 criteria
// to the ISO 27001 requirement that has most of them. The bar is 50 ms.
func BenchmarkReasonsOfOneRequirement(b *testing.B) {
	s := everything(b)
	from, _ := s.library.Frameworks.Find(soc)
	to, _ := s.library.Frameworks.Find(iso)
	reasons := func(target framework.Ref) int {
		n := 0
		for _, r := range from.Asked() {
			n += len(s.Paths(framework.Ref{Framework: soc, ID: r.ID}, target))
		}
		return n
	}
	var busiest framework.Ref
	most := 0
	for _, r := range to.Asked() {
		if n := reasons(framework.Ref{Framework: iso, ID: r.ID}); n > most {
			most, busiest = n, framework.Ref{Framework: iso, ID: r.ID}
		}
	}
	for b.Loop() {
		reasons(busiest)
	}
	b.ReportMetric(float64(most), "paths")
	b.Logf("the busiest requirement is %s", busiest)
}

// BenchmarkShipped reads all that ships from cold, as every command does once.
func BenchmarkShipped(b *testing.B) {
	for b.Loop() {
		if _, _, err := framework.ReadDir(framework.Data, "data"); err != nil {
			b.Fatal(err)
		}
		if _, err := readMappings(data, "data"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompile builds the graph of every shipped set.
func BenchmarkCompile(b *testing.B) {
	l := Shipped()
	for b.Loop() {
		if _, err := l.Stack(l.SetIDs()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheck checks all that ships.
func BenchmarkCheck(b *testing.B) {
	for b.Loop() {
		Shipped().Check()
	}
}
