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

	"github.com/toucan-grc/toucan/internal/device/osquery/osquerysim"
	"github.com/toucan-grc/toucan/internal/wire"
)

// What a host of a Fleet server asks, and how often: see Fleet's osquery-perf.
const (
	readEvery   = 10 * time.Second
	configEvery = 60 * time.Second
	logEvery    = time.Hour // the snapshots of our pack
)

// hostsEnrolled enrols all hosts by the protocol.
func (b *bench) hostsEnrolled(ctx context.Context) ([]*osquerysim.Host, error) {
	began := time.Now()
	hosts := make([]*osquerysim.Host, b.devices)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(b.connections)
	for i := range hosts {
		hosts[i] = &osquerysim.Host{
			HTTP: b.client, Base: fmt.Sprintf("https://%s:%d", host, b.port), Slug: slug, Secret: b.secret, ID: fmt.Sprintf("%d-%08d", b.seed, i),
			Platform: wire.Platforms()[i%3], Channel: osquerysim.Channel(i % 3), Gzip: i%2 == 0,
		}
		g.Go(func() error { return hosts[i].Enrol(ctx) })
	}
	err := g.Wait()
	took := time.Since(began)
	b.figures.add("hosts enrolled", fmt.Sprintf("%d in %.1f s: %.0f/s", len(hosts), took.Seconds(), float64(len(hosts))/took.Seconds()))
	return hosts, err
}

// idle asks for queries six times as often as for the configuration, as fast as the
// answers come, and there is nothing to do.
func (b *bench) idle(ctx context.Context) error {
	hosts, err := b.hostsEnrolled(ctx)
	if err != nil {
		return err
	}
	if len(hosts) < b.connections {
		return errors.New("there have to be as many hosts as connections")
	}
	before, err := b.cpu()
	if err != nil {
		return err
	}
	var done atomic.Int64
	var w waits
	began := time.Now()
	end := began.Add(b.runFor)
	g, gctx := errgroup.WithContext(ctx)
	for c := range b.connections {
		g.Go(func() error {
			for n := 0; time.Now().Before(end); n++ {
				h := hosts[(c+n*b.connections)%(len(hosts)/b.connections*b.connections)]
				now := time.Now()
				if err := ask(gctx, h, n%7 == 0); err != nil {
					return err
				}
				w.add(time.Since(now))
				done.Add(1)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := b.cpu()
	if err != nil {
		return err
	}
	b.figures.rate("osquery requests, nothing to do", int(done.Load()), took, after-before)
	b.figures.add("answered after", w.words())
	return nil
}

func ask(ctx context.Context, h *osquerysim.Host, config bool) error {
	if config {
		_, err := h.Config(ctx)
		return err
	}
	n, err := h.Read(ctx)
	if err == nil && n > 0 {
		err = errors.New("the server asked a question: it must not")
	}
	return err
}

// hosts lets all hosts ask at the cadence of a Fleet server, each at its own moment, and
// hand in their snapshots once an hour.
func (b *bench) hosts(ctx context.Context) error {
	hosts, err := b.hostsEnrolled(ctx)
	if err != nil {
		return err
	}
	before, err := b.cpu()
	if err != nil {
		return err
	}
	var done, late atomic.Int64
	var w waits
	began := time.Now()
	end := began.Add(b.runFor)
	g, gctx := errgroup.WithContext(ctx)
	r := rand.New(rand.NewPCG(b.seed, 0)) //nolint:gosec // a load has to be the same each time, not hard to guess
	for i, h := range hosts {
		first := time.Duration(r.Int64N(int64(readEvery)))
		logAt := time.Duration(r.Int64N(int64(logEvery)))
		g.Go(func() error {
			for n := 0; ; n++ {
				due := began.Add(first + time.Duration(n)*readEvery)
				if due.After(end) || !sleep(gctx, time.Until(due)) {
					return nil
				}
				if time.Since(due) > readEvery {
					late.Add(1) // the answer before took longer than the cadence
				}
				work := 1
				err := ask(gctx, h, false)
				if err == nil && (n+i)%int(configEvery/readEvery) == 0 {
					work++
					err = ask(gctx, h, true)
				}
				if at := due.Sub(began); err == nil && at >= logAt && at-logAt < readEvery {
					work++
					err = b.snapshots(gctx, h, due)
				}
				if err != nil {
					return fmt.Errorf("host %d: %w", i, err)
				}
				w.add(time.Since(due))
				done.Add(int64(work))
			}
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := b.cpu()
	if err != nil {
		return err
	}
	b.figures.rate("osquery requests of "+strconv.Itoa(len(hosts))+" hosts", int(done.Load()), took, after-before)
	b.figures.add("a turn was over after", w.words())
	b.figures.add("turns that were due before the last was over", strconv.FormatInt(late.Load(), 10))
	return nil
}

// snapshots hands in the verdicts of a host.
func (b *bench) snapshots(ctx context.Context, h *osquerysim.Host, at time.Time) error {
	for _, c := range wire.Checks() {
		h.Snapshot(at, wire.Result{Check: c, Verdict: wire.Pass})
	}
	return h.Send(ctx)
}
