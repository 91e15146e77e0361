package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/api"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/packages"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/seal"
	"github.com/toucan-grc/toucan/internal/standing"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/trail"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/training/provider"
	"github.com/toucan-grc/toucan/internal/vendor"
	"github.com/toucan-grc/toucan/internal/web"
)

// Serve runs the server until it is told to stop.
type Serve struct {
	DataDir      string   `env:"TOUCAN_DATA_DIR" default:"toucan-data" placeholder:"DIR" help:"Folder of the embedded database, keys and uploads."`
	Database     string   `env:"TOUCAN_DATABASE" placeholder:"URL" help:"PostgreSQL to use instead of the embedded database (postgres://...)."`
	Blobs        string   `env:"TOUCAN_BLOBS" placeholder:"PLACE" help:"Where files are kept: a folder, or s3://bucket/prefix?endpoint=https://host&region=name; the folder blobs in the data folder by default."`
	BlobKey      string   `env:"TOUCAN_BLOB_KEY" placeholder:"FILE" help:"File with a key of 32 bytes, outside the data folder, to encrypt files with."`
	S3AccessKey  string   `name:"s3-access-key" env:"TOUCAN_S3_ACCESS_KEY" hidden:"" help:"Access key of S3-compatible storage; better set in the environment."`
	S3SecretKey  string   `name:"s3-secret-key" env:"TOUCAN_S3_SECRET_KEY" hidden:"" help:"Secret key of S3-compatible storage; better set in the environment."`
	Addr         string   `env:"TOUCAN_ADDR" default:"127.0.0.1:8484" placeholder:"HOST:PORT" help:"Address to listen on."`
	BaseURL      string   `env:"TOUCAN_BASE_URL" placeholder:"URL" help:"Address people use, when it differs (https://toucan.example)."`
	TLSCert      string   `name:"tls-cert" env:"TOUCAN_TLS_CERT" type:"existingfile" placeholder:"FILE" help:"Certificate to serve HTTPS with, in PEM, with what it was issued by; read anew when the file changes."`
	TLSKey       string   `name:"tls-key" env:"TOUCAN_TLS_KEY" type:"existingfile" placeholder:"FILE" help:"Key of that certificate, in PEM."`
	TrustProxy   bool     `env:"TOUCAN_TRUST_PROXY" help:"Believe the forwarding headers of the proxy in front."`
	AgentFiles   string   `name:"agent-packages" env:"TOUCAN_AGENT_PACKAGES" placeholder:"DIR" help:"Folder that make packages wrote, to hand out the device agent from on My devices; its files are compared with its SHA256SUMS at the start."`
	MetricsToken string   `env:"TOUCAN_METRICS_TOKEN" placeholder:"TOKEN" help:"Bearer token for /metrics; without one only this machine may read them."`
	TSA          string   `env:"TOUCAN_TSA" placeholder:"URL" help:"Time-stamping authority (RFC 3161) that stamps checkpoints of the log."`
	TSACA        string   `name:"tsa-ca" env:"TOUCAN_TSA_CA" type:"existingfile" placeholder:"FILE" help:"Root certificates of that authority, in PEM; a stamp that leads to none of them is refused."`
	SMTP         string   `name:"smtp" env:"TOUCAN_SMTP" placeholder:"URL" help:"Mail server: smtps://user:password@mail.example.com:465, or smtp://mail.example.com:587 with ?starttls=required (the default), optional or off. Without one no mail is sent."`
	MailFrom     string   `env:"TOUCAN_MAIL_FROM" placeholder:"ADDRESS" help:"Address that mail comes from."`
	AllowPrivate []string `env:"TOUCAN_ALLOW_PRIVATE" placeholder:"HOST|RANGE" help:"Hosts and ranges of addresses of a private network that a webhook may lead to."`
	ProviderBase string   `hidden:"" env:"TOUCAN_PROVIDER_BASE" placeholder:"URL" help:"Where a stand-in of a training provider listens, to try the connectors out."`
	Demo         bool     `help:"Seed Meridian Cloud, a demonstration company, if the database is empty."`
	LogFormat    string   `env:"TOUCAN_LOG_FORMAT" enum:"text,json" default:"text" help:"text or json."`
}

// Example implements exampler.
func (Serve) Example() string { return "toucan serve --data-dir /var/lib/toucan --addr 127.0.0.1:8484" }

// Limits of a connection; generous for people, not for those who hold sockets open.
const (
	headerWithin = 10 * time.Second
	readWithin   = 2 * time.Minute // a large inventory over a slow line
	writeWithin  = 2 * time.Minute
	idleWithin   = 2 * time.Minute
	stopWithin   = 20 * time.Second

	providerWithin = time.Minute // one question to a training provider
)

