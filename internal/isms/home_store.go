package isms

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/risk"
)

// Home is the first page of the management system.
type Home struct {
	HomeFacts
	Dates []CalendarEntry // the next ones
	Plan  AuditPlan
}

// homeAhead is how far the next dates reach, and homeDates how many there are.
const (
	homeAhead = 120
	homeDates = 7
)

// Home returns what is known of the management system, what to do next, and the
// next dates.
func (s *Store) Home(ctx context.Context, who access.Actor, now time.Time) (Home, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return Home{}, err
	}
	var h Home
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		c, err := readCycle(ctx, tx, who.Org(), now, allKinds)
		if err != nil {
			return err
		}
		h.HomeFacts = HomeFacts{Today: c.Today, Engagements: len(c.Engagements), Remarks: Remarks(c.Engagements, c.Today)}
		h.Plan = AuditPlan{Today: c.Today, List: c.Engagements, Remarks: h.Remarks}
		for _, read := range []func(context.Context, *db.Tx, *cycle) error{h.readBuilt, h.readRisks, h.readFindings, h.readPolicies} {
			if err := read(ctx, tx, c); err != nil {
				return err
			}
		}
		planned, err := plannedReviews(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		concerns, err := readConcerns(ctx, tx, who.Org(), c.Now)
		if err != nil {
			return err
		}
		h.Gates = c.gates(planned, concerns)
		h.readDuties(c)
		h.Dates, err = homeNext(ctx, tx, who, c)
		return err
	})
	return h, err
}

// homeNext are the next entries of the calendar, without evidence that lapses: that
// is many days and seldom news.
func homeNext(ctx context.Context, tx *db.Tx, who access.Actor, c *cycle) ([]CalendarEntry, error) {
	span := cadence.Days{From: c.Today, To: c.Today + homeAhead}
	list, err := c.calendar(ctx, tx, who, span, c.obligationEntries(span))
	list = slices.DeleteFunc(list, func(e CalendarEntry) bool { return e.Kind == CalendarEvidence || e.From < c.Today || e.Mark == "good" })
	return list[:min(len(list), homeDates)], err
}

// count scans numbers of one row.
func (f *HomeFacts) count(ctx context.Context, tx *db.Tx, c *cycle, query string, into ...any) error {
	return tx.QueryRow(ctx, query, c.org).Scan(into...)
}

// readBuilt counts what was built of scope, context, method, statement, audits and reviews.
func (f *HomeFacts) readBuilt(ctx context.Context, tx *db.Tx, c *cycle) error {
	var scopes, drafts, climate, methods, approved int64
	var soa int64
	for _, q := range []struct {
		query string
		into  []any
	}{
		{`SELECT count(CASE WHEN state = 'in_force' THEN 1 END), count(CASE WHEN state IN ('draft', 'waiting') THEN 1 END) FROM isms_scope WHERE org = $1 AND side = 'isms'`, []any{&scopes, &drafts}},
		{`SELECT count(CASE WHEN register = 'party' THEN 1 END), count(CASE WHEN register = 'issue' THEN 1 END), count(CASE WHEN register = 'objective' THEN 1 END)
			FROM isms_entry_version WHERE org = $1 AND to_at IS NULL AND retired = ''`, []any{&f.Parties, &f.Issues, &f.Objectives}},
		{`SELECT count(*) FROM isms_climate WHERE org = $1`, []any{&climate}},
		{`SELECT count(DISTINCT objective) FROM isms_measure WHERE org = $1 AND known = 'value'`, []any{&f.ObjectivesMeasured}},
		{`SELECT count(*) FROM risk_method WHERE org = $1 AND approved_at > 0`, []any{&methods}},
		{`SELECT count(*), coalesce(max(ended_at), 0) FROM statement_version WHERE org = $1 AND state = 'approved'`, []any{&approved, &soa}},
		{`SELECT count(CASE WHEN state IN ('planned', 'running') THEN 1 END), count(CASE WHEN state IN ('reported', 'closed') THEN 1 END),
			coalesce(max(CASE WHEN state IN ('reported', 'closed') THEN ends_on END), 0) FROM internal_audit WHERE org = $1`, []any{&f.AuditsPlanned, &f.AuditsDone, &f.LastAudit}},
		{`SELECT count(CASE WHEN state IN ('planned', 'prepared') THEN 1 END), count(CASE WHEN state IN ('sent', 'approved') THEN 1 END),
			coalesce(max(CASE WHEN state IN ('sent', 'approved') THEN on_day END), 0), coalesce(min(CASE WHEN state IN ('planned', 'prepared') THEN on_day END), 0)
			FROM isms_review WHERE org = $1`, []any{&f.ReviewsPlanned, &f.ReviewsHeld, &f.LastReview, &f.NextReview}},
	} {
		if err := f.count(ctx, tx, c, q.query, q.into...); err != nil {
			return err
		}
	}
	f.ScopeApproved, f.ScopeDraft, f.Climate, f.MethodApproved = scopes > 0, drafts > 0, climate > 0, methods > 0
	f.StatementVersions, f.StatementApprovedOn = int(approved), c.Binding.Zones.DateOf(db.Time(soa))
	return nil
}

func (f *HomeFacts) readRisks(ctx context.Context, tx *db.Tx, c *cycle) error {
	r, err := risk.ReadRegister(ctx, tx, c.org, c.Now)
	if err != nil {
		return err
	}
	for _, e := range r.Risks {
		if e.Closed() {
			continue
		}
		f.Risks++
		if e.Scored() {
			f.RisksScored++
		}
		switch e.State {
		case risk.Untreated, risk.Lapsed, risk.Breached, risk.Overdue:
			f.RisksUnaccepted++
		}
	}
	return nil
}

