// Package web is the door people use: pages. A handler reads the request, asks
// the packages that hold the rules, and renders; it holds no rule of its own.
// Every page works without the script; the script only makes it quicker.
package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/device/packages"
	"github.com/toucan-grc/toucan/internal/device/source"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/standing"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/trail"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/upload"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// Config is what the pages are built on. All stores are required.
type Config struct {
	DB        *db.DB
	Access    *access.Store
	People    *people.Store
	Policies  *policy.Store
	Controls  *control.Store
	Crosswalk *crosswalk.Store
	Samples   *audit.Store
	Library   *crosswalk.Library
	Evidence  *evidence.Store
	Results   *result.Store
	Standing  *standing.Store
	Runner    *job.Runner // whether it runs or not
	Tasks     *task.Store
	Joiners   *joiner.Store
	Approvals *approval.Store
	Outbox    *notify.Outbox
	Trail     *trail.Store
	Report    *report.Store
	Monitor   *monitor.Store
	Training  *training.Store
	Systems   *system.Store
	Vendors   *vendor.Store
	Devices   *device.Store
	Hosts     *osquery.Store   // machines with osquery
	Packages  *packages.Folder // of the agent; nil: none are handed out here
	Sources   *source.Store    // systems that manage devices
	Findings  *finding.Store
	Risks     *risk.Store
	Gaps      *gap.Store
	ISMS      *isms.Store

	Connections *training.Connections

	API http.Handler // answers at and below /api, outside the guard of forms: it takes no cookie; nil: nothing does

	// Machines answers what devices send, below Machinery, without cookies, pages and the
	// lines of the log that requests of people get; nil: nothing does.
	Machines http.Handler

	Log          *slog.Logger     // nil discards
	Now          func() time.Time // nil means time.Now
	BaseURL      string           // such as "https://toucan.example"; an https address makes cookies secure
	TrustProxy   bool             // believe the last X-Forwarded-For and X-Forwarded-Proto
	MetricsToken string           // bearer token for /metrics; empty allows the machine itself only
	Version      string
}

// Server serves the pages. It is safe for concurrent use.
type Server struct {
	Config
	shelf    *shelf
	uploads  *upload.Store
	importer *crosswalk.Importer
	roll     *people.Importer
	jobs     *access.Jobs
	notices  *access.Notices
	sealer   sealer
	metrics  *metrics
}

// New returns a server.
func New(c Config) (*Server, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Server{Config: c, uploads: upload.New(c.DB), jobs: access.NewJobs(c.DB, c.Runner), notices: access.NewNotices(c.DB, c.Outbox), sealer: newSealer()}
	s.importer = crosswalk.NewImporter(c.Crosswalk, c.People, s.uploads)
	s.roll = people.NewImporter(c.People, s.uploads)
	s.shelf = newShelf(s)
	s.metrics = newMetrics(c.Runner, c.Devices, c.Hosts)
	return s, nil
}

// Handler returns everything this server answers to.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes() {
		mux.Handle(r.Method+" "+r.Path, s.wrap(r))
	}
	mux.Handle("/", s.wrap(route{Door: public, Path: "/", Handle: (*Server).notFound}))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, visitor{}, errCrossOrigin)
	}))
	doors := http.NewServeMux()
	doors.Handle("/", guard.Handler(mux))
	if s.API != nil {
		doors.Handle("/api", s.API)
		doors.Handle("/api/", s.API)
	}
	if s.Machines == nil {
		return s.outer(doors)
	}
	all := http.NewServeMux()
	all.Handle("/", s.outer(doors))
	for _, p := range Machinery {
		all.Handle(p, s.Machines)
	}
	return all
}

// Machinery are the addresses that machines use: our agent, and osquery.
var Machinery = []string{"/o/{slug}/device/enroll", "/o/{slug}/device/report", "/o/{slug}/osquery/"}

// visitor is who sends a request. Inside an organisation the actor is filled.
type visitor struct {
	access.Actor
	Account access.Account
	Org     string // name of the organisation
}

// handler answers one route. A returned error is shown and logged by wrap.
type handler func(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error

// render draws a page and sends it. A page that fails to draw is not half sent.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(r.Context(), &b); err != nil {
		return fmt.Errorf("draw the page: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	return send(w, r, status, b.Bytes())
}

// frame fills the shell of a page of the organisation.
func (s *Server) frame(w http.ResponseWriter, r *http.Request, who visitor, here, title string, crumbs ...crumb) frame {
	f := frame{
		Title: title, Here: here, Org: who.Org, Slug: who.Slug(), Account: who.Account.Name,
		Role: who.Role().Label(), Theme: theme(r), Flash: takeFlash(w, r),
	}
	f.Home, f.zone = homeOf(who.Slug(), who.Role()), s.homeZone(r.Context(), who)
	f.Crumbs = append([]crumb{{who.Org, f.Home}}, crumbs...)
	f.Crumbs = append(f.Crumbs, crumb{Text: title})
	f.Finds, f.Asks = who.Can(access.ViewPosture), who.Can(access.AnswerRequests)
	f.Nav = navigation(who.Slug(), s.counts(r.Context(), who), who.Can)
	return f
}

// homeZone is the zone of the organisation. It is a convenience and never a reason to
// fail: the name of the zone stands behind every time.
func (s *Server) homeZone(ctx context.Context, who visitor) *time.Location {
	if b := s.shelf.peek(who.Actor); b != nil {
		return b.Zone
	}
	zone, err := s.zone(ctx, who)
	if err != nil {
		return time.UTC
	}
	return zone
}

// counts fills the numbers of the navigation from what is already in memory, and
// that of the open tasks from an index;
// they are a convenience and never a reason to fail or to wait.
func (s *Server) counts(ctx context.Context, who visitor) navCounts {
	open, _, err := s.Tasks.MyCount(ctx, who.Actor, s.Now())
	if err != nil {
		s.Log.Warn("count the tasks of a member", "error", err)
	}
	b := s.shelf.peek(who.Actor)
	if b == nil {
		return navCounts{Tasks: open}
	}
	return navCounts{Tasks: open, Frameworks: len(b.Enabled), Controls: len(b.Controls), People: len(b.People)}
}

// back sends the browser to another page after something was done, with one
// sentence to show there.
func back(w http.ResponseWriter, r *http.Request, to, flash string) error {
	if flash != "" {
		setFlash(w, flash)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// secure reports whether the browser reached us over https.
func (s *Server) secure(r *http.Request) bool {
	if r.TLS != nil || strings.HasPrefix(s.BaseURL, "https://") {
		return true
	}
	return s.TrustProxy && r.Header.Get("X-Forwarded-Proto") == "https"
}

// client says where a request comes from, for the list of sessions and the limit on tries.
func (s *Server) client(r *http.Request) access.Client {
	return access.ClientOf(r, s.TrustProxy)
}
