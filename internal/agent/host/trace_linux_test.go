package host

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

// baseline is what the runtime of Go looks at before main, in every program: how large
// pages are and how much processor the group of processes may have.
var baseline = []*regexp.Regexp{
	regexp.MustCompile(`^/sys/kernel/mm/transparent_hugepage/hpage_pmd_size$`),
	regexp.MustCompile(`^/sys/devices/system/cpu/online$`),
	regexp.MustCompile(`^/proc/self/(cgroup|mountinfo)$`),
	regexp.MustCompile(`^/sys/fs/cgroup/.*cpu\.(max|cfs_quota_us|cfs_period_us)$`),
}

// ofCommands is what starting a program takes: it begins in / and reads nothing.
var ofCommands = []string{"/", "/dev/null"}

// looking are the system calls that look at a path.
var looking = []string{"openat", "open", "newfstatat", "stat", "lstat", "statx", "readlinkat", "readlink", "access", "faccessat", "faccessat2"}

// beside are calls of the same classes that touch no path and no network.
var beside = []string{"clone", "clone3", "exit", "exit_group", "wait4", "waitid", "kill", "tgkill", "gettid", "getpid", "pidfd_open", "pidfd_send_signal", "fstat", "setpgid"}

// ofAgent is where the agent looks whether it is enrolled, and with which settings.
var ofAgent = regexp.MustCompile(`^/var/lib/toucan-agent(/|$)`)

// TestNothingIsTouchedButTheTable runs `toucan-agent check` under strace and fails on
// every path, program and connection that is not in the table of reads. It also plants a
// user with settings and browsers, so that what lies below a home is reached.
func TestNothingIsTouchedButTheTable(t *testing.T) {
	calls, planted := traced(t, "../../../cmd/toucan-agent", "check")
	allowed := patterns()
	for _, p := range []string{"/etc/shadow", "/home/ann/diary", "/home/ann/.ssh/id_ed25519"} {
		if slices.ContainsFunc(allowed, func(r *regexp.Regexp) bool { return r.MatchString(p) }) {
			t.Fatalf("the table allows %s", p)
		}
	}
	seen := map[string]bool{}
	for _, c := range calls {
		switch {
		case c.name == "execve":
			if !slices.ContainsFunc(check.Reads(wire.Linux), func(r check.Read) bool { return r.Kind == check.Command && r.Where == c.path }) {
				t.Errorf("started: %s", c.line)
			}
		case c.name == "chdir" && c.path == "/":
		case slices.Contains(looking, c.name):
			if strings.Contains(c.line, "O_WRONLY") || strings.Contains(c.line, "O_RDWR") || strings.Contains(c.line, "O_CREAT") || strings.Contains(c.line, "O_TRUNC") {
				t.Errorf("opened to write: %s", c.line)
			}
			if !slices.ContainsFunc(allowed, func(p *regexp.Regexp) bool { return p.MatchString(c.path) }) && !slices.Contains(ofCommands, c.path) {
				t.Errorf("looked at: %s", c.line)
			}
			seen[c.path] = true
		case !slices.Contains(beside, c.name):
			t.Errorf("neither looking nor starting: %s", c.line)
		}
	}
	must := []string{"/proc/self/mountinfo", "/etc/os-release", "/etc/passwd"}
	if planted {
		must = append(must, "/home/ann/.config/dconf/user", "/home/ann/.config/kscreenlockerrc", "/home/ann/.config/google-chrome/Default/Preferences", "/home/ann/.mozilla/firefox/x.default/extensions.json",
			"/home/CORP", "/home/CORP/cem/.config/dconf/user")
	}
	for _, must := range must {
		if !seen[must] {
			t.Errorf("the trace is not whole: %s was not looked at", must)
		}
	}
}

// patterns are the places of the table and of the baseline.
func patterns() []*regexp.Regexp {
	out := append(slices.Clone(baseline), ofAgent)
	hole := regexp.MustCompile(`\\\{(\w+)\\\}`)
	homes := []string{`/home/[^/"]+`, `/home/CORP/cem`}
	if b, err := os.ReadFile("/etc/passwd"); err == nil {
		for l := range strings.Lines(string(b)) {
			if f := strings.Split(strings.TrimSpace(l), ":"); len(f) == 7 && len(f[2]) >= 4 && len(f[5]) > 1 {
				homes = append(homes, regexp.QuoteMeta(f[5])) // of people: numbers from 1000 on
			}
		}
	}
	home := "(?:" + strings.Join(homes, "|") + ")"
	for _, r := range check.Reads(wire.Linux) {
		p := hole.ReplaceAllStringFunc(regexp.QuoteMeta(r.Where), func(h string) string {
			switch h {
			case `\{home\}`:
				return home
			case `\{path\}`:
				return `[^"]+`
			}
			return `[^/"]+`
		})
		out = append(out, regexp.MustCompile("^"+p+"$"))
	}
	return out
}

