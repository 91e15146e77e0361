package ledger

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// Stamped is the stamp on a stored checkpoint, or the tries to get one.
type Stamped struct {
	Org   string
	Epoch int
	Size  int64
	URL   string // of the authority that was asked
	Token []byte // RFC 3161, DER; nil until there is one
	Stamp
	TriedAt time.Time
	Tries   int
	Fault   string // why the last try failed, or empty
}

// Stamps returns the stamps on checkpoints of an epoch whose size is at least
// from, and the tries to get one.
func Stamps(ctx context.Context, tx *db.Tx, org string, epoch int, from int64) ([]Stamped, error) {
	return stamps(ctx, tx, org, epoch, `AND size >= $3 ORDER BY size`, from)
}

func stamps(ctx context.Context, tx *db.Tx, org string, epoch int, rest string, args ...any) ([]Stamped, error) {
	rows, err := tx.Query(ctx, `SELECT size, url, token, stamped_at, authority, tried_at, tries, fault FROM log_stamp WHERE org = $1 AND epoch = $2 `+rest,
		append([]any{org, epoch}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Stamped
	for rows.Next() {
		s := Stamped{Org: org, Epoch: epoch}
		var token string
		var at, tried int64
		if err := rows.Scan(&s.Size, &s.URL, &token, &at, &s.Authority, &tried, &s.Tries, &s.Fault); err != nil {
			return nil, err
		}
		if token != "" {
			if s.Token, err = base64.StdEncoding.DecodeString(token); err != nil {
				return nil, fmt.Errorf("ledger: the stamp on %d leaves: %w", s.Size, err)
			}
		}
		s.At, s.TriedAt = db.Time(at), db.Time(tried)
		out = append(out, s)
	}
	return out, rows.Err()
}

// PutStamp stores what a try gave. A stamp that is there already stays.
func PutStamp(ctx context.Context, tx *db.Tx, s Stamped) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO log_stamp (org, epoch, size, url, token, stamped_at, authority, tried_at, tries, fault) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)
		ON CONFLICT (org, epoch, size) DO UPDATE SET url = excluded.url, token = excluded.token, stamped_at = excluded.stamped_at, authority = excluded.authority,
			tried_at = excluded.tried_at, tries = log_stamp.tries + 1, fault = excluded.fault WHERE log_stamp.token = ''`,
		s.Org, s.Epoch, s.Size, s.URL, base64.StdEncoding.EncodeToString(s.Token), db.Micros(s.At), s.Authority, db.Micros(s.TriedAt), s.Fault)
	if err != nil {
		return fmt.Errorf("ledger: storing a stamp: %w", err)
	}
	return nil
}

// NewestStamps returns the last few stamps of an epoch and tries to get one, the
// biggest checkpoint first.
func NewestStamps(ctx context.Context, tx *db.Tx, org string, epoch int) ([]Stamped, error) {
	return stamps(ctx, tx, org, epoch, `ORDER BY size DESC LIMIT 100`)
}
