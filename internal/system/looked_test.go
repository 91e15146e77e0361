package system

import (
	"testing"

	"github.com/toucan-grc/toucan/internal/cadence"
)

func TestAnAssetNobodyLookedAtForAYearIsStale(t *testing.T) {
	today := cadence.On(2026, 3, 10)
	for _, tt := range []struct {
		on    cadence.Date
		want  Look
		stale bool
	}{
		{0, NeverLooked, true}, {today - 366, LookedLong, true}, {today - 365, LookedSince, false}, {today, LookedSince, false},
	} {
		if got := (Asset{ReviewedOn: tt.on}).Looked(today); got != tt.want || got.Stale() != tt.stale {
			t.Errorf("looked at on %s: %s", tt.on, got)
		}
	}
}
