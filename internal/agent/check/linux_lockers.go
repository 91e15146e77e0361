package check

import (
	"context"
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// lockFile is a line of the table for a file that says when the screen locks.
func lockFile(id, where, why string) Read {
	return line(Read{ID: "linux." + id, Platform: wire.Linux, Kind: File, Where: where, Max: 1 << 20, For: onLock, Watch: true, Why: why})
}

const (
	whyKDE  = "After which pause KDE locks the screen, and whether it asks for a password."
	whyXfce = "After which pause Xfce locks the screen."
	whyIdle = "Whether a program is started that locks the screen, and after which pause. Only such lines are looked at."
)

var (
	linuxKDESystem   = lockFile("kde-system", "/etc/xdg/kscreenlockerrc", whyKDE)
	linuxKDEUser     = lockFile("kde", "{home}/.config/kscreenlockerrc", whyKDE)
	linuxKDEGlobal   = lockFile("kde-restrictions", "/etc/xdg/kdeglobals", "Whether locking is forbidden.")
	linuxXfceSystem  = lockFile("xfce-system", "/etc/xdg/xfce4/xfconf/xfce-perchannel-xml/xfce4-screensaver.xml", whyXfce)
	linuxXfceUser    = lockFile("xfce", "{home}/.config/xfce4/xfconf/xfce-perchannel-xml/xfce4-screensaver.xml", whyXfce)
	linuxXfceStarted = lockFile("xfce-autostart", "{home}/.config/autostart/xfce4-screensaver.desktop", "Whether the user keeps the screen saver from starting.")
	linuxXfceSaver   = line(Read{
		ID: "linux.xfce-screensaver", Platform: wire.Linux, Kind: Stat, Where: "/usr/bin/xfce4-screensaver", For: onLock,
		Why: "Whether the screen saver of Xfce is installed.",
	})
	linuxSway     = lockFile("sway", "{home}/.config/sway/config", whyIdle)
	linuxSwayEtc  = lockFile("sway-system", "/etc/sway/config", whyIdle)
	linuxSwayidle = lockFile("swayidle", "{home}/.config/swayidle/config", whyIdle)
	linuxHypr     = lockFile("hyprland", "{home}/.config/hypr/hyprland.conf", whyIdle)
	linuxHypridle = lockFile("hypridle", "{home}/.config/hypr/hypridle.conf", whyIdle)
	linuxI3       = lockFile("i3", "{home}/.config/i3/config", whyIdle)
	linuxI3Old    = lockFile("i3-old", "{home}/.i3/config", whyIdle)
	linuxWants    = line(Read{
		ID: "linux.wants", Platform: wire.Linux, Kind: Stat, Where: "{home}/.config/systemd/user/graphical-session.target.wants/{service}", For: onLock,
		Why: "Whether swayidle or hypridle is started as a service of the user.",
	})
)

// kdeLock reads the lock of KDE. Whatever nobody set is as KDE has it: it locks after
// five minutes and asks for a password after five seconds.
func kdeLock(ctx context.Context, src Source, u User) (locking, error) {
	set := map[string]string{"Autolock": "true", "Timeout": "5", "LockGrace": "5", "RequirePassword": "true"}
	fixed := map[string]bool{}
	for _, read := range []func() ([]byte, error){
		func() ([]byte, error) { return src.File(ctx, linuxKDESystem) },
		func() ([]byte, error) { return src.File(ctx, linuxKDEUser, u.Home) },
	} {
		b, err := read()
		if err != nil && !absent(err) {
			return locking{}, err
		}
		kdeSettings(string(b), "Daemon", set, fixed)
	}
	b, err := src.File(ctx, linuxKDEGlobal)
	if err != nil && !absent(err) {
		return locking{}, err
	}
	restricted := map[string]string{}
	kdeSettings(string(b), "KDE Action Restrictions", restricted, map[string]bool{})
	minutes, err1 := strconv.Atoi(set["Timeout"])
	grace, err2 := strconv.Atoi(set["LockGrace"])
	if err1 != nil || err2 != nil {
		return locking{}, errLocker
	}
	l := locking{
		after: time.Duration(minutes) * time.Minute, grace: time.Duration(max(grace, 0)) * time.Second,
		password: grace >= 0 && !isFalse(set["RequirePassword"]), forbidden: isFalse(restricted["action/lock_screen"]),
	}
	if isFalse(set["Autolock"]) {
		l.after = 0
	}
	return l, nil
}

// isFalse reads a truth as KConfig does.
func isFalse(s string) bool {
	switch strings.ToLower(s) {
	case "false", "no", "off", "0":
		return true
	}
	return false
}

// kdeSettings takes the keys of a group over, but for those an earlier file fixed. A file
// fixes a key, a group or itself by [$i].
func kdeSettings(text, group string, set map[string]string, fixed map[string]bool) {
	was := map[string]bool{}
	for k := range fixed {
		was[k] = true
	}
	in, all, here := false, false, false
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		switch {
		case l == "[$i]":
			all = true
		case strings.HasPrefix(l, "["):
			name, mark := strings.CutSuffix(l, "[$i]")
			in, here = name == "["+group+"]", mark
			if in && (all || here) {
				fixed["*"] = true
			}
		case in:
			k, v, ok := strings.Cut(l, "=")
			name, mark := strings.CutSuffix(strings.TrimSpace(k), "[$i]")
			if !ok || was["*"] || was[name] {
				continue
			}
			set[name] = strings.TrimSpace(v)
			if mark || all || here {
				fixed[name] = true
			}
		}
	}
}

