package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/sheet"
)

var riskFile = sheetFile{"Risks", risk.Columns,
	func(s *Server, ctx context.Context, who access.Actor) ([][]string, error) {
		return s.Risks.Export(ctx, who, s.Now())
	},
	func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
		return s.Risks.PlanImport(ctx, who, sh, s.Now())
	},
	func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
		return s.Risks.Import(ctx, who, sh, s.Now())
	}}

// RiskScoring is what somebody says of a risk.
type RiskScoring struct {
	Kind       string       `json:"kind" enum:"inherent,current,target" doc:"As if the organisation's own controls did not work; with those that operate; or after treatment."`
	Likelihood int          `json:"likelihood" minimum:"1" maximum:"5"`
	Impact     int          `json:"impact" minimum:"1" maximum:"5"`
	Column     string       `json:"column" maxLength:"60" doc:"The column of the scale of impact that decided; the method has them." example:"customers"`
	Basis      string       `json:"basis" enum:"own,others,judgement,none" doc:"What the likelihood rests on: own incidents, those of others, judgement, or nothing."`
	Reasons    string       `json:"reasons" maxLength:"2000"`
	Relied     []RiskRelied `json:"relied,omitempty" maxItems:"100" doc:"Of a current score: what each control takes off. Left out, those that carry most carry the way down."`
}

// SecondScoring is what a second person says of a risk: of the same kind as the first
// score, and without controls to rely on.
type SecondScoring struct {
	Likelihood int    `json:"likelihood" minimum:"1" maximum:"5"`
	Impact     int    `json:"impact" minimum:"1" maximum:"5"`
	Column     string `json:"column" maxLength:"60" doc:"The column of the scale of impact that decided; the method has them." example:"customers"`
	Basis      string `json:"basis" enum:"own,others,judgement,none" doc:"What the likelihood rests on: own incidents, those of others, judgement, or nothing."`
	Reasons    string `json:"reasons" maxLength:"2000"`
}

// RiskRelied is how many steps a control takes off a scale.
type RiskRelied struct {
	Control string `json:"control" maxLength:"100" doc:"A control the risk is linked to, by code or id; answered as an id."`
	Axis    string `json:"axis" enum:"likelihood,impact"`
	Steps   int    `json:"steps" minimum:"1" maximum:"4"`
	State   string `json:"state,omitempty" doc:"How the control stood when the score was given. Answered; what is sent is not looked at."`
}

// RiskScore is what somebody said of a risk on a day. It never changes.
type RiskScore struct {
	ID string `json:"id"`
	RiskScoring
	Score   int       `json:"score"`
	Method  string    `json:"method" doc:"Version it was given under."`
	On      string    `json:"on"`
	At      time.Time `json:"at"`
	By      string    `json:"by" doc:"Id of the account."`
	ByName  string    `json:"by_name,omitempty"`
	Seconds string    `json:"seconds,omitempty" doc:"Id of the score it was given beside, by somebody who had not seen that."`
}

func (s *Server) riskScoring(ctx context.Context, who access.Actor, b RiskScoring) (risk.NewScore, error) {
	n := risk.NewScore{Kind: risk.ScoreKind(b.Kind), Point: risk.Point{Likelihood: b.Likelihood, Impact: b.Impact}, Column: b.Column, Basis: risk.Basis(b.Basis), Reasons: b.Reasons}
	for _, x := range b.Relied {
		ids, err := s.controlIDs(ctx, who, "relied", []string{x.Control})
		if err != nil {
			return n, err
		}
		n.Relied = append(n.Relied, risk.Relied{Control: ids[0], Axis: risk.Axis(x.Axis), Steps: x.Steps})
	}
	return n, nil
}

func riskScoreOf(x risk.Score, name string) RiskScore {
	out := RiskScore{x.ID, RiskScoring{string(x.Kind), x.Likelihood, x.Impact, x.Column, string(x.Basis), x.Reasons, nil}, x.Score(), x.Method, x.On.String(), x.At, x.Account, name, x.Seconds}
	for _, r := range x.Relied {
		out.Relied = append(out.Relied, RiskRelied{r.Control, string(r.Axis), r.Steps, string(r.State)})
	}
	return out
}

func listRiskScores(s *Server, ctx context.Context, who access.Actor, in *inHistory) (*listOut[RiskScore], error) {
	d, err := s.Risks.Detail(ctx, who, in.Code, s.Now())
	if err != nil {
		return nil, err
	}
	list := []RiskScore{}
	for _, x := range d.Scores {
		list = append(list, riskScoreOf(x.Of, x.ByName))
	}
	return newest(in.InPage, list, "scores "+d.ID, func(x RiskScore) string { return x.ID })
}

