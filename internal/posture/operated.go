package posture

import (
	"sync"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/result"
)

// Aspect is a part of what is judged of a control.
type Aspect string

const (
	Occurring Aspect = "occurrences" // done in each period
	Covering  Aspect = "coverage"    // something speaks of every day
	Testing   Aspect = "tests"       // no test failed
	Sampling  Aspect = "samples"     // no exception among the items examined
	Spacing   Aspect = "longest gap" // never longer without it than the policy allows
	Standing  Aspect = "standing"    // in place at the moment
)

// Part is one aspect of a control with its state and the reason.
type Part struct {
	Aspect Aspect
	State  State
	Why    string // one sentence for a person
}

// Operated says how one control operated, and why. Its state is the worst of its
// parts.
type Operated struct {
	Control, Code string
	State         State
	Judged        cadence.Days // the days judged: those of the window in which it ran and which are over
	Parts         []Part
	Occurrences   []Occurrence // the earliest first
	Covered       []Stretch
	Holes         []Hole
	Failures      []Failure
	LongGaps      []LongGap
	Samples       []Sampled
	Current       []ID     // proof that may be relied on at the end of what is judged, or at the moment
	Unreviewed    int      // proofs that counted for something and that no second person accepted
	Why           []string // the whole in sentences, for a person
}

// Foremost is the reason of its worst part, for where there is room for one sentence.
func (f *Operated) Foremost() string {
	for _, p := range f.Parts {
		if p.State == f.State {
			return p.Why
		}
	}
	if len(f.Why) > 0 {
		return f.Why[0]
	}
	return ""
}

// Of judges one control.
func (j *Judge) Of(o *Operation) Operated {
	full := Operated{Control: o.Control, Code: o.Code}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	full.State = j.judge(o, s, &full)
	if j.q.Window.Known() && full.Judged.Known() {
		last := j.closes - 1
		if j.horizon < j.start(j.days.To+1) {
			last = j.horizon // the window is not over
		}
		j.current(o, s, last, &full)
		full.Unreviewed = j.unreviewed(o, full.Judged)
	}
	j.explain(o, &full)
	return full
}

// State judges one control and gives no reasons: for rolling up many.
func (j *Judge) State(o *Operation) State {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	return j.judge(o, s, nil)
}

