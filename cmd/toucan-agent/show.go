package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/agent"
	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

// check looks at the machine as the service would, with the rights of whoever calls it.
func (p program) check(ctx context.Context, args []string) error {
	f, state := p.flags("check")
	detail := f.Bool("detail", false, "show what was read, too; it stays on this screen")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	settings := wire.Usual()
	d := agent.Dir(*state)
	if e, err := d.Enrolled(); err == nil {
		if s, err := d.State(e); err == nil {
			settings = s.Settings
		}
	}
	for _, a := range p.machine.Look(ctx, settings, p.clock.Now()) {
		fmt.Fprintf(p.stdout, "%-18s %s\n", a.Check.Label(), verdictWords(a.Result))
		if hint := wire.Hint(a.Check, a.Reason, p.machine.Platform); hint != "" {
			fmt.Fprintf(p.stdout, "%-18s %s\n", "", hint)
		}
		if *detail {
			for _, line := range a.Detail {
				fmt.Fprintf(p.stdout, "    %q\n", line)
			}
		}
	}
	if os.Geteuid() > 0 {
		fmt.Fprintln(p.stderr, "\nThis ran with your rights. The service has those of the system and may be able to tell more.")
	}
	return nil
}

func verdictWords(r wire.Result) string {
	words := map[wire.Verdict]string{wire.Pass: "passes", wire.Fail: "FAILS", wire.NotApplicable: "does not apply", wire.CouldNotTell: "could not tell"}[r.Verdict]
	if w := r.Reason.Words(); w != "" {
		words += ": " + w
	}
	return words
}

// listReads prints the table the checks run from.
func (p program) listReads(_ context.Context, args []string) error {
	f, _ := p.flags("list-reads")
	platform := f.String("platform", string(p.machine.Platform), "linux, macos or windows")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	if !slices.Contains(platforms(), wire.Platform(*platform)) {
		fmt.Fprintln(p.stderr, "toucan-agent: --platform is linux, macos or windows")
		return errUsage
	}
	reads := check.Reads(wire.Platform(*platform))
	fmt.Fprintf(p.stdout, "On %s the checks look at these %d places, and at nothing else. Nothing is changed, and what is read stays on the machine.\n",
		wire.Platform(*platform).Label(), len(reads))
	for _, c := range wire.Checks() {
		if g := groups(reads, c); len(g) > 0 {
			fmt.Fprintf(p.stdout, "\n%s\n%s", c.Label(), strings.Join(g, ""))
		}
	}
	state := "its own folder"
	if wire.Platform(*platform) == p.machine.Platform {
		state = "its own state in " + string(p.dir)
	}
	fmt.Fprintf(p.stdout, "\nWhat {…} stands for is found out by another line of this list, or is the home folder or the name of a person who uses the machine.\n"+
		"Besides, the program reads %s, and what every Go program reads: at its start how many processors there are and how much of them it may use; to reach a server the settings of name resolution and of a proxy, and the certificate authorities of the system. A command reads what it needs itself.\n", state)
	return nil
}

// groups are the reads of a check as text: each sentence of why once, and the places it
// is said of below it.
func groups(reads []check.Read, c wire.Check) []string {
	var out, why []string
	for _, r := range reads {
		if len(r.For) == 0 || r.For[0] != c {
			continue
		}
		w := r.Why + notesOf(r)
		i := slices.Index(why, w)
		if i < 0 {
			i, why, out = len(why), append(why, w), append(out, "  "+w+"\n")
		}
		out[i] += fmt.Sprintf("    %-9s %s\n", r.Kind, whereOf(r))
	}
	return out
}

func whereOf(r check.Read) string {
	out := r.Where
	for _, a := range r.Args {
		if strings.ContainsAny(a, " \t\"'") {
			a = strconv.Quote(a)
		}
		out += " " + a
	}
	return out
}

// notesOf says what else there is to know of a read.
func notesOf(r check.Read) string {
	var notes []string
	var also []string
	for _, c := range r.For[min(len(r.For), 1):] {
		also = append(also, strings.ToLower(c.Label()))
	}
	if len(also) > 0 {
		notes = append(notes, "also for "+strings.Join(also, ", "))
	}
	if r.AsUser {
		notes = append(notes, "asked within the session of the person")
	}
	if r.Watch {
		notes = append(notes, "a change of it wakes the agent")
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, "; ") + ")"
}

// showSent prints the record of what was sent, and whether it holds.
func (p program) showSent(_ context.Context, args []string) error {
	f, state := p.flags("show-sent")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	d := agent.Dir(*state)
	e, err := d.Enrolled()
	if errors.Is(err, agent.ErrNotEnrolled) {
		fmt.Fprintln(p.stdout, "This machine is not enrolled, and nothing was sent.")
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := d.Sent()
	if err != nil {
		return err
	}
	faults := agent.Verify(e, entries)
	fmt.Fprintf(p.stdout, "Sent to %s as device %s. Each message is two lines: what is said, and the signature over it.\n", e.Base, e.Device)
	bad := 0
	for i, x := range entries {
		p.showEntry(x, faults[i])
		bad += len(faults[i])
	}
	if bad > 0 {
		return fmt.Errorf("%d things in this record do not hold; they stand beside their messages", bad)
	}
	fmt.Fprintf(p.stdout, "\nOf these %d messages every signature holds, every report follows from the one before, and every receipt is for what was sent.\n", len(entries))
	return nil
}

func (p program) showEntry(x agent.Entry, faults []string) {
	fmt.Fprintf(p.stdout, "\n%d. Sent at %s, %d bytes:\n%s", x.Number, x.At.Format(time.DateTime), len(x.Sent), shown(x.Sent))
	if _, err := wire.Parse[wire.Enrolment](x.Sent); err == nil {
		fmt.Fprintln(p.stdout, "(the code is left out of this record: zeros stand for it)")
	}
	if len(x.Answer) == 0 {
		fmt.Fprintln(p.stdout, "   No answer came.")
	} else {
		fmt.Fprintf(p.stdout, "   The answer, %d bytes:\n%s\n", len(x.Answer), strings.TrimSuffix(shown(x.Answer), "\n"))
	}
	for _, f := range faults {
		fmt.Fprintf(p.stdout, "   DOES NOT HOLD: %s\n", f)
	}
}

// shown is a message as it is; in quotes, with escapes, if a terminal would take something
// in it for a command. No message of ours is such, but what answers may be anybody.
func shown(b []byte) string {
	if utf8.Valid(b) && !bytes.ContainsFunc(b, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		return string(b)
	}
	return strconv.Quote(string(b)) + "\n"
}

// reveal prints what a report rests on, for an owner who wants to show it to an auditor.
func (p program) reveal(_ context.Context, args []string) error {
	f, state := p.flags("reveal")
	rest, err := parse(f, args, 1)
	if err != nil {
		return err
	}
	seq, err := strconv.ParseUint(rest[0], 10, 64)
	if err != nil {
		fmt.Fprintln(p.stderr, "toucan-agent: REPORT is the number of a report, as show-sent has it after \"seq\"")
		return errUsage
	}
	text, err := agent.Dir(*state).Detail(seq)
	if errors.Is(err, os.ErrNotExist) {
		return errors.New("nothing is kept of that report: what the last 30 rest on is")
	}
	if errors.Is(err, os.ErrPermission) {
		return errors.New("only an administrator may read what reports rest on, such as by sudo")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "The SHA-256 of these bytes is %s; it stands as \"detail\" in report %d.\n", wire.HashOf(text), seq)
	_, err = p.stdout.Write(text)
	return err
}
