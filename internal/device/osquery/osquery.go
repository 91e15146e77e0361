// Package osquery lets machines report that run osquery and not our agent. It speaks the
// five requests of osquery's TLS plugins, and hands out one configuration: a query for
// each check whose answer is a verdict and a reason, so that what was looked at stays on
// the machine. It never asks anything else, and what comes back in any other form is
// refused and counted.
//
// What osquery says is not signed: whoever has the secret of the organisation can make a
// host up. The source of every verdict is shown for that reason.
package osquery

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Taker takes what a source says of machines; the store of devices is one.
type Taker interface {
	Take(ctx context.Context, who access.Actor, words []device.Word, now time.Time) (device.Taken, error)
}

// Config is what a store needs.
type Config struct {
	DB       *db.DB
	Log      *ledger.Log
	Devices  Taker
	Settings func(ctx context.Context, who access.Actor, now time.Time) (wire.Settings, error) // of the organisation
}

// Store keeps which hosts are enrolled, and the secrets they enrol with. What idle hosts
// ask is answered from memory; when they were last heard of is written in groups, see
// Flush. It is safe for concurrent use.
type Store struct {
	Config

	mu      sync.RWMutex
	nodes   map[nodeKey]*node
	unknown map[nodeKey]struct{} // keys that are nobody's; a key that was asked for before it was made never will be one
	packs   map[string]pack      // by organisation
	anew    *device.Pace         // hosts that are known and enrol anew, by organisation and address
	logs    *device.Pace         // results, by host

	countMu sync.Mutex
	counts  map[tally]int64   // not yet written
	totals  map[Counted]int64 // since the start
}

// New returns a store.
func New(c Config) *Store {
	return &Store{Config: c, anew: device.NewPace(fromEvery, fromBurst, fromKept), logs: device.NewPace(logEvery, logBurst, logOfHosts), nodes: map[nodeKey]*node{}, unknown: map[nodeKey]struct{}{}, packs: map[string]pack{}, counts: map[tally]int64{}, totals: map[Counted]int64{}}
}

// nodeKey is the hash of a node key within an organisation.
type nodeKey struct {
	org  string
	hash [sha256.Size]byte
}

// pack is what the hosts of an organisation are given to do, and until when it is taken
// from memory.
type pack struct {
	of    map[wire.Platform][]byte
	until time.Time
}

// packFor is how long a change of settings may take to reach the hosts, on top of the
// pause they make themselves.
const packFor = 5 * time.Minute

// configuration returns what a host of the organisation is given to do.
func (s *Store) configuration(ctx context.Context, who access.Actor, p wire.Platform, now time.Time) ([]byte, error) {
	s.mu.RLock()
	have, ok := s.packs[who.Org()]
	s.mu.RUnlock()
	if ok && now.Before(have.until) {
		return have.of[p], nil
	}
	settings, err := s.Settings(ctx, who, now)
	if err != nil {
		return nil, err
	}
	have = pack{of: map[wire.Platform][]byte{}, until: now.Add(packFor)}
	for _, p := range wire.Platforms() {
		have.of[p] = Configuration(p, settings)
	}
	s.mu.Lock()
	s.packs[who.Org()] = have
	s.mu.Unlock()
	return have.of[p], nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
