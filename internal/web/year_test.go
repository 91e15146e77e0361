package web

import (
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/result"
)

func TestPassesOfManySubjectsAreOneStretch(t *testing.T) {
	span := func(subject int32, state result.State, from, to posture.Moment) posture.Span {
		return posture.Span{Subject: subject, State: state, From: from, To: to, Filed: from}
	}
	o := &posture.Operation{Checks: []posture.Check{
		{Test: "device.firewall-on", Intervals: []posture.Span{
			span(1, result.Pass, 0, 50), span(2, result.Pass, 10, 30), span(3, result.Fail, 20, 90), span(2, result.Pass, 30, 60), span(1, result.Pass, 70, 200),
		}},
		{Test: "device.screen-lock", Intervals: []posture.Span{span(1, result.Pass, 40, 80)}},
	}}
	for _, tt := range []struct {
		name string
		q    posture.Question
		want []passed
	}{
		{"overlapping and touching ones are joined, a hole stays, what is to come is left out", posture.Question{Now: 100},
			[]passed{{"device.firewall-on", 0, 60}, {"device.firewall-on", 70, 100}, {"device.screen-lock", 40, 80}}},
		{"as known earlier, only what had been filed", posture.Question{Now: 100, KnownAt: 35},
			[]passed{{"device.firewall-on", 0, 35}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := passes(o, tt.q); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
