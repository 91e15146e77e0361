package trail

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/ledger/tsatest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// grow appends one leaf.
func grow(t testing.TB, d *db.DB, id string) {
	t.Helper()
	must(t, d.Write(t.Context(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
		return ledger.New().Append(ctx, tx, ledger.Leaf{Org: "o1", At: noon, Actor: "a", Kind: "test.fact", ID: id, Salt: ledger.Salt(), Payload: id})
	}))
}

func newStore(t testing.TB, d *db.DB, a *ledger.Authority) *Store {
	t.Helper()
	_, err := job.New(t.Context(), job.Config{DB: d}) // makes the tables of the queue
	must(t, err)
	must(t, d.Write(t.Context(), "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO organisation (id, slug, name, zone, created_at) VALUES ('o1', 'o1', 'One', 'UTC', 1)`)
		return err
	}))
	return New(Config{DB: d, Ledger: ledger.New(), Keeper: ledger.NewKeeper(d, t.TempDir()), Authority: a})
}

func stamps(t testing.TB, d *db.DB) (stamp, try *ledger.Stamped) {
	t.Helper()
	must(t, d.Read(t.Context(), "o1", func(tx *db.Tx) (err error) {
		stamp, try, err = newestStamps(t.Context(), tx, "o1")
		return err
	}))
	return stamp, try
}

