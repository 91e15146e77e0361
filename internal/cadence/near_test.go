package cadence

import "testing"

func TestHowNearADayIs(t *testing.T) {
	today := On(2026, 3, 10)
	for _, tt := range []struct {
		on   Date
		want Nearness
	}{
		{0, Unset}, {today - 1, Overdue}, {today, Soon}, {today + 14, Soon}, {today + 15, Later},
	} {
		if got := tt.on.Near(today, 14); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.on, got, tt.want)
		}
	}
}
