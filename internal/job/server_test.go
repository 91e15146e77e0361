package job

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
)

// TestStoppingPutsAJobBack stops a server in the middle of a job: the next one
// runs it, and the attempt does not count.
func TestStoppingPutsAJobBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		began := make(chan struct{})
		r := prepared(t, d, func(ctx context.Context, _ Task[paint]) error {
			close(began)
			<-ctx.Done()
			return ctx.Err()
		})
		must(t, r.Start(t.Context()))
		id := order(t, d, Order{Org: "one"}, "north")
		<-began
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		must(t, r.Stop(ctx))
		if j, err := r.Find(t.Context(), "one", id); err != nil || j.State != Waiting || j.Attempt != 0 {
			t.Fatalf("after the stop: %+v, %v, want it waiting without an attempt", j, err)
		}
		next := newRunner(t, d, func(context.Context, Task[paint]) error { return nil })
		if j := until(t, next, "one", id, Done); j.Attempt != 1 {
			t.Errorf("it took %d attempts, want 1", j.Attempt)
		}
	})
}

// TestStoppingWaitsForAJob stops with time enough.
func TestStoppingWaitsForAJob(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		began := make(chan struct{})
		r := prepared(t, d, func(ctx context.Context, _ Task[paint]) error {
			close(began)
			time.Sleep(50 * time.Millisecond)
			return ctx.Err()
		})
		must(t, r.Start(t.Context()))
		id := order(t, d, Order{Org: "one"}, "north")
		<-began
		must(t, r.Stop(t.Context()))
		if j, err := r.Find(t.Context(), "one", id); err != nil || j.State != Done {
			t.Errorf("after the stop: %+v, %v, want it done", j, err)
		}
	})
}

// TestAKilledServerLeavesAJobToTheNext writes what a server leaves that had no
// time to stop.
func TestAKilledServerLeavesAJobToTheNext(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	r := prepared(t, d, func(context.Context, Task[paint]) error { return nil })
	id, worst := order(t, d, Order{Org: "one"}, "north"), order(t, d, Order{Org: "one"}, "south")
	pool, _ := d.Pools()
	_, err := pool.Exec(`UPDATE river_job SET state = 'running', attempt = CASE WHEN id = ?1 THEN 1 ELSE max_attempts END, attempted_at = datetime('now', 'subsec')`, id)
	must(t, err)
	must(t, r.Start(t.Context()))
	defer r.Stop(context.Background())
	if j := until(t, r, "one", id, Done); j.Attempt != 2 {
		t.Errorf("it took %d attempts, want 2: the killed one counts", j.Attempt)
	}
	if j := until(t, r, "one", worst, Failed); !strings.Contains(j.Why, "server stopped") {
		t.Errorf("a job that killed the server each time says %q", j.Why)
	}
}

