package demo

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/cadence"
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
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/standing"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// meridian is the demonstration company as a test asks it.
type meridian struct {
	Stores
	t     *testing.T
	d     *db.DB
	log   *ledger.Log
	who   access.Actor
	stand *standing.Store
	now   time.Time
	token string // for the first organisation
}

const passphrase = "a passphrase for a test"

// empty opens the stores of an installation that nobody uses yet.
func empty(t *testing.T, d *db.DB, now time.Time) *meridian {
	t.Helper()
	m := &meridian{t: t, d: d, log: ledger.New(), now: now}
	ctx, dir := t.Context(), t.TempDir()
	accounts, err := access.New(access.Config{DB: m.d, Ledger: m.log, KeyDir: dir, Cost: access.Cost{KiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(ctx, blob.Config{DataDir: dir}, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := job.New(ctx, job.Config{DB: m.d, Log: slog.New(slog.DiscardHandler)}); err != nil { // it makes the tables of the outbox
		t.Fatal(err)
	}
	s := Stores{Access: accounts, People: people.New(m.d, m.log), Controls: control.New(m.d, m.log, accounts), Keeper: ledger.NewKeeper(m.d, dir)}
	s.Crosswalk = crosswalk.NewStore(m.d, m.log, s.Controls, crosswalk.Shipped)
	s.Results = result.New(m.d, m.log, s.Crosswalk)
	if s.Devices, err = device.New(device.Config{DB: m.d, Log: m.log, Results: s.Results, KeyDir: dir}); err != nil {
		t.Fatal(err)
	}
	s.Samples = audit.New(m.d, m.log, s.Keeper)
	s.Evidence = evidence.New(evidence.Config{DB: m.d, Log: m.log, Controls: s.Controls, Links: s.Crosswalk, Blobs: blobs, Persons: s.People})
	s.Policies = policy.New(policy.Config{DB: m.d, Log: m.log, Blobs: blobs, Links: s.Crosswalk, Evidence: s.Evidence, Persons: s.People})
	s.Training = training.New(training.Config{DB: m.d, Log: m.log, People: s.People, Evidence: s.Evidence, Base: "https://toucan.example"})
	s.Connections = training.NewConnections(training.ConnectionsConfig{DB: m.d, Log: m.log, Training: s.Training})
	s.Joiners = joiner.New(joiner.Config{DB: m.d, Log: m.log, Evidence: s.Evidence, Facts: []joiner.Facts{policy.Standings, s.Training.Standings}})
	s.Monitor = monitor.New(monitor.Config{DB: m.d, Results: s.Results, Links: s.Crosswalk, People: s.People, Parts: []monitor.Part{
		{Tables: policy.Tables(), Ask: policy.Standings}, {Tables: training.Tables(), Ask: s.Training.Standings}, {Tables: joiner.Tables(), Ask: s.Joiners.Standings}}})
	m.stand = standing.New(standing.Stores{DB: m.d, Access: accounts, Controls: s.Controls, Crosswalk: s.Crosswalk, Evidence: s.Evidence, Audit: s.Samples, Results: s.Results})
	s.Standing, s.Approvals = m.stand, approval.New(m.d, m.log)
	s.Systems = system.New(system.Config{DB: m.d, Log: m.log, Links: s.Crosswalk, Filler: policy.Filler})
	s.Vendors = vendor.New(vendor.Config{DB: m.d, Log: m.log})
	s.Findings = finding.New(finding.Config{DB: m.d, Log: m.log, Links: s.Crosswalk})
	s.Risks = risk.New(risk.Config{DB: m.d, Log: m.log, Findings: s.Findings, Links: s.Crosswalk, Evidence: s.Evidence, Persons: s.People, Operation: m.stand.Operating})
	s.ISMS = isms.New(isms.Config{DB: m.d, Log: m.log, Controls: s.Controls, Crosswalk: s.Crosswalk, Evidence: s.Evidence, Approvals: s.Approvals, Policies: s.Policies, Systems: s.Systems, Vendors: s.Vendors,
		Findings: s.Findings, Risks: s.Risks, Judge: m.stand, Joiners: s.Joiners, Monitor: s.Monitor, Results: s.Results})
	s.Gaps = gap.New(gap.Config{DB: m.d, Log: m.log, Controls: s.Controls, Crosswalk: s.Crosswalk, Policies: s.Policies, Risks: s.Risks, Findings: s.Findings, Judge: m.stand})
	s.Forget = func(ctx context.Context, org string, kinds ...string) error {
		return job.Forget(ctx, m.d, org, kinds...)
	}
	m.Stores = s
	var needed bool
	if m.token, needed, err = accounts.FirstRun(ctx, now); err != nil || !needed {
		t.Fatalf("first run: %v, needed %t", err, needed)
	}
	return m
}

// seed enters the company and signs its administrator in.
func (m *meridian) seed() {
	m.t.Helper()
	ctx := m.t.Context()
	if done, err := Seed(ctx, m.Stores, m.token, passphrase, m.now); err != nil || !done {
		m.t.Fatalf("seed: %t, %v", done, err)
	}
	in, err := m.Access.SignIn(ctx, access.Credentials{Email: Email, Passphrase: passphrase}, access.Client{IP: "127.0.0.1"}, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	if m.who, err = m.Access.Enter(ctx, in.Account, Slug); err != nil {
		m.t.Fatal(err)
	}
}

// seeded is the company as of a day.
func seeded(t *testing.T, d *db.DB, now time.Time) *meridian {
	t.Helper()
	m := empty(t, d, now)
	m.seed()
	return m
}

// findings are what an auditor who asks would write down, by control: everything of
// a control that operates which is not as it should be.
func (m *meridian) findings(a standing.Asked) []string {
	m.t.Helper()
	book, err := m.stand.Open(m.t.Context(), m.who, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	answer := book.Answer(a, m.now)
	clock := func(x posture.Moment) string {
		at := x.Time()
		return at.In(book.Zones.Of(book.Zones.DateOf(at))).Format("2006-01-02 15:04")
	}
	var out []string
	for i := range book.Operations {
		o := &book.Operations[i]
		if book.Lives[i].Status != control.Operated {
			if answer.States[i] != posture.Unknown {
				m.t.Errorf("%s is %s and is found %s", o.Code, book.Lives[i].Status, answer.States[i])
			}
			continue
		}
		f := answer.Judge.Of(o)
		n := len(out)
		for _, x := range f.Occurrences {
			if x.Outcome == posture.Missed || x.Outcome == posture.Late {
				out = append(out, fmt.Sprintf("%s %s: %s", o.Code, x.Outcome, x.Period))
			}
		}
		for _, h := range f.Holes {
			out = append(out, fmt.Sprintf("%s %s: %s to %s", o.Code, h.Cause, clock(h.From), clock(h.To)))
		}
		for _, x := range f.Failures {
			out = append(out, fmt.Sprintf("%s failed: %s %s to %s", o.Code, x.Test, clock(x.From), clock(x.To)))
		}
		for _, x := range f.Samples {
			if x.Exceptions > 0 || !x.Covers {
				out = append(out, fmt.Sprintf("%s sample: %d of %d of %s, %s", o.Code, x.Exceptions, x.Tested, x.Population, x.Window))
			}
		}
		if good := f.State == posture.Effective || f.State == posture.NotYetDue; good != (len(out) == n) || f.State != answer.States[i] {
			m.t.Errorf("%s is found %s (%s) for %q", o.Code, f.State, answer.States[i], out[n:])
		}
	}
	return out
}

func (m *meridian) finds(about string, a standing.Asked, want []string) {
	m.t.Helper()
	if got := m.findings(a); !slices.Equal(got, want) {
		m.t.Errorf("%s, %s, known on %s, finds\n  %s\nwant\n  %s", about, a.Window, a.Known, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestTheWindowFindsExactlyTheFlaws asks on 26 November 2026 at noon. The history
// begins fourteen months before the present one, on 1 September 2025; the quarters
// that ended before November are, the last first, July, April, January and October.
// What has to be found follows from flaws.go and the calendar:
//
//   - AC-04: three quarters are called first to last (0, 1, 2); 2 is January to March
//     2026. It is over, no review was filed for it, and there is no day of grace: missed.
//   - VU-01: the fifth month before November is June 2026. Its scan was made on
//     6 July and says that it is about June, whose last day in time was 30 June: late.
//   - BC-03: the test of April to June was due ten days after the first, on 11 April, a
//     Saturday, and so was made on Friday the 10th. It says that it holds for 120 days:
//     20 days are left of April, 31 in May, 30 in June, 31 in July, so the 120th day is
//     8 August. The next was made 83 days after 1 July, on Tuesday 22 September. Between the two nothing may be relied on, to the minute
//     at which both were captured. The tests before overlap: 10 November holds until
//     10 March, that of 2 March until 30 June.
//   - AC-06: the sixth month, with number 5, is February 2026. Both tests fell silent
//     on the 9th at noon and came back on the 18th at half past nine.
//   - AC-03: the first population is of November 2025 to April 2026, months 2 to 7;
//     one of its nine leavers is the exception.
//
// Nothing else went wrong. The twelve months to 31 October and those to yesterday, the
// 25th, hold all five. The six months from 1 May on hold neither the first quarter nor
// February nor the first population, so only two of them are found.
func TestTheWindowFindsExactlyTheFlaws(t *testing.T) { dbtest.Each(t, findsExactlyTheFlaws) }

func findsExactlyTheFlaws(t *testing.T, d *db.DB) {
	m := seeded(t, d, time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	const (
		sample = "AC-03 sample: 1 of 9 of Leavers, first half of the window, 2025-11-01 to 2026-04-30"
		review = "AC-04 missed: 2026-01-01 to 2026-03-31"
		link   = "AC-06 silent: 2026-02-09 12:00 to 2026-02-18 09:30"
		lapse  = "BC-03 lapsed: 2026-08-08 12:57 to 2026-09-22 12:10"
		late   = "VU-01 late: 2026-06-01 to 2026-06-30"
	)
	on := cadence.On
	year := cadence.Days{From: on(2025, 11, 1), To: on(2026, 10, 31)}
	m.finds("the last twelve whole months", standing.Asked{Window: year}, []string{sample, review, link, lapse, late})
	m.finds("the twelve months to yesterday", standing.Asked{Window: cadence.Days{From: on(2025, 11, 26), To: on(2026, 11, 25)}}, []string{sample, review, link, lapse, late})
	m.finds("all of the history", standing.Asked{Window: cadence.Days{From: on(2025, 9, 1), To: on(2026, 11, 25)}},
		[]string{sample, review, link, "AM-06 failed: device.disk-encrypted 2025-10-05 08:00 to 2025-10-09 08:00", lapse, late})
	m.finds("the last six whole months", standing.Asked{Window: cadence.Days{From: on(2026, 5, 1), To: on(2026, 10, 31)}}, []string{lapse, late})
	m.finds("the second quarter", standing.Asked{Window: cadence.Days{From: on(2026, 4, 1), To: on(2026, 6, 30)}}, []string{sample, late})

	// On 3 July the scan of June was not there yet, and nobody could know that it was
	// to come. On 6 July in the evening it was.
	half := cadence.Days{From: on(2025, 10, 1), To: on(2026, 6, 30)}
	failed := "AM-06 failed: device.disk-encrypted 2025-10-05 08:00 to 2025-10-09 08:00"
	m.finds("as known before the late scan", standing.Asked{Window: half, Known: on(2026, 7, 3)}, []string{sample, review, link, failed, "VU-01 missed: 2026-06-01 to 2026-06-30"})
	m.finds("as known after it", standing.Asked{Window: half, Known: on(2026, 7, 6)}, []string{sample, review, link, failed, late})
	m.finds("as known before the auditor judged", standing.Asked{Window: cadence.Days{From: on(2025, 11, 1), To: on(2026, 4, 30)}, Known: on(2026, 5, 5)}, []string{review, link})

	for _, family := range []posture.Accepts{posture.ByISO, posture.ByOthers} {
		m.finds("for one family of frameworks", standing.Asked{Window: year, Accepts: family}, []string{sample, review, link, lapse, late})
	}
	// Nothing that operates is without proof: of 106 controls 87 are said to operate, five
	// of them have the findings, and nobody says it of the other 19.
	book, err := m.stand.Open(t.Context(), m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range []posture.Accepts{0, posture.ByISO, posture.ByOthers} {
		n := map[posture.State]int{}
		for _, state := range book.Answer(standing.Asked{Window: year, Accepts: family}, m.now).States {
			n[state]++
		}
		if want := (map[posture.State]int{posture.Effective: 82, posture.Exceptions: 3, posture.Gap: 2, posture.Unknown: 19}); !maps.Equal(n, want) {
			t.Errorf("for family %d controls are %v, want %v", family, n, want)
		}
	}
	t.Run("the desk", m.desk)
	t.Run("the people", m.staff)
	t.Run("the policies", m.documents)
	t.Run("the log", m.logged)
}

// staff looks how everybody stands. Of the 120 of the register five have left (three
// of the list, and the two whose end follows the day of seeding; who came back has
// not), one has not begun, two are on leave, one is out of scope and one is a machine:
// 110 work here. Policies are asked of those and of the two on leave. Training done
// counts through a leave; it is missing for the two who were left out of the last
// list and for the joiner who is behind, due for the newcomer, who was reset, and
// three whose year ended this month. Six joined since July and six leave or left.
func (m *meridian) staff(t *testing.T) {
	ctx := t.Context()
	board, err := m.Monitor.Board(ctx, m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	all, err := m.People.List(ctx, m.who)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, p := range all {
		row, _ := board.Find(p.ID)
		got[string(row.Status)]++
		for _, s := range row.Standings() {
			if s.State != people.NotAsked {
				got[string(s.Check)+" "+string(s.State)]++
			}
		}
	}
	want := map[string]int{
		"current": 110, "former": 5, "future": 1, "on_leave": 2, "out_of_scope": 1, "service": 1,
		"people.policies done": 46, "people.policies due": 60, "people.policies missing": 3, "people.policies excluded": 1, "people.policies paused": 2,
		"people.training-security done": 103, "people.training-security due": 5, "people.training-security missing": 3, "people.training-security excluded": 1,
		"people.background done": 4, "people.background due": 1, "people.background missing": 1,
		"people.joining done": 3, "people.joining due": 2, "people.joining missing": 1,
		"people.leaving done": 5, "people.leaving due": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("people stand\n  %v\nwant\n  %v", got, want)
	}
	rows, err := m.Joiners.Overview(ctx, m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, r := range rows.Rows {
		if r.List != joiner.Leaving || r.State != joiner.Done {
			continue
		}
		if left++; r.Removed.Timing != joiner.InTime {
			t.Errorf("the access of %s was removed %s", r.Name, r.Removed.Timing)
		}
	}
	if left == 0 {
		t.Error("nobody left")
	}
}

// documents looks how the policies stand: of 26 templates for what the company
// follows three are on their way, and of its own three one was archived.
func (m *meridian) documents(t *testing.T) {
	ctx := t.Context()
	list, err := m.Policies.List(ctx, m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range list {
		switch {
		case !e.ArchivedAt.IsZero():
			got["archived"]++
		case e.InForce.ID != "":
			got["in force"]++
		}
		if e.Next.ID != "" {
			got[string(e.Next.State)]++
		}
		if e.InForce.Major == 2 {
			got["second"]++
		}
		if e.ReviewDue.Known() && e.ReviewDue < cadence.DateOf(m.now, time.UTC) {
			got["overdue"]++
		}
	}
	if want := (map[string]int{"archived": 1, "in force": 25, "draft": 1, "in_approval": 1, "approved": 1, "second": 1, "overdue": 1}); !maps.Equal(got, want) {
		t.Errorf("policies stand %v, want %v", got, want)
	}
	clashes, err := m.Policies.Conflicts(ctx, m.who, nil)
	if err != nil {
		t.Fatal(err)
	}
	settled := map[bool]int{}
	for _, c := range clashes {
		settled[c.Settled()]++
	}
	if settled[true] != 3 || settled[false] != 2 { // the standard against three policies, the runbook against two
		t.Errorf("conflicts: %v", settled)
	}
}

// isoOnly counts the items of kinds that prove nothing to a SOC 2 examiner: two versions
// of the statement, two audit reports, one set of minutes, and of the records the scope,
// the context, the programme, the log of nonconformities and the register of documents.
const isoOnly = 2 + 2 + 1 + 5

// desk is what waits for somebody, and what became of single items.
func (m *meridian) desk(t *testing.T) {
	ctx := t.Context()
	requests, err := m.Evidence.Requests(ctx, m.who, evidence.RequestFilter{})
	if err != nil {
		t.Fatal(err)
	}
	states := map[evidence.RequestState]int{}
	overdue := 0
	for _, r := range requests {
		states[r.State]++
		if r.Overdue(cadence.DateOf(m.now, time.UTC)) {
			overdue++
		}
	}
	if states[evidence.Open] != 3 || states[evidence.Satisfied] != 1 || overdue != 1 {
		t.Errorf("requests: %v, %d overdue", states, overdue)
	}
	holds, err := m.Evidence.Holds(ctx, m.who)
	if err != nil || len(holds) != 1 {
		t.Errorf("holds: %v, %v", holds, err)
	}
	counted := map[string]int{}
	f := evidence.Filter{Superseded: true, Erased: true}
	for {
		page, err := m.Evidence.List(ctx, m.who, f, m.now)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Items {
			counted["all"]++
			switch {
			case i.Erased != nil:
				counted["erased"]++
			case i.SupersededBy != "":
				counted["superseded"]++
			case i.Review == evidence.Unreviewed && i.Source == evidence.Person:
				counted["waiting"]++
			case i.Review == evidence.Unreviewed:
				counted["from "+string(i.Source)]++
			}
			if l := i.LapsesAt(); l.After(m.now) && l.Before(m.now.AddDate(0, 0, 30)) {
				counted["lapsing"]++
			}
			if k, _ := control.Shipped().Kind(i.Kind); k.CarriesToISO == "iso-only" {
				counted["iso-only"]++
			}
		}
		if f.After = page.Next; f.After == "" {
			break
		}
	}
	if counted["waiting"] != 2 || counted["superseded"] != 1 || counted["erased"] != 1 || counted["lapsing"] != 1 || counted["iso-only"] != isoOnly || counted["all"] < 250 {
		t.Errorf("items: %v", counted)
	}
}

// logged looks whether the log is whole and was signed month by month.
func (m *meridian) logged(t *testing.T) {
	ctx := t.Context()
	if err := m.log.Verify(ctx, m.d, m.who.Org()); err != nil {
		t.Error(err)
	}
	h, err := m.Keeper.Health(ctx, m.who.Org())
	if err != nil || h.Refusal != nil || h.Last == nil {
		t.Fatalf("the log refuses to sign: %+v, %v", h, err)
	}
	if h.Last.Behind != 0 || h.Since() > 1 {
		t.Errorf("the last checkpoint is %v behind, and %d leaves are not under it", h.Last.Behind, h.Since())
	}
	if _, err := m.Keeper.Sign(ctx, m.who.Org(), 1, m.now); err != nil {
		t.Error(err)
	}
}

// TestTheFlawsMoveWithTheDay seeds on days on which calendars go wrong. The same
// five things have to be found, whatever the quarters and months are.
func TestTheFlawsMoveWithTheDay(t *testing.T) {
	for name, now := range map[string]time.Time{
		"leap day":                     time.Date(2028, 2, 29, 8, 30, 0, 0, time.UTC),
		"the clocks go forward":        time.Date(2027, 3, 28, 1, 30, 0, 0, time.UTC),
		"minutes after a year's start": time.Date(2026, 12, 31, 23, 20, 0, 0, time.UTC), // 00:20 in Copenhagen
	} {
		t.Run(name, func(t *testing.T) {
			m := seeded(t, dbtest.SQLite(t), now)
			c, err := newCalendar(now)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range []cadence.Days{{From: c.month(2).From, To: c.month(13).To}, {From: c.today.AddMonths(-12), To: c.yesterday}} {
				var shape []string
				for _, f := range m.findings(standing.Asked{Window: w}) {
					what, _, _ := strings.Cut(f, ":")
					shape = append(shape, what)
				}
				if want := []string{"AC-03 sample", "AC-04 missed", "AC-06 silent", "BC-03 lapsed", "VU-01 late"}; !slices.Equal(shape, want) {
					t.Errorf("%s finds %q, want %q", w, m.findings(standing.Asked{Window: w}), want)
				}
			}
			m.logged(t)
		})
	}
}

func TestMeridianIsEnteredThroughTheStores(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	m := empty(t, dbtest.SQLite(t), now)
	m.Evidence = nil // people and controls alone
	m.seed()
	list, err := m.Controls.List(ctx, m.who, control.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	staff, err := m.People.List(ctx, m.who)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 106 || len(staff) != 117 { // three of the 120 start later than the history
		t.Errorf("%d controls and %d people, want 106 and 117", len(list), len(staff))
	}
	byStatus := map[control.Status]int{}
	for _, c := range list {
		byStatus[c.Status]++
		if c.Owner == "" || c.Statement == "" {
			t.Errorf("%s has owner %q and statement %q", c.Code, c.Owner, c.Statement)
		}
	}
	if byStatus[control.Operated] != 87 || byStatus[control.OnPaper] == 0 || byStatus[control.Planned] == 0 {
		t.Errorf("declared: %v; the company should have gaps", byStatus)
	}
	with, err := m.Crosswalk.StackAt(ctx, m.who, now)
	if err != nil {
		t.Fatal(err)
	}
	stands := map[crosswalk.State]int{}
	for _, e := range with.Rows("soc2-2017", "iso27001-2022") {
		stands[with.Status(e).State]++
	}
	if stands[crosswalk.Confirmed] != 2 || stands[crosswalk.Challenged] != 2 || stands[crosswalk.Suggested] != 1 {
		t.Errorf("rows stand as %v", stands)
	}
	without, err := crosswalk.Shipped().Stack(with.IDs)
	if err != nil {
		t.Fatal(err)
	}
	r := without.Relate("soc2-2017", "iso27001-2022")
	for p := range with.Relate("soc2-2017", "iso27001-2022").All() {
		if q, _ := r.Pair(p.Source.ID, p.Target.ID); p != q && !p.Candidate {
			t.Errorf("the decisions turn %+v into %+v: the figures of the documentation rest on the sets alone", q, p)
		}
	}
	size, _, err := m.log.Root(ctx, m.d, m.who.Org())
	if err != nil {
		t.Fatal(err)
	}
	if size < int64(len(list)+len(staff)) {
		t.Errorf("the log has %d leaves for %d controls and %d people", size, len(list), len(staff))
	}
	if err := m.log.Verify(ctx, m.d, m.who.Org()); err != nil {
		t.Error(err)
	}
}

func TestSeedLeavesAnInstallationAlone(t *testing.T) {
	if done, err := Seed(t.Context(), Stores{}, "", "", time.Time{}); done || err != nil {
		t.Errorf("seeded %t, %v; without a first-run token somebody is already there", done, err)
	}
}

// TestSeedingThatWasInterruptedIsNoticed ends the seeding while it is under way.
func TestSeedingThatWasInterruptedIsNoticed(t *testing.T) {
	m := empty(t, dbtest.SQLite(t), time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	whole := m.Crosswalk
	m.Crosswalk = crosswalk.NewStore(m.d, m.log, m.Controls, func() *crosswalk.Library { return &crosswalk.Library{} }) // knows no framework
	if done, err := Seed(t.Context(), m.Stores, m.token, passphrase, m.now); done || err == nil {
		t.Fatalf("seeded %t, %v", done, err)
	}
	m.Crosswalk = whole
	account, err := m.Access.AccountByEmail(t.Context(), Email)
	if err != nil {
		t.Fatal(err)
	}
	if err := Whole(t.Context(), m.Stores, account); err == nil || problem.Of(err).Code != problem.Conflict {
		t.Errorf("half a company is said to be whole: %v", err)
	}
	other := empty(t, dbtest.SQLite(t), m.now)
	other.Evidence = nil
	other.seed()
	if account, err = other.Access.AccountByEmail(t.Context(), Email); err != nil {
		t.Fatal(err)
	}
	if err := Whole(t.Context(), other.Stores, account); err != nil {
		t.Error(err)
	}
}
