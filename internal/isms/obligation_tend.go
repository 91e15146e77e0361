package isms

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/task"
)

// TaskObligation is the task to meet an obligation, and SubjectObligation what it
// is about. The values are stored.
const (
	TaskObligation    = "isms.obligation"
	SubjectObligation = "obligation"
)

// ObligationWork is the job that asks people for what falls due.
type ObligationWork struct{}

// Kind names the job.
func (ObligationWork) Kind() string { return "isms.obligations" }

var _ job.Work = ObligationWork{}

// ObligationsEvery is how often that is done.
const ObligationsEvery = time.Hour

// obligationTask is what should be open about an obligation, and why what is open
// and should not be is over.
type obligationTask struct {
	subject task.Subject
	want    []task.New
	over    task.State
	why     string
}

// TendObligations asks those who have to do it for what falls due soon, what is in
// its days of grace and what was missed, and stops asking for what was done. It may
// run as often as one likes.
func (s *Store) TendObligations(ctx context.Context, org string, now time.Time) error {
	now = cycleMoment(now)
	var plan []obligationTask
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		c, err := readCycle(ctx, tx, org, now, dutyKinds)
		if err != nil || len(c.Obligations) == 0 {
			return err
		}
		span := c.horizonOf()
		j := NewJudging(c.Binding.Zones, span.From, c.Now)
		for _, o := range c.Obligations {
			plan = append(plan, c.task(c.row(o, j, span)))
		}
		open, err := openObligationTasks(ctx, tx, org)
		plan = slices.DeleteFunc(plan, func(p obligationTask) bool { return p.stands(open[p.subject.ID]) })
		return err
	})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(plan, 100) {
		err := s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
			for _, p := range part {
				if err := s.askObligation(ctx, tx, org, p, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// openTask is what is compared of a task that is open.
type openTask struct {
	who   string
	title string
	due   cadence.Date
}

func openObligationTasks(ctx context.Context, tx *db.Tx, org string) (map[string][]openTask, error) {
	rows, err := tx.Query(ctx, `SELECT subject, assignee, title, due FROM task WHERE org = $1 AND kind = $2 AND subject_kind = $3 AND state = 'open'`, org, TaskObligation, SubjectObligation)
	if err != nil {
		return nil, err
	}
	out := map[string][]openTask{}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var id string
		var t openTask
		err := scan(&id, &t.who, &t.title, &t.due)
		out[id] = append(out[id], t)
		return err
	})
}

// stands reports whether what is open is what should be.
func (p obligationTask) stands(open []openTask) bool {
	if len(open) != len(p.want) {
		return false
	}
	for _, n := range p.want {
		if !slices.Contains(open, openTask{n.Assignee.String(), n.Title, n.Due}) {
			return false
		}
	}
	return true
}

// task says who has to be asked for an obligation now.
func (c *cycle) task(r ObligationRow) obligationTask {
	t, x := r.Text, r.Present
	out := obligationTask{subject: task.Subject{Kind: SubjectObligation, ID: r.ID, Words: r.Code + " " + t.Title}, over: task.Done, why: "It was done."}
	switch {
	case t.Ended:
		out.over, out.why = task.Cancelled, "It is asked no more."
	case r.Known && (x.State == DutyDue || x.State == DutyMissed):
		title := t.Title + ": do it, and file what shows it"
		if x.State == DutyMissed {
			title = t.Title + ": missed; do it now, and file what shows it"
		}
		for _, id := range c.holders(t, c.Today) {
			out.want = append(out.want, task.New{Assignee: task.Assignee{Person: id}, Kind: TaskObligation, Subject: out.subject, Title: title, Due: x.Due, Fixed: true})
		}
		out.over, out.why = task.Cancelled, "Somebody else does it now."
	}
	return out
}

// askObligation brings the open tasks in line.
func (s *Store) askObligation(ctx context.Context, tx *db.Tx, org string, p obligationTask, now time.Time) error {
	open, err := task.Of(ctx, tx, org, p.subject)
	if err != nil {
		return err
	}
	for _, t := range open {
		if t.Kind != TaskObligation || slices.ContainsFunc(p.want, func(n task.New) bool { return n.Assignee == t.Assignee }) {
			continue
		}
		c := task.Closing{Kind: TaskObligation, Subject: p.subject, Assignee: t.Assignee, State: p.over, Reason: p.why, Quiet: true}
		if _, err := task.Close(ctx, tx, s.Log, org, "", c, now); err != nil {
			return err
		}
	}
	_, err = task.PutAll(ctx, tx, org, "", p.want, now)
	return err
}

// closeObligation ends the task of an occurrence that somebody says is met.
func (s *Store) closeObligation(ctx context.Context, tx *db.Tx, org, by string, o Obligation, x Occurrence, now time.Time) error {
	open, err := task.Of(ctx, tx, org, task.Subject{Kind: SubjectObligation, ID: o.ID})
	if err != nil {
		return err
	}
	for _, t := range open {
		if t.Due != x.Due {
			continue
		}
		c := task.Closing{Kind: TaskObligation, Subject: t.Subject, Assignee: t.Assignee, State: task.Done, Reason: fmt.Sprintf("Done for %s.", x.Period), Quiet: true}
		if _, err := task.Close(ctx, tx, s.Log, org, by, c, now); err != nil {
			return err
		}
	}
	return nil
}
