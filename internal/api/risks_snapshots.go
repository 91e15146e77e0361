package api

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/risk"
)

// RiskSnapshot is the whole register as it was at a moment.
type RiskSnapshot struct {
	ID           string       `json:"id"`
	Title        string       `json:"title"`
	Note         string       `json:"note,omitempty"`
	Method       string       `json:"method"`
	Participants []string     `json:"participants" doc:"Ids in the register of persons."`
	Count        int          `json:"count" doc:"Risks in it."`
	Digest       string       `json:"digest" doc:"SHA-256 of what is kept, in hex."`
	State        string       `json:"state" enum:"waits,approved,rejected"`
	Evidence     string       `json:"evidence,omitempty" doc:"Id of the evidence it became when it was approved."`
	At           time.Time    `json:"at"`
	By           string       `json:"by" doc:"Id of the account."`
	ByName       string       `json:"by_name,omitempty"`
	Approved     time.Time    `json:"approved_at,omitzero"`
	Risks        []FrozenRisk `json:"risks,omitempty" doc:"Not in lists."`
	Moves        []RiskMove   `json:"moves,omitempty" doc:"What moved since; not in lists."`
}

// FrozenRisk is one risk as a snapshot keeps it.
type FrozenRisk struct {
	ID         string     `json:"id"`
	Code       string     `json:"code"`
	Title      string     `json:"title"`
	Category   string     `json:"category"`
	Owner      string     `json:"owner,omitempty"`
	Inherent   *RiskPoint `json:"inherent,omitempty"`
	Current    *RiskPoint `json:"current,omitempty"`
	Target     *RiskPoint `json:"target,omitempty"`
	Level      string     `json:"level,omitempty"`
	Within     bool       `json:"within_appetite"`
	State      string     `json:"state"`
	Treatment  string     `json:"treatment,omitempty"`
	PlanDue    string     `json:"plan_due,omitempty"`
	AcceptedTo string     `json:"accepted_until,omitempty"`
}

// RiskMove says what became of one risk since.
type RiskMove struct {
	Code  string `json:"code"`
	What  string `json:"what" enum:"rose,new,fell,state,gone"`
	Words string `json:"words"`
}

func riskSnapshotOf(x risk.Snapshot) RiskSnapshot {
	out := RiskSnapshot{ID: x.ID, Title: x.Title, Note: x.Note, Method: x.Method, Participants: nonNil(x.Participants), Count: x.Count, Digest: x.Digest, State: string(x.State),
		Evidence: x.Item, At: x.At, By: x.By, ByName: x.ByName, Approved: x.ApprovedAt}
	for _, f := range x.Risks {
		out.Risks = append(out.Risks, FrozenRisk{f.ID, f.Code, f.Title, f.Category, f.Owner, frozenPoint(f.Inherent), frozenPoint(f.Current), frozenPoint(f.Target), f.Level, f.Within,
			string(f.State), string(f.Choice), f.PlanDue.String(), f.AcceptedTo.String()})
	}
	return out
}

func frozenPoint(f *risk.FrozenScore) *RiskPoint { return riskPoint(f.Point()) }

func listRiskSnapshots(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[RiskSnapshot], error) {
	all, err := s.Risks.Snapshots(ctx, who)
	if err != nil {
		return nil, err
	}
	list := []RiskSnapshot{}
	for _, x := range all {
		list = append(list, riskSnapshotOf(x))
	}
	return newest(in.InPage, list, "risk snapshots", func(x RiskSnapshot) string { return x.ID })
}

func (s *Server) riskSnapshot(ctx context.Context, who access.Actor, id string) (RiskSnapshot, error) {
	x, err := s.Risks.Snapshot(ctx, who, id)
	if err != nil {
		return RiskSnapshot{}, err
	}
	r, err := s.Risks.Register(ctx, who, s.Now())
	if err != nil {
		return RiskSnapshot{}, err
	}
	out := riskSnapshotOf(x)
	for _, m := range r.Since(x) {
		out.Moves = append(out.Moves, RiskMove{m.Code, string(m.What), m.Words})
	}
	return out, nil
}

// InSnapshot names a snapshot in the path.
type InSnapshot struct {
	InOrg
	Snapshot string `path:"snapshot" maxLength:"100"`
}

func getRiskSnapshot(s *Server, ctx context.Context, who access.Actor, in *InSnapshot) (*oneOut[RiskSnapshot], error) {
	return single(s.riskSnapshot(ctx, who, in.Snapshot))
}

// NewSnapshot freezes the register.
type NewSnapshot struct {
	Title        string   `json:"title" maxLength:"200" example:"Risk assessment 2026"`
	Note         string   `json:"note,omitempty" maxLength:"2000"`
	Participants []string `json:"participants" maxItems:"200" doc:"Who took part: ids in the register of persons."`
}

func createRiskSnapshot(s *Server, ctx context.Context, who access.Actor, in *inEntryText[NewSnapshot]) (*oneOut[RiskSnapshot], error) {
	x, err := s.Risks.Freeze(ctx, who, in.Body.Title, in.Body.Note, in.Body.Participants, s.Now())
	if err != nil {
		return nil, err
	}
	return single(s.riskSnapshot(ctx, who, x.ID))
}

func decideRiskSnapshot(s *Server, ctx context.Context, who access.Actor, in *struct {
	InSnapshot
	InOnce
	Body Verdict
}) (*oneOut[RiskSnapshot], error) {
	if _, err := s.Risks.DecideSnapshot(ctx, who, in.Snapshot, in.Body.Yes, in.Body.Reason, s.Now()); err != nil {
		return nil, err
	}
	return single(s.riskSnapshot(ctx, who, in.Snapshot))
}

// RiskReview says that the register was looked through.
type RiskReview struct {
	Note string `json:"note" maxLength:"2000" doc:"Who took part and what came of it, even if nothing changed."`
}

func reviewRisks(s *Server, ctx context.Context, who access.Actor, in *inEntryText[RiskReview]) (*oneOut[Done], error) {
	return single(Done{true}, s.Risks.Review(ctx, who, in.Body.Note, s.Now()))
}
