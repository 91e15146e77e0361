package conformance

import (
	"context"
	"reflect"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/people"
)

// The register is kept and only what changed is read anew; it must be the one that
// would be read from nothing.
func TestTheKeptRegisterOfFindingsIsTheOneReadAnew(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, org := t.Context(), h.actors[access.Manager], h.actors[access.Manager].Org()
		hall := h.hall(t)
		same := func(after string) {
			t.Helper()
			kept, err := h.findings.All(ctx, manager, now)
			must(t, err)
			fresh, err := finding.New(finding.Config{DB: h.d, Log: h.log}).All(ctx, manager, now)
			must(t, err)
			if !reflect.DeepEqual(kept.Findings, fresh.Findings) || !reflect.DeepEqual(kept.Actions, fresh.Actions) || !reflect.DeepEqual(kept.Reach, fresh.Reach) {
				t.Fatalf("after %s:\n%+v\n%+v", after, kept, fresh)
			}
			for _, f := range fresh.Findings {
				if !reflect.DeepEqual(kept.Repeats(f), fresh.Repeats(f)) {
					t.Fatalf("after %s: %s repeats %+v, not %+v", after, f.Code(), kept.Repeats(f), fresh.Repeats(f))
				}
			}
		}
		same("nothing")
		c := h.control(t, "C-1").ID
		var list []finding.Finding
		for range 3 {
			must(t, h.d.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
				f, err := h.findings.Raise(ctx, tx, org, "", finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor, Reason: "A lapse.", Title: "A lapse", Statement: "It was not done.", Controls: []string{c}}, now)
				list = append(list, f)
				return err
			}))
			same("a finding")
		}
		var ids []string
		for i, due := range []int{40, 20, 30} {
			must(t, h.d.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
				id, err := h.findings.PutAction(ctx, tx, org, "", finding.Action{Source: finding.Source{Kind: finding.FromFinding, ID: list[i].ID, Words: list[i].Code()}, Title: "Do it", Due: today + cadence.Date(due)}, now)
				ids = append(ids, id)
				return err
			}))
			same("an action")
		}
		must(t, h.findings.MoveActions(ctx, manager, ids[:2], today+60, "Later.", now))
		same("a day that moved")
		must(t, h.findings.HandActions(ctx, manager, ids[1:], hall.owner.ID, now))
		same("another owner")
		must(t, h.d.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.findings.PutAction(ctx, tx, org, "", finding.Action{ID: ids[0], Source: finding.Source{Kind: finding.FromFinding, ID: list[0].ID, Words: "Other words"}, Title: "Do it", Due: today + 60}, now)
			return err
		}))
		same("other words of its source")
		_, err := h.people.Add(ctx, manager, people.Person{Name: "New", Email: "new@one.test", StartOn: "2020-01-01"}, now)
		must(t, err)
		same("a person")
	})
}
