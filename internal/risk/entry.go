package risk

import (
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/finding"
)

// State says how a risk stands. The values appear in addresses and files.
type State string

const (
	Unscored  State = "unscored"  // the library's numbers at most: nobody here scored it
	Breached  State = "breach"    // a law is broken: a nonconformity
	Lapsed    State = "lapsed"    // it was accepted, and is not any more
	Untreated State = "untreated" // outside the appetite, and nothing was decided
	Overdue   State = "overdue"   // its plan should have been completed
	Planned   State = "planned"   // a plan waits for its owner
	Treating  State = "treating"  // an approved plan is carried out
	Treated   State = "treated"   // the plan is complete; the residual risk was not scored or accepted yet
	Accepted  State = "accepted"  // until a day
	Tolerated State = "tolerated" // within the appetite
	Closed    State = "closed"
)

// States returns all states, those that ask for most attention first.
func States() []State {
	return []State{Breached, Lapsed, Untreated, Overdue, Unscored, Planned, Treated, Treating, Accepted, Tolerated, Closed}
}

// Label is the state as a page writes it.
func (s State) Label() string {
	switch s {
	case Unscored:
		return "Not yet scored by you"
	case Breached:
		return "Nonconformity"
	case Lapsed:
		return "Acceptance lapsed"
	case Untreated:
		return "Not treated"
	case Overdue:
		return "Plan overdue"
	case Planned:
		return "Plan waits for its owner"
	case Treating:
		return "Being treated"
	case Treated:
		return "Treated, residual risk open"
	case Accepted:
		return "Accepted"
	case Tolerated:
		return "Within appetite"
	}
	return "Closed"
}

// Entry is a risk with everything the register knows of it on a day.
type Entry struct {
	Risk
	OwnerName  string
	Links      []Link
	Inherent   *Score // the newest of each kind that seconds no other; nil: none
	Current    *Score
	Target     *Score
	Seconds    []Score // second scores given beside the newest inherent and current ones
	Plan       *Plan
	Actions    []finding.Action
	Acceptance *Acceptance
	Triggers   []Trigger // open

	// Worked out for the day the register was read on.
	Effective Effective // the current score with what failing controls gave back; the inherent one while there is no current one
	Verdict   Verdict
	State     State
	Why       string // of the state, in a sentence
	Reviewed  time.Time

	each func() // called with each plan or acceptance that is read; nil in a register
}

// seen hands over what was just read, where somebody wants all of it.
func (e *Entry) seen() {
	if e.each != nil {
		e.each()
	}
}

// Scored reports whether somebody of the organisation scored it.
func (e *Entry) Scored() bool { return e.Inherent != nil || e.Current != nil }

// Counting is the score that the verdict rests on: the current one, or the inherent
// one while nobody gave a current one. Nil when nobody scored it.
func (e *Entry) Counting() *Score {
	if e.Current != nil {
		return e.Current
	}
	return e.Inherent
}

// Default returns the numbers of the library for a risk that was adopted from it.
// They are nobody's score.
func (e *Entry) Default() (Point, bool) {
	s, ok := FindScenario(e.Scenario)
	return s.Default, ok
}

// Above reports whether the risk is in the register, scored, and outside the appetite.
func (e *Entry) Above() bool { return !e.Closed() && e.Scored() && !e.Verdict.Within }

// Late counts the actions that should have been done before today.
func (e *Entry) Late(today cadence.Date) (open, late int) {
	for _, a := range e.Actions {
		if a.State == finding.Open {
			open++
			if a.Overdue(today) {
				late++
			}
		}
	}
	return open, late
}

// Worked reports whether an approved plan has actions that somebody works on or
// has done.
func (e *Entry) Worked() bool {
	if !e.Plan.Approved() || e.Plan.Choice == Accept {
		return false
	}
	for _, a := range e.Actions {
		if a.State != finding.Dropped && a.Owner != "" {
			return true
		}
	}
	return false
}

