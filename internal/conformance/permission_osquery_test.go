package conformance

import (
	"context"
	"maps"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
)

func init() {
	tenantTables = append(tenantTables, "device_osquery_secret", "device_osquery_node", "device_osquery_count")
	maps.Copy(calls, map[string]call{
		"osquery.NewSecret": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.osq(nil).NewSecret(ctx, who, "x", 1, time.Time{}, now)
			return err
		}},
		"osquery.EndSecret": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			return h.osq(nil).EndSecret(ctx, who, "none", now)
		}},
		"osquery.SetMost": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			return h.osq(nil).SetMost(ctx, who, "none", 1, now)
		}},
		"osquery.Secrets": {access.ViewDevices, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.osq(nil).Secrets(ctx, who)
			return err
		}},
		"osquery.Counts": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.osq(nil).Counts(ctx, who)
			return err
		}},
	})
}
