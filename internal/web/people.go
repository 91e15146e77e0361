package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/people"
)

// peoplePage is the register.
type peoplePage struct {
	frame
	Rows      []personRow
	All       int
	Text      string
	Function  string
	Functions []option
	CanManage bool
}

type personRow struct {
	Person people.Person
	Owns   int  // controls
	Works  bool // belongs to the organisation today
}

// getPeople lists it: GET /o/{org}/people?text=&function=.
func (s *Server) getPeople(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	owns := map[string]int{}
	for _, c := range b.Controls {
		owns[c.Owner]++
	}
	p := peoplePage{All: len(b.People), Text: strings.TrimSpace(r.FormValue("text")), Function: r.FormValue("function"), CanManage: who.Can(access.ManagePeople), Functions: functionOptions("All functions")}
	today := s.Now().UTC().Format("2006-01-02")
	for _, x := range b.People {
		if p.Function != "" && x.Function != p.Function || !matches(p.Text, x.Name, x.Email, x.Title) {
			continue
		}
		p.Rows = append(p.Rows, personRow{x, owns[x.ID], x.Works(today)})
	}
	slices.SortFunc(p.Rows, func(a, b personRow) int {
		return strings.Compare(strings.ToLower(a.Person.Name)+a.Person.ID, strings.ToLower(b.Person.Name)+b.Person.ID)
	})
	p.frame = s.frame(w, r, who, "people", "People")
	return s.render(w, r, http.StatusOK, peopleList(p))
}

func functionOptions(none string) []option {
	out := []option{{"", none}}
	for _, f := range people.Functions() {
		out = append(out, option{f.Key, f.Label})
	}
	return out
}
