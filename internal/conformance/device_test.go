package conformance

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// laptop is an agent as the server sees it: a key, a count and a chain.
type laptop struct {
	id     wire.ID
	key    ed25519.PrivateKey
	server ed25519.PublicKey
	seq    uint64
	prev   wire.Hash
	skew   time.Duration // of its clock
	off    bool          // whether its disk is, for the benchmark
}

const deviceHost = "toucan.test"

// machine is the actor of devices of "one".
func (h *house) machine(t testing.TB) access.Actor {
	t.Helper()
	who, err := h.access.Machine(t.Context(), "one")
	must(t, err)
	return who
}

// persona is somebody of the register with an account of that role.
func (h *house) persona(t testing.TB, r access.Role) people.Person {
	t.Helper()
	p, err := h.people.Add(t.Context(), h.actors[access.Administrator], people.Person{Name: "Person " + r.Label(), Email: string(r) + "@one.test", Kind: people.Employee}, now)
	must(t, err)
	must(t, h.people.LinkAccount(t.Context(), h.actors[access.Administrator], p.ID, h.accounts[r].ID, now))
	return p
}

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return key
}

func enrolment(code, host string, key ed25519.PrivateKey) wire.Enrolment {
	return wire.Enrolment{V: wire.Version, Code: code, Server: host, Platform: wire.Linux, Build: 1_000_000, Key: wire.KeyText(key.Public().(ed25519.PublicKey)), Nonce: wire.HashOf([]byte("nonce"))}
}

// enrol sends an enrolment and reads the welcome.
func (h *house) enrol(t testing.TB, code string, at time.Time) *laptop {
	t.Helper()
	key := newKey(t)
	m, err := wire.Parse[wire.Enrolment](wire.Sign(enrolment(code, deviceHost, key), key))
	must(t, err)
	b, err := h.devices.Enrol(t.Context(), h.machine(t), m, deviceHost, at)
	must(t, err)
	s, err := wire.Parse[wire.Welcome](b)
	must(t, err)
	l := &laptop{id: s.Message.Device, key: key, server: wire.Key(s.Message.Key)}
	if !s.By(l.server) {
		t.Fatal("the welcome is not signed with the key it brings")
	}
	return l
}

// laptopOf enrols a device with the code of somebody.
func (h *house) laptopOf(t testing.TB, r access.Role, at time.Time) *laptop {
	t.Helper()
	code, _, err := h.devices.NewCode(t.Context(), h.actors[r], at)
	must(t, err)
	return h.enrol(t, code, at)
}

// report makes the next report; the verdicts pass but for those given.
func (l *laptop) report(at time.Time, but ...wire.Result) wire.Report {
	l.seq++
	r := wire.Report{Seq: l.seq, ObservedAt: at.Add(l.skew).Unix(), Rules: wire.HashOf([]byte("rules")), Detail: wire.HashOf([]byte("detail")), Prev: l.prev}
	for _, c := range wire.Checks() {
		x := wire.Result{Check: c, Verdict: wire.Pass}
		for _, b := range but {
			if b.Check == c {
				x = b
			}
		}
		r.Results = append(r.Results, x)
	}
	l.prev = r.Hash()
	return r
}

func (l *laptop) sign(t testing.TB, at time.Time, reports ...wire.Report) wire.Signed[wire.Delivery] {
	t.Helper()
	m, err := wire.Parse[wire.Delivery](wire.Sign(wire.Delivery{V: wire.Version, Device: l.id, Build: 1_000_000, SentAt: at.Add(l.skew).Unix(), Reports: reports}, l.key))
	must(t, err)
	return m
}

// deliver hands in a delivery and reads the receipt.
func (h *house) deliver(t testing.TB, l *laptop, at time.Time, reports ...wire.Report) (wire.Receipt, error) {
	t.Helper()
	b, err := h.devices.Report(t.Context(), h.machine(t), l.sign(t, at, reports...), at)
	if err != nil {
		return wire.Receipt{}, err
	}
	return wire.Open[wire.Receipt](b, l.server)
}

// reports is deliver of one new report, which must get its receipt.
func (h *house) reports1(t testing.TB, l *laptop, at time.Time, but ...wire.Result) wire.Receipt {
	t.Helper()
	r, err := h.deliver(t, l, at, l.report(at, but...))
	must(t, err)
	if r.Seq != l.seq || r.Report != l.prev || r.ReceivedAt != at.Unix() {
		t.Fatalf("the receipt %+v is not of report %d", r, l.seq)
	}
	return r
}

