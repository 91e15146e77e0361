package web

import (
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
)

// checkCell is how a person stands with a check, as a list shows it.
type checkCell struct {
	Mark, Words string
	Why         string // the whole sentence
	Asked       bool
	Label       string // of the check, for the narrow layout
}

// cellOf says a standing in a word or two.
func cellOf(s people.Standing, today cadence.Date) checkCell {
	c := checkCell{Mark: checkMark(s.State), Words: checkWords(s.State), Why: s.Reason, Asked: s.State != people.NotAsked, Label: s.Check.Short()}
	if s.Due.Known() && s.State == people.Due {
		switch d := int(s.Due - today); {
		case d == 0:
			c.Words = "due today"
		case d == 1:
			c.Words = "due tomorrow"
		case d > 1 && d <= 14:
			c.Words = "in " + plural(d, "day", "days")
		default:
			c.Words = "by " + dayWords(s.Due)
		}
	}
	if s.Due.Known() && s.State == people.Missing && s.Due < today {
		c.Words = plural(int(today-s.Due), "day", "days") + " late"
	}
	return c
}

func checkMark(s people.State) string {
	switch s {
	case people.Done:
		return "good"
	case people.Missing:
		return "bad"
	case people.Unclear:
		return "warn"
	case people.Due:
		return "info"
	case people.Excluded:
		return "left"
	case people.Paused:
		return "gap"
	}
	return "unknown"
}

func checkWords(s people.State) string {
	switch s {
	case people.Done:
		return "done"
	case people.Missing:
		return "missing"
	case people.Unclear:
		return "unclear"
	case people.Due:
		return "due"
	case people.Excluded:
		return "let off"
	case people.Paused:
		return "paused"
	}
	return "not asked"
}

func overallMark(o monitor.Overall) string {
	switch o {
	case monitor.Overdue, monitor.LeavingOverdue:
		return "bad"
	case monitor.Unclear:
		return "warn"
	case monitor.Due, monitor.LeavingDue:
		return "info"
	case monitor.Complete, monitor.LeavingComplete:
		return "good"
	case monitor.Paused:
		return "gap"
	}
	return "unknown"
}

// peopleStatus is what somebody is to the organisation.
func peopleStatus(s people.Status) string {
	switch s {
	case people.Current:
		return "Here"
	case people.Future:
		return "Coming"
	case people.OnLeave:
		return "On leave"
	case people.Former:
		return "Left"
	case people.OutOfScope:
		return "Out of scope"
	case people.NotAPerson:
		return "Team or service"
	}
	return string(s)
}

// personKindWords is how somebody belongs to the organisation.
func personKindWords(k people.Kind) string {
	switch k {
	case people.Contractor:
		return "Contractor"
	case people.Service:
		return "Team or service"
	}
	return "Employee"
}

// aboutPerson is the line below a name.
func aboutPerson(r personRow) string {
	out := r.Function
	if r.Person.Kind == people.Contractor {
		out = dotted(out, "contractor")
	}
	if r.Status != people.Current {
		out = dotted(out, lowerFirst(peopleStatus(r.Status)))
	}
	return out
}

func dotted(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " · " + b
}

// lowerFirst writes a label inside a sentence; one that begins with an acronym stays.
func lowerFirst(s string) string {
	if s == "" || len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
