package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/problem"
)

// paint is the work of these tests.
type paint struct {
	Wall string `json:"wall"`
}

func (paint) Kind() string { return "test.paint" }

// soon tries again at once, so that no test waits for a second.
type soon struct{}

func (soon) NextRetry(*rivertype.JobRow) time.Time { return time.Now().Add(time.Millisecond) }

// newRunner returns a runner that does paint with do and runs until the test ends.
func newRunner(t testing.TB, d *db.DB, do func(context.Context, Task[paint]) error) *Runner {
	t.Helper()
	r := prepared(t, d, do)
	start(t, r)
	return r
}

func start(t testing.TB, r *Runner) {
	t.Helper()
	must(t, r.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
}

func prepared(t testing.TB, d *db.DB, do func(context.Context, Task[paint]) error) *Runner {
	t.Helper()
	r, err := New(t.Context(), Config{DB: d, Log: slog.New(slog.NewTextHandler(writer{t}, nil))})
	must(t, err)
	r.retry, r.poll = soon{}, 20*time.Millisecond
	Handle(r, do)
	return r
}

// writer puts what is logged into the output of the test.
type writer struct{ t testing.TB }

func (w writer) Write(b []byte) (int, error) {
	if os.Getenv("TOUCAN_TEST_LOG") != "" {
		w.t.Log(string(b))
	}
	return len(b), nil
}

func order(t testing.TB, d *db.DB, o Order, wall string) int64 {
	t.Helper()
	var id int64
	must(t, d.Write(t.Context(), "", db.Jobs, func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = Insert(ctx, tx, o, paint{wall})
		return err
	}))
	return id
}

// until waits for a job to come into a state.
func until(t testing.TB, r *Runner, org string, id int64, want State) Job {
	t.Helper()
	for range 2000 {
		j, err := r.Find(t.Context(), org, id)
		must(t, err)
		if j.State == want {
			return j
		}
		time.Sleep(5 * time.Millisecond)
	}
	j, _ := r.Find(t.Context(), org, id)
	t.Fatalf("the job never came to be %s: %+v", want, j)
	return Job{}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAJobRunsOnceForWhoAskedForIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ran := make(chan Task[paint], 10)
		r := newRunner(t, d, func(_ context.Context, k Task[paint]) error {
			k.Report("walls painted", 3, 4)
			k.Say("Three walls are white.")
			ran <- k
			return nil
		})
		id := order(t, d, Order{Org: "one", Account: "ada"}, "north")
		j := until(t, r, "one", id, Done)
		k := <-ran
		if k.ID != id || k.Org != "one" || k.Account != "ada" || k.Work.Wall != "north" || k.Attempt != 1 {
			t.Errorf("the handler was given %+v", k)
		}
		if j.Account != "ada" || j.Attempt != 1 || j.Why != "" || j.EndedAt.Before(j.BegunAt) || j.Took(time.Time{}) < 0 {
			t.Errorf("the list says %+v", j)
		}
		if want := (Progress{"walls painted", 3, 4, "Three walls are white."}); j.Progress != want {
			t.Errorf("its progress is %+v, want %+v", j.Progress, want)
		}
		if len(ran) != 0 {
			t.Error("it ran more than once")
		}
		if n := r.Tallies()[Tally{"test.paint", "done"}]; n != 1 {
			t.Errorf("%d jobs were counted as done, want 1", n)
		}
	})
}

func TestAFailedChangeLeavesNoJob(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var ran atomic.Int32
		r := newRunner(t, d, func(context.Context, Task[paint]) error { ran.Add(1); return nil })
		spilt := errors.New("spilt")
		err := d.Write(t.Context(), "", db.People, func(ctx context.Context, tx *db.Tx) error {
			if _, err := Insert(ctx, tx, Order{Org: "one"}, paint{"north"}); err != nil {
				return err
			}
			return spilt
		})
		if !errors.Is(err, spilt) {
			t.Fatal(err)
		}
		id := order(t, d, Order{Org: "one"}, "south") // comes after, and proves that the queue was looked at
		until(t, r, "one", id, Done)
		list, err := r.List(t.Context(), "one", All, 0, 10)
		must(t, err)
		if len(list) != 1 || ran.Load() != 1 {
			t.Errorf("%d jobs are there and %d ran, want the one of the change that was stored", len(list), ran.Load())
		}
	})
}

func TestAPanicIsTriedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRunner(t, d, func(_ context.Context, k Task[paint]) error {
			if k.Attempt < 3 {
				panic("secret of the house")
			}
			return nil
		})
		j := until(t, r, "one", order(t, d, Order{Org: "one"}, "north"), Done)
		if j.Attempt != 3 {
			t.Errorf("it took %d attempts, want 3", j.Attempt)
		}
	})
}

func TestWhatCannotSucceedIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRunner(t, d, func(_ context.Context, k Task[paint]) error {
			return &problem.Error{Code: problem.Forbidden, Text: "You may not paint here.", Err: errors.New("secret of the house")}
		})
		id := order(t, d, Order{Org: "one"}, "north")
		j := until(t, r, "one", id, Failed)
		if j.Attempt != 1 || j.Why != "You may not paint here." {
			t.Errorf("after %d attempts it says %q", j.Attempt, j.Why)
		}
		n, err := r.Counts(t.Context(), "one")
		must(t, err)
		if n[GivenUp] != 1 || n[All] != 1 || n[Completed] != 0 {
			t.Errorf("the counts are %v, want one failed job", n)
		}
	})
}

func TestAFaultOfOursShowsNoCause(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fixed := make(chan struct{})
		r := newRunner(t, d, func(_ context.Context, k Task[paint]) error {
			select {
			case <-fixed:
				return nil
			default:
				return errors.New("secret of the house")
			}
		})
		id := order(t, d, Order{Org: "one"}, "north")
		j := until(t, r, "one", id, Failed) // eight times at once
		if j.Attempt != maxAttempts || strings.Contains(j.Why, "secret") || !strings.Contains(j.Why, "logged") {
			t.Errorf("after %d attempts it says %q", j.Attempt, j.Why)
		}
		close(fixed)
		must(t, r.Retry(t.Context(), "one", id))
		until(t, r, "one", id, Done)
		if err := r.Retry(t.Context(), "one", id); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("retrying a finished job: %v, want a conflict", err)
		}
	})
}

func TestLaterIsNoFailure(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var asked atomic.Int32
		r := newRunner(t, d, func(_ context.Context, k Task[paint]) error {
			if asked.Add(1) < 3 {
				return Later(time.Millisecond)
			}
			return nil
		})
		j := until(t, r, "one", order(t, d, Order{Org: "one"}, "north"), Done)
		if j.Attempt != 1 || asked.Load() != 3 {
			t.Errorf("it was asked %d times and counts %d attempts, want 3 and 1", asked.Load(), j.Attempt)
		}
	})
}

func TestAnotherOrganisationSeesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := prepared(t, d, func(context.Context, Task[paint]) error { return nil })
		id := order(t, d, Order{Org: "one", At: time.Now().Add(time.Hour)}, "north")
		order(t, d, Order{}, "of no organisation")
		ctx := t.Context()
		for name, err := range map[string]error{
			"find":   second(r.Find(ctx, "two", id)),
			"retry":  r.Retry(ctx, "two", id),
			"cancel": r.Cancel(ctx, "two", id),
			"nobody": second(r.Find(ctx, "", id)),
		} {
			if err == nil || problem.Of(err).Code != problem.NotFound {
				t.Errorf("%s: %v, want not found", name, err)
			}
		}
		list, err := r.List(ctx, "two", All, 0, 10)
		must(t, err)
		n, err := r.Counts(ctx, "two")
		must(t, err)
		if len(list) != 0 || n[All] != 0 {
			t.Errorf("two sees %d jobs and counts %v", len(list), n)
		}
		if j := until(t, r, "one", id, Scheduled); !j.CanRetry() || !j.CanCancel() {
			t.Errorf("a job to come can be begun and cancelled: %+v", j)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestListIsInPages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := prepared(t, d, func(context.Context, Task[paint]) error { return nil })
		for i := range 7 {
			at := time.Now().Add(-time.Hour) // past: it begins now
			if i%2 == 1 {
				at = time.Now().Add(time.Hour)
			}
			order(t, d, Order{Org: "one", At: at}, fmt.Sprint(i))
			order(t, d, Order{Org: "two"}, fmt.Sprint(i))
		}
		var seen []int64
		for before := int64(0); ; {
			page, err := r.List(t.Context(), "one", All, before, 3)
			must(t, err)
			if len(page) == 0 {
				break
			}
			for _, j := range page {
				if j.Org != "one" || before > 0 && j.ID >= before {
					t.Errorf("job %d of %s is out of place", j.ID, j.Org)
				}
				before = j.ID
				seen = append(seen, j.ID)
			}
		}
		n, err := r.Counts(t.Context(), "one")
		must(t, err)
		if len(seen) != 7 || n[AtWork] != 4 || n[ToCome] != 3 {
			t.Errorf("%d jobs were listed and %v counted, want 7: 4 waiting, 3 to come", len(seen), n)
		}
		if _, err := r.List(t.Context(), "one", "1=1", 0, 3); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("a group that is none: %v, want not found", err)
		}
	})
}

