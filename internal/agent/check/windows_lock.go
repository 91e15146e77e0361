package check

import (
	"context"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	checkers[wire.Windows][wire.ScreenLock] = winLock
}

// lockLine is a line of the table for the screen lock.
func lockLine(id string, kind Kind, where, why string) Read {
	return line(Read{ID: "windows." + id, Platform: wire.Windows, Kind: kind, Where: where, For: []wire.Check{wire.ScreenLock}, Why: why})
}

const (
	winSaverPolicy = `HKU\{sid}\SOFTWARE\Policies\Microsoft\Windows\Control Panel\Desktop\`
	winSaverOwn    = `HKU\{sid}\Control Panel\Desktop\`
	winPowerPolicy = `HKLM\SOFTWARE\Policies\Microsoft\Power\PowerSettings\`
	winWakeGUID    = `0e796bdb-100d-47d6-a2d5-f7d2daa51f51\`
	winSleepGUID   = `29f6c1db-86da-48c5-9fdb-f2b67b1f44da\`
)

var (
	winInactivity = lockLine("inactivity", Registry, `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\InactivityTimeoutSecs`,
		"After how many seconds without use a policy locks the machine.")
	winDeviceLock = lockLine("device-lock", Registry, `HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\DeviceLock\MaxInactivityTimeDeviceLock`,
		"Whether your organisation's device management sets a lock, whose effect cannot be seen here.")

	// each in the order in which they count: the policy, then the choice of the user
	winSaverActive = [2]Read{
		lockLine("saver-active-policy", Registry, winSaverPolicy+"ScreenSaveActive", "Whether a policy turns your screen saver on."),
		lockLine("saver-active", Registry, winSaverOwn+"ScreenSaveActive", "Whether your screen saver is on."),
	}
	winSaverSecure = [2]Read{
		lockLine("saver-secure-policy", Registry, winSaverPolicy+"ScreenSaverIsSecure", "Whether a policy has your screen saver ask for the password."),
		lockLine("saver-secure", Registry, winSaverOwn+"ScreenSaverIsSecure", "Whether your screen saver asks for the password."),
	}
	winSaverProgram = [2]Read{
		lockLine("saver-program-policy", Registry, winSaverPolicy+"SCRNSAVE.EXE", "Whether a policy chooses a screen saver; without one nothing begins."),
		lockLine("saver-program", Registry, winSaverOwn+"SCRNSAVE.EXE", "Whether you chose a screen saver; without one nothing begins."),
	}
	winSaverTimeout = [2]Read{
		lockLine("saver-timeout-policy", Registry, winSaverPolicy+"ScreenSaveTimeOut", "After how many seconds a policy begins your screen saver."),
		lockLine("saver-timeout", Registry, winSaverOwn+"ScreenSaveTimeOut", "After how many seconds your screen saver begins."),
	}

	// each on mains and on battery
	winWake = [2]Read{
		lockLine("wake-password-mains", Call, "powrprof.dll!PowerReadACValueIndex SUB_NONE CONSOLELOCK", "Whether a password is asked for on waking, on mains."),
		lockLine("wake-password-battery", Call, "powrprof.dll!PowerReadDCValueIndex SUB_NONE CONSOLELOCK", "Whether a password is asked for on waking, on battery."),
	}
	winWakePolicy = [2]Read{
		lockLine("wake-password-policy-mains", Registry, winPowerPolicy+winWakeGUID+"ACSettingIndex", "What a policy sets for that, on mains."),
		lockLine("wake-password-policy-battery", Registry, winPowerPolicy+winWakeGUID+"DCSettingIndex", "What a policy sets for that, on battery."),
	}
	winSleep = [2]Read{
		lockLine("sleep-mains", Call, "powrprof.dll!PowerReadACValueIndex SUB_SLEEP STANDBYIDLE", "After how many seconds the machine goes to sleep, on mains."),
		lockLine("sleep-battery", Call, "powrprof.dll!PowerReadDCValueIndex SUB_SLEEP STANDBYIDLE", "After how many seconds the machine goes to sleep, on battery."),
	}
	winSleepPolicy = [2]Read{
		lockLine("sleep-policy-mains", Registry, winPowerPolicy+winSleepGUID+"ACSettingIndex", "What a policy sets for that, on mains."),
		lockLine("sleep-policy-battery", Registry, winPowerPolicy+winSleepGUID+"DCSettingIndex", "What a policy sets for that, on battery."),
	}
	winDelay = lockLine("wake-password-delay", Registry, winSaverOwn+"DelayLockInterval",
		"After how many seconds of sleep you are asked for the password, where the machine only dozes; none is at once.")
	winDisplay = [2]Read{
		lockLine("display-mains", Call, "powrprof.dll!PowerReadACValueIndex SUB_VIDEO VIDEOIDLE", "After how many seconds the display goes dark, on mains."),
		lockLine("display-battery", Call, "powrprof.dll!PowerReadDCValueIndex SUB_VIDEO VIDEOIDLE", "After how many seconds the display goes dark, on battery."),
	}
)

// winLock passes by the best of three: the policy for the machine, sleep from which only
// a password wakes, or the screen savers of everybody. A display that goes dark locks
// some machines and others not, which cannot be seen: then a fail would be a guess.
func winLock(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	limit := 60 * int64(in.Settings.LockMinutes)
	machine, _ := p.number(winInactivity)
	if machine > 0 && machine <= limit {
		return p.pass()
	}
	within := func(n int64) bool { return n > 0 && n <= limit }
	wakes, err := winPower(p, winWakePolicy, winWake, func(n int64) bool { return n == 1 })
	sleeps, dark, longest := false, false, int64(0)
	if wakes {
		sleeps, err = winPower(p, winSleepPolicy, winSleep, func(n int64) bool { longest = max(longest, n); return within(n) })
	}
	late := false
	if sleeps {
		if late, err = winLate(p, limit-longest); err != nil {
			return p.because(err)
		}
		if !late {
			return p.pass()
		}
	}
	if wakes && err == nil {
		dark, err = winPower(p, [2]Read{}, winDisplay, within)
	}
	device, _ := p.number(winDeviceLock)
	return p.everyUser(func(u User) finding {
		f := winSaver(p, u, limit)
		switch {
		case f.verdict != wire.Fail:
		case device > 0:
			return untold(wire.ManagedElsewhere)
		case late:
			return failing(wire.GraceTooLong)
		case dark:
			return untold(wire.UnknownMechanism)
		case err != nil:
			return untold(because(err))
		case machine > limit && f.reason == wire.NoTimeout:
			return failing(wire.TooLong)
		}
		return f
	})
}

// winLate reports whether somebody who is signed in chose to be asked for the password
// later than left seconds after the machine went to sleep, or never.
func winLate(p *probe, left int64) (bool, error) {
	users, err := p.src.Users(p.ctx)
	if err != nil {
		return false, err
	}
	for _, u := range users {
		if !u.Session {
			continue
		}
		if n, ok := p.number(winDelay, u.ID); ok && n > left {
			return true, nil
		}
	}
	return false, nil
}

// winPower reports whether a setting of power is as wanted on mains and on battery. What
// a policy sets counts before the plan.
func winPower(p *probe, policy, plan [2]Read, wanted func(int64) bool) (bool, error) {
	for i := range plan {
		n, ok := int64(0), false
		if policy[i].ID != "" {
			n, ok = p.number(policy[i])
		}
		if !ok {
			var err error
			if n, err = p.call(plan[i]); err != nil {
				return false, err
			}
		}
		if !wanted(n) {
			return false, nil
		}
	}
	return true, nil
}

// winSaver is the lock of one person: a screen saver that is on, is there, asks for the
// password and begins in time.
func winSaver(p *probe, u User, limit int64) finding {
	var err error
	get := func(all [2]Read) string {
		s, e := first(p, all, u.ID)
		if e != nil {
			err = e
		}
		return s
	}
	active, program, secure, timeout := get(winSaverActive), get(winSaverProgram), get(winSaverSecure), get(winSaverTimeout)
	if err != nil {
		return untold(because(err))
	}
	seconds, _ := strconv.ParseInt(timeout, 10, 64)
	switch {
	case active == "0" || program == "" || seconds <= 0:
		return failing(wire.NoTimeout)
	case secure != "1":
		return failing(wire.NoPassword)
	case seconds > limit:
		return failing(wire.TooLong)
	}
	return fine
}

// first is the first of several values that is set, as text; empty without one.
func first(p *probe, all [2]Read, fill ...string) (string, error) {
	for _, r := range all {
		v, err := p.registry(r, fill...)
		switch {
		case err == nil && v.IsText:
			return strings.TrimSpace(v.Text), nil
		case err == nil:
			return strconv.FormatUint(v.Number, 10), nil
		case because(err) != wire.ToolMissing:
			return "", err
		}
	}
	return "", nil
}
