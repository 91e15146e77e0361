package blob

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// A backup has the files as entries "blobs/...", and at the end their list, a line
// each as sha256sum writes it. Neither making nor reading it needs the list in
// memory: it waits in a file until the end.
const (
	packFolder = "blobs/"
	packList   = "blobs.sha256"
	isDamaged  = "  damaged"
	maxPacked  = 50_000_000
)

// Packed says what went into a backup, or came out of it.
type Packed struct {
	Files   int
	Bytes   int64
	Damaged []string // digests of files that were no longer what was kept when the backup was made; at most a thousand
}

func (p *Packed) damaged(name string) {
	if len(p.Damaged) < 1000 {
		p.Damaged = append(p.Damaged, name)
	}
}

// Pack writes all files of a folder to tw, and then their list. A folder that is
// not there holds none. Uploads and deletions may go on: what is put later is left
// out, and what is deleted meanwhile may be. scratch is a folder for the list.
func Pack(ctx context.Context, dir, scratch string, tw *tar.Writer, at time.Time) (Packed, error) {
	var p Packed
	list, err := os.Create(filepath.Join(scratch, packList))
	if err != nil {
		return p, err
	}
	defer list.Close()
	lines := bufio.NewWriter(list)
	root, err := os.OpenRoot(dir)
	if err == nil {
		defer root.Close()
		err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || e.IsDir() || !packable(name) {
				return err
			}
			return errors.Join(ctx.Err(), p.add(tw, root, name, at, lines))
		})
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return p, err
	}
	return p, writeList(tw, list, lines, at)
}

// packable tells what belongs into a backup from drafts and from what somebody
// else put into the folder.
func packable(name string) bool {
	parts := strings.Split(name, "/")
	switch len(parts) {
	case 1:
		return name == lockName
	case 2:
		return checkOrg(parts[0]) == nil && parts[1] == keyName
	case 3:
		return checkOrg(parts[0]) == nil && isBlob(parts[2]) && parts[1] == parts[2][:2]
	}
	return false
}

// add writes one file and its line.
func (p *Packed) add(tw *tar.Writer, root *os.Root, name string, at time.Time, lines io.Writer) error {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) { // deleted just now
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := tw.WriteHeader(&tar.Header{Name: packFolder + name, Mode: 0o600, Size: info.Size(), ModTime: at}); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(tw, sum), f); err != nil {
		return fmt.Errorf("packing %s: %w", name, err)
	}
	return p.line(lines, name, hex.EncodeToString(sum.Sum(nil)), info.Size())
}

// line counts a file and writes its line of the list.
func (p *Packed) line(w io.Writer, name, sum string, size int64) error {
	p.Files++
	p.Bytes += size
	mark := ""
	if base := path.Base(name); isDigest(base) && base != sum {
		p.damaged(base)
		mark = isDamaged
	}
	_, err := fmt.Fprintf(w, "%s  %s%s%s\n", sum, packFolder, name, mark)
	return err
}

func writeList(tw *tar.Writer, list *os.File, lines *bufio.Writer, at time.Time) error {
	if err := lines.Flush(); err != nil {
		return err
	}
	size, err := list.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = list.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	if err := tw.WriteHeader(&tar.Header{Name: packList, Mode: 0o600, Size: size, ModTime: at}); err != nil {
		return err
	}
	_, err = io.Copy(tw, list)
	return err
}

// Unpack reads what Pack wrote into dir, which has no files yet, and checks every
// one against its digest and the list. An error says in its text what is wrong
// with the backup; dir is then of no use. At most max bytes are taken.
func Unpack(ctx context.Context, tr *tar.Reader, dir string, max int64) (Packed, error) {
	var p Packed
	if err := os.Mkdir(dir, 0o700); err != nil {
		return p, err
	}
	list, err := os.Create(dir + ".list")
	if err != nil {
		return p, err
	}
	defer os.Remove(list.Name())
	defer list.Close()
	lines := bufio.NewWriter(list)
	for {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		h, err := tr.Next()
		if err != nil {
			return p, fmt.Errorf("its list of files is missing, so it is cut off: %w", err)
		}
		if h.Typeflag != tar.TypeReg {
			return p, fmt.Errorf("%q is no file", h.Name)
		}
		if h.Name == packList {
			return p, errors.Join(lines.Flush(), sameList(list, tr))
		}
		name, ok := strings.CutPrefix(h.Name, packFolder)
		if !ok || !packable(name) {
			return p, fmt.Errorf("%q has no place in a backup", h.Name)
		}
		if h.Size > max-p.Bytes || p.Files >= maxPacked {
			return p, errors.New("it holds more than a backup can")
		}
		sum, err := unpackOne(dir, name, h.Size, tr)
		if err != nil {
			return p, err
		}
		if err := p.line(lines, name, sum, h.Size); err != nil {
			return p, err
		}
	}
}

// sameList compares the list of what came out with the list that went in.
func sameList(have *os.File, want io.Reader) error {
	if _, err := have.Seek(0, io.SeekStart); err != nil {
		return err
	}
	a, b := bufio.NewScanner(have), bufio.NewScanner(want)
	for a.Scan() {
		if !b.Scan() || !bytes.Equal(a.Bytes(), b.Bytes()) {
			_, name, _ := strings.Cut(a.Text(), "  ")
			return fmt.Errorf("%s is not the file that was backed up (its hash differs)", name)
		}
	}
	if b.Scan() {
		_, name, _ := strings.Cut(b.Text(), "  ")
		return fmt.Errorf("%s is missing", name)
	}
	return errors.Join(a.Err(), b.Err())
}

func unpackOne(dir, name string, size int64, r io.Reader) (string, error) {
	p := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		return "", fmt.Errorf("%s cannot be written: %w", name, err)
	}
	f, err := os.OpenFile(p, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("%s cannot be written: %w", name, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), r)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil || n != size {
		return "", fmt.Errorf("%s cannot be read to its end: %w", name, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
