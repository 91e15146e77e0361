package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// FindingText is what can be said of a finding.
type FindingText struct {
	Title        string   `json:"title" maxLength:"200" doc:"In one line, what was found."`
	Statement    string   `json:"statement" maxLength:"8000" doc:"What was required, and what was found."`
	Objective    string   `json:"objective,omitempty" maxLength:"8000" doc:"What was seen, in words."`
	Owner        string   `json:"owner,omitempty" maxLength:"100" doc:"Who answers for it: id in the register of persons."`
	FoundOn      string   `json:"found_on,omitempty" maxLength:"10" doc:"Left out: today, or what it was." example:"2026-03-01"`
	Controls     []string `json:"controls,omitempty" maxItems:"200" doc:"Controls it is about, by code or id; answered as ids."`
	Requirements []Ref    `json:"requirements,omitempty" maxItems:"200" doc:"Requirements it is about."`
}

// NewFinding is a finding to be raised.
type NewFinding struct {
	FindingText
	Kind        string   `json:"kind" enum:"nonconformity,exception,observation,opportunity"`
	Grade       string   `json:"grade,omitempty" enum:"major,minor" doc:"Of a nonconformity."`
	Reason      string   `json:"reason,omitempty" maxLength:"8000" doc:"Of the grade."`
	Source      string   `json:"source,omitempty" enum:"audit,external_audit,confirmation,test,sample,incident,review,risk,gap,self" doc:"Where it comes from."`
	SourceWords string   `json:"source_words,omitempty" maxLength:"200" doc:"What that is called, such as the number of a report."`
	Evidence    []string `json:"evidence,omitempty" maxItems:"50" doc:"Ids of evidence that shows it."`
}

// Finding is something that did not conform, or could be better, as it stands now.
type Finding struct {
	ID   string `json:"id"`
	Code string `json:"code" doc:"What people call it."`
	NewFinding
	Open               bool      `json:"open"`
	Overdue            bool      `json:"overdue" doc:"The step it waits for, or one of its actions, should have been done."`
	Stage              string    `json:"stage" enum:"problem,correction,cause,response,action,check,closed" doc:"What it waits for."`
	Words              string    `json:"words" doc:"How that stands."`
	DueOn              string    `json:"due_on,omitempty"`
	Frameworks         []string  `json:"frameworks" doc:"Those it counts for, through its requirements and controls."`
	MayBeMajor         bool      `json:"may_be_major" doc:"Something says that a minor one has become a major one; a person grades."`
	Correction         string    `json:"correction,omitempty" doc:"Of the present case."`
	CorrectedOn        string    `json:"corrected_on,omitempty"`
	CorrectionEvidence []string  `json:"correction_evidence,omitempty"`
	Cause              string    `json:"cause,omitempty"`
	Response           string    `json:"response,omitempty" doc:"What was decided, where no cause is asked."`
	Checker            string    `json:"checker,omitempty" doc:"Id in the register of persons."`
	CheckOn            string    `json:"check_on,omitempty"`
	Worked             string    `json:"worked,omitempty" enum:"yes,no" doc:"Absent: not checked."`
	CheckedOn          string    `json:"checked_on,omitempty"`
	CheckNote          string    `json:"check_note,omitempty"`
	CheckEvidence      []string  `json:"check_evidence,omitempty"`
	Failed             int       `json:"failed,omitempty" doc:"How often a check found that it did not work."`
	Reopened           int       `json:"reopened,omitempty"`
	ClosedOn           string    `json:"closed_on,omitempty"`
	CloseNote          string    `json:"close_note,omitempty"`
	OpenActions        int       `json:"open_actions"`
	RaisedAt           time.Time `json:"raised_at"`
	RaisedBy           string    `json:"raised_by,omitempty" doc:"Id of the account; absent: by itself."`
}

// FindingDetail is a finding with everything around it.
type FindingDetail struct {
	Finding
	Line       []FindingStep `json:"line" doc:"Every step with what it still needs."`
	Missing    []string      `json:"missing" doc:"What must be there before it can be closed."`
	Actions    []Action      `json:"actions"`
	Reached    []Ref         `json:"reached" doc:"The requirements it counts for."`
	Repeats    []string      `json:"repeats" doc:"Codes of findings that said the same within 12 months before."`
	Escalation []string      `json:"escalation" doc:"Why a minor one may be a major one."`
}

