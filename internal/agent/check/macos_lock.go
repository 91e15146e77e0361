package check

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	checkers[wire.MacOS][wire.ScreenLock] = macScreenLock
}

var (
	macLock = line(Read{
		ID: "macos.screen-lock", Platform: wire.MacOS, Kind: Command, Where: "/bin/launchctl",
		Args: []string{"asuser", "{uid}", "/usr/bin/sudo", "-u", "#{uid}", "/usr/sbin/sysadminctl", "-screenLock", "status"}, Max: 4096,
		For: []wire.Check{wire.ScreenLock}, AsUser: true,
		Why: "It says whether a password is asked for when the screen has gone dark, and after how long; only the session of the user knows.",
	})
	macIdle = line(Read{
		ID: "macos.screen-saver", Platform: wire.MacOS, Kind: Command, Where: "/bin/launchctl",
		Args: []string{"asuser", "{uid}", "/usr/bin/sudo", "-u", "#{uid}", "/usr/bin/defaults", "-currentHost", "read", "com.apple.screensaver", "idleTime"}, Max: 4096,
		For: []wire.Check{wire.ScreenLock}, AsUser: true,
		Why: "After how many seconds without use the screen saver begins.",
	})
	macDisplay = line(Read{
		ID: "macos.display-sleep", Platform: wire.MacOS, Kind: Command, Where: "/usr/bin/pmset", Args: []string{"-g", "custom"}, Max: 16 << 10,
		For: []wire.Check{wire.ScreenLock}, Why: "After how many minutes the display goes dark, on battery and on mains.",
	})
	macSaverManaged = line(Read{
		ID: "macos.screen-saver-managed", Platform: wire.MacOS, Kind: File, Where: "/Library/Managed Preferences/com.apple.screensaver.plist", Max: 64 << 10,
		For: []wire.Check{wire.ScreenLock}, Why: "What your organisation's profile sets for the screen saver of everybody.",
	})
	macSaverManagedUser = line(Read{
		ID: "macos.screen-saver-managed-user", Platform: wire.MacOS, Kind: File, Where: "/Library/Managed Preferences/{user}/com.apple.screensaver.plist", Max: 64 << 10,
		For: []wire.Check{wire.ScreenLock}, Why: "What your organisation's profile sets for your screen saver.",
	})
	macPasscode = line(Read{
		ID: "macos.passcode-managed", Platform: wire.MacOS, Kind: File, Where: "/Library/Managed Preferences/com.apple.mobiledevice.passwordpolicy.plist", Max: 64 << 10,
		For: []wire.Check{wire.ScreenLock}, Why: "After how many minutes your organisation's passcode profile locks the Mac (maxInactivity).",
	})
)

// Bounds of a screen lock.
const (
	lockGrace   = 5    // seconds in which the screen may be dark without asking for the password
	macSaverOwn = 1200 // seconds until the screen saver begins where nobody chose: 20 minutes
)

// macScreenLock is the worst of everybody who uses the Mac.
func macScreenLock(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	o, err := p.run(macDisplay)
	if err != nil {
		return p.because(err)
	}
	displays := displaySleep(string(o.Stdout))
	if o.Exit != 0 || len(displays) == 0 {
		return p.unknown(wire.UnexpectedAnswer)
	}
	machine, passcode := managed(p, macSaverManaged), managed(p, macPasscode)
	return p.everyUser(func(u User) finding {
		rules := []dict{managed(p, macSaverManagedUser, u.Name), machine}
		return macUserLock(p, u, displays, rules, passcode)
	})
}

// macUserLock is the lock of one person: after the shorter of screen saver and display
// sleep, where both the mains and the battery count, and then the delay.
func macUserLock(p *probe, u User, displays []int64, rules []dict, passcode dict) finding {
	o, err := p.run(macLock, u.ID, u.ID)
	if err != nil {
		return untold(because(err))
	}
	delay, on, ok := lockDelay(string(o.Stdout) + string(o.Stderr))
	switch {
	case !ok && o.Exit != 0 && strings.Contains(string(o.Stderr), "Operation not permitted"):
		return untold(wire.NoPermission) // launchctl, for whoever is not root
	case !ok:
		return untold(wire.UnexpectedAnswer)
	}
	wanted, set := flagOf(rules, "askForPassword")
	most, limited := numberOf(rules, "askForPasswordDelay")
	switch {
	case set && wanted && (!on || limited && most <= lockGrace && delay > lockGrace):
		return untold(wire.SourcesDisagree)
	case !on:
		return failing(wire.NoPassword)
	case delay > lockGrace:
		return failing(wire.GraceTooLong)
	}
	idle, err := macIdleSeconds(p, u, rules)
	if err != nil {
		return untold(because(err))
	}
	most, limited = passcode.number("maxInactivity")
	longest := int64(0)
	for _, d := range displays {
		after := shortest(idle, 60*d)
		if limited {
			after = shortest(after, 60*most)
		}
		if after == 0 {
			return failing(wire.NoTimeout)
		}
		longest = max(longest, after)
	}
	if longest > 60*int64(p.in.Settings.LockMinutes) {
		return failing(wire.TooLong)
	}
	return fine
}

// macIdleSeconds is when the screen saver begins; 0 is never. What a profile sets wins.
func macIdleSeconds(p *probe, u User, rules []dict) (int64, error) {
	if n, ok := numberOf(rules, "idleTime"); ok {
		return n, nil
	}
	o, err := p.run(macIdle, u.ID, u.ID)
	if err != nil {
		return 0, err
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(string(o.Stdout)), 10, 64); err == nil && o.Exit == 0 {
		return n, nil
	}
	return macSaverOwn, nil
}

// shortest is the shorter of two times of which 0 is never.
func shortest(a, b int64) int64 {
	if a <= 0 || (b > 0 && b < a) {
		return max(b, 0)
	}
	return a
}

// flagOf and numberOf are the first value that one of several profiles sets.
func flagOf(all []dict, key string) (on, set bool) {
	for _, d := range all {
		if on, set := d.flag(key); set {
			return on, true
		}
	}
	return false, false
}

func numberOf(all []dict, key string) (int64, bool) {
	for _, d := range all {
		if n, ok := d.number(key); ok {
			return n, true
		}
	}
	return 0, false
}

var macDelay = regexp.MustCompile(`screenLock (?:delay is (immediate|(-?[0-9]+)(?:\.[0-9]+)? seconds?)|is (off))`)

// lockDelay reads what sysadminctl says, which comes in English on every Mac, behind a
// time and a process. ok is false for anything else.
func lockDelay(text string) (seconds int64, on, ok bool) {
	m := macDelay.FindStringSubmatch(text)
	switch {
	case m == nil:
		return 0, false, false
	case m[3] == "off":
		return 0, false, true
	case m[1] == "immediate":
		return 0, true, true
	}
	n, err := strconv.ParseInt(m[2], 10, 64)
	return n, n >= 0, err == nil
}

// displaySleep reads minutes until the display goes dark, one a source of power; 0 is
// never. The names of pmset's settings are the same in every language.
func displaySleep(text string) []int64 {
	var out []int64
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		if len(f) < 2 || f[0] != "displaysleep" {
			continue
		}
		n, err := strconv.ParseInt(f[1], 10, 32)
		if err != nil || n < 0 {
			return nil
		}
		out = append(out, n)
	}
	return out
}
