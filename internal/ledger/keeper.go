package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Keeper signs checkpoints, and remembers outside the database what it signed:
// a database that was put back to an earlier day must not lead it to sign a
// second history. It is safe for concurrent use. Servers that share a database
// must share the folder of the keeper as well.
type Keeper struct {
	db  *db.DB
	dir folder
	mu  sync.Mutex // held from reading the last checkpoint to writing the next
}

// NewKeeper returns a keeper with its key, and what it signed last, in dir, which
// belongs in no backup of the database. It makes folder and key when it first signs.
func NewKeeper(d *db.DB, dir string) *Keeper { return &Keeper{db: d, dir: folder(dir)} }

// Signed is a checkpoint of an organisation's log.
type Signed struct {
	Checkpoint
	Org    string
	Epoch  int
	At     time.Time     // never earlier than that of the one before
	Behind time.Duration // how far the clock was behind the one before; 0 as a rule
}

// Sign signs a checkpoint over every leaf that is stored, and keeps it. A log
// that has not grown since gives the checkpoint it has. It returns a Conflict
// problem if there are fewer than atLeast leaves or if the log refuses to sign.
// It must not be called within a change: it is one itself.
func (k *Keeper) Sign(ctx context.Context, org string, atLeast int64, now time.Time) (Signed, error) {
	var out Signed
	err := k.db.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = k.sign(ctx, tx, org, atLeast, now)
		return err
	})
	return out, err
}

// SignGrown signs a checkpoint if the log has grown since the last. A log that
// refuses is left alone: its page says so.
func (k *Keeper) SignGrown(ctx context.Context, org string, now time.Time) error {
	h, err := k.Health(ctx, org)
	if err != nil || h.Refusal != nil || h.Leaves == 0 || h.Since() == 0 && h.Stored && h.Epoch > 0 {
		return err
	}
	return k.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		_, err := k.sign(ctx, tx, org, 0, now)
		return err
	})
}

// sign holds the head of the log: another server that signs or appends waits.
// What this transaction appends is not in the tree yet, so what is signed here is
// stored already, whatever becomes of the transaction.
func (k *Keeper) sign(ctx context.Context, tx *db.Tx, org string, atLeast int64, now time.Time) (Signed, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f, err := k.facts(ctx, tx, org, true)
	if err != nil {
		return Signed{}, err
	}
	if f.size < max(atLeast, 1) {
		return Signed{}, problem.New(problem.Conflict, "The log has %d leaves; a checkpoint over %d was asked for. Try again once they are stored.", f.size, max(atLeast, 1))
	}
	if r := judge(f); r != nil {
		return Signed{}, problem.New(problem.Conflict, "The log refuses to sign. %s %s", r.Why, r.Do)
	}
	epoch := max(f.epoch, 1)
	if f.epoch == 0 {
		if f.key, err = k.dir.makeKey(); err != nil {
			return Signed{}, err
		}
		vkey, err := f.key.verifier(Origin(org, epoch))
		if err != nil {
			return Signed{}, err
		}
		if err := putEpoch(ctx, tx, Epoch{Org: org, Epoch: epoch, Key: vkey, At: now}); err != nil {
			return Signed{}, err
		}
	}
	if f.last != nil && f.last.Epoch == epoch { // its row may be missing: the server stopped after the file was written
		if err := putCheckpoint(ctx, tx, *f.last); err != nil {
			return Signed{}, err
		}
		if f.last.Size == f.size {
			return *f.last, nil
		}
	}
	next, err := f.next(org, epoch, now)
	if err != nil {
		return Signed{}, err
	}
	if err := k.dir.keep(next); err != nil {
		return Signed{}, err
	}
	return next, putCheckpoint(ctx, tx, next)
}

// next signs the tree as it stands.
func (f facts) next(org string, epoch int, now time.Time) (Signed, error) {
	signer, err := f.key.signer(Origin(org, epoch))
	if err != nil {
		return Signed{}, err
	}
	c, err := SignCheckpoint(signer, f.size, f.root)
	if err != nil {
		return Signed{}, err
	}
	next := Signed{Checkpoint: c, Org: org, Epoch: epoch, At: now.UTC().Truncate(time.Microsecond)}
	if f.last != nil && next.At.Before(f.last.At) {
		next.Behind, next.At = f.last.At.Sub(next.At), f.last.At
	}
	return next, nil
}

