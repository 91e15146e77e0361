package trail

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Way is how a checkpoint is sent to somebody outside. The values are stored.
type Way string

const (
	Mail    Way = "mail"
	Webhook Way = "webhook"
)

// anchorLimit is how many addresses an organisation may have.
const anchorLimit = 20

// Anchor is somebody outside who keeps our checkpoints. From the first one they
// got, nobody can rewrite what it covers without their seeing it.
type Anchor struct {
	ID      string
	Way     Way
	Address string // empty once it was removed
	Domain  string // the part of the address that names no person; stays
	Days    int    // a checkpoint at most once in so many days
	Since   time.Time
	By      string    // account that set it
	EndedAt time.Time // zero while it is in use
	Last    *Sending  // newest, nil before the first
	Sent    int       // checkpoints they took
}

// Sending is one checkpoint on its way to an anchor, or there.
type Sending struct {
	Anchor string // id
	Epoch  int
	Size   int64
	At     time.Time // when it was handed to the post
	SentAt time.Time // when the other side took it; zero until then
	Fault  string    // why it was given up, or empty
}

// NewAnchor is what somebody typed.
type NewAnchor struct {
	Way     Way
	Address string
	Days    int
}

// intervals a person can choose from, in days.
var intervals = []int{1, 7, 30}

func (n NewAnchor) checked(o *notify.Outbox) (NewAnchor, string, error) {
	if !slices.Contains(intervals, n.Days) {
		return n, "", problem.Field("days", "Choose daily, weekly or monthly.")
	}
	switch n.Way {
	case Mail:
		address, err := notify.Address("address", n.Address)
		if err != nil {
			return n, "", err
		}
		if !o.CanMail() {
			return n, "", problem.Field("address", o.Describe())
		}
		n.Address = address
		return n, address[strings.LastIndexByte(address, '@')+1:], nil
	case Webhook:
		n.Address = strings.TrimSpace(n.Address)
		if err := o.Guard().Check(notify.Hook{URL: n.Address, Secret: notify.NewSecret()}); err != nil {
			return n, "", problem.Field("address", problem.Of(err).Text)
		}
		u, err := url.Parse(n.Address)
		if err != nil {
			return n, "", err
		}
		return n, u.Hostname(), nil
	}
	return n, "", problem.Field("way", "Choose mail or webhook.")
}

// anchorFact is what the leaf of an anchor stands for.
type anchorFact struct {
	Way     Way    `json:"way"`
	Address string `json:"address"`
	Days    int    `json:"days"`
	Ended   bool   `json:"ended"`
}

// KindAnchor is the kind of the leaf about an anchor.
const KindAnchor = "log.anchor"

