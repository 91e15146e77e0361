package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/device/osquery/osquerysim"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// heard is a taker that keeps what it is told.
type heard struct {
	mu    sync.Mutex
	words []device.Word
	fail  error
}

func (x *heard) Take(_ context.Context, who access.Actor, words []device.Word, _ time.Time) (device.Taken, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := who.May(access.ReportDevices); err != nil {
		return device.Taken{}, err
	}
	if x.fail == nil {
		x.words = append(x.words, words...)
	}
	return device.Taken{Changed: len(words)}, x.fail
}

// osq is the store of hosts of a house.
func (h *house) osq(taker osquery.Taker) *osquery.Store {
	return osquery.New(osquery.Config{DB: h.d, Log: h.log, Devices: taker, Settings: func(context.Context, access.Actor, time.Time) (wire.Settings, error) { return wire.Usual(), nil }})
}

// hosts is a server that hosts report to, and the secret they enrol with.
type hosts struct {
	*httptest.Server
	store  *osquery.Store
	told   *heard
	secret string
	id     string // of the secret
	now    time.Time
}

func (h *house) hosts(t testing.TB) *hosts {
	t.Helper()
	x := &hosts{told: &heard{}, now: now}
	x.store = h.osq(x.told)
	x.Server = httptest.NewServer(&osquery.Handler{Store: x.store, Machine: h.access.Machine, Now: func() time.Time { return x.now }, From: func(r *http.Request) string { return r.RemoteAddr }})
	t.Cleanup(x.Close)
	text, s, err := x.store.NewSecret(t.Context(), h.actors[access.Administrator], "all of ours", osquery.UsualMost, time.Time{}, now)
	must(t, err)
	x.secret, x.id = text, s.ID
	return x
}

func (x *hosts) host(id string, p wire.Platform) *osquerysim.Host {
	return &osquerysim.Host{HTTP: x.Client(), Base: x.URL, Slug: "one", Secret: x.secret, ID: id, Platform: p}
}

func TestAHostWithOsqueryReportsVerdicts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, channel := range []osquerysim.Channel{osquerysim.Both, osquerysim.Body, osquerysim.Header} {
			for _, packed := range []bool{false, true} {
				x := h.hosts(t)
				sim := x.host(fmt.Sprint("host ", channel, packed), wire.MacOS)
				sim.Channel, sim.Gzip = channel, packed
				c, err := sim.Config(t.Context())
				must(t, err)
				if len(c.Schedule) != 7 || !strings.Contains(c.Schedule["toucan_disk_encryption"].Query, "filevault_status") {
					t.Errorf("a Mac is given %+v", c)
				}
				sim.Snapshot(now.Add(-2*time.Hour), wire.Result{Check: wire.Firewall, Verdict: wire.Fail, Reason: wire.Off})
				sim.Snapshot(now.Add(-time.Hour), wire.Result{Check: wire.Firewall, Verdict: wire.Pass})
				sim.Row(now, "toucan_firewall", map[string]string{"check_id": "firewall", "verdict": "pass", "reason": "", "hostname": "canary"})
				must(t, sim.Send(t.Context()))
				must(t, sim.Status(t.Context(), "canary of a status log"))
				must(t, sim.Write(t.Context(), map[string][]map[string]string{"q": {{"path": "/home/ann/canary"}}}))
				if n, err := sim.Read(t.Context()); err != nil || n != 0 {
					t.Errorf("it was asked %d questions, %v", n, err)
				}
				w := x.told.words
				if len(w) != 2 || w[0].Kind != device.Osquery || w[0].Platform != wire.MacOS || w[0].Key != w[1].Key || !w[0].SeenAt.Equal(now.Add(-2*time.Hour).Truncate(time.Second)) ||
					w[0].Results[0].Verdict != wire.Fail || w[1].Results[0].Verdict != wire.Pass {
					t.Errorf("the devices heard %+v", w)
				}
				must(t, x.store.Flush(t.Context()))
			}
		}
		days, err := h.osq(nil).Counts(t.Context(), h.actors[access.Administrator])
		if err != nil || len(days) != 1 || days[0].Taken != 12 || days[0].Refused != 6 || days[0].StatusLogs != 6 || days[0].Answered != 6 {
			t.Errorf("counted %+v, %v", days, err)
		}
	})
}

