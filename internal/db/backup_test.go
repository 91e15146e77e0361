package db_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/problem"
)

var at = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// archive returns a backup of a small database.
func archive(t testing.TB) []byte {
	t.Helper()
	d := dbtest.SQLite(t)
	organisation(t, d, "o1")
	if err := d.Write(t.Context(), "o1", db.People, person("Ada", "o1")); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := d.Backup(t.Context(), &b, at); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestABackupComesBack(t *testing.T) {
	data := archive(t)
	dir := filepath.Join(t.TempDir(), "fresh")
	m, _, err := db.Restore(t.Context(), dir, bytes.NewReader(data))
	if err != nil || !m.CreatedAt.Equal(at) || len(m.Files) != 1 {
		t.Fatalf("restored %+v, %v", m, err)
	}
	d, err := db.Open(t.Context(), db.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := names(t, d, "o1"); !slices.Equal(got, []string{"Ada"}) {
		t.Errorf("the restored register has %q", got)
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
	if _, _, err := db.Restore(t.Context(), dir, bytes.NewReader(data)); err == nil || problem.Of(err).Code != problem.Conflict {
		t.Errorf("restoring over a database: %v, want a conflict", err)
	}
}

func TestABackupIsOfOneMoment(t *testing.T) {
	d := dbtest.SQLite(t)
	organisation(t, d, "o1")
	stop := make(chan struct{})
	go func() { // two rows at a time, while the backup runs
		defer close(stop)
		for i := range 200 {
			d.Write(context.Background(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
				if err := person(fmt.Sprintf("%d a", i), "o1")(ctx, tx); err != nil {
					return err
				}
				return person(fmt.Sprintf("%d b", i), "o1")(ctx, tx)
			})
		}
	}()
	var b bytes.Buffer
	if err := d.Backup(t.Context(), &b, at); err != nil {
		t.Fatal(err)
	}
	<-stop
	dir := t.TempDir()
	if _, _, err := db.Restore(t.Context(), dir, &b); err != nil {
		t.Fatal(err)
	}
	r, err := db.Open(t.Context(), db.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := len(names(t, r, "o1"))
	rev, err := r.Revision(t.Context(), "o1")
	if err != nil || n != 2*int(rev) {
		t.Errorf("%d rows at revision %d, %v: every change is there whole or not at all", n, rev, err)
	}
}

func TestKeysMayBeThereBeforeARestore(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Restore(t.Context(), dir, bytes.NewReader(archive(t))); err != nil {
		t.Error(err)
	}
}

// file is one entry of an archive made by hand.
type file struct {
	name, body string
	kind       byte
}

func pack(files ...file) []byte {
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.body)), Typeflag: tar.TypeReg}
		if f.kind != 0 {
			h.Typeflag, h.Linkname, h.Size = f.kind, f.body, 0
		}
		tw.WriteHeader(h)
		if f.kind == 0 {
			io.WriteString(tw, f.body)
		}
	}
	tw.Close()
	zw.Close()
	return b.Bytes()
}

func manifest(m db.Manifest) file {
	raw, _ := json.Marshal(m)
	return file{name: "manifest.json", body: string(raw)}
}

const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// bad are archives that must be refused.
func bad(good []byte) map[string][]byte {
	one := func(path string) db.Manifest {
		return db.Manifest{Format: "toucan-backup", Version: 1, Files: []db.ManifestFile{{Path: "toucan.db", SHA256: emptySum}, {Path: path, SHA256: emptySum}}}
	}
	base := db.Manifest{Format: "toucan-backup", Version: 1, Files: []db.ManifestFile{{Path: "toucan.db", SHA256: emptySum}}}
	newer, none, huge, other := base, base, base, base
	newer.Version = 3
	none.Files = nil
	huge.Files = []db.ManifestFile{{Path: "toucan.db", Bytes: 1 << 62, SHA256: emptySum}}
	other.Files = []db.ManifestFile{{Path: "toucan.db", Bytes: 4, SHA256: emptySum}}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	return map[string][]byte{
		"nothing":                      {},
		"no archive":                   []byte("PK\x03\x04 this is a zip"),
		"cut off":                      good[:len(good)*2/3],
		"cut off at the last byte":     good[:len(good)-1],
		"a bit flipped":                flipped,
		"no manifest":                  pack(file{name: "toucan.db", body: "x"}),
		"a newer format":               pack(manifest(newer), file{name: "toucan.db"}),
		"another program's manifest":   pack(file{name: "manifest.json", body: `{"format":"x","version":1}`}),
		"a manifest that is no JSON":   pack(file{name: "manifest.json", body: `{`}),
		"no database":                  pack(manifest(none)),
		"larger than can be":           pack(manifest(huge), file{name: "toucan.db"}),
		"a wrong hash":                 pack(manifest(other), file{name: "toucan.db", body: "abcd"}),
		"an empty database":            pack(manifest(base), file{name: "toucan.db"}),
		"a link for the database":      pack(manifest(base), file{"toucan.db", "/etc/passwd", tar.TypeSymlink}),
		"a path upwards":               pack(manifest(one("../evil")), file{name: "toucan.db"}, file{name: "../evil"}),
		"a path upwards inside":        pack(manifest(one("blobs/../../evil")), file{name: "toucan.db"}, file{name: "blobs/../../evil"}),
		"a path from the root":         pack(manifest(one("/tmp/evil")), file{name: "toucan.db"}, file{name: "/tmp/evil"}),
		"a path with a drive":          pack(manifest(one(`blobs/c:\evil`)), file{name: "toucan.db"}, file{name: `blobs/c:\evil`}),
		"a key":                        pack(manifest(one("keys/second-factor.key")), file{name: "toucan.db"}, file{name: "keys/second-factor.key"}),
		"a file twice":                 pack(manifest(one("toucan.db")), file{name: "toucan.db"}, file{name: "toucan.db"}),
		"a file nobody listed":         pack(manifest(base), file{name: "toucan.db"}, file{name: "blobs/x"}),
		"files in another order":       pack(manifest(one("blobs/x")), file{name: "blobs/x"}, file{name: "toucan.db"}),
		"a listed file that is absent": pack(manifest(one("blobs/x")), file{name: "toucan.db"}),
	}
}

func TestBadBackupsLeaveNothing(t *testing.T) {
	for name, data := range bad(archive(t)) {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			_, _, err := db.Restore(t.Context(), filepath.Join(parent, "data"), bytes.NewReader(data))
			if err == nil || problem.Of(err).Code != problem.Invalid {
				t.Errorf("err = %v, want it refused with a sentence", err)
			}
			if entries, _ := os.ReadDir(parent); len(entries) != 0 {
				t.Errorf("%d files were left behind, such as %s", len(entries), entries[0].Name())
			}
		})
	}
}

func FuzzRestore(f *testing.F) {
	good := archive(f)
	f.Add(good)
	for _, data := range bad(good) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parent := t.TempDir()
		_, _, err := db.Restore(t.Context(), filepath.Join(parent, "data"), bytes.NewReader(data))
		entries, _ := os.ReadDir(parent)
		if err != nil && len(entries) != 0 {
			t.Errorf("refused (%v), but left %s", err, entries[0].Name())
		}
		if len(entries) > 1 || len(entries) == 1 && entries[0].Name() != "data" {
			t.Errorf("wrote outside the folder: %v", entries)
		}
	})
}
