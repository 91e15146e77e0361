package notify

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

// keyName is the file of the key that seals secrets in the outbox. It is in no
// backup: a webhook that waits when the database is restored elsewhere fails.
const keyName = "outbox.key"

// openSeal reads the key in dir, or makes it.
func openSeal(dir string) (cipher.AEAD, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &problem.Error{Code: problem.Invalid, Err: err, Text: "The folder for keys, " + dir + ", cannot be made. Choose a data folder this user may write to."}
	}
	path := filepath.Join(dir, keyName)
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(path)
	}
	if err != nil || len(key) != 32 {
		return nil, &problem.Error{Code: problem.Invalid, Err: err, Text: "The key file " + path + " cannot be read, or is not 32 bytes long. Give it back to the user who runs Toucan, or remove it: what waits to be sent by webhook is then lost."}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// makeKey writes a new key whole or not at all; if another process was quicker,
// its key is the one.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, 32)
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

// Seal encrypts a secret of an organisation, to be kept in a row; it opens for no
// other organisation.
func (o *Outbox) Seal(org, secret string) string {
	nonce := make([]byte, o.seal.NonceSize())
	rand.Read(nonce)
	return base64.StdEncoding.EncodeToString(o.seal.Seal(nonce, nonce, []byte(secret), []byte(org)))
}

// Open is the inverse of Seal. It fails for what another key file sealed.
func (o *Outbox) Open(org, sealed string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if n := o.seal.NonceSize(); err == nil && len(raw) >= n {
		text, err := o.seal.Open(nil, raw[:n], raw[n:], []byte(org))
		if err == nil {
			return string(text), nil
		}
	}
	return "", problem.New(problem.Invalid, "The secret of the webhook was sealed with another key file. Give the webhook a new secret.")
}
