package demo

import (
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// What went wrong, so that the window explorer has something to find. Over the last
// twelve months it finds these five and nothing else; over the last six whole months
// only the late scan and the lapsed restore test.
//
//   - AC-04: the access review of the quarter before the last two was never held.
//   - VU-01: the scan of the fifth month before the present one was made six days
//     after that month had ended.
//   - BC-03: a restore test states that it holds for 120 days; in the last whole
//     quarter the next one came six weeks after that.
//   - AC-06: the link to the identity provider was down for nine days, so no test of
//     signing in reported.
//   - AC-03: one leaver of the first half kept an account for three days; the auditor
//     found that in a sample.
const (
	missed = "AC-04"
	silent = "AC-06"
)

// without leaves out the review that was never held.
func (t *story) without(list []occasion) []occasion {
	gone := t.quarter(2)
	var out []occasion
	for _, o := range list {
		if o.about != gone {
			out = append(out, o)
		}
	}
	return out
}

// lateScan is the month whose scan came too late, and the day it came.
func (t *story) lateScan() (cadence.Days, cadence.Date) {
	return t.month(months - 5), t.in(months-4, 6)
}

// late moves that scan. It states the month it was made for.
func (t *story) late(list []occasion) {
	month, on := t.lateScan()
	for i := range list {
		if list[i].about == month {
			list[i].on = on
			list[i].about, list[i].spans = month, true
		}
	}
}

// restoreHolds is for how long the record of a restore test may be relied on.
const restoreHolds = 120 * 24 * time.Hour

// restores are made once in each quarter, yet early in one and late in the next.
func (t *story) restores() []occasion {
	var out []occasion
	for n, day := range []int{83, 10, 60, 40} { // days after the first of the quarter, the last quarter first
		q := t.quarter(n)
		out = append([]occasion{{about: q, on: q.From + cadence.Date(day), valid: restoreHolds}}, out...)
	}
	return out
}

// down is the stretch in which the identity provider could not be asked.
func (t *story) down() (from, to time.Time) {
	return t.at(t.in(5, 9), 12, 0), t.at(t.in(5, 18), 9, 30)
}
