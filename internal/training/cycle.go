package training

import (
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// Regime is how a track runs at a moment and since when, for the rules.
type Regime struct {
	Setting              // in force
	Before     []Setting // those before it, the oldest first
	On         time.Time // since when the track is asked of anybody, without a break
	RenewsFrom time.Time // since when it is renewed as it is now
	Zones      cadence.Zones
}

// daysAt is how many days were given at a moment.
func (r Regime) daysAt(t time.Time) int {
	days := r.days()
	if !r.At.After(t) {
		return days
	}
	days = defaultDays
	for _, s := range r.Before {
		if !s.At.After(t) {
			days = s.days()
		}
	}
	return days
}

// History is what is known of one person and one track. The order within does not
// matter.
type History struct {
	Person      string       // id
	Start       cadence.Date // first day of the present stint; no date: always here
	Leaves      []people.Span
	Completions []Completion
	Resets      []Reset
	Known       []Known // what providers said last
}

// blank reports whether nothing is known but when the person began.
func (h History) blank() bool {
	return len(h.Leaves)+len(h.Completions)+len(h.Resets)+len(h.Known) == 0
}

// Cycle is the present round of a track for one person: since when it is asked,
// until when, and what counts for it.
type Cycle struct {
	From    time.Time // what was completed before does not count
	Asked   time.Time
	Why     string       // why it is asked, as a clause
	Due     cadence.Date // last day to do it
	Done    Completion   // the newest that counts; zero ID: none
	Until   time.Time    // when Done is over by itself; zero: only a reset ends it
	Renewed bool         // Asked is the end of an older completion that no reset tells of yet
}

// Cycle works out the present round at a moment. A round begins when somebody
// joins, when the track comes into use, with a reset, and when a completion is
// over; a completion of an earlier round never counts for a later one.
func (r Regime) Cycle(h History, now time.Time) Cycle {
	c := Cycle{Asked: r.On, Why: "the training came into use"}
	if h.Start.Known() {
		if c.From = r.Zones.Start(h.Start); c.From.After(c.Asked) {
			c.Asked, c.Why = c.From, "they began here"
		}
	}
	for _, x := range h.Resets {
		if !x.At.After(now) && !x.At.Before(c.From) {
			c.begin(x.At, x.Due, "it was reset")
			if x.By == "" {
				c.Why = again
			}
		}
	}
	if r.Renewal.Kind == OnOneDate {
		if last := r.Zones.Start(r.Renewal.last(r.Zones.DateOf(now))); last.After(r.RenewsFrom) && last.After(c.From) && h.did(c.From, last) {
			c.begin(last, 0, again)
			c.Renewed = true
		}
	}
	for _, x := range h.Completions {
		if x.stands(now) && !x.At.Before(c.From) && !x.At.After(now) && (c.Done.ID == "" || x.At.After(c.Done.At)) {
			c.Done = x
		}
	}
	if c.Done.ID != "" {
		c.Until = r.over(c.Done.At, now)
		if !c.Until.IsZero() && !c.Until.After(now) {
			c.begin(c.Until, 0, again)
			c.Done, c.Until, c.Renewed = Completion{}, time.Time{}, true
		}
	}
	if c.Due.Known() && len(h.Leaves) == 0 {
		return c
	}
	asked := r.Zones.DateOf(c.Asked)
	if !c.Due.Known() {
		c.Due = asked + cadence.Date(r.daysAt(c.Asked))
	}
	c.Due = extended(asked, c.Due, h.Leaves)
	return c
}

// did reports whether something completed in a stretch stood at its end. Whoever
// had done nothing by then stays overdue: a new round gives them no later day.
func (h History) did(from, to time.Time) bool {
	for _, x := range h.Completions {
		if !x.At.Before(from) && x.At.Before(to) && x.stands(to) {
			return true
		}
	}
	return false
}

const again = "the training is due again"

// begin begins a round. One that begins while nobody is asked is asked for when
// the track comes into use.
func (c *Cycle) begin(at time.Time, due cadence.Date, why string) {
	c.From = at
	if !at.Before(c.Asked) {
		c.Asked, c.Due, c.Why = at, due, why
	}
}

// over is when something completed at a moment is over by itself; zero when only a
// reset ends it. A way to renew applies from when it was chosen: what was over by
// then is over at that moment.
func (r Regime) over(completed, now time.Time) time.Time {
	switch r.Renewal.Kind {
	case AfterAYear:
		end := r.Zones.Start(r.Zones.DateOf(completed).AddMonths(12))
		if end.Before(r.RenewsFrom) {
			return r.RenewsFrom
		}
		return end
	case OnOneDate:
		return r.Zones.Start(r.Renewal.next(r.Zones.DateOf(now)))
	}
	return time.Time{}
}

// last is the day of the renewal on or before a day, and next the one after it. 29
// February is the 28th in other years.
func (r Renewal) last(day cadence.Date) cadence.Date {
	y, _, _ := day.Civil()
	if d := r.in(y); d <= day {
		return d
	}
	return r.in(y - 1)
}

func (r Renewal) next(day cadence.Date) cadence.Date {
	y, _, _ := day.Civil()
	if d := r.in(y); d > day {
		return d
	}
	return r.in(y + 1)
}

func (r Renewal) in(year int) cadence.Date {
	return cadence.On(year, r.Month, 1).AddMonths(1) - 1 - cadence.Date(max(0, lastOf(year, r.Month)-r.Day))
}

// lastOf is the last day of a month.
func lastOf(year int, m time.Month) int {
	_, _, d := (cadence.On(year, m+1, 1) - 1).Civil()
	return d
}

// extended moves a due day by the days somebody was on leave since they were asked.
func extended(asked, due cadence.Date, leaves []people.Span) cadence.Date {
	if len(leaves) == 0 {
		return due
	}
	for d := asked; d <= due && due < asked+maxWait; d++ {
		for _, l := range leaves {
			if l.Has(d) {
				due++
				break
			}
		}
	}
	return due
}

// maxWait ends the count of a leave that has no end.
const maxWait = 5 * 366

// day is a civil day as a sentence has it.
func (r Regime) day(t time.Time) string {
	return r.Zones.DateOf(t).Start(time.UTC).Format("2 January 2006")
}

func dayOf(d cadence.Date) string { return d.Start(time.UTC).Format("2 January 2006") }

// Standing says how a person who is asked stands at a moment.
func (r Regime) Standing(h History, now time.Time) people.Standing {
	c := r.Cycle(h, now)
	s := people.Standing{Person: h.Person, Check: r.Track.Check(), State: people.Due, Due: c.Due, Since: c.Asked}
	if c.Done.ID != "" {
		s.State, s.Due, s.Since, s.Until = people.Done, 0, c.Done.At, c.Until
		s.Reason = "Completed on " + r.day(c.Done.At) + "."
		if c.Done.Evidence != "" {
			s.Evidence = []string{c.Done.Evidence}
		}
		return s
	}
	end := r.Zones.End(c.Due)
	s.Reason = fmt.Sprintf("Asked since %s, because %s; due by %s.", r.day(c.Asked), c.Why, dayOf(c.Due))
	s.Until = end
	if !end.After(now) {
		s.State, s.Since, s.Until = people.Missing, end, time.Time{}
		s.Reason = fmt.Sprintf("Not done by %s.", dayOf(c.Due))
	}
	if why := h.void(c, now); why != "" {
		s.Reason += " " + why
	}
	if r.Method == Connected {
		r.heard(&s, h)
	}
	return s
}

// void is a sentence about what would count for the round if it stood.
func (h History) void(c Cycle, now time.Time) string {
	var last Completion
	for _, x := range h.Completions {
		if !x.stands(now) && !x.At.Before(c.From) && x.At.After(last.At) {
			last = x
		}
	}
	if last.ID == "" {
		return ""
	}
	return "What was filed " + last.VoidWhy
}

// heard adds what the provider said last. What nobody can read is unclear, due or
// not: it is never a pass, and never a fault of the person.
func (r Regime) heard(s *people.Standing, h History) {
	var last Known
	for _, k := range h.Known {
		if (r.Provider == "" || k.Connection == r.Provider) && !k.At.Before(last.At) {
			last = k
		}
	}
	switch {
	case last.Person == "":
		s.Reason += " The provider has not named this person yet."
	case last.State == Unknown:
		s.State, s.Reason, s.Since, s.Until = people.Unclear, last.Reason, last.At, time.Time{}
	default:
		s.Reason += " " + last.Reason
	}
}
