package approval

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/task"
)

func taskKind(a Approval) string { return string(a.Subject.Kind) + ".approve" }

func subjectOf(a Approval) task.Subject {
	return task.Subject{Kind: string(a.Subject.Kind), ID: a.Subject.ID, Words: a.Subject.Words}
}

// tasks are those of everybody who can decide now.
func (a Approval) tasks(members []Member) []task.New {
	var out []task.New
	if a.State == Open {
		for _, m := range a.Stand(members).May {
			out = append(out, task.New{Assignee: task.Assignee{Account: m.Account}, Kind: taskKind(a), Subject: subjectOf(a), Title: "Approve or reject " + a.Subject.Words, Fixed: true})
		}
	}
	return out
}

// align gives a task to everybody who can decide now, and ends those of everybody
// else. The log has the decisions themselves.
func (s *Store) align(ctx context.Context, tx *db.Tx, org, by string, a Approval, members []Member, now time.Time) error {
	may := map[task.Assignee]bool{}
	for _, n := range a.tasks(members) {
		may[n.Assignee] = true
		if _, err := task.Put(ctx, tx, org, by, n, now); err != nil {
			return err
		}
	}
	open, err := task.Of(ctx, tx, org, subjectOf(a))
	if err != nil {
		return err
	}
	for _, t := range open {
		if t.Kind != taskKind(a) || may[t.Assignee] {
			continue
		}
		why := map[State]string{Open: "Somebody else decides now.", Withdrawn: "It was withdrawn."}[a.State]
		if why == "" {
			why = "Others decided."
		}
		c := task.Closing{Kind: t.Kind, Subject: t.Subject, Assignee: t.Assignee, State: task.Cancelled, Reason: why, Quiet: true}
		if _, err := task.Close(ctx, tx, s.log, org, by, c, now); err != nil {
			return err
		}
	}
	return nil
}

// Work is the job that brings the tasks of open approvals in line with who is a
// member and in which role.
type Work struct{}

// Kind implements job.Work.
func (Work) Kind() string { return "approval.tasks" }

// Align brings the tasks of the open approvals of an organisation in line with
// its members.
func (s *Store) Align(ctx context.Context, org string, now time.Time) error {
	var open []Approval
	err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		open, err = read(ctx, tx, org, `a.state = 'open'`)
		return err
	})
	if err != nil || len(open) == 0 {
		return err
	}
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		members, err := membersOf(ctx, tx, org)
		if err != nil {
			return err
		}
		if open, err = read(ctx, tx, org, `a.state = 'open'`); err != nil {
			return err
		}
		for _, a := range open {
			if err := s.align(ctx, tx, org, "", a, members, now); err != nil {
				return err
			}
		}
		return nil
	})
}
