package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
)

// searchPage shows what was found in requirements, controls and people.
type searchPage struct {
	frame
	Requirements []foundRequirement
	Controls     []control.Control
	People       []people.Person
	More         bool // some results are left off
}

type foundRequirement struct {
	Framework   *framework.Framework
	Requirement framework.Requirement
}

const searchRoom = 40 // results of each kind

// getSearch looks through everything the reader may see: GET /o/{org}/search?q=.
func (s *Server) getSearch(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(r.FormValue("q"))
	p := searchPage{}
	if text != "" {
		b.search(text, &p)
	}
	// a code or an identifier typed whole leads straight to its page
	if len(p.Controls) > 0 && strings.EqualFold(p.Controls[0].Code, text) {
		http.Redirect(w, r, orgPath(who.Slug(), "control", p.Controls[0].Code), http.StatusSeeOther)
		return nil
	}
	if len(p.Requirements) == 1 && len(p.Controls) == 0 && strings.EqualFold(p.Requirements[0].Requirement.ID, text) {
		http.Redirect(w, r, orgPath(who.Slug(), "frameworks", p.Requirements[0].Framework.ID, p.Requirements[0].Requirement.ID), http.StatusSeeOther)
		return nil
	}
	p.frame = s.frame(w, r, who, "", "Search")
	p.frame.Query = text
	return s.render(w, r, http.StatusOK, searchResults(p))
}

func (b *book) search(text string, p *searchPage) {
	for _, c := range b.Controls {
		if matches(text, c.Code, c.Title, c.Statement, c.Domain) {
			p.Controls = append(p.Controls, c)
		}
	}
	exactFirst(p.Controls, func(c control.Control) bool { return strings.EqualFold(c.Code, text) })
	// the frameworks that are followed come first
	order := slices.Clone(b.Enabled)
	for _, f := range b.library.Frameworks.Frameworks {
		if !b.enabled(f.ID) {
			order = append(order, f)
		}
	}
	for _, f := range order {
		for _, q := range f.Asked() {
			if matches(text, q.ID, q.Label) {
				p.Requirements = append(p.Requirements, foundRequirement{f, q})
			}
		}
	}
	exactFirst(p.Requirements, func(q foundRequirement) bool { return strings.EqualFold(q.Requirement.ID, text) })
	for _, person := range b.list() {
		if matches(text, person.Name, person.Email, person.Title, people.Label(person.Function)) {
			p.People = append(p.People, person)
		}
	}
	p.More = len(p.Controls) > searchRoom || len(p.Requirements) > searchRoom || len(p.People) > searchRoom
	p.Controls = p.Controls[:min(len(p.Controls), searchRoom)]
	p.Requirements = p.Requirements[:min(len(p.Requirements), searchRoom)]
	p.People = p.People[:min(len(p.People), searchRoom)]
}

func exactFirst[T any](list []T, exact func(T) bool) {
	slices.SortStableFunc(list, func(a, b T) int {
		switch {
		case exact(a) == exact(b):
			return 0
		case exact(a):
			return -1
		}
		return 1
	})
}
