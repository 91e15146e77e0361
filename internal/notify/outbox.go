package notify

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/seal"
)

// Config is what an outbox is built from.
type Config struct {
	DB     *db.DB
	Server *Server // nil: no mail is sent, and nothing pretends to
	Guard  *Guard  // nil: public addresses only
	KeyDir string  // folder of the key that seals secrets; not in the backup of the database
}

// Outbox keeps what is to be sent and what became of it. What is put into it is
// sent at least once, under one id, or ends as failed with the reason; text,
// address and secret stand here only. It is safe for concurrent use.
type Outbox struct {
	db     *db.DB
	server *Server
	guard  *Guard
	seal   *seal.Sealer
}

// OpenOutbox returns an outbox. It makes the key file if there is none.
func OpenOutbox(c Config) (*Outbox, error) {
	seal, err := openSeal(c.KeyDir)
	if err != nil {
		return nil, err
	}
	if c.Guard == nil {
		c.Guard = &Guard{}
	}
	return &Outbox{db: c.DB, server: c.Server, guard: c.Guard, seal: seal}, nil
}

// CanMail reports whether a mail server is configured.
func (o *Outbox) CanMail() bool { return o.server != nil }

// Describe says in one sentence how mail is sent.
func (o *Outbox) Describe() string {
	if o.server == nil {
		return "No mail server is configured, so Toucan sends no mail. The administrator of the machine names one with --smtp and --mail-from."
	}
	return o.server.Describe()
}

// Guard returns the guard of addresses people type.
func (o *Outbox) Guard() *Guard { return o.guard }

// Channel is a way out.
type Channel string

const (
	Mail    Channel = "mail"
	Webhook Channel = "webhook"
)

// State says what became of a delivery.
type State string

const (
	Waiting State = "waiting" // not tried yet, or tried in vain and tried again
	Sent    State = "sent"    // the other side took it
	Failed  State = "failed"  // it will not be tried again
)

// Delivery is one message to one receiver, without its text.
type Delivery struct {
	ID       string
	Channel  Channel
	Kind     string // what it is about, such as "task.reminder"
	Target   string // address of the mail, or URL
	Subject  string // of the mail, or the type of the event
	State    State
	Attempts int
	At       time.Time // when it was queued
	NextAt   time.Time // not tried before; zero once it is over
	EndedAt  time.Time
	Why      string // one sentence: why it waits or failed
}

// Deliver is the job that sends one message of the outbox.
type Deliver struct {
	ID string `json:"id"`
}

// Kind implements job.Work.
func (Deliver) Kind() string { return "notify.deliver" }

// Mail queues a mail in the caller's transaction and returns its id. Without a
// mail server it is a Conflict problem: ask CanMail first.
func (o *Outbox) Mail(ctx context.Context, tx *db.Tx, org, kind string, m Message, now time.Time) (string, error) {
	if o.server == nil {
		return "", problem.New(problem.Conflict, "No mail server is configured, so no mail can be sent. The administrator of the machine names one with --smtp.")
	}
	m, err := m.Checked()
	if err != nil {
		return "", err
	}
	return o.queue(ctx, tx, org, row{Mail, kind, m.To, "", m.Subject, m.Text}, now)
}

// Post queues a webhook in the caller's transaction and returns its id, by which
// the receiver knows a repetition.
func (o *Outbox) Post(ctx context.Context, tx *db.Tx, org, kind string, h Hook, e Event, now time.Time) (string, error) {
	if err := o.guard.Check(h); err != nil {
		return "", err
	}
	body, err := bodyOf(e)
	if err != nil {
		return "", err
	}
	return o.queue(ctx, tx, org, row{Webhook, kind, h.URL, o.Seal(org, h.Secret), e.Type, string(body)}, now)
}

// row is what there is to send.
type row struct {
	channel                             Channel
	kind, target, secret, subject, body string
}

func (o *Outbox) queue(ctx context.Context, tx *db.Tx, org string, r row, now time.Time) (string, error) {
	id := uuid.Must(uuid.NewV7()).String()
	_, err := tx.Exec(ctx, `
		INSERT INTO notice (org, id, channel, kind, target, secret, subject, body, state, attempts, at, next_at, ended_at, why)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 0, $9, $9, 0, '')`,
		org, id, string(r.channel), r.kind, r.target, r.secret, r.subject, r.body, db.Micros(now))
	if err != nil {
		return "", err
	}
	_, err = job.Insert(ctx, tx, job.Order{Org: org}, Deliver{id})
	return id, err
}

// Handle says that this outbox does the deliveries of a runner.
func Handle(r *job.Runner, o *Outbox, now func() time.Time) {
	job.Handle(r, func(ctx context.Context, t job.Task[Deliver]) error {
		return o.deliver(ctx, t.Org, t.Work.ID, now())
	})
}

