package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/finding"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
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
		"finding.All": {access.ViewFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.All(ctx, who, now)
			return err
		}},
		"finding.View": {access.ViewFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.View(ctx, who, "none", now)
			return err
		}},
		"finding.Export": {access.ViewFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.Export(ctx, who, now)
			return err
		}},
		"finding.ExportActions": {access.ViewFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.ExportActions(ctx, who, now)
			return err
		}},
		"finding.PlanImport": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.PlanImport(ctx, who, &sheets.Sheet{}, now)
			return err
		}},
		"finding.Import": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.Import(ctx, who, &sheets.Sheet{Rows: []sheets.Row{{Number: 2, Cells: map[string]string{"title": "Imported " + string(who.Role()), "kind": "opportunity", "statement": "It could be shorter."}}}}, now)
			return err
		}},
		"finding.PlanImportActions": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.PlanImportActions(ctx, who, &sheets.Sheet{}, now)
			return err
		}},
		"finding.ImportActions": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.ImportActions(ctx, who, &sheets.Sheet{Rows: []sheets.Row{{Number: 2, Cells: map[string]string{"title": "Imported " + string(who.Role())}}}}, now)
			return err
		}},
		"finding.HandActions": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.HandActions(ctx, who, []string{"none"}, "somebody", now)
		}},
		"finding.MoveActions": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.MoveActions(ctx, who, []string{"none"}, today, "Later.", now)
		}},
		"finding.ChangeAction": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			return h.findings.ChangeAction(ctx, who, finding.Action{ID: "none", Title: "Other"}, now)
		}},
		"finding.AddAction": {access.ManageFindings, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.findings.AddAction(ctx, who, finding.Action{Title: "Tidy up"}, now)
			return err
		}},
		"finding.Action": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.findings.Action(ctx, who, "none", now)
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
