package trail

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Checkpoint is a signed checkpoint with what became of it.
type Checkpoint struct {
	ledger.Signed
	Stamp *ledger.Stamped // nil while nobody was asked
	Sent  int             // addresses that took it
}

// Checkpoints lists up to limit checkpoints, the newest first, leaving out the
// first skip, and says how many there are.
func (s *Store) Checkpoints(ctx context.Context, who access.Actor, skip, limit int) ([]Checkpoint, int, error) {
	if err := who.May(access.ViewLog); err != nil {
		return nil, 0, err
	}
	var out []Checkpoint
	var all int
	err := s.c.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM log_checkpoint WHERE org = $1`, who.Org()).Scan(&all); err != nil {
			return err
		}
		list, err := ledger.Checkpoints(ctx, tx, who.Org(), max(skip, 0), min(max(limit, 1), pageLimit))
		if err != nil {
			return err
		}
		for _, c := range list {
			out = append(out, Checkpoint{Signed: c})
		}
		return decorate(ctx, tx, who.Org(), out)
	})
	return out, all, err
}

// Checkpoint returns one by epoch and size.
func (s *Store) Checkpoint(ctx context.Context, who access.Actor, epoch int, size int64) (Checkpoint, error) {
	if err := who.May(access.ViewLog); err != nil {
		return Checkpoint{}, err
	}
	one := make([]Checkpoint, 1)
	err := s.c.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if one[0].Signed, err = ledger.FindCheckpoint(ctx, tx, who.Org(), epoch, size); err != nil {
			return err
		}
		return decorate(ctx, tx, who.Org(), one)
	})
	return one[0], err
}

// decorate adds stamps and the number of addresses that took a checkpoint.
func decorate(ctx context.Context, tx *db.Tx, org string, list []Checkpoint) error {
	if len(list) == 0 {
		return nil
	}
	type key struct {
		epoch int
		size  int64
	}
	at := map[key]*Checkpoint{}
	lowest := map[int]int64{}
	for i := range list {
		c := &list[i]
		at[key{c.Epoch, c.Size}] = c
		lowest[c.Epoch] = c.Size // they come with the newest first
	}
	for epoch, from := range lowest {
		stamps, err := ledger.Stamps(ctx, tx, org, epoch, from)
		if err != nil {
			return err
		}
		for _, st := range stamps {
			if c := at[key{epoch, st.Size}]; c != nil {
				c.Stamp = &st
			}
		}
		err = sentAt(ctx, tx, org, epoch, from, func(size int64, n int) {
			if c := at[key{epoch, size}]; c != nil {
				c.Sent = n
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sentAt counts the places that each checkpoint of an epoch was sent to.
func sentAt(ctx context.Context, tx *db.Tx, org string, epoch int, from int64, yield func(size int64, n int)) error {
	rows, err := tx.Query(ctx, `SELECT size, count(*) FROM log_anchored WHERE org = $1 AND epoch = $2 AND size >= $3 AND sent_at > 0 GROUP BY size`, org, epoch, from)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var size int64
		var n int
		if err := rows.Scan(&size, &n); err != nil {
			return err
		}
		yield(size, n)
	}
	return rows.Err()
}

// SignNow has a checkpoint signed over all that is stored, and asks for a time
// stamp on it if there is an authority. A log that has not grown gives the
// checkpoint it has.
func (s *Store) SignNow(ctx context.Context, who access.Actor, now time.Time) (ledger.Signed, error) {
	if err := who.May(access.SignCheckpoints); err != nil {
		return ledger.Signed{}, err
	}
	c, err := s.c.Keeper.Sign(ctx, who.Org(), 0, now)
	if err != nil || s.c.Authority == nil {
		return c, err
	}
	return c, s.queue(ctx, who.Org(), Tend{Now: true})
}

func (s *Store) queue(ctx context.Context, org string, w Tend) error {
	return s.c.DB.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		_, err := job.Insert(ctx, tx, job.Order{Org: org, Once: true}, w)
		return err
	})
}

// Health is how the log stands.
type Health struct {
	ledger.Health
	Authority string          // address of the time-stamping authority, or empty
	Judged    bool            // its stamps are checked against root certificates here
	Stamp     *ledger.Stamped // the newest stamp there is, nil without
	Try       *ledger.Stamped // the newest try that gave none, if it is newer than Stamp; Tries counts all since then
}

// Health says whether the log is signed as it should be, and what to do if not.
func (s *Store) Health(ctx context.Context, who access.Actor) (Health, error) {
	if err := who.May(access.ViewLog); err != nil {
		return Health{}, err
	}
	var h Health
	var err error
	if h.Health, err = s.c.Keeper.Health(ctx, who.Org()); err != nil {
		return h, err
	}
	if s.c.Authority != nil {
		h.Authority, h.Judged = s.c.Authority.URL(), s.c.Authority.Judged()
	}
	err = s.c.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		h.Stamp, h.Try, err = newestStamps(ctx, tx, who.Org())
		return err
	})
	return h, err
}

// newestStamps returns the newest stamp, and the newest try since that gave none;
// its Tries counts all of them since.
func newestStamps(ctx context.Context, tx *db.Tx, org string) (stamp, try *ledger.Stamped, err error) {
	epochs, err := ledger.Epochs(ctx, tx, org)
	if err != nil {
		return nil, nil, err
	}
	for i := len(epochs) - 1; i >= 0 && stamp == nil; i-- {
		list, err := ledger.NewestStamps(ctx, tx, org, epochs[i].Epoch)
		if err != nil {
			return nil, nil, err
		}
		for _, st := range list {
			switch {
			case st.Token != nil && stamp == nil:
				stamp = &st
			case st.Token == nil && stamp == nil && try == nil:
				try = &st
			case st.Token == nil && stamp == nil:
				try.Tries += st.Tries
			}
		}
	}
	return stamp, try, nil
}

// Epochs returns the epochs of the log, the first one first.
func (s *Store) Epochs(ctx context.Context, who access.Actor) ([]ledger.Epoch, error) {
	if err := who.May(access.ViewLog); err != nil {
		return nil, err
	}
	var out []ledger.Epoch
	err := s.c.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = ledger.Epochs(ctx, tx, who.Org())
		return err
	})
	return out, err
}

// NewEpoch begins a new epoch of a log that refuses to sign, and signs its first
// checkpoint.
func (s *Store) NewEpoch(ctx context.Context, who access.Actor, reason string, now time.Time) (ledger.Epoch, error) {
	if err := who.May(access.ManageLog); err != nil {
		return ledger.Epoch{}, err
	}
	reason, err := db.Prose("reason", "The reason", reason, 2000)
	if err != nil {
		return ledger.Epoch{}, err
	}
	if reason == "" {
		return ledger.Epoch{}, problem.Field("reason", "Say what happened. Whoever holds a checkpoint of the old epoch will ask.")
	}
	e, err := s.c.Keeper.Begin(ctx, who.Org(), who.Account(), reason, now)
	if err != nil {
		return e, err
	}
	_, err = s.c.Keeper.Sign(ctx, who.Org(), 0, now)
	return e, err
}

// Policy returns the keys of all epochs, as an auditor should get them once, by
// another way than what is to be checked with them.
func (s *Store) Policy(ctx context.Context, who access.Actor) (ledger.Policy, error) {
	epochs, err := s.Epochs(ctx, who)
	if err != nil {
		return ledger.Policy{}, err
	}
	if len(epochs) == 0 {
		return ledger.Policy{}, problem.New(problem.Conflict, "Nothing was signed yet, so there is no key to trust. Have a checkpoint signed first, on the page Log.")
	}
	var p ledger.Policy
	for _, e := range epochs {
		p.Logs = append(p.Logs, e.Key)
	}
	return p, nil
}