// Health is how a log stands, as its page says it.
type Health struct {
	Epoch   int       // 0 before the first checkpoint
	Key     string    // verifier key of the epoch, or empty
	Leaves  int64     // stored
	Last    *Signed   // the last checkpoint that was signed, nil if there is none
	Stored  bool      // the last checkpoint is in the database too
	Refusal *Refusal  // why nothing is signed, nil when all is well
	Oldest  time.Time // of the leaves that no checkpoint covers; zero if there is none
}

// Since returns how many leaves no checkpoint covers yet.
func (h Health) Since() int64 {
	if h.Last == nil || h.Last.Epoch != h.Epoch {
		return h.Leaves
	}
	return max(h.Leaves-h.Last.Size, 0)
}

// Health looks whether the log can be signed, and how far it is.
func (k *Keeper) Health(ctx context.Context, org string) (Health, error) {
	var h Health
	k.mu.Lock()
	defer k.mu.Unlock()
	err := k.db.Read(ctx, org, func(tx *db.Tx) error {
		f, err := k.facts(ctx, tx, org, false)
		if err != nil {
			return err
		}
		h = Health{Epoch: f.epoch, Key: f.vkey, Leaves: f.size, Last: f.last, Refusal: judge(f)}
		if h.Stored = f.last == nil || f.last.Epoch != f.epoch; !h.Stored && f.stored != nil {
			h.Stored = f.stored.Size == f.last.Size
		}
		if f.last == nil {
			h.Last = f.stored
		}
		if h.Since() > 0 {
			oldest, err := records(ctx, tx, org, h.Leaves-h.Since(), 1)
			if err == nil && len(oldest) == 1 {
				h.Oldest = oldest[0].At
			}
			return err
		}
		return nil
	})
	return h, err
}

// facts are what has to be known to sign: what the database holds now, and what
// the folder remembers.
type facts struct {
	size   int64
	root   tlog.Hash
	epoch  int     // of the database; 0 if it has none
	vkey   string  // of that epoch
	stored *Signed // newest checkpoint of that epoch in the database

	key      secret  // nil if the folder has none
	own      string  // verifier key it gives for the epoch of the database
	last     *Signed // what the folder remembers; nil if it remembers nothing
	foreign  bool    // that was signed with another key than the one there
	damage   error   // why what the folder remembers cannot be read
	diverged error   // why the tree does not grow out of the last checkpoint
}

func (k *Keeper) facts(ctx context.Context, tx *db.Tx, org string, lock bool) (facts, error) {
	var f facts
	size, e, err := head(ctx, tx, org, lock)
	if err != nil {
		return f, err
	}
	f.size = size
	if f.root, err = tlog.TreeHash(size, e); err != nil {
		return f, fmt.Errorf("ledger: %w", err)
	}
	now, err := newestEpoch(ctx, tx, org)
	if err != nil {
		return f, err
	}
	f.epoch, f.vkey = now.Epoch, now.Key
	if f.epoch > 0 {
		if f.stored, err = newestCheckpoint(ctx, tx, org, f.epoch); err != nil {
			return f, err
		}
	}
	if f.key, err = k.dir.key(); err != nil {
		return f, err
	}
	if f.key != nil {
		if f.own, err = f.key.verifier(Origin(org, max(f.epoch, 1))); err != nil {
			return f, err
		}
	}
	if f.last, f.damage = k.dir.last(org); f.last == nil {
		return f, nil
	}
	if f.foreign, err = f.key.strange(*f.last); err != nil || f.last.Size == 0 || f.last.Size > size {
		return f, err
	}
	proof, err := tlog.ProveTree(size, f.last.Size, storedHashes(ctx, tx, org))
	if err != nil {
		return f, fmt.Errorf("ledger: proving that the log grew: %w", err)
	}
	f.diverged = tlog.CheckTree(proof, size, f.root, f.last.Size, f.last.Root)
	return f, nil
}

// storedHashes reads hashes of the tree where Append left them.
func storedHashes(ctx context.Context, tx *db.Tx, org string) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			var text string
			if err := tx.QueryRow(ctx, `SELECT h FROM log_hash WHERE org = $1 AND n = $2`, org, n).Scan(&text); err != nil {
				return nil, fmt.Errorf("hash %d: %w", n, err)
			}
			h, err := parseHash(text)
			if err != nil {
				return nil, err
			}
			out[i] = h
		}
		return out, nil
	})
}