// scratch is memory used again from control to control.
type scratch struct {
	periods        []period
	assign         []int32 // the period of each proof, or -1
	found, silent  []Stretch
	covered, holes []Stretch
	heard          []Moment // by subject: until when it was heard of
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// last is until when a subject of the check at hand was heard of.
func (s *scratch) last(subject int32) *Moment {
	for int(subject) >= len(s.heard) {
		s.heard = append(s.heard, 0)
	}
	return &s.heard[subject]
}

// kind is what the control is judged as, when nobody said: what has a rhythm is
// periodic, what a test feeds runs all the time, and the rest follows events.
func (o *Operation) kind() control.Kind {
	switch {
	case o.Kind != "":
		return o.Kind
	case o.rhythmic():
		return control.Periodic
	case len(o.Checks) > 0:
		return control.Continuous
	}
	return control.Event
}

// rhythmic reports whether it ever had to be done at intervals.
func (o *Operation) rhythmic() bool {
	for _, r := range o.Rhythms {
		if r.Every.Known() {
			return true
		}
	}
	return false
}

// judge works out the state of a control: over the days of the window in which it
// ran, or at the moment.
func (j *Judge) judge(o *Operation, s *scratch, full *Operated) State {
	if !j.q.Window.Known() {
		return j.standing(o, s, full)
	}
	days := j.judged(o)
	if full != nil {
		full.Judged = days
	}
	switch {
	case !o.Since.Known(), o.Until.Known() && o.Until < j.days.From:
		return full.part(Standing, Unknown)
	case !days.Known():
		return full.part(Standing, NotYetDue)
	}
	judged := Stretch{j.start(days.From), min(j.start(days.To+1), j.closes)}
	state := j.operation(o, s, judged, full)
	if j.failures(o, judged, full) {
		state = worse(state, full.part(Testing, Exceptions))
	}
	if j.sampled(o, full) {
		state = worse(state, full.part(Sampling, Exceptions))
	}
	return state
}

// operation judges whether a control was done, or ran. What a rhythm asks for is
// judged by occurrences, unless the control runs all the time, which is more than
// any rhythm. What runs all the time or follows events is judged by stretches,
// except that an event control with a rhythm need not be covered between.
func (j *Judge) operation(o *Operation, s *scratch, judged Stretch, full *Operated) (state State) {
	kind := o.kind()
	switch {
	case kind != control.Continuous && o.rhythmic():
		state = full.part(Occurring, j.occurrences(o, s, full))
		if j.lapses(o, s, judged); len(s.holes) > 0 {
			state = worse(state, full.part(Covering, Gap))
		}
		if j.spaced(o, full) {
			state = worse(state, full.part(Spacing, Exceptions))
		}
	case kind == control.Periodic:
		s.holes = s.holes[:0]
		return full.part(Occurring, Unknown) // nobody said how often
	default:
		state = Effective
		if found := j.coverage(o, s, judged); !found {
			state = Unknown
		} else if len(s.holes) > 0 {
			state = Gap
		}
		full.part(Covering, state)
	}
	if full != nil {
		j.holes(o, s, full)
	}
	return state
}

// part notes the state of a part, where reasons are asked for, and returns it.
func (f *Operated) part(a Aspect, s State) State {
	if f != nil {
		f.Parts = append(f.Parts, Part{Aspect: a, State: s})
	}
	return s
}

// holes gives every hole its cause.
func (j *Judge) holes(o *Operation, s *scratch, full *Operated) {
	first := Moment(1 << 62) // when anything was first known
	for i := range o.Proofs {
		if p := &o.Proofs[i]; j.counts(p) {
			first = min(first, j.speaks(p).From, p.Captured)
		}
	}
	for _, c := range o.Checks {
		for i := range c.Intervals {
			if span, ok := j.span(&c.Intervals[i]); ok {
				first = min(first, span.From)
			}
		}
	}
	for i := range o.Samples {
		if j.knows(&o.Samples[i]) && o.Samples[i].covers() {
			first = min(first, j.start(o.Samples[i].Window.From))
		}
	}
	byCoverage := full.Parts[0].Aspect == Covering
	if byCoverage {
		full.Covered = append(full.Covered, s.covered...)
	}
	for _, h := range s.holes {
		cause := Lapsed
		switch {
		case byCoverage && overlaps(s.silent, h):
			cause = Silent
		case h.To <= first || h.From < first:
			cause = Never
		}
		full.Holes = append(full.Holes, Hole{h, cause})
	}
}

// overlaps reports whether any of the stretches shares time with another.
func overlaps(list []Stretch, with Stretch) bool {
	for _, s := range list {
		if s.From < with.To && with.From < s.To {
			return true
		}
	}
	return false
}

// standing says whether a control is in place at a moment: it runs on that day,
// no test fails, and a proof may be relied on or a test passes. Where a rhythm
// holds, proof that states no lapse may be relied on until the next time it was
// due, with its days of grace, is over.
func (j *Judge) standing(o *Operation, s *scratch, full *Operated) State {
	at := j.q.At
	today := j.days.From
	add := func(state State) State { return full.part(Standing, state) }
	switch {
	case !o.Since.Known() || o.Until.Known() && o.Until < today:
		return add(Unknown)
	case today < o.Since || at > j.q.Now:
		return add(NotYetDue)
	}
	if full != nil {
		full.Judged = j.days
	}
	if j.failures(o, Stretch{at, at + 1}, full) {
		return add(Exceptions)
	}
	found, current := j.current(o, s, at, full)
	passes := false
	for c := range o.Checks {
		for i := range o.Checks[c].Intervals {
			span, ok := j.span(&o.Checks[c].Intervals[i])
			found = found || ok
			passes = passes || ok && span.State == result.Pass && span.From <= at && at < span.To
		}
	}
	switch {
	case current || passes:
		return add(Effective)
	case found:
		return add(Gap)
	}
	return add(Unknown)
}

// current reports whether there is any proof at all, and any that may be relied
// on at a moment.
func (j *Judge) current(o *Operation, s *scratch, at Moment, full *Operated) (found, current bool) {
	since := cadence.Date(0) // first day that proof without a lapse may speak of
	if o.kind() != control.Continuous && o.rhythmic() {
		today := j.dayOf(at)
		s.periods = o.schedule(cadence.Days{From: o.Since, To: today}, s.periods[:0])
		for i := range s.periods {
			if p := &s.periods[i]; !p.partly && o.lateFrom(p) <= today {
				since = p.From
			}
		}
	}
	for i := range o.Proofs {
		p := &o.Proofs[i]
		if !j.counts(p) || p.Captured > at {
			continue
		}
		found = true
		end := j.ends(p)
		if end != 0 && at >= end || end == 0 && j.dayOf(p.Captured) < since {
			continue
		}
		current = true
		if full == nil {
			return true, true
		}
		full.Current = append(full.Current, p.ID)
		if !p.Reviewed {
			full.Unreviewed++
		}
	}
	return found, current
}

// unreviewed counts the proofs that speak of the days judged and that no second
// person accepted.
func (j *Judge) unreviewed(o *Operation, judged cadence.Days) int {
	n := 0
	within := Stretch{j.start(judged.From), j.start(judged.To + 1)}
	for i := range o.Proofs {
		if p := &o.Proofs[i]; !p.Reviewed && j.counts(p) && overlaps([]Stretch{j.speaks(p)}, within) {
			n++
		}
	}
	return n
}
