package isms

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// statementPeople names everybody of the register, and says who has left.
func statementPeople(ctx context.Context, tx *db.Tx, org string, now time.Time, zone *time.Location) (map[string]statementPerson, error) {
	r, err := people.ReadRoster(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	today := cadence.DateOf(now, zone)
	out := map[string]statementPerson{}
	for _, p := range r.All() {
		out[p.ID] = statementPerson{Name: p.Name, Gone: r.StatusOn(p.ID, today) == people.Former}
	}
	return out, nil
}
