package device

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// chain makes reports that follow from each other, from a number on.
func chain(first uint64, prev wire.Hash, at int64, n int) []wire.Report {
	var out []wire.Report
	for i := range n {
		r := wire.Report{Seq: first + uint64(i), ObservedAt: at + int64(i), Rules: wire.HashOf([]byte("rules")), Detail: wire.HashOf([]byte("detail")), Prev: prev}
		for _, c := range wire.Checks() {
			r.Results = append(r.Results, wire.Result{Check: c, Verdict: wire.Pass})
		}
		prev = r.Hash()
		out = append(out, r)
	}
	return out
}

func TestWhatBecomesOfADelivery(t *testing.T) {
	honest := chain(1, "", 1000, 9)
	other := chain(1, "", 1001, 9) // of a copy that lives on by itself
	have := source{seq: 5, hash: honest[4].Hash(), sent: 2000}
	d := func(sent int64, reports ...wire.Report) wire.Delivery {
		return wire.Delivery{SentAt: sent, Reports: reports}
	}
	for _, tt := range []struct {
		name   string
		source source
		d      wire.Delivery
		want   taken
		fresh  int
	}{
		{"the first report", source{}, d(2000, honest[0]), taken{}, 1},
		{"the first that comes is the third", source{}, d(2000, honest[2]), taken{gap: 2}, 1},
		{"the next report", have, d(2100, honest[5]), taken{}, 1},
		{"the next report of a clock that was put back", have, d(100, honest[5]), taken{}, 1},
		{"some of them again, and the next", have, d(2100, honest[3:6]...), taken{}, 1},
		{"an offline queue", have, d(2100, honest[5:9]...), taken{}, 4},
		{"a report was lost", have, d(2100, honest[6]), taken{gap: 1}, 1},
		{"several were lost, in two places", have, d(2100, honest[6], honest[8]), taken{gap: 2}, 2},
		{"the same delivery word for word", have, d(2000, honest[4]), taken{again: true}, 0},
		{"the same report sent anew", have, d(2050, honest[4]), taken{again: true, alive: true}, 0},
		{"a delivery of last week is played again", have, d(1500, honest[2]), taken{code: wire.Behind}, 0},
		{"a delivery that was overtaken on the way", have, d(2000, honest[3]), taken{code: wire.Behind}, 0},
		{"a restored machine counts from an earlier day", have, d(2100, honest[3]), taken{code: wire.Behind, copied: true}, 0},
		{"a copy reports under the same number", have, d(2100, other[4]), taken{code: wire.Behind, copied: true}, 0},
		{"a copy reports the next number", have, d(2100, other[5]), taken{code: wire.Behind, copied: true}, 0},
		{"a copy brings its own past and goes on", have, d(2100, other[4:7]...), taken{code: wire.Behind, copied: true}, 0},
		{"once flagged, nothing counts", source{seq: 5, hash: honest[4].Hash(), sent: 2000, trouble: Copied}, d(2100, honest[5]), taken{code: wire.Behind}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := accept(tt.source, tt.d)
			if len(got.fresh) != tt.fresh {
				t.Errorf("%d reports are new, want %d", len(got.fresh), tt.fresh)
			}
			if got.again != tt.want.again || got.alive != tt.want.alive || got.code != tt.want.code || got.copied != tt.want.copied || got.gap != tt.want.gap {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestMomentsAreByOurClock(t *testing.T) {
	sec := int64(time.Second / time.Microsecond)
	now := 1_000_000 * sec
	reports := func(at ...int64) []wire.Report {
		var out []wire.Report
		for _, x := range at {
			out = append(out, wire.Report{ObservedAt: x})
		}
		return out
	}
	for _, tt := range []struct {
		name        string
		reports     []wire.Report
		sent, after int64
		want        []int64
	}{
		{"a clock that is right", reports(999_940), 1_000_000, 0, []int64{now - 60*sec}},
		{"a clock years ahead", reports(500_000_000 - 60), 500_000_000, 0, []int64{now - 60*sec}},
		{"a clock that began in 1970", reports(5), 65, 0, []int64{now - 60*sec}},
		{"never after it came", reports(2_000_000), 1_000_000, 0, []int64{now}},
		{"never before the one before it", reports(1), 1_000_000, now - 3600*sec, []int64{now - 3600*sec + 1}},
		{"several, in their order", reports(999_000, 999_500, 999_400), 1_000_000, 0, []int64{now - 1000*sec, now - 600*sec - 1, now - 600*sec}},
		{"our own clock went back", reports(999_000, 999_500), 1_000_000, now + 50*sec, []int64{now - 1, now}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := moments(tt.reports, tt.sent, tt.after, now)
			for i := range tt.want {
				if got[i] != tt.want[i] {
					t.Errorf("report %d at %d, want %d", i, got[i], tt.want[i])
				}
			}
		})
	}
}
