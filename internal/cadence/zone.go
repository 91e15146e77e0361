package cadence

import "time"

// Zone is a time zone with the first civil day on which it holds.
type Zone struct {
	From     Date // none: it always held
	Location *time.Location
}

// Zones are the zones of an organisation, the oldest first. A change applies
// forward only: the days before it keep the moments they had. Nobody lives
// through the switch without a longer or a shorter day, and it is the last day of
// the old zone: it ends when the first of the new one begins. Before the first
// zone, the first holds. Without any zone it is UTC.
type Zones []Zone

// In returns the one zone that always held.
func In(zone *time.Location) Zones { return Zones{{Location: zone}} }

// Move returns the zones with a change that was made at a moment. The new zone holds
// from the first day after it that begins there at that moment or later: whatever had
// happened by then stays on the day it happened on. A change that never came to hold
// because another followed is left out.
func (z Zones) Move(at time.Time, to *time.Location) Zones {
	if len(z) == 0 {
		z = In(time.UTC)
	}
	from := z.DateOf(at) + 1
	for from.Start(to).Before(at) {
		from++
	}
	n := len(z)
	for n > 1 && z[n-1].From >= from {
		n--
	}
	return append(z[:n:n], Zone{From: from, Location: to})
}

// Of returns the zone of a day.
func (z Zones) Of(d Date) *time.Location {
	zone := time.UTC
	for i, c := range z {
		if i == 0 || c.From <= d {
			zone = c.Location
		}
	}
	return zone
}

// Start is the first moment of a day. A day never begins before the one before
// it: should a change of zone ask for that, the last day of the old zone is empty.
func (z Zones) Start(d Date) time.Time {
	t := d.Start(z.Of(d))
	for _, c := range z {
		if c.From == d {
			if before := (d - 1).Start(z.Of(d - 1)); before.After(t) {
				return before
			}
		}
	}
	return t
}

// End is the first moment of the next day, itself no longer part of d. Something
// due on d is due before then.
func (z Zones) End(d Date) time.Time { return z.Start(d + 1) }

// DateOf returns the civil day of a moment; no date for the zero moment.
func (z Zones) DateOf(t time.Time) Date {
	if t.IsZero() {
		return 0
	}
	d := DateOf(t, z.Of(DateOf(t, time.UTC)))
	for z.Start(d).After(t) {
		d--
	}
	for !z.End(d).After(t) {
		d++
	}
	return d
}
