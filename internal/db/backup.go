package db

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Manifest is the first file of a backup. It lists the database; the files that
// evidence rests on follow it with a list of their own, see blob.Pack. Version 1
// had no such files.
type Manifest struct {
	Format    string         `json:"format"`  // always "toucan-backup"
	Version   int            `json:"version"` // 2
	CreatedAt time.Time      `json:"created_at"`
	Files     []ManifestFile `json:"files"`
}

// ManifestFile is one file of a backup.
type ManifestFile struct {
	Path   string `json:"path"` // with slashes, relative to the data folder
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

const (
	manifestName    = "manifest.json"
	manifestFormat  = "toucan-backup"
	manifestVersion = 2
	maxManifest     = 16 << 20
	maxRestore      = 4 << 40 // bytes in all files of a backup
	blobFolder      = "blobs"
)

// Backup writes the embedded database and the files beside it to w; see
// BackupFolder.
func (d *DB) Backup(ctx context.Context, w io.Writer, now time.Time) error {
	if d.engine != sqliteName {
		return problem.New(problem.Invalid, "This is a PostgreSQL database. Back it up with pg_dump or with the backup of your PostgreSQL service.")
	}
	_, err := BackupFolder(ctx, d.dir, filepath.Join(d.dir, blobFolder), w, now)
	return err
}

// BackupFolder writes the embedded database of a data folder, and the files that
// are kept in blobs, to w as a .tar.gz: the state of one moment, taken while a
// server goes on working. blobs is empty when files are kept elsewhere. Keys are
// not part of it; they are kept apart on purpose.
//
// The database comes first. A row is written after the file it names, and a file
// never changes, so the files found afterwards are at least those that the copy of
// the database names, but for what was erased in between.
func BackupFolder(ctx context.Context, dir, blobs string, w io.Writer, now time.Time) (blob.Packed, error) {
	if _, err := os.Stat(filepath.Join(dir, FileName)); err != nil {
		return blob.Packed{}, &problem.Error{Code: problem.NotFound, Err: err, Text: "There is no embedded database in " + dir + ". Name the data folder the server runs on."}
	}
	tmp, err := os.MkdirTemp(dir, ".backup-")
	if err != nil {
		return blob.Packed{}, &problem.Error{Code: problem.Invalid, Err: err, Text: "The data folder has no room for the copy that a backup is made from. Free some space and try again."}
	}
	defer os.RemoveAll(tmp)
	copied := filepath.Join(tmp, FileName)
	if err := vacuum(ctx, dir, copied); err != nil {
		return blob.Packed{}, err
	}
	entry, err := describe(copied, FileName)
	if err != nil {
		return blob.Packed{}, err
	}
	m := Manifest{Format: manifestFormat, Version: manifestVersion, CreatedAt: now.UTC().Truncate(time.Second), Files: []ManifestFile{entry}}
	return writeArchive(ctx, w, m, tmp, blobs)
}

// vacuum writes a consistent copy of the database in dir to path. It reads one
// snapshot and holds up nobody who writes.
func vacuum(ctx context.Context, dir, path string) error {
	pool, err := openFile(filepath.Join(dir, FileName), 1, "busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, `VACUUM INTO ?1`, path); err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	return nil
}

func describe(path, name string) (ManifestFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return ManifestFile{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return ManifestFile{Path: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// writeArchive writes the manifest, the database copied to tmp, and the blobs.
func writeArchive(ctx context.Context, w io.Writer, m Manifest, tmp, blobs string) (blob.Packed, error) {
	zw, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return blob.Packed{}, err
	}
	tw := tar.NewWriter(zw)
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return blob.Packed{}, err
	}
	if err := tw.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(raw)), ModTime: m.CreatedAt}); err != nil {
		return blob.Packed{}, err
	}
	if _, err := tw.Write(raw); err != nil {
		return blob.Packed{}, err
	}
	for _, e := range m.Files {
		if err := writeEntry(tw, e, filepath.Join(tmp, filepath.FromSlash(e.Path)), m.CreatedAt); err != nil {
			return blob.Packed{}, err
		}
	}
	packed, err := blob.Pack(ctx, blobs, tmp, tw, m.CreatedAt)
	if err != nil {
		return packed, err
	}
	return packed, errors.Join(tw.Close(), zw.Close())
}

func writeEntry(tw *tar.Writer, e ManifestFile, path string, at time.Time) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := tw.WriteHeader(&tar.Header{Name: e.Path, Mode: 0o600, Size: e.Bytes, ModTime: at}); err != nil {
		return err
	}
	_, err = io.Copy(tw, f)
	return err
}

// Restore unpacks a backup into a data folder that is absent or empty, but for
// its keys; the files go into its folder "blobs". It checks every hash and the
// database itself before the first file takes its place; if anything is wrong, the
// folder is left as it was. A server that runs on the folder is a Conflict.
func Restore(ctx context.Context, dir string, r io.Reader) (Manifest, blob.Packed, error) {
	made, err := emptyFolder(dir)
	if err != nil {
		return Manifest{}, blob.Packed{}, err
	}
	m, files, err := restore(ctx, dir, r)
	if err != nil && made {
		os.RemoveAll(dir)
	}
	return m, files, err
}

// emptyFolder makes dir, or checks that nothing in it could be overwritten. It
// reports whether it made the folder.
func emptyFolder(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return false, &problem.Error{Code: problem.Invalid, Err: err, Text: fmt.Sprintf("The data folder %s cannot be made. Choose a folder this user may write to.", dir)}
		}
		return true, nil
	}
	if err != nil {
		return false, &problem.Error{Code: problem.Invalid, Err: err, Text: fmt.Sprintf("%s is not a folder that can be read.", dir)}
	}
	for _, e := range entries {
		if e.Name() != "keys" && e.Name() != lockName {
			return false, problem.New(problem.Conflict, "The data folder %s is not empty: it has %s. A backup is restored into an empty folder only, so that nothing is overwritten.", dir, e.Name())
		}
	}
	return false, nil
}

