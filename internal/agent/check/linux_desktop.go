package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

// desktop is a family of desktops that locks the screen in one way.
type desktop string

const (
	gnome    desktop = "GNOME"
	cinnamon desktop = "Cinnamon"
	mate     desktop = "MATE"
	kde      desktop = "KDE"
	xfce     desktop = "Xfce"
	sway     desktop = "Sway"
	hyprland desktop = "Hyprland"
	i3       desktop = "i3"
	strange  desktop = "another"
)

// sessions are the names of session files, up to where "-xorg", "-wayland" and the like
// begin, and the desktops they start.
var sessions = map[string]desktop{
	"gnome": gnome, "ubuntu": gnome, "pop": gnome, "gnome-classic": gnome,
	"cinnamon": cinnamon, "cinnamon2d": cinnamon,
	"mate":   mate,
	"plasma": kde, "plasmax11": kde, "plasmawayland": kde, "kde-plasma": kde, "kde": kde,
	"xfce": xfce, "xubuntu": xfce,
	"sway": sway, "hyprland": hyprland, "i3": i3,
}

// aliases are session files that start whatever another one names.
var aliases = []string{"lightdm-xsession", "default", "xsession", "custom", "user-session", "i3-with-shmlog"}

var (
	linuxSessionFiles = sessionReads()
	linuxAccount      = line(Read{
		ID: "linux.account", Platform: wire.Linux, Kind: File, Where: "/var/lib/AccountsService/users/{name}", Max: 64 << 10, For: onLock,
		Why: "Which desktop a user chose at sign-in.",
	})
	linuxDmrc = line(Read{
		ID: "linux.dmrc", Platform: wire.Linux, Kind: File, Where: "{home}/.dmrc", Max: 64 << 10, For: onLock,
		Why: "Which desktop a user chose at sign-in.",
	})
	linuxSDDM = line(Read{
		ID: "linux.sddm", Platform: wire.Linux, Kind: File, Where: "/var/lib/sddm/state.conf", Max: 64 << 10, For: onLock,
		Why: "Which desktop the last user chose at sign-in.",
	})
)

func sessionReads() []Read {
	var out []Read
	for i, base := range []string{"/usr/share", "/usr/local/share", "/run/current-system/sw/share"} {
		for _, kind := range []string{"xsessions", "wayland-sessions"} {
			out = append(out, line(Read{
				ID: fmt.Sprintf("linux.%s.%d", kind, i), Platform: wire.Linux, Kind: Names, Where: base + "/" + kind, For: onLock,
				Why: "Which desktops are installed. Without one nobody sits in front of the machine.",
			}))
		}
	}
	return out
}

// session is the desktop a session file starts; empty for one that starts another.
func session(name string) desktop {
	name = strings.ToLower(strings.TrimSuffix(name, ".desktop"))
	if slices.Contains(aliases, name) {
		return ""
	}
	for {
		if d, ok := sessions[name]; ok {
			return d
		}
		i := strings.LastIndexByte(name, '-')
		if i < 0 || !slices.Contains([]string{"xorg", "wayland", "x11", "x", "uwsm", "nvidia", "on"}, name[i+1:]) {
			return strange
		}
		name = name[:i]
	}
}

// installed are the desktops that can be started here, each once.
func installed(ctx context.Context, src Source) ([]desktop, error) {
	var out []desktop
	for _, r := range linuxSessionFiles {
		names, err := src.Names(ctx, r)
		if err != nil && !absent(err) {
			return nil, err
		}
		for _, n := range names {
			if d := session(n); strings.HasSuffix(n, ".desktop") && d != "" && !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// desktopsOf are the desktops a user may sign in to: the one that was chosen, if it is
// installed still, else all.
func desktopsOf(ctx context.Context, src Source, u User, all []desktop) []desktop {
	b, _ := src.File(ctx, linuxAccount, u.Name)
	account := parseINI(string(b))["User"]
	b, _ = src.File(ctx, linuxDmrc, u.Home)
	dmrc := parseINI(string(b))["Desktop"]
	b, _ = src.File(ctx, linuxSDDM)
	last := parseINI(string(b))["Last"]
	if last["User"] != u.Name {
		last = nil
	}
	for _, chosen := range []string{account["Session"], account["XSession"], last["Session"], dmrc["Session"]} {
		if d := session(chosen[strings.LastIndexByte(chosen, '/')+1:]); chosen != "" && slices.Contains(all, d) {
			return []desktop{d}
		}
	}
	return all
}

// parseINI reads groups of "key=value" lines, as desktops write them. Of a key that stands
// there twice the later counts.
func parseINI(text string) map[string]map[string]string {
	out := map[string]map[string]string{}
	group := ""
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' || l[0] == ';' {
			continue
		}
		if l[0] == '[' {
			group = strings.TrimSuffix(strings.TrimPrefix(l, "["), "]")
			continue
		}
		k, v, ok := strings.Cut(l, "=")
		if !ok {
			continue
		}
		if out[group] == nil {
			out[group] = map[string]string{}
		}
		out[group][strings.TrimSpace(k)] = strings.TrimSpace(v)
	}
	return out
}
