package isms

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/risk"
)

// readStatementRisks reads the register of risks as far as the statement needs it. A
// risk is high when it lies outside the appetite.
func readStatementRisks(ctx context.Context, tx *db.Tx, org string, now time.Time) ([]StatementRisk, error) {
	r, err := risk.ReadRegister(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	var out []StatementRisk
	for _, e := range r.Risks {
		x := StatementRisk{ID: e.ID, Code: e.Code, Title: e.Title, Level: e.Verdict.Level.ID, High: e.Above(), Closed: e.Closed()}
		for _, l := range e.Links {
			switch {
			case l.Kind == risk.ToRequirement && l.Requirement.Framework == StatementFramework:
				x.Rows = append(x.Rows, l.Requirement.ID)
			case l.Kind == risk.ToControl:
				x.Controls = append(x.Controls, l.Target)
			}
		}
		out = append(out, x)
	}
	return out, nil
}
