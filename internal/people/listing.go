package people

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/toucan-grc/toucan/internal/db"
)

// readListings returns what the sources last said of one person, or of all.
func readListings(ctx context.Context, tx *db.Tx, org, person string) ([]listing, error) {
	rows, err := tx.Query(ctx, `SELECT id, person, source, external, said, seen_at, unlisted_at FROM person_source WHERE org = $1 AND ($2 = '' OR person = $2) ORDER BY id`, org, person)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []listing
	for rows.Next() {
		var l listing
		var text string
		if err := rows.Scan(&l.ID, &l.Person, &l.Source, &l.External, &text, &l.Seen, &l.Unlisted); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &l.Says); err != nil {
			return nil, fmt.Errorf("reading what a source said: %w", err)
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

// writeListings puts or replaces what a source says.
func writeListings(ctx context.Context, tx *db.Tx, org string, list []listing) error {
	rows := db.Into(`person_source (org, id, person, source, external, said, seen_at, unlisted_at)`)
	for _, l := range list {
		rows.Add(org, l.ID, l.Person, string(l.Source), l.External, l.text(), l.Seen, l.Unlisted)
	}
	return rows.InsertOr(ctx, tx, ` ON CONFLICT (org, id) DO UPDATE SET external = excluded.external, said = excluded.said, seen_at = excluded.seen_at, unlisted_at = excluded.unlisted_at`)
}