// call is a system call of the traced program, before any other program took its place.
type call struct{ name, path, line string }

// plant lays a user over /home, a desktop over /usr/local/share and systemd over /run, in
// a namespace of mounts that ends with the program.
const plant = `set -e
mount -t tmpfs tmpfs /home && mount -t tmpfs tmpfs /usr/local/share && mount -t tmpfs tmpfs /run
mkdir -p /home/CORP/cem/.config/dconf /run/systemd/system /usr/local/share/wayland-sessions /home/ann/.config/dconf /home/ann/.mozilla/firefox/x.default
for s in gnome plasma sway hyprland i3 xfce; do echo > /usr/local/share/wayland-sessions/$s.desktop; done
for b in google-chrome BraveSoftware/Brave-Browser; do
  mkdir -p "/home/ann/.config/$b/Default/Extensions/aeblfdkhhhdcdjpifhhbdiojplfjncoa"
  echo '{"extensions":{"settings":{}}}' > "/home/ann/.config/$b/Default/Preferences"
done
printf '[Profile0]\nPath=x.default\nIsRelative=1\n' > /home/ann/.mozilla/firefox/profiles.ini
echo '{"addons":[]}' > /home/ann/.mozilla/firefox/x.default/extensions.json
chown -R 1000 /home/CORP/cem /home/ann
`

// traced builds a program, runs it under strace and returns its calls, and whether a user
// was planted for it.
func traced(t *testing.T, program string, args ...string) (calls []call, planted bool) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "traced"), program)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=") // as it is shipped
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	argv := append([]string{strace, "-ff", "-s", "4096", "-e", "trace=%file,%network,%process", "-o", filepath.Join(dir, "calls"), filepath.Join(dir, "traced")}, args...)
	if exec.CommandContext(ctx, "unshare", "--mount", "sh", "-c", plant+"true").Run() == nil {
		planted = true
		argv = append([]string{"unshare", "--mount", "sh", "-c", plant + `exec "$0" "$@"`}, argv...)
	} else {
		t.Log("nobody is planted: a namespace of mounts is not allowed here")
	}
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if strings.Contains(string(out), "Operation not permitted") && strings.Contains(string(out), "PTRACE") {
		t.Skipf("tracing is not allowed here: %s", out)
	}
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "calls.*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("strace wrote nothing: %s", out)
	}
	return ownCalls(t, dir, files), planted
}

var (
	callLine = regexp.MustCompile(`^(\w+)\((?:AT_FDCWD, |\d+, )?(?:"([^"]*)")?`)
	newTask  = regexp.MustCompile(`^(?:clone|clone3|fork|vfork)\(.*\) = (\d+)$`)
)

// ownCalls are the calls of the first task and of all it began, each up to where it
// became another program.
func ownCalls(t *testing.T, dir string, files []string) []call {
	t.Helper()
	texts, first := map[string]string{}, ""
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimPrefix(filepath.Base(f), "calls.")
		texts[id] = string(b)
		if strings.HasPrefix(string(b), `execve("`+dir) {
			first = id
		}
	}
	if first == "" {
		t.Fatal("the trace does not begin")
	}
	var out []call
	for todo := []string{first}; len(todo) > 0; todo = todo[1:] {
		for l := range strings.Lines(texts[todo[0]]) {
			l = strings.TrimSpace(l)
			m := callLine.FindStringSubmatch(l)
			if m == nil || strings.HasPrefix(l, `execve("`+dir) {
				continue // a signal, an end, or the beginning
			}
			out = append(out, call{name: m[1], path: m[2], line: l})
			if n := newTask.FindStringSubmatch(l); n != nil {
				todo = append(todo, n[1])
			}
			if m[1] == "execve" && strings.HasSuffix(l, " = 0") {
				break
			}
		}
	}
	return out
}
