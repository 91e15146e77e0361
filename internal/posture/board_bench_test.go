package posture

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/result"
)

// Sizes that customers have: a large group with every framework there is.
const (
	benchControls   = 10_000
	benchFrameworks = 12
	benchItems      = 1_000_000
)

// company makes up an organisation: half of its controls periodic, most of the
// rest continuous, with items spread over three years up to now. One item in ten
// is taken by standards for management systems only.
func company(items int) ([]Operation, []Resting, Question) {
	r := rand.New(rand.NewPCG(7, 7))
	now := MomentOf(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	start := MomentOf(time.Date(2023, 11, 26, 12, 0, 0, 0, time.UTC))
	all := make([]Proof, items)
	ops := make([]Operation, benchControls)
	rhythms := []cadence.Frequency{cadence.Quarterly, cadence.Annual, cadence.Monthly, cadence.Semiannual, cadence.Weekly}
	for c := range ops {
		from, to := items*c/benchControls, items*(c+1)/benchControls
		o := Operation{Control: fmt.Sprint(c), Code: fmt.Sprintf("C-%05d", c), Since: cadence.On(2023, 11, 26), Proofs: all[from:to:to]}
		switch c % 20 {
		case 0, 1, 2:
			o.Kind = control.Event
			o.Samples = []Sample{{ID: "s", Window: cadence.Days{From: cadence.On(2025, 11, 1), To: cadence.On(2026, 11, 20)}, At: now - day, Size: 300, Selected: 25, Tested: 25}}
		case 3, 4, 5, 6, 7, 8, 9:
			o.Kind = control.Continuous
			for s := range int32(4) {
				o.Checks = append(o.Checks, Check{Test: "t", Intervals: []Span{
					{s, result.Pass, start, now - 40*day, start}, {s, result.Fail, now - 40*day, now - 39*day, now}, {s, result.Pass, now - 39*day, now, now}}})
			}
		default:
			o.Kind = control.Periodic
			o.Rhythms = []Rhythm{{From: o.Since, Every: rhythms[c%len(rhythms)], Grace: 7}}
		}
		for k := range o.Proofs {
			at := start + Moment(float64(now-start)*(float64(k)+r.Float64())/float64(len(o.Proofs)))
			p := Proof{ID: ID{byte(c), byte(c >> 8), byte(k), byte(k >> 8)}, Captured: at, Filed: at + day, Accepts: ByAll, Reviewed: k%2 == 0}
			if k%10 == 0 {
				p.Accepts = ByISO
			}
			if k%3 == 0 {
				p.Lapses = at + 200*day
			}
			if k%7 == 0 {
				d := cadence.DateOf(at.Time(), time.UTC)
				p.Period = cadence.Days{From: d - 30, To: d - 1}
			}
			o.Proofs[k] = p
		}
		ops[c] = o
	}
	frameworks := make([]Resting, benchFrameworks)
	for f := range frameworks {
		x := Resting{Framework: fmt.Sprint(f), Accepts: families[min(f%4, 1)]}
		for q := range 120 {
			rest := Rest{ID: fmt.Sprint(q), Coverage: Full}
			for c := q; c < benchControls; c += 120 {
				rest.Controls = append(rest.Controls, int32(c))
			}
			x.Requirements = append(x.Requirements, rest)
		}
		frameworks[f] = x
	}
	zone, _ := time.LoadLocation("Europe/Berlin")
	return ops, frameworks, Question{Window: cadence.Days{From: cadence.On(2025, 11, 27), To: cadence.On(2026, 11, 26)}, Zones: cadence.In(zone), Now: now}
}

// megabytes is how much the heap holds.
func megabytes() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// BenchmarkBoard judges a whole organisation over twelve months: every control
// for both families, then all requirements of all frameworks.
func BenchmarkBoard(b *testing.B) {
	for _, items := range []int{10_000, 100_000, benchItems} {
		b.Run(fmt.Sprintf("items=%d", items), func(b *testing.B) {
			before := megabytes()
			ops, frameworks, q := company(items)
			var board *Board
			for b.Loop() {
				board = NewBoard(q, ops, frameworks)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
			b.ReportMetric(megabytes()-before, "MB")
			runtime.KeepAlive(board)
			runtime.KeepAlive(ops)
		})
	}
}

// BenchmarkBoardPut brings the board up to date after one new item.
func BenchmarkBoardPut(b *testing.B) {
	ops, frameworks, q := company(benchItems)
	board := NewBoard(q, ops, frameworks)
	at := 0
	for b.Loop() {
		o := board.operations[at]
		o.Proofs = append(o.Proofs[:len(o.Proofs):len(o.Proofs)], Proof{Captured: q.Now - 1, Filed: q.Now, Accepts: ByAll})
		board.Put(at, o)
		at = (at + 37) % benchControls
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
}

// BenchmarkOf gives the reasons of every control: what a page of one costs.
func BenchmarkOf(b *testing.B) {
	ops, _, q := company(benchItems)
	j := Ask(q)
	i := 0
	for b.Loop() {
		j.Of(&ops[i%benchControls])
		i++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
}

// BenchmarkAsk prepares a question: what a page pays before it judges anything.
func BenchmarkAsk(b *testing.B) {
	_, _, q := company(0)
	for b.Loop() {
		Ask(q)
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
}