func TestNothingOfAHostIsStored(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		sim := x.host("canary-4C4C4544-0042", wire.Windows)
		must(t, sim.Enrol(t.Context()))
		sim.Row(now, "toucan_firewall", map[string]string{"check_id": "canary-row"})
		must(t, sim.Send(t.Context()))
		must(t, x.store.Flush(t.Context()))
		must(t, h.d.Read(t.Context(), h.actors[access.Administrator].Org(), func(tx *db.Tx) error {
			var host, key string
			err := tx.QueryRow(t.Context(), `SELECT host, key_hash FROM device_osquery_node`).Scan(&host, &key)
			if strings.Contains(host, "canary") || strings.Contains(key, sim.Key) {
				t.Errorf("stored %q and %q", host, key)
			}
			return err
		}))
		records, err := h.log.Records(t.Context(), h.d, h.actors[access.Administrator].Org(), 0, 10_000)
		must(t, err)
		if text := fmt.Sprintf("%+v", records); strings.Contains(text, "canary") || strings.Contains(text, sim.Key) || strings.Contains(text, x.secret) {
			t.Error("the log holds something of the host")
		}
	})
}

func TestAHostIsKnownAgainAndItsOldKeyEnds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		a := x.host("host", wire.Linux)
		a.Snapshot(now, wire.Result{Check: wire.Firewall, Verdict: wire.Pass})
		must(t, a.Send(t.Context()))
		x.now = now.Add(10 * time.Minute)
		b := x.host("host", wire.Linux) // set up anew
		b.Snapshot(now, wire.Result{Check: wire.Firewall, Verdict: wire.Pass})
		must(t, b.Send(t.Context()))
		if w := x.told.words; len(w) != 2 || w[0].Key != w[1].Key {
			t.Fatalf("the same host is %+v", w)
		}
		a.Snapshot(now, wire.Result{Check: wire.Firewall, Verdict: wire.Pass})
		x.now = now.Add(20*time.Minute - time.Second)
		if err := a.Send(t.Context()); !errors.Is(err, osquerysim.ErrRefused) || a.Buffered() != 1 { // it has a key of just now, says the server
			t.Errorf("too soon after the other: %v, %d entries wait", err, a.Buffered())
		}
		x.now = now.Add(20 * time.Minute)
		must(t, a.Send(t.Context())) // node_invalid, and so it enrols anew
		if a.Enrols != 2 || a.Buffered() != 0 {
			t.Errorf("it enrolled %d times, and %d entries wait", a.Enrols, a.Buffered())
		}
	})
}

func TestAKeyOpensOneOrganisationAndAnUnknownOneNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		sim := x.host("host", wire.Linux)
		must(t, sim.Enrol(t.Context()))
		post := func(path, auth, body string) (int, string) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, x.URL+path, strings.NewReader(body))
			must(t, err)
			if auth != "" {
				r.Header.Set("Authorization", auth)
			}
			resp, err := x.Client().Do(r)
			must(t, err)
			defer resp.Body.Close()
			b := make([]byte, 200)
			n, _ := resp.Body.Read(b)
			return resp.StatusCode, string(b[:n])
		}
		mine := `{"node_key":"` + sim.Key + `"}`
		for name, tt := range map[string]struct {
			path, auth, body string
			status           int
			holds            string
		}{
			"its own":                       {"/o/one/osquery/distributed/read", "", mine, 200, `"queries":{}`},
			"in both places":                {"/o/one/osquery/distributed/read", "NodeKey " + sim.Key, mine, 200, `"queries":{}`},
			"in the other organisation":     {"/o/two/osquery/distributed/read", "", mine, 200, `{"node_invalid":true}`},
			"no organisation":               {"/o/three/osquery/distributed/read", "", mine, 404, `"error"`},
			"another key":                   {"/o/one/osquery/config", "", `{"node_key":"x"}`, 200, `{"node_invalid":true}`},
			"no key":                        {"/o/one/osquery/config", "", `{}`, 200, `{"node_invalid":true}`},
			"two keys":                      {"/o/one/osquery/config", "NodeKey x", mine, 200, `{"node_invalid":true}`},
			"another kind of authorization": {"/o/one/osquery/config", "Bearer " + sim.Key, mine, 200, `{"node_invalid":true}`},
			"no JSON":                       {"/o/one/osquery/log", "", `node_key=` + sim.Key, 400, `"error"`},
			"too large":                     {"/o/one/osquery/log", "", `{"node_key":"` + sim.Key + `","log_type":"status","data":"` + strings.Repeat("x", osquery.MaxBody) + `"}`, 413, `"error"`},
			"no such door":                  {"/o/one/osquery/carve", "", mine, 404, `"error"`},
		} {
			if status, body := post(tt.path, tt.auth, tt.body); status != tt.status || !strings.Contains(body, tt.holds) {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
	})
}

