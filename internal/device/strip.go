package device

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Strip is how a device stood with a check over a window of time.
type Strip struct {
	Check  wire.Check
	Pieces []Piece // by time, without holes after the first report
}

// Piece is a stretch in which nothing changed.
type Piece struct {
	State    result.State // stale where nothing was heard
	Reason   string       // as it was said last; empty for a pass
	From, To time.Time    // To is not part of it
}

// Strips returns how a device stood with every check between two moments, in the order
// of wire.Checks. Who may see the device may see them.
func (s *Store) Strips(ctx context.Context, who access.Actor, id string, from, to, now time.Time) ([]Strip, error) {
	if to.After(now) {
		to = now // what holds from now on may yet change
	}
	var list []result.Interval
	err := s.seen(ctx, who, id, now, func(tx *db.Tx, f *facts) (err error) {
		list, err = s.Results.Of(ctx, tx, who.Org(), id, testKeys[:reporting], from, to)
		return err
	})
	if err != nil {
		return nil, err
	}
	byTest := map[string][]result.Interval{}
	for _, i := range list {
		byTest[i.Test] = append(byTest[i.Test], i)
	}
	out := make([]Strip, reporting)
	for n, c := range wire.Checks() {
		out[n].Check = c
		for _, i := range result.Fill(byTest[testKeys[n]], from, to) {
			out[n].Pieces = append(out[n].Pieces, Piece{i.State, i.Reason, i.From, i.To})
		}
	}
	return out, nil
}