// FindingStep is one part of the line of a finding.
type FindingStep struct {
	Stage string `json:"stage" enum:"problem,correction,cause,response,action,check,closed"`
	Done  bool   `json:"done"`
	Now   bool   `json:"now"`
	Words string `json:"words"`
	DueOn string `json:"due_on,omitempty"`
}

func findingOf(r *finding.Register, f finding.Finding) Finding {
	step := f.Now()
	return Finding{ID: f.ID, Code: f.Code(), NewFinding: NewFinding{
		FindingText{f.Title, f.Statement, f.Objective, f.Owner, f.FoundOn.String(), nonNil(f.Controls), refsOf(f.Requirements)},
		string(f.Kind), string(f.Grade), f.Reason, f.Source.Kind, f.Source.Words, f.Items},
		Open: !f.Closed(), Overdue: f.Overdue(r.Today), Stage: string(step.Stage), Words: step.Words, DueOn: step.Due.String(), Frameworks: nonNil(r.Frameworks(f)), MayBeMajor: r.MayBeMajor(f),
		Correction: f.Correction, CorrectedOn: f.CorrectedOn.String(), CorrectionEvidence: f.CorrectionItems, Cause: f.Cause, Response: f.Response, Checker: f.Checker, CheckOn: f.CheckOn.String(),
		Worked: f.Worked, CheckedOn: f.CheckedOn.String(), CheckNote: f.CheckNote, CheckEvidence: f.CheckItems, Failed: f.Failed, Reopened: f.Reopened,
		ClosedOn: f.ClosedOn.String(), CloseNote: f.CloseNote, OpenActions: f.Actions.Open, RaisedAt: f.RaisedAt, RaisedBy: f.RaisedBy}
}

