package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
)

// TestToucanTellsItsOwn: what Toucan finds out itself is a result with a leaf that
// names nobody, and nobody else may say it.
func TestToucanTellsItsOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		own := []result.Report{{Test: "people.policies", Subject: "p1", State: result.Fail, Reason: "2 policies wait.", At: now.Add(-time.Hour), Until: now.Add(time.Hour)}}
		from := h.leaves(t, who.Org())
		p, err := h.results.Tell(ctx, who.Org(), own, now)
		if must(t, err); p.Transitions != 1 {
			t.Fatalf("told %+v", p)
		}
		records, err := h.log.Records(ctx, h.d, who.Org(), from, 10)
		if must(t, err); len(records) != 1 || records[0].Kind != "result.batch" || records[0].Actor != "" {
			t.Errorf("the leaf is %+v; it names no account", records)
		}
		list, err := h.results.Disclosures(ctx, who, []string{p.Batch})
		if must(t, err); len(list) != 1 {
			t.Errorf("disclosed %+v", list)
		}
		got := map[string]result.Told{}
		must(t, h.d.Read(ctx, who.Org(), func(tx *db.Tx) error {
			return h.results.Own(ctx, tx, who.Org(), func(test, subject string, told result.Told) { got[test+" "+subject] = told })
		}))
		if x := got["people.policies p1"]; len(got) != 1 || x.State != result.Fail || x.Reason != "2 policies wait." || !x.Last.Equal(now.Add(-time.Hour)) || !x.Until.Equal(now.Add(time.Hour)) {
			t.Errorf("known is %+v", got)
		}
		for _, test := range append([]string{"people.policies", "policy.approved", "policy.acknowledged.information-security"}, result.DeviceTests()...) {
			_, err := h.results.Push(ctx, who, []result.Report{{Test: test, Subject: "p1", State: result.Pass, At: now, ValidFor: time.Hour}}, now)
			if e := problem.Of(err); e == nil || e.Code != problem.Invalid || e.Field != "results[0].test" {
				t.Errorf("somebody else reported %s: %v", test, err)
			}
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}