// inRisk is an act about a risk.
type inRisk[T any] struct {
	InCode
	InOnce
	Body T
}

// riskID is the id of a risk that is named by code or id.
func (s *Server) riskID(ctx context.Context, who access.Actor, code string) (string, error) {
	r, err := s.Risks.Register(ctx, who, s.Now())
	if err != nil {
		return "", err
	}
	e, ok := r.Find(code)
	if !ok {
		return "", problem.New(problem.NotFound, "There is no risk %q here. Look in the register.", code)
	}
	return e.ID, nil
}

// actOn does something to a risk and returns how it stands then.
func (s *Server) actOn(ctx context.Context, who access.Actor, code string, do func(id string) error) (*oneOut[RiskDetail], error) {
	id, err := s.riskID(ctx, who, code)
	if err == nil {
		err = do(id)
	}
	if err != nil {
		return nil, err
	}
	return single(s.risk(ctx, who, id))
}

func scoreRisk(s *Server, ctx context.Context, who access.Actor, in *inRisk[RiskScoring]) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error {
		n, err := s.riskScoring(ctx, who, in.Body)
		if err == nil {
			_, err = s.Risks.Score(ctx, who, id, n, s.Now())
		}
		return renamed(err, "controls", "relied")
	})
}

func secondRisk(s *Server, ctx context.Context, who access.Actor, in *inRisk[SecondScoring]) (*oneOut[Done], error) {
	id, err := s.riskID(ctx, who, in.Code)
	if err != nil {
		return nil, err
	}
	b := in.Body
	n := risk.NewScore{Point: risk.Point{Likelihood: b.Likelihood, Impact: b.Impact}, Column: b.Column, Basis: risk.Basis(b.Basis), Reasons: b.Reasons}
	return single(Done{true}, s.Risks.Second(ctx, who, id, n, s.Now()))
}

// RiskPlanText says what is done about a risk.
type RiskPlanText struct {
	Choice  string    `json:"choice" enum:"reduce,avoid,share,accept"`
	Reason  string    `json:"reason" maxLength:"2000" doc:"Why this was chosen, and what will be done."`
	Cost    string    `json:"cost,omitempty" maxLength:"2000" doc:"In broad terms."`
	ShownBy string    `json:"shown_by,omitempty" maxLength:"2000" doc:"The evidence that will show that it is complete."`
	Due     string    `json:"due,omitempty" maxLength:"10" example:"2026-09-30"`
	Target  *RiskStep `json:"target,omitempty" doc:"The score expected afterwards."`
}

// RiskStep is a step on each of the two scales.
type RiskStep struct {
	Likelihood int `json:"likelihood" minimum:"1" maximum:"5"`
	Impact     int `json:"impact" minimum:"1" maximum:"5"`
}

func riskStep(p risk.Point) *RiskStep {
	if !p.Known() {
		return nil
	}
	return &RiskStep{p.Likelihood, p.Impact}
}

func planRisk(s *Server, ctx context.Context, who access.Actor, in *inRisk[RiskPlanText]) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error {
		b := in.Body
		p := risk.Plan{Choice: risk.Choice(b.Choice), Reason: b.Reason, Cost: b.Cost, ShownBy: b.ShownBy}
		if b.Target != nil {
			p.Target = risk.Point{Likelihood: b.Target.Likelihood, Impact: b.Target.Impact}
		}
		var err error
		if p.Due, err = dayOf("due", b.Due); err != nil {
			return err
		}
		return s.Risks.Plan(ctx, who, id, p, s.Now())
	})
}

func approveRiskPlan(s *Server, ctx context.Context, who access.Actor, in *inBack) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error { return s.Risks.ApprovePlan(ctx, who, id, s.Now()) })
}

// PlanCompletion says what shows that a treatment is complete.
type PlanCompletion struct {
	Completion string `json:"completion" maxLength:"2000"`
}

func completeRiskPlan(s *Server, ctx context.Context, who access.Actor, in *inRisk[PlanCompletion]) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error { return s.Risks.CompletePlan(ctx, who, id, in.Body.Completion, s.Now()) })
}

