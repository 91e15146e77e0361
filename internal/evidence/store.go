package evidence

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Persons says which person of the register an account belongs to.
type Persons interface {
	// PersonOf returns the id of the person, or "" when nobody linked the account.
	PersonOf(ctx context.Context, tx *db.Tx, org, account string) (string, error)
}

// Config is what a store is made of.
type Config struct {
	DB       *db.DB
	Log      *ledger.Log
	Controls *control.Store
	Links    *crosswalk.Store // for the frameworks an organisation has
	Blobs    *blob.Store
	Persons  Persons // nil: no account is anybody's
}

// Store keeps items, what became of them, and the requests for them. It is safe
// for concurrent use.
type Store struct {
	db       *db.DB
	log      *ledger.Log
	controls *control.Store
	links    *crosswalk.Store
	blobs    *blob.Store
	persons  Persons

	approvals *approval.Store
	also      []Holding
}

// Holding returns the SHA-256 of the files that another noun keeps in the same
// place, in the caller's transaction.
type Holding func(ctx context.Context, tx *db.Tx, org string) ([]string, error)

// KeepAlso leaves the files of another noun alone from now on. It is called while
// stores are built, before anything is swept.
func (s *Store) KeepAlso(h Holding) { s.also = append(s.also, h) }

// others returns the digests of files that other nouns keep.
func (s *Store) others(ctx context.Context, tx *db.Tx, org string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, h := range s.also {
		list, err := h(ctx, tx, org)
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			out[d] = true
		}
	}
	return out, nil
}

// New returns a store. From now on, upgrades of c.Links carry what items are
// offered for.
func New(c Config) *Store {
	s := &Store{db: c.DB, log: c.Log, controls: c.Controls, links: c.Links, blobs: c.Blobs, persons: c.Persons, approvals: approval.New(c.DB, c.Log)}
	c.Links.CarryAlso(carrier{s})
	return s
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// moment is a time as the tables hold it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// id returns what may be compared with an id of ours, or "": PostgreSQL does not
// take every text.
func known(id string) string {
	if _, err := uuid.Parse(id); err != nil {
		return ""
	}
	return id
}

// orNull is a text column that points at another row, or at none.
func orNull(id string) sql.NullString { return sql.NullString{String: id, Valid: id != ""} }

// personOf returns the person of the register the actor is, or "".
func (s *Store) personOf(ctx context.Context, tx *db.Tx, who access.Actor) (string, error) {
	if s.persons == nil {
		return "", nil
	}
	return s.persons.PersonOf(ctx, tx, who.Org(), who.Account())
}

// act is one thing that became of an item or a request.
type act struct {
	org, id, item, request, kind string
	at                           time.Time
	account                      string // empty: Toucan itself
	payload                      any
}

// record writes acts and the leaf of each.
func (s *Store) record(ctx context.Context, tx *db.Tx, acts ...act) error {
	rows := db.Into(`evidence_act (org, id, item, request, kind, at, account, body, salt)`)
	for _, a := range acts {
		body, err := json.Marshal(a.payload)
		if err != nil {
			return err
		}
		salt := ledger.Salt()
		rows.Add(a.org, a.id, orNull(a.item), orNull(a.request), a.kind, db.Micros(a.at), a.account, string(body), salt)
		if err := s.log.Append(ctx, tx, ledger.Leaf{Org: a.org, At: a.at, Actor: a.account, Kind: a.kind, ID: a.id, Salt: salt, Payload: json.RawMessage(body)}); err != nil {
			return err
		}
	}
	return rows.Insert(ctx, tx)
}

func errNoItem() error {
	return problem.New(problem.NotFound, "There is no such evidence here. Look in the library.")
}
