package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/isms"
	register "github.com/toucan-grc/toucan/internal/sheet"
)

func init() {
	tenantTables = append(tenantTables,
		"statement_line",
		"statement_version",
	)
	maps.Copy(calls, map[string]call{
		"standing.Judge": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.standing().Judge(ctx, who, "iso27001-2022", now)
			return err
		}},
		"crosswalk.ExcludeIn": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
				return h.links.ExcludeIn(ctx, tx, who, annexA, "No premises.", now)
			})
		}},
		"crosswalk.IncludeIn": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
				return h.links.IncludeIn(ctx, tx, who, annexA, now)
			})
		}},
		"isms.Statement": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Statement(ctx, who, now)
			return err
		}},
		"isms.StatementPaper": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.StatementPaper(ctx, who, now)
			return err
		}},
		"isms.StatementVersions": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.StatementVersions(ctx, who)
			return err
		}},
		"isms.StatementVersion": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.StatementVersion(ctx, who, "none")
			return err
		}},
		"isms.StatementVersionPaper": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.StatementVersionPaper(ctx, who, "none")
			return err
		}},
		"isms.StatementHistory": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.StatementHistory(ctx, who, "A.5.1", now)
			return err
		}},
		"isms.SetStatement": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.SetStatement(ctx, who, []isms.StatementChange{{Code: "A.5.1", Included: true, StatementDecision: isms.StatementDecision{Reasons: []isms.Reason{{Kind: isms.BecauseOfBusiness}}}}}, now)
		}},
		"isms.ChangeStatement": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.ChangeStatement(ctx, who, isms.BulkStatement{Codes: []string{"A.5.1"}, Claim: isms.ClaimDone}, now)
		}},
		"isms.AddStatementRow": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.AddStatementRow(ctx, who, isms.StatementDecision{Title: "Review of model releases"}, now)
			return err
		}},
		"isms.RetireStatementRow": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.RetireStatementRow(ctx, who, "C-9", "Not needed.", now)
		}},
		"isms.PlanStatement": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.PlanStatement(ctx, who, &register.Sheet{File: "soa.csv"}, now)
			return err
		}},
		"isms.ImportStatement": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ImportStatement(ctx, who, &register.Sheet{File: "soa.csv"}, now)
			return err
		}},
		"isms.SendStatement": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.SendStatement(ctx, who, "First", now)
			return err
		}},
		"isms.DecideStatement": {access.ApproveISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.DecideStatement(ctx, who, "none", true, "", now)
			return err
		}},
		"isms.WithdrawStatement": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.WithdrawStatement(ctx, who, "none", now)
		}},
	})
}
