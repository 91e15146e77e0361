package joiner

import (
	"fmt"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Setting is how an organisation runs its checklists. The zero value: nothing
// begins by itself.
type Setting struct {
	Begins     cadence.Date    `json:"begins"`     // whoever starts or leaves on or after this day gets a checklist; no date: nobody does
	Ahead      int             `json:"ahead"`      // how many days before the first or the last day it begins
	Offices    map[Doer]string `json:"offices"`    // who does what "IT" or "Security" has to do: id of a person
	Hours      int             `json:"hours"`      // within which access is removed, from the end of the last day
	Background cadence.Date    `json:"background"` // whoever starts on or after this day has a background check; no date: nobody has

	Policy policy.Stated `json:"-"` // what the policies in force say of Hours; only Store.Setting fills it
}

// What holds while nobody chose anything else.
const (
	DefaultAhead = 30
	DefaultHours = 24

	maxHours = 24 * 90
)

// Default is the setting while nobody chose one.
func Default() Setting {
	return Setting{Ahead: DefaultAhead, Hours: DefaultHours, Offices: map[Doer]string{}}
}

// following is the default where a policy in force states how soon access is removed.
func (s Setting) following(p policy.Stated) Setting {
	if p.Hours > 0 {
		s.Hours = min(p.Hours, maxHours)
	}
	return s
}

// Told says where the time for removing access comes from, and whether it keeps to
// the policy in force.
func (s Setting) Told() string {
	switch {
	case s.Policy.Hours == 0:
		return "No policy in force states it."
	case s.Hours > s.Policy.Hours:
		return "It is longer than the policy in force allows. " + s.Policy.Says
	case s.Hours < s.Policy.Hours:
		return "It is shorter than the policy in force asks. " + s.Policy.Says
	}
	return "It is what the policy in force says. " + s.Policy.Says
}

// On reports whether checklists begin by themselves.
func (s Setting) On() bool { return s.Begins.Known() }

// Deadline is how long removal of access may take.
func (s Setting) Deadline() cadence.Deadline { return cadence.InHours(s.Hours) }

func (s Setting) checked(r *people.Roster) (Setting, error) {
	if s.Ahead < 0 || s.Ahead > maxDays {
		return s, problem.Field("ahead", fmt.Sprintf("Choose between 0 and %d days.", maxDays))
	}
	if s.Hours < 1 || s.Hours > maxHours {
		return s, problem.Field("hours", "Choose between 1 hour and 90 days.")
	}
	if s.Background.Known() && !s.On() {
		return s, problem.Field("background", "Say first from which day on checklists begin: the step that asks for the check is part of them.")
	}
	for office, person := range s.Offices {
		if person == "" {
			delete(s.Offices, office)
			continue
		}
		if _, ok := r.Person(person); !ok {
			return s, problem.Field(string(office), "Choose somebody of the people register.")
		}
	}
	return s, nil
}

// Assign says who does a step for a person on a day: an id, and one sentence when
// it is somebody else than the step names, or nobody. It falls back to the lead of
// the people team, then to the manager.
func (s Setting) Assign(r *people.Roster, d Doer, person string, day cadence.Date) (id, why string) {
	p, _ := r.Person(person)
	switch d {
	case Self:
		return person, ""
	case Line:
		if p.Manager == "" {
			why = "The register names no manager."
		} else if here(r, p.Manager, day) {
			return p.Manager, ""
		} else {
			why = "Their manager is not here."
		}
	default:
		if id := s.Offices[d]; id == "" {
			why = fmt.Sprintf("Nobody is named for %s.", d.Label())
		} else if here(r, id, day) {
			return id, ""
		} else {
			why = fmt.Sprintf("Who is named for %s is not here.", d.Label())
		}
	}
	if id := s.Offices["people"]; d != "people" && id != "" && id != person && here(r, id, day) {
		return id, why + " It falls to the people team."
	}
	if d != Line && p.Manager != "" && here(r, p.Manager, day) {
		return p.Manager, why + " It falls to the manager."
	}
	return "", why + " Name somebody in the settings, or enter the manager."
}

// here reports whether somebody can be asked on a day.
func here(r *people.Roster, id string, day cadence.Date) bool {
	return r.StatusOn(id, day) == people.Current
}
