package access

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Notices lets administrators look at what their organisation sent by mail and
// webhook. It is safe for concurrent use.
type Notices struct {
	db     *db.DB
	outbox *notify.Outbox
}

// NewNotices returns the view on an outbox.
func NewNotices(d *db.DB, o *notify.Outbox) *Notices { return &Notices{d, o} }

// CanMail reports whether a mail server is configured, for pages that say so.
func (n *Notices) CanMail() bool { return n.outbox.CanMail() }

// Describe says how mail is sent.
func (n *Notices) Describe(who Actor) (string, error) {
	if err := who.May(ManageMail); err != nil {
		return "", err
	}
	return n.outbox.Describe(), nil
}

// List returns the newest deliveries, at most limit.
func (n *Notices) List(ctx context.Context, who Actor, limit int) ([]notify.Delivery, error) {
	if err := who.May(ManageMail); err != nil {
		return nil, err
	}
	return n.outbox.List(ctx, who.org, limit)
}

// Retry tries a failed delivery anew.
func (n *Notices) Retry(ctx context.Context, who Actor, id string, now time.Time) error {
	if err := who.May(ManageMail); err != nil {
		return err
	}
	return n.outbox.Retry(ctx, who.org, id, now)
}

// testEvery is how long after a test the next one may follow.
const testEvery = 30 * time.Second

// Test sends the actor a mail, so that they see whether mail arrives.
func (n *Notices) Test(ctx context.Context, who Actor, now time.Time) error {
	if err := who.May(ManageMail); err != nil {
		return err
	}
	return n.db.Write(ctx, who.org, db.People, func(ctx context.Context, tx *db.Tx) error {
		var recent int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM notice WHERE org = $1 AND kind = 'mail.test' AND at > $2`, who.org, db.Micros(now.Add(-testEvery))).Scan(&recent)
		if err != nil {
			return err
		}
		if recent > 0 {
			return problem.New(problem.Busy, "A test was sent a moment ago. Look at the list below, then try again in half a minute.")
		}
		var email, organisation string
		if err := tx.QueryRow(ctx, `SELECT a.email, o.name FROM account a, organisation o WHERE a.id = $1 AND o.id = $2`, who.account, who.org).Scan(&email, &organisation); err != nil {
			return err
		}
		m := notify.Message{To: email, Subject: organisation + ": mail from Toucan arrives",
			Text: fmt.Sprintf("Hello %s,\n\nyou asked Toucan for this mail to see whether mail arrives. It does.\n", who.name)}
		_, err = n.outbox.Mail(ctx, tx, who.org, "mail.test", m, now)
		return err
	})
}
