package web

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/api"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/device/source"
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
	"github.com/toucan-grc/toucan/internal/remote/remotetest"
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
)

// site is a whole server on an empty database, with a browser that keeps cookies.
type site struct {
	t testing.TB
	*Server
	url    string
	first  string // token of the first run
	keys   string // folder of the keeper
	client *http.Client
}

func init() { dbtest.Also("jobs", job.Migrate) }

func newSite(t testing.TB) *site { return newSiteOn(t, dbtest.SQLite(t)) }

func newSiteOn(t testing.TB, d *db.DB) *site {
	t.Helper()
	log := ledger.New()
	accounts, err := access.New(access.Config{
		DB:     d,
		Ledger: log,
		KeyDir: t.TempDir(),
		Cost:   access.Cost{KiB: 64, Passes: 1, Threads: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	controls := control.New(d, log, accounts)
	runner, err := job.New(t.Context(), job.Config{DB: d})
	if err != nil {
		t.Fatal(err)
	}
	persons, links := people.New(d, log), crosswalk.NewStore(d, log, controls, crosswalk.Shipped)
	blobs, err := blob.Open(t.Context(), blob.Config{DataDir: t.TempDir()}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keys := t.TempDir()
	keeper := ledger.NewKeeper(d, keys)
	outbox, err := notify.OpenOutbox(notify.Config{DB: d, KeyDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	items := evidence.New(evidence.Config{DB: d, Log: log, Controls: controls, Links: links, Blobs: blobs, Persons: persons})
	samples, results := audit.New(d, log, keeper), result.New(d, log, links)
	stands := standing.New(standing.Stores{DB: d, Access: accounts, Controls: controls, Crosswalk: links, Evidence: items, Results: results, Audit: samples})
	trainings := training.New(training.Config{DB: d, Log: log, People: persons, Evidence: items, Base: "http://toucan.test"})
	joiners := joiner.New(joiner.Config{DB: d, Log: log, Evidence: items, Facts: []joiner.Facts{policy.Standings, trainings.Standings}})
	parts := []monitor.Part{{Tables: policy.Tables(), Ask: policy.Standings, Stood: policy.Stood, Shown: policy.Shown}, {Tables: training.Tables(), Ask: trainings.Standings, Shown: trainings.Shown}, {Tables: joiner.Tables(), Ask: joiners.Standings, Stood: joiners.Stood, Shown: joiners.Shown}}
	sealer, err := seal.Open(t.TempDir(), training.SealKey, training.SealKeyCure)
	if err != nil {
		t.Fatal(err)
	}
	provided := httptest.NewServer(knowbe4Standin())
	t.Cleanup(provided.Close)
	dial := provider.Dial(provider.Config{HTTP: provided.Client(), Clock: remotetest.NewClock(time.Now()), Base: provided.URL})
	policies := policy.New(policy.Config{DB: d, Log: log, Blobs: blobs, Links: links, Evidence: items, Persons: persons})
	systems, vendors, findings := system.New(system.Config{DB: d, Log: log, Links: links, Filler: policy.Filler}), vendor.New(vendor.Config{DB: d, Log: log}), finding.New(finding.Config{DB: d, Log: log, Links: links})
	risks := risk.New(risk.Config{DB: d, Log: log, Findings: findings, Links: links, Evidence: items, Persons: persons, Operation: stands.Operating})
	devices, err := device.New(device.Config{DB: d, Log: log, Results: results, KeyDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	guard, err := notify.NewGuard(nil)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := seal.Open(t.TempDir(), source.SealKey, source.SealKeyCure)
	if err != nil {
		t.Fatal(err)
	}
	monitors := monitor.New(monitor.Config{DB: d, Results: results, Links: links, People: persons, Parts: parts})
	s, err := New(Config{
		DB:          d,
		Access:      accounts,
		People:      persons,
		Controls:    controls,
		Crosswalk:   links,
		Library:     crosswalk.Shipped(),
		Policies:    policies,
		Systems:     systems,
		Vendors:     vendors,
		Devices:     devices,
		Hosts:       osquery.New(osquery.Config{DB: d, Log: log, Devices: devices}),
		Sources:     source.NewStore(source.Config{DB: d, Log: log, Devices: devices, Seal: sources, Guard: guard, HTTP: guard.Client(time.Second), Machine: accounts.Machine}),
		Findings:    findings,
		Risks:       risks,
		ISMS:        isms.New(isms.Config{DB: d, Log: log, Controls: controls, Crosswalk: links, Evidence: items, Approvals: approval.New(d, log), Policies: policies, Systems: systems, Vendors: vendors, Findings: findings, Risks: risks, Judge: stands, Joiners: joiners, Monitor: monitors, Results: results}),
		Evidence:    items,
		Samples:     samples,
		Results:     results,
		Gaps:        gap.New(gap.Config{DB: d, Log: log, Controls: controls, Crosswalk: links, Policies: policies, Risks: risks, Findings: findings, Judge: stands}),
		Standing:    stands,
		Monitor:     monitors,
		Training:    trainings,
		Connections: training.NewConnections(training.ConnectionsConfig{DB: d, Log: log, Training: trainings, Seal: sealer, Dial: dial}),
		Joiners:     joiners,
		Report:      report.New(report.Config{DB: d, Log: log, Keeper: keeper, Access: accounts, Controls: controls, Evidence: items, Samples: samples, Results: results, Standing: stands}),
		Tasks:       task.NewStore(d, log),
		Approvals:   approval.New(d, log),
		Outbox:      outbox,
		Trail:       trail.New(trail.Config{DB: d, Ledger: log, Keeper: keeper, Outbox: outbox}),
		API:         api.New(api.Config{DB: d, Access: accounts, People: persons, Controls: controls, Crosswalk: links}),
		Runner:      runner,
		Version:     "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	token, needed, err := accounts.FirstRun(t.Context(), s.Now())
	if err != nil || !needed {
		t.Fatal("first run:", needed, err)
	}
	st := &site{t: t, Server: s, url: srv.URL, first: token, keys: keys}
	st.client = st.browser()
	return st
}

func (s *site) browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is what came back.
type answer struct {
	Status int
	Body   string
	To     string // Location
	Header http.Header
}

func (s *site) send(c *http.Client, req *http.Request) answer {
	s.t.Helper()
	res, err := c.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, string(body), res.Header.Get("Location"), res.Header}
}

func (s *site) get(path string) answer {
	s.t.Helper()
	req, _ := http.NewRequest(http.MethodGet, s.url+path, nil)
	return s.send(s.client, req)
}

// post sends a form; the values come in pairs.
func (s *site) post(path string, pairs ...string) answer {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req, _ := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.send(s.client, req)
}

// upload sends a file.
func (s *site) upload(path, name string, data []byte) answer {
	s.t.Helper()
	var body strings.Builder
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("file", name)
	part.Write(data)
	form.Close()
	req, _ := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(body.String()))
	req.Header.Set("Content-Type", form.FormDataContentType())
	return s.send(s.client, req)
}

const passphrase = "seven small boats at noon"

// settle makes the organisation "Meridian Cloud" through the form of the first run.
func (s *site) settle() {
	s.t.Helper()
	a := s.post("/first-run", "token", s.first, "organisation", "Meridian Cloud", "name", "Ada Quist", "email", "ada@meridian.example", "passphrase", passphrase)
	if a.Status != http.StatusSeeOther {
		s.t.Fatalf("first run: %d %s", a.Status, a.Body)
	}
}

// fill brings in people, controls and two frameworks through the pages.
func (s *site) fill() {
	s.t.Helper()
	s.settle()
	a := s.upload("/o/meridian-cloud/people/import", "people.csv", read(s.t, "testdata/people.csv"))
	s.expect(a, http.StatusOK)
	a = s.post("/o/meridian-cloud/people/import/confirm", "upload", between(a.Body, `name="upload" value="`, `"`))
	s.expect(a, http.StatusSeeOther)
	a = s.upload("/o/meridian-cloud/import", "inventory.csv", read(s.t, "testdata/inventory.csv"))
	s.expect(a, http.StatusSeeOther)
	s.expect(s.get(a.To), http.StatusOK)
	s.expect(s.post(a.To+"/confirm"), http.StatusSeeOther)
	s.expect(s.post("/o/meridian-cloud/frameworks/iso27001-2022/enable"), http.StatusSeeOther)
	s.expect(s.post("/o/meridian-cloud/frameworks/nist-csf-2.0/enable"), http.StatusSeeOther)
}

func (s *site) expect(a answer, status int) {
	s.t.Helper()
	if a.Status != status {
		s.t.Fatalf("status %d, want %d: %.2000s", a.Status, status, a.Body)
	}
}

// admin is the administrator of Meridian Cloud, for what the pages cannot do.
func (s *site) admin() access.Actor {
	s.t.Helper()
	account, err := s.Access.AccountByEmail(context.Background(), "ada@meridian.example")
	if err != nil {
		s.t.Fatal(err)
	}
	who, err := s.Access.Enter(context.Background(), account, "meridian-cloud")
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}
