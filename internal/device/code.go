package device

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Code lets devices enrol. Its text is shown once, when it is made; only a hash of it
// is kept.
type Code struct {
	ID      string
	By      string    // account that made it
	Person  string    // whose the device will be; empty: nobody's at first
	Device  string    // the device that is to be enrolled anew; empty: a new one
	Uses    int       // how often it could be used at first
	Left    int       // how often it still can
	Until   time.Time // not part of it
	At      time.Time
	EndedAt time.Time // when somebody took it back; zero: nobody did
}

// Open reports whether the code still lets a device in.
func (c Code) Open(now time.Time) bool {
	return c.Left > 0 && c.EndedAt.IsZero() && now.Before(c.Until)
}

const (
	codeFor     = 15 * time.Minute // a person's own, which is used at once
	maxUses     = 10_000
	maxCodeFor  = 90 * 24 * time.Hour
	maxOwnCodes = 5 // open ones of an account
)

// NewCode makes a code for a device of the actor's own: for fifteen minutes, once. The
// account has to be linked to a person of the register.
func (s *Store) NewCode(ctx context.Context, who access.Actor, now time.Time) (string, Code, error) {
	if err := who.May(access.UseDevices); err != nil {
		return "", Code{}, err
	}
	return s.makeCode(ctx, who, Code{Uses: 1, Until: now.Add(codeFor)}, func(ctx context.Context, tx *db.Tx, c *Code) error {
		set, err := readSettings(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		if !set.SelfEnrol {
			return problem.New(problem.Forbidden, "People do not enrol devices by themselves here. Ask whoever runs IT to enrol yours.")
		}
		return own(ctx, tx, who, c)
	}, now)
}

// own makes a code the actor's own.
func own(ctx context.Context, tx *db.Tx, who access.Actor, c *Code) error {
	var err error
	if c.Person, err = personOf(ctx, tx, who); err != nil {
		return err
	}
	if c.Person == "" {
		return problem.New(problem.Conflict, "Your account is not linked to a person of the register, so the device would be nobody's. Ask an administrator to link it.")
	}
	return nil
}

// NewCodeFor makes a code that enrols a device anew: its history stays, and the key it
// had ends. For the owner, and for who manages devices.
func (s *Store) NewCodeFor(ctx context.Context, who access.Actor, id string, now time.Time) (string, Code, error) {
	if err := who.May(access.UseDevices); err != nil {
		return "", Code{}, err
	}
	return s.makeCode(ctx, who, Code{Device: id, Uses: 1, Until: now.Add(codeFor)}, func(ctx context.Context, tx *db.Tx, c *Code) error {
		var owner string
		var state State
		err := tx.QueryRow(ctx, `SELECT coalesce(owner, ''), state FROM device WHERE org = $1 AND id = $2`, who.Org(), id).Scan(&owner, &state)
		if errors.Is(err, sql.ErrNoRows) {
			return errNone
		}
		if err != nil {
			return err
		}
		if !who.Can(access.ManageDevices) {
			if person, err := personOf(ctx, tx, who); err != nil || person == "" || person != owner {
				return cmp.Or[error](err, errNone)
			}
		}
		if state != InUse {
			return problem.New(problem.Conflict, "This device is %s. Say that it is back in use first.", state)
		}
		return nil
	}, now)
}

// NewOrgCode makes a code of the organisation, for devices that are nobody's at first:
// for rolling the agent out. The settings must allow it.
func (s *Store) NewOrgCode(ctx context.Context, who access.Actor, uses int, until, now time.Time) (string, Code, error) {
	if err := who.May(access.ManageDevices); err != nil {
		return "", Code{}, err
	}
	if uses < 1 || uses > maxUses {
		return "", Code{}, problem.Field("uses", fmt.Sprintf("A code can be used 1 to %d times.", maxUses))
	}
	if !until.After(now) || until.After(now.Add(maxCodeFor)) {
		return "", Code{}, problem.Field("until", "A code ends within 90 days from now. Choose a day in that time.")
	}
	return s.makeCode(ctx, who, Code{Uses: uses, Until: until}, func(ctx context.Context, tx *db.Tx, _ *Code) error {
		set, err := readSettings(ctx, tx, who.Org())
		if err == nil && !set.OrgCode {
			err = problem.New(problem.Conflict, "Codes for devices that are nobody's are switched off. Switch them on in the settings of devices first.")
		}
		return err
	}, now)
}

// codeFact is what the log says of a code.
type codeFact struct {
	Person string `json:"person"`
	Device string `json:"device"`
	Uses   int    `json:"uses"`
	Until  int64  `json:"until"` // microseconds
	Ended  bool   `json:"ended"`
}

func (s *Store) makeCode(ctx context.Context, who access.Actor, c Code, check func(context.Context, *db.Tx, *Code) error, now time.Time) (string, Code, error) {
	now = now.UTC().Truncate(time.Microsecond)
	var random [wire.CodeLength]byte
	rand.Read(random[:])
	text := wire.NewCode(random[:])
	c.ID, c.By, c.Left, c.At, c.Until = newID(), who.Account(), c.Uses, now, c.Until.UTC().Truncate(time.Microsecond)
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := check(ctx, tx, &c); err != nil {
			return err
		}
		if c.Uses == 1 { // a code that was never used is forgotten rather than left open
			_, err := tx.Exec(ctx, `UPDATE device_code SET ended_at = $3, ended_by = $2 WHERE org = $1 AND account = $2 AND uses = 1 AND left_now = 1 AND ended_at = 0 AND until_at > $3
				AND id NOT IN (SELECT id FROM device_code WHERE org = $1 AND account = $2 AND uses = 1 AND ended_at = 0 ORDER BY at DESC LIMIT $4)`, who.Org(), who.Account(), db.Micros(now), maxOwnCodes-1)
			if err != nil {
				return err
			}
		}
		salt := ledger.Salt()
		_, err := tx.Exec(ctx, `INSERT INTO device_code (org, id, hash, account, person, device, uses, left_now, until_at, at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)`,
			who.Org(), c.ID, string(wire.HashOf([]byte(text))), who.Account(), null(c.Person), null(c.Device), c.Uses, db.Micros(c.Until), db.Micros(now), salt)
		if err != nil {
			return err
		}
		return s.codeLeaf(ctx, tx, who, c, salt, now)
	})
	if err != nil {
		return "", Code{}, err
	}
	return text, c, nil
}

