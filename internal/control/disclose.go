package control

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// versionKind is the kind of a leaf that records a version.
const versionKind = "control.version"

// Disclosures returns what the leaves of the versions of these controls stand
// for, by id of the control: every text and status each of them ever had.
func (s *Store) Disclosures(ctx context.Context, who access.Actor, controls []string) ([]ledger.Disclosure, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	wanted := make(map[string]bool, len(controls))
	for _, id := range controls {
		wanted[id] = true
	}
	var out []ledger.Disclosure
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT control, id, content, salt FROM control_version WHERE org = $1 ORDER BY control, number`, who.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var of, content string
			d := ledger.Disclosure{Kind: versionKind}
			if err := rows.Scan(&of, &d.ID, &content, &d.Salt); err != nil {
				return err
			}
			if d.Payload = []byte(content); wanted[of] {
				out = append(out, d)
			}
		}
		return rows.Err()
	})
	return out, err
}
