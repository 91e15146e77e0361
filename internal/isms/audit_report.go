package isms

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// auditReportKind is the kind of evidence a report is frozen as.
const auditReportKind = "internal-audit-report"

// Report is the report of an audit as values: the same words leave as page and as
// PDF.
func (a Audit) Report(of string, at time.Time) document.Report {
	names := func(list []Auditor) string {
		var out []string
		for _, x := range list {
			if x.Gone {
				continue
			}
			n := x.Name
			if x.Outside() {
				n += " (from outside)"
			}
			out = append(out, n)
		}
		if len(out) == 0 {
			return "nobody was named"
		}
		return strings.Join(out, ", ")
	}
	state := a.State.Label()
	if a.State == AuditPlanned || a.State == AuditRunning {
		state += ": this is a draft"
	}
	r := document.Report{Title: "Internal audit " + a.Code(), Of: of, At: at, About: a.Title + ". Whether the management system does what the organisation and the standard ask, and whether it works (ISO/IEC 27001:2022, 9.2).",
		Facts: [][2]string{{"State", state}, {"Audited period", a.Period.String()}, {"Carried out", a.Days.String()}, {"Auditors", names(a.Team)}, {"Audited", names(a.Asked)},
			{"Scope", auditScopeWords(a.Scope)}, {"Criteria", a.Criteria}, {"Method", a.Method}, {"Sample", a.Sample}}}
	n := map[AuditAnswer]int{}
	var raised []finding.Finding
	for _, l := range a.Lines {
		n[l.Answer]++
		raised = append(raised, l.Findings...)
	}
	r.Parts = append(r.Parts,
		document.Part{Heading: "Summary", Text: auditParagraphs(a.Summary, "No summary was written yet.")},
		document.Part{Heading: "Conclusion", Text: auditParagraphs(a.Conclusion, "No conclusion was written yet.")},
		document.Part{Heading: "Results in numbers", Facts: [][2]string{{"Lines", fmt.Sprint(len(a.Lines))}, {"Conform", fmt.Sprint(n[LineConforms])}, {"Conform, with a concern", fmt.Sprint(n[LineConcern])},
			{"Do not conform", fmt.Sprint(n[LineFails])}, {"Do not apply", fmt.Sprint(n[LineNone])}, {"Not looked at", fmt.Sprint(n[""])}, {"Findings", fmt.Sprint(len(raised))}}})
	r.Parts = append(r.Parts, auditFindingsPart(raised), a.independencePart(), a.linesPart())
	return r
}

func auditParagraphs(text, none string) []string {
	if text == "" {
		return []string{none}
	}
	return strings.Split(text, "\n\n")
}

func auditScopeWords(scope []framework.Ref) string {
	var out []string
	for _, r := range scope {
		out = append(out, r.Words())
	}
	return strings.Join(out, ", ")
}

func auditFindingsPart(list []finding.Finding) document.Part {
	g := &document.Grid{Caption: "Findings", Head: []string{"Code", "Finding", "What", "Statement", "Seen"}, Weights: []float64{1, 2.5, 2, 4, 4}, None: "Nothing was found."}
	for _, f := range list {
		g.Rows = append(g.Rows, []string{f.Code(), f.Title, f.What(), f.Statement, f.Objective})
	}
	return document.Part{Heading: "Findings", Table: g}
}

// independencePart says that nobody audited their own work, or where they did.
func (a Audit) independencePart() document.Part {
	p := document.Part{Heading: "Independence", Text: []string{"For each line, whoever looked was compared with everybody who owned a control or a policy of it, filed evidence for it, or answered for its clause, on any day of the audited period, as the records stand now."}}
	if biased := a.Biased(); len(biased) > 0 {
		for _, l := range biased {
			p.List = append(p.List, fmt.Sprintf("Line %d (%s): %s", l.N, l.where(), strings.Join(l.Conflicts[l.Auditor], " ")))
		}
		return p
	}
	p.Text = append(p.Text, "Nobody looked at their own work.")
	return p
}

func (a Audit) linesPart() document.Part {
	g := &document.Grid{Caption: "Checklist", Head: []string{"No.", "About", "Question", "Answer", "What was seen", "Who looked"}, Weights: []float64{0.7, 1.6, 3.6, 1.7, 4.4, 1.7}}
	for _, l := range a.Lines {
		who := ""
		if x, ok := a.Auditor(l.Auditor); ok {
			who = x.Name
		}
		seen := l.Note
		if len(l.Items) > 0 {
			seen += fmt.Sprintf(" Evidence seen: %d.", len(l.Items))
		}
		g.Rows = append(g.Rows, []string{fmt.Sprint(l.N), l.where(), l.Question, l.Answer.Label(), seen, who})
	}
	return document.Part{Heading: "Checklist", Table: g, Break: true}
}

