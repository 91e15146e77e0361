package db

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Priority says who waits for a change.
type Priority int

const (
	People  Priority = iota // somebody looks at a page that loads
	Devices                 // a machine reports; it can try again
	Jobs                    // nobody waits
	priorities
)

const (
	queueLen   = 1000                 // changes of one priority that may wait in a lane
	batchLen   = 100                  // changes in one transaction
	batchFor   = 8 * time.Millisecond // a transaction takes no further change after this
	laneLinger = 30 * time.Second     // an idle lane of PostgreSQL ends after this
)

// change is one function given to Write.
type change struct {
	ctx    context.Context
	org    string
	fn     func(context.Context, *Tx) error
	quiet  bool         // the revision stays
	state  atomic.Int32 // waiting, taken or left
	tables []string     // it wrote
	err    error
	done   chan struct{}
}

const (
	waiting int32 = iota
	taken         // its transaction has begun; it will run to the end
	left          // its caller gave up while it waited
)

// Write runs fn in a transaction that other changes may share. fn has a part of
// its own: if it fails or panics, its part alone is rolled back and Write
// returns its error. If the commit fails, nothing of the batch is stored and
// every Write of it returns the error. When Write returns nil the change is
// stored. The organisation's revision rises in the same transaction; org is
// empty for changes to no organisation.
//
// A change whose ctx ends while it waits is not begun; once begun it runs to
// its end. A full queue is a Busy problem.
func (d *DB) Write(ctx context.Context, org string, p Priority, fn func(ctx context.Context, tx *Tx) error) error {
	return d.change(p, &change{ctx: ctx, org: org, fn: fn, done: make(chan struct{})})
}

// Note is Write for what no reading depends on, such as when something was last
// used: the organisation's revision stays as it is.
func (d *DB) Note(ctx context.Context, org string, p Priority, fn func(ctx context.Context, tx *Tx) error) error {
	return d.change(p, &change{ctx: ctx, org: org, fn: fn, quiet: true, done: make(chan struct{})})
}

type besideKey struct{}

// beside is what runs in the part of another change.
type beside struct {
	fn   func(context.Context, *Tx) error
	done atomic.Bool
}

// Beside returns a context under which the next Write to an organisation runs fn
// as well, before its own function and in the same part of the transaction: both
// are stored or neither is. Once such a Write succeeded fn is not run again.
func Beside(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) context.Context {
	return context.WithValue(ctx, besideKey{}, &beside{fn: fn})
}

func (d *DB) change(p Priority, c *change) error {
	ctx := c.ctx
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.enqueue(c, p); err != nil {
		return err
	}
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		if c.state.CompareAndSwap(waiting, left) {
			return ctx.Err()
		}
		<-c.done
		return c.err
	}
}

// lane is one queue with one goroutine behind it. SQLite has a single lane, as
// it has a single writer; PostgreSQL has one for each organisation at work.
type lane struct {
	d     *DB
	key   string
	mu    sync.Mutex
	queue [priorities][]*change
	ended bool
	wake  chan struct{} // holds one token when there is something to look at
}

func (d *DB) enqueue(c *change, p Priority) error {
	key := ""
	if d.engine == postgresName {
		key = c.org
	}
	for {
		d.mu.Lock()
		if d.closed {
			d.mu.Unlock()
			return problem.New(problem.Busy, "Toucan is stopping. Try again in a moment.")
		}
		l := d.lanes[key]
		if l == nil {
			l = &lane{d: d, key: key, wake: make(chan struct{}, 1)}
			d.lanes[key] = l
			d.busy.Add(1)
			go l.run()
		}
		d.mu.Unlock()
		if ok, err := l.put(c, p); ok || err != nil {
			return err
		}
		// the lane ended between the two locks; the next turn makes a new one
	}
}

// put adds a change; false means that the lane has ended.
func (l *lane) put(c *change, p Priority) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false, nil
	}
	if len(l.queue[p]) >= queueLen {
		l.queue[p] = remaining(l.queue[p])
	}
	if len(l.queue[p]) >= queueLen {
		l.d.stats.refused.Add(1)
		return false, problem.New(problem.Busy, "More changes are waiting than Toucan can store right now. Try again in a few seconds.")
	}
	l.queue[p] = append(l.queue[p], c)
	l.signal()
	return true, nil
}

// remaining drops the changes whose callers have left.
func remaining(queue []*change) []*change {
	keep := queue[:0]
	for _, c := range queue {
		if c.state.Load() != left {
			keep = append(keep, c)
		}
	}
	clear(queue[len(keep):])
	return keep
}

func (l *lane) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// next takes the most urgent change, or nil.
func (l *lane) next() *change {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.queue {
		for len(l.queue[p]) > 0 {
			c := l.queue[p][0]
			l.queue[p][0] = nil
			l.queue[p] = l.queue[p][1:]
			if c.state.CompareAndSwap(waiting, taken) {
				return c
			}
		}
	}
	return nil
}

// stop asks the lane to end once its queue is empty.
func (l *lane) stop() {
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.signal()
}

// idle ends the lane if nothing waits, and reports whether it did.
func (l *lane) idle() bool {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.queue {
		if len(l.queue[p]) > 0 {
			return false
		}
	}
	l.ended = true
	if l.d.lanes[l.key] == l {
		delete(l.d.lanes, l.key)
	}
	return true
}

func (l *lane) run() {
	defer l.d.busy.Done()
	linger := time.NewTimer(laneLinger)
	defer linger.Stop()
	for {
		if c := l.next(); c != nil {
			l.batch(c)
			continue
		}
		l.mu.Lock()
		ended := l.ended
		l.mu.Unlock()
		if ended {
			if l.idle() {
				return
			}
			continue
		}
		linger.Reset(laneLinger)
		select {
		case <-l.wake:
		case <-linger.C:
			if l.key != "" && l.idle() {
				return
			}
		}
	}
}

