package api

import (
	"context"
	"strings"
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
	StartOn  string `json:"start_on,omitempty" maxLength:"10" doc:"First day; left out when unknown." example:"2026-03-01"`
	EndOn    string `json:"end_on,omitempty" maxLength:"10" doc:"Last day." example:"2026-12-31"`
}

// Person is one entry of the register of persons. It lets nobody in.
type Person struct {
	ID string `json:"id"`
	PersonText
	UpdatedAt time.Time `json:"updated_at"`
}

func personOf(p people.Person) Person {
	return Person{p.ID, PersonText{p.Name, p.Email, p.Function, p.Title, string(p.Kind), p.StartOn, p.EndOn}, p.UpdatedAt}
}

func (t PersonText) person(id string) people.Person {
	return people.Person{ID: id, Name: t.Name, Email: t.Email, Function: t.Function, Title: t.Title, Kind: people.Kind(t.Kind), StartOn: t.StartOn, EndOn: t.EndOn}
}

func listPeople(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Text string `query:"text" maxLength:"200" doc:"Only those with this in name, e-mail address or title."`
}) (*listOut[Person], error) {
	all, err := s.People.List(ctx, who)
	if err != nil {
		return nil, err
	}
	var list []Person
	place := map[string]int{}
	text := strings.ToLower(strings.TrimSpace(in.Text))
	for i, p := range all {
		place[p.ID] = i
		if strings.Contains(strings.ToLower(p.Name+"\n"+p.Email+"\n"+p.Title), text) {
			list = append(list, personOf(p))
		}
	}
	return paged(in.InPage, list, "people "+text, func(p Person) string { return p.ID }, func(a, b string) int { return place[a] - place[b] })
}

func createPerson(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body PersonText
}) (*createdOut[Person], error) {
	p, err := s.People.Add(ctx, who, in.Body.person(""), s.Now())
	return fresh(personOf(p), address(who, "people", p.ID), err)
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
	return personOf(p), err
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
