package conformance

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/standing"
)

func (h *house) standing() *standing.Store {
	return standing.New(standing.Stores{DB: h.d, Access: h.access, Controls: h.controls, Crosswalk: h.links, Evidence: h.evidence,
		Results: h.results, Audit: h.samples})
}

// prove files an item captured at a moment for a control.
func (h *house) prove(t testing.TB, who access.Actor, code string, at time.Time) evidence.Item {
	t.Helper()
	f, err := h.evidence.Keep(t.Context(), who, "proof.txt", strings.NewReader(code+at.String()), at)
	must(t, err)
	i, err := h.evidence.File(t.Context(), who, evidence.Filing{Title: "Proof of " + code, Kind: "access-review-record", CapturedAt: at, Files: []evidence.File{f}, Controls: []string{code}}, at.Add(time.Hour))
	must(t, err)
	return i
}

// told is how the controls of a book stand over 2025, by code.
func told(b *standing.Book, at time.Time) map[string]posture.State {
	a := b.Answer(standing.Asked{Window: cadence.Days{From: cadence.On(2025, 1, 1), To: cadence.On(2025, 12, 31)}}, at)
	out := map[string]posture.State{}
	for i, o := range b.Operations {
		out[o.Code] = a.States[i]
	}
	return out
}

func TestABookIsWhatReadingEverythingAgainGives(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		for _, code := range []string{"QR-1", "QR-2"} {
			_, err := h.controls.Create(ctx, who, control.Control{Code: code, Title: "Quarterly review", Kind: control.Periodic, Frequency: "quarterly",
				Status: control.Operated, Since: cadence.On(2024, 1, 1)}, now)
			must(t, err)
		}
		kept := h.standing()
		look := func(what string, want map[string]posture.State) {
			t.Helper()
			b, err := kept.Open(ctx, who, now)
			must(t, err)
			cold, err := h.standing().Open(ctx, who, now)
			must(t, err)
			if !reflect.DeepEqual(b.Operations, cold.Operations) || !reflect.DeepEqual(b.Direct, cold.Direct) {
				t.Errorf("%s: the book has\n%+v, reading it again gives\n%+v", what, b.Operations, cold.Operations)
			}
			if got := told(b, now); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(told(cold, now), want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		look("nothing filed", map[string]posture.State{"QR-1": posture.Exceptions, "QR-2": posture.Exceptions})
		var first evidence.Item
		for i, m := range []time.Month{2, 5, 8, 11} {
			item := h.prove(t, who, "QR-1", time.Date(2025, m, 10, 9, 0, 0, 0, time.UTC))
			if i == 0 {
				first = item
			}
			look(fmt.Sprintf("%d items", i+1), map[string]posture.State{"QR-1": map[bool]posture.State{true: posture.Effective, false: posture.Exceptions}[i == 3], "QR-2": posture.Exceptions})
		}
		_, err := h.people.Add(ctx, who, people.Person{Name: "Ann Example"}, now) // nothing of this is read again
		must(t, err)
		look("somebody new", map[string]posture.State{"QR-1": posture.Effective, "QR-2": posture.Exceptions})
		_, err = h.evidence.Tag(ctx, who, []string{first.ID}, evidence.Target{Controls: []string{"QR-2"}, Requirements: []framework.Ref{annexA}}, now)
		must(t, err)
		look("tagged twice", map[string]posture.State{"QR-1": posture.Effective, "QR-2": posture.Exceptions})
		_, err = h.evidence.Untag(ctx, who, []string{first.ID}, evidence.Target{Controls: []string{"QR-1"}}, now)
		must(t, err)
		look("taken back", map[string]posture.State{"QR-1": posture.Exceptions, "QR-2": posture.Exceptions})
		c, err := h.controls.Find(ctx, who, "QR-2")
		must(t, err)
		c.Since = cadence.On(2025, 10, 1)
		_, err = h.controls.Edit(ctx, who, c, now)
		must(t, err)
		look("began later", map[string]posture.State{"QR-1": posture.Exceptions, "QR-2": posture.Exceptions})
		h.prove(t, who, "QR-2", time.Date(2025, 12, 1, 9, 0, 0, 0, time.UTC))
		look("done since", map[string]posture.State{"QR-1": posture.Exceptions, "QR-2": posture.Effective})
		must(t, h.access.EditOrganisation(ctx, who, "One", "Asia/Tokyo", now))
		look("moved", map[string]posture.State{"QR-1": posture.Exceptions, "QR-2": posture.Effective})
	})
}

