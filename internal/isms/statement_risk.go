package isms

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// readStatementRisks reads the register of risks as far as the statement needs it.
func readStatementRisks(ctx context.Context, tx *db.Tx, org string, now time.Time) ([]StatementRisk, error) {
	return nil, nil
}
