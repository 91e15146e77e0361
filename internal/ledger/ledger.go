// Package ledger keeps one Merkle log per organisation. A store appends a leaf in
// the transaction of the row the leaf speaks of, so neither can be there without
// the other. It knows trees and hashes, not what the rows mean.
package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/db"
)

// Leaf is one fact to record. The log keeps a salted hash of Payload and opaque
// ids, never the payload: whoever erases the row and its salt leaves a leaf that
// can be checked for order and no longer be guessed.
type Leaf struct {
	Org     string
	At      time.Time // to the microsecond
	Actor   string    // account id
	Kind    string    // such as "control.version"
	ID      string    // of the row it speaks of
	Salt    string    // from Salt; kept in that row
	Payload any       // marshalled as JSON: a struct, so that the order of fields is fixed
}

// record is the leaf as it is hashed: version 1, this order of fields, for good.
type record struct {
	V      int    `json:"v"`
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	At     string `json:"at"`
	Actor  string `json:"actor"`
	SHA256 string `json:"sha256"` // of salt and payload
}

// stamp is RFC 3339 in UTC with all six digits of the microseconds.
const stamp = "2006-01-02T15:04:05.000000Z"

// Log appends leaves. The zero value is ready; it is safe for concurrent use.
type Log struct{}

// New returns a log.
func New() *Log { return &Log{} }

// Salt returns 16 random bytes in hex.
func Salt() string {
	return hex.EncodeToString(random(16))
}

// Hash is what a leaf says of its payload: the hex SHA-256 of the salt's bytes
// followed by the payload's JSON.
func Hash(salt string, payload any) (string, error) {
	raw, err := hex.DecodeString(salt)
	if err != nil || len(raw) != 16 {
		return "", errors.New("ledger: a salt is 16 bytes in hex")
	}
	content, err := encode(payload)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append(raw, content...))
	return hex.EncodeToString(sum[:]), nil
}

// encode is a payload as it is hashed.
func encode(payload any) ([]byte, error) {
	content, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return content, nil
}

// Append records a leaf in the caller's transaction. Leaves of one transaction
// are written together at its end, so that the head row of the log is locked as
// late and as briefly as possible.
func (l *Log) Append(ctx context.Context, tx *db.Tx, leaf Leaf) error {
	if leaf.Org == "" || leaf.Kind == "" || leaf.ID == "" || leaf.At.IsZero() {
		return errors.New("ledger: a leaf needs organisation, kind, id and time")
	}
	sum, err := Hash(leaf.Salt, leaf.Payload)
	if err != nil {
		return err
	}
	at := leaf.At.UTC().Truncate(time.Microsecond)
	data, err := json.Marshal(record{V: 1, Kind: leaf.Kind, ID: leaf.ID, At: at.Format(stamp), Actor: leaf.Actor, SHA256: sum})
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	tx.BeforeCommit("ledger "+leaf.Org, written{org: leaf.Org, kind: leaf.Kind, at: db.Micros(at), data: data}, flush)
	return nil
}

// written is a leaf that waits for the end of its transaction.
type written struct {
	org, kind string
	at        int64
	data      []byte
}

