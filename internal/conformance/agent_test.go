package conformance

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/agent"
	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/endpoint"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// clockwork is a clock that a test moves. Whoever waits for it is woken by each move, and
// a move returns when everybody waits again.
type clockwork struct {
	mu      sync.Mutex
	at      time.Time
	pending chan time.Time
	waits   chan struct{}
}

func newClockwork() *clockwork { return &clockwork{at: now, waits: make(chan struct{}, 1)} }

func (c *clockwork) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clockwork) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = make(chan time.Time, 1)
	if d <= 0 {
		c.pending <- c.at
		return c.pending
	}
	c.waits <- struct{}{}
	return c.pending
}

// move lets time pass, and the agent act on it, in steps of a minute or less.
func (c *clockwork) move(d time.Duration) {
	for d > 0 {
		step := min(d, time.Minute)
		d -= step
		c.mu.Lock()
		c.at = c.at.Add(step)
		c.pending <- c.at
		c.mu.Unlock()
		<-c.waits
	}
}

// trueAgent is the program's own loop on a machine that a test turns.
type trueAgent struct {
	*agent.Agent
	clock *clockwork
	mu    sync.Mutex
	disk  wire.Result
}

func newTrueAgent(t testing.TB, clock *clockwork) *trueAgent {
	a := &trueAgent{clock: clock, disk: wire.Result{Check: wire.DiskEncryption, Verdict: wire.Pass}}
	a.Agent = &agent.Agent{
		Dir: agent.Dir(t.TempDir()), Build: 1_000_000, Clock: clock, Rand: func() float64 { return 0.5 }, Log: func(string) {},
		Machine: agent.Machine{Platform: wire.Linux, Look: func(context.Context, wire.Settings, time.Time) []check.Answer {
			a.mu.Lock()
			defer a.mu.Unlock()
			out := []check.Answer{{Result: a.disk, Detail: []string{"a raw output that stays here"}}}
			for _, c := range wire.Checks()[1:] {
				out = append(out, check.Answer{Result: wire.Result{Check: c, Verdict: wire.Pass}})
			}
			return out
		}},
	}
	return a
}

func (a *trueAgent) turn(r wire.Result) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.disk = r
}

// start runs the agent until the test ends, or stop is called.
func (a *trueAgent) start(t testing.TB) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.Run(ctx, func() {})
	}()
	<-a.clock.waits
	return func() { cancel(); <-ended }
}

// TestTheTrueAgentAndTheTrueServer lets the loop of the agent talk to the door of the
// server: each side is tested alone by a likeness of the other, and here they meet.
func TestTheTrueAgentAndTheTrueServer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.persona(t, access.Employee)
		clock := newClockwork()
		door := endpoint.Handler(endpoint.Config{Access: h.access, Devices: h.devices, Now: clock.Now})
		var lose atomic.Bool // what the server answers gets lost
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !lose.Load() {
				door.ServeHTTP(w, r)
				return
			}
			door.ServeHTTP(httptest.NewRecorder(), r)
			w.WriteHeader(http.StatusGatewayTimeout)
		}))
		defer s.Close()
		a := newTrueAgent(t, clock)
		code, _, err := h.devices.NewCode(t.Context(), h.actors[access.Employee], now)
		must(t, err)
		to, err := agent.ParseAddress(s.URL+"/o/one#"+code, "")
		must(t, err)
		e, err := a.Enrol(t.Context(), to, "")
		must(t, err)
		if _, err := a.Enrol(t.Context(), to, ""); err == nil {
			t.Fatal("a code was taken twice")
		}
		stop := a.start(t)
		find := func() device.Device {
			t.Helper()
			d, err := h.devices.Find(t.Context(), h.actors[access.Manager], string(e.Device), clock.Now())
			must(t, err)
			return d
		}
		if v := verdict(find(), wire.DiskEncryption); v.State != result.Pass || v.From != device.Agent {
			t.Fatalf("after the first report the disk is %+v", v)
		}
		broken := clock.Now()
		a.turn(off)
		clock.move(61 * time.Minute)
		if v := verdict(find(), wire.DiskEncryption); v.State != result.Fail || v.Reason != wire.Off || v.Since.Before(broken) {
			t.Errorf("within an hour of the change the disk is %+v", v)
		}
		lose.Store(true)
		a.turn(wire.Result{Check: wire.DiskEncryption, Verdict: wire.Fail, Reason: wire.Suspended})
		clock.move(90 * time.Minute)
		lose.Store(false)
		a.turn(off)
		clock.move(2 * time.Hour)
		if s, err := a.Dir.State(e); err != nil || len(s.Queue) > 0 || s.End != "" || s.Receipt.Seq != s.Newest.Seq {
			t.Errorf("after lost receipts the state is %+v, %v", s, err)
		}
		if d := find(); verdict(d, wire.DiskEncryption).Reason != wire.Off || d.Sources[0].Gaps != 0 || d.Sources[0].Trouble != "" {
			t.Errorf("after lost receipts the device is %+v", d)
		}
		stop()

		image := agent.Dir(t.TempDir()) // somebody makes an image of the machine
		must(t, os.CopyFS(string(image), os.DirFS(string(a.Dir))))
		a.turn(wire.Result{Check: wire.DiskEncryption, Verdict: wire.Pass})
		stop = a.start(t)
		clock.move(2 * time.Hour)
		stop()
		b := newTrueAgent(t, clock)
		b.Dir = image
		b.turn(off)
		stop = b.start(t)
		clock.move(2 * time.Hour)
		stop()
		copied, err := image.State(e)
		must(t, err)
		if copied.End != agent.Copied {
			t.Errorf("the copy ends as %q", copied.End)
		}
		if v := verdict(find(), wire.DiskEncryption); v.State != result.CouldNotTell || v.Reason != device.WhileCopied {
			t.Errorf("while two machines report under one name, its disk is told as %+v", v)
		}

		must(t, h.devices.Lose(t.Context(), h.actors[access.Administrator], []string{string(e.Device)}, "Left on a train", clock.Now()))
		stop = a.start(t)
		clock.move(6 * time.Hour)
		stop()
		mine, err := a.Dir.State(e)
		must(t, err)
		if mine.End != agent.Revoked || mine.Why != wire.Lost {
			t.Errorf("lost, it ends as %q, %q", mine.End, mine.Why)
		}
		entries, err := a.Dir.Sent()
		must(t, err)
		for i, faults := range agent.Verify(e, entries) {
			if faults != nil {
				t.Errorf("of what was sent, entry %d: %v", i, faults)
			}
		}
	})
}
