package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// mappingJobs keep the crosswalk true: what changes puts lines of it in doubt, and
// an owner's no becomes a finding. A job that runs again is the same event.
func mappingJobs(r *job.Runner, s demo.Stores, now func() time.Time) {
	key := func(id int64) string { return "job:" + strconv.FormatInt(id, 10) }
	job.Handle(r, func(ctx context.Context, t job.Task[system.Changed]) error {
		return s.ISMS.MappingOfSystem(ctx, t.Org, t.Work, key(t.ID), now())
	})
	job.Handle(r, func(ctx context.Context, t job.Task[vendor.Changed]) error {
		return s.ISMS.MappingOfVendor(ctx, t.Org, t.Work, key(t.ID), now())
	})
	job.Handle(r, func(ctx context.Context, t job.Task[control.Changed]) error {
		return s.Crosswalk.WatchTexts(ctx, t.Org, now())
	})
	job.Handle(r, func(ctx context.Context, t job.Task[crosswalk.Answered]) error {
		return s.ISMS.FindingOfAnswer(ctx, t.Org, t.Work, now())
	})
	job.Handle(r, func(ctx context.Context, _ job.Task[crosswalk.Work]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Crosswalk.Tend(ctx, org, now()) })
	})
	job.Every(r, crosswalk.TendEvery, crosswalk.Work{})
}
