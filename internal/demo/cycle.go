package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
)

// foreign are the obligations that do not concern the company: cards, health data, a
// certificate it does not hold yet, and the weekly reading of logs, which machines do.
var foreign = []string{"OBL-05", "OBL-13", "OBL-25", "OBL-32", "OBL-33", "OBL-37", "OBL-38"}

// cycle plans the obligations and the dates of audits.
func (t *story) cycle() {
	t.deed(t.started(), 11, 0, "adopt obligations", func(ctx context.Context, at time.Time) error {
		var codes []string
		for _, o := range isms.ShippedObligations() {
			if !slices.Contains(foreign, o.Code) {
				codes = append(codes, o.Code)
			}
		}
		_, err := t.ISMS.ObligationAdopt(ctx, t.admin, codes, at)
		return err
	})
	t.bookings()
	for i := 1; i <= 6; i++ {
		t.deed(t.workday(t.before(6-i, 0)-3), 12, 0, "say what was done", t.meet)
	}
	t.deed(t.yesterday, 16, 0, "ask for what is due", func(ctx context.Context, at time.Time) error {
		return t.tendAll(ctx, at)
	})
}

// tendAll is what the jobs of a server do every hour.
func (t *story) tendAll(ctx context.Context, at time.Time) error {
	org := t.admin.Org()
	for _, tend := range []func(context.Context, string, time.Time) error{t.ISMS.TendObligations, t.ISMS.TendContext, t.Findings.Tend, t.Risks.Tend, t.Crosswalk.Tend, t.Vendors.Tend} {
		if err := tend(ctx, org, at); err != nil {
			return err
		}
	}
	return nil
}

// spoken are the obligations a person says were met, once there is a record of the
// period.
var spoken = []string{"OBL-16", "OBL-19", "OBL-20", "OBL-10", "OBL-04", "OBL-02"}

// meet says of obligations that they were met, with what shows it.
func (t *story) meet(ctx context.Context, at time.Time) error {
	for _, code := range spoken {
		v, err := t.ISMS.ObligationFind(ctx, t.admin, code, at)
		if err != nil {
			return err
		}
		for _, o := range v.Occurrences {
			i := slices.IndexFunc(v.Candidates, func(r isms.Record) bool { return o.Period.Has(r.On) && r.On <= v.Today })
			if o.State != isms.DutyDue && o.State != isms.DutyAhead || i < 0 || o.Period.From > v.Today {
				continue
			}
			r := v.Candidates[i]
			if err := t.ISMS.ObligationDone(ctx, t.admin, code, isms.Doing{Due: o.Due, On: r.On, Item: r.ID, Note: "By this record."}, at); err != nil {
				return fmt.Errorf("%s: %w", code, err)
			}
			break
		}
	}
	return t.ISMS.TendObligations(ctx, t.admin.Org(), at)
}

// bookings plans the dates of both audits.
func (t *story) bookings() {
	last, running, next := cadence.Days{From: t.month(2).From.AddMonths(-12), To: t.month(1).To}, cadence.Days{From: t.month(2).From, To: t.month(13).To}, cadence.Days{From: t.month(14).From, To: t.month(14).From.AddMonths(12) - 1}
	const firm, body = "Haug Revision", "Nordic Certification"
	euro := func(n int64) isms.Money { return isms.Money{Minor: n * 100, Currency: "EUR"} }
	book := func(day cadence.Date, minute int, e isms.Engagement) {
		t.deed(day, 13, minute, "enter "+e.Name(), func(ctx context.Context, at time.Time) error {
			_, err := t.ISMS.EngagementPut(ctx, t.admin, e, at)
			return err
		})
	}
	day := t.before(6, 3)
	book(day, 0, isms.Engagement{Kind: isms.TypeTwo, Title: "SOC 2 Type 2, the last report", Firm: firm, From: last.From, To: last.To, ReportOn: t.in(3, 20), State: isms.Held, Fee: euro(31500), Note: "Without qualification; one exception, about a leaver."})
	book(day, 5, isms.Engagement{Kind: isms.TypeTwo, Title: "SOC 2 Type 2", Firm: firm, From: running.From, To: running.To, ReportOn: t.visit(32), State: isms.Booked, Fee: euro(33000), Note: "The examiners draw their samples now."})
	book(t.before(1, 0), 0, isms.Engagement{Kind: isms.TypeTwo, Title: "SOC 2 Type 2, next year", Firm: firm, From: next.From, To: next.To, State: isms.Planned, Note: "Follows without a gap."})
	book(t.before(2, 5), 0, isms.Engagement{Kind: isms.StageOne, Firm: body, From: t.visit(35), To: t.visit(35) + 1, State: isms.Booked, Fee: euro(6400), Note: "On site in Copenhagen, two days."})
	book(t.before(2, 5), 10, isms.Engagement{Kind: isms.StageTwo, Firm: body, From: t.visit(77), To: t.visit(77) + 3, State: isms.Booked, Fee: euro(16800), Note: "Copenhagen, and one day in Lisbon."})
}

