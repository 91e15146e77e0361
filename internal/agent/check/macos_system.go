package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	checkers[wire.MacOS][wire.OSSupported] = macSupported
	checkers[wire.MacOS][wire.AutoUpdate] = macUpdate
}

var (
	macVersion = line(Read{
		ID: "macos.version", Platform: wire.MacOS, Kind: File, Where: "/System/Library/CoreServices/SystemVersion.plist", Max: 64 << 10,
		For: []wire.Check{wire.OSSupported}, Why: "Which macOS this is; it is compared here and not sent.",
	})
	macUpdateManaged = line(Read{
		ID: "macos.update-managed", Platform: wire.MacOS, Kind: File, Where: "/Library/Managed Preferences/com.apple.SoftwareUpdate.plist", Max: 64 << 10,
		For: []wire.Check{wire.AutoUpdate, wire.Antivirus}, Why: "What your organisation's profile sets for updates.",
	})
	macUpdateOwn = line(Read{
		ID: "macos.update", Platform: wire.MacOS, Kind: File, Where: "/Library/Preferences/com.apple.SoftwareUpdate.plist", Max: 256 << 10,
		For: []wire.Check{wire.AutoUpdate, wire.Antivirus}, Why: "The switches of the page Automatic Updates.",
	})
	macDeclared = line(Read{
		ID: "macos.update-declared", Platform: wire.MacOS, Kind: File, Where: "/private/var/db/softwareupdate/SoftwareUpdateDDMStatePersistence.plist", Max: 1 << 20,
		For: []wire.Check{wire.AutoUpdate}, Why: "Whether your organisation manages updates by a declaration, which overrules the switches.",
	})
)

// macSupported compares the release with the table of ends of life.
func macSupported(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	b, err := p.file(macVersion)
	if err != nil {
		return p.because(err)
	}
	d, err := parsePlist(b)
	if err != nil {
		return p.unknown(wire.Unreadable)
	}
	v := d.text("ProductVersion")
	p.detail = append(p.detail, "version "+v)
	release := macRelease(v)
	if release == "" {
		return p.unknown(wire.UnexpectedAnswer)
	}
	r := judgeRelease("macos", release, "", in)
	return p.answer(r.Verdict, r.Reason)
}

// macRelease is the line a version belongs to: 15 of 15.7.9, 10.15 of 10.15.8. macOS 26
// calls itself 16 to programs built for older systems; there never was another 16.
func macRelease(version string) string {
	major, rest, _ := strings.Cut(version, ".")
	switch major {
	case "16":
		return "26"
	case "10":
		minor, _, _ := strings.Cut(rest, ".")
		return "10." + minor
	}
	return major
}

// macUpdateSettings are the settings of updates: the profile's before the Mac's own.
func macUpdateSettings(p *probe) []dict {
	return []dict{managed(p, macUpdateManaged), managed(p, macUpdateOwn)}
}

// macUpdate looks at the switches. One that nobody ever touched is on.
func macUpdate(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	if macDeclares(p) {
		return p.unknown(wire.ManagedElsewhere)
	}
	b, err := p.file(macUpdateOwn)
	if err != nil {
		return p.because(err) // every Mac has written this file when it looked for updates
	}
	own, err := parsePlist(b)
	if err != nil {
		return p.unknown(wire.Unreadable)
	}
	settings := []dict{managed(p, macUpdateManaged), own}
	for _, s := range []struct {
		key string
		off wire.Reason
	}{
		{"AutomaticCheckEnabled", wire.Off},
		{"AutomaticDownload", wire.NotifyOnly},
		{"AutomaticallyInstallMacOSUpdates", wire.DownloadOnly},
		{"CriticalUpdateInstall", wire.DownloadOnly},
		{"ConfigDataInstall", wire.DownloadOnly},
	} {
		on, set := flagOf(settings, s.key)
		if set {
			p.detail = append(p.detail, fmt.Sprintf("%s: %t", s.key, on))
		}
		if set && !on {
			return p.fail(s.off)
		}
	}
	return p.pass()
}

// macDeclares reports whether a declaration of a management service is in force. A file
// that is there and cannot be understood is taken for one.
func macDeclares(p *probe) bool {
	b, err := p.file(macDeclared)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		return true
	}
	d, err := parsePlist(b)
	if err != nil {
		return true
	}
	fields, _ := d["SUCorePersistedStatePolicyFields"].(dict)
	for _, key := range []string{"SUCoreDDMDeclarationGlobalSettings", "Declarations"} {
		switch v := fields[key].(type) {
		case dict:
			if len(v) > 0 {
				return true
			}
		case []any:
			if len(v) > 0 {
				return true
			}
		case []byte:
			return true
		}
	}
	return false
}