func TestABookIsOfOneOrganisationAndOfWhoMaySeeIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		_, err := h.controls.Create(ctx, who, control.Control{Code: "QR-1", Title: "Quarterly review", Status: control.Operated}, now)
		must(t, err)
		h.prove(t, who, "QR-1", now)
		st := h.standing()
		for role, a := range h.actors {
			b, err := st.Open(ctx, a, now)
			if may := a.Can(access.ViewPosture) && a.Can(access.ViewControls); may != (err == nil) || may && len(b.Operations) != 1 {
				t.Errorf("%s: %v", role, err)
			}
		}
		b, err := st.Open(ctx, h.other, now)
		if must(t, err); len(b.Operations) != 0 || len(b.Direct) != 0 {
			t.Errorf("the other organisation sees %+v", b.Operations)
		}
	})
}

func TestAWindowKnowsWhatWasFiledWhen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		_, err := h.controls.Create(ctx, who, control.Control{Code: "QR-1", Title: "Yearly review", Kind: control.Periodic, Frequency: "annual", Status: control.Operated, Since: cadence.On(2024, 1, 1)}, now)
		must(t, err)
		h.prove(t, who, "QR-1", time.Date(2025, 6, 10, 9, 0, 0, 0, time.UTC)) // filed an hour later
		b, err := h.standing().Open(ctx, who, now)
		must(t, err)
		window := cadence.Days{From: cadence.On(2025, 1, 1), To: cadence.On(2025, 12, 31)}
		for known, want := range map[cadence.Date]posture.State{0: posture.Effective, cadence.On(2025, 6, 10): posture.Effective, cadence.On(2025, 6, 9): posture.NotYetDue} {
			if got := b.Answer(standing.Asked{Window: window, Known: known}, now).States[0]; got != want {
				t.Errorf("as known on %s: %s, want %s", known, got, want)
			}
		}
	})
}

func TestASurvivorHasTheEvidenceOfWhatWasMergedIntoIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		ids := map[string]string{}
		for _, code := range []string{"QR-1", "QR-2", "QR-3"} {
			c, err := h.controls.Create(ctx, who, control.Control{Code: code, Title: "Quarterly review", Kind: control.Periodic, Frequency: "quarterly",
				Status: control.Operated, Since: cadence.On(2024, 1, 1)}, now)
			must(t, err)
			ids[code] = c.ID
		}
		at := func(m time.Month) time.Time { return time.Date(2025, m, 10, 9, 0, 0, 0, time.UTC) }
		h.prove(t, who, "QR-1", at(2))
		both := h.prove(t, who, "QR-2", at(5))
		_, err := h.evidence.Tag(ctx, who, []string{both.ID}, evidence.Target{Controls: []string{"QR-1"}}, now)
		must(t, err)
		h.prove(t, who, "QR-2", at(8))
		h.prove(t, who, "QR-3", at(11))
		kept := h.standing()
		look := func(what string, want posture.State, items int) {
			t.Helper()
			for _, s := range []*standing.Store{kept, h.standing()} {
				b, err := s.Open(ctx, who, now)
				must(t, err)
				o, _ := b.ByCode("QR-1")
				if got := told(b, now)["QR-1"]; got != want || len(o.Proofs) != items {
					t.Errorf("%s: QR-1 is %s with %d items, want %s with %d", what, got, len(o.Proofs), want, items)
				}
			}
		}
		look("before", posture.Exceptions, 2)
		must(t, h.links.MergeControls(ctx, who, ids["QR-3"], ids["QR-2"], now))
		must(t, h.links.MergeControls(ctx, who, ids["QR-2"], ids["QR-1"], now.Add(time.Hour)))
		look("merged, the item of both counts once", posture.Effective, 4)
		b, err := kept.Open(ctx, who, now)
		must(t, err)
		o, _ := b.ByCode("QR-1")
		if last := o.Proofs[2]; last.Filed != posture.MomentOf(now.Add(time.Hour)) {
			t.Errorf("the inherited item is known of since %s, want the merge", last.Filed.Time())
		}
		item, err := h.evidence.Find(ctx, who, both.ID)
		must(t, err)
		_, err = h.evidence.Untag(ctx, who, []string{item.ID}, evidence.Target{Controls: []string{"QR-1"}}, now)
		must(t, err)
		look("taken back from one, it counts by the other", posture.Effective, 4)
		must(t, h.links.Unmerge(ctx, who, ids["QR-2"], now.Add(2*time.Hour)))
		look("unmerged", posture.Exceptions, 2)
	})
}
