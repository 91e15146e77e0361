package joiner

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// past reads the checklists of some persons with their steps.
func past(ctx context.Context, tx *db.Tx, org string, persons []string) ([]Run, error) {
	args := []any{org}
	whose := `r.person IN (` + db.Among(&args, persons) + `)`
	runs, err := readRuns(ctx, tx, org, whose, args[1:]...)
	if err != nil || len(runs) == 0 {
		return runs, err
	}
	return runs, readSteps(ctx, tx, org, runs, whose, args[1:]...)
}

// Shown returns the checklists of some persons that were brought to their end and
// the decisions on their background, in the caller's transaction. What was found is
// in no word of it.
func (s *Store) Shown(ctx context.Context, tx *db.Tx, org string, persons []string, _ time.Time) ([]people.Artefact, error) {
	z, err := access.Days(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	runs, err := past(ctx, tx, org, persons)
	if err != nil {
		return nil, err
	}
	var out []people.Artefact
	for _, r := range runs {
		if r.State != Done {
			continue
		}
		a := people.Artefact{Person: r.Person, Check: people.JoiningCheck, At: r.EndedAt, What: "All steps of the list for joining on " + r.Day.String(), Leaf: r.ID}
		if r.List == Leaving {
			a.Check, a.What = people.LeavingCheck, "All steps of the list for leaving on "+r.Day.String()
		}
		for _, x := range r.Steps {
			a.Evidence = append(a.Evidence, x.Items...)
		}
		out = append(out, a)
	}
	for _, id := range persons {
		records, err := readBackground(ctx, tx, org, id)
		if err != nil {
			return nil, err
		}
		for _, b := range records[id] {
			if b.Settled() && b.Outcome.Passed() {
				out = append(out, people.Artefact{Person: id, Check: people.BackgroundCheck, At: z.Start(b.Decided), What: "The record of the check, decided", Leaf: b.ID})
			}
		}
	}
	return out, nil
}

// Stood says how some persons stood at a moment that has passed, in the caller's
// transaction.
func (s *Store) Stood(ctx context.Context, tx *db.Tx, org string, roster *people.Roster, persons []string, at time.Time) ([]people.Standing, error) {
	w := &World{Roster: roster, Now: at}
	var err error
	if w.Setting, err = readSetting(ctx, tx, org, at); err != nil {
		return nil, err
	}
	if w.Zones, err = access.Days(ctx, tx, org); err != nil {
		return nil, err
	}
	runs, err := past(ctx, tx, org, persons)
	if err != nil {
		return nil, err
	}
	records := map[string][]Background{}
	for _, id := range persons {
		list, err := readBackground(ctx, tx, org, id)
		if err != nil {
			return nil, err
		}
		for _, b := range list[id] {
			records[id] = append(records[id], b.asOf(w.Zones.DateOf(at)))
		}
	}
	w.byPerson = map[string][]Run{}
	of := map[string][]Progress{}
	for _, r := range runs {
		if r, ok := r.asOf(at); ok {
			w.byPerson[r.Person] = append(w.byPerson[r.Person], r)
			of[r.Person] = append(of[r.Person], r.progress(w.Zones.DateOf(at)))
		}
	}
	var out []people.Standing
	for _, id := range persons {
		if p, ok := roster.Person(id); ok {
			out = append(out, w.standJoining(p, of[id]), w.standLeaving(p, of[id]), w.standBackground(p, records[id]))
		}
	}
	return out, nil
}

// asOf is the checklist as it was at a moment; false before it began. A step counts
// from when it happened, as was said.
func (r Run) asOf(at time.Time) (Run, bool) {
	if r.BeganAt.After(at) {
		return Run{}, false
	}
	r = r.clone()
	if r.EndedAt.After(at) {
		r.State, r.EndedAt, r.EndedBy, r.Reason = Open, time.Time{}, "", ""
	}
	for i := range r.Steps {
		x := &r.Steps[i]
		when := x.At
		if when.IsZero() {
			when = x.SaidAt
		}
		if x.State != ToDo && when.After(at) {
			x.State, x.At, x.SaidAt, x.By, x.Note = ToDo, time.Time{}, time.Time{}, "", ""
		}
	}
	return r, true
}

// progress counts what is left of a checklist with its steps, on a day.
func (r Run) progress(today cadence.Date) Progress {
	p := Progress{Run: r, Next: r.Next()}
	p.Steps = nil
	for _, x := range r.Steps {
		p.Evidence = append(p.Evidence, x.Items...)
		if x.Removal {
			p.Steps = append(p.Steps, x)
		}
		if x.State != ToDo {
			continue
		}
		p.Left++
		if x.Late(today) {
			p.Late++
		}
		if x.Assignee == "" {
			p.Nobody++
		}
	}
	return p
}

// asOf is the record as it was at the end of a day: what was decided later was not
// decided then.
func (b Background) asOf(day cadence.Date) Background {
	if b.Decided > day {
		b.Outcome, b.Decided, b.DecidedBy = Undecided, 0, ""
	}
	return b
}
