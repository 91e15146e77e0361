package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Config is what a runner is built from.
type Config struct {
	DB      *db.DB
	Log     *slog.Logger // nil discards
	Workers int          // jobs at once on this node; 0 means 4 on SQLite and 8 on PostgreSQL
}

// Runner works off the jobs of this node and answers what became of them. It is
// safe for concurrent use once started.
type Runner struct {
	db        *db.DB
	log       *slog.Logger
	workers   int
	kinds     *river.Workers
	every     []*river.PeriodicJob
	retry     river.ClientRetryPolicy // nil: attempt⁴ seconds
	poll      time.Duration           // how often to look for jobs that nobody announced, as a retry is
	noteEvery time.Duration           // how often other nodes are told of progress
	client    *river.Client[*sql.Tx]  // nil until Start
	write     *river.Client[*sql.Tx]  // to retry and cancel, also before Start
	read      *river.Client[*sql.Tx]  // never waits for a writer
	pool      *pgxpool.Pool           // of the connection that listens; nil on SQLite

	mu    sync.Mutex
	now   map[int64]*run // what runs on this node, or did a moment ago
	tally map[Tally]int64
}

// Tally names a count of finished attempts.
type Tally struct{ Kind, Outcome string } // Outcome: done, failed, retried or stopped

// New brings River's tables up to date and returns a runner that does not run
// yet: tell it first what it can do, with Handle and Every.
func New(ctx context.Context, c Config) (*Runner, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Workers == 0 {
		c.Workers = 8
		if c.DB.Engine() == sqlite {
			c.Workers = 4 // there is one writer; more would only wait for it
		}
	}
	if err := Migrate(ctx, c.DB); err != nil {
		return nil, err
	}
	r := &Runner{db: c.DB, log: c.Log, workers: c.Workers, poll: time.Second, noteEvery: time.Second, kinds: river.NewWorkers(), now: map[int64]*run{}, tally: map[Tally]int64{}}
	writer, reader := c.DB.Pools()
	var err error
	if r.write, err = river.NewClient(driver(c.DB.Engine(), writer), &river.Config{Logger: quiet(c.Log)}); err != nil {
		return nil, err
	}
	r.read, err = river.NewClient(driver(c.DB.Engine(), reader), &river.Config{Logger: quiet(c.Log)})
	return r, err
}

const sqlite = "sqlite"

func driver(engine string, pool *sql.DB) riverdriver.Driver[*sql.Tx] {
	if engine == sqlite {
		return riversqlite.New(pool)
	}
	return riverdatabasesql.New(pool)
}

// embedded is River's driver for SQLite on our one writing connection. It looks
// for news twenty times a second; that only reads, so readers do it.
type embedded struct {
	*riversqlite.Driver
	reader *riversqlite.Driver
}

// GetListener implements riverdriver.Driver.
func (e embedded) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return e.reader.GetListener(p)
}

// Handle says who does the work of a kind. A problem other than Busy or Internal
// is final: trying again would not help. Anything else, a panic too, is tried
// again after 1, 16, 81 ... seconds. Work must bear being done twice: a server
// can stop between the work and the note that it is done.
func Handle[W Work](r *Runner, do func(ctx context.Context, t Task[W]) error) {
	river.AddWorker(r.kinds, &worker[W]{r: r, do: do})
}

// Every queues work for no organisation again and again, once for all nodes,
// and a first time when the server starts.
func Every[W Work](r *Runner, interval time.Duration, w W) {
	r.every = append(r.every, river.NewPeriodicJob(river.PeriodicInterval(interval), func() (river.JobArgs, *river.InsertOpts) {
		return envelope[W]{Work: w}, Order{Once: true}.opts()
	}, &river.PeriodicJobOpts{ID: w.Kind(), RunOnStart: true}))
}

// Start begins to work. It first takes up what a server that was killed left
// behind: at once on SQLite, where there is no other server, and otherwise after
// the time that no attempt may exceed.
func (r *Runner) Start(ctx context.Context) error {
	writer, reader := r.db.Pools()
	var d riverdriver.Driver[*sql.Tx]
	if r.db.Engine() == sqlite {
		if err := r.takeUp(ctx, writer); err != nil {
			return err
		}
		d = embedded{riversqlite.New(writer), riversqlite.New(reader)}
	} else {
		pool, err := r.db.Listener(ctx)
		if err != nil {
			return err
		}
		r.pool = pool
		d = riverdatabasesql.NewWithPgxListener(writer, pool)
	}
	client, err := river.NewClient(d, &river.Config{
		Logger: quiet(r.log), Workers: r.kinds, PeriodicJobs: r.every, RetryPolicy: r.retry,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: r.workers}},
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: r.poll,
		JobTimeout: jobFor, RescueStuckJobsAfter: jobFor + time.Minute,
		MaxAttempts:                 maxAttempts,
		CompletedJobRetentionPeriod: 7 * 24 * time.Hour, CancelledJobRetentionPeriod: 30 * 24 * time.Hour, DiscardedJobRetentionPeriod: 30 * 24 * time.Hour,
	})
	if err == nil {
		err = client.Start(context.WithoutCancel(ctx)) // Stop ends it, not the context of the start
	}
	if err != nil {
		r.closePool()
		return fmt.Errorf("starting the jobs: %w", err)
	}
	r.client = client
	return nil
}

