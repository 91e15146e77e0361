package posture

import (
	"cmp"
	"slices"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/result"
)

// Stretch is a stretch of time; To is not part of it.
type Stretch struct{ From, To Moment }

// Cause says why a stretch is not covered.
type Cause string

const (
	Never  Cause = "never"  // nothing had been filed or found before it
	Lapsed Cause = "lapsed" // what there was had lapsed, or spoke of other days
	Silent Cause = "silent" // a test could not tell, went stale, or said nothing
)

// Hole is a stretch of which nothing says that the control operated.
type Hole struct {
	Stretch
	Cause Cause
}

// Failure is a stretch in which a test failed.
type Failure struct {
	Stretch
	Test     string
	Subjects []int32 // numbers within the check, in order
}

// LongGap is a stretch of days between two times done that is longer than the
// governing policy allows.
type LongGap struct {
	Days  cadence.Days // from the day it was done last, or the binding began, to the day before it was done again
	Limit int          // days allowed
	Open  bool         // it has not been done again yet

	Because string // what allows no more: the policy and its sentence
}

// Sampled is a sample that speaks of the window.
type Sampled struct {
	Sample
	Covers bool // every selected item was judged, so it speaks of its whole window
}

// coverage fills s.covered and s.holes for a control that is judged by stretches.
//
// A passing result covers its stretch and a failing one does too: it is an
// exception, not a gap. Where any subject's result is stale or could not be told,
// or is missing between two others of the same subject, no result covers. What is
// not applicable neither covers nor opens a hole. Evidence covers the period it
// speaks of, or else the day of its capture; for a control that runs all the time
// it also covers from capture until the lapse it states. Evidence that never
// lapses is no statement about later days. A sample covers the window of its
// population once every selected item was judged. It reports whether there is any
// data at all.
func (j *Judge) coverage(o *Operation, s *scratch, judged Stretch) bool {
	found := j.tested(o, s)
	s.covered = subtract(s.found, s.silent, s.covered[:0])
	continuous := o.kind() == control.Continuous
	for i := range o.Proofs {
		p := &o.Proofs[i]
		if !j.counts(p) || p.Captured >= j.closes && !overlaps([]Stretch{judged}, j.speaks(p)) {
			continue // a list of the quarter is often taken after the quarter, so its period decides
		}
		found = true
		end := j.ends(p)
		if continuous && end != 0 && end > judged.From {
			s.covered = append(s.covered, Stretch{p.Captured, end})
		}
		if p.Captured > judged.From-2*day { // what was captured before speaks of no day judged
			s.covered = append(s.covered, j.speaks(p))
		}
	}
	for i := range o.Samples {
		if sample := &o.Samples[i]; j.knows(sample) {
			found = true
			if sample.covers() {
				s.covered = append(s.covered, Stretch{j.start(sample.Window.From), j.start(sample.Window.To + 1)})
			}
		}
	}
	s.covered = clip(merge(s.covered), judged)
	s.holes = subtract([]Stretch{judged}, s.covered, s.holes[:0])
	return found
}

// speaks is the stretch of days a proof speaks of, none of them after its capture.
func (j *Judge) speaks(p *Proof) Stretch {
	captured := j.dayOf(p.Captured)
	if !p.Period.Known() {
		return Stretch{j.start(captured), j.start(captured + 1)}
	}
	return Stretch{j.start(p.Period.From), j.start(min(p.Period.To, captured) + 1)}
}

// knows reports whether a sample says anything in this question.
func (j *Judge) knows(s *Sample) bool { return s.At != 0 && s.At <= j.horizon }

// covers reports whether every selected item was judged; a population without
// any item has nothing to select.
func (s *Sample) covers() bool {
	return s.Window.Known() && s.Tested >= s.Selected && (s.Selected > 0 || s.Size == 0)
}

// tested fills s.found with the stretches in which a test passed or failed for
// anybody, and s.silent with those in which one should have and did not. It
// reports whether there is any result.
func (j *Judge) tested(o *Operation, s *scratch) bool {
	s.found, s.silent = s.found[:0], s.silent[:0]
	found := false
	for c := range o.Checks {
		clear(s.heard)
		for i := range o.Checks[c].Intervals {
			span, ok := j.span(&o.Checks[c].Intervals[i])
			if !ok {
				continue
			}
			found = true
			last := s.last(span.Subject)
			if *last != 0 && span.From > *last {
				s.silent = append(s.silent, Stretch{*last, span.From})
			}
			*last = max(*last, span.To)
			switch span.State {
			case result.Pass, result.Fail:
				s.found = append(s.found, Stretch{span.From, span.To})
			case result.CouldNotTell, result.Stale:
				s.silent = append(s.silent, Stretch{span.From, span.To})
			}
		}
	}
	s.found, s.silent = merge(s.found), merge(s.silent)
	return found
}

// span is a result as far as this question knows it. A window ends at the
// horizon; a moment may still lie within what was found before it.
func (j *Judge) span(x *Span) (Span, bool) {
	out := *x
	if j.q.Window.Known() {
		out.To = min(out.To, j.horizon)
	}
	known := j.q.KnownAt == 0 || x.Filed <= j.q.KnownAt
	return out, known && out.From <= j.horizon && out.From < out.To
}

