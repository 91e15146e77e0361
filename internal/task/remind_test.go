package task

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestWhen(t *testing.T) {
	day := cadence.On(2026, time.March, 10)
	for due, want := range map[cadence.Date]When{0: Later, day - 1: Overdue, day: Today, day + 1: Soon, day + 7: Soon, day + 8: Later} {
		if got := (Task{New: New{Due: due}}).When(day); got != want {
			t.Errorf("due %s is %s on %s, want %s", due, got, day, want)
		}
	}
}

// Berlin puts its clocks forward on Sunday 29 March 2026 and back on 25 October.
func TestRemind(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	on := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, berlin)
	}
	date := func(month time.Month, day int) cadence.Date { return cadence.On(2026, month, day) }
	made := on(time.March, 2, 12, 0)
	at := func(due cadence.Date) Task { return Task{New: New{Title: "t", Due: due}, CreatedAt: made} }
	working := Setting{Hour: DefaultHour}
	for _, tt := range []struct {
		name string
		open []Task
		s    Setting
		last cadence.Date
		now  time.Time
		want bool
		why  string
	}{
		{"nothing to do", nil, working, 0, on(time.March, 10, 9, 0), false, "There is nothing to do."},
		{"the first mail", []Task{at(0)}, working, 0, on(time.March, 10, 9, 0), true, "There is news."},
		{"a minute before the hour", []Task{at(0)}, working, 0, on(time.March, 10, 7, 59), false, "It is before 08:00."},
		{"at the hour", []Task{at(0)}, working, 0, on(time.March, 10, 8, 0), true, "There is news."},
		{"the last minute before quiet", []Task{at(0)}, working, 0, on(time.March, 10, 17, 59), true, "There is news."},
		{"quiet", []Task{at(0)}, working, 0, on(time.March, 10, 18, 0), false, "It is after 18:00."},
		{"on a Saturday", []Task{at(date(3, 13))}, working, 0, on(time.March, 14, 9, 0), false, "It is the weekend."},
		{"on a Saturday, where people work", []Task{at(date(3, 13))}, Setting{Hour: 8, Weekends: true}, 0, on(time.March, 14, 9, 0), true, "There is news."},
		{"a second one on the same day", []Task{at(date(3, 10))}, working, date(3, 10), on(time.March, 10, 12, 0), false, "A reminder was sent today already."},
		{"nothing changed", []Task{at(date(3, 20))}, working, date(3, 9), on(time.March, 10, 9, 0), false, "Nothing changed since the last reminder."},
		{"it came near", []Task{at(date(3, 17))}, working, date(3, 9), on(time.March, 10, 9, 0), true, "There is news."},
		{"it stays near", []Task{at(date(3, 16))}, working, date(3, 9), on(time.March, 10, 9, 0), false, "Nothing changed since the last reminder."},
		{"it fell due", []Task{at(date(3, 10))}, working, date(3, 9), on(time.March, 10, 9, 0), true, "There is news."},
		{"it became overdue", []Task{at(date(3, 10))}, working, date(3, 10), on(time.March, 11, 9, 0), true, "There is news."},
		{"it stays overdue", []Task{at(date(3, 10))}, working, date(3, 11), on(time.March, 12, 9, 0), false, "Nothing changed since the last reminder."},
		{"overdue for a week since the last word", []Task{at(date(3, 10))}, working, date(3, 11), on(time.March, 18, 9, 0), true, "There is news."},
		{"it fell due on Sunday and is told on Monday", []Task{at(date(3, 8))}, working, date(3, 6), on(time.March, 9, 8, 0), true, "There is news."},
		{"one that is late and one that came since", []Task{at(date(3, 1)), {New: New{Title: "new"}, CreatedAt: on(time.March, 11, 9, 0)}}, working, date(3, 10), on(time.March, 12, 9, 0), true, "There is news."},
		{"a day that moved away", []Task{at(date(4, 30))}, working, date(3, 9), on(time.March, 10, 9, 0), false, "Nothing changed since the last reminder."},

		{"Monday after the clocks went forward, before the hour", []Task{at(date(3, 30))}, working, date(3, 27), time.Date(2026, 3, 30, 5, 59, 0, 0, time.UTC), false, "It is before 08:00."},
		{"Monday after the clocks went forward, at the hour", []Task{at(date(3, 30))}, working, date(3, 27), time.Date(2026, 3, 30, 6, 0, 0, 0, time.UTC), true, "There is news."},
		{"Friday before, at the same hour UTC", []Task{at(date(3, 27))}, working, date(3, 26), time.Date(2026, 3, 27, 6, 0, 0, 0, time.UTC), false, "It is before 08:00."},
		{"Monday after the clocks went back, at the hour", []Task{at(date(10, 26))}, working, date(10, 23), time.Date(2026, 10, 26, 7, 0, 0, 0, time.UTC), true, "There is news."},
		{"the hour that comes twice, where people work on Sundays", []Task{at(date(10, 25))}, Setting{Hour: 2, Weekends: true}, date(10, 25), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), false, "A reminder was sent today already."},
		{"the hour that is left out, where people work on Sundays", []Task{at(date(3, 29))}, Setting{Hour: 2, Weekends: true}, date(3, 28), time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), true, "There is news."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got, why := Remind(tt.open, berlin, tt.s, tt.last, tt.now); got != tt.want || why != tt.why {
				t.Errorf("reminded %t because %q, want %t, %q", got, why, tt.want, tt.why)
			}
		})
	}
}

// Where the day has begun already it is tomorrow elsewhere.
func TestADayIsThatOfTheOrganisation(t *testing.T) {
	now := time.Date(2026, 3, 10, 20, 30, 0, 0, time.UTC) // Wednesday 09:30 in Auckland
	open := []Task{{New: New{Title: "t", Due: cadence.On(2026, time.March, 11)}, CreatedAt: now.Add(-time.Hour)}}
	r, due, _ := Remind(open, zone(t, "Pacific/Auckland"), Setting{Hour: 8}, 0, now)
	if !due || len(r.Today) != 1 || r.Day != cadence.On(2026, time.March, 11) {
		t.Errorf("in Auckland: %t, %+v", due, r)
	}
	if _, due, why := Remind(open, time.UTC, Setting{Hour: 8}, 0, now); due {
		t.Errorf("in UTC it was sent at 20:30: %s", why)
	}
}

func TestTheTextOfAReminder(t *testing.T) {
	day := cadence.On(2026, time.March, 10)
	r := Reminder{Day: day, Overdue: []Task{{New: New{Title: "File evidence for AC-04", Due: day - 2}}}, Today: []Task{{New: New{Title: "Approve or reject the new text of AC-05 (version 2)", Due: day}}},
		New: slices.Repeat([]Task{{New: New{Title: "Read the plan"}}}, 12)}
	if got, want := r.Subject("Meridian"), "Meridian: 14 tasks, 1 overdue, 1 due today"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	want := "Hello Ada,\n\nthis is what Meridian asks of you.\n\nOverdue\n- File evidence for AC-04 (due 8 March 2026)\n\nDue today\n- Approve or reject the new text of AC-05 (version 2)\n\nNew\n" +
		strings.Repeat("- Read the plan\n", 10) + "- and 2 more\n\nEverything is here:\nhttps://toucan.test/o/meridian/tasks\n\nYou get one such mail a day at most, on days with news. To get none, switch them off on that page.\n"
	if got := r.Text("Ada", "Meridian", "https://toucan.test/o/meridian"); got != want {
		t.Errorf("text\n%s\nwant\n%s", got, want)
	}
}
