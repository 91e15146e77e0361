package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// TestWhatAHostSaidWhileNobodyHeardIsEnteredWhereItBelongs has a host with osquery hand in
// what it kept through an outage, and something older than what it handed in before.
func TestWhatAHostSaidWhileNobodyHeardIsEnteredWhereItBelongs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		day := 24 * time.Hour
		said := func(kind device.SourceKind, key string, at time.Time, r wire.Result) device.Word {
			return device.Word{Kind: kind, Key: key, Platform: wire.Linux, SeenAt: at, Results: []wire.Result{r}}
		}
		on := wire.Result{Check: wire.DiskEncryption, Verdict: wire.Pass}
		take := func(at time.Time, words ...device.Word) string {
			t.Helper()
			out, err := h.devices.Take(t.Context(), h.machine(t), words, at)
			must(t, err)
			return out.Devices[0]
		}
		strip := func(id string, at time.Time) []device.Piece {
			t.Helper()
			strips, err := h.devices.Strips(t.Context(), h.actors[access.Administrator], id, now, at, at)
			must(t, err)
			return strips[0].Pieces
		}
		host := take(now, said(device.Osquery, "host", now, on))
		var kept []device.Word
		for n := 1; n <= 20; n++ {
			r := on
			if n >= 5 && n < 8 {
				r = off
			}
			kept = append(kept, said(device.Osquery, "host", now.Add(time.Duration(n)*day), r))
		}
		end := now.Add(20*day + time.Hour)
		h.tendDevices(t, now.Add(9*day)) // silent, says the job meanwhile
		take(end, kept...)
		got := strip(host, end)
		if len(got) != 3 || got[0].State != result.Pass || got[1].State != result.Fail || !got[1].From.Equal(now.Add(5*day)) || !got[1].To.Equal(now.Add(8*day)) || got[2].State != result.Pass || !got[2].To.Equal(end) {
			t.Errorf("the strip of the disk: %+v", got)
		}
		take(end.Add(time.Hour), said(device.Osquery, "host", now.Add(10*day), off)) // older than what it said before
		if again := strip(host, end); len(again) != 3 {
			t.Errorf("with something older the strip is %+v", again)
		}

		// nobody can say what counted while another source spoke of it too
		two := take(now, said(device.Osquery, "two", now, on))
		must(t, h.devices.Say(t.Context(), h.actors[access.Administrator], two, wire.DiskEncryption, wire.Pass, "Looked.", cadence.DateOf(now, time.UTC)+20, now.Add(2*day)))
		take(now.Add(3*day), said(device.Osquery, "two", now.Add(day), off))
		if got := strip(two, now.Add(3*day+time.Hour)); len(got) != 2 || got[0].State != result.Pass || got[1].State != result.Fail || !got[1].From.Equal(now.Add(3*day)) {
			t.Errorf("with another source the strip is %+v", got)
		}
	})
}

// TestAnExceptionThatEndedHidesNoFailOfThePast has a host that could not reach the server
// say what it saw while an exception was in force, which ended before it came back.
func TestAnExceptionThatEndedHidesNoFailOfThePast(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, it, day := t.Context(), h.actors[access.Manager], 24*time.Hour
		word := func(at time.Time, r wire.Result) []device.Word {
			return []device.Word{{Kind: device.Osquery, Key: "host", Platform: wire.Linux, SeenAt: at, Results: []wire.Result{r}}}
		}
		out, err := h.devices.Take(ctx, h.machine(t), word(now, wire.Result{Check: wire.DiskEncryption, Verdict: wire.Pass}), now)
		must(t, err)
		id := out.Devices[0]
		must(t, h.devices.Waive(ctx, it, []string{id}, wire.DiskEncryption, "Being set up anew.", today+30, now.Add(2*day)))
		must(t, h.devices.EndWaiver(ctx, it, h.device(t, &laptop{id: wire.ID(id)}, now.Add(3*day)).Waivers[0].ID, now.Add(4*day)))
		end := now.Add(9 * day)
		_, err = h.devices.Take(ctx, h.machine(t), word(now.Add(3*day), off), end)
		must(t, err)
		strips, err := h.devices.Strips(ctx, it, id, now, end.Add(time.Hour), end.Add(time.Hour))
		must(t, err)
		got := strips[0].Pieces
		if len(got) != 3 || got[1].State != result.NotApplicable || !got[1].To.Equal(now.Add(4*day)) || got[2].State != result.Fail || got[2].From.Sub(now.Add(4*day)) > time.Second || !got[2].To.Equal(end.Add(time.Hour)) {
			t.Errorf("the strip of the disk: %+v", got)
		}
	})
}