// SetAnchor has checkpoints sent to an address from now on. For a webhook it
// returns the secret that signs what is sent; it is shown this once.
func (s *Store) SetAnchor(ctx context.Context, who access.Actor, n NewAnchor, now time.Time) (id, secret string, err error) {
	if err := who.May(access.ManageLog); err != nil {
		return "", "", err
	}
	if s.c.Outbox == nil {
		return "", "", problem.New(problem.Conflict, "This server has no way to send anything.")
	}
	n, domain, err := n.checked(s.c.Outbox)
	if err != nil {
		return "", "", err
	}
	sealed := ""
	if n.Way == Webhook {
		secret = notify.NewSecret()
		sealed = s.c.Outbox.Seal(who.Org(), secret)
	}
	id, salt := uuid.Must(uuid.NewV7()).String(), ledger.Salt()
	err = s.c.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := anchors(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		used := 0
		for _, a := range have {
			if a.EndedAt.IsZero() {
				used++
				if a.Way == n.Way && strings.EqualFold(a.Address, n.Address) {
					return problem.Field("address", "Checkpoints are sent there already.")
				}
			}
		}
		if used >= anchorLimit {
			return problem.New(problem.Conflict, "Checkpoints are sent to %d addresses, and no more fit. Remove one first.", anchorLimit)
		}
		_, err = tx.Exec(ctx, `INSERT INTO log_anchor (org, id, kind, address, domain, secret, days, since_at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			who.Org(), id, string(n.Way), n.Address, domain, sealed, n.Days, db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		return s.c.Ledger.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: KindAnchor, ID: id, Salt: salt, Payload: anchorFact{n.Way, n.Address, n.Days, false}})
	})
	if err != nil {
		return "", "", err
	}
	return id, secret, nil
}

// RemoveAnchor ends the sending and erases the address; where checkpoints went
// stays on record by domain.
func (s *Store) RemoveAnchor(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.ManageLog); err != nil {
		return err
	}
	return s.c.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		a, _, err := findAnchor(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		salt := ledger.Salt() // the old one goes with the address
		_, err = tx.Exec(ctx, `UPDATE log_anchor SET address = '', secret = '', salt = $3, ended_at = $4 WHERE org = $1 AND id = $2`, who.Org(), id, salt, db.Micros(now))
		if err != nil {
			return err
		}
		return s.c.Ledger.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: KindAnchor, ID: id, Salt: salt, Payload: anchorFact{a.Way, "", a.Days, true}})
	})
}

// SendNow sends the newest checkpoint to one address at once.
func (s *Store) SendNow(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.ManageLog); err != nil {
		return err
	}
	if s.c.Outbox == nil {
		return problem.New(problem.Conflict, "This server has no way to send anything.")
	}
	return s.c.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		a, secret, err := findAnchor(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		newest, err := ledger.Checkpoints(ctx, tx, who.Org(), 0, 1)
		if err != nil {
			return err
		}
		if len(newest) == 0 {
			return problem.New(problem.Conflict, "No checkpoint was signed yet. Have one signed first.")
		}
		if l := a.Last; l != nil && l.Epoch == newest[0].Epoch && l.Size == newest[0].Size && l.Fault == "" {
			return problem.New(problem.Conflict, "The newest checkpoint was sent there already. Have a new one signed first.")
		}
		return s.send(ctx, tx, a, secret, newest[0], now)
	})
}

// Anchors returns where checkpoints are sent and were sent, those in use first,
// each with its newest sending.
func (s *Store) Anchors(ctx context.Context, who access.Actor) ([]Anchor, error) {
	if err := who.May(access.ViewLog); err != nil {
		return nil, err
	}
	var out []Anchor
	err := s.c.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = anchors(ctx, tx, who.Org())
		return err
	})
	return out, err
}

// Sendings returns the newest sendings of an organisation, at most limit.
func (s *Store) Sendings(ctx context.Context, who access.Actor, limit int) ([]Sending, error) {
	if err := who.May(access.ViewLog); err != nil {
		return nil, err
	}
	var out []Sending
	err := s.c.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT anchor, epoch, size, at, sent_at, fault FROM log_anchored WHERE org = $1 ORDER BY at DESC, anchor LIMIT $2`, who.Org(), min(max(limit, 1), pageLimit))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var x Sending
			var at, sent int64
			if err := rows.Scan(&x.Anchor, &x.Epoch, &x.Size, &at, &sent, &x.Fault); err != nil {
				return err
			}
			x.At, x.SentAt = db.Time(at), db.Time(sent)
			out = append(out, x)
		}
		return rows.Err()
	})
	return out, err
}

func anchors(ctx context.Context, tx *db.Tx, org string) ([]Anchor, error) {
	rows, err := tx.Query(ctx, `
		SELECT a.id, a.kind, a.address, a.domain, a.days, a.since_at, a.account, a.ended_at, s.epoch, s.size, s.at, s.sent_at, s.fault,
			(SELECT count(*) FROM log_anchored x WHERE x.org = a.org AND x.anchor = a.id AND x.sent_at > 0)
		FROM log_anchor a LEFT JOIN log_anchored s ON s.org = a.org AND s.anchor = a.id
			AND NOT EXISTS (SELECT 1 FROM log_anchored y WHERE y.org = s.org AND y.anchor = s.anchor AND (y.at > s.at OR y.at = s.at AND y.size > s.size))
		WHERE a.org = $1 ORDER BY CASE WHEN a.ended_at = 0 THEN 0 ELSE 1 END, a.since_at, a.id`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Anchor
	for rows.Next() {
		var a Anchor
		var since, ended int64
		var epoch, size, at, sent sql.NullInt64
		var fault sql.NullString
		if err := rows.Scan(&a.ID, &a.Way, &a.Address, &a.Domain, &a.Days, &since, &a.By, &ended, &epoch, &size, &at, &sent, &fault, &a.Sent); err != nil {
			return nil, err
		}
		a.Since, a.EndedAt = db.Time(since), db.Time(ended)
		if at.Valid {
			a.Last = &Sending{Anchor: a.ID, Epoch: int(epoch.Int64), Size: size.Int64, At: db.Time(at.Int64), SentAt: db.Time(sent.Int64), Fault: fault.String}
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// findAnchor returns one in use and its sealed secret.
func findAnchor(ctx context.Context, tx *db.Tx, org, id string) (Anchor, string, error) {
	var secret string
	err := tx.QueryRow(ctx, `SELECT secret FROM log_anchor WHERE org = $1 AND id = $2 AND ended_at = 0`, org, id).Scan(&secret)
	if errors.Is(err, sql.ErrNoRows) {
		return Anchor{}, "", problem.New(problem.NotFound, "Checkpoints are not sent there any more.")
	}
	if err != nil {
		return Anchor{}, "", err
	}
	all, err := anchors(ctx, tx, org)
	if err != nil {
		return Anchor{}, "", err
	}
	i := slices.IndexFunc(all, func(a Anchor) bool { return a.ID == id })
	if i < 0 {
		return Anchor{}, "", fmt.Errorf("anchor %s is gone", id)
	}
	return all[i], secret, nil
}
