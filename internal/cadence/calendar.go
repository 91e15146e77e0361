package cadence

import (
	"slices"
	"time"
)

// Calendar says on which days business is done. The zero value has no day off.
type Calendar struct {
	Weekend  []time.Weekday
	Holidays []Date // in any order
}

// Business reports whether business is done on a day. A calendar whose weekend
// takes all seven days has no meaning and is read as one without a weekend.
func (c Calendar) Business(d Date) bool {
	return !slices.Contains(c.Holidays, d) && (!slices.Contains(c.Weekend, d.Weekday()) || c.allOff())
}

// allOff reports whether the weekend takes the whole week.
func (c Calendar) allOff() bool {
	for w := time.Sunday; w <= time.Saturday; w++ {
		if !slices.Contains(c.Weekend, w) {
			return false
		}
	}
	return true
}

// Next returns d when it is a business day, else the first one after it.
func (c Calendar) Next(d Date) Date {
	for !c.Business(d) {
		d++
	}
	return d
}

// Previous returns d when it is a business day, else the last one before it.
func (c Calendar) Previous(d Date) Date {
	for !c.Business(d) {
		d--
	}
	return d
}

// Add moves by n business days, backwards when n is negative. From a day off,
// the first step forward reaches the next business day. Zero moves to no other day.
func (c Calendar) Add(d Date, n int) Date {
	for ; n > 0; n-- {
		d = c.Next(d + 1)
	}
	for ; n < 0; n++ {
		d = c.Previous(d - 1)
	}
	return d
}
