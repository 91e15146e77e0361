package notify

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// The example of the specification of Standard Webhooks.
func TestSign(t *testing.T) {
	got, err := Sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("%q (%v), want %q", got, err, want)
	}
	for _, bad := range []string{"", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!"} {
		if _, err := Sign(bad, "id", at, nil); err == nil {
			t.Errorf("signed with %q", bad)
		}
	}
	if _, err := Sign(NewSecret(), "id", at, nil); err != nil {
		t.Errorf("a new secret: %v", err)
	}
}

// receiver is a webhook's other side that answers as it is told.
func receiver(t *testing.T, answer http.HandlerFunc) (string, *Guard) {
	t.Helper()
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	g, err := NewGuard([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return srv.URL + "/hook", g
}

func TestAReceiverCanVerify(t *testing.T) {
	var got *http.Request
	var body []byte
	to, g := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	sent, err := bodyOf(Event{Type: "checkpoint.signed", At: at, Data: map[string]int{"size": 7}})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.post(t.Context(), Hook{to, secret}, "id-1", sent, at); err != nil {
		t.Fatal(err)
	}
	want, err := Sign(secret, got.Header.Get("webhook-id"), at, body)
	if err != nil || got.Header.Get("webhook-signature") != want || got.Header.Get("webhook-id") != "id-1" || got.Header.Get("webhook-timestamp") != "1772355600" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v, signature wanted %s (%v)", got.Header, want, err)
	}
	if want := `{"type":"checkpoint.signed","timestamp":"2026-03-01T09:00:00Z","data":{"size":7}}`; string(body) != want {
		t.Errorf("body %s, want %s", body, want)
	}
	if _, err := bodyOf(Event{Type: "x", Data: strings.Repeat("x", maxBody)}); err == nil || problem.Of(err).Code != problem.Invalid {
		t.Errorf("a large body: %v", err)
	}
}

func TestWhatAReceiverAnswers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		header []string
		want   problem.Code // empty: delivered
		wait   time.Duration
	}{
		{"taken", 200, nil, "", 0},
		{"taken without a word", 204, nil, "", 0},
		{"a redirect is not followed", 302, []string{"Location", "/elsewhere"}, problem.Busy, 0},
		{"not now", 503, []string{"Retry-After", "120"}, problem.Busy, 2 * time.Minute},
		{"too often", 429, []string{"Retry-After", at.Add(time.Hour).Format(http.TimeFormat)}, problem.Busy, time.Hour},
		{"too often for ever", 429, []string{"Retry-After", "99999999"}, problem.Busy, 0},
		{"no such page", 404, nil, problem.Busy, 0},
		{"a fault", 500, nil, problem.Busy, 0},
		{"gone", 410, nil, problem.Invalid, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			to, g := receiver(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				for i := 0; i+1 < len(tt.header); i += 2 {
					w.Header().Set(tt.header[i], tt.header[i+1])
				}
				w.WriteHeader(tt.status)
			})
			err := g.post(t.Context(), Hook{to, secret}, "id-1", []byte("{}"), at)
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || problem.Of(err).Code != tt.want {
				t.Fatalf("%v, want %s", err, tt.want)
			}
			if o := outcomeOf(Webhook, 0, err); tt.wait > 0 && o.wait != tt.wait {
				t.Errorf("tried again after %s, want %s", o.wait, tt.wait)
			}
		})
	}
}

func TestTheScheduleEnds(t *testing.T) {
	busy := problem.New(problem.Busy, "Not now.")
	for c, waits := range map[Channel][]time.Duration{Mail: mailWaits, Webhook: hookWaits} {
		for i, want := range waits {
			if o := outcomeOf(c, i, busy); o.state != Waiting || o.wait != want || o.why != "Not now." {
				t.Errorf("%s after try %d: %+v", c, i+1, o)
			}
		}
		if o := outcomeOf(c, len(waits), busy); o.state != Failed || o.why != "Given up after all tries. Not now." {
			t.Errorf("%s after the last try: %+v", c, o)
		}
	}
}

func TestReach(t *testing.T) {
	g, err := NewGuard([]string{"10.1.2.0/24", "hooks.corp.example", "fd00:1::/32"})
	if err != nil {
		t.Fatal(err)
	}
	for address, ok := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "10.1.2.7": true, "::ffff:10.1.2.7": true, "fd00:1::7": true,
		"127.0.0.1": false, "127.9.9.9": false, "0.0.0.0": false, "10.1.3.7": false, "172.16.0.1": false, "172.31.255.255": false, "172.32.0.1": true, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false, "100.128.0.1": true, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false,
		"::1": false, "::": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "fe80::1": false, "fe80::1%eth0": false, "fd00:2::1": false, "fc00::1": false,
		"fd00:ec2::254": false, "64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b::5db8:d822": true, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2002:5db8:d822::": true,
		"2001:0:1::1": false, "2001:db8::1": false, "ff02::1": false, "::ffff:0:7f00:1": false,
	} {
		if err := g.Reach(netip.MustParseAddr(address)); (err == nil) != ok {
			t.Errorf("%s: %v, want reachable %t", address, err, ok)
		}
	}
	if (&Guard{}).Reach(netip.Addr{}) == nil {
		t.Error("no address at all was let through")
	}
	for _, bad := range []string{"", "a b", "10.0.0.0/99", "http://x"} {
		if _, err := NewGuard([]string{bad}); err == nil {
			t.Errorf("%q was taken as a host or a range", bad)
		}
	}
}

// The check is made where the connection is: a name that leads inside is no way
// in, and neither is a number written in another way.
func TestNoNameLeadsInside(t *testing.T) {
	asked := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer srv.Close()
	at, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		resp, err := new(Guard).Client(time.Second).Get("http://" + host + ":" + at.Port())
		if err == nil {
			resp.Body.Close()
			t.Errorf("%s was reached", host)
		}
	}
	if asked {
		t.Error("the server inside was asked")
	}
	named, err := NewGuard([]string{"localhost"})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := named.Client(5 * time.Second).Get("http://localhost:" + at.Port())
	if err != nil {
		t.Fatalf("a named host was refused: %v", err)
	}
	resp.Body.Close()
	err = new(Guard).post(t.Context(), Hook{"https://localhost:" + at.Port(), secret}, "id", []byte("{}"), time.Now())
	if err == nil || problem.Of(err).Code != problem.Invalid || !strings.Contains(problem.Of(err).Text, "private network") {
		t.Errorf("a hook into the network: %v", err)
	}
}

func TestCheckHook(t *testing.T) {
	g := &Guard{}
	if err := g.Check(Hook{"https://hooks.example.com/t?x=1", secret}); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "hooks.example.com", "http://hooks.example.com", "ftp://hooks.example.com", "https://user:pw@hooks.example.com", "https://", "https://h/#x", "https://h/" + strings.Repeat("x", 2000)} {
		if err := g.Check(Hook{bad, secret}); err == nil || problem.Of(err).Field != "url" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if b, err := json.Marshal(Event{Type: "x", At: at}); err != nil || string(b) != `{"type":"x","timestamp":"2026-03-01T09:00:00Z","data":null}` {
		t.Errorf("%s, %v", b, err)
	}
}