// Run opens the database, prints where data is and how to get in, and serves.
func (c *Serve) Run(ctx context.Context, a *App) error {
	log := c.logger(a)
	d, err := db.Open(ctx, db.Config{DataDir: c.DataDir, URL: c.Database, Log: log})
	if err != nil {
		return err
	}
	defer d.Close()
	blobs, err := blob.Open(ctx, blob.Config{DataDir: c.DataDir, Place: c.Blobs, KeyFile: c.BlobKey, AccessKey: c.S3AccessKey, SecretKey: c.S3SecretKey}, a.Now())
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return problem.Field("addr", fmt.Sprintf("Cannot listen on %s: %v. Stop what listens there, or choose another --addr.", c.Addr, err))
	}
	defer ln.Close()
	certs, err := c.certificate(log)
	if err != nil {
		return err
	}
	var files *packages.Folder
	if c.AgentFiles != "" {
		if files, err = packages.Open(c.AgentFiles); err != nil {
			return err
		}
		defer func() { _ = files.Close() }() // it was read only
	}
	named := c.BaseURL
	if c.BaseURL == "" {
		c.BaseURL = "http://" + ln.Addr().String()
		if certs != nil {
			c.BaseURL = "https://" + ln.Addr().String()
		}
	}
	s, err := c.open(a, d, blobs)
	if err != nil {
		return err
	}
	runner, err := newRunner(ctx, d, s, c.BaseURL, log, a.Now)
	if err != nil {
		return err
	}
	site, err := web.New(web.Config{
		DB:           d,
		Access:       s.Access,
		People:       s.People,
		Controls:     s.Controls,
		Crosswalk:    s.Crosswalk,
		Library:      crosswalk.Shipped(),
		Evidence:     s.Evidence,
		Standing:     s.Standing,
		Samples:      s.Samples,
		Results:      s.Results,
		Trail:        s.Trail,
		Report:       s.Report,
		Monitor:      s.Monitor,
		Training:     s.Training,
		Policies:     s.Policies,
		Systems:      s.Systems,
		Vendors:      s.Vendors,
		Devices:      s.Devices,
		Hosts:        s.Hosts,
		Packages:     files,
		Sources:      s.Sources,
		Findings:     s.Findings,
		Risks:        s.Risks,
		Gaps:         s.Gaps,
		ISMS:         s.ISMS,
		Tasks:        s.Tasks,
		Approvals:    s.Approvals,
		Outbox:       s.Outbox,
		Joiners:      s.Joiners,
		Runner:       runner,
		API:          doors(d, s, log, a.Now),
		Machines:     c.machines(s, named, log, a.Now),
		Log:          log,
		Now:          a.Now,
		BaseURL:      c.BaseURL,
		TrustProxy:   c.TrustProxy,
		MetricsToken: c.MetricsToken,
		Connections:  s.Connections,
		Version:      a.Version,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "Toucan %s listens on %s. Data: %s; %s.\n", a.Version, c.BaseURL, d.Describe(), blobs)
	if !web.Built() {
		fmt.Fprintln(a.Stderr, web.BuildHint)
	}
	if err := c.welcome(ctx, a, s); err != nil {
		return err
	}
	if err := warnOfLogs(ctx, s, a.Stderr); err != nil {
		return err
	}
	if err := runner.Start(ctx); err != nil {
		return err
	}
	flushed := make(chan struct{})
	heard, stop := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(flushed)
		if err := s.Hosts.Run(heard); err != nil {
			log.Warn("when hosts with osquery were last heard of was not written", "error", err)
		}
	}()
	defer func() { stop(); <-flushed }() // before the database closes
	return serve(ctx, ln, site.Handler(), certs, runner, log)
}

// doors builds the API on the stores.
func doors(d *db.DB, s demo.Stores, log *slog.Logger, now func() time.Time) http.Handler {
	return api.New(api.Config{
		DB:          d,
		Access:      s.Access,
		People:      s.People,
		Controls:    s.Controls,
		Crosswalk:   s.Crosswalk,
		Evidence:    s.Evidence,
		Results:     s.Results,
		Devices:     s.Devices,
		Hosts:       s.Hosts,
		Standing:    s.Standing,
		Report:      s.Report,
		Monitor:     s.Monitor,
		Training:    s.Training,
		Policies:    s.Policies,
		Systems:     s.Systems,
		Vendors:     s.Vendors,
		Risks:       s.Risks,
		Findings:    s.Findings,
		ISMS:        s.ISMS,
		Gaps:        s.Gaps,
		Trail:       s.Trail,
		Log:         log,
		Now:         now,
		Connections: s.Connections,
	})
}

func (c *Serve) logger(a *App) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(a.Stderr, nil))
}

