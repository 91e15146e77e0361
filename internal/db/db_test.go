package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/problem"
)

// organisation makes the row every tenant row hangs on.
func organisation(t testing.TB, d *db.DB, id string) {
	t.Helper()
	err := d.Write(t.Context(), "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO organisation (id, slug, name, zone, created_at) VALUES ($1, $1, $1, 'UTC', 1)`, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// person writes one row, named n, into org.
func person(n, org string) func(context.Context, *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO person (org, id, name, email, function, title, kind, start_on, end_on, updated_at, salt)
			VALUES ($2, $1, $1, '', '', '', '', '', '', 0, '')`, n, org)
		return err
	}
}

// names lists the persons of org, without a WHERE on PostgreSQL's account.
func names(t testing.TB, d *db.DB, org string) []string {
	t.Helper()
	var out []string
	err := d.Read(t.Context(), org, func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT name FROM person WHERE org = $1 ORDER BY name`, org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n string
			if err := rows.Scan(&n); err != nil {
				return err
			}
			out = append(out, n)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAFailingChangeTakesOnlyItselfDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		broken := errors.New("broken")
		hold := make(chan struct{})
		started := make(chan struct{})
		var wg sync.WaitGroup
		errs := make([]error, 6)
		run := func(i int, fn func(context.Context, *db.Tx) error) {
			wg.Go(func() { errs[i] = d.Write(context.Background(), "o1", db.People, fn) })
		}
		// the first change holds the lane, so that the others share a later batch
		run(0, func(ctx context.Context, tx *db.Tx) error {
			close(started)
			<-hold
			return person("0", "o1")(ctx, tx)
		})
		<-started
		run(1, person("1", "o1"))
		run(2, func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(person("2", "o1")(ctx, tx), broken)
		})
		run(3, func(ctx context.Context, tx *db.Tx) error {
			if err := person("3", "o1")(ctx, tx); err != nil {
				return err
			}
			panic("a bug")
		})
		run(4, func(ctx context.Context, tx *db.Tx) error { // the engine itself refuses
			_, err := tx.Exec(ctx, `INSERT INTO person (org, id) VALUES ($1, $2)`, "o1", nil)
			return err
		})
		run(5, person("5", "o1"))
		for d.Stats().Waiting < 5 {
			time.Sleep(time.Millisecond)
		}
		close(hold)
		wg.Wait()
		if errs[0] != nil || errs[1] != nil || errs[5] != nil {
			t.Errorf("good changes failed: %v", errs)
		}
		if !errors.Is(errs[2], broken) || errs[3] == nil || !strings.Contains(errs[3].Error(), "a bug") || errs[4] == nil {
			t.Errorf("each bad change should get its own error: %v", errs)
		}
		if got := names(t, d, "o1"); !slices.Equal(got, []string{"0", "1", "5"}) {
			t.Errorf("stored %q, want 0, 1 and 5", got)
		}
		if n, err := d.Revision(t.Context(), "o1"); n != 3 || err != nil {
			t.Errorf("revision %d, %v; three changes were stored", n, err)
		}
	})
}

func TestAFailingFlushFailsTheBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		err := d.Write(t.Context(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
			tx.BeforeCommit("x", 1, func(context.Context, *db.Tx, []any) error { return errors.New("flush") })
			return person("1", "o1")(ctx, tx)
		})
		if err == nil || len(names(t, d, "o1")) != 0 {
			t.Errorf("err %v, stored %q: nothing may be stored when the end of the transaction fails", err, names(t, d, "o1"))
		}
	})
}

func TestBeforeCommitDropsWhatAFailedChangeGathered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var flushed []any
		flush := func(_ context.Context, _ *db.Tx, items []any) error { flushed = append(flushed, items...); return nil }
		hold, started := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		gather := func(v string, err error) {
			wg.Go(func() {
				d.Write(context.Background(), "", db.People, func(_ context.Context, tx *db.Tx) error {
					if v == "first" {
						close(started)
						<-hold
					}
					tx.BeforeCommit("k", v, flush)
					return err
				})
			})
		}
		gather("first", nil)
		<-started
		gather("bad", errors.New("no"))
		for d.Stats().Waiting < 1 {
			time.Sleep(time.Millisecond)
		}
		close(hold)
		wg.Wait()
		if len(flushed) != 1 || flushed[0] != "first" {
			t.Errorf("flushed %v, want the good change's item only", flushed)
		}
	})
}

func TestAWaitingChangeCanBeLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		hold, started := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			d.Write(context.Background(), "o1", db.People, func(context.Context, *db.Tx) error {
				close(started)
				<-hold
				return nil
			})
		})
		<-started
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { left <- d.Write(ctx, "o1", db.People, person("gone", "o1")) }()
		for d.Stats().Waiting < 1 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want cancelled", err)
		}
		close(hold)
		wg.Wait()
		if err := d.Write(t.Context(), "o1", db.People, person("stays", "o1")); err != nil {
			t.Fatal(err)
		}
		if got := names(t, d, "o1"); !slices.Equal(got, []string{"stays"}) {
			t.Errorf("stored %q: a change left while it waited must not run", got)
		}
	})
}

func TestABegunChangeSurvivesItsCaller(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Write(ctx, "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
			cancel()
			return person("1", "o1")(ctx, tx)
		})
		if err != nil || len(names(t, d, "o1")) != 1 {
			t.Errorf("err = %v: a begun change runs to its end and says so", err)
		}
	})
}

