package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Cost is what one passphrase check costs (argon2id). It is stored with every
// hash, so raising it leaves old hashes readable.
type Cost struct {
	KiB     uint32 // memory
	Passes  uint32
	Threads uint8
}

// DefaultCost is about 30 ms and 19 MiB: the least that current advice accepts,
// because a sign-in page is also a way to use up a server.
var DefaultCost = Cost{KiB: 19 * 1024, Passes: 2, Threads: 1}

// most passphrases checked at one time; the others wait their turn
const checksAtOnce = 4

// hasher hashes and checks passphrases within a fixed amount of memory.
type hasher struct {
	cost  Cost
	turns chan struct{}
}

func newHasher(c Cost) *hasher {
	if c == (Cost{}) {
		c = DefaultCost
	}
	return &hasher{cost: c, turns: make(chan struct{}, checksAtOnce)}
}

// key derives the hash. Text that looks the same hashes the same, however the
// keyboard composed it.
func (h *hasher) key(ctx context.Context, passphrase string, salt []byte, c Cost) ([]byte, error) {
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(norm.NFKC.String(passphrase)), salt, c.Passes, c.KiB, c.Threads, 32), nil
}

// hash returns the passphrase as it is stored, in the usual notation.
func (h *hasher) hash(ctx context.Context, passphrase string) (string, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	k, err := h.key(ctx, passphrase, salt, h.cost)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.KiB, h.cost.Passes, h.cost.Threads,
		b64.EncodeToString(salt), b64.EncodeToString(k)), nil
}

// check reports whether the passphrase is the one stored. An empty stored hash
// (no such account) is worked on just as long and never matches.
func (h *hasher) check(ctx context.Context, passphrase, stored string) (bool, error) {
	if len(passphrase) > maxPassphrase {
		return false, nil
	}
	if stored == "" {
		_, err := h.key(ctx, passphrase, make([]byte, 16), h.cost)
		return false, err
	}
	c, salt, want, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	got, err := h.key(ctx, passphrase, salt, c)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

func parseHash(stored string) (c Cost, salt, key []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errors.New("a stored passphrase is not in the argon2id notation")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.KiB, &c.Passes, &c.Threads); err != nil {
		return c, nil, nil, fmt.Errorf("a stored passphrase has no cost: %w", err)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err == nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err != nil || len(key) != 32 || c.Passes == 0 || c.Threads == 0 || c.KiB > 1<<20 {
		return c, nil, nil, errors.New("a stored passphrase cannot be read")
	}
	return c, salt, key, nil
}

const (
	minPassphrase = 12   // characters
	maxPassphrase = 1024 // bytes
)

// obvious are pieces that, put together, make up most of what is tried first. A
// passphrase of nothing but these is refused.
var obvious = []string{"password", "passphrase", "passwort", "letmein", "qwertyuiop", "qwerty", "asdfghjkl", "zxcvbnm", "welcome", "iloveyou",
	"administrator", "admin", "changeme", "correcthorsebatterystaple", "toucan", "secret", "abc", "abcdefghijklmnopqrstuvwxyz", "monkey", "dragon",
	"summer", "winter", "spring", "autumn", "company", "compliance"}

// checkPassphrase applies the rules for a new passphrase: long enough, not one
// of the obvious. There are no rules on kinds of characters: they make people
// choose worse ones.
func checkPassphrase(field, passphrase, email string) error {
	if utf8.RuneCountInString(passphrase) < minPassphrase {
		return problem.Field(field, fmt.Sprintf("Choose a passphrase of at least %d characters. Four or five words nobody would put together are easy to remember.", minPassphrase))
	}
	if len(passphrase) > maxPassphrase {
		return problem.Field(field, "This passphrase is longer than 1,024 bytes. Choose a shorter one.")
	}
	rest := strings.ToLower(norm.NFKC.String(passphrase))
	if local, domain, ok := strings.Cut(email, "@"); ok {
		rest = strings.ReplaceAll(rest, email, "")
		if len(local) >= 3 {
			rest = strings.ReplaceAll(rest, local, "")
		}
		name, _, _ := strings.Cut(domain, ".")
		if len(name) >= 3 {
			rest = strings.ReplaceAll(rest, name, "")
		}
	}
	for _, o := range obvious {
		rest = strings.ReplaceAll(rest, o, "")
	}
	kinds := map[rune]bool{}
	for _, r := range rest {
		if r < '0' || r > '9' {
			kinds[r] = true
		}
	}
	if len(kinds) < 4 { // what is left is digits and a few signs
		return problem.Field(field, "This passphrase is among the first that would be tried. Choose words that have nothing to do with each other or with you.")
	}
	return nil
}
