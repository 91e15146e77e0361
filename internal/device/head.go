package device

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Head is the last report that an agent holds a receipt for.
type Head struct {
	Seq  uint64
	Hash wire.Hash
}

// Heads returns how far the reports of each agent have come, by device. An agent's own
// record, and the receipts it was given, can be held against it.
func (s *Store) Heads(ctx context.Context, who access.Actor) (map[string]Head, error) {
	if err := who.May(access.ViewDevices); err != nil {
		return nil, err
	}
	out := map[string]Head{}
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		return query(ctx, tx, `SELECT device, seq, hash FROM device_source WHERE org = $1 AND kind = $2 AND seq > 0`, []any{who.Org(), string(Agent)}, func(scan func(...any) error) error {
			var id string
			var h Head
			err := scan(&id, &h.Seq, &h.Hash)
			out[id] = h
			return err
		})
	})
	return out, err
}
