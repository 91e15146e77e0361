package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// opens checks that every disclosure is the content of exactly one leaf.
func opens(t testing.TB, h *house, org string, list []ledger.Disclosure, want int) {
	t.Helper()
	if len(list) != want {
		t.Errorf("%d disclosures, want %d", len(list), want)
	}
	records, err := h.log.Records(t.Context(), h.d, org, 0, 10_000)
	must(t, err)
	for _, d := range list {
		n := 0
		for _, r := range records {
			if d.Opens(r) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s %s is the content of %d leaves", d.Kind, d.ID, n)
		}
	}
}

func TestVersionsCanBeShownBesideTheirLeaves(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		c, err := h.controls.Create(ctx, who, control.Control{Code: "AC-4", Title: "Access <review> & \u2028 removal", Status: control.Planned}, now)
		must(t, err)
		other, err := h.controls.Create(ctx, who, control.Control{Code: "AC-5", Title: "Another"}, now)
		must(t, err)
		c.Status = control.Operated
		_, err = h.controls.Edit(ctx, who, c, now.Add(time.Minute))
		must(t, err)
		list, err := h.controls.Disclosures(ctx, who, []string{c.ID})
		must(t, err)
		opens(t, h, who.Org(), list, 2)
		for _, d := range list {
			if d.Kind != "control.version" {
				t.Errorf("kind %s", d.Kind)
			}
		}
		list, err = h.controls.Disclosures(ctx, h.other, []string{c.ID, other.ID})
		must(t, err)
		opens(t, h, h.other.Org(), list, 0)
	})
}
