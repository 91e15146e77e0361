package api

import (
	"context"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

func putStatementRow(s *Server, ctx context.Context, who access.Actor, in *struct {
	InRow
	InMatch
	Body StatementText
}) (*oneOut[StatementRow], error) {
	d, err := in.Body.decision()
	if err != nil {
		return nil, err
	}
	read := func() (StatementRow, error) { return s.statementRow(ctx, who, in.Row) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, now StatementRow) error {
		c := isms.StatementChange{Code: now.Code, Seen: &now.Said, Included: in.Body.Included, WhyOut: in.Body.WhyOut, StatementDecision: d}
		return inStatement(s.ISMS.SetStatement(ctx, who, []isms.StatementChange{c}, s.Now()), rowFields)
	})
}

// rowFields and manyFields are what the statement calls a field that the body of an
// operation calls otherwise.
var (
	rowFields  = map[string]string{"title": "own_title", "source": "own_source", "controls": "own_controls", "whyOut": "why_out"}
	manyFields = map[string]string{"code": "rows", "whyOut": "exclude", "reasons": "add_reasons", "risks": "add_risks"}
)

// inStatement names what is objected to as the body of the operation does.
func inStatement(err error, names map[string]string) error {
	p := problem.Of(err)
	name := p.Field
	if strings.HasPrefix(name, "reason-") {
		name = "reasons"
	}
	if body, ok := names[name]; ok {
		name = body
	}
	return renamed(err, p.Field, name)
}

func createStatementRow(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body StatementText
}) (*createdOut[StatementRow], error) {
	d, err := in.Body.decision()
	if err != nil {
		return nil, err
	}
	code, err := s.ISMS.AddStatementRow(ctx, who, d, s.Now())
	if err != nil || !who.Can(access.ViewISMS) {
		return fresh(told(StatementRow{Code: code}), address(who, "isms", "statement", "rows", code), inStatement(err, rowFields))
	}
	r, err := s.statementRow(ctx, who, code)
	return fresh(r, address(who, "isms", "statement", "rows", code), err)
}

func retireStatementRow(s *Server, ctx context.Context, who access.Actor, in *struct {
	InRow
	InOnce
	Body Reason
}) (*oneOut[Done], error) {
	return single(Done{true}, s.ISMS.RetireStatementRow(ctx, who, in.Row, in.Body.Reason, s.Now()))
}

// StatementMany changes several rows of the statement at once.
type StatementMany struct {
	Rows    []string          `json:"rows" minItems:"1" maxItems:"500" doc:"Codes; all of them change or none."`
	Add     []StatementReason `json:"add_reasons,omitempty" maxItems:"5" doc:"Each takes the place of a reason of the same kind."`
	Remove  []string          `json:"remove_reasons,omitempty" maxItems:"5" doc:"Kinds."`
	Risks   []string          `json:"add_risks,omitempty" maxItems:"500" doc:"Ids."`
	Claim   string            `json:"claim,omitempty" enum:"implemented,partly,planned,not_implemented"`
	On      string            `json:"on,omitempty" maxLength:"10" doc:"With claim."`
	Derived bool              `json:"claim_derived,omitempty" doc:"Claim what is derived, row by row."`
	Owner   string            `json:"owner,omitempty" maxLength:"100" doc:"Id of a person."`
	Include bool              `json:"include,omitempty"`
	Exclude string            `json:"exclude,omitempty" maxLength:"2000" doc:"Leave them out, for this reason."`
}

func changeStatement(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body StatementMany
}) (*oneOut[Done], error) {
	b := in.Body
	on, err := dayOf("on", b.On)
	if err != nil {
		return nil, err
	}
	err = s.ISMS.ChangeStatement(ctx, who, isms.BulkStatement{Codes: b.Rows, Add: reasonsFrom(b.Add), Risks: b.Risks, Claim: isms.Claim(b.Claim), On: on, Derived: b.Derived,
		Remove: each(b.Remove, func(k string) isms.ReasonKind { return isms.ReasonKind(k) }), Owner: b.Owner, Include: b.Include, Exclude: b.Exclude}, s.Now())
	return single(Done{true}, inStatement(err, manyFields))
}

// Note is what changed, in a sentence.
type Note struct {
	Note string `json:"note,omitempty" maxLength:"4000"`
}

func sendStatement(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body Note
}) (*oneOut[StatementVersion], error) {
	v, err := s.ISMS.SendStatement(ctx, who, in.Body.Note, s.Now())
	return single(statementVersionOf(v), err)
}

func decideStatement(s *Server, ctx context.Context, who access.Actor, in *struct {
	InStatementVersion
	InOnce
	Body Verdict
}) (*oneOut[ApprovalState], error) {
	a, err := s.ISMS.DecideStatement(ctx, who, in.Version, in.Body.Yes, in.Body.Reason, s.Now())
	return single(approvalOf(a), err)
}

func withdrawStatement(s *Server, ctx context.Context, who access.Actor, in *struct {
	InStatementVersion
	InOnce
}) (*oneOut[Done], error) {
	return single(Done{true}, s.ISMS.WithdrawStatement(ctx, who, in.Version, s.Now()))
}
