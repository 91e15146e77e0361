package blob

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/toucan-grc/toucan/internal/problem"
)

// master is the key of a place, from a file outside of it. It encrypts nothing
// but the keys of organisations.
type master struct{ secret []byte }

const (
	secretLen = 32
	keyMagic  = "toucank1"
)

// readMaster reads the key of a place: 32 bytes, or the same as 64 hex digits.
func readMaster(file, dataDir string) (*master, error) {
	if inside(file, dataDir) {
		return nil, problem.Field("blob-key", fmt.Sprintf("The key %s lies in the data folder. Whoever copies that folder would have the key with it; keep the key somewhere else.", file))
	}
	raw, err := readSmall(file)
	if err != nil {
		return nil, &problem.Error{Code: problem.Invalid, Field: "blob-key", Err: err,
			Text: fmt.Sprintf("The key file %s cannot be read. Name the file that holds the key with --blob-key, or make one: openssl rand -out FILE 32", file)}
	}
	if text, err := hex.DecodeString(strings.TrimSpace(string(raw))); err == nil && len(text) == secretLen {
		raw = text
	}
	if len(raw) != secretLen {
		return nil, problem.Field("blob-key", fmt.Sprintf("The key file %s holds no key: it has to be 32 bytes, or 64 hex digits. Make one with: openssl rand -out FILE 32", file))
	}
	return &master{raw}, nil
}

func readSmall(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 1<<10))
}

// inside reports whether a file lies in a folder, links followed.
func inside(file, dir string) bool {
	if dir == "" {
		return false
	}
	real := func(p string) string {
		if q, err := filepath.EvalSymlinks(p); err == nil {
			p = q
		}
		p, _ = filepath.Abs(p)
		return p
	}
	rel, err := filepath.Rel(real(dir), real(file))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// wrap encrypts a secret; what says whose it is, and is needed to unwrap it.
func (m *master) wrap(secret []byte, what string) ([]byte, error) {
	aead, err := gcm(m.secret)
	if err != nil {
		return nil, err
	}
	n := make([]byte, aead.NonceSize())
	rand.Read(n)
	return aead.Seal(append([]byte(keyMagic), n...), n, secret, []byte(what)), nil
}

func (m *master) unwrap(wrapped []byte, what string) ([]byte, error) {
	aead, err := gcm(m.secret)
	if err != nil {
		return nil, err
	}
	rest, ok := bytes.CutPrefix(wrapped, []byte(keyMagic))
	if !ok || len(rest) < aead.NonceSize() {
		return nil, errors.New("it is no wrapped key")
	}
	return aead.Open(nil, rest[:aead.NonceSize()], rest[aead.NonceSize():], []byte(what))
}

// key is the key of one organisation. A nil key leaves files as they are.
type key struct{ secret, naming []byte }

func newKey(secret []byte) (*key, error) {
	naming, err := hkdf.Key(sha256.New, secret, nil, "toucan blob name v1", secretLen)
	if err != nil {
		return nil, err
	}
	return &key{secret, naming}, nil
}

// name is what a file is kept under. An encrypted one is not kept under its
// digest: whoever gets hold of the place could otherwise ask it whether a file
// they know is there.
func (k *key) name(digest string) string {
	if k == nil {
		return digest
	}
	mac := hmac.New(sha256.New, k.naming)
	mac.Write([]byte(digest))
	return hex.EncodeToString(mac.Sum(nil)) + suffix
}

// names are what a file may be kept under: files that were put before there was a
// key stay as they are.
func (k *key) names(digest string) []string {
	if k == nil {
		return []string{digest}
	}
	return []string{k.name(digest), digest}
}

var errNoKey = errors.New("the organisation's key was destroyed")

// readKey returns the key of an organisation, nil if it has none. It is read anew
// each time, so that one that was destroyed is gone on every server at once.
func (s *Store) readKey(ctx context.Context, org string) (*key, error) {
	if s.master == nil {
		return nil, nil
	}
	wrapped, err := s.small(ctx, org, keyName)
	if errors.Is(err, ErrMissing) {
		return nil, nil
	}
	if err != nil {
		return nil, keyFault(org, err)
	}
	secret, err := s.master.unwrap(wrapped, org)
	if err != nil {
		return nil, keyFault(org, err)
	}
	return newKey(secret)
}

func keyFault(org string, err error) error {
	return &problem.Error{Code: problem.Internal, Err: fmt.Errorf("the key of organisation %s: %w", org, err),
		Text: "The key that this organisation's files are encrypted with cannot be read. Ask whoever runs this server to put its file, " + org + "/" + keyName + ", back from a backup."}
}

// ensureKey returns the key of an organisation and makes it on first use. Two
// servers may do so at once: the second takes the key of the first.
func (s *Store) ensureKey(ctx context.Context, org string) (*key, error) {
	k, err := s.readKey(ctx, org)
	if err != nil || k != nil || s.master == nil {
		return k, err
	}
	secret := make([]byte, secretLen)
	rand.Read(secret)
	wrapped, err := s.master.wrap(secret, org)
	if err != nil {
		return nil, err
	}
	if err := s.keeper.create(ctx, org, keyName, wrapped); err != nil && !errors.Is(err, errExists) {
		return nil, writeFault(err)
	}
	return s.readKey(ctx, org)
}

// small reads an object of a few bytes.
func (s *Store) small(ctx context.Context, org, name string) ([]byte, error) {
	o, err := s.keeper.open(ctx, org, name)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	return io.ReadAll(io.LimitReader(o, 1<<10))
}

// settleKey checks that a place is opened with the key it was first encrypted
// with, and notes the key of one that never was.
func (s *Store) settleKey(ctx context.Context) error {
	const what = "place"
	have, err := s.small(ctx, "", lockName)
	switch {
	case errors.Is(err, ErrMissing) && s.master == nil:
		return nil
	case errors.Is(err, ErrMissing):
		mark, err := s.master.wrap([]byte(what), what)
		if err != nil {
			return err
		}
		if err := s.keeper.create(ctx, "", lockName, mark); err != nil && !errors.Is(err, errExists) {
			return writeFault(err)
		}
		if have, err = s.small(ctx, "", lockName); err != nil {
			return err
		}
	case err != nil:
		return readFault(lockName, err)
	case s.master == nil:
		return problem.Field("blob-key", "The files are encrypted, and no key was named. Start with --blob-key and the file that holds the key.")
	}
	if _, err := s.master.unwrap(have, what); err != nil {
		return &problem.Error{Code: problem.Invalid, Field: "blob-key", Err: err,
			Text: "The key named with --blob-key is not the one these files are encrypted with. Name the file with the right key."}
	}
	return nil
}
