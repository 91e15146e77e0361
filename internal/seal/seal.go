// Package seal encrypts the few secrets that must be kept in rows, with keys that
// are files beside the database and in no backup of it: who steals the database
// alone can read none of them.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Sealer seals with one key file. It is safe for concurrent use.
type Sealer struct{ aead cipher.AEAD }

// ErrOtherKey says that a text was sealed with another key file, for somebody
// else, or was never sealed.
var ErrOtherKey = errors.New("seal: sealed with another key file")

const keyBytes = 32

// Open reads the key file of a name in dir, or makes it. cure completes "... cannot
// be read, or is not 32 bytes long. ": it says what to do and what is lost.
func Open(dir, name, cure string) (*Sealer, error) {
	key, err := KeyFile(dir, name, cure)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Sealer{aead}, err
}

// KeyFile reads the 32 bytes of the key file of a name in dir, or makes it, for who
// needs a key of another kind than Open's. cure is as there.
func KeyFile(dir, name, cure string) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &problem.Error{Code: problem.Invalid, Err: err, Text: "The folder for keys, " + dir + ", cannot be made. Choose a data folder this user may write to."}
	}
	path := filepath.Join(dir, name)
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(path)
	}
	if err != nil || len(key) != keyBytes {
		return nil, &problem.Error{Code: problem.Invalid, Err: err, Text: "The key file " + path + " cannot be read, or is not 32 bytes long. " + cure}
	}
	return key, nil
}

// makeKey writes a new key whole or not at all; if another process was quicker,
// its key is the one.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, keyBytes)
	rand.Read(key)
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(key)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(tmp.Name(), path); err != nil { // file systems without links
			return nil, err
		}
	}
	return os.ReadFile(path)
}

// Seal encrypts a text for one owner, such as an account or an organisation; it
// opens for no other.
func (s *Sealer) Seal(owner, text string) string {
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce)
	return base64.StdEncoding.EncodeToString(s.aead.Seal(nonce, nonce, []byte(text), []byte(owner)))
}

// Open is the inverse of Seal. It fails with ErrOtherKey.
func (s *Sealer) Open(owner, sealed string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if n := s.aead.NonceSize(); err == nil && len(raw) >= n {
		text, err := s.aead.Open(nil, raw[:n], raw[n:], []byte(owner))
		if err == nil {
			return string(text), nil
		}
	}
	return "", ErrOtherKey
}
