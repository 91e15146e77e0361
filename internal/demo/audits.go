package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
)

// inspector is the internal auditor: a finance lead who learnt it, and runs no control.
const inspector = "Clara Moreau"

// inspection is an internal audit.
type inspection struct {
	entry, title, sample, summary, conclusion string
	day                                       cadence.Date // on which it begins
	raised                                    []raised
}

// raised is a finding of an audit.
type raised struct {
	ref    string // the requirement whose line it comes from
	answer isms.AuditAnswer
	saw    string
	key    string // of management.findings
	draft  finding.Draft
	owner  string
}

// inspections are the two that were held.
func (t *story) inspections() []inspection {
	return []inspection{
		{"IA-Y1Q1-C", "Context, leadership and risk planning", "Five risks from score to treatment, three parties, the minutes of two leadership meetings", "The system is young and is meant seriously: scope, parties, issues and method are there, known to those who decide, and agree with each other. Where it still stumbles is in the last step of treatment, the yes of the owner.",
			"Clauses 4 to 6 conform but for one isolated lapse. The way to stage 1 is open.", t.tuesday(t.before(3, 3)), []raised{
				{"6.1.3", isms.LineFails, "One of five plans had no approval of the risk owner while actions were under way: the standby of the job database.", "plans", finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor,
					Reason: "One of five; the others were approved within a week.", Title: "Treatment began without the yes of the risk owner",
					Statement: "6.1.3 f asks that risk owners approve the plan and what remains. One of five plans looked at had actions under way and no approval.", Objective: "The plan, its actions, and the missing entry, seen with its owner."}, "Mara Velasco"},
				{"4.2", isms.LineConcern, "Parties are complete. What eleven customers ask for is known in sales and stands nowhere else.", "asks", finding.Draft{Kind: finding.Opportunity, Title: "Keep what customers ask for where the parties are",
					Statement: "Needs of customers are gathered by sales in a list of their own. Kept with the interested parties, leadership would see them as they grow.", Objective: "The list of sales, beside the entry on customers."}, "Zoe Bergman"},
			}},
		{"IA-Y1Q1-A2", "Identity and access", "Twelve accounts, five leavers, the reviews of two quarters, all administrators", "Accounts, rights and sign-on are run as they are written. Removal was in time for all five leavers of the sample. The review of access is held, and begins late.",
			"The controls conform. One concern, which may become a lapse if it stays.", t.tuesday(t.today - 37), []raised{
				{"A.5.18", isms.LineConcern, "The reviews of the last two quarters were held; in two systems they began in the last week, and one owner decided on 140 accounts in an afternoon.", "reviews", finding.Draft{Kind: finding.Observation, Title: "Access reviews begin too late to be done well",
					Statement: "A.5.18 asks that rights are reviewed. They are; but in two systems all decisions fell on one afternoon at the end of the quarter.", Objective: "Time stamps of the decisions in the review records of both quarters."}, "Jun Okada"},
			}},
	}
}

// audits plans the programme and the audits.
func (t *story) audits(m *management) {
	t.deed(t.before(6, 11), 10, 0, "begin the audit programme", func(ctx context.Context, at time.Time) error {
		return t.ISMS.BeginProgramme(ctx, t.admin, isms.QuarterOf(cadence.DateOf(at, t.zone)), at)
	})
	for _, x := range t.inspections() {
		t.inspect(m, x)
	}
	t.deed(t.workday(t.today-10), 11, 0, "plan the next audit", func(ctx context.Context, at time.Time) error {
		_, err := t.draft(ctx, inspection{entry: "IA-Y1Q2-C", title: "Objectives, change planning and support", sample: "Three objectives from plan to value, four documents, five people", day: t.tuesday(t.today + 19)}, []string{"Solveig Dam"}, at)
		return err
	})
}

