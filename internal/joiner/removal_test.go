package joiner

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

func TestRemovalEnds(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, tt := range []struct {
		name  string
		last  string
		hours int
		want  string
	}{
		{"a day after the end of the last day", "2026-03-02", 24, "2026-03-04 00:00"},
		{"an hour after it", "2026-03-02", 1, "2026-03-03 01:00"},
		{"hours are hours when clocks go forward", "2026-03-28", 24, "2026-03-30 01:00"},
		{"hours are hours when clocks go back", "2026-10-24", 24, "2026-10-25 23:00"},
		{"from three days on, whole days", "2026-03-02", 72, "2026-03-06 00:00"},
		{"whole days when clocks go forward", "2026-03-27", 72, "2026-03-31 00:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			last, err := cadence.ParseDate(tt.last)
			if err != nil {
				t.Fatal(err)
			}
			if got := RemovalEnds(last, cadence.InHours(tt.hours), cadence.In(berlin)); !got.Equal(at(tt.want)) {
				t.Errorf("%s, want %s", got.In(berlin), tt.want)
			}
		})
	}
}

func TestRemovalOf(t *testing.T) {
	last := cadence.On(2026, time.March, 2)
	deadline := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	step := func(state StepState, at time.Time) RunStep {
		return RunStep{Step: Step{Removal: true}, State: state, At: at, Note: "No such access."}
	}
	early, late := deadline.Add(-time.Minute), deadline.Add(26*time.Hour)
	for _, tt := range []struct {
		name   string
		steps  []RunStep
		now    time.Time
		timing Timing
		at     time.Time
		late   time.Duration
		why    string
	}{
		{"in time", []RunStep{step(StepDone, early), step(StepDone, early.Add(-time.Hour))}, late, InTime, early, 0, "All access was removed within 24 hours of the last day."},
		{"the moment itself is late", []RunStep{step(StepDone, deadline)}, late, LateDone, deadline, 0, "All access is removed, the last of it less than a minute too late."},
		{"one late among many", []RunStep{step(StepDone, early), step(StepDone, late)}, late, LateDone, late, 26 * time.Hour, "All access is removed, the last of it 26 hours too late."},
		{"open, with time", []RunStep{step(StepDone, early), step(ToDo, time.Time{})}, early, Waiting, time.Time{}, 0, "1 of 2 removals are still to be done, and there is time."},
		{"open, and overdue", []RunStep{step(StepDone, late), step(ToDo, time.Time{})}, deadline.Add(72 * time.Hour), Overdue, time.Time{}, 72 * time.Hour, "1 of 2 removals are overdue by 3 days."},
		{"not needed does not count", []RunStep{step(NotNeeded, time.Time{}), step(StepDone, early)}, late, InTime, early, 0, "All access was removed within 24 hours of the last day."},
		{"nothing was needed", []RunStep{step(NotNeeded, time.Time{})}, late, NotAsked, time.Time{}, 0, "There was no access to remove: every step was said not to be needed."},
		{"no step says anything", []RunStep{{State: StepDone, At: early}}, late, NoRemoval, time.Time{}, 0, "No step says that access was removed."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := RemovalOf(last, cadence.InHours(24), cadence.In(time.UTC), tt.steps, tt.now)
			if got.Timing != tt.timing || !got.At.Equal(tt.at) || got.Late != tt.late || got.Why != tt.why {
				t.Errorf("%s at %s, late %s: %q; want %s at %s, late %s: %q", got.Timing, got.At, got.Late, got.Why, tt.timing, tt.at, tt.late, tt.why)
			}
		})
	}
}
