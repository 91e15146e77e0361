package joiner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// Progress is how far a checklist is, in a few figures.
type Progress struct {
	Run
	Left, Late int          // steps still to be done, and overdue ones among them
	Next       cadence.Date // the first day on which one is due
	Nobody     int          // open steps that nobody was found for
	Evidence   []string     // items attached
}

// Stand says how everybody stands with joining, leaving and the background check.
// progress holds every checklist; records, by person.
func (w *World) Stand(progress []Progress, records map[string][]Background) []people.Standing {
	w.byPerson = map[string][]Run{}
	of := make(map[string][]Progress, len(progress))
	for _, p := range progress {
		of[p.Person] = append(of[p.Person], p)
		w.byPerson[p.Person] = append(w.byPerson[p.Person], p.Run)
	}
	out := make([]people.Standing, 0, 3*len(w.Roster.All()))
	for _, p := range w.Roster.All() {
		out = append(out, w.standJoining(p, of[p.ID]), w.standLeaving(p, of[p.ID]), w.standBackground(p, records[p.ID]))
	}
	return out
}

func (w *World) standJoining(p people.Person, list []Progress) people.Standing {
	s := people.Standing{Person: p.ID, Check: people.JoiningCheck, State: people.NotAsked}
	today := w.Zones.DateOf(w.Now)
	stint := w.Roster.StintOn(p.ID, today)
	last, ok := w.latest(list, Joining, stint)
	switch status := w.Roster.StatusOn(p.ID, today); {
	case status == people.NotAPerson || status == people.OutOfScope:
		s.Reason = "Nothing is asked of them."
	case status == people.Former:
		s.Reason = "They have left."
	case ok:
		return w.progress(s, last)
	case !w.Setting.On():
		s.Reason = "Checklists have not been switched on."
	case !stint.From.Known():
		s.Reason = "The register names no first day."
	case stint.From < w.Setting.Begins:
		s.Reason = "They started before " + w.Setting.Begins.String() + ", when checklists began."
	case stint.From > today+cadence.Date(w.Setting.Ahead):
		s.Reason = fmt.Sprintf("The checklist begins %d days before the first day.", w.Setting.Ahead)
	default:
		s.State, s.Reason = people.Unclear, "The checklist should have begun and has not yet; it begins within the hour."
	}
	return s
}

func (w *World) standLeaving(p people.Person, list []Progress) people.Standing {
	s := people.Standing{Person: p.ID, Check: people.LeavingCheck, State: people.NotAsked}
	today := w.Zones.DateOf(w.Now)
	if status := w.Roster.StatusOn(p.ID, today); status == people.NotAPerson || status == people.OutOfScope {
		s.Reason = "Nothing is asked of them."
		return s
	}
	// what a leaving that is over still asks goes before the one that is to come
	var of people.Span
	for _, x := range w.stints(p) {
		if x.To.Known() && x.To <= today+cadence.Date(w.Setting.Ahead) {
			of = x
		}
	}
	if open := slices.IndexFunc(list, func(x Progress) bool { return x.List == Leaving && x.State == Open }); open >= 0 {
		return w.progress(s, list[open])
	}
	last, ok := w.latest(list, Leaving, of)
	switch {
	case !of.To.Known():
		s.Reason = "They are not leaving."
	case w.Roster.StintOn(p.ID, today) != of && w.Roster.StatusOn(p.ID, today) != people.Former:
		s.Reason = "They left and came back."
	case ok:
		return w.progress(s, last)
	case !w.Setting.On():
		s.Reason = "Checklists have not been switched on."
	case of.To < w.Setting.Begins:
		s.Reason = "They left before " + w.Setting.Begins.String() + ", when checklists began."
	default:
		s.State, s.Reason = people.Unclear, "The checklist should have begun and has not yet; it begins within the hour."
	}
	return s
}

// latest returns the checklist of a stint that counts: the newest one.
func (w *World) latest(list []Progress, l List, stint people.Span) (Progress, bool) {
	for _, p := range slices.Backward(list) {
		if p.List == l && w.stintOf(p.Run) == stint {
			return p, true
		}
	}
	return Progress{}, false
}

