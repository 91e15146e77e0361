package device

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	maxName   = 80
	maxReason = 300
	maxAct    = 1000 // devices at once
)

// change loads devices, lets act change them, tells results what follows and writes
// them, in one transaction. No device of ids may be missing.
func (s *Store) change(ctx context.Context, who access.Actor, ids []string, now time.Time, act func(context.Context, *db.Tx, *facts) error) error {
	now = now.UTC().Truncate(time.Microsecond)
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 || len(ids) > maxAct {
		return problem.Field("devices", fmt.Sprintf("Choose 1 to %d devices.", maxAct))
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Revision(ctx, who.Org()); err != nil {
			return err
		}
		list, err := load(ctx, tx, who.Org(), ids, true, now)
		if err != nil {
			return err
		}
		if len(list) != len(ids) {
			return errNone
		}
		b := &batch{s: s, org: who.Org(), now: now}
		for _, f := range list {
			if err := act(ctx, tx, f); err != nil {
				return err
			}
			b.tell(f, f.catchUp(db.Micros(now), 0))
		}
		return b.store(ctx, tx, list)
	})
}

// give makes a device somebody's, or nobody's.
func (s *Store) give(ctx context.Context, tx *db.Tx, who access.Actor, f *facts, person string, kind EventKind, now time.Time) error {
	if f.owner == person {
		return nil
	}
	if f.ownerEnds = ""; person != "" {
		err := tx.QueryRow(ctx, `SELECT end_on FROM person WHERE org = $1 AND id = $2`, who.Org(), person).Scan(&f.ownerEnds)
		if err != nil {
			return problem.Field("person", "This person is not in the register. Choose from the list, or enter them first.")
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE device_owner SET to_at = $3 WHERE org = $1 AND device = $2 AND to_at = 0`, who.Org(), f.id, db.Micros(now)); err != nil {
		return err
	}
	if err := s.insertOwner(ctx, tx, who.Org(), who.Account(), f.id, person, now); err != nil {
		return err
	}
	f.owner = person
	return s.event(ctx, tx, who.Org(), who.Account(), event{device: f.id, kind: kind, person: person}, now)
}

// Own gives devices to a person of the register, or to nobody when it is empty.
func (s *Store) Own(ctx context.Context, who access.Actor, ids []string, person string, now time.Time) error {
	if err := who.May(access.ManageDevices); err != nil {
		return err
	}
	kind := evGiven
	if person == "" {
		kind = evNobodys
	}
	return s.change(ctx, who, ids, now, func(ctx context.Context, tx *db.Tx, f *facts) error {
		return s.give(ctx, tx, who, f, person, kind, now)
	})
}

// claimLength is how many digits of an id name a device that is nobody's.
const claimLength = 8

// Claim makes a device that is nobody's the actor's own. It is named by its id, or the
// first eight digits of it, which its agent shows.
func (s *Store) Claim(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.UseDevices); err != nil {
		return err
	}
	id = strings.ToLower(strings.TrimSpace(id))
	var person string
	var found []string
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if person, err = personOf(ctx, tx, who); err != nil || len(id) < claimLength || strings.Trim(id, "0123456789abcdef") != "" {
			return err
		}
		return query(ctx, tx, `SELECT id FROM device WHERE org = $1 AND id LIKE $2 AND owner IS NULL AND state = 'in_use' LIMIT 2`, []any{who.Org(), id + "%"}, func(scan func(...any) error) error {
			found = append(found, "")
			return scan(&found[len(found)-1])
		})
	})
	if err != nil {
		return err
	}
	if person == "" {
		return problem.New(problem.Conflict, "Your account is not linked to a person of the register, so nothing can be yours. Ask an administrator to link it.")
	}
	if len(found) != 1 {
		return problem.Field("device", "No device that is nobody's has this number. Type the eight digits that toucan-agent status shows; if somebody has it already, ask whoever runs IT.")
	}
	return s.change(ctx, who, found, now, func(ctx context.Context, tx *db.Tx, f *facts) error {
		if f.owner != "" || f.state != InUse {
			return problem.New(problem.Conflict, "Somebody else was quicker: this device has an owner now.")
		}
		return s.give(ctx, tx, who, f, person, evClaimed, now)
	})
}

// mine refuses who neither owns the device nor manages devices.
func mine(ctx context.Context, tx *db.Tx, who access.Actor, f *facts) error {
	if who.Can(access.ManageDevices) {
		return nil
	}
	person, err := personOf(ctx, tx, who)
	if err != nil || person == "" || person != f.owner {
		return cmp.Or[error](err, errNone)
	}
	return nil
}

// Name gives a device a name, for its owner and for who manages devices.
func (s *Store) Name(ctx context.Context, who access.Actor, id, name string, now time.Time) error {
	if err := who.May(access.UseDevices); err != nil {
		return err
	}
	name, err := db.Line("name", "The name", name, maxName)
	if err != nil {
		return err
	}
	return s.change(ctx, who, []string{id}, now, func(ctx context.Context, tx *db.Tx, f *facts) error {
		if err := mine(ctx, tx, who, f); err != nil || f.name == name {
			return err
		}
		f.name = name
		return s.event(ctx, tx, who.Org(), who.Account(), event{device: f.id, kind: evNamed}, now)
	})
}

// Lose says that devices are lost or stolen. The owner may say so too. Its agent is
// told when it next speaks, and from then on has to enrol anew.
func (s *Store) Lose(ctx context.Context, who access.Actor, ids []string, reason string, now time.Time) error {
	return s.turn(ctx, who, access.UseDevices, ids, Lost, evLost, reason, now)
}

// Retire takes devices out for good: given back, sold or destroyed.
func (s *Store) Retire(ctx context.Context, who access.Actor, ids []string, reason string, now time.Time) error {
	return s.turn(ctx, who, access.ManageDevices, ids, Retired, evRetired, reason, now)
}

// Restore brings devices back. The owner may bring back what is lost, and not what is
// retired. One whose agent heard meanwhile that it is out has to be
// enrolled anew; the others go on.
func (s *Store) Restore(ctx context.Context, who access.Actor, ids []string, reason string, now time.Time) error {
	return s.turn(ctx, who, access.UseDevices, ids, InUse, evRestored, reason, now)
}

func (s *Store) turn(ctx context.Context, who access.Actor, may access.Action, ids []string, state State, kind EventKind, reason string, now time.Time) error {
	if err := who.May(may); err != nil {
		return err
	}
	reason, err := db.Line("reason", "The reason", reason, maxReason)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say in a few words why, for whoever asks in a year.")
	}
	return s.change(ctx, who, ids, now, func(ctx context.Context, tx *db.Tx, f *facts) error {
		if err := mine(ctx, tx, who, f); err != nil || f.state == state {
			return err
		}
		if f.state == Retired && !who.Can(access.ManageDevices) {
			return problem.New(problem.Forbidden, "This device is retired. Only who manages devices can bring it back; ask whoever runs IT.")
		}
		f.state, f.stateAt, f.reason = state, db.Micros(now), reason
		if state == InUse {
			f.reason = ""
		}
		return s.event(ctx, tx, who.Org(), who.Account(), event{device: f.id, kind: kind, reason: reason}, now)
	})
}
