package conformance

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/wire"
)

// The list of devices is kept and only what was written since is read; it must be the
// one that would be read anew.
func TestTheKeptFleetIsTheOneReadAnew(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, it, m := t.Context(), h.actors[access.Manager], h.machine(t)
		at := now
		same := func(after string) []device.Device {
			t.Helper()
			kept, err := h.devices.List(ctx, it, at)
			must(t, err)
			s, err := device.New(device.Config{DB: h.d, Log: h.log, Results: h.results, KeyDir: t.TempDir()})
			must(t, err)
			fresh, err := s.List(ctx, it, at)
			must(t, err)
			if !reflect.DeepEqual(kept, fresh) {
				t.Fatalf("after %s:\n%+v\n%+v", after, kept, fresh)
			}
			return kept
		}
		pass := wire.Result{Check: wire.DiskEncryption, Verdict: wire.Pass}
		say := func(i int, seen time.Time, r ...wire.Result) {
			t.Helper()
			_, err := h.devices.Take(ctx, m, []device.Word{{Kind: device.Intune, Connection: "c", Key: fmt.Sprint("machine ", i), Platform: wire.Windows, SeenAt: seen, Results: r}}, at)
			must(t, err)
		}
		same("nothing")
		p := h.persona(t, access.Employee)
		l := h.laptopOf(t, access.Employee, at)
		h.reports1(t, l, at)
		for i := range 8 {
			say(i, at, pass)
		}
		list := same("eight machines and a laptop")
		step := func(after string, do func()) {
			t.Helper()
			at = at.Add(15 * time.Second) // all of it within the time after which everything is read again
			do()
			list = same(after)
		}
		step("a moment", func() {})
		step("a report that brings nothing new", func() { h.reports1(t, l, at) })
		step("a word that brings nothing new", func() { say(3, at.Add(-10*time.Second), pass) })
		step("a word without results", func() { say(4, at) })
		step("a check that fails", func() { say(5, at, off) })
		if list[6].Checks[0].State == list[5].Checks[0].State {
			t.Errorf("the sixth machine stands as the fifth: %+v", list[6].Checks[0])
		}
		step("another owner", func() { must(t, h.devices.Own(ctx, it, []string{list[1].ID}, p.ID, at)) })
		step("a name", func() { must(t, h.devices.Name(ctx, it, list[2].ID, "The one by the door", at)) })
		step("an exception", func() {
			must(t, h.devices.Waive(ctx, it, []string{list[6].ID}, wire.DiskEncryption, "It is on its way out.", today+10, at))
		})
		step("somebody's word", func() { must(t, h.devices.Say(ctx, it, list[7].ID, wire.Firewall, wire.Pass, "Saw it.", today+20, at)) })
		step("a loss", func() { must(t, h.devices.Lose(ctx, it, []string{list[3].ID}, "Left on a train.", at)) })
		step("another machine", func() { say(9, at, pass) })
		at = at.Add(15 * time.Second)
		must(t, h.devices.Name(ctx, it, list[0].ID, "Written while others waited", at.Add(-3*time.Minute)))
		say(5, at, pass)
		_, err := h.devices.List(ctx, it, at)
		must(t, err)
		at = at.Add(5 * time.Minute)
		say(5, at, off)
		same("a row that came three minutes late")
		step("a week of silence", func() { at = at.AddDate(0, 0, 8) })
		step("two more, when exceptions and words have ended", func() { at = at.AddDate(0, 0, 15) })
		step("the job", func() { h.tendDevices(t, at) })
		at = at.AddDate(0, 0, -10)
		same("a look back")
	})
}

// TestWhoLooksASecondAgoSeesWhatTheLastSaw has two look at once, of whom the later one was
// first: all of it is not read again for the other.
func TestWhoLooksASecondAgoSeesWhatTheLastSaw(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, it := t.Context(), h.actors[access.Manager]
		h.persona(t, access.Employee)
		l := h.laptopOf(t, access.Employee, now)
		at := now.Add(time.Minute)
		must(t, h.devices.Waive(ctx, it, []string{string(l.id)}, wire.DiskEncryption, "Being set up anew.", today+10, at))
		see := func(at time.Time) int {
			t.Helper()
			list, err := h.devices.List(ctx, it, at)
			must(t, err)
			return len(list[0].Waivers)
		}
		if now, before, longAgo := see(at), see(at.Add(-time.Second)), see(at.Add(-3*time.Minute)); now != 1 || before != 1 || longAgo != 0 {
			t.Errorf("%d exceptions in force, %d for who asked a second ago, %d three minutes ago", now, before, longAgo)
		}
	})
}
