package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

func isoRef(id string) framework.Ref { return framework.Ref{Framework: "iso27001-2022", ID: id} }

// ownedFor enters a control with an owner, linked to A.5.18.
func (h *house) ownedFor(t testing.TB, code, owner string, at time.Time) control.Control {
	t.Helper()
	manager := h.actors[access.Manager]
	c, err := h.controls.Create(t.Context(), manager, control.Control{Code: code, Title: "Reviews of " + code, Owner: owner, Status: control.Operated}, at)
	must(t, err)
	must(t, h.links.SetLinks(t.Context(), manager, c.ID, []crosswalk.Link{{Ref: isoRef("A.5.18")}}, at))
	return c
}

// audited plans an audit of A.5.18 over February, carried out today.
func (h *house) audited(t testing.TB, p isms.AuditDraft) (isms.Audit, error) {
	t.Helper()
	p.Title, p.Scope = "Access", []framework.Ref{isoRef("A.5.18")}
	p.Period, p.Days = cadence.Days{From: today - 28, To: today - 1}, cadence.Days{From: today, To: today + 2}
	return h.isms.PlanAudit(t.Context(), h.actors[access.Manager], "", p, now)
}

// TestAnOwnerWhoChangedDuringThePeriodIsStillFound is independence over history:
// who owned a control on any day of the audited period does not audit it, whoever
// owns it now.
func TestAnOwnerWhoChangedDuringThePeriodIsStillFound(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx, manager := h.hall(t), t.Context(), h.actors[access.Manager]
		third, err := h.people.Add(ctx, manager, people.Person{Name: "Tara", Email: "tara@one.test", StartOn: "2020-01-01"}, now)
		must(t, err)
		ago := func(n int) time.Time { return now.AddDate(0, 0, -n) }
		c := h.ownedFor(t, "AC-1", p.owner.ID, ago(200))
		give := func(owner string, at time.Time) {
			t.Helper()
			c.Owner = owner
			v, err := h.controls.Edit(ctx, manager, c, at)
			must(t, err)
			c = v.Control
		}
		give(p.other.ID, ago(10)) // within the period
		give(third.ID, ago(0))    // after it

		_, err = h.audited(t, isms.AuditDraft{Auditors: []string{p.owner.ID}})
		denied(t, err, problem.Invalid, "Olga owned AC-1 from "+(today-28).Words()+" to "+(today-10).Words())
		_, err = h.audited(t, isms.AuditDraft{Auditors: []string{p.other.ID}})
		denied(t, err, problem.Invalid, "Max owned AC-1 from "+(today-10).Words()+" to "+(today-1).Words())
		// who owns it since the day after the period is free, and so is an outsider
		a, err := h.audited(t, isms.AuditDraft{Auditors: []string{third.ID}, Outside: []string{"Ines Kurz"}})
		must(t, err)
		if a.Code() != "IA-2026-1" || len(a.Lines) != 2 || len(a.Blocked()) > 0 {
			t.Errorf("%s has %d lines, %d of them blocked", a.Code(), len(a.Lines), len(a.Blocked()))
		}
		must(t, h.isms.BeginAudit(ctx, manager, a.ID, now))

		// an owner entered afterwards, for days before, is found in what was answered
		v, err := h.isms.Audit(ctx, manager, a.ID, now)
		must(t, err)
		i := slices.IndexFunc(v.Lines, func(l isms.AuditLine) bool { return l.ControlCode == "AC-1" })
		inside := v.Team[slices.IndexFunc(v.Team, func(x isms.Auditor) bool { return !x.Outside() })]
		must(t, h.isms.AnswerLine(ctx, manager, a.ID, v.Lines[i].ID, isms.LineAnswer{Answer: isms.LineConforms, Note: "Ten reviews of ten.", Auditor: inside.ID}, now))
		give(p.other.ID, now.Add(time.Minute))
		if v, err = h.isms.Audit(ctx, manager, a.ID, now); err != nil || len(v.Biased()) > 0 {
			t.Errorf("a change after the period makes the answer biased: %v, %v", v.Biased(), err)
		}
	})
}

