package register

import (
	"context"
	"sync"

	"github.com/toucan-grc/toucan/internal/db"
)

// Kept keeps what was last read of each organisation. Every write raises the
// revision of its tables, so it is never older than the database, on any node. The
// zero value is not ready: Tables names what a value is read from. It is safe for
// concurrent use, and must not be copied.
type Kept[V any] struct {
	Tables []string

	mu sync.Mutex
	of map[string]*kept[V]
}

// kept is what is held of one organisation; its lock lets one reader fill it while
// the others wait.
type kept[V any] struct {
	mu      sync.Mutex
	written db.Written
	full    bool
	value   V
}

const keptRoom = 32 // organisations

func (k *Kept[V]) held(org string) *kept[V] {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.of[org]
	if h == nil {
		if k.of == nil || len(k.of) >= keptRoom {
			k.of = map[string]*kept[V]{}
		}
		h = &kept[V]{}
		k.of[org] = h
	}
	return h
}

// Of returns the value of an organisation, read anew when one of its tables was
// written since. It is shared: nobody may change what it points to.
func (k *Kept[V]) Of(ctx context.Context, d *db.DB, org string, read func(ctx context.Context, tx *db.Tx) (V, error)) (V, error) {
	h := k.held(org)
	h.mu.Lock()
	defer h.mu.Unlock()
	written, err := d.Written(ctx, org)
	if err != nil {
		var none V
		return none, err
	}
	if h.full && !written.Since(h.written, k.Tables...) {
		return h.value, nil
	}
	var v V
	err = d.Read(ctx, org, func(tx *db.Tx) (err error) {
		v, err = read(ctx, tx)
		return err
	})
	if err == nil {
		h.value, h.full, h.written = v, true, written // what was written in between is read once more
	}
	return v, err
}
