package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
)

// firstQuarter is the quarter of today.
var firstQuarter = isms.QuarterOf(cadence.On(2026, 3, 1))

func init() {
	tenantTables = append(tenantTables,
		"audit_programme",
		"audit_entry",
		"audit_number",
		"internal_audit",
		"audit_scope",
		"audit_person",
		"audit_line",
		"audit_item",
		"audit_act",
	)
	maps.Copy(calls, map[string]call{
		"isms.BeginProgramme": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.BeginProgramme(ctx, who, firstQuarter, now)
		}},
		"isms.Programme": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Programme(ctx, who, now)
			return err
		}},
		"isms.ReplanEntry": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.ReplanEntry(ctx, who, isms.AuditEntry{ID: "none", Title: "Access", Scope: []framework.Ref{annexA}}, "The lead is away.", now)
			return err
		}},
		"isms.DropEntry": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.DropEntry(ctx, who, "none", "Not needed.", now)
		}},
		"isms.AuditEntry": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.AuditEntry(ctx, who, "none", now)
			return err
		}},
		"isms.Audits": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Audits(ctx, who)
			return err
		}},
		"isms.Audit": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Audit(ctx, who, "none", now)
			return err
		}},
		"isms.PlanAudit": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.PlanAudit(ctx, who, "", isms.AuditDraft{Title: "Access", Scope: []framework.Ref{annexA}}, now)
			return err
		}},
		"isms.BeginAudit": {access.AuditInternally, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.BeginAudit(ctx, who, "none", now)
		}},
		"isms.AnswerLine": {access.AuditInternally, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.AnswerLine(ctx, who, "none", "none", isms.LineAnswer{Answer: isms.LineConforms, Note: "Seen."}, now)
		}},
		"isms.RaiseFinding": {access.AuditInternally, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.RaiseFinding(ctx, who, "none", "none", finding.Draft{}, now)
			return err
		}},
		"isms.ReportAudit": {access.AuditInternally, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.ReportAudit(ctx, who, "none", "Short.", "It works.", now)
		}},
		"isms.CloseAudit": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.CloseAudit(ctx, who, "none", now)
		}},
		"isms.CancelAudit": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.CancelAudit(ctx, who, "none", "Not needed.", now)
		}},
	})
}
