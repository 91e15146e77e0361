package check

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// settingsFile reads a file of testdata/linux/dconf, made by gsettings and dconf on Debian 12.
func settingsFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "linux", "dconf", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// desk is a machine with session files, on which ann works.
func desk(t *testing.T, sessions ...string) *fake {
	f := newFake()
	for _, s := range sessions {
		f.files["/usr/share/wayland-sessions/"+s+".desktop"] = ""
	}
	f.users = []User{{Name: "ann", Home: "/home/ann", ID: "1000", Session: true}}
	f.files["/usr/share/glib-2.0/schemas/gschemas.compiled"] = settingsFile(t, "gschemas.compiled")
	return f
}

const (
	annDconf = "/home/ann/.config/dconf/user"
	annKDE   = "/home/ann/.config/kscreenlockerrc"
	annXfce  = "/home/ann/.config/xfce4/xfconf/xfce-perchannel-xml/xfce4-screensaver.xml"
	sysXfce  = "/etc/xdg/xfce4/xfconf/xfce-perchannel-xml/xfce4-screensaver.xml"
)

func TestScreenLockOnLinux(t *testing.T) {
	g := desk(t, "gnome", "gnome-xorg", "gnome-classic")
	user := func(name string) *fake { return g.with(annDconf, settingsFile(t, name)) }
	managed := func(user, system string) *fake {
		return g.with(annDconf, settingsFile(t, user)).with("/etc/dconf/profile/user", "user-db:user\nsystem-db:local\n").with("/etc/dconf/db/local", settingsFile(t, system))
	}
	k := desk(t, "plasma", "plasmax11")
	kset := func(lines string) *fake { return k.with(annKDE, "[Daemon]\n"+lines) }
	x := desk(t, "xfce").with("/usr/bin/xfce4-screensaver", "")
	xset := func(inner string) *fake { return x.with(annXfce, xfceChannel(inner)) }
	two := user("user-lock-off")
	two.files["/usr/share/xsessions/plasma.desktop"] = ""
	bob := g.copy()
	bob.users = append(slices.Clone(g.users), User{Name: "bob", Home: "/home/bob"})
	nobody := g.copy()
	nobody.users = nil
	server := g.without("/usr/share/wayland-sessions")
	s := desk(t, "sway")
	hypr := desk(t, "hyprland", "hyprland-uwsm")
	hyprConf := "general {\n lock_cmd = hyprlock\n}\nlistener {\n timeout = 150\n on-timeout = brightnessctl -s set 10\n}\nlistener {\n timeout = 300\n on-timeout = loginctl lock-session\n}\n"
	for _, tt := range []struct {
		name string
		on   *fake
		want string
	}{
		{"GNOME as it comes locks after five minutes", g, "pass"},
		{"GNOME with the lock off asks for no password", user("user-lock-off"), "fail(no_password)"},
		{"GNOME with a lock and no pause never locks", user("user-never"), "fail(no_timeout)"},
		{"an hour is too long", user("user-hour"), "fail(timeout_too_long)"},
		{"exactly the limit passes", user("user-half"), "pass"},
		{"a pause in time with a password much later does not", user("user-slow"), "fail(grace_too_long)"},
		{"locking can be forbidden", user("user-forbidden"), "fail(lock_forbidden)"},
		{"a value the administrator fixed outweighs the user's", managed("user-lock-off", "system-locked"), "pass"},
		{"one that is not fixed does not", managed("user-lock-off", "system-open"), "fail(no_password)"},
		{"the administrator's value holds where the user set none", managed("user-half", "system-off"), "fail(no_password)"},
		{"a system database that was never made says nothing", g.with("/etc/dconf/profile/user", "user-db:user\nsystem-db:local\n"), "pass"},
		{"a database of another kind cannot be told", g.with("/etc/dconf/profile/user", "service-db:keyfile/user\n"), "could_not_tell(unknown_mechanism)"},
		{"a database that is none cannot be told", g.with(annDconf, "GVariant, but not really, no"), "could_not_tell(unexpected_answer)"},
		{"an empty database says nothing", g.with(annDconf, ""), "pass"},
		{"without rights it cannot be told", g.refusing(annDconf, fs.ErrPermission), "could_not_tell(no_permission)"},
		{"without schemas nothing is assumed", g.without("/usr/share/glib-2.0"), "could_not_tell(tool_missing)"},
		{"a schema with another value for some desktop cannot be told", g.with("/usr/share/glib-2.0/schemas/gschemas.compiled", settingsFile(t, "gschemas-per-desktop.compiled")), "could_not_tell(unknown_mechanism)"},
		{"unless somebody set the value", user("user-hour").with("/usr/share/glib-2.0/schemas/gschemas.compiled", settingsFile(t, "gschemas-per-desktop.compiled")), "fail(timeout_too_long)"},
		{"Ubuntu's and System76's sessions are GNOME", desk(t, "ubuntu", "ubuntu-xorg", "pop"), "pass"},

		{"Cinnamon as it comes passes", desk(t, "cinnamon"), "pass"},
		{"Cinnamon with the lock off", desk(t, "cinnamon").with(annDconf, settingsFile(t, "user-mate-cinnamon")), "fail(no_password)"},
		{"MATE as it comes passes: its pauses are minutes", desk(t, "mate"), "pass"},
		{"MATE whose screen never goes dark", desk(t, "mate").with(annDconf, settingsFile(t, "user-mate-cinnamon")), "fail(no_timeout)"},

		{"KDE as it comes locks after five minutes", k, "pass"},
		{"KDE with the lock off", kset("Autolock=false\n"), "fail(no_timeout)"},
		{"KDE with a pause of nothing never locks", kset("Timeout=0\n"), "fail(no_timeout)"},
		{"KDE after the limit", kset("Timeout=16\n"), "fail(timeout_too_long)"},
		{"KDE at the limit, with its five seconds of grace, is over it", kset("Timeout=15\n"), "fail(grace_too_long)"},
		{"KDE at the limit without grace passes", kset("Timeout=15\nLockGrace=0\n"), "pass"},
		{"KDE that asks for no password", kset("RequirePassword=false\n"), "fail(no_password)"},
		{"KDE that never asks after it went dark", kset("LockGrace=-1\n"), "fail(no_password)"},
		{"a group of another name is not the lock's", k.with(annKDE, "[Greeter]\nAutolock=false\n"), "pass"},
		{"the administrator's file holds where the user has none", k.with("/etc/xdg/kscreenlockerrc", "[Daemon]\nAutolock=false\n"), "fail(no_timeout)"},
		{"the user's outweighs it", kset("Autolock=true\n").with("/etc/xdg/kscreenlockerrc", "[Daemon]\nAutolock=false\n"), "pass"},
		{"but not what is fixed", kset("Autolock=false\n").with("/etc/xdg/kscreenlockerrc", "[Daemon]\nAutolock[$i]=true\n"), "pass"},
		{"nor a group that is", kset("Timeout=90\n").with("/etc/xdg/kscreenlockerrc", "[Daemon][$i]\nTimeout=5\n"), "pass"},
		{"KDE can forbid locking", k.with("/etc/xdg/kdeglobals", "[KDE Action Restrictions][$i]\naction/lock_screen=false\n"), "fail(lock_forbidden)"},
		{"a number that is none is no pass", kset("Timeout=soon\n"), "could_not_tell(unknown_mechanism)"},

		{"Xfce as it comes locks after five minutes", x, "pass"},
		{"Xfce with its screen saver off", xset(`<property name="saver" type="empty"><property name="enabled" type="bool" value="false"/></property>`), "fail(no_timeout)"},
		{"Xfce with its lock off", xset(`<property name="lock" type="empty"><property name="enabled" type="bool" value="false"/></property>`), "fail(no_password)"},
		{"Xfce after an hour", xset(`<property name="saver" type="empty"><property name="idle-activation" type="empty"><property name="delay" type="int" value="60"/></property></property>`), "fail(timeout_too_long)"},
		{"Xfce whose screen saver is kept from starting", x.with("/home/ann/.config/autostart/xfce4-screensaver.desktop", "[Desktop Entry]\nHidden=true\n"), "fail(no_timeout)"},
		{"Xfce with a value the administrator fixed", xset(`<property name="lock" type="empty"><property name="enabled" type="bool" value="false"/></property>`).with(sysXfce, xfceChannel(`<property name="lock" type="empty"><property name="enabled" type="bool" value="true" locked="*"/></property>`)), "pass"},
		{"Xfce with another locker cannot be told", desk(t, "xfce"), "could_not_tell(unknown_mechanism)"},
		{"a channel that is no XML is no pass", x.with(annXfce, "<channel"), "could_not_tell(unknown_mechanism)"},

		{"Sway with swayidle and swaylock", s.with("/home/ann/.config/sway/config", "exec swayidle -w \\\n  timeout 300 'swaylock -f -c 000000' \\\n  timeout 600 'swaymsg \"output * dpms off\"'\n"), "pass"},
		{"Sway that only turns the display off", s.with("/home/ann/.config/sway/config", "exec swayidle -w timeout 300 'swaymsg \"output * dpms off\"'\n"), "could_not_tell(unknown_mechanism)"},
		{"Sway with swayidle in a comment", s.with("/home/ann/.config/sway/config", "# exec swayidle -w timeout 300 'swaylock -f'\n"), "could_not_tell(unknown_mechanism)"},
		{"Sway with swayidle as a service", s.with("/home/ann/.config/swayidle/config", "timeout 1800 'swaylock -f'\n").with("/home/ann/.config/systemd/user/graphical-session.target.wants/swayidle.service", ""), "fail(timeout_too_long)"},
		{"a configuration of swayidle that nothing starts is no lock", s.with("/home/ann/.config/swayidle/config", "timeout 300 'swaylock -f'\n"), "could_not_tell(unknown_mechanism)"},
		{"Hyprland with hypridle", hypr.with("/home/ann/.config/hypr/hyprland.conf", "exec-once = hypridle\n").with("/home/ann/.config/hypr/hypridle.conf", hyprConf), "pass"},
		{"Hyprland whose hypridle nothing starts", hypr.with("/home/ann/.config/hypr/hypridle.conf", hyprConf), "could_not_tell(unknown_mechanism)"},
		{"i3 with xautolock", desk(t, "i3").with("/home/ann/.config/i3/config", "exec --no-startup-id xautolock -time 20 -locker i3lock\n"), "fail(timeout_too_long)"},
		{"a desktop with no process to find cannot be told", desk(t, "quickshell"), "could_not_tell(unknown_desktop)"},

		{"a server has no screen", server, "not_applicable(no_desktop)"},
		{"nobody in 30 days cannot be told", nobody, "could_not_tell(no_session)"},
		{"the worst of all users counts", bob.with("/home/bob/.config/dconf/user", settingsFile(t, "user-never")), "fail(no_timeout)"},
		{"of two desktops and no choice the worse counts", two, "fail(no_password)"},
		{"the desktop a user chose counts", two.with("/var/lib/AccountsService/users/ann", "[User]\nSession=plasma\n"), "pass"},
		{"hypridle that asks for a lock nobody makes cannot be told", hypr.with("/home/ann/.config/hypr/hyprland.conf", "exec-once = hypridle\n").with("/home/ann/.config/hypr/hypridle.conf", strings.Replace(hyprConf, "lock_cmd = hyprlock", "# lock_cmd = hyprlock", 1)), "could_not_tell(unknown_mechanism)"},
		{"swayidle that asks for a lock nobody makes cannot be told", s.with("/home/ann/.config/sway/config", "exec swayidle -w timeout 300 'loginctl lock-session'\n"), "could_not_tell(unknown_mechanism)"},
		{"swayidle that answers its own request passes", s.with("/home/ann/.config/sway/config", "exec swayidle -w timeout 300 'loginctl lock-session' lock 'swaylock -f'\n"), "pass"},
		{"a choice that is no longer installed counts for nothing", user("user-lock-off").with("/home/ann/.dmrc", "[Desktop]\nSession=plasma\n"), "fail(no_password)"},
		{"SDDM knows the choice of the last user", two.with("/var/lib/sddm/state.conf", "[Last]\nSession=/usr/share/xsessions/plasma.desktop\nUser=ann\n"), "pass"},
		{"and of nobody else", two.with("/var/lib/sddm/state.conf", "[Last]\nSession=/usr/share/xsessions/plasma.desktop\nUser=bob\n"), "fail(no_password)"},
		{"a session file that starts another says nothing", desk(t, "gnome", "lightdm-xsession"), "pass"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.on.verdict(t, wire.Linux, wire.ScreenLock, Input{}); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func xfceChannel(inner string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<channel name="xfce4-screensaver" version="1.0">` + inner + "</channel>\n"
}

func TestTheLimitIsThatOfTheOrganisation(t *testing.T) {
	f := desk(t, "gnome").with(annDconf, settingsFile(t, "user-half"))
	for minutes, want := range map[int]string{5: "fail(timeout_too_long)", 10: "fail(timeout_too_long)", 15: "pass", 30: "pass"} {
		settings := wire.Usual()
		settings.LockMinutes = minutes
		if got := f.verdict(t, wire.Linux, wire.ScreenLock, Input{Settings: settings}); got != want {
			t.Errorf("15 minutes of %d: %s, want %s", minutes, got, want)
		}
	}
}

func TestNothingButTheLockIsTakenFromADatabase(t *testing.T) {
	f := desk(t, "gnome").with(annDconf, settingsFile(t, "user-lock-off"))
	a := linuxLock(t.Context(), f, Input{Settings: wire.Usual(), Now: now})
	for _, d := range a.Detail {
		if slices.Contains([]rune(d), 0) || len(d) > 200 {
			t.Errorf("the detail has raw bytes: %q", d)
		}
	}
	if len(a.Detail) != 1 {
		t.Errorf("%d lines of detail, want 1: %q", len(a.Detail), a.Detail)
	}
}

func TestUsersOnLinux(t *testing.T) {
	f := newFake().with("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/zsh\n"+
		"old:x:1002:1002::/home/old:/bin/bash\nsvc:x:1003:1003::/home/svc:/usr/sbin/nologin\nnobody:x:65534:65534::/nonexistent:/bin/sh\nhal:x:100001:100001::/home/hal:/bin/bash\nbroken\n").
		with("/home/hal/x", "").with("/nonexistent/x", "").
		with("/run/user/1000/bus", "").with("/home/ann/x", "").with("/home/bob/.config/dconf/user", "").with("/home/old/x", "").with("/home/svc/x", "").
		with("/home/lost+found/x", "").with("/home/linuxbrew/.linuxbrew/x", "").with("/home/ldap/.cache/x", "").
		with("/home/eve@corp.example.com/.cache/x", "").with("/home/fay.example/.config/dconf/user", "").with("/home/gil.homedir/.cache/x", "").with("/home/.ecryptfs/.cache/x", "")
	month := 30 * 24 * time.Hour
	for p, age := range map[string]time.Duration{"/home/ann": 2 * month, "/home/bob": 2 * month, "/home/bob/.config": 2 * month, "/home/bob/.config/dconf": month, "/home/old": month + time.Second} {
		f.changed[p] = now.Add(-age)
	}
	got, err := LinuxUsers(t.Context(), f, now)
	want := []User{{Name: "ann", Home: "/home/ann", ID: "1000", Session: true}, {Name: "bob", Home: "/home/bob", ID: "1001"}, {Name: "hal", Home: "/home/hal", ID: "100001"}, {Name: "eve@corp.example.com", Home: "/home/eve@corp.example.com"},
		{Name: "fay.example", Home: "/home/fay.example"}, {Name: "ldap", Home: "/home/ldap"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

// winbind makes /home/CORP/ann, and sssd /home/corp.example.com/ann. What looks the same
// and is somebody's own folder is not looked into.
func TestHomesOfADomainOnLinux(t *testing.T) {
	f := newFake().with("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/staff/ann:/bin/bash\n").
		with("/home/staff/ann/.config/x", "").with("/home/staff/bea/.cache/x", "").
		with("/home/CORP/cem/.config/dconf/user", "").with("/home/CORP/dan/.bashrc", "").with("/home/CORP/old/.cache/x", "").with("/home/CORP/.hidden/.cache/x", "").
		with("/home/corp.example.com/eve/.local/share/x", "").
		with("/home/fay/canary/.cache/x", "").                                // a home that was never signed in to on a desktop
		with("/home/gil/.config/x", "").with("/home/gil/canary/.cache/x", "") // one that was, long ago
	f = f.with("/home/CORP/skel/.cache/x", "") // it is root's, and so the home of nobody
	f.theirs = map[string]bool{"/home/fay": true, "/home/CORP/cem": true, "/home/CORP/dan": true, "/home/CORP/old": true, "/home/corp.example.com/eve": true, "/home/staff/bea": true}
	for _, p := range []string{"/home/CORP/old/.cache", "/home/gil/.config"} {
		f.changed[p] = now.Add(-usedFor - time.Second)
	}
	got, err := LinuxUsers(t.Context(), f, now)
	want := []User{{Name: "ann", Home: "/home/staff/ann", ID: "1000"}, {Name: "cem", Home: "/home/CORP/cem"}, {Name: "eve", Home: "/home/corp.example.com/eve"}, {Name: "bea", Home: "/home/staff/bea"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for p := range f.asked {
		if strings.Contains(p, "canary") {
			t.Errorf("somebody's own folder was looked into: %s", p)
		}
	}
	if _, err := LinuxUsers(t.Context(), f.refusing("/home/CORP", fs.ErrPermission), now); err != nil {
		t.Errorf("a folder that cannot be looked at is one of nobody: %v", err)
	}
	if got, err := LinuxUsers(t.Context(), tooMany{f, "CORP", fs.ErrInvalid}, now); err != nil || len(got) != 3 || slices.ContainsFunc(got, func(u User) bool { return u.Name == "cem" }) {
		t.Errorf("a folder with more names than are read holds no homes, and the others count: %+v, %v", got, err)
	}
	if _, err := LinuxUsers(t.Context(), tooMany{f, "CORP", fs.ErrPermission}, now); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder that may not be listed: %v", err)
	}
}

// tooMany cannot list one folder of /home.
type tooMany struct {
	*fake
	folder string
	err    error
}

func (m tooMany) Names(ctx context.Context, r Read, fill ...string) ([]string, error) {
	if len(fill) == 1 && fill[0] == m.folder {
		return nil, m.err
	}
	return m.fake.Names(ctx, r, fill...)
}

func FuzzGVDB(f *testing.F) {
	for _, n := range []string{"gschemas.compiled", "system-locked", "user-lock-off", "user-slow"} {
		f.Add([]byte(settingsFile(f, n)), "/org/gnome/desktop/screensaver/lock-enabled")
	}
	f.Fuzz(func(t *testing.T, b []byte, key string) {
		g, err := openGVDB(b)
		if err != nil {
			return
		}
		g.value(key, false)
		g.value(key, true)
		if t2, ok, err := g.table("org.gnome.desktop.session"); ok && err == nil {
			t2.value("idle-delay", true)
			t2.value(".path", false)
		}
		if locks, ok, _ := g.table(".locks"); ok {
			locks.has(key)
		}
	})
}

func FuzzLockFiles(f *testing.F) {
	f.Add("[Daemon][$i]\nAutolock[$i]=false\n")
	f.Add(xfceChannel(`<property name="saver" type="empty"><property name="enabled" type="bool" value="false"/></property>`))
	f.Add("exec swayidle -w timeout 300 'swaylock -f'\nlistener {\ntimeout = 3\non-timeout = hyprlock\n}\nexec xautolock -time 3 -locker i3lock")
	f.Fuzz(func(t *testing.T, text string) {
		kdeSettings(text, "Daemon", map[string]string{}, map[string]bool{})
		parseINI(text)
		for _, d := range []time.Duration{swayAfter(text), hyprAfter(text), xautoAfter(text)} {
			if d < 0 {
				t.Errorf("a pause of %v", d)
			}
		}
	})
}
