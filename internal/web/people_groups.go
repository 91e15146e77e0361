package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// groupRow is a group as the list shows it.
type groupRow struct {
	people.Group
	Rule    string // in words
	Here    int    // of those who are here today
	Hand    int
	Shipped bool
	To      string
}

// groupsPage is the list of groups.
type groupsPage struct {
	frame
	Rows      []groupRow
	CanManage bool
}

// getGroups lists the groups: GET /o/{org}/groups.
func (s *Server) getGroups(w http.ResponseWriter, r *http.Request, who visitor) error {
	roster, err := s.People.Roster(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := groupsPage{CanManage: who.Can(access.ManagePeople)}
	here := roster.Current(roster.Today(s.Now()))
	for _, g := range roster.Groups() {
		row := groupRowOf(g, who.Slug())
		for _, x := range here {
			if roster.In(g.Key, x.ID) {
				row.Here++
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.frame = s.frame(w, r, who, "people", "Groups", crumb{"People", orgPath(who.Slug(), "people")})
	return s.render(w, r, http.StatusOK, groupsList(p))
}

func groupRowOf(g people.Group, slug string) groupRow {
	shipped := slices.ContainsFunc(people.Shipped(), func(x people.Group) bool { return x.Key == g.Key })
	return groupRow{Group: g, Rule: ruleWords(g), Hand: len(g.Members), Shipped: shipped, To: orgPath(slug, "groups", g.Key)}
}

// ruleWords says who belongs to a group by rule.
func ruleWords(g people.Group) string {
	var out []string
	if g.Everyone {
		out = append(out, "all employees and contractors")
	}
	for _, k := range g.Kinds {
		out = append(out, lowerFirst(personKindWords(k))+"s")
	}
	for _, f := range g.Functions {
		out = append(out, people.Label(f))
	}
	if g.Managers {
		out = append(out, "everybody somebody reports to")
	}
	if len(out) == 0 {
		return "by hand only"
	}
	return strings.Join(out, ", ")
}

// groupPage is one group, or the form of a new one.
type groupPage struct {
	frame
	New       bool
	Row       groupRow
	Members   []groupMember
	Past      []string // who was in it by hand
	Typed     string   // people to add, as typed
	CanManage bool
	Problem   *problem.Error
}

// groupMember is somebody in a group.
type groupMember struct {
	Person people.Person
	Status people.Status
	Hand   bool
	Since  string
}

// memberRows is how many members a page shows.
const memberRows = 200

// getNewGroup shows an empty form: GET /o/{org}/groups/new.
func (s *Server) getNewGroup(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showGroup(w, r, who, http.StatusOK, groupPage{New: true})
}

// getGroup shows a group: GET /o/{org}/groups/{group}.
func (s *Server) getGroup(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showGroup(w, r, who, http.StatusOK, groupPage{})
}

func (s *Server) showGroup(w http.ResponseWriter, r *http.Request, who visitor, status int, p groupPage) error {
	p.CanManage = who.Can(access.ManagePeople)
	title := "New group"
	if !p.New {
		roster, err := s.People.Roster(r.Context(), who.Actor)
		if err != nil {
			return err
		}
		groups := roster.Groups()
		i := slices.IndexFunc(groups, func(g people.Group) bool { return g.Key == r.PathValue("group") })
		if i < 0 {
			return problem.New(problem.NotFound, "There is no such group.")
		}
		if p.Problem == nil || p.Row.Label == "" {
			p.Row = groupRowOf(groups[i], who.Slug())
		}
		title = groups[i].Label
		if err := s.groupMembers(r, who, &p, roster); err != nil {
			return err
		}
	}
	p.frame = s.frame(w, r, who, "people", title, crumb{"People", orgPath(who.Slug(), "people")}, crumb{"Groups", orgPath(who.Slug(), "groups")})
	return s.render(w, r, status, showGroup(p))
}

// groupMembers fills in who is in a group, and who was in it by hand.
func (s *Server) groupMembers(r *http.Request, who visitor, p *groupPage, roster *people.Roster) error {
	key, today := r.PathValue("group"), roster.Today(s.Now())
	list, err := s.People.Memberships(r.Context(), who.Actor, key)
	if err != nil {
		return err
	}
	since := map[string]string{}
	for _, m := range list {
		if m.To.IsZero() {
			since[m.Person] = stamp(m.From)
		} else if x, ok := roster.Person(m.Person); ok {
			p.Past = append(p.Past, fmt.Sprintf("%s, from %s to %s", x.Name, stamp(m.From), stamp(m.To)))
		}
	}
	for _, row := range roster.Select(people.Filter{Group: key}, today).Rows {
		hand := since[row.ID]
		if hand != "" || row.Status != people.Former {
			p.Members = append(p.Members, groupMember{row.Person, row.Status, hand != "", hand})
		}
	}
	return nil
}

func typedGroup(r *http.Request) (people.Group, error) {
	if err := r.ParseForm(); err != nil {
		return people.Group{}, err
	}
	g := people.Group{Label: r.FormValue("label"), About: r.FormValue("about"), Everyone: r.FormValue("everyone") != "", Managers: r.FormValue("managers") != "", Functions: r.Form["function"]}
	for _, k := range r.Form["kind"] {
		g.Kinds = append(g.Kinds, people.Kind(k))
	}
	return g, nil
}

// postGroup makes a group: POST /o/{org}/groups.
func (s *Server) postGroup(w http.ResponseWriter, r *http.Request, who visitor) error {
	g, err := typedGroup(r)
	if err != nil {
		return err
	}
	made, err := s.People.PutGroup(r.Context(), who.Actor, g, s.Now())
	if err != nil {
		return s.groupTrouble(w, r, who, groupPage{New: true, Row: groupRow{Group: g}}, err)
	}
	return back(w, r, orgPath(who.Slug(), "groups", made.Key), made.Label+" is there.")
}

// postEditGroup changes a group made here: POST /o/{org}/groups/{group}.
func (s *Server) postEditGroup(w http.ResponseWriter, r *http.Request, who visitor) error {
	g, err := typedGroup(r)
	if err != nil {
		return err
	}
	g.Key = r.PathValue("group")
	if _, err := s.People.PutGroup(r.Context(), who.Actor, g, s.Now()); err != nil {
		return s.groupTrouble(w, r, who, groupPage{Row: groupRow{Group: g, To: orgPath(who.Slug(), "groups", g.Key)}}, err)
	}
	return back(w, r, orgPath(who.Slug(), "groups", g.Key), "Saved.")
}

func (s *Server) groupTrouble(w http.ResponseWriter, r *http.Request, who visitor, p groupPage, err error) error {
	if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
		return err
	}
	return s.showGroup(w, r, who, statusOf(p.Problem.Code), p)
}

// postCloseGroup takes a group out of use: POST /o/{org}/groups/{group}/close.
func (s *Server) postCloseGroup(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.People.CloseGroup(r.Context(), who.Actor, r.PathValue("group"), s.Now()); err != nil {
		return s.groupTrouble(w, r, who, groupPage{}, err)
	}
	return back(w, r, orgPath(who.Slug(), "groups"), "The group is closed. Who was in it is kept.")
}

// postMembers puts people into a group: POST /o/{org}/groups/{group}/members. They
// are named one a line, and all of them are found or nobody is added.
func (s *Server) postMembers(w http.ResponseWriter, r *http.Request, who visitor) error {
	roster, err := s.People.Roster(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	register := people.NewRegister(roster.All())
	typed := r.FormValue("people")
	var ids []string
	for line := range strings.SplitSeq(typed, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		m := register.Match(line)
		if !m.Found {
			return s.groupTrouble(w, r, who, groupPage{Typed: typed}, problem.Field("people", m.Why))
		}
		ids = append(ids, m.Person.ID)
	}
	if len(ids) == 0 {
		return s.groupTrouble(w, r, who, groupPage{}, problem.Field("people", "Name somebody, one a line."))
	}
	if err := s.People.AddMembers(r.Context(), who.Actor, r.PathValue("group"), ids, s.Now()); err != nil {
		return s.groupTrouble(w, r, who, groupPage{Typed: typed}, err)
	}
	return back(w, r, orgPath(who.Slug(), "groups", r.PathValue("group")), plural(len(ids), "person is", "people are")+" in the group.")
}

// postLeaveGroup takes somebody out: POST /o/{org}/groups/{group}/members/{id}/remove.
func (s *Server) postLeaveGroup(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.People.RemoveMember(r.Context(), who.Actor, r.PathValue("group"), r.PathValue("id"), s.Now()); err != nil {
		return s.groupTrouble(w, r, who, groupPage{}, err)
	}
	return back(w, r, orgPath(who.Slug(), "groups", r.PathValue("group")), "Taken out. That they were in it is kept.")
}

// statusMark is the shape of a status.
func statusMark(s people.Status) string {
	switch s {
	case people.Current:
		return "good"
	case people.Future:
		return "info"
	case people.OnLeave:
		return "gap"
	}
	return "unknown"
}
