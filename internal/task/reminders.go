package task

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/notify"
)

// Reminders writes to the people who have something to do. It is safe for
// concurrent use, on several nodes too: one mail for a person and a day.
type Reminders struct {
	db     *db.DB
	outbox *notify.Outbox
	base   string // address of the server, without a slash at its end
}

// NewReminders returns what sends reminders through an outbox.
func NewReminders(d *db.DB, o *notify.Outbox, base string) *Reminders {
	return &Reminders{d, o, base}
}

// RemindWork is the job that looks who is to be reminded.
type RemindWork struct{}

// Kind implements job.Work.
func (RemindWork) Kind() string { return "task.remind" }

// RemindEvery is how often somebody looks.
const RemindEvery = 15 * time.Minute

// addressee is a member who might be written to.
type addressee struct {
	account, name, email string
	wants                bool
	last                 cadence.Date
	open                 []Task
}

// office is what is known of an organisation when reminders are due.
type office struct {
	name, slug string
	zone       *time.Location
	setting    Setting
	people     map[string]*addressee // by account
}

// Run sends the reminders of an organisation that are due and returns how many.
// Without a mail server it does nothing.
func (r *Reminders) Run(ctx context.Context, org string, now time.Time) (int, error) {
	if !r.outbox.CanMail() {
		return 0, nil
	}
	var o office
	err := r.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		o, err = open(ctx, tx, org, now)
		return err
	})
	if err != nil {
		return 0, err
	}
	sent := 0
	var errs []error
	for _, p := range o.people {
		if !p.wants {
			continue
		}
		m, due, _ := Remind(p.open, o.zone, o.setting, p.last, now)
		if !due {
			continue
		}
		ok, err := r.send(ctx, org, o, p, m, now)
		if errs = append(errs, err); ok {
			sent++
		}
	}
	return sent, errors.Join(errs...)
}

// send puts a mail into the outbox, unless another node did for this day.
func (r *Reminders) send(ctx context.Context, org string, o office, p *addressee, m Reminder, now time.Time) (bool, error) {
	err := r.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		mail := notify.Message{To: p.email, Subject: m.Subject(o.name), Text: m.Text(p.name, o.name, r.base+"/o/"+url.PathEscape(o.slug))}
		id, err := r.outbox.Mail(ctx, tx, org, "task.reminder", mail, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO reminder (org, id, account, day, at, message) VALUES ($1, $2, $3, $4, $5, $6)`,
			org, newID(), p.account, m.Day, db.Micros(now), id)
		return err
	})
	if db.IsUnique(err) {
		return false, nil
	}
	return err == nil, err
}

// open reads who has what to do; nothing but the setting when it is quiet.
func open(ctx context.Context, tx *db.Tx, org string, now time.Time) (office, error) {
	o := office{people: map[string]*addressee{}}
	var err error
	if o.zone, err = zoneOf(ctx, tx, org); err != nil {
		return o, err
	}
	if err := tx.QueryRow(ctx, `SELECT name, slug FROM organisation WHERE id = $1`, org).Scan(&o.name, &o.slug); err != nil {
		return o, err
	}
	if o.setting, err = settingOf(ctx, tx, org); err != nil {
		return o, err
	}
	if _, quiet := o.setting.Quiet(o.zone, now); quiet {
		return o, nil
	}
	tasks, err := read(ctx, tx, org, `t.state = 'open'`)
	if err != nil || len(tasks) == 0 {
		return o, err
	}
	persons, err := o.read(ctx, tx, org)
	if err != nil {
		return o, err
	}
	for _, t := range tasks {
		account := t.Assignee.Account
		if account == "" {
			account = persons[t.Assignee.Person]
		}
		if p, ok := o.people[account]; ok {
			p.open = append(p.open, t)
		}
	}
	return o, nil
}

// read fills the people, and returns the account of each person of the register
// who has one.
func (o *office) read(ctx context.Context, tx *db.Tx, org string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `
		SELECT a.id, a.name, a.email, coalesce(p.mail, $2), coalesce((SELECT max(r.day) FROM reminder r WHERE r.org = m.org AND r.account = a.id), 0), coalesce(l.person, '')
		FROM member m JOIN account a ON a.id = m.account
		LEFT JOIN task_preference p ON p.org = m.org AND p.account = a.id
		LEFT JOIN person_account l ON l.org = m.org AND l.account = a.id AND l.to_at IS NULL
		WHERE m.org = $1 AND m.role <> ''`, org, true)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	persons := map[string]string{}
	for rows.Next() {
		var p addressee
		var person string
		if err := rows.Scan(&p.account, &p.name, &p.email, &p.wants, &p.last, &person); err != nil {
			return nil, err
		}
		o.people[p.account] = &p
		if person != "" {
			persons[person] = p.account
		}
	}
	return persons, rows.Err()
}
