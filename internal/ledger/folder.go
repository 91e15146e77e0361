package ledger

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/toucan-grc/toucan/internal/problem"
)

// folder is where a keeper has its secret and, for each organisation, the last
// checkpoint it signed.
type folder string

const (
	secretName = "checkpoint.key"
	lastSuffix = ".checkpoint"
	lastLimit  = 64 << 10 // bytes
)

// secret is what the keys of all logs are derived from: one file to keep safe,
// also for organisations and epochs to come.
type secret []byte

// private derives the key of one log.
func (s secret) private(origin string) (ed25519.PrivateKey, error) {
	seed, err := hkdf.Key(sha256.New, s, nil, "toucan checkpoint "+origin, ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func (s secret) signer(origin string) (note.Signer, error) {
	key, err := s.private(origin)
	if err != nil {
		return nil, err
	}
	return NewSigner(key, origin)
}

func (s secret) verifier(origin string) (string, error) {
	key, err := s.private(origin)
	if err != nil {
		return "", err
	}
	return VerifierKey(key.Public().(ed25519.PublicKey), origin)
}

// strange reports whether a checkpoint was signed with another secret.
func (s secret) strange(c Signed) (bool, error) {
	if s == nil {
		return false, nil
	}
	text, err := s.verifier(c.Origin)
	if err != nil {
		return false, err
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	_, err = OpenCheckpoint(c.Note, note.VerifierList(v))
	return err != nil, nil
}

// key reads the secret, or returns nil if there is none.
func (d folder) key() (secret, error) {
	path := filepath.Join(string(d), secretName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &problem.Error{Code: problem.Conflict, Err: err, Text: "The key file " + path + " cannot be read. Give it back to the user who runs Toucan."}
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, problem.New(problem.Conflict, "The key file %s is not 32 bytes in base64. Restore it from where keys are kept.", path)
	}
	return key, nil
}

// makeKey returns the secret, and makes it if there is none. If another server
// was quicker, its secret is the one.
func (d folder) makeKey() (secret, error) {
	key, err := d.key()
	if key != nil || err != nil {
		return key, err
	}
	fresh := make([]byte, 32)
	rand.Read(fresh)
	if err := d.write(secretName, base64.StdEncoding.EncodeToString(fresh)+"\n", true); err != nil {
		return nil, err
	}
	return d.key()
}

// last reads the checkpoint an organisation's log signed last, or returns nil.
func (d folder) last(org string) (*Signed, error) {
	name, err := lastName(org)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(string(d), name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.New(name + " cannot be opened")
	}
	first, signed, found := strings.Cut(string(text), "\n")
	at, err := time.Parse("at "+stamp, first)
	if !found || err != nil || len(text) > lastLimit {
		return nil, errors.New(name + " does not begin with the time of its checkpoint")
	}
	c, err := ReadCheckpoint(signed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &Signed{Checkpoint: c, Org: org, At: at}
	s.Epoch, err = strconv.Atoi(c.Origin[strings.LastIndexByte(c.Origin, '/')+1:])
	if err != nil || c.Origin != Origin(org, s.Epoch) {
		return nil, fmt.Errorf("%s speaks of another log, %s", name, c.Origin)
	}
	return s, nil
}

// keep writes a checkpoint so that it is there after a power cut. Only then may
// anybody see it.
func (d folder) keep(s Signed) error {
	name, err := lastName(s.Org)
	if err != nil {
		return err
	}
	return d.write(name, "at "+s.At.Format(stamp)+"\n"+s.Note, false)
}

// setAside keeps a file that cannot be read under another name.
func (d folder) setAside(org string, epoch int) error {
	name, err := lastName(org)
	if err != nil {
		return err
	}
	path := filepath.Join(string(d), name)
	if err := os.Rename(path, fmt.Sprintf("%s.before-%d", path, epoch)); err != nil {
		return &problem.Error{Code: problem.Conflict, Err: err, Text: "The new epoch is begun, but the damaged file " + path + " cannot be moved. Move it away by hand."}
	}
	return d.sync()
}

func lastName(org string) (string, error) {
	for _, c := range org {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return "", fmt.Errorf("ledger: %q is no id of an organisation", org)
		}
	}
	return org + lastSuffix, nil
}

// write puts a file in its place whole or not at all. With fresh set, a file that
// is there already stays.
func (d folder) write(name, text string, fresh bool) error {
	if err := d.put(name, text, fresh); err != nil {
		return &problem.Error{Code: problem.Conflict, Err: err, Text: "The folder of keys, " + string(d) + ", cannot be written, so nothing was signed. Let the user who runs Toucan write there."}
	}
	return nil
}

func (d folder) put(name, text string, fresh bool) error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(string(d), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	path := filepath.Join(string(d), name)
	if fresh {
		if err := os.Link(tmp.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
			return d.sync()
		}
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return d.sync()
}

// sync makes the names in the folder last, where the system can.
func (d folder) sync() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
