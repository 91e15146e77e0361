package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Facts is the tree over the facts of a batch that enters the log as one leaf, where each
// fact is hashed behind a salt of its own. So some can be shown to an auditor, and the
// others neither seen nor guessed.
type Facts struct {
	salts  []string
	data   [][]byte
	hashes wholeTree
}

// FactsBehind builds the tree. The salts come from a secret that is shown to nobody; an
// empty secret is that of a tree that Root made, whose facts all have the one salt.
func FactsBehind(facts []any, secret, one string) (*Facts, error) {
	t := &Facts{}
	for i, f := range facts {
		salt, err := factSalt(secret, one, i)
		if err != nil {
			return nil, err
		}
		data, err := json.Marshal(f)
		if err != nil {
			return nil, err
		}
		added, err := tlog.StoredHashes(int64(i), append(salt, data...), t.hashes)
		if err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		t.salts, t.data, t.hashes = append(t.salts, hex.EncodeToString(salt)), append(t.data, data), append(t.hashes, added...)
	}
	return t, nil
}

func factSalt(secret, one string, i int) ([]byte, error) {
	if secret == "" {
		raw, err := hex.DecodeString(one)
		if err != nil {
			return nil, fmt.Errorf("ledger: salt: %w", err)
		}
		return raw, nil
	}
	key, err := hex.DecodeString(secret)
	if err != nil {
		return nil, fmt.Errorf("ledger: secret: %w", err)
	}
	m := hmac.New(sha256.New, key)
	m.Write(binary.BigEndian.AppendUint64([]byte("toucan fact v1\n"), uint64(i))) //nolint:gosec // a place is no negative number
	return m.Sum(nil)[:16], nil
}

// Root is the root of the tree, in hex.
func (t *Facts) Root() (string, error) {
	root, err := tlog.TreeHash(int64(len(t.data)), t.hashes)
	return hex.EncodeToString(root[:]), err
}

// Fact is one fact of a batch, with the way to the root of all.
type Fact struct {
	Place  int64           `json:"place"` // among the facts of the batch, from 0
	Salt   string          `json:"salt"`
	Fact   json.RawMessage `json:"fact"`
	Hashes []string        `json:"hashes"` // in base64
}

// Prove shows the fact at a place.
func (t *Facts) Prove(place int) (Fact, error) {
	if place < 0 || place >= len(t.data) {
		return Fact{}, errors.New("ledger: there is no such fact")
	}
	p, err := tlog.ProveRecord(int64(len(t.data)), int64(place), t.hashes)
	if err != nil {
		return Fact{}, fmt.Errorf("ledger: %w", err)
	}
	out := Fact{Place: int64(place), Salt: t.salts[place], Fact: t.data[place], Hashes: []string{}}
	for _, h := range p {
		out.Hashes = append(out.Hashes, h.String())
	}
	return out, nil
}

// In checks that the fact is one of so many whose root this is.
func (f Fact) In(size int64, root string) error {
	salt, err := hex.DecodeString(f.Salt)
	if err != nil || len(salt) != 16 || hex.EncodeToString(salt) != f.Salt {
		return errors.New("its salt is none")
	}
	var want tlog.Hash
	if b, err := hex.DecodeString(root); err != nil || copy(want[:], b) != len(want) || len(b) != len(want) {
		return errors.New("the root of its batch is none")
	}
	if f.Place < 0 || f.Place >= size {
		return errors.New("its batch has no such place")
	}
	var p tlog.RecordProof
	for _, text := range f.Hashes {
		h, err := tlog.ParseHash(text)
		if err != nil {
			return errors.New("a hash of its way to the root is none")
		}
		p = append(p, h)
	}
	if err := tlog.CheckRecord(p, size, want, f.Place, tlog.RecordHash(append(salt, f.Fact...))); err != nil {
		return errors.New("it is not what was recorded")
	}
	return nil
}
