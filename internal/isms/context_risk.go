package isms

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

func readRiskFigures(_ context.Context, _ *db.Tx, _ string, _ time.Time) (*RiskFigures, error) {
	return nil, nil
}

func readRiskFacts(_ context.Context, _ *db.Tx, _ string, _ time.Time) (*RiskFacts, error) {
	return nil, nil
}
