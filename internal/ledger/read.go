package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/db"
)

// Record is a leaf as it was stored.
type Record struct {
	N      int64 // position, from 0
	Kind   string
	ID     string
	At     time.Time
	Actor  string // account id
	SHA256 string
	Data   string // the bytes that were hashed
}

// Records returns up to limit leaves of an organisation from position from on.
func (l *Log) Records(ctx context.Context, d *db.DB, org string, from int64, limit int) ([]Record, error) {
	var out []Record
	err := d.Read(ctx, org, func(tx *db.Tx) (err error) {
		out, err = records(ctx, tx, org, from, limit)
		return err
	})
	return out, err
}

func records(ctx context.Context, tx *db.Tx, org string, from int64, limit int) ([]Record, error) {
	rows, err := tx.Query(ctx, `SELECT n, data FROM log_leaf WHERE org = $1 AND n >= $2 ORDER BY n LIMIT $3`, org, from, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Record
	for rows.Next() {
		var n int64
		var data string
		if err := rows.Scan(&n, &data); err != nil {
			return nil, err
		}
		r, err := ParseRecord(n, data)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Root returns the number of leaves of an organisation and the hash of their
// tree (RFC 6962, base64). An empty log has the hash of nothing.
func (l *Log) Root(ctx context.Context, d *db.DB, org string) (size int64, root string, err error) {
	err = d.Read(ctx, org, func(tx *db.Tx) error {
		n, e, err := head(ctx, tx, org, false)
		if err != nil {
			return err
		}
		h, err := tlog.TreeHash(n, e)
		size, root = n, h.String()
		return err
	})
	return size, root, err
}

// Verify rebuilds the tree from the leaves and compares it with every stored
// hash and with the head. A nil error means that leaves, hashes and head agree;
// it does not show that nobody rewrote all three.
func (l *Log) Verify(ctx context.Context, d *db.DB, org string) error {
	return d.Read(ctx, org, func(tx *db.Tx) error {
		size, want, err := head(ctx, tx, org, false)
		if err != nil {
			return err
		}
		var e edge
		var n int64
		for n < size {
			page, err := records(ctx, tx, org, n, 1000)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			stored, err := hashes(ctx, tx, org, page[0].N, page[len(page)-1].N)
			if err != nil {
				return err
			}
			for _, r := range page {
				if r.N != n {
					return fmt.Errorf("ledger: leaf %d is missing", n)
				}
				made, err := tlog.StoredHashes(n, []byte(r.Data), e)
				if err != nil {
					return err
				}
				at := tlog.StoredHashIndex(0, n)
				for i, h := range made {
					if stored[at+int64(i)] != h {
						return fmt.Errorf("ledger: leaf %d does not give the hash stored for it", n)
					}
				}
				n++
				e = grow(e, n, made)
			}
		}
		if n != size || e.String() != want.String() {
			return fmt.Errorf("ledger: the head speaks of %d leaves; rebuilding from %d gives another tree", size, n)
		}
		var more int64
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM log_leaf WHERE org = $1 AND n >= $2`, org, size).Scan(&more); err != nil {
			return err
		}
		if more > 0 {
			return fmt.Errorf("ledger: %d leaves lie beyond the head", more)
		}
		return nil
	})
}

// hashes reads the stored hashes that leaves first to last brought.
func hashes(ctx context.Context, tx *db.Tx, org string, first, last int64) (map[int64]tlog.Hash, error) {
	rows, err := tx.Query(ctx, `SELECT n, h FROM log_hash WHERE org = $1 AND n >= $2 AND n < $3`,
		org, tlog.StoredHashIndex(0, first), tlog.StoredHashIndex(0, last+1))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]tlog.Hash{}
	for rows.Next() {
		var n int64
		var text string
		if err := rows.Scan(&n, &text); err != nil {
			return nil, err
		}
		if out[n], err = parseHash(text); err != nil {
			return nil, err
		}
	}
	return out, rows.Err()
}

// Find returns the newest leaf of a kind that speaks of a row, in the caller's
// transaction.
func (l *Log) Find(ctx context.Context, tx *db.Tx, org, kind, id string) (Record, bool, error) {
	of := `split_part(data, '"', 10)` // an index of each engine finds it there
	if tx.Engine() == "sqlite" {
		of = `json_extract(data, '$.id')`
	}
	var n int64
	var data string
	err := tx.QueryRow(ctx, `SELECT n, data FROM log_leaf WHERE org = $1 AND `+of+` = $2 AND kind = $3 ORDER BY n DESC LIMIT 1`, org, id, kind).Scan(&n, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, false, nil
	}
	if err != nil {
		return Record{}, false, err
	}
	r, err := ParseRecord(n, data)
	return r, err == nil, err
}
