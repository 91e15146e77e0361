package job

import (
	"context"

	"github.com/toucan-grc/toucan/internal/db"
)

// Forget takes work of some kinds out of the queue of an organisation that nobody has
// begun. It is for who has done that work already: the demonstration, which does it at
// the moment of the story and not at the moment of the server.
func Forget(ctx context.Context, d *db.DB, org string, kinds ...string) error {
	return d.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		for _, kind := range kinds {
			if _, err := tx.Exec(ctx, `DELETE FROM river_job WHERE kind = $2 AND state = 'available' AND args ->> 'org' = $1`, org, kind); err != nil {
				return err
			}
		}
		return nil
	})
}
