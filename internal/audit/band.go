package audit

import (
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Risk says how much depends on the control, and so which end of a band is taken.
type Risk string

const (
	LowRisk  Risk = "low"
	HighRisk Risk = "high"
)

// Pace groups controls by how often they act; each group has a band of its own.
// The values are stored.
type Pace string

const (
	Yearly     Pace = "annual"
	HalfYearly Pace = "semiannual"
	Quarterly  Pace = "quarterly"
	Monthly    Pace = "monthly"
	Weekly     Pace = "weekly"
	Daily      Pace = "daily"
	ManyADay   Pace = "many_a_day"
	EachTime   Pace = "event"     // hires, leavers, changes, incidents
	Automatic  Pace = "automated" // configured once; the same every time
)

// paces in the order a page shows them.
var paces = []struct {
	pace  Pace
	label string
}{
	{Yearly, "Once a year"}, {HalfYearly, "Twice a year"}, {Quarterly, "Quarterly"}, {Monthly, "Monthly"}, {Weekly, "Weekly"}, {Daily, "Daily"},
	{ManyADay, "Many times a day"}, {EachTime, "Whenever something happens"}, {Automatic, "Automated"},
}

// Label is the pace as a page writes it.
func (p Pace) Label() string {
	for _, x := range paces {
		if x.pace == p {
			return x.label
		}
	}
	return string(p)
}

// Band is how many items are customarily examined at one pace. No body prescribes
// a size: these are what audit firms do, and an organisation may set its own.
type Band struct {
	Pace    Pace
	Low     int // items at low risk
	High    int // items at high risk
	Percent int // of the population, where the size grows with it; then Low and High are the most
	Least   int // the fewest items where Percent is set
}

// CustomaryBands is what holds until an organisation sets its own.
func CustomaryBands() []Band {
	return []Band{
		{Pace: Yearly, Low: 1, High: 1},
		{Pace: HalfYearly, Low: 1, High: 2},
		{Pace: Quarterly, Low: 2, High: 2},
		{Pace: Monthly, Low: 2, High: 5},
		{Pace: Weekly, Low: 5, High: 15},
		{Pace: Daily, Low: 20, High: 40},
		{Pace: ManyADay, Low: 25, High: 60},
		{Pace: EachTime, Low: 25, High: 60, Percent: 10, Least: 5},
		{Pace: Automatic, Low: 1, High: 1},
	}
}

// PaceOf returns the pace of a control. One that is done at a frequency has that of
// its frequency; where nobody said how often, its instances are events.
func PaceOf(kind control.Kind, f cadence.Frequency) Pace {
	if kind == control.Continuous {
		return Automatic
	}
	if kind == control.Event || !f.Known() {
		return EachTime
	}
	switch n := f.PerYear(); {
	case n < 1.5:
		return Yearly
	case n < 3:
		return HalfYearly
	case n < 8:
		return Quarterly
	case n < 30:
		return Monthly
	case n < 150:
		return Weekly
	case n < 400:
		return Daily
	}
	return ManyADay
}

// Suggestion is how many items to examine, and why.
type Suggestion struct {
	Items int
	Why   string
}

// Suggest says how many of a population's items to examine under a band.
func (b Band) Suggest(population int, r Risk) Suggestion {
	most, risk := b.Low, "low"
	if r == HighRisk {
		most, risk = b.High, "high"
	}
	n, why := most, fmt.Sprintf("%s, %s risk: %d", b.Pace.Label(), risk, most)
	if b.Percent > 0 {
		n = min(max((population*b.Percent+99)/100, b.Least), most)
		why = fmt.Sprintf("%s, %s risk: %d %% of the population, at least %d and at most %d", b.Pace.Label(), risk, b.Percent, b.Least, most)
	}
	if n >= population {
		return Suggestion{population, why + ". The population is no larger, so all of it is examined."}
	}
	if b.Pace == Automatic {
		why += ". One item for each scenario does if changes to the system are themselves under control."
		return Suggestion{n, why}
	}
	return Suggestion{n, why + "."}
}

const maxBand = 10_000

// check refuses a band that cannot be meant.
func (b Band) check() error {
	field := string(b.Pace)
	switch {
	case b.Low < 1 || b.High < b.Low || b.High > maxBand:
		return problem.Field(field, fmt.Sprintf("%s: from %d to %d is no band. Write at least 1, the higher number second, %d at most.", b.Pace.Label(), b.Low, b.High, maxBand))
	case b.Percent < 0 || b.Percent > 100:
		return problem.Field(field, fmt.Sprintf("%s: %d percent cannot be. Write 0 to 100.", b.Pace.Label(), b.Percent))
	case b.Percent > 0 && (b.Least < 1 || b.Least > b.Low):
		return problem.Field(field, fmt.Sprintf("%s: at least %d items does not fit a band of %d to %d.", b.Pace.Label(), b.Least, b.Low, b.High))
	}
	return nil
}

// Bands is what an organisation examines at each pace.
type Bands []Band

// Of returns the band of a pace; the one for events where the pace is unknown.
func (bs Bands) Of(p Pace) Band {
	var event Band
	for _, b := range bs {
		if b.Pace == p {
			return b
		}
		if b.Pace == EachTime {
			event = b
		}
	}
	return event
}

// String is the band as a list shows it: "20 to 40".
func (b Band) String() string {
	var s strings.Builder
	if b.Percent > 0 {
		fmt.Fprintf(&s, "%d %%, at least %d, at most ", b.Percent, b.Least)
	}
	if b.Low == b.High {
		fmt.Fprintf(&s, "%d", b.Low)
	} else {
		fmt.Fprintf(&s, "%d to %d", b.Low, b.High)
	}
	return s.String()
}