func TestALinkThatWasTakenAwayHidesNoOwner(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx, manager := h.hall(t), t.Context(), h.actors[access.Manager]
		c := h.ownedFor(t, "AC-1", p.owner.ID, now.AddDate(0, 0, -200))
		slip := h.ownedFor(t, "AC-2", p.other.ID, now.AddDate(0, 0, -20))
		must(t, h.links.SetLinks(ctx, manager, slip.ID, nil, now.AddDate(0, 0, -20).Add(time.Minute)))
		must(t, h.links.SetLinks(ctx, manager, c.ID, nil, now.Add(-time.Hour)))
		_, err := h.audited(t, isms.AuditDraft{Auditors: []string{p.owner.ID}})
		denied(t, err, problem.Invalid, "Olga owned AC-1 from ")
		a, err := h.audited(t, isms.AuditDraft{Auditors: []string{p.other.ID}})
		must(t, err)
		if len(a.Lines) != 1 {
			t.Errorf("a control that is not linked any more is asked about: %d lines", len(a.Lines))
		}
	})
}

func TestWhoRunsTheManagementSystemAuditsNoClause(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx, manager := h.hall(t), t.Context(), h.actors[access.Manager]
		plan := isms.AuditDraft{Title: "Operation", Scope: []framework.Ref{isoRef("8.1"), isoRef("A.5.18")}, Period: cadence.Days{From: today - 60, To: today - 1}, Days: cadence.Days{From: today, To: today + 1}, Auditors: []string{p.owner.ID}}
		a, err := h.isms.PlanAudit(ctx, manager, "", plan, now)
		must(t, err)
		if len(a.Blocked()) > 0 {
			t.Errorf("without a role, blocked: %v", a.Blocked())
		}
		// the role was held and is entered only now: found all the same
		_, err = h.people.GiveDuty(ctx, manager, people.Giving{Role: "security-officer", Person: p.owner.ID, From: today - 90}, now)
		must(t, err)
		denied(t, h.isms.BeginAudit(ctx, h.actors[access.Contributor], a.ID, now), problem.Conflict, "Olga was Security Officer, who answers for 8.1, from "+(today-60).Words())
		plan.Outside = []string{"Ines Kurz"}
		a, err = h.isms.PlanAudit(ctx, manager, a.ID, plan, now)
		must(t, err)
		must(t, h.isms.BeginAudit(ctx, h.actors[access.Contributor], a.ID, now))
		v, err := h.isms.Audit(ctx, manager, a.ID, now)
		must(t, err)
		for _, l := range v.Lines {
			err := h.isms.AnswerLine(ctx, h.actors[access.Contributor], a.ID, l.ID, isms.LineAnswer{Answer: isms.LineConforms, Note: "Seen."}, now)
			if l.Ref.ID == "8.1" {
				denied(t, err, problem.Conflict, "Nobody audits their own work")
			} else {
				must(t, err)
			}
		}
	})
}

