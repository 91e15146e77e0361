package cli

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Crosswalk groups the commands about mapping sets.
type Crosswalk struct {
	Check     Check     `cmd:"" help:"Look for faults in frameworks and mapping sets; exits 1 on errors."`
	Relations Relations `cmd:"" help:"List the relation of every pair of requirements that has a path."`
	Compare   Compare   `cmd:"" help:"Say what each mapping set between two frameworks touches and closes."`
	Export    ExportSet `cmd:"" help:"Write a mapping set as OSCAL mapping collection, CSV or workbook."`
	Read      ReadFiles `cmd:"" help:"Say what files of other programs hold, and what is wrong with them, line by line."`
}

// Check prints what is wrong with the data, file and line each.
type Check struct {
	Catalogue string `type:"existingdir" placeholder:"DIR" help:"Read frameworks/*.csv and mappings/*.csv from here instead of the shipped data."`
}

// Example implements exampler.
func (Check) Example() string { return "toucan crosswalk check --catalogue ./catalogue" }

// Run returns faults if an error was found; disagreements between sets are no errors.
func (c *Check) Run(a *App) error {
	lib, found := crosswalk.Shipped(), []framework.Fault(nil)
	if c.Catalogue != "" {
		var err error
		if lib, found, err = crosswalk.Read(os.DirFS(c.Catalogue)); err != nil {
			return err
		}
	}
	found = append(found, lib.Check()...)
	errs := 0
	for _, f := range found {
		if f.Severity == framework.Error {
			errs++
		}
		fmt.Fprintln(a.Stdout, f)
	}
	rows := 0
	for _, s := range lib.Sets {
		rows += len(s.Edges)
	}
	fmt.Fprintf(a.Stdout, "%d frameworks, %d sets, %d rows; %d errors.\n", len(lib.Frameworks.Frameworks), len(lib.Sets), rows, errs)
	if errs > 0 {
		return faults(errs)
	}
	return nil
}

// Relations prints what the stack implies between two frameworks.
type Relations struct {
	From      string   `required:"" placeholder:"FRAMEWORK" help:"Framework the relations are read from."`
	To        string   `required:"" placeholder:"FRAMEWORK" help:"Framework they are read to."`
	Stack     []string `placeholder:"SET,..." help:"Mapping sets to rest on. Left out: the curated and published ones."`
	Catalogue string   `type:"existingdir" placeholder:"DIR" help:"Read frameworks/*.csv and mappings/*.csv from here instead of the shipped data."`
	Format    string   `enum:"text,json" default:"text" help:"text or json."`
	Paths     bool     `help:"Add every path of at most three rows."`
	Out       string   `placeholder:"FILE" help:"Write here instead of to the terminal."`
}

// Example implements exampler.
func (Relations) Example() string {
	return "toucan crosswalk relations --from soc2-2017 --to iso27001-2022 --format json"
}

// relation is the JSON form of a pair.
type relation struct {
	Source        string   `json:"source"`
	Target        string   `json:"target"`
	Possible      []string `json:"possible"` // empty for a contradiction
	Contradiction bool     `json:"contradiction"`
	Candidate     bool     `json:"candidate"`
	Paths         []path   `json:"paths,omitempty"`
	Conflict      []path   `json:"conflict,omitempty"` // the minimal paths that contradict one another
}

type path struct {
	Hops      []hop    `json:"hops"`
	Possible  []string `json:"possible"`
	Candidate bool     `json:"candidate"`
	Sentence  string   `json:"sentence"`
}

type hop struct {
	Set      string   `json:"set"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Possible []string `json:"possible"`
	Line     int      `json:"line"`
}

// Run lists the pairs in catalogue order.
func (c *Relations) Run(a *App) error {
	lib, err := library(c.Catalogue)
	if err != nil {
		return err
	}
	if _, err = findFramework(lib.Frameworks, "from", c.From); err != nil {
		return err
	}
	if _, err = findFramework(lib.Frameworks, "to", c.To); err != nil {
		return err
	}
	s, err := stack(lib, c.Stack)
	if err != nil {
		return err
	}
	list := []relation{}
	for _, p := range s.Relate(c.From, c.To).Pairs() {
		r := relation{Source: p.Source.ID, Target: p.Target.ID, Possible: possible(p.Mask), Contradiction: p.Contradiction, Candidate: p.Candidate}
		if c.Paths {
			r.Paths = paths(s.Paths(p.Source, p.Target))
			if p.Contradiction {
				r.Conflict = paths(s.Conflict(p.Source, p.Target))
			}
		}
		list = append(list, r)
	}
	w, finish, err := a.create(c.Out)
	if err != nil {
		return err
	}
	return finish(func() error {
		if c.Format == "json" {
			e := json.NewEncoder(w)
			e.SetIndent("", " ")
			e.SetEscapeHTML(false)
			return e.Encode(list)
		}
		for _, r := range list {
			if err := r.text(w); err != nil {
				return err
			}
		}
		return nil
	}())
}

// possible never is nil, so that a contradiction reads [] and not null.
func possible(m crosswalk.Mask) []string {
	return append([]string{}, m.Relations()...)
}

func paths(list []crosswalk.Path) []path {
	out := make([]path, len(list))
	for i, p := range list {
		out[i] = path{Possible: possible(p.Mask), Candidate: p.Candidate, Sentence: p.Sentence()}
		for _, h := range p.Hops {
			from, to := h.Edge.Source, h.Edge.Target
			if h.Inverted {
				from, to = to, from
			}
			out[i].Hops = append(out[i].Hops, hop{Set: h.Edge.Set, From: from.String(), To: to.String(), Possible: possible(h.Mask), Line: h.Edge.Line})
		}
	}
	return out
}
