package agent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

func TestAReportIsSentAtOnceAfterTheEnrolment(t *testing.T) {
	w := newWorld(t)
	w.pass(time.Hour)
	if len(w.looked) > 0 || len(w.server.bodies) > 0 {
		t.Fatal("the machine is looked at before it is enrolled")
	}
	w.enrol()
	w.pass(3 * time.Second)
	if got := w.stored(); got != "1 pass" {
		t.Fatalf("the server has %q, want the first report", got)
	}
	s := w.state()
	if len(s.Queue) != 0 || s.Receipt.Seq != 1 || s.Newest.Seq != 1 {
		t.Errorf("after the receipt the state is %+v", s)
	}
}

func TestAChangeIsSentAtOnce(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(10 * time.Minute)
	w.change(wire.Fail, wire.TooLong)
	w.pass(1500 * time.Millisecond)
	w.change(wire.Pass, "")
	w.pass(1500 * time.Millisecond)
	if got := w.stored(); got != "1 pass, 2 fail, 3 pass" {
		t.Errorf("the server has %q", got)
	}
}

func TestAChangeThatNothingWatchesIsSeenWithinTheHour(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	w.found = wire.Result{Check: wire.ScreenLock, Verdict: wire.Fail, Reason: wire.NoTimeout}
	w.pass(time.Hour)
	if got := w.stored(); got != "1 pass, 2 fail" {
		t.Errorf("the server has %q", got)
	}
}

func TestWithoutAChangeThereIsAReportEachInterval(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(10 * 24 * time.Hour)
	n := len(w.server.reports)
	if n < 59 || n > 62 { // 240 minutes: six a day
		t.Errorf("%d reports in ten days, want about 60", n)
	}
	if looks := len(w.looked); looks < 240 || looks > 310 {
		t.Errorf("looked %d times in ten days, want about hourly", looks)
	}
}

func TestSomethingThatChangesAllTheTimeDoesNotKeepTheAgentBusy(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	before := len(w.looked)
	for range 3600 {
		w.plan.wake(w.now)
		w.pass(time.Second)
	}
	if n := len(w.looked) - before; n < 20 || n > 23 { // ten, one in five minutes, and the hourly one
		t.Errorf("looked %d times within an hour", n)
	}
}

func TestTheFirstReportAfterABootWaits(t *testing.T) {
	for rnd, want := range map[float64]time.Duration{0: time.Minute, 0.999: 5 * time.Minute} {
		w := newWorld(t)
		w.enrol()
		w.pass(time.Hour)
		w.restart()
		w.rnd = rnd
		w.server.bodies = nil
		w.pass(want - 2*time.Second)
		if len(w.server.bodies) > 0 {
			t.Errorf("drawn %v, it reports earlier than %v after the boot", rnd, want)
		}
		w.pass(4 * time.Second)
		if len(w.server.bodies) != 1 {
			t.Errorf("drawn %v, it does not report %v after the boot", rnd, want)
		}
	}
}

func TestAWeekOfflineIsToldInFewReportsAndWithoutAGap(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Hour)
	w.server.answer = func(rw http.ResponseWriter, _ wire.Delivery) bool {
		rw.WriteHeader(http.StatusBadGateway)
		return true
	}
	w.pass(2 * 24 * time.Hour)
	w.change(wire.Fail, wire.TooLong)
	w.pass(24 * time.Hour)
	w.restart()
	w.pass(24 * time.Hour)
	w.change(wire.Pass, "")
	w.pass(3 * 24 * time.Hour)
	if n := len(w.state().Queue); n < 8 || n > 11 {
		t.Errorf("%d reports wait after a week, want one a day and one for each change", n)
	}
	w.server.answer = nil
	w.pass(time.Hour)
	if len(w.state().Queue) != 0 {
		t.Fatal("the queue is not empty an hour after the server is back")
	}
	for i, r := range w.server.reports {
		if r.Seq != uint64(i+1) || i > 0 && r.Prev != w.server.reports[i-1].Hash() {
			t.Errorf("report %d stands at %d, or does not follow", r.Seq, i)
		}
	}
	if got := w.stored(); !strings.Contains(got, "fail") || !strings.HasSuffix(got, "pass") {
		t.Errorf("the server has %q", got)
	}
	w.holds()
}

