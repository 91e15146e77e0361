package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/risk"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
)

func init() {
	tenantTables = append(tenantTables,
		"risk_method",
		"risk",
		"risk_act",
		"risk_link",
		"risk_score",
		"risk_plan",
		"risk_acceptance",
		"risk_trigger",
		"risk_draw",
		"risk_snapshot",
	)
	maps.Copy(calls, map[string]call{
		"risk.Register": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Register(ctx, who, now)
			return err
		}},
		"risk.Detail": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Detail(ctx, who, "none", now)
			return err
		}},
		"risk.Things": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Things(ctx, who)
			return err
		}},
		"risk.Put": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Put(ctx, who, risk.Risk{Title: "Permission", Event: "Somebody may.", Category: "identity", Affects: []string{"integrity"}}, now)
			return err
		}},
		"risk.Adopt": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Adopt(ctx, who, []string{"RS-001"}, now)
			return err
		}},
		"risk.Relink": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Relink(ctx, who, "none", nil, nil, now)
		}},
		"risk.Close": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Close(ctx, who, "none", "Gone.", now)
		}},
		"risk.Reopen": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Reopen(ctx, who, "none", "Back.", now)
		}},
		"risk.Own": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Own(ctx, who, nil, "none", now)
		}},
		"risk.Score": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Score(ctx, who, "none", risk.NewScore{}, now)
			return err
		}},
		"risk.Second": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Second(ctx, who, "none", risk.NewScore{}, now)
		}},
		"risk.Trigger": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Trigger(ctx, who, "none", risk.Incident, "Something happened.", now)
		}},
		"risk.Plan": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Plan(ctx, who, "none", risk.Plan{}, now)
		}},
		"risk.AddAction": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.AddAction(ctx, who, "none", finding.Action{}, now)
		}},
		"risk.CompletePlan": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.CompletePlan(ctx, who, "none", "Evidence.", now)
		}},
		"risk.ApprovePlan": {access.DecideRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.ApprovePlan(ctx, who, "none", now)
		}},
		"risk.Accept": {access.DecideRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Accept(ctx, who, "none", risk.NewAcceptance{Reason: "It is small."}, now)
		}},
		"risk.Withdraw": {access.DecideRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Withdraw(ctx, who, "none", "It grew.", now)
		}},
		"risk.Methods": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.risks.Methods(ctx, who, now)
			return err
		}},
		"risk.WriteMethod": {access.ManageRiskMethod, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.WriteMethod(ctx, who, "", "", "", now)
			return err
		}},
		"risk.DecideMethod": {access.ManageRiskMethod, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.DecideMethod(ctx, who, "none", true, "", now)
			return err
		}},
		"risk.Freeze": {access.ManageRiskMethod, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Freeze(ctx, who, "", "", nil, now)
			return err
		}},
		"risk.Snapshots": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Snapshots(ctx, who)
			return err
		}},
		"risk.Snapshot": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Snapshot(ctx, who, "none")
			return err
		}},
		"risk.FrozenReport": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.FrozenReport(ctx, who, "none")
			return err
		}},
		"risk.DecideSnapshot": {access.ManageRiskMethod, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.DecideSnapshot(ctx, who, "none", true, "", now)
			return err
		}},
		"risk.DrawSeconds": {access.ManageRiskMethod, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.DrawSeconds(ctx, who, now)
			return err
		}},
		"risk.Seconds": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Seconds(ctx, who, now)
			return err
		}},
		"risk.Review": {access.ManageRiskMethod, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Review(ctx, who, "Nothing changed.", now)
		}},
		"risk.Cycle": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Cycle(ctx, who, now)
			return err
		}},
		"risk.Report": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Report(ctx, who, now)
			return err
		}},
		"risk.Watch": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.risks.Watch(ctx, who, now)
		}},
		"risk.Export": {access.ViewRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Export(ctx, who, now)
			return err
		}},
		"risk.PlanImport": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.PlanImport(ctx, who, &sheets.Sheet{File: "risks.csv"}, now)
			return err
		}},
		"risk.Import": {access.ManageRisks, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.risks.Import(ctx, who, &sheets.Sheet{File: "risks.csv"}, now)
			return err
		}},
		"standing.Operating": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.standing().Operating(ctx, who, nil, now)
			return err
		}},
	})
}