// open builds the stores on d.
func (c *Serve) open(a *App, d *db.DB, blobs *blob.Store) (demo.Stores, error) {
	keys := filepath.Join(c.DataDir, "keys")
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return demo.Stores{}, problem.New(problem.Invalid, "Cannot make the folder for keys, %s: %v.", keys, err)
	}
	log := ledger.New()
	accounts, err := access.New(access.Config{DB: d, Ledger: log, KeyDir: keys})
	if err != nil {
		return demo.Stores{}, err
	}
	authority, err := c.authority()
	if err != nil {
		return demo.Stores{}, err
	}
	outbox, err := c.outbox(d, keys)
	if err != nil {
		return demo.Stores{}, err
	}
	s := demo.Stores{
		Tasks:     task.NewStore(d, log),
		Approvals: approval.New(d, log),
		Outbox:    outbox,
		Access:    accounts,
		People:    people.New(d, log),
		Controls:  control.New(d, log, accounts),
		Keeper:    ledger.NewKeeper(d, keys),
		Forget: func(ctx context.Context, org string, kinds ...string) error {
			return job.Forget(ctx, d, org, kinds...)
		},
	}
	s.Crosswalk = crosswalk.NewStore(d, log, s.Controls, crosswalk.Shipped)
	s.Results = result.New(d, log, s.Crosswalk)
	s.Trail = trail.New(trail.Config{DB: d, Ledger: log, Keeper: s.Keeper, Authority: authority, Outbox: outbox})
	s.Samples = audit.New(d, log, s.Keeper)
	s.Evidence = evidence.New(evidence.Config{DB: d, Log: log, Controls: s.Controls, Links: s.Crosswalk, Blobs: blobs, Persons: s.People})
	s.Policies = policy.New(policy.Config{DB: d, Log: log, Blobs: blobs, Links: s.Crosswalk, Evidence: s.Evidence, Persons: s.People})
	s.Systems = system.New(system.Config{DB: d, Log: log, Links: s.Crosswalk, Filler: policy.Filler})
	s.Vendors = vendor.New(vendor.Config{DB: d, Log: log})
	if s.Devices, err = device.New(device.Config{DB: d, Log: log, Results: s.Results, KeyDir: keys}); err != nil {
		return demo.Stores{}, err
	}
	s.Hosts = c.hosts(d, log, s)
	if s.Sources, err = c.sources(d, log, s, keys); err != nil {
		return demo.Stores{}, err
	}
	s.Findings = finding.New(finding.Config{DB: d, Log: log, Links: s.Crosswalk})
	s.Training = training.New(training.Config{DB: d, Log: log, People: s.People, Evidence: s.Evidence, Base: c.BaseURL})
	if s.Connections, err = c.connections(d, log, s.Training, keys); err != nil {
		return demo.Stores{}, err
	}
	s.Joiners = joiner.New(joiner.Config{DB: d, Log: log, Evidence: s.Evidence, Facts: fulfilled(s)})
	s.Monitor = monitor.New(monitor.Config{DB: d, Results: s.Results, Links: s.Crosswalk, People: s.People, Parts: parts(s), Facts: facts(s)})
	s.Standing = standing.New(standing.Stores{DB: d, Access: accounts, Controls: s.Controls, Crosswalk: s.Crosswalk, Evidence: s.Evidence, Results: s.Results, Audit: s.Samples})
	s.Risks = risk.New(risk.Config{DB: d, Log: log, Findings: s.Findings, Links: s.Crosswalk, Evidence: s.Evidence, Persons: s.People, Operation: s.Standing.Operating})
	s.ISMS = isms.New(isms.Config{DB: d, Log: log, Controls: s.Controls, Crosswalk: s.Crosswalk, Evidence: s.Evidence, Approvals: s.Approvals, Policies: s.Policies, Systems: s.Systems, Vendors: s.Vendors, Findings: s.Findings, Risks: s.Risks, Judge: s.Standing, Joiners: s.Joiners, Monitor: s.Monitor, Results: s.Results})
	s.Report = report.New(report.Config{DB: d, Log: log, Keeper: s.Keeper, Access: accounts, Controls: s.Controls, Evidence: s.Evidence, Samples: s.Samples, Results: s.Results, Standing: s.Standing, Version: a.Version})
	s.Gaps = gap.New(gap.Config{DB: d, Log: log, Controls: s.Controls, Crosswalk: s.Crosswalk, Policies: s.Policies, Risks: s.Risks, Findings: s.Findings, Judge: s.Standing})
	return s, nil
}