// TestAnotherServerTakesUpWhatAKilledOneLeft is the same where servers share a
// database: only what has run for longer than any attempt may is taken up.
func TestAnotherServerTakesUpWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	r := prepared(t, d, func(context.Context, Task[paint]) error { return nil })
	dead, alive := order(t, d, Order{Org: "one"}, "north"), order(t, d, Order{Org: "one"}, "south")
	pool, _ := d.Pools()
	_, err := pool.Exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - CASE WHEN id = $1 THEN interval '4 minutes' ELSE interval '1 minute' END`, dead)
	must(t, err)
	must(t, r.Start(t.Context()))
	t.Cleanup(func() { must(t, r.Stop(context.Background())) })
	if j := until(t, r, "one", dead, Done); j.Attempt != 2 {
		t.Errorf("it took %d attempts, want 2", j.Attempt)
	}
	if j, err := r.Find(t.Context(), "one", alive); err != nil || j.State != Running {
		t.Errorf("what may still run elsewhere is left alone: %+v, %v", j, err)
	}
}

// TestARestoredDatabaseRunsWhatWasLeftToDo backs up between one job and the next.
func TestARestoredDatabaseRunsWhatWasLeftToDo(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	r := newRunner(t, d, func(context.Context, Task[paint]) error { return nil })
	done := order(t, d, Order{Org: "one"}, "north")
	until(t, r, "one", done, Done)
	later := order(t, d, Order{Org: "one", At: time.Now().Add(time.Hour)}, "south")
	var archive bytes.Buffer
	must(t, d.Backup(t.Context(), &archive, time.Now()))

	dir := filepath.Join(t.TempDir(), "restored")
	_, _, err := db.Restore(t.Context(), dir, &archive)
	must(t, err)
	again, err := db.Open(t.Context(), db.Config{DataDir: dir})
	must(t, err)
	t.Cleanup(func() { must(t, again.Close()) })
	var ran atomic.Int64
	next := newRunner(t, again, func(_ context.Context, k Task[paint]) error { ran.Add(k.ID); return nil })
	must(t, next.Retry(t.Context(), "one", later)) // its hour has come
	until(t, next, "one", later, Done)
	if ran.Load() != later {
		t.Errorf("ids of the jobs that ran add up to %d, want only job %d", ran.Load(), later)
	}
	if j, err := next.Find(t.Context(), "one", done); err != nil || j.State != Done {
		t.Errorf("the finished job is %+v, %v", j, err)
	}
}

// TestTwoServersShareTheWork starts two servers on one PostgreSQL at once.
func TestTwoServersShareTheWork(t *testing.T) {
	t.Parallel()
	address := dbtest.Schema(t)
	var ran sync.Map
	var twice, total atomic.Int32
	runners := make([]*Runner, 2)
	dbs := make([]*db.DB, 2)
	var wg sync.WaitGroup
	for i := range runners {
		d, err := db.Open(t.Context(), db.Config{URL: address, DataDir: t.TempDir()})
		must(t, err)
		dbs[i] = d
	}
	for i := range runners {
		wg.Go(func() {
			r, err := New(t.Context(), Config{DB: dbs[i]})
			if err != nil {
				t.Error(err)
				return
			}
			Handle(r, func(_ context.Context, k Task[paint]) error {
				if _, loaded := ran.LoadOrStore(k.ID, i); loaded {
					twice.Add(1)
				}
				total.Add(1)
				return nil
			})
			if err := r.Start(t.Context()); err != nil {
				t.Error(err)
			}
			runners[i] = r
		})
	}
	wg.Wait()
	t.Cleanup(func() {
		for i, r := range runners {
			if r != nil {
				must(t, r.Stop(context.Background()))
			}
			must(t, dbs[i].Close())
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	const jobs = 200
	var last int64
	for i := range jobs {
		last = order(t, dbs[i%2], Order{Org: "one"}, fmt.Sprint(i))
	}
	until(t, runners[0], "one", last, Done)
	for range 1000 {
		if n, err := runners[1].Counts(t.Context(), "one"); err == nil && n[Completed] == jobs {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if total.Load() != jobs || twice.Load() != 0 {
		t.Errorf("%d runs of %d jobs, %d of them twice", total.Load(), jobs, twice.Load())
	}
}

// TestAnotherNodeSeesProgress asks the node that does not run the job.
func TestAnotherNodeSeesProgress(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	gate := make(chan struct{})
	r := newRunner(t, d, func(_ context.Context, k Task[paint]) error {
		k.Report("walls painted", 1, 4)
		<-gate
		return nil
	})
	other := prepared(t, d, func(context.Context, Task[paint]) error { return nil })
	id := order(t, d, Order{Org: "one"}, "north")
	var seen Progress
	for range 1000 {
		j, err := other.Find(t.Context(), "one", id)
		must(t, err)
		if seen = j.Progress; seen.Total > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	close(gate)
	if seen.Done != 1 || seen.Total != 4 || seen.Percent() != 25 {
		t.Errorf("the other node sees %+v", seen)
	}
	until(t, r, "one", id, Done)
}

// TestTheOutcomeIsTheLastThatIsWritten ends jobs while their progress is being
// written for other nodes. Under the race detector it also holds that nothing
// of River's is read while River writes it.
func TestTheOutcomeIsTheLastThatIsWritten(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	r := prepared(t, d, func(_ context.Context, k Task[paint]) error {
		for n := range 40 {
			k.Report("walls painted", n, 40)
			time.Sleep(time.Millisecond / 2)
		}
		k.Report("walls painted", 40, 40)
		k.Say("All are painted.")
		return nil
	})
	r.noteEvery = time.Millisecond
	start(t, r)
	other := prepared(t, d, func(context.Context, Task[paint]) error { return nil })
	var ids []int64
	for range 60 {
		ids = append(ids, order(t, d, Order{Org: "one"}, "north"))
	}
	for _, id := range ids {
		until(t, r, "one", id, Done)
	}
	for _, id := range ids {
		j, err := other.Find(t.Context(), "one", id)
		must(t, err)
		if j.Progress.Done != 40 || j.Progress.Said != "All are painted." {
			t.Fatalf("the other node sees %+v", j.Progress)
		}
	}
}
