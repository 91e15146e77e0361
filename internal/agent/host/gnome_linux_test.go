package host

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

// desk is this machine with GNOME installed and one user, whose home is a folder of the
// test. All it reads is real.
type desk struct {
	check.Source
	home string
}

func (d desk) Users(context.Context) ([]check.User, error) {
	return []check.User{{Name: "ann", Home: d.home, ID: "1000"}}, nil
}

func (d desk) Names(ctx context.Context, r check.Read, fill ...string) ([]string, error) {
	if r.ID == "linux.wayland-sessions.0" {
		return []string{"gnome.desktop"}, nil
	}
	return d.Source.Names(ctx, r, fill...)
}

// lock is the verdict on the screen lock.
func (d desk) lock(t *testing.T) string {
	t.Helper()
	answers := check.Run(t.Context(), d, check.Input{Platform: wire.Linux, Settings: wire.Usual(), Now: time.Now()})
	for _, a := range answers {
		if a.Check == wire.ScreenLock {
			return strings.TrimSpace(string(a.Verdict) + " " + string(a.Reason))
		}
	}
	t.Fatal("no answer about the screen lock")
	return ""
}

// TestASettingOfGNOMETurnsTheVerdict breaks and mends the screen lock with gsettings, in
// a session bus and a home of its own, and reads what dconf wrote.
func TestASettingOfGNOMETurnsTheVerdict(t *testing.T) {
	for _, need := range []string{"gsettings", "dbus-run-session"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("%s is not installed", need)
		}
	}
	if out, err := exec.Command("gsettings", "list-keys", "org.gnome.desktop.screensaver").CombinedOutput(); err != nil {
		t.Skipf("the schemas of GNOME are not installed: %s", out)
	}
	d := desk{New(), t.TempDir()}
	set := func(args ...string) bool {
		t.Helper()
		cmd := exec.Command("dbus-run-session", append([]string{"gsettings"}, args...)...)
		cmd.Env = []string{"HOME=" + d.home, "PATH=" + os.Getenv("PATH"), "XDG_RUNTIME_DIR=" + d.home}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("gsettings cannot set %s here: %v: %s", strings.Join(args, " "), err, out)
		}
		_, err := os.Stat(filepath.Join(d.home, ".config", "dconf", "user"))
		return err == nil
	}
	if got := d.lock(t); got != "pass" {
		t.Fatalf("GNOME as it comes: %s, want pass", got)
	}
	saver, session := "org.gnome.desktop.screensaver", "org.gnome.desktop.session"
	for i, step := range []struct {
		args []string
		want string
	}{
		{[]string{"set", saver, "lock-enabled", "false"}, "fail no_password"},
		{[]string{"set", saver, "lock-enabled", "true"}, "pass"},
		{[]string{"set", session, "idle-delay", "0"}, "fail no_timeout"},
		{[]string{"set", session, "idle-delay", "901"}, "fail timeout_too_long"},
		{[]string{"set", session, "idle-delay", "900"}, "pass"},
		{[]string{"set", saver, "lock-delay", "1"}, "fail grace_too_long"},
		{[]string{"reset-recursively", saver}, "pass"},
		{[]string{"set", "org.gnome.desktop.lockdown", "disable-lock-screen", "true"}, "fail lock_forbidden"},
	} {
		a, err := arm(spots(check.Reads(wire.Linux), []string{d.home}))
		if err != nil {
			t.Fatal(err)
		}
		written := set(step.args...)
		woke := a.counts()
		a.close()
		if i == 0 && !written {
			t.Skip("gsettings keeps its settings elsewhere: dconf is not its backend here")
		}
		if got := d.lock(t); got != step.want {
			t.Errorf("after %s: %s, want %s", strings.Join(step.args, " "), got, step.want)
		}
		if !woke && !slices.Contains(step.args, "reset-recursively") {
			t.Errorf("%s did not wake the watch", strings.Join(step.args, " "))
		}
	}
}