func TestAnAuditFromProgrammeToReport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx, manager, org := h.hall(t), t.Context(), h.actors[access.Manager], h.actors[access.Manager].Org()
		must(t, h.links.Enable(ctx, manager, "iso27001-2022", now))
		must(t, h.links.Exclude(ctx, manager, isoRef("A.7.1"), "There are no offices.", now))
		must(t, h.isms.BeginProgramme(ctx, manager, firstQuarter, now))
		from := h.leaves(t, org)
		prog, err := h.isms.Programme(ctx, manager, now)
		must(t, err)
		if len(prog.Entries) != 36 || len(prog.Coverage.Unplanned) > 0 || prog.Coverage.Excluded != 1 || len(prog.Coverage.Rows) != 123 {
			t.Errorf("%d entries, %d rows, %d not planned, %d excluded", len(prog.Entries), len(prog.Coverage.Rows), len(prog.Coverage.Unplanned), prog.Coverage.Excluded)
		}
		// dropped, what it alone covered is not covered by plan
		e := prog.Entries[slices.IndexFunc(prog.Entries, func(e isms.AuditEntry) bool { return e.Code == "IA-Y1Q2-A1" })]
		other := prog.Entries[slices.IndexFunc(prog.Entries, func(e isms.AuditEntry) bool { return e.Code == "IA-Y2Q1-A1" })]
		must(t, h.isms.DropEntry(ctx, manager, other.ID, "Done by somebody else.", now))
		denied(t, h.isms.DropEntry(ctx, manager, e.ID, "", now), problem.Invalid, "Say why")
		prog, err = h.isms.Programme(ctx, manager, now)
		must(t, err)
		if n := len(prog.Coverage.Unplanned); n != 8 || !strings.Contains(prog.Coverage.Unplanned[0].Words(), "no year") {
			t.Errorf("%d not planned", n)
		}
		_, err = h.isms.ReplanEntry(ctx, manager, isms.AuditEntry{ID: other.ID, Quarter: other.Quarter + 20, Title: other.Title, Scope: other.Scope}, "Later.", now)
		denied(t, err, problem.Invalid, "The programme runs from 2026 Q1")
		_, err = h.isms.ReplanEntry(ctx, manager, isms.AuditEntry{ID: other.ID, Quarter: other.Quarter + 1, Title: other.Title, Scope: other.Scope}, "The lead is away.", now)
		must(t, err)

		h.ownedFor(t, "PE-1", p.owner.ID, now)
		plan := isms.AuditDraft{Entry: e.ID, Title: e.Title, Scope: []framework.Ref{isoRef("A.6.1"), isoRef("A.5.18")}, Period: cadence.Days{From: today - 60, To: today}, Days: cadence.Days{From: today, To: today + 2}, Auditors: []string{p.other.ID}, Auditees: []string{p.owner.ID}}
		a, err := h.isms.PlanAudit(ctx, manager, "", plan, now)
		must(t, err)
		if got := h.asked(t, access.Manager); len(got) != 1 || !strings.Contains(got[0], "IA-2026-1") {
			t.Errorf("the auditor is asked for %q", got)
		}
		denied(t, h.isms.BeginAudit(ctx, h.actors[access.Contributor], a.ID, now), problem.Forbidden, "Only the auditors")
		must(t, h.isms.BeginAudit(ctx, manager, a.ID, now))
		_, err = h.isms.PlanAudit(ctx, manager, a.ID, plan, now)
		denied(t, err, problem.Conflict, "has begun")
		denied(t, h.isms.ReportAudit(ctx, manager, a.ID, "Short.", "It works.", now), problem.Conflict, "3 of 3 lines have no answer")
		v, err := h.isms.Audit(ctx, manager, a.ID, now)
		must(t, err)
		for _, l := range v.Lines {
			in := isms.LineAnswer{Answer: isms.LineConforms, Note: "Seen in five records."}
			if l.ControlCode == "PE-1" {
				in.Answer = isms.LineFails
			}
			must(t, h.isms.AnswerLine(ctx, manager, a.ID, l.ID, in, now))
			if in.Answer == isms.LineFails {
				denied(t, h.isms.ReportAudit(ctx, manager, a.ID, "Short.", "It works.", now), problem.Conflict, "no finding was raised")
				f, err := h.isms.RaiseFinding(ctx, manager, a.ID, l.ID, finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor, Reason: "One of five.", Title: "A record is missing", Statement: "Every review leaves one; one did not.", Owner: p.owner.ID}, now)
				must(t, err)
				if f.Source.Kind != finding.FromAudit || !strings.HasPrefix(f.Source.Words, "IA-2026-1, line") || len(f.Controls) != 1 || !slices.Equal(f.Requirements, []framework.Ref{isoRef("A.5.18")}) {
					t.Errorf("the finding is %+v", f)
				}
			}
		}
		must(t, h.isms.ReportAudit(ctx, manager, a.ID, "Two areas.", "It works, but for one record.", now.Add(time.Hour)))
		if got := h.asked(t, access.Manager); len(got) > 0 {
			t.Errorf("reported, the auditor is still asked for %q", got)
		}
		v, err = h.isms.Audit(ctx, manager, a.ID, now)
		must(t, err)
		item, err := h.evidence.Find(ctx, manager, v.Item)
		must(t, err)
		if item.Kind != "internal-audit-report" || len(item.Files) != 1 || item.Files[0].Media != "application/pdf" {
			t.Errorf("frozen as %+v", item)
		}
		denied(t, h.isms.AnswerLine(ctx, manager, a.ID, v.Lines[0].ID, isms.LineAnswer{Answer: isms.LineConforms, Note: "After all."}, now), problem.Conflict, "while it runs")
		must(t, h.isms.CloseAudit(ctx, manager, a.ID, now.Add(2*time.Hour)))
		all, err := h.isms.Audits(ctx, manager)
		must(t, err)
		if one := (isms.AuditCounts{Lines: 3, Answered: 3, Findings: 1}); len(all) != 1 || all[0].Counts != one || v.Counts != one {
			t.Errorf("the list counts %+v, the audit itself %+v", all[0].Counts, v.Counts)
		}
		prog, err = h.isms.Programme(ctx, manager, now)
		must(t, err)
		i := slices.IndexFunc(prog.Coverage.Rows, func(r isms.AuditCoverRow) bool { return r.Ref.ID == "A.6.1" })
		if done := prog.Coverage.Rows[i].Years[0].Done; !slices.Equal(done, []string{"IA-2026-1"}) {
			t.Errorf("A.6.1 was audited by %v", done)
		}
		for _, kind := range []string{"audit_programme.dropped", "audit_programme.moved", "internal_audit.planned", "internal_audit.begun", "internal_audit.answered", "finding.raised", "internal_audit.reported", "evidence.filed", "internal_audit.closed"} {
			if !slices.Contains(h.kinds(t, org, from), kind) {
				t.Errorf("the log holds no %s", kind)
			}
		}
	})
}

