package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/toucan-grc/toucan/internal/device"
)

// herd lets all devices return within the window, each with what it saw meanwhile: a
// report of before and one of now. A device that is not answered tries again, as an
// agent does, though sooner, so that a run ends.
func (b *bench) herd(ctx context.Context) error {
	before, err := b.cpu()
	if err != nil {
		return err
	}
	var done, again atomic.Int64
	var w waits
	began := time.Now()
	if b.kill {
		go b.killIn(ctx, b.window/2)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1024, b.devices/20))   // those that wait for an answer or to try again
	r := rand.New(rand.NewPCG(b.seed, 0)) //nolint:gosec // a load has to be the same each time, not hard to guess
	for i := range b.machines {
		due := began.Add(time.Duration(float64(b.window) * float64(i) / float64(b.devices)))
		m, seed := b.machines[i], r.Uint64()
		if !sleep(gctx, time.Until(due)) {
			break
		}
		g.Go(func() error {
			mine := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // see above
			m.look(mine, false, time.Now().Add(-time.Hour))
			m.look(mine, mine.Float64() < b.changes, time.Now())
			for try := 1; ; try++ {
				err := b.deliver(gctx, m, i%b.verify == 0)
				if err == nil {
					w.add(time.Since(due))
					done.Add(1)
					return nil
				}
				if gctx.Err() != nil || try == 40 {
					return fmt.Errorf("device %d, after %d tries: %w", i, try, err)
				}
				var no *refused
				wait := time.Duration(mine.Int64N(int64(min(30*time.Second, time.Second<<min(try, 5)))))
				if errors.As(err, &no) {
					if no.after == 0 {
						return fmt.Errorf("device %d: %w", i, err)
					}
					wait += no.after
				}
				again.Add(1)
				sleep(gctx, wait)
			}
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	took := time.Since(began)
	if b.kill {
		b.figures.add("the server was killed", fmt.Sprintf("once, after %s", b.window/2))
		b.figures.add("reports with a receipt", fmt.Sprintf("%d devices in %.1f s", done.Load(), took.Seconds()))
	} else {
		after, err := b.cpu()
		if err != nil {
			return err
		}
		b.figures.rate("devices that returned", int(done.Load()), took, after-before)
	}
	b.figures.add("tried again", strconv.FormatInt(again.Load(), 10))
	b.figures.add("answered after its turn", w.words())
	return b.lookUp(ctx)
}

// killIn kills the server after a while and starts it again.
func (b *bench) killIn(ctx context.Context, d time.Duration) {
	if !sleep(ctx, d) {
		return
	}
	b.server.kill()
	if err := b.start(ctx); err != nil {
		panic(err) // the devices would try in vain
	}
}

// lookUp stops the server and looks every receipt up in the database.
func (b *bench) lookUp(ctx context.Context) error {
	b.server.stop()
	s, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer s.d.Close()
	account, err := s.access.AccountByEmail(ctx, "ada@load.test")
	if err != nil {
		return err
	}
	who, err := s.access.Enter(ctx, account, slug)
	if err != nil {
		return err
	}
	heads, err := s.devices.Heads(ctx, who)
	if err != nil {
		return err
	}
	lost := 0
	for _, m := range b.machines {
		if h := heads[string(m.id)]; h != (device.Head{Seq: m.known, Hash: m.hash}) {
			lost++
		}
	}
	if lost > 0 {
		return fmt.Errorf("%d of %d receipts are of reports that the database does not hold", lost, len(b.machines))
	}
	b.figures.add("receipts found in the database", strconv.Itoa(len(b.machines)))
	return nil
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(max(d, 0)):
		return true
	}
}
