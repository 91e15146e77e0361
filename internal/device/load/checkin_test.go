package main

import (
	"testing"
	"time"
)

func TestWhatIsDueDoesNotWaitForAnswers(t *testing.T) {
	began := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		rate float64
		n    int
		want time.Duration
	}{
		{1000, 0, 0}, {1000, 1, time.Millisecond}, {2000, 3, 1500 * time.Microsecond}, {0.5, 1, 2 * time.Second}, {1000, 60_000, time.Minute},
	} {
		if got := dueAt(began, tt.rate, tt.n).Sub(began); got != tt.want {
			t.Errorf("report %d at %g/s is due after %v, want %v", tt.n, tt.rate, got, tt.want)
		}
	}
}