// holds looks at the record of what was sent as show-sent does.
func (w *world) holds() {
	w.t.Helper()
	e, err := w.agent.Dir.Enrolled()
	if err != nil {
		w.t.Fatal(err)
	}
	entries, err := w.agent.Dir.Sent()
	if err != nil || len(entries) == 0 {
		w.t.Fatal(len(entries), err)
	}
	for i, faults := range Verify(e, entries) {
		if faults != nil {
			w.t.Errorf("entry %d: %v", entries[i].Number, faults)
		}
	}
}

func TestAFullQueueLosesTheOldestAndShowsTheGap(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	down := true
	w.server.answer = func(rw http.ResponseWriter, _ wire.Delivery) bool {
		if down {
			rw.WriteHeader(http.StatusBadGateway)
		}
		return down
	}
	for i := range 70 {
		v, r := wire.Fail, wire.TooLong
		if i%2 == 1 {
			v, r = wire.Pass, ""
		}
		w.change(v, r)
		w.pass(6 * time.Minute)
	}
	q := w.state().Queue
	if len(q) != wire.MaxReports || q[0].Seq != 8 || q[len(q)-1].Seq != 71 {
		t.Fatalf("%d wait, %d to %d", len(q), q[0].Seq, q[len(q)-1].Seq)
	}
	down = false
	w.pass(2 * time.Hour)
	if n := len(w.server.reports); n < 65 || w.server.reports[1].Seq != 8 {
		t.Errorf("the server has %d reports", n)
	}
}

func TestTriesAreFurtherAndFurtherApart(t *testing.T) {
	w := newWorld(t)
	w.rnd = 0.999
	w.enrol()
	w.server.answer = func(rw http.ResponseWriter, _ wire.Delivery) bool {
		rw.WriteHeader(http.StatusInternalServerError)
		return true
	}
	w.pass(12 * time.Hour)
	var gaps []int64
	for i := 1; i < len(w.server.sentAt); i++ {
		gaps = append(gaps, w.server.sentAt[i]-w.server.sentAt[i-1])
	}
	want := []int64{30, 60, 120, 240, 480, 960, 1920, 3600, 3600}
	for i, g := range want {
		if i >= len(gaps) || gaps[i] < g-20 || gaps[i] > g+20 {
			t.Fatalf("tries %v seconds apart, want about %v", gaps, want)
		}
	}
}

func TestTheServerSaysWhenToComeBack(t *testing.T) {
	for asked, want := range map[string]time.Duration{"120": 2 * time.Minute, "7200": 2 * time.Hour, "99999999999999999999999": 24 * time.Hour, "999999": 24 * time.Hour} {
		t.Run(asked, func(t *testing.T) {
			w := newWorld(t)
			w.rnd = 0.2
			w.enrol()
			w.server.answer = func(rw http.ResponseWriter, _ wire.Delivery) bool {
				rw.Header().Set("Retry-After", asked)
				refuse(rw, http.StatusServiceUnavailable, wire.Busy, "")
				return true
			}
			w.pass(want + want/8)
			if n := len(w.server.sentAt); n != 2 {
				t.Fatalf("tried %d times, want once before and once after", n)
			}
			if gap := time.Duration(w.server.sentAt[1]-w.server.sentAt[0]) * time.Second; gap < want || gap > want+want/9 {
				t.Errorf("came back after %v, want %v or a little later", gap, want)
			}
		})
	}
}

