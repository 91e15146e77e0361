package device

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// fleet is all devices of an organisation as they were read last. Reports of most
// devices bring nothing new, so what was not written since is not read again.
type fleet struct {
	mu      sync.Mutex
	written db.Written
	at      int64 // the moment it was read for
	whole   int64 // the moment all of it was read for
	facts   []*facts
	place   map[string]int // by id
	devices []Device       // of facts, at a moment
	holds   []int64        // until when each of devices is what it would be
}

// writtenLate is how much later than its moment a row may be there to be read, in
// microseconds: clocks of servers differ a little, and a change takes a while.
const writtenLate = int64(2 * time.Minute / time.Microsecond)

// wholeEvery is after how long all is read again, in microseconds: a row may come later
// still, when whoever wrote it waited for others.
const wholeEvery = int64(5 * time.Minute / time.Microsecond)

// keptFleets is of how many organisations the devices are kept at least; twice as many at most.
const keptFleets = 8

// fleetTables are those whose change is not told by the rows of the devices.
var fleetTables = []string{"device_waiver", "person", "organisation", "organisation_zone"}

// fleet returns all devices by number. What they point to is shared.
func (s *Store) fleet(ctx context.Context, org string, now time.Time) ([]Device, error) {
	k := s.kept(org)
	k.mu.Lock()
	defer k.mu.Unlock()
	written, err := s.DB.Written(ctx, org)
	if err != nil {
		return nil, err
	}
	at := db.Micros(now)
	if k.facts != nil && at < k.at && k.at-at < writtenLate { // somebody who came later was first
		at, now = k.at, db.Time(k.at)
	}
	err = s.DB.Read(ctx, org, func(tx *db.Tx) error {
		if k.facts != nil && at >= k.at && at-k.whole < wholeEvery && !written.Since(k.written, fleetTables...) {
			if done, err := k.patch(ctx, tx, org, written, now); done || err != nil {
				return err
			}
		}
		list, err := load(ctx, tx, org, nil, false, now)
		k.whole, k.facts, k.place, k.devices, k.holds = at, list, map[string]int{}, make([]Device, len(list)), make([]int64, len(list))
		for i, f := range list {
			k.place[f.id] = i
		}
		return err
	})
	if err != nil {
		k.facts = nil
		return nil, err
	}
	k.written, k.at = written, at
	for i, f := range k.facts {
		if at >= k.holds[i] {
			k.devices[i], k.holds[i] = f.device(now), f.until(at)
		}
	}
	return slices.Clone(k.devices), nil
}

// kept is what is kept of an organisation.
func (s *Store) kept(org string) *fleet {
	s.fleetsMu.Lock()
	defer s.fleetsMu.Unlock()
	k, ok := s.fleets.get(org)
	if !ok {
		k = &fleet{}
		s.fleets.put(org, k)
	}
	return k
}

// patch reads the devices anew that were written since. It reports false when that
// cannot be told: then all are to be read.
func (k *fleet) patch(ctx context.Context, tx *db.Tx, org string, written db.Written, now time.Time) (bool, error) {
	today, err := people.Today(ctx, tx, org, now)
	if err != nil || len(k.facts) > 0 && k.facts[0].today != today.String() {
		return false, err
	}
	ids := []string{}
	args := []any{org, k.at - writtenLate}
	for _, q := range []string{
		`SELECT id FROM device WHERE org = $1 AND touched_at >= $2`,
		`SELECT device FROM device_source WHERE org = $1 AND (seen_at >= $2 OR touched_at >= $2)`,
	} {
		err := query(ctx, tx, q, args, func(scan func(...any) error) error {
			ids = append(ids, "")
			return scan(&ids[len(ids)-1])
		})
		if err != nil {
			return false, err
		}
	}
	if len(ids) == 0 {
		return !written.Since(k.written, "device", "device_source"), nil
	}
	if len(ids) > len(k.facts)/2 {
		return false, nil
	}
	list, err := load(ctx, tx, org, ids, false, now)
	if err != nil {
		return false, err
	}
	for _, f := range list {
		i, ok := k.place[f.id]
		if !ok {
			return false, nil // a new one
		}
		k.facts[i], k.holds[i] = f, 0
	}
	return true, nil
}

// until is the first moment after at from which the device is another than at at, if
// nothing is written.
func (f *facts) until(at int64) int64 {
	out := at + stands
	ends := func(t int64) {
		if t > at {
			out = min(out, t)
		}
	}
	for _, s := range f.sources {
		ends(s.seen + staleAfter)
		for _, w := range s.words {
			ends(s.freshUntil(w))
		}
	}
	for _, w := range f.waivers {
		ends(w.at)
		ends(w.until)
		ends(cmp.Or(w.ended, out))
	}
	return out
}
