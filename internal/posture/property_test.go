package posture

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/result"
)

var berlin = func() cadence.Zones {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return cadence.In(zone)
}()

var year = Question{Window: cadence.Days{From: cadence.On(2026, 1, 1), To: cadence.On(2026, 12, 31)}, Zones: berlin,
	Now: MomentOf(time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC))}

// noon is the middle of a day in Berlin.
func noon(d cadence.Date) Moment { return MomentOf(berlin.Start(d)) + day/2 }

// made makes up an operation of any kind, full of edges: several rhythms, days of
// grace, items of periods, wrong ones, lapses, results of several subjects.
func made(r *rand.Rand) Operation {
	kinds := []control.Kind{control.Periodic, control.Periodic, control.Continuous, control.Event, ""}
	every := []cadence.Frequency{cadence.Daily, cadence.Weekly, cadence.Monthly, cadence.Quarterly, cadence.Semiannual, cadence.Annual, {N: 45, Unit: cadence.Day}, {N: 5, Unit: cadence.Month}, {}}
	pick := func(from, days int) cadence.Date { return cadence.On(2025, 1, 1) + cadence.Date(from+r.IntN(days)) }
	o := Operation{Control: fmt.Sprint(r.Uint32()), Code: "C", Kind: kinds[r.IntN(len(kinds))], Since: pick(0, 500)}
	if r.IntN(6) == 0 {
		o.Until = o.Since + cadence.Date(r.IntN(700))
	}
	from := cadence.Date(0)
	for range r.IntN(4) {
		x := Rhythm{From: from, Every: every[r.IntN(len(every))], Grace: r.IntN(3) * 5}
		if r.IntN(4) == 0 {
			x.LongestGap = 20 + r.IntN(200)
		}
		o.Rhythms = append(o.Rhythms, x)
		from = max(from, o.Since) + 1 + cadence.Date(r.IntN(200))
	}
	for range r.IntN(20) {
		d := pick(0, 760)
		p := Proof{Captured: noon(d) + Moment(r.Int64N(int64(day)/2)), Accepts: []Accepts{ByAll, ByAll, ByISO, ByOthers}[r.IntN(4)], Reviewed: r.IntN(2) == 0}
		p.ID = ID{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}
		p.Filed = p.Captured + Moment(r.IntN(40))*day
		if r.IntN(3) == 0 {
			p.Lapses = p.Captured + Moment(1+r.IntN(200))*day
		}
		if r.IntN(4) == 0 {
			p.Out, p.Wrong = p.Filed+Moment(1+r.IntN(200))*day, r.IntN(3) > 0
		}
		if r.IntN(3) == 0 {
			p.Period = cadence.Days{From: d - cadence.Date(r.IntN(90)), To: d + cadence.Date(r.IntN(20))}
		}
		o.Proofs = append(o.Proofs, p)
	}
	slices.SortFunc(o.Proofs, func(a, b Proof) int { return int(a.Captured/1e6 - b.Captured/1e6) })
	for c := range r.IntN(3) {
		o.Checks = append(o.Checks, madeCheck(r, c))
	}
	if r.IntN(3) == 0 {
		d := pick(300, 200)
		o.Samples = append(o.Samples, Sample{Population: "p", Window: cadence.Days{From: d, To: d + 90}, At: noon(d + 100), Size: 100, Selected: 25, Tested: 20 + r.IntN(6), Exceptions: r.IntN(2)})
	}
	return o
}

func madeCheck(r *rand.Rand, c int) Check {
	states := []result.State{result.Pass, result.Pass, result.Pass, result.Fail, result.CouldNotTell, result.Stale, result.NotApplicable}
	check := Check{Test: fmt.Sprint("test ", c)}
	for subject := range int32(1 + r.IntN(3)) {
		at := noon(cadence.On(2025, 6, 1) + cadence.Date(r.IntN(300)))
		for range 1 + r.IntN(8) {
			to := at + Moment(1+r.IntN(80*24))*day/24
			check.Intervals = append(check.Intervals, Span{subject, states[r.IntN(len(states))], at, to, at + Moment(r.IntN(48))*day/24})
			at = to + Moment(r.IntN(3)/2*r.IntN(100))*day/24
		}
	}
	slices.SortStableFunc(check.Intervals, func(a, b Span) int { return int(a.From/1e6 - b.From/1e6) })
	return check
}

