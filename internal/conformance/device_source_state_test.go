package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// TestAFailThatWasToldStaysWhenASourceHandsInItsPresentState has a management system say
// something else of a machine that it has not heard of since: what it says is of now.
func TestAFailThatWasToldStaysWhenASourceHandsInItsPresentState(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		on := wire.Result{Check: wire.DiskEncryption, Verdict: wire.Pass}
		for name, tt := range map[string]struct {
			kind device.SourceKind
			seen time.Time // with the pass
		}{
			"Fleet, seen at the same moment":    {device.Fleet, now},
			"Intune, seen a little later":       {device.Intune, now.Add(time.Hour)},
			"osquery, again of the same moment": {device.Osquery, now},
		} {
			say := func(seen, at time.Time, r wire.Result) string {
				t.Helper()
				out, err := h.devices.Take(t.Context(), h.machine(t), []device.Word{{Kind: tt.kind, Key: name, Platform: wire.Linux, SeenAt: seen, Results: []wire.Result{r}}}, at)
				must(t, err)
				return out.Devices[0]
			}
			told, poll := now.Add(5*time.Minute), now.Add(72*time.Hour)
			say(now.Add(-24*time.Hour), now.Add(-24*time.Hour), on)
			id := say(now, told, off)
			say(tt.seen, poll, on)
			strips, err := h.devices.Strips(t.Context(), h.actors[access.Administrator], id, now, poll.Add(time.Hour), poll.Add(time.Hour))
			must(t, err)
			got := strips[0].Pieces
			if len(got) == 0 || got[len(got)-1].State != result.Pass || !got[len(got)-1].From.Equal(poll) {
				t.Errorf("%s: the strip ends with %+v", name, got)
			}
			if len(got) < 2 || got[len(got)-2].State != result.Fail || !got[len(got)-2].From.Equal(told) || !got[len(got)-2].To.Equal(poll) {
				t.Errorf("%s: the fail became %+v", name, got)
			}
		}
	})
}
