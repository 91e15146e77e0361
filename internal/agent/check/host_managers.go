package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
	"github.com/toucan-grc/toucan/internal/wire/known"
)

var (
	macApps      = macAppReads()
	macShelf     = macBrowsers()
	macSafari    = macSafariRead()
	winPrograms  = winProgramReads()
	windowsShelf = winBrowsers()
)

func init() {
	checkers[wire.MacOS][wire.PasswordManager] = macManager
	checkers[wire.Windows][wire.PasswordManager] = winManager
}

// macPlaced is where an application of the catalogue would be.
type macPlaced struct {
	manager known.Manager
	ids     []string // what its Info.plist may call it
	read    Read
	user    bool // below {home}
}

func macAppReads() []macPlaced {
	var out []macPlaced
	for _, m := range known.Managers {
		for _, a := range m.Mac {
			folders := []string{"/Applications/", "{home}/Applications/"}
			if m.BuiltIn {
				folders = []string{"/System/Applications/"}
			}
			for _, f := range folders {
				out = append(out, macPlaced{manager: m, ids: a.IDs, user: strings.HasPrefix(f, "{home}"), read: line(Read{
					ID: fmt.Sprintf("macos.manager.%d", len(out)), Platform: wire.MacOS, Kind: File, Where: f + a.Folder + "/Contents/Info.plist", Max: 1 << 20, For: forManagers,
					Why: "Whether " + m.Name + " is installed: what the application calls itself is compared.",
				})})
			}
		}
	}
	return out
}

func macSafariRead() Read {
	return line(Read{
		ID: "macos.safari-extension", Platform: wire.MacOS, Kind: Command, Where: "/bin/launchctl",
		Args: []string{"asuser", "{uid}", "/usr/bin/sudo", "-u", "#{uid}", "/usr/bin/pluginkit", "-m", "-p", "com.apple.Safari.web-extension", "-i", "{extension}"}, Max: 16 << 10,
		For: forManagers, AsUser: true,
		Why: "Whether the Safari extension of a known password manager is switched on. {extension} is one of the ids compiled into the agent.",
	})
}

func macBrowsers() shelf {
	var s shelf
	const base = "Library/Application Support/"
	for _, b := range [][2]string{
		{"chrome", "Google/Chrome"}, {"chrome-beta", "Google/Chrome Beta"}, {"chrome-dev", "Google/Chrome Dev"}, {"chrome-canary", "Google/Chrome Canary"},
		{"chromium", "Chromium"}, {"edge", "Microsoft Edge"}, {"edge-beta", "Microsoft Edge Beta"}, {"edge-dev", "Microsoft Edge Dev"},
		{"brave", "BraveSoftware/Brave-Browser"}, {"brave-beta", "BraveSoftware/Brave-Browser-Beta"}, {"brave-nightly", "BraveSoftware/Brave-Browser-Nightly"},
		{"vivaldi", "Vivaldi"}, {"opera", "com.operasoftware.Opera"}, {"yandex", "Yandex/YandexBrowser"}, {"arc", "Arc/User Data"}, {"dia", "Dia/User Data"}, {"comet", "Comet"},
	} {
		s.addChromium(wire.MacOS, b[0], base+b[1])
	}
	for _, b := range [][2]string{{"firefox", "Firefox"}, {"librewolf", "librewolf"}, {"zen", "zen"}, {"waterfox", "Waterfox"}} {
		s.addFirefox(wire.MacOS, b[0], base+b[1])
	}
	return s
}

// macManager passes when every user of the last 30 days has a password manager, or one
// is installed for all of them. That it is used cannot be seen.
func macManager(ctx context.Context, src Source, in Input) Answer {
	return managersOf(ctx, src, in, macShelf, func(u *User) sighting {
		var out sighting
		for _, a := range macApps {
			if a.user != (u != nil) {
				continue
			}
			var fill []string
			if a.user {
				fill = []string{u.Home}
			}
			b, err := src.File(ctx, a.read, fill...)
			var d dict
			if err == nil {
				d, err = parsePlist(b)
			}
			if err == nil && !slices.Contains(a.ids, d.text("CFBundleIdentifier")) {
				continue // another application by that name
			}
			out.see(a.manager, err)
		}
		if u != nil && u.Session && out.found == "" {
			safari(ctx, src, *u, &out)
		}
		return out
	})
}