// deliver tries once. What is over already, or swept away, is nothing to do.
func (o *Outbox) deliver(ctx context.Context, org, id string, now time.Time) error {
	var r row
	var state State
	var attempts int
	err := o.db.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT channel, kind, target, secret, subject, body, state, attempts FROM notice WHERE org = $1 AND id = $2`, org, id).
			Scan(&r.channel, &r.kind, &r.target, &r.secret, &r.subject, &r.body, &state, &attempts)
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && state != Waiting {
		return nil
	}
	if err != nil {
		return err
	}
	sent := o.send(ctx, org, id, r, now)
	if ctx.Err() != nil && sent != nil {
		return ctx.Err() // the server stops: it was no fault of the receiver
	}
	end := outcomeOf(r.channel, attempts, sent)
	err = o.db.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error { return settle(ctx, tx, org, id, end, now) })
	if err != nil {
		return err
	}
	if end.state == Waiting {
		return job.Later(end.wait)
	}
	return nil
}

func (o *Outbox) send(ctx context.Context, org, id string, r row, now time.Time) error {
	if r.channel == Mail {
		if o.server == nil {
			return problem.New(problem.Busy, "No mail server is configured any more.")
		}
		return o.server.Send(ctx, id, Message{To: r.target, Subject: r.subject, Text: r.body}, now)
	}
	secret, err := o.Open(org, r.secret)
	if err != nil {
		return err
	}
	return o.guard.post(ctx, Hook{r.target, secret}, id, []byte(r.body), now)
}

// outcome is what a try led to.
type outcome struct {
	state State
	wait  time.Duration // until the next try
	why   string
}

// Waits before the second try and those after it. Mail servers keep what they took
// and try on by themselves; webhooks follow the schedule of Standard Webhooks.
var (
	mailWaits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}
	hookWaits = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
)

// outcomeOf says what follows from the error of a try, the first one being number 0.
func outcomeOf(c Channel, attempts int, err error) outcome {
	if err == nil {
		return outcome{state: Sent}
	}
	p := problem.Of(err)
	if p.Code != problem.Busy && p.Code != problem.Internal {
		return outcome{state: Failed, why: p.Text}
	}
	waits := mailWaits
	if c == Webhook {
		waits = hookWaits
	}
	if attempts >= len(waits) {
		return outcome{state: Failed, why: "Given up after all tries. " + p.Text}
	}
	d := waits[attempts]
	if w, ok := errors.AsType[wait](err); ok {
		d = max(d, w.For)
	}
	return outcome{Waiting, d, p.Text}
}

// settle writes what became of a try. What was sent is erased at once: it is with
// the receiver now.
func settle(ctx context.Context, tx *db.Tx, org, id string, o outcome, now time.Time) error {
	set, ended, next := ``, now, time.Time{}
	switch o.state {
	case Sent:
		set = `, body = '', secret = ''`
	case Waiting:
		ended, next = time.Time{}, now.Add(o.wait)
	}
	_, err := tx.Exec(ctx, `UPDATE notice SET state = $3, attempts = attempts + 1, next_at = $4, ended_at = $5, why = $6`+set+` WHERE org = $1 AND id = $2`,
		org, id, string(o.state), db.Micros(next), db.Micros(ended), o.why)
	return err
}

const columns = `SELECT id, channel, kind, target, subject, state, attempts, at, next_at, ended_at, why FROM notice `

func scan(from func(...any) error) (Delivery, error) {
	var d Delivery
	var at, next, ended int64
	err := from(&d.ID, &d.Channel, &d.Kind, &d.Target, &d.Subject, &d.State, &d.Attempts, &at, &next, &ended, &d.Why)
	d.At, d.NextAt, d.EndedAt = db.Time(at), db.Time(next), db.Time(ended)
	return d, err
}

// List returns the newest deliveries of an organisation, at most n.
func (o *Outbox) List(ctx context.Context, org string, n int) ([]Delivery, error) {
	var out []Delivery
	err := o.db.Read(ctx, org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, columns+`WHERE org = $1 ORDER BY at DESC, id DESC LIMIT $2`, org, n)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			d, err := scan(rows.Scan)
			if err != nil {
				return err
			}
			out = append(out, d)
		}
		return rows.Err()
	})
	return out, err
}

// Find returns one delivery. It is a NotFound problem once it was swept away.
func (o *Outbox) Find(ctx context.Context, org, id string) (Delivery, error) {
	var d Delivery
	err := o.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		d, err = scan(tx.QueryRow(ctx, columns+`WHERE org = $1 AND id = $2`, org, id).Scan)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return d, errGone()
	}
	return d, err
}

func errGone() error {
	return problem.New(problem.NotFound, "This message is not in the outbox. Messages are removed some days after they are over.")
}

// Retry tries a failed delivery anew, from the beginning of its schedule.
func (o *Outbox) Retry(ctx context.Context, org, id string, now time.Time) error {
	return o.db.Note(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
		var state State
		err := tx.QueryRow(ctx, `SELECT state FROM notice WHERE org = $1 AND id = $2`, org, id).Scan(&state)
		if errors.Is(err, sql.ErrNoRows) {
			return errGone()
		}
		if err != nil {
			return err
		}
		if state != Failed {
			return problem.New(problem.Conflict, "This message did not fail, so there is nothing to try again.")
		}
		_, err = tx.Exec(ctx, `UPDATE notice SET state = 'waiting', attempts = 0, next_at = $3, ended_at = 0, why = '' WHERE org = $1 AND id = $2`, org, id, db.Micros(now))
		if err != nil {
			return err
		}
		_, err = job.Insert(ctx, tx, job.Order{Org: org}, Deliver{id})
		return err
	})
}

// Clean is the job that removes deliveries that are over.
type Clean struct{}

// Kind implements job.Work.
func (Clean) Kind() string { return "notify.clean" }

const (
	keepSent   = 14 * 24 * time.Hour // without text
	keepFailed = 30 * 24 * time.Hour // so that it can be tried again
)

// Sweep removes what is over long enough.
func (o *Outbox) Sweep(ctx context.Context, org string, now time.Time) error {
	return o.db.Note(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM notice WHERE org = $1 AND (state = 'sent' AND ended_at <= $2 OR state = 'failed' AND ended_at <= $3)`,
			org, db.Micros(now.Add(-keepSent)), db.Micros(now.Add(-keepFailed)))
		return err
	})
}
