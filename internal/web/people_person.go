package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
)

// personSheet is everything about one person on one page.
type personSheet struct {
	frame
	Row        personRow
	Asked      []personCheck
	Quiet      []personCheck // not asked of them
	Facts      []factLine
	Exclusions []personExclusion
	History    []pastLine
	Owns       []control.Control
	CanManage  bool
	CanWaive   bool
	CanSee     bool // evidence
}

// personCheck is one check of a person.
type personCheck struct {
	people.Standing
	Cell  checkCell
	DueOn string
	Since string
	Proof []personProof
	Acts  []personAct
}

// personAct is a link to what can be done about a check.
type personAct struct{ Text, To string }

type personProof struct{ Title, To string }

type factLine struct{ Name, Text, To, From string } // From: which source says so

// personExclusion is one exclusion of a person, in force or over.
type personExclusion struct {
	people.Exclusion
	Check, By, From, Until, Ended string
	Holds                         bool
}

// pastLine is a stretch in which a check stood in one way.
type pastLine struct{ Mark, Words, When, Why string }

// getPersonSheet shows how somebody stands: GET /o/{org}/people/{id}.
func (s *Server) getPersonSheet(w http.ResponseWriter, r *http.Request, who visitor) error {
	now := s.Now()
	row, b, err := s.Monitor.Person(r.Context(), who.Actor, r.PathValue("id"), now)
	if err != nil {
		return err
	}
	p := personSheet{Row: personRow{Row: row, Function: people.Label(row.Person.Function)}, CanManage: who.Can(access.ManagePeople),
		CanWaive: who.Can(access.ExcludePeople), CanSee: who.Can(access.ViewEvidence)}
	for _, c := range people.Checks() {
		x := row.Of(c)
		check := personCheck{Standing: x, Cell: cellOf(x, b.Day)}
		if x.Due.Known() && x.State != people.Due {
			check.DueOn = dayWords(x.Due)
		}
		if !x.Since.IsZero() {
			check.Since = dayWords(cadence.DateOf(x.Since, b.Zone))
		}
		if x.State == people.NotAsked {
			p.Quiet = append(p.Quiet, check)
			continue
		}
		check.Acts = personActs(who, row.Person, x)
		if check.Proof, err = s.proofOf(r.Context(), who, x.Evidence); err != nil {
			return err
		}
		p.Asked = append(p.Asked, check)
	}
	detail, err := s.People.Detail(r.Context(), who.Actor, row.Person.ID)
	if err != nil {
		return err
	}
	p.Facts = personFacts(who.Slug(), row.Person, b.Roster, b.Day)
	for i := range p.Facts {
		for _, o := range detail.Origins {
			if people.FieldLabel(o.Field) == p.Facts[i].Name || o.Field == "manager" && p.Facts[i].Name == "Reports to" {
				p.Facts[i].From = o.Source.Label()
			}
		}
	}
	if err := s.personRest(r, who, &p, b.Roster, b.Zone, now); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "people", row.Person.Name, crumb{"People", orgPath(who.Slug(), "people")})
	return s.render(w, r, http.StatusOK, personSheetPage(p))
}

// personActs are what the reader can do about a check of somebody.
func personActs(who visitor, p people.Person, x people.Standing) []personAct {
	var out []personAct
	if t := trackOf(x.Check); t != "" && who.Can(access.RecordTraining) {
		if x.State == people.Done {
			out = append(out, personAct{"Ask again", query(orgPath(who.Slug(), "people", "reset"), "person", p.ID, "track", string(t))})
		} else {
			out = append(out, personAct{"File a certificate", query(orgPath(who.Slug(), "people", p.ID, "certificate"), "track", string(t))})
		}
	}
	if x.State != people.Done && x.State != people.Excluded && who.Can(access.ExcludePeople) {
		out = append(out, personAct{"Let off", query(orgPath(who.Slug(), "people", "exclude"), "person", p.ID, "check", string(x.Check))})
	}
	if (x.Check == people.JoiningCheck || x.Check == people.LeavingCheck || x.Check == people.BackgroundCheck) && who.Can(access.ViewJoiners) {
		out = append(out, personAct{"Steps", query(orgPath(who.Slug(), "joiners"), "text", p.Name)})
	}
	return out
}

