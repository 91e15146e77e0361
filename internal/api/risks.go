package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/risk"
)

// RiskText is what can be said of a risk.
type RiskText struct {
	Title       string   `json:"title" maxLength:"160" example:"Backups cannot be restored"`
	Cause       string   `json:"cause,omitempty" maxLength:"2000" doc:"Because ..."`
	Event       string   `json:"event" maxLength:"2000" doc:"... may happen"`
	Consequence string   `json:"consequence,omitempty" maxLength:"2000" doc:"... so that ..."`
	Category    string   `json:"category" maxLength:"60" doc:"As the library has them, such as continuity."`
	Affects     []string `json:"affects" minItems:"1" maxItems:"6" doc:"What it would harm: confidentiality, integrity, availability, privacy, compliance, safety."`
	Rights      bool     `json:"rights,omitempty" doc:"An assessor confirmed that it harms the rights of people."`
	Breach      bool     `json:"breach,omitempty" doc:"A law is known to be broken: that raises a finding."`
	Contingency string   `json:"contingency,omitempty" maxLength:"2000" doc:"What is done should it happen, or where that is written down."`
	Owner       string   `json:"owner,omitempty" maxLength:"100" doc:"Id in the register of persons: who decides about its treatment and answers for it."`
}

// Risk is something that may happen and would harm customers, people or commitments.
type Risk struct {
	ID   string `json:"id"`
	Code string `json:"code" doc:"What people call it; never used again." example:"R-001"`
	RiskText
	Scenario  string     `json:"scenario,omitempty" doc:"Of the library it was adopted from."`
	Finding   string     `json:"finding,omitempty" doc:"Id of the finding that a known breach raised."`
	State     string     `json:"state" enum:"unscored,breach,lapsed,untreated,overdue,planned,treating,treated,accepted,tolerated,closed"`
	Why       string     `json:"why" doc:"Why it stands so, in a sentence."`
	Next      string     `json:"next,omitempty" doc:"What to do about it next."`
	Inherent  *RiskPoint `json:"inherent,omitempty" doc:"As if the organisation's own controls did not work."`
	Current   *RiskPoint `json:"current,omitempty" doc:"With the controls that operate today; what failing ones took off has come back. The inherent score while there is no current one."`
	Target    *RiskPoint `json:"target,omitempty" doc:"Expected after treatment."`
	Library   *RiskPoint `json:"library,omitempty" doc:"The number the library begins with, while nobody here has scored it. It counts for nothing."`
	Level     string     `json:"level,omitempty" doc:"Of the score that counts; absent while nobody scored it." example:"high"`
	Above     bool       `json:"above_appetite" doc:"Scored, and outside the appetite."`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	ClosedAt  time.Time  `json:"closed_at,omitzero" doc:"Absent while it is in the register."`
	ClosedFor string     `json:"closed_for,omitempty"`
}

// RiskPoint is a place on the two scales.
type RiskPoint struct {
	Likelihood int `json:"likelihood"`
	Impact     int `json:"impact"`
	Score      int `json:"score" doc:"The product of the two."`
}

// RiskDetail is a risk with what was decided about it.
type RiskDetail struct {
	Risk
	Method     string          `json:"method" doc:"Version in force."`
	Verdict    string          `json:"verdict,omitempty" doc:"What the appetite says of the score, and why."`
	Risen      string          `json:"risen,omitempty" doc:"What came back because controls fail."`
	Authority  string          `json:"authority,omitempty" doc:"Who accepts it as it stands."`
	Acceptors  []string        `json:"acceptors" doc:"Names of those who have that authority today."`
	AcceptTo   string          `json:"accept_until,omitempty" doc:"The longest an acceptance may hold."`
	Plan       *RiskPlan       `json:"plan,omitempty"`
	Actions    []Action        `json:"actions" doc:"Lines of the backlog that belong to it."`
	Acceptance *RiskAcceptance `json:"acceptance,omitempty" doc:"The last one, whether it still holds or not."`
	Triggers   []RiskTrigger   `json:"triggers" doc:"Open reasons to score it again."`
	Limits     []RiskLimit     `json:"limits" doc:"How far down its controls let the current score go."`
	Links      []RiskLink      `json:"links"`
}

