package cli

import (
	"io"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Frameworks groups the commands about standards.
type Frameworks struct {
	Export ExportFramework `cmd:"" help:"Write a framework as OSCAL catalog, CSV or workbook."`
}

// Library groups the commands about the controls that ship.
type Library struct {
	Export ExportLibrary `cmd:"" help:"Write the unified controls as OSCAL component definition, CSV or workbook."`
}

// export is what every command that writes a file in one of three forms is told.
type export struct {
	Format string `enum:"oscal,csv,xlsx" default:"oscal" help:"oscal, csv or xlsx."`
	Out    string `placeholder:"FILE" help:"Write here instead of to the terminal."`
}

// write opens the file and writes the form that was asked for.
func (e export) write(a *App, oscal, csv, xlsx func(io.Writer) error) error {
	form := map[string]func(io.Writer) error{"oscal": oscal, "csv": csv, "xlsx": xlsx}[e.Format]
	if e.Format == "xlsx" && e.Out == "" {
		return problem.Field("out", "A workbook is not for the terminal. Name a file with --out.")
	}
	w, finish, err := a.create(e.Out)
	if err != nil {
		return err
	}
	return finish(form(w))
}

// edition says when a document was written; it belongs to nobody but the project.
func (a *App) edition() oscal.Edition { return oscal.Edition{At: a.Now()} }

// ExportSet writes a mapping set.
type ExportSet struct {
	Set       string `required:"" placeholder:"SET" help:"Mapping set to write, such as toucan-curated-1."`
	Catalogue string `type:"existingdir" placeholder:"DIR" help:"Read frameworks/*.csv and mappings/*.csv from here instead of the shipped data."`
	export
}

// Example implements exampler.
func (ExportSet) Example() string {
	return "toucan crosswalk export --set toucan-curated-1 --format oscal --out curated.json"
}

// Run writes the set with the unions and lists beside it.
func (c *ExportSet) Run(a *App) error {
	lib, err := library(c.Catalogue)
	if err != nil {
		return err
	}
	if _, err = lib.Stack([]string{c.Set}); err != nil { // names the known ones
		return err
	}
	s, _ := lib.Set(c.Set)
	return c.write(a,
		func(w io.Writer) error { return crosswalk.WriteOSCAL(w, lib, s, a.edition()) },
		func(w io.Writer) error { return crosswalk.WriteCSV(w, s) },
		func(w io.Writer) error { return crosswalk.WriteXLSX(w, lib, s) })
}

// ExportFramework writes a framework.
type ExportFramework struct {
	Framework string `required:"" placeholder:"FRAMEWORK" help:"Framework to write, such as soc2-2017."`
	Catalogue string `type:"existingdir" placeholder:"DIR" help:"Read frameworks/*.csv from here instead of the shipped data."`
	export
}

// Example implements exampler.
func (ExportFramework) Example() string {
	return "toucan framework export --framework soc2-2017 --format oscal --out soc2.json"
}

// Run writes numbers and short labels; the text of a standard is not ours to give.
func (c *ExportFramework) Run(a *App) error {
	lib, err := library(c.Catalogue)
	if err != nil {
		return err
	}
	f, err := findFramework(lib.Frameworks, "framework", c.Framework)
	if err != nil {
		return err
	}
	return c.write(a,
		func(w io.Writer) error { return framework.WriteOSCAL(w, f, a.edition()) },
		func(w io.Writer) error { return framework.WriteCSV(w, f) },
		func(w io.Writer) error { return framework.WriteXLSX(w, f) })
}

// ExportLibrary writes the controls that ship.
type ExportLibrary struct{ export }

// Example implements exampler.
func (ExportLibrary) Example() string {
	return "toucan library export --format oscal --out library.json"
}

// Run writes one component for each control.
func (c *ExportLibrary) Run(a *App) error {
	list := crosswalk.ShippedReach().Components()
	return c.write(a,
		func(w io.Writer) error {
			return control.WriteOSCAL(w, control.LibraryTitle, list, framework.Shipped(), a.edition())
		},
		func(w io.Writer) error { return control.WriteComponentsCSV(w, list) },
		func(w io.Writer) error { return control.WriteComponentsXLSX(w, list) })
}
