package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// KindEpoch is the kind of the leaf that begins an epoch.
const KindEpoch = "log.epoch"

// Epoch is a stretch of a log under one name and one key. The first begins by
// itself; another only after the log refused to sign.
type Epoch struct {
	Org     string
	Epoch   int    // from 1
	Key     string // verifier key
	At      time.Time
	Account string // who began it; empty for the first
	Reason  string
	Salt    string
	OldNote string // the last checkpoint signed before, as far as anybody remembers; or empty
}

// epochFact is what the leaf of an epoch stands for: the end of the old log by
// name, size and root, so that whoever holds the old checkpoint sees what became of it.
type epochFact struct {
	Epoch  int      `json:"epoch"`
	Key    string   `json:"key"`
	Reason string   `json:"reason"`
	Old    *oldFact `json:"old"` // null when nothing is known of what was signed
}

type oldFact struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
}

// Leaf returns the leaf that speaks of an epoch that somebody began.
func (e Epoch) Leaf() Leaf {
	fact := epochFact{Epoch: e.Epoch, Key: e.Key, Reason: e.Reason}
	if old, err := ReadCheckpoint(e.OldNote); err == nil {
		fact.Old = &oldFact{old.Origin, old.Size, old.Root.String()}
	}
	return Leaf{Org: e.Org, At: e.At, Actor: e.Account, Kind: KindEpoch, ID: Origin(e.Org, e.Epoch), Salt: e.Salt, Payload: fact}
}

// Begin begins a new epoch of a log that refuses to sign: the reason and the old
// log's last checkpoint go into the log as a leaf, and from then on checkpoints
// are signed under a new name. No name ever gets a second history. A log that
// is well is left alone, with a Conflict problem.
func (k *Keeper) Begin(ctx context.Context, org, account, reason string, now time.Time) (Epoch, error) {
	var e Epoch
	damaged := false
	err := k.db.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		f, err := k.facts(ctx, tx, org, true)
		if err != nil {
			return err
		}
		if judge(f) == nil {
			return problem.New(problem.Conflict, "The log is well and goes on in epoch %d. A new epoch is for a log that refuses to sign.", max(f.epoch, 1))
		}
		damaged = f.damage != nil
		key, err := k.dir.makeKey()
		if err != nil {
			return err
		}
		e = Epoch{Org: org, Epoch: max(f.epoch, 1) + 1, At: now.UTC().Truncate(time.Microsecond), Account: account, Reason: reason, Salt: Salt()}
		if f.last != nil {
			e.Epoch, e.OldNote = max(e.Epoch, f.last.Epoch+1), f.last.Note
		}
		if s := f.stored; s != nil && (f.last == nil || s.Epoch > f.last.Epoch || s.Epoch == f.last.Epoch && s.Size > f.last.Size) {
			e.OldNote = s.Note
		}
		if e.Key, err = key.verifier(Origin(org, e.Epoch)); err != nil {
			return err
		}
		if err := putEpoch(ctx, tx, e); err != nil {
			return err
		}
		return New().Append(ctx, tx, e.Leaf())
	})
	if err == nil && damaged { // only now that the new name is stored: without the file the old one would look unused
		err = k.dir.setAside(org, e.Epoch)
	}
	return e, err
}

func putEpoch(ctx context.Context, tx *db.Tx, e Epoch) error {
	_, err := tx.Exec(ctx, `INSERT INTO log_epoch (org, epoch, vkey, at, account, reason, salt, old_note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Org, e.Epoch, e.Key, db.Micros(e.At), e.Account, e.Reason, e.Salt, e.OldNote)
	if err != nil {
		return fmt.Errorf("ledger: storing an epoch: %w", err)
	}
	return nil
}

const epochColumns = `epoch, vkey, at, account, reason, salt, old_note`

func scanEpoch(org string, scan func(...any) error) (Epoch, error) {
	e := Epoch{Org: org}
	var at int64
	err := scan(&e.Epoch, &e.Key, &at, &e.Account, &e.Reason, &e.Salt, &e.OldNote)
	e.At = db.Time(at)
	return e, err
}

// newestEpoch returns the epoch the database is in, or the zero epoch.
func newestEpoch(ctx context.Context, tx *db.Tx, org string) (Epoch, error) {
	e, err := scanEpoch(org, tx.QueryRow(ctx, `SELECT `+epochColumns+` FROM log_epoch WHERE org = $1 ORDER BY epoch DESC LIMIT 1`, org).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Epoch{}, nil
	}
	return e, err
}

// Epochs returns the epochs of a log, the first one first.
func Epochs(ctx context.Context, tx *db.Tx, org string) ([]Epoch, error) {
	rows, err := tx.Query(ctx, `SELECT `+epochColumns+` FROM log_epoch WHERE org = $1 ORDER BY epoch`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Epoch
	for rows.Next() {
		e, err := scanEpoch(org, rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}
