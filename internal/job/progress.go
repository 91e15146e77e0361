package job

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

// Progress is how far a job is, and in the end what came of it.
type Progress struct {
	Words string `json:"words,omitempty"` // what is being done, such as "Controls entered"
	Done  int    `json:"done,omitempty"`
	Total int    `json:"total,omitempty"` // 0: nobody knows
	Said  string `json:"said,omitempty"`  // one sentence about the outcome
}

// Percent returns the whole percentage that is done, never 100 before the end.
func (p Progress) Percent() int {
	if p.Total <= 0 || p.Done <= 0 {
		return 0
	}
	if p.Done >= p.Total {
		return 100
	}
	return p.Done * 100 / p.Total
}

// run is a job that runs on this node.
type run struct {
	id      int64
	cancel  context.CancelCauseFunc
	hush    context.CancelFunc // ends the publishing of its progress
	publish sync.WaitGroup

	mu sync.Mutex
	p  Progress
}

func (a *run) report(words string, done, total int) {
	a.mu.Lock()
	a.p.Words, a.p.Done, a.p.Total = words, done, total
	a.mu.Unlock()
}

func (a *run) say(sentence string) {
	a.mu.Lock()
	a.p.Said = sentence
	a.mu.Unlock()
}

func (a *run) note() Progress {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.p
}

// begin remembers that a job runs here. On the embedded database that is enough:
// there is one server, and it would have to write through the very connection
// the job may hold. On PostgreSQL other nodes are asked too, so the progress is
// written now and then, outside the job's own transaction.
func (r *Runner) begin(ctx context.Context, id int64) (context.Context, *run) {
	ctx, cancel := context.WithCancelCause(ctx)
	a := &run{id: id, cancel: cancel}
	r.mu.Lock()
	r.now[id] = a
	r.mu.Unlock()
	var telling context.Context
	telling, a.hush = context.WithCancel(ctx)
	if r.db.Engine() != sqlite {
		a.publish.Go(func() { r.publish(telling, a) })
	}
	return ctx, a
}

// last returns what came of a run. Nothing of it is published any more: a note
// on its way would overwrite the outcome, and reads what River writes it into.
func (a *run) last() Progress {
	a.hush()
	a.publish.Wait()
	return a.note()
}

// end lets go of a run after a while: River notes its end a moment later, and
// until then a page should not fall back to knowing nothing.
func (r *Runner) end(a *run) {
	a.cancel(nil)
	time.AfterFunc(5*time.Second, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.now[a.id] == a {
			delete(r.now, a.id)
		}
	})
}

func (r *Runner) publish(ctx context.Context, a *run) {
	tick := time.NewTicker(r.noteEvery)
	defer tick.Stop()
	var last Progress
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p := a.note()
		if p == last {
			continue
		}
		last = p
		if _, err := r.write.JobUpdate(ctx, a.id, &river.JobUpdateParams{Output: p}); err != nil && ctx.Err() == nil {
			r.log.Warn("write the progress of a job", "job", a.id, "error", err)
		}
	}
}

// progressOf returns the progress of a job: what runs or ran here knows best.
func (r *Runner) progressOf(id int64, output []byte) Progress {
	r.mu.Lock()
	a := r.now[id]
	r.mu.Unlock()
	if a != nil {
		return a.note()
	}
	var p Progress
	if len(output) > 0 && json.Unmarshal(output, &p) != nil {
		return Progress{}
	}
	return p
}