func TestOnlyASignedRevocationForgetsTheKey(t *testing.T) {
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	revocation := func(d wire.ID, key ed25519.PrivateKey) string {
		return string(wire.Sign(wire.Revocation{V: wire.Version, Device: d, At: 1, Why: wire.Lost}, key))
	}
	mine := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	for _, tt := range []struct {
		name       string
		status     int
		code       wire.Code
		revocation string
		wiped      bool
	}{
		{"401", http.StatusUnauthorized, wire.Unknown, "", false},
		{"403", http.StatusForbidden, wire.BadCode, "", false},
		{"revoked without a proof", http.StatusGone, wire.RevokedHere, "", false},
		{"revoked by another key", http.StatusGone, wire.RevokedHere, revocation(idOf(1), other), false},
		{"a revocation of another device", http.StatusGone, wire.RevokedHere, revocation("ff112233445566778899aabbccddeeff", mine), false},
		{"revoked", http.StatusGone, wire.RevokedHere, revocation(idOf(1), mine), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			e := w.enrol()
			w.server.answer = func(rw http.ResponseWriter, _ wire.Delivery) bool {
				refuse(rw, tt.status, tt.code, tt.revocation)
				return true
			}
			w.pass(24 * time.Hour)
			_, err := w.agent.Dir.key(e)
			if wiped := os.IsNotExist(err); wiped != tt.wiped {
				t.Fatalf("the key is gone: %t (%v), want %t", wiped, err, tt.wiped)
			}
			s := w.state()
			if tt.wiped {
				if s.End != Revoked || s.Why != wire.Lost || len(w.server.sentAt) != 1 {
					t.Errorf("ended as %q for %q after %d tries", s.End, s.Why, len(w.server.sentAt))
				}
				return
			}
			w.server.answer = nil
			w.pass(2 * time.Hour)
			if len(w.server.reports) == 0 || w.state().Failure != "" {
				t.Error("it does not go on when the server takes it again")
			}
		})
	}
}

func TestACopyStopsAndKeepsItsKey(t *testing.T) {
	w := newWorld(t)
	e := w.enrol()
	w.pass(time.Minute)
	image := memory(t)
	if err := os.CopyFS(image, os.DirFS(string(w.agent.Dir))); err != nil {
		t.Fatal(err)
	}
	w.pass(24 * time.Hour)
	first := w.stored()

	w.agent.Dir = Dir(image) // the image is started a day later, on another machine
	w.restart()
	w.found = wire.Result{Check: wire.ScreenLock, Verdict: wire.Fail, Reason: wire.NoPassword}
	w.pass(24 * time.Hour)
	if got := w.stored(); got != first {
		t.Errorf("the copy added %q to %q", got, first)
	}
	if s := w.state(); s.End != Copied {
		t.Errorf("the copy ends as %q, want %q", s.End, Copied)
	}
	if _, err := w.agent.Dir.key(e); err != nil {
		t.Errorf("the key: %v", err)
	}
	tries := len(w.server.sentAt)
	w.pass(7 * 24 * time.Hour)
	if len(w.server.sentAt) != tries {
		t.Error("it goes on trying")
	}
	w.enrol()
	w.pass(5 * time.Second)
	if got := w.stored(); got != "1 fail" {
		t.Errorf("enrolled anew, the server has %q", got)
	}
}

func TestNewSettingsLeadToANewLook(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	w.server.settings.LockMinutes, w.server.settings.IntervalMinutes = 5, 60
	w.pass(7 * time.Hour) // the next report brings them
	last := w.looked[len(w.looked)-1]
	if last.LockMinutes != 5 {
		t.Fatalf("looked by %+v", last)
	}
	rules := w.server.reports[len(w.server.reports)-1].Rules
	if want := Rules(wire.Linux, 1_002_003, w.server.settings); rules != want || rules == w.server.reports[0].Rules {
		t.Errorf("the report names the rules %s, want %s", rules, want)
	}
	before := len(w.server.reports)
	w.pass(24 * time.Hour)
	if n := len(w.server.reports) - before; n < 22 || n > 26 {
		t.Errorf("%d reports a day at 60 minutes", n)
	}
}

// A server that changes its mind with every receipt would otherwise be answered with
// report after report.
func TestSettingsThatChangeAllTheTimeDoNotKeepTheAgentBusy(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.server.answer = func(http.ResponseWriter, wire.Delivery) bool {
		w.server.settings.LockMinutes = 35 - w.server.settings.LockMinutes - 10 // 15, 10, 15, 10 ...
		return false
	}
	w.pass(time.Hour)
	if n := len(w.server.reports); n < 10 || n > 24 {
		t.Errorf("%d reports within an hour", n)
	}
}

