// Package cadence is how often something is done, and by when: frequencies as
// people write them, which of two is stricter, the civil periods they ask for, the
// days and zones these are counted in, and deadlines. It knows nothing of controls.
package cadence

import (
	"cmp"
	"fmt"
)

// Unit is what the periods of a frequency are counted in.
type Unit string

const (
	Hour  Unit = "hour"
	Day   Unit = "day"
	Week  Unit = "week"
	Month Unit = "month"
)

// Frequency is a promise to do something at least once in each N units. The zero
// value is no frequency: what runs all the time, or only when something happens,
// has none.
type Frequency struct {
	N    int
	Unit Unit
}

// The frequencies that frameworks ask for.
var (
	Daily      = Frequency{1, Day}
	Weekly     = Frequency{1, Week}
	Monthly    = Frequency{1, Month}
	Quarterly  = Frequency{3, Month}
	Semiannual = Frequency{6, Month}
	Annual     = Frequency{12, Month}
)

// Known reports whether f is a frequency at all.
func (f Frequency) Known() bool { return f.N > 0 }

// seconds is how long a period is, a month taken as a twelfth of the mean year.
func (f Frequency) seconds() int64 {
	per := int64(3600)
	switch f.Unit {
	case Day:
		per = 86_400
	case Week:
		per = 7 * 86_400
	case Month:
		per = 2_629_746
	}
	return int64(f.N) * per
}

// PerYear is how many occurrences a mean year has; zero without a frequency.
func (f Frequency) PerYear() float64 {
	if !f.Known() {
		return 0
	}
	return float64(Annual.seconds()) / float64(f.seconds())
}

// Stricter reports whether f asks for more than g. Any frequency is stricter
// than none, and none is stricter than itself.
func (f Frequency) Stricter(g Frequency) bool { return Compare(f, g) < 0 }

// Compare orders frequencies, the strictest first and none last.
func Compare(f, g Frequency) int {
	switch {
	case f.Known() && g.Known():
		return cmp.Compare(f.seconds(), g.seconds())
	case f.Known():
		return -1
	case g.Known():
		return 1
	}
	return 0
}

// String is the frequency as a list shows it: "quarterly", "every 45 days"; empty
// without one.
func (f Frequency) String() string {
	if !f.Known() {
		return ""
	}
	for _, n := range named {
		if n.is == f {
			return n.name
		}
	}
	return f.Phrase()
}

// Phrase is the frequency inside a sentence: "every six months".
func (f Frequency) Phrase() string {
	switch f {
	case Quarterly:
		return "every quarter"
	case Semiannual:
		return "every six months"
	case Annual:
		return "every year"
	}
	switch {
	case !f.Known():
		return ""
	case f.N == 1:
		return "every " + string(f.Unit)
	}
	return fmt.Sprintf("every %d %ss", f.N, f.Unit)
}

// named are the frequencies with a word of their own.
var named = []struct {
	name string
	is   Frequency
}{
	{"hourly", Frequency{1, Hour}}, {"daily", Daily}, {"weekly", Weekly}, {"monthly", Monthly},
	{"quarterly", Quarterly}, {"semiannual", Semiannual}, {"annual", Annual},
}