func TestTheSameWorkOnceIsOneJob(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		gate := make(chan struct{})
		var ran atomic.Int32
		r := newRunner(t, d, func(context.Context, Task[paint]) error { ran.Add(1); <-gate; return nil })
		o := Order{Org: "one", Account: "ada", Once: true}
		id := order(t, d, o, "north")
		until(t, r, "one", id, Running)
		again := order(t, d, Order{Org: "one", Account: "bea", Once: true}, "north")
		elsewhere := order(t, d, Order{Org: "two", Account: "ada", Once: true}, "north")
		if again != id || elsewhere == id {
			t.Errorf("jobs %d, %d and %d: want the same for the same organisation, another for another", id, again, elsewhere)
		}
		close(gate)
		until(t, r, "one", id, Done)
		until(t, r, "two", elsewhere, Done)
		if next := order(t, d, o, "north"); next == id {
			t.Error("what is done can be asked for again")
		} else {
			until(t, r, "one", next, Done)
		}
		if ran.Load() != 3 {
			t.Errorf("%d ran, want 3", ran.Load())
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		began := make(chan struct{}, 1)
		r := newRunner(t, d, func(ctx context.Context, _ Task[paint]) error {
			began <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
		waiting := order(t, d, Order{Org: "one", At: time.Now().Add(time.Hour)}, "south")
		must(t, r.Cancel(t.Context(), "one", waiting))
		until(t, r, "one", waiting, Cancelled)

		running := order(t, d, Order{Org: "one"}, "north")
		<-began
		must(t, r.Cancel(t.Context(), "one", running))
		if j := until(t, r, "one", running, Cancelled); j.Why != "" {
			t.Errorf("a job that a person cancelled says %q", j.Why)
		}
		if err := r.Cancel(t.Context(), "one", running); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("cancelling it again: %v, want a conflict", err)
		}
		n, err := r.Counts(t.Context(), "one")
		must(t, err)
		if n[Completed] != 2 || n[GivenUp] != 0 {
			t.Errorf("the counts are %v: who cancels a job does not call it failed", n)
		}
	})
}

func TestEveryRunsWithoutBeingAsked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ran := make(chan Task[paint], 100)
		r := prepared(t, d, func(_ context.Context, k Task[paint]) error { ran <- k; return nil })
		Every(r, time.Hour, paint{"all"})
		must(t, r.Start(t.Context()))
		defer func() { must(t, r.Stop(context.Background())) }()
		select {
		case k := <-ran:
			if k.Org != "" || k.Account != "" || k.Work.Wall != "all" {
				t.Errorf("it was given %+v", k)
			}
		case <-time.After(10 * time.Second):
			t.Error("it never ran")
		}
	})
}

func TestPreparingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for range 2 {
			must(t, Migrate(t.Context(), d))
		}
	})
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		done, total int
		want        int
	}{
		{"nothing known", 0, 0, 0},
		{"nothing done", 0, 5, 0},
		{"rounds down", 999, 1000, 99},
		{"all", 5, 5, 100},
		{"more than all", 6, 5, 100},
	} {
		if got := (Progress{Done: tt.done, Total: tt.total}).Percent(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
