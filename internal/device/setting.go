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

// Usual are the settings of an organisation that chose none: people may enrol devices
// of their own, and no code leads to devices that are nobody's.
func Usual() Settings { return Settings{Settings: wire.Usual(), SelfEnrol: true} }

// readSettings returns what holds.
func readSettings(ctx context.Context, tx *db.Tx, org string) (Settings, error) {
	s := Usual()
	err := tx.QueryRow(ctx, `SELECT lock_minutes, accept_built_in, linux_antivirus, accept_extended, interval_minutes, self_enrol, org_code
		FROM device_setting WHERE org = $1 ORDER BY from_at DESC, id DESC LIMIT 1`, org).
		Scan(&s.LockMinutes, &s.AcceptBuiltIn, &s.LinuxAntivirus, &s.AcceptExtended, &s.IntervalMinutes, &s.SelfEnrol, &s.OrgCode)
	if errors.Is(err, sql.ErrNoRows) {
		return Usual(), nil
	}
	return s, err
}

// Settings returns what the organisation chose, or Usual. Everybody may see by which
// rules their devices are judged.
func (s *Store) Settings(ctx context.Context, who access.Actor, _ time.Time) (Settings, error) {
	if err := who.May(access.UseDevices); err != nil && !who.Can(access.ViewDevices) && !who.Can(access.ReportDevices) {
		return Settings{}, err
	}
	var out Settings
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readSettings(ctx, tx, who.Org())
		return err
	})
	return out, err
}

// SetSettings keeps what the organisation chose, from now on. Agents hear of it with
// their next receipt.
func (s *Store) SetSettings(ctx context.Context, who access.Actor, set Settings, now time.Time) error {
	if err := who.May(access.ManageDevices); err != nil {
		return err
	}
	if f := set.Settings.Fault(); f != "" {
		return problem.Field("settings", "This choice "+f+". Choose one of those listed.")
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := readSettings(ctx, tx, who.Org())
		if err != nil || have == set {
			return err
		}
		id, salt := newID(), ledger.Salt()
		_, err = tx.Exec(ctx, `INSERT INTO device_setting (org, id, from_at, account, lock_minutes, accept_built_in, linux_antivirus, accept_extended, interval_minutes, self_enrol, org_code, salt)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			who.Org(), id, db.Micros(now), who.Account(), set.LockMinutes, set.AcceptBuiltIn, set.LinuxAntivirus, set.AcceptExtended, set.IntervalMinutes, set.SelfEnrol, set.OrgCode, salt)
		if err != nil {
			return err
		}
		return s.leaf(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "device.setting", ID: id, Salt: salt, Payload: set})
	})
}
