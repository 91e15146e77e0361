package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/agent"
	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

const (
	code   = "0123456789abcdefghjkmnpqrs"
	device = wire.ID("00112233445566778899aabbccddeeff")
)

// accept is a server that takes in whoever has the code, and every report.
func accept(t testing.TB, got chan<- wire.Delivery) http.Handler {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	var pub ed25519.PublicKey
	mux := http.NewServeMux()
	mux.HandleFunc("POST /o/acme/device/enroll", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		m, err := wire.Parse[wire.Enrolment](b)
		if err != nil || m.Message.Code != code {
			w.WriteHeader(http.StatusForbidden)
			w.Write(wire.Encode(wire.Refusal{V: wire.Version, Code: wire.BadCode}))
			return
		}
		pub = wire.Key(m.Message.Key)
		w.Write(wire.Sign(wire.Welcome{V: wire.Version, Device: device, Nonce: m.Message.Nonce, Key: wire.KeyText(key.Public().(ed25519.PublicKey)), Settings: wire.Usual()}, key))
	})
	mux.HandleFunc("POST /o/acme/device/report", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		d, err := wire.Open[wire.Delivery](b, pub)
		headers := slices.Sorted(maps.Keys(r.Header))
		if err != nil || r.Header.Get("User-Agent") != "toucan-agent" || !slices.Equal(headers, []string{"Connection", "Content-Length", "Content-Type", "User-Agent"}) {
			t.Errorf("%v: a request with %v", err, r.Header)
			close(got)
			return
		}
		newest := d.Reports[len(d.Reports)-1]
		w.Write(wire.Sign(wire.Receipt{V: wire.Version, Device: device, Seq: newest.Seq, Report: newest.Hash(), ReceivedAt: d.SentAt, Settings: wire.Usual()}, key))
		got <- d
	})
	return mux
}

// person types commands.
type person struct {
	t        *testing.T
	p        program
	out, err bytes.Buffer
}

func newPerson(t *testing.T, dir string) *person {
	h := &person{t: t}
	h.p = program{stdin: strings.NewReader(""), stdout: &h.out, stderr: &h.err, clock: wall{}, dir: agent.Dir(dir), version: "1.2.3",
		exists: func(string) bool { return false },
		machine: agent.Machine{Platform: wire.Linux, Look: func(context.Context, wire.Settings, time.Time) []check.Answer {
			var out []check.Answer
			for _, c := range wire.Checks() {
				out = append(out, check.Answer{Result: wire.Result{Check: c, Verdict: wire.Pass}, Detail: []string{"raw"}})
			}
			out[1].Result = wire.Result{Check: wire.ScreenLock, Verdict: wire.Fail, Reason: wire.TooLong}
			return out
		}},
		serve: func(ctx context.Context, work func(context.Context, func())) error { work(ctx, func() {}); return nil },
	}
	return h
}

// types runs a command and returns what it printed.
func (h *person) types(want int, args ...string) string {
	h.t.Helper()
	h.out.Reset()
	h.err.Reset()
	if got := h.p.do(context.Background(), args); got != want {
		h.t.Errorf("%v ends with %d, want %d: %s", args, got, want, h.err.String())
	}
	return h.out.String() + h.err.String()
}

func (h *person) sees(text, want string) {
	h.t.Helper()
	if !strings.Contains(text, want) {
		h.t.Errorf("%q is not in:\n%s", want, text)
	}
}

// TestAsAPersonWould goes through the life of a device by its commands.
func TestAsAPersonWould(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	h := newPerson(t, dir)
	got := make(chan wire.Delivery, 9)
	s := httptest.NewTLSServer(accept(t, got))
	defer s.Close()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}

	text := h.types(0, "check", "--detail")
	h.sees(text, "Screen lock        FAILS: ")
	h.sees(text, `    "raw"`)
	h.sees(h.types(0, "status"), "not enrolled, and sends nothing")
	h.sees(h.types(0, "show-sent"), "nothing was sent")
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("a command that only shows has written something")
	}

	h.sees(h.types(1, "enroll", s.URL+"/o/acme#"+code), "certificate")
	h.sees(h.types(1, "enroll", "--ca", authority, s.URL+"/o/acme#"+strings.Repeat("0", 26)), "take a new one")
	h.sees(h.types(1, "enroll", "http://toucan.example/o/acme#"+code), "https://")
	h.sees(h.types(0, "enroll", code, "--server", s.URL+"/o/acme", "--ca", authority), "as device "+string(device))

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.p.agent(dir).Run(ctx, func() {})
	}()
	d := <-got
	stop()
	<-ended
	if d.Build != 1_002_003 || d.Reports[0].Results[1].Reason != wire.TooLong {
		t.Errorf("the server got %+v", d)
	}

	text = h.types(0, "status")
	h.sees(text, "Reports to https://127.0.0.1:")
	h.sees(text, "1 report, the last at")
	text = h.types(0, "show-sent")
	h.sees(text, string(wire.Encode(d)))
	h.sees(text, "zeros stand for it")
	h.sees(text, "every signature holds")
	text = h.types(0, "reveal", "1")
	h.sees(text, string(d.Reports[0].Detail))
	h.sees(h.types(1, "reveal", "7"), "nothing is kept")

	h.sees(h.types(1, "uninstall"), "nothing was changed")
	h.p.stdin = strings.NewReader("yes\n")
	h.p.exists = func(p string) bool { return p == "/var/lib/dpkg/info/toucan-agent.list" }
	h.sees(h.types(0, "uninstall"), "apt purge toucan-agent")
	h.sees(h.types(0, "status"), "not enrolled")
	h.p.exists = func(string) bool { return false }
	text = h.types(0, "uninstall", "--yes")
	h.sees(text, "is not enrolled, and nothing is kept or sent")
	h.sees(text, "as you installed it")
	if strings.Contains(text, "dnf") {
		t.Errorf("a machine without dnf is told: %s", text)
	}
}

