package conformance

import (
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
)

func TestAChangeOfZoneAppliesForwardOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		zones, err := h.access.Zones(ctx, who)
		if must(t, err); len(zones) != 1 || zones[0].Name != "UTC" || !zones[0].From.IsZero() {
			t.Fatalf("before any change the zones are %+v, want UTC from the beginning", zones)
		}
		from := h.leaves(t, who.Org())
		later := now.Add(48 * time.Hour)
		must(t, h.access.EditOrganisation(ctx, who, "One", "Europe/Berlin", now))
		must(t, h.access.EditOrganisation(ctx, who, "One, renamed", "Europe/Berlin", now.Add(time.Hour))) // no change of zone
		must(t, h.access.EditOrganisation(ctx, who, "One", "America/New_York", later))
		zones, err = h.access.Zones(ctx, who)
		must(t, err)
		if len(zones) != 3 || zones[0].Name != "UTC" || !zones[0].From.IsZero() || zones[1].Name != "Europe/Berlin" || !zones[1].From.Equal(now) ||
			zones[2].Name != "America/New_York" || !zones[2].From.Equal(later) || zones[2].Place.String() != "America/New_York" {
			t.Errorf("zones %+v", zones)
		}
		want := []string{"organisation.zone", "organisation.put", "organisation.put", "organisation.zone", "organisation.put"}
		if got := h.kinds(t, who.Org(), from); !slices.Equal(got, want) {
			t.Errorf("leaves %v, want %v", got, want)
		}
		others, err := h.access.Zones(ctx, h.other)
		if must(t, err); len(others) != 1 || others[0].Name != "UTC" {
			t.Errorf("the other organisation has %+v", others)
		}
	})
}

func TestTheDayAControlOperatesFromIsKeptWithEveryVersion(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		day := cadence.On(2025, 10, 1)
		c, err := h.controls.Create(ctx, who, control.Control{Code: "AC-1", Title: "Access review", Since: day}, now)
		must(t, err)
		if c.Since != day {
			t.Errorf("created since %v, want %v", c.Since, day)
		}
		next := c
		next.Since = day + 31
		v, err := h.controls.Edit(ctx, who, next, now.Add(time.Hour))
		must(t, err)
		if v.What != "Changed the day it operates from." || v.Approval != control.NotNeeded {
			t.Errorf("the version says %q (%s)", v.What, v.Approval)
		}
		vs, err := h.controls.History(ctx, who, "AC-1")
		must(t, err)
		if len(vs) != 2 || vs[0].Since != day+31 || vs[1].Since != day {
			t.Errorf("versions %+v", vs)
		}
		found, err := h.controls.Find(ctx, who, "ac-1")
		if must(t, err); found.Since != day+31 {
			t.Errorf("found since %v", found.Since)
		}
		next = found
		next.Since = cadence.On(1850, 1, 1)
		if _, err := h.controls.Edit(ctx, who, next, now); err == nil {
			t.Error("a control cannot operate since 1850")
		}
	})
}
