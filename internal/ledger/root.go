package ledger

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Root is the root of the tree over the facts of a batch that enters the log as one
// leaf, in hex. Each fact is hashed behind the salt, so that a root in the hands of
// an auditor cannot be asked about names.
func Root(facts []any, salt string) (string, error) {
	raw, err := hex.DecodeString(salt)
	if err != nil {
		return "", fmt.Errorf("ledger: salt: %w", err)
	}
	var stored wholeTree
	for i, f := range facts {
		data, err := json.Marshal(f)
		if err != nil {
			return "", err
		}
		added, err := tlog.StoredHashes(int64(i), append(append([]byte{}, raw...), data...), stored)
		if err != nil {
			return "", fmt.Errorf("ledger: %w", err)
		}
		stored = append(stored, added...)
	}
	root, err := tlog.TreeHash(int64(len(facts)), stored)
	return hex.EncodeToString(root[:]), err
}

// wholeTree is all hashes of a tree that fits in memory.
type wholeTree []tlog.Hash

// ReadHashes makes it a tlog.HashReader.
func (w wholeTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = w[at]
	}
	return out, nil
}
