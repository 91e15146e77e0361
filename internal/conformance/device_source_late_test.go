package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

func TestOfWordsHandedInTogetherTheNewestHolds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		said := func(ago time.Duration, r wire.Result) device.Word {
			return device.Word{Kind: device.Osquery, Key: "host", Platform: wire.Linux, SeenAt: now.Add(-ago), Results: []wire.Result{r}}
		}
		on := wire.Result{Check: wire.DiskEncryption, Verdict: wire.Pass}
		out, err := h.devices.Take(t.Context(), h.machine(t), []device.Word{said(3*time.Hour, on), said(2*time.Hour, off), said(time.Hour, on)}, now)
		must(t, err)
		l := &laptop{id: wire.ID(out.Devices[0])}
		if got := h.latest(t, "device.disk-encrypted", l, now); got.State != result.Pass {
			t.Errorf("after a pass, a fail and a pass it is %+v", got)
		}
		var many []device.Word // more than a batch of results has room for
		for i := range device.MaxWords {
			w := said(time.Hour-time.Duration(i+1)*time.Second, off)
			w.Results = nil
			for _, c := range wire.Checks() {
				r := wire.Result{Check: c, Verdict: wire.Pass}
				if i%2 == 0 {
					r = wire.Result{Check: c, Verdict: wire.CouldNotTell, Reason: wire.Unreadable}
				}
				w.Results = append(w.Results, r)
			}
			many = append(many, w)
		}
		if _, err := h.devices.Take(t.Context(), h.machine(t), many, now.Add(time.Second)); err != nil {
			t.Errorf("a machine that changed its word %d times: %v", len(many), err)
		}
	})
}
