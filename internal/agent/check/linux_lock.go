package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

func init() { checkers[wire.Linux][wire.ScreenLock] = linuxLock }

// locking is how a desktop locks by itself.
type locking struct {
	after     time.Duration // of doing nothing until the screen goes dark; 0 is never
	grace     time.Duration // from then until a password is asked for
	password  bool          // one is asked for at all
	forbidden bool          // a setting forbids locking
}

// judge compares with what the organisation allows. What counts is the time from when
// somebody walks away to when a password is asked for.
func (l locking) judge(minutes int) wire.Result {
	fail := func(r wire.Reason) wire.Result { return wire.Result{Verdict: wire.Fail, Reason: r} }
	limit := time.Duration(minutes) * time.Minute
	switch {
	case l.forbidden:
		return fail(wire.LockForbidden)
	case !l.password:
		return fail(wire.NoPassword)
	case l.after <= 0:
		return fail(wire.NoTimeout)
	case l.after > limit:
		return fail(wire.TooLong)
	case l.after+l.grace > limit:
		return fail(wire.GraceTooLong)
	}
	return wire.Result{Verdict: wire.Pass}
}

// linuxLock passes when the desktop of every user of the last 30 days locks in time: the
// worst of them counts.
func linuxLock(ctx context.Context, src Source, in Input) Answer {
	all, err := installed(ctx, src)
	if err != nil {
		return couldNotTell(because(err))
	}
	if len(all) == 0 {
		return Answer{Result: wire.Result{Verdict: wire.NotApplicable, Reason: wire.NoDesktop}}
	}
	users, err := src.Users(ctx)
	if err != nil {
		return couldNotTell(because(err))
	}
	if len(users) == 0 {
		return couldNotTell(wire.NoSession)
	}
	worst := Answer{Result: wire.Result{Verdict: wire.Pass}}
	for _, u := range users {
		for _, d := range desktopsOf(ctx, src, u, all) {
			l, err := lockOf(ctx, src, u, d)
			r := l.judge(in.Settings.LockMinutes)
			if err != nil {
				r = wire.Result{Verdict: wire.CouldNotTell, Reason: whyNoLock(err)}
			}
			worst.Detail = append(worst.Detail, fmt.Sprintf("%s on %s: dark after %v, password after %v more: %t, forbidden: %t: %s %s",
				u.Name, d, l.after, l.grace, l.password, l.forbidden, r.Verdict, r.Reason))
			if worse(r, worst.Result) {
				worst.Result = r
			}
		}
	}
	return worst
}

// worse reports whether a counts rather than b: a fail before what could not be told
// before a pass; of two alike the first.
func worse(a, b wire.Result) bool {
	rank := map[wire.Verdict]int{wire.Pass: 0, wire.CouldNotTell: 1, wire.Fail: 2}
	return rank[a.Verdict] > rank[b.Verdict]
}

// errDesktop is a desktop the agent does not know; errLocker a known one where what locks
// the screen is not found.
var (
	errDesktop = errors.New("check: an unknown desktop")
	errLocker  = errors.New("check: no locker that is known")
)

func whyNoLock(err error) wire.Reason {
	switch {
	case errors.Is(err, errDesktop):
		return wire.UnknownDesktop
	case errors.Is(err, errLocker), errors.Is(err, errService), errors.Is(err, errNoSchema):
		return wire.UnknownMechanism
	case errors.Is(err, errGVDB):
		return wire.UnexpectedAnswer
	}
	return because(err)
}

// lockOf reads how a desktop locks for a user.
func lockOf(ctx context.Context, src Source, u User, d desktop) (locking, error) {
	switch d {
	case gnome, cinnamon, mate:
		return settingsLock(ctx, src, u, d)
	case kde:
		return kdeLock(ctx, src, u)
	case xfce:
		return xfceLock(ctx, src, u)
	case sway, hyprland, i3:
		return idleLock(ctx, src, u, d)
	}
	return locking{}, errDesktop
}

// lockKeys say where a desktop of the GNOME family keeps its settings, and in which unit.
type lockKeys struct {
	session, saver, lockdown string
	idle, delay              time.Duration
	activation               string // key without which the screen never goes dark; may be empty
}

var lockSettings = map[desktop]lockKeys{
	gnome:    {"org.gnome.desktop.session", "org.gnome.desktop.screensaver", "org.gnome.desktop.lockdown", time.Second, time.Second, ""},
	cinnamon: {"org.cinnamon.desktop.session", "org.cinnamon.desktop.screensaver", "org.cinnamon.desktop.lockdown", time.Second, time.Second, ""},
	mate:     {"org.mate.session", "org.mate.screensaver", "org.mate.lockdown", time.Minute, time.Minute, "idle-activation-enabled"},
}

// settingsLock reads the lock of GNOME, Cinnamon or MATE.
func settingsLock(ctx context.Context, src Source, u User, d desktop) (locking, error) {
	c, err := openDconf(ctx, src, u.Home)
	if err != nil {
		return locking{}, err
	}
	k := lockSettings[d]
	idle, err1 := c.read(k.session, "idle-delay")
	enabled, err2 := c.read(k.saver, "lock-enabled")
	delay, err3 := c.read(k.saver, "lock-delay")
	forbidden, err4 := c.read(k.lockdown, "disable-lock-screen")
	if errors.Is(err4, errNoSchema) {
		err4 = nil // older releases cannot forbid it
	}
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return locking{}, err
	}
	l := locking{
		after: time.Duration(idle.number) * k.idle, grace: time.Duration(max(delay.number, 0)) * k.delay,
		password: enabled.number == 1, forbidden: forbidden.number == 1,
	}
	if k.activation != "" {
		on, err := c.read(k.saver, k.activation)
		if err != nil {
			return locking{}, err
		}
		if on.number == 0 {
			l.after = 0
		}
	}
	return l, nil
}
