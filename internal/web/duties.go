package web

import (
	"net/http"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// dutiesPage says who holds which role of the programme, and held it.
type dutiesPage struct {
	frame
	Roles     []dutyRow
	Vacant    int
	People    []option
	Role      string // chosen in the form
	CanChange bool
	Today     cadence.Date
	Problem   *problem.Error
	Typed     people.Giving
}

// dutyRow is one role.
type dutyRow struct {
	Role people.DutyRole
	Now  []dutyHeld
	Past []dutyHeld // the newest first, those to come among them
}

// dutyHeld is who had a role, and when.
type dutyHeld struct {
	people.Duty
	Name string
	Left bool // the person is not here any more
}

// getDuties shows the roles: GET /o/{org}/isms/duties?role=.
func (s *Server) getDuties(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showDuties(w, r, who, dutiesPage{Role: r.FormValue("role")})
}

func (s *Server) showDuties(w http.ResponseWriter, r *http.Request, who visitor, p dutiesPage) error {
	d, err := s.People.Duties(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	roster, err := s.People.RosterOf(r.Context(), who.Actor.Org())
	if err != nil {
		return err
	}
	p.Today, p.CanChange = roster.Today(s.Now()), who.Can(access.ManageISMS)
	held := func(x people.Duty) dutyHeld {
		h := dutyHeld{Duty: x, Name: "somebody who was erased"}
		if person, ok := roster.Person(x.Person); ok {
			h.Name = person.Name
		}
		h.Left = roster.StatusOn(x.Person, p.Today) == people.Former
		return h
	}
	for _, role := range people.DutyRoles() {
		if role.ID == people.SystemOwner {
			continue
		}
		row := dutyRow{Role: role}
		for _, x := range d.Ever(role.ID) {
			if x.Holds(p.Today) {
				row.Now = append(row.Now, held(x))
			} else {
				row.Past = append([]dutyHeld{held(x)}, row.Past...)
			}
		}
		if len(row.Now) == 0 {
			p.Vacant++
		}
		p.Roles = append(p.Roles, row)
	}
	if p.CanChange {
		if p.People, err = s.contextPeople(r.Context(), who); err != nil {
			return err
		}
	}
	p.frame = s.frame(w, r, who, "isms", "Roles", contextCrumbs(who.Slug())...)
	p.frame.Tabs = ismsTabs(who.Slug(), "duties")
	status := http.StatusOK
	if p.Problem != nil {
		status = statusOf(p.Problem.Code)
	}
	return s.render(w, r, status, dutiesShow(p))
}

// roleOptions are the roles that somebody can hold.
func (p dutiesPage) roleOptions() []option {
	var out []option
	for _, r := range p.Roles {
		out = append(out, option{r.Role.ID, upperFirst(r.Role.Label)})
	}
	return out
}

// postDuty hands a role to somebody: POST /o/{org}/isms/duties.
func (s *Server) postDuty(w http.ResponseWriter, r *http.Request, who visitor) error {
	g := people.Giving{Role: r.FormValue("role"), Person: r.FormValue("person"), Alone: r.FormValue("alone") == "yes"}
	var err error
	if g.From, err = formDay(r, "from"); err == nil {
		_, err = s.People.GiveDuty(r.Context(), who.Actor, g, s.Now())
	}
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showDuties(w, r, who, dutiesPage{Role: g.Role, Typed: g, Problem: p})
		}
		return err
	}
	role, _ := people.FindDutyRole(g.Role)
	return back(w, r, orgPath(who.Slug(), "isms", "duties"), upperFirst(role.Label)+" handed over.")
}

// postDutyEnd ends a duty: POST /o/{org}/isms/duties/end.
func (s *Server) postDutyEnd(w http.ResponseWriter, r *http.Request, who visitor) error {
	last, err := formDay(r, "last")
	if err == nil {
		err = s.People.EndDuty(r.Context(), who.Actor, r.FormValue("duty"), last, s.Now())
	}
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showDuties(w, r, who, dutiesPage{Problem: p})
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "duties"), "The last day is set.")
}
