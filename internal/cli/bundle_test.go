package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runIn carries out a command as a person in a folder would.
func runIn(t *testing.T, now time.Time, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{Stdout: &out, Stderr: &errs, Version: "test", Now: func() time.Time { return now }, Environ: func(string) string { return "" }}
	code = Run(t.Context(), app, args)
	return code, out.String(), errs.String()
}

// An auditor gets two files by two ways, and has nothing else of us.
func TestABundleVerifiesWithNothingElse(t *testing.T) {
	dir := t.TempDir()
	bundle, policy := filepath.Join(dir, "demo.zip"), filepath.Join(dir, "trust.policy")
	now := time.Now()
	args := []string{"bundle", "--demo", "--framework", "soc2-2017", "--from", now.AddDate(-1, 0, 0).Format(time.DateOnly), "--to", now.Format(time.DateOnly), "--out", bundle, "--policy-out", policy}
	if code, _, errs := runIn(t, now, args...); code != 0 {
		t.Fatalf("bundle: exit %d: %s", code, errs)
	}
	code, out, errs := runIn(t, now, "verify", bundle, "--policy", policy)
	if code != 0 || !strings.Contains(out, "demo.zip: holds. Meridian Cloud, soc2-2017") {
		t.Fatalf("verify: exit %d: %s%s", code, out, errs)
	}

	whole, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(whole)
	i := bytes.Index(changed, []byte("evidence/")) // the local header of the first file; its bytes follow the name
	changed[i+len("evidence/")+64+10] ^= 1
	for _, tt := range []struct {
		name   string
		bundle []byte
		args   []string
		want   string
	}{
		{"a changed byte of evidence", changed, []string{"--policy", policy}, "evidence/"},
		{"a file cut short", whole[:len(whole)/2], []string{"--policy", policy}, "no readable ZIP file"},
		{"the bundle as its own policy", whole, []string{"--policy", filepath.Join(dir, "changed.zip")}, "not the bundle"},
		{"no such policy", whole, []string{"--policy", filepath.Join(dir, "none")}, "Cannot read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(dir, "changed.zip")
			if err := os.WriteFile(file, tt.bundle, 0o600); err != nil {
				t.Fatal(err)
			}
			code, _, errs := runIn(t, now, append([]string{"verify", file}, tt.args...)...)
			if code != 1 || !strings.Contains(errs, tt.want) {
				t.Errorf("exit %d: %s; want %q", code, errs, tt.want)
			}
		})
	}
	if code, _, errs := runIn(t, now, "bundle", "--demo", "--framework", "soc2-2017", "--out", bundle, "--policy-out", bundle); code != 1 || !strings.Contains(errs, "file of its own") {
		t.Errorf("one file for both: exit %d: %s", code, errs)
	}
}
