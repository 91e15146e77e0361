package device

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Enrol makes a device of who brings a code and a key, and returns the signed welcome.
// host is this server as agents address it, see Host; an enrolment that was meant for
// another is refused, so that nobody can pass one on. A code that is wrong, was used,
// has expired or was taken back is refused in the same words.
func (s *Store) Enrol(ctx context.Context, who access.Actor, m wire.Signed[wire.Enrolment], host string, now time.Time) ([]byte, error) {
	if err := who.May(access.ReportDevices); err != nil {
		return nil, err
	}
	e, now := m.Message, now.UTC().Truncate(time.Microsecond)
	var id string
	var set Settings
	err := func() error {
		if !m.By(wire.Key(e.Key)) {
			return &Refused{Code: wire.Unknown}
		}
		if e.Server != host {
			return &Refused{Code: wire.WrongAddress}
		}
		return s.DB.Write(ctx, who.Org(), db.Devices, func(ctx context.Context, tx *db.Tx) (err error) {
			if _, err := tx.Revision(ctx, who.Org()); err != nil { // one at a time, for their numbers
				return err
			}
			if set, err = readSettings(ctx, tx, who.Org()); err != nil {
				return err
			}
			id, err = s.enrol(ctx, tx, who.Org(), e, set, now)
			return err
		})
	}()
	if err != nil {
		if problem.Of(err).Code == problem.Busy {
			err = &Refused{Code: wire.Busy, After: busyAfter}
		}
		s.count.refused.Add(1)
		return nil, err
	}
	s.forget(who.Org(), wire.ID(id))
	s.count.enrolled.Add(1)
	return wire.Sign(wire.Welcome{V: wire.Version, Device: wire.ID(id), Nonce: e.Nonce, Key: s.public, Settings: set.Settings}, s.signer), nil
}

// useCode takes one use of a code.
func useCode(ctx context.Context, tx *db.Tx, org, text string, now time.Time) (Code, error) {
	var c Code
	err := tx.QueryRow(ctx, `UPDATE device_code SET left_now = left_now - 1 WHERE org = $1 AND hash = $2 AND left_now > 0 AND ended_at = 0 AND until_at > $3
		RETURNING id, account, coalesce(person, ''), coalesce(device, '')`, org, string(wire.HashOf([]byte(text))), db.Micros(now)).Scan(&c.ID, &c.By, &c.Person, &c.Device)
	if errors.Is(err, sql.ErrNoRows) {
		err = &Refused{Code: wire.BadCode}
	}
	return c, err
}

func (s *Store) enrol(ctx context.Context, tx *db.Tx, org string, e wire.Enrolment, set Settings, now time.Time) (string, error) {
	c, err := useCode(ctx, tx, org, e.Code, now)
	if err != nil {
		return "", err
	}
	if c.Device == "" && c.Person == "" && !set.OrgCode { // switched off since the code was made
		return "", &Refused{Code: wire.BadCode}
	}
	if c.Device != "" {
		return c.Device, s.enrolAnew(ctx, tx, org, c, e, now)
	}
	f, err := s.create(ctx, tx, org, e.Platform, c.Person, now)
	if err != nil {
		return "", err
	}
	f.sources = []*source{{kind: Agent, build: e.Build, isNew: true}}
	if err := insertKey(ctx, tx, org, f.id, e.Key, now); err != nil {
		return "", err
	}
	if err := s.event(ctx, tx, org, c.By, event{device: f.id, kind: evEnrolled, person: c.Person}, now); err != nil {
		return "", err
	}
	b := &batch{s: s, org: org, now: now}
	b.tell(f, f.tell(db.Micros(now), 0))
	return f.id, b.store(ctx, tx, []*facts{f})
}

// enrolAnew gives a device another key. Its reports count from 1 again.
func (s *Store) enrolAnew(ctx context.Context, tx *db.Tx, org string, c Code, e wire.Enrolment, now time.Time) error {
	list, err := load(ctx, tx, org, []string{c.Device}, true, now)
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].state != InUse {
		return &Refused{Code: wire.BadCode}
	}
	f := list[0]
	if _, err := tx.Exec(ctx, `UPDATE device_key SET to_at = $3, why = $4 WHERE org = $1 AND device = $2 AND to_at = 0`, org, f.id, db.Micros(now), string(wire.Replaced)); err != nil {
		return err
	}
	if err := insertKey(ctx, tx, org, f.id, e.Key, now); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE device SET platform = $3 WHERE org = $1 AND id = $2`, org, f.id, string(e.Platform)); err != nil {
		return err
	}
	var from *source
	for _, x := range f.sources {
		if x.kind == Agent {
			from = x
		}
	}
	if from == nil { // known from other sources only, until now
		from = &source{kind: Agent, isNew: true}
		f.sources = append(f.sources, from)
	}
	if from.trouble == Copied {
		from.words = nil // nobody knows which of the two said it
	}
	from.seq, from.hash, from.sent, from.batch, from.trouble, from.gaps, from.build, from.isChanged = 0, "", 0, "", NoTrouble, 0, e.Build, true
	if err := s.event(ctx, tx, org, c.By, event{device: f.id, kind: evAnew}, now); err != nil {
		return err
	}
	b := &batch{s: s, org: org, now: now}
	b.tell(f, f.tell(db.Micros(now), 0))
	return b.store(ctx, tx, list)
}

func insertKey(ctx context.Context, tx *db.Tx, org, device, key string, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO device_key (org, id, device, key, from_at) VALUES ($1, $2, $3, $4, $5)`, org, newID(), device, key, db.Micros(now))
	return err
}

// create makes a device, of a person or of nobody. The caller holds the revision.
func (s *Store) create(ctx context.Context, tx *db.Tx, org string, platform wire.Platform, owner string, now time.Time) (*facts, error) {
	id, number := newDevice(), 0
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(number), 0) + 1 FROM device WHERE org = $1`, org).Scan(&number); err != nil {
		return nil, err
	}
	_, err := tx.Exec(ctx, `INSERT INTO device (org, id, number, platform, owner, state, state_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
		org, id, number, string(platform), null(owner), string(InUse), db.Micros(now))
	if err != nil {
		return nil, err
	}
	if err := s.insertOwner(ctx, tx, org, "", id, owner, now); err != nil {
		return nil, err
	}
	list, err := load(ctx, tx, org, []string{id}, false, now)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// ownerFact is what the log says of whose a device is.
type ownerFact struct {
	Device string `json:"device"`
	Person string `json:"person"` // empty: nobody
}

func (s *Store) insertOwner(ctx context.Context, tx *db.Tx, org, by, device, person string, now time.Time) error {
	id, salt := newID(), ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO device_owner (org, id, device, person, from_at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`, org, id, device, null(person), db.Micros(now), by, salt)
	if err != nil {
		return err
	}
	return s.leaf(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: by, Kind: "device.owner", ID: id, Salt: salt, Payload: ownerFact{device, person}})
}
