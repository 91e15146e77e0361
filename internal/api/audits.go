package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
)

// Programme is the programme of internal audits over three years.
type Programme struct {
	Begun     bool   `json:"begun"`
	From      string `json:"from,omitempty" doc:"First quarter." example:"2026 Q1"`
	To        string `json:"to,omitempty" doc:"Last quarter." example:"2028 Q4"`
	Year      int    `json:"year" doc:"Of the cycle, in which today lies; 0 before it, 4 after it."`
	Entries   int    `json:"entries"`
	Asked     int    `json:"asked" doc:"Requirements it has to cover."`
	Excluded  int    `json:"excluded" doc:"Requirements that do not apply."`
	Unplanned int    `json:"unplanned" doc:"Requirements with something no plan covers."`
	Undone    int    `json:"undone" doc:"Requirements that should have been audited and were not."`
}

// ProgrammeEntryText is what can be said of an entry of the programme.
type ProgrammeEntryText struct {
	Quarter string `json:"quarter" maxLength:"10" example:"2026 Q2"`
	Title   string `json:"title" maxLength:"200"`
	Scope   []Ref  `json:"scope" maxItems:"200"`
	Method  string `json:"method,omitempty" maxLength:"8000"`
	Sample  string `json:"sample,omitempty" maxLength:"8000" doc:"What to sample."`
}

// ProgrammeEntry is one audit of the programme.
type ProgrammeEntry struct {
	ID   string `json:"id"`
	Code string `json:"code" example:"IA-Y1Q1-C"`
	ProgrammeEntryText
	Urgent  bool     `json:"urgent" doc:"To be done before stage 2."`
	Dropped bool     `json:"dropped"`
	Moved   int      `json:"moved" doc:"How often it was planned anew."`
	Audits  []string `json:"audits" doc:"Ids of the audits that carry it out."`
}

// CoverageRow is one requirement over the cycle of the programme.
type CoverageRow struct {
	Requirement Ref            `json:"requirement"`
	Label       string         `json:"label"`
	Excluded    string         `json:"excluded,omitempty" doc:"Why it does not apply."`
	Years       []CoverageYear `json:"years"`
	Unplanned   []int          `json:"unplanned" doc:"Years, counted from 1, that nothing covers by plan."`
	Undone      []int          `json:"undone" doc:"Years that are over and in which nobody looked."`
}

// CoverageYear is a requirement in one year of the cycle.
type CoverageYear struct {
	Planned []string `json:"planned" doc:"Codes of entries."`
	Done    []string `json:"done" doc:"Codes of audits."`
}

func (s *Server) programme(ctx context.Context, who access.Actor) (Programme, error) {
	p, err := s.ISMS.Programme(ctx, who, s.Now())
	if err != nil || p.ID == "" {
		return Programme{}, err
	}
	c := p.Coverage
	return Programme{true, c.From.String(), c.To.String(), c.Now, len(p.Entries), len(c.Rows), c.Excluded, len(c.Unplanned), len(c.Undone)}, nil
}

func getProgramme(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[Programme], error) {
	return single(s.programme(ctx, who))
}

func entryOf(e isms.AuditEntry, audits []isms.Audit) ProgrammeEntry {
	return ProgrammeEntry{e.ID, e.Code, ProgrammeEntryText{e.Quarter.String(), e.Title, refList(e.Scope), e.Method, e.Sample}, e.Urgent, e.Dropped, e.Moved,
		each(audits, func(a isms.Audit) string { return a.ID })}
}

