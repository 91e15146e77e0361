package joiner

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// Said is what somebody says of a step.
type Said struct {
	State StepState // StepDone, NotNeeded, or ToDo to take back what was said
	At    time.Time // when it happened; zero: now
	Note  string    // a reason, when it is not needed or taken back
}

const maxNote = 1000

func (x Said) checked(now time.Time) (Said, error) {
	var err error
	if x.Note, err = db.Prose("note", "The note", x.Note, maxNote); err != nil {
		return x, err
	}
	switch x.State {
	case StepDone:
		if x.At.IsZero() {
			x.At = now
		}
		if x.At = moment(x.At); x.At.After(now) {
			return x, problem.Field("at", "This moment lies in the future. Say it when it has happened.")
		}
		if x.At.Before(now.AddDate(-5, 0, 0)) {
			return x, problem.Field("at", "This lies more than five years back. Check the year.")
		}
	case NotNeeded, ToDo:
		x.At = time.Time{}
		if x.Note == "" && x.State == NotNeeded {
			return x, problem.Field("note", "Say why it is not needed.")
		}
		if x.Note == "" {
			return x, problem.Field("note", "Say why it is to be done again.")
		}
	default:
		return x, problem.Field("state", "Choose done, not needed or open again.")
	}
	return x, nil
}

// may reports whether the actor may say something of a step: those who run the
// checklists of every one, everybody else of the steps they have to do.
func may(ctx context.Context, tx *db.Tx, who access.Actor, s RunStep, state StepState) error {
	if who.Can(access.ManageJoiners) {
		return nil
	}
	me, err := personOf(ctx, tx, who)
	if err != nil {
		return err
	}
	if me == "" || s.Assignee != me {
		return problem.New(problem.NotFound, "There is no such step of yours. It may have been given to somebody else.")
	}
	if state == NotNeeded {
		return problem.New(problem.Forbidden, "Only those who run the checklists say that a step is not needed. Write to them why.")
	}
	return nil
}

// Settle says that a step is done or not needed, or takes that back. Everybody may
// say so of their own steps; whoever runs the checklists, of all.
func (s *Store) Settle(ctx context.Context, who access.Actor, step string, x Said, now time.Time) error {
	if err := who.May(access.OwnTasks); err != nil {
		return err
	}
	now = moment(now)
	x, err := x.checked(now)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, i, err := stepOf(ctx, tx, who.Org(), step)
		if err != nil {
			return err
		}
		was := r.Steps[i]
		if err := may(ctx, tx, who, was, x.State); err != nil {
			return err
		}
		if err := settles(r, was, x.State); err != nil {
			return err
		}
		return s.settle(ctx, tx, who, r, i, x, now)
	})
}

// settles says why a step cannot come into a state, or nil.
func settles(r Run, s RunStep, to StepState) error {
	switch {
	case r.State == Cancelled:
		return problem.New(problem.Conflict, "This checklist was cancelled: %s", r.Reason)
	case s.State == Withdrawn:
		return problem.New(problem.Conflict, "This step is not asked any more.")
	case s.State == to:
		return problem.New(problem.Conflict, "Somebody said so already.")
	case s.State != ToDo && to != ToDo:
		return problem.New(problem.Conflict, "This step is settled already. Take that back first.")
	case to == StepDone && s.ByItself():
		return problem.New(problem.Conflict, "This step closes by itself: %s. It is done where that is done.", s.Check.Label())
	case to == StepDone && s.Check != "":
		return problem.New(problem.Conflict, "Record the background check: the step closes when it is decided.")
	}
	return nil
}

func (s *Store) settle(ctx context.Context, tx *db.Tx, who access.Actor, r Run, i int, x Said, now time.Time) error {
	org, step := who.Org(), r.Steps[i]
	_, err := tx.Exec(ctx, `UPDATE joiner_run_step SET state = $3, done_at = $4, said_at = $5, account = $6, note = $7 WHERE org = $1 AND id = $2`,
		org, step.ID, string(x.State), db.Micros(x.At), db.Micros(now), who.Account(), x.Note)
	if err != nil {
		return err
	}
	w := writer{s: s, tx: tx, org: org, by: who.Account(), now: now}
	acts := db.Into(actColumns)
	at := int64(0)
	if !x.At.IsZero() {
		at = db.Micros(x.At)
	}
	if err := w.act(ctx, acts, r.ID, kindStep, stepFact{r.ID, step.Step.ID, x.State, at, x.Note}); err != nil {
		return err
	}
	r.Steps[i].State = x.State
	state := Done
	if slices.ContainsFunc(r.Steps, func(s RunStep) bool { return s.State == ToDo }) {
		state = Open
	}
	if state != r.State {
		r.State, r.EndedAt, r.EndedBy = state, time.Time{}, ""
		kind := kindChanged
		if state == Done {
			r.EndedAt, r.EndedBy, kind = now, who.Account(), kindEnded
		}
		if err := w.updateRun(ctx, r); db.IsUnique(err) {
			return problem.New(problem.Conflict, "This person has a newer checklist that is open, so this one cannot be opened again.")
		} else if err != nil {
			return err
		}
		if err := w.act(ctx, acts, r.ID, kind, runFact{r.ID, r.List, r.Person, r.Day.String(), r.State, "", []runStepsFact{}}); err != nil {
			return err
		}
	}
	if err := acts.Insert(ctx, tx); err != nil {
		return err
	}
	if x.State == ToDo {
		if !needsTask(r.Steps[i]) {
			return nil
		}
		_, err := task.Put(ctx, tx, org, who.Account(), newTask(r, r.Steps[i]), now)
		return err
	}
	c := task.Closing{Subject: task.Subject{Kind: SubjectStep, ID: step.ID}, State: task.Done, Quiet: true}
	if x.State == NotNeeded {
		c.State, c.Reason = task.Cancelled, "Not needed."
	}
	_, err = task.Close(ctx, tx, s.log, org, who.Account(), c, now)
	return err
}

