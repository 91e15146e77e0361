package api

import (
	"context"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
)

// Codes names entries of a list that ships.
type Codes struct {
	Codes []string `json:"codes" minItems:"1" maxItems:"500"`
}

// Seeded says how many entries are new.
type Seeded struct {
	Adopted int `json:"adopted" doc:"The others were adopted before, and stay as they are."`
}

func adoptShipped(s *Server, ctx context.Context, who access.Actor, in *struct {
	InRegister
	InOnce
	Body Codes
}) (*oneOut[Seeded], error) {
	take := map[string]func(context.Context, access.Actor, []string) (int, error){
		"parties": func(ctx context.Context, who access.Actor, c []string) (int, error) {
			return s.ISMS.SeedParties(ctx, who, c, s.Now())
		},
		"issues": func(ctx context.Context, who access.Actor, c []string) (int, error) {
			return s.ISMS.SeedIssues(ctx, who, c, s.Now())
		},
		"objectives": func(ctx context.Context, who access.Actor, c []string) (int, error) {
			return s.ISMS.SeedObjectives(ctx, who, c, s.Now())
		},
		"obligations": func(ctx context.Context, who access.Actor, c []string) (int, error) {
			return s.ISMS.ObligationAdopt(ctx, who, c, s.Now())
		},
	}
	n, err := take[in.Register](ctx, who, in.Body.Codes)
	return single(Seeded{n}, err)
}

func createParty(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body PartyText
}) (*createdOut[Party], error) {
	p, err := s.ISMS.PutParty(ctx, who, in.Body.into(isms.Party{}), s.Now())
	return fresh(partyOf(p), address(who, "isms", "parties", p.Code), err)
}

func putParty(s *Server, ctx context.Context, who access.Actor, in *struct {
	InParty
	InMatch
	Body PartyText
}) (*oneOut[Party], error) {
	var have isms.Party
	read := func() (p Party, err error) {
		have, _, err = s.ISMS.Party(ctx, who, in.Party)
		return partyOf(have), err
	}
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Party) error {
		_, err := s.ISMS.PutParty(ctx, who, in.Body.into(have), s.Now())
		return err
	})
}

func createIssue(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body IssueText
}) (*createdOut[Issue], error) {
	i, err := s.ISMS.PutIssue(ctx, who, in.Body.into(isms.Issue{}), s.Now())
	return fresh(issueOf(i), address(who, "isms", "issues", i.Code), err)
}

func putIssue(s *Server, ctx context.Context, who access.Actor, in *struct {
	InIssue
	InMatch
	Body IssueText
}) (*oneOut[Issue], error) {
	var have isms.Issue
	read := func() (i Issue, err error) {
		have, _, err = s.ISMS.Issue(ctx, who, in.Issue)
		return issueOf(have), err
	}
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Issue) error {
		_, err := s.ISMS.PutIssue(ctx, who, in.Body.into(have), s.Now())
		return err
	})
}

func createObjective(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body ObjectiveText
}) (*createdOut[Objective], error) {
	o, err := in.Body.into(isms.Objective{})
	if err == nil {
		o, err = s.ISMS.PutObjective(ctx, who, o, s.Now())
	}
	if err != nil || !who.Can(access.ViewISMS) {
		return fresh(objectiveOf(isms.Track{Objective: o, State: isms.Running}), address(who, "isms", "objectives", o.Code), err)
	}
	out, err := s.objective(ctx, who, o.Code)
	return fresh(out, address(who, "isms", "objectives", o.Code), err)
}

func putObjective(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObjective
	InMatch
	Body ObjectiveText
}) (*oneOut[Objective], error) {
	var have isms.Objective
	read := func() (Objective, error) {
		f, err := s.ISMS.Objective(ctx, who, in.Objective, s.Now())
		have = f.Track.Objective
		return objectiveOf(f.Track), err
	}
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Objective) error {
		o, err := in.Body.into(have)
		if err != nil {
			return err
		}
		_, err = s.ISMS.PutObjective(ctx, who, o, s.Now())
		return err
	})
}