func TestPeopleComeBeforeDevicesBeforeJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		hold, started := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		var order []string // written by the lane's goroutine only
		add := func(name string, p db.Priority) {
			before := d.Stats().Waiting
			wg.Go(func() {
				d.Write(context.Background(), "", p, func(context.Context, *db.Tx) error {
					if name == "first" {
						close(started)
						<-hold
					}
					order = append(order, name)
					return nil
				})
			})
			if name == "first" {
				<-started
				return
			}
			for d.Stats().Waiting == before {
				time.Sleep(time.Millisecond)
			}
		}
		add("first", db.Jobs)
		add("job", db.Jobs)
		add("device", db.Devices)
		add("person", db.People)
		close(hold)
		wg.Wait()
		if want := []string{"first", "person", "device", "job"}; !slices.Equal(order, want) {
			t.Errorf("order %q, want %q", order, want)
		}
	})
}

func TestAFullQueueIsBusy(t *testing.T) {
	d := dbtest.SQLite(t)
	hold, started := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		d.Write(context.Background(), "", db.People, func(context.Context, *db.Tx) error { close(started); <-hold; return nil })
	})
	<-started
	busy := make(chan error, 1100)
	for range 1100 {
		wg.Go(func() {
			busy <- d.Write(context.Background(), "", db.Jobs, func(context.Context, *db.Tx) error { return nil })
		})
	}
	for d.Stats().Refused < 100 {
		time.Sleep(time.Millisecond)
	}
	if err := <-busy; problem.Of(err).Code != problem.Busy {
		t.Errorf("err = %v, want busy", err)
	}
	close(hold)
	wg.Wait()
	if s := d.Stats(); s.Refused != 100 || s.Waiting != 0 {
		t.Errorf("refused %d, waiting %d; the queue holds 1000", s.Refused, s.Waiting)
	}
}

func TestReadSeesOneOrganisation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, o := range []string{"o1", "o2"} {
			organisation(t, d, o)
			if err := d.Write(t.Context(), o, db.People, person("p of "+o, o)); err != nil {
				t.Fatal(err)
			}
		}
		if d.Engine() != "postgres" {
			return // SQLite has the WHERE alone
		}
		count := func(tx *db.Tx) (n int, err error) {
			err = tx.QueryRow(t.Context(), `SELECT count(*) FROM person`).Scan(&n)
			return n, err
		}
		for org, want := range map[string]int{"o1": 1, "o2": 1, "": 0, "o3": 0} {
			var got int
			if err := d.Read(t.Context(), org, func(tx *db.Tx) (err error) { got, err = count(tx); return err }); err != nil || got != want {
				t.Errorf("a forgotten WHERE in organisation %q sees %d rows, %v; want %d", org, got, err, want)
			}
		}
		if err := d.Write(t.Context(), "o1", db.People, person("smuggled", "o2")); err == nil {
			t.Error("a row of another organisation was written")
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		err := d.Read(t.Context(), "o1", func(tx *db.Tx) error { return person("1", "o1")(t.Context(), tx) })
		if err == nil || len(names(t, d, "o1")) != 0 {
			t.Errorf("a read wrote a row (err %v)", err)
		}
	})
}

func TestOneFolderOneServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new folder?#%", "data")
	d, err := db.Open(t.Context(), db.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(t.Context(), db.Config{DataDir: dir}); err == nil || problem.Of(err).Code != problem.Conflict {
		t.Errorf("second server on the folder: %v, want a conflict", err)
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("folder mode %v, %v; want 0700", st.Mode(), err)
	}
	if st, err := os.Stat(filepath.Join(dir, "toucan.db")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("file %v, %v; want 0600 under the name given", st, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if d, err = db.Open(t.Context(), db.Config{DataDir: dir}); err != nil {
		t.Fatalf("opening again after close: %v", err)
	}
	d.Close()
	if err := d.Write(t.Context(), "", db.People, nil); problem.Of(err).Code != problem.Busy {
		t.Errorf("writing to a closed database: %v, want busy", err)
	}
}

func TestTimesKeepTheirMicroseconds(t *testing.T) {
	for _, at := range []time.Time{{}, time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)} {
		if got := db.Time(db.Micros(at)); !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("%v came back as %v", at, got)
		}
	}
}

func TestPostgresRefusals(t *testing.T) {
	for _, u := range []string{"postgres://u:hunter2@%zz", "::", "postgres://u:hunter2@127.0.0.1:1/none?connect_timeout=1"} {
		_, err := db.Open(t.Context(), db.Config{URL: u})
		if p := problem.Of(err); p.Code != problem.Invalid || strings.Contains(p.Text, "hunter2") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open(%q) = %v, want a sentence without the password", u, err)
		}
	}
}

func TestEveryTenantTableHasItsWall(t *testing.T) {
	d := dbtest.Postgres(t)
	global := map[string]bool{"organisation": true, "account": true, "session": true, "goose_db_version": true}
	err := d.Read(t.Context(), "", func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`)
		if err != nil {
			return err
		}
		defer rows.Close()
		var n int
		for ; rows.Next(); n++ {
			var name string
			var wall bool
			if err := rows.Scan(&name, &wall); err != nil {
				return err
			}
			if wall == global[name] {
				t.Errorf("table %s: row-level security %t; it is global: %t", name, wall, global[name])
			}
		}
		if n < 10 {
			t.Errorf("only %d tables seen", n)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}