func TestARecordThatDoesNotHoldIsSaid(t *testing.T) {
	dir := t.TempDir()
	h := newPerson(t, dir)
	s := httptest.NewServer(accept(t, make(chan wire.Delivery, 9)))
	defer s.Close()
	h.types(0, "enroll", s.URL+"/o/acme#"+code)
	if err := os.WriteFile(filepath.Join(dir, "sent", "0000000002.sent"), []byte("anna's laptop\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := h.types(1, "show-sent")
	h.sees(text, "anna's laptop")
	h.sees(text, "DOES NOT HOLD")
}

// TestAnAnswerDoesNotSpeakToTheTerminal: what answers may be a gateway of anybody's, and
// root looks at the record.
func TestAnAnswerDoesNotSpeakToTheTerminal(t *testing.T) {
	dir := t.TempDir()
	h := newPerson(t, dir)
	s := httptest.NewServer(accept(t, make(chan wire.Delivery, 9)))
	defer s.Close()
	h.types(0, "enroll", s.URL+"/o/acme#"+code)
	for _, kind := range []string{"sent", "answer"} {
		if err := os.WriteFile(filepath.Join(dir, "sent", "0000000002."+kind), []byte("<h1>gone</h1>\x1b]0;owned\a\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := h.types(1, "show-sent")
	if strings.ContainsAny(text, "\x1b\a") {
		t.Errorf("the terminal is told what to do: %q", text)
	}
	h.sees(text, `\x1b]0;owned\a`)
}

func TestEveryReadIsListed(t *testing.T) {
	h := newPerson(t, t.TempDir())
	for _, p := range platforms() {
		text := h.types(0, "list-reads", "--platform", string(p))
		for _, r := range check.Reads(p) {
			h.sees(text, whereOf(r))
			h.sees(text, r.Why)
		}
		if own := strings.Contains(text, "in "+string(h.p.dir)+","); own != (p == h.p.machine.Platform) {
			t.Errorf("%s: whether the folder of this machine is named: %t", p, own)
		}
	}
	if len(check.Reads(wire.Linux)) == 0 {
		t.Error("there is nothing to list")
	}
	h.types(2, "list-reads", "--platform", "beos")
}

// TestTheFlags: no command takes another than these. There is none that changes where a
// check looks, or what it finds.
func TestTheFlags(t *testing.T) {
	known := map[string][]string{"check": {"detail"}, "list-reads": {"platform"}, "enroll": {"ca", "server"}, "uninstall": {"yes"}}
	h := newPerson(t, t.TempDir())
	flags := regexp.MustCompile(`(?m)^  -(\S+)`)
	for _, c := range commands() {
		var got []string
		for _, m := range flags.FindAllStringSubmatch(h.types(0, c.name, "--help"), -1) {
			if m[1] != "state" {
				got = append(got, m[1])
			}
		}
		if !slices.Equal(got, known[c.name]) {
			t.Errorf("%s takes %v, want %v", c.name, got, known[c.name])
		}
		h.sees(h.types(0, "help"), c.name)
	}
}

func TestWrongUsage(t *testing.T) {
	h := newPerson(t, t.TempDir())
	for _, args := range [][]string{{"snoop"}, {"check", "now"}, {"enroll"}, {"check", "--sudo"}, {"reveal", "first"}, {"status", "a", "b"}} {
		h.types(2, args...)
	}
	text := h.types(2, "enroll")
	h.sees(text, "Usage: toucan-agent enroll CODE")
	h.sees(text, "My devices")
	h.sees(h.types(2, "check", "now"), "\"now\" is not understood")
	h.sees(h.types(0, "--version"), "toucan-agent 1.2.3")
	h.sees(h.types(0), "list-reads")
}
