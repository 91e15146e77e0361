package isms

import (
	"fmt"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// objectiveRhythms is how often an objective is measured, from which day on.
type objectiveRhythms struct {
	op    posture.Operation
	first cadence.Days // the first period, as it was last set
}

// objectiveRhythm works out how often an objective is measured from its versions, the
// oldest first. While the first period is not over, a version sets it anew. After
// that a version holds from its day on: periods that were over stay as they were. An
// objective that is retired is not measured.
func objectiveRhythm(versions []Objective, zones cadence.Zones) objectiveRhythms {
	var r objectiveRhythms
	for i, v := range versions {
		on, every := zones.DateOf(v.At), v.Every()
		if v.Retired != "" {
			every = cadence.Frequency{}
		} else if first := v.first(); i == 0 || r.opens(first, on) {
			r.first = first
			r.op.Since, r.op.Rhythms = first.From, []posture.Rhythm{{From: first.From, Every: every}}
			continue
		}
		r.op.Rhythms = append(r.op.Rhythms, posture.Rhythm{From: on, Every: every})
	}
	return r
}

// first is the period an objective is measured from.
func (o Objective) first() cadence.Days { return o.Every().Period(o.From, o.From) }

// opens reports whether a version of a day may set the first period: neither the one
// there is nor the one it names is over.
func (r objectiveRhythms) opens(first cadence.Days, on cadence.Date) bool {
	return on <= r.first.To && on <= first.To
}

// periods lists the periods that have begun.
func (r objectiveRhythms) periods(today cadence.Date) []posture.Occurrence {
	return r.op.Schedule(cadence.Days{From: r.op.Since, To: today})
}

// checkFrom refuses to move the first period once one is over: that would make or
// undo misses in the past.
func (o Objective) checkFrom(versions []Objective, zones cadence.Zones, today cadence.Date) error {
	r := objectiveRhythm(versions, zones)
	if r.opens(o.first(), today) || r.first.Has(o.From) {
		return nil
	}
	if r.first.To >= today {
		return problem.Field("from", fmt.Sprintf("The period of %s is over. The first day can be moved to today or later.", o.From))
	}
	return problem.Field("from", fmt.Sprintf("It is measured from %s on, and periods are over that somebody measured or missed. That day stays: leave it as it is.", versions[len(versions)-1].From))
}

// periodOf is the period of an objective that a day is part of, by its versions.
func periodOf(versions []Objective, zones cadence.Zones, on, today cadence.Date) (cadence.Days, error) {
	o := versions[len(versions)-1]
	if o.Retired != "" {
		return cadence.Days{}, problem.New(problem.Conflict, "%s is retired and is not measured any more.", o.Code)
	}
	if !on.Known() {
		return cadence.Days{}, problem.Field("on", "Choose the period that was measured.")
	}
	if on >= today {
		return cadence.Days{}, problem.Field("on", "This day is not over. Measure a period once it is over.")
	}
	for _, x := range objectiveRhythm(versions, zones).periods(today) {
		switch {
		case !x.Period.Has(on):
		case x.Due >= today:
			return x.Period, problem.Field("on", fmt.Sprintf("The period runs until %s. Measure it once it is over.", x.Due))
		default:
			return x.Period, nil
		}
	}
	return cadence.Days{}, problem.Field("on", fmt.Sprintf("%s was not measured on %s. Choose a day of one of its periods.", o.Code, on))
}