// flush writes the leaves of one organisation.
func flush(ctx context.Context, tx *db.Tx, items []any) error {
	org := items[0].(written).org
	size, edge, err := head(ctx, tx, org, true)
	if err != nil {
		return err
	}
	first := size
	leaves := db.Into(`log_leaf (org, n, kind, at, data)`)
	hashes := db.Into(`log_hash (org, n, h)`)
	for _, it := range items {
		w := it.(written)
		stored, err := tlog.StoredHashes(size, w.data, edge)
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		leaves.Add(org, size, w.kind, w.at, string(w.data))
		at := tlog.StoredHashIndex(0, size)
		for i, h := range stored {
			hashes.Add(org, at+int64(i), hex.EncodeToString(h[:]))
		}
		size++
		edge = grow(edge, size, stored)
	}
	move := `UPDATE log_head SET size = $2, edge = $3 WHERE org = $1`
	if first == 0 {
		move = `INSERT INTO log_head (org, size, edge) VALUES ($1, $2, $3)`
	}
	args := []any{org, size, edge.String()}
	if tx.Engine() == "postgres" && len(items) <= atOnce { // each statement is a trip there
		l, args := leaves.Part(args)
		h, args := hashes.Part(args)
		if _, err := tx.Exec(ctx, `WITH l AS (`+l+`), h AS (`+h+`) `+move, args...); err != nil {
			return fmt.Errorf("ledger: appending: %w", err)
		}
		return nil
	}
	if _, err := tx.Exec(ctx, move, args...); err != nil {
		return fmt.Errorf("ledger: moving the head: %w", err)
	}
	if err := leaves.Insert(ctx, tx); err != nil {
		return fmt.Errorf("ledger: appending: %w", err)
	}
	if err := hashes.Insert(ctx, tx); err != nil {
		return fmt.Errorf("ledger: appending: %w", err)
	}
	return nil
}

// atOnce is how many leaves go into one statement with the head: each number of
// leaves is another statement for PostgreSQL to prepare.
const atOnce = 4

// head reads size and edge of a log; one that was never written is empty. A
// writer locks the row: on PostgreSQL another node may be appending.
func head(ctx context.Context, tx *db.Tx, org string, lock bool) (int64, edge, error) {
	query := `SELECT size, edge FROM log_head WHERE org = $1`
	if lock && tx.Engine() == "postgres" {
		query += ` FOR UPDATE`
	}
	var size int64
	var text string
	err := tx.QueryRow(ctx, query, org).Scan(&size, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, edge{}, nil
	}
	if err != nil {
		return 0, edge{}, fmt.Errorf("ledger: reading the head: %w", err)
	}
	e, err := parseEdge(size, text)
	return size, e, err
}

// edge is the right edge of a tree: the hash of each complete subtree, biggest
// first, with its index as tlog numbers stored hashes. It is all that the next
// leaf and the root need.
type edge struct {
	index []int64
	hash  []tlog.Hash
}

// ReadHashes makes edge a tlog.HashReader.
func (e edge) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, want := range indexes {
		found := false
		for j, have := range e.index {
			if have == want {
				out[i], found = e.hash[j], true
			}
		}
		if !found {
			return nil, fmt.Errorf("hash %d is not on the edge of the tree", want)
		}
	}
	return out, nil
}

// edgeIndexes lists where the complete subtrees of a tree of this size are stored.
func edgeIndexes(size int64) []int64 {
	var out []int64
	for level := bits.Len64(uint64(size)) - 1; level >= 0; level-- {
		if size&(1<<level) != 0 {
			out = append(out, tlog.StoredHashIndex(level, (size>>level)-1))
		}
	}
	return out
}

// grow returns the edge after one more leaf, whose new hashes are given, the
// leaf's own first.
func grow(e edge, size int64, added []tlog.Hash) edge {
	next := edge{index: edgeIndexes(size)}
	keep := len(next.index) - 1 // all but the last subtree were there before
	next.hash = append(append(next.hash, e.hash[:keep]...), added[len(added)-1])
	return next
}

func (e edge) String() string {
	var b strings.Builder
	for i, h := range e.hash {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(hex.EncodeToString(h[:]))
	}
	return b.String()
}

func parseEdge(size int64, text string) (edge, error) {
	e := edge{index: edgeIndexes(size)}
	for f := range strings.FieldsSeq(text) {
		h, err := parseHash(f)
		if err != nil {
			return edge{}, err
		}
		e.hash = append(e.hash, h)
	}
	if len(e.hash) != len(e.index) {
		return edge{}, fmt.Errorf("ledger: the head says %d leaves but has %d hashes, not %d", size, len(e.hash), len(e.index))
	}
	return e, nil
}

func parseHash(s string) (tlog.Hash, error) {
	var h tlog.Hash
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, fmt.Errorf("ledger: %q is no hash", s)
	}
	copy(h[:], b)
	return h, nil
}
