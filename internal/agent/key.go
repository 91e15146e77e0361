package agent

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
)

// errKey is a file of the key that is damaged.
var errKey = errors.New("the key of the device is damaged")

const keyHead = "toucan-agent key 1 "

// putKey keeps the key of the device.
func (d Dir) putKey(key ed25519.PrivateKey) error {
	sealed, err := seal(key.Seed())
	if err != nil {
		return fmt.Errorf("the key cannot be kept: %w", err)
	}
	return d.write([]byte(keyHead+base64.StdEncoding.EncodeToString(sealed)+"\n"), 0o600, "private", "key")
}

// key returns the key of the device, if it is the one that was enrolled.
func (d Dir) key(e Enrolled) (ed25519.PrivateKey, error) {
	b, err := d.read("private", "key")
	if err != nil {
		return nil, err
	}
	text, ok := strings.CutPrefix(string(b), keyHead)
	text, ok2 := strings.CutSuffix(text, "\n")
	sealed, err := base64.StdEncoding.DecodeString(text)
	if !ok || !ok2 || err != nil {
		return nil, errKey
	}
	seed, err := unseal(sealed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errKey
	}
	key := ed25519.NewKeyFromSeed(seed)
	if !e.Key.Equal(key.Public()) {
		return nil, errKey
	}
	return key, nil
}

// dropKey forgets the key. It is no error if there is none.
func (d Dir) dropKey() error {
	if err := os.RemoveAll(d.path("private", "key")); err != nil {
		return err
	}
	return syncFolder(d.path("private"))
}
