package cadence

import (
	"fmt"
	"time"
)

// Deadline is how long somebody has. Under 72 hours it is counted in hours, since
// a day more or less matters then; beyond, in civil days, and the whole last day
// is left. The zero value is no deadline.
type Deadline struct {
	hours    int
	days     int
	business bool
}

// hoursCount is from how many hours on a deadline is counted in days.
const hoursCount = 72

// InHours is a deadline of n hours; from 72 on, of as many days as they begin.
func InHours(n int) Deadline {
	if n < hoursCount {
		return Deadline{hours: max(n, 0)}
	}
	return Deadline{days: (n + 23) / 24}
}

// InDays is a deadline of n days; one and two days are 24 and 48 hours.
func InDays(n int) Deadline { return InHours(24 * n) }

// InBusinessDays is a deadline of n business days. They are civil days however
// few there are, because nobody works through the hours of a weekend.
func InBusinessDays(n int) Deadline { return Deadline{days: max(n, 0), business: true} }

// Known reports whether d is a deadline at all.
func (d Deadline) Known() bool { return d.hours > 0 || d.days > 0 }

// From returns the first moment at which something is late that began at t: hours
// later to the microsecond, or the end of the last civil day. The calendar is
// read for business days only.
func (d Deadline) From(t time.Time, zones Zones, c Calendar) time.Time {
	switch {
	case d.business:
		return zones.End(c.Add(zones.DateOf(t), d.days))
	case d.days > 0:
		return zones.End(zones.DateOf(t) + Date(d.days))
	}
	return t.Add(time.Duration(d.hours) * time.Hour)
}

// String is the deadline as a sentence has it: "48 hours", "30 days", "10 business days".
func (d Deadline) String() string {
	n, unit := d.days, "day"
	switch {
	case !d.Known():
		return ""
	case d.business:
		unit = "business day"
	case d.hours > 0:
		n, unit = d.hours, "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
