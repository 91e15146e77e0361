package check

import (
	"context"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	checkers[wire.MacOS][wire.Antivirus] = macGuard
}

var (
	macExtensions = line(Read{
		ID: "macos.system-extensions", Platform: wire.MacOS, Kind: Command, Where: "/usr/bin/systemextensionsctl", Args: []string{"list"}, Max: 64 << 10,
		For: []wire.Check{wire.Antivirus}, Why: "Whether a known antivirus is active; extensions the agent does not know are passed over.",
	})
	macIntegrity = line(Read{
		ID: "macos.integrity", Platform: wire.MacOS, Kind: Command, Where: "/usr/bin/csrutil", Args: []string{"status"}, Max: 4096,
		For: []wire.Check{wire.Antivirus}, Why: "Whether System Integrity Protection is on, without which XProtect protects nothing.",
	})
	macXProtect = line(Read{
		ID: "macos.xprotect", Platform: wire.MacOS, Kind: Stat, Where: "/Library/Apple/System/Library/CoreServices/XProtect.bundle/Contents/Info.plist",
		For: []wire.Check{wire.Antivirus}, Why: "When XProtect, the antivirus of macOS, got its last update.",
	})
	macXProtectNew = line(Read{
		ID: "macos.xprotect-15", Platform: wire.MacOS, Kind: Stat, Where: "/private/var/protected/xprotect/XProtect.bundle/Contents/Info.plist",
		For: []wire.Check{wire.Antivirus}, Why: "The same, where macOS 15 and later keep it.",
	})
)

// xprotectFor is how long XProtect may go without an update; Apple makes one about every
// two weeks.
const xprotectFor = 90 * 24 * time.Hour

// macGuard passes for an active extension of a known antivirus. Without one XProtect
// counts, if it is fresh, kept up to date and protected itself; the verdict says that it
// is no more than what comes with the system.
func macGuard(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	if o, err := p.run(macExtensions); err == nil && o.Exit == 0 && activeGuard(string(o.Stdout)) {
		return p.pass()
	}
	o, err := p.run(macIntegrity)
	if err != nil {
		return p.because(err)
	}
	switch integrity(string(o.Stdout)) {
	case "disabled":
		return p.fail(wire.Off)
	case "enabled":
	default:
		return p.unknown(wire.UnexpectedAnswer)
	}
	newest := time.Time{}
	for _, r := range []Read{macXProtect, macXProtectNew} {
		if i, err := p.stat(r); err == nil && i.ModTime.After(newest) {
			newest = i.ModTime
		}
	}
	switch {
	case newest.IsZero():
		return p.fail(wire.Missing)
	case in.Now.Sub(newest) > xprotectFor:
		return p.fail(wire.SignaturesOld)
	}
	if on, set := flagOf(macUpdateSettings(p), "ConfigDataInstall"); set && !on {
		return p.fail(wire.Off)
	}
	return p.answer(wire.Pass, wire.PlatformOnly)
}

// activeGuard reads the rows of systemextensionsctl: tabs between "enabled", "active",
// the maker, "id (version)", a name and the state. Only a row with both stars counts, so
// one that waits for the user or for a restart does not.
func activeGuard(text string) bool {
	for l := range strings.Lines(text) {
		f := strings.Split(strings.TrimRight(l, "\r\n"), "\t")
		if len(f) < 6 || f[0] != "*" || f[1] != "*" || f[len(f)-1] != "[activated enabled]" {
			continue
		}
		id, _, _ := strings.Cut(f[3], " ")
		if _, ok := guardOfExtension(f[2], id); ok {
			return true
		}
	}
	return false
}

// integrity is the word csrutil ends its status with, which is English on every Mac.
func integrity(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	_, word, _ := strings.Cut(first, "System Integrity Protection status: ")
	return strings.TrimRight(strings.TrimSpace(word), ".")
}