// draft plans an audit by an entry of the programme.
func (t *story) draft(ctx context.Context, x inspection, outside []string, at time.Time) (isms.Audit, error) {
	p, err := t.ISMS.Programme(ctx, t.admin, at)
	if err != nil {
		return isms.Audit{}, err
	}
	for _, e := range p.Entries {
		if e.Code != x.entry {
			continue
		}
		d := isms.AuditDraft{Entry: e.ID, Title: x.title, Criteria: "ISO/IEC 27001:2022, our own policies, and what the plans say", Method: e.Method, Sample: x.sample, Scope: e.Scope, Outside: outside,
			Period: cadence.Days{From: t.started(), To: x.day - 1}, Days: cadence.Days{From: x.day, To: x.day + 2}, Auditees: []string{t.persons["Mara Velasco"], t.persons["Jun Okada"]}}
		if outside == nil {
			d.Auditors = []string{t.persons[inspector]}
		}
		return t.ISMS.PlanAudit(ctx, t.admin, "", d, at)
	}
	return isms.Audit{}, fmt.Errorf("the programme has no entry %s", x.entry)
}

// inspect plans one audit from its plan to its report.
func (t *story) inspect(m *management, x inspection) {
	who := t.actors[inspector]
	id := ""
	t.deed(x.day-14, 10, 0, "plan the audit "+x.entry, func(ctx context.Context, at time.Time) error {
		a, err := t.draft(ctx, x, nil, at)
		id = a.ID
		return err
	})
	t.deed(x.day, 9, 0, "begin the audit "+x.entry, func(ctx context.Context, at time.Time) error { return t.ISMS.BeginAudit(ctx, who, id, at) })
	t.deed(x.day+1, 15, 0, "carry out the audit "+x.entry, func(ctx context.Context, at time.Time) error {
		v, err := t.ISMS.Audit(ctx, who, id, at)
		if err != nil {
			return err
		}
		failed := make([]error, len(v.Lines))
		var wg sync.WaitGroup
		for i, l := range v.Lines {
			wg.Go(func() { failed[i] = t.look(ctx, m, x, v.Audit, l, at.Add(time.Duration(i)*time.Second)) })
		}
		wg.Wait()
		return errors.Join(failed...)
	})
	t.deed(x.day+7, 16, 0, "report the audit "+x.entry, func(ctx context.Context, at time.Time) error {
		return t.ISMS.ReportAudit(ctx, who, id, x.summary, x.conclusion, at)
	})
	t.deed(x.day+10, 11, 0, "accept the report of "+x.entry, func(ctx context.Context, at time.Time) error {
		v, err := t.ISMS.Audit(ctx, t.mara(), id, at)
		if err != nil {
			return err
		}
		return t.Evidence.Review(ctx, t.mara(), v.Item, evidence.Accepted, "", at)
	})
	t.deed(x.day+14, 11, 0, "close the audit "+x.entry, func(ctx context.Context, at time.Time) error { return t.ISMS.CloseAudit(ctx, t.admin, id, at) })
}

// saw is what an auditor writes beside a line that conforms.
var saw = []string{"Read the record and asked who keeps it; both agree.", "Seen in the system with its owner, and compared with the text.", "Three cases followed from begin to end, without a gap.",
	"Two people were asked, and told the same as the document.", "The evidence of the period was opened; it is what it says."}

// look answers one line, and raises what was found there.
func (t *story) look(ctx context.Context, m *management, x inspection, a isms.Audit, l isms.AuditLine, at time.Time) error {
	who, answer, note := t.actors[inspector], isms.LineConforms, saw[hash(l.Question)%len(saw)]
	var found *raised
	for i := range x.raised {
		if r := &x.raised[i]; r.ref == l.Ref.ID && l.Control == "" && l.Policy == "" {
			found, answer, note = r, r.answer, r.saw
		}
	}
	if err := t.ISMS.AnswerLine(ctx, who, a.ID, l.ID, isms.LineAnswer{Answer: answer, Note: note}, at); err != nil || found == nil {
		return err
	}
	d := found.draft
	d.Owner = t.persons[found.owner]
	f, err := t.ISMS.RaiseFinding(ctx, who, a.ID, l.ID, d, at)
	t.mu.Lock()
	m.findings[found.key] = f.ID
	t.mu.Unlock()
	return err
}
