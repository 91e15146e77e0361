package api

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Analysis is a gap analysis that is kept, in five steps.
type Analysis struct {
	ID     string         `json:"id"`
	Name   string         `json:"name"`
	From   string         `json:"from" doc:"Framework that is met." example:"soc2-2017"`
	To     string         `json:"to" doc:"Framework that is wanted." example:"iso27001-2022"`
	At     time.Time      `json:"at"`
	ByName string         `json:"by_name,omitempty"`
	Done   int            `json:"done" doc:"Steps that are done."`
	Steps  []AnalysisStep `json:"steps"`
}

// AnalysisStep is how far a step is.
type AnalysisStep struct {
	Step    int        `json:"step" minimum:"1" maximum:"5"`
	Title   string     `json:"title"`
	What    string     `json:"what"`
	Decide  string     `json:"decide" doc:"What has to be decided before it is done."`
	Pitfall string     `json:"pitfall"`
	Stage   string     `json:"stage" enum:"not_begun,under_way,done"`
	Note    string     `json:"note,omitempty" doc:"The last that was noted or decided."`
	At      *time.Time `json:"at,omitempty"`
	ByName  string     `json:"by_name,omitempty"`
}

// AnalysisStepDetail is a step with what it comes to.
type AnalysisStepDetail struct {
	AnalysisStep
	Hidden bool          `json:"hidden" doc:"The member may not see what it is made of."`
	Today  *gap.Output   `json:"today,omitempty" doc:"What it comes to now; absent where the member may not see it."`
	Kept   *gap.Output   `json:"kept,omitempty" doc:"What it came to when it was done last."`
	KeptAt *time.Time    `json:"kept_at,omitempty"`
	KeptBy string        `json:"kept_by,omitempty"`
	Acts   []AnalysisAct `json:"acts" doc:"The newest first."`
}

// AnalysisAct is one thing somebody did about a step.
type AnalysisAct struct {
	What   string    `json:"what" enum:"begun,noted,done,reopened"`
	Note   string    `json:"note,omitempty"`
	At     time.Time `json:"at"`
	ByName string    `json:"by_name,omitempty"`
}

func analysisStepOf(x gap.StepState) AnalysisStep {
	return AnalysisStep{int(x.Step), x.Title, x.What, x.Decide, x.Pitfall, string(x.Stage), x.Note, maybe(x.At), x.ByName}
}

func analysisOf(a gap.Analysis) Analysis {
	return Analysis{a.ID, a.Name, a.From, a.To, a.At, a.ByName, a.Done(), each(a.Steps[:], analysisStepOf)}
}

func listAnalyses(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[Analysis], error) {
	all, err := s.Gaps.Analyses(ctx, who)
	if err != nil {
		return nil, err
	}
	return newest(in.InPage, each(all, analysisOf), "analyses", func(a Analysis) string { return a.ID })
}

// InAnalysis names a gap analysis that is kept.
type InAnalysis struct {
	InOrg
	Analysis string `path:"analysis" maxLength:"100" doc:"Its id."`
}

func getAnalysis(s *Server, ctx context.Context, who access.Actor, in *InAnalysis) (*oneOut[Analysis], error) {
	a, err := s.Gaps.Find(ctx, who, in.Analysis)
	if err != nil {
		return nil, err
	}
	return single(analysisOf(a), nil)
}

// InStep names a step of a gap analysis.
type InStep struct {
	InAnalysis
	Step int `path:"step" minimum:"1" maximum:"5" doc:"1 inventory, 2 risk method, 3 documents, 4 scope, 5 one set of controls."`
}

func getAnalysisStep(s *Server, ctx context.Context, who access.Actor, in *InStep) (*oneOut[AnalysisStepDetail], error) {
	return single(s.analysisStep(ctx, who, *in))
}