func TestASecretThatEndedEnrolsNobody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		admin := h.actors[access.Administrator]
		before := x.host("before", wire.Linux)
		must(t, before.Enrol(t.Context()))
		must(t, x.store.EndSecret(t.Context(), admin, x.id, now))
		if err := x.host("after", wire.Linux).Enrol(t.Context()); !errors.Is(err, osquerysim.ErrRefused) {
			t.Errorf("with a secret that ended: %v", err)
		}
		if _, err := before.Config(t.Context()); err != nil || before.Enrols != 1 {
			t.Errorf("a host that enrolled before: %v, enrolled %d times", err, before.Enrols)
		}
		text, _, err := x.store.NewSecret(t.Context(), admin, "", 1, now.Add(time.Hour), now)
		must(t, err)
		x.secret = text
		must(t, x.host("in time", wire.Linux).Enrol(t.Context()))
		x.now = now.Add(time.Hour)
		if err := x.host("late", wire.Linux).Enrol(t.Context()); !errors.Is(err, osquerysim.ErrRefused) {
			t.Errorf("with a secret that ran out: %v", err)
		}
		other := x.host("elsewhere", wire.Linux)
		other.Slug = "two"
		x.now = now
		if err := other.Enrol(t.Context()); !errors.Is(err, osquerysim.ErrRefused) {
			t.Errorf("with the secret of another organisation: %v", err)
		}
		list, err := x.store.Secrets(t.Context(), admin)
		if err != nil || len(list) != 2 || list[0].Hosts+list[1].Hosts != 2 {
			t.Errorf("the secrets are %+v, %v", list, err)
		}
		if _, _, err := x.store.NewSecret(t.Context(), admin, "", 1, now, now); problem.Of(err).Field != "until" {
			t.Errorf("a secret for the past: %v", err)
		}
		h.both(t, "device.osquery_secret", "device.osquery_enrolled")
	})
}

func TestASecretIsForSoManyMachines(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		admin := h.actors[access.Administrator]
		text, s, err := x.store.NewSecret(t.Context(), admin, "two", 2, time.Time{}, now)
		must(t, err)
		x.secret = text
		enrol := func(id string) error { return x.host(id, wire.Linux).Enrol(t.Context()) }
		must(t, enrol("a"))
		must(t, enrol("b"))
		for _, id := range []string{"c", "d"} {
			if err := enrol(id); !errors.Is(err, osquerysim.ErrRefused) {
				t.Errorf("%s, of two: %v", id, err)
			}
		}
		x.now = now.Add(10 * time.Minute)
		must(t, enrol("a")) // is known, and takes no place
		if err := enrol("c"); !errors.Is(err, osquerysim.ErrRefused) {
			t.Errorf("after one enrolled anew, a third: %v", err)
		}
		must(t, x.store.SetMost(t.Context(), admin, s.ID, 3, x.now))
		must(t, enrol("c"))
		for _, most := range []int{0, -1, 100_001} {
			if err := x.store.SetMost(t.Context(), admin, s.ID, most, x.now); problem.Of(err).Field != "most" {
				t.Errorf("for %d machines: %v", most, err)
			}
			if _, _, err := x.store.NewSecret(t.Context(), admin, "", most, time.Time{}, x.now); problem.Of(err).Field != "most" {
				t.Errorf("a secret for %d machines: %v", most, err)
			}
		}
		must(t, x.store.SetMost(t.Context(), admin, s.ID, 1, x.now)) // fewer than there are: nobody new
		if err := enrol("e"); !errors.Is(err, osquerysim.ErrRefused) {
			t.Errorf("of a secret for one that has three: %v", err)
		}
		list, err := x.store.Secrets(t.Context(), admin)
		if err != nil || list[0].Most != 1 || list[0].Used != 3 || list[0].Left() != 0 || list[0].Hosts != 3 {
			t.Errorf("the secrets are %+v, %v", list, err)
		}
		must(t, x.store.Flush(t.Context()))
		if days, err := x.store.Counts(t.Context(), admin); err != nil || len(days) != 1 || days[0].TurnedAway != 4 {
			t.Errorf("counted %+v, %v", days, err)
		}
		must(t, x.store.EndSecret(t.Context(), admin, s.ID, x.now))
		if err := x.store.SetMost(t.Context(), admin, s.ID, 9, x.now); problem.Of(err).Code != problem.NotFound {
			t.Errorf("of a secret that ended: %v", err)
		}
	})
}

