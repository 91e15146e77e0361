package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// draftFolder holds files in the making, in the file system of the others, so
// that a rename is all that makes one appear.
const draftFolder = "tmp"

// folder keeps objects as files under one folder.
type folder struct {
	path    string
	root    *os.Root
	newFile func(name string) (*os.File, error) // makes the file of a draft
}

// openFolder makes the folder if need be.
func openFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &problem.Error{Code: problem.Invalid, Field: "blobs", Err: err,
			Text: fmt.Sprintf("The folder for files, %s, cannot be made. Choose a folder this user may write to.", dir)}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &problem.Error{Code: problem.Invalid, Field: "blobs", Err: err,
			Text: fmt.Sprintf("The folder for files, %s, cannot be opened. Choose a folder this user may read and write.", dir)}
	}
	f := &folder{path: dir, root: root}
	f.newFile = func(name string) (*os.File, error) {
		return root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	}
	if err := f.mkdir(draftFolder); err != nil {
		return nil, writeFault(err)
	}
	return f, nil
}

func (f *folder) String() string { return "files in " + f.path }

func (f *folder) mkdir(name string) error {
	if err := f.root.Mkdir(name, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	return f.sync(path.Dir(name))
}

// sync makes what happened to the names in a folder survive a power cut.
func (f *folder) sync(dir string) error {
	if runtime.GOOS == "windows" { // its folders cannot be synced, and need not be
		return nil
	}
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// settle makes the folders an object lies in.
func (f *folder) settle(p string) error {
	dir := path.Dir(p)
	if dir == "." {
		return nil
	}
	if _, err := f.root.Stat(dir); err == nil {
		return nil
	}
	if up := path.Dir(dir); up != "." {
		if err := f.mkdir(up); err != nil {
			return err
		}
	}
	return f.mkdir(dir)
}

// fileDraft is a file in the draft folder.
type fileDraft struct {
	*os.File
	f    *folder
	name string
	kept bool
}

func (f *folder) draft(context.Context) (draft, error) {
	name := draftFolder + "/" + rand.Text()
	file, err := f.newFile(name)
	if err != nil {
		return nil, err
	}
	return &fileDraft{File: file, f: f, name: name}, nil
}

func (d *fileDraft) keep(_ context.Context, org, name string) error {
	return d.place(pathOf(org, name), d.f.root.Rename)
}

// place writes the draft out and gives it its name.
func (d *fileDraft) place(p string, as func(from, to string) error) error {
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return err
	}
	if err := d.f.settle(p); err != nil {
		return err
	}
	if err := as(d.name, p); err != nil {
		return err
	}
	d.kept = true
	return d.f.sync(path.Dir(p))
}

func (d *fileDraft) drop() {
	if !d.kept {
		d.File.Close()
		d.f.root.Remove(d.name)
	}
}

// create links the finished file to its name, which fails if there is one.
func (f *folder) create(ctx context.Context, org, name string, data []byte) error {
	made, err := f.draft(ctx)
	if err != nil {
		return err
	}
	d := made.(*fileDraft)
	defer func() { d.kept = false; d.drop() }() // the draft is a second name of the same file
	if _, err := d.Write(data); err != nil {
		return err
	}
	err = d.place(pathOf(org, name), f.root.Link)
	if errors.Is(err, fs.ErrExist) {
		return errExists
	}
	return err
}

// file is an object of a folder.
type file struct {
	*os.File
	bytes int64
}

func (f file) size() int64 { return f.bytes }

func (f *folder) open(_ context.Context, org, name string) (object, error) {
	o, err := f.root.Open(pathOf(org, name))
	if err != nil {
		return nil, absent(err)
	}
	info, err := o.Stat()
	if err != nil {
		o.Close()
		return nil, err
	}
	return file{o, info.Size()}, nil
}

func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrMissing
	}
	return err
}

func (f *folder) stat(_ context.Context, org, name string) (int64, error) {
	info, err := f.root.Stat(pathOf(org, name))
	if err != nil {
		return 0, absent(err)
	}
	return info.Size(), nil
}

func (f *folder) remove(_ context.Context, org, name string) error {
	p := pathOf(org, name)
	if err := f.root.Remove(p); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return f.sync(path.Dir(p))
}

func (f *folder) each(ctx context.Context, org string, fn func(stored) error) error {
	return fs.WalkDir(f.root.FS(), org, func(p string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // nothing was ever put, or it was deleted just now
			return nil
		}
		if err != nil || e.IsDir() || !isBlob(e.Name()) {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return fn(stored{name: e.Name(), bytes: info.Size(), at: info.ModTime()})
	})
}

func (f *folder) sweep(_ context.Context, before time.Time) error {
	drafts, err := fs.ReadDir(f.root.FS(), draftFolder)
	if err != nil {
		return err
	}
	for _, e := range drafts {
		if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
			if err := f.root.Remove(draftFolder + "/" + e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