func TestAReceiptForSomethingElseIsNone(t *testing.T) {
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	mine := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	for name, forge := range map[string]func(r *wire.Receipt) ed25519.PrivateKey{
		"of another server":  func(*wire.Receipt) ed25519.PrivateKey { return other },
		"for another device": func(r *wire.Receipt) ed25519.PrivateKey { r.Device = "ff112233445566778899aabbccddeeff"; return mine },
		"for another number": func(r *wire.Receipt) ed25519.PrivateKey { r.Seq++; return mine },
		"for another report": func(r *wire.Receipt) ed25519.PrivateKey { r.Report = wire.HashOf(nil); return mine },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.enrol()
			w.server.answer = func(rw http.ResponseWriter, d wire.Delivery) bool {
				newest := d.Reports[len(d.Reports)-1]
				r := wire.Receipt{V: wire.Version, Device: d.Device, Seq: newest.Seq, Report: newest.Hash(), ReceivedAt: 1, Settings: wire.Settings{LockMinutes: 30, IntervalMinutes: 1440}}
				key := forge(&r)
				rw.Write(wire.Sign(r, key))
				return true
			}
			w.pass(time.Minute)
			s := w.state()
			if len(s.Queue) == 0 || s.Receipt != nil || s.Settings != wire.Usual() || s.Failure == "" {
				t.Errorf("it is taken: %+v", s)
			}
		})
	}
}

func TestALostReceiptChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.server.lose = true
	w.pass(time.Minute)
	if len(w.state().Queue) != 1 {
		t.Fatal("the report is dropped without a receipt")
	}
	w.server.lose = false
	w.pass(time.Hour)
	if got := w.stored(); got != "1 pass" || len(w.state().Queue) != 0 {
		t.Errorf("the server has %q, and %d wait", got, len(w.state().Queue))
	}
	w.holds()
}

func TestAClockThatIsSetBackStopsNothing(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Hour)
	w.now = w.now.Add(-400 * 24 * time.Hour)
	before := len(w.server.reports)
	w.pass(24 * time.Hour)
	if n := len(w.server.reports) - before; n < 5 {
		t.Errorf("%d reports in the day after the clock was set back", n)
	}
}

func TestWhatIsSentIsTwoLinesAndNothingElse(t *testing.T) {
	w := newWorld(t)
	e := w.enrol()
	w.pass(time.Minute)
	body := w.server.bodies[1]
	d, err := wire.Open[wire.Delivery](body, e.Key)
	if err != nil || d.Build != 1_002_003 || d.SentAt != w.server.sentAt[0] {
		t.Fatalf("%+v, %v", d, err)
	}
	entries, err := w.agent.Dir.Sent()
	if err != nil || len(entries) != 2 || !bytes.Equal(entries[1].Sent, body) {
		t.Errorf("the record differs from what was sent: %v", err)
	}
	if bytes.Contains(entries[0].Sent, []byte(code)) {
		t.Error("the record of the enrolment holds the code")
	}
	detail, err := w.agent.Dir.Detail(1)
	if err != nil || wire.HashOf(detail) != d.Reports[0].Detail || !bytes.Contains(detail, []byte("raw output of firewall")) {
		t.Errorf("what the report rests on is %q, %v", detail, err)
	}
	if bytes.Contains(bytes.Join(w.server.bodies, nil), []byte("raw output")) {
		t.Error("raw output was sent")
	}
}

func TestTheRecordDoesNotGrowForEver(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(40 * 24 * time.Hour)
	entries, err := w.agent.Dir.Sent()
	if err != nil || len(entries) != keepSent {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	details, err := os.ReadDir(w.agent.Dir.path("private", "detail"))
	if err != nil || len(details) != keepDetail {
		t.Errorf("the detail of %d reports, %v", len(details), err)
	}
	w.holds()
}

func TestATryThatReachesNobodyLeavesNoTrace(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	w.server.Close()
	w.pass(2 * 24 * time.Hour)
	entries, err := w.agent.Dir.Sent()
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries, want the two that left the machine; %v", len(entries), err)
	}
	if s := w.state(); !strings.Contains(s.Failure, "could not be reached") {
		t.Errorf("it says %q", s.Failure)
	}
}

