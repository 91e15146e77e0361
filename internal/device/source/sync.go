package source

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// SyncWork is the job that asks one connection.
type SyncWork struct {
	Connection string `json:"connection"`
}

// Kind implements job.Work.
func (SyncWork) Kind() string { return "device.sync" }

// RoundWork is the job that queues the syncs that are due.
type RoundWork struct{}

// Kind implements job.Work.
func (RoundWork) Kind() string { return "device.round" }

// RoundEvery is how often is looked whether a sync is due; each connection is asked about
// once an hour.
const RoundEvery = 10 * time.Minute

// runsFor is how long runs are kept.
const runsFor = 90 * 24 * time.Hour

// Round queues a sync of every connection that is not paused and was not asked for an
// hour.
func (s *Store) Round(ctx context.Context, org string, now time.Time) error {
	var list []Connection
	err := s.DB.Read(ctx, org, func(tx *db.Tx) (err error) {
		list, err = readConnections(ctx, tx, org, "")
		return err
	})
	list = slices.DeleteFunc(list, func(c Connection) bool { return !due(c, now) })
	if err != nil || len(list) == 0 {
		return err
	}
	return s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		for _, c := range list {
			if _, err := job.Insert(ctx, tx, job.Order{Org: org, Once: true}, SyncWork{Connection: c.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sync asks the system of a connection for all of its machines, and only when the whole
// answer is there takes in what it says. What goes wrong at the system is the outcome of
// the run and no error. by is the account that asked for it, or empty.
func (s *Store) Sync(ctx context.Context, org, id, by string, now func() time.Time) (Run, error) {
	began := moment(now())
	run := Run{ID: newID(), Connection: id, By: by, BeganAt: began}
	c, sys, err := s.open(ctx, org, id)
	if err != nil && problem.Of(err).Code != problem.Invalid {
		return Run{}, err
	}
	if err == nil {
		err = s.ask(ctx, org, c, sys, &run, now)
	}
	switch {
	case ctx.Err() != nil:
		return Run{}, ctx.Err()
	case err != nil && problem.Of(err).Code == problem.Internal:
		return Run{}, err
	case err != nil:
		run.Fault = clipped(problem.Of(err).Text)
	}
	run.EndedAt = moment(now())
	return run, s.keep(ctx, org, run, sys)
}

// ask hears everything first and takes it in then.
func (s *Store) ask(ctx context.Context, org string, c Connection, sys system, run *Run, now func() time.Time) error {
	all, err := sys.machines(ctx)
	if err != nil {
		return err
	}
	run.Heard, run.Skipped = len(all.machines)+all.skipped, all.skipped
	var slug string
	owners := map[string]string{}
	err = s.DB.Read(ctx, org, func(tx *db.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT slug FROM organisation WHERE id = $1`, org).Scan(&slug); err != nil {
			return err
		}
		roster, err := people.ReadRoster(ctx, tx, org)
		if err != nil {
			return err
		}
		for _, p := range roster.All() {
			if p.Email != "" {
				owners[strings.ToLower(p.Email)] = p.ID
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	who, err := s.Machine(ctx, slug)
	if err != nil {
		return err
	}
	words := make([]device.Word, len(all.machines))
	for i, m := range all.machines {
		words[i] = device.Word{Kind: c.Kind, Connection: c.ID, Key: m.key, Platform: m.platform, Owner: owner(owners, m.emails), SeenAt: m.seen, Results: m.results}
		if words[i].Owner != "" {
			run.Owned++
		}
	}
	for part := range slices.Chunk(words, device.MaxWords) {
		taken, err := s.Devices.Take(ctx, who, part, now())
		if err != nil {
			return err
		}
		run.Created += taken.Created
		run.Changed += taken.Changed
	}
	return nil
}

// owner is the one person of the register that the addresses lead to. Addresses of two
// people lead to nobody.
func owner(people map[string]string, emails []string) string {
	found := ""
	for _, e := range emails {
		id := people[strings.ToLower(strings.TrimSpace(e))]
		if id != "" && found != "" && id != found {
			return ""
		}
		if id != "" {
			found = id
		}
	}
	return found
}

// keep writes a run down and forgets old ones.
func (s *Store) keep(ctx context.Context, org string, r Run, sys system) error {
	return s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM device_connection_run WHERE org = $1 AND connection = $2 AND began_at < $3`, org, r.Connection, db.Micros(r.BeganAt.Add(-runsFor))); err != nil {
			return err
		}
		if sys != nil {
			u := sys.asked()
			if _, err := tx.Exec(ctx, `UPDATE device_connection SET asked_since = $3, asked = $4 WHERE org = $1 AND id = $2`, org, r.Connection, db.Micros(u.Since), u.Calls); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO device_connection_run (org, id, connection, account, began_at, ended_at, heard, skipped, owned, created, changed, fault) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			org, r.ID, r.Connection, r.By, db.Micros(r.BeganAt), db.Micros(r.EndedAt), r.Heard, r.Skipped, r.Owned, r.Created, r.Changed, r.Fault)
		return err
	})
}

// clipped keeps what a system wrote within reason, and free of what a database does not
// take.
func clipped(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if r := []rune(s); len(r) > 2000 {
		return string(r[:1999]) + "…"
	}
	return s
}
