package conformance

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/seal"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/trail"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/upload"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// outVariable names a file that gets the line about the engines as well, for a
// check that no engine was forgotten.
const outVariable = "TOUCAN_CONFORMANCE_OUT"

var (
	ranMu sync.Mutex
	ran   = map[string]bool{}
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(max(8, runtime.GOMAXPROCS(0)))); err != nil { // the tests mostly wait for a database
		panic(err)
	}
	code := m.Run()
	var engines []string
	for _, e := range []string{"sqlite", "postgres"} {
		if ran[e] {
			engines = append(engines, e)
		}
	}
	line := "conformance: engines " + strings.Join(engines, ",")
	fmt.Println(line)
	if os.Getenv(dbtest.Variable) == "" {
		fmt.Println("conformance: PostgreSQL was skipped: " + dbtest.Variable + " is not set.")
	}
	if out := os.Getenv(outVariable); out != "" {
		if err := os.WriteFile(out, []byte(line+"\n"), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func init() { dbtest.Also("jobs", job.Migrate) }

// now is when the tests take place.
var now = time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)

const passphrase = "four heavy wooden boats"

// house is all stores on one database, with two organisations: in "one" there is
// a member of every role, in "two" an administrator.
type house struct {
	d        *db.DB
	log      *ledger.Log
	access   *access.Store
	people   *people.Store
	controls *control.Store
	links    *crosswalk.Store
	uploads  *upload.Store
	samples  *audit.Store
	results  *result.Store
	monitor  *monitor.Store
	policies *policy.Store
	blobs    *blob.Store
	evidence *evidence.Store
	importer *crosswalk.Importer
	roll     *people.Importer
	keys     string // folder of the keeper
	keeper   *ledger.Keeper
	trail    *trail.Store
	runner   *job.Runner // prepared; work starts it
	jobs     *access.Jobs
	tasks    *task.Store
	joiners  *joiner.Store
	training *training.Store
	systems  *system.Store
	vendors  *vendor.Store
	devices  *device.Store
	findings *finding.Store
	risks    *risk.Store
	isms     *isms.Store
	gaps     *gap.Store

	connections *training.Connections
	dial        training.Dial // of the connections; a test sets it

	approvals *approval.Store
	outbox    *notify.Outbox // names a mail server nobody listens at: what is queued waits
	notices   *access.Notices
	reminders *task.Reminders
	reports   *report.Store

	admin    access.Account
	accounts map[access.Role]access.Account
	actors   map[access.Role]access.Actor // in one
	other    access.Actor                 // administrator of two
}

// client is another address each time, so that no rate limit is met by accident.
var clients atomic.Int64

func client() access.Client {
	n := clients.Add(1)
	return access.Client{IP: fmt.Sprintf("198.18.%d.%d", n/256, n%256), Agent: "test"}
}

// each runs body on every engine, beside the other tests.
func each(t *testing.T, body func(t *testing.T, h *house)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ranMu.Lock()
		ran[d.Engine()] = true
		ranMu.Unlock()
		body(t, newHouse(t, d))
	})
}

