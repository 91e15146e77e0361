package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// deviceStates are the words a check of a device may stand in, in the order of every
// legend. "waived" is a fail that was allowed for a while; it is never counted as a pass.
var deviceStates = []string{"pass", "fail", "could_not_tell", "stale", "waived", "not_applicable"}

const waived = device.Waiving

// deviceMark is the shape a state is drawn as.
func deviceMark(state string) string {
	return map[string]string{"pass": "met", "fail": "missed", "could_not_tell": "untold", "stale": "unheard", waived: "waived", "not_applicable": "not_applicable"}[state]
}

// deviceStateWords is a state as a page writes it.
func deviceStateWords(state string) string {
	if state == waived {
		return "waived for a while"
	}
	return result.State(state).Words()
}

// checkShort is a check where there is no room for its name.
func checkShort(c wire.Check) string {
	return map[wire.Check]string{wire.DiskEncryption: "Disk", wire.ScreenLock: "Lock", wire.Antivirus: "Antivirus", wire.PasswordManager: "Passwords",
		wire.Firewall: "Firewall", wire.OSSupported: "System", wire.AutoUpdate: "Updates"}[c]
}

// speakerWords is who speaks of a device.
func speakerWords(k device.SourceKind) string {
	return cmp.Or(map[device.SourceKind]string{device.Agent: "Toucan agent", device.Osquery: "osquery", device.Fleet: "Fleet", device.Intune: "Intune", device.Jamf: "Jamf",
		device.Person: "a person who looked"}[k], string(k))
}

// verdictWords says how a check stands, with the reason.
func verdictWords(v device.Verdict, waivers []device.Waiver) string {
	if v.Waiver != "" {
		for _, w := range waivers {
			if w.ID == v.Waiver {
				return "need not pass until " + dayWords(w.Until) + ": " + w.Reason
			}
		}
		return "need not pass for a while"
	}
	words := v.State.Words()
	if said := v.Said(); said != "" {
		words += ": " + said
	}
	return words
}

// deviceTitle is what a page calls a device: the name somebody gave it, or its code.
func deviceTitle(d device.Device) string { return cmp.Or(d.Name, d.Code) }

// deviceSub is what stands beside the name.
func deviceSub(d device.Device) string {
	if d.Name == "" {
		return d.Platform.Label()
	}
	return d.Code + ", " + d.Platform.Label()
}

// deviceCheck is one check of a device as the pages show it.
type deviceCheck struct {
	device.Verdict
	State  string // with waived
	Words  string
	Since  string
	Hint   string         // what its owner can do about it, or empty
	Says   []deviceSaying // what each source says, when more than one does
	Waiver *device.Waiver // in force
}

// deviceSaying is what one source says of a check.
type deviceSaying struct {
	Source, Words string
	Mark          string
	Counts        bool
	Stale         bool
}

// deviceChecks prepares all checks of a device.
func deviceChecks(d device.Device, zone *time.Location) []deviceCheck {
	var out []deviceCheck
	for _, v := range d.Checks {
		c := deviceCheck{Verdict: v, State: v.Stands(), Words: verdictWords(v, d.Waivers)}
		if !v.Since.IsZero() {
			c.Since = dayWords(cadence.DateOf(v.Since, zone))
		}
		for i, w := range d.Waivers {
			if w.Check == v.Check {
				c.Waiver = &d.Waivers[i]
			}
		}
		if c.State == "fail" || c.State == "could_not_tell" {
			c.Hint = wire.Hint(v.Check, v.Reason, d.Platform)
		}
		if v.Reason == device.WhileCopied {
			c.Hint = "Enrol it anew with a code of its own."
		}
		c.Says = deviceSayings(d, v)
		out = append(out, c)
	}
	return out
}

