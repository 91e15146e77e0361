package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
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
	Called    string // in the register, whatever was typed
	Person    people.Person
	Manager   string   // as typed: a name or an address
	Managers  []string // to choose from; none in a big register
	Status    people.Status
	Spans     []spanLine
	Origins   []originLine
	Unlisted  []string // what lists said before and do not any more
	ByRule    []string // labels of groups
	ByHand    []groupTick
	Today     string
	CanManage bool
	CanErase  bool
	Problem   *problem.Error
}

// spanLine is a stretch of days as a page lists it.
type spanLine struct {
	ID, Words, Reason string
	Open              bool // it can still be ended
}

// originLine is a field of a person and where its value comes from.
type originLine struct {
	Key, Label, Value, From string
	Others                  []string
	Hand                    bool
}

// groupTick is a group that somebody can be put into by hand.
type groupTick struct {
	Key, Label, About string
	In                bool
}

// fewManagers is how many people a form offers as managers; in a bigger register
// one types the address.
const fewManagers = 2000

// getNewPerson shows an empty form: GET /o/{org}/people/new.
func (s *Server) getNewPerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPerson(w, r, who, http.StatusOK, personPage{New: true, Person: people.Person{Kind: people.Employee}})
}

// getPerson shows the form of an entry: GET /o/{org}/people/{id}/edit.
func (s *Server) getPerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	x, err := s.People.Find(r.Context(), who.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.showPerson(w, r, who, http.StatusOK, personPage{Person: x})
}

