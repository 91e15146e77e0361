package register

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
)

// Acts is how far a history was read: a table to which every change of a noun adds
// a row, with an id of our kind. It tells those who keep what they read which rows
// to read anew.
type Acts struct {
	table string
	low   string // a minute before last
	last  string // id of the newest act
	n     int    // acts after low, up to last
}

// ReadActs returns how far a history goes now. Whoever reads the noun as well reads
// it afterwards: what is written in between is then read once more, never missed.
func ReadActs(ctx context.Context, tx *db.Tx, org, table string) (Acts, error) {
	a := Acts{table: table}
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(id), '') FROM `+table+` WHERE org = $1`, org).Scan(&a.last); err != nil {
		return a, err
	}
	a.low = shortlyBefore(a.last)
	n, err := a.count(ctx, tx, org)
	a.n = n
	return a, err
}

func (a Acts) count(ctx context.Context, tx *db.Tx, org string) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM `+a.table+` WHERE org = $1 AND id > $2 AND id <= $3`, org, a.low, a.last).Scan(&n)
	return n, err
}

// Since calls fn with the columns, which may not be null, of the acts that came
// after. It reports false when that cannot be told, or there are more than most:
// then everything is to be read.
func (a Acts) Since(ctx context.Context, tx *db.Tx, org, columns string, most int, fn func(scan func(...any) error) error) (bool, error) {
	if a.low == "" {
		return false, nil
	}
	if n, err := a.count(ctx, tx, org); err != nil || n != a.n {
		return false, err // one with an earlier id came late
	}
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM `+a.table+` WHERE org = $1 AND id > $2 ORDER BY id LIMIT $3`, org, a.last, most+1)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		if err := fn(rows.Scan); err != nil {
			return false, err
		}
	}
	return n <= most, rows.Err()
}

// shortlyBefore is an id a minute before another: acts of servers whose clocks
// differ a little, and of changes that took a while, come with an earlier one.
func shortlyBefore(id string) string {
	u, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	sec, nsec := u.Time().UnixTime()
	ms := time.Unix(sec, nsec).Add(-time.Minute).UnixMilli()
	var b [16]byte
	for i := range 6 {
		b[i] = byte(ms >> (8 * (5 - i)))
	}
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
