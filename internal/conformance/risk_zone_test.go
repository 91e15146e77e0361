package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
)

// A change of zone applies forward only: the day on which the register was looked
// through, and with it the day by which that is due again, stay where they were.
func TestAChangeOfZoneMovesNoReviewOfRisks(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin := t.Context(), h.actors[access.Administrator]
		b := h.council(t)
		h.lost(t, b, "Laptop lost")
		evening := time.Date(2026, 3, 31, 22, 30, 0, 0, time.UTC)
		must(t, h.risks.Review(ctx, admin, "Looked through.", evening))
		before, err := h.risks.Cycle(ctx, admin, evening)
		must(t, err)
		if before.Reviewed != cadence.On(2026, 3, 31) {
			t.Fatalf("looked through on %s", before.Reviewed)
		}
		must(t, h.access.EditOrganisation(ctx, admin, "One", "Pacific/Auckland", evening.Add(time.Minute)))
		after, err := h.risks.Cycle(ctx, admin, evening.AddDate(0, 0, 5))
		must(t, err)
		if after != before {
			t.Errorf("before the change %+v, after it %+v", before, after)
		}
	})
}
