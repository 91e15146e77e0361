package cadence

import "time"

// Period returns the stretch of civil days, the one that d is part of, in which
// something done with frequency f has to be done once. What divides the calendar
// follows it: days, weeks from Monday to Sunday, months, quarters, halves, years.
// Every other interval is counted from the anchor: "every 45 days" begins there
// and every 45 days after and before, "every 5 months" with the anchor's month,
// "every 24 months" with its year. Without an anchor they are counted from 1970.
// No civil day is shorter than a day, so hours are judged by the day. There is no
// period without a frequency or without a day.
func (f Frequency) Period(anchor, d Date) Days {
	if !f.Known() || !d.Known() {
		return Days{}
	}
	switch f.Unit {
	case Month:
		return f.months(anchor, d)
	case Week:
		start := Date(4) // Monday, 5 January 1970
		if f.N > 1 && anchor.Known() {
			start = anchor
		}
		return counted(start, 7*f.N, d)
	case Hour:
		return counted(anchor, max(1, f.N/24), d)
	}
	return counted(anchor, f.N, d)
}

// Next returns the period after p.
func (f Frequency) Next(anchor Date, p Days) Days { return f.Period(anchor, p.To+1) }

// FirstFull returns the first period that begins on d or later.
func (f Frequency) FirstFull(anchor, d Date) Days {
	p := f.Period(anchor, d)
	if p.Known() && p.From < d {
		p = f.Next(anchor, p)
	}
	return p
}

// counted returns the stretch of n days that holds d, when one of them begins at start.
func counted(start Date, n int, d Date) Days {
	from := d - Date(floorMod(int(d-start), n))
	return Days{from, from + Date(n-1)}
}

// months returns the stretch of N months that holds d.
func (f Frequency) months(anchor, d Date) Days {
	y, m, _ := d.Civil()
	at := y*12 + int(m) - 1
	start := 0
	if 12%f.N != 0 && anchor.Known() {
		ay, am, _ := anchor.Civil()
		start = ay * 12
		if f.N%12 != 0 {
			start += int(am) - 1
		}
	}
	first := at - floorMod(at-start, f.N)
	return Days{On(0, time.Month(first+1), 1), On(0, time.Month(first+f.N+1), 1) - 1}
}

func floorMod(a, n int) int { return (a%n + n) % n }