// Judging with reasons and judging for the state alone are one judgement, and
// asking twice gives the same answer.
func TestOneAnswer(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 600 {
		o, q := made(r), year
		if r.IntN(3) == 0 {
			q.Window, q.At = cadence.Days{}, noon(cadence.On(2026, 1, 1)+cadence.Date(r.IntN(365)))
		}
		if r.IntN(3) == 0 {
			q.KnownAt = noon(cadence.On(2026, 1, 1) + cadence.Date(r.IntN(365)))
		}
		q.Accepts = Accepts(r.IntN(4))
		j := Ask(q)
		full := j.Of(&o)
		if s := j.State(&o); s != full.State || s == "" {
			t.Fatalf("%d: the state alone is %q, with reasons %q", i, s, full.State)
		}
		if again := Ask(q).Of(&o); !reflect.DeepEqual(again, full) {
			t.Fatalf("%d: asked twice\n%+v\n%+v", i, full, again)
		}
		worst := State("")
		for _, p := range full.Parts {
			worst = worse(worst, p.State)
			if p.Why == "" {
				t.Fatalf("%d: %s has no reason", i, p.Aspect)
			}
		}
		if worst != full.State {
			t.Fatalf("%d: the worst part is %s, the state %s: %+v", i, worst, full.State, full.Parts)
		}
	}
}

// What was known at a moment is what would be judged if that moment were now and
// nothing had been filed or taken out since.
func TestAsKnownThenIsAskingThen(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 600 {
		o, then := made(r), year
		at := noon(cadence.On(2026, 1, 1) + cadence.Date(r.IntN(400)))
		then.KnownAt = at
		known := o
		known.Proofs = nil
		for _, p := range o.Proofs {
			if p.Filed <= at && (p.Out == 0 || p.Out > at) {
				p.Wrong, p.Out = false, 0
				known.Proofs = append(known.Proofs, p)
			}
		}
		known.Checks = nil
		for _, c := range o.Checks {
			x := Check{Test: c.Test}
			for _, s := range c.Intervals {
				if s.Filed <= at {
					x.Intervals = append(x.Intervals, s)
				}
			}
			known.Checks = append(known.Checks, x)
		}
		now := year
		now.Now = min(at, year.Now)
		if got, want := Ask(then).Of(&o), Ask(now).Of(&known); !reflect.DeepEqual(got, want) {
			t.Fatalf("%d: known then\n%+v\nasked then\n%+v", i, got, want)
		}
	}
}

// Moving the capture of one proof changes the two periods it leaves and enters,
// and no other row.
func TestOneDateChangesItsOwnRows(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	j := Ask(year)
	moved, changed := 0, 0
	for i := range 600 {
		o := made(r)
		o.Kind = control.Periodic
		for k := range o.Rhythms {
			o.Rhythms[k].Grace = 0
		}
		for k := range o.Proofs {
			o.Proofs[k].Period = cadence.Days{}
		}
		if len(o.Proofs) == 0 || !o.rhythmic() {
			continue
		}
		before := j.Of(&o)
		k := r.IntN(len(o.Proofs))
		from := j.dayOf(o.Proofs[k].Captured)
		to := cadence.On(2026, 1, 1) + cadence.Date(r.IntN(365))
		changedProofs := slices.Clone(o.Proofs)
		changedProofs[k].Captured = noon(to)
		slices.SortStableFunc(changedProofs, func(a, b Proof) int { return int(a.Captured/1e6 - b.Captured/1e6) })
		o.Proofs = changedProofs
		after := j.Of(&o)
		rows := map[cadence.Days][]Occurrence{}
		for _, list := range [][]Occurrence{before.Occurrences, after.Occurrences} {
			for _, x := range list {
				rows[x.Period] = append(rows[x.Period], x)
			}
		}
		moved++
		for period, x := range rows {
			touched := period.Has(from) || period.Has(to)
			same := len(x) == 2 && reflect.DeepEqual(x[0], x[1])
			if !same {
				changed++
			}
			if !touched && !same {
				t.Fatalf("%d: moving a proof from %s to %s changed %s: %+v", i, from, to, period, x)
			}
		}
		if !reflect.DeepEqual(before.Failures, after.Failures) || !reflect.DeepEqual(before.Samples, after.Samples) {
			t.Fatalf("%d: moving a proof changed what tests or samples found", i)
		}
	}
	if moved < 150 || changed < 100 {
		t.Errorf("only %d dates were moved and %d rows changed", moved, changed)
	}
}

