package web

import (
	"testing"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/posture"
)

func TestAControlWithAnIntervalDoesNotOnlyFollowEvents(t *testing.T) {
	never := []posture.Rhythm{{From: 1}}
	monthly := []posture.Rhythm{{From: 1}, {From: 40, Every: cadence.Frequency{N: 1, Unit: cadence.Month}}}
	for _, c := range []struct {
		about string
		o     posture.Operation
		want  bool
	}{
		{"leavers", posture.Operation{Kind: control.Event, Rhythms: never}, true},
		{"a register that is also read every month", posture.Operation{Kind: control.Event, Rhythms: monthly}, false},
		{"a review", posture.Operation{Kind: control.Periodic, Rhythms: monthly}, false},
		{"encryption", posture.Operation{Kind: control.Continuous, Rhythms: never}, false},
	} {
		if got := followsEvents(&c.o); got != c.want {
			t.Errorf("%s: follows events %t, want %t", c.about, got, c.want)
		}
	}
}
