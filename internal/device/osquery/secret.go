package osquery

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Secret is what hosts enrol with: the enroll_secret of osquery. Its text is shown once.
type Secret struct {
	ID      string
	Name    string // what it is for; may be empty
	By      string // account
	At      time.Time
	Until   time.Time // zero: until it is ended
	EndedAt time.Time // zero: in force
	Hosts   int       // that enrolled with it last
	Most    int       // machines that were not known which it may enrol
	Used    int       // machines that it did
}

// Left is how many machines that are not known can still enrol with it.
func (s Secret) Left() int { return max(s.Most-s.Used, 0) }

// InForce reports whether hosts can enrol with it: machines that are known even when
// none are left.
func (s Secret) InForce(now time.Time) bool {
	return s.EndedAt.IsZero() && (s.Until.IsZero() || now.Before(s.Until))
}

const (
	maxSecrets = 10      // in force at a time
	maxMost    = 100_000 // machines of one secret
)

// UsualMost is how many machines a secret is made for where nobody says.
const UsualMost = 1000

// secretFact is what the log says of a secret: never its text.
type secretFact struct {
	Name  string `json:"name"`
	Until int64  `json:"until"` // micros, or 0
	Most  int    `json:"most"`
	State string `json:"state"` // made, changed or ended
}

func checkMost(most int) error {
	if most < 1 || most > maxMost {
		return problem.Field("most", fmt.Sprintf("A secret is for 1 to %d machines. Say how many you roll out, and some more.", maxMost))
	}
	return nil
}

// NewSecret makes a secret for so many machines and returns its text, which is kept as a
// hash only.
func (s *Store) NewSecret(ctx context.Context, who access.Actor, name string, most int, until, now time.Time) (string, Secret, error) {
	if err := who.May(access.ManageDevices); err != nil {
		return "", Secret{}, err
	}
	name, err := db.Line("name", "The name", name, 80)
	if err != nil {
		return "", Secret{}, err
	}
	if err := checkMost(most); err != nil {
		return "", Secret{}, err
	}
	if !until.IsZero() && !until.After(now) {
		return "", Secret{}, problem.Field("until", "That moment is over. Choose one to come, or none.")
	}
	random := make([]byte, wire.CodeLength)
	rand.Read(random)
	shown := wire.NewCode(random)
	x := Secret{ID: newID(), Name: name, By: who.Account(), At: now.UTC().Truncate(time.Microsecond), Until: until, Most: most}
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM device_osquery_secret WHERE org = $1 AND ended_at = 0`, who.Org()).Scan(&n); err != nil {
			return err
		}
		if n >= maxSecrets {
			return problem.New(problem.Conflict, "There are %d secrets already. End one that is not used.", maxSecrets)
		}
		hosts, err := hostSalt(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO device_osquery_secret (org, id, name, hash, host_salt, account, at, until, most, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			who.Org(), x.ID, x.Name, hashText(shown), hosts, x.By, db.Micros(x.At), db.Micros(x.Until), x.Most, salt); err != nil {
			return err
		}
		return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: x.At, Actor: who.Account(), Kind: "device.osquery_secret", ID: x.ID, Salt: salt,
			Payload: secretFact{x.Name, db.Micros(x.Until), x.Most, "made"}})
	})
	if err != nil {
		return "", Secret{}, err
	}
	return shown, x, nil
}

// hostSalt is what host identifiers are hashed with in the organisation: that of the
// first secret, so that a host that enrols with another is known again.
func hostSalt(ctx context.Context, tx *db.Tx, org string) (string, error) {
	var salt string
	err := tx.QueryRow(ctx, `SELECT host_salt FROM device_osquery_secret WHERE org = $1 ORDER BY at, id LIMIT 1`, org).Scan(&salt)
	if errors.Is(err, sql.ErrNoRows) {
		b := make([]byte, 32)
		rand.Read(b)
		return hex.EncodeToString(b), nil
	}
	return salt, err
}

// EndSecret lets no more hosts enrol with a secret. Hosts that did go on reporting.
func (s *Store) EndSecret(ctx context.Context, who access.Actor, id string, now time.Time) error {
	return s.changeSecret(ctx, who, id, now, func(f *secretFact) (int64, error) {
		f.State = "ended"
		return db.Micros(now), nil
	})
}

// SetMost says how many machines a secret may enrol, those it did among them.
func (s *Store) SetMost(ctx context.Context, who access.Actor, id string, most int, now time.Time) error {
	return s.changeSecret(ctx, who, id, now, func(f *secretFact) (int64, error) {
		f.Most, f.State = most, "changed"
		return 0, checkMost(most)
	})
}

// changeSecret changes a secret in force; act returns when it ended.
func (s *Store) changeSecret(ctx context.Context, who access.Actor, id string, now time.Time, act func(*secretFact) (int64, error)) error {
	if err := who.May(access.ManageDevices); err != nil {
		return err
	}
	if _, err := uuid.Parse(id); err != nil {
		id = ""
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var f secretFact
		err := tx.QueryRow(ctx, `SELECT name, until, most FROM device_osquery_secret WHERE org = $1 AND id = $2 AND ended_at = 0`, who.Org(), id).Scan(&f.Name, &f.Until, &f.Most)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "There is no such secret. It may have been ended.")
		}
		if err != nil {
			return err
		}
		was := f
		ended, err := act(&f)
		if err != nil || ended == 0 && f.Most == was.Most {
			return err
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `UPDATE device_osquery_secret SET ended_at = $3, most = $4, salt = $5 WHERE org = $1 AND id = $2`, who.Org(), id, ended, f.Most, salt); err != nil {
			return err
		}
		return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "device.osquery_secret", ID: id, Salt: salt, Payload: f})
	})
}

// Secrets returns all secrets, the newest first.
func (s *Store) Secrets(ctx context.Context, who access.Actor) ([]Secret, error) {
	if err := who.May(access.ViewDevices); err != nil {
		return nil, err
	}
	var out []Secret
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT s.id, s.name, s.account, s.at, s.until, s.ended_at, s.most, s.used, (SELECT count(*) FROM device_osquery_node n WHERE n.org = s.org AND n.secret = s.id) FROM device_osquery_secret s WHERE s.org = $1 ORDER BY s.at DESC, s.id DESC`, who.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var x Secret
			var at, until, ended int64
			if err := rows.Scan(&x.ID, &x.Name, &x.By, &at, &until, &ended, &x.Most, &x.Used, &x.Hosts); err != nil {
				return err
			}
			x.At, x.Until, x.EndedAt = db.Time(at), db.Time(until), db.Time(ended)
			out = append(out, x)
		}
		return rows.Err()
	})
	return out, err
}