// safari looks for extensions of Safari. pluginkit begins the line of one that somebody
// switched on with "+".
func safari(ctx context.Context, src Source, u User, out *sighting) {
	for _, m := range known.Managers {
		for _, id := range m.Safari {
			o, err := src.Run(ctx, macSafari, u.ID, u.ID, id)
			if err != nil {
				out.see(m, err)
				continue
			}
			for l := range strings.Lines(string(o.Stdout)) {
				if f := strings.Fields(l); len(f) > 1 && f[0] == "+" && strings.HasPrefix(f[1], id+"(") {
					out.see(m, nil)
				}
			}
		}
	}
}

// winPlaced is where a program of the catalogue would be.
type winPlaced struct {
	manager known.Manager
	read    Read
	user    bool
}

func winProgramReads() []winPlaced {
	var out []winPlaced
	add := func(m known.Manager, where string, user bool) {
		out = append(out, winPlaced{manager: m, user: user, read: line(Read{
			ID: fmt.Sprintf("windows.manager.%d", len(out)), Platform: wire.Windows, Kind: Stat, Where: where, For: forManagers,
			Why: "Whether " + m.Name + " is installed.",
		})})
	}
	for _, m := range known.Managers {
		for _, p := range m.Programs {
			add(m, `C:\Program Files\`+p, false)
			add(m, `C:\Program Files (x86)\`+p, false)
		}
		for _, p := range m.Local {
			add(m, `{home}\AppData\Local\`+p, true)
		}
	}
	return out
}

func winBrowsers() shelf {
	var s shelf
	const local, roaming = `AppData\Local\`, `AppData\Roaming\`
	for _, b := range [][2]string{
		{"chrome", `Google\Chrome`}, {"chrome-beta", `Google\Chrome Beta`}, {"chrome-dev", `Google\Chrome Dev`}, {"chrome-canary", `Google\Chrome SxS`},
		{"chromium", "Chromium"}, {"edge", `Microsoft\Edge`}, {"edge-beta", `Microsoft\Edge Beta`}, {"edge-dev", `Microsoft\Edge Dev`},
		{"brave", `BraveSoftware\Brave-Browser`}, {"brave-beta", `BraveSoftware\Brave-Browser-Beta`}, {"brave-nightly", `BraveSoftware\Brave-Browser-Nightly`},
		{"vivaldi", "Vivaldi"}, {"yandex", `Yandex\YandexBrowser`}, {"comet", `Perplexity\Comet`},
	} {
		s.addChromium(wire.Windows, b[0], local+b[1]+`\User Data`)
	}
	s.addChromium(wire.Windows, "opera", roaming+`Opera Software\Opera Stable`)
	for _, b := range [][2]string{{"firefox", `Mozilla\Firefox`}, {"librewolf", "librewolf"}, {"zen", "zen"}, {"waterfox", "Waterfox"}} {
		s.addFirefox(wire.Windows, b[0], roaming+b[1])
	}
	return s
}

// winManager is macManager on Windows: the places of programs instead of the list of
// what is installed, which is never read.
func winManager(ctx context.Context, src Source, in Input) Answer {
	return managersOf(ctx, src, in, windowsShelf, func(u *User) sighting {
		var out sighting
		for _, x := range winPrograms {
			if x.user != (u != nil) {
				continue
			}
			var fill []string
			if x.user {
				fill = []string{u.Home}
			}
			_, err := src.Stat(ctx, x.read, fill...)
			out.see(x.manager, err)
		}
		return out
	})
}
