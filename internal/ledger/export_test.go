package ledger

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// SignIn signs within a change, so that a test can let the change fail after.
var SignIn = func(k *Keeper, ctx context.Context, tx *db.Tx, org string, now time.Time) (Signed, error) {
	return k.sign(ctx, tx, org, 0, now)
}
