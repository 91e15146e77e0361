package result

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// said is what a list of reports says at a moment, by the sentence of the rule and
// nothing clever: of the reports so far the last one sets the state, and it holds
// if some report of that state has not lapsed and none of another came after it.
func said(reports []claim, x int64) State {
	var last claim
	found := false
	for _, r := range reports {
		if r.at > x {
			continue
		}
		if !found || r.at > last.at {
			last, found = r, true
		} else if r.at == last.at {
			last = stronger(last, r)
		}
	}
	for _, r := range reports {
		if !found || r.state != last.state || r.at > x || r.until <= x || slices.ContainsFunc(reports, func(o claim) bool { return o.at == r.at && o != r && stronger(o, r) == o && o.state != r.state }) {
			continue
		}
		between := func(o claim) bool {
			return o.state != r.state && o.at > r.at && o.at <= x &&
				!slices.ContainsFunc(reports, func(p claim) bool { return p.at == o.at && p.state == r.state && stronger(o, p) == p })
		}
		if !slices.ContainsFunc(reports, between) {
			return r.state
		}
	}
	return ""
}

// stored is what the pieces say at a moment.
func stored(pieces []piece, x int64) State {
	for _, p := range pieces {
		if p.from <= x && x < p.to {
			return p.state
		}
	}
	return ""
}

// sound checks what holds of the pieces of any series.
func sound(t *testing.T, pieces []piece) {
	t.Helper()
	for i, p := range pieces {
		if p.from >= p.to {
			t.Fatalf("an interval of nothing: %+v", p)
		}
		if i > 0 && pieces[i-1].to > p.from {
			t.Fatalf("%+v and %+v overlap", pieces[i-1], p)
		}
		if i > 0 && pieces[i-1].to == p.from && pieces[i-1].state == p.state && pieces[i-1].filed == p.filed {
			t.Fatalf("%+v and %+v should be one", pieces[i-1], p)
		}
	}
}

func randomReports(r *rand.Rand, n int) []claim {
	states := []State{Pass, Pass, Pass, Fail, CouldNotTell, NotApplicable}
	out := make([]claim, n)
	for i := range out {
		at := r.Int64N(60) + 1
		out[i] = claim{at: at, until: at + 1 + r.Int64N(12), state: states[r.IntN(len(states))]}
	}
	return out
}

// TestOrderDoesNotMatter gives the same reports in any order and any batches.
func TestOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		reports := randomReports(r, 1+r.IntN(keepReports))
		var s series
		now := int64(1000)
		for rest := slices.Clone(reports); len(rest) > 0; now++ {
			n := 1 + r.IntN(len(rest))
			batch := slices.Clone(rest[:n])
			rest = rest[n:]
			slices.SortStableFunc(batch, func(a, b claim) int { return int(a.at - b.at) })
			if _, refused := s.take(batch, now); refused >= 0 {
				t.Fatalf("seed %d: a report among the last %d was refused", seed, keepReports)
			}
			sound(t, s.pieces)
		}
		for x := range int64(90) {
			if got, want := stored(s.pieces, x), said(reports, x); got != want {
				t.Fatalf("seed %d: at %d the intervals say %q, the reports %q\nreports %+v\nintervals %+v", seed, x, got, want, reports, s.pieces)
			}
		}
		before := slices.Clone(s.pieces)
		again := slices.Clone(reports)
		slices.SortStableFunc(again, func(a, b claim) int { return int(a.at - b.at) })
		if changes, refused := s.take(again, now); refused >= 0 || len(changes) > 0 || !slices.Equal(before, s.pieces) {
			t.Fatalf("seed %d: the same again changed %+v", seed, changes)
		}
	}
}

// TestLateReportsAreRightOrRefused has far more reports than are kept: what is
// taken is placed as though all were known, and what cannot be is refused and
// changes nothing.
func TestLateReportsAreRightOrRefused(t *testing.T) {
	taken, turned := 0, 0
	for seed := range uint64(250) {
		r := rand.New(rand.NewPCG(seed, 2))
		reports := randomReports(r, 3*keepReports)
		for i := range reports { // spread out, so that they are not all at the same moments
			reports[i].at = reports[i].at*7 + r.Int64N(7)
			reports[i].until = reports[i].at + 1 + r.Int64N(40)
		}
		var s series
		var accepted []claim
		for i, c := range reports {
			before := slices.Clone(s.pieces)
			if _, refused := s.take([]claim{c}, int64(10_000+i)); refused >= 0 {
				turned++
				if !slices.Equal(before, s.pieces) {
					t.Fatalf("seed %d: refused, and changed", seed)
				}
				continue
			}
			taken++
			accepted = append(accepted, c)
			sound(t, s.pieces)
		}
		for x := range int64(520) {
			if got, want := stored(s.pieces, x), said(accepted, x); got != want {
				t.Fatalf("seed %d: at %d the intervals say %q, the reports %q", seed, x, got, want)
			}
		}
	}
	t.Logf("%d taken, %d refused", taken, turned)
	if turned == 0 || taken < turned {
		t.Errorf("%d taken, %d refused: the test shows nothing", taken, turned)
	}
}

