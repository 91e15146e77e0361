package posture

import (
	"slices"
	"sort"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Outcome says whether something was done in the period in which it had to be.
type Outcome string

const (
	Met    Outcome = "met"         // done in the period or its days of grace
	Late   Outcome = "late"        // done for the period, after its days of grace
	Missed Outcome = "missed"      // its days of grace are over, and nothing was done for it
	Due    Outcome = "not_yet_due" // nothing was done yet, and there is still time
)

// Words returns the outcome as a person reads it.
func (o Outcome) Words() string {
	if o == Due {
		return "not yet due"
	}
	return string(o)
}

// Occurrence is one time a control had to be done.
type Occurrence struct {
	Period  cadence.Days
	Due     cadence.Date // last day of the period
	Late    cadence.Date // first day on which doing it is late
	Outcome Outcome
	Partly  bool // the rhythm did not hold for the whole period: it counts when met, and is never missed
	Rhythm  int  // place of its rhythm in the operation
	Proofs  []ID // what was done for it, by day of capture
}

// period is a stretch that has one occurrence.
type period struct {
	cadence.Days
	rhythm int
	partly bool // counts when met, is never missed
	timely int  // proofs that came in time
	late   int  // proofs that came too late
}

// schedule lists the periods of a control that touch span, the earliest first.
//
// A rhythm that begins asks nothing of the time before: its first occurrence is
// its first full period on or after the day from which it holds. What is done in
// the days before that counts, and nothing is missed in them. When one rhythm
// follows another while a period is under way,
//
//   - a stricter one closes the period under way on the day before its own first
//     full period, and what was closed early is never missed;
//   - a looser one waits until the period under way is over, which is judged as
//     it began; its own first period then ends on its next due day that leaves
//     at least as much time as before;
//   - one that asks the same continues;
//   - none at all closes the period under way on the day before, and what was
//     closed early is never missed.
//
// So no change makes anything due in the past, and none forgives what was due.
func (o *Operation) schedule(span cadence.Days, into []period) []period {
	s := scheduler{span: span, until: o.Until, out: into}
	for i, r := range o.Rhythms {
		limit := cadence.Date(1 << 30)
		if i+1 < len(o.Rhythms) {
			limit = max(o.Rhythms[i+1].From, o.Since)
		}
		if holds := max(r.From, o.Since); holds < limit {
			s.rhythm(i, r.Every, holds, limit)
		}
	}
	s.close()
	return s.out
}

// scheduler walks through the rhythms of a control.
type scheduler struct {
	span  cadence.Days
	until cadence.Date
	out   []period
	under period            // the last period begun, not yet put out
	every cadence.Frequency // of the period under way
	next  cadence.Date      // first day of no period yet
	by    int               // the rhythm that held on that day
}

// rhythm adds the periods that begin under a rhythm, which holds from a day until
// before another.
func (s *scheduler) rhythm(i int, every cadence.Frequency, holds, limit cadence.Date) {
	if !every.Known() {
		s.pause(holds)
		return
	}
	anchor := holds
	var p period
	p.rhythm = i
	begun := s.under.Known() && s.under.To >= holds-1 // its last period reaches up to here
	if !begun && (s.next == 0 || s.under.Known()) {
		s.next, s.by = holds, i
	}
	switch {
	case begun && every == s.every:
		anchor = s.under.To + 1
		p.Days = every.Period(anchor, anchor)
	case begun && !every.Stricter(s.every):
		p.Days = every.Period(anchor, s.under.To+1)
		p.From = s.under.To + 1
		if p.Len() < s.under.Len() {
			p.To = every.Next(anchor, p.Days).To
		}
	default:
		p.Days = every.FirstFull(anchor, holds)
	}
	if p.From >= limit {
		return // another rhythm came before this one began
	}
	switch {
	case begun && s.under.To >= p.From:
		s.under.To, s.under.partly = p.From-1, true
	case begun && s.under.To < p.From-1:
		s.put(period{Days: cadence.Days{From: s.under.To + 1, To: p.From - 1}, rhythm: i, partly: true})
	case !begun && s.next < p.From:
		s.put(period{Days: cadence.Days{From: s.next, To: p.From - 1}, rhythm: s.by, partly: true})
	}
	s.every = every
	for {
		s.put(p)
		at := p.To + 1
		if t := min(s.span.From, limit-1); at < t {
			at = t // nothing before the span is asked for
		}
		p.Days = every.Period(anchor, at)
		p.From = max(p.From, s.under.To+1)
		if p.From >= limit || p.From > s.span.To {
			return
		}
	}
}

// pause closes the period under way before a day from which nothing is asked.
func (s *scheduler) pause(from cadence.Date) {
	if s.under.Known() && s.under.To >= from {
		s.under.To, s.under.partly = from-1, true
	}
	s.next = 0
}

// put puts out the period under way and begins another.
func (s *scheduler) put(p period) {
	s.close()
	s.under, s.next = p, p.To+1
}

// close puts out the period under way.
func (s *scheduler) close() {
	u := s.under
	if s.until.Known() && u.To > s.until {
		u.To, u.partly = s.until, true
	}
	if u.Known() && u.To >= s.span.From && u.From <= s.span.To {
		s.out = append(s.out, u)
	}
}

// occurrences works out what became of every period that touches the window.
//
// A proof with a period belongs to the occurrence it shares most days with, the
// earlier of two that share as many; days after its capture do not count, since
// nothing speaks of days to come. A proof without a period belongs to the day of
// its capture; in the days of grace of a period for which nothing else came in
// time, it counts for that period instead.
func (j *Judge) occurrences(o *Operation, s *scratch, full *Operated) State {
	if j.periods(o, s); len(s.periods) == 0 {
		return NotYetDue
	}
	s.assign = slices.Grow(s.assign[:0], len(o.Proofs))[:len(o.Proofs)]
	begins, near := j.start(s.periods[0].From), 0
	for i := range o.Proofs {
		s.assign[i] = -1
		if p := &o.Proofs[i]; j.counts(p) && p.Captured >= begins { // what was captured before speaks of no later day
			if at := j.belongs(p, s.periods, &near); at >= 0 {
				s.assign[i] = int32(at)
				s.periods[at].add(j.late(o, &s.periods[at], p), 1)
			}
		}
	}
	j.grace(o, s)
	var proofs [][]ID
	if full != nil {
		proofs = j.proofs(o, s)
	}
	state := State("")
	for i := range s.periods {
		p := &s.periods[i]
		if !p.Common(j.judged(o)).Known() {
			continue
		}
		outcome := j.outcome(o, s, i)
		if p.partly && outcome == Due {
			continue // closed before it fell due
		}
		switch outcome {
		case Met:
			state = worse(state, Effective)
		case Late, Missed:
			state = worse(state, Exceptions)
		}
		if full != nil {
			if full.Occurrences == nil {
				full.Occurrences = make([]Occurrence, 0, len(s.periods)-i)
			}
			full.Occurrences = append(full.Occurrences, Occurrence{Period: p.Days, Due: p.To, Late: o.lateFrom(p), Outcome: outcome, Partly: p.partly, Rhythm: p.rhythm, Proofs: proofs[i]})
		}
	}
	if state == "" {
		return NotYetDue
	}
	return state
}

// judged is the stretch of days of the window in which the control ran.
func (j *Judge) judged(o *Operation) cadence.Days {
	d := cadence.Days{From: max(j.days.From, o.Since), To: j.last}
	if o.Until.Known() {
		d.To = min(d.To, o.Until)
	}
	return d
}

// periods fills s.periods with those that touch the window, and with all others
// that must be known to say where the proofs of these belong. With days of grace,
// one period may take from the next all the way from the start.
func (j *Judge) periods(o *Operation, s *scratch) {
	span := cadence.Days{From: j.days.From, To: j.last}
	grace := 0
	for _, r := range o.Rhythms {
		grace = max(grace, r.Grace)
	}
	if grace > 0 && len(o.Proofs) > 0 { // before there was any proof nothing can be taken
		span.From = min(span.From, max(o.Since, j.dayOf(o.Proofs[0].Captured)-cadence.Date(grace)))
	}
	s.periods = o.schedule(span, s.periods[:0])
	if len(s.periods) == 0 {
		return
	}
	listed := cadence.Days{From: s.periods[0].From, To: s.periods[len(s.periods)-1].To}
	wide := listed
	for i := range o.Proofs {
		p := &o.Proofs[i]
		speaks := cadence.Days{From: p.Period.From, To: min(p.Period.To, j.today)}
		if speaks.From.Known() && speaks.Common(listed).Known() {
			wide.From, wide.To = min(wide.From, speaks.From), max(wide.To, speaks.To)
		}
	}
	if wide != listed {
		s.periods = o.schedule(wide, s.periods[:0])
	}
}

// belongs returns the place of the period a proof belongs to, or -1. It looks
// from near on, the period that the proof before was captured in.
func (j *Judge) belongs(p *Proof, periods []period, near *int) int {
	captured := j.dayOf(p.Captured)
	speaks := p.Period
	if !speaks.Known() {
		speaks = cadence.Days{From: captured, To: captured}
	}
	speaks.To = min(speaks.To, captured)
	for *near < len(periods)-1 && periods[*near].To < captured {
		*near++
	}
	best, most, i := -1, 0, *near
	for i > 0 && periods[i-1].To >= speaks.From {
		i--
	}
	for ; i <= *near; i++ {
		if n := periods[i].Common(speaks).Len(); n > most {
			best, most = i, n
		}
	}
	return best
}

// late reports whether a proof came too late for a period.
func (j *Judge) late(o *Operation, p *period, proof *Proof) bool {
	return proof.Captured >= j.start(o.lateFrom(p))
}

// lateFrom is the first day on which doing it is late.
func (o *Operation) lateFrom(p *period) cadence.Date {
	return p.To + 1 + cadence.Date(max(0, o.Rhythms[p.rhythm].Grace))
}

func (p *period) add(late bool, n int) {
	if late {
		p.late += n
	} else {
		p.timely += n
	}
}

// grace gives to a period for which nothing came in time the first proof without
// a period that was captured in its days of grace.
func (j *Judge) grace(o *Operation, s *scratch) {
	taken := -1 // proofs up to here belong to an earlier period already
	for i := range s.periods {
		p := &s.periods[i]
		if p.timely > 0 || p.partly || o.Rhythms[p.rhythm].Grace <= 0 {
			continue
		}
		from, to := j.start(p.To+1), j.start(o.lateFrom(p))
		k := sort.Search(len(o.Proofs), func(k int) bool { return o.Proofs[k].Captured >= from })
		for k = max(k, taken+1); k < len(o.Proofs) && o.Proofs[k].Captured < to; k++ {
			proof := &o.Proofs[k]
			if proof.Period.Known() || !j.counts(proof) {
				continue
			}
			if own := s.assign[k]; own >= 0 {
				s.periods[own].add(j.late(o, &s.periods[own], proof), -1)
			}
			s.assign[k], taken = int32(i), k
			p.timely++
			break
		}
	}
}

// outcome says what became of a period. One that ends after the window did not
// fall due in it, so only what was done by the end of the window counts.
func (j *Judge) outcome(o *Operation, s *scratch, i int) Outcome {
	p := &s.periods[i]
	if p.partly && p.To <= j.days.To {
		if p.timely+p.late > 0 {
			return Met
		}
		return Due
	}
	if p.To > j.days.To {
		for k, at := range s.assign {
			if at == int32(i) && o.Proofs[k].Captured < j.closes {
				return Met
			}
		}
		return Due
	}
	switch {
	case p.timely > 0:
		return Met
	case p.late > 0:
		return Late
	case j.horizon >= j.start(o.lateFrom(p)):
		return Missed
	}
	return Due
}

// proofs are those of each period, by day of capture.
func (j *Judge) proofs(o *Operation, s *scratch) [][]ID {
	out := make([][]ID, len(s.periods))
	for k, at := range s.assign {
		if at >= 0 && (s.periods[at].To <= j.days.To || o.Proofs[k].Captured < j.closes) {
			out[at] = append(out[at], o.Proofs[k].ID)
		}
	}
	return out
}
