// Package upload keeps the files people send until they are worked off: from the
// preview to the confirmation, and from there until a job has entered them. They
// are in the database, so that any server can show and enter them. The package
// does not read them.
package upload

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Purpose says what a file is sent for. The values are stored.
type Purpose string

const (
	Controls  Purpose = "controls"
	People    Purpose = "people"
	Catalogue Purpose = "catalogue" // frameworks, mapping sets and points of focus
	Instances Purpose = "instances" // rows of a population

	Completions Purpose = "completions" // of training

	Systems  Purpose = "systems" // and sites, assets, commitments
	Vendors  Purpose = "vendors"
	Risks    Purpose = "risks"
	Findings Purpose = "findings"
	ISMS     Purpose = "isms" // registers of the management system
)

// action is what somebody must be allowed to do to send such a file.
func (p Purpose) action() access.Action {
	switch p {
	case People:
		return access.ManagePeople
	case Catalogue:
		return access.ManageFrameworks
	case Instances:
		return access.ManagePopulations
	case Completions:
		return access.RecordTraining
	case Systems:
		return access.ManageSystems
	case Vendors:
		return access.ManageVendors
	case Risks:
		return access.ManageRisks
	case Findings:
		return access.ManageFindings
	case ISMS:
		return access.ManageISMS
	}
	return access.ImportInventory
}

const (
	waitsFor  = 2 * time.Hour       // how long somebody may think about a preview
	keptFor   = 30 * 24 * time.Hour // as long as a failed job can be tried again
	maxBytes  = 50 << 20            // of one file
	roomBytes = 300 << 20           // of all that wait in an organisation
	roomFiles = 100
)

// File is a file that was sent.
type File struct {
	ID      string
	Account string // who sent it
	Name    string
	Purpose Purpose
	At      time.Time
	Plan    string // how to read it; set when it is confirmed
	Job     int64  // the job that works it off; 0 before it is confirmed
	Result  string // what the job wrote down; empty until then
	Data    []byte // nil once it is worked off
}

// Store keeps uploads. It is safe for concurrent use.
type Store struct{ db *db.DB }

// New returns a store.
func New(d *db.DB) *Store { return &Store{d} }

// Put keeps a file for two hours and returns its opaque id. It returns a
// Conflict problem when too many files wait in the organisation.
func (s *Store) Put(ctx context.Context, who access.Actor, p Purpose, name string, data []byte, now time.Time) (string, error) {
	if err := who.May(p.action()); err != nil {
		return "", err
	}
	name, err := db.Line("file", "The name of the file", name, 300)
	if err != nil {
		return "", err
	}
	if len(data) > maxBytes {
		return "", problem.Field("file", name+" is larger than 50 MB. Split it and send the parts one by one.")
	}
	id := strings.ToLower(rand.Text())
	return id, s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := sweep(ctx, tx, who.Org(), now); err != nil {
			return err
		}
		var files, bytes int64
		if err := tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(bytes), 0) FROM upload WHERE org = $1 AND bytes > 0`, who.Org()).Scan(&files, &bytes); err != nil {
			return err
		}
		if files >= roomFiles || bytes+int64(len(data)) > roomBytes {
			return problem.New(problem.Conflict, "Too many uploaded files wait here. Confirm or drop one; what nobody confirms goes after two hours.")
		}
		_, err := tx.Exec(ctx, `INSERT INTO upload (org, id, account, purpose, name, at, expires_at, bytes, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			who.Org(), id, who.Account(), string(p), name, db.Micros(now), db.Micros(now.Add(waitsFor)), len(data), data)
		return err
	})
}

func errGone() error {
	return problem.New(problem.NotFound, "This upload is not here any more. Uploads wait for two hours; send the file again.")
}

// Open returns a file to the person who sent it.
func (s *Store) Open(ctx context.Context, who access.Actor, p Purpose, id string, now time.Time) (File, error) {
	if err := who.May(p.action()); err != nil {
		return File{}, err
	}
	var f File
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		f, err = find(ctx, tx, `, content`, who.Org(), id, now)
		return err
	})
	if err == nil && (f.Account != who.Account() || f.Purpose != p) {
		err = errGone()
	}
	if err != nil {
		return File{}, err
	}
	return f, nil
}

