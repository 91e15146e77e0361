package web

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// importRows is how many rows of each kind a preview shows; the figures count all.
const importRows = 100

// peopleImportPage is both steps of the import of people.
type peopleImportPage struct {
	frame
	Upload  string // empty in the first step, and when the list cannot be entered
	Source  string
	Full    bool
	Sheet   *people.Sheet
	Faults  []people.Fault
	Result  people.Result
	Names   map[string]string // of everybody, by id
	Problem *problem.Error
}

// getPeopleImport asks for a file: GET /o/{org}/people/import.
func (s *Server) getPeopleImport(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPeopleImport(w, r, who, http.StatusOK, peopleImportPage{Source: string(people.HR)})
}

func (s *Server) showPeopleImport(w http.ResponseWriter, r *http.Request, who visitor, status int, p peopleImportPage) error {
	p.frame = s.frame(w, r, who, "people", "Import people", crumb{"People", orgPath(who.Slug(), "people")})
	return s.render(w, r, status, importPeople(p))
}

func typedList(r *http.Request) people.List {
	return people.List{Source: people.Source(cmp.Or(r.FormValue("source"), string(people.HR))), Full: r.FormValue("full") != ""}
}

// postPeopleImport shows what a file would change: POST /o/{org}/people/import.
func (s *Server) postPeopleImport(w http.ResponseWriter, r *http.Request, who visitor) error {
	name, data, err := uploaded(r)
	list := typedList(r) // once the form has been read
	p := peopleImportPage{Source: string(list.Source), Full: list.Full}
	if err == nil {
		p.Sheet, err = people.ReadSheet(name, data)
	}
	if err == nil {
		p.Result, p.Faults, err = s.People.Preview(r.Context(), who.Actor, p.Sheet, list, s.Now())
	}
	if err == nil && len(p.Faults) == 0 {
		p.Upload, err = s.uploads.Put(r.Context(), who.Actor, upload.People, name, data, s.Now())
	}
	if err == nil {
		p.Names, err = s.personNames(r, who, p.Result)
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		p.Sheet, p.Upload = nil, ""
		return s.showPeopleImport(w, r, who, statusOf(p.Problem.Code), p)
	}
	return s.showPeopleImport(w, r, who, http.StatusOK, p)
}

// personNames returns what the people of the register, and those a list adds, are
// called.
func (s *Server) personNames(r *http.Request, who visitor, res people.Result) (map[string]string, error) {
	roster, err := s.People.Roster(r.Context(), who.Actor)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, p := range roster.All() {
		names[p.ID] = p.Name
	}
	for _, p := range res.Created {
		names[p.ID] = p.Name
	}
	return names, nil
}

// postPeopleConfirm enters the people, all or none; a long list is left to a job:
// POST /o/{org}/people/import/confirm.
func (s *Server) postPeopleConfirm(w http.ResponseWriter, r *http.Request, who visitor) error {
	list := typedList(r)
	c, err := s.roll.Confirm(r.Context(), who.Actor, r.FormValue("upload"), list, s.Now())
	if err != nil {
		p := peopleImportPage{Source: string(list.Source), Full: list.Full, Problem: problem.Of(err)}
		if p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
			return err
		}
		return s.showPeopleImport(w, r, who, statusOf(p.Problem.Code), p)
	}
	if c.Job != 0 {
		return back(w, r, jobPath(who.Slug(), c.Job), "")
	}
	return back(w, r, orgPath(who.Slug(), "people"), c.File+": "+c.Result.Sentence())
}

func sourceOptions() []option {
	var out []option
	for _, l := range people.Lists() {
		out = append(out, option{string(l), l.Label()})
	}
	return out
}

// fieldShown is a value as a page writes it: a manager by name, a function and a
// kind by their words.
func fieldShown(names map[string]string, key, value string) string {
	switch {
	case value == "":
		return "–"
	case key == "manager":
		if n := names[value]; n != "" {
			return n
		}
		return "somebody who is not in the register"
	case key == "function":
		return people.Label(value)
	case key == "kind":
		return upperFirst(value)
	}
	if d, err := cadence.ParseDate(value); err == nil {
		return dayWords(d)
	}
	return value
}

// changeWords says what a list changes of somebody: "Title: Engineer → Lead".
func (p peopleImportPage) changeWords(c people.Change) string {
	var out []string
	for _, key := range c.Fields {
		out = append(out, people.FieldLabel(key)+": "+fieldShown(p.Names, key, c.Before.Value(key))+" → "+fieldShown(p.Names, key, c.After.Value(key)))
	}
	return strings.Join(out, "; ")
}

// some cuts a list to what a preview shows.
func some[T any](list []T) []T { return list[:min(len(list), importRows)] }
