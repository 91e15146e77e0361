// Command toucan-agent looks whether a machine is kept safe and tells the organisation
// the verdicts, nothing else. It is built from agent and wire, the standard library and
// golang.org/x/sys; a test reads that from the build.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/toucan-grc/toucan/internal/agent"
	"github.com/toucan-grc/toucan/internal/wire"
)

// version is set at build time with -ldflags "-X main.version=1.2.3".
var version = "dev"

// program is what the commands stand on, so that a test calls them as a person would.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	machine        agent.Machine
	clock          agent.Clock
	dir            agent.Dir // where the state lies unless --state says otherwise
	version        string
	exists         func(path string) bool
	serve          func(ctx context.Context, work func(ctx context.Context, ready func())) error
}

// errUsage is a command typed wrongly; what is wrong has been said.
var errUsage = errors.New("usage")

type command struct {
	name, args, what string
	run              func(p program, ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"check", "", "look at this machine now and show the verdicts; sends and writes nothing", program.check},
		{"list-reads", "", "show everything the agent can look at", program.listReads},
		{"show-sent", "", "show the exact bytes that were sent, with the server's receipts", program.showSent},
		{"reveal", "REPORT", "show what a report rests on, which never leaves this machine by itself", program.reveal},
		{"enroll", "CODE", "link this machine to your organisation, with the code that My devices shows", program.enroll},
		{"status", "", "show to whom this machine reports, and how that goes", program.status},
		{"run", "", "work as a service", program.run},
		{"uninstall", "", "forget the key and the state, and say how to remove the program", program.uninstall},
		{"version", "", "show the version", program.showVersion},
	}
}

// do runs one command and returns the exit code: 0 for done, 1 for a problem, 2 for wrong
// usage.
func (p program) do(ctx context.Context, args []string) int {
	name := "help"
	if len(args) > 0 {
		name = args[0]
	}
	switch name {
	case "help", "--help", "-h":
		p.help(p.stdout)
		return 0
	case "--version", "-version":
		name = "version"
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		err := c.run(p, ctx, args[1:])
		switch {
		case err == nil || errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			return 2
		}
		fmt.Fprintln(p.stderr, "toucan-agent: "+err.Error())
		return 1
	}
	fmt.Fprintf(p.stderr, "toucan-agent: there is no command %q\n", name)
	p.help(p.stderr)
	return 2
}

func (p program) help(w io.Writer) {
	fmt.Fprint(w, "toucan-agent looks whether this machine is kept safe, and tells your organisation the verdicts and nothing else.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-18s%s\n", c.name+" "+c.args, c.what)
	}
	fmt.Fprintf(w, "\nEach command has --help. State lies in %s\n", p.dir)
}

// flags are those of one command, with --state among them.
func (p program) flags(name string) (*flag.FlagSet, *string) {
	f := flag.NewFlagSet("toucan-agent "+name, flag.ContinueOnError)
	f.SetOutput(p.stderr)
	f.Usage = func() {
		for _, c := range commands() {
			if c.name == name {
				fmt.Fprintf(p.stderr, "Usage: toucan-agent %s\n  %s\n", strings.TrimSpace(c.name+" "+c.args), c.what)
			}
		}
		f.PrintDefaults()
	}
	return f, f.String("state", string(p.dir), "the folder of the agent's state")
}

// parse reads flags and the given number of arguments, in any order.
func parse(f *flag.FlagSet, args []string, want int) ([]string, error) {
	var rest []string
	for {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, errUsage
		}
		if args = f.Args(); len(args) == 0 {
			break
		}
		rest, args = append(rest, args[0]), args[1:]
	}
	if len(rest) != want {
		if len(rest) > want {
			fmt.Fprintf(f.Output(), "toucan-agent: %q is not understood\n", rest[want])
		}
		f.Usage()
		return nil, errUsage
	}
	return rest, nil
}

func (p program) agent(dir string) *agent.Agent {
	return &agent.Agent{
		Dir: agent.Dir(dir), Machine: p.machine, Build: agent.BuildOf(p.version), Clock: p.clock, Rand: rand.Float64,
		Log: func(line string) { fmt.Fprintln(p.stderr, line) },
	}
}

// wall is the clock on the wall.
type wall struct{}

func (wall) Now() time.Time                         { return time.Now() }
func (wall) After(d time.Duration) <-chan time.Time { return time.After(d) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, machine: machine(), clock: wall{}, dir: agent.Dir(stateDir()), version: version,
		exists: func(path string) bool { _, err := os.Stat(path); return err == nil }, serve: serve,
	}
	code := p.do(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// platforms are those the agent exists for.
func platforms() []wire.Platform { return []wire.Platform{wire.Linux, wire.MacOS, wire.Windows} }
