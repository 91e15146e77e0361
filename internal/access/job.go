package access

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Resume returns the account as the actor it is in the organisation now, for
// work it asked for earlier. It returns a Forbidden problem if it is no member
// any more.
func (s *Store) Resume(ctx context.Context, org, account string) (Actor, error) {
	who := Actor{org: org, account: account}
	err := s.db.ReadAccount(ctx, account, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `
			SELECT o.slug, m.role, a.name FROM member m JOIN organisation o ON o.id = m.org JOIN account a ON a.id = m.account
			WHERE m.account = $1 AND m.org = $2 AND m.role <> ''`, account, org).Scan(&who.slug, &who.role, &who.name)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Actor{}, problem.New(problem.Forbidden, "Who asked for this is not a member of the organisation any more, so it was not done. Somebody who is can ask for it anew.")
	}
	if err != nil {
		return Actor{}, err
	}
	return who, nil
}

// AsMember makes a handler of jobs out of a function that needs an actor.
// Membership and role are those of the moment the job runs.
func AsMember[W job.Work](s *Store, do func(ctx context.Context, who Actor, t job.Task[W]) error) func(context.Context, job.Task[W]) error {
	return func(ctx context.Context, t job.Task[W]) error {
		who, err := s.Resume(ctx, t.Org, t.Account)
		if err != nil {
			return err
		}
		return do(ctx, who, t)
	}
}

// Clean is the job that removes sessions and links whose time is over.
type Clean struct{}

// Kind implements job.Work.
func (Clean) Kind() string { return "sessions.clean" }

// Sweep removes the sessions and links whose time is over.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	return s.db.Write(ctx, "", db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE expires_at <= $1 OR kind = $2 AND seen_at <= $3`,
			db.Micros(now), kindSession, db.Micros(now.Add(-idleFor)))
		return err
	})
}

// EachOrganisation calls do with the id of every organisation, for work that
// goes through all of them on nobody's behalf. It goes on after a failure.
func (s *Store) EachOrganisation(ctx context.Context, do func(org string) error) error {
	var ids []string
	err := s.db.Read(ctx, "", func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id FROM organisation ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	errs := []error{err}
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		errs = append(errs, do(id))
	}
	return errors.Join(errs...)
}

// Jobs lets members look at the background work of their organisation. It is
// safe for concurrent use.
type Jobs struct {
	db     *db.DB
	runner *job.Runner
}

// NewJobs returns the view on a runner.
func NewJobs(d *db.DB, r *job.Runner) *Jobs { return &Jobs{d, r} }

// List returns the jobs of a group, the newest first: at most n, and with before
// set those queued before that one.
func (j *Jobs) List(ctx context.Context, who Actor, g job.Group, before int64, n int) ([]job.Job, error) {
	if err := who.May(ViewJobs); err != nil {
		return nil, err
	}
	return j.runner.List(ctx, who.org, g, before, n)
}

// Counts returns how many jobs are in each group.
func (j *Jobs) Counts(ctx context.Context, who Actor) (map[job.Group]int, error) {
	if err := who.May(ViewJobs); err != nil {
		return nil, err
	}
	return j.runner.Counts(ctx, who.org)
}

// Find returns one job.
func (j *Jobs) Find(ctx context.Context, who Actor, id int64) (job.Job, error) {
	if err := who.May(ViewJobs); err != nil {
		return job.Job{}, err
	}
	return j.runner.Find(ctx, who.org, id)
}

// Retry begins a job anew that failed or waits. It runs for the account that
// asked for it, as far as that one still may.
func (j *Jobs) Retry(ctx context.Context, who Actor, id int64) error {
	if err := who.May(ManageJobs); err != nil {
		return err
	}
	return j.runner.Retry(ctx, who.org, id)
}

// Cancel ends a job that is not over.
func (j *Jobs) Cancel(ctx context.Context, who Actor, id int64) error {
	if err := who.May(ManageJobs); err != nil {
		return err
	}
	return j.runner.Cancel(ctx, who.org, id)
}

// Names returns what accounts are called, by id, of those that are or were
// members of the organisation.
func (j *Jobs) Names(ctx context.Context, who Actor) (map[string]string, error) {
	if err := who.May(ViewJobs); err != nil {
		return nil, err
	}
	out := map[string]string{}
	err := j.db.Read(ctx, who.org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT m.account, a.name FROM member m JOIN account a ON a.id = m.account WHERE m.org = $1`, who.org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, name string
			if err := rows.Scan(&id, &name); err != nil {
				return err
			}
			out[id] = name
		}
		return rows.Err()
	})
	return out, err
}
