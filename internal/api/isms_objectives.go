package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/isms"
)

// ObjectiveText is what can be said of an objective.
type ObjectiveText struct {
	Title        string        `json:"title" maxLength:"200"`
	Metric       string        `json:"metric" maxLength:"200" doc:"What is measured."`
	Unit         string        `json:"unit" enum:"percent,count,hours,days"`
	Target       string        `json:"target" maxLength:"30" doc:"An operator and a number." example:">=98"`
	Source       string        `json:"source,omitempty" maxLength:"60" doc:"The live figure it is read from; left out: a person measures it."`
	ReadFrom     string        `json:"read_from,omitempty" maxLength:"200" doc:"Where the figure comes from, in words."`
	MeasureEvery string        `json:"measure_every" enum:"P7D,P1M,P3M,P6M,P1Y"`
	From         string        `json:"from,omitempty" maxLength:"10" doc:"A day in the first period that is measured. Left out: today, or what it was."`
	Owner        string        `json:"owner,omitempty" maxLength:"100" doc:"Id of a person; left out: who holds owner_role."`
	OwnerRole    string        `json:"owner_role,omitempty" maxLength:"60" doc:"Of the programme."`
	Requirements []string      `json:"requirements,omitempty" maxItems:"50" example:"iso27001-2022:6.2"`
	Plan         ObjectivePlan `json:"plan,omitempty"`
}

// ObjectivePlan is how an objective is to be reached (6.2).
type ObjectivePlan struct {
	What      string `json:"what,omitempty" maxLength:"4000"`
	Resources string `json:"resources,omitempty" maxLength:"4000"`
	Who       string `json:"who,omitempty" maxLength:"4000"`
	When      string `json:"when,omitempty" maxLength:"10"`
	Evaluated string `json:"evaluated,omitempty" maxLength:"4000"`
}

// Objective is an objective and how it went.
type Objective struct {
	EntryKept
	ObjectiveText
	State   string   `json:"state" enum:"met,missed,no_data,nothing,awaited,running" doc:"Of the last period that was judged."`
	Why     string   `json:"why"`
	Move    string   `json:"move,omitempty" enum:"better,worse,the same" doc:"Since the period before."`
	Met     int      `json:"met" doc:"Periods that are over."`
	Missed  int      `json:"missed" doc:"Those without data among them."`
	NoData  int      `json:"no_data"`
	Lacking []string `json:"plan_lacks" doc:"What the plan does not say."`
}

// ObjectivePeriod is one period of an objective.
type ObjectivePeriod struct {
	From    string   `json:"from"`
	To      string   `json:"to" doc:"Last day."`
	Target  string   `json:"target" doc:"As it was on the last day."`
	Verdict string   `json:"verdict" enum:"met,missed,no_data,nothing,awaited,running"`
	Why     string   `json:"why"`
	Measure *Measure `json:"measure,omitempty" doc:"The one that counts."`
	Earlier int      `json:"earlier" doc:"Measures of the period that were corrected."`
}

// Measure is the value of a period.
type Measure struct {
	Known  string    `json:"known" enum:"value,empty,none" doc:"empty: there was nothing to measure; none: nobody can tell."`
	Value  float64   `json:"value"`
	Share  string    `json:"share,omitempty" example:"48 of 50"`
	Source string    `json:"source,omitempty" doc:"The live figure; absent when it was measured by hand."`
	Item   string    `json:"item,omitempty" doc:"Id of the evidence it was read from."`
	Words  string    `json:"words,omitempty"`
	At     time.Time `json:"at"`
	ByName string    `json:"by_name,omitempty"`
}

func measureOf(m isms.Measure) Measure {
	return Measure{string(m.Known), m.Value, m.Share(), m.Source, m.Item, m.Words, m.At, m.ByName}
}

func objectiveOf(t isms.Track) Objective {
	o := t.Objective
	return Objective{keptEntry(o.Kept), ObjectiveText{o.Title, o.Metric, o.Unit, o.Target.String(), o.Source, o.ReadFrom, o.MeasureEvery, o.From.String(), o.Owner, o.OwnerRole, o.Requirements,
		ObjectivePlan{o.Plan.What, o.Plan.Resources, o.Plan.Who, o.Plan.When.String(), o.Plan.Evaluated}},
		string(t.State), t.Why, t.Move, t.Met, t.Missed, t.NoData, nonNil(t.Plan)}
}

// into says it of an objective; what the body leaves out becomes empty.
func (t ObjectiveText) into(o isms.Objective) (isms.Objective, error) {
	var err error
	if o.Target, err = isms.ParseTarget(t.Target); err != nil {
		return o, err
	}
	if o.From, err = dayOf("from", t.From); err != nil {
		return o, err
	}
	o.Title, o.Metric, o.Unit, o.Source, o.ReadFrom, o.MeasureEvery = t.Title, t.Metric, t.Unit, t.Source, t.ReadFrom, t.MeasureEvery
	o.Owner, o.OwnerRole, o.Requirements = t.Owner, t.OwnerRole, t.Requirements
	o.Plan = isms.ObjectivePlan{What: t.Plan.What, Resources: t.Plan.Resources, Who: t.Plan.Who, Evaluated: t.Plan.Evaluated}
	o.Plan.When, err = dayOf("plan.when", t.Plan.When)
	return o, err
}

func listObjectives(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	State   string `query:"state" enum:"met,missed,no_data,nothing,awaited,running"`
	Retired bool   `query:"retired" doc:"Also those that do not count any more."`
}) (*listOut[Objective], error) {
	all, err := s.ISMS.Objectives(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(t isms.Track) bool {
		return in.State != "" && string(t.State) != in.State || !in.Retired && t.Objective.Retired != ""
	})
	return paged(in.InPage, each(all, objectiveOf), "objectives "+in.State+" "+strconv.FormatBool(in.Retired), func(o Objective) string { return o.Code }, control.CompareCodes)
}

// InObjective names an objective.
type InObjective struct {
	InOrg
	Objective string `path:"objective" maxLength:"20" doc:"Its code." example:"OBJ-1"`
}

func (s *Server) objective(ctx context.Context, who access.Actor, code string) (Objective, error) {
	f, err := s.ISMS.Objective(ctx, who, code, s.Now())
	return objectiveOf(f.Track), err
}

func getObjective(s *Server, ctx context.Context, who access.Actor, in *InObjective) (*oneOut[Objective], error) {
	return single(s.objective(ctx, who, in.Objective))
}

func listObjectivePeriods(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObjective
	InPage
}) (*listOut[ObjectivePeriod], error) {
	f, err := s.ISMS.Objective(ctx, who, in.Objective, s.Now())
	if err != nil {
		return nil, err
	}
	slices.Reverse(f.Periods)
	return asListed(in.InPage, f.Periods, "periods of "+f.Track.Objective.ID, func(p isms.ObjectivePeriod) string { return p.Days.From.String() }, func(p isms.ObjectivePeriod) ObjectivePeriod {
		x := ObjectivePeriod{From: p.Days.From.String(), To: p.Days.To.String(), Target: p.Target.String(), Verdict: string(p.Verdict), Why: p.Why, Earlier: p.Earlier}
		if p.Measure != nil {
			m := measureOf(*p.Measure)
			x.Measure = &m
		}
		return x
	})
}

func listObjectiveHistory(s *Server, ctx context.Context, who access.Actor, in *struct {
	InObjective
	InPage
}) (*listOut[EntryPast], error) {
	f, err := s.ISMS.Objective(ctx, who, in.Objective, s.Now())
	if err != nil {
		return nil, err
	}
	return pastPage(in.InPage, f.Past, in.Objective)
}