// named are the entries a path can name: the register, and how its id is found.
func (s *Server) named(ctx context.Context, who access.Actor, r isms.Register, code string) (string, error) {
	switch r {
	case isms.PartyRegister:
		p, _, err := s.ISMS.Party(ctx, who, code)
		return p.ID, err
	case isms.IssueRegister:
		i, _, err := s.ISMS.Issue(ctx, who, code)
		return i.ID, err
	}
	f, err := s.ISMS.Objective(ctx, who, code, s.Now())
	return f.Track.Objective.ID, err
}

// InEntryEnd ends an entry of the surroundings.
type InEntryEnd struct {
	InOrg
	InOnce
	Register string `path:"register" enum:"parties,issues,objectives"`
	Code     string `path:"entry" maxLength:"20" doc:"Code of the entry." example:"IP-01"`
}

func (in InEntryEnd) register() isms.Register {
	return map[string]isms.Register{"parties": isms.PartyRegister, "issues": isms.IssueRegister, "objectives": isms.ObjectiveRegister}[in.Register]
}

func retireEntry(s *Server, ctx context.Context, who access.Actor, in *struct {
	InEntryEnd
	Body Reason
}) (*oneOut[Done], error) {
	id, err := s.named(ctx, who, in.register(), in.Code)
	if err != nil {
		return nil, err
	}
	return single(Done{true}, s.ISMS.RetireEntry(ctx, who, in.register(), id, in.Body.Reason, s.Now()))
}

func returnEntry(s *Server, ctx context.Context, who access.Actor, in *InEntryEnd) (*oneOut[Done], error) {
	id, err := s.named(ctx, who, in.register(), in.Code)
	if err != nil {
		return nil, err
	}
	return single(Done{true}, s.ISMS.ReturnEntry(ctx, who, in.register(), id, s.Now()))
}

func confirmEntry(s *Server, ctx context.Context, who access.Actor, in *struct {
	InEntryEnd
	Body Note
}) (*oneOut[Done], error) {
	id, err := s.named(ctx, who, in.register(), in.Code)
	if err != nil {
		return nil, err
	}
	return single(Done{true}, s.ISMS.ConfirmEntries(ctx, who, in.register(), []string{id}, in.Body.Note, s.Now()))
}

// NewClimate decides whether climate change is a relevant issue.
type NewClimate struct {
	Relevant bool   `json:"relevant"`
	Why      string `json:"why" maxLength:"4000" doc:"Which sites, suppliers, staff or duties were looked at, and what follows."`
}

func decideClimate(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body NewClimate
}) (*oneOut[ClimateDecision], error) {
	d, err := s.ISMS.DecideClimate(ctx, who, in.Body.Relevant, in.Body.Why, s.Now())
	return single(ClimateDecision{d.Relevant, d.Why, d.On.String(), d.ByName}, err)
}

// NewMeasure is what a person found for a period.
type NewMeasure struct {
	On    string  `json:"on" maxLength:"10" doc:"A day of the period, which has to be over." example:"2026-03-31"`
	Known string  `json:"known" enum:"value,empty,none" doc:"empty: there was nothing to measure; none: nobody can tell. Both need words."`
	Value float64 `json:"value,omitempty"`
	Num   int     `json:"num,omitempty" doc:"Of a share: 48 of 50."`
	Den   int     `json:"den,omitempty"`
	Item  string  `json:"item,omitempty" maxLength:"100" doc:"Id of the evidence it was read from; a value needs one."`
	Words string  `json:"words,omitempty" maxLength:"4000"`
}

func createMeasure(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObjective
	InOnce
	Body NewMeasure
}) (*oneOut[Measure], error) {
	b := in.Body
	on, err := dayOf("on", b.On)
	if err != nil {
		return nil, err
	}
	m, err := s.ISMS.Measure(ctx, who, isms.HandMeasure{Objective: in.Objective, On: on, Known: isms.MeasureKnown(b.Known), Value: b.Value, Num: b.Num, Den: b.Den, Item: b.Item, Words: b.Words}, s.Now())
	return single(measureOf(m), err)
}

func takeMeasure(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObjective
	InOnce
}) (*oneOut[Measure], error) {
	m, err := s.ISMS.TakeObjective(ctx, who, in.Objective, s.Now())
	return single(measureOf(m), err)
}
