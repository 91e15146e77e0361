package ledger

import (
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Tree rebuilds the root of a log from nothing but its leaves, in order. The zero
// value is the empty log. It keeps only the right edge, so a log of any length
// needs the same few hashes.
type Tree struct {
	size int64
	edge edge
}

// Add takes the bytes of the next leaf.
func (t *Tree) Add(leaf []byte) error {
	hashes, err := tlog.StoredHashes(t.size, leaf, t.edge)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	t.size++
	t.edge = grow(t.edge, t.size, hashes)
	return nil
}

// Size is the number of leaves so far.
func (t *Tree) Size() int64 { return t.size }

// Root is the root of the tree of the leaves so far.
func (t *Tree) Root() (tlog.Hash, error) {
	h, err := tlog.TreeHash(t.size, t.edge)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("ledger: %w", err)
	}
	return h, nil
}

// ParseRecord reads the bytes of leaf n.
func ParseRecord(n int64, data string) (Record, error) {
	var v record
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		return Record{}, fmt.Errorf("ledger: leaf %d: %w", n, err)
	}
	at, err := time.Parse(stamp, v.At)
	if err != nil {
		return Record{}, fmt.Errorf("ledger: leaf %d: %w", n, err)
	}
	return Record{N: n, Kind: v.Kind, ID: v.ID, At: at, Actor: v.Actor, SHA256: v.SHA256, Data: data}, nil
}
