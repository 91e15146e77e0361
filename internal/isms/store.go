// Package isms is the management system of ISO/IEC 27001: its scope, what it
// knows of its surroundings, the statement of applicability, and the cycle of
// audits, reviews and improvement that keeps it alive.
package isms

import (
	"sync"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// Config is what a store needs.
type Config struct {
	DB        *db.DB
	Log       *ledger.Log
	Controls  *control.Store
	Crosswalk *crosswalk.Store
	Evidence  *evidence.Store
	Approvals *approval.Store
	Policies  *policy.Store
	Systems   *system.Store
	Vendors   *vendor.Store
	Findings  *finding.Store
	Risks     *risk.Store
	Judge     Judge // how requirements and controls stand
	Joiners   *joiner.Store
	Monitor   *monitor.Store
	Results   *result.Store
}

// Store keeps them in SQL. It is safe for concurrent use.
type Store struct {
	Config

	statements  sync.Map // organisation → *keptStatement
	obligations sync.Map // organisation → *keptObligations
}

// New returns a store. From now on, upgrades of c.Crosswalk carry what audits cover.
func New(c Config) *Store {
	s := &Store{Config: c}
	if c.Crosswalk != nil {
		c.Crosswalk.CarryAlso(auditCarrier{s})
	}
	return s
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
