package conformance

import (
	"context"
	"maps"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	tenantTables = append(tenantTables, "device", "device_key", "device_owner", "device_source", "device_code", "device_waiver", "device_event", "device_look", "device_setting")

	use := func(do func(context.Context, *house, access.Actor) error) call { return call{access.UseDevices, do} }
	view := func(do func(context.Context, *house, access.Actor) error) call { return call{access.ViewDevices, do} }
	manage := func(do func(context.Context, *house, access.Actor) error) call {
		return call{access.ManageDevices, do}
	}
	report := func(do func(context.Context, *house, access.Actor) error) call {
		return call{access.ReportDevices, do}
	}
	none := []string{"none"}
	maps.Copy(calls, map[string]call{
		"device.Heads": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Heads(ctx, who)
			return err
		}),
		"device.List": view(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.List(ctx, who, now)
			return err
		}),
		"device.Mine": use(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Mine(ctx, who, now)
			return err
		}),
		"device.Find": use(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Find(ctx, who, "none", now)
			return err
		}),
		"device.Strips": use(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Strips(ctx, who, "none", now, now.Add(time.Hour), now)
			return err
		}),
		"device.Events": use(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Events(ctx, who, "none")
			return err
		}),
		"device.Look": use(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.Look(ctx, who, "none", now)
		}),
		"device.Looks": use(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Looks(ctx, who, "none")
			return err
		}),
		"device.Settings": use(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Settings(ctx, who, now)
			return err
		}),
		"device.SetSettings": manage(func(ctx context.Context, h *house, who access.Actor) error {
			s := device.Usual()
			s.LockMinutes = 5
			return h.devices.SetSettings(ctx, who, s, now)
		}),
		"device.NewCode": use(func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.devices.NewCode(ctx, who, now)
			return err
		}),
		"device.NewCodeFor": use(func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.devices.NewCodeFor(ctx, who, "none", now)
			return err
		}),
		"device.NewOrgCode": manage(func(ctx context.Context, h *house, who access.Actor) error {
			_, _, err := h.devices.NewOrgCode(ctx, who, 3, now.Add(time.Hour), now)
			return err
		}),
		"device.Codes": use(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Codes(ctx, who, now)
			return err
		}),
		"device.EndCode": use(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.EndCode(ctx, who, "none", now)
		}),
		"device.Own": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.Own(ctx, who, none, "", now)
		}),
		"device.Claim": use(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.Claim(ctx, who, "00000000", now)
		}),
		"device.Name": use(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.Name(ctx, who, "none", "Mine", now)
		}),
		"device.Lose": use(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.Lose(ctx, who, none, "Gone.", now)
		}),
		"device.Retire": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.Retire(ctx, who, none, "Sold.", now)
		}),
		"device.Restore": use(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.Restore(ctx, who, none, "Back.", now)
		}),
		"device.Waive": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.Waive(ctx, who, none, wire.Firewall, "Lab.", today+10, now)
		}),
		"device.EndWaiver": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.EndWaiver(ctx, who, "none", now)
		}),
		"device.Say": manage(func(ctx context.Context, h *house, who access.Actor) error {
			return h.devices.Say(ctx, who, "none", wire.Firewall, wire.Pass, "Looked.", today+10, now)
		}),
		"device.Enrol": report(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Enrol(ctx, who, wire.Signed[wire.Enrolment]{}, deviceHost, now)
			return err
		}),
		"device.Report": report(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Report(ctx, who, wire.Signed[wire.Delivery]{}, now)
			return err
		}),
		"device.Take": report(func(ctx context.Context, h *house, who access.Actor) error {
			_, err := h.devices.Take(ctx, who, nil, now)
			return err
		}),
	})
}
