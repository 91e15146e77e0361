package trail

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// RoundEvery is how often logs that grew are signed.
const RoundEvery = 10 * time.Minute

const (
	stampEvery = time.Hour // an authority is asked at most so often: a stamp covers all that came before
	tryAfter   = 10 * time.Minute
	tryAtMost  = 6 * time.Hour
)

// Round is the job that signs the logs that grew, on nobody's behalf.
type Round struct{}

// Kind implements job.Work.
func (Round) Kind() string { return "log.round" }

// Tend is the job that has the newest checkpoint of one organisation stamped
// and sent.
type Tend struct {
	Now bool `json:"now,omitempty"` // somebody asked: the hour need not be over
}

// Kind implements job.Work.
func (Tend) Kind() string { return "log.tend" }

// Refusal says why the log of an organisation refuses to sign, or nil, and what
// the organisation is called: for whoever starts the server.
func (s *Store) Refusal(ctx context.Context, org string) (name string, r *ledger.Refusal, err error) {
	h, err := s.c.Keeper.Health(ctx, org)
	if err != nil || h.Refusal == nil {
		return "", nil, err
	}
	err = s.c.DB.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT name FROM organisation WHERE id = $1`, org).Scan(&name)
	})
	return name, h.Refusal, err
}

// Round signs one log if it grew, and queues the rest if there is any.
func (s *Store) Round(ctx context.Context, org string, now time.Time) error {
	if err := s.c.Keeper.SignGrown(ctx, org, now); err != nil {
		return err
	}
	d, err := s.due(ctx, org, false, now)
	if err != nil || !d.any(now) {
		return err
	}
	return s.queue(ctx, org, Tend{})
}

// Tend has the newest checkpoint stamped and sent, and writes down what became of
// what was sent. A failure is written down and tried again in a later round.
func (s *Store) Tend(ctx context.Context, org string, w Tend, now time.Time) error {
	d, err := s.due(ctx, org, w.Now, now)
	if err != nil || d.checkpoint == nil {
		return err
	}
	if s.c.Outbox != nil {
		if err := s.settle(ctx, org, d.open); err != nil {
			return err
		}
		if err := s.sendDue(ctx, org, *d.checkpoint, d.anchors, now); err != nil {
			return err
		}
	}
	if !d.stamp {
		return nil
	}
	c := d.checkpoint
	token, stamp, err := s.c.Authority.Stamp(ctx, c.Note)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	row := ledger.Stamped{Org: org, Epoch: c.Epoch, Size: c.Size, URL: s.c.Authority.URL(), Token: token, Stamp: stamp, TriedAt: now}
	if err != nil {
		row.Fault = err.Error()
	}
	return s.c.DB.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error { return ledger.PutStamp(ctx, tx, row) })
}

// due is what is to be done with the newest checkpoint.
type due struct {
	checkpoint *ledger.Signed // nil when there is none
	stamp      bool
	anchors    []Anchor
	open       []open
}

func (d due) any(now time.Time) bool {
	return d.checkpoint != nil && (d.stamp || len(d.open) > 0 || slices.ContainsFunc(d.anchors, func(a Anchor) bool { return anchorDue(a, *d.checkpoint, now) }))
}

func (s *Store) due(ctx context.Context, org string, asked bool, now time.Time) (due, error) {
	var d due
	err := s.c.DB.Read(ctx, org, func(tx *db.Tx) error {
		newest, err := ledger.Checkpoints(ctx, tx, org, 0, 1)
		if err != nil || len(newest) == 0 {
			return err
		}
		d.checkpoint = &newest[0]
		if s.c.Outbox != nil {
			if d.anchors, err = anchors(ctx, tx, org); err != nil {
				return err
			}
			if d.open, err = openSendings(ctx, tx, org); err != nil {
				return err
			}
		}
		if s.c.Authority == nil {
			return nil
		}
		stamp, try, err := newestStamps(ctx, tx, org)
		d.stamp = stampDue(*d.checkpoint, stamp, try, asked, now)
		return err
	})
	return d, err
}

// stampDue says whether to ask the authority now: not for a checkpoint that has
// its stamp, not twice within the hour unless somebody wants it, and after a
// failure at growing intervals.
func stampDue(c ledger.Signed, stamp, try *ledger.Stamped, asked bool, now time.Time) bool {
	if stamp != nil && stamp.Epoch == c.Epoch && stamp.Size == c.Size {
		return false
	}
	if asked {
		return true
	}
	if stamp != nil && stamp.Epoch == c.Epoch && now.Sub(stamp.TriedAt) < stampEvery && now.After(stamp.TriedAt) {
		return false
	}
	if try == nil {
		return true
	}
	wait := tryAfter << min(max(try.Tries-1, 0), 6)
	return now.Sub(try.TriedAt) >= min(wait, tryAtMost) || now.Before(try.TriedAt)
}