// settle works out how the risk stands on a day. The score is read by the method
// it was given under.
func (e *Entry) settle(m *Method, states map[string]Operating, today cadence.Date) {
	e.Effective, e.Verdict = Effective{}, Verdict{}
	if s := e.Counting(); s != nil {
		e.Reviewed = s.At
		e.Effective = Effective{Point: s.Point}
		if states != nil {
			e.Effective = m.Effective(s.Point, s.Relied, states)
		}
		e.Verdict = m.Judge(e.Facts(e.Effective.Point))
	}
	e.State, e.Why = e.stand(today)
}

// stand is the state of the risk on a day, and why.
func (e *Entry) stand(today cadence.Date) (State, string) {
	switch {
	case e.Closed():
		return Closed, "Closed: " + stop(e.ClosedWhy)
	case e.Breach:
		return Breached, "A law is known to be broken. That is a nonconformity and not a risk that somebody may accept."
	case !e.Scored() && e.Scenario != "":
		return Unscored, "The numbers beside it are those of the library. They count for nothing until you score it."
	case !e.Scored():
		return Unscored, "Nobody has scored it yet."
	}
	holds, why := e.Acceptance.Holds(today, e.Effective.Point)
	switch {
	case holds:
		return Accepted, why
	case e.Acceptance != nil && !e.Verdict.Within && e.Acceptance.WithdrawnAt.IsZero() && !e.replanned():
		return Lapsed, why
	case e.Plan.Late(today) && e.Plan.Choice != Accept:
		return Overdue, fmt.Sprintf("The plan was due on %s and is not complete.", e.Plan.Due.Words())
	case e.Plan.Completed() && !e.Verdict.Within:
		return Treated, "The plan is complete. Score the risk again; who has the authority accepts what remains, or another plan follows."
	case e.Plan != nil && !e.Plan.Completed() && e.Plan.Choice != Accept && !e.Plan.Approved():
		return Planned, "The owner of the risk has to approve the plan."
	case e.Plan != nil && !e.Plan.Completed() && e.Plan.Choice != Accept:
		return Treating, treating(e, today)
	case e.Verdict.Within:
		return Tolerated, e.Verdict.Why
	}
	return Untreated, e.Verdict.Why + " Nothing was decided about it."
}

// replanned reports whether a treatment was planned since the acceptance lapsed: the
// risk is not left alone any more.
func (e *Entry) replanned() bool {
	p, a, s := e.Plan, e.Acceptance, e.Counting()
	if p == nil || p.Choice == Accept {
		return false
	}
	on := cadence.DateOf(p.At, time.UTC)
	return on > a.Until || s != nil && s.At.After(a.At) && p.At.After(s.At)
}

func treating(e *Entry, today cadence.Date) string {
	open, late := e.Late(today)
	done := 0
	for _, a := range e.Actions {
		if a.State == finding.Done {
			done++
		}
	}
	switch {
	case open+done == 0:
		return "The plan is approved and names no action yet."
	case late > 0:
		return fmt.Sprintf("%d of %s done; %d overdue.", done, counted(open+done, "action"), late)
	}
	return fmt.Sprintf("%d of %s done.", done, counted(open+done, "action"))
}

// Next is one thing to do about the risk next; empty when there is none.
func (e *Entry) Next() string {
	switch e.State {
	case Unscored:
		return "Score it."
	case Breached:
		return "Put it right; the finding says how far that is."
	case Lapsed:
		return "Accept it again, or treat it."
	case Untreated:
		return "Choose a treatment, or have it accepted."
	case Overdue:
		return "Complete the plan, or plan anew."
	case Planned:
		return "Have its owner approve the plan."
	case Treated:
		return "Score what remains, and have it accepted."
	}
	switch {
	case e.Closed():
	case len(e.Triggers) > 0:
		return "Score it again: " + e.Triggers[0].Kind.Label() + "."
	case e.Verdict.Lacks != "":
		return "Write down a contingency."
	case e.Owner == "":
		return "Name an owner."
	}
	return ""
}
