package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// run carries out a command line as a person would.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		Stdout: &out, Stderr: &errs, Version: "test", Environ: func(string) string { return "" },
		Now: func() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) },
	}
	code = Run(t.Context(), app, args)
	return code, out.String(), errs.String()
}

// write puts text into a new file and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const inventory = "Code,Title,TSC criteria,Status\nAC-01,Named accounts,CC6.1; CC6.2,operated\nAC-02,Access by role,CC6.3,on paper\n"

func TestExitCodes(t *testing.T) {
	file := write(t, t.TempDir(), "controls.csv", inventory)
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string // on either stream
	}{
		{"a version", []string{"version"}, 0, "toucan test"},
		{"nothing asked shows the commands", nil, 0, "crosswalk"},
		{"an unknown command is wrong usage", []string{"fly"}, 2, "toucan --help"},
		{"a missing flag is wrong usage", []string{"gap"}, 2, "inventory"},
		{"a missing file is wrong usage", []string{"gap", "--inventory", "none.csv"}, 2, "none.csv"},
		{"an unknown framework names the known", []string{"gap", "--inventory", file, "--to", "iso"}, 1, "iso27001-2022"},
		{"an unknown set names the known", []string{"gap", "--inventory", file, "--stack", "mine"}, 1, "toucan-curated-1"},
		{"an unknown category names the known", []string{"gap", "--inventory", file, "--categories", "speed"}, 1, "availability"},
		{"a workbook wants a file", []string{"gap", "--inventory", file, "--format", "xlsx"}, 1, "--out"},
		{"the shipped data is sound", []string{"crosswalk", "check"}, 0, "0 errors"},
		{"a backup of nothing", []string{"backup", "--data-dir", filepath.Dir(file), "--out", filepath.Join(t.TempDir(), "b.tar.gz")}, 1, "no embedded database"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := run(t, tt.args...)
			if code != tt.code || !strings.Contains(out+errs, tt.says) {
				t.Errorf("exit %d, want %d with %q\nstdout: %s\nstderr: %s", code, tt.code, tt.says, out, errs)
			}
		})
	}
}

func TestHelpShowsAnExampleThatParses(t *testing.T) {
	for _, cmd := range []string{"", "serve", "gap", "crosswalk check", "crosswalk relations", "crosswalk compare", "crosswalk export", "crosswalk read", "framework export", "library export", "backup", "restore", "version", "remote whoami", "remote frameworks", "remote follow", "remote controls", "remote control", "remote import", "remote relation", "remote decide", "remote plan", "remote adopt"} {
		code, out, _ := run(t, append(strings.Fields(cmd), "--help")...)
		_, example, ok := strings.Cut(out, "Example:\n")
		if code != 0 || !ok {
			t.Errorf("%q: exit %d, help without an example:\n%s", cmd, code, out)
			continue
		}
		if words := strings.Fields(example); len(words) < 2 || words[0] != "toucan" || !strings.HasPrefix(strings.Join(words[1:], " "), cmd) {
			t.Errorf("%q: the example is for something else: %s", cmd, example)
		}
	}
}

func TestGapWritesEveryForm(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "controls.csv", inventory)
	for _, form := range []string{"text", "json", "csv", "xlsx", "html"} {
		out := filepath.Join(dir, "gap."+form)
		if code, _, errs := run(t, "gap", "--inventory", file, "--format", form, "--out", out); code != 0 {
			t.Errorf("%s: exit %d: %s", form, code, errs)
		}
		if info, err := os.Stat(out); err != nil || info.Size() == 0 {
			t.Errorf("%s: nothing was written: %v", form, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(left) > 0 {
		t.Errorf("half-written files are left: %v", left)
	}
}

// catalogue writes a small world of two frameworks without a sets.csv.
func catalogue(t *testing.T, rows string) string {
	dir := t.TempDir()
	write(t, dir, "frameworks/a.csv", "id,parent,kind,label,attributes\nA1,,requirement,One,\nA2,,requirement,Two,\n")
	write(t, dir, "frameworks/b.csv", "id,parent,kind,label,attributes\nB1,,requirement,One,\nB2,,requirement,Two,\n")
	write(t, dir, "mappings/ab.csv", "source_framework,source_id,relationship,target_framework,target_id,strength,provenance\n"+rows)
	return dir
}

func TestRelationsOverACatalogueOfOnesOwn(t *testing.T) {
	dir := catalogue(t, "a,A1,superset,b,B1,9,us\na,A2,subset,b,B1,5,us\n")
	code, out, errs := run(t, "crosswalk", "relations", "--from", "a", "--to", "b", "--catalogue", dir, "--format", "json", "--paths")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var list []relation
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Source != "A1" || !slices.Equal(list[0].Possible, []string{"superset"}) || list[0].Candidate || len(list[0].Paths) == 0 {
		t.Errorf("relations = %+v", list)
	}
}

func TestCheckNamesFileAndLine(t *testing.T) {
	for _, tt := range []struct{ name, rows, says string }{
		{"a dangling id", "a,A9,superset,b,B1,9,us\n", "A9"},
		{"an unknown token", "a,A1,contains,b,B1,9,us\n", "contains"},
		{"a strength over ten", "a,A1,superset,b,B1,11,us\n", "11"},
		{"a row about itself", "a,A1,equal,a,A1,9,us\n", "A1"},
		{"the same pair twice", "a,A1,superset,b,B1,9,us\na,A1,superset,b,B1,9,us\n", "B1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, _ := run(t, "crosswalk", "check", "--catalogue", catalogue(t, tt.rows))
			if code != 1 || !strings.Contains(out, "ab.csv:") || !strings.Contains(out, tt.says) {
				t.Errorf("exit %d, want 1 with ab.csv: and %q:\n%s", code, tt.says, out)
			}
		})
	}
}
