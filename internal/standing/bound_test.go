package standing

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/posture"
)

func TestBoundLaysTheGapsOfPoliciesOverRhythms(t *testing.T) {
	day := func(m time.Time) cadence.Date { return cadence.On(m.Date()) }
	on := func(n int) time.Time { return time.Date(2026, 1, n, 9, 0, 0, 0, time.UTC) }
	rhythms := []posture.Rhythm{{From: 0, Every: cadence.Annual}, {From: day(on(10)), Every: cadence.Quarterly}}
	got := bound(rhythms, []policy.Gap{{From: on(5), Days: 92, Says: "P"}, {From: on(20)}}, day)
	want := []posture.Rhythm{
		{From: 0, Every: cadence.Annual},
		{From: day(on(5)), Every: cadence.Annual, LongestGap: 92, GapBecause: "P"},
		{From: day(on(10)), Every: cadence.Quarterly, LongestGap: 92, GapBecause: "P"},
		{From: day(on(20)), Every: cadence.Quarterly},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("rhythm %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	if again := bound(rhythms, nil, day); len(again) != 2 {
		t.Errorf("without policies there are %d rhythms", len(again))
	}
}
