package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// TestACheckThatIsHeardOfNoMoreGrowsOld has a source go on about one check and fall
// silent about another, as osquery does when a query is stopped for taking too long.
func TestACheckThatIsHeardOfNoMoreGrowsOld(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var l *laptop
		say := func(at time.Time, checks ...wire.Check) device.Taken {
			t.Helper()
			w := device.Word{Kind: device.Osquery, Key: "host", Platform: wire.Linux, SeenAt: at}
			for _, c := range checks {
				w.Results = append(w.Results, wire.Result{Check: c, Verdict: wire.Pass})
			}
			out, err := h.devices.Take(t.Context(), h.machine(t), []device.Word{w}, at)
			must(t, err)
			l = &laptop{id: wire.ID(out.Devices[0])}
			h.tendDevices(t, at.Add(time.Minute))
			return out
		}
		say(now, wire.Firewall, wire.DiskEncryption)
		at := now
		for range 8 {
			at = at.Add(24 * time.Hour)
			if got := say(at, wire.Firewall); got.Quiet != 1 {
				t.Errorf("saying the same is %+v", got)
			}
		}
		d := h.device(t, l, at)
		if v := verdict(d, wire.DiskEncryption); v.State != result.Stale || !d.Reporting() {
			t.Errorf("what nobody spoke of for eight days is %+v", v)
		}
		if v := verdict(d, wire.Firewall); v.State != result.Pass {
			t.Errorf("what was said today is %+v", v)
		}
		if got := h.latest(t, "device.disk-encrypted", l, at); got.State != result.Stale || !got.From.Equal(now.Add(week)) {
			t.Errorf("results have it as %+v", got)
		}
		if got := h.latest(t, "device.firewall-on", l, at); got.State != result.Pass {
			t.Errorf("results have what was said today as %+v", got)
		}
		if got := say(at.Add(time.Hour), wire.DiskEncryption); got.Changed != 1 {
			t.Errorf("heard of again is %+v", got)
		}
		if v := verdict(h.device(t, l, at.Add(time.Hour)), wire.DiskEncryption); v.State != result.Pass {
			t.Errorf("heard of again it is %+v", v)
		}
	})
}