func TestWhoRunsTheProgrammeIsAskedToPlanTheQuarter(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx, manager := h.hall(t), t.Context(), h.actors[access.Manager]
		_, err := h.people.GiveDuty(ctx, manager, people.Giving{Role: "security-officer", Person: p.other.ID, From: today - 90}, now)
		must(t, err)
		must(t, h.isms.BeginProgramme(ctx, manager, firstQuarter, now))
		must(t, h.isms.TendAudits(ctx, manager.Org(), now))
		must(t, h.isms.TendAudits(ctx, manager.Org(), now))
		if got := h.asked(t, access.Manager); len(got) != 3 {
			t.Errorf("asked for %q", got)
		}
		prog, err := h.isms.Programme(ctx, manager, now)
		must(t, err)
		e := prog.Entries[0]
		_, err = h.isms.PlanAudit(ctx, manager, "", isms.AuditDraft{Entry: e.ID, Title: e.Title, Scope: e.Scope}, now)
		must(t, err)
		must(t, h.isms.DropEntry(ctx, manager, prog.Entries[1].ID, "Not now.", now))
		must(t, h.isms.TendAudits(ctx, manager.Org(), now))
		if got := h.asked(t, access.Manager); len(got) != 1 {
			t.Errorf("one planned and one dropped, asked for %q", got)
		}
	})
}

func TestOneProgrammeAsksAtATime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx, manager := h.hall(t), t.Context(), h.actors[access.Manager]
		_, err := h.people.GiveDuty(ctx, manager, people.Giving{Role: "security-officer", Person: p.other.ID, From: today - 90}, now)
		must(t, err)
		must(t, h.isms.BeginProgramme(ctx, manager, firstQuarter, now))
		must(t, h.isms.TendAudits(ctx, manager.Org(), now))
		leaves := h.leaves(t, manager.Org())
		denied(t, h.isms.BeginProgramme(ctx, manager, firstQuarter, now.Add(time.Second)), problem.Invalid, "in force already")
		if n := h.leaves(t, manager.Org()); n != leaves {
			t.Errorf("begun twice it wrote %d more leaves", n-leaves)
		}
		first, err := h.isms.Programme(ctx, manager, now)
		must(t, err)
		must(t, h.isms.BeginProgramme(ctx, manager, firstQuarter+1, now.Add(time.Minute)))
		if got := h.asked(t, access.Manager); len(got) != 0 {
			t.Errorf("of the programme that ended these are still asked for: %q", got)
		}
		next, err := h.isms.Programme(ctx, manager, now.Add(time.Minute))
		must(t, err)
		if next.ID == first.ID || len(next.Entries) != len(first.Entries) {
			t.Errorf("the next programme has %d entries, the first %d", len(next.Entries), len(first.Entries))
		}
		later := (firstQuarter + 1).Days().From.Start(time.UTC).Add(12 * time.Hour)
		must(t, h.isms.TendAudits(ctx, manager.Org(), later))
		asked := h.asked(t, access.Manager)
		if len(asked) == 0 {
			t.Fatal("of the programme in force nothing is asked for")
		}
		// who takes the role over is asked, and who had it is not any more
		duties, err := h.people.Duties(ctx, manager)
		must(t, err)
		for _, d := range duties.All() {
			if d.Role == "security-officer" && d.Person == p.other.ID {
				must(t, h.people.EndDuty(ctx, manager, d.ID, (firstQuarter+1).Days().From, later))
			}
		}
		_, err = h.people.GiveDuty(ctx, manager, people.Giving{Role: "security-officer", Person: p.owner.ID, From: (firstQuarter + 1).Days().From + 1}, later)
		must(t, err)
		must(t, h.isms.TendAudits(ctx, manager.Org(), later.AddDate(0, 0, 2)))
		if got := h.asked(t, access.Manager); len(got) != 0 {
			t.Errorf("who gave the role away is asked for %q", got)
		}
	})
}
