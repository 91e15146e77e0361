package demo

import (
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// months is how many whole months of history there are before the present one.
const months = 14

// calendar is when everything happened, relative to the day of seeding: in whole
// months and quarters as the company lives them.
type calendar struct {
	zone      *time.Location
	now       time.Time
	today     cadence.Date
	begin     cadence.Date // the first day of the history
	yesterday cadence.Date
}

// zone is where the company is.
const zone = "Europe/Copenhagen"

func newCalendar(now time.Time) (calendar, error) {
	place, err := time.LoadLocation(zone)
	if err != nil {
		return calendar{}, err
	}
	c := calendar{zone: place, now: now, today: cadence.DateOf(now, place)}
	y, m, _ := c.today.Civil()
	c.begin, c.yesterday = cadence.On(y, m-months, 1), c.today-1
	return c, nil
}

// at is a time of day by the company's clock.
func (c calendar) at(d cadence.Date, hour, minute int) time.Time {
	y, m, day := d.Civil()
	return time.Date(y, m, day, hour, minute, 0, 0, c.zone)
}

// month is the i-th month of the history, from 0; 14 is the present one.
func (c calendar) month(i int) cadence.Days {
	y, m, _ := c.begin.Civil()
	return cadence.Days{From: cadence.On(y, m+time.Month(i), 1), To: cadence.On(y, m+time.Month(i+1), 1) - 1}
}

// in is the day with a number of the i-th month, or its last day if it is shorter.
func (c calendar) in(i, day int) cadence.Date {
	m := c.month(i)
	return min(m.From+cadence.Date(day-1), m.To)
}

// periods lists the stretches of so many months that the calendar has, quarters and
// halves and years, which touch the history, the oldest first.
func (c calendar) periods(length int) []cadence.Days {
	var out []cadence.Days
	for d := c.begin; d <= c.today; {
		y, m, _ := d.Civil()
		first := (int(m)-1)/length*length + 1
		p := cadence.Days{From: cadence.On(y, time.Month(first), 1), To: cadence.On(y, time.Month(first+length), 1) - 1}
		out = append(out, p)
		d = p.To + 1
	}
	return out
}

// quarter is the n-th quarter that ended before the present month: 0 the last of
// them, 3 the one a year before the next.
func (c calendar) quarter(n int) cadence.Days {
	list := c.periods(3)
	last := len(list) - 1
	for list[last].To >= c.month(months).From {
		last--
	}
	return list[last-n]
}

// words names a period as people do: "March 2026", "third quarter of 2026".
func words(p cadence.Days) string {
	y, m, d := p.From.Civil()
	y2, m2, d2 := p.To.Civil()
	whole := d == 1 && p.To == cadence.On(y2, m2+1, 1)-1
	n := (y2-y)*12 + int(m2-m) + 1
	switch {
	case whole && n == 1:
		return fmt.Sprintf("%s %d", m, y)
	case whole && n == 3 && m%3 == 1:
		return fmt.Sprintf("Q%d %d", (int(m)+2)/3, y)
	case whole && n == 6 && m == time.January:
		return fmt.Sprintf("first half of %d", y)
	case whole && n == 6 && m == time.July:
		return fmt.Sprintf("second half of %d", y)
	case whole && n == 12 && m == time.January:
		return fmt.Sprint(y)
	case whole && y == y2:
		return fmt.Sprintf("%s and %s %d", m, m2, y)
	case whole:
		return fmt.Sprintf("%s %d and %s %d", m, y, m2, y2)
	case y == y2 && m == m2 && d == d2:
		return fmt.Sprintf("%d %s %d", d, m, y)
	case y == y2 && m == m2:
		return fmt.Sprintf("%d to %d %s %d", d, d2, m, y)
	}
	return fmt.Sprintf("%d %s to %d %s %d", d, m, d2, m2, y2)
}
