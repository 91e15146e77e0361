package cadence

import (
	"strings"
	"time"
)

// ReadDate reads the ways of writing a day that leave no doubt about the month, as
// people and spreadsheets write it. A day such as 3/4/2026 means two things and is
// refused, and so is a year that can only be a slip.
func ReadDate(text string) (Date, bool) {
	if i := strings.IndexAny(text, "T "); i == 10 { // what spreadsheets add: a time of day
		text = text[:i]
	}
	read := func(layout string) (time.Time, bool) {
		t, err := time.Parse(layout, text)
		return t, err == nil && t.Year() >= 1950 && t.Year() < 2200
	}
	for _, layout := range []string{time.DateOnly, "2006/01/02", "2.1.2006", "2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006", "2-Jan-2006"} {
		if t, ok := read(layout); ok {
			return On(t.Date()), true
		}
	}
	for layout, other := range map[string]string{"1/2/2006": "2/1/2006", "2/1/2006": "1/2/2006"} {
		t, ok := read(layout)
		if u, err := time.Parse(other, text); ok && (err != nil || t.Equal(u)) {
			return On(t.Date()), true
		}
	}
	return 0, false
}
