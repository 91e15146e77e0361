// Package job does work in the background, on River's tables in the database
// that holds everything else. A store queues a job in the transaction of the
// row it speaks of, so that either both are there or neither. The package knows
// nothing about roles: a job carries an organisation and an account, and whoever
// handles it asks package access again when it runs.
package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/toucan-grc/toucan/internal/db"
)

// Work is what a job is to do. It is stored as JSON where an administrator of
// the database can read it, and stays there for weeks: it holds opaque ids only,
// no names, no addresses, no text somebody wrote.
type Work interface {
	// Kind names the work for ever, such as "inventory.import".
	Kind() string
}

// Order says for whom a job runs, and when.
type Order struct {
	Org     string    // empty: for no organisation, as clean-up does
	Account string    // who asked for it; empty when nobody did
	At      time.Time // not before this; zero means now
	Once    bool      // the same work of the organisation that waits or runs already is enough
}

// Task is one attempt at a job.
type Task[W Work] struct {
	ID      int64
	Org     string
	Account string
	Work    W
	Attempt int // 1 at first

	// Report tells how far the job is: a few words, and how many of how many are
	// done. It costs next to nothing and may be called for every row.
	Report func(words string, done, total int)

	// Say leaves one sentence about the outcome, for the page.
	Say func(sentence string)
}

// envelope is a job as River stores it.
type envelope[W Work] struct {
	Org     string `json:"org" river:"unique"`
	Account string `json:"account"`
	Work    W      `json:"work" river:"unique"`
}

// Kind implements river.JobArgs.
func (e envelope[W]) Kind() string { return e.Work.Kind() }

const (
	maxAttempts = 8               // the last about 80 minutes after the first
	jobFor      = 2 * time.Minute // one attempt; then its context ends
)

// Insert queues a job in the caller's transaction and returns its id. If the
// transaction is rolled back, there never was a job. With Once set, the id may
// be that of a job queued before.
func Insert[W Work](ctx context.Context, tx *db.Tx, o Order, w W) (int64, error) {
	client, err := inserter(tx.Engine())
	if err != nil {
		return 0, err
	}
	res, err := client.InsertTx(ctx, tx.Raw(), envelope[W]{o.Org, o.Account, w}, o.opts())
	if err != nil {
		return 0, fmt.Errorf("queueing %s: %w", w.Kind(), err)
	}
	return res.Job.ID, nil
}

func (o Order) opts() *river.InsertOpts {
	opts := &river.InsertOpts{MaxAttempts: maxAttempts}
	if o.At.After(time.Now()) { // River takes any moment it is given for one to come
		opts.ScheduledAt = o.At
	}
	if o.Once {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending,
			rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}
	}
	return opts
}

var inserters sync.Map // engine → *river.Client[*sql.Tx] without a pool

// inserter returns a client that only inserts, into transactions it is given.
func inserter(engine string) (*river.Client[*sql.Tx], error) {
	if c, ok := inserters.Load(engine); ok {
		return c.(*river.Client[*sql.Tx]), nil
	}
	// a client announces one job in each cooldown; the others wait to be looked for
	c, err := river.NewClient(driver(engine, nil), &river.Config{Logger: quiet(nil), FetchCooldown: time.Millisecond})
	if err != nil {
		return nil, err
	}
	inserters.Store(engine, c)
	return c, nil
}

// later is the error of a job that wants to run again.
type later struct{ wait time.Duration }

func (l later) Error() string { return "runs again in " + l.wait.String() }

// Later is returned by a handler that cannot go on yet and wants to be asked
// again after a while; it counts as no failure.
func Later(wait time.Duration) error { return later{wait} }

// stopped reports whether err is what a handler returns because its context ended.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}
