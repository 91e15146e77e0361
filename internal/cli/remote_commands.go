package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/toucan-grc/toucan/internal/api"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Remote acts on a running server with a token.
type Remote struct {
	Whoami     RemoteWhoami     `cmd:"" help:"Say for whom the token acts, and what it may do."`
	Frameworks RemoteFrameworks `cmd:"" help:"List the frameworks and whether they are followed."`
	Follow     RemoteFollow     `cmd:"" help:"Follow a framework, or stop."`
	Controls   RemoteControls   `cmd:"" help:"List the controls."`
	Control    RemoteControl    `cmd:"" help:"Show one control."`
	Import     RemoteImport     `cmd:"" help:"Import an inventory of controls."`
	Relation   RemoteRelation   `cmd:"" help:"Say what follows about two requirements, in sentences."`
	Decide     RemoteDecide     `cmd:"" help:"Confirm, challenge, override, propose or withdraw a row."`
	Plan       RemotePlan       `cmd:"" help:"Say which controls of the library to adopt for a framework."`
	Adopt      RemoteAdopt      `cmd:"" help:"Adopt controls of the library."`
}

// form is how a command prints.
type form struct {
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// print writes v as JSON, or what text writes.
func (f form) print(a *App, v any, text func(w io.Writer)) error {
	if f.Format == "json" {
		e := json.NewEncoder(a.Stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(v)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	text(w)
	return w.Flush()
}

// RemoteWhoami says for whom the token acts.
type RemoteWhoami struct {
	Server `embed:""`
	form   `embed:""`
}

// Example implements exampler.
func (RemoteWhoami) Example() string {
	return "toucan remote whoami --server https://toucan.example --org meridian"
}

// Run asks for the organisation.
func (c *RemoteWhoami) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	var o api.Organisation
	if _, err := s.get(ctx, "", nil, &o); err != nil {
		return err
	}
	return c.print(a, o, func(w io.Writer) {
		fmt.Fprintf(w, "%s (%s), as %s\n", o.Name, o.Slug, o.Role)
		for _, x := range o.Actions {
			fmt.Fprintf(w, "  %s\n", x)
		}
	})
}

// RemoteFrameworks lists frameworks.
type RemoteFrameworks struct {
	Server `embed:""`
	form   `embed:""`
}

// Example implements exampler.
func (RemoteFrameworks) Example() string { return "toucan remote frameworks --org meridian" }

// Run lists them.
func (c *RemoteFrameworks) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	list, err := every[api.Framework](ctx, s, "/frameworks", nil)
	if err != nil {
		return err
	}
	return c.print(a, list, func(w io.Writer) {
		for _, f := range list {
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", f.ID, f.Title, f.Requirements, pickWord(f.Enabled, "followed", "-"))
		}
	})
}

func pickWord(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

// RemoteFollow follows a framework, or stops.
type RemoteFollow struct {
	Server    `embed:""`
	form      `embed:""`
	Framework string `arg:"" help:"Id of the framework, such as iso27001-2022."`
	Stop      bool   `help:"Stop following it."`
}

// Example implements exampler.
func (RemoteFollow) Example() string { return "toucan remote follow iso27001-2022 --org meridian" }

// Run reads it, and changes what it read.
func (c *RemoteFollow) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	var f api.Framework
	path := "/frameworks/" + url.PathEscape(c.Framework)
	tag, err := s.get(ctx, path, nil, &f)
	if err != nil {
		return err
	}
	if _, err := s.do(ctx, ask{method: http.MethodPut, path: path, tag: tag, body: api.FrameworkChange{Enabled: !c.Stop}}, &f); err != nil {
		return err
	}
	return c.print(a, f, func(w io.Writer) {
		fmt.Fprintf(w, "%s is %s.\n", f.Title, pickWord(f.Enabled, "followed", "not followed"))
	})
}

// RemoteControls lists controls.
type RemoteControls struct {
	Server `embed:""`
	form   `embed:""`
	Text   string `placeholder:"TEXT" help:"Only those with this in code, title or statement."`
	Domain string `placeholder:"NAME" help:"Only those of this domain."`
	Status string `placeholder:"STATUS" help:"Only those that are planned, on_paper, operated or unknown."`
}

// Example implements exampler.
func (RemoteControls) Example() string {
	return "toucan remote controls --org meridian --status planned"
}

// Run lists them, all pages.
func (c *RemoteControls) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	list, err := every[api.Control](ctx, s, "/controls", filled("text", c.Text, "domain", c.Domain, "status", c.Status))
	if err != nil {
		return err
	}
	return c.print(a, list, func(w io.Writer) {
		for _, x := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\n", x.Code, x.Status, x.Title)
		}
	})
}