// Look returns what is known of a file without its content, to anybody who may
// see the jobs.
func (s *Store) Look(ctx context.Context, who access.Actor, id string, now time.Time) (File, error) {
	if err := who.May(access.ViewJobs); err != nil {
		return File{}, err
	}
	var f File
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		f, err = find(ctx, tx, ``, who.Org(), id, now)
		return err
	})
	return f, err
}

func find(ctx context.Context, tx *db.Tx, content, org, id string, now time.Time) (File, error) {
	f := File{ID: id}
	if id == "" || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return f, errGone() // no id of ours; PostgreSQL would not even take every text
	}
	var at, expires int64
	into := []any{&f.Account, &f.Purpose, &f.Name, &at, &expires, &f.Plan, &f.Job, &f.Result}
	if content != "" {
		into = append(into, &f.Data)
	}
	err := tx.QueryRow(ctx, `SELECT account, purpose, name, at, expires_at, plan, job, result`+content+` FROM upload WHERE org = $1 AND id = $2`, org, id).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return f, errGone()
	}
	if err != nil {
		return f, err
	}
	if f.At = db.Time(at); !now.Before(db.Time(expires)) {
		return File{}, errGone()
	}
	return f, nil
}

// Confirm says, in the caller's transaction, that a job works the file off, and
// how it is to be read. It returns the job that does: if the file was confirmed
// before, that is the one of then, and queue is not called.
func (s *Store) Confirm(ctx context.Context, tx *db.Tx, who access.Actor, p Purpose, id, plan string, now time.Time, queue func() (int64, error)) (int64, error) {
	if err := who.May(p.action()); err != nil {
		return 0, err
	}
	// written first, so that two who confirm at once take turns
	res, err := tx.Exec(ctx, `UPDATE upload SET plan = $4, expires_at = $5 WHERE org = $1 AND id = $2 AND account = $3 AND purpose = $6 AND job = 0 AND expires_at > $7`,
		who.Org(), id, who.Account(), plan, db.Micros(now.Add(keptFor)), string(p), db.Micros(now))
	if err != nil {
		return 0, err
	}
	if n, err := res.RowsAffected(); err != nil {
		return 0, err
	} else if n == 0 {
		f, err := find(ctx, tx, ``, who.Org(), id, now)
		if err == nil && (f.Account != who.Account() || f.Purpose != p) {
			err = errGone()
		}
		return f.Job, err
	}
	n, err := queue()
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `UPDATE upload SET job = $3 WHERE org = $1 AND id = $2`, who.Org(), id, n)
	return n, err
}

// Finish writes down, in the transaction of the work itself, what came of a
// file, and lets go of its content. With an empty result there is nothing to
// remember, and the file goes altogether.
func (s *Store) Finish(ctx context.Context, tx *db.Tx, who access.Actor, p Purpose, id, result string) error {
	if err := who.May(p.action()); err != nil {
		return err
	}
	if result == "" {
		_, err := tx.Exec(ctx, `DELETE FROM upload WHERE org = $1 AND id = $2 AND account = $3`, who.Org(), id, who.Account())
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE upload SET result = $3, bytes = 0, content = NULL WHERE org = $1 AND id = $2 AND account = $4`, who.Org(), id, result, who.Account())
	return err
}

// Drop forgets a file that was not confirmed. One that is gone already is no failure.
func (s *Store) Drop(ctx context.Context, who access.Actor, p Purpose, id string) error {
	if err := who.May(p.action()); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM upload WHERE org = $1 AND id = $2 AND account = $3 AND purpose = $4 AND job = 0`, who.Org(), id, who.Account(), string(p))
		return err
	})
}

// Clean is the job that removes what nobody confirmed.
type Clean struct{}

// Kind implements job.Work.
func (Clean) Kind() string { return "uploads.clean" }

var _ job.Work = Clean{}

// Sweep removes the uploads of an organisation whose time is over. It writes,
// and so makes pages be computed anew, only when there are any.
func (s *Store) Sweep(ctx context.Context, org string, now time.Time) error {
	var n int
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM upload WHERE org = $1 AND expires_at <= $2`, org, db.Micros(now)).Scan(&n)
	})
	if err != nil || n == 0 {
		return err
	}
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error { return sweep(ctx, tx, org, now) })
}

func sweep(ctx context.Context, tx *db.Tx, org string, now time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM upload WHERE org = $1 AND expires_at <= $2`, org, db.Micros(now))
	return err
}
