// Package finding is what a test, audit, review or colleague turned up that needs
// an answer, and the one list of what is being done about it.
package finding

import (
	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// Config is what a store needs.
type Config struct {
	DB  *db.DB
	Log *ledger.Log
}

// Store keeps them in SQL. It is safe for concurrent use.
type Store struct { Config }

// New returns a store.
func New(c Config) *Store { return &Store{c} }

func newID() string { return uuid.Must(uuid.NewV7()).String() }
