package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// SystemScope is the scope of the management system beside the boundary of the SOC 2 report.
type SystemScope struct {
	ISMS       *ScopeVersion `json:"isms,omitempty" doc:"In force; absent when there is none."`
	SOC2       *ScopeVersion `json:"soc2,omitempty" doc:"In force; absent when there is none."`
	Drafts     []string      `json:"drafts" doc:"Sides of which a version is on its way." example:"isms"`
	Mismatches int           `json:"mismatches"`
	Open       int           `json:"open" doc:"Mismatches nobody decided about."`
	Summary    string        `json:"summary"`
}

// ScopeVersion is one version of a scope.
type ScopeVersion struct {
	Side       string     `json:"side" enum:"isms,soc2"`
	Number     int        `json:"number"`
	State      string     `json:"state" enum:"draft,waiting,in_force,superseded"`
	Change     string     `json:"change,omitempty" doc:"What changed, in the words of who wrote it."`
	WrittenBy  string     `json:"written_by,omitempty"`
	WrittenAt  time.Time  `json:"written_at"`
	ApprovedAt *time.Time `json:"approved_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	Digest     string     `json:"digest" doc:"SHA-256 of what it says."`
	Stamp      string     `json:"stamp" doc:"Changes with every write; a draft is changed by naming it."`
}

// ScopeText is what a scope says.
type ScopeText struct {
	Statement  string      `json:"statement" maxLength:"8000"`
	Items      []ScopeItem `json:"items" maxItems:"6000"`
	Exclusions []ScopeLine `json:"exclusions" maxItems:"100" doc:"What else is left out, and why."`
	Interfaces []ScopeLine `json:"interfaces" maxItems:"100" doc:"Interfaces and dependencies, and how they are governed (4.3 c)."`
}

// ScopeItem is what a scope says of one thing of the registers.
type ScopeItem struct {
	Sort   string `json:"sort" enum:"system,site,team,vendor"`
	ID     string `json:"id" maxLength:"100"`
	Words  string `json:"words,omitempty" maxLength:"400" doc:"What it was called when the scope was written; never read."`
	In     bool   `json:"in"`
	Reason string `json:"reason,omitempty" maxLength:"1000" doc:"Why it is out."`
}

// ScopeLine is a line of a scope beside the registers.
type ScopeLine struct {
	What string `json:"what" maxLength:"1000"`
	How  string `json:"how" maxLength:"1000"`
}

// ScopeDetail is a version with what it says and what became of it.
type ScopeDetail struct {
	ScopeVersion
	Text ScopeText  `json:"text"`
	Acts []ScopeAct `json:"acts" doc:"The newest first."`
}

// ScopeAct is something that happened to a version.
type ScopeAct struct {
	Kind   string    `json:"kind" example:"isms.scope_approved"`
	Note   string    `json:"note,omitempty"`
	At     time.Time `json:"at"`
	ByName string    `json:"by_name,omitempty"`
}

// ScopeThing is something that can be in scope.
type ScopeThing struct {
	Sort    string `json:"sort" enum:"system,site,team,vendor"`
	ID      string `json:"id"`
	Code    string `json:"code,omitempty"`
	Name    string `json:"name"`
	About   string `json:"about,omitempty"`
	Owner   string `json:"owner,omitempty" doc:"Id of a person."`
	Retired bool   `json:"retired"`
	ISMS    string `json:"isms,omitempty" enum:"in,out,unnamed" doc:"What the scope in force says of it."`
	SOC2    string `json:"soc2,omitempty" enum:"in,out,unnamed" doc:"What the boundary in force says of it."`
}

// ScopeMismatch is one thing in which the two do not fit.
type ScopeMismatch struct {
	Key         string         `json:"key"`
	Kind        string         `json:"kind" example:"only-boundary"`
	Title       string         `json:"title"`
	Consequence string         `json:"consequence" doc:"What follows if nobody decides."`
	Pitfall     bool           `json:"pitfall" doc:"A narrow boundary became the assumed scope."`
	Fingerprint string         `json:"fingerprint" doc:"Of both sides; a decision names it, and holds while it stays."`
	Open        bool           `json:"open"`
	Why         string         `json:"why,omitempty" doc:"Until when the decision holds, or why the last does not."`
	Decision    *ScopeDecision `json:"decision,omitempty"`
}

// ScopeDecision is what was decided about a mismatch.
type ScopeDecision struct {
	Choice string    `json:"choice" enum:"deliberate,align"`
	Reason string    `json:"reason,omitempty"`
	Until  string    `json:"until,omitempty" doc:"Last day; left out: while both sides stay."`
	Action string    `json:"action,omitempty" doc:"Id of the action that puts it right."`
	At     time.Time `json:"at"`
	ByName string    `json:"by_name,omitempty"`
}

func scopeVersionOf(v isms.ScopeVersion) ScopeVersion {
	return ScopeVersion{string(v.Side), v.Number, string(v.State), v.Change, v.WriterName, v.WrittenAt, maybe(v.ApprovedAt), maybe(v.EndedAt), v.Digest, v.Stamp}
}

func scopeTextOf(c isms.ScopeContent) ScopeText {
	line := func(l isms.ScopeLine) ScopeLine { return ScopeLine(l) }
	return ScopeText{c.Statement, each(c.Items, func(i isms.ScopeItem) ScopeItem { return ScopeItem{string(i.Sort), i.ID, i.Words, i.In, i.Reason} }),
		each(c.Exclusions, line), each(c.Interfaces, line)}
}

func (t ScopeText) content() isms.ScopeContent {
	line := func(l ScopeLine) isms.ScopeLine { return isms.ScopeLine(l) }
	return isms.ScopeContent{Statement: t.Statement, Exclusions: each(t.Exclusions, line), Interfaces: each(t.Interfaces, line),
		Items: each(t.Items, func(i ScopeItem) isms.ScopeItem {
			return isms.ScopeItem{Sort: isms.ScopeSort(i.Sort), ID: i.ID, In: i.In, Reason: i.Reason}
		})}
}

func (s *Server) systemScope(ctx context.Context, who access.Actor) (SystemScope, error) {
	b, err := s.ISMS.Scope(ctx, who, s.Now())
	if err != nil {
		return SystemScope{}, err
	}
	out := SystemScope{Drafts: []string{}, Summary: b.Summary()}
	if b.ISMS != nil {
		v := scopeVersionOf(*b.ISMS)
		out.ISMS = &v
	}
	if b.SOC2 != nil {
		v := scopeVersionOf(*b.SOC2)
		out.SOC2 = &v
	}
	for _, side := range []isms.ScopeSide{isms.ScopeISMS, isms.ScopeSOC2} {
		if _, ok := b.OpenOf(side); ok {
			out.Drafts = append(out.Drafts, string(side))
		}
	}
	out.Mismatches, out.Open = isms.ScopeCounts(b.Found)
	return out, nil
}

func getSystemScope(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[SystemScope], error) {
	return single(s.systemScope(ctx, who))
}

func listScopeThings(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Sort string `query:"sort" enum:"system,site,team,vendor" doc:"Only things of this sort."`
}) (*listOut[ScopeThing], error) {
	b, err := s.ISMS.Scope(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	var list []isms.ScopeThing
	for _, t := range b.Things {
		if in.Sort == "" || string(t.Sort) == in.Sort {
			list = append(list, t)
		}
	}
	return asListed(in.InPage, list, "scope things "+in.Sort, func(t isms.ScopeThing) string { return string(t.Sort) + ":" + t.ID }, func(t isms.ScopeThing) ScopeThing {
		x := ScopeThing{Sort: string(t.Sort), ID: t.ID, Code: t.Code, Name: t.Name, About: t.About, Owner: t.Owner, Retired: t.Retired}
		if b.ISMS != nil {
			st, _ := b.ISMS.Content.Stance(t)
			x.ISMS = string(st)
		}
		if b.SOC2 != nil {
			st, _ := b.SOC2.Content.Stance(t)
			x.SOC2 = string(st)
		}
		return x
	})
}

func listScopeMismatches(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Open string `query:"open" enum:"true,false" doc:"Only those nobody decided about, or only the others."`
}) (*listOut[ScopeMismatch], error) {
	b, err := s.ISMS.Scope(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	var list []isms.ScopeMismatch
	for _, m := range b.Found {
		if in.Open == "" || in.Open == strconv.FormatBool(m.Open()) {
			list = append(list, m)
		}
	}
	return asListed(in.InPage, list, "scope mismatches "+in.Open, func(m isms.ScopeMismatch) string { return m.Key }, func(m isms.ScopeMismatch) ScopeMismatch {
		x := ScopeMismatch{Key: m.Key, Kind: m.Kind, Title: m.Title, Consequence: m.Consequence, Pitfall: m.Pitfall, Fingerprint: m.Fingerprint, Open: m.Open(), Why: m.Why}
		if d := m.Decision; d != nil {
			x.Decision = &ScopeDecision{string(d.Choice), d.Reason, d.Until.String(), d.Action, d.At, d.ByName}
		}
		return x
	})
}

// InSide names one of the two scopes.
type InSide struct {
	InOrg
	Side string `path:"side" enum:"isms,soc2" doc:"isms: the scope of the management system; soc2: the boundary of the SOC 2 report."`
}

func listScopeVersions(s *Server, ctx context.Context, who access.Actor, in *struct {
	InSide
	InPage
}) (*listOut[ScopeVersion], error) {
	b, err := s.ISMS.Scope(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	return asListed(in.InPage, b.Of(isms.ScopeSide(in.Side)), "scope versions "+in.Side, func(v isms.ScopeVersion) string { return v.ID }, scopeVersionOf)
}

func getScopeVersion(s *Server, ctx context.Context, who access.Actor, in *struct {
	InSide
	Number int `path:"number" minimum:"1"`
}) (*oneOut[ScopeDetail], error) {
	return single(s.scopeDetail(ctx, who, in.Side, in.Number))
}

func (s *Server) scopeDetail(ctx context.Context, who access.Actor, side string, number int) (ScopeDetail, error) {
	v, acts, err := s.ISMS.ScopeHistory(ctx, who, isms.ScopeSide(side), number)
	return ScopeDetail{scopeVersionOf(v), scopeTextOf(v.Content), each(acts, func(a isms.ScopeAct) ScopeAct { return ScopeAct{a.Kind, a.Note, a.At, a.ByName} })}, err
}

// ScopeDraft is what the next version of a scope is to say.
type ScopeDraft struct {
	ScopeText
	Change string `json:"change,omitempty" maxLength:"1000" doc:"What changed, for those who agree to it."`
	Stamp  string `json:"stamp,omitempty" maxLength:"100" doc:"Of the draft it was made from: a draft that somebody changed meanwhile is refused. Left out: whichever there is."`
}

func writeScope(s *Server, ctx context.Context, who access.Actor, in *struct {
	InSide
	InOnce
	Body ScopeDraft
}) (*oneOut[ScopeVersion], error) {
	v, err := s.ISMS.WriteScope(ctx, who, isms.ScopeSide(in.Side), in.Body.content(), in.Body.Change, in.Body.Stamp, s.Now())
	return single(scopeVersionOf(v), scopeField(err))
}

// scopeField says of an objection to one thing which item of the body it is about.
func scopeField(err error) error {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || !strings.HasPrefix(p.Field, "reason-") {
		return err
	}
	return problem.Field("items", p.Text)
}

func sendScope(s *Server, ctx context.Context, who access.Actor, in *struct {
	InSide
	InOnce
}) (*oneOut[ScopeVersion], error) {
	v, err := s.ISMS.SendScope(ctx, who, isms.ScopeSide(in.Side), s.Now())
	return single(scopeVersionOf(v), scopeField(err))
}

func withdrawScope(s *Server, ctx context.Context, who access.Actor, in *struct {
	InSide
	InOnce
}) (*oneOut[Done], error) {
	return single(Done{true}, s.ISMS.WithdrawScope(ctx, who, isms.ScopeSide(in.Side), s.Now()))
}

func decideScope(s *Server, ctx context.Context, who access.Actor, in *struct {
	InSide
	InOnce
	Body Verdict
}) (*oneOut[ApprovalState], error) {
	a, err := s.ISMS.DecideScope(ctx, who, isms.ScopeSide(in.Side), in.Body.Yes, in.Body.Reason, s.Now())
	return single(approvalOf(a), err)
}

// ScopeRuling decides about mismatches.
type ScopeRuling struct {
	Mismatches []ScopeShown `json:"mismatches" minItems:"1" maxItems:"1000" doc:"All of them are decided or none."`
	Choice     string       `json:"choice" enum:"deliberate,align" doc:"deliberate: it is meant to be so; align: somebody puts it right, which goes to the backlog."`
	Reason     string       `json:"reason,omitempty" maxLength:"2000" doc:"Needed for deliberate."`
	Until      string       `json:"until,omitempty" maxLength:"10" doc:"Last day it holds; left out: while both sides stay."`
	Owner      string       `json:"owner,omitempty" maxLength:"100" doc:"Who puts it right, by id."`
	Due        string       `json:"due,omitempty" maxLength:"10" doc:"By when it is put right."`
}

// ScopeShown is a mismatch as it was read.
type ScopeShown struct {
	Key         string `json:"key" maxLength:"300"`
	Fingerprint string `json:"fingerprint" maxLength:"300"`
}

func ruleScope(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body ScopeRuling
}) (*oneOut[SystemScope], error) {
	r := isms.ScopeRuling{Choice: isms.ScopeChoice(in.Body.Choice), Reason: in.Body.Reason, Owner: in.Body.Owner}
	var err error
	if r.Until, err = dayOf("until", in.Body.Until); err != nil {
		return nil, err
	}
	if r.Due, err = dayOf("due", in.Body.Due); err != nil {
		return nil, err
	}
	shown := map[string]string{}
	for i, m := range in.Body.Mismatches {
		if _, twice := shown[m.Key]; twice {
			return nil, problem.Field(fmt.Sprintf("mismatches[%d].key", i), "This mismatch is named twice. Name each once.")
		}
		shown[m.Key] = m.Fingerprint
	}
	if err := s.ISMS.RuleScope(ctx, who, shown, r, s.Now()); err != nil {
		return nil, err
	}
	if !who.Can(access.ViewISMS) {
		return single(told(SystemScope{}), nil)
	}
	return single(s.systemScope(ctx, who))
}