// TestPartOfASeriesIsEnough reads only the pieces that the reports can touch, as
// the store does.
func TestPartOfASeriesIsEnough(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		var whole series
		var kept []piece // what the store holds
		for i, c := range randomReports(r, 3*keepReports) {
			low := min(c.at, whole.sealed)
			part := whole
			part.pieces = nil
			var rest []piece
			for _, p := range kept {
				if p.to >= low {
					part.pieces = append(part.pieces, p)
				} else {
					rest = append(rest, p)
				}
			}
			_, a := whole.take([]claim{c}, int64(1000+i))
			_, b := part.take([]claim{c}, int64(1000+i))
			if a != b {
				t.Fatalf("seed %d: refused %d and %d", seed, a, b)
			}
			kept = append(rest, part.pieces...)
			if !slices.Equal(kept, whole.pieces) {
				t.Fatalf("seed %d: %+v\nwant %+v", seed, kept, whole.pieces)
			}
		}
	}
}

func TestTakeOneByOne(t *testing.T) {
	type step struct {
		at, until int64
		state     State
		now       int64
		changes   int
	}
	for _, tt := range []struct {
		name  string
		steps []step
		want  string // from-to state @ filed
	}{
		{"the same state goes on as one interval", []step{{10, 20, Pass, 10, 1}, {15, 25, Pass, 15, 0}}, "10-25 pass @10"},
		{"another state closes and opens", []step{{10, 20, Pass, 10, 1}, {15, 25, Fail, 15, 1}}, "10-15 pass @10, 15-25 fail @15"},
		{"silence is a hole", []step{{10, 20, Pass, 10, 1}, {30, 40, Pass, 30, 1}}, "10-20 pass @10, 30-40 pass @30"},
		{"one that just touches goes on", []step{{10, 20, Pass, 10, 1}, {20, 30, Pass, 20, 0}}, "10-30 pass @10"},
		{"filed after it had lapsed, known only from then", []step{{10, 20, Pass, 10, 1}, {15, 25, Pass, 23, 1}}, "10-20 pass @10, 20-25 pass @23"},
		{"a hole filled later", []step{{10, 20, Pass, 10, 1}, {30, 40, Pass, 30, 1}, {18, 35, Pass, 50, 1}}, "10-20 pass @10, 20-30 pass @50, 30-40 pass @30"},
		{"a late report between two", []step{{10, 20, Pass, 10, 1}, {14, 24, Pass, 14, 0}, {12, 13, Fail, 15, 2}}, "10-12 pass @10, 12-13 fail @15, 14-24 pass @10"},
		{"a late report until the next one", []step{{10, 20, Pass, 10, 1}, {14, 24, Pass, 14, 0}, {12, 22, Fail, 15, 1}}, "10-12 pass @10, 12-14 fail @15, 14-24 pass @10"},
		{"the worse of one moment", []step{{10, 20, Pass, 10, 1}, {10, 20, Fail, 11, 1}, {10, 20, CouldNotTell, 12, 0}}, "10-20 fail @11"},
		{"the worse of a moment to come", []step{{10, 20, Fail, 10, 1}, {16, 25, Pass, 12, 1}, {16, 25, Fail, 13, 1}}, "10-16 fail @10, 16-25 fail @13"},
		{"a shorter report shortens nothing", []step{{10, 20, Pass, 10, 1}, {12, 13, Pass, 12, 0}}, "10-20 pass @10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s series
			for i, x := range tt.steps {
				changes, refused := s.take([]claim{{at: x.at, until: x.until, state: x.state}}, x.now)
				if refused >= 0 || len(changes) != x.changes {
					t.Errorf("step %d: changes %+v, want %d", i, changes, x.changes)
				}
			}
			got := ""
			for i, p := range s.pieces {
				if i > 0 {
					got += ", "
				}
				got += fmt.Sprintf("%d-%d %s @%d", p.from, p.to, p.state, p.filed)
			}
			if got != tt.want {
				t.Errorf("intervals %s\nwant      %s", got, tt.want)
			}
		})
	}
}
