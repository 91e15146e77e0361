package check

import (
	"context"
	"regexp"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	checkers[wire.MacOS][wire.DiskEncryption] = macDisk
	checkers[wire.MacOS][wire.Firewall] = macWall
}

var (
	macFileVault = line(Read{
		ID: "macos.filevault", Platform: wire.MacOS, Kind: Command, Where: "/usr/bin/fdesetup", Args: []string{"status"}, Max: 4096,
		For: []wire.Check{wire.DiskEncryption}, Why: "It says whether FileVault is on, off or at work.",
	})
	macVolume = line(Read{
		ID: "macos.volume", Platform: wire.MacOS, Kind: Command, Where: "/usr/sbin/diskutil", Args: []string{"info", "-plist", "/System/Volumes/Data"}, Max: 64 << 10,
		For: []wire.Check{wire.DiskEncryption}, Why: "A second opinion on FileVault: only the entries FileVault and Locked of the volume with your data are used.",
	})
	macFirewall = line(Read{
		ID: "macos.firewall", Platform: wire.MacOS, Kind: Command, Where: "/usr/libexec/ApplicationFirewall/socketfilterfw", Args: []string{"--getglobalstate"}, Max: 4096,
		For: []wire.Check{wire.Firewall}, Why: "It says whether the firewall of macOS is on.",
	})
	macFirewallManaged = line(Read{
		ID: "macos.firewall-managed", Platform: wire.MacOS, Kind: File, Where: "/Library/Managed Preferences/com.apple.security.firewall.plist", Max: 64 << 10,
		For: []wire.Check{wire.Firewall}, Why: "Whether your organisation's profile turns the firewall on.",
	})
)

// macDisk asks FileVault. That the drive of a newer Mac encrypts by itself is no
// answer: without FileVault it opens without a password.
func macDisk(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	o, err := p.run(macFileVault)
	if err != nil {
		return p.because(err)
	}
	state := fileVault(string(o.Stdout))
	if o.Exit != 0 || state == "" {
		return p.unknown(wire.UnexpectedAnswer)
	}
	volume, known := macVolumeState(p)
	switch {
	case state == vaultBusy:
		return p.fail(wire.InProgress)
	case known && (state == vaultOn) != volume:
		return p.unknown(wire.SourcesDisagree)
	case state == vaultOn:
		return p.pass()
	}
	return p.fail(wire.Off)
}

// States of FileVault.
const (
	vaultOn   = "on"
	vaultOff  = "off"
	vaultBusy = "busy"
)

// fileVault reads the lines of fdesetup, which come in English on every Mac. What is
// deferred to the next sign-in is off until then. Empty for anything else.
func fileVault(text string) string {
	state := ""
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		switch {
		case strings.Contains(l, "ncryption in progress"), strings.Contains(l, "ecryption in progress"),
			strings.HasSuffix(l, "currently being encrypted."), strings.HasSuffix(l, "currently being decrypted."):
			return vaultBusy
		case l == "FileVault is On.":
			state = vaultOn
		case l == "FileVault is Off.", strings.HasPrefix(l, "FileVault is Off, but will be enabled after the next restart"):
			state = vaultOff
		}
	}
	return state
}

// macVolumeState is what diskutil says of FileVault on the volume of the data. Its entry
// Encryption is true on every newer Mac and is not looked at.
func macVolumeState(p *probe) (on, known bool) {
	o, err := p.run(macVolume)
	if err != nil || o.Exit != 0 {
		return false, false
	}
	d, err := parsePlist(o.Stdout)
	if err != nil {
		return false, false
	}
	v, ok := d["FileVault"].(bool)
	return v, ok
}

var macState = regexp.MustCompile(`\(State = ([012])\)`)

// macWall asks the firewall itself. The file com.apple.alf.plist is left behind by older
// releases and says nothing since macOS 15; it is not read.
func macWall(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	o, err := p.run(macFirewall)
	if err != nil {
		return p.because(err)
	}
	m := macState.FindSubmatch(o.Stdout)
	if m == nil {
		return p.unknown(wire.UnexpectedAnswer)
	}
	on := m[1][0] != '0'
	if wanted, set := managed(p, macFirewallManaged).flag("EnableFirewall"); set && wanted && !on {
		return p.unknown(wire.SourcesDisagree)
	}
	if !on {
		return p.fail(wire.Off)
	}
	return p.pass()
}

// managed is what a profile of the organisation sets; empty without one.
func managed(p *probe, r Read, fill ...string) dict {
	b, err := p.file(r, fill...)
	if err != nil {
		return nil
	}
	d, err := parsePlist(b)
	if err != nil {
		return nil
	}
	return d
}
