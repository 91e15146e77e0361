package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/training"
)

// staff adds somebody to the register of "one".
func (h *house) staff(t testing.TB, name, start string, at time.Time) people.Person {
	t.Helper()
	p, err := h.people.Add(t.Context(), h.actors[access.Administrator], people.Person{Name: name, Email: name + "@one.test", Kind: people.Employee, StartOn: start}, at)
	must(t, err)
	return p
}

func TestASyncNeverTouchesWhatIsDone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		org := h.actors[access.Administrator].Org()
		ann, bob, cem := h.staff(t, "ann", "2026-03-01", now), h.staff(t, "bob", "2026-03-01", now), h.staff(t, "cem", "2026-03-01", now)
		later := now.AddDate(0, 0, 10)
		sync := training.Sync{Track: training.Security, Connection: "c1", Provider: "KnowBe4", Account: h.admin.ID, Said: []training.Enrolment{
			{Person: ann.ID, State: training.Completed, At: now.AddDate(0, 0, 5), Course: "Phishing 101"},
			{Person: bob.ID, State: training.Enrolled, Reason: "Enrolled in Phishing 101, not finished."},
			{Person: cem.ID, State: training.Completed, At: now.AddDate(0, -3, 0), Course: "Phishing 101"},
			{Person: "nobody", State: training.Completed, At: now},
		}}
		out, err := h.training.Take(t.Context(), org, sync, later)
		must(t, err)
		if len(out.Completed) != 1 || out.Completed[0].Person != ann.ID || out.Evidence == "" || len(out.Changed) != 2 || out.Strangers != 1 || len(out.Refused) != 1 {
			t.Fatalf("the sync did %+v", out)
		}
		want, err := h.training.Wanting(t.Context(), org, training.Security, later)
		must(t, err)
		if len(want) != 2 {
			t.Errorf("%d people may still be asked about, want bob and cem", len(want))
		}
		sync.Said[0].State, sync.Said[0].Reason = training.NotEnrolled, "Not enrolled."
		out, err = h.training.Take(t.Context(), org, sync, later.Add(time.Hour))
		must(t, err)
		if out.Already != 1 || out.Same != 2 || len(out.Completed)+len(out.Changed) != 0 || out.Batch != "" {
			t.Errorf("the same again did %+v", out)
		}
	})
}