func addRiskAction(s *Server, ctx context.Context, who access.Actor, in *inRisk[ActionPlan]) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error {
		due, err := dayOf("due", in.Body.Due)
		if err != nil {
			return err
		}
		return s.Risks.AddAction(ctx, who, id, finding.Action{Title: in.Body.Title, Detail: in.Body.Detail, Owner: in.Body.Owner, Due: due}, s.Now())
	})
}

// RiskAccepting is that the caller keeps a risk as it is.
type RiskAccepting struct {
	Reason     string `json:"reason" maxLength:"2000"`
	Conditions string `json:"conditions,omitempty" maxLength:"2000"`
	Until      string `json:"until" maxLength:"10" doc:"The last day it holds." example:"2026-12-31"`
}

func acceptRisk(s *Server, ctx context.Context, who access.Actor, in *inRisk[RiskAccepting]) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error {
		until, err := dayOf("until", in.Body.Until)
		if err != nil {
			return err
		}
		return s.Risks.Accept(ctx, who, id, risk.NewAcceptance{Reason: in.Body.Reason, Conditions: in.Body.Conditions, Until: until}, s.Now())
	})
}

func withdrawRisk(s *Server, ctx context.Context, who access.Actor, in *inEnd) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error { return s.Risks.Withdraw(ctx, who, id, in.Body.Reason, s.Now()) })
}

// NewTrigger is a reason to look at a risk again.
type NewTrigger struct {
	Kind  string `json:"kind" maxLength:"40" doc:"incident, change, people or threat."`
	Words string `json:"words" maxLength:"2000" doc:"What happened, in a sentence."`
}

func triggerRisk(s *Server, ctx context.Context, who access.Actor, in *inRisk[NewTrigger]) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error {
		return s.Risks.Trigger(ctx, who, id, risk.TriggerKind(in.Body.Kind), in.Body.Words, s.Now())
	})
}

func closeRisk(s *Server, ctx context.Context, who access.Actor, in *inEnd) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error { return s.Risks.Close(ctx, who, id, in.Body.Reason, s.Now()) })
}

func reopenRisk(s *Server, ctx context.Context, who access.Actor, in *inEnd) (*oneOut[RiskDetail], error) {
	return s.actOn(ctx, who, in.Code, func(id string) error { return s.Risks.Reopen(ctx, who, id, in.Body.Reason, s.Now()) })
}

// RiskScenario is a scenario of the library.
type RiskScenario struct {
	ID            string    `json:"id" example:"RS-001"`
	Title         string    `json:"title"`
	Text          string    `json:"text"`
	Category      string    `json:"category"`
	Affects       []string  `json:"affects"`
	Assets        []string  `json:"assets" doc:"Kinds of asset it concerns."`
	Threat        string    `json:"threat"`
	Vulnerability string    `json:"vulnerability"`
	Start         RiskPoint `json:"start" doc:"Where a conversation begins; nobody's score."`
	Requirements  []Ref     `json:"requirements"`
	Risk          string    `json:"risk,omitempty" doc:"Code of the risk it became here."`
}

func listRiskLibrary(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Category string `query:"category" maxLength:"60"`
	Text     string `query:"text" maxLength:"200"`
}) (*listOut[RiskScenario], error) {
	r, err := s.Risks.Register(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	have := map[string]string{}
	for _, e := range r.Risks {
		have[e.Scenario] = e.Code
	}
	list := []RiskScenario{}
	for _, sc := range risk.Library() {
		if in.Category != "" && sc.Category != in.Category || !said(in.Text, sc.ID, sc.Title, sc.Text) {
			continue
		}
		list = append(list, RiskScenario{sc.ID, sc.Title, sc.Text, sc.Category, nonNil(sc.Affects), nonNil(sc.Assets), sc.Threat, sc.Vulnerability, *riskPoint(sc.Default), refsOf(sc.Requirements), have[sc.ID]})
	}
	return paged(in.InPage, list, fmt.Sprintf("risk library %q %q", in.Category, in.Text), func(x RiskScenario) string { return x.ID }, strings.Compare)
}

// ScenarioChoice names scenarios of the library.
type ScenarioChoice struct {
	Scenarios []string `json:"scenarios" minItems:"1" maxItems:"200" example:"[\"RS-001\"]"`
}

func adoptRisks(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body ScenarioChoice
}) (*oneOut[Adopted], error) {
	list, err := s.Risks.Adopt(ctx, who, in.Body.Scenarios, s.Now())
	out := Adopted{[]string{}}
	for _, x := range list {
		out.Created = append(out.Created, x.Code)
	}
	return single(out, renamed(err, "scenario", "scenarios"))
}
