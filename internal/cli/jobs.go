package cli

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/trail"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/upload"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// cleanEvery is how often what is over is removed.
const cleanEvery = time.Hour

// newRunner says which job is whose, and what is done again and again.
func newRunner(ctx context.Context, d *db.DB, s demo.Stores, base string, log *slog.Logger, now func() time.Time) (*job.Runner, error) {
	r, err := job.New(ctx, job.Config{DB: d, Log: log})
	if err != nil {
		return nil, err
	}
	uploads := upload.New(d)
	importer := crosswalk.NewImporter(s.Crosswalk, s.People, uploads)
	job.Handle(r, access.AsMember(s.Access, func(ctx context.Context, who access.Actor, t job.Task[crosswalk.ImportWork]) error {
		return importer.Run(ctx, who, t, now())
	}))
	roll := people.NewImporter(s.People, uploads)
	job.Handle(r, access.AsMember(s.Access, func(ctx context.Context, who access.Actor, t job.Task[people.ImportWork]) error {
		return roll.Run(ctx, who, t, now())
	}))

	job.Handle(r, func(ctx context.Context, _ job.Task[access.Clean]) error { return s.Access.Sweep(ctx, now()) })
	job.Every(r, cleanEvery, access.Clean{})
	job.Handle(r, func(ctx context.Context, _ job.Task[upload.Clean]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return uploads.Sweep(ctx, org, now()) })
	})
	job.Every(r, cleanEvery, upload.Clean{})
	job.Handle(r, func(ctx context.Context, _ job.Task[evidence.Clean]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Evidence.Sweep(ctx, org, now()) })
	})
	job.Every(r, cleanEvery, evidence.Clean{})
	job.Handle(r, func(ctx context.Context, _ job.Task[trail.Round]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Trail.Round(ctx, org, now()) })
	})
	job.Every(r, trail.RoundEvery, trail.Round{})
	job.Handle(r, func(ctx context.Context, t job.Task[trail.Tend]) error {
		return s.Trail.Tend(ctx, t.Org, t.Work, now())
	})
	job.Handle(r, func(ctx context.Context, _ job.Task[finding.Work]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error {
			return errors.Join(s.Findings.Tend(ctx, org, now()), s.ISMS.TendAudits(ctx, org, now()))
		})
	})
	job.Every(r, finding.TendEvery, finding.Work{})
	job.Handle(r, func(ctx context.Context, _ job.Task[joiner.TendWork]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Joiners.Tend(ctx, org, now()) })
	})
	job.Every(r, joiner.TendEvery, joiner.TendWork{})
	notify.Handle(r, s.Outbox, now)
	job.Handle(r, func(ctx context.Context, _ job.Task[notify.Clean]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Outbox.Sweep(ctx, org, now()) })
	})
	job.Every(r, cleanEvery, notify.Clean{})
	job.Handle(r, func(ctx context.Context, _ job.Task[approval.Work]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error {
			return errors.Join(s.Controls.AskApprovals(ctx, org, now()), s.Approvals.Align(ctx, org, now()))
		})
	})
	job.Every(r, task.RemindEvery, approval.Work{})
	job.Handle(r, func(ctx context.Context, _ job.Task[policy.Work]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Policies.Tend(ctx, org, now()) })
	})
	job.Every(r, policy.TendEvery, policy.Work{})
	reminders := task.NewReminders(d, s.Outbox, base)
	job.Handle(r, func(ctx context.Context, _ job.Task[task.RemindWork]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { _, err := reminders.Run(ctx, org, now()); return err })
	})
	job.Every(r, task.RemindEvery, task.RemindWork{})
	job.Handle(r, func(ctx context.Context, _ job.Task[training.Work]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Training.Tend(ctx, org, now()) })
	})
	job.Every(r, training.TendEvery, training.Work{})
	job.Handle(r, func(ctx context.Context, _ job.Task[training.RoundWork]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Connections.Round(ctx, org, now()) })
	})
	job.Every(r, training.RoundEvery, training.RoundWork{})
	job.Handle(r, func(ctx context.Context, t job.Task[training.SyncWork]) error {
		run, err := s.Connections.Sync(ctx, t.Org, t.Work.Connection, t.Account, now)
		if err == nil {
			t.Say(run.Words())
		}
		return err
	})
	job.Handle(r, func(ctx context.Context, _ job.Task[isms.ObligationWork]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.ISMS.TendObligations(ctx, org, now()) })
	})
	job.Every(r, isms.ObligationsEvery, isms.ObligationWork{})
	job.Handle(r, func(ctx context.Context, _ job.Task[monitor.Work]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Monitor.Tend(ctx, org, now()) })
	})
	job.Every(r, monitor.TendEvery, monitor.Work{})
	job.Handle(r, func(ctx context.Context, _ job.Task[risk.Work]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error {
			return errors.Join(s.Risks.Tend(ctx, org, now()), s.Risks.Watchers(ctx, org))
		})
	})
	job.Every(r, risk.TendEvery, risk.Work{})
	job.Handle(r, access.AsMember(s.Access, func(ctx context.Context, who access.Actor, _ job.Task[risk.WatchWork]) error {
		return s.Risks.Watch(ctx, who, now())
	}))
	mappingJobs(r, s, now)
	sourceJobs(r, s, now)
	job.Handle(r, func(ctx context.Context, _ job.Task[vendor.Work]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Vendors.Tend(ctx, org, now()) })
	})
	job.Every(r, vendor.TendEvery, vendor.Work{})
	job.Handle(r, func(ctx context.Context, _ job.Task[device.Work]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Devices.Tend(ctx, org, now()) })
	})
	job.Every(r, device.TendEvery, device.Work{})
	job.Handle(r, func(ctx context.Context, _ job.Task[isms.ContextWork]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.ISMS.TendContext(ctx, org, now()) })
	})
	job.Every(r, isms.ContextEvery, isms.ContextWork{})
	return r, nil
}
