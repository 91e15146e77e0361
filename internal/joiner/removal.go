package joiner

import (
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Timing says how removal of access lies to its deadline.
type Timing string

const (
	InTime    Timing = "in_time"
	LateDone  Timing = "late"     // removed, after the deadline
	Waiting   Timing = "open"     // to be removed, the deadline is not over
	Overdue   Timing = "overdue"  // to be removed, the deadline is over
	NotAsked  Timing = "not_here" // not needed or withdrawn: nothing had to be removed
	NoRemoval Timing = "unknown"  // nothing says that anything was removed
)

// Proof is what one step says of removal of access.
type Proof struct {
	Step   RunStep
	Timing Timing
	Late   time.Duration // after the deadline, until it was removed or until now
	Why    string        // one sentence
}

// Removed is what all steps say together.
type Removed struct {
	Timing   Timing        // the worst of them
	Deadline time.Time     // first moment at which removal is late
	At       time.Time     // when the last access was gone; zero while some is left
	Late     time.Duration // the worst
	Why      string        // one sentence
	Proofs   []Proof
}

// RemovalEnds is the first moment at which removal of access is late. The register
// knows the last day and no hour, so the time runs from the end of that day in the
// organisation's zone.
func RemovalEnds(last cadence.Date, d cadence.Deadline, zones cadence.Zones) time.Time {
	const a = time.Microsecond // so that a deadline in days counts from the last day, not from the one after it
	return d.From(zones.End(last).Add(-a), zones, cadence.Calendar{}).Add(a).Truncate(time.Millisecond)
}

// RemovalOf judges the steps of a leaver that show removal of access.
func RemovalOf(last cadence.Date, d cadence.Deadline, zones cadence.Zones, steps []RunStep, now time.Time) Removed {
	r := Removed{Deadline: RemovalEnds(last, d, zones)}
	for _, s := range steps {
		if s.Removal {
			r.Proofs = append(r.Proofs, proofOf(s, r.Deadline, now))
		}
	}
	rank := map[Timing]int{NotAsked: 0, InTime: 1, Waiting: 2, LateDone: 3, Overdue: 4}
	n := map[Timing]int{}
	r.Timing = NoRemoval
	for _, p := range r.Proofs {
		n[p.Timing]++
		if r.Timing == NoRemoval || rank[p.Timing] > rank[r.Timing] {
			r.Timing = p.Timing
		}
		r.Late = max(r.Late, p.Late)
		if p.Step.State == StepDone && p.Step.At.After(r.At) {
			r.At = p.Step.At
		}
	}
	if n[Waiting]+n[Overdue] > 0 {
		r.At = time.Time{}
	}
	r.Why = r.words(d, n)
	return r
}

func (r Removed) words(d cadence.Deadline, n map[Timing]int) string {
	of := len(r.Proofs) - n[NotAsked]
	switch r.Timing {
	case InTime:
		return fmt.Sprintf("All access was removed within %s of the last day.", d)
	case Waiting:
		return fmt.Sprintf("%d of %d removals are still to be done, and there is time.", n[Waiting], of)
	case Overdue:
		return fmt.Sprintf("%d of %d removals are overdue by %s.", n[Overdue], of, Span(r.Late))
	case LateDone:
		return fmt.Sprintf("All access is removed, the last of it %s too late.", Span(r.Late))
	case NotAsked:
		return "There was no access to remove: every step was said not to be needed."
	}
	return "No step says that access was removed."
}

func proofOf(s RunStep, deadline, now time.Time) Proof {
	p := Proof{Step: s}
	switch s.State {
	case StepDone:
		if p.Timing = InTime; s.At.Before(deadline) {
			p.Why = "Removed in time."
			break
		}
		p.Timing, p.Late = LateDone, s.At.Sub(deadline)
		p.Why = "Removed " + Span(p.Late) + " too late."
	case ToDo:
		if p.Timing = Waiting; now.Before(deadline) {
			p.Why = "To be removed; there is time."
			break
		}
		p.Timing, p.Late = Overdue, now.Sub(deadline)
		p.Why = "Still to be removed, overdue by " + Span(p.Late) + "."
	case NotNeeded:
		p.Timing, p.Why = NotAsked, "Not needed: "+s.Note
	default:
		p.Timing, p.Why = NotAsked, "Withdrawn: "+s.Note
	}
	return p
}

// Span is a length of time as a sentence has it: "40 minutes", "3 hours", "2 days".
func Span(d time.Duration) string {
	n, unit := int(d/time.Minute), "minute"
	switch {
	case d >= 48*time.Hour:
		n, unit = int(d/(24*time.Hour)), "day"
	case d >= time.Hour:
		n, unit = int(d/time.Hour), "hour"
	case d < time.Minute:
		return "less than a minute"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
