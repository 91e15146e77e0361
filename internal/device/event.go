package device

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Event is something that happened to a device.
type Event struct {
	At    time.Time
	Kind  EventKind
	By    string // account; empty: the device itself, a source or the passing of time
	Words string // one sentence without a full stop
}

// EventKind says what happened. The values are stored.
type EventKind string

const (
	evEnrolled EventKind = "enrolled"
	evAnew     EventKind = "enrolled_anew"
	evFound    EventKind = "found" // a source other than our agent named it first
	evFirst    EventKind = "first_report"
	evGiven    EventKind = "given"
	evClaimed  EventKind = "claimed"
	evNobodys  EventKind = "nobodys"
	evNamed    EventKind = "named"
	evLost     EventKind = "lost"
	evRetired  EventKind = "retired"
	evRestored EventKind = "restored"
	evRevoked  EventKind = "revoked" // the agent was told that its device is out
	evWaived   EventKind = "waived"
	evUnwaived EventKind = "waiver_ended"
	evSaid     EventKind = "said"
	evCopied   EventKind = "copied"
	evGap      EventKind = "gap"
	evSource   EventKind = "source" // another source began to speak of it
)

// event is one as it is stored.
type event struct {
	device, person, reason string
	kind                   EventKind
	check                  wire.Check
	n                      int64
}

// eventFact is what the log says of an event.
type eventFact struct {
	Device string     `json:"device"`
	Kind   EventKind  `json:"kind"`
	Person string     `json:"person"`
	Check  wire.Check `json:"check"`
	Reason string     `json:"reason"`
	N      int64      `json:"n"`
}

// event writes what happened, and its leaf.
func (s *Store) event(ctx context.Context, tx *db.Tx, org, by string, e event, now time.Time) error {
	id, salt := newID(), ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO device_event (org, id, device, at, kind, account, person, asked, reason, n, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		org, id, e.device, db.Micros(now), string(e.kind), by, null(e.person), string(e.check), e.reason, e.n, salt)
	if err != nil {
		return err
	}
	return s.leaf(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: by, Kind: "device.put", ID: id, Salt: salt, Payload: eventFact{e.device, e.kind, e.person, e.check, e.reason, e.n}})
}

// words say an event; who is the name of the person it names.
func (e event) words(who string) string {
	switch e.kind {
	case evEnrolled:
		return "Enrolled with the agent" + to(who)
	case evAnew:
		return "Enrolled anew"
	case evFound:
		return "First named by a source" + to(who)
	case evFirst:
		return "First report"
	case evGiven:
		return "Given to " + who
	case evClaimed:
		return "Claimed by " + who
	case evNobodys:
		return "Given back: nobody's now"
	case evNamed:
		return "Given another name"
	case evLost:
		return "Reported lost: " + e.reason
	case evRetired:
		return "Retired: " + e.reason
	case evRestored:
		return "Back in use: " + e.reason
	case evRevoked:
		return "Its agent was told, signed, that it is out"
	case evWaived:
		return fmt.Sprintf("%s need not pass until %s: %s", e.check.Label(), cadence.Date(e.n).Words(), e.reason)
	case evUnwaived:
		return e.check.Label() + " has to pass again"
	case evSaid:
		return fmt.Sprintf("Somebody looked at %s: %s", e.check.Label(), e.reason)
	case evCopied:
		return "Two machines reported under this name; it has to be enrolled anew"
	case evGap:
		return fmt.Sprintf("Reports never came: %d so far", e.n)
	case evSource:
		return "Another source began to speak of it"
	}
	return string(e.kind)
}

func to(who string) string {
	if who == "" {
		return ", nobody's yet"
	}
	return ", of " + who
}

// Events returns what happened to a device, the newest first. Who may see the device
// may see them.
func (s *Store) Events(ctx context.Context, who access.Actor, id string) ([]Event, error) {
	var out []Event
	err := s.seen(ctx, who, id, time.Unix(0, 0), func(tx *db.Tx, _ *facts) error {
		return query(ctx, tx, `
			SELECT e.at, e.kind, e.account, coalesce(e.person, ''), coalesce(p.name, ''), e.asked, e.reason, e.n
			FROM device_event e LEFT JOIN person p ON p.org = e.org AND p.id = e.person
			WHERE e.org = $1 AND e.device = $2 ORDER BY e.at DESC, e.id DESC LIMIT 500`, []any{who.Org(), id}, func(scan func(...any) error) error {
			var e event
			var at int64
			var by, name string
			err := scan(&at, &e.kind, &by, &e.person, &name, &e.check, &e.reason, &e.n)
			out = append(out, Event{db.Time(at), e.kind, by, e.words(name)})
			return err
		})
	})
	return out, err
}

// Look is that somebody other than the owner looked at a device on a day.
type Look struct {
	Account string
	Day     cadence.Date // where the organisation is
	At      time.Time    // the first time that day
}

// Look records that the actor looks at a device. The owner's own looking is not kept.
func (s *Store) Look(ctx context.Context, who access.Actor, id string, now time.Time) error {
	var own bool
	var day cadence.Date
	err := s.seen(ctx, who, id, now, func(tx *db.Tx, f *facts) (err error) {
		person, err := personOf(ctx, tx, who)
		if err != nil {
			return err
		}
		own = person != "" && person == f.owner
		day, err = people.Today(ctx, tx, who.Org(), now)
		return err
	})
	if err != nil || own {
		return err
	}
	return s.DB.Note(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO device_look (org, device, account, on_day, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			who.Org(), id, who.Account(), int(day), db.Micros(now))
		return err
	})
}

// Looks returns who looked at a device, the newest first. Who may see the device may
// see them.
func (s *Store) Looks(ctx context.Context, who access.Actor, id string) ([]Look, error) {
	var out []Look
	err := s.seen(ctx, who, id, time.Unix(0, 0), func(tx *db.Tx, _ *facts) error {
		return query(ctx, tx, `SELECT account, on_day, at FROM device_look WHERE org = $1 AND device = $2 ORDER BY at DESC LIMIT 500`, []any{who.Org(), id}, func(scan func(...any) error) error {
			var l Look
			var at int64
			err := scan(&l.Account, &l.Day, &at)
			l.At = db.Time(at)
			out = append(out, l)
			return err
		})
	})
	return out, err
}