// batch runs first, and what came in meanwhile, in one transaction. It never
// waits for company: while one batch is being synced to disk the next fills.
func (l *lane) batch(first *change) {
	began := time.Now()
	done := []*change{first}
	err := l.d.transact(func(ctx context.Context, tx *Tx) error {
		if err := tx.scope(ctx, "toucan.org", l.key); err != nil {
			return err
		}
		for c := first; ; {
			if c == first {
				if c.err = tx.alone(c); c.err != nil {
					return c.err
				}
			} else {
				c.err = tx.part(c)
			}
			if c.err == nil && !c.quiet {
				tx.changed[c.org]++
			}
			if len(done) >= batchLen || time.Since(began) >= batchFor {
				break
			}
			if c = l.next(); c == nil {
				break
			}
			done = append(done, c)
		}
		return tx.finish(ctx, done)
	})
	l.d.stats.batches.Add(1)
	l.d.stats.changes.Add(int64(len(done)))
	for _, c := range done {
		if err != nil && c.err == nil {
			c.err = err
		}
		close(c.done)
	}
}

// transact runs fn in one transaction on the writer.
func (d *DB) transact(fn func(context.Context, *Tx) error) error {
	ctx := context.Background()
	tx, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning to write: %w", err)
	}
	defer tx.Rollback()
	if err := fn(ctx, &Tx{d: d, tx: tx, write: true, changed: map[string]int{}}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("storing: %w", err)
	}
	return nil
}

// alone runs the first change of a batch, without a savepoint: if it fails, nobody
// else's change is lost with the transaction.
func (t *Tx) alone(c *change) error {
	t.change = c
	err := t.guarded(context.WithoutCancel(c.ctx), c)
	t.change = nil
	return err
}

// part runs one change inside a savepoint.
func (t *Tx) part(c *change) error {
	ctx := context.WithoutCancel(c.ctx)
	if _, err := t.tx.ExecContext(ctx, `SAVEPOINT part`); err != nil {
		return fmt.Errorf("marking the transaction: %w", err)
	}
	m := t.mark()
	t.change = c
	err := t.guarded(ctx, c)
	t.change = nil
	if err == nil && t.d.engine == postgresName {
		return nil // the next part's savepoint lies within this one; the commit ends them all, and a trip is saved
	}
	if err == nil {
		_, err = t.tx.ExecContext(ctx, `RELEASE SAVEPOINT part`)
	}
	if err == nil {
		return nil
	}
	t.cut(m)
	if _, back := t.tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT part`); back != nil {
		return errors.Join(err, back)
	}
	if _, back := t.tx.ExecContext(ctx, `RELEASE SAVEPOINT part`); back != nil {
		return errors.Join(err, back)
	}
	return err
}

// guarded turns a panic into an error: the queue serves everybody and outlives
// a fault in one change.
func (t *Tx) guarded(ctx context.Context, c *change) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a change: %v\n%s", r, debug.Stack())
		}
	}()
	b, _ := ctx.Value(besideKey{}).(*beside)
	if b == nil || b.done.Load() || c.org == "" || c.quiet {
		return c.fn(ctx, t)
	}
	if err := b.fn(ctx, t); err != nil {
		return err
	}
	if err = c.fn(ctx, t); err == nil {
		b.done.Store(true)
	}
	return err
}

// finish runs what waits for the end of the transaction and raises the revision
// of each organisation that changed.
func (t *Tx) finish(ctx context.Context, done []*change) error {
	for i := 0; i < len(t.late); i++ { // a flush may gather more
		if err := t.late[i].flush(ctx, t, t.late[i].items); err != nil {
			return err
		}
	}
	tables := map[string][]string{}
	var orgs []string
	for _, c := range done {
		if c.org != "" && t.changed[c.org] > 0 && !slices.Contains(orgs, c.org) {
			orgs = append(orgs, c.org)
		}
		for _, table := range c.tables { // those of a change that failed too: who reads once too often loses nothing
			if !slices.Contains(tables[c.org], table) {
				tables[c.org] = append(tables[c.org], table)
			}
		}
	}
	for _, org := range orgs {
		if err := t.raise(ctx, org, t.changed[org], tables[org]); err != nil {
			return err
		}
	}
	return nil
}

// Revision returns the organisation's revision as this change finds it, those of
// the same transaction before it counted, and holds it: nobody else raises it
// until the transaction ends. What was read at a revision and finds the same one
// here has not changed.
func (t *Tx) Revision(ctx context.Context, org string) (int64, error) {
	var n int64
	err := t.QueryRow(ctx, `UPDATE organisation SET revision = revision WHERE id = $1 RETURNING revision`, org).Scan(&n)
	return n + int64(t.changed[org]), err
}

type counters struct{ batches, changes, refused atomic.Int64 }

// Stats are counts since the start, for the metrics page.
type Stats struct {
	Batches int64 // transactions of the write queue
	Changes int64 // changes in them
	Refused int64 // changes refused because the queue was full
	Waiting int   // changes waiting now
	Lanes   int   // queues at work now
}

// Stats returns the counts of the write queue.
func (d *DB) Stats() Stats {
	s := Stats{Batches: d.stats.batches.Load(), Changes: d.stats.changes.Load(), Refused: d.stats.refused.Load()}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.lanes {
		s.Lanes++
		l.mu.Lock()
		for p := range l.queue {
			s.Waiting += len(l.queue[p])
		}
		l.mu.Unlock()
	}
	return s
}
