package report

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// logOf is the log of an organisation, as a bundle needs it.
type logOf struct {
	s   *Store
	who access.Actor
	now time.Time
}

// Seal implements Log.
func (l *logOf) Seal(ctx context.Context, p Seal) (int64, string, string, ledger.Checkpoint, error) {
	id, salt := uuid.Must(uuid.NewV7()).String(), ledger.Salt()
	before, _, err := l.s.Log.Root(ctx, l.s.DB, l.who.Org())
	if err != nil {
		return 0, "", "", ledger.Checkpoint{}, err
	}
	err = l.s.DB.Write(ctx, l.who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		return l.s.Log.Append(ctx, tx, ledger.Leaf{Org: l.who.Org(), At: l.now, Actor: l.who.Account(), Kind: SealKind, ID: id, Salt: salt, Payload: p})
	})
	if err != nil {
		return 0, "", "", ledger.Checkpoint{}, err
	}
	at := int64(-1)
	err = l.s.leaves(ctx, l.who.Org(), -1, func(r ledger.Record) error {
		if r.Kind == SealKind && r.ID == id {
			at = r.N
		}
		return nil
	}, before)
	if err == nil && at < 0 {
		err = fmt.Errorf("report: the leaf of the bundle is not in the log")
	}
	if err != nil {
		return 0, "", "", ledger.Checkpoint{}, err
	}
	signed, err := l.s.Keeper.Sign(ctx, l.who.Org(), at+1, l.now)
	return at, id, salt, signed.Checkpoint, err
}

// Leaves implements Log.
func (l *logOf) Leaves(ctx context.Context, size int64, yield func(data string) error) error {
	return l.s.leaves(ctx, l.who.Org(), size, func(r ledger.Record) error { return yield(r.Data) })
}

// Prove implements Log.
func (l *logOf) Prove(ctx context.Context, size, n int64) (tlog.RecordProof, error) {
	var p tlog.RecordProof
	err := l.s.DB.Read(ctx, l.who.Org(), func(tx *db.Tx) (err error) {
		p, err = ledger.ProveIn(ctx, tx, l.who.Org(), size, n)
		return err
	})
	return p, err
}

// leaves calls yield for the leaves of an organisation in order, up to the first
// size; a negative size means all. from, if given, is the first.
func (s *Store) leaves(ctx context.Context, org string, size int64, yield func(ledger.Record) error, from ...int64) error {
	const page = 1000
	n := int64(0)
	if len(from) > 0 {
		n = from[0]
	}
	for size < 0 || n < size {
		limit := int64(page)
		if size >= 0 {
			limit = min(limit, size-n)
		}
		list, err := s.Log.Records(ctx, s.DB, org, n, int(limit))
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := yield(r); err != nil {
				return err
			}
		}
		if n += int64(len(list)); len(list) < int(limit) {
			return nil
		}
	}
	return nil
}
