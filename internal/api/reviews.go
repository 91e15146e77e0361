package api

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
)

// ReviewText is what can be said of a management review when it is planned.
type ReviewText struct {
	Title        string   `json:"title" maxLength:"200"`
	On           string   `json:"on" maxLength:"10" doc:"Day of the meeting." example:"2026-06-15"`
	Participants []string `json:"participants" minItems:"1" maxItems:"100" doc:"Ids of people."`
	Present      []string `json:"present,omitempty" maxItems:"100" doc:"Those of them who were there."`
}

// Review is a management review (ISO/IEC 27001:2022, 9.3).
type Review struct {
	Code string `json:"code" example:"MR-2026-1"`
	ReviewText
	State      string     `json:"state" enum:"planned,prepared,sent,approved,cancelled" doc:"prepared: the pack is frozen and minutes are written; sent: the minutes wait for approval."`
	Pack       string     `json:"pack,omitempty" doc:"Id of the evidence the frozen pack is."`
	PackSHA256 string     `json:"pack_sha256,omitempty"`
	FrozenAt   *time.Time `json:"frozen_at,omitempty"`
	Minutes    string     `json:"minutes,omitempty" doc:"Id of the evidence the approved minutes are."`
	SentAt     *time.Time `json:"sent_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	Reason     string     `json:"reason,omitempty" doc:"Why it was cancelled."`
	Decisions  int        `json:"decisions"`
}

// ReviewDetail is a review with what was brought, written and decided.
type ReviewDetail struct {
	Review
	Brought   map[string]ReviewPoint `json:"brought" doc:"By point of the agenda: what was brought by hand."`
	Written   map[string]ReviewPoint `json:"written" doc:"By point of the agenda, or conclusion: what the minutes say."`
	Decided   []ReviewDecision       `json:"decided"`
	Lacks     []string               `json:"lacks" doc:"What the minutes still need before they can be sent."`
	Approval  *ApprovalState         `json:"approval,omitempty"`
	Following string                 `json:"following,omitempty" doc:"Code of the next review that is planned."`
}

// ReviewPoint is what was said at a point of the agenda.
type ReviewPoint struct {
	Words  string    `json:"words"`
	At     time.Time `json:"at"`
	ByName string    `json:"by_name,omitempty"`
}

// ReviewDecisionText is what can be said of a decision.
type ReviewDecisionText struct {
	Item      string `json:"item" maxLength:"20" doc:"The output of the agenda it belongs to." example:"MR-18"`
	Unchanged bool   `json:"unchanged,omitempty" doc:"It was decided to change nothing."`
	Words     string `json:"words,omitempty" maxLength:"4000"`
	Why       string `json:"why,omitempty" maxLength:"4000"`
	Effect    string `json:"effect,omitempty" maxLength:"4000" doc:"What is expected of it."`
	Owner     string `json:"owner,omitempty" maxLength:"100" doc:"Id of a person."`
	Due       string `json:"due,omitempty" maxLength:"10"`
}

// ReviewDecision is one decision of a review.
type ReviewDecision struct {
	ID string `json:"id"`
	ReviewDecisionText
	Action string `json:"action,omitempty" doc:"Id of the action of the backlog it became, once the minutes were approved."`
}

// AgendaPoint is one point of the agenda, or one of the three conclusions.
type AgendaPoint struct {
	Key      string `json:"key" example:"MR-01" doc:"What minutes and decisions name."`
	Clause   string `json:"clause" doc:"Of 9.3, or own."`
	Topic    string `json:"topic"`
	Question string `json:"question"`
	Use      string `json:"use" enum:"minutes,decision" doc:"Whether the minutes say something of it, or a decision belongs to it."`
}

func reviewOf(r isms.Review) Review {
	x := Review{Code: r.Code, ReviewText: ReviewText{Title: r.Title, On: r.On.String(), Participants: []string{}}, State: string(r.State), Pack: r.Pack, PackSHA256: r.PackSHA256, FrozenAt: maybe(r.FrozenAt),
		Minutes: r.Minutes, SentAt: maybe(r.SentAt), EndedAt: maybe(r.EndedAt), Reason: r.Reason, Decisions: len(r.Decisions)}
	for _, p := range r.Participants {
		x.Participants = append(x.Participants, p.Person)
		if p.Present {
			x.Present = append(x.Present, p.Person)
		}
	}
	return x
}

func reviewDecisionOf(d isms.Decision) ReviewDecision {
	return ReviewDecision{d.ID, ReviewDecisionText{d.Item, d.Unchanged, d.Words, d.Why, d.Effect, d.Owner, d.Due.String()}, d.Action}
}

func reviewPoints(m map[string]isms.ReviewPoint) map[string]ReviewPoint {
	out := map[string]ReviewPoint{}
	for k, p := range m {
		if p.Words != "" {
			out[k] = ReviewPoint{p.Words, p.At, p.ByName}
		}
	}
	return out
}

func listReviews(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	State string `query:"state" enum:"planned,prepared,sent,approved,cancelled"`
}) (*listOut[Review], error) {
	all, err := s.ISMS.Reviews(ctx, who)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r isms.Review) bool { return in.State != "" && string(r.State) != in.State })
	return asListed(in.InPage, all, "management reviews "+in.State, func(r isms.Review) string { return r.Code }, reviewOf)
}

// InReview names a management review.
type InReview struct {
	InOrg
	Review string `path:"review" maxLength:"20" doc:"Its code." example:"MR-2026-1"`
}

func (s *Server) review(ctx context.Context, who access.Actor, code string) (ReviewDetail, error) {
	f, err := s.ISMS.Review(ctx, who, code, s.Now())
	if err != nil {
		return ReviewDetail{}, err
	}
	out := ReviewDetail{Review: reviewOf(f.Review), Brought: reviewPoints(f.Brought), Written: reviewPoints(f.Written), Decided: each(f.Decisions, reviewDecisionOf), Lacks: nonNil(f.Lacks), Following: f.Next}
	if f.Approval != nil {
		a := approvalOf(*f.Approval)
		out.Approval = &a
	}
	return out, nil
}

func getReview(s *Server, ctx context.Context, who access.Actor, in *InReview) (*oneOut[ReviewDetail], error) {
	return single(s.review(ctx, who, in.Review))
}

func listAgenda(s *Server, _ context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[AgendaPoint], error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	list := each(isms.MinutesFields(), func(f isms.MinutesField) AgendaPoint { return AgendaPoint{f.Key, f.Clause, f.Label, f.Ask, "minutes"} })
	for _, a := range isms.DecisionItems() {
		list = append(list, AgendaPoint{a.ID, a.Clause, a.Topic, a.Question, "decision"})
	}
	return asListed(in.InPage, list, "agenda", func(a AgendaPoint) string { return a.Key }, func(a AgendaPoint) AgendaPoint { return a })
}

func getPack(s *Server, ctx context.Context, who access.Actor, in *InReview) (*oneOut[isms.Pack], error) {
	p, _, err := s.ISMS.FrozenPack(ctx, who, in.Review)
	return single(told(p), err)
}

func getMinutes(s *Server, ctx context.Context, who access.Actor, in *InReview) (*oneOut[isms.Minutes], error) {
	m, _, err := s.ISMS.FrozenMinutes(ctx, who, in.Review)
	return single(told(m), err)
}
