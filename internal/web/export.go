package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
	"github.com/toucan-grc/toucan/internal/problem"
)

// download is one form in which frameworks, mapping sets and the library leave.
type download struct {
	key, ending, kind string
}

var downloads = []download{
	{"oscal", "json", "application/json"},
	{"csv", "csv", "text/csv; charset=utf-8"},
	{"xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
}

// frameworkForms are the forms of a framework as its page offers them.
var frameworkForms = []option{{"oscal", "OSCAL catalog (JSON)"}, {"csv", "Table (CSV)"}, {"xlsx", "Spreadsheet (XLSX)"}}

// writers are how one thing is written in each form.
type writers struct{ oscal, csv, xlsx func(io.Writer) error }

// getExportFramework hands out numbers and labels: GET /o/{org}/export/frameworks/{framework}?format=.
func (s *Server) getExportFramework(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, ok := b.library.Frameworks.Find(r.PathValue("framework"))
	if !ok {
		return problem.New(problem.NotFound, "There is no framework %q here. Open the list of frameworks.", r.PathValue("framework"))
	}
	shipped, _ := framework.Shipped().Find(f.ID)
	e := s.edition(who.Actor, f == shipped)
	return hand(w, r, who, f.ID, writers{
		func(w io.Writer) error { return framework.WriteOSCAL(w, f, e) },
		func(w io.Writer) error { return framework.WriteCSV(w, f) },
		func(w io.Writer) error { return framework.WriteXLSX(w, f) },
	})
}

// getExportSet hands out a mapping set with what stands beside it: GET /o/{org}/export/sets/{set}?format=.
func (s *Server) getExportSet(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	set, ok := b.library.Set(r.PathValue("set"))
	if !ok {
		return problem.New(problem.NotFound, "There is no mapping set %q here. Open the settings of the mapping sets.", r.PathValue("set"))
	}
	shipped, _ := crosswalk.Shipped().Set(set.ID)
	e := s.edition(who.Actor, set == shipped)
	return hand(w, r, who, set.ID, writers{
		func(w io.Writer) error { return crosswalk.WriteOSCAL(w, b.library, set, e) },
		func(w io.Writer) error { return crosswalk.WriteCSV(w, set) },
		func(w io.Writer) error { return crosswalk.WriteXLSX(w, b.library, set) },
	})
}

// getExportLibrary hands out the unified controls that ship: GET /o/{org}/export/library?format=.
func (s *Server) getExportLibrary(w http.ResponseWriter, r *http.Request, who visitor) error {
	list := crosswalk.ShippedReach().Components()
	e := s.edition(who.Actor, true)
	return hand(w, r, who, "library", writers{
		func(w io.Writer) error {
			return control.WriteOSCAL(w, control.LibraryTitle, list, framework.Shipped(), e)
		},
		func(w io.Writer) error { return control.WriteComponentsCSV(w, list) },
		func(w io.Writer) error { return control.WriteComponentsXLSX(w, list) },
	})
}

// edition says whose document leaves: what ships is the same everywhere, and so
// are its identifiers.
func (s *Server) edition(who access.Actor, shipped bool) oscal.Edition {
	e := oscal.Edition{At: s.Now()}
	if !shipped {
		e.Owner = who.Org()
	}
	return e
}

// hand writes the form that was asked for as a file.
func hand(w http.ResponseWriter, r *http.Request, who visitor, name string, by writers) error {
	for _, d := range downloads {
		if d.key != r.FormValue("format") {
			continue
		}
		var file bytes.Buffer
		if err := map[string]func(io.Writer) error{"oscal": by.oscal, "csv": by.csv, "xlsx": by.xlsx}[d.key](&file); err != nil {
			return fmt.Errorf("write %s as %s: %w", name, d.key, err)
		}
		h := w.Header()
		h.Set("Content-Type", d.kind)
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("%s-%s.%s", who.Slug(), framework.IDFrom(name), d.ending)))
		h.Set("Cache-Control", "no-store")
		_, err := w.Write(file.Bytes())
		return quiet(err)
	}
	return problem.New(problem.Invalid, "This leaves as oscal, csv or xlsx. Choose one of the three on the page.")
}