// property is a node of a channel of xfconf.
type property struct {
	Name   string     `xml:"name,attr"`
	Value  string     `xml:"value,attr"`
	Locked string     `xml:"locked,attr"`
	Below  []property `xml:"property"`
}

// flat writes the values of a tree under their paths.
func (p property) flat(path string, out map[string]string, fixed map[string]bool) {
	for _, b := range p.Below {
		at := path + "/" + b.Name
		if b.Value != "" && !fixed[at] {
			out[at] = b.Value
		}
		if b.Locked != "" {
			defer func() { fixed[at] = true }()
		}
		b.flat(at, out, fixed)
	}
}

// xfceLock reads the lock of Xfce. Whatever nobody set is as Xfce has it: dark after five
// minutes, locked at once.
func xfceLock(ctx context.Context, src Source, u User) (locking, error) {
	if _, err := src.Stat(ctx, linuxXfceSaver); absent(err) {
		return locking{}, errLocker // light-locker or xscreensaver, or none
	} else if err != nil {
		return locking{}, err
	}
	set := map[string]string{"/saver/idle-activation/delay": "5", "/lock/saver-activation/delay": "0"}
	fixed := map[string]bool{}
	for _, read := range []func() ([]byte, error){
		func() ([]byte, error) { return src.File(ctx, linuxXfceSystem) },
		func() ([]byte, error) { return src.File(ctx, linuxXfceUser, u.Home) },
	} {
		b, err := read()
		if absent(err) {
			continue
		}
		if err != nil {
			return locking{}, err
		}
		var channel property
		if err := xml.Unmarshal(b, &channel); err != nil {
			return locking{}, errLocker
		}
		channel.flat("", set, fixed)
	}
	idle, err1 := strconv.Atoi(set["/saver/idle-activation/delay"])
	delay, err2 := strconv.Atoi(set["/lock/saver-activation/delay"])
	if err1 != nil || err2 != nil {
		return locking{}, errLocker
	}
	l := locking{after: time.Duration(idle) * time.Minute, grace: time.Duration(max(delay, 0)) * time.Minute, password: true}
	for _, k := range []string{"/lock/enabled", "/lock/saver-activation/enabled"} {
		l.password = l.password && !isFalse(set[k])
	}
	b, err := src.File(ctx, linuxXfceStarted, u.Home)
	if err != nil && !absent(err) {
		return locking{}, err
	}
	hidden := strings.EqualFold(parseINI(string(b))["Desktop Entry"]["Hidden"], "true")
	if hidden || isFalse(set["/saver/enabled"]) || isFalse(set["/saver/idle-activation/enabled"]) {
		l.after = 0
	}
	return l, nil
}

