package agent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

const code = "0123456789abcdefghjkmnpqrs"

// server is the other end, as docs/devices.md tells it: it remembers the last report of
// its one device, and refuses what does not go with it.
type server struct {
	*httptest.Server
	t        *testing.T
	key      ed25519.PrivateKey
	device   ed25519.PublicKey
	settings wire.Settings
	reports  []wire.Report // stored, each once
	bodies   [][]byte      // every body that came in
	sentAt   []int64
	answer   func(w http.ResponseWriter, d wire.Delivery) bool // before all else; true if it answered
	lose     bool                                              // store, and lose the receipt: a gateway on the way answers
	id       wire.ID                                           // of the device that enrolled last
	enrolled int
}

// idOf is the id the server gives to the enrolment of that number.
func idOf(n int) wire.ID { return wire.ID(fmt.Sprintf("00112233445566778899aabbccddee%02x", n)) }

func newServer(t *testing.T) *server {
	s := &server{t: t, key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32)), settings: wire.Usual()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /o/acme/device/enroll", s.enroll)
	mux.HandleFunc("POST /o/acme/device/report", s.report)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *server) enroll(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	s.bodies = append(s.bodies, b)
	m, err := wire.Parse[wire.Enrolment](b)
	if err != nil || !m.By(wire.Key(m.Message.Key)) || m.Message.Server != r.Host || m.Message.Code != code {
		refuse(w, http.StatusForbidden, wire.BadCode, "")
		return
	}
	s.enrolled++
	s.device, s.reports, s.id = wire.Key(m.Message.Key), nil, idOf(s.enrolled)
	w.Write(wire.Sign(wire.Welcome{V: wire.Version, Device: s.id, Nonce: m.Message.Nonce, Key: wire.KeyText(s.key.Public().(ed25519.PublicKey)), Settings: s.settings}, s.key))
}

func refuse(w http.ResponseWriter, status int, c wire.Code, revocation string) {
	w.WriteHeader(status)
	w.Write(wire.Encode(wire.Refusal{V: wire.Version, Code: c, Revocation: revocation}))
}

func (s *server) report(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	s.bodies = append(s.bodies, b)
	d, err := wire.Open[wire.Delivery](b, s.device)
	if err != nil {
		refuse(w, http.StatusUnauthorized, wire.Unknown, "")
		return
	}
	s.sentAt = append(s.sentAt, d.SentAt)
	if s.answer != nil && s.answer(w, d) {
		return
	}
	newest := d.Reports[len(d.Reports)-1]
	if !s.store(d) {
		refuse(w, http.StatusConflict, wire.Behind, "")
		return
	}
	if s.lose {
		w.WriteHeader(http.StatusGatewayTimeout)
		return
	}
	w.Write(wire.Sign(wire.Receipt{V: wire.Version, Device: s.id, Seq: newest.Seq, Report: newest.Hash(), ReceivedAt: d.SentAt, Settings: s.settings}, s.key))
}

// store takes the new reports of a delivery, or reports that they go with others.
func (s *server) store(d wire.Delivery) bool {
	for _, r := range d.Reports {
		n := len(s.reports)
		if n == 0 || r.Seq > s.reports[n-1].Seq {
			if n > 0 && r.Seq == s.reports[n-1].Seq+1 && r.Prev != s.reports[n-1].Hash() {
				return false
			}
			s.reports = append(s.reports, r)
			continue
		}
		i := slices.IndexFunc(s.reports, func(x wire.Report) bool { return x.Seq == r.Seq })
		if i >= 0 && s.reports[i].Hash() != r.Hash() {
			return false
		}
	}
	return true
}

// world is an agent, its machine, its server, and the time.
type world struct {
	t      *testing.T
	server *server
	agent  *Agent
	now    time.Time
	plan   plan
	rnd    float64
	found  wire.Result // of the screen lock; the rest passes
	looked []wire.Settings
	said   []string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, server: newServer(t), now: time.Unix(1_800_000_000, 0), rnd: 0.5, found: wire.Result{Check: wire.ScreenLock, Verdict: wire.Pass}}
	w.agent = &Agent{
		Dir: Dir(memory(t)), Build: 1_002_003, Clock: w, Rand: func() float64 { return w.rnd },
		Log:     func(line string) { w.said = append(w.said, line) },
		Machine: Machine{Platform: wire.Linux, Look: w.look},
	}
	return w
}

// memory is a folder in memory where the system has one: a year passes in these tests,
// and a disk would be waited for at every report of it.
func memory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "toucan-agent-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (w *world) Now() time.Time                       { return w.now }
func (w *world) After(time.Duration) <-chan time.Time { return nil }

func (w *world) look(_ context.Context, s wire.Settings, _ time.Time) []check.Answer {
	w.looked = append(w.looked, s)
	var out []check.Answer
	for _, c := range wire.Checks() {
		r := wire.Result{Check: c, Verdict: wire.Pass}
		if c == w.found.Check {
			r = w.found
		}
		out = append(out, check.Answer{Result: r, Detail: []string{"raw output of " + string(c)}})
	}
	return out
}

func (w *world) enrol() Enrolled {
	w.t.Helper()
	to, err := ParseAddress(w.server.URL+"/o/acme#"+code, "")
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := w.agent.Enrol(context.Background(), to, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// pass lets time go by, turn after turn, as Run would, but for the turns in which it
// would only look at the clock.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	until := w.now.Add(d)
	for turns := 0; ; turns++ {
		next := w.agent.turn(context.Background(), &w.plan)
		if turns > 5000 {
			w.t.Fatal("the agent does not come to rest")
		}
		switch {
		case w.plan.device == "":
			if next.Sub(w.now) == idle { // not enrolled, or at an end: nothing will happen by itself
				next = until.Add(1)
			}
		case !w.plan.due(w.now):
			next = w.plan.look
			if w.plan.waiting && w.plan.try.Before(next) {
				next = w.plan.try
			}
		}
		if next.After(until) {
			w.now = until
			return
		}
		if next.After(w.now) {
			w.now = next
		}
	}
}

// change is what a person does to the machine, which wakes the agent.
func (w *world) change(v wire.Verdict, r wire.Reason) {
	w.found = wire.Result{Check: wire.ScreenLock, Verdict: v, Reason: r}
	w.plan.wake(w.now)
}

// restart is another process on the same state.
func (w *world) restart() { w.plan = plan{} }

func (w *world) state() State {
	w.t.Helper()
	e, err := w.agent.Dir.Enrolled()
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.agent.Dir.State(e)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// stored are the numbers and verdicts the server has, such as "1 pass, 2 fail".
func (w *world) stored() string {
	var out string
	for i, r := range w.server.reports {
		if i > 0 {
			out += ", "
		}
		out += fmt.Sprintf("%d %s", r.Seq, r.Results[1].Verdict)
	}
	return out
}
