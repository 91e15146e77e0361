package api

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Span is a stretch of days in the life of a person here.
type Span struct {
	ID string `json:"id"`
	SpanText
}

// SpanText is what can be said of a stretch of days.
type SpanText struct {
	Kind   string `json:"kind" enum:"leave,out_of_scope,stint" doc:"stint: a time here before the present one."`
	From   string `json:"from" maxLength:"10" doc:"First day." example:"2026-03-01"`
	To     string `json:"to,omitempty" maxLength:"10" doc:"Last day; left out: open." example:"2026-03-31"`
	Reason string `json:"reason,omitempty" maxLength:"1000" doc:"Of out_of_scope, where it is required. Why somebody is away is not kept."`
}

func spanOf(x people.Span) Span {
	return Span{x.ID, SpanText{string(x.Kind), x.From.String(), x.To.String(), x.Reason}}
}

// FieldOrigin says where the value of a field comes from.
type FieldOrigin struct {
	Field  string       `json:"field"`
	Value  string       `json:"value"`
	Source string       `json:"source,omitempty" enum:"hand,hr,directory" doc:"Left out when it was entered before sources were kept."`
	Since  time.Time    `json:"since,omitzero"`
	Others []FieldClaim `json:"others,omitempty" doc:"What other sources say, which was not taken."`
}

// FieldClaim is a value that was not taken.
type FieldClaim struct {
	Source string    `json:"source" enum:"hr,directory"`
	Value  string    `json:"value"`
	Since  time.Time `json:"since"`
}

// PersonRecord is what is kept of a person beyond the entry.
type PersonRecord struct {
	Person     string        `json:"person"`
	Spans      []Span        `json:"spans" doc:"Earlier times here, leaves and times out of scope, as they happened."`
	Origins    []FieldOrigin `json:"origins"`
	Unlisted   []string      `json:"unlisted" doc:"Lists that named them before and do not any more."`
	Exclusions []Exclusion   `json:"exclusions" doc:"The newest first, ended ones too."`
}

func getPersonRecord(s *Server, ctx context.Context, who access.Actor, in *InPerson) (*oneOut[PersonRecord], error) {
	d, err := s.People.Detail(ctx, who, in.Person)
	if err != nil {
		return nil, err
	}
	out := PersonRecord{Person: d.ID, Spans: []Span{}, Origins: []FieldOrigin{}, Unlisted: []string{}, Exclusions: []Exclusion{}}
	for _, x := range d.Spans {
		out.Spans = append(out.Spans, spanOf(x))
	}
	for _, o := range d.Origins {
		f := FieldOrigin{Field: o.Field, Value: o.Value, Source: string(o.Source), Since: o.At}
		for _, c := range o.Other {
			f.Others = append(f.Others, FieldClaim{string(c.Source), c.Value, c.At})
		}
		out.Origins = append(out.Origins, f)
	}
	for _, l := range people.Lists() {
		if !d.Unlisted[l].IsZero() {
			out.Unlisted = append(out.Unlisted, string(l))
		}
	}
	for _, x := range d.Exclusions {
		out.Exclusions = append(out.Exclusions, exclusionOf(x, s.Now()))
	}
	return single(out, nil)
}

// dayOf reads a day of a body; an empty text is no day.
func dayOf(field, text string) (cadence.Date, error) {
	if text == "" {
		return 0, nil
	}
	d, err := cadence.ParseDate(text)
	if err != nil {
		return 0, problem.Field(field, "This is not a date. It looks like 2026-03-01.")
	}
	return d, nil
}

// Day is one day.
type Day struct {
	Day string `json:"day" maxLength:"10" example:"2026-03-31"`
}

// InDay names a person and a day.
type InDay struct {
	InPerson
	InOnce
	Body Day
}

func endPerson(s *Server, ctx context.Context, who access.Actor, in *InDay) (*oneOut[Person], error) {
	day, err := dayOf("day", in.Body.Day)
	if err == nil {
		err = renamed(s.People.End(ctx, who, in.Person, day, s.Now()), "end_on", "day")
	}
	if err != nil {
		return nil, err
	}
	return single(s.seen(ctx, who, in.Person))
}

func returnPerson(s *Server, ctx context.Context, who access.Actor, in *InDay) (*oneOut[Person], error) {
	day, err := dayOf("day", in.Body.Day)
	if err == nil {
		err = renamed(s.People.Return(ctx, who, in.Person, day, s.Now()), "start_on", "day")
	}
	if err != nil {
		return nil, err
	}
	return single(s.seen(ctx, who, in.Person))
}

// seen is a person for whoever may see them, and the id alone for others.
func (s *Server) seen(ctx context.Context, who access.Actor, id string) (Person, error) {
	if !who.Can(access.ViewPeople) {
		return Person{ID: id}, nil
	}
	return s.person(ctx, who, id)
}

func createSpan(s *Server, ctx context.Context, who access.Actor, in *struct {
	InPerson
	InOnce
	Body SpanText
}) (*oneOut[Span], error) {
	from, err := dayOf("from", in.Body.From)
	if err != nil {
		return nil, err
	}
	to, err := dayOf("to", in.Body.To)
	if err != nil {
		return nil, err
	}
	x, err := s.People.AddSpan(ctx, who, people.Span{Person: in.Person, Kind: people.SpanKind(in.Body.Kind), From: from, To: to, Reason: in.Body.Reason}, s.Now())
	return single(spanOf(x), err)
}