// refusedWith returns the code of a refusal.
func refusedWith(err error) wire.Code {
	var r *device.Refused
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

func (h *house) device(t testing.TB, l *laptop, at time.Time) device.Device {
	t.Helper()
	d, err := h.devices.Find(t.Context(), h.actors[access.Manager], string(l.id), at)
	must(t, err)
	return d
}

func verdict(d device.Device, c wire.Check) device.Verdict {
	for _, v := range d.Checks {
		if v.Check == c {
			return v
		}
	}
	return device.Verdict{}
}

// latest is what results know last of a test of a device.
func (h *house) latest(t testing.TB, test string, l *laptop, at time.Time) result.Interval {
	t.Helper()
	page, err := h.results.Latest(t.Context(), h.actors[access.Manager], result.Filter{Tests: []string{test}, Text: string(l.id)}, at)
	must(t, err)
	if len(page.Results) != 1 {
		t.Fatalf("%d results of %s, want 1", len(page.Results), test)
	}
	return page.Results[0]
}

var off = wire.Result{Check: wire.DiskEncryption, Verdict: wire.Fail, Reason: wire.Off}

func TestADeviceEnrolsAndReports(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.persona(t, access.Employee)
		before := h.leaves(t, h.actors[access.Manager].Org())
		l := h.laptopOf(t, access.Employee, now)
		d := h.device(t, l, now)
		if d.Code != "DEV-1" || d.Owner != p.ID || d.State != device.InUse || d.Reporting() || verdict(d, wire.Firewall).State != result.Stale {
			t.Errorf("enrolled it is %+v", d)
		}
		if got := h.latest(t, result.DeviceOwned, l, now); got.State != result.Pass {
			t.Errorf("its owner: %+v", got)
		}
		at := now.Add(time.Minute)
		r := h.reports1(t, l, at, off)
		if r.Batch == "" {
			t.Error("the first report is part of no batch")
		}
		d = h.device(t, l, at)
		if v := verdict(d, wire.DiskEncryption); v.State != result.Fail || v.Reason != wire.Off || v.From != device.Agent || !v.Since.Equal(at) {
			t.Errorf("the disk: %+v", v)
		}
		if got := h.latest(t, "device.disk-encrypted", l, at); got.State != result.Fail || got.Reason != "switched off" || !got.To.Equal(at.Add(7*24*time.Hour)) {
			t.Errorf("the result: %+v", got)
		}
		rev, err := h.d.Revision(t.Context(), h.actors[access.Manager].Org())
		must(t, err)
		leaves := h.leaves(t, h.actors[access.Manager].Org())
		at = at.Add(4 * time.Hour)
		if r := h.reports1(t, l, at, off); r.Batch != "" {
			t.Errorf("a report that brings nothing new became batch %s", r.Batch)
		}
		again, err := h.d.Revision(t.Context(), h.actors[access.Manager].Org())
		must(t, err)
		if again != rev || h.leaves(t, h.actors[access.Manager].Org()) != leaves {
			t.Error("a report that brings nothing new moved the revision or the log")
		}
		if d := h.device(t, l, at); !d.SeenAt().Equal(at) {
			t.Errorf("seen at %s", d.SeenAt())
		}
		at = at.Add(time.Hour)
		h.reports1(t, l, at)
		if v := verdict(h.device(t, l, at), wire.DiskEncryption); v.State != result.Pass || !v.Since.Equal(at) {
			t.Errorf("repaired: %+v", v)
		}
		strips, err := h.devices.Strips(t.Context(), h.actors[access.Employee], string(l.id), now, at.Add(time.Hour), at.Add(time.Hour))
		must(t, err)
		if got := strips[0].Pieces; len(got) != 2 || got[0].State != result.Fail || got[1].State != result.Pass || !got[1].From.Equal(at) {
			t.Errorf("the strip of the disk: %+v", got)
		}
		if got := h.kinds(t, h.actors[access.Manager].Org(), before); len(got) == 0 {
			t.Error("nothing is in the log")
		}
		must(t, h.log.Verify(t.Context(), h.d, h.actors[access.Manager].Org()))
	})
}

