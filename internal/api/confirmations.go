package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
)

// Backing is how a control stands with those who do the work.
type Backing struct {
	Control string    `json:"control" doc:"Its code."`
	Backing string    `json:"backing" enum:"contradicted,stale,never,author,confirmed"`
	Why     string    `json:"why,omitempty"`
	At      time.Time `json:"at,omitzero" doc:"Of the answer it rests on."`
	Person  string    `json:"person,omitempty" doc:"Name of who gave it."`
	Reason  string    `json:"reason,omitempty" doc:"What was said."`
}

func listBackings(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Backing string `query:"backing" enum:"contradicted,stale,never,author,confirmed"`
}) (*listOut[Backing], error) {
	found, err := s.Crosswalk.Confirmations(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	controls, err := s.Controls.List(ctx, who, control.Filter{})
	if err != nil {
		return nil, err
	}
	var list []Backing
	for _, c := range controls {
		b, mapped := found[c.ID]
		if !mapped || in.Backing != "" && string(b.Backing) != in.Backing {
			continue
		}
		x := Backing{Control: c.Code, Backing: string(b.Backing), Why: b.Why}
		if b.Told != nil {
			x.At, x.Person, x.Reason = b.Told.At, b.Told.PersonName, b.Told.Reason
		}
		list = append(list, x)
	}
	return paged(in.InPage, list, "confirmations "+in.Backing, func(b Backing) string { return b.Control }, control.CompareCodes)
}

// Round is a round of questions to the owners of controls.
type Round struct {
	ID        string         `json:"id"`
	Functions []string       `json:"functions" doc:"Keys; none: every function."`
	Due       string         `json:"due" doc:"Last day to answer."`
	At        time.Time      `json:"at"`
	ByName    string         `json:"by_name,omitempty"`
	Asked     int            `json:"asked" doc:"Controls."`
	Waiting   int            `json:"waiting"`
	Handed    int            `json:"handed" doc:"Handed to somebody else."`
	Said      map[string]int `json:"said" doc:"Answers: yes, no, not_mine."`
}

func roundOf(r crosswalk.Round) Round {
	x := Round{r.ID, nonNil(r.Functions), r.Due.String(), r.At, r.ByName, r.Asked, r.Waiting, r.Handed, map[string]int{}}
	for k, n := range r.Said {
		x.Said[string(k)] = n
	}
	return x
}

func listRounds(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[Round], error) {
	all, err := s.Crosswalk.Rounds(ctx, who)
	if err != nil {
		return nil, err
	}
	return newest(in.InPage, each(all, roundOf), "rounds", func(r Round) string { return r.ID })
}

// InRound names a round of questions.
type InRound struct {
	InOrg
	Round string `path:"round" maxLength:"100" doc:"Its id."`
}

func (s *Server) round(ctx context.Context, who access.Actor, id string) (Round, error) {
	r, _, err := s.Crosswalk.Round(ctx, who, id)
	return roundOf(r), err
}

func getRound(s *Server, ctx context.Context, who access.Actor, in *InRound) (*oneOut[Round], error) {
	return single(s.round(ctx, who, in.Round))
}

// Question is one control an owner is asked about.
type Question struct {
	ID        string    `json:"id" doc:"What an answer names."`
	Round     string    `json:"round"`
	Control   string    `json:"control" doc:"Its code."`
	Version   int       `json:"version" doc:"Of the control as it is shown; an answer names it."`
	Title     string    `json:"title"`
	Statement string    `json:"statement,omitempty"`
	Frequency string    `json:"frequency,omitempty"`
	Person    string    `json:"person" doc:"Id of who is asked."`
	Name      string    `json:"name"`
	Due       string    `json:"due"`
	State     string    `json:"state" enum:"waiting,answered,handed,dropped"`
	Reply     string    `json:"reply,omitempty" enum:"yes,no,not_mine"`
	Reason    string    `json:"reason,omitempty"`
	Suggested string    `json:"suggested,omitempty" doc:"Id of whose it is instead."`
	At        time.Time `json:"answered_at,omitzero"`
}

func questionOf(a crosswalk.Ask) Question {
	q := Question{ID: a.ID, Round: a.Round, Control: a.Control.Code, Version: a.Control.Version, Title: a.Control.Title, Statement: a.Control.Statement, Frequency: a.Control.Frequency,
		Person: a.Person, Name: a.PersonName, Due: a.Due.String(), State: "waiting"}
	switch {
	case a.Told != nil:
		q.State, q.Reply, q.Reason, q.Suggested, q.At = "answered", string(a.Told.Reply), a.Told.Reason, a.Told.Suggested, a.Told.At
	case a.Ended != "":
		q.State = a.Ended
	}
	return q
}

func listQuestions(s *Server, ctx context.Context, who access.Actor, in *struct {
	InRound
	InPage
	Person string `query:"person" maxLength:"100" doc:"Only what this person is asked, by id."`
	State  string `query:"state" enum:"waiting,answered,handed,dropped"`
}) (*listOut[Question], error) {
	_, asks, err := s.Crosswalk.Round(ctx, who, in.Round)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(each(asks, questionOf), func(q Question) bool {
		return in.Person != "" && q.Person != in.Person || in.State != "" && q.State != in.State
	})
	which := strings.Join([]string{"questions", in.Round, in.Person, in.State}, " ")
	return asListed(in.InPage, list, which, func(q Question) string { return q.ID }, func(q Question) Question { return q })
}

// MappingReview is a look at lines of the crosswalk that something put in doubt, or
// that are due after a year.
type MappingReview struct {
	ID       string            `json:"id"`
	OpenedAt time.Time         `json:"opened_at"`
	OpenedBy string            `json:"opened_by,omitempty" doc:"Name; absent when an event opened it."`
	Reviewer string            `json:"reviewer,omitempty" doc:"Id of a person; absent: whoever may."`
	Due      string            `json:"due"`
	ClosedAt *time.Time        `json:"closed_at,omitempty"`
	ClosedBy string            `json:"closed_by,omitempty"`
	Words    string            `json:"words,omitempty" doc:"What was found."`
	Lines    int               `json:"lines"`
	Left     int               `json:"left" doc:"Lines without an answer."`
	Triggers []MappingTrigger  `json:"triggers" doc:"What opened it, the oldest first."`
	Items    []MappingQuestion `json:"items,omitempty" doc:"Not in lists."`
}

// MappingTrigger is something that put lines in doubt.
type MappingTrigger struct {
	Kind  string    `json:"kind" enum:"system,cloud,vendor,process,text,framework,set,stack,year"`
	Words string    `json:"words"`
	Lines int       `json:"lines"`
	At    time.Time `json:"at"`
}

// MappingQuestion is one line a review names: the link of a control, or a row of a set.
type MappingQuestion struct {
	ID      string     `json:"id" doc:"What an answer names."`
	Line    string     `json:"line" example:"CC6.1 and A.5.15"`
	Control string     `json:"control,omitempty" doc:"Its code, for a link."`
	Set     string     `json:"set,omitempty" doc:"Id, for a row."`
	Source  *Ref       `json:"source,omitempty"`
	Target  Ref        `json:"target"`
	Reason  string     `json:"reason" doc:"Why it is asked."`
	Gone    bool       `json:"gone" doc:"Its requirement went with an edition: nothing is left to answer."`
	Answer  string     `json:"answer,omitempty" enum:"true,change,challenge"`
	Note    string     `json:"note,omitempty"`
	At      *time.Time `json:"answered_at,omitempty"`
	ByName  string     `json:"answered_by,omitempty"`
}

func mappingReviewOf(r crosswalk.Review) MappingReview {
	x := MappingReview{ID: r.ID, OpenedAt: r.OpenedAt, OpenedBy: r.OpenedBy, Reviewer: r.Reviewer, Due: r.Due.String(), ClosedAt: maybe(r.ClosedAt), ClosedBy: r.ClosedBy, Words: r.Words, Lines: r.Named, Left: r.Left,
		Triggers: each(r.Triggers, func(t crosswalk.Happened) MappingTrigger {
			return MappingTrigger{string(t.Kind), t.Words, t.Named, t.At}
		})}
	for _, i := range r.Items {
		q := MappingQuestion{ID: i.ID, Line: i.Line(), Control: i.Code, Set: i.Set, Target: Ref{i.Target.Framework, i.Target.ID}, Reason: i.Reason, Gone: i.Gone, Answer: string(i.Answer), Note: i.Note,
			At: maybe(i.AnsweredAt), ByName: i.AnsweredBy}
		if !i.IsLink() {
			q.Source = &Ref{i.Source.Framework, i.Source.ID}
		}
		x.Items = append(x.Items, q)
	}
	return x
}

func listMappingReviews(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[MappingReview], error) {
	b, err := s.Crosswalk.Reviews(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	list := b.Closed
	if b.Open != nil {
		list = slices.Insert(slices.Clone(list), 0, *b.Open)
	}
	return asListed(in.InPage, list, "crosswalk reviews", func(r crosswalk.Review) string { return r.ID }, mappingReviewOf)
}

// MappingPair is how long ago two frameworks were laid beside each other.
type MappingPair struct {
	A         string   `json:"a" example:"soc2-2017"`
	B         string   `json:"b" example:"iso27001-2022"`
	Sets      []string `json:"sets" doc:"Of the stack, that join them."`
	Rows      int      `json:"rows"`
	Last      string   `json:"last,omitempty" doc:"Day of the last review."`
	Next      string   `json:"next,omitempty" doc:"Day by which it is due."`
	Freshness string   `json:"freshness" enum:"fresh,soon,open,overdue"`
	Why       string   `json:"why"`
	Doubted   int      `json:"doubted" doc:"Rows in the open review without an answer."`
}

func listMappingPairs(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[MappingPair], error) {
	b, err := s.Crosswalk.Reviews(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	return asListed(in.InPage, b.Pairs, "crosswalk pairs", func(p crosswalk.PairState) string { return p.A + " " + p.B }, func(p crosswalk.PairState) MappingPair {
		return MappingPair{p.A, p.B, nonNil(p.Sets), p.Rows, p.Last.String(), p.Next.String(), string(p.Freshness), p.Why(), p.Doubted}
	})
}

// InMappingReview names a review of the crosswalk.
type InMappingReview struct {
	InOrg
	Look string `path:"look" maxLength:"100" doc:"Its id."`
}

func (s *Server) mappingReview(ctx context.Context, who access.Actor, id string) (MappingReview, error) {
	r, err := s.Crosswalk.Review(ctx, who, id)
	return mappingReviewOf(r), err
}

func getMappingReview(s *Server, ctx context.Context, who access.Actor, in *InMappingReview) (*oneOut[MappingReview], error) {
	return single(s.mappingReview(ctx, who, in.Look))
}