func listProgrammeEntries(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[ProgrammeEntry], error) {
	p, err := s.ISMS.Programme(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	return asListed(in.InPage, p.Entries, "programme "+p.ID, func(e isms.AuditEntry) string { return e.ID }, func(e isms.AuditEntry) ProgrammeEntry { return entryOf(e, p.AuditsOf(e.ID)) })
}

// InProgrammeEntry names an entry of the programme.
type InProgrammeEntry struct {
	InOrg
	Entry string `path:"planned" maxLength:"100" doc:"Id of the entry."`
}

func (s *Server) programmeEntry(ctx context.Context, who access.Actor, id string) (ProgrammeEntry, error) {
	v, err := s.ISMS.AuditEntry(ctx, who, id, s.Now())
	return entryOf(v.AuditEntry, v.Audits), err
}

func getProgrammeEntry(s *Server, ctx context.Context, who access.Actor, in *InProgrammeEntry) (*oneOut[ProgrammeEntry], error) {
	return single(s.programmeEntry(ctx, who, in.Entry))
}

func listCoverage(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Open string `query:"open" enum:"unplanned,undone" doc:"Only requirements with something no plan covers, or that nobody looked at in time."`
}) (*listOut[CoverageRow], error) {
	p, err := s.ISMS.Programme(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	rows := p.Coverage.Rows
	switch in.Open {
	case "unplanned":
		rows = p.Coverage.Unplanned
	case "undone":
		rows = p.Coverage.Undone
	}
	return asListed(in.InPage, rows, "coverage "+p.ID+" "+in.Open, func(r isms.AuditCoverRow) string { return r.Ref.String() }, func(r isms.AuditCoverRow) CoverageRow {
		return CoverageRow{Ref{r.Ref.Framework, r.Ref.ID}, r.Label, r.Excluded, each(r.Years[:], func(y isms.AuditCoverCell) CoverageYear { return CoverageYear{nonNil(y.Planned), nonNil(y.Done)} }),
			nonNil(r.Unplanned), nonNil(r.Undone)}
	})
}

// AuditText is the plan of an internal audit.
type AuditText struct {
	Entry      string   `json:"entry,omitempty" maxLength:"100" doc:"Id of the entry of the programme it carries out."`
	Title      string   `json:"title" maxLength:"200"`
	Criteria   string   `json:"criteria,omitempty" maxLength:"8000" doc:"What it is measured against."`
	Method     string   `json:"method,omitempty" maxLength:"8000"`
	Sample     string   `json:"sample,omitempty" maxLength:"8000"`
	PeriodFrom string   `json:"period_from,omitempty" maxLength:"10" doc:"First day of what it looks at."`
	PeriodTo   string   `json:"period_to,omitempty" maxLength:"10"`
	StartsOn   string   `json:"starts_on,omitempty" maxLength:"10" doc:"First day of its work."`
	EndsOn     string   `json:"ends_on,omitempty" maxLength:"10"`
	Scope      []Ref    `json:"scope" maxItems:"200"`
	Auditors   []string `json:"auditors,omitempty" maxItems:"20" doc:"Ids of people. Who may look at none of its lines is refused, with the reasons."`
	Outside    []string `json:"outside,omitempty" maxItems:"20" doc:"Names of auditors from outside."`
	Auditees   []string `json:"auditees,omitempty" maxItems:"20" doc:"Ids of people who answer."`
}

// Audit is an internal audit.
type Audit struct {
	ID   string `json:"id"`
	Code string `json:"code" example:"IA-2026-1"`
	AuditText
	State      string     `json:"state" enum:"planned,running,reported,closed,cancelled"`
	Lines      int        `json:"lines"`
	Answered   int        `json:"answered"`
	Findings   int        `json:"findings"`
	ReportBy   string     `json:"report_by,omitempty" doc:"Last day for its report."`
	Summary    string     `json:"summary,omitempty"`
	Conclusion string     `json:"conclusion,omitempty"`
	ReportedAt *time.Time `json:"reported_at,omitempty"`
	Report     string     `json:"report,omitempty" doc:"Id of the evidence the frozen report is."`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	Reason     string     `json:"reason,omitempty" doc:"Why it was cancelled."`
}

// AuditDetail is an audit with who is part of it and what became of it.
type AuditDetail struct {
	Audit
	Team    []AuditMember `json:"team"`
	Missing []string      `json:"missing" doc:"What must be there before the next step."`
	Past    []AuditAct    `json:"past" doc:"What became of it."`
}

// AuditMember is an auditor.
type AuditMember struct {
	ID     string `json:"id" doc:"What an answer names."`
	Person string `json:"person,omitempty" doc:"Id in the register; absent for somebody from outside."`
	Name   string `json:"name"`
	Gone   bool   `json:"gone" doc:"Not of the audit any more."`
}

// AuditAct is something that became of an audit.
type AuditAct struct {
	At     time.Time `json:"at"`
	ByName string    `json:"by_name,omitempty"`
	Words  string    `json:"words"`
	Reason string    `json:"reason,omitempty"`
}

func auditOf(a isms.Audit) Audit {
	x := Audit{ID: a.ID, Code: a.Code(), State: string(a.State), Lines: a.Counts.Lines, Answered: a.Counts.Answered, Findings: a.Counts.Findings, Summary: a.Summary, Conclusion: a.Conclusion,
		ReportedAt: maybe(a.ReportedAt), Report: a.Item, EndedAt: maybe(a.EndedAt), Reason: a.Reason,
		AuditText: AuditText{a.Entry, a.Title, a.Criteria, a.Method, a.Sample, a.Period.From.String(), a.Period.To.String(), a.Days.From.String(), a.Days.To.String(), refList(a.Scope), a.Auditors, a.Outside, a.Auditees}}
	if a.Days.Known() {
		x.ReportBy = a.ReportBy().String()
	}
	return x
}

// draft is the plan as the store takes it.
func (t AuditText) draft() (isms.AuditDraft, error) {
	d := isms.AuditDraft{Entry: t.Entry, Title: t.Title, Criteria: t.Criteria, Method: t.Method, Sample: t.Sample, Scope: refsSaid(t.Scope), Auditors: t.Auditors, Outside: t.Outside, Auditees: t.Auditees}
	var err error
	if d.Period, err = stretch("period_from", t.PeriodFrom, "period_to", t.PeriodTo); err != nil {
		return d, err
	}
	d.Days, err = stretch("starts_on", t.StartsOn, "ends_on", t.EndsOn)
	return d, err
}

func listAudits(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	State string `query:"state" enum:"planned,running,reported,closed,cancelled"`
}) (*listOut[Audit], error) {
	all, err := s.ISMS.Audits(ctx, who)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a isms.Audit) bool { return in.State != "" && string(a.State) != in.State })
	return asListed(in.InPage, all, "audits "+in.State, func(a isms.Audit) string { return a.ID }, auditOf)
}

