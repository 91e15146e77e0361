package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sharedPolicies = "../../../shared/data/policies"

// stripped copies the documents of a folder without their front matter.
func stripped(t *testing.T, from, to string) {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(from, "*.md"))
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if rest, ok := strings.CutPrefix(text, "---\n"); ok {
			_, text, _ = strings.Cut(rest, "\n---\n")
		}
		write(t, to, filepath.Base(path), text)
	}
}

func TestPolicyConflictsOfTheSharedSet(t *testing.T) {
	fixture := filepath.Join(sharedPolicies, "conflicts-fixture")
	b, err := os.ReadFile(filepath.Join(fixture, "expected.json"))
	if err != nil {
		t.Skip("the shared policies are not beside the repository")
	}
	var want struct{ Conflicts []conflictLine }
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	bare := t.TempDir()
	stripped(t, sharedPolicies, bare)
	stripped(t, fixture, filepath.Join(bare, "conflicts-fixture"))
	for _, tt := range []struct {
		name string
		args []string
		want []conflictLine
	}{
		{"the set alone", []string{sharedPolicies}, nil},
		{"the set and the fixture", []string{sharedPolicies, fixture}, want.Conflicts},
		{"in the other order", []string{fixture, sharedPolicies}, want.Conflicts},
		{"with the folders inside", []string{sharedPolicies, "--recursive"}, want.Conflicts},
		{"the set without front matter", []string{bare}, nil},
		{"both without front matter", []string{bare, filepath.Join(bare, "conflicts-fixture")}, want.Conflicts},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := run(t, append([]string{"policy", "conflicts", "--format", "json"}, tt.args...)...)
			if code != 0 {
				t.Fatalf("exit %d: %s", code, errs)
			}
			var got []conflictLine
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			seen := map[conflictLine]bool{}
			for _, g := range got {
				seen[g] = true
			}
			if len(got) != len(tt.want) || len(seen) != len(got) {
				t.Errorf("%d conflicts, want %d", len(got), len(tt.want))
			}
			for _, w := range tt.want {
				if !seen[w] {
					t.Errorf("not found: %+v", w)
				}
			}
		})
	}
}

func TestPolicyConflictsSaysWhatItDoes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", "# A\n\nAudit logs are kept for 12 months.\n")
	write(t, dir, "b.txt", "Log rules\n\nAudit logs are kept for 90 days.\n")
	write(t, dir, "c.md", "---\nstatus: draft\n---\n# C\n\nAudit logs are kept for 10 days.\n")
	write(t, dir, "README.md", "Audit logs are kept for 1 day.\n")
	write(t, dir, "inside/d.md", "# D\n\nAudit logs are kept for 12 months.\n")
	broken := write(t, t.TempDir(), "x.md", "---\nslug: x\nslug: y\n---\nA\n")
	for _, tt := range []struct {
		name string
		args []string
		code int
		out  string
		errs string
	}{
		{"a pair", []string{dir}, 0, "2 documents in force, 1 conflict.", "its status is draft"},
		{"names the value of each", []string{dir}, 0, "A says kept for 1 year and Log rules says kept for 90 days", "README"},
		{"folders inside are named", []string{dir}, 0, "", "inside: not read"},
		{"as a check", []string{dir, "--check"}, 1, "1 conflict", "1 error found"},
		{"a file alone", []string{filepath.Join(dir, "a.md")}, 0, "1 document in force, 0 conflicts.", ""},
		{"json of nothing", []string{filepath.Join(dir, "a.md"), "--format", "json"}, 0, "[]", ""},
		{"no such folder", []string{filepath.Join(dir, "none")}, 1, "", "Name a folder that exists"},
		{"nothing in it", []string{t.TempDir()}, 1, "", "No policy document"},
		{"a fault of front matter", []string{broken}, 1, "", "x.md, line 3, slug"},
		{"wrong usage", []string{}, 2, "", "dir"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := run(t, append([]string{"policy", "conflicts"}, tt.args...)...)
			if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) {
				t.Errorf("exit %d\n%s\n%s", code, out, errs)
			}
		})
	}
}