// progress says how somebody stands who has a checklist.
func (w *World) progress(s people.Standing, p Progress) people.Standing {
	s.Evidence = p.Evidence
	var removed Removed
	if p.List == Leaving {
		removed = RemovalOf(p.Day, w.Setting.Deadline(), w.Zones, p.Steps, w.Now)
	}
	switch {
	case p.State == Cancelled:
		s.Reason = "The checklist was cancelled: " + p.Reason
	case p.State == Done:
		s.State, s.Since = people.Done, p.EndedAt
		if removed.Timing == LateDone {
			s.Reason = removed.Why
		}
	case removed.Timing == Overdue:
		s.State, s.Due, s.Since, s.Reason = people.Missing, p.Next, removed.Deadline, removed.Why
	case p.Late > 0:
		s.State, s.Due, s.Since = people.Missing, p.Next, w.Zones.End(p.Next)
		s.Reason = fmt.Sprintf("%s overdue, the first since %s.", steps(p.Late, "is", "are"), p.Next)
	default:
		s.State, s.Due, s.Since = people.Due, p.Next, p.BeganAt
		s.Reason = fmt.Sprintf("%s to be done.", steps(p.Left, "is still", "are still"))
	}
	if p.Nobody > 0 && p.State == Open {
		of := "one"
		if p.Nobody > 1 {
			of = fmt.Sprint(p.Nobody)
		}
		s.Reason += " Nobody was found to do " + of + " of them."
	}
	return s
}

// steps is a number of steps with its verb.
func steps(n int, one, many string) string {
	words, verb := fmt.Sprintf("%d steps", n), many
	if n == 1 {
		words, verb = "One step", one
	}
	return words + " " + verb
}

// Tables are those that Standings reads, beside those of the people register.
func Tables() []string {
	return []string{"joiner_setting", "joiner_run", "joiner_run_step", "joiner_run_item", "background_check", "policy_version"}
}

// Standings says how everybody stands with joining, leaving and the background
// check. It reads in the caller's transaction.
func (s *Store) Standings(ctx context.Context, tx *db.Tx, org string, roster *people.Roster, now time.Time) ([]people.Standing, error) {
	w := &World{Roster: roster, Now: now}
	var err error
	if w.Setting, err = readSetting(ctx, tx, org, now); err != nil {
		return nil, err
	}
	if w.Zones, err = access.Days(ctx, tx, org); err != nil {
		return nil, err
	}
	runs, err := readRuns(ctx, tx, org, "")
	if err != nil {
		return nil, err
	}
	progress, err := readProgress(ctx, tx, org, runs, w.Zones.DateOf(now))
	if err != nil {
		return nil, err
	}
	records, err := readBackground(ctx, tx, org, "")
	if err != nil {
		return nil, err
	}
	return w.Stand(progress, records), nil
}

// background is how everybody stands with the background check alone.
func (s *Store) background(ctx context.Context, tx *db.Tx, org string, w *World) ([]people.Standing, error) {
	records, err := readBackground(ctx, tx, org, "")
	if err != nil {
		return nil, err
	}
	var out []people.Standing
	for id, list := range records {
		if p, ok := w.Roster.Person(id); ok {
			out = append(out, w.standBackground(p, list))
		}
	}
	return out, nil
}

// readProgress counts what is left of checklists, and reads the steps that show
// removal of access.
func readProgress(ctx context.Context, tx *db.Tx, org string, runs []Run, today cadence.Date) ([]Progress, error) {
	out := make([]Progress, len(runs))
	at := make(map[string]int, len(runs))
	for i, r := range runs {
		out[i].Run, at[r.ID] = r, i
	}
	rows, err := tx.Query(ctx, `SELECT run, count(*), sum(CASE WHEN due < $2 THEN 1 ELSE 0 END), min(due), sum(CASE WHEN assignee = '' THEN 1 ELSE 0 END)
		FROM joiner_run_step WHERE org = $1 AND state = 'open' GROUP BY run`, org, today)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var run string
		var p Progress
		if err := scan(&run, &p.Left, &p.Late, &p.Next, &p.Nobody); err != nil {
			return err
		}
		if i, ok := at[run]; ok {
			p.Run = out[i].Run
			out[i] = p
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT run, state, done_at, note FROM joiner_run_step WHERE org = $1 AND removal`, org)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var run string
		var done int64
		s := RunStep{Step: Step{Removal: true}}
		if err := scan(&run, &s.State, &done, &s.Note); err != nil {
			return err
		}
		s.At = db.Time(done)
		if i, ok := at[run]; ok {
			out[i].Steps = append(out[i].Steps, s)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT s.run, i.item FROM joiner_run_item i JOIN joiner_run_step s ON s.org = i.org AND s.id = i.step WHERE i.org = $1 ORDER BY i.at, i.id`, org)
	if err != nil {
		return nil, err
	}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var run, item string
		err := scan(&run, &item)
		if i, ok := at[run]; ok {
			out[i].Evidence = append(out[i].Evidence, item)
		}
		return err
	})
}
