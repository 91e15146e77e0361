// Package risk is the register of risks: the method they are scored by, the
// scores, who decided what about them, and until when that holds.
package risk

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
)

// Persons says which person of the register an account belongs to.
type Persons interface {
	// PersonOf returns the id of the person, or "" when nobody linked the account.
	PersonOf(ctx context.Context, tx *db.Tx, org, account string) (string, error)
}

// Operation says how controls operate at a moment. A control it does not name shows
// nothing. It needs an actor who sees controls and how they stand.
type Operation func(ctx context.Context, who access.Actor, controls []string, now time.Time) (map[string]Operating, error)

// Config is what a store needs.
type Config struct {
	DB        *db.DB
	Log       *ledger.Log
	Findings  *finding.Store
	Links     *crosswalk.Store // for the frameworks an organisation has
	Evidence  *evidence.Store
	Persons   Persons
	Operation Operation // nil: nothing shows that any control operates
}

// Store keeps risks in SQL. It is safe for concurrent use.
type Store struct {
	Config
	approvals *approval.Store

	mu   sync.Mutex
	kept map[string]kept // by organisation
}

// kept is a register that was read, and as of what.
type kept struct {
	written db.Written
	r       *Register
	acts    register.Acts // those that are in it
}

// New returns a store. From now on, upgrades of c.Links carry what risks are linked
// to, and c.Operation is asked about the controls that scores rest on.
func New(c Config) *Store {
	s := &Store{Config: c, approvals: approval.New(c.DB, c.Log), kept: map[string]kept{}}
	if c.Links != nil {
		c.Links.CarryAlso(carrier{s})
	}
	return s
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

// orNull is a text column that points at another row, or at none.
func orNull(id string) sql.NullString { return sql.NullString{String: id, Valid: id != ""} }

func errNoRisk() error {
	return problem.New(problem.NotFound, "There is no such risk here. Look in the register.")
}

// act is one thing that happened to a risk or to the register.
type act struct {
	risk, kind string
	payload    any
}

// record writes acts and the leaf of each; of more than one, one leaf for all.
func (s *Store) record(ctx context.Context, tx *db.Tx, org, account string, now time.Time, acts ...act) error {
	if len(acts) == 0 {
		return nil
	}
	rows := db.Into(`risk_act (org, id, risk, kind, at, account, body, batch, salt)`)
	batch := ""
	if len(acts) > 1 {
		batch = newID()
	}
	sum := sha256.New()
	for _, a := range acts {
		body, err := json.Marshal(a.payload)
		if err != nil {
			return err
		}
		id, salt := newID(), ledger.Salt()
		rows.Add(org, id, orNull(a.risk), a.kind, db.Micros(now), account, string(body), batch, salt)
		if batch == "" {
			if err := s.Log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: account, Kind: a.kind, ID: id, Salt: salt, Payload: json.RawMessage(body)}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(sum, "%s %s %s %s\n", id, a.kind, salt, body)
	}
	if err := rows.Insert(ctx, tx); err != nil || batch == "" {
		return err
	}
	f := batchFact{len(acts), hex.EncodeToString(sum.Sum(nil))}
	salt := ledger.Salt()
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	own := db.Into(`risk_act (org, id, kind, at, account, body, salt)`)
	own.Add(org, batch, kindBatch, db.Micros(now), account, string(body), salt)
	if err := own.Insert(ctx, tx); err != nil {
		return err
	}
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: account, Kind: kindBatch, ID: batch, Salt: salt, Payload: f})
}

// batchFact is what the log says of many acts at once: how many, and the SHA-256
// over a line of each: its id, kind, salt and body.
type batchFact struct {
	Acts int    `json:"acts"`
	Root string `json:"root"`
}

// The kinds of what happens. They are stored, and stand in the log.
const (
	kindBatch     = "risk.batch"
	kindEntered   = "risk.entered"
	kindChanged   = "risk.changed"
	kindLinked    = "risk.linked"
	kindUnlinked  = "risk.unlinked"
	kindScored    = "risk.scored"
	kindSeconded  = "risk.seconded"
	kindPlanned   = "risk.planned"
	kindApproved  = "risk.plan_approved"
	kindCompleted = "risk.plan_completed"
	kindAccepted  = "risk.accepted"
	kindWithdrawn = "risk.acceptance_withdrawn"
	kindTriggered = "risk.triggered"
	kindClosed    = "risk.closed"
	kindReopened  = "risk.reopened"
	kindDrawn     = "risk.drawn"
	kindMethod    = "risk.method_written"
	kindMethodEnd = "risk.method_decided"
	kindFrozen    = "risk.frozen"
	kindFrozenEnd = "risk.frozen_decided"
	kindCarried   = "risk.carried"
	kindReviewed  = "risk.reviewed"
)

// personOf returns the person of the register the actor is, or "".
func (s *Store) personOf(ctx context.Context, tx *db.Tx, who access.Actor) (string, error) {
	if s.Persons == nil {
		return "", nil
	}
	return s.Persons.PersonOf(ctx, tx, who.Org(), who.Account())
}

// operating asks how controls operate; without anybody to ask, nothing shows it.
func (s *Store) operating(ctx context.Context, who access.Actor, controls []string, now time.Time) (map[string]Operating, error) {
	if s.Operation == nil || len(controls) == 0 {
		return map[string]Operating{}, nil
	}
	return s.Operation(ctx, who, controls, now)
}

// Register returns the register with its scores as they stand today. It is shared:
// nobody may change it.
func (s *Store) Register(ctx context.Context, who access.Actor, now time.Time) (*Register, error) {
	if err := who.May(access.ViewRisks); err != nil {
		return nil, err
	}
	r, err := s.bare(ctx, who.Org(), now)
	if err != nil {
		return nil, err
	}
	controls := r.Rests()
	if len(controls) == 0 {
		return r, nil
	}
	states, err := s.operating(ctx, who, controls, now)
	if err != nil {
		return nil, err
	}
	return r.Operating(states), nil
}
