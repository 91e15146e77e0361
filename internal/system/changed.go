package system

import (
	"context"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/register"
)

// Changed is the work that follows when a system or a process is new, changed in
// what matters, or retired. It waits in the outbox for whoever has to look again
// at what rests on it.
type Changed struct {
	Sort string `json:"kind"` // "system", "cloud" for one that somebody else runs, or "process"
	ID   string `json:"id"`
	What string `json:"what"` // "new", "changed" or "retired"
}

// Kind implements job.Work.
func (Changed) Kind() string { return "system.changed" }

// matters reports whether two versions differ in what others rest on.
func (s System) matters(was System) bool {
	return s.Kind != was.Kind || s.Criticality != was.Criticality || s.Cloud != was.Cloud || s.Description != was.Description
}

// tell puts what others have to know of changes into the outbox.
func tell(ctx context.Context, tx *db.Tx, org string, changes []register.Change[System]) error {
	for _, c := range changes {
		w := Changed{Sort: "system", ID: c.After.ID, What: "new"}
		switch {
		case c.Act == register.Retired:
			w.What = "retired"
		case c.Act == register.Changed && !c.After.matters(*c.Before):
			continue
		case c.Act == register.Changed:
			w.What = "changed"
		}
		switch {
		case c.After.Kind == Process:
			w.Sort = "process"
		case c.After.Cloud:
			w.Sort = "cloud"
		}
		if _, err := job.Insert(ctx, tx, job.Order{Org: org, Once: true}, w); err != nil {
			return err
		}
	}
	return nil
}
