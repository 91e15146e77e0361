package conformance

import (
	"context"
	"maps"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/source"
)

func init() {
	tenantTables = append(tenantTables, "device_connection", "device_connection_run")
	maps.Copy(calls, map[string]call{
		"source.Put": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.sources().Put(ctx, who, source.New{Kind: device.Fleet, Name: string(who.Role()), Address: "https://fleet.one.test", Secret: "x"}, now)
			return err
		}},
		"source.Reopen": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			return h.sources().Reopen(ctx, who, "none", "", "x", now)
		}},
		"source.Pause": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			return h.sources().Pause(ctx, who, "none", true, now)
		}},
		"source.Delete": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			return h.sources().Delete(ctx, who, "none", now)
		}},
		"source.Map": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			return h.sources().Map(ctx, who, "none", nil, now)
		}},
		"source.SyncNow": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.sources().SyncNow(ctx, who, "none", now)
			return err
		}},
		"source.Connections": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.sources().Connections(ctx, who)
			return err
		}},
		"source.Find": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.sources().Find(ctx, who, "none")
			return err
		}},
		"source.Runs": {access.ManageDevices, func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.sources().Runs(ctx, who, "none")
			return err
		}},
	})
}
