package joiner

import (
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// World is everything that decides which checklists run, at one moment.
type World struct {
	Roster   *people.Roster
	Setting  Setting
	Versions []Version // of steps, in the order in which they take effect
	Followed []string  // frameworks
	Runs     []Run     // all there ever were; the open ones with their steps
	// Closed says since when a person fulfils a check, by check and person.
	Closed map[people.Check]map[string]time.Time
	Zones  cadence.Zones
	Now    time.Time

	byPerson map[string][]Run
}

// Change is a checklist as it is and as it should be. Was.ID is empty when it is
// to begin.
type Change struct{ Was, Is Run }

// Next returns what has to change now: checklists that begin, move, gain steps,
// change hands, or end. Asked again with its changes made, it returns nothing.
func (w *World) Next() []Change {
	w.byPerson = map[string][]Run{}
	for _, r := range w.Runs {
		w.byPerson[r.Person] = append(w.byPerson[r.Person], r)
	}
	var out []Change
	for _, r := range w.Runs {
		if r.State != Open {
			continue
		}
		if is := w.Aligned(r); !equal(r, is) {
			out = append(out, Change{r, is})
		}
	}
	if !w.Setting.On() {
		return out
	}
	today := w.Zones.DateOf(w.Now)
	for _, p := range w.Roster.All() {
		if s := w.Roster.StatusOn(p.ID, today); s == people.NotAPerson || s == people.OutOfScope {
			continue
		}
		for _, due := range w.due(p, today) {
			r := Run{List: due.list, Person: p.ID, Day: due.day, State: Open, BeganAt: w.Now, Name: p.Name}
			out = append(out, Change{Is: w.Aligned(r)})
		}
	}
	return out
}

type dueRun struct {
	list List
	day  cadence.Date
}

// due lists the checklists a person should have and does not.
func (w *World) due(p people.Person, today cadence.Date) []dueRun {
	var out []dueRun
	until := today + cadence.Date(w.Setting.Ahead)
	now := w.Roster.StintOn(p.ID, today)
	if now.From.Known() && now.From >= w.Setting.Begins && now.From <= until && (!now.To.Known() || now.To >= today) && !w.has(p.ID, Joining, now) {
		out = append(out, dueRun{Joining, now.From})
	}
	for _, s := range w.stints(p) {
		if s.To.Known() && s.To >= w.Setting.Begins && s.To <= until && !w.has(p.ID, Leaving, s) {
			out = append(out, dueRun{Leaving, s.To})
			break // one at a time
		}
	}
	return out
}

// has reports whether a stint has a checklist already: one that is open or done,
// or one that somebody said is not wanted. One open checklist of a kind is enough.
func (w *World) has(person string, list List, s people.Span) bool {
	return slices.ContainsFunc(w.byPerson[person], func(r Run) bool {
		return r.List == list && (r.State == Open || w.stintOf(r) == s && (r.State == Done || r.EndedBy != ""))
	})
}

// stints returns the stints of a person as they happened.
func (w *World) stints(p people.Person) []people.Span {
	var out []people.Span
	for _, s := range w.Roster.Spans(p.ID) {
		if s.Kind == people.Stint {
			out = append(out, s)
		}
	}
	last := people.Span{Person: p.ID, Kind: people.Stint}
	last.From, _ = cadence.ParseDate(p.StartOn) // what is kept was checked; an empty text is no date
	last.To, _ = cadence.ParseDate(p.EndOn)
	return append(out, last)
}

// stintOf returns the stint a checklist belongs to, also after its dates were
// corrected.
func (w *World) stintOf(r Run) people.Span {
	p, ok := w.Roster.Person(r.Person)
	if !ok {
		return people.Span{}
	}
	return stintFor(w.stints(p), r.List, r.Day)
}

// stintFor finds the stint that a day of beginning or leaving was said of. A
// beginning belongs to the first stint that was not over by then, a leaving to the
// last that had begun.
func stintFor(stints []people.Span, list List, day cadence.Date) people.Span {
	if list == Joining {
		for _, s := range stints {
			if !s.To.Known() || day <= s.To {
				return s
			}
		}
		return stints[len(stints)-1]
	}
	for _, s := range slices.Backward(stints) {
		if s.From <= day {
			return s
		}
	}
	return stints[0]
}

// Aligned returns a checklist as the register, the steps in force and what was
// fulfilled elsewhere say it should be now. What was done or not needed stays as
// it is.
func (w *World) Aligned(r Run) Run {
	is := r.clone()
	today := w.Zones.DateOf(w.Now)
	if why := w.over(r, today); why != "" {
		return is.cancelled(why, "", w.Now)
	}
	if s := w.stintOf(r); r.List == Joining && s.From.Known() {
		is.Day = s.From
	} else if r.List == Leaving {
		is.Day = s.To
	}
	w.steps(&is, today)
	if slices.ContainsFunc(is.Steps, func(s RunStep) bool { return s.State == ToDo }) {
		return is
	}
	is.State, is.EndedAt = Done, w.Now
	return is
}

// over says why an open checklist is not wanted any more, or "".
func (w *World) over(r Run, today cadence.Date) string {
	s := w.stintOf(r)
	switch w.Roster.StatusOn(r.Person, today) {
	case people.OutOfScope:
		return "The person is out of scope."
	case people.NotAPerson:
		return "This is an account of a machine or a team."
	}
	switch {
	case r.List == Joining && s.To.Known() && s.To < today:
		return fmt.Sprintf("The person left on %s before every step was done.", s.To)
	case r.List == Joining && !s.From.Known() && r.BeganBy == "":
		return "The register names no first day any more."
	case r.List == Leaving && !s.To.Known():
		return "The leaving was withdrawn: the register names no last day any more."
	}
	return ""
}

// cancelled ends a checklist and withdraws what was still to be done.
func (r Run) cancelled(why, by string, now time.Time) Run {
	r = r.clone()
	r.State, r.EndedAt, r.EndedBy, r.Reason = Cancelled, now, by, why
	for i := range r.Steps {
		if s := &r.Steps[i]; s.State == ToDo {
			s.State, s.SaidAt, s.By, s.Note = Withdrawn, now, by, why
		}
	}
	return r
}

// steps brings the open steps in line.
func (w *World) steps(r *Run, today cadence.Date) {
	want := InForce(w.Versions, r.List, r.BeganAt, w.Now)
	for i := range r.Steps {
		s := &r.Steps[i]
		n := slices.IndexFunc(want, func(x Step) bool { return x.ID == s.Step.ID })
		switch {
		case s.State != ToDo:
		case n < 0:
			s.State, s.SaidAt, s.Note = Withdrawn, w.Now, "The step is not asked any more."
		default:
			s.Step = want[n]
		}
	}
	for n, x := range want {
		if r.find(x.ID) < 0 && x.Concerns(w.Roster, r.Person, w.Followed) {
			r.Steps = append(r.Steps, RunStep{Run: r.ID, Step: x, N: n, State: ToDo})
		}
	}
	began := w.Zones.DateOf(r.BeganAt)
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.State != ToDo {
			continue
		}
		s.Due = due(s.Step, r.Day, began)
		s.Assignee, s.Chosen = w.Setting.Assign(w.Roster, s.Doer, r.Person, today)
		if at, ok := w.Closed[s.Check][r.Person]; ok && s.Check != "" {
			s.State, s.At, s.SaidAt, s.Note = StepDone, at, w.Now, "Closed by itself: "+s.Check.Label()+"."
		}
		if x, ok := alsoBy[s.Step.ID]; ok && s.State == ToDo {
			if at, ok := w.Closed[x.check][r.Person]; ok {
				s.State, s.At, s.SaidAt, s.Note = StepDone, at, w.Now, "Closed by itself: "+x.words+"."
			}
		}
	}
}

// due is the last day for a step. Nothing is due before the day it was first asked
// for, except removal of access: that has its deadline whoever was told when.
func due(s Step, day, began cadence.Date) cadence.Date {
	d := day + cadence.Date(s.Days)
	if s.Removal {
		return d
	}
	return max(d, began)
}

// equal reports whether nothing would be written.
func equal(a, b Run) bool {
	return a.State == b.State && a.Day == b.Day && slices.EqualFunc(a.Steps, b.Steps, func(x, y RunStep) bool { return x.settled(y) })
}

// settled reports whether nothing of a step would be written.
func (s RunStep) settled(t RunStep) bool {
	return s.ID == t.ID && s.State == t.State && s.Due == t.Due && s.Assignee == t.Assignee && s.Chosen == t.Chosen && s.Step.same(t.Step)
}