// RiskLimit is how many steps controls may take off one scale.
type RiskLimit struct {
	Axis  string `json:"axis" enum:"likelihood,impact"`
	Steps int    `json:"steps"`
	Why   string `json:"why"`
}

// RiskPlan is what was chosen to do about a risk.
type RiskPlan struct {
	RiskPlanText
	At          time.Time `json:"at"`
	ApprovedAt  time.Time `json:"approved_at,omitzero" doc:"By the owner of the risk."`
	CompletedAt time.Time `json:"completed_at,omitzero"`
	Completion  string    `json:"completion,omitempty" doc:"What shows that it is complete."`
}

// RiskAcceptance is that somebody keeps a risk as it is, until a day.
type RiskAcceptance struct {
	Likelihood int       `json:"likelihood"`
	Impact     int       `json:"impact"`
	Level      string    `json:"level"`
	Method     string    `json:"method"`
	Reason     string    `json:"reason"`
	Conditions string    `json:"conditions,omitempty"`
	From       string    `json:"from"`
	Until      string    `json:"until" doc:"The last day it holds."`
	Person     string    `json:"person" doc:"Id in the register of persons."`
	At         time.Time `json:"at"`
	Withdrawn  time.Time `json:"withdrawn_at,omitzero"`
	Why        string    `json:"withdrawn_for,omitempty"`
}

// RiskTrigger is one reason to look at a risk again.
type RiskTrigger struct {
	Kind    string    `json:"kind"`
	Words   string    `json:"words"`
	Control string    `json:"control,omitempty" doc:"Id of the control that fails."`
	DueOn   string    `json:"due_on"`
	At      time.Time `json:"at"`
}

// RiskLink says what a risk concerns.
type RiskLink struct {
	Kind        string `json:"kind" enum:"asset,system,commitment,vendor,control,requirement"`
	Target      string `json:"target,omitempty" maxLength:"100" doc:"By code or id; answered as an id. Left out for a requirement."`
	Requirement *Ref   `json:"requirement,omitempty"`
	Nature      string `json:"nature,omitempty" enum:"preventive,detective,corrective,restoring" doc:"Of a control: what it does about the risk."`
}

func riskPoint(p risk.Point) *RiskPoint {
	if !p.Known() {
		return nil
	}
	return &RiskPoint{p.Likelihood, p.Impact, p.Score()}
}

func riskScored(s *risk.Score) *RiskPoint {
	if s == nil {
		return nil
	}
	return riskPoint(s.Point)
}

func riskOf(e *risk.Entry) Risk {
	out := Risk{ID: e.ID, Code: e.Code, RiskText: RiskText{e.Title, e.Cause, e.Event, e.Consequence, e.Category, nonNil(e.Affects), e.Rights, e.Breach, e.Contingency, e.Owner},
		Scenario: e.Scenario, Finding: e.Finding, State: string(e.State), Why: e.Why, Next: e.Next(), Inherent: riskScored(e.Inherent), Target: riskScored(e.Target),
		Above: e.Above(), CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt, ClosedAt: e.ClosedAt, ClosedFor: e.ClosedWhy}
	if e.Scored() {
		out.Current, out.Level = riskPoint(e.Effective.Point), e.Verdict.Level.ID
	} else if d, ok := e.Default(); ok {
		out.Library = riskPoint(d)
	}
	return out
}

