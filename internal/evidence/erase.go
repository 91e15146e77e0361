package evidence

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

const erasedKind = "evidence.erased"

// eraseFact is what the log says of an erasure; the row that has it is the
// tombstone, and stays.
type eraseFact struct {
	Item   string `json:"item"`
	At     int64  `json:"at_us"`
	Reason string `json:"reason"`
}

// Erase takes away the content of an item: files, names, title, note, links, and
// the salts without which nobody can find out what the leaves were about. That it
// was there, what it was offered for, who erased it, when and why stays. A hold
// refuses it. Files go when no other item has them.
func (s *Store) Erase(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.EraseEvidence); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, 2000)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why it is erased. The reason stays, and an auditor will ask.")
	}
	var digests []string
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		digests, err = s.erase(ctx, tx, who.Org(), who.Account(), id, reason, moment(now))
		return err
	})
	if err != nil {
		return err
	}
	for _, d := range digests {
		// what fails here is found again by the sweep: nothing names the file any more
		_ = s.discard(ctx, who.Org(), d, now, db.People)
	}
	return nil
}

// erase empties the rows of an item and returns the digests of its files.
func (s *Store) erase(ctx context.Context, tx *db.Tx, org, account, id, reason string, now time.Time) ([]string, error) {
	i, err := readItem(ctx, tx, org, id)
	if err != nil {
		return nil, err
	}
	if i.Erased != nil {
		return nil, problem.New(problem.Conflict, "This evidence was erased already.")
	}
	held, err := heldBy(ctx, tx, org, i)
	if err != nil {
		return nil, err
	}
	if len(held) > 0 {
		return nil, problem.New(problem.Conflict, "“%s” is under a legal hold (%s), so nobody may erase it. Release the hold first.", i.Title, held[0].Reason)
	}
	i.Erased = &Tombstone{At: later(now, i.FiledAt), By: account, Reason: reason}
	at := db.Micros(i.Erased.At)
	res, err := tx.Exec(ctx, `UPDATE evidence_item SET title = '', note = '', links = '', version = '', search = '', salt = '', review_note = '', erased_at = $3, erased_by = $4, erased_for = $5
		WHERE org = $1 AND id = $2 AND erased_at = 0`, org, i.ID, at, account, reason)
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil {
		return nil, err
	} else if n == 0 { // another server was faster
		return nil, problem.New(problem.Conflict, "This evidence was erased already.")
	}
	if _, err := tx.Exec(ctx, `UPDATE evidence_act SET body = '', salt = '' WHERE org = $1 AND item = $2 AND kind IN ($3, $4)`, org, i.ID, reviewedKind, agreedKind); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM evidence_file WHERE org = $1 AND id = $2`, org, i.ID); err != nil {
		return nil, err
	}
	var digests []string
	for _, f := range i.Files {
		digests = append(digests, f.SHA256)
	}
	if err := follow(ctx, tx, org, i); err != nil {
		return nil, err
	}
	if err := s.reviewOver(ctx, tx, org, account, i.ID, task.Cancelled, "The evidence was erased.", now); err != nil {
		return nil, err
	}
	return digests, s.record(ctx, tx, act{org: org, id: newID(), item: i.ID, kind: erasedKind, at: i.Erased.At, account: account, payload: eraseFact{i.ID, at, reason}})
}

// discard removes a kept file if no item has it and nobody sent it within a day.
// The row is locked until the content is gone, so that nobody files it meanwhile.
func (s *Store) discard(ctx context.Context, org, digest string, now time.Time, p db.Priority) error {
	return s.db.Write(ctx, org, p, func(ctx context.Context, tx *db.Tx) error {
		res, err := tx.Exec(ctx, `DELETE FROM evidence_blob WHERE org = $1 AND id = $2 AND kept_at <= $3 AND NOT EXISTS (SELECT 1 FROM evidence_file f WHERE f.org = $1 AND f.sha256 = $2)`,
			org, digest, db.Micros(now.Add(-waitsFor)))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if others, err := s.others(ctx, tx, org); err != nil || others[digest] {
			return err
		}
		return s.blobs.Delete(ctx, org, digest)
	})
}

// Clean is the job that erases what is past its retention and removes files that
// no item has.
type Clean struct{}

// Kind implements job.Work.
func (Clean) Kind() string { return "evidence.clean" }

var _ job.Work = Clean{}

// Sweep does, for one organisation, what nobody has to ask for: it erases items
// past their retention that no hold keeps, and removes files that were sent and
// never filed. It goes on after a failure and returns it.
func (s *Store) Sweep(ctx context.Context, org string, now time.Time) error {
	now = moment(now)
	errs := []error{s.sweepExpired(ctx, org, now), s.sweepFiles(ctx, org, now)}
	return errors.Join(errs...)
}

const sweepAtOnce = 500 // items a sweep erases at most; the next one goes on

func (s *Store) sweepExpired(ctx context.Context, org string, now time.Time) error {
	var due []Expiry
	err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		due, err = expired(ctx, tx, org, now, sweepAtOnce)
		return err
	})
	errs := []error{err}
	for _, e := range due {
		if e.Held || ctx.Err() != nil {
			continue
		}
		errs = append(errs, s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
			_, err := s.erase(ctx, tx, org, "", e.Item.ID, e.Why, now)
			return err
		}))
	}
	return errors.Join(errs...)
}

func (s *Store) sweepFiles(ctx context.Context, org string, now time.Time) error {
	var digests, known []string
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		others, err := s.others(ctx, tx, org)
		if err != nil {
			return err
		}
		known = slices.Collect(maps.Keys(others))
		rows, err := tx.Query(ctx, `SELECT b.id, CASE WHEN b.kept_at <= $2 AND NOT EXISTS (SELECT 1 FROM evidence_file f WHERE f.org = b.org AND f.sha256 = b.id) THEN 1 ELSE 0 END FROM evidence_blob b WHERE b.org = $1`, org, db.Micros(now.Add(-waitsFor)))
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var id string
			var idle int
			err := scan(&id, &idle)
			if idle == 1 {
				digests = append(digests, id)
			}
			known = append(known, id)
			return err
		})
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range digests {
		if ctx.Err() == nil {
			errs = append(errs, s.discard(ctx, org, d, now, db.Jobs))
		}
	}
	_, err = s.blobs.Sweep(ctx, org, slices.Values(known), now.Add(-waitsFor)) // what was put and whose row never came
	return errors.Join(append(errs, err)...)
}