func (f *HomeFacts) readFindings(ctx context.Context, tx *db.Tx, c *cycle) error {
	r, err := finding.ReadLog(ctx, tx, c.org, c.Now)
	if err != nil {
		return err
	}
	f.Findings, f.FindingsOverdue = len(r.Open()), len(r.Overdue())
	f.Actions, f.ActionsOverdue = len(r.OpenActions()), len(r.OverdueActions())
	f.FindingsClosed = len(r.Findings) - f.Findings
	return nil
}

func (f *HomeFacts) readPolicies(ctx context.Context, tx *db.Tx, c *cycle) error {
	list, err := policy.Folders(ctx, tx, c.org, c.Now)
	for _, p := range list {
		f.Policies++
		if _, ok := p.InForce(); ok {
			f.PoliciesInForce++
		}
	}
	return err
}

// readDuties counts obligations, and the roles they name.
func (f *HomeFacts) readDuties(c *cycle) {
	span := c.horizonOf()
	j := NewJudging(c.Binding.Zones, span.From, c.Now)
	roles := map[string]bool{}
	for _, o := range c.Obligations {
		r := c.row(o, j, span)
		if r.Text.Ended {
			continue
		}
		f.Obligations++
		f.DutyPast, f.DutyKept = f.DutyPast+r.Past, f.DutyKept+r.Kept
		if r.Text.Person == "" && r.Text.Role != people.SystemOwner { // owners of systems stand in their register
			roles[r.Text.Role] = true
		}
		switch {
		case !r.Known:
		case r.Present.State == DutyMissed:
			f.DutyMissed++
			f.Missed = append(f.Missed, r)
		case r.Present.State == DutyDue:
			f.DutyDue++
			f.Missed = append(f.Missed, r)
		}
	}
	slices.SortStableFunc(f.Missed, func(a, b ObligationRow) int {
		return cmp.Or(cmp.Compare(dutyRank(a.Present.State), dutyRank(b.Present.State)), cmp.Compare(a.Present.Due, b.Present.Due))
	})
	for _, d := range people.DutyRoles() {
		held := len(c.Duties.Holders(d.ID, c.Today)) > 0
		if held {
			f.Duties++
		} else if roles[d.ID] {
			f.RolesEmpty = append(f.RolesEmpty, d.Label)
		}
	}
}

func dutyRank(s DutyState) int { return slices.Index(DutyStates(), s) }

// Quarters are plan, do, check and act, with what is known of each.
func (f HomeFacts) Quarters() []HomeQuarter {
	n := func(label string, v int, mark string, to ...string) HomeFact {
		return HomeFact{label, cycleCount(v), mark, to}
	}
	of := func(label string, a, b int, to ...string) HomeFact {
		mark := "good"
		if a < b {
			mark = "warn"
		}
		if b == 0 {
			return HomeFact{label, "none yet", "waiting", to}
		}
		return HomeFact{label, cycleCount(a) + " of " + cycleCount(b), mark, to}
	}
	yes := func(label string, ok bool, good, bad string, to ...string) HomeFact {
		if ok {
			return HomeFact{label, good, "good", to}
		}
		return HomeFact{label, bad, "waiting", to}
	}
	none := func(label string, v, of int, to ...string) HomeFact { // what should be none, of so many
		switch {
		case of == 0:
			return HomeFact{label, "none yet", "waiting", to}
		case v > 0:
			return HomeFact{label, cycleCount(v), "bad", to}
		}
		return HomeFact{label, "none", "good", to}
	}
	return []HomeQuarter{
		{"Plan", []HomeFact{
			yes("Scope", f.ScopeApproved, "approved", "not approved", "isms", "scope"),
			of("Risks scored", f.RisksScored, f.Risks, "risks"),
			yes("Statement of applicability", f.StatementVersions > 0, "approved "+f.StatementApprovedOn.Words(), "not approved", "isms", "statement"),
			of("Objectives with values", f.ObjectivesMeasured, f.Objectives, "isms", "objectives"),
		}},
		{"Do", []HomeFact{
			of("Policies in force", f.PoliciesInForce, f.Policies, "policies"),
			of("Obligations kept in time", f.DutyKept, f.DutyPast, "isms", "obligations"),
			none("Obligations missed", f.DutyMissed, f.Obligations, "isms", "obligations"),
			none("Risks that wait for a decision", f.RisksUnaccepted, f.Risks, "risks"),
		}},
		{"Check", []HomeFact{
			yes("Last internal audit", f.LastAudit.Known(), f.LastAudit.Words(), "never", "isms", "audits"),
			yes("Last management review", f.LastReview.Known(), f.LastReview.Words(), "never", "isms", "reviews"),
			yes("Next management review", f.NextReview.Known(), f.NextReview.Words(), "not planned", "isms", "reviews"),
		}},
		{"Act", []HomeFact{
			n("Findings open", f.Findings, "info", "findings"),
			none("Findings overdue", f.FindingsOverdue, f.Findings+f.FindingsClosed, "findings"),
			none("Actions overdue", f.ActionsOverdue, f.Actions, "findings", "backlog"),
			n("Findings closed so far", f.FindingsClosed, "info", "findings"),
		}},
	}
}
