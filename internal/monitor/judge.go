package monitor

import (
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// Judge lays over what the parts of the programme ask of people what lets a person
// off: not being here, being away, an exclusion. This is the one place that does.
// Who is erased, out of scope or not a person is asked nothing, and what was said
// of them is left out. Each answer says why.
func Judge(standings []people.Standing, r *people.Roster, zone *time.Location, now time.Time) []people.Standing {
	j := judge{roster: r, zone: zone, now: now, day: cadence.DateOf(now, zone)}
	out := make([]people.Standing, 0, len(standings))
	for _, s := range standings {
		if s, ok := j.one(s); ok {
			out = append(out, s)
		}
	}
	return out
}

type judge struct {
	roster *people.Roster
	zone   *time.Location
	now    time.Time
	day    cadence.Date
}

// subject is what matters of a person on the day.
type subject struct {
	status people.Status // empty: erased, or never there
	stint  people.Span
	leave  people.Span
}

func (j *judge) subject(id string) subject {
	var s subject
	if p, there := j.roster.Person(id); there && p.ErasedAt.IsZero() {
		s.status = j.roster.StatusOn(id, j.day)
		switch s.status {
		case people.Future, people.Former:
			s.stint = j.roster.StintOn(id, j.day)
		case people.OnLeave:
			s.leave = leaveOn(j.roster.Spans(id), j.day)
		}
	}
	return s
}

// leaveOn is the leave that a day lies in.
func leaveOn(spans []people.Span, day cadence.Date) people.Span {
	for _, s := range spans {
		if s.Kind == people.Leave && s.Has(day) {
			return s
		}
	}
	return people.Span{}
}

// beforehand reports whether a check is asked before the first day.
func beforehand(c people.Check) bool { return c == people.JoiningCheck || c == people.BackgroundCheck }

// one judges one standing; it is left out when it concerns nobody of the programme.
func (j *judge) one(s people.Standing) (people.Standing, bool) {
	who := j.subject(s.Person)
	switch who.status {
	case "", people.OutOfScope, people.NotAPerson:
		return s, false
	case people.Future:
		if !beforehand(s.Check) {
			return j.notAsked(s, "Has not begun yet"+on(", begins on ", who.stint.From)+".", cadence.Date(0), who.stint.From), true
		}
	case people.Former:
		if s.Check != people.LeavingCheck {
			reason := "Does not work here any more."
			if who.stint.To.Known() && who.stint.To < j.day {
				reason = "Left" + on(" on ", who.stint.To) + "."
			}
			return j.notAsked(s, reason, who.stint.To+1, 0), true
		}
	}
	if !open(s.State) {
		return s, true
	}
	if x, ok := j.roster.Excluded(s.Person, s.Check, j.now); ok {
		until := "Let off: "
		if !x.Until.IsZero() {
			until = "Let off until " + dayWords(cadence.DateOf(x.Until.Add(-time.Microsecond), j.zone)) + ": "
		}
		s.State, s.Reason, s.Due = people.Excluded, until+x.Reason, 0
		s.Since, s.Until = later(s.Since, x.From), sooner(s.Until, x.Until)
		return s, true
	}
	if who.status == people.OnLeave && s.Check != people.LeavingCheck {
		s.State, s.Reason, s.Due = people.Paused, "On leave"+on(" until ", who.leave.To)+". Nothing is asked until they are back.", 0
		if who.leave.From.Known() {
			s.Since = later(s.Since, who.leave.From.Start(j.zone))
		}
		if who.leave.To.Known() {
			s.Until = sooner(s.Until, who.leave.To.End(j.zone))
		}
	}
	return s, true
}

// notAsked says that a check is not asked, between two days.
func (j *judge) notAsked(s people.Standing, reason string, from, to cadence.Date) people.Standing {
	s.State, s.Reason, s.Due = people.NotAsked, reason, 0
	s.Since, s.Until = time.Time{}, time.Time{}
	if from > 1 && from <= j.day {
		s.Since = from.Start(j.zone)
	}
	if to.Known() {
		s.Until = to.Start(j.zone)
	}
	return s
}

// open reports whether a state still wants something of somebody.
func open(s people.State) bool {
	return s == people.Due || s == people.Missing || s == people.Unclear
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sooner is the earlier of two moments of which zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func on(words string, d cadence.Date) string {
	if !d.Known() {
		return ""
	}
	return words + dayWords(d)
}

// dayWords is a day as a sentence has it.
func dayWords(d cadence.Date) string {
	y, m, n := d.Civil()
	return fmt.Sprintf("%d %s %d", n, m, y)
}
