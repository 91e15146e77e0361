package web

import (
	"net/http"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// excludePage lets people off a check.
type excludePage struct {
	frame
	People  []people.Person
	Checks  []option
	Group   string
	Groups  []option
	Check   string
	Reason  string
	Until   string
	Problem *problem.Error
}

// getExclude asks for the reason: GET /o/{org}/people/exclude?person=&check=.
func (s *Server) getExclude(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showExclude(w, r, who, http.StatusOK, excludePage{Check: r.FormValue("check")})
}

func (s *Server) showExclude(w http.ResponseWriter, r *http.Request, who visitor, status int, p excludePage) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form could not be read. Send it again.")
	}
	b, err := s.Monitor.Board(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	for _, id := range r.Form["person"] {
		if row, ok := b.Find(id); ok && !slices.ContainsFunc(p.People, func(x people.Person) bool { return x.ID == id }) {
			p.People = append(p.People, row.Person)
		}
	}
	p.Checks = []option{{"", "Choose"}}
	for _, c := range people.Checks() {
		p.Checks = append(p.Checks, option{string(c), c.Label()})
	}
	p.Groups = []option{{"", "Choose"}}
	for _, g := range b.Roster.Groups() {
		p.Groups = append(p.Groups, option{g.Key, g.Label})
	}
	p.frame = s.frame(w, r, who, "people", "Let off a check", crumb{"People", orgPath(who.Slug(), "people")})
	return s.render(w, r, status, excludeForm(p))
}

// postExclude makes the exclusions: POST /o/{org}/people/exclude.
func (s *Server) postExclude(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := excludePage{Check: r.FormValue("check"), Reason: r.FormValue("reason"), Until: r.FormValue("until"), Group: r.FormValue("group")}
	until, err := formDay(r, "until")
	var made []people.Exclusion
	if err == nil {
		made, err = s.People.Exclude(r.Context(), who.Actor, people.Waiver{People: r.Form["person"], Group: p.Group, Check: people.Check(p.Check), Reason: p.Reason, Until: until}, s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showExclude(w, r, who, statusOf(p.Problem.Code), p)
	}
	to := orgPath(who.Slug(), "people")
	if len(made) == 1 {
		to = orgPath(who.Slug(), "people", made[0].Person)
	}
	return back(w, r, to, plural(len(made), "person is", "people are")+" let off. Auditors see it with the reason.")
}

// postEndExclusion ends an exclusion: POST /o/{org}/people/{id}/exclusions/{exclusion}/end.
func (s *Server) postEndExclusion(w http.ResponseWriter, r *http.Request, who visitor) error {
	if _, err := s.People.EndExclusions(r.Context(), who.Actor, []string{r.PathValue("exclusion")}, s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "people", r.PathValue("id")), "Ended. It is asked again from now on.")
}

// checksPage says how all stand with each check and which controls it feeds.
type checksPage struct {
	frame
	Lines     []checkLine
	Open      int // suggestions that are not taken
	CanAssign bool
}

// checkLine is one check over everybody.
type checkLine struct {
	Check  people.Check
	N      map[people.State]int
	Asked  int // of whom it is asked, without those let off and on leave
	Bar    []segment
	Say    string
	Feeds  []checkFeed
	ListTo string
}

type checkFeed struct {
	Code, Title string
	Assigned    bool
}

// getChecks shows them: GET /o/{org}/people/checks.
func (s *Server) getChecks(w http.ResponseWriter, r *http.Request, who visitor) error {
	now := s.Now()
	b, err := s.Monitor.Board(r.Context(), who.Actor, now)
	if err != nil {
		return err
	}
	offered, err := s.Monitor.Suggestions(r.Context(), who.Actor, now)
	if err != nil {
		return err
	}
	shelf, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := checksPage{CanAssign: who.Can(access.AssignTests)}
	for _, t := range b.Tallies() {
		p.Lines = append(p.Lines, checkLineOf(who.Slug(), t))
	}
	for _, o := range offered {
		if !o.Assigned {
			p.Open++
		}
		c := shelf.control(o.Control)
		for i := range p.Lines {
			if string(p.Lines[i].Check) == o.Test {
				p.Lines[i].Feeds = append(p.Lines[i].Feeds, checkFeed{c.Code, c.Title, o.Assigned})
			}
		}
	}
	p.frame = s.frame(w, r, who, "people", "Checks", crumb{"People", orgPath(who.Slug(), "people")})
	return s.render(w, r, http.StatusOK, checksList(p))
}

func checkLineOf(slug string, t monitor.Tally) checkLine {
	l := checkLine{Check: t.Check, N: t.Counts, ListTo: query(orgPath(slug, "people"), "asked", string(t.Check)+":"+string(people.Missing))}
	l.Asked = t.Counts[people.Done] + t.Counts[people.Due] + t.Counts[people.Missing] + t.Counts[people.Unclear]
	l.Bar = []segment{{"b-full", t.Counts[people.Done]}, {"b-partial", t.Counts[people.Due] + t.Counts[people.Unclear]}, {"b-none", t.Counts[people.Missing]}}
	l.Say = group(t.Counts[people.Done]) + " of " + group(l.Asked) + " done"
	return l
}

// postChecks assigns what is suggested: POST /o/{org}/people/checks.
func (s *Server) postChecks(w http.ResponseWriter, r *http.Request, who visitor) error {
	n, err := s.Monitor.AssignSuggested(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "people", "checks"), plural(n, "control is", "controls are")+" fed from now on.")
}
