package api

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
)

func (t ReviewText) plan() (isms.NewReview, error) {
	on, err := dayOf("on", t.On)
	return isms.NewReview{Title: t.Title, On: on, Participants: t.Participants, Present: t.Present}, err
}

func createReview(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body ReviewText
}) (*createdOut[ReviewDetail], error) {
	n, err := in.Body.plan()
	if err != nil {
		return nil, err
	}
	r, err := s.ISMS.PlanReview(ctx, who, n, s.Now())
	out := told(ReviewDetail{Review: reviewOf(r)})
	if err == nil && who.Can(access.ViewISMS) {
		out, err = s.review(ctx, who, r.Code)
	}
	return fresh(out, address(who, "isms", "reviews", r.Code), err)
}

func putReview(s *Server, ctx context.Context, who access.Actor, in *struct {
	InReview
	InMatch
	Body ReviewText
}) (*oneOut[ReviewDetail], error) {
	n, err := in.Body.plan()
	if err != nil {
		return nil, err
	}
	read := func() (ReviewDetail, error) { return s.review(ctx, who, in.Review) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ ReviewDetail) error {
		return s.ISMS.ChangeReview(ctx, who, in.Review, n, s.Now())
	})
}

// reviewed answers with the review after an act, to whoever may see it.
func (s *Server) reviewed(ctx context.Context, who access.Actor, code string, err error) (*oneOut[ReviewDetail], error) {
	if err != nil || !who.Can(access.ViewISMS) {
		return single(told(ReviewDetail{Review: Review{Code: code}}), err)
	}
	return single(s.review(ctx, who, code))
}

// AgendaWords is what is said at points of the agenda; what is not named stays.
type AgendaWords struct {
	Words map[string]string `json:"words" doc:"By key of the agenda, such as MR-01; empty words take it out."`
}

// InReviewWords says something at points of the agenda.
type InReviewWords struct {
	InReview
	InOnce
	Body AgendaWords
}

func bringReview(s *Server, ctx context.Context, who access.Actor, in *InReviewWords) (*oneOut[ReviewDetail], error) {
	return s.reviewed(ctx, who, in.Review, s.ISMS.BringReview(ctx, who, in.Review, in.Body.Words, s.Now()))
}

func writeMinutes(s *Server, ctx context.Context, who access.Actor, in *InReviewWords) (*oneOut[ReviewDetail], error) {
	return s.reviewed(ctx, who, in.Review, s.ISMS.WriteMinutes(ctx, who, in.Review, in.Body.Words, s.Now()))
}

// InReviewAct does something to a review.
type InReviewAct struct {
	InReview
	InOnce
}

func previewPack(s *Server, ctx context.Context, who access.Actor, in *InReviewAct) (*oneOut[isms.Pack], error) {
	p, err := s.ISMS.PreviewPack(ctx, who, in.Review, s.Now())
	return single(told(p), err)
}

func freezePack(s *Server, ctx context.Context, who access.Actor, in *InReviewAct) (*oneOut[ReviewDetail], error) {
	return s.reviewed(ctx, who, in.Review, s.ISMS.FreezePack(ctx, who, in.Review, s.Now()))
}

func sendMinutes(s *Server, ctx context.Context, who access.Actor, in *InReviewAct) (*oneOut[ReviewDetail], error) {
	return s.reviewed(ctx, who, in.Review, s.ISMS.SendMinutes(ctx, who, in.Review, s.Now()))
}

func withdrawMinutes(s *Server, ctx context.Context, who access.Actor, in *InReviewAct) (*oneOut[ReviewDetail], error) {
	return s.reviewed(ctx, who, in.Review, s.ISMS.WithdrawMinutes(ctx, who, in.Review, s.Now()))
}

func decideMinutes(s *Server, ctx context.Context, who access.Actor, in *struct {
	InReviewAct
	Body Verdict
}) (*oneOut[Done], error) {
	_, err := s.ISMS.DecideMinutes(ctx, who, in.Review, in.Body.Yes, in.Body.Reason, s.Now())
	return single(Done{true}, err)
}

func cancelReview(s *Server, ctx context.Context, who access.Actor, in *struct {
	InReviewAct
	Body Reason
}) (*oneOut[ReviewDetail], error) {
	return s.reviewed(ctx, who, in.Review, s.ISMS.CancelReview(ctx, who, in.Review, in.Body.Reason, s.Now()))
}

func (t ReviewDecisionText) decision(id string) (isms.Decision, error) {
	due, err := dayOf("due", t.Due)
	return isms.Decision{ID: id, Item: t.Item, Unchanged: t.Unchanged, Words: t.Words, Why: t.Why, Effect: t.Effect, Owner: t.Owner, Due: due}, err
}

func createReviewDecision(s *Server, ctx context.Context, who access.Actor, in *struct {
	InReviewAct
	Body ReviewDecisionText
}) (*oneOut[ReviewDecision], error) {
	d, err := in.Body.decision("")
	if err == nil {
		d, err = s.ISMS.DecideReview(ctx, who, in.Review, d, s.Now())
	}
	return single(reviewDecisionOf(d), err)
}

// InReviewDecision names a decision of a review.
type InReviewDecision struct {
	InReviewAct
	Decision string `path:"decision" maxLength:"100" doc:"Its id."`
}

func changeReviewDecision(s *Server, ctx context.Context, who access.Actor, in *struct {
	InReviewDecision
	Body ReviewDecisionText
}) (*oneOut[ReviewDecision], error) {
	d, err := in.Body.decision(in.Decision)
	if err == nil {
		d, err = s.ISMS.DecideReview(ctx, who, in.Review, d, s.Now())
	}
	return single(reviewDecisionOf(d), err)
}

func dropReviewDecision(s *Server, ctx context.Context, who access.Actor, in *InReviewDecision) (*oneOut[Done], error) {
	return single(Done{true}, s.ISMS.DropDecision(ctx, who, in.Review, in.Decision, s.Now()))
}