func listFindings(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Text      string `query:"text" maxLength:"200" doc:"Only those with this in code, title or statement."`
	State     string `query:"state" enum:"open,overdue,may_be_major,closed,all" default:"open"`
	Kind      string `query:"kind" enum:"nonconformity,exception,observation,opportunity"`
	Grade     string `query:"grade" enum:"major,minor"`
	Owner     string `query:"owner" maxLength:"100" doc:"Id in the register of persons; nobody: those without an owner."`
	Framework string `query:"framework" maxLength:"100" doc:"Only those that count for it."`
	Source    string `query:"source" enum:"audit,external_audit,confirmation,test,sample,incident,review,risk,gap,self"`
}) (*listOut[Finding], error) {
	r, err := s.Findings.All(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	var list []finding.Finding
	for _, f := range r.Findings {
		switch {
		case (in.State == "" || in.State == "open") && f.Closed(), in.State == "closed" && !f.Closed(),
			in.State == "overdue" && (f.Closed() || !f.Overdue(r.Today)), in.State == "may_be_major" && (f.Closed() || !r.MayBeMajor(f)),
			in.Kind != "" && string(f.Kind) != in.Kind, in.Grade != "" && string(f.Grade) != in.Grade, in.Source != "" && f.Source.Kind != in.Source,
			in.Framework != "" && !slices.Contains(r.Frameworks(f), in.Framework), !owned(in.Owner, f.Owner), !said(in.Text, f.Code(), f.Title, f.Statement):
			continue
		}
		list = append(list, f)
	}
	which := strings.Join([]string{in.Text, in.State, in.Kind, in.Grade, in.Owner, in.Framework, in.Source}, "\x00")
	page, err := byNumber(in.InPage, list, "findings "+fingerprint([]byte(which)), func(f finding.Finding) int { return f.N })
	if err != nil {
		return nil, err
	}
	return shown(page, func(f finding.Finding) Finding { return findingOf(r, f) }), nil
}

// InFinding names a finding in the path.
type InFinding struct {
	InOrg
	Finding string `path:"finding" maxLength:"100" doc:"Its code or its id."`
}

// findingID is the id of a finding that is named by code or id.
func (s *Server) findingID(ctx context.Context, who access.Actor, name string) (string, error) {
	if !who.Can(access.ViewFindings) {
		return name, nil
	}
	r, err := s.Findings.All(ctx, who, s.Now())
	if err != nil {
		return "", err
	}
	for _, f := range r.Findings {
		if strings.EqualFold(f.Code(), name) {
			return f.ID, nil
		}
	}
	return name, nil
}

func (s *Server) finding(ctx context.Context, who access.Actor, name string) (FindingDetail, error) {
	id, err := s.findingID(ctx, who, name)
	if err != nil {
		return FindingDetail{}, err
	}
	v, err := s.Findings.View(ctx, who, id, s.Now())
	if err != nil {
		return FindingDetail{}, err
	}
	r, err := s.Findings.All(ctx, who, s.Now())
	if err != nil {
		return FindingDetail{}, err
	}
	out := FindingDetail{findingOf(r, v.Finding), []FindingStep{}, nonNil(v.Missing()), []Action{}, refsOf(v.Reached), []string{}, nonNil(v.Escalation)}
	for _, x := range v.Finding.Line() {
		out.Line = append(out.Line, FindingStep{string(x.Stage), x.Done, x.Now, x.Words, x.Due.String()})
	}
	for _, a := range v.List {
		out.Actions = append(out.Actions, actionOf(a, v.Today))
	}
	for _, f := range v.Repeats {
		out.Repeats = append(out.Repeats, f.Code())
	}
	return out, nil
}

func getFinding(s *Server, ctx context.Context, who access.Actor, in *InFinding) (*oneOut[FindingDetail], error) {
	return single(s.finding(ctx, who, in.Finding))
}

func getFindingHistory(s *Server, ctx context.Context, who access.Actor, in *InFinding) (*oneOut[List[History]], error) {
	id, err := s.findingID(ctx, who, in.Finding)
	if err != nil {
		return nil, err
	}
	v, err := s.Findings.View(ctx, who, id, s.Now())
	return single(pastOf(v.Past), err)
}

// draft reads what is said of a finding.
func (s *Server) draft(ctx context.Context, who access.Actor, t FindingText) (finding.Draft, error) {
	d := finding.Draft{Title: t.Title, Statement: t.Statement, Objective: t.Objective, Owner: t.Owner}
	var err error
	if d.FoundOn, err = dayOf("found_on", t.FoundOn); err != nil {
		return d, err
	}
	d.Requirements = refs(t.Requirements)
	d.Controls, err = s.controlIDs(ctx, who, "controls", t.Controls)
	return d, err
}

func createFinding(s *Server, ctx context.Context, who access.Actor, in *inEntryText[NewFinding]) (*createdOut[FindingDetail], error) {
	b := in.Body
	d, err := s.draft(ctx, who, b.FindingText)
	if err != nil {
		return nil, err
	}
	d.Kind, d.Grade, d.Reason, d.Source, d.Items = finding.Kind(b.Kind), finding.Grade(b.Grade), b.Reason, finding.Source{Kind: b.Source, Words: b.SourceWords}, b.Evidence
	f, err := s.Findings.Report(ctx, who, d, s.Now())
	if err != nil {
		return nil, renamed(err, "items", "evidence")
	}
	made, err := s.finding(ctx, who, f.ID)
	if !who.Can(access.ViewFindings) { // a token may be let write and not read
		made, err = told(FindingDetail{Finding: findingOf(&finding.Register{Today: f.FoundOn}, f)}), nil
	}
	return fresh(made, address(who, "findings", f.ID), err)
}

func putFinding(s *Server, ctx context.Context, who access.Actor, in *struct {
	InFinding
	InMatch
	Body FindingText
}) (*oneOut[FindingDetail], error) {
	d, err := s.draft(ctx, who, in.Body)
	if err != nil {
		return nil, err
	}
	read := func() (FindingDetail, error) { return s.finding(ctx, who, in.Finding) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, now FindingDetail) error {
		return s.Findings.Change(ctx, who, now.ID, d, s.Now())
	})
}

var findingFile = sheetFile{"Findings", finding.Columns,
	func(s *Server, ctx context.Context, who access.Actor) ([][]string, error) {
		return s.Findings.Export(ctx, who, s.Now())
	},
	func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
		return s.Findings.PlanImport(ctx, who, sh, s.Now())
	},
	func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
		return s.Findings.Import(ctx, who, sh, s.Now())
	}}