func restore(ctx context.Context, dir string, r io.Reader) (Manifest, blob.Packed, error) {
	none := blob.Packed{}
	unlock, err := lockFile(filepath.Join(dir, lockName))
	if err != nil {
		return Manifest{}, none, err
	}
	defer func() { _ = unlock() }() // the process ends soon, and the lock with it
	tmp, err := os.MkdirTemp(dir, ".restore-")
	if err != nil {
		return Manifest{}, none, &problem.Error{Code: problem.Invalid, Err: err, Text: fmt.Sprintf("Nothing can be written into %s. Choose a folder this user may write to.", dir)}
	}
	defer os.RemoveAll(tmp)
	m, files, err := unpack(ctx, tmp, r)
	if err != nil {
		return Manifest{}, none, err
	}
	if err := checkFile(ctx, filepath.Join(tmp, FileName)); err != nil {
		return Manifest{}, none, err
	}
	// the database goes last: a folder without it counts as empty for nobody
	for _, name := range []string{blobFolder, FileName} {
		if err := os.Rename(filepath.Join(tmp, name), filepath.Join(dir, name)); err != nil {
			return Manifest{}, none, fmt.Errorf("putting %s in its place: %w", name, err)
		}
	}
	return m, files, nil
}

// unpack reads an archive into dir, which is empty.
func unpack(ctx context.Context, dir string, r io.Reader) (Manifest, blob.Packed, error) {
	none := blob.Packed{}
	zr, err := gzip.NewReader(r)
	if err != nil {
		return Manifest{}, none, damaged("it is not a .tar.gz file", err)
	}
	tr := tar.NewReader(zr)
	m, err := readManifest(tr)
	if err != nil {
		return Manifest{}, none, err
	}
	want := m.Files[0]
	h, err := tr.Next()
	if err != nil {
		return Manifest{}, none, damaged(want.Path+" is missing", err)
	}
	if h.Name != want.Path || h.Typeflag != tar.TypeReg || h.Size != want.Bytes {
		return Manifest{}, none, damaged(fmt.Sprintf("%q is not what its manifest lists as %s", h.Name, want.Path), nil)
	}
	if err := unpackFile(dir, want, tr); err != nil {
		return Manifest{}, none, err
	}
	files := none
	if m.Version == 1 {
		err = os.Mkdir(filepath.Join(dir, blobFolder), 0o700)
	} else {
		files, err = blob.Unpack(ctx, tr, filepath.Join(dir, blobFolder), maxRestore-want.Bytes)
	}
	if err != nil {
		if ctx.Err() != nil {
			return Manifest{}, none, ctx.Err()
		}
		return Manifest{}, none, damaged(err.Error(), err)
	}
	if _, err := tr.Next(); err != io.EOF {
		return Manifest{}, none, damaged("it has files that it does not list, or it is cut off", err)
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(zr, 1<<20)); err != nil { // reaches the checksum of the compression
		return Manifest{}, none, damaged("it is cut off", err)
	}
	return m, files, nil
}

func readManifest(tr *tar.Reader) (Manifest, error) {
	var m Manifest
	h, err := tr.Next()
	if err != nil || h.Name != manifestName || h.Typeflag != tar.TypeReg || h.Size > maxManifest {
		return m, damaged("it does not begin with a manifest", err)
	}
	raw, err := io.ReadAll(io.LimitReader(tr, maxManifest))
	if err != nil {
		return m, damaged("its manifest cannot be read", err)
	}
	if err := json.Unmarshal(raw, &m); err != nil || m.Format != manifestFormat {
		return m, damaged("its manifest is not one of a Toucan backup", err)
	}
	if m.Version < 1 || m.Version > manifestVersion {
		return m, problem.New(problem.Invalid, "This backup has format %d, and this Toucan knows formats up to %d. Restore it with the Toucan that wrote it, then upgrade.", m.Version, manifestVersion)
	}
	if len(m.Files) != 1 || m.Files[0].Path != FileName {
		return m, damaged("its manifest does not list the database, or more than that", nil)
	}
	if n := m.Files[0].Bytes; n < 0 || n > maxRestore {
		return m, damaged("its manifest lists more than a backup can hold", nil)
	}
	return m, nil
}

func unpackFile(dir string, want ManifestFile, tr io.Reader) error {
	path := filepath.Join(dir, filepath.FromSlash(want.Path))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return damaged(fmt.Sprintf("%s cannot be written", want.Path), err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return damaged(fmt.Sprintf("%s cannot be written", want.Path), err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), tr)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return damaged(want.Path+" cannot be read to its end", err)
	}
	if n != want.Bytes || hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return damaged(want.Path+" is not the file that was backed up (its hash differs)", nil)
	}
	return nil
}

// checkFile asks SQLite whether the file is a sound database of ours.
func checkFile(ctx context.Context, path string) error {
	pool, err := openFile(path, 1, "busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer pool.Close()
	var verdict string
	if err := pool.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil || verdict != "ok" {
		return damaged("its database does not pass SQLite's check: "+verdict, err)
	}
	var n int
	if err := pool.QueryRowContext(ctx, `SELECT count(*) FROM organisation`).Scan(&n); err != nil {
		return damaged("its database is not one of Toucan", err)
	}
	return nil
}

func damaged(why string, err error) error {
	return &problem.Error{Code: problem.Invalid, Err: err, Text: "This backup cannot be used: " + why + ". Nothing was restored. Take another copy of it, or an older one."}
}