func TestAHostCannotFloodTheServerWithResults(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		sim := x.host("host", wire.Linux)
		say := func() error {
			sim.Snapshot(x.now, wire.Result{Check: wire.Firewall, Verdict: wire.Pass})
			return sim.Send(t.Context())
		}
		for i := range 20 {
			if err := say(); err != nil {
				t.Fatalf("log %d: %v", i, err)
			}
		}
		if err := say(); err == nil || sim.Buffered() != 1 || len(x.told.words) != 20 {
			t.Errorf("the next: %v, %d entries wait, %d were heard", err, sim.Buffered(), len(x.told.words))
		}
		other := x.host("other", wire.Linux)
		other.Snapshot(x.now, wire.Result{Check: wire.Firewall, Verdict: wire.Pass})
		must(t, other.Send(t.Context()))
		x.now = x.now.Add(3 * time.Second)
		must(t, sim.Send(t.Context()))
		if n := len(x.told.words); n != 22 || sim.Buffered() != 0 {
			t.Errorf("three seconds later %d were heard, %d entries wait", n, sim.Buffered())
		}
	})
}

// both checks that the log holds leaves of kinds, and is whole.
func (h *house) both(t *testing.T, kinds ...string) {
	t.Helper()
	org := h.actors[access.Administrator].Org()
	all := h.kinds(t, org, 0)
	for _, k := range kinds {
		if !slices.Contains(all, k) {
			t.Errorf("the log has no %s", k)
		}
	}
	must(t, h.log.Verify(t.Context(), h.d, org))
}

func TestAHostKeepsWhatTheServerDidNotStore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		sim := x.host("host", wire.Linux)
		for i := range 1500 { // an outage of days
			sim.Snapshot(now.Add(time.Duration(i-1500)*time.Hour), wire.Result{Check: wire.Firewall, Verdict: wire.Pass})
		}
		x.told.fail = problem.New(problem.Busy, "Try again.")
		if err := sim.Send(t.Context()); err == nil || sim.Buffered() != 1500 {
			t.Errorf("%v, and %d entries wait", err, sim.Buffered())
		}
		x.told.fail = nil
		must(t, sim.Send(t.Context()))
		if n := len(x.told.words); n != 1500 || sim.Buffered() != 0 {
			t.Errorf("%d words came, %d entries wait", n, sim.Buffered())
		}
	})
}

func TestIdleHostsTouchNoDatabase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		sim := x.host("host", wire.Linux)
		_, err := sim.Config(t.Context())
		must(t, err)
		must(t, x.store.Flush(t.Context()))
		x.store.DB = nil // whoever asks it now breaks
		x.now = now.Add(4 * time.Minute)
		for range 3 {
			if _, err := sim.Config(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n, err := sim.Read(t.Context()); err != nil || n != 0 {
				t.Fatal(n, err)
			}
		}
	})
}

