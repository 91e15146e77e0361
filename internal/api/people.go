package api

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/people"
)

// PersonText is what can be said of a person.
type PersonText struct {
	Name     string `json:"name" maxLength:"120"`
	Email    string `json:"email,omitempty" maxLength:"254" doc:"One person each; left out when there is none."`
	Function string `json:"function,omitempty" maxLength:"40" doc:"Part of the company." example:"engineering"`
	Title    string `json:"title,omitempty" maxLength:"120" doc:"As on the contract."`
	Kind     string `json:"kind,omitempty" enum:"employee,contractor,service" doc:"Left out: employee."`
	StartOn  string `json:"start_on,omitempty" maxLength:"10" doc:"First day of the present time here, or of the last one; left out when unknown. One after the last day begins a new time and keeps the old one." example:"2026-03-01"`
	Manager  string `json:"manager,omitempty" maxLength:"100" doc:"Id of the person they report to."`
	EndOn    string `json:"end_on,omitempty" maxLength:"10" doc:"Last day of the present time here, or of the last one." example:"2026-12-31"`
}

// Person is one entry of the register of persons. It lets nobody in.
type Person struct {
	ID string `json:"id"`
	PersonText
	Status    string    `json:"status" enum:"current,future,on_leave,former,out_of_scope,service" doc:"What they are today. It follows from the days and is never set."`
	Erased    bool      `json:"erased,omitempty" doc:"The name and the address were erased."`
	UpdatedAt time.Time `json:"updated_at"`
}

func personOf(p people.Person, st people.Status) Person {
	return Person{p.ID, PersonText{p.Name, p.Email, p.Function, p.Title, string(p.Kind), p.StartOn, p.Manager, p.EndOn}, string(st), !p.ErasedAt.IsZero(), p.UpdatedAt}
}

func (t PersonText) person(id string) people.Person {
	return people.Person{ID: id, Name: t.Name, Email: t.Email, Function: t.Function, Title: t.Title, Kind: people.Kind(t.Kind), Manager: t.Manager, StartOn: t.StartOn, EndOn: t.EndOn}
}

func listPeople(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Text     string `query:"text" maxLength:"200" doc:"Only those with this in name, e-mail address or title."`
	Status   string `query:"status" enum:"current,future,on_leave,former,out_of_scope,service"`
	Kind     string `query:"kind" enum:"employee,contractor,service"`
	Function string `query:"function" maxLength:"40" doc:"Only those in this part of the company."`
	Group    string `query:"group" maxLength:"100" doc:"Only those in this group, by its key."`
	Manager  string `query:"manager" maxLength:"100" doc:"Only those who report to this person."`
	Unlisted bool   `query:"unlisted" doc:"Only those whom a full list named before and does not name any more."`
}) (*listOut[Person], error) {
	roster, err := s.People.Roster(ctx, who)
	if err != nil {
		return nil, err
	}
	f := people.Filter{Text: in.Text, Group: in.Group, Manager: in.Manager, Unlisted: in.Unlisted, Limit: max(1, in.Limit)}
	if in.Status != "" {
		f.Statuses = []people.Status{people.Status(in.Status)}
	}
	if in.Kind != "" {
		f.Kinds = []people.Kind{people.Kind(in.Kind)}
	}
	if in.Function != "" {
		f.Functions = []string{in.Function}
	}
	which := fmt.Sprintf("people %+v", f)
	if f.After, err = in.after(which); err != nil {
		return nil, err
	}
	page := roster.Select(f, roster.Today(s.Now()))
	out := &listOut[Person]{List[Person]{Items: []Person{}, Total: page.Total}}
	for _, r := range page.Rows {
		out.Body.Items = append(out.Body.Items, personOf(r.Person, r.Status))
	}
	if page.Next != "" {
		out.Body.Next = nextCursor(which, page.Next)
	}
	return out, nil
}

func createPerson(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body PersonText
}) (*createdOut[Person], error) {
	p, err := s.People.Add(ctx, who, in.Body.person(""), s.Now())
	if err != nil {
		return nil, err
	}
	made, err := s.after(ctx, who, p)
	return fresh(made, address(who, "people", p.ID), err)
}

type InPerson struct {
	InOrg
	Person string `path:"person" maxLength:"100" doc:"Id in the register."`
}

func getPerson(s *Server, ctx context.Context, who access.Actor, in *InPerson) (*oneOut[Person], error) {
	return single(s.person(ctx, who, in.Person))
}

func (s *Server) person(ctx context.Context, who access.Actor, id string) (Person, error) {
	p, err := s.People.Find(ctx, who, id)
	if err != nil {
		return Person{}, err
	}
	return s.after(ctx, who, p)
}

// after is a person as they are now. A token that may not see the register is told
// what it said itself, and no status.
func (s *Server) after(ctx context.Context, who access.Actor, p people.Person) (Person, error) {
	if !who.Can(access.ViewPeople) {
		return personOf(p, ""), nil
	}
	r, err := s.People.Roster(ctx, who)
	if err != nil {
		return Person{}, err
	}
	return personOf(p, r.StatusOn(p.ID, r.Today(s.Now()))), nil
}

func putPerson(s *Server, ctx context.Context, who access.Actor, in *struct {
	InPerson
	InMatch
	Body PersonText
}) (*oneOut[Person], error) {
	read := func() (Person, error) { return s.person(ctx, who, in.Person) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, _ Person) error {
		return s.People.Edit(ctx, who, in.Body.person(in.Person), s.Now())
	})
}
