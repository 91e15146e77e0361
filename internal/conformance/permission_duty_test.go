package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

func init() {
	tenantTables = append(tenantTables, "duty")
	maps.Copy(calls, map[string]call{
		"people.Duties": {access.ViewISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.people.Duties(ctx, who)
			return err
		}},
		"people.EndDuty": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			return h.people.EndDuty(ctx, who, "none", cadence.On(2026, 1, 1), now)
		}},
		"people.GiveDuty": {access.ManageISMS, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.people.GiveDuty(ctx, who, people.Giving{Role: "security-officer"}, now)
			return err
		}},
	})
}
