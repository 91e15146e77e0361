package policy

import (
	"context"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// scene is what the rules need to know of an organisation at a moment.
type scene struct {
	Moment
	policies []Policy
	versions map[string][]Version // heads, by policy
	reviews  map[string][]Review
	bound    []Bound
}

func readScene(ctx context.Context, tx *db.Tx, org string, now time.Time) (scene, error) {
	sc := scene{Moment: Moment{At: now}}
	var err error
	if sc.Zone, err = zoneOf(ctx, tx, org); err != nil {
		return sc, err
	}
	sc.Today = cadence.DateOf(now, sc.Zone)
	if sc.Days, err = daysOf(ctx, tx, org); err != nil {
		return sc, err
	}
	if sc.policies, err = readPolicies(ctx, tx, org, ""); err != nil {
		return sc, err
	}
	if sc.versions, sc.reviews, err = heads(ctx, tx, org); err != nil {
		return sc, err
	}
	for _, p := range sc.policies {
		if b, ok := boundOf(p, sc.versions[p.ID]); ok {
			sc.bound = append(sc.bound, b)
		}
	}
	return sc, nil
}

// readHeld returns the marks of everybody, as text.
func readHeld(ctx context.Context, tx *db.Tx, org string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, marks FROM policy_person WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, text string
		err := scan(&id, &text)
		out[id] = text
		return err
	})
	return out, err
}

// Tables are those whose writing changes what Standings and Facts answer, beside
// those of the people register.
func Tables() []string {
	return []string{"policy", "policy_setting", "policy_version", "policy_review", "policy_person", "policy_rule"}
}

// Standings returns how everybody stands with the policies that bind them, in the
// caller's transaction. Somebody whom none binds is left out.
func Standings(ctx context.Context, tx *db.Tx, org string, roster *people.Roster, now time.Time) ([]people.Standing, error) {
	sc, err := readScene(ctx, tx, org, now)
	if err != nil || len(sc.bound) == 0 {
		return nil, err
	}
	held, err := readHeld(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	return Stand(sc.bound, held, roster, sc.Moment), nil
}

// Facts returns what is true of each policy that is kept, in the caller's transaction.
func Facts(ctx context.Context, tx *db.Tx, org string, roster *people.Roster, now time.Time) ([]Fact, error) {
	sc, err := readScene(ctx, tx, org, now)
	if err != nil || len(sc.policies) == 0 {
		return nil, err
	}
	held, err := readHeld(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	counts := Tally(sc.bound, held, roster, sc.Moment)
	var out []Fact
	for _, p := range sc.policies {
		if p.ArchivedAt.IsZero() {
			out = append(out, approvedFact(p, sc.versions[p.ID], sc.reviews[p.ID], sc.Moment), acknowledgedFact(p, sc.versions[p.ID], counts[p.ID]))
		}
	}
	return out, nil
}

// registerTables are those people.ReadRoster reads.
func registerTables() []string {
	return []string{"person", "person_span", "person_source", "people_group", "people_group_member", "person_exclusion"}
}

// counts keeps, for each organisation, the register and how the audiences stand,
// as last read. Every write raises the revision of its tables, so what is kept is
// never older than the database, on any node.
type counts struct {
	mu sync.Mutex
	of map[string]*counted
}

// counted is that of one organisation; its lock lets one reader fill it while the
// others wait.
type counted struct {
	mu               sync.Mutex
	register, policy db.Written
	roster           *people.Roster
	today            cadence.Date
	by               map[string]Count
}

const countRoom = 32 // organisations

func (c *counts) counted(org string) *counted {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.of[org]
	if h == nil {
		if c.of == nil || len(c.of) >= countRoom {
			c.of = map[string]*counted{}
		}
		h = &counted{}
		c.of[org] = h
	}
	return h
}

// roster is the register of an organisation, read again only when it changed.
func (s *Store) roster(ctx context.Context, org string) (*people.Roster, error) {
	h := s.counts.counted(org)
	h.mu.Lock()
	defer h.mu.Unlock()
	return s.fillRoster(ctx, org, h)
}

func (s *Store) fillRoster(ctx context.Context, org string, h *counted) (*people.Roster, error) {
	written, err := s.db.Written(ctx, org)
	if err != nil {
		return nil, err
	}
	if h.roster != nil && !written.Since(h.register, registerTables()...) {
		return h.roster, nil
	}
	var r *people.Roster
	err = s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		r, err = people.ReadRoster(ctx, tx, org)
		return err
	})
	if err == nil {
		h.roster, h.register, h.by = r, written, nil // what was written in between is read once more
	}
	return r, err
}

// count says how the audiences of all policies stand, by id of the policy. The
// answer is shared: it is not to be changed.
func (s *Store) count(ctx context.Context, org string, now time.Time) (map[string]Count, error) {
	h := s.counts.counted(org)
	h.mu.Lock()
	defer h.mu.Unlock()
	r, err := s.fillRoster(ctx, org, h)
	if err != nil {
		return nil, err
	}
	written, err := s.db.Written(ctx, org)
	if err != nil {
		return nil, err
	}
	var by map[string]Count
	var today cadence.Date
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		zone, err := zoneOf(ctx, tx, org)
		if err != nil {
			return err
		}
		if today = cadence.DateOf(now, zone); h.by != nil && h.today == today && !written.Since(h.policy, Tables()...) {
			by = h.by
			return nil
		}
		sc, err := readScene(ctx, tx, org, now)
		if err != nil {
			return err
		}
		held, err := readHeld(ctx, tx, org)
		if err == nil {
			by = Tally(sc.bound, held, r, sc.Moment)
		}
		return err
	})
	if err == nil {
		h.by, h.today, h.policy = by, today, written
	}
	return by, err
}

// Counts returns how the audience of each policy stands, by id.
func (s *Store) Counts(ctx context.Context, who access.Actor, now time.Time) (map[string]Count, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return nil, err
	}
	return s.count(ctx, who.Org(), now)
}