func (s *Store) codeLeaf(ctx context.Context, tx *db.Tx, who access.Actor, c Code, salt string, now time.Time) error {
	return s.leaf(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "device.code", ID: c.ID, Salt: salt,
		Payload: codeFact{c.Person, c.Device, c.Uses, db.Micros(c.Until), !c.EndedAt.IsZero()}})
}

// Codes returns the codes that can still be used: all to who manages devices, to
// others their own.
func (s *Store) Codes(ctx context.Context, who access.Actor, now time.Time) ([]Code, error) {
	if err := who.May(access.UseDevices); err != nil {
		return nil, err
	}
	account := who.Account()
	if who.Can(access.ManageDevices) {
		account = ""
	}
	var out []Code
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		return query(ctx, tx, `SELECT id, account, coalesce(person, ''), coalesce(device, ''), uses, left_now, until_at, at FROM device_code
			WHERE org = $1 AND ended_at = 0 AND left_now > 0 AND until_at > $2 AND (account = $3 OR $3 = '') ORDER BY at DESC LIMIT 1000`, []any{who.Org(), db.Micros(now), account}, func(scan func(...any) error) error {
			var c Code
			var until, at int64
			err := scan(&c.ID, &c.By, &c.Person, &c.Device, &c.Uses, &c.Left, &until, &at)
			c.Until, c.At = db.Time(until), db.Time(at)
			out = append(out, c)
			return err
		})
	})
	return out, err
}

// EndCode takes a code back: one's own, or any for who manages devices.
func (s *Store) EndCode(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.UseDevices); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		c := Code{ID: id, EndedAt: now}
		var salt string
		var until int64
		err := tx.QueryRow(ctx, `UPDATE device_code SET ended_at = $3, ended_by = $4 WHERE org = $1 AND id = $2 AND ended_at = 0 AND (account = $4 OR $5)
			RETURNING coalesce(person, ''), coalesce(device, ''), uses, until_at, salt`, who.Org(), id, db.Micros(now), who.Account(), who.Can(access.ManageDevices)).
			Scan(&c.Person, &c.Device, &c.Uses, &until, &salt)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "There is no such code any more. It may have ended meanwhile.")
		}
		if err != nil {
			return err
		}
		c.Until = db.Time(until)
		return s.codeLeaf(ctx, tx, who, c, salt, now)
	})
}
