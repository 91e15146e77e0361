package db_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// house is a data folder with files of two organisations.
type house struct {
	dir   string
	d     *db.DB
	blobs *blob.Store
	sums  []string // of "o1"
}

func newHouse(t testing.TB, keyFile string) *house {
	t.Helper()
	h := &house{dir: t.TempDir()}
	var err error
	if h.d, err = db.Open(t.Context(), db.Config{DataDir: h.dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.d.Close() })
	if h.blobs, err = blob.Open(t.Context(), blob.Config{DataDir: h.dir, KeyFile: keyFile}, at); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "a report", strings.Repeat("a long one ", 20_000)} {
		h.sums = append(h.sums, h.put(t, "o1", text))
	}
	h.put(t, "o2", "a report")
	return h
}

func (h *house) put(t testing.TB, org, text string) string {
	t.Helper()
	b, err := h.blobs.Put(t.Context(), org, strings.NewReader(text), blob.MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	return b.SHA256
}

func (h *house) backup(t testing.TB) ([]byte, blob.Packed) {
	t.Helper()
	var b bytes.Buffer
	files, err := db.BackupFolder(t.Context(), h.dir, h.blobs.Local(), &b, at)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), files
}

func TestFilesAreInABackup(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, bytes.Repeat([]byte{1}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"plain": "", "encrypted": key} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, file)
			if err := os.WriteFile(filepath.Join(h.blobs.Local(), "tmp", "DRAFT"), []byte("half a file"), 0o600); err != nil {
				t.Fatal(err)
			}
			data, packed := h.backup(t)
			extra := 0
			if file != "" {
				extra = 3 // the keys of two organisations, and the mark of the place
			}
			if packed.Files != 4+extra || len(packed.Damaged) != 0 {
				t.Errorf("packed %+v", packed)
			}
			dir := filepath.Join(t.TempDir(), "fresh")
			_, files, err := db.Restore(t.Context(), dir, bytes.NewReader(data))
			if err != nil || files.Files != packed.Files || files.Bytes != packed.Bytes {
				t.Fatalf("restored %+v, %v", files, err)
			}
			s, err := blob.Open(t.Context(), blob.Config{DataDir: dir, KeyFile: file}, at)
			if err != nil {
				t.Fatal(err)
			}
			for _, sum := range h.sums {
				if err := s.Check(t.Context(), "o1", sum); err != nil {
					t.Error(err)
				}
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 3 { // database, lock, blobs
				t.Errorf("the folder has %v", entries)
			}
		})
	}
}

// TestDamagedFileEndsNoBackup: one bad sector must not mean that there are no
// backups from now on.
func TestDamagedFileEndsNoBackup(t *testing.T) {
	h := newHouse(t, "")
	sum := h.sums[1]
	if err := os.WriteFile(filepath.Join(h.blobs.Local(), "o1", sum[:2], sum), []byte("no report"), 0o600); err != nil {
		t.Fatal(err)
	}
	data, packed := h.backup(t)
	if !slices.Equal(packed.Damaged, []string{sum}) {
		t.Errorf("the backup names %q", packed.Damaged)
	}
	_, files, err := db.Restore(t.Context(), filepath.Join(t.TempDir(), "fresh"), bytes.NewReader(data))
	if err != nil || !slices.Equal(files.Damaged, []string{sum}) {
		t.Errorf("the restore names %q, %v", files.Damaged, err)
	}
}

func TestBackupWithoutAFolderOfFiles(t *testing.T) {
	d, err := db.Open(t.Context(), db.Config{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var b bytes.Buffer
	if err := d.Backup(t.Context(), &b, at); err != nil {
		t.Fatal(err)
	}
	if _, files, err := db.Restore(t.Context(), filepath.Join(t.TempDir(), "fresh"), &b); err != nil || files.Files != 0 {
		t.Errorf("%+v, %v", files, err)
	}
}

// entries takes an archive apart.
func entries(t testing.TB, data []byte) []file {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var out []file
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, file{name: h.Name, body: string(body)})
	}
}

func TestBackupsWithBadFilesLeaveNothing(t *testing.T) {
	data, _ := newHouse(t, "").backup(t)
	good := entries(t, data) // manifest, database, three files of o1, one of o2, list
	if len(good) != 7 {
		t.Fatalf("%d entries", len(good))
	}
	last := len(good) - 1
	change := func(i int, f func(*file)) []file {
		out := slices.Clone(good)
		f(&out[i])
		return out
	}
	full := slices.IndexFunc(good[2:], func(f file) bool { return f.body != "" }) + 2
	named := func(name string) []file { return change(3, func(f *file) { f.name = name }) }
	for name, files := range map[string][]file{
		"a file changed":            change(full, func(f *file) { f.body = strings.Repeat("x", len(f.body)) }),
		"a file left out":           slices.Delete(slices.Clone(good), 3, 4),
		"a file added":              slices.Insert(slices.Clone(good), 3, file{name: "blobs/o3/" + emptySum[:2] + "/" + emptySum}),
		"a file twice":              slices.Insert(slices.Clone(good), 3, good[3]),
		"no list":                   good[:last],
		"an empty list":             change(last, func(f *file) { f.body = "" }),
		"something after the list":  append(slices.Clone(good), good[3]),
		"a link":                    change(3, func(f *file) { f.kind = tar.TypeSymlink }),
		"a path upwards":            named("blobs/../evil"),
		"a path upwards inside":     named("blobs/o1/../" + emptySum),
		"a path from the root":      named("/tmp/evil"),
		"a key of ours":             named("keys/second-factor.key"),
		"a name that is no digest":  named("blobs/o1/aa/evil"),
		"a draft":                   named("blobs/tmp/aa/" + emptySum),
		"a digest in another place": named("blobs/o1/zz/" + emptySum),
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			_, _, err := db.Restore(t.Context(), filepath.Join(parent, "data"), bytes.NewReader(pack(files...)))
			if err == nil || problem.Of(err).Code != problem.Invalid || !strings.Contains(problem.Of(err).Text, "Nothing was restored") {
				t.Errorf("err = %v, want it refused with a sentence", err)
			}
			if left, _ := fs.Glob(os.DirFS(parent), "*"); len(left) != 0 {
				t.Errorf("%q were left behind", left)
			}
		})
	}
}
