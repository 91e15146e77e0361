package packages

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/problem"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func digest(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func TestAFolderIsHandedOutAsItsListSays(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "toucan-agent_1.0.0_amd64.deb", "a deb")
	write(t, dir, "unlisted", "a secret")
	write(t, dir, List, digest("a deb")+"  toucan-agent_1.0.0_amd64.deb\n")
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, body, err := f.Open("toucan-agent_1.0.0_amd64.deb")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	body.Close()
	if err != nil || string(got) != "a deb" || p.SHA256 != digest("a deb") || p.Size != 5 {
		t.Errorf("%q, %+v, %v", got, p, err)
	}
	for _, name := range []string{"unlisted", List, "../" + filepath.Base(dir) + "/unlisted", "", ".", "/etc/passwd"} {
		if _, _, err := f.Open(name); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("%q: %v", name, err)
		}
	}
	write(t, dir, "toucan-agent_1.0.0_amd64.deb", "another deb")
	if _, _, err := f.Open("toucan-agent_1.0.0_amd64.deb"); err == nil || problem.Of(err).Code != problem.Conflict {
		t.Errorf("a file that was changed after the start: %v", err)
	}
	var none *Folder
	if _, _, err := none.Open("x"); err == nil || len(none.Files()) != 0 {
		t.Error("no folder hands something out")
	}
}

func TestAFolderThatIsNotAsItsListSaysIsRefused(t *testing.T) {
	good := digest("a deb") + "  a.deb\n"
	for name, tt := range map[string]struct {
		list, says string
		make       func(dir string) error
	}{
		"a changed file":       {list: digest("another deb") + "  a.deb\n", says: "a.deb cannot be handed out: it is not the file that the list names"},
		"a file that is gone":  {list: good + digest("") + "  b.deb\n", says: "b.deb cannot be handed out"},
		"a path":               {list: digest("x") + "  ../x\n", says: "Line 1 of"},
		"a file named twice":   {list: good + good, says: "Line 2 of"},
		"words":                {list: "hello\n", says: "Line 1 of"},
		"an empty list":        {says: "names no file"},
		"a list without end":   {list: strings.Repeat("x", maxList+1), says: "Cannot read"},
		"a folder as a file":   {list: digest("") + "  sub\n", make: func(dir string) error { return os.Mkdir(filepath.Join(dir, "sub"), 0o755) }, says: "it is not a file"},
		"a link out of it":     {list: digest("x") + "  link\n", make: func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "link")) }, says: "link cannot be handed out"},
		"more than is allowed": {list: many(t, maxFiles+1), make: func(dir string) error { return fill(dir, maxFiles+1) }, says: "Line 65 of"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "a.deb", "a deb")
			write(t, dir, List, tt.list)
			if tt.make != nil {
				if err := tt.make(dir); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Open(dir)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); err == nil || problem.Of(err).Field != "agent-packages" {
		t.Errorf("no folder: %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), List) {
		t.Errorf("no list: %v", err)
	}
}

func many(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s  f%d\n", digest("f"), i)
	}
	return b.String()
}

func fill(dir string, n int) error {
	for i := range n {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%d", i)), []byte("f"), 0o644); err != nil {
			return err
		}
	}
	return nil
}
