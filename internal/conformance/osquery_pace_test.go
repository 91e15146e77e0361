package conformance

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/device/osquery/osquerysim"
	"github.com/toucan-grc/toucan/internal/wire"
)

func TestAClockThatWasPutBackLocksNoHostOut(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		sim := x.host("host", wire.Linux)
		must(t, sim.Enrol(t.Context()))
		x.now = now.Add(-24 * time.Hour)
		must(t, sim.Enrol(t.Context())) // it has a key of tomorrow
		if err := sim.Enrol(t.Context()); !errors.Is(err, osquerysim.ErrRefused) {
			t.Errorf("again at the same moment: %v", err)
		}
	})
}

// TestKnownHostsThatComeTooOftenWaitForNoChange has hosts of one address use up what it
// may: the next is turned away while somebody else holds the queue of changes, and that
// is no matter of another organisation.
func TestKnownHostsThatComeTooOftenWaitForNoChange(t *testing.T) {
	const burst = 299 // of 300, for the clock goes back while they come
	each(t, func(t *testing.T, h *house) {
		at, ctx := now, t.Context()
		s := h.osq(&heard{})
		site := httptest.NewServer(&osquery.Handler{Store: s, Machine: h.access.Machine, Now: func() time.Time { return at }, From: func(*http.Request) string { return "192.0.2.1" }})
		t.Cleanup(site.Close)
		host := func(who access.Actor, slug string) *osquerysim.Host {
			secret, _, err := s.NewSecret(ctx, who, "", 1, time.Time{}, now)
			must(t, err)
			return &osquerysim.Host{HTTP: site.Client(), Base: site.URL, Slug: slug, Secret: secret, ID: "host", Platform: wire.Linux}
		}
		one, two := host(h.actors[access.Administrator], "one"), host(h.other, "two")
		must(t, two.Enrol(ctx))
		must(t, one.Enrol(ctx))
		for range burst { // a moment earlier each time: one host stands for as many that enrolled long ago
			at = at.Add(-time.Microsecond)
			must(t, one.Enrol(ctx))
		}
		at = at.Add(-time.Microsecond)
		must(t, h.d.Write(ctx, h.actors[access.Administrator].Org(), db.Devices, func(ctx context.Context, _ *db.Tx) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // or it would wait for us, and we for it
			defer cancel()
			if err := one.Enrol(ctx); !errors.Is(err, osquerysim.ErrRefused) {
				t.Errorf("one more than may, while others write: %v", err)
			}
			return nil
		}))
		must(t, two.Enrol(ctx))
	})
}
