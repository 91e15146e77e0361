package people

import (
	"context"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

// rosters keeps the roster of each organisation as last read. Every write raises
// the revision of its tables, so one is never older than the database, on any node.
type rosters struct {
	mu sync.Mutex
	of map[string]*held
}

// held is one roster; its lock lets one reader fill it while the others wait.
type held struct {
	mu      sync.Mutex
	written db.Written
	roster  *Roster
}

const rosterRoom = 32 // organisations

func (c *rosters) held(org string) *held {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.of[org]
	if h == nil {
		if len(c.of) >= rosterRoom {
			clear(c.of)
		}
		h = &held{}
		c.of[org] = h
	}
	return h
}

// Roster returns what is known of all people of the organisation at this moment.
func (s *Store) Roster(ctx context.Context, who access.Actor) (*Roster, error) {
	if err := who.May(access.ViewPeople); err != nil {
		return nil, err
	}
	return s.RosterOf(ctx, who.Org())
}

// RosterOf is Roster for what Toucan does by itself, outside of a transaction.
func (s *Store) RosterOf(ctx context.Context, org string) (*Roster, error) {
	h := s.rosters.held(org)
	h.mu.Lock()
	defer h.mu.Unlock()
	written, err := s.db.Written(ctx, org)
	if err != nil {
		return nil, err
	}
	if h.roster != nil && !written.Since(h.written, rosterTables...) {
		return h.roster, nil
	}
	var r *Roster
	err = s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		r, err = ReadRoster(ctx, tx, org)
		return err
	})
	if err == nil {
		h.roster, h.written = r, written // what was written in between is read once more
	}
	return r, err
}

// Today is the civil day of a moment where the organisation is.
func Today(ctx context.Context, tx *db.Tx, org string, now time.Time) (cadence.Date, error) {
	zone, err := zoneOf(ctx, tx, org)
	if err != nil {
		return 0, err
	}
	return cadence.DateOf(now, zone), nil
}

func zoneOf(ctx context.Context, tx *db.Tx, org string) (*time.Location, error) {
	var name string
	if err := tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, org).Scan(&name); err != nil {
		return nil, err
	}
	return time.LoadLocation(name)
}