func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	h := &house{d: d, log: ledger.New(), accounts: map[access.Role]access.Account{}, actors: map[access.Role]access.Actor{}}
	var err error
	h.access, err = access.New(access.Config{DB: d, Ledger: h.log, KeyDir: t.TempDir(), Cost: access.Cost{KiB: 64, Passes: 1, Threads: 1}})
	must(t, err)
	h.keys = t.TempDir()
	h.keeper = ledger.NewKeeper(d, h.keys)
	h.samples = audit.New(d, h.log, h.keeper)
	server, err := notify.ParseServer("smtp://127.0.0.1:9?starttls=off", "toucan@one.test") // no test here delivers
	must(t, err)
	h.outbox, err = notify.OpenOutbox(notify.Config{DB: d, Server: server, KeyDir: t.TempDir()})
	must(t, err)
	h.trail = trail.New(trail.Config{DB: d, Ledger: h.log, Keeper: h.keeper, Outbox: h.outbox})
	h.people = people.New(d, h.log)
	h.controls = control.New(d, h.log, h.access)
	h.links = crosswalk.NewStore(d, h.log, h.controls, crosswalk.Shipped)
	h.uploads = upload.New(d)
	h.results = result.New(d, h.log, h.links)
	h.blobs, err = blob.Open(t.Context(), blob.Config{DataDir: t.TempDir()}, now)
	must(t, err)
	h.evidence = evidence.New(evidence.Config{DB: d, Log: h.log, Controls: h.controls, Links: h.links, Blobs: h.blobs, Persons: h.people})
	h.policies = policy.New(policy.Config{DB: d, Log: h.log, Blobs: h.blobs, Links: h.links, Evidence: h.evidence, Persons: h.people})
	h.importer = crosswalk.NewImporter(h.links, h.people, h.uploads)
	h.roll = people.NewImporter(h.people, h.uploads)
	h.runner, err = job.New(t.Context(), job.Config{DB: d})
	must(t, err)
	h.jobs = access.NewJobs(d, h.runner)
	h.tasks = task.NewStore(d, h.log)
	h.joiners = joiner.New(joiner.Config{DB: d, Log: h.log, Evidence: h.evidence})
	h.training = training.New(training.Config{DB: d, Log: h.log, People: h.people, Evidence: h.evidence})
	sealer, err := seal.Open(t.TempDir(), training.SealKey, training.SealKeyCure)
	must(t, err)
	h.connections = training.NewConnections(training.ConnectionsConfig{DB: d, Log: h.log, Training: h.training, Seal: sealer, Dial: func(c training.Connection, secret string) (training.Provider, error) { return h.dial(c, secret) }})
	h.monitor = monitor.New(monitor.Config{DB: d, Results: h.results, Links: h.links, People: h.people, Parts: []monitor.Part{
		{Tables: policy.Tables(), Ask: policy.Standings, Stood: policy.Stood, Shown: policy.Shown}, {Tables: training.Tables(), Ask: h.training.Standings, Shown: h.training.Shown}, {Tables: joiner.Tables(), Ask: h.joiners.Standings, Stood: h.joiners.Stood, Shown: h.joiners.Shown},
	}})
	h.approvals = approval.New(d, h.log)
	h.systems = system.New(system.Config{DB: d, Log: h.log, Links: h.links, Filler: policy.Filler})
	h.vendors = vendor.New(vendor.Config{DB: d, Log: h.log})
	h.devices, err = device.New(device.Config{DB: d, Log: h.log, Results: h.results, KeyDir: t.TempDir()})
	must(t, err)
	h.findings = finding.New(finding.Config{DB: d, Log: h.log, Links: h.links})
	h.risks = risk.New(risk.Config{DB: d, Log: h.log, Findings: h.findings, Links: h.links, Evidence: h.evidence, Persons: h.people, Operation: h.standing().Operating})
	h.isms = isms.New(isms.Config{DB: d, Log: h.log, Controls: h.controls, Crosswalk: h.links, Evidence: h.evidence, Approvals: h.approvals, Policies: h.policies, Systems: h.systems, Vendors: h.vendors, Findings: h.findings, Risks: h.risks, Judge: h.standing(), Joiners: h.joiners, Monitor: h.monitor, Results: h.results})
	h.notices = access.NewNotices(d, h.outbox)
	h.reminders = task.NewReminders(d, h.outbox, "https://toucan.test")
	h.reports = report.New(report.Config{DB: d, Log: h.log, Keeper: h.keeper, Access: h.access, Controls: h.controls, Evidence: h.evidence, Samples: h.samples, Results: h.results, Standing: h.standing(), Version: "test"})
	h.gaps = gap.New(gap.Config{DB: d, Log: h.log, Controls: h.controls, Crosswalk: h.links, Policies: h.policies, Risks: h.risks, Findings: h.findings, Judge: h.standing()})

	ctx := t.Context()
	token, needed, err := h.access.FirstRun(ctx, now)
	if must(t, err); !needed {
		t.Fatal("an empty database needs a first run")
	}
	in, err := h.access.CreateFirst(ctx, access.First{Token: token, Organisation: "One", Slug: "one", Name: "Ada Administrator", Email: "administrator@one.test", Passphrase: passphrase}, client(), now)
	must(t, err)
	h.admin = in.Account
	h.accounts[access.Administrator] = in.Account
	h.enter(t, access.Administrator, "one")
	for _, r := range access.Roles()[1:] {
		h.join(t, r, string(r)+"@one.test", "Person "+r.Label())
	}
	_, err = h.access.CreateOrganisation(ctx, h.admin, "Two", "two", now)
	must(t, err)
	h.other, err = h.access.Enter(ctx, h.admin, "two")
	must(t, err)
	return h
}

