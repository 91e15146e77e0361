package web

import (
	"fmt"
	"net/http"

	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// peopleImportPage is both steps of the import of people.
type peopleImportPage struct {
	frame
	Upload  string // empty in the first step
	Sheet   *people.Sheet
	Result  people.Result
	Problem *problem.Error
}

// getPeopleImport asks for a file: GET /o/{org}/people/import.
func (s *Server) getPeopleImport(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPeopleImport(w, r, who, http.StatusOK, peopleImportPage{})
}

func (s *Server) showPeopleImport(w http.ResponseWriter, r *http.Request, who visitor, status int, p peopleImportPage) error {
	p.frame = s.frame(w, r, who, "people", "Import people", crumb{"People", orgPath(who.Slug(), "people")})
	return s.render(w, r, status, importPeople(p))
}

// postPeopleImport shows what a file would change: POST /o/{org}/people/import.
func (s *Server) postPeopleImport(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := peopleImportPage{}
	name, data, err := uploaded(r)
	if err == nil {
		p.Sheet, err = people.ReadSheet(name, data)
	}
	if err == nil && len(p.Sheet.Faults) == 0 {
		p.Result, err = s.People.Preview(r.Context(), who.Actor, p.Sheet)
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		return s.showPeopleImport(w, r, who, statusOf(p.Problem.Code), p)
	}
	if len(p.Sheet.Faults) == 0 {
		if p.Upload, err = s.uploads.Put(r.Context(), who.Actor, upload.People, name, data, s.Now()); err != nil {
			return err
		}
	}
	return s.showPeopleImport(w, r, who, http.StatusOK, p)
}

// postPeopleConfirm enters the people: POST /o/{org}/people/import/confirm.
func (s *Server) postPeopleConfirm(w http.ResponseWriter, r *http.Request, who visitor) error {
	u, err := s.uploads.Open(r.Context(), who.Actor, upload.People, r.FormValue("upload"), s.Now())
	if err != nil {
		return err
	}
	sheet, err := people.ReadSheet(u.Name, u.Data)
	if err != nil {
		return err
	}
	result, err := s.People.Import(r.Context(), who.Actor, sheet, s.Now())
	if err != nil {
		return err
	}
	if err := s.uploads.Drop(r.Context(), who.Actor, upload.People, u.ID); err != nil {
		s.Log.Error("drop an upload", "request", requestID(r.Context()), "error", err) // it goes by itself in two hours
	}
	return back(w, r, orgPath(who.Slug(), "people"), fmt.Sprintf("%s: %d entered, %d changed, %d as they were.", sheet.File, len(result.Created), len(result.Updated), len(result.Unchanged)))
}
