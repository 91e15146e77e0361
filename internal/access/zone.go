package access

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Zone is the time zone of an organisation's due dates from a moment on.
type Zone struct {
	Name  string         // as IANA calls it, "Europe/Berlin"
	Place *time.Location // the same
	From  time.Time      // UTC; zero: from the beginning
}

// moved is what the log says of a change of zone.
type moved struct {
	Before string `json:"before"`
	After  string `json:"after"`
	At     int64  `json:"at_us"`
}

// moveZone writes down that an organisation changed its zone: days that were over
// by then stay the days they were.
func (s *Store) moveZone(ctx context.Context, tx *db.Tx, who Actor, before, after string, now time.Time) error {
	if before == after {
		return nil
	}
	id, salt := newID(), ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO organisation_zone (org, id, was, zone, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		who.org, id, before, after, db.Micros(now), who.account, salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.org, At: now, Actor: who.account, Kind: "organisation.zone", ID: id, Salt: salt,
		Payload: moved{before, after, db.Micros(now)}})
}

// Zones returns the time zones of the organisation, the oldest first; the first
// holds from the beginning. Every member may see them.
func (s *Store) Zones(ctx context.Context, who Actor) ([]Zone, error) {
	if who.org == "" {
		return nil, problem.New(problem.Forbidden, "Sign in first.")
	}
	var out []Zone
	err := s.db.Read(ctx, who.org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT was, zone, at FROM organisation_zone WHERE org = $1 ORDER BY at, id`, who.org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var before, after string
			var at int64
			if err := rows.Scan(&before, &after, &at); err != nil {
				return err
			}
			if len(out) == 0 {
				out = append(out, Zone{Name: before})
			}
			out = append(out, Zone{Name: after, From: db.Time(at)})
		}
		if err := rows.Err(); err != nil || len(out) > 0 {
			return err
		}
		out = []Zone{{}}
		return tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, who.org).Scan(&out[0].Name)
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Place, err = time.LoadLocation(out[i].Name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Days returns the zones of an organisation as civil days count in them, in the
// caller's transaction. Days that were over or had begun when one changed stay as they were.
func Days(ctx context.Context, tx *db.Tx, org string) (cadence.Zones, error) {
	rows, err := tx.Query(ctx, `SELECT was, zone, at FROM organisation_zone WHERE org = $1 ORDER BY at, id`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out cadence.Zones
	for rows.Next() {
		var before, after string
		var at int64
		if err := rows.Scan(&before, &after, &at); err != nil {
			return nil, err
		}
		if len(out) == 0 {
			out = cadence.In(place(before))
		}
		out = out.Move(db.Time(at), place(after))
	}
	if err := rows.Err(); err != nil || len(out) > 0 {
		return out, err
	}
	var zone string
	err = tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, org).Scan(&zone)
	return cadence.In(place(zone)), err
}

// place is a zone by name; every name was checked before it was kept.
func place(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}