// takeUp puts back what was running when the last server on this file ended. A
// job that took the server down with it each time is given up in the end.
func (r *Runner) takeUp(ctx context.Context, writer *sql.DB) error {
	res, err := writer.ExecContext(ctx, `UPDATE river_job SET
		state = CASE WHEN attempt >= max_attempts THEN 'discarded' ELSE 'available' END,
		finalized_at = CASE WHEN attempt >= max_attempts THEN datetime('now', 'subsec') END
		WHERE state = 'running'`)
	if err != nil {
		return fmt.Errorf("taking up the jobs: %w", err)
	}
	if n, err := res.RowsAffected(); err == nil && n > 0 {
		r.log.Warn("jobs were running when the last server ended; they run again", "jobs", n)
	}
	return nil
}

// Stop lets what runs finish. When ctx ends first, the contexts of the jobs end,
// and they are put back to be run by the next server.
func (r *Runner) Stop(ctx context.Context) error {
	if r.client == nil {
		return nil
	}
	defer r.closePool()
	err := r.client.Stop(ctx)
	if err == nil || ctx.Err() == nil {
		return err
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := r.client.StopAndCancel(end); err != nil {
		return fmt.Errorf("stopping the jobs: %w", err)
	}
	return nil
}

func (r *Runner) closePool() {
	if r.pool != nil {
		r.pool.Close()
	}
}

// worker is a handler as River calls it.
type worker[W Work] struct {
	river.WorkerDefaults[envelope[W]]
	r  *Runner
	do func(context.Context, Task[W]) error
}

// Work implements river.Worker.
func (w *worker[W]) Work(ctx context.Context, j *river.Job[envelope[W]]) error {
	ctx, at := w.r.begin(ctx, j.ID)
	defer w.r.end(at)
	err := w.guarded(ctx, Task[W]{ID: j.ID, Org: j.Args.Org, Account: j.Args.Account, Work: j.Args.Work, Attempt: j.Attempt, Report: at.report, Say: at.say})
	if noted := river.RecordOutput(ctx, at.last()); noted != nil {
		w.r.log.Error("note the outcome of a job", "job", j.ID, "error", noted)
	}
	outcome, err := w.judge(ctx, err)
	w.r.count(j.Kind, outcome.name)
	if outcome.cause != nil {
		w.r.log.Error("job failed", "job", j.ID, "kind", j.Kind, "organisation", j.Args.Org, "attempt", j.Attempt, "outcome", outcome.name, "error", outcome.cause)
	}
	return err
}

// guarded turns a panic into an error.
func (w *worker[W]) guarded(ctx context.Context, t Task[W]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a job: %v\n%s", p, debug.Stack())
		}
	}()
	return w.do(ctx, t)
}

type outcome struct {
	name  string
	cause error // for the log
}

// judge turns the error of a handler into what River does with the job. The
// sentence is stored; the cause goes to the log.
func (w *worker[W]) judge(ctx context.Context, err error) (outcome, error) {
	if err == nil {
		return outcome{name: "done"}, nil
	}
	if l, ok := errors.AsType[later](err); ok {
		return outcome{name: "retried"}, river.JobSnooze(l.wait)
	}
	if stopped(ctx, err) {
		if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			return outcome{"retried", err}, errors.New("It took longer than a job may. It is tried again.") //nolint:revive,staticcheck // a sentence for a person
		}
		return outcome{name: "stopped"}, ctx.Err()
	}
	p := problem.Of(err)
	switch p.Code {
	case problem.Internal, problem.Busy:
		return outcome{"retried", err}, errors.New(p.Text)
	}
	return outcome{"failed", err}, river.JobCancel(errors.New(p.Text))
}

func (r *Runner) count(kind, outcome string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tally[Tally{kind, outcome}]++
}

// Tallies returns how often attempts ended how on this node, for the metrics.
func (r *Runner) Tallies() map[Tally]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[Tally]int64, len(r.tally))
	for k, n := range r.tally {
		out[k] = n
	}
	return out
}

// quiet passes on warnings and errors of River only: it has a line for every job.
func quiet(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(warnings{log.Handler()})
}

type warnings struct{ slog.Handler }

// Enabled implements slog.Handler.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