// ReportAudit reports an audit: summary and conclusion are written down, and the
// report is frozen as evidence.
func (s *Store) ReportAudit(ctx context.Context, who access.Actor, id, summary, conclusion string, now time.Time) error {
	if err := who.May(access.AuditInternally); err != nil {
		return err
	}
	now = auditMoment(now)
	var err error
	for _, x := range []struct {
		field, label string
		text         *string
	}{{"summary", "The summary", &summary}, {"conclusion", "The conclusion", &conclusion}} {
		if *x.text, err = db.Prose(x.field, x.label, *x.text, maxAuditText); err == nil && *x.text == "" {
			err = problem.Field(x.field, x.label+" is missing.")
		}
		if err != nil {
			return err
		}
	}
	a, file, err := s.printAudit(ctx, who, id, summary, conclusion, now)
	if err != nil {
		return err
	}
	return s.stepAudit(ctx, who, id, now, func(ctx context.Context, tx *db.Tx, is *Audit) (string, any, error) {
		if is.State != AuditRunning || is.Counts != a.Counts {
			return "", nil, problem.New(problem.Conflict, "%s changed while its report was printed. Try again.", is.Code())
		}
		filing := evidence.Filing{Title: "Internal audit " + a.Code() + ": " + a.Title, Kind: auditReportKind, CapturedAt: now, Period: a.Period, Source: evidence.Person, Files: []evidence.File{file}}
		if filing.Controls, filing.Requirements, err = auditReportTags(ctx, tx, who.Org(), now); err != nil {
			return "", nil, err
		}
		item, err := s.Evidence.Issue(ctx, tx, who.Org(), who.Account(), filing, now)
		if err != nil {
			return "", nil, err
		}
		is.State = AuditReported
		_, err = tx.Exec(ctx, `UPDATE internal_audit SET state = $3, summary = $4, conclusion = $5, reported_at = $6, item = $7 WHERE org = $1 AND id = $2`,
			who.Org(), is.ID, string(AuditReported), summary, conclusion, db.Micros(now), item.ID)
		return kindAuditReported, auditStepFact{Audit: is.ID, Code: is.Code(), Lines: len(is.Lines), Item: item.ID}, err
	})
}

// printAudit checks that an audit can be reported and keeps its report as a file.
func (s *Store) printAudit(ctx context.Context, who access.Actor, id, summary, conclusion string, now time.Time) (Audit, evidence.File, error) {
	var a Audit
	var name string
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if a, err = s.auditOf(ctx, tx, who.Org(), id, now); err != nil {
			return err
		}
		if err := s.mayAudit(ctx, tx, who, a); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT name FROM organisation WHERE id = $1`, who.Org()).Scan(&name)
	})
	if err != nil {
		return a, evidence.File{}, err
	}
	if a.State != AuditRunning {
		return a, evidence.File{}, problem.New(problem.Conflict, "%s is %s: it is reported while it runs.", a.Code(), a.State)
	}
	if missing := a.Missing(); len(missing) > 0 {
		return a, evidence.File{}, problem.New(problem.Conflict, "%s cannot be reported yet. %s", a.Code(), strings.Join(missing, " "))
	}
	printed := a
	printed.Summary, printed.Conclusion, printed.State = summary, conclusion, AuditReported
	data, err := printed.Report(name, now).PDF()
	if err != nil {
		return a, evidence.File{}, err
	}
	f, err := s.Evidence.Stage(ctx, who.Org(), who.Account(), strings.ToLower(a.Code())+".pdf", bytes.NewReader(data), now)
	return a, f, err
}

// auditReportTags returns what the report of an audit is evidence of: the controls that
// leave such reports, and the clause itself where it is followed.
func auditReportTags(ctx context.Context, tx *db.Tx, org string, now time.Time) ([]string, []framework.Ref, error) {
	rows, err := tx.Query(ctx, `SELECT c.id, c.evidence FROM control c WHERE c.org = $1 AND c.evidence LIKE '%internal-audit-report%'
		AND NOT EXISTS (SELECT 1 FROM retirement r WHERE r.org = c.org AND r.control = c.id AND r.to_at IS NULL) ORDER BY c.id`, org)
	var controls []string
	if err = auditEach(rows, err, func(scan func(...any) error) error {
		var id, kinds string
		err := scan(&id, &kinds)
		controls = append(controls, id)
		return err
	}); err != nil {
		return nil, nil, err
	}
	followed, err := crosswalk.Followed(ctx, tx, org, now)
	var refs []framework.Ref
	if _, ok := followed[ProgrammeFramework]; ok {
		refs = []framework.Ref{{Framework: ProgrammeFramework, ID: "9.2.1"}}
	}
	return controls, refs, err
}

// Report is the programme as it leaves: its entries and what they
// cover.
func (p Programme) Report(of string, at time.Time) document.Report {
	c := p.Coverage
	r := document.Report{Title: "Internal audit programme", Of: of, At: at, Wide: true,
		About: "Which audits are planned over three years, with their method, and which clause or control each covers (ISO/IEC 27001:2022, 9.2.2). Clauses are covered every year, controls of the annex once in the cycle.",
		Facts: [][2]string{{"Cycle", fmt.Sprintf("%s to %s", c.From, c.To)}, {"Not covered by plan", fmt.Sprint(len(c.Unplanned))}, {"Should have been audited and was not", fmt.Sprint(len(c.Undone))}, {"Do not apply", fmt.Sprint(c.Excluded)}}}
	g := &document.Grid{Caption: "Planned audits", Head: []string{"Quarter", "Code", "Audit", "Covers", "Method", "Sample", "Carried out by"}, Weights: []float64{1, 1.4, 2.6, 4, 3, 3, 1.6}, None: "Nothing is planned."}
	for _, e := range p.Entries {
		if e.Dropped {
			continue
		}
		var done []string
		for _, a := range p.AuditsOf(e.ID) {
			done = append(done, a.Code()+" ("+string(a.State)+")")
		}
		g.Rows = append(g.Rows, []string{e.Quarter.String(), e.Code, e.Title, auditScopeWords(e.Scope), e.Method, e.Sample, strings.Join(done, ", ")})
	}
	gaps := &document.Grid{Caption: "What is not covered", Head: []string{"Requirement", "Label", "What is missing"}, Weights: []float64{1, 3, 4}, None: "Everything that applies is covered by plan, and nothing that was due is left out."}
	for _, x := range c.Rows {
		if x.Excluded == "" && x.Words() != "" {
			gaps.Rows = append(gaps.Rows, []string{x.Ref.ID, x.Label, x.Words()})
		}
	}
	r.Parts = []document.Part{{Heading: "Planned audits", Table: g}, {Heading: "What is not covered", Table: gaps}}
	return r
}
