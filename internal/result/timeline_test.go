package result

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestFill(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	at := func(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }
	i := func(from, to int, s State) Interval {
		return Interval{Test: "t", Subject: "s", State: s, From: at(from), To: at(to), FiledAt: at(from)}
	}
	for _, tt := range []struct {
		name string
		list []Interval
		want []string // of the window from hour 10 to 20
	}{
		{"nothing was ever heard", nil, nil},
		{"all the time", []Interval{i(5, 25, Pass)}, []string{"10-20 pass"}},
		{"silence between and after", []Interval{i(11, 13, Pass), i(15, 16, Fail)}, []string{"11-13 pass", "13-15 stale", "15-16 fail", "16-20 stale"}},
		{"not yet running is not stale", []Interval{i(15, 25, Pass)}, []string{"15-20 pass"}},
		{"lapsed before the window", []Interval{i(1, 3, Pass)}, []string{"10-20 stale"}},
		{"lapsed at its beginning", []Interval{i(1, 10, Pass)}, []string{"10-20 stale"}},
		{"silence from before into it", []Interval{i(1, 3, Pass), i(12, 30, Pass)}, []string{"10-12 stale", "12-20 pass"}},
		{"the same state filed in two parts", []Interval{i(10, 12, Pass), i(12, 20, Pass)}, []string{"10-20 pass"}},
		{"after the window", []Interval{i(20, 25, Pass)}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, x := range Fill(tt.list, at(10), at(20)) {
				got = append(got, fmt.Sprintf("%g-%g %s", x.From.Sub(start).Hours(), x.To.Sub(start).Hours(), x.State))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestClaimsSurviveStorage(t *testing.T) {
	claims := []claim{{1, 2, Pass, ""}, {3, 900, Fail, "3 accounts without a second factor"}, {7, 8, CouldNotTell, "  no  answer "}}
	got, err := parseClaims(formatClaims(claims))
	if err != nil || !slices.Equal(got, claims) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"x", "1 2 pass", "a 2 pass \n", "1 b pass \n"} {
		if _, err := parseClaims(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// BenchmarkTake enters the next report of a series of which as many as are kept are
// there.
func BenchmarkTake(b *testing.B) {
	var s series
	n := int64(0)
	for b.Loop() {
		n++
		if _, refused := s.take([]claim{{at: n * 60, until: n*60 + 90, state: Pass}}, n*60); refused >= 0 {
			b.Fatal("refused")
		}
	}
}