var (
	lockers  = regexp.MustCompile(`\b(swaylock|gtklock|waylock|hyprlock|i3lock)\b`)
	asks     = regexp.MustCompile(`\bloginctl lock-session\b`) // whoever heeds it, locks
	swayHeed = regexp.MustCompile(`\slock\s+('[^']+'|"[^"]+"|[^\s'"]+)`)
	hyprHeed = regexp.MustCompile(`(?m)^\s*lock_cmd\s*=\s*\S`)
	i3Heed   = regexp.MustCompile(`(?m)^\s*exec(?:_always)?\s.*\bxss-lock\b.*\b(i3lock|swaylock)\b`)
	swayTime = regexp.MustCompile(`\btimeout\s+(\d+)\s+('[^']*'|"[^"]*"|\S+)`)
	hyprTime = regexp.MustCompile(`(?m)^\s*timeout\s*=\s*(\d+)`)
	hyprDo   = regexp.MustCompile(`(?m)^\s*on-timeout\s*=\s*(.*)$`)
	hyprPart = regexp.MustCompile(`(?s)\blistener\s*\{(.*?)\}`)
	xautoRun = regexp.MustCompile(`(?m)^\s*exec(?:_always)?\s.*\bxautolock\b.*$`)
	xautoFor = regexp.MustCompile(`\s-time\s+(\d+)`)
	comments = regexp.MustCompile(`(?m)^\s*#.*$`)
	joined   = strings.NewReplacer("\\\n", " ")
)

// idleLock reads the lock of a desktop that has none of its own: swayidle, hypridle or
// xautolock, started by its configuration. Where none is found it cannot be told, because
// a configuration may start it in other ways.
func idleLock(ctx context.Context, src Source, u User, d desktop) (locking, error) {
	read := func(r Read, fill ...string) string {
		b, _ := src.File(ctx, r, fill...)
		return joined.Replace(comments.ReplaceAllString(string(b), ""))
	}
	service := func(name string) bool {
		_, err := src.Stat(ctx, linuxWants, u.Home, name)
		return err == nil
	}
	var after time.Duration
	switch d {
	case sway:
		config := read(linuxSway, u.Home)
		if config == "" {
			config = read(linuxSwayEtc)
		}
		started := execs(config, "swayidle")
		after = swayAfter(started)
		if after == 0 && (started != "" || service("swayidle.service")) {
			after = swayAfter(read(linuxSwayidle, u.Home))
		}
	case hyprland:
		if execs(read(linuxHypr, u.Home), "hypridle") != "" || service("hypridle.service") {
			after = hyprAfter(read(linuxHypridle, u.Home))
		}
	default:
		after = xautoAfter(read(linuxI3, u.Home) + "\n" + read(linuxI3Old, u.Home))
	}
	if after == 0 {
		return locking{}, errLocker
	}
	return locking{after: after, password: true}, nil
}

// execs are the lines of a configuration that start a program.
func execs(config, program string) string {
	var out []string
	for l := range strings.Lines(config) {
		if strings.HasPrefix(strings.TrimSpace(l), "exec") && strings.Contains(l, program) {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// locks reports whether a command locks the screen: by itself, or by asking for it where
// somebody heeds that.
func locks(command string, heeded bool) bool {
	return lockers.MatchString(command) || heeded && asks.MatchString(command)
}

// swayAfter is the shortest pause after which swayidle starts a locker.
func swayAfter(text string) time.Duration {
	var out time.Duration
	heeded := swayHeed.MatchString(" " + text)
	for _, m := range swayTime.FindAllStringSubmatch(text, -1) {
		if locks(m[2], heeded) {
			out = shorter(out, m[1], time.Second)
		}
	}
	return out
}

func hyprAfter(text string) time.Duration {
	var out time.Duration
	heeded := hyprHeed.MatchString(text)
	for _, m := range hyprPart.FindAllStringSubmatch(text, -1) {
		after, do := hyprTime.FindStringSubmatch(m[1]), hyprDo.FindStringSubmatch(m[1])
		if after != nil && do != nil && locks(do[1], heeded) {
			out = shorter(out, after[1], time.Second)
		}
	}
	return out
}

// xautoAfter is the pause of xautolock, which is ten minutes unless it says another.
func xautoAfter(text string) time.Duration {
	var out time.Duration
	heeded := i3Heed.MatchString(text)
	for _, l := range xautoRun.FindAllString(text, -1) {
		if !locks(l, heeded) {
			continue
		}
		if m := xautoFor.FindStringSubmatch(l); m != nil {
			out = shorter(out, m[1], time.Minute)
		} else {
			out = shorter(out, "10", time.Minute)
		}
	}
	return out
}

func shorter(now time.Duration, number string, unit time.Duration) time.Duration {
	n, err := strconv.Atoi(number)
	if err != nil || n <= 0 || n > 1<<20 {
		return now
	}
	if d := time.Duration(n) * unit; now == 0 || d < now {
		return d
	}
	return now
}
