package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

// read is the line of the table with the id.
func read(t *testing.T, id string) check.Read {
	t.Helper()
	for _, r := range check.Reads(wire.Linux) {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no line %s in the table", id)
	return check.Read{}
}

func TestTheTableOfLinuxReadsWhatIsThere(t *testing.T) {
	ctx := t.Context()
	b, err := New().File(ctx, read(t, "linux.mounts"))
	if err != nil || !strings.Contains(string(b), " / / ") {
		t.Errorf("%d bytes of mounts, %v", len(b), err)
	}
	if i, err := New().Stat(ctx, read(t, "linux.used.home"), t.TempDir()); err != nil || !i.Dir || i.Dev == 0 {
		t.Errorf("a folder is %+v, %v", i, err)
	}
	if _, err := New().Stat(ctx, read(t, "linux.used.home"), "/no/such/home"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestWhatTheTableDoesNotHoldIsRefused(t *testing.T) {
	ctx, passwd := t.Context(), read(t, "linux.passwd")
	other, longer := passwd, passwd
	other.Where, longer.Max = "/etc/shadow", passwd.Max*2
	mac := passwd
	mac.Platform = wire.MacOS
	for name, r := range map[string]check.Read{"another path": other, "another limit": longer, "another platform": mac, "nothing": {}} {
		if _, err := New().File(ctx, r); !errors.Is(err, check.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New().Stat(ctx, passwd); !errors.Is(err, check.ErrRefused) {
		t.Errorf("a file asked as another kind: %v", err)
	}
	account, home := read(t, "linux.account"), read(t, "linux.kde")
	for name, fill := range map[string][]string{"a climb": {"../../../etc/shadow"}, "a path for a name": {"a/b"}, "nothing": {}, "too much": {"a", "b"}, "an empty name": {""}} {
		if _, err := New().File(ctx, account, fill...); !errors.Is(err, check.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New().File(ctx, home, "relative"); !errors.Is(err, check.ErrRefused) {
		t.Errorf("a home that is no absolute path: %v", err)
	}
	command := read(t, "linux.apt-config")
	command.Args = []string{"shell", "x"}
	if _, err := New().Run(ctx, command); !errors.Is(err, check.ErrRefused) {
		t.Errorf("other arguments: %v", err)
	}
}

// TestAProgramOfWindowsIsThatOfThisWindows: where Windows lies on D:, whoever uses the
// machine may create C:\Windows and put a program there.
func TestAProgramOfWindowsIsThatOfThisWindows(t *testing.T) {
	for root, want := range map[string]string{`C:\Windows`: `C:\Windows\System32\manage-bde.exe`, `D:\WINNT`: `D:\WINNT\System32\manage-bde.exe`} {
		if got := inSystem(`C:\Windows\System32\manage-bde.exe`, root); got != want {
			t.Errorf("with Windows in %s it is %s, want %s", root, got, want)
		}
	}
	if got := inSystem("/usr/sbin/nft", root); got != "/usr/sbin/nft" {
		t.Errorf("a program of Linux is %s", got)
	}
}

func TestAPipeIsNotWaitedFor(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".config"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(home, ".config", "kscreenlockerrc"), 0o644); err != nil {
		t.Fatal(err)
	}
	if b, err := New().File(t.Context(), read(t, "linux.kde"), home); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a pipe gave %q, %v", b, err)
	}
}

// TestALinkInAHomeOpensNothingElse: opening alone does something, such as start a watchdog
// or take a line out of the log of the kernel, and the agent has rights its user has not.
func TestALinkInAHomeOpensNothingElse(t *testing.T) {
	home := t.TempDir()
	pipe := filepath.Join(home, "pipe")
	if err := os.MkdirAll(filepath.Join(home, ".config"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"kscreenlockerrc": pipe, "google-chrome": pipe, "../.dmrc": "/proc/version"} {
		if err := os.Symlink(to, filepath.Join(home, ".config", link)); err != nil {
			t.Fatal(err)
		}
	}
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if _, err := syscall.InotifyAddWatch(fd, pipe, syscall.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	if b, err := New().File(t.Context(), read(t, "linux.kde"), home); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a link to a pipe gave %q, %v", b, err)
	}
	if names, err := New().Names(t.Context(), read(t, "linux.profiles.chrome"), home); err == nil {
		t.Errorf("a link to a pipe for a folder gave %q", names)
	}
	if n, err := syscall.Read(fd, make([]byte, 4096)); !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("the pipe was opened: %d bytes of events, %v", n, err)
	}
	if b, err := New().File(t.Context(), read(t, "linux.dmrc"), home); len(b) > 0 {
		t.Errorf("a link to a file of the kernel gave %q, %v", b, err)
	}
}

func TestAFileThatIsTooLargeIsAnError(t *testing.T) {
	home, r := t.TempDir(), read(t, "linux.dmrc")
	for size, fits := range map[int]bool{r.Max: true, r.Max + 1: false} {
		if err := os.WriteFile(filepath.Join(home, ".dmrc"), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err := New().File(t.Context(), r, home); (err == nil) != fits || (fits && len(b) != size) {
			t.Errorf("%d of %d bytes: %d, %v", size, r.Max, len(b), err)
		}
	}
}

func TestOutputsAreLimitedAndSoIsTheirTime(t *testing.T) {
	l := &limited{left: 3}
	for _, p := range []string{"ab", "cd", "e"} {
		if n, err := l.Write([]byte(p)); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if l.b.String() != "abc" || !l.cut {
		t.Errorf("kept %q, cut %t", l.b.String(), l.cut)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New().Run(ctx, read(t, "linux.apt-config")); !errors.Is(err, context.Canceled) && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a command within a context that has ended: %v", err)
	}
}

func TestWhatIsWatchedAreFoldersOfTheTable(t *testing.T) {
	got := spots(check.Reads(wire.Linux), []string{"/home/ann"})
	for _, want := range []spot{{"/home/ann/.config/dconf", ""}, {"/home/ann/.config", "kscreenlockerrc"}, {"/etc/dconf/db", ""}, {"/etc/ufw", "ufw.conf"}} {
		if !slices.Contains(got, want) {
			t.Errorf("%v is not watched: %v", want, got)
		}
	}
	for _, s := range got {
		if strings.ContainsAny(s.dir+s.name, "{}") || !filepath.IsAbs(s.dir) || strings.HasPrefix(s.dir, "/proc") {
			t.Errorf("%v is watched", s)
		}
	}
}

// wakes arms a watch over a home and says, after do, whether it woke for it.
func wakes(t *testing.T, home string, do func()) bool {
	t.Helper()
	a, err := arm(spots(check.Reads(wire.Linux), []string{home}))
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	do()
	return a.counts() // what was done is in the queue of the kernel by now
}

func TestAChangeOfASettingWakes(t *testing.T) {
	home := t.TempDir()
	write := func(name string) func() {
		return func() {
			p := filepath.Join(home, name)
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p+".new", []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(p+".new", p); err != nil {
				t.Fatal(err)
			}
		}
	}
	if wakes(t, home, write("diary")) {
		t.Error("a file that says nothing of a check woke")
	}
	if !wakes(t, home, write(".config/dconf/user")) {
		t.Error("the first setting of a new user did not wake")
	}
	if !wakes(t, home, write(".config/dconf/user")) {
		t.Error("a changed setting did not wake")
	}
	if wakes(t, home, write(".config/diary")) {
		t.Error("another file in a watched folder woke")
	}
	if !wakes(t, home, write(".config/kscreenlockerrc")) {
		t.Error("a setting of KDE did not wake")
	}
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Watch(ctx, check.Reads(wire.Linux), func() {}) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAMountWakes(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	mounts := openMounts(check.Reads(wire.Linux))
	if mounts < 0 {
		t.Fatal("the list of mounts is not watched")
	}
	defer syscall.Close(mounts)
	a, err := arm(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4k"); err != nil {
		t.Skipf("mounting is not allowed here: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	stop := newEvent(t)
	if woke, err := a.wait(stop, mounts); err != nil || !woke {
		t.Errorf("woke %t, %v", woke, err)
	}
}

// newEvent is what never happens.
func newEvent(t *testing.T) int {
	t.Helper()
	var p [2]int
	if err := syscall.Pipe(p[:]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(p[0]); syscall.Close(p[1]) })
	return p[0]
}

func TestALookThatHangsIsNotWaitedForTwice(t *testing.T) {
	release := make(chan struct{})
	defer func() {
		close(release)
		for len(waiting) > 0 {
			time.Sleep(time.Millisecond)
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := make(chan struct{})
	for range cap(waiting) {
		go func() {
			_, _ = timed(ctx, func() (int, error) { <-release; return 0, nil })
			cancelled <- struct{}{}
		}()
	}
	for len(waiting) < cap(waiting) {
		time.Sleep(time.Millisecond)
	}
	cancel()
	for range cap(waiting) {
		<-cancelled // the looks hang on, and nobody waits for them
	}
	if _, err := timed(t.Context(), func() (int, error) { return 1, nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more look: %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestTheWholeWatchWakes(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4k"); err != nil {
		t.Skipf("mounting is not allowed here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	ctx, cancel := context.WithCancel(t.Context())
	woke, ended := make(chan bool, 1), make(chan error, 1)
	go func() {
		ended <- Watch(ctx, check.Reads(wire.Linux), func() {
			select {
			case woke <- true:
			default:
			}
		})
	}()
	for again := true; again; { // mounting may come before the watch is armed
		if err := errors.Join(syscall.Unmount(dir, 0), syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4k")); err != nil {
			t.Fatal(err)
		}
		select {
		case <-woke:
			again = false
		case <-time.After(20 * time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