func riskDetailOf(d *risk.Detail) RiskDetail {
	out := RiskDetail{Risk: riskOf(d.Entry), Method: d.Method.Version, Risen: d.Effective.Why(), Authority: d.Authority.Why, Acceptors: nonNil(d.Acceptors), AcceptTo: d.Longest.String(),
		Actions: []Action{}, Triggers: []RiskTrigger{}, Limits: []RiskLimit{}, Links: riskLinksOf(d.Links)}
	if d.Scored() {
		out.Verdict = d.Verdict.Why
	}
	for _, l := range d.Limits {
		out.Limits = append(out.Limits, RiskLimit{string(l.Axis), l.Steps, l.Why})
	}
	for _, t := range d.Triggers {
		out.Triggers = append(out.Triggers, RiskTrigger{string(t.Kind), t.Words, t.Control, t.Due.String(), t.At})
	}
	for _, a := range d.Actions {
		out.Actions = append(out.Actions, actionOf(a, d.Today))
	}
	if p := d.Plan; p != nil {
		out.Plan = &RiskPlan{RiskPlanText{string(p.Choice), p.Reason, p.Cost, p.ShownBy, p.Due.String(), riskStep(p.Target)}, p.At, p.ApprovedAt, p.CompletedAt, p.Completion}
	}
	if a := d.Acceptance; a != nil {
		out.Acceptance = &RiskAcceptance{a.Likelihood, a.Impact, a.Level, a.Method, a.Reason, a.Conditions, a.From.String(), a.Until.String(), a.Person, a.At, a.WithdrawnAt, a.WithdrawnWhy}
	}
	return out
}

func riskLinksOf(links []risk.Link) []RiskLink {
	out := []RiskLink{}
	for _, l := range links {
		x := RiskLink{Kind: string(l.Kind), Target: l.Target, Nature: l.Nature}
		if l.Kind == risk.ToRequirement {
			ref := refOf(l.Requirement)
			x.Requirement = &ref
		}
		out = append(out, x)
	}
	return out
}

func listRisks(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Text     string `query:"text" maxLength:"200" doc:"Only those with this in code, title or one of the three parts."`
	State    string `query:"state" enum:"unscored,breach,lapsed,untreated,overdue,planned,treating,treated,accepted,tolerated,closed,all" doc:"Closed ones are left out unless asked for; all has them too."`
	Level    string `query:"level" maxLength:"40" doc:"A level of the method, such as high."`
	Scored   string `query:"scored" enum:"yes,no"`
	Above    bool   `query:"above_appetite" doc:"Only those outside the appetite."`
	Category string `query:"category" maxLength:"60"`
	Owner    string `query:"owner" maxLength:"100" doc:"Id in the register of persons; nobody: those without an owner."`
}) (*listOut[Risk], error) {
	r, err := s.Risks.Register(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	var list []*risk.Entry
	for _, e := range r.Risks {
		switch {
		case in.State == "" && e.Closed(), in.State != "" && in.State != "all" && string(e.State) != in.State,
			in.Level != "" && (!e.Scored() || e.Verdict.Level.ID != in.Level), in.Scored != "" && e.Scored() != (in.Scored == "yes"),
			in.Above && !e.Above(), in.Category != "" && e.Category != in.Category,
			!owned(in.Owner, e.Owner), !said(in.Text, e.Code, e.Title, e.Cause, e.Event, e.Consequence):
			continue
		}
		list = append(list, e)
	}
	which := strings.Join([]string{in.Text, in.State, in.Level, in.Scored, in.Category, in.Owner}, "\x00") + yes(in.Above)
	page, err := paged(in.InPage, list, "risks "+fingerprint([]byte(which)), func(e *risk.Entry) string { return e.Code }, control.CompareCodes)
	if err != nil {
		return nil, err
	}
	return shown(page, riskOf), nil
}

func (s *Server) risk(ctx context.Context, who access.Actor, code string) (RiskDetail, error) {
	d, err := s.Risks.Detail(ctx, who, code, s.Now())
	if err != nil {
		return RiskDetail{}, err
	}
	return riskDetailOf(d), nil
}

func getRisk(s *Server, ctx context.Context, who access.Actor, in *InCode) (*oneOut[RiskDetail], error) {
	return single(s.risk(ctx, who, in.Code))
}

func (t RiskText) risk(id string) risk.Risk {
	return risk.Risk{ID: id, Title: t.Title, Cause: t.Cause, Event: t.Event, Consequence: t.Consequence, Category: t.Category, Affects: t.Affects,
		Rights: t.Rights, Breach: t.Breach, Contingency: t.Contingency, Owner: t.Owner}
}

func createRisk(s *Server, ctx context.Context, who access.Actor, in *inEntryText[RiskText]) (*createdOut[RiskDetail], error) {
	x, err := s.Risks.Put(ctx, who, in.Body.risk(""), s.Now())
	if err != nil {
		return nil, err
	}
	made, err := s.risk(ctx, who, x.ID)
	if !who.Can(access.ViewRisks) { // a token may be let write and not read
		made, err = riskDetailOf(&risk.Detail{Entry: &risk.Entry{Risk: x}, Method: &risk.Method{}}), nil
	}
	return fresh(made, address(who, "risks", x.Code), err)
}

func putRisk(s *Server, ctx context.Context, who access.Actor, in *inEntryChange[RiskText]) (*oneOut[RiskDetail], error) {
	read := func() (RiskDetail, error) { return s.risk(ctx, who, in.Code) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, now RiskDetail) error {
		_, err := s.Risks.Put(ctx, who, in.Body.risk(now.ID), s.Now())
		return err
	})
}

