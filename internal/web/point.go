package web

import (
	"net/http"
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// pointsPage brings the points of focus of a framework in, under the customer's
// own licence, and says which are here.
type pointsPage struct {
	frame
	Imports    []pointsRow
	Frameworks []option
	Framework  string
	CanSet     bool
	Upload     string // waits for the word about the licence; empty before
	Sheet      *crosswalk.PointSheet
	Chosen     *framework.Framework
	Replaces   int // points that are here now and would go
	Problem    *problem.Error
}

type pointsRow struct {
	crosswalk.PointImport
	Title string
}

// getPoints shows what is here: GET /o/{org}/settings/points.
func (s *Server) getPoints(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showPoints(w, r, who, http.StatusOK, pointsPage{Framework: r.FormValue("framework")})
}

func (s *Server) showPoints(w http.ResponseWriter, r *http.Request, who visitor, status int, p pointsPage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	list, err := s.Crosswalk.PointImports(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	for _, x := range list {
		row := pointsRow{x, x.Framework}
		if f, ok := b.library.Frameworks.Find(x.Framework); ok {
			row.Title = f.Title
		}
		p.Imports = append(p.Imports, row)
		if p.Chosen != nil && x.Framework == p.Chosen.ID {
			p.Replaces = x.Points
		}
	}
	for _, f := range b.library.Frameworks.Frameworks {
		p.Frameworks = append(p.Frameworks, option{f.ID, f.Title})
	}
	// those the organisation follows come first
	slices.SortStableFunc(p.Frameworks, func(x, y option) int {
		switch a, c := b.enabled(x.Value), b.enabled(y.Value); {
		case a == c:
			return 0
		case a:
			return -1
		}
		return 1
	})
	p.CanSet = who.Can(access.ManageFrameworks)
	p.frame = s.settingsFrame(w, r, who, "Points of focus")
	return s.render(w, r, status, showPoints(p))
}

// postPoints reads a file and shows what was understood; nothing is written:
// POST /o/{org}/settings/points.
func (s *Server) postPoints(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	name, data, err := uploaded(r)
	p := pointsPage{Framework: r.FormValue("framework")}
	if err == nil {
		err = p.read(b, name, data)
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		return s.showPoints(w, r, who, statusOf(p.Problem.Code), p)
	}
	if len(p.Sheet.Faults) > 0 {
		return s.showPoints(w, r, who, http.StatusUnprocessableEntity, p)
	}
	if p.Upload, err = s.uploads.Put(r.Context(), who.Actor, upload.Catalogue, name, data, s.Now()); err != nil {
		return err
	}
	return s.showPoints(w, r, who, http.StatusOK, p)
}

// read reads a file as points of the framework of the page.
func (p *pointsPage) read(b *book, name string, data []byte) (err error) {
	f, ok := b.library.Frameworks.Find(p.Framework)
	if !ok {
		return problem.Field("framework", "Choose the framework whose points these are.")
	}
	p.Chosen = f
	p.Sheet, err = crosswalk.ReadPoints(name, data, f, b.library.Frameworks)
	return err
}

// postPointsConfirm writes them, once somebody said that there is a licence:
// POST /o/{org}/settings/points/confirm.
func (s *Server) postPointsConfirm(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := pointsPage{Framework: r.FormValue("framework"), Upload: r.FormValue("upload")}
	u, err := s.uploads.Open(r.Context(), who.Actor, upload.Catalogue, p.Upload, s.Now())
	if err != nil {
		return err
	}
	if err := p.read(b, u.Name, u.Data); err != nil {
		return err
	}
	if err := s.Crosswalk.ImportPoints(r.Context(), who.Actor, p.Sheet, r.FormValue("licensed") == "yes", s.Now()); err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showPoints(w, r, who, statusOf(p.Problem.Code), p)
	}
	if err := s.uploads.Drop(r.Context(), who.Actor, upload.Catalogue, u.ID); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "settings", "points"), plural(len(p.Sheet.Points), "point", "points")+" of "+p.Chosen.Title+" are here. Members see them beside each "+p.Chosen.Noun+"; no report has them.")
}

// postPointsErase removes the text: POST /o/{org}/settings/points/erase.
func (s *Server) postPointsErase(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Crosswalk.ErasePoints(r.Context(), who.Actor, r.FormValue("framework"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "settings", "points"), "The text is erased. The log keeps that there was some, and nothing of it.")
}
