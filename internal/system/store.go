// Package system is what the company runs and promises: systems, sites, assets,
// service commitments and system requirements. Which of them an audit looks at is
// said by package isms.
package system

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
type Store struct{ Config }

// New returns a store.
func New(c Config) *Store { return &Store{c} }

func newID() string { return uuid.Must(uuid.NewV7()).String() }
