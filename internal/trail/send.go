package trail

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
)

// signedEvent is what a webhook gets: all there is to keep.
type signedEvent struct {
	Organisation string `json:"organisation"` // id
	Origin       string `json:"origin"`
	Epoch        int    `json:"epoch"`
	Size         int64  `json:"size"`
	Root         string `json:"root"`
	Checkpoint   string `json:"checkpoint"` // the signed text
}

// send hands a checkpoint to the post and writes down that it did, in the
// caller's transaction.
func (s *Store) send(ctx context.Context, tx *db.Tx, a Anchor, sealed string, c ledger.Signed, now time.Time) error {
	var delivery string
	var err error
	switch a.Way {
	case Mail:
		var name string
		if err := tx.QueryRow(ctx, `SELECT name FROM organisation WHERE id = $1`, c.Org).Scan(&name); err != nil {
			return err
		}
		delivery, err = s.c.Outbox.Mail(ctx, tx, c.Org, "log.checkpoint", letter(a.Address, name, c), now)
	case Webhook:
		var secret string
		if secret, err = s.c.Outbox.Open(c.Org, sealed); err != nil {
			return err
		}
		delivery, err = s.c.Outbox.Post(ctx, tx, c.Org, "log.checkpoint", notify.Hook{URL: a.Address, Secret: secret},
			notify.Event{Type: "checkpoint.signed", At: c.At, Data: signedEvent{c.Org, c.Origin, c.Epoch, c.Size, c.Root.String(), c.Note}}, now)
	default:
		err = fmt.Errorf("nothing is sent by %q", a.Way)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO log_anchored (org, anchor, epoch, size, at, delivery) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (org, anchor, epoch, size) DO UPDATE SET at = excluded.at, delivery = excluded.delivery, fault = ''`,
		c.Org, a.ID, c.Epoch, c.Size, db.Micros(now), delivery)
	return err
}

// letter is the mail that carries a checkpoint.
func letter(to, organisation string, c ledger.Signed) notify.Message {
	entries := fmt.Sprintf("%d entries", c.Size)
	if c.Size == 1 {
		entries = "1 entry"
	}
	return notify.Message{To: to, Subject: fmt.Sprintf("Checkpoint of the log of %s: %s", organisation, entries), Text: fmt.Sprintf(`%s sends you this checkpoint of its Toucan log for safe keeping.

It was signed on %s over %s. Keep this message as it is. If the log is ever changed behind this point, toucan verify with --since and the lines between the rulers will show it.

----
%s----

The lines are, in order: the name of the log, the number of entries, the root of their tree, and the signature. There is nothing to answer.
`, organisation, c.At.UTC().Format("2 January 2006, 15:04:05 UTC"), entries, c.Note)}
}

// anchorDue says whether the newest checkpoint goes to an address now: not twice
// the same, and not before its days are over, unless the last one was given up.
func anchorDue(a Anchor, c ledger.Signed, now time.Time) bool {
	if !a.EndedAt.IsZero() {
		return false
	}
	l := a.Last
	if l == nil || now.Before(l.At) { // a clock set back must not silence us for long
		return l == nil || l.Epoch != c.Epoch || l.Size != c.Size
	}
	if l.Epoch == c.Epoch && l.Size == c.Size && l.Fault == "" {
		return false
	}
	return now.Sub(l.At) >= time.Duration(a.Days)*24*time.Hour
}

// open are sendings whose end is not written down yet.
type open struct{ anchor, delivery string }

func openSendings(ctx context.Context, tx *db.Tx, org string) ([]open, error) {
	rows, err := tx.Query(ctx, `SELECT anchor, delivery FROM log_anchored WHERE org = $1 AND sent_at = 0 AND fault = '' ORDER BY at LIMIT 200`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []open
	for rows.Next() {
		var o open
		if err := rows.Scan(&o.anchor, &o.delivery); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// settle asks the post what became of sendings, and writes it down.
func (s *Store) settle(ctx context.Context, org string, list []open) error {
	for _, o := range list {
		d, err := s.c.Outbox.Find(ctx, org, o.delivery)
		switch {
		case err != nil && problem.Of(err).Code == problem.NotFound:
			d = notify.Delivery{State: notify.Failed, Why: "The post has forgotten what became of it."}
		case err != nil:
			return err
		}
		if d.State == notify.Waiting {
			continue
		}
		var sent time.Time
		if d.State == notify.Sent {
			sent, d.Why = d.EndedAt, ""
		} else if d.Why == "" {
			d.Why = "It could not be delivered."
		}
		err = s.c.DB.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE log_anchored SET sent_at = $4, fault = $5 WHERE org = $1 AND anchor = $2 AND delivery = $3`, org, o.anchor, o.delivery, db.Micros(sent), d.Why)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sendDue sends the newest checkpoint where it is due. An address that cannot be
// used any more keeps no other from getting theirs.
func (s *Store) sendDue(ctx context.Context, org string, c ledger.Signed, list []Anchor, now time.Time) error {
	for _, a := range list {
		if !anchorDue(a, c, now) {
			continue
		}
		err := s.c.DB.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
			a, secret, err := findAnchor(ctx, tx, org, a.ID)
			if err != nil {
				return err
			}
			return s.send(ctx, tx, a, secret, c, now)
		})
		if err == nil {
			continue
		}
		if p := problem.Of(err); p.Code == problem.Internal || p.Code == problem.Busy {
			return err
		}
		err = s.c.DB.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `
				INSERT INTO log_anchored (org, anchor, epoch, size, at, delivery, fault) VALUES ($1, $2, $3, $4, $5, '', $6)
				ON CONFLICT (org, anchor, epoch, size) DO UPDATE SET at = excluded.at, fault = excluded.fault`,
				org, a.ID, c.Epoch, c.Size, db.Micros(now), problem.Of(err).Text)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