func TestTooLargeIsBroughtInParts(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	w.pass(time.Minute)
	var sizes []int
	w.server.answer = func(rw http.ResponseWriter, d wire.Delivery) bool {
		sizes = append(sizes, len(d.Reports))
		if len(d.Reports) > 20 {
			refuse(rw, http.StatusRequestEntityTooLarge, wire.TooLarge, "")
			return true
		}
		return false
	}
	e, _ := w.agent.Dir.Enrolled()
	s, err := w.agent.Dir.State(e)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		s.add(s.Newest.Results, s.Newest.Rules, s.Newest.Detail, w.now)
	}
	if err := w.agent.Dir.putState(s); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.pass(3 * time.Hour)
	if len(w.state().Queue) != 0 || len(w.server.reports) < 51 {
		t.Errorf("%d wait, the server has %d; brought %v", len(w.state().Queue), len(w.server.reports), sizes)
	}
}

func TestRunEndsWhenAsked(t *testing.T) {
	w := newWorld(t)
	w.enrol()
	ctx, stop := context.WithCancel(context.Background())
	watching := make(chan func())
	w.agent.Machine.Watch = func(ctx context.Context, wake func()) error {
		watching <- wake
		<-ctx.Done()
		return nil
	}
	ended := make(chan struct{})
	ready := make(chan struct{})
	go func() {
		defer close(ended)
		w.agent.Run(ctx, func() { close(ready) })
	}()
	<-ready
	wake := <-watching
	wake()
	wake() // never waits, however often
	stop()
	<-ended
}

func TestTheHerdIsSpread(t *testing.T) {
	const interval = 4 * time.Hour
	var minutes [240]int
	now := time.Unix(1_800_000_000, 0)
	for i := range 24_000 {
		id := wire.ID(fmt.Sprintf("%032x", i))
		rnd := float64(i%100) / 100
		at := nextBeat(id, interval, now, rnd)
		if wait := at.Sub(now); wait < interval*4/10 || wait > interval*16/10 {
			t.Fatalf("device %d waits %v", i, wait)
		}
		minutes[at.Unix()/60%240]++
		if s := slot(id, interval); s < 0 || s >= interval || s != slot(id, interval) {
			t.Fatalf("device %d has the slot %v", i, s)
		}
	}
	if most, least := slices.Max(minutes[:]), slices.Min(minutes[:]); most > 160 || least < 50 {
		t.Errorf("between %d and %d of 24,000 devices report in one minute of 240, want about 100", least, most)
	}
}

func TestPausesAreDrawn(t *testing.T) {
	for fails, most := range map[int]time.Duration{1: 30 * time.Second, 2: time.Minute, 7: 32 * time.Minute, 8: time.Hour, 1000: time.Hour} {
		if got := pause(fails, 0.9999); got > most || got < most*99/100 {
			t.Errorf("after %d failures up to %v, want %v", fails, got, most)
		}
		if got := pause(fails, 0); got != time.Second {
			t.Errorf("after %d failures at least %v", fails, got)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	for _, s := range []string{"", "0", "120", "99999999999999999999", "-1", "soon", now.Add(time.Hour).UTC().Format(http.TimeFormat), now.Add(-time.Hour).UTC().Format(http.TimeFormat), "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		wait, ok := retryAfter(http.Header{"Retry-After": {s}}, now)
		if ok && (wait < time.Second || wait > 24*time.Hour) || !ok && wait != 0 {
			t.Errorf("%q is %v, %t", s, wait, ok)
		}
	})
}

func TestRetryAfterAsADate(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for text, want := range map[string]time.Duration{
		now.Add(time.Hour).UTC().Format(http.TimeFormat): time.Hour, now.Add(-time.Hour).UTC().Format(http.TimeFormat): time.Second, "0": time.Second,
	} {
		if got, ok := retryAfter(http.Header{"Retry-After": {text}}, now); !ok || got != want {
			t.Errorf("%q is %v, %t, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "soon", "-5", "1.5"} {
		if got, ok := retryAfter(http.Header{"Retry-After": {text}}, now); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}
