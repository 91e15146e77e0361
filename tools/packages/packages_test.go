package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// here is the build that all tests look at, made once.
var here build

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "toucan-packages-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		here = build{root: "../..", agent: "./cmd/toucan-agent", out: filepath.Join(dir, "dist")}
		if err := here.run(); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// need skips a test, by name, where a tool is missing.
func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
}

// say runs a command and returns what it printed; it must succeed.
func say(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func pkg(name string) string {
	return filepath.Join(here.out, strings.ReplaceAll(name, "VERSION", here.version))
}

// holds fails unless each of the facts is a line of the text, whatever the spaces between its words.
func holds(t *testing.T, text string, facts ...string) {
	t.Helper()
	lines := map[string]bool{}
	for line := range strings.Lines(text) {
		lines[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, f := range facts {
		if !lines[f] {
			t.Errorf("there is no line %q in\n%s", f, text)
		}
	}
}

func TestTheSameCommitMakesTheSameBytesInAnotherFolder(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "another", "folder")
	for _, part := range []string{"go.mod", "go.sum", "LICENSE", "packaging", "cmd/toucan-agent", "internal/agent", "internal/wire"} {
		copyTree(t, filepath.Join(here.root, part), filepath.Join(root, part))
	}
	t.Setenv("SOURCE_DATE_EPOCH", strconv.FormatInt(here.time.Unix(), 10)) // there is no git there
	t.Setenv("TZ", "Asia/Kolkata")
	there := build{root: root, agent: here.agent, out: filepath.Join(dir, "dist")}
	if err := there.run(); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadDir(here.out)
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != 12 { // 6 of Linux, 2 archives of it, 2 of macOS, 1 MSI, the sums
		t.Errorf("%d files were made, want 12", len(made))
	}
	for _, e := range made {
		a, err := os.ReadFile(filepath.Join(here.out, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(there.out, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s is another file the second time", e.Name())
		}
	}
}

// copyTree copies files with the present time as theirs, as a fresh clone has.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		at := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(at, 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		return os.WriteFile(at, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheSumsAreThoseOfTheFiles(t *testing.T) {
	need(t, "sha256sum")
	cmd := exec.Command("sha256sum", "--strict", "-c", "SHA256SUMS")
	cmd.Dir = here.out
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	if n := strings.Count(string(out), ": OK"); n != 11 {
		t.Errorf("%d files are summed, want 11:\n%s", n, out)
	}
}

func TestTheProgramTellsNothingOfTheMachineThatBuiltIt(t *testing.T) {
	root, err := filepath.Abs(here.root)
	if err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string][]byte{
		"linux":  inArchive(t, "toucan-agent_VERSION_linux_amd64")["toucan-agent"],
		"darwin": inArchive(t, "toucan-agent_VERSION_darwin_arm64")["toucan-agent"],
	} {
		home, _ := os.UserHomeDir()
		for _, trace := range []string{root, filepath.Join(home, "go")} {
			if bytes.Contains(program, []byte(trace)) {
				t.Errorf("%s: the program holds %q", name, trace)
			}
		}
		if !bytes.Contains(program, []byte(here.version)) {
			t.Errorf("%s: the program does not hold its version", name)
		}
	}
}

// inArchive reads a tar.gz of ours: the content of each file, by its name within the one folder.
func inArchive(t *testing.T, name string) map[string][]byte {
	t.Helper()
	name = strings.ReplaceAll(name, "VERSION", here.version)
	data, err := os.ReadFile(filepath.Join(here.out, name+".tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return entries(t, z, name+"/")
}

func entries(t *testing.T, r io.Reader, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s belongs to %d:%d, not to root", h.Name, h.Uid, h.Gid)
		}
		if h.Mode&0o022 != 0 {
			t.Errorf("%s can be written by others: %o", h.Name, h.Mode)
		}
		name, ok := strings.CutPrefix(h.Name, folder)
		if !ok {
			t.Fatalf("%s lies outside of %s", h.Name, folder)
		}
		if h.Typeflag == tar.TypeDir {
			continue
		}
		if files[name], err = io.ReadAll(tr); err != nil {
			t.Fatal(err)
		}
	}
}

func TestArchives(t *testing.T) {
	for _, tt := range []struct{ name, service string }{
		{"toucan-agent_VERSION_linux_amd64", "toucan-agent.service"},
		{"toucan-agent_VERSION_linux_arm64", "toucan-agent.service"},
		{"toucan-agent_VERSION_darwin_amd64", "io.github.toucan-grc.agent.plist"},
		{"toucan-agent_VERSION_darwin_arm64", "io.github.toucan-grc.agent.plist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := inArchive(t, tt.name)
			for _, want := range []string{"toucan-agent", "install.sh", "README.txt", "LICENSE", "copyright", tt.service} {
				if len(files[want]) == 0 {
					t.Errorf("%s is missing or empty", want)
				}
			}
			if len(files) != 6 {
				t.Errorf("there are %d files, want 6", len(files))
			}
			if s := string(files["README.txt"]); strings.Contains(s, "${") || !strings.Contains(s, "enroll '...'") {
				t.Errorf("README.txt does not say how to enrol:\n%s", s)
			}
			shell(t, string(files["install.sh"]))
		})
	}
}

// shell fails unless a script is one that a POSIX shell can read.
func shell(t *testing.T, script string) {
	t.Helper()
	cmd := exec.Command("sh", "-n")
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s in\n%s", err, out, script)
	}
}

// TestLaunchdRunsTheProgramInTheBackground: and from a folder that is root's. That of
// /usr/local/bin is, on a Mac with Homebrew, a person's, who could put another program there.
func TestLaunchdRunsTheProgramInTheBackground(t *testing.T) {
	files := inArchive(t, "toucan-agent_VERSION_darwin_arm64")
	facts, program := plist(t, files["io.github.toucan-grc.agent.plist"]), "/Library/PrivilegedHelperTools/toucan-agent"
	if s := string(files["install.sh"]); !strings.Contains(s, "\nbin="+program+"\n") {
		t.Errorf("install.sh puts it elsewhere:\n%s", s)
	}
	for key, want := range map[string]string{
		"Label": "io.github.toucan-grc.agent", "ProgramArguments": program + " run", "RunAtLoad": "true",
		"KeepAlive": "true", "ProcessType": "Background", "LowPriorityIO": "true", "Nice": "19",
	} {
		if facts[key] != want {
			t.Errorf("%s is %q, want %q", key, facts[key], want)
		}
	}
}

// plist reads the keys of a property list; the elements of an array are joined.
func plist(t *testing.T, data []byte) map[string]string {
	t.Helper()
	facts, key := map[string]string{}, ""
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return facts
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		var text string
		switch e.Name.Local {
		case "key", "string", "integer":
			if err := d.DecodeElement(&text, &e); err != nil {
				t.Fatal(err)
			}
		case "true", "false":
			text = e.Name.Local
		default:
			continue
		}
		if e.Name.Local == "key" {
			key = text
			continue
		}
		facts[key] = strings.TrimSpace(facts[key] + " " + text)
	}
}
