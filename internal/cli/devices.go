package cli

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/device/source"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/seal"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Device holds the commands about devices.
type Device struct {
	FleetPolicies FleetPolicies `cmd:"" help:"Print policies for Fleet that answer the checks."`
	OsqueryPack   OsqueryPack   `cmd:"" help:"Print what machines with osquery are given to do."`
}

// FleetPolicies prints policies for Fleet.
type FleetPolicies struct{}

// Example implements exampler.
func (FleetPolicies) Example() string {
	return "toucan device fleet-policies > toucan.yml && fleetctl apply -f toucan.yml"
}

// Run prints the policies.
func (FleetPolicies) Run(a *App) error {
	_, err := a.Stdout.Write(osquery.FleetPolicies(wire.Usual()))
	return err
}

// OsqueryPack prints the configuration that the server hands to osquery.
type OsqueryPack struct {
	Platform string `arg:"" enum:"linux,macos,windows" help:"linux, macos or windows."`
}

// Example implements exampler.
func (OsqueryPack) Example() string { return "toucan device osquery-pack windows" }

// Run prints the configuration under the usual settings.
func (c OsqueryPack) Run(a *App) error {
	_, err := a.Stdout.Write(append(osquery.Configuration(wire.Platform(c.Platform), wire.Usual()), '\n'))
	return err
}

// hosts and sources build what devices are heard of by beside our agent.
func (c *Serve) hosts(d *db.DB, log *ledger.Log, s demo.Stores) *osquery.Store {
	return osquery.New(osquery.Config{DB: d, Log: log, Devices: s.Devices, Settings: func(ctx context.Context, who access.Actor, now time.Time) (wire.Settings, error) {
		set, err := s.Devices.Settings(ctx, who, now)
		return set.Settings, err
	}})
}

func (c *Serve) sources(d *db.DB, log *ledger.Log, s demo.Stores, keys string) (*source.Store, error) {
	guard, err := notify.NewGuard(c.AllowPrivate)
	if err != nil {
		return nil, err
	}
	sealer, err := seal.Open(keys, source.SealKey, source.SealKeyCure)
	if err != nil {
		return nil, err
	}
	return source.NewStore(source.Config{DB: d, Log: log, Devices: s.Devices, Seal: sealer, Guard: guard, HTTP: guard.Client(providerWithin), Machine: s.Access.Machine,
		Graph: c.ProviderBase, Login: c.ProviderBase}), nil
}

// sourceJobs are the hourly questions to systems that manage devices.
func sourceJobs(r *job.Runner, s demo.Stores, now func() time.Time) {
	job.Handle(r, func(ctx context.Context, _ job.Task[source.RoundWork]) error {
		return s.Access.EachOrganisation(ctx, func(org string) error { return s.Sources.Round(ctx, org, now()) })
	})
	job.Every(r, source.RoundEvery, source.RoundWork{})
	job.Handle(r, func(ctx context.Context, t job.Task[source.SyncWork]) error {
		run, err := s.Sources.Sync(ctx, t.Org, t.Work.Connection, t.Account, now)
		if err == nil {
			t.Say(run.Words())
		}
		return err
	})
}

// besideOsquery answers hosts with osquery, and leaves the rest to the door of our agent.
func besideOsquery(s demo.Stores, agent http.Handler, trustProxy bool, log *slog.Logger, now func() time.Time) http.Handler {
	hosts := &osquery.Handler{Store: s.Hosts, Machine: s.Access.Machine, Now: now, Log: log,
		From: func(r *http.Request) string { return access.ClientOf(r, trustProxy).Network() }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if parts := strings.SplitN(r.URL.Path, "/", 5); len(parts) == 5 && parts[3] == "osquery" {
			hosts.ServeHTTP(w, r)
			return
		}
		agent.ServeHTTP(w, r)
	})
}
