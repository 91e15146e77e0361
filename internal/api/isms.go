package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// asListed is paged for a list that stays in the order of its store; say writes one
// item. Where a page begins is not known once the last item before it has left the
// list, so that cursor is refused.
func asListed[A, B any](in InPage, all []A, which string, key func(A) string, say func(A) B) (*listOut[B], error) {
	last, err := in.after(which)
	if err != nil {
		return nil, err
	}
	place := make(map[string]int, len(all))
	for i, a := range all {
		place[key(a)] = i
	}
	if _, there := place[last]; in.Cursor != "" && !there {
		return nil, inQuery("cursor", refuse(http.StatusConflict, problem.Conflict, "The list changed since. Start without a cursor."))
	}
	page, err := paged(in, all, which, key, func(x, y string) int { return place[x] - place[y] })
	if err != nil {
		return nil, err
	}
	return &listOut[B]{List[B]{Items: each(page.Body.Items, say), Next: page.Body.Next, Total: page.Body.Total}}, nil
}

// each writes every item of a list, which is never null.
func each[A, B any](all []A, say func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = say(a)
	}
	return out
}

// refList are requirements as the API names them.
func refList(list []framework.Ref) []Ref {
	return each(list, func(r framework.Ref) Ref { return Ref{r.Framework, r.ID} })
}

func refsSaid(list []Ref) []framework.Ref {
	return each(list, func(r Ref) framework.Ref { return framework.Ref{Framework: r.Framework, ID: r.ID} })
}

// stretch reads two days, the first and the last of a stretch, each of which may be empty.
func stretch(fromField, from, toField, to string) (cadence.Days, error) {
	var d cadence.Days
	var err error
	if d.From, err = dayOf(fromField, from); err != nil {
		return d, err
	}
	d.To, err = dayOf(toField, to)
	return d, err
}

// ApprovalState is how an approval stands.
type ApprovalState struct {
	State string     `json:"state" enum:"open,approved,rejected,withdrawn"`
	Asked time.Time  `json:"asked_at"`
	Ended *time.Time `json:"ended_at,omitempty"`
	Said  []Signed   `json:"said" doc:"In the order it was said."`
}

// Signed is what one member said to an approval.
type Signed struct {
	Name   string    `json:"name"`
	Yes    bool      `json:"yes"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

func approvalOf(a approval.Approval) ApprovalState {
	return ApprovalState{string(a.State), a.At, maybe(a.EndedAt), each(a.Decisions, func(d approval.Decision) Signed { return Signed{d.Name, d.Yes, d.Reason, d.At} })}
}

// Home is how the management system stands as a whole.
type Home struct {
	Steps []HomeStep `json:"steps" doc:"From the scope to the management review, in order."`
	Next  []HomeNext `json:"next" doc:"What to do next, the most pressing first."`
}

// HomeStep is one part of the management system.
type HomeStep struct {
	Key    string `json:"key" example:"scope"`
	Title  string `json:"title"`
	Clause string `json:"clause,omitempty" doc:"Of ISO/IEC 27001:2022."`
	State  string `json:"state"`
	Why    string `json:"why" doc:"The state in a sentence."`
}

// HomeNext is one thing to do.
type HomeNext struct {
	Title string `json:"title"`
	Why   string `json:"why,omitempty"`
	Mark  string `json:"mark" enum:"bad,warn,info"`
}

func getHome(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[Home], error) {
	h, err := s.ISMS.Home(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	return single(Home{
		Steps: each(h.Steps(), func(x isms.HomeStep) HomeStep { return HomeStep{x.Key, x.Title, x.Clause, string(x.State), x.Why} }),
		Next:  each(h.Next(), func(x isms.HomeNext) HomeNext { return HomeNext{x.Title, x.Why, x.Mark} }),
	}, nil)
}

// EntryPast is one line of the history of an entry.
type EntryPast struct {
	At      time.Time `json:"at"`
	ByName  string    `json:"by_name,omitempty"`
	What    string    `json:"what" example:"Changed"`
	Fields  []string  `json:"fields" doc:"What changed, in words."`
	Words   string    `json:"words,omitempty" doc:"What was said about it."`
	Targets string    `json:"targets,omitempty" doc:"Of an objective whose target changed: both."`
}

func entryPastOf(p isms.EntryPast) EntryPast {
	return EntryPast{p.At, p.ByName, p.What, nonNil(p.Fields), p.Words, p.Targets}
}

// InRegister names one of the lists that ship.
type InRegister struct {
	InOrg
	Register string `path:"register" enum:"parties,issues,objectives,obligations"`
}

// Offered is an entry of a list that ships.
type Offered struct {
	Code  string `json:"code" doc:"What adopt takes."`
	Title string `json:"title"`
	Taken bool   `json:"taken" doc:"It was adopted before."`
}

// offered lists what ships for a register, with what was taken of it.
func (s *Server) offered(ctx context.Context, who access.Actor, register string) ([]Offered, error) {
	now := s.Now()
	var out []Offered
	switch register {
	case "parties":
		have, err := s.ISMS.Parties(ctx, who, now)
		for _, p := range isms.ShippedParties() {
			out = append(out, Offered{p.Seed, p.Name, slices.ContainsFunc(have, func(x isms.Party) bool { return x.Seed == p.Seed })})
		}
		return out, err
	case "issues":
		have, err := s.ISMS.Issues(ctx, who, now)
		for _, i := range isms.ShippedIssues() {
			out = append(out, Offered{i.Seed, i.Topic, slices.ContainsFunc(have, func(x isms.Issue) bool { return x.Seed == i.Seed })})
		}
		return out, err
	case "objectives":
		have, err := s.ISMS.Objectives(ctx, who, now)
		for _, o := range isms.ShippedObjectives() {
			out = append(out, Offered{o.Seed, o.Title, slices.ContainsFunc(have, func(x isms.Track) bool { return x.Objective.Seed == o.Seed })})
		}
		return out, err
	}
	have, err := s.ISMS.Obligations(ctx, who, now)
	for _, o := range isms.ShippedObligations() {
		out = append(out, Offered{o.Code, o.Title, slices.ContainsFunc(have.Rows, func(x isms.ObligationRow) bool { return x.Code == o.Code })})
	}
	return out, err
}

func listShipped(s *Server, ctx context.Context, who access.Actor, in *struct {
	InRegister
	InPage
}) (*listOut[Offered], error) {
	all, err := s.offered(ctx, who, in.Register)
	if err != nil {
		return nil, err
	}
	return asListed(in.InPage, all, "shipped "+in.Register, func(o Offered) string { return o.Code }, func(o Offered) Offered { return o })
}
