// Package finding is what a test, audit, review or colleague turned up that needs
// an answer, and the one list of what is being done about it.
package finding

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// Config is what a store needs.
type Config struct {
	DB    *db.DB
	Log   *ledger.Log
	Links *crosswalk.Store // its upgrades carry what findings are about
}

// Store keeps them in SQL. It is safe for concurrent use.
type Store struct {
	Config

	kept sync.Map // organisation → *keptRegister
}

// New returns a store.
func New(c Config) *Store {
	s := &Store{Config: c}
	if c.Links != nil {
		c.Links.CarryAlso(carrier{s})
	}
	return s
}

// Work is the job that reminds those who lead the programme of what is overdue, in
// every organisation.
type Work struct{}

// Kind names the job.
func (Work) Kind() string { return "finding.tend" }

// TendEvery is how often that is done.
const TendEvery = time.Hour

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// moment is a time as the tables hold it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// known returns what may be compared with an id of ours, or "": PostgreSQL does
// not take every text.
func known(id string) string {
	if _, err := uuid.Parse(id); err != nil {
		return ""
	}
	return id
}

// orNull is a text column that points at another row, or at none.
func orNull(id string) sql.NullString { return sql.NullString{String: id, Valid: id != ""} }

// personOf returns the person of the register the actor is, or "".
func personOf(ctx context.Context, tx *db.Tx, who access.Actor) (string, error) {
	var person string
	err := tx.QueryRow(ctx, `SELECT person FROM person_account WHERE org = $1 AND account = $2 AND to_at IS NULL`, who.Org(), who.Account()).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return person, err
}

// number gives the next number of a code. The row is locked, so that two who ask
// at once get two numbers.
func number(ctx context.Context, tx *db.Tx, org, what string) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `INSERT INTO finding_number (org, id, n) VALUES ($1, $2, 1)
		ON CONFLICT (org, id) DO UPDATE SET n = finding_number.n + 1 RETURNING n`, org, what).Scan(&n)
	return n, err
}

// act is one thing that became of a finding or an action.
type act struct {
	finding, action string // one of the two
	kind            string
	account         string // empty: Toucan
	at              time.Time
	payload         any
}

// record writes acts, and a leaf for each.
func (s *Store) record(ctx context.Context, tx *db.Tx, org string, acts ...act) error {
	rows := db.Into(`finding_act (org, id, finding, action, kind, at, account, body, salt)`)
	for _, a := range acts {
		body, err := json.Marshal(a.payload)
		if err != nil {
			return fmt.Errorf("finding: %w", err)
		}
		id, salt := newID(), ledger.Salt()
		rows.Add(org, id, orNull(a.finding), orNull(a.action), a.kind, db.Micros(a.at), a.account, string(body), salt)
		if err := s.Log.Append(ctx, tx, ledger.Leaf{Org: org, At: a.at, Actor: a.account, Kind: a.kind, ID: id, Salt: salt, Payload: json.RawMessage(body)}); err != nil {
			return err
		}
	}
	return rows.Insert(ctx, tx)
}
