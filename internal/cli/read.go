package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// ReadFiles says what files of other programs hold, without taking anything in.
type ReadFiles struct {
	Files     []string `arg:"" name:"file" type:"existingfile" help:"OSCAL catalog, profile, component definition or mapping collection; CISO Assistant library; framework or mapping set as CSV."`
	Lenient   bool     `help:"Read what can be read beside what is wrong. Left out: one error, and nothing of the file counts."`
	Catalogue string   `type:"existingdir" placeholder:"DIR" help:"Look mappings up in frameworks/*.csv from here instead of in the shipped ones."`
	Format    string   `enum:"text,json" default:"text" help:"text or json."`
}

// Example implements exampler.
func (ReadFiles) Example() string {
	return "toucan crosswalk read catalog.json mapping.json --lenient"
}

// found is the JSON form of what a file holds.
type found struct {
	File       string           `json:"file"`
	Format     crosswalk.Format `json:"format"` // empty if it is none that is read
	Title      string           `json:"title,omitempty"`
	Version    string           `json:"version,omitempty"`
	Frameworks []foundFramework `json:"frameworks"`
	Sets       []foundSet       `json:"sets"`
	Components int              `json:"components"`
	Faults     []foundFault     `json:"faults"`
}

type foundFramework struct {
	ID           string `json:"id"`
	Title        string `json:"title"`
	Requirements int    `json:"requirements"`
	Headings     int    `json:"headings"`
}

type foundSet struct {
	ID         string            `json:"id"`
	Title      string            `json:"title"`
	Kind       crosswalk.SetKind `json:"kind"`
	Rows       int               `json:"rows"`
	Statements int               `json:"statements"` // about sets of requirements, kept as such
	Unions     int               `json:"unions"`
	NetNew     int               `json:"net_new"`
	NoHome     int               `json:"no_home"`
}

type foundFault struct {
	Line     int                `json:"line"` // 0 if it is about the whole file
	Severity framework.Severity `json:"severity"`
	Text     string             `json:"text"`
}

// Run reads file by file. A framework found in one can be referred to by the next.
func (c *ReadFiles) Run(a *App) error {
	lib, err := library(c.Catalogue)
	if err != nil {
		return err
	}
	known := &framework.Catalogue{Frameworks: slices.Clone(lib.Frameworks.Frameworks)}
	list, errs := []found{}, 0
	for _, path := range c.Files {
		data, err := readFile(path, 32<<20)
		if err != nil {
			return err
		}
		f, faults := crosswalk.ReadFile(path, data, known, c.Lenient)
		errs += len(framework.Errors(faults))
		known.Frameworks = append(slices.Clone(f.Frameworks), known.Frameworks...) // the newer goes first
		list = append(list, summed(path, f, faults))
	}
	if c.Format == "json" {
		e := json.NewEncoder(a.Stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		err = e.Encode(list)
	} else {
		for _, f := range list {
			err = errors.Join(err, f.text(a.Stdout))
		}
	}
	if err == nil && errs > 0 {
		return faults(errs)
	}
	return err
}

func summed(path string, f *crosswalk.File, list []framework.Fault) found {
	out := found{File: path, Format: f.Format, Title: f.Title, Version: f.Version, Frameworks: []foundFramework{}, Sets: []foundSet{}, Components: len(f.Components), Faults: []foundFault{}}
	for _, w := range f.Frameworks {
		asked := len(w.Asked())
		out.Frameworks = append(out.Frameworks, foundFramework{w.ID, w.Title, asked, len(w.Requirements) - asked})
	}
	one := &crosswalk.Library{Unions: f.Unions, NetNew: f.NetNew, NoHome: f.NoHome}
	for _, s := range f.Sets {
		out.Sets = append(out.Sets, foundSet{s.ID, s.Title, s.Kind, len(s.Edges), len(s.Maps), len(one.UnionsOf(s.ID)), len(one.NetNewOf(s.ID)), len(one.NoHomeOf(s.ID))})
	}
	for _, x := range list {
		out.Faults = append(out.Faults, foundFault{x.Line, x.Severity, x.Text})
	}
	return out
}

// text writes what was found, then every fault with its line.
func (f found) text(w io.Writer) error {
	p := printer{w: w}
	p.line("%s: %s", f.File, f.Format.Words())
	if f.Title != "" {
		p.line("  calls itself %q, version %s", f.Title, f.Version)
	}
	for _, x := range f.Frameworks {
		p.line("  framework %s: %d requirements under %d headings", x.ID, x.Requirements, x.Headings)
	}
	for _, s := range f.Sets {
		p.line("  %s mapping set %s: %d rows, %d statements about sets, %d unions, %d net new, %d without a home", s.Kind, s.ID, s.Rows, s.Statements, s.Unions, s.NetNew, s.NoHome)
	}
	if f.Components > 0 {
		p.line("  %d components", f.Components)
	}
	if len(f.Frameworks)+len(f.Sets)+f.Components == 0 {
		p.line("  nothing that could be taken in")
	}
	for _, x := range f.Faults {
		p.line("%s", framework.Fault{File: f.File, Line: x.Line, Severity: x.Severity, Text: x.Text})
	}
	return p.err
}

// printer writes lines until one fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