func TestWhenAHostWasHeardOfIsWrittenInGroups(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		org := h.actors[access.Administrator].Org()
		for i := range 3 {
			must(t, x.host(fmt.Sprint(i), wire.Linux).Enrol(t.Context()))
		}
		x.now = now.Add(10 * time.Minute)
		sim := x.host("0", wire.Linux)
		must(t, sim.Enrol(t.Context()))
		x.now = now.Add(11 * time.Minute)
		_, err := sim.Read(t.Context())
		must(t, err)
		before, err := h.d.Revision(t.Context(), org)
		must(t, err)
		must(t, x.store.Flush(t.Context()))
		must(t, h.d.Read(t.Context(), org, func(tx *db.Tx) error {
			var n int
			err := tx.QueryRow(t.Context(), `SELECT count(*) FROM device_osquery_node WHERE org = $1 AND seen_at = $2`, org, db.Micros(x.now)).Scan(&n)
			if n != 1 {
				t.Errorf("%d hosts were heard of", n)
			}
			return err
		}))
		if after, err := h.d.Revision(t.Context(), org); err != nil || after != before {
			t.Errorf("the revision rose from %d to %d, %v", before, after, err)
		}
	})
}

// nowhere is a response writer that keeps the status alone.
type nowhere struct {
	head   http.Header
	status int
}

func (w *nowhere) Header() http.Header         { return w.head }
func (w *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (w *nowhere) WriteHeader(status int)      { w.status = status }

// BenchmarkOsqueryIdle is what an idle host costs the handler, without TLS and the server
// around it.
func BenchmarkOsqueryIdle(b *testing.B) {
	h := newHouse(b, dbtest.SQLite(b))
	x := h.hosts(b)
	sim := x.host("host", wire.Windows)
	must(b, sim.Enrol(b.Context()))
	handler := &osquery.Handler{Store: x.store, Machine: h.access.Machine, Now: func() time.Time { return x.now }, From: func(r *http.Request) string { return r.RemoteAddr }}
	for _, door := range []string{"config", "distributed/read"} {
		b.Run(strings.ReplaceAll(door, "/", " "), func(b *testing.B) {
			body := []byte(`{"node_key":"` + sim.Key + `"}`)
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/o/one/osquery/"+door, nil)
			r.Header.Set("Authorization", "NodeKey "+sim.Key)
			w := &nowhere{head: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				r.Body = io.NopCloser(bytes.NewReader(body))
				handler.ServeHTTP(w, r)
			}
			if w.status != http.StatusOK {
				b.Fatal(w.status)
			}
		})
	}
}

func TestWhatAHostSaysIsHowItsDeviceStands(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.hosts(t)
		x.store.Devices = h.devices
		sim := x.host("host", wire.Windows)
		disk := func(at time.Time, r wire.Reason) {
			v := wire.Pass
			if r != "" {
				v = r.Verdict()
			}
			sim.Snapshot(at, wire.Result{Check: wire.DiskEncryption, Verdict: v, Reason: r})
			must(t, sim.Send(t.Context()))
		}
		stands := func() string {
			list, err := h.devices.List(t.Context(), h.actors[access.Administrator], now)
			must(t, err)
			if len(list) != 1 || list[0].Platform != wire.Windows || list[0].Owner != "" || len(list[0].Sources) != 1 || list[0].Sources[0].Kind != device.Osquery {
				t.Fatalf("the devices are %+v", list)
			}
			return fmt.Sprint(list[0].Checks[0].State, " ", list[0].Checks[0].Reason, ", ", list[0].Checks[4].State)
		}
		disk(now.Add(-3*time.Hour), wire.Suspended)
		if got := stands(); got != "fail suspended, stale" {
			t.Errorf("first it stands %s", got)
		}
		sim.Snapshot(now.Add(-2*time.Hour), wire.Result{Check: wire.Firewall, Verdict: wire.Pass})
		must(t, sim.Send(t.Context())) // of another check alone: the disk keeps what was said
		if got := stands(); got != "fail suspended, pass" {
			t.Errorf("with the firewall it stands %s", got)
		}
		disk(now.Add(-time.Hour), "")
		disk(now.Add(-90*time.Minute), wire.Off) // late
		if got := stands(); got != "pass , pass" {
			t.Errorf("an entry that came late turned it to %s", got)
		}
	})
}
