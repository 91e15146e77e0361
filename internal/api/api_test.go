package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/seal"
	"github.com/toucan-grc/toucan/internal/standing"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/trail"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/vendor"
	"github.com/toucan-grc/toucan/internal/wire"
)

var update = flag.Bool("update", false, "write what is compared")

const passphrase = "four heavy wooden boats"

// site is the API over real stores, with two organisations.
type site struct {
	*Server
	t      testing.TB
	log    *ledger.Log
	now    time.Time
	admin  access.Account
	boss   access.Actor // administrator of meridian, as a person
	token  string       // of the administrator, with everything
	ann    people.Person
	laptop string            // id of a device that Intune spoke of
	cycle  map[string]string // what a path of the management system can name
	proof  string            // id of evidence, where a test files some
	codes  map[string]string // an entry of each register, where a test keeps some
}

func init() { dbtest.Also("jobs", job.Migrate) }

func newSite(t testing.TB) *site { return newSiteOn(t, dbtest.SQLite(t)) }

func newSiteOn(t testing.TB, d *db.DB) *site {
	t.Helper()
	s := &site{t: t, log: ledger.New(), now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	accounts, err := access.New(access.Config{DB: d, Ledger: s.log, KeyDir: t.TempDir(), Cost: access.Cost{KiB: 64, Passes: 1, Threads: 1}})
	s.must(err)
	controls := control.New(d, s.log, accounts)
	_, err = job.New(t.Context(), job.Config{DB: d}) // the tables that events wait in
	s.must(err)
	blobs, err := blob.Open(t.Context(), blob.Config{DataDir: t.TempDir()}, s.now)
	s.must(err)
	persons, links := people.New(d, s.log), crosswalk.NewStore(d, s.log, controls, crosswalk.Shipped)
	keeper := ledger.NewKeeper(d, t.TempDir())
	samples := audit.New(d, s.log, keeper)
	results := result.New(d, s.log, links)
	proofs := evidence.New(evidence.Config{DB: d, Log: s.log, Controls: controls, Links: links, Blobs: blobs, Persons: persons})
	stand := standing.New(standing.Stores{DB: d, Access: accounts, Controls: controls, Crosswalk: links, Evidence: proofs, Results: results, Audit: samples})
	sealer, err := seal.Open(t.TempDir(), training.SealKey, training.SealKeyCure)
	s.must(err)
	trainings := training.New(training.Config{DB: d, Log: s.log, People: persons, Evidence: proofs, Base: "http://toucan.test"})
	devices, err := device.New(device.Config{DB: d, Log: s.log, Results: results, KeyDir: t.TempDir()})
	s.must(err)
	findings := finding.New(finding.Config{DB: d, Log: s.log, Links: links})
	s.Server = New(Config{
		Devices:     devices,
		Hosts:       osquery.New(osquery.Config{DB: d, Log: s.log, Devices: devices}),
		DB:          d,
		Access:      accounts,
		People:      persons,
		Controls:    controls,
		Crosswalk:   links,
		Evidence:    proofs,
		Results:     results,
		Standing:    stand,
		Monitor:     monitor.New(monitor.Config{DB: d, Results: results, Links: links, People: persons}),
		Systems:     system.New(system.Config{DB: d, Log: s.log, Links: links, Filler: policy.Filler}),
		Vendors:     vendor.New(vendor.Config{DB: d, Log: s.log}),
		Findings:    findings,
		Risks:       risk.New(risk.Config{DB: d, Log: s.log, Findings: findings, Links: links, Evidence: proofs, Persons: persons, Operation: stand.Operating}),
		Policies:    policy.New(policy.Config{DB: d, Log: s.log, Blobs: blobs, Links: links, Evidence: proofs, Persons: persons}),
		Training:    trainings,
		Connections: training.NewConnections(training.ConnectionsConfig{DB: d, Log: s.log, Training: trainings, Seal: sealer}),
		Report:      report.New(report.Config{DB: d, Log: s.log, Keeper: keeper, Access: accounts, Controls: controls, Evidence: proofs, Samples: samples, Results: results, Standing: stand, Version: "test"}),
		Trail:       trail.New(trail.Config{DB: d, Ledger: s.log, Keeper: keeper}),
		Now:         func() time.Time { return s.now },
	})
	s.ISMS = isms.New(isms.Config{DB: d, Log: s.log, Controls: controls, Crosswalk: links, Evidence: proofs, Approvals: approval.New(d, s.log), Policies: s.Policies, Systems: s.Systems, Vendors: s.Vendors,
		Findings: findings, Risks: s.Risks, Judge: stand, Joiners: joiner.New(joiner.Config{DB: d, Log: s.log, Evidence: proofs}), Monitor: s.Monitor, Results: results})
	s.Gaps = gap.New(gap.Config{DB: d, Log: s.log, Controls: controls, Crosswalk: links, Policies: s.Policies, Risks: s.Risks, Findings: findings, Judge: stand})
	first, _, err := accounts.FirstRun(t.Context(), s.now)
	s.must(err)
	in, err := accounts.CreateFirst(t.Context(), access.First{Token: first, Organisation: "Meridian", Slug: "meridian", Name: "Ada", Email: "ada@meridian.test", Passphrase: passphrase}, access.Client{IP: "192.0.2.1"}, s.now)
	s.must(err)
	s.admin = in.Account
	s.boss, err = accounts.Enter(t.Context(), in.Account, "meridian")
	s.must(err)
	_, err = accounts.CreateOrganisation(t.Context(), in.Account, "Umbra", "umbra", s.now)
	s.must(err)
	s.token = s.newToken(s.boss, access.Grantable(access.Administrator), s.now.Add(24*time.Hour))
	s.ann, err = s.People.Add(t.Context(), s.boss, people.Person{Name: "Ann Example", Email: "ann@meridian.test"}, s.now)
	s.must(err)
	return s
}

// knowsADevice enters a device that Intune speaks of.
func (s *site) knowsADevice() {
	s.t.Helper()
	machine, err := s.Access.Machine(s.t.Context(), "meridian")
	s.must(err)
	taken, err := s.Devices.Take(s.t.Context(), machine, []device.Word{{Kind: device.Intune, Key: "one", Platform: wire.Windows, SeenAt: s.now, Results: []wire.Result{
		{Check: wire.DiskEncryption, Verdict: wire.Fail, Reason: wire.Suspended}, {Check: wire.Firewall, Verdict: wire.Pass},
	}}}, s.now)
	s.must(err)
	s.laptop = taken.Devices[0]
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) newToken(who access.Actor, scope []access.Action, until time.Time) string {
	s.t.Helper()
	secret, _, err := s.Access.CreateToken(s.t.Context(), who, access.NewToken{Name: "test", Scope: scope, ExpiresAt: until}, s.now)
	s.must(err)
	return secret
}

// member invites somebody and returns them as a person.
func (s *site) member(role access.Role, name string) access.Actor {
	s.t.Helper()
	email := strings.ToLower(name) + "@meridian.test"
	invite, _, err := s.Access.Invite(s.t.Context(), s.boss, email, role, s.now)
	s.must(err)
	in, err := s.Access.AcceptNew(s.t.Context(), invite, name, passphrase, access.Client{IP: name}, s.now)
	s.must(err)
	who, err := s.Access.Enter(s.t.Context(), in.Account, "meridian")
	s.must(err)
	return who
}

// call is one request.
type call struct {
	method, path string // the path is below /api/v1/o/meridian unless it starts with /api
	token        string // empty: the administrator's; "-": none
	body         any    // JSON, or an *upload
	header       map[string]string
}

type upload struct{ name, text string }

// form is a multipart form, part by part: a name, and text or a file.
type form []struct{ name, file, text string }

func partHeader(name, file string) textproto.MIMEHeader {
	about := fmt.Sprintf("form-data; name=%q", name)
	if file != "" {
		about += fmt.Sprintf("; filename=%q", file)
	}
	return textproto.MIMEHeader{"Content-Disposition": {about}}
}

// reply is what came back.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

func (s *site) call(c call) reply {
	s.t.Helper()
	var body io.Reader = http.NoBody
	kind := ""
	switch b := c.body.(type) {
	case nil:
	case *upload:
		var buf bytes.Buffer
		w := multipart.NewWriter(&buf)
		f, err := w.CreateFormFile("file", b.name)
		s.must(err)
		io.WriteString(f, b.text)
		s.must(w.Close())
		body, kind = &buf, w.FormDataContentType()
	case form:
		var buf bytes.Buffer
		w := multipart.NewWriter(&buf)
		for _, p := range b {
			part, err := w.CreatePart(partHeader(p.name, p.file))
			s.must(err)
			io.WriteString(part, p.text)
		}
		s.must(w.Close())
		body, kind = &buf, w.FormDataContentType()
	case string:
		body, kind = strings.NewReader(b), "application/json"
	default:
		raw, err := json.Marshal(b)
		s.must(err)
		body, kind = bytes.NewReader(raw), "application/json"
	}
	path := c.path
	if !strings.HasPrefix(path, "/api") {
		path = "/api/v1/o/meridian" + path
	}
	r := httptest.NewRequestWithContext(s.t.Context(), c.method, path, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	switch c.token {
	case "":
		r.Header.Set("Authorization", "Bearer "+s.token)
	case "-":
	default:
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code < 300 && w.Header().Get("Content-Type") == "application/json" && strings.Contains(w.Body.String(), ":null") {
		s.t.Errorf("%s %s answers null, and the description has none: %s", c.method, c.path, w.Body)
	}
	return reply{s.t, w.Code, w.Header(), w.Body.String()}
}

func (s *site) get(path string) reply { s.t.Helper(); return s.call(call{method: "GET", path: path}) }

// want fails the test unless the status is the one given.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

// into reads the answer.
func (r reply) into(v any) reply {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		r.t.Fatalf("%v in %s", err, r.body)
	}
	return r
}

func (r reply) problem() Problem {
	r.t.Helper()
	var p Problem
	r.into(&p)
	if r.header.Get("Content-Type") != "application/problem+json" || p.Status != r.status || p.Code == "" || p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Type, "/api#problem-") {
		r.t.Errorf("no problem document: %s %s", r.header.Get("Content-Type"), r.body)
	}
	return p
}

const inventoryText = "Code,Title,TSC criteria,Status,Owner\nAC-01,Named accounts,CC6.1; CC6.2,operated,ann@meridian.test\nAC-02,Access by role,CC6.3,on paper,Nobody Known\n"

func TestTheDescriptionIsTheCommittedOne(t *testing.T) {
	got, err := newSite(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("..", "..", "docs", "openapi.json")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Errorf("docs/openapi.json differs from the code, first at line %d:\n- %s\n+ %s\nIf that is meant: go test ./internal/api -run Description -update", i+1, a[i], b[i])
				break
			}
		}
		if t.Failed() {
			return
		}
		t.Errorf("docs/openapi.json has %d lines, the code gives %d. If that is meant: go test ./internal/api -run Description -update", len(a), len(b))
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	s := newSite(t)
	seen := map[string]bool{}
	for _, o := range operations() {
		key := o.Method + " " + o.Path
		if seen[key] || seen[o.ID] || seen[o.Summary] {
			t.Errorf("%s is there twice", key)
		}
		seen[key], seen[o.ID], seen[o.Summary] = true, true, true
		item := s.huma.OpenAPI().Paths[base+o.Path]
		if item == nil {
			t.Errorf("%s is in the table and not in the description", key)
			continue
		}
		op := map[string]any{"GET": item.Get, "POST": item.Post, "PUT": item.Put}[o.Method]
		if fmt.Sprint(op) == "<nil>" || o.Summary == "" || o.Tag == "" {
			t.Errorf("%s: %v", key, op)
		}
		if o.Action == "" && o.ID != "get-organisation" {
			t.Errorf("%s needs no action: only the organisation itself is for every token", key)
		}
		if o.Method == http.MethodGet && o.Action != "" && !o.Action.Reads() || o.Method != http.MethodGet && o.Action.Reads() {
			t.Errorf("%s needs %s: a reading operation needs a reading action, and the other way round", key, o.Action)
		}
	}
}
