package isms

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

func readRiskFigures(_ context.Context, _ *db.Tx, _ string, _ time.Time) (*RiskFigures, error) {
	return nil, nil
}

func readOverdue(_ context.Context, _ *db.Tx, _ string, _ cadence.Date) (*int, error) {
	return nil, nil
}

// readBelow reads what packages below keep, in the transaction of the rest.
func (f *PackFacts) readBelow(_ context.Context, _ *db.Tx, _ string, _ time.Time) error { return nil }

// packBelow reads what is read with the eyes of a person.
func (s *Store) packBelow(_ context.Context, _ access.Actor, _ *PackFacts, _ time.Time) error {
	return nil
}
