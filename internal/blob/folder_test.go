package blob

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

func openFolderStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{DataDir: t.TempDir()}, now)
	must(t, err)
	return s
}

// only returns the path of the only file of an organisation.
func only(t *testing.T, s *Store, org string) string {
	t.Helper()
	var found []string
	must(t, filepath.WalkDir(filepath.Join(s.Local(), org), func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && isBlob(e.Name()) {
			found = append(found, p)
		}
		return err
	}))
	if len(found) != 1 {
		t.Fatalf("%d files, want one", len(found))
	}
	return found[0]
}

func TestFolderKeepsPlainFilesUnderTheirDigest(t *testing.T) {
	s := openFolderStore(t)
	b := put(t, s, org, []byte("a report"))
	p := only(t, s, org)
	if want := filepath.Join(s.Local(), org, b.SHA256[:2], b.SHA256); p != want {
		t.Errorf("kept as %s, want %s", p, want)
	}
	info, err := os.Stat(p)
	if must(t, err); info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
}

// damage changes what is kept of the only file of an organisation.
func damage(t *testing.T, s *Store, change func([]byte) []byte) {
	t.Helper()
	ctx, name := t.Context(), ""
	must(t, s.keeper.each(ctx, org, func(o stored) error { name = o.name; return nil }))
	o, err := s.keeper.open(ctx, org, name)
	must(t, err)
	raw, err := io.ReadAll(o)
	must(t, errors.Join(err, o.Close()))
	d, err := s.keeper.draft(ctx)
	must(t, err)
	defer d.drop()
	_, err = d.Write(change(raw))
	must(t, errors.Join(err, d.keep(ctx, org, name)))
}

func TestDamageIsFound(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		for _, x := range []struct {
			name   string
			change func([]byte) []byte
		}{
			{"a flipped bit", func(raw []byte) []byte { raw[len(raw)/2] ^= 1; return raw }},
			{"cut off", func(raw []byte) []byte { return raw[:70_000] }},
			{"cut off at a chunk", func(raw []byte) []byte { return raw[:headerLen+2*sealedLen] }},
			{"emptied", func([]byte) []byte { return nil }},
			{"grown", func(raw []byte) []byte { return append(raw, "more"...) }},
		} {
			b := put(t, s, org, bytesOf(3*chunkLen+17)) // heals what the case before damaged
			must(t, s.Check(t.Context(), org, b.SHA256))
			damage(t, s, x.change)
			err := s.Check(t.Context(), org, b.SHA256)
			if !errors.Is(err, ErrCorrupt) || !strings.Contains(problem.Of(err).Text, b.SHA256) {
				t.Errorf("%s: %v; it should name the digest", x.name, err)
			}
			faults := 0
			n, err := s.Verify(t.Context(), org, func(string, error) { faults++ })
			if must(t, err); n != 1 || faults != 1 {
				t.Errorf("%s: the walk read %d and found %d", x.name, n, faults)
			}
		}
	})
}

// TestTheEndOfADamagedFileIsWithheld matters to downloads: the length was
// announced, so a short one is seen to have failed.
func TestTheEndOfADamagedFileIsWithheld(t *testing.T) {
	s := openFolderStore(t)
	b := put(t, s, org, bytesOf(1000))
	p := only(t, s, org)
	must(t, os.WriteFile(p, make([]byte, 1000), 0o600))
	r, err := s.Open(t.Context(), org, b.SHA256)
	must(t, err)
	defer r.Close()
	n, err := io.CopyN(io.Discard, r, b.Bytes) // as a web server copies: it never asks for the end of file
	if n >= b.Bytes || !errors.Is(err, ErrCorrupt) {
		t.Errorf("%d of %d bytes came, %v", n, b.Bytes, err)
	}
}

func TestRemovedFileIsMissing(t *testing.T) {
	s := openFolderStore(t)
	b := put(t, s, org, []byte("a report"))
	must(t, os.Remove(only(t, s, org)))
	for name, err := range map[string]error{
		"check": s.Check(t.Context(), org, b.SHA256),
		"stat":  func() error { _, err := s.Stat(t.Context(), org, b.SHA256); return err }(),
	} {
		if p := problem.Of(err); !errors.Is(err, ErrMissing) || p.Code != problem.NotFound || !strings.Contains(p.Text, b.SHA256) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDisksThatTakeNothing has the kernel, or what stands in for it, refuse.
func TestDisksThatTakeNothing(t *testing.T) {
	full := func(string) (*os.File, error) { return os.OpenFile("/dev/full", os.O_RDWR, 0) } // every write: no space left
	readOnly := func(name string) (*os.File, error) {
		return nil, &fs.PathError{Op: "openat", Path: name, Err: syscall.EROFS}
	}
	for _, x := range []struct {
		name string
		make func(string) (*os.File, error)
		says string
	}{
		{"full", full, "is full"},
		{"read-only", readOnly, "may not be written to"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if _, err := os.Stat("/dev/full"); err != nil {
				t.Skip("this system has no /dev/full")
			}
			s := openFolderStore(t)
			old := put(t, s, org, []byte("from before"))
			f := s.keeper.(*folder)
			working := f.newFile
			f.newFile = x.make
			_, err := s.Put(t.Context(), org, strings.NewReader("a report"), MaxBytes)
			if err == nil || !strings.Contains(problem.Of(err).Text, x.says) {
				t.Fatalf("putting says %v", err)
			}
			if n := objects(t, s, org); n != 1 {
				t.Errorf("%d objects; something half-written is there", n)
			}
			get(t, s, org, old.SHA256) // what was there can still be read
			f.newFile = working
			put(t, s, org, []byte("a report"))
			nothingDrafted(t, s)
		})
	}
}

func TestFolderThatMayNotBeWritten(t *testing.T) {
	p := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(p, nil, 0o600))
	_, err := Open(t.Context(), Config{Place: filepath.Join(p, "blobs")}, now)
	if err == nil || problem.Of(err).Field != "blobs" {
		t.Errorf("a folder below a file: %v", err)
	}
}

func TestDraftsOfACrashAreSwept(t *testing.T) {
	s := openFolderStore(t)
	old, young := filepath.Join(s.Local(), draftFolder, "OLD"), filepath.Join(s.Local(), draftFolder, "YOUNG")
	must(t, os.WriteFile(old, []byte("half a file"), 0o600))
	must(t, os.WriteFile(young, []byte("half a file"), 0o600))
	must(t, os.Chtimes(old, now, now.Add(-2*time.Hour)))
	if n := objects(t, s, org); n != 0 {
		t.Errorf("%d drafts are taken for files", n)
	}
	_, err := Open(t.Context(), Config{Place: s.Local()}, now)
	must(t, err)
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the draft of two hours ago: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("the draft that may still be written to: %v", err)
	}
}
