// Command packages builds the packages of the device agent: deb, rpm and apk for Linux, an
// MSI for Windows, and archives for Linux and macOS. Texts, scripts and descriptions lie in
// packaging/ at the root of the project. The same commit makes the same bytes, so that
// anybody can build a package again and compare.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// target is a system the agent is built for, in the words of Go.
type target struct{ os, arch string }

var targets = []target{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}}

// build is one run: from where, into what, and the two things that make packages differ.
type build struct {
	root    string // of the project
	agent   string // package of the agent within it, such as ./cmd/toucan-agent
	out     string // folder of the packages
	version string // such as 1.0.0
	time    time.Time
	stage   string // folder for what is made on the way
}

func main() {
	b := build{}
	flag.StringVar(&b.root, "root", ".", "the root of the project")
	flag.StringVar(&b.out, "out", "dist", "the folder to write into")
	flag.StringVar(&b.agent, "agent", "./cmd/toucan-agent", "the package to build")
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "packages:", err)
		os.Exit(1)
	}
	fmt.Printf("the packages of version %s, and SHA256SUMS, are in %s\n", b.version, b.out)
}

// run builds everything. What lies in the folder already is replaced, and nothing else of it removed.
func (b *build) run() error {
	if err := b.prepare(); err != nil {
		return err
	}
	defer os.RemoveAll(b.stage)
	var made []string
	for _, t := range targets {
		names, err := b.target(t)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", t.os, t.arch, err)
		}
		made = append(made, names...)
	}
	return b.sums(made)
}

// prepare finds the version, the time of the last commit, and a folder to work in.
func (b *build) prepare() (err error) {
	if b.root, err = filepath.Abs(b.root); err != nil {
		return err
	}
	if b.out, err = filepath.Abs(b.out); err != nil {
		return err
	}
	v, err := os.ReadFile(b.in("VERSION"))
	if err != nil {
		return err
	}
	b.version = strings.TrimSpace(string(v))
	if !regexp.MustCompile(`^\d{1,3}\.\d{1,3}\.\d{1,3}$`).MatchString(b.version) {
		return fmt.Errorf("packaging/VERSION says %q. Write three numbers, such as 1.0.0: an MSI takes nothing else", b.version)
	}
	if b.time, err = commitTime(b.root); err != nil {
		return err
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	b.stage, err = os.MkdirTemp("", "toucan-packages-")
	return err
}

// commitTime is SOURCE_DATE_EPOCH, or else the time of the last commit.
func commitTime(root string) (time.Time, error) {
	secs := os.Getenv("SOURCE_DATE_EPOCH")
	if secs == "" {
		out, err := exec.Command("git", "-C", root, "log", "-1", "--format=%ct").Output()
		if err != nil {
			return time.Time{}, fmt.Errorf("git does not tell the time of the last commit (%w). Set SOURCE_DATE_EPOCH to it, in seconds", err)
		}
		secs = strings.TrimSpace(string(out))
	}
	n, err := strconv.ParseInt(secs, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q, not a number of seconds", secs)
	}
	return time.Unix(n, 0).UTC(), nil
}

// target builds the program for a system and puts it into every package of that system.
// It returns the names of the packages.
func (b *build) target(t target) ([]string, error) {
	dir := filepath.Join(b.stage, t.os+"-"+t.arch)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := b.compile(t, dir); err != nil {
		return nil, err
	}
	switch t.os {
	case "linux":
		names, err := b.linux(t.arch, dir)
		if err != nil {
			return nil, err
		}
		name, err := b.archive(t, dir)
		return append(names, name), err
	case "darwin":
		name, err := b.archive(t, dir)
		return []string{name}, err
	}
	name, err := b.msi(t.arch, dir)
	return []string{name}, err
}

// compile builds the program without a trace of the machine it is built on.
func (b *build) compile(t target, dir string) error {
	name := "toucan-agent"
	if t.os == "windows" {
		name += ".exe"
	}
	path := filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -X main.version="+b.version, "-o", path, b.agent)
	cmd.Dir = b.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch, "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFLAGS=-mod=readonly")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return os.Chtimes(path, b.time, b.time)
}

// sums writes SHA256SUMS over what was made, in the format of sha256sum.
func (b *build) sums(names []string) error {
	slices.Sort(names)
	var list bytes.Buffer
	for _, n := range names {
		data, err := os.ReadFile(filepath.Join(b.out, n))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		fmt.Fprintf(&list, "%s  %s\n", hex.EncodeToString(sum[:]), n)
	}
	return os.WriteFile(filepath.Join(b.out, "SHA256SUMS"), list.Bytes(), 0o644)
}

// in is a path within packaging/.
func (b *build) in(elem ...string) string {
	return filepath.Join(append([]string{b.root, "packaging"}, elem...)...)
}

// fill returns a text of packaging/ with its ${NAMES} filled in; ${VERSION} is always there.
// A name without a value is an error, so no package can carry a hole.
func (b *build) fill(values map[string]string, elem ...string) ([]byte, error) {
	text, err := os.ReadFile(b.in(elem...))
	if err != nil {
		return nil, err
	}
	var missing string
	out := os.Expand(string(text), func(name string) string {
		if name == "VERSION" {
			return b.version
		}
		v, ok := values[name]
		if !ok {
			missing = name
		}
		return v
	})
	if missing != "" {
		return nil, fmt.Errorf("packaging/%s asks for ${%s}, which has no value", filepath.Join(elem...), missing)
	}
	return []byte(out), nil
}