func (h *house) enter(t testing.TB, r access.Role, slug string) {
	t.Helper()
	a, err := h.access.Enter(t.Context(), h.accounts[r], slug)
	must(t, err)
	h.actors[r] = a
}

// join invites somebody to "one", who accepts.
func (h *house) join(t testing.TB, r access.Role, email, name string) access.Account {
	t.Helper()
	token, _, err := h.access.Invite(t.Context(), h.actors[access.Administrator], email, r, now)
	must(t, err)
	in, err := h.access.AcceptNew(t.Context(), token, name, passphrase, client(), now)
	must(t, err)
	if _, ok := h.accounts[r]; !ok {
		h.accounts[r] = in.Account
		h.enter(t, r, "one")
	}
	return in.Account
}

func (h *house) leaves(t testing.TB, org string) int64 {
	t.Helper()
	n, _, err := h.log.Root(t.Context(), h.d, org)
	must(t, err)
	return n
}

// kinds returns the kinds of the leaves from position from on.
func (h *house) kinds(t testing.TB, org string, from int64) []string {
	t.Helper()
	all, err := h.log.Records(t.Context(), h.d, org, from, 10_000)
	must(t, err)
	var out []string
	for _, r := range all {
		out = append(out, r.Kind)
	}
	return out
}

// rows counts the rows of every tenant table of an organisation.
func (h *house) rows(t testing.TB, org string) map[string]int {
	t.Helper()
	out := map[string]int{}
	err := h.d.Read(t.Context(), org, func(tx *db.Tx) error {
		for _, table := range tenantTables {
			var n int
			if err := tx.QueryRow(context.Background(), `SELECT count(*) FROM `+table+` WHERE org = $1`, org).Scan(&n); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
			out[table] = n
		}
		return nil
	})
	must(t, err)
	return out
}

var tenantTables = []string{
	"member",
	"invitation",
	"person",
	"person_span",
	"person_source",
	"people_group",
	"people_group_member",
	"person_exclusion",
	"policy",
	"policy_setting",
	"policy_version",
	"policy_act",
	"policy_review",
	"policy_acknowledgement",
	"policy_person",
	"policy_variable",
	"policy_rule",
	"policy_conflict_decision",
	"training_setting",
	"training_connection",
	"training_selection",
	"training_run",
	"training_trouble",
	"training_delivery",
	"training_batch",
	"training_completion",
	"training_reset",
	"training_known",
	"training_attempt",
	"training_answer",
	"training_lesson",
	"control",
	"control_version",
	"link",
	"link_change",
	"framework_change",
	"stack_change",
	"import_run",
	"edge_decision",
	"attestation",
	"written",
	"edition",
	"pin_change",
	"upgrade",
	"adoption",
	"upload",
	"api_token",
	"idempotency",
	"retirement",
	"merge_decision",
	"point_import",
	"point_of_focus",
	"organisation_zone",
	"population",
	"population_row",
	"sample_round",
	"sample_item",
	"sample_attribute",
	"sample_result",
	"sample_band",
	"person_account",
	"task",
	"task_change",
	"reminder",
	"task_preference",
	"reminder_setting",
	"notice",
	"approval_policy",
	"approval",
	"approval_decision",
	"evidence_blob",
	"evidence_request",
	"evidence_asked",
	"evidence_item",
	"evidence_file",
	"evidence_act",
	"evidence_tag",
	"evidence_hold",
	"evidence_retention",
	"result_series",
	"result_interval",
	"result_batch",
	"result_change",
	"test_assignment",
	"joiner_step",
	"joiner_setting",
	"joiner_run",
	"joiner_run_step",
	"joiner_run_item",
	"joiner_act",
	"background_check",
	"log_head",
	"log_leaf",
	"log_hash",
	"log_epoch",
	"log_checkpoint",
	"log_stamp",
	"log_anchor",
	"log_anchored",
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