// deviceSayings are the words of every source about one check, what counts first.
func deviceSayings(d device.Device, v device.Verdict) []deviceSaying {
	var out []deviceSaying
	counted := false
	for _, s := range d.Sources {
		for _, r := range s.Results {
			if r.Check != v.Check {
				continue
			}
			say := deviceSaying{Source: upperFirst(speakerWords(s.Kind)), Words: verdictWords(device.Verdict{State: result.State(r.Verdict), Reason: r.Reason}, nil), Mark: deviceMark(string(r.Verdict)), Stale: s.Stale || s.Trouble == device.Copied}
			combined := device.Combine(v.Check, d.Sources)
			if !s.Stale && !counted && s.Kind == combined.From && result.State(r.Verdict) == combined.State {
				say.Counts, counted = true, true
			}
			out = append(out, say)
		}
	}
	slices.SortStableFunc(out, func(a, b deviceSaying) int { return rankSaying(a) - rankSaying(b) })
	return out
}

func rankSaying(s deviceSaying) int {
	switch {
	case s.Counts:
		return 0
	case s.Stale:
		return 2
	}
	return 1
}

// deviceFlag is something wrong with a device as such, and what to do about it.
type deviceFlag struct{ Mark, Text, Do string }

// deviceFlags lists what is wrong with a device beside its checks.
func deviceFlags(d device.Device, now time.Time) []deviceFlag {
	var out []deviceFlag
	for _, s := range d.Sources {
		name := upperFirst(speakerWords(s.Kind))
		if s.Trouble == device.Copied {
			out = append(out, deviceFlag{"warn", "Two machines report under this name: a copy was made, or the machine was restored from a backup.", "Enrol it anew with a code of its own. Until then nothing new is taken from either, and what was said before counts no more."})
		}
		if s.Gaps > 0 {
			out = append(out, deviceFlag{"info", name + ": " + plural(s.Gaps, "report never came", "reports never came") + ", as the numbers show.", "One or two after a crash or a full disk are nothing to worry about. Many, or more every week: look at the machine."})
		}
		if s.Skew != 0 {
			out = append(out, deviceFlag{"info", "Its clock is " + skewWords(s.Skew) + ". Times are corrected by it.", "Let the system set the time by itself."})
		}
	}
	if d.State == device.InUse && !d.Reporting() {
		text := "Nothing was ever heard of it."
		if at := d.SeenAt(); !at.IsZero() {
			text = "Nothing was heard of it for " + plural(int(now.Sub(at).Hours()/24), "day", "days") + ". What it said last is no longer counted."
		}
		out = append(out, deviceFlag{"unheard", text, "Switch it on and let it reach this server, or say that it is lost or retired."})
	}
	return out
}

func skewWords(d time.Duration) string {
	word := "ahead"
	if d < 0 {
		d, word = -d, "behind"
	}
	switch {
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute", "minutes") + " " + word
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour", "hours") + " " + word
	}
	return plural(int(d.Hours()/24), "day", "days") + " " + word
}

// heardWords says when a device was last heard of.
func heardWords(d device.Device, now time.Time, zone *time.Location) string {
	at := d.SeenAt()
	switch {
	case at.IsZero():
		return "never"
	case now.Sub(at) < 48*time.Hour:
		return agoWords(at, now)
	}
	return plural(int(now.Sub(at).Hours()/24), "day", "days") + " ago, " + momentWords(at, zone)
}

// buildWords is the version of an agent, see wire.Delivery.
func buildWords(b uint32) string {
	if b == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", b/1_000_000, b/1000%1000, b%1000)
}

// deviceStateLine says where a device stands in the register.
func deviceStateLine(d device.Device, zone *time.Location) string {
	word := map[device.State]string{device.Lost: "Reported lost", device.Retired: "Retired"}[d.State]
	if word == "" {
		return ""
	}
	line := word + " on " + dayWords(cadence.DateOf(d.StateAt, zone))
	if d.Reason != "" {
		line += ": " + strings.TrimSuffix(d.Reason, ".")
	}
	return line + "."
}

// needs counts what somebody should do about a device; lists are sorted by it.
func deviceNeeds(d device.Device) int {
	n := 0
	for _, s := range d.Sources {
		if s.Trouble != device.NoTrouble {
			n += 100
		}
	}
	for _, v := range d.Checks {
		switch v.Stands() {
		case "fail":
			n += 10
		case "could_not_tell":
			n++
		}
	}
	switch {
	case d.State == device.Retired:
		return -2
	case d.State == device.Lost:
		return -1
	case !d.Reporting():
		n += 60
	}
	if d.Owner == "" {
		n += 3
	}
	return n
}
