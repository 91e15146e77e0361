package api

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
)

// NewRound asks the owners of controls whether they are what really happens.
type NewRound struct {
	Functions []string `json:"functions,omitempty" maxItems:"50" doc:"Keys; none: every function."`
	Controls  []string `json:"controls,omitempty" maxItems:"1000" doc:"Ids; none: every control of those functions that counts for something."`
	Due       string   `json:"due" maxLength:"10" doc:"Last day to answer." example:"2026-06-30"`
}

// RoundBegun says what a round came to.
type RoundBegun struct {
	ID        string `json:"id"`
	Asked     int    `json:"asked" doc:"Controls that are asked about now."`
	People    int    `json:"people"`
	Waiting   int    `json:"waiting" doc:"Controls their owner is asked about already."`
	Ownerless int    `json:"ownerless" doc:"Controls without an owner, or whose owner left."`
}

func createRound(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body NewRound
}) (*oneOut[RoundBegun], error) {
	due, err := dayOf("due", in.Body.Due)
	if err != nil {
		return nil, err
	}
	b, err := s.Crosswalk.BeginRound(ctx, who, crosswalk.NewRound{Functions: in.Body.Functions, Controls: in.Body.Controls, Due: due}, s.Now())
	return single(RoundBegun(b), err)
}

func hastenRound(s *Server, ctx context.Context, who access.Actor, in *struct {
	InRound
	InOnce
	Body Day
}) (*oneOut[Done], error) {
	due, err := dayOf("day", in.Body.Day)
	if err != nil {
		return nil, err
	}
	return single(Done{true}, s.Crosswalk.Hasten(ctx, who, in.Round, due, s.Now()))
}

// InQuestion names a question to an owner.
type InQuestion struct {
	InOrg
	InOnce
	Question string `path:"question" maxLength:"100" doc:"Its id."`
}

// Saying is what an owner says of a control they are asked about.
type Saying struct {
	Version   int    `json:"version" minimum:"1" doc:"Of the control as it was shown; text that changed meanwhile is refused."`
	Reply     string `json:"reply" enum:"yes,no,not_mine" doc:"no opens a finding."`
	Reason    string `json:"reason,omitempty" maxLength:"4000" doc:"What really happens; needed for no."`
	Suggested string `json:"suggested,omitempty" maxLength:"100" doc:"Id of whose it is, with not_mine."`
}

func answerQuestion(s *Server, ctx context.Context, who access.Actor, in *struct {
	InQuestion
	Body Saying
}) (*oneOut[Said], error) {
	b := in.Body
	t, err := s.Crosswalk.Say(ctx, who, crosswalk.Saying{Ask: in.Question, Version: b.Version, Reply: crosswalk.Reply(b.Reply), Reason: b.Reason, Suggested: b.Suggested}, s.Now())
	return single(Said{t.ID, string(t.Reply), t.Reason}, err)
}

// Said is an answer that was recorded.
type Said struct {
	ID     string `json:"id"`
	Reply  string `json:"reply" enum:"yes,no,not_mine"`
	Reason string `json:"reason,omitempty"`
}

// HandOver names who is asked instead.
type HandOver struct {
	Person string `json:"person" maxLength:"100" doc:"Id."`
}

func handQuestion(s *Server, ctx context.Context, who access.Actor, in *struct {
	InQuestion
	Body HandOver
}) (*oneOut[Done], error) {
	return single(Done{true}, s.Crosswalk.HandOver(ctx, who, in.Question, in.Body.Person, s.Now()))
}

// NewLook begins the review of the rows between two frameworks.
type NewLook struct {
	A string `json:"a" maxLength:"100" example:"soc2-2017"`
	B string `json:"b" maxLength:"100" example:"iso27001-2022"`
}

// looked answers with a review of the crosswalk, to whoever may see it.
func (s *Server) looked(ctx context.Context, who access.Actor, id string, err error) (*oneOut[MappingReview], error) {
	if err != nil || !who.Can(access.ViewPosture) {
		return single(told(MappingReview{ID: id}), err)
	}
	return single(s.mappingReview(ctx, who, id))
}

func createMappingReview(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body NewLook
}) (*oneOut[MappingReview], error) {
	id, err := s.Crosswalk.BeginReview(ctx, who, in.Body.A, in.Body.B, s.Now())
	return s.looked(ctx, who, id, err)
}

// LookAnswer is what a reviewer says of lines.
type LookAnswer struct {
	Items  []string `json:"items" minItems:"1" maxItems:"1000" doc:"Ids of the lines."`
	Answer string   `json:"answer" enum:"true,change,challenge" doc:"challenge: it is wrong; a row of a set counts no longer, which needs decide_edges as well."`
	Note   string   `json:"note,omitempty" maxLength:"4000" doc:"Needed unless it is still true."`
}

func answerMappingReview(s *Server, ctx context.Context, who access.Actor, in *struct {
	InMappingReview
	InOnce
	Body LookAnswer
}) (*oneOut[MappingReview], error) {
	err := s.Crosswalk.AnswerReview(ctx, who, in.Look, in.Body.Items, crosswalk.Answer(in.Body.Answer), in.Body.Note, s.Now())
	return s.looked(ctx, who, in.Look, err)
}

// Words is what was found.
type Words struct {
	Words string `json:"words,omitempty" maxLength:"4000"`
}

func closeMappingReview(s *Server, ctx context.Context, who access.Actor, in *struct {
	InMappingReview
	InOnce
	Body Words
}) (*oneOut[MappingReview], error) {
	return s.looked(ctx, who, in.Look, s.Crosswalk.CloseReview(ctx, who, in.Look, in.Body.Words, s.Now()))
}
