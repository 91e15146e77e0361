package policy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
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
	Blobs    *blob.Store
	Links    *crosswalk.Store // for the frameworks an organisation follows
	Evidence *evidence.Store  // keeps its files in the same place, and must not sweep ours away
	Persons  Persons
}

// Store keeps policies, their versions and who acknowledged them. It is safe for
// concurrent use.
type Store struct {
	db        *db.DB
	log       *ledger.Log
	blobs     *blob.Store
	links     *crosswalk.Store
	persons   Persons
	approvals *approval.Store
	counts    counts
}

// New returns a store. From now on, c.Evidence leaves the files of policies alone.
func New(c Config) *Store {
	s := &Store{db: c.DB, log: c.Log, blobs: c.Blobs, links: c.Links, persons: c.Persons, approvals: approval.New(c.DB, c.Log)}
	if c.Evidence != nil {
		c.Evidence.KeepAlso(held)
	}
	return s
}

// held returns which of some digests are files of policies, for whoever removes
// files that nobody needs.
func held(ctx context.Context, tx *db.Tx, org string) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT file_sha256 FROM policy_version WHERE org = $1 AND file_sha256 <> '' UNION SELECT pdf_sha256 FROM policy_version WHERE org = $1 AND pdf_sha256 <> ''`, org)
	if err != nil {
		return nil, err
	}
	var out []string
	err = db.Each(rows, func(scan func(...any) error) error {
		var d string
		err := scan(&d)
		out = append(out, d)
		return err
	})
	return out, err
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// moment is a time as the tables hold it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// known returns what may be compared with an id of ours, or "": PostgreSQL does not
// take every text.
func known(id string) string {
	if _, err := uuid.Parse(id); err != nil {
		return ""
	}
	return id
}

func orNull(id string) sql.NullString { return sql.NullString{String: id, Valid: id != ""} }

// act is one thing that became of a policy or a version of it.
type act struct {
	policy, version string // ids; a policy as a whole has no version
	kind            string // of the leaf
	payload         any
}

// record writes an act and its leaf.
func (s *Store) record(ctx context.Context, tx *db.Tx, who access.Actor, a act, now time.Time) error {
	body, err := json.Marshal(a.payload)
	if err != nil {
		return err
	}
	id, salt := newID(), ledger.Salt()
	_, err = tx.Exec(ctx, `INSERT INTO policy_act (org, id, policy, version, kind, body, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Org(), id, a.policy, a.version, a.kind, string(body), db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: a.kind, ID: id, Salt: salt, Payload: json.RawMessage(body)})
}

// Act is one line of a policy's history.
type Act struct {
	Kind    string // of the leaf, such as "policy.published"
	Version string // "2.0", or empty
	At      time.Time
	ByName  string
	Words   string // what was said: what changed, why
}

// History returns what became of a policy, the newest first.
func (s *Store) History(ctx context.Context, who access.Actor, id string) ([]Act, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return nil, err
	}
	var out []Act
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT a.kind, a.body, a.at, coalesce(c.name, '') FROM policy_act a LEFT JOIN account c ON c.id = a.account
			WHERE a.org = $1 AND a.policy = $2 ORDER BY a.at DESC, a.id DESC LIMIT 500`, who.Org(), known(id))
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var a Act
			var body string
			var at int64
			if err := scan(&a.Kind, &body, &at, &a.ByName); err != nil {
				return err
			}
			var f versionFact // the fields that have words; others are left out
			if err := json.Unmarshal([]byte(body), &f); err != nil {
				return fmt.Errorf("policy: what %s said of %s: %w", a.Kind, id, err)
			}
			a.At, a.Version, a.Words = db.Time(at), f.Version, f.Change
			out = append(out, a)
			return nil
		})
	})
	return out, err
}

func errNone() error {
	return problem.New(problem.NotFound, "There is no such policy here. Look in the library.")
}

func errNoVersion() error {
	return problem.New(problem.NotFound, "There is no such version of this policy. Open the policy again.")
}

// ignoreNone is no error when nothing was found.
func ignoreNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
