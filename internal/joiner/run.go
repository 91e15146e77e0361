package joiner

import (
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// RunState says how far a checklist is. The values are stored.
type RunState string

const (
	Open      RunState = "open"
	Done      RunState = "done"
	Cancelled RunState = "cancelled"
)

// StepState says how far a step of a checklist is. The values are stored.
type StepState string

const (
	ToDo      StepState = "open"
	StepDone  StepState = "done"
	NotNeeded StepState = "not_needed" // said with a reason
	Withdrawn StepState = "withdrawn"  // the checklist ended, or the step is not asked any more
)

// Run is the checklist of one person for one stint: somebody who comes back gets
// another.
type Run struct {
	ID      string
	List    List
	Person  string
	Day     cadence.Date // first working day, or the last
	State   RunState
	BeganAt time.Time
	BeganBy string // account; empty: by itself
	EndedAt time.Time
	EndedBy string // account; empty: by itself
	Reason  string // why it was cancelled
	Steps   []RunStep

	Name, Title string // of the person, for a page
}

// RunStep is a step of a checklist.
type RunStep struct {
	ID       string // of the row; Step.ID is the step of the list
	Run      string
	Step     // as it was when the checklist began, or as it was changed for it
	N        int
	Assignee string // person; empty: nobody was found
	Chosen   string // one sentence when it is not who the step names
	Due      cadence.Date
	State    StepState
	At       time.Time // when it happened, as was said
	SaidAt   time.Time // when that was said
	By       string    // account that said it; empty: Toucan
	Note     string
	Items    []string // evidence
}

// Late reports whether the step is still to be done on a day after it was due.
func (s RunStep) Late(today cadence.Date) bool { return s.State == ToDo && s.Due < today }

// Count returns how many steps are done or not needed, how many are asked in all,
// and how many are overdue on a day.
func (r Run) Count(today cadence.Date) (done, all, late int) {
	for _, s := range r.Steps {
		switch s.State {
		case StepDone, NotNeeded:
			done++
		case Withdrawn:
			continue
		case ToDo:
			if s.Late(today) {
				late++
			}
		}
		all++
	}
	return done, all, late
}

// Next is the first day on which something is due, or no date.
func (r Run) Next() cadence.Date {
	var next cadence.Date
	for _, s := range r.Steps {
		if s.State == ToDo && (!next.Known() || s.Due < next) {
			next = s.Due
		}
	}
	return next
}

// find returns the place of a step of the list, or -1.
func (r Run) find(step string) int {
	return slices.IndexFunc(r.Steps, func(s RunStep) bool { return s.Step.ID == step })
}

// clone returns a copy that shares nothing that is changed in place.
func (r Run) clone() Run {
	r.Steps = slices.Clone(r.Steps)
	return r
}