func TestRefusedCodesSayTheSame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.persona(t, access.Employee)
		used, _, err := h.devices.NewCode(t.Context(), h.actors[access.Employee], now)
		must(t, err)
		h.enrol(t, used, now)
		late, _, err := h.devices.NewCode(t.Context(), h.actors[access.Employee], now)
		must(t, err)
		back, c, err := h.devices.NewCode(t.Context(), h.actors[access.Employee], now)
		must(t, err)
		must(t, h.devices.EndCode(t.Context(), h.actors[access.Employee], c.ID, now))
		for name, tt := range map[string]struct {
			code string
			at   time.Time
		}{
			"never was":   {wire.NewCode(make([]byte, wire.CodeLength)), now},
			"was used":    {used, now},
			"has expired": {late, now.Add(15 * time.Minute)},
			"taken back":  {back, now},
		} {
			key := newKey(t)
			m, err := wire.Parse[wire.Enrolment](wire.Sign(enrolment(tt.code, deviceHost, key), key))
			must(t, err)
			_, err = h.devices.Enrol(t.Context(), h.machine(t), m, deviceHost, tt.at)
			if refusedWith(err) != wire.BadCode {
				t.Errorf("a code that %s: %v", name, err)
			}
		}
		if list, err := h.devices.List(t.Context(), h.actors[access.Manager], now); err != nil || len(list) != 1 {
			t.Errorf("%d devices, %v", len(list), err)
		}
	})
}

func TestAnEnrolmentCannotBePassedOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.persona(t, access.Employee)
		code, _, err := h.devices.NewCode(t.Context(), h.actors[access.Employee], now)
		must(t, err)
		key := newKey(t)
		m, err := wire.Parse[wire.Enrolment](wire.Sign(enrolment(code, "elsewhere.test", key), key))
		must(t, err)
		if _, err := h.devices.Enrol(t.Context(), h.machine(t), m, deviceHost, now); refusedWith(err) != wire.WrongAddress {
			t.Errorf("meant for another server: %v", err)
		}
		m, err = wire.Parse[wire.Enrolment](wire.Sign(enrolment(code, deviceHost, key), newKey(t)))
		must(t, err)
		if _, err := h.devices.Enrol(t.Context(), h.machine(t), m, deviceHost, now); refusedWith(err) != wire.Unknown {
			t.Errorf("signed with another key than it brings: %v", err)
		}
		h.enrol(t, code, now) // neither used the code up
	})
}

func TestReplaysCopiesAndGaps(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.persona(t, access.Employee)
		l := h.laptopOf(t, access.Employee, now)
		at := now.Add(time.Minute)
		first := l.report(at)
		got, err := h.deliver(t, l, at, first)
		must(t, err)
		again, err := h.deliver(t, l, at, first)
		if must(t, err); again != got {
			t.Errorf("played again it gets %+v, want the receipt it got, %+v", again, got)
		}
		// played again a week later it shows nothing
		week := at.Add(8 * 24 * time.Hour)
		b, err := h.devices.Report(ctx, h.machine(t), l.sign(t, at, first), week)
		if must(t, err); len(b) == 0 || h.device(t, l, week).Reporting() {
			t.Error("a delivery of last week, played again, makes the device report")
		}
		copied := *l // a copy of the disk
		h.reports1(t, l, at.Add(time.Hour))
		h.reports1(t, l, at.Add(2*time.Hour), off)
		if _, err := h.deliver(t, l, at.Add(time.Hour), first); refusedWith(err) != wire.Behind || h.device(t, l, at).Sources[0].Trouble != device.NoTrouble {
			t.Errorf("an old delivery: %v", err)
		}
		l.report(at.Add(3 * time.Hour)) // is lost
		h.reports1(t, l, at.Add(4*time.Hour), off)
		if d := h.device(t, l, at); d.Sources[0].Gaps != 1 {
			t.Errorf("%d gaps, want 1", d.Sources[0].Gaps)
		}
		if _, err := h.deliver(t, &copied, at.Add(5*time.Hour), copied.report(at.Add(5*time.Hour))); refusedWith(err) != wire.Behind {
			t.Errorf("the copy: %v", err)
		}
		d := h.device(t, l, at.Add(5*time.Hour))
		if d.Sources[0].Trouble != device.Copied {
			t.Errorf("after the copy reported it is %+v", d)
		}
		for _, v := range d.Checks { // which of the two said what it said is not known
			if v.State != result.CouldNotTell || v.Reason != device.WhileCopied || !v.Since.Equal(at.Add(5*time.Hour)) {
				t.Errorf("after the copy reported %s is %+v", v.Check, v)
			}
		}
		strips, err := h.devices.Strips(ctx, h.actors[access.Employee], string(l.id), at.Add(4*time.Hour), at.Add(6*time.Hour), at.Add(6*time.Hour))
		must(t, err)
		for _, x := range strips {
			if last := x.Pieces[len(x.Pieces)-1]; last.State != result.CouldNotTell || !strings.Contains(last.Reason, "two machines") || !last.From.Equal(at.Add(5*time.Hour)) {
				t.Errorf("the strip of %s ends with %+v", x.Check, last)
			}
		}
		if _, err := h.deliver(t, l, at.Add(6*time.Hour), l.report(at.Add(6*time.Hour))); refusedWith(err) != wire.Behind {
			t.Errorf("once flagged nothing counts: %v", err)
		}
		// enrolled anew it goes on, and what used the old key is told so
		code, _, err := h.devices.NewCodeFor(ctx, h.actors[access.Employee], string(l.id), at.Add(7*time.Hour))
		must(t, err)
		anew := h.enrol(t, code, at.Add(7*time.Hour))
		if anew.id != l.id {
			t.Fatalf("enrolled anew it is %s, was %s", anew.id, l.id)
		}
		if v := verdict(h.device(t, l, at.Add(7*time.Hour)), wire.DiskEncryption); v.State != result.Stale {
			t.Errorf("enrolled anew, and before it reports, the disk is %+v", v)
		}
		h.reports1(t, anew, at.Add(8*time.Hour))
		if d := h.device(t, l, at.Add(8*time.Hour)); d.Sources[0].Trouble != device.NoTrouble || verdict(d, wire.DiskEncryption).State != result.Pass {
			t.Errorf("enrolled anew it is %+v", d)
		}
		_, err = h.deliver(t, l, at.Add(9*time.Hour), l.report(at.Add(9*time.Hour)))
		h.revoked(t, l, err, wire.Replaced)
		events, err := h.devices.Events(ctx, h.actors[access.Employee], string(l.id))
		if must(t, err); len(events) != 5 {
			t.Errorf("its events are %+v", events)
		}
	})
}

