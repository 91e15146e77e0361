package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestDeb(t *testing.T) {
	need(t, "dpkg-deb")
	for _, arch := range []string{"amd64", "arm64"} {
		path := pkg("toucan-agent_VERSION_" + arch + ".deb")
		holds(t, say(t, "dpkg-deb", "-f", path), "Package: toucan-agent", "Version: "+here.version, "Architecture: "+arch, "Section: admin")
		holds(t, strings.ReplaceAll(listed(say(t, "dpkg-deb", "-c", path)), "./", "/"),
			"-rwxr-xr-x root/root /usr/bin/toucan-agent",
			"-rw-r--r-- root/root /lib/systemd/system/toucan-agent.service",
			"-rw-r--r-- root/root /usr/share/doc/toucan-agent/copyright",
			"-rw-r--r-- root/root /usr/share/doc/toucan-agent/changelog.gz",
			"-rw-r--r-- root/root /usr/share/man/man1/toucan-agent.1.gz",
			"-rw-r--r-- root/root /usr/share/lintian/overrides/toucan-agent")
		for _, script := range []string{"postinst", "prerm", "postrm"} {
			shell(t, say(t, "dpkg-deb", "-I", path, script))
		}
	}
}

// listed keeps mode, owner and name of each line of a listing.
func listed(list string) string {
	var out strings.Builder
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); len(f) >= 6 {
			out.WriteString(f[0] + " " + f[1] + " " + f[5] + "\n")
		}
	}
	return out.String()
}

func TestLintianHasNoErrorAndNoWarning(t *testing.T) {
	need(t, "lintian")
	say(t, "lintian", "--allow-root", "--fail-on", "error,warning", pkg("toucan-agent_VERSION_amd64.deb"))
}

func TestRpm(t *testing.T) {
	need(t, "rpm")
	for arch, theirs := range map[string]string{"amd64": "x86_64", "arm64": "aarch64"} {
		path := pkg("toucan-agent_VERSION_" + arch + ".rpm")
		holds(t, say(t, "rpm", "-qp", "--nosignature", "--qf", "%{NAME} %{VERSION}-%{RELEASE} %{ARCH} %{LICENSE} %{BUILDHOST}\n", path),
			"toucan-agent "+here.version+"-1 "+theirs+" Apache-2.0 toucan")
		holds(t, say(t, "rpm", "-qp", "--nosignature", "--qf", `[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]`, path),
			"-rwxr-xr-x root /usr/bin/toucan-agent",
			"-rw-r--r-- root /usr/lib/systemd/system/toucan-agent.service",
			"drwxr-xr-x root /usr/share/licenses/toucan-agent",
			"-rw-r--r-- root /usr/share/licenses/toucan-agent/LICENSE",
			"-rw-r--r-- root /usr/share/licenses/toucan-agent/copyright",
			"-rw-r--r-- root /usr/share/man/man1/toucan-agent.1.gz")
		for _, script := range []string{"%{POSTIN}", "%{PREUN}", "%{POSTUN}"} {
			shell(t, say(t, "rpm", "-qp", "--nosignature", "--qf", script, path))
		}
		holds(t, say(t, "rpm", "-K", "--nosignature", path), path+": digests OK")
	}
}

func TestApk(t *testing.T) {
	for arch, theirs := range map[string]string{"amd64": "x86_64", "arm64": "aarch64"} {
		data, err := os.ReadFile(pkg("toucan-agent_VERSION_" + arch + ".apk"))
		if err != nil {
			t.Fatal(err)
		}
		// two tars, each a gzip stream of its own: what is said of the package, and its files
		in := bufio.NewReader(bytes.NewReader(data))
		z, err := gzip.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		z.Multistream(false)
		control := entries(t, z, "")
		if err := z.Reset(in); err != nil {
			t.Fatal(err)
		}
		files := entries(t, z, "")
		holds(t, string(control[".PKGINFO"]), "pkgname = toucan-agent", "pkgver = "+here.version, "arch = "+theirs, "license = Apache-2.0")
		for _, script := range []string{".post-install", ".post-upgrade", ".pre-deinstall"} {
			if len(control[script]) == 0 {
				t.Errorf("there is no %s", script)
			}
			shell(t, string(control[script]))
		}
		for _, f := range []string{"usr/bin/toucan-agent", "etc/init.d/toucan-agent", "usr/share/licenses/toucan-agent/LICENSE", "usr/share/licenses/toucan-agent/copyright", "usr/share/man/man1/toucan-agent.1.gz"} {
			if len(files[f]) == 0 {
				t.Errorf("%s is missing or empty", f)
			}
		}
		shell(t, string(files["etc/init.d/toucan-agent"]))
	}
}

