package risk

import (
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Plan is what was chosen to do about a risk. Its actions are lines of the one
// backlog, whose source it is. A plan is followed by the next one, which has to be
// approved anew.
type Plan struct {
	ID      string
	Risk    string
	Choice  Choice
	Reason  string
	Cost    string       // in broad terms
	ShownBy string       // the evidence that will show that it is complete
	Due     cadence.Date // none: no day was set
	Target  Point        // expected afterwards; the zero Point: nothing was said
	At      time.Time
	By      string // account

	ApprovedAt  time.Time // by the owner of the risk; zero: not yet
	ApprovedBy  string    // account
	CompletedAt time.Time
	CompletedBy string
	Completion  string // what shows that it is complete
}

// Approved reports whether the owner of the risk agreed.
func (p *Plan) Approved() bool { return p != nil && !p.ApprovedAt.IsZero() }

// Completed reports whether everything of it was done.
func (p *Plan) Completed() bool { return p != nil && !p.CompletedAt.IsZero() }

// Late reports whether it should have been completed before today.
func (p *Plan) Late(today cadence.Date) bool {
	return p != nil && !p.Completed() && p.Due.Known() && p.Due < today
}

func (p Plan) checked(m *Method, today cadence.Date) (Plan, error) {
	var err error
	if !slices.Contains(m.Numbers.Treatments, p.Choice) {
		return p, problem.Field("choice", "Choose what is done about the risk.")
	}
	for _, f := range []struct {
		name, label string
		text        *string
	}{{"reason", "The reason", &p.Reason}, {"cost", "The cost", &p.Cost}, {"shown_by", "What will show it", &p.ShownBy}} {
		if *f.text, err = db.Prose(f.name, f.label, *f.text, maxPart); err != nil {
			return p, err
		}
	}
	if p.Reason == "" {
		return p, problem.Field("reason", "Say why this was chosen, and what will be done.")
	}
	if p.Due.Known() && p.Due < today {
		return p, problem.Field("due", "The day is over already. Choose one that is still to come.")
	}
	if p.Choice == Reduce || p.Choice == Share {
		if !p.Target.Known() {
			return p, problem.Field("target", "Say which score is expected afterwards, so that one can judge whether the plan is worth doing.")
		}
	}
	if p.Target != (Point{}) {
		if err := checkPoint(p.Target); err != nil {
			return p, err
		}
	}
	return p, nil
}

func checkPoint(p Point) error {
	for _, x := range []struct {
		a Axis
		n int
	}{{Likelihood, p.Likelihood}, {Impact, p.Impact}} {
		if x.n < 1 || x.n > Steps {
			return problem.Field(string(x.a), fmt.Sprintf("Choose a step from 1 to %d for %s.", Steps, x.a))
		}
	}
	return nil
}

// Acceptance is that somebody with the authority keeps a risk as it is, until a day.
type Acceptance struct {
	ID         string
	Risk       string
	Score      string // id of the score
	Point             // as it stood that day
	Level      string
	Method     string // version
	Reason     string
	Conditions string
	From       cadence.Date
	Until      cadence.Date // the last day it holds
	At         time.Time
	By         string // account
	Person     string

	WithdrawnAt  time.Time
	WithdrawnWhy string
}

// Holds says whether the acceptance covers a risk on a day, and why not. A score
// that rose since is covered no longer.
func (a *Acceptance) Holds(today cadence.Date, now Point) (bool, string) {
	switch {
	case a == nil:
		return false, "Nobody accepted it."
	case !a.WithdrawnAt.IsZero():
		return false, "The acceptance was withdrawn: " + stop(a.WithdrawnWhy)
	case today > a.Until:
		return false, fmt.Sprintf("The acceptance ended on %s. Since then nobody accepts it.", a.Until.Words())
	case now.Score() > a.Point.Score():
		return false, fmt.Sprintf("A score of %d was accepted; it is %d now, so the acceptance no longer covers it.", a.Point.Score(), now.Score())
	}
	return true, fmt.Sprintf("Accepted until %s.", a.Until.Words())
}

// TriggerKind says why a risk has to be looked at again. The values are stored.
type TriggerKind string

const (
	Incident     TriggerKind = "incident"
	LawChanged   TriggerKind = "change"
	ControlFails TriggerKind = "control"
	Ending       TriggerKind = "acceptance"
	Reorganised  TriggerKind = "people"
	NewThreat    TriggerKind = "threat"
	WithoutData  TriggerKind = "no-data"
	PlanComplete TriggerKind = "plan"
)

// TriggerKinds returns the reasons a person can give.
func TriggerKinds() []Named {
	return []Named{
		{string(Incident), "An incident or a near miss, or an exception found by an audit"}, {string(LawChanged), "A change of law, contract, standard or commitment"},
		{string(NewThreat), "New information about threats, the climate included"}, {string(Reorganised), "Reorganisation, acquisition, or a key person leaving"},
	}
}

// Label says in a few words why.
func (k TriggerKind) Label() string {
	switch k {
	case ControlFails:
		return "A control fails or became stale"
	case Ending:
		return "An acceptance nears its end"
	case WithoutData:
		return "It was scored without data"
	case PlanComplete:
		return "The treatment is complete"
	}
	for _, n := range TriggerKinds() {
		if n.ID == string(k) {
			return n.Label
		}
	}
	return string(k)
}

// Trigger is one reason to look at a risk again. The next current score answers it.
type Trigger struct {
	ID      string
	Risk    string
	Kind    TriggerKind
	Words   string
	Control string // id of the control that failed, or empty
	Due     cadence.Date
	At      time.Time
	By      string // account, or empty: Toucan itself
	DoneAt  time.Time
}
