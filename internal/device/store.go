package device

import (
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/result"
)

// Config is what a store needs.
type Config struct {
	DB      *db.DB
	Log     *ledger.Log
	Results *result.Store
	KeyDir  string // where the key lies that signs receipts and revocations; it is made if there is none
}

// Store keeps devices in SQL. It is safe for concurrent use.
type Store struct {
	Config
}

// New returns a store.
func New(c Config) (*Store, error) { return &Store{c}, nil }