// records plans the records of the management system that lie in the library. Some of
// what an auditor asks for is missing: the manual, and proof of competence. The look at
// capacity came a week late, and of one look through the risks no record was kept.
func (t *story) records() {
	t.document(t.before(6, 6), "isms-scope", "Scope of the management system, as first written", "4.3", "Kept in Toucan, with what is left out and why; this page says where.")
	t.document(t.before(6, 5), "context-record", "Issues, interested parties and the decision on climate", "4.1 4.2", "Both registers were gone through with support, sales, finance and leadership.", "Climate change is a relevant issue; the reasons stand in the decision.")
	t.document(t.before(5, 9), "objectives-plan", "Objectives of the year, and how they are reached", "6.2", "Seven objectives, of which five have their plan.")
	t.document(t.before(5, 14), "risk-treatment-plan", "Treatment plan of the first risk assessment", "6.1.3 8.3", "Ten plans with actions, owners and days.")
	t.document(t.before(5, 16), "risk-acceptance", "Owners' approval of plans and of what remains", "6.1.3", "Nine plans were approved by their owners, one waits.")
	t.document(t.before(5, 4), "responsibility-matrix", "Who holds which duty of the management system", "5.3", "Named in the register of duties, each from a day on.")
	t.document(t.before(6, 12), "audit-programme", "Programme of internal audits over three years", "9.2.2", "Approved by the chief executive; each clause once a year, each control once in three.")
	t.document(t.before(1, 9), "risk-register-extract", "Extract of the risk register after it was looked through", "8.2", "All risks with owner, scores and what is done.")
	t.document(t.quarter(0).To+8, "capacity-review", "Capacity of the platform, first look", "", "Nine services against their thresholds; the job database is the nearest to its own.", "A week late: the figures of one region came later.")
	t.document(t.before(0, -12), "capacity-review", "Capacity of the platform, second look", "", "The job database passed its threshold twice; a standby is being set up.")
	t.document(t.before(3, 2), "exercise-report", "Exercise: the first region is lost", "", "Five people, half a day. The second region took over after five hours; four are promised.", "Three improvements, each with an owner.")
	t.document(t.before(2, 3), "nonconformity-log", "Nonconformities and what was done", "10.2", "Two so far; one closed after its check.")
	t.document(t.before(2, 2), "corrective-action-record", "The access review is held again: cause, actions and check", "10.2", "Held twice since; checked by the head of people.")
	t.document(t.workday(t.today-19), "document-register", "Register of documents and records", "7.5.1 7.5.3", "Eighty-one documents with version, owner and place; outside documents are on the last page.")
}

// visit is the last Tuesday within so many days on which somebody works: none between
// 23 December and 3 January.
func (t *story) visit(days int) cadence.Date {
	d := t.today + cadence.Date(days)
	for {
		_, month, n := d.Civil()
		holiday := month == time.December && n > 22 || month == time.January && n < 4
		if d.Weekday() == time.Tuesday && !holiday {
			return d
		}
		d--
	}
}
