package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
)

func init() {
	tenantTables = append(tenantTables, "isms_scope", "isms_scope_act", "isms_scope_decision")

	maps.Copy(calls, map[string]call{
		"isms.Scope": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.Scope(ctx, who, now)
			return err
		}},
		"isms.ScopeHistory": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.isms.ScopeHistory(ctx, who, isms.ScopeISMS, 1)
			return err
		}},
		"isms.WriteScope": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.WriteScope(ctx, who, isms.ScopeISMS, isms.ScopeContent{Statement: "All of " + who.Name()}, "", "", now)
			return err
		}},
		"isms.SendScope": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.SendScope(ctx, who, isms.ScopeSOC2, now)
			return err
		}},
		"isms.WithdrawScope": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.WithdrawScope(ctx, who, isms.ScopeSOC2, now)
		}},
		"isms.DecideScope": {access.ApproveISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.isms.DecideScope(ctx, who, isms.ScopeSOC2, true, "", now)
			return err
		}},
		"isms.RuleScope": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.isms.RuleScope(ctx, who, map[string]string{"no-scope": "x"}, isms.ScopeRuling{Choice: isms.ScopeDeliberate, Reason: "So."}, now)
		}},
	})
}
