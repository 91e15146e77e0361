package agent

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// A file can be cut off at any byte, whatever cut it. Whichever it is: what the server
// already has under a number never gets another content.
func TestATornFileNeverMakesTwoReportsOfOneNumber(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	w.change(wire.Fail, wire.TooLong)
	w.server.lose = true // the last report is there, and the agent does not know
	w.pass(2 * time.Second)
	w.server.lose = false
	sound := string(w.agent.Dir)
	if w.stored() != "1 pass, 2 fail" || len(w.state().Queue) != 1 {
		t.Fatalf("%s, %d wait", w.stored(), len(w.state().Queue))
	}
	var names []string
	err := filepath.WalkDir(sound, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" {
			names = append(names, strings.TrimPrefix(p, sound))
		}
		return err
	})
	if err != nil || len(names) < 8 {
		t.Fatal(names, err)
	}
	have := w.server.reports
	outcomes := map[string]int{}
	for _, name := range names {
		whole, err := os.ReadFile(filepath.Join(sound, name))
		if err != nil {
			t.Fatal(err)
		}
		all := name == "/enrolment" || name == "/private/key" // in the longer ones every eleventh byte, and the last
		for cut := 0; cut < len(whole); cut++ {
			if !all && cut%11 != 0 && cut < len(whole)-8 {
				continue
			}
			if err := os.WriteFile(filepath.Join(sound, name), whole[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			outcomes[afterTheTear(t, Dir(sound), have, name, cut)]++
		}
		if err := os.WriteFile(filepath.Join(sound, name), whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"goes on", "stops"} {
		if outcomes[want] == 0 {
			t.Errorf("no tear %s: %v", want, outcomes)
		}
	}
	tearTheRecordToo(t, Dir(sound), have)
	w.restart()
	w.pass(time.Hour)
	if w.stored() != "1 pass, 2 fail" || len(w.state().Queue) != 0 {
		t.Errorf("put right again, it does not go on: %s", w.stored())
	}
}

// tearTheRecordToo takes the state away and cuts off the record of what was sent last:
// nothing tells any more what the server has, so the agent has to stop.
func tearTheRecordToo(t *testing.T, d Dir, have []wire.Report) {
	t.Helper()
	state, err := d.read("state")
	if err != nil {
		t.Fatal(err)
	}
	sent, err := d.read("sent", sentName(3, "sent"))
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(d.path("state"))
	for cut := 0; cut < len(sent); cut += 11 {
		if err := os.WriteFile(d.path("sent", sentName(3, "sent")), sent[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		if got := afterTheTear(t, d, have, "state and record", cut); got != "stops" {
			t.Errorf("without a state, and the record cut at %d, it %s", cut, got)
		}
	}
	if err := errors.Join(os.WriteFile(d.path("sent", sentName(3, "sent")), sent, 0o644), os.WriteFile(d.path("state"), state, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// afterTheTear is what an agent would do that finds the state like this.
func afterTheTear(t *testing.T, d Dir, have []wire.Report, name string, cut int) string {
	t.Helper()
	e, err := d.Enrolled()
	if err != nil {
		return "stops"
	}
	s, err := d.State(e)
	if err != nil {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s cut at %d: %v", name, cut, err)
		}
		return "stops"
	}
	if _, err := d.key(e); err != nil {
		return "stops"
	}
	last := have[len(have)-1]
	next := s.add(have[0].Results, have[0].Rules, have[0].Detail, time.Unix(1_900_000_000, 0))
	if next.Seq != last.Seq+1 || next.Prev != last.Hash() {
		t.Errorf("%s cut at %d: the next report would be %d, the server has %d", name, cut, next.Seq, last.Seq)
	}
	return "goes on"
}

func TestAMissingStateIsMadeGoodFromTheRecord(t *testing.T) {
	w := newWorld(t)
	e := w.enrol()
	w.pass(5 * time.Hour)
	before := w.state()
	os.Remove(w.agent.Dir.path("state"))
	after := w.state()
	if after.Newest.Hash() != before.Newest.Hash() || len(after.Queue) != 0 || after.Settings != before.Settings {
		t.Errorf("made good as %+v", after)
	}
	os.RemoveAll(w.agent.Dir.path("sent"))
	if _, err := w.agent.Dir.State(e); !errors.Is(err, ErrDamaged) {
		t.Errorf("without a record: %v", err)
	}
	w.restart()
	w.pass(24 * time.Hour)
	if !strings.Contains(strings.Join(w.said, "\n"), "enrol this machine anew") {
		t.Errorf("it says %q", w.said)
	}
	w.enrol()
	w.pass(5 * time.Second)
	if w.stored() != "1 pass" {
		t.Errorf("enrolled anew: %q", w.stored())
	}
}

// The report is on the disk before it leaves the machine, so a crash in between sends it
// again, unchanged.
func TestACrashBetweenWritingAndSending(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	ctx, cancel := context.WithCancel(context.Background())
	e, _ := w.agent.Dir.Enrolled()
	s := w.state()
	answers := w.look(ctx, s.Settings, w.now)
	answers[1].Result = wire.Result{Check: wire.ScreenLock, Verdict: wire.Fail, Reason: wire.TooLong}
	if err := w.agent.report(&s, answers, resultsOf(answers), Rules(wire.Linux, 1, s.Settings), w.now); err != nil {
		t.Fatal(err)
	}
	cancel()
	kept, err := w.agent.Dir.State(e)
	if err != nil || len(kept.Queue) != 1 {
		t.Fatal(kept, err)
	}
	w.restart() // what it finds now is another thing again
	w.pass(10 * time.Minute)
	if w.stored() != "1 pass, 2 fail, 3 pass" || w.server.reports[1].Hash() != kept.Queue[0].Hash() {
		t.Errorf("the server has %q", w.stored())
	}
	w.holds()
}

func TestWhoMayReadWhat(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	for name, want := range map[string]os.FileMode{
		"": 0o755, "enrolment": 0o644, "state": 0o644, "sent": 0o755, "sent/0000000002.sent": 0o644, "sent/0000000002.answer": 0o644,
		"private": 0o700, "private/lock": 0o600, "private/key": 0o600, "private/detail": 0o700, "private/detail/1": 0o600,
	} {
		info, err := os.Stat(w.agent.Dir.path(filepath.FromSlash(name)))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v, %v, want %v", name, info.Mode().Perm(), err, want)
		}
	}
	secret, err := os.ReadFile(w.agent.Dir.path("private", "key"))
	if err != nil {
		t.Fatal(err)
	}
	secret = secret[len(keyHead) : len(secret)-1]
	for _, name := range []string{"enrolment", "state", "sent/0000000001.sent", "sent/0000000002.sent"} {
		b, err := os.ReadFile(w.agent.Dir.path(filepath.FromSlash(name)))
		if err != nil || strings.Contains(string(b), string(secret)) {
			t.Errorf("%s: %v, or it holds the key", name, err)
		}
	}
}

func TestAnotherEnrolmentSetsTheFirstAside(t *testing.T) {
	w := newWorld(t)
	first := w.enrol()
	w.pass(5 * time.Hour)
	careful(t)
	second := w.enrol()
	w.pass(20 * time.Second)
	if second.Device == first.Device || w.stored() != "1 pass" {
		t.Fatalf("%s again, or not reported: %q", second.Device, w.stored())
	}
	former := Dir(w.agent.Dir.path("former", string(first.Device)))
	for _, p := range []string{w.agent.Dir.path("former"), string(former)} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v: whoever uses the device cannot read what was sent", p, info, err)
		}
	}
	e, err := former.Enrolled()
	if err != nil || !e.Key.Equal(first.Key) {
		t.Fatal(e, err)
	}
	entries, err := former.Sent()
	if err != nil || len(entries) < 3 {
		t.Errorf("%d entries of the first enrolment, %v", len(entries), err)
	}
	for _, faults := range Verify(e, entries) {
		if faults != nil {
			t.Error(faults)
		}
	}
	if _, err := former.key(e); !os.IsNotExist(err) {
		t.Errorf("the first key is still there: %v", err)
	}
}

func TestAForgedRecordIsSeen(t *testing.T) {
	w := newWorld(t)
	e := w.enrol()
	w.pass(9 * time.Hour)
	entries, err := w.agent.Dir.Sent()
	if err != nil || len(entries) < 4 {
		t.Fatal(len(entries), err)
	}
	for name, forge := range map[string]func(x []Entry){
		"a verdict changed":    func(x []Entry) { x[2].Sent = []byte(strings.Replace(string(x[2].Sent), "pass", "fail", 1)) },
		"a receipt of another": func(x []Entry) { x[2].Answer = x[1].Answer },
		"a receipt changed": func(x []Entry) {
			x[2].Answer = []byte(strings.Replace(string(x[2].Answer), `"lock_minutes":15`, `"lock_minutes":5`, 1))
		},
		"a welcome changed": func(x []Entry) {
			x[0].Answer = []byte(strings.Replace(string(x[0].Answer), `"lock_minutes":15`, `"lock_minutes":5`, 1))
		},
		"something else put in":   func(x []Entry) { x[1].Sent = []byte("anna's laptop\n") },
		"two reports of a number": func(x []Entry) { x[2].Sent = otherReport(t, w, e, x[1].Sent); x[2].Answer = nil },
	} {
		t.Run(name, func(t *testing.T) {
			mine := make([]Entry, len(entries))
			copy(mine, entries)
			forge(mine)
			for _, faults := range Verify(e, mine) {
				if faults != nil {
					return
				}
			}
			t.Error("nothing is said of it")
		})
	}
}

// otherReport is a delivery with another report of the same number, rightly signed.
func otherReport(t *testing.T, w *world, e Enrolled, sent []byte) []byte {
	d, err := wire.Open[wire.Delivery](sent, e.Key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := w.agent.Dir.key(e)
	if err != nil {
		t.Fatal(err)
	}
	d.Reports[0].ObservedAt++
	return wire.Sign(d, key)
}

func TestWipe(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	if err := w.agent.Dir.Wipe(context.Background()); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(string(w.agent.Dir))
	if err != nil || len(left) != 1 || left[0].Name() != "private" {
		t.Errorf("left: %v, %v", left, err)
	}
	if left, err = os.ReadDir(w.agent.Dir.path("private")); err != nil || len(left) != 1 || left[0].Name() != "lock" {
		t.Errorf("left in private: %v, %v", left, err)
	}
	before := len(w.server.bodies)
	w.pass(24 * time.Hour)
	if len(w.server.bodies) != before {
		t.Error("it goes on sending")
	}
	if err := Dir(filepath.Join(string(w.agent.Dir), "nowhere")).Wipe(context.Background()); err != nil {
		t.Errorf("of nothing: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, tt := range []struct{ code, server, want, fault string }{
		{"https://toucan.example/o/acme#" + code, "", "https://toucan.example/o/acme", ""},
		{" https://Toucan.Example:443/o/acme/#" + code + "\n", "", "https://toucan.example/o/acme", ""},
		{"https://toucan.example:8443/grc/o/acme#" + code, "", "https://toucan.example:8443/grc/o/acme", ""},
		{code, "https://toucan.example/o/acme/", "https://toucan.example/o/acme", ""},
		{"http://127.0.0.1:8484/o/acme#" + code, "", "http://127.0.0.1:8484/o/acme", ""},
		{"http://[::1]:8484/o/acme#" + code, "", "http://[::1]:8484/o/acme", ""},
		{"http://localhost/o/acme#" + code, "", "http://localhost/o/acme", ""},
		{"http://toucan.example/o/acme#" + code, "", "", "https://"},
		{"http://127.0.0.1.example/o/acme#" + code, "", "", "https://"},
		{"ftp://127.0.0.1/o/acme#" + code, "", "", "https://"},
		{"https://anna@toucan.example/o/acme#" + code, "", "", "more than"},
		{"https://toucan.example/o/acme?x=1#" + code, "", "", "more than"},
		{"https://toucan.example/#" + code, "", "", "organisation"},
		{"https://toucan.example/o/../x#" + code, "", "", "organisation"},
		{"https://toucan.example/o/acme#short", "", "", "26"},
		{"https://toucan.example/o/acme#" + strings.ToUpper(code), "", "", "26"},
		{code, "", "", "no code"},
		{"", "", "", "no code"},
	} {
		got, err := ParseAddress(tt.code, tt.server)
		if tt.fault != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%q is taken as %+v, %v", tt.code, got, err)
			}
			continue
		}
		if err != nil || got.Base != tt.want || got.Code != code {
			t.Errorf("%q is taken as %+v, %v", tt.code, got, err)
		}
	}
}

func TestBuilds(t *testing.T) {
	for version, want := range map[string]uint32{"1.2.3": 1_002_003, "0.0.1": 1, "999.999.999": 999_999_999, "dev": 0, "1.2": 0, "1.2.1000": 0, "1.2.-3": 0, "": 0} {
		if got := BuildOf(version); got != want {
			t.Errorf("%q is build %d, want %d", version, got, want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("https://toucan.example/o/acme#"+code, "")
	f.Add(code, "http://[::1]:8484/o/acme/")
	f.Add("http://127.0.0.1@toucan.example/o/acme#"+code, "")
	f.Fuzz(func(t *testing.T, text, server string) {
		a, err := ParseAddress(text, server)
		if err != nil {
			return
		}
		u, err := url.Parse(a.Base)
		if err != nil || !wire.IsCode(a.Code) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q, %q is taken as %+v", text, server, a)
		}
		if u.Scheme != "https" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
			t.Errorf("%q, %q is taken in the clear: %+v", text, server, a)
		}
	})
}
