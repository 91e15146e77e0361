package vendor

import (
	"context"
	"slices"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/register"
)

// Changed is the work that follows when a vendor is new, changed in what matters,
// or retired. It waits in the outbox for whoever has to look again at what rests on it.
type Changed struct {
	ID   string `json:"id"`
	What string `json:"what"` // "new", "changed" or "retired"
}

// Kind implements job.Work.
func (Changed) Kind() string { return "vendor.changed" }

// matters reports whether two versions differ in what others rest on.
func (v Vendor) matters(was Vendor) bool {
	return v.Kind != was.Kind || v.Tier != was.Tier || v.Does != was.Does || v.Subprocessor != was.Subprocessor || !slices.Equal(v.Data, was.Data) || !slices.Equal(v.Systems, was.Systems)
}

// tell puts what others have to know of changes into the outbox.
func tell(ctx context.Context, tx *db.Tx, org string, changes []register.Change[Vendor]) error {
	for _, c := range changes {
		w := Changed{ID: c.After.ID, What: "new"}
		switch {
		case c.Act == register.Retired:
			w.What = "retired"
		case c.Act == register.Changed && !c.After.matters(*c.Before):
			continue
		case c.Act == register.Changed:
			w.What = "changed"
		}
		if _, err := job.Insert(ctx, tx, job.Order{Org: org, Once: true}, w); err != nil {
			return err
		}
	}
	return nil
}