// Ended says that something has ended.
type Ended struct {
	Ended int `json:"ended" doc:"How many were ended; the others had ended before."`
}

func endSpan(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	Span string `path:"span" maxLength:"100"`
	InOnce
	Body Day
}) (*oneOut[Ended], error) {
	day, err := dayOf("day", in.Body.Day)
	if err == nil {
		err = renamed(s.People.EndSpan(ctx, who, in.Span, day, s.Now()), "to", "day")
	}
	return single(Ended{1}, err)
}

// HandedBack names a field that the lists may decide again.
type HandedBack struct {
	Field string `json:"field" enum:"name,email,function,title,kind,manager,start_on,end_on"`
}

func handBack(s *Server, ctx context.Context, who access.Actor, in *struct {
	InPerson
	InOnce
	Body HandedBack
}) (*oneOut[Person], error) {
	if err := s.People.HandBack(ctx, who, in.Person, in.Body.Field, s.Now()); err != nil {
		return nil, err
	}
	return single(s.seen(ctx, who, in.Person))
}

// Reason says why.
type Reason struct {
	Reason string `json:"reason" maxLength:"1000" doc:"It is kept; do not name the person in it."`
}

func erasePerson(s *Server, ctx context.Context, who access.Actor, in *struct {
	InPerson
	InOnce
	Body Reason
}) (*oneOut[Person], error) {
	if err := s.People.Erase(ctx, who, in.Person, in.Body.Reason, s.Now()); err != nil {
		return nil, err
	}
	return single(s.seen(ctx, who, in.Person))
}

// Exclusion lets one person off one check.
type Exclusion struct {
	ID      string    `json:"id"`
	Batch   string    `json:"batch" doc:"The same for those made at once."`
	Person  string    `json:"person"`
	Check   string    `json:"check" example:"people.training-ai"`
	Reason  string    `json:"reason"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until,omitzero" doc:"First moment at which it does not hold any more; left out: open."`
	EndedAt time.Time `json:"ended_at,omitzero" doc:"When somebody ended it."`
	By      string    `json:"by" doc:"Id of the account."`
	Holds   bool      `json:"holds" doc:"In force now. Of several the newest counts."`
}

func exclusionOf(x people.Exclusion, now time.Time) Exclusion {
	return Exclusion{x.ID, x.Batch, x.Person, string(x.Check), x.Reason, x.From, x.Until, x.EndedAt, x.By, x.Holds(now)}
}

func listExclusions(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Person string `query:"person" maxLength:"100"`
	Check  string `query:"check" maxLength:"100"`
	Ended  bool   `query:"ended" doc:"Also those that do not hold any more."`
}) (*listOut[Exclusion], error) {
	roster, err := s.People.Roster(ctx, who)
	if err != nil {
		return nil, err
	}
	list := []Exclusion{}
	for _, p := range roster.All() {
		if in.Person != "" && p.ID != in.Person {
			continue
		}
		for _, x := range roster.Exclusions(p.ID) {
			if (in.Check == "" || string(x.Check) == in.Check) && (in.Ended || x.Holds(s.Now())) {
				list = append(list, exclusionOf(x, s.Now()))
			}
		}
	}
	return newest(in.InPage, list, "exclusions "+in.Person+" "+in.Check, func(x Exclusion) string { return x.ID })
}

// NewExclusion lets people off a check.
type NewExclusion struct {
	People []string `json:"people,omitempty" maxItems:"50000" doc:"Ids; or"`
	Group  string   `json:"group,omitempty" maxLength:"100" doc:"everybody in a group who is here or will be."`
	Check  string   `json:"check" maxLength:"100" example:"people.training-ai"`
	Reason string   `json:"reason" maxLength:"1000" doc:"Auditors read it."`
	Until  string   `json:"until,omitempty" maxLength:"10" doc:"Last day on which it holds; left out: open."`
}

// Excluded lists what was made.
type Excluded struct {
	Exclusions []Exclusion `json:"exclusions"`
}

func createExclusion(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body NewExclusion
}) (*oneOut[Excluded], error) {
	until, err := dayOf("until", in.Body.Until)
	if err != nil {
		return nil, err
	}
	made, err := s.People.Exclude(ctx, who, people.Waiver{People: in.Body.People, Group: in.Body.Group, Check: people.Check(in.Body.Check), Reason: in.Body.Reason, Until: until}, s.Now())
	out := Excluded{[]Exclusion{}}
	for _, x := range made {
		out.Exclusions = append(out.Exclusions, exclusionOf(x, s.Now()))
	}
	return single(out, err)
}

// Exclusions names some.
type Exclusions struct {
	Exclusions []string `json:"exclusions" minItems:"1" maxItems:"50000" doc:"Ids."`
}

func endExclusions(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body Exclusions
}) (*oneOut[Ended], error) {
	n, err := s.People.EndExclusions(ctx, who, in.Body.Exclusions, s.Now())
	return single(Ended{n}, err)
}
