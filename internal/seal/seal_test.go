package seal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/problem"
)

func TestSealedTextOpensForItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, "a.key")
	sealed := s.Seal("one", "secret")
	if strings.Contains(sealed, "secret") || sealed == s.Seal("one", "secret") {
		t.Error("the secret can be read, or two seals of it look alike")
	}
	again := open(t, dir, "a.key") // as after a restart
	if text, err := again.Open("one", sealed); err != nil || text != "secret" {
		t.Errorf("opened %q, %v", text, err)
	}
	for name, try := range map[string]func() (string, error){
		"another owner":    func() (string, error) { return s.Open("two", sealed) },
		"another key file": func() (string, error) { return open(t, dir, "b.key").Open("one", sealed) },
		"cut short":        func() (string, error) { return s.Open("one", sealed[:8]) },
		"never sealed":     func() (string, error) { return s.Open("one", "secret") },
		"nothing":          func() (string, error) { return s.Open("one", "") },
	} {
		if text, err := try(); !errors.Is(err, ErrOtherKey) || text != "" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if st, err := os.Stat(filepath.Join(dir, "a.key")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the key file is %v, %v", st.Mode(), err)
	}
}

func TestBrokenKeyFileIsRefusedWithACure(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(dir, "a.key", "Give it back.")
	if err == nil || problem.Of(err).Code != problem.Invalid || !strings.HasSuffix(problem.Of(err).Text, "Give it back.") {
		t.Errorf("got %v", err)
	}
}

func open(t *testing.T, dir, name string) *Sealer {
	t.Helper()
	s, err := Open(dir, name, "Give it back.")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
