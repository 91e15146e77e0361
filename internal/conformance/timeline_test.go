package conformance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
)

// steps reads how often a control had to be done, as "day frequency: what set it".
func (h *house) steps(t *testing.T, code string, at time.Time) []string {
	t.Helper()
	who := h.actors[access.Administrator]
	line, err := h.links.Timeline(t.Context(), who, at)
	must(t, err)
	lives, err := h.controls.Lives(t.Context(), who)
	must(t, err)
	for _, l := range lives {
		if l.Code != code {
			continue
		}
		var out []string
		for _, s := range line.Steps(l, utc) {
			out = append(out, fmt.Sprintf("%s %s: %s", utc(s.From), s.Frequency, s.Sets()))
		}
		return out
	}
	t.Fatal("no control", code)
	return nil
}

func TestAFrameworkFollowedTodayAsksNothingOfYesterday(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		day := func(n int) time.Time { return now.Add(time.Duration(n) * 24 * time.Hour) }
		must(t, h.links.Enable(ctx, who, "soc2-2017", day(0)))
		_, err := h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-04"}}, day(1))
		must(t, err)
		c, err := h.controls.Find(ctx, who, "AC-04")
		must(t, err)
		c.Frequency = "annual"
		_, err = h.controls.Edit(ctx, who, c, day(2))
		must(t, err)
		must(t, h.links.Enable(ctx, who, "cis-v8.1", day(10)))
		must(t, h.links.Disable(ctx, who, "cis-v8.1", day(20)))
		must(t, h.links.Enable(ctx, who, "pci-dss-4.0.1", day(30)))
		must(t, h.links.Disable(ctx, who, "pci-dss-4.0.1", day(30).Add(time.Hour))) // gone the same day: never asked
		got := h.steps(t, "AC-04", day(60))
		want := []string{
			" quarterly: the company's own interval", // as the library has it, and before SOC 2 it was no less
			"2026-03-02 quarterly: every quarter is customary for CC6.2",
			"2026-03-11 quarterly: CIS 5.1 asks for it every quarter",
			"2026-03-21 quarterly: every quarter is customary for CC6.2",
		}
		if !slices.Equal(got, want) {
			t.Errorf("steps\n%q, want\n%q", got, want)
		}
		if got := h.steps(t, "AC-04", day(5)); len(got) != 2 {
			t.Errorf("as of the fifth day: %q", got)
		}
	})
}

func TestALifeKeepsWhatAControlWas(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		day := func(n int) time.Time { return now.Add(time.Duration(n) * 24 * time.Hour) }
		edit := func(at time.Time, change func(*control.Control)) {
			c, err := h.controls.Find(ctx, who, "OP-1")
			must(t, err)
			change(&c)
			_, err = h.controls.Edit(ctx, who, c, at)
			must(t, err)
		}
		operates := func() string {
			lives, err := h.controls.Lives(ctx, who)
			must(t, err)
			i := slices.IndexFunc(lives, func(l control.Life) bool { return l.Code == "OP-1" })
			since, until := lives[i].Operates(utc)
			return since.String() + " to " + until.String()
		}
		_, err := h.controls.Create(ctx, who, control.Control{Code: "OP-1", Title: "Restore test", Frequency: "quarterly", Status: control.Planned}, now)
		must(t, err)
		if got := operates(); got != " to " {
			t.Errorf("planned only: operates %q", got)
		}
		edit(day(5), func(c *control.Control) { c.Status = control.Operated })
		edit(day(6), func(c *control.Control) { c.Title = "Restore test, changed" }) // waits: no stage of its own
		edit(day(7), func(c *control.Control) { c.Frequency = "monthly" })
		if got := operates(); got != "2026-03-06 to " {
			t.Errorf("declared operated on 6 March: operates %q", got)
		}
		if got, want := h.steps(t, "OP-1", day(60)), []string{" quarterly: the company's own interval", "2026-03-08 monthly: the company's own interval"}; !slices.Equal(got, want) {
			t.Errorf("steps %q, want %q", got, want)
		}
		edit(day(8), func(c *control.Control) { c.Since = cadence.On(2025, 1, 1) })
		if got := operates(); got != "2025-01-01 to " {
			t.Errorf("said to operate since 2025: operates %q", got)
		}
		edit(day(9), func(c *control.Control) { c.Status = control.OnPaper })
		if got := operates(); got != "2025-01-01 to 2026-03-10" {
			t.Errorf("on paper only since 10 March: operates %q", got)
		}
	})
}

func utc(t time.Time) cadence.Date { return cadence.DateOf(t, time.UTC) }
