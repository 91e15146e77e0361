package web

import (
	"context"
	"net/http"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// personPage is one entry, or the form of a new one; all values as typed.
type personPage struct {
	frame
	Account   string   // linked to the entry, or empty
	Accounts  []option // that could be
	Alike     string   // a member with the same e-mail address, not linked by that
	New       bool
	Person    people.Person
	Owns      []control.Control
	CanManage bool
	Problem   *problem.Error
}

// getNewPerson shows an empty form: GET /o/{org}/people/new.
func (s *Server) getNewPerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPerson(w, r, who, http.StatusOK, personPage{New: true, Person: people.Person{Kind: people.Employee}})
}

// getPerson shows an entry: GET /o/{org}/people/{id}.
func (s *Server) getPerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	x, err := s.People.Find(r.Context(), who.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.showPerson(w, r, who, http.StatusOK, personPage{Person: x})
}

func (s *Server) showPerson(w http.ResponseWriter, r *http.Request, who visitor, status int, p personPage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	for _, c := range b.Controls {
		if c.Owner == p.Person.ID && c.Owner != "" {
			p.Owns = append(p.Owns, c)
		}
	}
	if p.CanManage = who.Can(access.ManagePeople); p.CanManage && !p.New {
		if err := s.accountsOf(r.Context(), who, &p); err != nil {
			return err
		}
	}
	title := p.Person.Name
	if p.New {
		title = "New person"
	}
	p.frame = s.frame(w, r, who, "people", title, crumb{"People", orgPath(who.Slug(), "people")})
	return s.render(w, r, status, showPerson(p))
}

func typedPerson(r *http.Request) people.Person {
	return people.Person{
		Name: r.FormValue("name"), Email: r.FormValue("email"), Function: r.FormValue("function"), Title: r.FormValue("title"),
		Kind: people.Kind(r.FormValue("kind")), StartOn: r.FormValue("start_on"), EndOn: r.FormValue("end_on"),
	}
}

// postPerson enters somebody: POST /o/{org}/people.
func (s *Server) postPerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	x := typedPerson(r)
	added, err := s.People.Add(r.Context(), who.Actor, x, s.Now())
	if err != nil {
		return s.personTrouble(w, r, who, personPage{New: true, Person: x}, err)
	}
	return back(w, r, orgPath(who.Slug(), "people"), added.Name+" is in the register.")
}

// postEditPerson changes an entry: POST /o/{org}/people/{id}.
func (s *Server) postEditPerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	x := typedPerson(r)
	x.ID = r.PathValue("id")
	if err := s.People.Edit(r.Context(), who.Actor, x, s.Now()); err != nil {
		return s.personTrouble(w, r, who, personPage{Person: x}, err)
	}
	return back(w, r, orgPath(who.Slug(), "people"), "Saved.")
}

func (s *Server) personTrouble(w http.ResponseWriter, r *http.Request, who visitor, p personPage, err error) error {
	if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
		return err
	}
	return s.showPerson(w, r, who, statusOf(p.Problem.Code), p)
}

// postPersonAccount links an entry to an account, or ends the link: POST /o/{org}/people/{id}/account.
func (s *Server) postPersonAccount(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, account := r.PathValue("id"), r.FormValue("account")
	if err := s.People.LinkAccount(r.Context(), who.Actor, id, account, s.Now()); err != nil {
		person, found := s.People.Find(r.Context(), who.Actor, id)
		if found != nil {
			return err
		}
		return s.personTrouble(w, r, who, personPage{Person: person}, err)
	}
	said := "Linked. What is asked of this person shows in the tasks of that account."
	if account == "" {
		said = "The link has ended."
	}
	return back(w, r, orgPath(who.Slug(), "people", id), said)
}

// accountsOf fills in the account of a person and those one could link.
func (s *Server) accountsOf(ctx context.Context, who visitor, p *personPage) error {
	linked, err := s.People.Accounts(ctx, who.Actor)
	if err != nil {
		return err
	}
	members, err := s.Access.Members(ctx, who.Actor)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for person, account := range linked {
		taken[account] = person != p.Person.ID
	}
	p.Account, p.Accounts = linked[p.Person.ID], []option{{"", "None"}}
	for _, m := range members {
		if taken[m.Account] {
			continue
		}
		text := m.Name + " (" + m.Email + ")"
		if m.Email == p.Person.Email {
			p.Alike = m.Name
		}
		p.Accounts = append(p.Accounts, option{m.Account, text})
	}
	return nil
}
