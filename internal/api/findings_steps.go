package api

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/finding"
)

// inStep is a step of a finding.
type inStep[T any] struct {
	InFinding
	InOnce
	Body T
}

// stepOn takes a step of a finding and returns how it stands then, to whoever may
// see it.
func (s *Server) stepOn(ctx context.Context, who access.Actor, name string, do func(id string) error) (*oneOut[FindingDetail], error) {
	id, err := s.findingID(ctx, who, name)
	if err == nil {
		err = renamed(do(id), "items", "evidence")
	}
	if err != nil || !who.Can(access.ViewFindings) {
		return single(told(FindingDetail{Finding: Finding{ID: id}}), err)
	}
	return single(s.finding(ctx, who, id))
}

// FindingCorrection is what was done about the present case.
type FindingCorrection struct {
	Text     string   `json:"text" maxLength:"8000"`
	On       string   `json:"on,omitempty" maxLength:"10" doc:"Left out: today." example:"2026-03-01"`
	Evidence []string `json:"evidence,omitempty" maxItems:"50" doc:"Ids of evidence."`
}

func correctFinding(s *Server, ctx context.Context, who access.Actor, in *inStep[FindingCorrection]) (*oneOut[FindingDetail], error) {
	return s.stepOn(ctx, who, in.Finding, func(id string) error {
		on, err := dayOf("on", in.Body.On)
		if err != nil {
			return err
		}
		return s.Findings.Correct(ctx, who, id, in.Body.Text, on, in.Body.Evidence, s.Now())
	})
}

// FindingCause is what made it possible.
type FindingCause struct {
	Cause string `json:"cause" maxLength:"8000" doc:"Something that can be changed: human error alone is none."`
}

func causeFinding(s *Server, ctx context.Context, who access.Actor, in *inStep[FindingCause]) (*oneOut[FindingDetail], error) {
	return s.stepOn(ctx, who, in.Finding, func(id string) error { return s.Findings.StateCause(ctx, who, id, in.Body.Cause, s.Now()) })
}

// FindingResponse is what was decided about it.
type FindingResponse struct {
	Response string `json:"response" maxLength:"8000"`
}

func respondFinding(s *Server, ctx context.Context, who access.Actor, in *inStep[FindingResponse]) (*oneOut[FindingDetail], error) {
	return s.stepOn(ctx, who, in.Finding, func(id string) error { return s.Findings.Respond(ctx, who, id, in.Body.Response, s.Now()) })
}

func planFindingAction(s *Server, ctx context.Context, who access.Actor, in *inStep[ActionPlan]) (*oneOut[FindingDetail], error) {
	return s.stepOn(ctx, who, in.Finding, func(id string) error {
		due, err := dayOf("due", in.Body.Due)
		if err == nil {
			_, err = s.Findings.PlanAction(ctx, who, id, finding.Action{Title: in.Body.Title, Detail: in.Body.Detail, Owner: in.Body.Owner, Due: due}, s.Now())
		}
		return err
	})
}

func changeFindingAction(s *Server, ctx context.Context, who access.Actor, in *struct {
	InFinding
	InMatch
	Action string `path:"action" maxLength:"100" doc:"Its code or its id."`
	Body   ActionChange
}) (*oneOut[Action], error) {
	due, err := dayOf("due", in.Body.Due)
	if err != nil {
		return nil, err
	}
	id, err := s.findingID(ctx, who, in.Finding)
	if err != nil {
		return nil, err
	}
	read := func() (Action, error) { return s.action(ctx, who, in.Action) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, now Action) error {
		b := in.Body
		_, err := s.Findings.PlanAction(ctx, who, id, finding.Action{ID: now.ID, Title: b.Title, Detail: b.Detail, Owner: b.Owner, Due: due, Why: b.Why}, s.Now())
		return err
	})
}

// PlannedCheck says who looks when whether it worked.
type PlannedCheck struct {
	Checker string `json:"checker" maxLength:"100" doc:"Id in the register of persons: somebody who neither answers for it nor did one of its actions."`
	On      string `json:"on" maxLength:"10" doc:"Late enough to see an effect." example:"2026-06-01"`
}

func planFindingCheck(s *Server, ctx context.Context, who access.Actor, in *inStep[PlannedCheck]) (*oneOut[FindingDetail], error) {
	return s.stepOn(ctx, who, in.Finding, func(id string) error {
		on, err := dayOf("on", in.Body.On)
		if err != nil {
			return err
		}
		return s.Findings.PlanCheck(ctx, who, id, in.Body.Checker, on, s.Now())
	})
}

// EffectCheck says whether what was done worked.
type EffectCheck struct {
	Worked   bool     `json:"worked" doc:"One that did not puts the finding back to its cause."`
	Note     string   `json:"note" maxLength:"8000" doc:"What was looked at."`
	On       string   `json:"on,omitempty" maxLength:"10" doc:"Left out: today." example:"2026-06-01"`
	Evidence []string `json:"evidence,omitempty" maxItems:"50" doc:"Ids of evidence."`
}

func checkFinding(s *Server, ctx context.Context, who access.Actor, in *inStep[EffectCheck]) (*oneOut[FindingDetail], error) {
	return s.stepOn(ctx, who, in.Finding, func(id string) error {
		on, err := dayOf("on", in.Body.On)
		if err != nil {
			return err
		}
		return s.Findings.CheckEffect(ctx, who, id, in.Body.Worked, in.Body.Note, on, in.Body.Evidence, s.Now())
	})
}

// FindingGrade says what kind of finding it is and how grave.
type FindingGrade struct {
	Kind   string `json:"kind" enum:"nonconformity,exception,observation,opportunity"`
	Grade  string `json:"grade,omitempty" enum:"major,minor" doc:"Of a nonconformity."`
	Reason string `json:"reason" maxLength:"8000"`
}

func gradeFinding(s *Server, ctx context.Context, who access.Actor, in *inStep[FindingGrade]) (*oneOut[FindingDetail], error) {
	return s.stepOn(ctx, who, in.Finding, func(id string) error {
		return s.Findings.Grade(ctx, who, id, finding.Kind(in.Body.Kind), finding.Grade(in.Body.Grade), in.Body.Reason, s.Now())
	})
}

// FindingEnd is what is said when a finding is closed.
type FindingEnd struct {
	Note string `json:"note,omitempty" maxLength:"8000"`
}

func closeFinding(s *Server, ctx context.Context, who access.Actor, in *inStep[FindingEnd]) (*oneOut[FindingDetail], error) {
	return s.stepOn(ctx, who, in.Finding, func(id string) error { return s.Findings.Close(ctx, who, id, in.Body.Note, s.Now()) })
}

func reopenFinding(s *Server, ctx context.Context, who access.Actor, in *inStep[Because]) (*oneOut[FindingDetail], error) {
	return s.stepOn(ctx, who, in.Finding, func(id string) error { return s.Findings.Reopen(ctx, who, id, in.Body.Reason, s.Now()) })
}
