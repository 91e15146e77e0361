// Package risk is the register of risks: the method they are scored by, the
// scores, who decided what about them, and until when that holds.
package risk

import (
	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// Config is what a store needs.
type Config struct {
	DB       *db.DB
	Log      *ledger.Log
	Findings *finding.Store
}

// Store keeps them in SQL. It is safe for concurrent use.
type Store struct { Config }

// New returns a store.
func New(c Config) *Store { return &Store{c} }

func newID() string { return uuid.Must(uuid.NewV7()).String() }
