package demo

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/risk"
)

// TestTheCompanyIsSixMonthsIntoItsManagementSystem looks at what anybody would open
// there, and at what is missing on purpose.
func TestTheCompanyIsSixMonthsIntoItsManagementSystem(t *testing.T) {
	m := seeded(t, dbtest.SQLite(t), time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	for name, look := range map[string]func(*testing.T){"duties": m.held, "registers": m.registers, "scope": m.scoped, "objectives": m.measured, "risks": m.risky, "statement": m.applicable,
		"findings": m.found, "reviews": m.reviewed, "obligations": m.obliged, "mapping": m.mapped} {
		t.Run(name, look)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (m *meridian) today() cadence.Date { return cadence.DateOf(m.now, time.UTC) }

// The security office was handed over three months ago, and has one holder on every day.
func (m *meridian) held(t *testing.T) {
	d, err := m.People.Duties(t.Context(), m.who)
	if err != nil {
		t.Fatal(err)
	}
	was, is := d.Holders("security-officer", m.today().AddMonths(-4)), d.Holders("security-officer", m.today())
	if len(was) != 1 || len(is) != 1 || was[0] == is[0] {
		t.Errorf("the security office was held by %v and is by %v", was, is)
	}
	for _, role := range []string{"chief-executive", "privacy-officer", "engineering-lead", "people-lead", "ai-officer"} {
		if len(d.Holders(role, m.today())) != 1 {
			t.Errorf("%s is held by %v", role, d.Holders(role, m.today()))
		}
	}
	if n := len(d.Holders("leadership-team", m.today())); n < 3 {
		t.Errorf("the leadership team has %d members", n)
	}
}

// Thirteen systems of the list and the one that came three weeks ago; so for vendors.
// Commitments are those of the three categories of the report.
func (m *meridian) registers(t *testing.T) {
	systems := must[int](t)(count(m.Systems.Systems(t.Context(), m.who)))
	sites := must[int](t)(count(m.Systems.Sites(t.Context(), m.who)))
	assets := must[int](t)(count(m.Systems.Assets(t.Context(), m.who)))
	vendors := must[int](t)(count(m.Vendors.List(t.Context(), m.who)))
	if systems != 13+1 || sites != 3 || assets != 40 || vendors != 18+1 {
		t.Errorf("%d systems, %d sites, %d assets and %d vendors", systems, sites, assets, vendors)
	}
	list, err := m.Systems.Commitments(t.Context(), m.who)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Error("nobody adopted a commitment")
	}
	for _, c := range list {
		if c.Category == "privacy" || c.Category == "processing-integrity" || len(c.Unfilled) > 0 || c.Owner == "" {
			t.Errorf("%s: category %s, owner %q, not filled in %v", c.Code, c.Category, c.Owner, c.Unfilled)
		}
	}
}

func count[T any](list []T, err error) (int, error) { return len(list), err }

// Version 2 is in force beside the boundary. What the scope has beyond it was decided;
// nobody has decided about the service of three weeks ago.
func (m *meridian) scoped(t *testing.T) {
	b, err := m.ISMS.Scope(t.Context(), m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	if b.ISMS == nil || b.ISMS.Number != 2 || b.SOC2 == nil || b.SOC2.Number != 1 {
		t.Fatalf("in force: %+v and %+v", b.ISMS, b.SOC2)
	}
	decided := 0
	for _, x := range b.Found {
		if !x.Open() {
			decided++
		} else if x.Thing.Name != notes && x.Thing.Name != notesman {
			t.Errorf("open: %s", x.Title)
		}
	}
	if all, open := isms.ScopeCounts(b.Found); decided == 0 || open == 0 || all != decided+open {
		t.Errorf("%d mismatches, %d of them open", all, open)
	}
}

// One month of one objective was never measured, which is a miss; the last value of
// the same objective lies below its target.
func (m *meridian) measured(t *testing.T) {
	list, err := m.ISMS.Objectives(t.Context(), m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 7 {
		t.Errorf("%d objectives", len(list))
	}
	missed := slices.IndexFunc(list, func(tr isms.Track) bool { return tr.Objective.Code == "OBJ-4" })
	if missed < 0 {
		t.Fatal("there is no OBJ-4")
	}
	if tr := list[missed]; tr.NoData != 1 || tr.State != isms.TargetMissed {
		t.Errorf("OBJ-4 has %d months without data and is %s: %s", tr.NoData, tr.State, tr.Why)
	}
	if c, _, err := m.ISMS.Climate(t.Context(), m.who, m.now); err != nil || c.State != "current" {
		t.Errorf("climate: %+v, %v", c, err)
	}
}

// 48 scenarios and two own risks are scored, and four taken in later are not. One
// acceptance ran out two weeks ago; the others hold.
func (m *meridian) risky(t *testing.T) {
	r, err := m.Risks.Register(t.Context(), m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Count(); n.Open != 48+2+4 || n.Unscored != len(unscored) || n.Above == 0 {
		t.Errorf("the register counts %+v", n)
	}
	holds, over, plans := 0, 0, 0
	for _, e := range r.Open() {
		if e.Acceptance != nil {
			if ok, _ := e.Acceptance.Holds(r.Today, e.Effective.Point); ok {
				holds++
			} else if over++; e.Acceptance.Until != r.Today-14 {
				t.Errorf("the acceptance of %s ended on %s", e.Code, e.Acceptance.Until)
			}
		}
		if e.Plan != nil {
			plans++
		}
	}
	if holds != 6 || over != 1 || plans != 10 {
		t.Errorf("%d acceptances hold, %d do not; %d plans", holds, over, plans)
	}
	snapshots := must[[]risk.Snapshot](t)(m.Risks.Snapshots(t.Context(), m.who))
	if len(snapshots) == 0 {
		t.Error("the register was never frozen")
	}
	for _, s := range snapshots {
		if s.ApprovedAt.IsZero() {
			t.Errorf("%s is not approved", s.Title)
		}
	}
	if s := must[risk.Seconds](t)(m.Risks.Seconds(t.Context(), m.who, m.now)); s.Agreement.Pairs == 0 {
		t.Error("nobody scored a risk a second time")
	}
}

// Two versions are in force one after the other; one row claims what nothing
// shows, and one has no reason at present.
func (m *meridian) applicable(t *testing.T) {
	s, err := m.ISMS.Statement(t.Context(), m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	has := map[isms.LintKind][]string{}
	for _, l := range s.Lints {
		has[l.Kind] = append(has[l.Kind], l.Code)
	}
	if !slices.Contains(has[isms.LintAhead], unproven) || !slices.Equal(has[isms.LintInNoReason], []string{reasonless}) {
		t.Errorf("remarks: %v", has)
	}
	for code := range leftOutOf {
		if !slices.ContainsFunc(s.Rows, func(r isms.StatementRow) bool { return r.Code == code && !r.Included && r.WhyOut != "" }) {
			t.Errorf("%s is not left out", code)
		}
	}
	if n := must[int](t)(count(m.ISMS.StatementVersions(t.Context(), m.who))); n != 2 {
		t.Errorf("%d versions", n)
	}
}

// Of seven findings two are closed, one of them after a check that it worked; one open
// nonconformity has an action that is overdue.
func (m *meridian) found(t *testing.T) {
	r, err := m.Findings.All(t.Context(), m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	from := map[string]int{}
	closed, worked := 0, 0
	for _, f := range r.Findings {
		from[f.Source.Kind]++
		if f.Closed() {
			closed++
		}
		if f.Worked == "yes" {
			worked++
		}
	}
	if want := (map[string]int{finding.FromSelf: 1, finding.FromTest: 1, finding.FromSample: 1, finding.FromAudit: 3, finding.FromConfirmation: 1}); !maps.Equal(from, want) || closed != 2 || worked != 1 {
		t.Errorf("findings come from %v, %d closed and %d checked", from, closed, worked)
	}
	overdue := map[string]int{}
	for _, a := range r.Actions {
		if a.Overdue(r.Today) {
			overdue[a.Source.Kind]++
		}
	}
	if want := (map[string]int{finding.FromFinding: 1, finding.FromRisk: 1, finding.FromReview: 1}); !maps.Equal(overdue, want) {
		t.Errorf("overdue: %v", overdue)
	}
	audits := map[isms.AuditState]int{}
	for _, a := range must[[]isms.Audit](t)(m.ISMS.Audits(t.Context(), m.who)) {
		audits[a.State]++
	}
	if want := (map[isms.AuditState]int{isms.AuditClosed: 2, isms.AuditPlanned: 1}); !maps.Equal(audits, want) {
		t.Errorf("audits: %v", audits)
	}
}

// One management review is approved, with four decisions that became actions; the
// next one is planned.
func (m *meridian) reviewed(t *testing.T) {
	got := map[isms.ReviewState]int{}
	for _, r := range must[[]isms.Review](t)(m.ISMS.Reviews(t.Context(), m.who)) {
		got[r.State]++
		if r.State == isms.ReviewApproved && (r.Minutes == "" || r.Pack == "") {
			t.Errorf("%s was approved without pack or minutes", r.Code)
		}
	}
	if want := (map[isms.ReviewState]int{isms.ReviewApproved: 1, isms.ReviewPlanned: 1}); !maps.Equal(got, want) {
		t.Errorf("reviews: %v", got)
	}
}

// Most obligations that fell due were kept, and not all. The gate shows what is missing
// on purpose and nothing else: the register of documents is young, nobody filed proof of
// competence or a record of changes, and of the new window little is over. No auditor of
// the certificate was here yet, so what the first one finds is to come.
func (m *meridian) obliged(t *testing.T) {
	list, err := m.ISMS.Obligations(t.Context(), m.who, m.now)
	if err != nil {
		t.Fatal(err)
	}
	past, kept := 0, 0
	for _, r := range list.Rows {
		past, kept = past+r.Past, kept+r.Kept
	}
	if past == 0 || kept == past || 2*kept < past {
		t.Errorf("of %d occurrences %d were kept", past, kept)
	}
	g, err := m.ISMS.Gates(t.Context(), m.who, isms.Engagement{}, m.now)
	if err != nil {
		t.Fatal(err)
	}
	got := map[isms.GateStage][]string{}
	for _, x := range g.Gates {
		for _, l := range x.Lines {
			if l.State != isms.GateReady {
				got[x.Stage] = append(got[x.Stage], l.ID+" "+string(l.State))
			}
		}
	}
	want := map[isms.GateStage][]string{
		isms.GateStageOne: {"MG-10 too_young", "MG-11 missing"},
		isms.GateStageTwo: {"MG-24 missing", "MG-31 planned"},
		isms.GateTypeTwo:  {"MG-36 missing", "MG-37 missing"},
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("not ready at the gates: %v, want %v", got, want)
	}
}

// The review of the service of three weeks ago is open, the ones before are closed.
// In the round of confirmations one owner said no, and some have not answered. Of the
// gap analysis three steps are done and the fourth is under way.
func (m *meridian) mapped(t *testing.T) {
	b := must[crosswalk.ReviewBoard](t)(m.Crosswalk.Reviews(t.Context(), m.who, m.now))
	if b.Open == nil || b.Open.Left == 0 || len(b.Closed) != 2 || b.Overdue() != 0 {
		t.Errorf("open %+v, %d closed, %d overdue", b.Open, len(b.Closed), b.Overdue())
	}
	rounds := must[[]crosswalk.Round](t)(m.Crosswalk.Rounds(t.Context(), m.who))
	if len(rounds) != 1 {
		t.Fatalf("%d rounds", len(rounds))
	}
	_, asks, err := m.Crosswalk.Round(t.Context(), m.who, rounds[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	said := map[crosswalk.Reply]int{}
	for _, a := range asks {
		if a.Told != nil {
			said[a.Told.Reply]++
		} else {
			said[""]++
		}
	}
	if said[crosswalk.No] != 1 || said[crosswalk.NotMine] != 1 || said[""] == 0 || said[crosswalk.Yes] < 10*said[crosswalk.No] {
		t.Errorf("owners said %v", said)
	}
	analyses := must[[]gap.Analysis](t)(m.Gaps.Analyses(t.Context(), m.who))
	if len(analyses) == 0 {
		t.Error("nobody opened a gap analysis")
	}
	for _, a := range analyses {
		var stages []gap.Stage
		for _, s := range a.Steps {
			stages = append(stages, s.Stage)
		}
		if want := []gap.Stage{gap.Done, gap.Done, gap.Done, gap.UnderWay, gap.NotBegun}; !slices.Equal(stages, want) {
			t.Errorf("the steps of the analysis stand %v", stages)
		}
	}
}