// revoked checks that a refusal brings a signed revocation.
func (h *house) revoked(t testing.TB, l *laptop, err error, why wire.Why) {
	t.Helper()
	var r *device.Refused
	if !errors.As(err, &r) || r.Code != wire.RevokedHere {
		t.Fatalf("refused with %v, want a revocation", err)
	}
	got, err := wire.Open[wire.Revocation](r.Revocation, l.server)
	if must(t, err); got.Device != l.id || got.Why != why {
		t.Errorf("revoked by %+v, want %s", got, why)
	}
}

func TestAClockThatIsWrongIsPutRight(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.persona(t, access.Employee)
		l := h.laptopOf(t, access.Employee, now)
		l.skew = 3 * 365 * 24 * time.Hour
		at := now.Add(time.Hour)
		found := l.report(at.Add(-10*time.Minute), off)
		_, err := h.deliver(t, l, at, found)
		must(t, err)
		d := h.device(t, l, at)
		if d.Sources[0].Skew != l.skew || !verdict(d, wire.DiskEncryption).Since.Equal(at.Add(-10*time.Minute)) {
			t.Errorf("a clock three years ahead: %+v", d)
		}
		l.skew = -time.Hour
		h.reports1(t, l, at.Add(time.Minute), off)
		if got := h.device(t, l, at).Sources[0].Skew; got != -time.Hour {
			t.Errorf("an hour behind: %s", got)
		}
		l.skew = time.Minute
		h.reports1(t, l, at.Add(2*time.Minute), off)
		if got := h.device(t, l, at).Sources[0].Skew; got != 0 {
			t.Errorf("a minute ahead is shown as %s", got)
		}
	})
}

func TestAnOfflineQueueIsEnteredWhereItBelongs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.persona(t, access.Employee)
		l := h.laptopOf(t, access.Employee, now)
		h.reports1(t, l, now.Add(time.Hour))
		var queue []wire.Report
		day := 24 * time.Hour
		for n := 1; n <= 20; n++ { // three weeks without a network
			if at := now.Add(time.Duration(n) * day); n >= 5 && n < 8 {
				queue = append(queue, l.report(at, off))
			} else {
				queue = append(queue, l.report(at))
			}
		}
		at := now.Add(20*day + time.Hour)
		_, err := h.deliver(t, l, at, queue...)
		must(t, err)
		strips, err := h.devices.Strips(t.Context(), h.actors[access.Employee], string(l.id), now, at, at)
		must(t, err)
		got := strips[0].Pieces
		if len(got) != 3 || got[0].State != result.Pass || got[1].State != result.Fail || !got[1].From.Equal(now.Add(5*day)) || !got[1].To.Equal(now.Add(8*day)) || got[2].State != result.Pass || !got[2].To.Equal(at) {
			t.Errorf("the strip of the disk: %+v", got)
		}
	})
}