// connections is what leads to training providers.
func (c *Serve) connections(d *db.DB, log *ledger.Log, store *training.Store, keys string) (*training.Connections, error) {
	guard, err := notify.NewGuard(c.AllowPrivate)
	if err != nil {
		return nil, err
	}
	sealer, err := seal.Open(keys, training.SealKey, training.SealKeyCure)
	if err != nil {
		return nil, err
	}
	dial := provider.Dial(provider.Config{HTTP: guard.Client(providerWithin), Base: c.ProviderBase})
	return training.NewConnections(training.ConnectionsConfig{DB: d, Log: log, Training: store, Seal: sealer, Dial: dial}), nil
}

// outbox is what mail and webhooks leave by.
func (c *Serve) outbox(d *db.DB, keys string) (*notify.Outbox, error) {
	guard, err := notify.NewGuard(c.AllowPrivate)
	if err != nil {
		return nil, err
	}
	var server *notify.Server
	if c.SMTP != "" {
		if server, err = notify.ParseServer(c.SMTP, c.MailFrom); err != nil {
			return nil, err
		}
	}
	return notify.OpenOutbox(notify.Config{DB: d, Server: server, Guard: guard, KeyDir: keys})
}

// authority returns who stamps checkpoints, or nil.
func (c *Serve) authority() (*ledger.Authority, error) {
	if c.TSA == "" {
		return nil, nil
	}
	var ca []byte
	if c.TSACA != "" {
		var err error
		if ca, err = os.ReadFile(c.TSACA); err != nil {
			return nil, problem.Field("tsa-ca", fmt.Sprintf("Cannot read %s: %v.", c.TSACA, err))
		}
	}
	return ledger.NewAuthority(c.TSA, ca)
}

// warnOfLogs says at the start which logs refuse to sign. Everything else works.
func warnOfLogs(ctx context.Context, s demo.Stores, w io.Writer) error {
	return s.Access.EachOrganisation(ctx, func(org string) error {
		name, r, err := s.Trail.Refusal(ctx, org)
		if err == nil && r != nil {
			fmt.Fprintf(w, "The log of %s refuses to sign checkpoints. %s %s\n", name, r.Why, r.Do)
		}
		return err
	})
}

// welcome seeds the demonstration if asked, and prints the one link that lets
// the person at the shell in.
func (c *Serve) welcome(ctx context.Context, a *App, s demo.Stores) error {
	now := a.Now()
	token, needed, err := s.Access.FirstRun(ctx, now)
	if err != nil {
		return err
	}
	if needed && !c.Demo {
		fmt.Fprintf(a.Stdout, "Nobody has an account yet. Open this link once to create the first organisation:\n  %s/first-run?token=%s\n", c.BaseURL, token)
		return nil
	}
	if !c.Demo {
		return nil
	}
	if needed {
		if _, err := demo.Seed(ctx, s, token, rand.Text(), now); err != nil {
			return err
		}
	}
	account, err := s.Access.AccountByEmail(ctx, demo.Email)
	if err != nil {
		return problem.New(problem.Conflict, "This database holds an organisation of its own, so it is not the demonstration. Leave --demo out, or choose an empty --data-dir.")
	}
	if err := demo.Whole(ctx, s, account); err != nil {
		return err
	}
	link, err := s.Access.SignInLink(ctx, account.ID, now)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "%s is ready. This link signs you in once, within ten minutes:\n  %s/sign-in/link?token=%s\n", demo.Organisation, c.BaseURL, link)
	return c.welcomeNewcomer(ctx, a, s)
}

// welcomeNewcomer prints the link of an employee, for whom everything looks different.
func (c *Serve) welcomeNewcomer(ctx context.Context, a *App, s demo.Stores) error {
	account, err := s.Access.AccountByEmail(ctx, demo.NewcomerEmail)
	if problem.Of(err).Code == problem.NotFound { // seeded by an earlier Toucan, or removed
		return nil
	}
	if err != nil {
		return err
	}
	link, err := s.Access.SignInLink(ctx, account.ID, a.Now())
	if err == nil {
		fmt.Fprintf(a.Stdout, "And this one as %s, an employee who started two weeks ago:\n  %s/sign-in/link?token=%s\n", account.Name, c.BaseURL, link)
	}
	return err
}

// serve answers on ln until ctx ends, then lets requests and jobs under way
// finish. A job that takes longer than that is left to the next server.
func serve(ctx context.Context, ln net.Listener, h http.Handler, certs *certificate, jobs *job.Runner, log *slog.Logger) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerWithin, ReadTimeout: readWithin, WriteTimeout: writeWithin, IdleTimeout: idleWithin,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- certs.serve(srv, ln) }()
	var ended error
	select {
	case ended = <-failed:
	case <-ctx.Done():
	}
	log.Info("stopping", "within", stopWithin)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- jobs.Stop(end) }()
	if err := srv.Shutdown(end); err != nil {
		ended = errors.Join(ended, err, srv.Close())
	}
	return errors.Join(ended, <-stopped)
}
