package api

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// NewDecision is what somebody decides about a row, or about a pair.
type NewDecision struct {
	Kind      string `json:"kind" enum:"confirm,challenge,override,propose,withdraw" doc:"confirm or challenge a row, override the sets on a pair, propose a row no set has, or withdraw one's own last decision."`
	Set       string `json:"set,omitempty" maxLength:"100" doc:"The set the row is in. Left out: the row somebody proposed; * for an override."`
	Source    Ref    `json:"source"`
	Target    Ref    `json:"target"`
	Relation  string `json:"relation,omitempty" enum:"equal,subset,superset,intersects,overlaps,none" doc:"Of a proposal or an override, read from the source."`
	Strength  int    `json:"strength,omitempty" minimum:"0" maximum:"10" doc:"Of a proposal, editorial; never computed with."`
	Rationale string `json:"rationale,omitempty" maxLength:"2000" doc:"Why; required except to confirm or withdraw."`
	Residual  string `json:"residual,omitempty" maxLength:"2000" doc:"Of a proposal or an override: what is left to do on the target's side."`
}

// Decision is what one person decided, and when.
type Decision struct {
	ID string `json:"id"`
	NewDecision
	Authority string    `json:"authority" enum:"organisation,auditor" doc:"On whose behalf. An auditor's decision holds over the organisation's, and that over the sets."`
	By        string    `json:"by" doc:"Id of the account."`
	ByName    string    `json:"by_name"`
	At        time.Time `json:"at"`
}

func decisionOf(d crosswalk.Decision) Decision {
	out := Decision{ID: d.ID, Authority: string(d.Authority), By: d.By, ByName: d.ByName, At: d.At, NewDecision: NewDecision{
		Kind: string(d.Kind), Set: d.Set, Source: refOf(d.Source), Target: refOf(d.Target), Strength: d.Strength, Rationale: d.Rationale, Residual: d.Residual}}
	if d.Relation != 0 {
		out.Relation = d.Relation.String()
	}
	return out
}

func (r Ref) ref() framework.Ref { return framework.Ref{Framework: r.Framework, ID: r.ID} }

func listDecisions(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	History string `query:"history" enum:"true,false" doc:"Also those that another decision replaced."`
	Kind    string `query:"kind" enum:"confirm,challenge,override,propose,withdraw"`
}) (*listOut[Decision], error) {
	var found []crosswalk.Decision
	var err error
	if in.History == "true" {
		found, err = s.Crosswalk.History(ctx, who, s.Now())
	} else {
		found, err = s.Crosswalk.Decisions(ctx, who, s.Now())
	}
	if err != nil {
		return nil, err
	}
	var list []Decision
	for _, d := range found {
		if in.Kind == "" || in.Kind == string(d.Kind) {
			list = append(list, decisionOf(d))
		}
	}
	return newest(in.InPage, list, "decisions "+in.History+" "+in.Kind, func(d Decision) string { return d.ID })
}

func createDecision(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body NewDecision
}) (*oneOut[Decision], error) {
	b := in.Body
	d := crosswalk.Decision{Set: b.Set, Source: b.Source.ref(), Target: b.Target.ref(), Kind: crosswalk.DecisionKind(b.Kind), Strength: b.Strength, Rationale: b.Rationale, Residual: b.Residual}
	if b.Relation != "" {
		m, ok := crosswalk.ParseRelation(b.Relation)
		if !ok {
			return nil, problem.Field("relation", "Choose one of the relations listed.")
		}
		d.Relation = m
	}
	d, err := s.Crosswalk.Decide(ctx, who, d, s.Now())
	return single(decisionOf(d), err)
}

// NewAttestation is the word that some requirements together suffice for another.
type NewAttestation struct {
	Target  Ref       `json:"target" doc:"The requirement that is met."`
	From    string    `json:"from" maxLength:"100" doc:"Framework of the sources." example:"soc2-2017"`
	Sources []string  `json:"sources" minItems:"1" maxItems:"100" doc:"Its requirements; the attestation counts while all are met."`
	Reason  string    `json:"reason" maxLength:"2000"`
	Until   time.Time `json:"until" doc:"When it lapses; at most fifteen months ahead."`
}

// Attestation is that word with who gave it.
type Attestation struct {
	ID string `json:"id"`
	NewAttestation
	By      string    `json:"by" doc:"Id of the account."`
	ByName  string    `json:"by_name"`
	At      time.Time `json:"at"`
	EndedAt time.Time `json:"ended_at,omitzero" doc:"When somebody ended it before it lapsed."`
	EndedBy string    `json:"ended_by,omitempty"`
}

func attestationOf(a crosswalk.Attestation) Attestation {
	out := Attestation{ID: a.ID, By: a.By, ByName: a.ByName, At: a.At, EndedBy: a.EndedBy,
		NewAttestation: NewAttestation{refOf(a.Target), a.From, nonNil(a.Sources), a.Reason, a.Until.UTC()}}
	if !a.EndedAt.IsZero() {
		out.EndedAt = a.EndedAt.UTC()
	}
	return out
}

func listAttestations(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Framework   string `query:"framework" maxLength:"100" doc:"With requirement: every attestation ever made for it."`
	Requirement string `query:"requirement" maxLength:"100"`
}) (*listOut[Attestation], error) {
	var found []crosswalk.Attestation
	var err error
	if in.Requirement != "" {
		found, err = s.Crosswalk.AttestationsOf(ctx, who, framework.Ref{Framework: in.Framework, ID: in.Requirement})
	} else {
		found, err = s.Crosswalk.Attestations(ctx, who, s.Now())
	}
	if err != nil {
		return nil, err
	}
	var list []Attestation
	for _, a := range found {
		if in.Framework == "" || a.Target.Framework == in.Framework {
			list = append(list, attestationOf(a))
		}
	}
	return newest(in.InPage, list, "attestations "+in.Framework+" "+in.Requirement, func(a Attestation) string { return a.ID })
}

func createAttestation(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body NewAttestation
}) (*oneOut[Attestation], error) {
	b := in.Body
	a, err := s.Crosswalk.Attest(ctx, who, crosswalk.Attestation{Target: b.Target.ref(), From: b.From, Sources: b.Sources, Reason: b.Reason, Until: b.Until}, s.Now())
	return single(attestationOf(a), err)
}

// Done says that something was done of which there is nothing to show.
type Done struct {
	Done bool `json:"done"`
}

func endAttestation(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Attestation string `path:"attestation" maxLength:"100"`
}) (*oneOut[Done], error) {
	err := s.Crosswalk.EndAttestation(ctx, who, in.Attestation, s.Now())
	return single(Done{true}, err)
}
