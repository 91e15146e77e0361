package standing

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
)

// Operating says how controls operate at a moment, as the method for risks asks: with
// evidence and a test within the past year, with evidence alone or with exceptions,
// or with nothing that shows it today. A control that is not known is not named.
func (s *Store) Operating(ctx context.Context, who access.Actor, controls []string, now time.Time) (map[string]risk.Operating, error) {
	b, err := s.Open(ctx, who, now)
	if err != nil {
		return nil, err
	}
	today := b.Zones.DateOf(now)
	year := cadence.Days{From: today.AddMonths(-12) + 1, To: today}
	at, over := b.Answer(Asked{On: today}, now), b.Answer(Asked{Window: year}, now)
	out := make(map[string]risk.Operating, len(controls))
	for _, id := range controls {
		i, ok := b.places[id]
		if !ok {
			continue
		}
		out[id] = operating(&b.Operations[i], at, at.States[i], over.States[i], b.Zones.Start(year.From))
	}
	return out, nil
}

// operating is how one control operates: is and was are its states today and over the year.
func operating(o *posture.Operation, at *Answer, is, was posture.State, since time.Time) risk.Operating {
	if is != posture.Effective {
		full := at.Judge.Of(o)
		return risk.Operating{State: risk.DesignedOnly, Why: full.Foremost()}
	}
	switch {
	case was == posture.Exceptions:
		return risk.Operating{State: risk.OperatingUntested, Why: "It operates today, and there were exceptions within the past year."}
	case !tested(o, posture.MomentOf(since), at.Question.Now):
		return risk.Operating{State: risk.OperatingUntested, Why: "It operates today, and nobody tested it within the past year."}
	}
	return risk.Operating{State: risk.OperatingTested, Why: "It operates today, and was tested within the past year."}
}

// tested reports whether a test passed, or a sample was examined without an
// exception, between two moments.
func tested(o *posture.Operation, from, to posture.Moment) bool {
	for _, c := range o.Checks {
		for _, i := range c.Intervals {
			if i.State == result.Pass && i.From <= to && i.To > from {
				return true
			}
		}
	}
	for _, x := range o.Samples {
		if x.Tested > 0 && x.Exceptions == 0 && x.At >= from && x.At <= to {
			return true
		}
	}
	return false
}
