package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/toucan-grc/toucan/internal/wire"
)

// failing is how each check fails here.
var failing = map[wire.Check]wire.Reason{
	wire.DiskEncryption: wire.Suspended, wire.ScreenLock: wire.TooLong, wire.Antivirus: wire.NotRunning, wire.PasswordManager: wire.Missing,
	wire.Firewall: wire.Off, wire.OSSupported: wire.EOLPassed, wire.AutoUpdate: wire.Paused,
}

// look makes the next report of a device; with a change one of its verdicts turns.
func (m *machine) look(r *rand.Rand, change bool, now time.Time) {
	if change {
		m.fails ^= 1 << r.IntN(len(wire.Checks()))
	}
	m.seq++
	rep := wire.Report{Seq: m.seq, ObservedAt: now.Unix(), Rules: wire.HashOf([]byte("rules")), Detail: wire.HashOf([]byte(strconv.FormatUint(m.seq, 10))), Prev: m.prev}
	for i, c := range wire.Checks() {
		x := wire.Result{Check: c, Verdict: wire.Pass}
		if m.fails&(1<<i) != 0 {
			x.Verdict, x.Reason = wire.Fail, failing[c]
		}
		rep.Results = append(rep.Results, x)
	}
	m.prev = rep.Hash()
	m.queued = append(m.queued, rep)
}

// refused is an answer that is no receipt.
type refused struct {
	status int
	after  time.Duration
	body   string
}

func (r *refused) Error() string { return fmt.Sprintf("answered %d: %s", r.status, r.body) }

// post sends bytes and returns the body of a 200.
func (b *bench) post(ctx context.Context, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.address(path), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	res, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		after, _ := strconv.Atoi(res.Header.Get("Retry-After")) // none is none
		return nil, &refused{res.StatusCode, time.Duration(after) * time.Second, string(answer[:min(len(answer), 300)])}
	}
	return answer, nil
}

// deliver sends what a device has queued, and takes the receipt.
func (b *bench) deliver(ctx context.Context, m *machine, verify bool) error {
	d := wire.Delivery{V: wire.Version, Device: m.id, Build: 1_000_000, SentAt: time.Now().Unix(), Reports: m.queued}
	answer, err := b.post(ctx, "device/report", wire.Sign(d, m.key))
	if err != nil {
		return err
	}
	receipt, err := wire.Parse[wire.Receipt](answer)
	if err != nil {
		return err
	}
	if verify && !receipt.By(b.key) {
		return errors.New("a receipt is not signed by the server")
	}
	last := m.queued[len(m.queued)-1]
	if r := receipt.Message; r.Device != m.id || r.Seq != last.Seq || r.Report != m.prev {
		return fmt.Errorf("a receipt of device %s, report %d, for report %d of %s", r.Device, r.Seq, last.Seq, m.id)
	}
	m.known, m.hash, m.queued = last.Seq, m.prev, nil
	return nil
}

// checkin sends reports: as fast as the answers come, over all connections, or with a
// rate at moments that wait for no answer.
func (b *bench) checkin(ctx context.Context) error {
	if len(b.machines) < b.connections {
		return errors.New("there have to be as many devices as connections")
	}
	// the first report of a device says seven new things: it is not what is measured
	if err := b.round(ctx, func(m *machine) bool { return m.known == 0 }); err != nil {
		return err
	}
	before, err := b.cpu()
	if err != nil {
		return err
	}
	t := &turns{bench: b}
	send := t.closed
	if b.rate > 0 {
		send = t.paced
	}
	began := time.Now()
	if err := send(ctx, began); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := b.cpu()
	if err != nil {
		return err
	}
	b.figures.rate("signed check-ins of seven verdicts", int(t.done.Load()), took, after-before)
	b.figures.add("of which said something new", strconv.FormatInt(t.changed.Load(), 10))
	if b.rate > 0 {
		b.figures.add("due", fmt.Sprintf("%g/s, and no answer was waited for", b.rate))
	}
	b.figures.add("answered after", t.waits.words())
	return nil
}

// turns are check-ins that are counted.
type turns struct {
	*bench
	done, changed atomic.Int64
	waits         waits
}

// closed sends over each connection the next report when the last was answered.
func (t *turns) closed(ctx context.Context, began time.Time) error {
	end := began.Add(t.runFor)
	g, ctx := errgroup.WithContext(ctx)
	for c := range t.connections {
		g.Go(func() error {
			r := rand.New(rand.NewPCG(t.seed, uint64(c))) //nolint:gosec // a load has to be the same each time, not hard to guess
			for n := 0; time.Now().Before(end); n++ {
				m := t.machines[(c+n*t.connections)%(len(t.machines)/t.connections*t.connections)]
				if err := t.turn(ctx, m, r, n%t.verify == 0, time.Now()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// paced sends each report at the moment it is due, whatever became of those before: a
// report that finds all connections busy waits, and its waiting counts.
func (t *turns) paced(ctx context.Context, began time.Time) error {
	g, ctx := errgroup.WithContext(ctx)
	queue := make(chan int, int(t.rate*t.runFor.Seconds())+1)
	g.Go(func() error {
		defer close(queue)
		for n := 0; ; n++ {
			due := dueAt(began, t.rate, n)
			if due.Sub(began) >= t.runFor || !sleep(ctx, time.Until(due)) {
				return nil
			}
			queue <- n
		}
	})
	for c := range t.connections {
		g.Go(func() error {
			r := rand.New(rand.NewPCG(t.seed, uint64(c))) //nolint:gosec // see closed
			for n := range queue {
				if err := t.turn(ctx, t.machines[n%len(t.machines)], r, n%t.verify == 0, dueAt(began, t.rate, n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// dueAt is when the n-th report is due at a rate in seconds.
func dueAt(began time.Time, rate float64, n int) time.Time {
	return began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
}

// turn lets a device report once. Its wait counts from the moment the report was due.
func (t *turns) turn(ctx context.Context, m *machine, r *rand.Rand, verify bool, due time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	change := r.Float64() < t.changes
	m.look(r, change, time.Now())
	err := t.deliver(ctx, m, verify)
	if no, ok := errors.AsType[*refused](err); ok && no.status == http.StatusTooManyRequests {
		return fmt.Errorf("the same device came back sooner than a device may, so there have to be more -devices: %w", err)
	}
	if err != nil {
		return err
	}
	t.waits.add(time.Since(due))
	t.done.Add(1)
	if change {
		t.changed.Add(1)
	}
	return nil
}

// round lets each of the devices that it asks for report once.
func (b *bench) round(ctx context.Context, want func(*machine) bool) error {
	began := time.Now()
	n := 0
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(b.connections)
	for i, m := range b.machines {
		if !want(m) {
			continue
		}
		n++
		g.Go(func() error {
			m.look(rand.New(rand.NewPCG(b.seed, uint64(i))), false, time.Now()) //nolint:gosec // see checkin
			return b.deliver(ctx, m, i%b.verify == 0)
		})
	}
	err := g.Wait()
	b.figures.add("first reports, all of it new", fmt.Sprintf("%d in %.1f s", n, time.Since(began).Seconds()))
	return err
}
