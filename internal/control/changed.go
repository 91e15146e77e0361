package control

import (
	"context"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
)

// Changed is the event that the text of some control came into force changed. It
// names none: whoever listens reads what is new since they last looked, so that an
// import of ten thousand controls is one event.
type Changed struct{}

// Kind implements job.Work.
func (Changed) Kind() string { return "controls.changed" }

var _ job.Work = Changed{}

// announce tells, in the caller's transaction, that a text changed.
func announce(ctx context.Context, tx *db.Tx, org string) error {
	_, err := job.Insert(ctx, tx, job.Order{Org: org, Once: true}, Changed{})
	return err
}