// RemoteControl shows one control.
type RemoteControl struct {
	Server `embed:""`
	form   `embed:""`
	Code   string `arg:"" help:"Code of the control, such as AC-04."`
}

// Example implements exampler.
func (RemoteControl) Example() string { return "toucan remote control AC-04 --org meridian" }

// Run shows it with what it counts for.
func (c *RemoteControl) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	var x struct {
		api.Control
		Links []api.Link `json:"links"`
	}
	path := "/controls/" + url.PathEscape(c.Code)
	if _, err := s.get(ctx, path, nil, &x.Control); err != nil {
		return err
	}
	var links api.Links
	if _, err := s.get(ctx, path+"/links", nil, &links); err != nil {
		return err
	}
	x.Links = links.Links
	return c.print(a, x, func(w io.Writer) {
		fmt.Fprintf(w, "%s\t%s\n", x.Code, x.Title)
		for _, line := range [][2]string{{"status", x.Status}, {"statement", x.Statement}, {"domain", x.Domain}, {"frequency", x.Frequency}} {
			if line[1] != "" {
				fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
			}
		}
		for _, l := range x.Links {
			fmt.Fprintf(w, "counts for\t%s %s %s\n", l.Framework, l.Requirement, l.Relation)
		}
		if x.Pending != nil {
			fmt.Fprintf(w, "waits\tversion %d by %s: %s\n", x.Pending.Number, x.Pending.ByName, x.Pending.What)
		}
	})
}

// RemoteImport sends an inventory.
type RemoteImport struct {
	Server `embed:""`
	form   `embed:""`
	File   string `arg:"" type:"existingfile" help:"List of controls, CSV or XLSX, in any layout."`
	DryRun bool   `help:"Say what would happen, and write nothing."`
}

// Example implements exampler.
func (RemoteImport) Example() string {
	return "toucan remote import controls.csv --dry-run --org meridian"
}

// Run sends the file.
func (c *RemoteImport) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	data, err := readFile(c.File, document.DefaultLimits.Bytes)
	if err != nil {
		return err
	}
	var r api.ImportResult
	if err := s.send(ctx, "/imports", filled("dry_run", pickWord(c.DryRun, "true", "")), c.File, data, &r); err != nil {
		return err
	}
	for _, n := range r.Notes {
		fmt.Fprintln(a.Stderr, n)
	}
	for _, x := range r.Skipped {
		fmt.Fprintf(a.Stderr, "Row %d was skipped: %s\n", x.Row, x.Reason)
	}
	return c.print(a, r, func(w io.Writer) {
		if r.DryRun {
			fmt.Fprintf(w, "%s: %d would be entered, %d are there already. Nothing was written.\n", r.File, len(r.Created), len(r.Updated))
			return
		}
		fmt.Fprintf(w, "%s: %d entered, %d changed, %d as they were, %d new links.\n", r.File, len(r.Created), len(r.Updated), len(r.Unchanged), r.Links)
		if len(r.Pending) > 0 {
			fmt.Fprintf(w, "New text of %s waits for a second person.\n", strings.Join(r.Pending, ", "))
		}
	})
}

// ends are the two requirements a command is about.
type ends struct {
	Source string `arg:"" help:"Requirement, such as soc2-2017:CC6.1."`
	Target string `arg:"" help:"Requirement, such as iso27001-2022:A.8.22."`
}

func (e ends) refs() (source, target api.Ref, err error) {
	for i, text := range []string{e.Source, e.Target} {
		f, id, ok := strings.Cut(text, ":")
		if !ok || f == "" || id == "" {
			return source, target, problem.New(problem.Invalid, "%q names no requirement. Write framework and number with a colon between, such as soc2-2017:CC6.1.", text)
		}
		if i == 0 {
			source = api.Ref{Framework: f, ID: id}
		} else {
			target = api.Ref{Framework: f, ID: id}
		}
	}
	return source, target, nil
}

// RemoteRelation says what follows about two requirements.
type RemoteRelation struct {
	Server `embed:""`
	form   `embed:""`
	ends   `embed:""`
}

// Example implements exampler.
func (RemoteRelation) Example() string {
	return "toucan remote relation soc2-2017:CC6.1 iso27001-2022:A.8.22 --org meridian"
}

