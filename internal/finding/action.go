package finding

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Source is what an action or a finding comes from. Kind and ID find it again, and
// are opaque to this package; Words is what it is called, for the list.
type Source struct {
	Kind  string // such as "finding", "risk", "review", "audit", "confirmation" or "gap"
	ID    string
	Words string // such as "R-004 Lost laptop"
}

// State says how an action stands.
type State string

const (
	Open    State = "open"
	Done    State = "done"
	Dropped State = "dropped" // given up, with a reason
)

// Action is one thing somebody does about something: a line of the one backlog of
// all frameworks.
type Action struct {
	ID     string // empty: a new one
	N      int    // of the code; given by PutAction
	Source Source
	Title  string // one line: what there is to do
	Detail string
	Owner  string       // id in the people register, or empty: nobody yet
	Due    cadence.Date // the last day, in the organisation's zone; none: nobody said one
	Why    string       // for PutAction alone: why the day moved

	// What it is about. An action of a finding is about what the finding is about,
	// and says nothing here.
	Controls     []string // ids
	Requirements []framework.Ref

	// The rest is read, never put.
	State     State
	Outcome   string   // what was done, or why it was given up
	Items     []string // ids of the evidence that it was done
	Moved     int      // how often its day was moved
	DoneOn    cadence.Date
	CreatedAt time.Time
	CreatedBy string // account, or empty: by itself
	EndedAt   time.Time
	EndedBy   string // account
	OwnerName string
}

// Code is what people call the action.
func (a Action) Code() string { return fmt.Sprintf("ACT-%03d", a.N) }

// Overdue reports whether it should have been done before today.
func (a Action) Overdue(today cadence.Date) bool {
	return a.State == Open && a.Due.Known() && a.Due < today
}

// Standing says in one sentence how the action stands on a day.
func (a Action) Standing(today cadence.Date) string {
	var say string
	switch {
	case a.State == Done && a.Due.Known() && a.DoneOn > a.Due:
		say = fmt.Sprintf("Done on %s, %s late.", a.DoneOn.Words(), days(int(a.DoneOn-a.Due)))
	case a.State == Done:
		say = fmt.Sprintf("Done on %s.", a.DoneOn.Words())
	case a.State == Dropped:
		say = fmt.Sprintf("Given up on %s.", a.DoneOn.Words())
	case a.Owner == "":
		say = "Nobody has it yet."
	case !a.Due.Known():
		say = "Open, and no day was set."
	case a.Overdue(today):
		say = fmt.Sprintf("Overdue by %s.", days(int(today-a.Due)))
	case a.Due == today:
		say = "Due today."
	default:
		say = fmt.Sprintf("Open, %s left.", days(int(a.Due-today)))
	}
	switch a.Moved {
	case 0:
	case 1:
		say += " Its day was moved once."
	default:
		say += fmt.Sprintf(" Its day was moved %d times.", a.Moved)
	}
	return say
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

const (
	maxTitle   = 200
	maxText    = 8_000
	maxControl = 100 // controls or requirements one finding or action can be about
	maxItems   = 50  // pieces of evidence on one part of it
)

// checked returns the action as it is kept, or a problem about the first field at
// fault.
func (a Action) checked() (Action, error) {
	var err error
	if a.Title, err = line("title", "What there is to do", a.Title); err != nil {
		return a, err
	}
	if a.Detail, err = db.Prose("detail", "The detail", a.Detail, maxText); err != nil {
		return a, err
	}
	if a.Source.Words, err = db.Line("source", "What it comes from", a.Source.Words, maxTitle); err != nil {
		return a, err
	}
	if a.Source.Kind == "" {
		return a, problem.Field("source", "Say what the action comes from.")
	}
	if err := checkDay("due", a.Due); err != nil {
		return a, err
	}
	a.Controls, a.Requirements, err = checkAbout(a.Controls, a.Requirements)
	return a, err
}

// line checks a field of one line that must not be empty.
func line(field, label, text string) (string, error) {
	text, err := db.Line(field, label, text, maxTitle)
	if err == nil && text == "" {
		err = problem.Field(field, label+" is missing. Say it in one line.")
	}
	return text, err
}

// prose checks a field of several lines that must not be empty.
func prose(field, label, text string) (string, error) {
	text, err := db.Prose(field, label, text, maxText)
	if err == nil && text == "" {
		err = problem.Field(field, label+" is missing.")
	}
	return text, err
}

// checkDay refuses a day no calendar of ours will ever need.
func checkDay(field string, d cadence.Date) error {
	if d.Known() && (d < cadence.On(2000, time.January, 1) || d > cadence.On(2100, time.January, 1)) {
		return problem.Field(field, "This day lies too far away. Write it like 2026-03-01.")
	}
	return nil
}

// checkAbout returns what something is about, each once and in order.
func checkAbout(controls []string, refs []framework.Ref) ([]string, []framework.Ref, error) {
	controls, refs = slices.Clone(controls), slices.Clone(refs)
	slices.Sort(controls)
	slices.SortFunc(refs, compareRefs)
	controls, refs = slices.Compact(controls), slices.Compact(refs)
	if len(controls) > maxControl || len(refs) > maxControl {
		return nil, nil, problem.Field("controls", fmt.Sprintf("At most %d controls and %d requirements fit. Split it.", maxControl, maxControl))
	}
	for _, r := range refs {
		if r.Framework == "" || r.ID == "" || len(r.Framework) > 100 || len(r.ID) > 100 {
			return nil, nil, problem.Field("requirements", "A requirement is named by its framework and its id, such as iso27001-2022 A.8.8.")
		}
	}
	return controls, refs, nil
}

func compareRefs(a, b framework.Ref) int { return strings.Compare(a.String(), b.String()) }