// personRest fills in the exclusions, the past and the controls of a person.
func (s *Server) personRest(r *http.Request, who visitor, p *personSheet, roster *people.Roster, zone *time.Location, now time.Time) error {
	names, err := s.Access.Names(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	id := p.Row.Person.ID
	for _, x := range roster.Exclusions(id) {
		e := personExclusion{Exclusion: x, Check: x.Check.Label(), By: names[x.By], From: dayWords(cadence.DateOf(x.From, zone)), Holds: x.Holds(now)}
		if !x.Until.IsZero() {
			e.Until = dayWords(cadence.DateOf(x.Until.Add(-time.Microsecond), zone))
		}
		if !x.EndedAt.IsZero() {
			e.Ended = dayWords(cadence.DateOf(x.EndedAt, zone))
		}
		p.Exclusions = append(p.Exclusions, e)
	}
	if who.Can(access.ViewResults) {
		if p.History, err = s.pastOf(r.Context(), who, id, zone, now); err != nil {
			return err
		}
	}
	if !who.Can(access.ViewControls) {
		return nil
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	for _, c := range b.Controls {
		if c.Owner == id {
			p.Owns = append(p.Owns, c)
		}
	}
	return nil
}

// pastOf is what was known of a person over the last two years, the newest first.
func (s *Server) pastOf(ctx context.Context, who visitor, id string, zone *time.Location, now time.Time) ([]pastLine, error) {
	var tests []string
	for _, c := range people.Checks() {
		tests = append(tests, string(c))
	}
	list, err := s.Results.Timeline(ctx, who.Actor, result.Window{Tests: tests, Subject: id, From: now.AddDate(-2, 0, 0), To: now})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b result.Interval) int { return b.From.Compare(a.From) })
	var out []pastLine
	for _, i := range list {
		words, to := "until now", dayWords(cadence.DateOf(i.To, zone))
		if i.To.Before(now) {
			words = "to " + to
		}
		mark := map[result.State]string{result.Pass: "good", result.Fail: "bad", result.NotApplicable: "left", result.CouldNotTell: "warn"}[i.State]
		said := map[result.State]string{result.Pass: "in order", result.Fail: "missing", result.NotApplicable: "nothing due", result.CouldNotTell: "unclear"}[i.State]
		out = append(out, pastLine{mark, people.Check(i.Test).Label() + ": " + said, dayWords(cadence.DateOf(i.From, zone)) + " " + words, i.Reason})
	}
	return out, nil
}

// proofOf names items of evidence for those who may see them.
func (s *Server) proofOf(ctx context.Context, who visitor, ids []string) ([]personProof, error) {
	var out []personProof
	if !who.Can(access.ViewEvidence) {
		return nil, nil
	}
	for _, id := range ids {
		i, err := s.Evidence.Find(ctx, who.Actor, id)
		if err != nil {
			if problem.Of(err).Code == problem.NotFound {
				continue
			}
			return nil, err
		}
		out = append(out, personProof{i.Title, orgPath(who.Slug(), "evidence", id)})
	}
	return out, nil
}

// personFacts are the lines about who somebody is.
func personFacts(slug string, p people.Person, r *people.Roster, today cadence.Date) []factLine {
	list := []factLine{{Name: "Status", Text: peopleStatus(r.StatusOn(p.ID, today))}, {Name: "Kind", Text: personKindWords(p.Kind)}, {Name: "E-mail", Text: p.Email},
		{Name: "Title", Text: p.Title}, {Name: "Function", Text: people.Label(p.Function)}}
	if m, ok := r.Person(p.Manager); ok {
		list = append(list, factLine{"Reports to", m.Name, orgPath(slug, "people", m.ID), ""})
	}
	list = append(list, factLine{"First day", dayWords(r.StartOf(p.ID, today)), "", ""}, factLine{"Last day", dayWords(r.EndOf(p.ID, today)), "", ""})
	for _, x := range r.Spans(p.ID) {
		text := spanWords(x)
		switch x.Kind {
		case people.Leave:
			list = append(list, factLine{"On leave", text, "", ""})
		case people.NoScope:
			list = append(list, factLine{"Out of scope", text + ". " + x.Reason, "", ""})
		case people.Stint:
			list = append(list, factLine{"Was here", text, "", ""})
		}
	}
	groups := ""
	for _, g := range r.Groups() {
		if r.In(g.Key, p.ID) {
			if groups != "" {
				groups += ", "
			}
			groups += g.Label
		}
	}
	list = append(list, factLine{"Groups", groups, "", ""})
	return slices.DeleteFunc(list, func(f factLine) bool { return f.Text == "" })
}

func spanWords(x people.Span) string {
	switch {
	case x.From.Known() && x.To.Known():
		return dayWords(x.From) + " to " + dayWords(x.To)
	case x.From.Known():
		return "since " + dayWords(x.From)
	case x.To.Known():
		return "until " + dayWords(x.To)
	}
	return "always"
}
