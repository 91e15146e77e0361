package api

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
)

func createAudit(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body AuditText
}) (*createdOut[AuditDetail], error) {
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	a, err := s.ISMS.PlanAudit(ctx, who, "", d, s.Now())
	out := told(AuditDetail{Audit: auditOf(a)})
	if err == nil && who.Can(access.ViewISMS) {
		out, err = s.audit(ctx, who, a.ID)
	}
	return fresh(out, address(who, "isms", "audits", a.ID), err)
}

func putAudit(s *Server, ctx context.Context, who access.Actor, in *struct {
	InAudit
	InMatch
	Body AuditText
}) (*oneOut[AuditDetail], error) {
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	read := func() (AuditDetail, error) { return s.audit(ctx, who, in.Audit) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ AuditDetail) error {
		_, err := s.ISMS.PlanAudit(ctx, who, in.Audit, d, s.Now())
		return err
	})
}

// audited answers with the audit after an act, to whoever may see it.
func (s *Server) audited(ctx context.Context, who access.Actor, id string, err error) (*oneOut[AuditDetail], error) {
	if err != nil || !who.Can(access.ViewISMS) {
		return single(told(AuditDetail{Audit: Audit{ID: id}}), err)
	}
	return single(s.audit(ctx, who, id))
}

func beginAudit(s *Server, ctx context.Context, who access.Actor, in *struct {
	InAudit
	InOnce
}) (*oneOut[AuditDetail], error) {
	return s.audited(ctx, who, in.Audit, s.ISMS.BeginAudit(ctx, who, in.Audit, s.Now()))
}

// InLine names a line of the checklist of an audit.
type InLine struct {
	InAudit
	InOnce
	Line string `path:"line" maxLength:"100" doc:"Id of the line."`
}

// LineAnswer is what an auditor says of a line.
type LineAnswer struct {
	Answer  string   `json:"answer" enum:"conforms,concern,fails,not_applicable"`
	Note    string   `json:"note,omitempty" maxLength:"8000" doc:"What was seen, when, and from which source."`
	Auditor string   `json:"auditor,omitempty" maxLength:"100" doc:"Who looked, by the id in team; left out: the member."`
	Items   []string `json:"items,omitempty" maxItems:"50" doc:"Ids of evidence that was seen."`
}

func answerLine(s *Server, ctx context.Context, who access.Actor, in *struct {
	InLine
	Body LineAnswer
}) (*oneOut[Done], error) {
	b := in.Body
	return single(Done{true}, s.ISMS.AnswerLine(ctx, who, in.Audit, in.Line, isms.LineAnswer{Answer: isms.AuditAnswer(b.Answer), Note: b.Note, Auditor: b.Auditor, Items: b.Items}, s.Now()))
}

// AuditFinding is what an audit found at a line.
type AuditFinding struct {
	Kind      string `json:"kind" enum:"nonconformity,exception,observation,opportunity"`
	Grade     string `json:"grade,omitempty" enum:"major,minor" doc:"Of a nonconformity."`
	Reason    string `json:"reason,omitempty" maxLength:"4000" doc:"Of the grade."`
	Title     string `json:"title" maxLength:"200"`
	Statement string `json:"statement,omitempty" maxLength:"8000" doc:"What was required, and what was found."`
	Objective string `json:"objective,omitempty" maxLength:"8000" doc:"What was seen, in words."`
	Owner     string `json:"owner,omitempty" maxLength:"100" doc:"Id of who answers for it."`
}

// Raised is the finding that was raised.
type Raised struct {
	ID   string `json:"id"`
	Code string `json:"code" example:"F-012"`
}

func raiseFinding(s *Server, ctx context.Context, who access.Actor, in *struct {
	InLine
	Body AuditFinding
}) (*oneOut[Raised], error) {
	b := in.Body
	f, err := s.ISMS.RaiseFinding(ctx, who, in.Audit, in.Line, finding.Draft{Kind: finding.Kind(b.Kind), Grade: finding.Grade(b.Grade), Reason: b.Reason, Title: b.Title, Statement: b.Statement,
		Objective: b.Objective, Owner: b.Owner}, s.Now())
	return single(Raised{f.ID, f.Code()}, err)
}

// AuditReport ends the work of an audit.
type AuditReport struct {
	Summary    string `json:"summary" maxLength:"8000"`
	Conclusion string `json:"conclusion" maxLength:"8000"`
}

func reportAudit(s *Server, ctx context.Context, who access.Actor, in *struct {
	InAudit
	InOnce
	Body AuditReport
}) (*oneOut[AuditDetail], error) {
	return s.audited(ctx, who, in.Audit, s.ISMS.ReportAudit(ctx, who, in.Audit, in.Body.Summary, in.Body.Conclusion, s.Now()))
}

func closeAudit(s *Server, ctx context.Context, who access.Actor, in *struct {
	InAudit
	InOnce
}) (*oneOut[AuditDetail], error) {
	return s.audited(ctx, who, in.Audit, s.ISMS.CloseAudit(ctx, who, in.Audit, s.Now()))
}

func cancelAudit(s *Server, ctx context.Context, who access.Actor, in *struct {
	InAudit
	InOnce
	Body Reason
}) (*oneOut[AuditDetail], error) {
	return s.audited(ctx, who, in.Audit, s.ISMS.CancelAudit(ctx, who, in.Audit, in.Body.Reason, s.Now()))
}
