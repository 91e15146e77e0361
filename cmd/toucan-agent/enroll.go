package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/agent"
	"github.com/toucan-grc/toucan/internal/wire"
)

// run works until it is asked to end.
func (p program) run(ctx context.Context, args []string) error {
	f, state := p.flags("run")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	// Memory is collected when it is needed and after each time of work, not every two
	// minutes as Go would: that alone was most of what an idle agent took.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(12 << 20)
	return p.serve(ctx, func(ctx context.Context, ready func()) { p.agent(*state).Run(ctx, ready) })
}

func (p program) enroll(ctx context.Context, args []string) error {
	f, state := p.flags("enroll")
	server := f.String("server", "", "the address, such as https://toucan.example/o/acme, if CODE is the code alone")
	ca := f.String("ca", "", "a file with the certificate authority of the server, in PEM, if it is one of your own")
	rest, err := parse(f, args, 1)
	if err != nil {
		return err
	}
	to, err := agent.ParseAddress(rest[0], *server)
	if err != nil {
		return err
	}
	var pem []byte
	if *ca != "" {
		if pem, err = os.ReadFile(*ca); err != nil {
			return err
		}
	}
	e, err := p.agent(*state).Enrol(ctx, to, string(pem))
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w; enrolling needs the rights of an administrator, such as by sudo", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "This machine now reports to %s as device %s.\nThe service sends the first report within a few seconds. `toucan-agent status` shows how that goes, `toucan-agent show-sent` what was sent.\n", e.Base, e.Device)
	return nil
}

func (p program) status(_ context.Context, args []string) error {
	f, state := p.flags("status")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	d := agent.Dir(*state)
	e, err := d.Enrolled()
	if errors.Is(err, agent.ErrNotEnrolled) {
		fmt.Fprintln(p.stdout, "This machine is not enrolled, and sends nothing.")
		return nil
	}
	if err != nil {
		return err
	}
	s, err := d.State(e)
	if err != nil {
		return err
	}
	line := func(name, format string, args ...any) {
		fmt.Fprintf(p.stdout, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("Reports to", "%s", e.Base)
	line("Device", "%s, since %s", e.Device, moment(e.At))
	switch s.End {
	case agent.Revoked:
		line("Ended", "the organisation took this device out (%s); the key is gone and nothing is sent", s.Why)
		return nil
	case agent.Copied:
		line("Stopped", "the server knows later reports of this device: this machine is a copy, or was restored from an older state. Enrol it anew.")
		return nil
	}
	if s.Newest == nil {
		line("Made", "no report yet")
	} else {
		line("Made", "%s, the last at %s", reports(s.Newest.Seq), moment(s.Newest.ObservedAt))
	}
	if s.Receipt != nil {
		line("Received", "report %d at %s", s.Receipt.Seq, moment(s.Receipt.ReceivedAt))
	}
	line("Waiting", "%s", reports(uint64(len(s.Queue))))
	if s.Failure != "" {
		line("Last try", "%s: %s", moment(s.TriedAt), s.Failure)
	}
	if s.NextAt > 0 {
		line("Next", "%s, or at once when something changes", moment(s.NextAt))
	}
	line("Settings", "%s", settingsWords(s.Settings))
	line("Rules", "%s, the hash of what verdicts are made by: the build, the settings and all that list-reads prints", agent.Rules(p.machine.Platform, agent.BuildOf(p.version), s.Settings))
	return nil
}

func reports(n uint64) string {
	if n == 1 {
		return "1 report"
	}
	return fmt.Sprintf("%d reports", n)
}

func settingsWords(s wire.Settings) string {
	yes := func(ok bool, what string) string {
		if ok {
			return what
		}
		return "not " + what
	}
	return fmt.Sprintf("the screen locks within %d minutes; password managers of the system or the browser: %s; antivirus on Linux: %s; extended support: %s; a report about every %d minutes",
		s.LockMinutes, yes(s.AcceptBuiltIn, "accepted"), yes(s.LinuxAntivirus, "asked for"), yes(s.AcceptExtended, "accepted"), s.IntervalMinutes)
}

// moment is a time as people write it, where they are.
func moment(unix int64) string { return time.Unix(unix, 0).Format("2006-01-02 15:04:05 MST") }

func (p program) uninstall(ctx context.Context, args []string) error {
	f, state := p.flags("uninstall")
	yes := f.Bool("yes", false, "do not ask")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	d := agent.Dir(*state)
	if !*yes {
		fmt.Fprintf(p.stdout, "This forgets the key of this device and removes everything in %s. The organisation sees that the device is silent; it is not told anything else.\nGo on? [y/N] ", d)
		var answer string
		fmt.Fscanln(p.stdin, &answer) //nolint:errcheck // no answer is a no
		if !strings.HasPrefix(strings.ToLower(answer), "y") {
			return errors.New("nothing was changed")
		}
	}
	_, before := d.Enrolled()
	err := d.Wipe(ctx)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w; this needs the rights of an administrator, such as by sudo", err)
	}
	if err != nil {
		return err
	}
	done := "The key and the state are gone, and nothing is sent any more."
	if errors.Is(before, agent.ErrNotEnrolled) {
		done = "This machine is not enrolled, and nothing is kept or sent."
	}
	fmt.Fprintf(p.stdout, "%s To remove the program:\n%s", done, p.removal())
	return nil
}

// removal says how to remove the program, by what is seen to have installed it.
func (p program) removal() string {
	switch {
	case p.machine.Platform == wire.Windows:
		return "  Settings > Apps > Installed apps > Toucan Agent > Uninstall\n"
	case p.machine.Platform == wire.MacOS:
		return "  sudo sh install.sh remove, in the folder of the archive it came in\n"
	case p.exists("/var/lib/dpkg/info/toucan-agent.list"):
		return "  sudo apt purge toucan-agent\n"
	case p.exists("/sbin/apk"):
		return "  sudo apk del toucan-agent\n"
	case p.exists("/usr/local/bin/toucan-agent"):
		return "  sudo sh install.sh remove, in the folder of the archive it came in\n"
	case p.exists("/usr/bin/zypper"):
		return "  sudo zypper remove toucan-agent\n"
	case p.exists("/usr/bin/dnf"):
		return "  sudo dnf remove toucan-agent\n"
	}
	return "  remove it as you installed it\n"
}

func (p program) showVersion(_ context.Context, args []string) error {
	f, _ := p.flags("version")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, "toucan-agent "+p.version)
	return nil
}
