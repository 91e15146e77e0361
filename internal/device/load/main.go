// Command load measures a Toucan server with the work that devices give it: it founds
// an organisation with as many devices as asked, starts the server as a process of its
// own with TLS, pins both to cores of their own, and sends. All that is random comes
// from the seed.
//
//	checkin  signed reports as fast as the server takes them; with -rate so many a
//	         second, each at its moment, so that the time of an answer can be told
//	herd     every device comes back within a few minutes after an outage; with -kill
//	         the server is killed in the middle, and every receipt is looked up afterwards
//	idle     osquery asks for its configuration and for queries, and there is nothing to do
//	hosts    osquery hosts at the cadence of a Fleet server
//
// It prints what it saw, as JSON with -json, and ends with 1 if anything was lost.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are what was asked for.
type options struct {
	mode, binary, database, dir string
	devices, connections        int
	runFor, window              time.Duration
	kill, asJSON                bool
	changes                     float64 // share of reports that say something new
	rate                        float64 // reports that are due each second; 0: the next when the last was answered
	verify                      int     // every how many receipts one is verified
	seed                        uint64
	serverCPU, loadCPU          string
	postgres                    int // process id of a PostgreSQL whose time counts for the server
}

func main() {
	var o options
	flag.StringVar(&o.mode, "mode", "checkin", "checkin, herd, idle or hosts")
	flag.StringVar(&o.binary, "toucan", "./toucan", "the server to measure")
	flag.StringVar(&o.database, "database", "", "PostgreSQL, empty, to use instead of the embedded database")
	flag.StringVar(&o.dir, "dir", "", "folder for the data; a temporary one by default, which is removed")
	flag.IntVar(&o.devices, "devices", 10_000, "devices or hosts")
	flag.IntVar(&o.connections, "connections", 64, "connections held open")
	flag.DurationVar(&o.runFor, "for", 30*time.Second, "how long to send, of checkin, idle and hosts")
	flag.DurationVar(&o.window, "window", 5*time.Minute, "within which all devices return, of herd")
	flag.BoolVar(&o.kill, "kill", false, "kill the server in the middle of the herd and start it again")
	flag.BoolVar(&o.asJSON, "json", false, "print the figures as JSON")
	flag.Float64Var(&o.changes, "changes", 0.02, "share of reports that say something new")
	flag.Float64Var(&o.rate, "rate", 0, "reports each second, of checkin: sent when they are due, however long answers take, and the wait counts from then; 0 sends as fast as answers come")
	flag.IntVar(&o.verify, "verify", 16, "verify the signature of every n-th receipt")
	flag.Uint64Var(&o.seed, "seed", 1, "what is random comes from it")
	flag.StringVar(&o.serverCPU, "server-cpu", "", "pin the server to these cores, such as 0")
	flag.StringVar(&o.loadCPU, "load-cpu", "", "pin this program to these cores, such as 1")
	flag.IntVar(&o.postgres, "postgres-pid", 0, "process whose processor time, with its children's, is counted as the server's")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// modes are what can be measured.
var modes = map[string]func(b *bench, ctx context.Context) error{
	"checkin": (*bench).checkin,
	"herd":    (*bench).herd,
	"idle":    (*bench).idle,
	"hosts":   (*bench).hosts,
}

func run(ctx context.Context, o options) error {
	mode, ok := modes[o.mode]
	switch {
	case !ok:
		return fmt.Errorf("there is no mode %q", o.mode)
	case o.rate < 0 || o.rate > 0 && o.mode != "checkin":
		return errors.New("-rate is a number of reports a second, and only checkin has it")
	}
	b, err := prepare(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	if err := mode(b, ctx); err != nil {
		return fmt.Errorf("%w\nthe server said:\n%s", err, strings.TrimSpace(b.server.tail()))
	}
	if o.asJSON {
		return json.NewEncoder(os.Stdout).Encode(b.figures)
	}
	b.figures.print(os.Stdout)
	return nil
}