func TestTheServiceHasLittlePower(t *testing.T) {
	need(t, "systemd-analyze")
	out := say(t, "systemd-analyze", "security", "--offline=true", here.in("linux", "toucan-agent.service"))
	m := regexp.MustCompile(`Overall exposure level for toucan-agent.service: ([\d.]+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("there is no level in\n%s", out)
	}
	level, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("systemd-analyze security: %.1f", level)
	if level > 3 {
		t.Errorf("the exposure is %.1f, want at most 3.0\n%s", level, out)
	}
}

// alone skips unless the test may install the package on this machine, and takes it away afterwards.
func alone(t *testing.T) {
	t.Helper()
	need(t, "dpkg")
	if os.Getuid() != 0 {
		t.Skip("installing a package needs root")
	}
	for _, path := range []string{"/usr/bin/toucan-agent", "/usr/local/bin/toucan-agent", "/var/lib/toucan-agent"} {
		if _, err := os.Lstat(path); err == nil {
			t.Skipf("%s is there: this machine has an agent of its own, which the test would remove", path)
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestDpkgInstallsRemovesAndPurges(t *testing.T) {
	alone(t)
	deb := pkg("toucan-agent_VERSION_" + strings.TrimSpace(say(t, "dpkg", "--print-architecture")) + ".deb")
	t.Cleanup(func() { say(t, "dpkg", "-P", "toucan-agent") })

	if out := say(t, "dpkg", "-i", deb); !strings.Contains(out, "sudo toucan-agent enroll '...'") {
		t.Errorf("the installation does not say what is next:\n%s", out)
	}
	if out := say(t, "/usr/bin/toucan-agent", "version"); !strings.Contains(out, here.version) {
		t.Errorf("the installed program says it is %q, want %s", out, here.version)
	}
	if out := say(t, "/usr/bin/toucan-agent", "list-reads"); len(out) == 0 {
		t.Error("the installed program lists no reads")
	}
	enabled := "/etc/systemd/system/multi-user.target.wants/toucan-agent.service"
	if !exists(enabled) {
		t.Error("the service is not enabled for the next start")
	}
	if _, err := exec.LookPath("systemd-analyze"); err == nil {
		if out := say(t, "systemd-analyze", "verify", "--man=no", "toucan-agent.service"); strings.Contains(out, "toucan-agent") {
			t.Errorf("systemd-analyze verify says\n%s", out)
		}
	}

	state := "/var/lib/toucan-agent"
	if err := os.MkdirAll(filepath.Join(state, "private"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(state, "enrolment"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := say(t, "dpkg", "-i", deb); strings.Contains(out, "enroll") {
		t.Errorf("an upgrade of an enrolled device asks to enrol:\n%s", out)
	}
	say(t, "dpkg", "-r", "toucan-agent")
	if exists("/usr/bin/toucan-agent") || !exists(state+"/enrolment") {
		t.Error("removing does not take away the program and keep the state")
	}
	if err := os.Remove(filepath.Join(state, "enrolment")); err != nil { // as "toucan-agent uninstall" does
		t.Fatal(err)
	}
	say(t, "dpkg", "-i", deb)
	if !exists(enabled) || exists("/etc/systemd/system/toucan-agent.service") {
		t.Error("installing again does not enable the service")
	}
	say(t, "dpkg", "-r", "toucan-agent")
	if exists(state) {
		t.Error("removing from a device that is not enrolled leaves its state")
	}
	say(t, "dpkg", "-P", "toucan-agent")
	for _, left := range []string{state, enabled, "/etc/systemd/system/toucan-agent.service", "/lib/systemd/system/toucan-agent.service"} {
		if exists(left) {
			t.Errorf("purging leaves %s", left)
		}
	}
}

func TestTheScriptOfTheArchiveInstallsAndRemoves(t *testing.T) {
	alone(t)
	dir, program := t.TempDir(), "/usr/local/bin/toucan-agent"
	for name, data := range inArchive(t, "toucan-agent_VERSION_linux_"+strings.TrimSpace(say(t, "dpkg", "--print-architecture"))) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script := filepath.Join(dir, "install.sh")
	t.Cleanup(func() { os.Remove(program) })
	if out := say(t, "sh", script); !strings.Contains(out, "sudo /usr/local/bin/toucan-agent enroll '...'") {
		t.Errorf("the installation does not say what is next:\n%s", out)
	}
	if out := say(t, program, "version"); !strings.Contains(out, here.version) {
		t.Errorf("the installed program says it is %q, want %s", out, here.version)
	}
	say(t, "sh", script, "remove")
	if exists(program) || exists("/etc/systemd/system/toucan-agent.service") {
		t.Error("removing leaves something")
	}
}

// A path that the unit hides and the agent lists would be a check that never works.
func TestTheServiceHidesNothingTheAgentReads(t *testing.T) {
	unit, err := os.ReadFile(here.in("linux", "toucan-agent.service"))
	if err != nil {
		t.Fatal(err)
	}
	var hidden []string
	for line := range strings.Lines(string(unit)) {
		if list, ok := strings.CutPrefix(line, "InaccessiblePaths="); ok {
			hidden = append(hidden, strings.Fields(strings.ReplaceAll(list, "-/", "/"))...)
		}
		for _, never := range []string{"ProcSubset=pid", "PrivateDevices=yes", "ProtectHome=yes", "ProtectHome=tmpfs"} {
			if strings.TrimSpace(line) == never {
				t.Errorf("%s hides what the checks look at", never)
			}
		}
	}
	if len(hidden) == 0 {
		t.Fatal("the unit hides nothing")
	}
	program := filepath.Join(t.TempDir(), "toucan-agent")
	if err := os.WriteFile(program, inArchive(t, "toucan-agent_VERSION_linux_"+runtime.GOARCH)["toucan-agent"], 0o700); err != nil {
		t.Fatal(err)
	}
	reads := 0
	for line := range strings.Lines(say(t, program, "list-reads")) {
		f := strings.Fields(line)
		if !strings.HasPrefix(line, "  ") || len(f) < 2 || !strings.HasPrefix(f[1], "/") && !strings.HasPrefix(f[1], "{home}") {
			continue
		}
		reads++
		for _, h := range hidden {
			if strings.HasPrefix(strings.Replace(f[1], "{home}", "/root", 1)+"/", h+"/") {
				t.Errorf("%s is hidden by %s", f[1], h)
			}
		}
	}
	if reads < 20 {
		t.Errorf("the agent lists %d paths", reads)
	}
}