func (s *Server) showPerson(w http.ResponseWriter, r *http.Request, who visitor, status int, p personPage) error {
	roster, err := s.People.Roster(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.CanManage, p.CanErase = who.Can(access.ManagePeople), who.Can(access.ErasePeople)
	p.Today = roster.Today(s.Now()).String()
	p.managers(roster)
	title, crumbs := "New person", []crumb{{"People", orgPath(who.Slug(), "people")}}
	if !p.New {
		have, err := s.People.Detail(r.Context(), who.Actor, p.Person.ID)
		if err != nil {
			return err
		}
		if p.CanManage {
			if err := s.accountsOf(r.Context(), who, &p); err != nil {
				return err
			}
		}
		p.fill(have, roster, s.Now())
		title, crumbs = "Edit", append(crumbs, crumb{have.Name, orgPath(who.Slug(), "people", have.ID)})
	}
	p.frame = s.frame(w, r, who, "people", title, crumbs...)
	return s.render(w, r, status, showPerson(p))
}

// managers fills in who the manager is, and who could be.
func (p *personPage) managers(roster *people.Roster) {
	all := roster.All()
	register := people.NewRegister(all)
	call := func(x people.Person) string {
		if register.Match(x.Name).Person.ID == x.ID || x.Email == "" {
			return x.Name
		}
		return x.Email
	}
	if m, ok := roster.Person(p.Person.Manager); ok && p.Manager == "" {
		p.Manager = call(m)
	}
	if len(all) > fewManagers {
		return
	}
	for _, x := range all {
		if x.Kind != people.Service && x.ID != p.Person.ID && x.EndOn == "" {
			p.Managers = append(p.Managers, call(x))
		}
	}
}

// fill adds what is known of an entry beside its fields.
func (p *personPage) fill(d people.Detail, roster *people.Roster, now time.Time) {
	today := roster.Today(now)
	p.Called, p.Person.ErasedAt = d.Name, d.ErasedAt
	p.Status = roster.StatusOn(d.ID, today)
	for _, x := range d.Spans {
		p.Spans = append(p.Spans, spanLine{x.ID, stretchWords(x), x.Reason, x.Kind != people.Stint && (!x.To.Known() || x.To >= today)})
	}
	names := map[string]string{}
	for _, x := range roster.All() {
		names[x.ID] = x.Name
	}
	for _, o := range d.Origins {
		l := originLine{Key: o.Field, Label: people.FieldLabel(o.Field), Value: fieldShown(names, o.Field, o.Value), From: o.Source.Label(), Hand: o.Source == people.Hand}
		if !o.At.IsZero() {
			l.From += ", " + stamp(o.At)
		}
		for _, c := range o.Other {
			l.Others = append(l.Others, c.Source.Label()+": "+fieldShown(names, o.Field, c.Value))
		}
		p.Origins = append(p.Origins, l)
	}
	for _, l := range people.Lists() {
		if at := d.Unlisted[l]; !at.IsZero() {
			p.Unlisted = append(p.Unlisted, "The "+strings.ToLower(l.Label())+" does not name "+d.Name+" any more, since "+stamp(at)+". If they left, enter the last day.")
		}
	}
	for _, g := range roster.Groups() {
		hand := slices.Contains(g.Members, d.ID)
		if !hand && roster.In(g.Key, d.ID) {
			p.ByRule = append(p.ByRule, g.Label)
			continue
		}
		if g.Key != people.AllPersonnel {
			p.ByHand = append(p.ByHand, groupTick{g.Key, g.Label, g.About, hand})
		}
	}
}

// stretchWords says what a stretch of days was: "On leave from 1 March to 3 April 2026".
func stretchWords(x people.Span) string {
	words := map[people.SpanKind]string{people.Stint: "Here before", people.Leave: "On leave", people.NoScope: "Out of scope"}[x.Kind]
	if x.From.Known() {
		words += " from " + dayWords(x.From)
	}
	if x.To.Known() {
		return words + " to " + dayWords(x.To)
	}
	return words + " until further notice"
}

// typedPerson is the entry as typed; the manager may be named or addressed.
func (s *Server) typedPerson(r *http.Request, who visitor) (personPage, error) {
	p := personPage{Manager: strings.TrimSpace(r.FormValue("manager")), Person: people.Person{
		Name: r.FormValue("name"), Email: r.FormValue("email"), Function: r.FormValue("function"), Title: r.FormValue("title"),
		Kind: people.Kind(r.FormValue("kind")), StartOn: r.FormValue("start_on"), EndOn: r.FormValue("end_on"),
	}}
	if p.Manager == "" {
		return p, nil
	}
	roster, err := s.People.Roster(r.Context(), who.Actor)
	if err != nil {
		return p, err
	}
	m := people.NewRegister(roster.All()).Match(p.Manager)
	if !m.Found {
		return p, problem.Field("manager", m.Why)
	}
	p.Person.Manager = m.Person.ID
	return p, nil
}

// postPerson enters somebody: POST /o/{org}/people.
func (s *Server) postPerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := s.typedPerson(r, who)
	p.New = true
	if err == nil {
		p.Person, err = s.added(r, who, p.Person)
	}
	if err != nil {
		return s.personTrouble(w, r, who, p, err)
	}
	return back(w, r, orgPath(who.Slug(), "people"), p.Person.Name+" is in the register.")
}

// added enters somebody; what was typed comes back when it cannot be entered.
func (s *Server) added(r *http.Request, who visitor, p people.Person) (people.Person, error) {
	made, err := s.People.Add(r.Context(), who.Actor, p, s.Now())
	if err != nil {
		return p, err
	}
	return made, nil
}

// postEditPerson changes an entry: POST /o/{org}/people/{id}.
func (s *Server) postEditPerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := s.typedPerson(r, who)
	p.Person.ID = r.PathValue("id")
	if err == nil {
		err = s.People.Edit(r.Context(), who.Actor, p.Person, s.Now())
	}
	if err != nil {
		return s.personTrouble(w, r, who, p, err)
	}
	return back(w, r, orgPath(who.Slug(), "people", p.Person.ID), "Saved.")
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
	return back(w, r, orgPath(who.Slug(), "people", id, "edit"), said)
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

func personKinds() []option {
	return []option{{string(people.Employee), "Employee"}, {string(people.Contractor), "Contractor"}, {string(people.Service), "Team or service"}}
}
