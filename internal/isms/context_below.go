package isms

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

func readRiskFigures(_ context.Context, _ *db.Tx, _ string, _ time.Time) (*RiskFigures, error) {
	return nil, nil
}

func readOverdue(_ context.Context, _ *db.Tx, _ string, _ cadence.Date) (*int, error) {
	return nil, nil
}
