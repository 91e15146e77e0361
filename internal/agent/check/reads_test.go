package check

import (
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/wire"
)

func TestTheTableOfReadsIsWhole(t *testing.T) {
	ids := map[string]bool{}
	for _, p := range []wire.Platform{wire.Linux, wire.MacOS, wire.Windows} {
		reads := Reads(p)
		if len(reads) < 20 {
			t.Errorf("%s has %d lines", p, len(reads))
		}
		for _, r := range reads {
			switch {
			case ids[r.ID]:
				t.Errorf("%s stands there twice", r.ID)
			case r.Where == "" || len(r.For) == 0 || !strings.HasSuffix(r.Why, "."):
				t.Errorf("%s does not say where, for what or why: %+v", r.ID, r)
			case (r.Kind == File || r.Kind == Command) && r.Max == 0:
				t.Errorf("%s has no limit", r.ID)
			case !Allowed(r):
				t.Errorf("%s is not allowed", r.ID)
			}
			ids[r.ID] = true
		}
		for _, c := range wire.Checks() {
			if !slices.ContainsFunc(reads, func(r Read) bool { return slices.Contains(r.For, c) }) {
				t.Errorf("nothing is read for %s on %s", c, p)
			}
			if checkers[p][c] == nil {
				t.Errorf("nothing makes %s on %s", c, p)
			}
		}
	}
}

func TestNoProgramIsAShell(t *testing.T) {
	for _, p := range []wire.Platform{wire.Linux, wire.MacOS, wire.Windows} {
		for _, r := range Reads(p) {
			name := r.Where[strings.LastIndexAny(r.Where, `/\`)+1:]
			if r.Kind == Command && slices.Contains([]string{"sh", "bash", "zsh", "dash", "env", "sudo", "su", "cmd.exe", "powershell.exe", "pwsh.exe", "osascript", "python3", "perl", "find", "cat"}, name) {
				t.Errorf("%s starts %s", r.ID, r.Where)
			}
		}
	}
}

func TestFill(t *testing.T) {
	for _, tt := range []struct {
		name, pattern string
		fill          []string
		want          string
	}{
		{"nothing to fill in", "/etc/passwd", nil, "/etc/passwd"},
		{"a name", "/run/user/{uid}", []string{"1000"}, "/run/user/1000"},
		{"a home and a name", "{home}/.config/dconf/{database}", []string{"/home/ann", "user"}, "/home/ann/.config/dconf/user"},
		{"a path may hold separators", "/dev/{path}", []string{"mapper/x"}, "/dev/mapper/x"},
		{"dots within a name are harmless", "/x/{n}", []string{"a..b"}, "/x/a..b"},
		{"a name may not", "/run/user/{uid}", []string{"1/2"}, ""},
		{"nor with the other separator", `C:\{n}`, []string{`a\b`}, ""},
		{"a climb", "/dev/{path}", []string{"../etc/shadow"}, ""},
		{"a climb alone", "/x/{n}", []string{".."}, ""},
		{"an empty value", "/x/{n}", []string{""}, ""},
		{"a NUL", "/x/{n}", []string{"a\x00"}, ""},
		{"too few", "/x/{n}/{m}", []string{"a"}, ""},
		{"too many", "/x/{n}", []string{"a", "b"}, ""},
		{"a hole that never ends", "/x/{n", []string{"a"}, ""},
		{"braces in a value are no hole", "/x/{n}", []string{"{home}"}, "/x/{home}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Fill(tt.pattern, tt.fill)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
}