// InAudit names an internal audit.
type InAudit struct {
	InOrg
	Audit string `path:"audit" maxLength:"100" doc:"Its id."`
}

func (s *Server) audit(ctx context.Context, who access.Actor, id string) (AuditDetail, error) {
	v, err := s.ISMS.Audit(ctx, who, id, s.Now())
	if err != nil {
		return AuditDetail{}, err
	}
	return AuditDetail{auditOf(v.Audit), each(v.Team, func(a isms.Auditor) AuditMember { return AuditMember{a.ID, a.Person, a.Name, a.Gone} }), nonNil(v.Missing()),
		each(v.Past, func(p isms.AuditPastLine) AuditAct { return AuditAct{p.At, p.ByName, p.Words(), p.Reason} })}, nil
}

func getAudit(s *Server, ctx context.Context, who access.Actor, in *InAudit) (*oneOut[AuditDetail], error) {
	return single(s.audit(ctx, who, in.Audit))
}

// AuditLine is one line of a checklist.
type AuditLine struct {
	ID          string              `json:"id"`
	Number      int                 `json:"number"`
	Requirement Ref                 `json:"requirement"`
	Label       string              `json:"label"`
	Control     string              `json:"control,omitempty" doc:"Code of the control it is about."`
	Policy      string              `json:"policy,omitempty" doc:"Title of the policy it is about."`
	Question    string              `json:"question"`
	Hint        string              `json:"hint,omitempty"`
	Answer      string              `json:"answer,omitempty" enum:"conforms,concern,fails,not_applicable" doc:"Absent: nobody looked."`
	Note        string              `json:"note,omitempty" doc:"What was seen."`
	Auditor     string              `json:"auditor,omitempty" doc:"Who looked, by the id in team."`
	At          *time.Time          `json:"at,omitempty"`
	Items       []string            `json:"items" doc:"Ids of evidence that was seen."`
	Findings    []string            `json:"findings" doc:"Codes of the findings it led to."`
	Conflicts   map[string][]string `json:"conflicts" doc:"By the id in team: why they may not look."`
}

func listAuditLines(s *Server, ctx context.Context, who access.Actor, in *struct {
	InAudit
	InPage
	Answer string `query:"answer" enum:"conforms,concern,fails,not_applicable,none"`
}) (*listOut[AuditLine], error) {
	v, err := s.ISMS.Audit(ctx, who, in.Audit, s.Now())
	if err != nil {
		return nil, err
	}
	var list []isms.AuditLine
	for _, l := range v.Lines {
		if in.Answer == "" || string(l.Answer) == in.Answer || l.Answer == "" && in.Answer == "none" {
			list = append(list, l)
		}
	}
	number := func(l isms.AuditLine) string { return fmt.Sprintf("%08d", l.N) } // lines leave the list while they are answered
	page, err := paged(in.InPage, list, "lines of "+v.ID+" "+in.Answer, number, strings.Compare)
	if err != nil {
		return nil, err
	}
	return shown(page, func(l isms.AuditLine) AuditLine {
		return AuditLine{l.ID, l.N, Ref{l.Ref.Framework, l.Ref.ID}, v.Labels[l.Ref], l.ControlCode, l.PolicyTitle, l.Question, l.Hint, string(l.Answer), l.Note, l.Auditor, maybe(l.At), nonNil(l.Items),
			each(l.Findings, func(f finding.Finding) string { return f.Code() }), l.Conflicts}
	}), nil
}
