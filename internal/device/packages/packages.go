// Package packages hands out the installation packages of the agent: the files of a folder
// that make packages wrote. Only what its list names exists, and only as it is listed.
package packages

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// List is the name of the list of a folder, in the format of sha256sum.
const List = "SHA256SUMS"

// Limits of a folder.
const (
	maxFiles = 64
	maxList  = 64 << 10 // bytes of the list
	maxFile  = 1 << 28  // bytes of one package
)

// row is a line of the list: only plain names, no paths.
var row = regexp.MustCompile(`^([0-9a-f]{64}) [ *]([A-Za-z0-9][A-Za-z0-9._+~-]{0,127})$`)

// Package is one file.
type Package struct {
	Name   string
	SHA256 string // 64 digits
	Size   int64
	stood  time.Time // when it was last changed, at the start
}

// Folder is a folder whose files were compared with its list. A nil Folder has none. It
// is safe for concurrent use.
type Folder struct {
	root  *os.Root
	files []Package // by name
}

// Open reads the list of a folder and compares each file with it. A failure says which
// file it is and what to do.
func Open(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, trouble("Cannot open the folder of the agent's packages: %v. Give the folder that make packages wrote, which is dist.", err)
	}
	f := &Folder{root: root}
	if err := f.read(dir); err != nil {
		root.Close()
		return nil, err
	}
	return f, nil
}

func trouble(text string, args ...any) error {
	return problem.Field("agent-packages", fmt.Sprintf(text, args...))
}

func (f *Folder) read(dir string) error {
	list, err := f.root.Open(List)
	if err != nil {
		return trouble("Cannot read %s: %v. Give the folder that make packages wrote, with its list.", filepath.Join(dir, List), err)
	}
	defer list.Close()
	lines := bufio.NewScanner(io.LimitReader(list, maxList))
	for n := 1; lines.Scan(); n++ {
		m := row.FindStringSubmatch(lines.Text())
		if m == nil || len(f.files) == maxFiles || slices.ContainsFunc(f.files, func(p Package) bool { return p.Name == m[2] }) {
			return trouble("Line %d of %s is not a digest and the name of a file, stands there twice, or is one of more than %d. Write it anew with make packages, or with sha256sum in that folder.", n, filepath.Join(dir, List), maxFiles)
		}
		p, err := f.check(m[2], m[1])
		if err != nil {
			return trouble("%s cannot be handed out: %v. Copy the file anew from where it was built, or write %s anew if you signed the file yourself.", filepath.Join(dir, m[2]), err, List)
		}
		f.files = append(f.files, p)
	}
	if err := lines.Err(); err != nil {
		return trouble("Cannot read %s: %v. Write it anew with make packages.", filepath.Join(dir, List), err)
	}
	if len(f.files) == 0 {
		return trouble("%s names no file. Write it anew with make packages.", filepath.Join(dir, List))
	}
	slices.SortFunc(f.files, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// check compares a file with its digest.
func (f *Folder) check(name, want string) (Package, error) {
	file, info, err := f.open(name)
	if err != nil {
		return Package{}, err
	}
	defer file.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return Package{}, err
	case n > maxFile:
		return Package{}, fmt.Errorf("it is larger than %d MB", maxFile>>20)
	case hex.EncodeToString(h.Sum(nil)) != want:
		return Package{}, errors.New("it is not the file that the list names: its SHA-256 is another one")
	}
	return Package{Name: name, SHA256: want, Size: n, stood: info.ModTime()}, nil
}

func (f *Folder) open(name string) (*os.File, os.FileInfo, error) {
	file, err := f.root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// Files are the packages, by name.
func (f *Folder) Files() []Package {
	if f == nil {
		return nil
	}
	return slices.Clone(f.files)
}

// Open opens a package by its name. One that was changed since the start is refused, since
// nobody compared it; the caller closes what it gets.
func (f *Folder) Open(name string) (Package, io.ReadSeekCloser, error) {
	missing := problem.New(problem.NotFound, "There is no such package here. My devices lists those there are.")
	if f == nil {
		return Package{}, nil, missing
	}
	i := slices.IndexFunc(f.files, func(p Package) bool { return p.Name == name })
	if i < 0 {
		return Package{}, nil, missing
	}
	p := f.files[i]
	file, info, err := f.open(name)
	if err == nil && (info.Size() != p.Size || !info.ModTime().Equal(p.stood)) {
		file.Close()
		err = errors.New("it changed")
	}
	if err != nil {
		return Package{}, nil, problem.New(problem.Conflict, "The file %s was changed after the server started, so it is not handed out. Whoever runs the server starts it again.", name)
	}
	return p, file, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error {
	if f == nil {
		return nil
	}
	return f.root.Close()
}
