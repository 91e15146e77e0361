package trail

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/notify"
)

// receiver is somebody outside with a webhook.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []string // bodies
	says int      // status it answers with
}

func listen(t *testing.T) *receiver {
	r := &receiver{says: http.StatusNoContent}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, string(body))
		w.WriteHeader(r.says)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) bodies() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.got...)
}

// put writes an anchor as SetAnchor does, without an actor.
func put(t *testing.T, s *Store, id, address string, days int) {
	t.Helper()
	must(t, s.c.DB.Write(t.Context(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO log_anchor (org, id, kind, address, domain, secret, days, since_at, account, salt) VALUES ('o1', $1, 'webhook', $2, '127.0.0.1', $3, $4, 1, 'a', 's')`,
			id, address, s.c.Outbox.Seal("o1", notify.NewSecret()), days)
		return err
	}))
}

// TestACheckpointArrives lets the jobs run: what the other side gets can be
// checked with the key alone, and that it took it is on record.
func TestACheckpointArrives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStore(t, d, nil)
		guard, err := notify.NewGuard([]string{"127.0.0.1"})
		must(t, err)
		s.c.Outbox, err = notify.OpenOutbox(notify.Config{DB: d, Guard: guard, KeyDir: t.TempDir()})
		must(t, err)
		runner, err := job.New(t.Context(), job.Config{DB: d})
		must(t, err)
		notify.Handle(runner, s.c.Outbox, time.Now)
		job.Handle(runner, func(context.Context, job.Task[Tend]) error { return nil }) // called by hand below
		r := listen(t)
		grow(t, d, "1")
		now := time.Now()
		c, err := s.c.Keeper.Sign(t.Context(), "o1", 0, now)
		must(t, err)
		put(t, s, "w", r.URL, 1)
		must(t, s.Round(t.Context(), "o1", now))
		if queued(t, d) != 1 {
			t.Error("no job was queued for the sending")
		}
		must(t, runner.Start(t.Context()))
		defer runner.Stop(context.Background())
		for range 2 { // done twice sends once
			must(t, s.Tend(t.Context(), "o1", Tend{}, now))
		}
		var a []Anchor
		for range 500 {
			must(t, s.Tend(t.Context(), "o1", Tend{}, now))
			must(t, d.Read(t.Context(), "o1", func(tx *db.Tx) (err error) { a, err = anchors(t.Context(), tx, "o1"); return err }))
			if a[0].Sent > 0 || a[0].Last != nil && a[0].Last.Fault != "" {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if a[0].Sent != 1 || a[0].Last.SentAt.IsZero() {
			t.Fatalf("the record says %+v, last %+v", a[0], a[0].Last)
		}
		got := r.bodies()
		if len(got) != 1 {
			t.Fatalf("%d arrived, want 1", len(got))
		}
		var event struct {
			Type string
			Data signedEvent
		}
		must(t, json.Unmarshal([]byte(got[0]), &event))
		h, err := s.c.Keeper.Health(t.Context(), "o1")
		must(t, err)
		v, err := note.NewVerifier(h.Key)
		must(t, err)
		opened, err := ledger.OpenCheckpoint(event.Data.Checkpoint, note.VerifierList(v))
		if err != nil || opened.Root != c.Root || event.Type != "checkpoint.signed" {
			t.Errorf("what arrived: %s, %v", got[0], err)
		}
	})
}

// TestAnAddressThatCannotBeUsed keeps no other from getting theirs.
func TestAnAddressThatCannotBeUsed(t *testing.T) {
	d := dbtest.SQLite(t)
	s := newStore(t, d, nil)
	var err error
	s.c.Outbox, err = notify.OpenOutbox(notify.Config{DB: d, KeyDir: t.TempDir()})
	must(t, err)
	grow(t, d, "1")
	_, err = s.c.Keeper.Sign(t.Context(), "o1", 0, noon)
	must(t, err)
	put(t, s, "bad", "http://10.0.0.1/hook", 1) // allowed once, and not any more
	put(t, s, "good", "https://hooks.example/x", 1)
	must(t, s.Tend(t.Context(), "o1", Tend{}, noon))
	var list []Anchor
	must(t, d.Read(t.Context(), "o1", func(tx *db.Tx) (err error) { list, err = anchors(t.Context(), tx, "o1"); return err }))
	if list[0].Last == nil || list[0].Last.Fault == "" || list[1].Last == nil || list[1].Last.Fault != "" {
		t.Errorf("bad: %+v, good: %+v", list[0].Last, list[1].Last)
	}
}

func TestTheLetterHoldsTheCheckpointAsItIs(t *testing.T) {
	c := ledger.Signed{Checkpoint: ledger.Checkpoint{Size: 1, Note: "toucan/log/o1/1\n1\nAAAA\n\n— toucan/log/o1/1 BBBB\n"}, Epoch: 1, At: noon}
	m, err := letter("auditor@firm.test", "One", c).Checked()
	must(t, err)
	if !strings.Contains(m.Text, "----\n"+c.Note+"----\n") || m.Subject != "Checkpoint of the log of One: 1 entry" {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
}

func TestWhenACheckpointIsSent(t *testing.T) {
	c := ledger.Signed{Epoch: 2, Checkpoint: ledger.Checkpoint{Size: 100}}
	sent := func(epoch int, size int64, ago time.Duration, fault string) *Sending {
		return &Sending{Epoch: epoch, Size: size, At: noon.Add(-ago), Fault: fault}
	}
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name string
		days int
		last *Sending
		want bool
	}{
		{"never before", 1, nil, true},
		{"this one was sent", 1, sent(2, 100, 3*day, ""), false},
		{"an hour short of a day", 1, sent(2, 90, 23*time.Hour, ""), false},
		{"a day later", 1, sent(2, 90, day, ""), true},
		{"a day later, weekly", 7, sent(2, 90, day, ""), false},
		{"a week later, weekly", 7, sent(2, 90, 7*day, ""), true},
		{"a new epoch, an hour later", 1, sent(1, 100, time.Hour, ""), false},
		{"this one was given up an hour ago", 1, sent(2, 100, time.Hour, "no"), false},
		{"this one was given up a day ago", 1, sent(2, 100, day, "no"), true},
		{"the clock was set back", 1, sent(2, 90, -5*day, ""), true},
		{"the clock was set back, and this one was sent", 1, sent(2, 100, -5*day, ""), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := anchorDue(Anchor{Days: tt.days, Last: tt.last}, c, noon); got != tt.want {
				t.Errorf("due %t, want %t", got, tt.want)
			}
			if anchorDue(Anchor{Days: tt.days, Last: tt.last, EndedAt: noon}, c, noon) {
				t.Error("a removed address gets checkpoints")
			}
		})
	}
}
