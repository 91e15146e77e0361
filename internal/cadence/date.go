package cadence

import (
	"fmt"
	"time"
)

// Date is a civil day, as a calendar on the wall shows it: the number of days
// since 1 January 1970. It has no time of day and no zone. The zero value is no
// date, so that 1 January 1970 itself cannot be written; nothing here is that old.
type Date int32

// DateOf returns the civil day of a moment in a zone; no date for the zero moment.
func DateOf(t time.Time, zone *time.Location) Date {
	if t.IsZero() {
		return 0
	}
	y, m, d := t.In(zone).Date()
	return On(y, m, d)
}

// On returns a day of the calendar. Days beyond the end of a month run on into
// the next one, as time.Date has it.
func On(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
}

// ParseDate reads "2026-03-01".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date such as 2026-03-01", s)
	}
	return On(t.Date()), nil
}

// Known reports whether d is a date at all.
func (d Date) Known() bool { return d != 0 }

// Civil returns year, month and day.
func (d Date) Civil() (int, time.Month, int) { return d.utc().Date() }

func (d Date) utc() time.Time { return time.Unix(int64(d)*86_400, 0).UTC() }

// Start is the first moment of the day in a zone. Where clocks go forward at
// midnight, that is the moment they show next.
func (d Date) Start(zone *time.Location) time.Time {
	y, m, day := d.Civil()
	t := time.Date(y, m, day, 0, 0, 0, 0, zone)
	for DateOf(t, zone) < d { // midnight was skipped, and time.Date chose the hour before
		t = t.Add(30 * time.Minute)
	}
	return t.UTC()
}

// End is the first moment of the next day, itself no longer part of d.
func (d Date) End(zone *time.Location) time.Time { return (d + 1).Start(zone) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// AddMonths moves by months; a day the month does not have becomes its last day.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.Civil()
	first := On(y, m+time.Month(n), 1)
	fy, fm, _ := first.Civil()
	return min(first+Date(day-1), On(fy, fm+1, 1)-1)
}

// String is the date as ISO 8601 writes it, "2026-03-01"; empty for no date.
func (d Date) String() string {
	if !d.Known() {
		return ""
	}
	return d.utc().Format(time.DateOnly)
}

// Days is a stretch of civil days, the first and the last both part of it. The
// zero value is no stretch.
type Days struct{ From, To Date }

// Known reports whether s is a stretch at all.
func (s Days) Known() bool { return s.From.Known() && s.To >= s.From }

// Len is how many days the stretch has.
func (s Days) Len() int {
	if !s.Known() {
		return 0
	}
	return int(s.To-s.From) + 1
}

// Has reports whether a day is part of the stretch.
func (s Days) Has(d Date) bool { return s.Known() && s.From <= d && d <= s.To }

// Common is the stretch that two share; no stretch if they share none.
func (s Days) Common(t Days) Days {
	c := Days{max(s.From, t.From), min(s.To, t.To)}
	if !s.Known() || !t.Known() || !c.Known() {
		return Days{}
	}
	return c
}

// String is "2026-01-01 to 2026-03-31"; empty for no stretch.
func (s Days) String() string {
	if !s.Known() {
		return ""
	}
	return s.From.String() + " to " + s.To.String()
}

// Words returns the day as sentences write it: 2 Jan 2026; "" for none.
func (d Date) Words() string {
	if !d.Known() {
		return ""
	}
	return d.utc().Format("2 Jan 2006")
}
