package notify

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/problem"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newOutbox is an outbox with the jobs that work it off.
func newOutbox(t *testing.T, d *db.DB, c Config) *Outbox {
	t.Helper()
	c.DB, c.KeyDir = d, t.TempDir()
	o, err := OpenOutbox(c)
	must(t, err)
	must(t, d.Write(t.Context(), "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO organisation (id, slug, name, zone, created_at) VALUES ('one', 'one', 'One', 'UTC', 0)`)
		return err
	}))
	r, err := job.New(t.Context(), job.Config{DB: d})
	must(t, err)
	Handle(r, o, time.Now)
	must(t, r.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		r.Stop(ctx)
	})
	return o
}

func queueMail(t *testing.T, d *db.DB, o *Outbox, fail error) string {
	t.Helper()
	var id string
	err := d.Write(t.Context(), "one", db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		if id, err = o.Mail(ctx, tx, "one", "test", hello, time.Now()); err != nil {
			return err
		}
		return fail
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
	return id
}

// until waits until a delivery was tried and has a state.
func until(t *testing.T, o *Outbox, id string, want State) Delivery {
	t.Helper()
	var d Delivery
	for range 2000 {
		var err error
		d, err = o.Find(t.Context(), "one", id)
		must(t, err)
		if d.State == want && d.Attempts > 0 {
			return d
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("it never came to be %s: %+v", want, d)
	return d
}

// body is what the outbox still holds of a message.
func body(t *testing.T, d *db.DB, id string) (text, secret string) {
	t.Helper()
	must(t, d.Read(t.Context(), "one", func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT body, secret FROM notice WHERE org = 'one' AND id = $1`, id).Scan(&text, &secret)
	}))
	return text, secret
}

func TestAMessageLeavesWithItsChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t, StartTLS, 0)
		o := newOutbox(t, d, Config{Server: s.server(t, "smtp", "")})
		queueMail(t, d, o, errors.New("spilt"))
		id := queueMail(t, d, o, nil)
		got := until(t, o, id, Sent)
		if got.Target != "ada@example.com" || got.Attempts != 1 || got.EndedAt.IsZero() || got.Why != "" {
			t.Errorf("the outbox says %+v", got)
		}
		if mails := s.mails(); len(mails) != 1 || header(mails[0], "Message-ID") != "<"+id+"@example.com>" {
			t.Errorf("%d mails: %v", len(mails), mails)
		}
		if text, _ := body(t, d, id); text != "" {
			t.Errorf("the text is kept after it was sent: %q", text)
		}
		must(t, o.Sweep(t.Context(), "one", time.Now().Add(keepSent-time.Hour)))
		if _, err := o.Find(t.Context(), "one", id); err != nil {
			t.Errorf("swept too early: %v", err)
		}
		must(t, o.Sweep(t.Context(), "one", time.Now().Add(keepSent+time.Hour)))
		if _, err := o.Find(t.Context(), "one", id); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("not swept: %v", err)
		}
	})
}

func TestARefusedMailFailsAndCanBeTriedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t, StartTLS, 0)
		s.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		o := newOutbox(t, d, Config{Server: s.server(t, "smtp", "")})
		id := queueMail(t, d, o, nil)
		if got := until(t, o, id, Failed); !strings.Contains(got.Why, "no such user") || got.Attempts != 1 {
			t.Errorf("the outbox says %+v", got)
		}
		s.mu.Lock()
		s.refuse = nil
		s.mu.Unlock()
		must(t, o.Retry(t.Context(), "one", id, time.Now()))
		until(t, o, id, Sent)
		if err := o.Retry(t.Context(), "one", id, time.Now()); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("trying again what was sent: %v", err)
		}
	})
}

func TestAPassingFailureWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t, StartTLS, 0)
		s.drop = true
		o := newOutbox(t, d, Config{Server: s.server(t, "smtp", "")})
		id := queueMail(t, d, o, nil)
		got := until(t, o, id, Waiting)
		if wait := got.NextAt.Sub(got.At); wait < 50*time.Second || wait > 2*time.Minute || got.Why == "" || !got.EndedAt.IsZero() {
			t.Errorf("the outbox says %+v, next try %s after it was queued", got, wait)
		}
		s.mu.Lock()
		s.drop = false
		s.mu.Unlock()
		// the next try, when its time has come
		if err := o.deliver(t.Context(), "one", id, time.Now()); err != nil {
			t.Fatal(err)
		}
		if got := until(t, o, id, Sent); got.Attempts != 2 {
			t.Errorf("after %d tries", got.Attempts)
		}
		if err := o.deliver(t.Context(), "one", id, time.Now()); err != nil || len(s.mails()) != 1 {
			t.Errorf("what was sent was sent again: %v, %d mails", err, len(s.mails()))
		}
	})
}

func TestAWebhookLeavesWithItsChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var asked atomic.Int32
		to, g := receiver(t, func(w http.ResponseWriter, r *http.Request) { asked.Add(1) })
		o := newOutbox(t, d, Config{Guard: g})
		var id string
		must(t, d.Write(t.Context(), "one", db.People, func(ctx context.Context, tx *db.Tx) (err error) {
			id, err = o.Post(ctx, tx, "one", "test", Hook{to, secret}, Event{Type: "checkpoint.signed", At: at, Data: 7}, time.Now())
			return err
		}))
		if _, sealed := body(t, d, id); strings.Contains(sealed, secret) {
			t.Error("the secret is in the table in the clear")
		}
		until(t, o, id, Sent)
		if text, sealed := body(t, d, id); asked.Load() != 1 || text != "" || sealed != "" {
			t.Errorf("asked %d times, kept %q and %q", asked.Load(), text, sealed)
		}
	})
}

func TestWithoutAServerNothingPretends(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d, Config{})
		err := d.Write(t.Context(), "one", db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := o.Mail(ctx, tx, "one", "test", hello, time.Now())
			return err
		})
		if err == nil || problem.Of(err).Code != problem.Conflict || o.CanMail() || !strings.Contains(o.Describe(), "sends no mail") {
			t.Errorf("%v, %q", err, o.Describe())
		}
		list, err := o.List(t.Context(), "one", 10)
		if must(t, err); len(list) != 0 {
			t.Errorf("the outbox holds %+v", list)
		}
	})
}

func TestASecretOpensForItsOrganisationOnly(t *testing.T) {
	dir := t.TempDir()
	o, err := OpenOutbox(Config{KeyDir: dir})
	must(t, err)
	sealed := o.Seal("one", secret)
	again, err := OpenOutbox(Config{KeyDir: dir})
	must(t, err)
	if got, err := again.Open("one", sealed); err != nil || got != secret {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := again.Open("two", sealed); err == nil {
		t.Error("it opened for another organisation")
	}
	other, err := OpenOutbox(Config{KeyDir: t.TempDir()})
	must(t, err)
	for _, s := range []string{sealed, "", "!!", "AAAA"} {
		if _, err := other.Open("one", s); err == nil || problem.Of(err).Code != problem.Invalid {
			t.Errorf("%q opened with another key: %v", s, err)
		}
	}
}
