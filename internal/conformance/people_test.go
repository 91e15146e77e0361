package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// person enters somebody.
func (h *house) person(t *testing.T, who access.Actor, p people.Person) people.Person {
	t.Helper()
	p, err := h.people.Add(t.Context(), who, p, now)
	must(t, err)
	return p
}

func (h *house) roster(t *testing.T, who access.Actor) *people.Roster {
	t.Helper()
	r, err := h.people.Roster(t.Context(), who)
	must(t, err)
	return r
}

func TestExclusionsArePerPersonAndTheNewestCounts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		ann := h.person(t, who, people.Person{Name: "Ann", Kind: people.Contractor})
		bo := h.person(t, who, people.Person{Name: "Bo", Kind: people.Contractor})
		gone := h.person(t, who, people.Person{Name: "Gone", Kind: people.Contractor, EndOn: "2020-01-01"})
		for _, bad := range []people.Waiver{
			{People: []string{ann.ID}, Check: people.AICheck}, {People: []string{ann.ID}, Check: "nonsense", Reason: "x"}, {Check: people.AICheck, Reason: "x"},
			{Group: "no-such", Check: people.AICheck, Reason: "x"}, {People: []string{ann.ID}, Group: "contractor", Check: people.AICheck, Reason: "x"},
			{People: []string{ann.ID}, Check: people.AICheck, Reason: "x", Until: cadence.DateOf(now, time.UTC) - 2},
		} {
			if _, err := h.people.Exclude(t.Context(), who, bad, now); err == nil || problem.Of(err).Code != problem.Invalid {
				t.Errorf("%+v: %v, want a field at fault", bad, err)
			}
		}
		if _, err := h.people.Exclude(t.Context(), who, people.Waiver{People: []string{ann.ID, "nobody"}, Check: people.AICheck, Reason: "x"}, now); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("somebody who is not there: %v", err)
		}
		all, err := h.people.Exclude(t.Context(), who, people.Waiver{Group: "contractor", Check: people.AICheck, Reason: "Their own employer trains them."}, now)
		must(t, err)
		if len(all) != 2 || all[0].Batch != all[1].Batch {
			t.Fatalf("%+v", all)
		}
		dated, err := h.people.Exclude(t.Context(), who, people.Waiver{People: []string{ann.ID}, Check: people.AICheck, Reason: "Until the course is translated.", Until: cadence.DateOf(now, time.UTC) + 30}, now.Add(time.Hour))
		must(t, err)
		reason := func(id string, at time.Time) string {
			x, _ := h.roster(t, h.actors[access.Auditor]).Excluded(id, people.AICheck, at)
			return x.Reason
		}
		later := now.Add(2 * time.Hour)
		if got := reason(ann.ID, later); got != dated[0].Reason {
			t.Errorf("%q counts", got)
		}
		if got := reason(ann.ID, later.AddDate(0, 2, 0)); got != all[0].Reason {
			t.Errorf("after the dated one %q counts", got)
		}
		if got := reason(gone.ID, later); got != "" {
			t.Errorf("somebody who left is excluded: %q", got)
		}
		n, err := h.people.EndExclusions(t.Context(), who, []string{dated[0].ID, dated[0].ID}, later)
		must(t, err)
		again, err := h.people.EndExclusions(t.Context(), who, []string{dated[0].ID}, later.Add(time.Hour))
		must(t, err)
		if n != 1 || again != 0 {
			t.Errorf("ended %d, and then %d", n, again)
		}
		if got := reason(ann.ID, later); got != all[0].Reason {
			t.Errorf("with the newest ended %q counts", got)
		}
		if got := reason(bo.ID, later); got != all[1].Reason {
			t.Errorf("ending one touches another: %q", got)
		}
	})
}
