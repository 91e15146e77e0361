package blob

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
)

// keeper keeps objects, each under an organisation and a name. An object appears
// whole or not at all, is never changed, and survives a power cut once keep or
// create has returned. A keeper is safe for concurrent use. An object that is not
// there is ErrMissing; to remove one is no fault.
type keeper interface {
	draft(ctx context.Context) (draft, error)
	open(ctx context.Context, org, name string) (object, error)
	stat(ctx context.Context, org, name string) (int64, error)
	remove(ctx context.Context, org, name string) error
	each(ctx context.Context, org string, fn func(stored) error) error

	// create keeps a small object unless there is one already; that is errExists.
	create(ctx context.Context, org, name string, data []byte) error
	// sweep removes drafts that nobody has written to since a moment.
	sweep(ctx context.Context, before time.Time) error
	String() string
}

// draft is an object in the making; its name is known only at its end.
type draft interface {
	io.Writer
	keep(ctx context.Context, org, name string) error
	drop() // after keep, does nothing
}

// object is an object open for reading.
type object interface {
	io.ReadSeekCloser
	size() int64
}

// stored is an object as a listing has it.
type stored struct {
	name  string
	bytes int64
	at    time.Time // when it was put last
}

var errExists = errors.New("there is one already")

const (
	digestLen = 64 // hex characters of a SHA-256
	suffix    = ".sealed"
	keyName   = "key"       // of an organisation's data key
	lockName  = "sealed-by" // of the object, under no organisation, that knows the key of the place
)

func isSealed(name string) bool { return strings.HasSuffix(name, suffix) }

// isBlob tells the name of a file from those of the few other objects.
func isBlob(name string) bool { return isDigest(strings.TrimSuffix(name, suffix)) }

func isDigest(s string) bool {
	return len(s) == digestLen && strings.Trim(s, "0123456789abcdef") == ""
}

// pathOf is where an object is kept, with slashes. Files are spread over 256
// folders: some file systems slow down with a hundred thousand names in one.
func pathOf(org, name string) string {
	switch {
	case org == "":
		return name
	case isBlob(name):
		return org + "/" + name[:2] + "/" + name
	}
	return org + "/" + name
}

func checkOrg(org string) error {
	if org == "" || len(org) > 64 || strings.ContainsFunc(org, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	}) || org == draftFolder {
		return errors.New("blob: " + org + " is no id of an organisation")
	}
	return nil
}

func check(org, digest string) error {
	if err := checkOrg(org); err != nil {
		return err
	}
	if !isDigest(digest) {
		return missing(digest)
	}
	return nil
}