// stepOf finds the checklist a step is on, and its place there.
func stepOf(ctx context.Context, tx *db.Tx, org, step string) (Run, int, error) {
	none := problem.New(problem.NotFound, "There is no such step of yours. It may have been given to somebody else.")
	runs, err := readRuns(ctx, tx, org, `r.id = (SELECT run FROM joiner_run_step WHERE org = $1 AND id = $2)`, known(step))
	if err != nil || len(runs) == 0 {
		if err == nil {
			err = none
		}
		return Run{}, 0, err
	}
	r := runs[0]
	if err := readSteps(ctx, tx, org, runs, `r.id = $2`, r.ID); err != nil {
		return r, 0, err
	}
	r = runs[0]
	i := slices.IndexFunc(r.Steps, func(s RunStep) bool { return s.ID == step })
	if i < 0 {
		return r, 0, none
	}
	return r, i, nil
}

const maxItems = 20 // attached to one step

// Attach files what shows that a step was done, and attaches it. No file is taken
// for a background check.
func (s *Store) Attach(ctx context.Context, who access.Actor, step, name string, content io.Reader, now time.Time) (evidence.Item, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return evidence.Item{}, err
	}
	now = moment(now)
	var r Run
	var i int
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if r, i, err = stepOf(ctx, tx, who.Org(), step); err != nil {
			return err
		}
		return may(ctx, tx, who, r.Steps[i], StepDone)
	})
	if err == nil {
		err = attachable(r.Steps[i])
	}
	if err != nil {
		return evidence.Item{}, err
	}
	f, err := s.evidence.Stage(ctx, who.Org(), who.Account(), name, content, now)
	if err != nil {
		return evidence.Item{}, err
	}
	kind := r.Steps[i].Evidence
	if kind == "" {
		kind = map[List]string{Joining: "onboarding-checklist", Leaving: "offboarding-checklist"}[r.List]
	}
	var item evidence.Item
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var err error
		item, err = s.evidence.Issue(ctx, tx, who.Org(), who.Account(), evidence.Filing{
			Title: cut(r.Steps[i].Title, 110) + ": " + cut(r.Name, 80), Kind: kind, CapturedAt: now, Source: evidence.Person, Files: []evidence.File{f}}, now)
		if err != nil {
			return err
		}
		return s.attach(ctx, tx, who, r, r.Steps[i], item.ID, now)
	})
	return item, err
}

func attachable(s RunStep) error {
	if err := RefuseFile(s.Evidence); err != nil {
		return err
	}
	if len(s.Items) >= maxItems {
		return problem.New(problem.Conflict, "%d pieces of evidence are attached to this step, which is enough. Put what is left into one file.", maxItems)
	}
	if s.State == Withdrawn {
		return problem.New(problem.Conflict, "This step is not asked any more.")
	}
	return nil
}

func (s *Store) attach(ctx context.Context, tx *db.Tx, who access.Actor, r Run, step RunStep, item string, now time.Time) error {
	if slices.Contains(step.Items, item) {
		return problem.New(problem.Conflict, "This evidence is attached already.")
	}
	rows := db.Into(`joiner_run_item (org, id, step, item, at, account)`)
	rows.Add(who.Org(), newID(), step.ID, item, db.Micros(now), who.Account())
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	w := writer{s: s, tx: tx, org: who.Org(), by: who.Account(), now: now}
	acts := db.Into(actColumns)
	if err := w.act(ctx, acts, r.ID, kindAttached, itemFact{r.ID, step.Step.ID, item}); err != nil {
		return err
	}
	return acts.Insert(ctx, tx)
}