// failures reports whether a test failed in the stretch judged, and lists where,
// with the subjects.
func (j *Judge) failures(o *Operation, judged Stretch, full *Operated) bool {
	found := false
	for c := range o.Checks {
		check := &o.Checks[c]
		var list []Failure
		for i := range check.Intervals {
			span, ok := j.span(&check.Intervals[i])
			in := Stretch{max(span.From, judged.From), min(span.To, judged.To)}
			if !ok || span.State != result.Fail || in.From >= in.To {
				continue
			}
			found = true
			if full == nil {
				return true
			}
			if !j.q.Window.Known() {
				in = Stretch{span.From, max(min(span.To, j.q.Horizon()), in.To)} // all of what the moment lies in
			}
			if n := len(list); n > 0 && in.From <= list[n-1].To {
				list[n-1].To = max(list[n-1].To, in.To)
				list[n-1].Subjects = append(list[n-1].Subjects, span.Subject)
			} else {
				list = append(list, Failure{in, check.Test, []int32{span.Subject}})
			}
		}
		for i := range list {
			slices.Sort(list[i].Subjects)
			list[i].Subjects = slices.Compact(list[i].Subjects)
		}
		if full != nil {
			full.Failures = append(full.Failures, list...)
		}
	}
	return found
}

// lapses fills s.holes with the stretches in which everything filed had lapsed
// and nothing new had come: for controls judged by occurrences, which need not be
// covered all the time but must not rest on proof that said it is over.
func (j *Judge) lapses(o *Operation, s *scratch, judged Stretch) {
	s.holes = s.holes[:0]
	reach, some := Moment(0), false // until when something may be relied on
	for i := range o.Proofs {
		p := &o.Proofs[i]
		if !j.counts(p) {
			continue
		}
		if some && p.Captured > reach {
			s.holes = append(s.holes, Stretch{reach, p.Captured})
		}
		end := j.ends(p)
		if end == 0 {
			end = 1 << 62
		}
		reach, some = max(reach, end), true
	}
	if some && reach < judged.To {
		s.holes = append(s.holes, Stretch{reach, judged.To})
	}
	s.holes = clip(s.holes, judged)
}

// spaced reports whether the control was ever not done for longer than a policy
// that binds it allows. Days before the policy bound, or before it named another
// number, are not counted.
func (j *Judge) spaced(o *Operation, full *Operated) bool {
	found := false
	for i := 0; i < len(o.Rhythms); {
		r, next := o.Rhythms[i], i+1
		for next < len(o.Rhythms) && o.Rhythms[next].LongestGap == r.LongestGap && o.Rhythms[next].GapBecause == r.GapBecause {
			next++
		}
		bound := cadence.Days{From: max(r.From, o.Since), To: j.last}
		if next < len(o.Rhythms) {
			bound.To = min(bound.To, o.Rhythms[next].From-1)
		}
		if o.Until.Known() {
			bound.To = min(bound.To, o.Until)
		}
		if r.LongestGap > 0 && bound.Known() {
			found = j.within(o, bound, r, full) || found
		}
		i = next
	}
	return found
}

// within looks for longer gaps than a rhythm allows in the days in which it binds.
func (j *Judge) within(o *Operation, bound cadence.Days, r Rhythm, full *Operated) bool {
	judged, found, limit := j.judged(o), false, r.LongestGap
	breach := func(gap cadence.Days, open bool) {
		over := cadence.Days{From: gap.From + cadence.Date(limit), To: gap.To}
		if over.Common(judged).Known() {
			found = true
			if full != nil {
				full.LongGaps = append(full.LongGaps, LongGap{gap, limit, open, r.GapBecause})
			}
		}
	}
	last := bound.From
	for k := range o.Proofs {
		if p := &o.Proofs[k]; j.counts(p) {
			if d := j.dayOf(p.Captured); d > last && d <= bound.To {
				breach(cadence.Days{From: last, To: d - 1}, false)
				last = d
			}
		}
	}
	if bound.To == j.today {
		bound.To-- // there is still time today
	}
	breach(cadence.Days{From: last, To: bound.To}, bound.To+1 >= j.today)
	return found
}

// sampled reports whether a sample of the window found an exception.
func (j *Judge) sampled(o *Operation, full *Operated) bool {
	found := false
	for i := range o.Samples {
		sample := &o.Samples[i]
		if !j.knows(sample) || !sample.Window.Common(j.judged(o)).Known() {
			continue
		}
		found = found || sample.Exceptions > 0
		if full != nil {
			full.Samples = append(full.Samples, Sampled{*sample, sample.covers()})
		}
	}
	return found
}

// merge sorts stretches and joins those that touch, in place.
func merge(list []Stretch) []Stretch {
	slices.SortFunc(list, func(a, b Stretch) int { return cmp.Compare(a.From, b.From) })
	n := 0
	for _, s := range list {
		switch {
		case s.From >= s.To:
		case n > 0 && s.From <= list[n-1].To:
			list[n-1].To = max(list[n-1].To, s.To)
		default:
			list[n] = s
			n++
		}
	}
	return list[:n]
}

// clip keeps what is within a stretch, in place.
func clip(list []Stretch, to Stretch) []Stretch {
	n := 0
	for _, s := range list {
		if s = (Stretch{max(s.From, to.From), min(s.To, to.To)}); s.From < s.To {
			list[n] = s
			n++
		}
	}
	return list[:n]
}

// subtract appends to into what of a is not in b. Both are merged.
func subtract(a, b, into []Stretch) []Stretch {
	k := 0
	for _, s := range a {
		for k < len(b) && b[k].To <= s.From {
			k++
		}
		for i := k; i < len(b) && b[i].From < s.To; i++ {
			if b[i].From > s.From {
				into = append(into, Stretch{s.From, b[i].From})
			}
			s.From = max(s.From, b[i].To)
		}
		if s.From < s.To {
			into = append(into, s)
		}
	}
	return into
}
