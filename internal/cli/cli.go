// Package cli is the command line. A command reads its flags, asks the packages
// below, and prints; it holds no rules. Results go to stdout, explanations to
// stderr; it exits 0 when done, 1 for a problem, 2 for wrong usage.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"github.com/toucan-grc/toucan/internal/problem"
)

// App is what every command is given: where to write, and what time it is.
type App struct {
	Stdout, Stderr io.Writer
	Now            func() time.Time // the clock; rules get its value as an argument
	Version        string           // set at build time, "dev" otherwise
	Environ        func(string) string
}

// commands is the whole command line in one struct.
type commands struct {
	Serve     Serve      `cmd:"" help:"Run the server: pages, health and metrics."`
	Gap       Gap        `cmd:"" help:"Say what one framework still asks of a company that meets another: of a file, or of an organisation on a server."`
	Crosswalk Crosswalk  `cmd:"" help:"Check, read and write mapping sets, and list the relations they imply. Needs no server."`
	Framework Frameworks `cmd:"" help:"Write the frameworks that ship. Needs no server."`
	Library   Library    `cmd:"" help:"Write the unified controls that ship. Needs no server."`
	Bundle    Bundle     `cmd:"" help:"Take a bundle for an auditor from a server: evidence, findings and the log that vouches for them."`
	Verify    Verify     `cmd:"" help:"Check a bundle offline: that nothing in it was changed since it was recorded."`
	Device    Device     `cmd:"" help:"Print what Fleet and osquery are to answer about devices. Needs no server."`
	Policy    Policies   `cmd:"" help:"Find policy documents that contradict each other. Needs no server."`
	Evidence  Evidence   `cmd:"" help:"File evidence on a running server, and list it."`
	Results   Results    `cmd:"" help:"Push results of automated tests to a running server."`
	Remote    Remote     `cmd:"" help:"Act on a running server with a token."`
	Backup    Backup     `cmd:"" help:"Write the embedded database and its blobs to one file, while the server runs."`
	Restore   Restore    `cmd:"" help:"Unpack a backup into an empty data directory."`
	Version   Version    `cmd:"" help:"Print the version."`
}

const (
	exitDone, exitProblem, exitUsage = 0, 1, 2
)

// Run carries out one command line and returns the exit code.
func Run(ctx context.Context, app *App, args []string) int {
	var c commands
	exited := -1
	k, err := kong.New(&c,
		kong.Name("toucan"),
		kong.Description("One control, operated once, evidenced once, counted wherever it truly counts."),
		kong.Writers(app.Stdout, app.Stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.Help(help),
		kong.ShortUsageOnError(),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(app),
	)
	if err != nil {
		fmt.Fprintln(app.Stderr, "toucan:", err)
		return exitProblem
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := k.Parse(args)
	if exited >= 0 { // --help was asked for and printed
		return exited
	}
	if err != nil {
		fmt.Fprintf(app.Stderr, "toucan: %v\nRun \"toucan --help\" to see the commands.\n", err)
		return exitUsage
	}
	if err := parsed.Run(ctx, app); err != nil {
		if found, ok := errors.AsType[faults](err); ok {
			return found.report(app.Stderr)
		}
		p := problem.Of(err)
		text := p.Text
		if p.Code == problem.Internal {
			text = err.Error() // the person at the shell is the administrator; nothing is hidden
		}
		fmt.Fprintln(app.Stderr, "toucan:", text)
		return exitProblem
	}
	return exitDone
}

// faults is the error of a command that printed what it found and only has to
// say that it found something.
type faults int

func (f faults) Error() string { return fmt.Sprintf("%d faults", int(f)) }

func (f faults) report(w io.Writer) int {
	noun := "errors"
	if f == 1 {
		noun = "error"
	}
	fmt.Fprintf(w, "toucan: %d %s found.\n", int(f), noun)
	return exitProblem
}

// exampler is a command that shows how it is used.
type exampler interface{ Example() string }

// help prints what kong knows, then an example that works.
func help(o kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(o, ctx); err != nil {
		return err
	}
	example := "toucan gap --inventory controls.csv"
	if n := ctx.Selected(); n != nil && n.Target.CanAddr() {
		if e, ok := n.Target.Addr().Interface().(exampler); ok {
			example = e.Example()
		}
	}
	_, err := fmt.Fprintf(ctx.Stdout, "\nExample:\n  %s\n", example)
	return err
}

// width is how many columns the terminal has, as far as the environment tells.
func (a *App) width() int {
	if n, err := strconv.Atoi(a.Environ("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 110
}

// Version prints the version.
type Version struct{}

// Example implements exampler.
func (Version) Example() string { return "toucan version" }

// Run prints one line.
func (Version) Run(a *App) error {
	_, err := fmt.Fprintln(a.Stdout, "toucan", a.Version)
	return err
}

// create opens path for writing, or stdout when path is empty. The file appears
// under its name only once close succeeds, so nothing is left half-written.
func (a *App) create(path string) (w io.Writer, finish func(error) error, err error) {
	if path == "" || path == "-" {
		return a.Stdout, func(err error) error { return err }, nil
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		// A device or a pipe is written to; renaming a file over it would destroy it.
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, nil, problem.Field("out", fmt.Sprintf("Cannot write %s: %v.", path, err))
		}
		return f, func(err error) error { return errors.Join(err, f.Close()) }, nil
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, nil, problem.Field("out", fmt.Sprintf("Cannot write %s: %v.", path, err))
	}
	return f, func(err error) error {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err == nil {
			err = os.Rename(part, path)
		}
		if err != nil {
			os.Remove(part)
		}
		return err
	}, nil
}