// Run asks for the relation and prints the paths.
func (c *RemoteRelation) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	source, target, err := c.refs()
	if err != nil {
		return err
	}
	var r api.Relation
	if _, err := s.get(ctx, "/relation", filled("from", source.Framework, "source", source.ID, "to", target.Framework, "target", target.ID), &r); err != nil {
		return err
	}
	return c.print(a, r, func(w io.Writer) {
		what := r.Words
		switch {
		case r.Contradiction:
			what = "contradiction: the stack rules out every relation"
		case r.Candidate:
			what = "candidate: " + what
		}
		fmt.Fprintf(w, "%s %s: %s\n", source.ID, target.ID, what)
		for _, p := range append(r.Conflict, r.Paths...) {
			fmt.Fprintf(w, "  %s\n", p.Sentence)
		}
	})
}

// RemoteDecide records a decision.
type RemoteDecide struct {
	Server   `embed:""`
	form     `embed:""`
	Kind     string `arg:"" enum:"confirm,challenge,override,propose,withdraw" help:"confirm, challenge, override, propose or withdraw."`
	ends     `embed:""`
	Set      string `placeholder:"SET" help:"Mapping set of the row; left out: the row somebody proposed. An override is about all sets."`
	Relation string `placeholder:"RELATION" help:"Of a proposal or override: equal, subset, superset, intersects, overlaps or none."`
	Reason   string `placeholder:"TEXT" help:"Why."`
	Residual string `placeholder:"TEXT" help:"Of a proposal or override: what is left to do on the target's side."`
	Strength int    `placeholder:"1-10" help:"Of a proposal."`
}

// Example implements exampler.
func (RemoteDecide) Example() string {
	return `toucan remote decide challenge soc2-2017:CC6.1 iso27001-2022:A.8.22 --set toucan-curated-1 --reason "Segregation is elsewhere." --org meridian`
}

// Run sends the decision.
func (c *RemoteDecide) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	d := api.NewDecision{Kind: c.Kind, Set: c.Set, Relation: c.Relation, Rationale: c.Reason, Residual: c.Residual, Strength: c.Strength}
	if d.Source, d.Target, err = c.refs(); err != nil {
		return err
	}
	if c.Kind == "override" && d.Set == "" {
		d.Set = "*"
	}
	var made api.Decision
	if err := s.post(ctx, "/decisions", nil, d, &made); err != nil {
		return err
	}
	return c.print(a, made, func(w io.Writer) {
		fmt.Fprintf(w, "Recorded: %s of %s and %s, by %s for the %s.\n", made.Kind, d.Source.ID, d.Target.ID, made.ByName, made.Authority)
	})
}

// RemotePlan says what to adopt.
type RemotePlan struct {
	Server    `embed:""`
	form      `embed:""`
	Framework string `arg:"" help:"Id of the framework, such as iso27001-2022."`
}

// Example implements exampler.
func (RemotePlan) Example() string { return "toucan remote plan iso27001-2022 --org meridian" }

// Run prints the steps in order.
func (c *RemotePlan) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	var p api.Plan
	if _, err := s.get(ctx, "/library/plan", filled("framework", c.Framework), &p); err != nil {
		return err
	}
	return c.print(a, p, func(w io.Writer) {
		fmt.Fprintf(w, "%d of %d requirements are closed by what was adopted; the whole plan closes %d.\n", p.Before, p.Of, p.Closed)
		for i, x := range p.Steps {
			fmt.Fprintf(w, "%d\t%s\t%s\t%d closed\n", i+1, x.Entry, x.Title, x.Closed)
		}
		for _, o := range p.Open {
			fmt.Fprintf(w, "open\t%s\t%s\n", o.Requirement, o.Missing)
		}
	})
}

// RemoteAdopt adopts entries of the library.
type RemoteAdopt struct {
	Server  `embed:""`
	form    `embed:""`
	Entries []string `arg:"" help:"Codes of the library, such as AC-04."`
	Status  string   `placeholder:"STATUS" help:"Declared for new controls: planned (left out), on_paper or operated."`
	DryRun  bool     `help:"Say what would happen, and write nothing."`
}

// Example implements exampler.
func (RemoteAdopt) Example() string {
	return "toucan remote adopt AC-04 AC-05 --dry-run --org meridian"
}

// Run adopts them.
func (c *RemoteAdopt) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	var r api.AdoptionResult
	err = s.post(ctx, "/library/adopt", filled("dry_run", pickWord(c.DryRun, "true", "")), api.Adoption{Entries: c.Entries, Status: c.Status}, &r)
	if err != nil {
		return err
	}
	return c.print(a, r, func(w io.Writer) {
		fmt.Fprintf(w, "%d new, %d attached, %d as they were, %d links.%s\n", len(r.Created), len(r.Attached), len(r.Unchanged), r.Links, pickWord(r.DryRun, " Nothing was written.", ""))
		for _, x := range r.Clashes {
			fmt.Fprintf(w, "%s\tleft alone\t%s\n", x.Entry, x.Reason)
		}
	})
}