func TestALostDeviceIsToldSo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, it := t.Context(), h.actors[access.Manager]
		h.persona(t, access.Employee)
		l := h.laptopOf(t, access.Employee, now)
		h.reports1(t, l, now.Add(time.Minute), off)
		at := now.Add(time.Hour)
		must(t, h.devices.Lose(ctx, h.actors[access.Employee], []string{string(l.id)}, "Left in a train.", at))
		if got := h.latest(t, "device.disk-encrypted", l, at); got.State != result.NotApplicable || got.Reason != "lost" {
			t.Errorf("lost: %+v", got)
		}
		if n, of := device.Reporting([]device.Device{h.device(t, l, at)}); n != 0 || of != 0 {
			t.Errorf("%d of %d report", n, of)
		}
		// found before its agent heard of it, it goes on
		if err := h.devices.Restore(ctx, h.actors[access.Viewer], []string{string(l.id)}, "Mine.", at); codeOf(err) != problem.NotFound {
			t.Errorf("somebody else finds it: %v", err)
		}
		must(t, h.devices.Restore(ctx, h.actors[access.Employee], []string{string(l.id)}, "It was in the other bag.", at.Add(time.Minute)))
		h.reports1(t, l, at.Add(2*time.Minute), off)
		if got := h.latest(t, "device.disk-encrypted", l, at.Add(2*time.Minute)); got.State != result.Fail {
			t.Errorf("found again: %+v", got)
		}
		must(t, h.devices.Retire(ctx, it, []string{string(l.id)}, "Sold.", at.Add(time.Hour)))
		for range 2 { // and again when the answer was lost
			_, err := h.deliver(t, l, at.Add(2*time.Hour), l.report(at.Add(2*time.Hour)))
			h.revoked(t, l, err, wire.Retired)
		}
		for _, act := range []func(context.Context, access.Actor, []string, string, time.Time) error{h.devices.Restore, h.devices.Lose} {
			if err := act(ctx, h.actors[access.Employee], []string{string(l.id)}, "Mine.", at.Add(2*time.Hour)); codeOf(err) != problem.Forbidden {
				t.Errorf("an owner changes a retired device: %v", err)
			}
		}
		must(t, h.devices.Restore(ctx, it, []string{string(l.id)}, "Not sold after all.", at.Add(3*time.Hour)))
		_, err := h.deliver(t, l, at.Add(4*time.Hour), l.report(at.Add(4*time.Hour)))
		h.revoked(t, l, err, wire.Retired)
	})
}

func TestTwoServersTakeTheReportsOfOneDevice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.persona(t, access.Employee)
		dir := t.TempDir()
		var err error
		h.devices, err = device.New(device.Config{DB: h.d, Log: h.log, Results: h.results, KeyDir: dir})
		must(t, err)
		second, err := device.New(device.Config{DB: h.d, Log: h.log, Results: h.results, KeyDir: dir})
		must(t, err)
		l := h.laptopOf(t, access.Employee, now)
		at := now.Add(time.Minute)
		h.reports1(t, l, at)
		b, err := second.Report(ctx, h.machine(t), l.sign(t, at.Add(time.Minute), l.report(at.Add(time.Minute), off)), at.Add(time.Minute))
		must(t, err)
		if r, err := wire.Open[wire.Receipt](b, l.server); err != nil || r.Seq != 2 {
			t.Errorf("the other server answers %+v, %v", r, err)
		}
		if v := verdict(h.device(t, l, at.Add(time.Minute)), wire.DiskEncryption); v.State != result.Fail {
			t.Errorf("told to the other server: %+v", v)
		}
		code, _, err := h.devices.NewCodeFor(ctx, h.actors[access.Employee], string(l.id), at)
		must(t, err)
		old := *l
		anew := h.enrol(t, code, at)
		// the second server has the old key in memory
		b, err = second.Report(ctx, h.machine(t), anew.sign(t, at.Add(time.Hour), anew.report(at.Add(time.Hour))), at.Add(time.Hour))
		if must(t, err); !bytes.Contains(b, []byte(anew.id)) {
			t.Errorf("after it enrolled anew elsewhere: %s", b)
		}
		_, err = second.Report(ctx, h.machine(t), old.sign(t, at.Add(2*time.Hour), old.report(at.Add(2*time.Hour))), at.Add(2*time.Hour))
		h.revoked(t, l, err, wire.Replaced)
		must(t, second.Own(context.WithoutCancel(ctx), h.actors[access.Manager], []string{string(l.id)}, "", at))
	})
}
