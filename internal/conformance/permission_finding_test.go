package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/finding"
)

func init() {
	tenantTables = append(tenantTables,
		"finding_number",
		"finding",
		"finding_action",
		"finding_about",
		"finding_item",
		"finding_act",
	)
	maps.Copy(calls, map[string]call{
		"finding.Action": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.findings.Action(ctx, who, "none")
			return err
		}},
		"finding.CompleteAction": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.CompleteAction(ctx, who, "none", finding.Completion{Outcome: "Done."}, now)
		}},
		"finding.DropAction": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.DropAction(ctx, who, "none", "Not needed.", now)
		}},
		"finding.ReopenAction": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.ReopenAction(ctx, who, "none", "Not done after all.", now)
		}},
		"finding.Report": {access.ReportFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.Report(ctx, who, finding.Draft{Kind: finding.Opportunity, Title: "Fewer forms", Statement: "Two forms ask the same."}, now)
			return err
		}},
		"finding.Change": {access.ReportFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.Change(ctx, who, "none", finding.Draft{}, now)
		}},
		"finding.Grade": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.Grade(ctx, who, "none", finding.Observation, "", "Nothing is broken.", now)
		}},
		"finding.Correct": {access.ReportFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.Correct(ctx, who, "none", "Put right.", 0, nil, now)
		}},
		"finding.StateCause": {access.ReportFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.StateCause(ctx, who, "none", "Nobody was told to.", now)
		}},
		"finding.Respond": {access.ReportFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.Respond(ctx, who, "none", "Agreed.", now)
		}},
		"finding.PlanAction": {access.ReportFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.PlanAction(ctx, who, "none", finding.Action{Title: "Act"}, now)
			return err
		}},
		"finding.PlanCheck": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.PlanCheck(ctx, who, "none", "", 0, now)
		}},
		"finding.CheckEffect": {access.ReportFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.CheckEffect(ctx, who, "none", true, "Looked at ten.", 0, nil, now)
		}},
		"finding.Close": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.Close(ctx, who, "none", "", now)
		}},
		"finding.Reopen": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.Reopen(ctx, who, "none", "It came back.", now)
		}},
	})
}
