package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
	"github.com/toucan-grc/toucan/internal/wire/known"
)

var (
	linuxManagers = managerReads()
	linuxShelf    = linuxBrowsers()
)

func init() { checkers[wire.Linux][wire.PasswordManager] = linuxManager }

// placed is a place where one password manager would be.
type placed struct {
	manager known.Manager
	read    Read
	user    bool // below {home}
}

// managerReads are the exact places of the programs of the catalogue.
func managerReads() []placed {
	var out []placed
	add := func(m known.Manager, where string) {
		p := placed{manager: m, user: strings.HasPrefix(where, "{home}")}
		p.read = line(Read{
			ID: fmt.Sprintf("linux.manager.%d", len(out)), Platform: wire.Linux, Kind: Stat, Where: where, For: forManagers,
			Why: "Whether " + m.Name + " is installed.",
		})
		out = append(out, p)
	}
	for _, m := range known.Managers {
		for _, p := range m.Linux {
			add(m, p)
		}
		for _, n := range m.Snap {
			add(m, "/snap/"+n+"/current")
			add(m, "/var/lib/snapd/snap/"+n+"/current")
		}
		for _, id := range m.Flatpak {
			add(m, "/var/lib/flatpak/app/"+id+"/current")
			add(m, "{home}/.local/share/flatpak/app/"+id+"/current")
		}
	}
	return out
}

// linuxBrowsers are the browsers of Linux, as packages, snaps and Flatpaks.
func linuxBrowsers() shelf {
	var s shelf
	for _, b := range [][2]string{
		{"chrome", ".config/google-chrome"}, {"chrome-beta", ".config/google-chrome-beta"}, {"chrome-dev", ".config/google-chrome-unstable"},
		{"chrome-flatpak", ".var/app/com.google.Chrome/config/google-chrome"},
		{"chromium", ".config/chromium"}, {"chromium-snap", "snap/chromium/common/chromium"}, {"chromium-flatpak", ".var/app/org.chromium.Chromium/config/chromium"},
		{"edge", ".config/microsoft-edge"}, {"edge-beta", ".config/microsoft-edge-beta"}, {"edge-dev", ".config/microsoft-edge-dev"},
		{"edge-flatpak", ".var/app/com.microsoft.Edge/config/microsoft-edge"},
		{"brave", ".config/BraveSoftware/Brave-Browser"}, {"brave-beta", ".config/BraveSoftware/Brave-Browser-Beta"}, {"brave-nightly", ".config/BraveSoftware/Brave-Browser-Nightly"},
		{"brave-snap", "snap/brave/current/.config/BraveSoftware/Brave-Browser"}, {"brave-flatpak", ".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser"},
		{"vivaldi", ".config/vivaldi"}, {"vivaldi-flatpak", ".var/app/com.vivaldi.Vivaldi/config/vivaldi"},
		{"opera", ".config/opera"}, {"yandex", ".config/yandex-browser"},
	} {
		s.addChromium(wire.Linux, b[0], b[1])
	}
	for _, b := range [][2]string{
		{"firefox", ".mozilla/firefox"}, {"firefox-xdg", ".config/mozilla/firefox"}, {"firefox-snap", "snap/firefox/common/.mozilla/firefox"},
		{"firefox-flatpak", ".var/app/org.mozilla.firefox/.mozilla/firefox"},
		{"librewolf", ".librewolf"}, {"librewolf-flatpak", ".var/app/io.gitlab.librewolf-community/.librewolf"}, {"zen", ".zen"}, {"waterfox", ".waterfox"},
	} {
		s.addFirefox(wire.Linux, b[0], b[1])
	}
	return s
}

// linuxManager passes when every user of the last 30 days has a password manager, or one
// is installed for all of them. That it is used cannot be seen.
func linuxManager(ctx context.Context, src Source, in Input) Answer {
	return managersOf(ctx, src, in, linuxShelf, func(u *User) sighting {
		if u == nil {
			return programs(ctx, src, "")
		}
		return programs(ctx, src, u.Home)
	})
}

// programs looks for programs: of everybody, or below a home.
func programs(ctx context.Context, src Source, home string) sighting {
	var out sighting
	for _, p := range linuxManagers {
		if p.user != (home != "") {
			continue
		}
		var fill []string
		if p.user {
			fill = []string{home}
		}
		_, err := src.Stat(ctx, p.read, fill...)
		out.see(p.manager, err)
	}
	return out
}
