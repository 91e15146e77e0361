package posture

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/result"
)

// The rules said again in the plainest way, an hour or a day at a time, and slow.

// coveredAt says whether anything speaks of one hour.
func coveredAt(q Question, o *Operation, h Moment) bool {
	d := q.Zones.DateOf(h.Time())
	for _, p := range o.Proofs {
		captured := q.Zones.DateOf(p.Captured.Time())
		speaks := p.Period
		if !speaks.Known() {
			speaks = cadence.Days{From: captured, To: captured}
		}
		until := p.Lapses
		if p.Out != 0 && (until == 0 || p.Out < until) {
			until = p.Out
		}
		switch {
		case p.Wrong || p.Accepts&q.Accepts == 0 || p.Captured > q.Now:
		case speaks.Has(d) && d <= captured:
			return true
		case o.Kind == control.Continuous && until != 0 && p.Captured <= h && h < until:
			return true
		}
	}
	for _, s := range o.Samples {
		if s.At <= q.Now && s.Tested == s.Selected && s.Window.Has(d) {
			return true
		}
	}
	found := false
	for _, c := range o.Checks {
		first, last := map[int32]Moment{}, map[int32]Moment{}
		at := map[int32]result.State{}
		for _, s := range c.Intervals {
			if f, ok := first[s.Subject]; !ok || s.From < f {
				first[s.Subject] = s.From
			}
			last[s.Subject] = max(last[s.Subject], s.To)
			if s.From <= h && h < s.To {
				at[s.Subject] = s.State
			}
		}
		for subject := range first {
			state, heard := at[subject]
			switch {
			case heard && (state == result.CouldNotTell || state == result.Stale), !heard && first[subject] < h && h < last[subject]:
				return false // evidence and samples were asked before
			case heard && (state == result.Pass || state == result.Fail):
				found = true
			}
		}
	}
	return found
}

func TestCoverageHourByHour(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	const hour = day / 24
	for i := range 40 {
		q := year
		q.Window = cadence.Days{From: cadence.On(2026, 1, 1) + cadence.Date(r.IntN(200)), To: 0}
		q.Window.To = q.Window.From + cadence.Date(80+r.IntN(120))
		q.Accepts = []Accepts{ByISO, ByOthers, ByAll}[r.IntN(3)]
		o := made(r)
		o.Kind, o.Rhythms, o.Until, o.Since = []control.Kind{control.Continuous, control.Event}[r.IntN(2)], nil, 0, cadence.On(2025, 1, 1)
		for k := range o.Proofs {
			o.Proofs[k].Captured -= o.Proofs[k].Captured % hour
		}
		j := Ask(q)
		got := j.Of(&o)
		for h := MomentOf(q.Zones.Start(q.Window.From)); h < MomentOf(q.Zones.End(q.Window.To)); h += hour {
			in := func(s Stretch) bool { return s.From <= h && h < s.To }
			hole := slices.ContainsFunc(got.Holes, func(x Hole) bool { return in(x.Stretch) })
			covered := slices.ContainsFunc(got.Covered, in)
			if want := coveredAt(q, &o, h); covered != want || hole == want {
				t.Fatalf("%d: at %s covered %t, a hole %t; want covered %t\n%+v", i, h.Time(), covered, hole, want, o)
			}
		}
	}
}

// becameOf says what became of one period, when one rhythm holds all the time and
// has no days of grace.
func becameOf(q Question, o *Operation, period cadence.Days) Outcome {
	outcome := Missed
	if q.Now < MomentOf(q.Zones.End(period.To)) || period.To > q.Window.To {
		outcome = Due
	}
	every := o.Rhythms[0].Every
	for _, p := range o.Proofs {
		if p.Wrong || p.Captured > q.Now || p.Accepts&q.Accepts == 0 {
			continue
		}
		captured := q.Zones.DateOf(p.Captured.Time())
		speaks := p.Period
		if !speaks.Known() {
			speaks = cadence.Days{From: captured, To: captured}
		}
		shared := map[cadence.Days]int{} // day by day
		best := cadence.Days{}
		for d := max(speaks.From, o.Since); d <= min(speaks.To, captured); d++ {
			x := every.Period(o.Since, d)
			shared[x]++
			if shared[x] > shared[best] || shared[x] == shared[best] && x.From < best.From {
				best = x
			}
		}
		switch {
		case best != period:
		case period.To > q.Window.To:
			if p.Captured < MomentOf(q.Zones.End(q.Window.To)) {
				outcome = Met
			}
		case captured <= period.To:
			return Met
		case outcome != Met:
			outcome = Late
		}
	}
	return outcome
}

func TestOccurrencesDayByDay(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 34))
	seen := map[Outcome]int{}
	for i := range 400 {
		q := year
		q.Now = noon(cadence.On(2026, 6, 1) + cadence.Date(r.IntN(300)))
		q.Window = cadence.Days{From: cadence.On(2025, 10, 1) + cadence.Date(r.IntN(200)), To: 0}
		q.Window.To = q.Window.From + cadence.Date(80+r.IntN(300))
		q.Accepts = []Accepts{ByISO, ByOthers, ByAll}[r.IntN(3)]
		o := made(r)
		every := []cadence.Frequency{cadence.Monthly, cadence.Quarterly, cadence.Annual, {N: 45, Unit: cadence.Day}, {N: 2, Unit: cadence.Week}}[r.IntN(5)]
		o.Kind, o.Until, o.Since, o.Rhythms = control.Periodic, 0, cadence.On(2025, 1, 1), []Rhythm{{Every: every}}
		got := Ask(q).Of(&o)
		n := 0
		for d := q.Window.From; d <= min(q.Window.To, q.Zones.DateOf(q.Now.Time())); d++ {
			p := every.Period(o.Since, d)
			if p.Has(d-1) && d > q.Window.From {
				continue
			}
			if n >= len(got.Occurrences) || got.Occurrences[n].Period != p {
				t.Fatalf("%d: period %d is not %s: %+v", i, n, p, got.Occurrences)
			}
			if want := becameOf(q, &o, p); got.Occurrences[n].Outcome != want {
				t.Fatalf("%d: %s of %s is %s, want %s\n%+v", i, every, p, got.Occurrences[n].Outcome, want, o.Proofs)
			}
			seen[got.Occurrences[n].Outcome]++
			n++
		}
		if n != len(got.Occurrences) {
			t.Fatalf("%d: %d periods, and %d occurrences", i, n, len(got.Occurrences))
		}
	}
	for _, o := range []Outcome{Met, Late, Missed, Due} {
		if seen[o] < 10 {
			t.Errorf("only %d were %s", seen[o], o)
		}
	}
}
