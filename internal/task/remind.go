package task

import (
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Setting says when an organisation sends reminders.
type Setting struct {
	Hour     int  // local; not before. Not at or after QuietFrom either.
	Weekends bool // also on Saturday and Sunday
}

// The setting while nobody chose one, and the hour after which it is quiet.
const (
	DefaultHour = 8
	QuietFrom   = 18
)

// Quiet reports whether nobody is written to at a moment, and why.
func (s Setting) Quiet(zone *time.Location, now time.Time) (why string, quiet bool) {
	weekday, hour := cadence.DateOf(now, zone).Weekday(), now.In(zone).Hour()
	switch {
	case !s.Weekends && (weekday == time.Saturday || weekday == time.Sunday):
		return "It is the weekend.", true
	case hour < s.Hour:
		return fmt.Sprintf("It is before %02d:00.", s.Hour), true
	case hour >= QuietFrom:
		return fmt.Sprintf("It is after %02d:00.", QuietFrom), true
	}
	return "", false
}

// Reminder is one mail to one person: everything there is to say that day.
type Reminder struct {
	Day     cadence.Date
	Overdue []Task
	Today   []Task
	Soon    []Task
	New     []Task // since the last reminder, and neither due nor nearly
}

// repeatDays is after how many days what is overdue is worth another mail.
const repeatDays = 7

// Remind decides whether somebody with these open tasks is sent a reminder at a
// moment, and why or why not. last is the day of the last one, or none. There is
// at most one a day, within the hours of the organisation, and only if there is
// news: a task came, came near, fell due or became overdue since the last one, or
// something is overdue and a week has passed.
func Remind(open []Task, zone *time.Location, s Setting, last cadence.Date, now time.Time) (r Reminder, due bool, why string) {
	day := cadence.DateOf(now, zone)
	r.Day = day
	quiet, isQuiet := s.Quiet(zone, now)
	switch {
	case len(open) == 0:
		return r, false, "There is nothing to do."
	case last >= day && last.Known():
		return r, false, "A reminder was sent today already."
	case isQuiet:
		return r, false, quiet
	}
	for _, t := range open {
		is := t.When(day)
		came := !last.Known() || cadence.DateOf(t.CreatedAt, zone) > last
		moved := !came && is != t.When(last)
		switch is {
		case Overdue:
			r.Overdue = append(r.Overdue, t)
			moved = moved || !came && day-last >= repeatDays
		case Today:
			r.Today = append(r.Today, t)
		case Soon:
			r.Soon = append(r.Soon, t)
		case Later:
			if came {
				r.New = append(r.New, t)
			}
			moved = false // a later day is no reason to write
		}
		due = due || came || moved
	}
	if !due {
		return r, false, "Nothing changed since the last reminder."
	}
	return r, true, "There is news."
}

// listed is how many tasks of a kind a mail names; the page has them all.
const listed = 10

// Subject is the line a mail shows in a list.
func (r Reminder) Subject(org string) string {
	n := len(r.Overdue) + len(r.Today) + len(r.Soon) + len(r.New)
	what := fmt.Sprintf("%d tasks", n)
	if n == 1 {
		what = "one task"
	}
	var parts []string
	if k := len(r.Overdue); k > 0 {
		parts = append(parts, fmt.Sprintf("%d overdue", k))
	}
	if k := len(r.Today); k > 0 {
		parts = append(parts, fmt.Sprintf("%d due today", k))
	}
	if len(parts) > 0 {
		what += ", " + strings.Join(parts, ", ")
	}
	return org + ": " + what
}

// Text is the mail itself. base is where the pages of the organisation are.
func (r Reminder) Text(name, org, base string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Hello %s,\n\nthis is what %s asks of you.\n", name, org)
	section := func(title string, list []Task) {
		if len(list) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		for i, t := range list {
			if i == listed {
				fmt.Fprintf(&b, "- and %d more\n", len(list)-listed)
				break
			}
			fmt.Fprintf(&b, "- %s", t.Title)
			if t.Due.Known() && t.Due != r.Day {
				fmt.Fprintf(&b, " (due %s)", spoken(t.Due))
			}
			b.WriteByte('\n')
		}
	}
	section("Overdue", r.Overdue)
	section("Due today", r.Today)
	section("Due within a week", r.Soon)
	section("New", r.New)
	fmt.Fprintf(&b, "\nEverything is here:\n%s/tasks\n\nYou get one such mail a day at most, on days with news. To get none, switch them off on that page.\n", base)
	return b.String()
}

func spoken(d cadence.Date) string {
	y, m, day := d.Civil()
	return fmt.Sprintf("%d %s %d", day, m, y)
}