// Shortening one result changes what is covered between its old and its new end,
// and nowhere else.
func TestOneEndChangesItsOwnStretch(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	j := Ask(year)
	seen := 0
	for i := range 600 {
		o := made(r)
		o.Kind, o.Checks = control.Continuous, []Check{madeCheck(r, 0)}
		k := r.IntN(len(o.Checks[0].Intervals))
		span := &o.Checks[0].Intervals[k]
		before := j.Of(&o)
		was := span.To
		span.To = span.From + (span.To-span.From)/2
		until := was
		for _, s := range o.Checks[0].Intervals { // with the end gone, it is silent until the subject is heard of again
			if s.Subject == span.Subject && s.From >= was {
				until = s.From
				break
			}
		}
		after := j.Of(&o)
		outside := func(list []Stretch) []Stretch {
			return subtract(list, []Stretch{{span.To, until}}, nil)
		}
		if a, b := outside(before.Covered), outside(after.Covered); !slices.Equal(a, b) {
			t.Fatalf("%d: from %s to %s\n%v\n%v", i, span.To.Time(), until.Time(), a, b)
		}
		if !slices.Equal(before.Covered, after.Covered) {
			seen++
		}
	}
	if seen < 30 {
		t.Errorf("only %d ends mattered", seen)
	}
}

// Periods follow one another without a day in two of them, and a change of rhythm
// makes nothing due before it, nor sooner after it than its own rhythm asks (months
// of a rhythm differ by up to three days).
func TestPeriodsOfChangingRhythms(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	span := cadence.Days{From: cadence.On(2025, 1, 1), To: cadence.On(2027, 12, 31)}
	for i := range 5000 {
		o := made(r)
		whole := o.schedule(span, nil)
		for k, p := range whole {
			if !p.Known() || k > 0 && p.From <= whole[k-1].To {
				t.Fatalf("%d: %v after %v under %+v", i, p, whole[k-1], o.Rhythms)
			}
			rhythm := o.Rhythms[p.rhythm]
			if holds := max(rhythm.From, o.Since); p.To < holds {
				t.Fatalf("%d: %v was due before %s, when its rhythm began: %+v", i, p.Days, holds, o.Rhythms)
			}
			if full := rhythm.Every.Period(max(rhythm.From, o.Since), p.To); !p.partly && p.Len()+3 < full.Len() && (k == 0 || p.Len() < whole[k-1].Len()) {
				t.Fatalf("%d: %v is shorter than a period of its rhythm and of the one before: %+v", i, p.Days, o.Rhythms)
			}
			if o.Until.Known() && p.To > o.Until {
				t.Fatalf("%d: %v is after its last day %s", i, p.Days, o.Until)
			}
		}
		for k, x := range o.Rhythms { // where nothing is asked there is no period
			none := cadence.Days{From: max(x.From, o.Since), To: span.To}
			if k+1 < len(o.Rhythms) {
				none.To = max(o.Rhythms[k+1].From, o.Since) - 1
			}
			for _, p := range whole {
				if !x.Every.Known() && p.Common(none).Known() {
					t.Fatalf("%d: %v, and nothing is asked over %v: %+v", i, p.Days, none, o.Rhythms)
				}
			}
		}
		// What is asked of a part is what is asked of the whole there.
		from := span.From + cadence.Date(r.IntN(700))
		part := cadence.Days{From: from, To: from + cadence.Date(r.IntN(300))}
		var want []period
		for _, p := range whole {
			if p.Common(part).Known() {
				want = append(want, p)
			}
		}
		if got := o.schedule(part, nil); !slices.Equal(got, want) {
			t.Fatalf("%d: in %s\n%v\nof the whole\n%v\nunder %+v since %s", i, part, got, want, o.Rhythms, o.Since)
		}
	}
}

// Stretches are what sets of hours would be.
func TestStretches(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	set := func(list []Stretch) (out [64]bool) {
		for _, s := range list {
			for h := max(s.From, 0); h < min(s.To, 64); h++ {
				out[h] = true
			}
		}
		return out
	}
	some := func() (out []Stretch) {
		for range r.IntN(8) {
			from := Moment(r.IntN(60))
			out = append(out, Stretch{from, from + Moment(r.IntN(12))})
		}
		return out
	}
	for range 5000 {
		a, b := some(), some()
		x, y := set(a), set(b)
		a, b = merge(a), merge(b)
		if set(a) != x {
			t.Fatalf("merging changed %v", a)
		}
		for i := range x {
			x[i] = x[i] && !y[i]
		}
		if got := subtract(a, b, nil); set(got) != x {
			t.Fatalf("%v without %v is %v", a, b, got)
		}
		for k := range a {
			if a[k].From >= a[k].To || k > 0 && a[k].From <= a[k-1].To {
				t.Fatalf("not merged: %v", a)
			}
		}
	}
}
