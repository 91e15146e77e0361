package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Gap prints the gap analysis of an inventory.
type Gap struct {
	From       string   `default:"soc2-2017" help:"Framework the inventory was kept for."`
	To         string   `default:"iso27001-2022" help:"Framework that is asked about."`
	Inventory  string   `type:"existingfile" placeholder:"FILE" help:"List of controls, CSV or XLSX, in any layout; needs no server."`
	Categories []string `placeholder:"NAME,..." help:"Categories in scope beside the mandatory ones (availability, confidentiality ...). Left out: those a control is tagged to."`
	Stack      []string `placeholder:"SET,..." help:"Mapping sets to rest on. Left out: the curated and published ones."`
	Catalogue  string   `type:"existingdir" placeholder:"DIR" help:"Read frameworks/*.csv and mappings/*.csv from here instead of the shipped data."`
	Format     string   `enum:"text,json,csv,xlsx,html" default:"text" help:"text, json, csv, xlsx or html."`
	Out        string   `placeholder:"FILE" help:"Write here instead of to the terminal."`

	Server `embed:"" group:"Instead of a file, the controls of an organisation on a server:"`
}

// Example implements exampler.
func (Gap) Example() string {
	return "toucan gap --inventory controls.csv --format html --out gap.html"
}

// Validate is called by kong: a mistake here is wrong usage.
func (c *Gap) Validate() error {
	if c.Inventory == "" && c.Server.Server == "" {
		return errors.New("name a list of controls with --inventory, or a server with --server and an organisation with --org")
	}
	return nil
}

// Run reads the inventory, analyses it and writes the report. Without one it asks
// the server.
func (c *Gap) Run(ctx context.Context, a *App) error {
	if c.Inventory == "" {
		return c.ask(ctx, a)
	}
	info, err := os.Stat(c.Inventory)
	if err == nil && info.Size() < 1<<20 { // done before collecting garbage pays
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	mapped := sync.OnceValues(func() (*crosswalk.Library, error) { return library(c.Catalogue) })
	joined := sync.OnceValues(func() (*crosswalk.Stack, error) {
		lib, err := mapped()
		if err != nil {
			return nil, err
		}
		return stack(lib, c.Stack)
	})
	go func() { _, _ = joined() }() // on one core, while the inventory is read on the other
	known := framework.Shipped()
	if c.Catalogue != "" {
		lib, err := mapped()
		if err != nil {
			return err
		}
		known = lib.Frameworks
	}
	q := gap.Question{Source: filepath.Base(c.Inventory), Categories: c.Categories}
	if q.From, err = findFramework(known, "from", c.From); err != nil {
		return err
	}
	if q.To, err = findFramework(known, "to", c.To); err != nil {
		return err
	}
	data, err := readFile(c.Inventory, document.DefaultLimits.Bytes)
	if err != nil {
		return err
	}
	inv, err := control.ReadInventory(filepath.Base(c.Inventory), data, nil, references(known, c.From, c.To))
	if err != nil {
		return err
	}
	if q.Library, err = mapped(); err != nil {
		return err
	}
	if q.Stack, err = joined(); err != nil {
		return err
	}
	q.Controls, q.Skipped, q.Notes = gap.FromInventory(inv)
	report, err := gap.Analyse(q, a.Now())
	if err != nil {
		return err
	}
	return c.write(a, report)
}

// ask prints the same report about the controls of an organisation on a server.
func (c *Gap) ask(ctx context.Context, a *App) error {
	if len(c.Categories)+len(c.Stack) > 0 || c.Catalogue != "" {
		return problem.Field("server", "The organisation chose its categories and mapping sets on the server. Leave --categories, --stack and --catalogue out.")
	}
	s, err := c.open(a)
	if err != nil {
		return err
	}
	var r gap.Report
	if _, err := s.get(ctx, "/gap", filled("from", c.From, "to", c.To), &r); err != nil {
		return err
	}
	return c.write(a, &r)
}

func (c *Gap) write(a *App, r *gap.Report) error {
	if c.Format == "xlsx" && c.Out == "" {
		return problem.Field("out", "A workbook is not for the terminal. Name a file with --out gap.xlsx.")
	}
	w, finish, err := a.create(c.Out)
	if err != nil {
		return err
	}
	return finish(func() error {
		switch c.Format {
		case "json":
			return gap.WriteJSON(w, r)
		case "csv":
			return gap.WriteCSV(w, r)
		case "xlsx":
			return gap.WriteXLSX(w, r)
		case "html":
			return gap.WriteHTML(w, r)
		default:
			return gap.WriteText(w, r, a.width())
		}
	}())
}

// library returns the shipped catalogues and sets, or those under dir.
func library(dir string) (*crosswalk.Library, error) {
	if dir == "" {
		return crosswalk.Shipped(), nil
	}
	lib, found, err := crosswalk.Read(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.Severity == framework.Error {
			return nil, problem.New(problem.Invalid, "%s, line %d: %s Run \"toucan crosswalk check --catalogue %s\" to see everything.", f.File, f.Line, f.Text, dir)
		}
	}
	return lib, nil
}

func stack(lib *crosswalk.Library, names []string) (*crosswalk.Stack, error) {
	if len(names) == 0 {
		names = lib.DefaultStack()
	}
	return lib.Stack(names)
}

func findFramework(known *framework.Catalogue, flag, id string) (*framework.Framework, error) {
	if f, ok := known.Find(id); ok {
		return f, nil
	}
	return nil, problem.Field(flag, fmt.Sprintf("There is no framework %q. Known are %s.", id, strings.Join(known.IDs(), ", ")))
}

// references binds the parser of requirement references to the frameworks asked about.
func references(known *framework.Catalogue, from, to string) control.Parse {
	return func(text, header string) ([]framework.Ref, []string) {
		return known.References(text, framework.Hint{Frameworks: []string{from, to}, Header: header})
	}
}

// readFile reads a file that must not be larger than limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, problem.New(problem.Invalid, "Cannot read %s: %v.", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, problem.New(problem.Invalid, "Cannot read %s: %v.", path, err)
	}
	if int64(len(data)) > limit {
		return nil, problem.New(problem.Invalid, "%s is larger than %d MB. Leave only the sheet with the controls in it.", path, limit>>20)
	}
	return data, nil
}