// RiskLinks is everything a risk concerns.
type RiskLinks struct {
	Links []RiskLink `json:"links" maxItems:"300"`
}

func (s *Server) riskLinks(ctx context.Context, who access.Actor, code string) (RiskLinks, string, error) {
	d, err := s.Risks.Detail(ctx, who, code, s.Now())
	if err != nil {
		return RiskLinks{}, "", err
	}
	return RiskLinks{riskLinksOf(d.Links)}, d.ID, nil
}

func getRiskLinks(s *Server, ctx context.Context, who access.Actor, in *InCode) (*oneOut[RiskLinks], error) {
	l, _, err := s.riskLinks(ctx, who, in.Code)
	return single(l, err)
}

func putRiskLinks(s *Server, ctx context.Context, who access.Actor, in *inEntryChange[RiskLinks]) (*oneOut[RiskLinks], error) {
	things, err := s.Risks.Things(ctx, who)
	if err != nil {
		return nil, err
	}
	var want []risk.Link
	for _, l := range in.Body.Links {
		x := risk.Link{Kind: risk.LinkKind(l.Kind), Target: l.Target, Nature: l.Nature}
		if l.Requirement != nil {
			x.Requirement = l.Requirement.ref()
		}
		if i := slices.IndexFunc(things.Of(x.Kind), func(t risk.Thing) bool { return strings.EqualFold(t.Code, l.Target) }); i >= 0 {
			x.Target = things.Of(x.Kind)[i].ID
		}
		want = append(want, x)
	}
	var id string
	read := func() (l RiskLinks, err error) {
		l, id, err = s.riskLinks(ctx, who, in.Code)
		return l, err
	}
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ RiskLinks) error {
		err := s.Risks.Relink(ctx, who, id, risk.LinkKinds(), want, s.Now())
		for _, k := range risk.LinkKinds() {
			err = renamed(err, string(k), "links")
		}
		return err
	})
}

// History is one thing that happened.
type History struct {
	At      time.Time `json:"at"`
	ByName  string    `json:"by_name,omitempty" doc:"Absent: Toucan itself."`
	Kind    string    `json:"kind"`
	Words   string    `json:"words" doc:"What happened, in a sentence."`
	Details string    `json:"details,omitempty" doc:"What was written then."`
}

func getRiskHistory(s *Server, ctx context.Context, who access.Actor, in *InCode) (*oneOut[List[History]], error) {
	d, err := s.Risks.Detail(ctx, who, in.Code, s.Now())
	if err != nil {
		return nil, err
	}
	out := List[History]{Items: []History{}, Total: len(d.History)}
	for _, e := range d.History {
		out.Items = append(out.Items, History{e.At, e.ByName, e.Kind, e.Words, ""})
	}
	return single(out, nil)
}

func pastOf(list []finding.Past) List[History] {
	out := List[History]{Items: []History{}, Total: len(list)}
	for _, e := range list {
		out.Items = append(out.Items, History{e.At, e.ByName, e.Kind, e.Words, e.Details})
	}
	return out
}
