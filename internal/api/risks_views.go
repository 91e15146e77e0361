package api

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
)

// RiskSummary is the register in figures.
type RiskSummary struct {
	Method    string         `json:"method" doc:"Version in force."`
	Open      int            `json:"open" doc:"Risks in the register."`
	Unscored  int            `json:"unscored" doc:"Nobody here scored them; they are in no level."`
	Above     int            `json:"above_appetite"`
	Levels    map[string]int `json:"levels" doc:"Of the scored ones."`
	States    map[string]int `json:"states"`
	Reassess  int            `json:"reassessments_overdue"`
	Old       int            `json:"old_method" doc:"Scored under another version than the one in force."`
	Reviewed  string         `json:"reviewed_on,omitempty" doc:"When the register was last looked through."`
	ReviewDue string         `json:"review_due_on,omitempty"`
	Assessed  string         `json:"assessed_on,omitempty" doc:"When an assessment as a whole was last approved."`
	AssessDue string         `json:"assess_due_on,omitempty"`
}

func getRiskSummary(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[RiskSummary], error) {
	r, err := s.Risks.Register(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	cycle, err := s.Risks.Cycle(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	c := r.Count()
	out := RiskSummary{r.Method.Version, c.Open, c.Unscored, c.Above, map[string]int{}, map[string]int{}, c.Overdue, c.Old,
		cycle.Reviewed.String(), cycle.ReviewDue.String(), cycle.Assessed.String(), cycle.AssessDue.String()}
	for level, n := range c.Levels {
		out.Levels[level] = n
	}
	for state, n := range c.States {
		out.States[string(state)] = n
	}
	return single(out, nil)
}

// RiskHeatMap is the risks on the matrix of the method.
type RiskHeatMap struct {
	Score  string     `json:"score" enum:"inherent,current,target"`
	Method string     `json:"method"`
	Cells  []RiskCell `json:"cells" doc:"All 25, from the highest likelihood down and from the lowest impact up."`
}

// RiskCell is one field of the heat map.
type RiskCell struct {
	Likelihood int      `json:"likelihood"`
	Impact     int      `json:"impact"`
	Level      string   `json:"level"`
	Risks      []string `json:"risks" doc:"Codes of those scored here."`
	Library    []string `json:"library" doc:"Codes of those nobody here scored, at the number the library begins with."`
}

func getRiskHeatMap(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	Score string `query:"score" enum:"inherent,current,target" default:"current"`
}) (*oneOut[RiskHeatMap], error) {
	r, err := s.Risks.Register(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	out := RiskHeatMap{in.Score, r.Method.Version, []RiskCell{}}
	for _, row := range r.Heat(risk.ScoreKind(in.Score)) {
		for _, c := range row {
			out.Cells = append(out.Cells, RiskCell{c.Likelihood, c.Impact, c.Level.ID, riskCodes(c.Risks), riskCodes(c.Defaults)})
		}
	}
	return single(out, nil)
}

func riskCodes(list []*risk.Entry) []string {
	out := []string{}
	for _, e := range list {
		out = append(out, e.Code)
	}
	return out
}

// RiskViews is what each of the two ways to look at the register would miss.
type RiskViews struct {
	Both         int         `json:"both" doc:"Risks that both views show."`
	OnlyThreats  []string    `json:"only_threats" doc:"Codes of risks that name things and no commitment or criterion: the view of SOC 2 misses them."`
	OnlyPromises []string    `json:"only_promises" doc:"Codes of risks that name commitments or criteria and no thing: the view of ISO misses them."`
	Neither      []string    `json:"neither" doc:"Codes of risks that name nothing."`
	Bare         []RiskThing `json:"bare" doc:"Things no risk names."`
	Unthreatened []RiskThing `json:"unthreatened" doc:"Commitments no risk threatens."`
	Criteria     []Ref       `json:"criteria" doc:"Criteria of commitments that no risk bears on."`
	Annex        []RiskAnnex `json:"annex" doc:"Rows of Annex A that risks lead to."`
}

// RiskThing is something a risk can be linked to.
type RiskThing struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
}

// RiskAnnex is a row of Annex A with the views that lead to it.
type RiskAnnex struct {
	Requirement Ref      `json:"requirement"`
	Risks       []string `json:"risks"`
	By          []string `json:"by" doc:"threats, promises, or both."`
}

func riskThings(list []risk.Thing) []RiskThing {
	out := []RiskThing{}
	for _, t := range list {
		out = append(out, RiskThing{string(t.Kind), t.ID, t.Code, t.Name})
	}
	return out
}

func getRiskViews(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[RiskViews], error) {
	r, err := s.Risks.Register(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	things, err := s.Risks.Things(ctx, who)
	if err != nil {
		return nil, err
	}
	v := risk.ViewsOf(r.Risks, things)
	out := RiskViews{0, riskCodes(v.OnlyThreats), riskCodes(v.OnlyPromises), riskCodes(v.Neither), riskThings(v.Bare), riskThings(v.Unthreatened), refsOf(v.Criteria), []RiskAnnex{}}
	for _, row := range v.Rows {
		if row.InThreats() && row.InPromises() {
			out.Both++
		}
	}
	for _, x := range v.Rows27001 {
		a := RiskAnnex{refOf(x.Requirement), riskCodes(x.Risks), []string{}}
		for _, by := range x.By {
			a.By = append(a.By, string(by))
		}
		out.Annex = append(out.Annex, a)
	}
	return single(out, nil)
}

// RiskSeconds is the draw of the year with what came of it.
type RiskSeconds struct {
	Seed      string       `json:"seed,omitempty" doc:"Who has it and the risks draws the same ones again. Absent before the first draw."`
	Method    string       `json:"method,omitempty"`
	Pool      int          `json:"pool" doc:"How many it was drawn from."`
	On        string       `json:"on,omitempty"`
	Drawn     []RiskSecond `json:"drawn"`
	Pairs     int          `json:"pairs" doc:"Risks with a first and a second score."`
	Apart     int          `json:"apart" doc:"Pairs that differ by more than the method allows."`
	Loose     bool         `json:"loose" doc:"So many that the scales are described too loosely."`
	Agreement string       `json:"agreement,omitempty"`
}

// RiskSecond is one risk of the draw.
type RiskSecond struct {
	Risk   string     `json:"risk" doc:"Code."`
	Second *RiskScore `json:"second,omitempty" doc:"Absent while nobody has scored it a second time."`
	Mine   bool       `json:"mine" doc:"The caller gave the first score, so somebody else gives the second."`
}

func (s *Server) riskSeconds(ctx context.Context, who access.Actor) (RiskSeconds, error) {
	x, err := s.Risks.Seconds(ctx, who, s.Now())
	out := RiskSeconds{x.Draw.Seed, x.Draw.Method, x.Draw.Pool, x.Draw.On.String(), []RiskSecond{}, x.Agreement.Pairs, x.Agreement.Apart, x.Agreement.Loose, x.Agreement.Why}
	for _, d := range x.Drawn {
		y := RiskSecond{Risk: d.Entry.Code, Mine: d.Mine}
		if d.Second != nil {
			z := riskScoreOf(*d.Second, "")
			y.Second = &z
		}
		out.Drawn = append(out.Drawn, y)
	}
	return out, err
}

func getRiskSeconds(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[RiskSeconds], error) {
	return single(s.riskSeconds(ctx, who))
}

func drawRiskSeconds(s *Server, ctx context.Context, who access.Actor, _ *struct {
	InOrg
	InOnce
}) (*oneOut[RiskSeconds], error) {
	d, err := s.Risks.DrawSeconds(ctx, who, s.Now())
	if err != nil || !who.Can(access.ViewRisks) {
		return single(told(RiskSeconds{Seed: d.Seed, Method: d.Method, Pool: d.Pool, On: d.On.String()}), err)
	}
	return single(s.riskSeconds(ctx, who))
}

// RiskMethod is one version of how risks are scored, decided and looked at again.
type RiskMethod struct {
	ID       string      `json:"id,omitempty" doc:"Absent for the version that ships."`
	Version  string      `json:"version" example:"1.0.0"`
	State    string      `json:"state" enum:"waits,approved,rejected"`
	InForce  bool        `json:"in_force"`
	Note     string      `json:"note,omitempty" doc:"What is different, in the words of who wrote it."`
	By       string      `json:"by,omitempty" doc:"Id of the account."`
	ByName   string      `json:"by_name,omitempty"`
	At       time.Time   `json:"at,omitzero"`
	Approved time.Time   `json:"approved_at,omitzero"`
	Appetite int         `json:"appetite" doc:"Score up to which a risk lies within the appetite."`
	Levels   []RiskLevel `json:"levels" doc:"The lowest first."`
	Columns  []string    `json:"columns" doc:"Of the scale of impact; a score names the one that decided."`
	Text     string      `json:"text,omitempty" doc:"Markdown; not in lists."`
	Matrix   string      `json:"matrix,omitempty" doc:"YAML: the numbers; not in lists."`
}

// RiskLevel is a class of scores and what it asks for.
type RiskLevel struct {
	Level     string   `json:"level"`
	From      int      `json:"from"`
	To        int      `json:"to"`
	Within    bool     `json:"within_appetite"`
	AcceptBy  []string `json:"accept_by" doc:"Roles of the programme, or risk-owner."`
	AcceptFor string   `json:"accept_for,omitempty" doc:"The longest an acceptance holds." example:"P12M"`
	PlanDue   string   `json:"plan_due,omitempty" doc:"Within this an approved plan is asked for." example:"P30D"`
}

func riskMethodOf(m, force *risk.Method) RiskMethod {
	out := RiskMethod{ID: m.ID, Version: m.Version, State: string(m.State), InForce: m.Version == force.Version, Note: m.Note, By: m.By, ByName: m.ByName, At: m.At, Approved: m.ApprovedAt,
		Appetite: m.Numbers.Appetite.MaxScore, Levels: []RiskLevel{}, Columns: nonNil(m.Scales.Columns)}
	for _, l := range m.Numbers.Levels {
		out.Levels = append(out.Levels, RiskLevel{l.ID, l.Min, l.Max, l.Within, nonNil(l.AcceptBy), l.AcceptFor.String(), l.PlanDue.String()})
	}
	return out
}

func listRiskMethods(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[List[RiskMethod]], error) {
	all, force, err := s.Risks.Methods(ctx, who, s.Now())
	out := List[RiskMethod]{Items: []RiskMethod{}, Total: len(all)}
	for i := len(all) - 1; i >= 0; i-- {
		out.Items = append(out.Items, riskMethodOf(all[i], force))
	}
	return single(out, err)
}

// riskMethod is a version with its text; an empty name is the one in force.
func (s *Server) riskMethod(ctx context.Context, who access.Actor, name string) (RiskMethod, error) {
	all, force, err := s.Risks.Methods(ctx, who, s.Now())
	if err != nil {
		return RiskMethod{}, err
	}
	for _, m := range all {
		if m.Version == name || name == "" && m == force || m.ID == name && name != "" {
			out := riskMethodOf(m, force)
			out.Text, out.Matrix = m.Text, m.Matrix
			return out, nil
		}
	}
	return RiskMethod{}, problem.New(problem.NotFound, "There is no version %q of the method. Look in the list.", name)
}

func getRiskMethod(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	Version string `query:"version" maxLength:"40" doc:"Left out: the one in force."`
}) (*oneOut[RiskMethod], error) {
	return single(s.riskMethod(ctx, who, in.Version))
}

// NewRiskMethod is a new version of the method.
type NewRiskMethod struct {
	Text   string `json:"text" maxLength:"200000" doc:"Markdown, with the two tables of the scales."`
	Matrix string `json:"matrix" maxLength:"50000" doc:"YAML, with a higher version number."`
	Note   string `json:"note" maxLength:"2000" doc:"What is different and why, for whoever approves it."`
}

func createRiskMethod(s *Server, ctx context.Context, who access.Actor, in *inEntryText[NewRiskMethod]) (*oneOut[RiskMethod], error) {
	m, err := s.Risks.WriteMethod(ctx, who, in.Body.Text, in.Body.Matrix, in.Body.Note, s.Now())
	if err != nil {
		return nil, err
	}
	return s.methodTold(ctx, who, RiskMethod{ID: m.ID, Version: m.Version, State: string(m.State), Note: m.Note})
}

// methodTold answers with a version of the method after an act: all of it to whoever
// may see it, and what is known without reading it to a token that may write alone.
func (s *Server) methodTold(ctx context.Context, who access.Actor, m RiskMethod) (*oneOut[RiskMethod], error) {
	if !who.Can(access.ViewRisks) {
		return single(told(m), nil)
	}
	return single(s.riskMethod(ctx, who, m.ID))
}

// Verdict is a yes or a no to what waits.
type Verdict struct {
	Yes    bool   `json:"yes" doc:"No refuses it."`
	Reason string `json:"reason,omitempty" maxLength:"2000" doc:"A no needs one."`
}

func decideRiskMethod(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Method string `path:"method" maxLength:"100" doc:"Id of the version that waits."`
	Body   Verdict
}) (*oneOut[RiskMethod], error) {
	a, err := s.Risks.DecideMethod(ctx, who, in.Method, in.Body.Yes, in.Body.Reason, s.Now())
	if err != nil {
		return nil, err
	}
	state := string(a.State)
	if a.State == approval.Open { // others have to say yes as well
		state = string(risk.MethodWaits)
	}
	return s.methodTold(ctx, who, RiskMethod{ID: in.Method, State: state})
}