func queued(t testing.TB, d *db.DB) int {
	t.Helper()
	var n int
	must(t, d.Read(t.Context(), "o1", func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'log.tend'`).Scan(&n)
	}))
	return n
}

func TestACheckpointIsStamped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a := tsatest.New(t, tsatest.Stamps, time.Now().AddDate(1, 0, 0))
		authority, err := ledger.NewAuthority(a.URL, a.Root)
		must(t, err)
		s := newStore(t, d, authority)
		must(t, s.Round(t.Context(), "o1", noon)) // an empty log: nothing to do
		if queued(t, d) != 0 {
			t.Error("a job was queued for an empty log")
		}
		grow(t, d, "1")
		must(t, s.Round(t.Context(), "o1", noon))
		if queued(t, d) != 1 {
			t.Error("no job was queued for the stamp")
		}
		must(t, s.Tend(t.Context(), "o1", Tend{}, noon))
		stamp, try := stamps(t, d)
		if stamp == nil || try != nil || stamp.Size != 1 || stamp.Authority != "CN=Test time" || stamp.URL != a.URL {
			t.Fatalf("stamp %+v, try %+v", stamp, try)
		}
		var c ledger.Signed
		must(t, d.Read(t.Context(), "o1", func(tx *db.Tx) (err error) {
			c, err = ledger.FindCheckpoint(t.Context(), tx, "o1", 1, 1)
			return err
		}))
		if _, err := ledger.VerifyStamp(c.Note, stamp.Token, a.Pool); err != nil {
			t.Error(err)
		}
		must(t, s.Tend(t.Context(), "o1", Tend{Now: true}, noon)) // done twice changes nothing
		if again, _ := stamps(t, d); string(again.Token) != string(stamp.Token) || again.Tries != 1 {
			t.Errorf("a stamp was replaced: %+v", again)
		}
	})
}

// TestAnAuthorityThatIsAway: the failure is written down and it is tried again,
// until there is a stamp on what is newest then.
func TestAnAuthorityThatIsAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a := tsatest.New(t, tsatest.Stamps, time.Now().AddDate(1, 0, 0))
		authority, err := ledger.NewAuthority(a.URL, a.Root)
		must(t, err)
		s := newStore(t, d, authority)
		a.Answer(func(w http.ResponseWriter, _ []byte) { http.Error(w, "away", http.StatusBadGateway) })
		for i := range 3 {
			grow(t, d, fmt.Sprint(i))
			_, err := s.c.Keeper.Sign(t.Context(), "o1", 0, noon)
			must(t, err)
			must(t, s.Tend(t.Context(), "o1", Tend{}, noon.Add(time.Duration(i)*time.Hour)))
		}
		stamp, try := stamps(t, d)
		if stamp != nil || try == nil || try.Tries != 3 || try.Fault != "the time-stamping authority answers 502 Bad Gateway" {
			t.Fatalf("stamp %+v, try %+v", stamp, try)
		}
		a.Answer(nil)
		must(t, s.Tend(t.Context(), "o1", Tend{}, noon.Add(2*time.Hour+time.Minute))) // too early
		if stamp, _ := stamps(t, d); stamp != nil {
			t.Error("asked again a minute after the third failure")
		}
		must(t, s.Tend(t.Context(), "o1", Tend{}, noon.Add(4*time.Hour)))
		if stamp, try := stamps(t, d); stamp == nil || stamp.Size != 3 || try != nil {
			t.Errorf("stamp %+v, try %+v", stamp, try)
		}
	})
}

// TestAnAuthorityThatLies leaves no stamp.
func TestAnAuthorityThatLies(t *testing.T) {
	d := dbtest.SQLite(t)
	a := tsatest.New(t, tsatest.Stamps, time.Now().AddDate(1, 0, 0))
	authority, err := ledger.NewAuthority(a.URL, a.Root)
	must(t, err)
	s := newStore(t, d, authority)
	grow(t, d, "1")
	_, err = s.c.Keeper.Sign(t.Context(), "o1", 0, noon)
	must(t, err)
	a.Answer(func(w http.ResponseWriter, _ []byte) { io.WriteString(w, "stamped, trust me") })
	must(t, s.Tend(t.Context(), "o1", Tend{}, noon))
	if stamp, try := stamps(t, d); stamp != nil || try == nil || try.Fault == "" {
		t.Errorf("stamp %+v, try %+v", stamp, try)
	}
}

func TestWhenAnAuthorityIsAsked(t *testing.T) {
	c := ledger.Signed{Epoch: 2, Checkpoint: ledger.Checkpoint{Size: 100}}
	stamped := func(epoch int, size int64, ago time.Duration) *ledger.Stamped {
		return &ledger.Stamped{Epoch: epoch, Size: size, Token: []byte{1}, TriedAt: noon.Add(-ago), Tries: 1}
	}
	tried := func(tries int, ago time.Duration) *ledger.Stamped {
		return &ledger.Stamped{Epoch: 2, Size: 90, TriedAt: noon.Add(-ago), Tries: tries}
	}
	for _, tt := range []struct {
		name       string
		stamp, try *ledger.Stamped
		asked      bool
		want       bool
	}{
		{"never before", nil, nil, false, true},
		{"this one has its stamp", stamped(2, 100, 5*time.Hour), nil, false, false},
		{"this one has its stamp, and somebody asks", stamped(2, 100, 5*time.Hour), nil, true, false},
		{"the last was 59 minutes ago", stamped(2, 90, 59*time.Minute), nil, false, false},
		{"the last was 59 minutes ago, and somebody asks", stamped(2, 90, 59*time.Minute), nil, true, true},
		{"the last was an hour ago", stamped(2, 90, time.Hour), nil, false, true},
		{"the last was a minute ago, in the old epoch", stamped(1, 100, time.Minute), nil, false, true},
		{"the clock was set back behind the last", stamped(2, 90, -time.Hour), nil, false, true},
		{"one failure, nine minutes ago", nil, tried(1, 9*time.Minute), false, false},
		{"one failure, ten minutes ago", nil, tried(1, 10*time.Minute), false, true},
		{"four failures, 79 minutes ago", nil, tried(4, 79*time.Minute), false, false},
		{"four failures, 80 minutes ago", nil, tried(4, 80*time.Minute), false, true},
		{"a hundred failures, six hours ago", nil, tried(100, 6*time.Hour), false, true},
		{"a hundred failures, an hour ago, and somebody asks", nil, tried(100, time.Hour), true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := stampDue(c, tt.stamp, tt.try, tt.asked, noon); got != tt.want {
				t.Errorf("due %t, want %t", got, tt.want)
			}
		})
	}
}