func (s *Server) analysisStep(ctx context.Context, who access.Actor, in InStep) (AnalysisStepDetail, error) {
	a, err := s.Gaps.Find(ctx, who, in.Analysis)
	if err != nil {
		return AnalysisStepDetail{}, err
	}
	x := a.Of(gap.Step(in.Step))
	out := AnalysisStepDetail{AnalysisStep: analysisStepOf(*x), Hidden: x.Hidden, Kept: x.Output, KeptAt: maybe(x.KeptAt), KeptBy: x.KeptBy,
		Acts: each(x.Acts, func(y gap.Act) AnalysisAct { return AnalysisAct{y.What, y.Note, y.At, y.ByName} })}
	today, err := s.Gaps.Today(ctx, who, a, x.Step, s.Now())
	switch {
	case err == nil:
		out.Today = &today
	case problem.Of(err).Code != problem.Forbidden:
		return out, err
	}
	return told(out), nil
}

// NewAnalysis begins a gap analysis.
type NewAnalysis struct {
	Name string `json:"name" maxLength:"160"`
	From string `json:"from" maxLength:"100" doc:"Framework that is met." example:"soc2-2017"`
	To   string `json:"to" maxLength:"100" doc:"Framework that is wanted." example:"iso27001-2022"`
}

func createAnalysis(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body NewAnalysis
}) (*createdOut[Analysis], error) {
	a, err := s.Gaps.Open(ctx, who, in.Body.Name, in.Body.From, in.Body.To, s.Now())
	return fresh(analysisOf(a), address(who, "gap", "analyses", a.ID), err)
}

// StepMove moves a step of a gap analysis.
type StepMove struct {
	Act  string `json:"act" enum:"begin,note,complete,reopen" doc:"complete keeps what the step comes to now."`
	Note string `json:"note,omitempty" maxLength:"4000" doc:"What was found or decided, or why it is open again; begin needs none."`
}

func moveStep(s *Server, ctx context.Context, who access.Actor, in *struct {
	InStep
	InOnce
	Body StepMove
}) (*oneOut[AnalysisStepDetail], error) {
	step, now := gap.Step(in.Step), s.Now()
	var err error
	switch in.Body.Act {
	case "begin":
		err = s.Gaps.Begin(ctx, who, in.Analysis, step, now)
	case "note":
		err = s.Gaps.Note(ctx, who, in.Analysis, step, in.Body.Note, now)
	case "complete":
		err = s.Gaps.Complete(ctx, who, in.Analysis, step, in.Body.Note, now)
	case "reopen":
		err = s.Gaps.Reopen(ctx, who, in.Analysis, step, in.Body.Note, now)
	}
	if err != nil || !who.Can(access.ViewPosture) {
		return single(told(AnalysisStepDetail{AnalysisStep: AnalysisStep{Step: in.Step}}), err)
	}
	return single(s.analysisStep(ctx, who, in.InStep))
}

// GapWork hands out work for requirements that are open.
type GapWork struct {
	Requirements []string `json:"requirements" minItems:"1" maxItems:"500" doc:"Ids, of the framework that is wanted."`
	Owner        string   `json:"owner" maxLength:"100" doc:"Id of a person."`
	Due          string   `json:"due" maxLength:"10"`
}

// GapWorkMade says how much work was handed out.
type GapWorkMade struct {
	Actions int `json:"actions" doc:"New lines of the backlog; what was handed out before is left as it is."`
}

func createGapWork(s *Server, ctx context.Context, who access.Actor, in *struct {
	InAnalysis
	InOnce
	Body GapWork
}) (*oneOut[GapWorkMade], error) {
	due, err := dayOf("due", in.Body.Due)
	if err != nil {
		return nil, err
	}
	list := each(in.Body.Requirements, func(id string) gap.Chosen { return gap.Chosen{Requirement: id, Owner: in.Body.Owner, Due: due} })
	n, err := s.Gaps.Plan(ctx, who, in.Analysis, list, s.Now())
	return single(GapWorkMade{n}, err)
}
