package task

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

func settingOf(ctx context.Context, tx *db.Tx, org string) (Setting, error) {
	s := Setting{Hour: DefaultHour}
	err := tx.QueryRow(ctx, `SELECT hour, weekends FROM reminder_setting WHERE org = $1 ORDER BY at DESC, id DESC LIMIT 1`, org).Scan(&s.Hour, &s.Weekends)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return s, err
}

// Setting returns when the organisation sends reminders.
func (s *Store) Setting(ctx context.Context, who access.Actor) (Setting, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return Setting{}, err
	}
	var out Setting
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = settingOf(ctx, tx, who.Org())
		return err
	})
	return out, err
}

// settingFact is what the log says of a setting.
type settingFact struct {
	Hour     int  `json:"hour"`
	Weekends bool `json:"weekends"`
}

// ChangeSetting says when reminders go out from now on.
func (s *Store) ChangeSetting(ctx context.Context, who access.Actor, next Setting, now time.Time) error {
	if err := who.May(access.ManageMail); err != nil {
		return err
	}
	if next.Hour < 0 || next.Hour >= QuietFrom {
		return problem.Field("hour", fmt.Sprintf("Choose an hour from 0 to %d: after %d:00 nobody is written to.", QuietFrom-1, QuietFrom))
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := settingOf(ctx, tx, who.Org())
		if err != nil || have == next {
			return err
		}
		id, salt := newID(), ledger.Salt()
		_, err = tx.Exec(ctx, `INSERT INTO reminder_setting (org, id, hour, weekends, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			who.Org(), id, next.Hour, next.Weekends, db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "reminder.setting", ID: id, Salt: salt, Payload: settingFact(next)})
	})
}

// WantsMail reports whether the actor gets reminders here: yes, until they say no.
func (s *Store) WantsMail(ctx context.Context, who access.Actor) (bool, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return false, err
	}
	wants := true
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT mail FROM task_preference WHERE org = $1 AND account = $2`, who.Org(), who.Account()).Scan(&wants)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return wants, err
}

// WantMail says whether the actor gets reminders here.
func (s *Store) WantMail(ctx context.Context, who access.Actor, mail bool) error {
	if err := who.May(access.OwnTasks); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO task_preference (org, id, account, mail) VALUES ($1, $2, $3, $4) ON CONFLICT (org, account) DO UPDATE SET mail = excluded.mail`,
			who.Org(), newID(), who.Account(), mail)
		return err
	})
}
