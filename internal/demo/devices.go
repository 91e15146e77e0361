package demo

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/wire"
)

// The company tried the agent on the laptops of a few, then gave it to engineering and
// at last to everybody. Every laptop reports once in a while; what changes in between
// it reports at once.
const (
	beat      = 7*24*time.Hour - time.Hour // between two rounds of reports: a word holds for seven days
	pilots    = 12
	secondIn  = 38 // round in which the second wave joined
	second    = 30
	thirdAgo  = 9 // rounds before the last in which everybody else did
	agentHost = "toucan.meridian.example"
	build     = 1_000_000
)

// laptop is a machine of the company with its agent.
type laptop struct {
	name     string // of the person, or of the machine if it is nobody's
	platform wire.Platform
	key      ed25519.PrivateKey
	id       wire.ID
	joined   int // round
	seq      uint64
	prev     wire.Hash
	results  []wire.Result
	ahead    time.Duration // of its clock
	gone     bool          // lost or retired: it reports no more
}

func newLaptop(name string, platform wire.Platform, joined int) *laptop {
	seed := sha256.Sum256([]byte("laptop of " + name))
	l := &laptop{name: name, platform: platform, joined: joined, key: ed25519.NewKeyFromSeed(seed[:])}
	for _, c := range wire.Checks() {
		l.results = append(l.results, wire.Result{Check: c, Verdict: wire.Pass})
	}
	if platform != wire.Linux { // what comes with the system protects these
		l.finds(wire.Result{Check: wire.Antivirus, Verdict: wire.Pass, Reason: wire.PlatformOnly})
	}
	return l
}

// finds sets what the laptop finds from now on.
func (l *laptop) finds(list ...wire.Result) {
	for _, r := range list {
		l.results[slices.Index(wire.Checks(), r.Check)] = r
	}
}

// report is the next message of the laptop.
func (l *laptop) report(at time.Time) (wire.Signed[wire.Delivery], error) {
	l.seq++
	r := wire.Report{Seq: l.seq, ObservedAt: at.Add(l.ahead).Unix(), Rules: wire.HashOf([]byte("rules")), Results: slices.Clone(l.results),
		Detail: wire.HashOf(fmt.Appendf(nil, "%s %d", l.name, l.seq)), Prev: l.prev}
	l.prev = r.Hash()
	return wire.Parse[wire.Delivery](wire.Sign(wire.Delivery{V: wire.Version, Device: l.id, Build: build, SentAt: at.Add(l.ahead).Unix(), Reports: []wire.Report{r}}, l.key))
}

// Whose machines have a story of their own.
const (
	suspended = "Silas Mensah"    // its encryption was suspended for four days in the second month
	lostBy    = "Zoe Bergman"     // left it in a train three weeks ago
	waivedFor = "Kofi Mensah"     // installs updates by hand on the machine that builds releases
	copiedOf  = "Felix Hoffmann"  // was restored from a backup today
	aheadOf   = "Hanna Eriksen"   // its clock is eleven minutes ahead
	gapOf     = "Tariq Costa"     // its disk was full for a week, so a report never came
	seenByEye = "Xenia Grigoryan" // uses a desktop the agent does not know
)

// laptops lists the machines by the round in which they joined.
func (t *story) laptops(last int) ([]*laptop, error) {
	rows, err := read("data/people.csv")
	if err != nil {
		return nil, err
	}
	early := []string{"Mara Velasco", suspended, "Mara Raman", name, "Kofi Okada", "Jun Okada", waivedFor, "Ada Brandt", "Omar Vance", "Lena Haddad", "Priya Raman", "Omar Castellan"}
	middle := []string{"Mirko Mbeki", "Lotte Lund", copiedOf, aheadOf, gapOf, seenByEye, lostBy}
	for _, r := range rows {
		if r["function"] == "engineering" && r["end_on"] == "" && r["start_on"] < "2026-01-01" && len(middle) < second && !slices.Contains(early, r["name"]) && !slices.Contains(middle, r["name"]) {
			middle = append(middle, r["name"])
		}
	}
	var out []*laptop
	for _, r := range rows {
		who := r["name"]
		if r["end_on"] != "" || slices.Contains([]string{machine, outside, future, newcomer}, who) {
			continue
		}
		joined := last - thirdAgo
		switch {
		case slices.Contains(early, who):
			joined = 0
		case slices.Contains(middle, who):
			joined = secondIn
		case who == behind:
			joined = last - 6
		}
		out = append(out, newLaptop(who, platformOf(who, r["function"], r["title"]), joined))
	}
	for i := range 3 {
		out = append(out, newLaptop(fmt.Sprintf("Spare %d", i+1), wire.Windows, last-thirdAgo))
	}
	for i, who := range []string{"Kofi Mensah", "Tomas Lind", "Omar Vance"} {
		l := newLaptop(who+" 2", []wire.Platform{wire.Linux, wire.MacOS, wire.Linux}[i], last-thirdAgo)
		out = append(out, l)
	}
	return out, nil
}

// platformOf is what somebody works on: most of engineering on Macs and Linux, the
// others on Windows and Macs.
func platformOf(name, function, title string) wire.Platform {
	switch {
	case title == "Site reliability engineer", name == waivedFor, name == seenByEye:
		return wire.Linux
	case function == "engineering" || function == "security":
		return []wire.Platform{wire.MacOS, wire.MacOS, wire.Linux}[hash(name)%3]
	}
	return []wire.Platform{wire.Windows, wire.Windows, wire.MacOS}[hash(name)%3]
}

// devices plans what happened to the laptops.
func (t *story) devices() error {
	first := t.at(t.begin-1, 17, 0)
	last := int(t.now.Add(-10*time.Minute).Sub(first) / beat) // the next round is not over, so nothing has lapsed since
	list, err := t.laptops(last)
	if err != nil {
		return err
	}
	round := func(k int) time.Time { return first.Add(time.Duration(k) * beat) }
	t.then(first.Add(-20*time.Minute), func(ctx context.Context, at time.Time) error {
		set := device.Usual()
		set.OrgCode, set.LockMinutes = true, 10
		return t.Devices.SetSettings(ctx, t.admin, set, at)
	})
	for k := range last + 1 {
		for _, l := range list {
			if l.joined < k {
				t.meanwhile(round(k), func(ctx context.Context, at time.Time) error { return t.reports(ctx, l, at) })
			}
		}
		t.tendDevices(round(k).Add(time.Minute))
		if wave := slices.DeleteFunc(slices.Clone(list), func(l *laptop) bool { return l.joined != k }); len(wave) > 0 {
			t.enrol(wave, round(k).Add(5*time.Minute))
		}
	}
	for i, l := range list { // the last reports are of today, some minutes and hours ago
		t.meanwhile(t.now.Add(-time.Duration(3+hash(l.name)%8*25)*time.Minute), func(ctx context.Context, at time.Time) error { return t.reports(ctx, list[i], at) })
	}
	t.drifts(list)
	t.fates(list)
	t.managed(round, last)
	t.tendDevices(t.now.Add(-time.Minute))
	return nil
}

// tendDevices plans that what is known of devices is brought in line with the clock.
func (t *story) tendDevices(at time.Time) {
	t.then(at, func(ctx context.Context, at time.Time) error { return t.Devices.Tend(ctx, t.admin.Org(), at) })
}

// reports sends the next message of a laptop. One that is out sends none; a copy is
// turned away.
func (t *story) reports(ctx context.Context, l *laptop, at time.Time) error {
	if l.gone || l.id == "" {
		return nil
	}
	who, err := t.Access.Machine(ctx, Slug)
	if err != nil {
		return err
	}
	m, err := l.report(at)
	if err != nil {
		return err
	}
	_, err = t.Devices.Report(ctx, who, m, at)
	return err
}

// enrol plans that laptops join with a code of the organisation, report for the first
// time and are given to whom they belong.
func (t *story) enrol(wave []*laptop, at time.Time) {
	t.then(at, func(ctx context.Context, at time.Time) error {
		code, _, err := t.Devices.NewOrgCode(ctx, t.admin, len(wave), at.Add(24*time.Hour), at)
		if err != nil {
			return err
		}
		for i, l := range wave {
			now := at.Add(time.Duration(1+i) * 2 * time.Second)
			if err := t.admitLaptop(ctx, l, code, now); err != nil {
				return fmt.Errorf("the laptop of %s: %w", l.name, err)
			}
			if person := t.persons[strings.TrimSuffix(l.name, " 2")]; person != "" {
				if err := t.Devices.Own(ctx, t.admin, []string{string(l.id)}, person, now); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// admitLaptop enrols a laptop with a code, and hands in its first report.
func (t *story) admitLaptop(ctx context.Context, l *laptop, code string, at time.Time) error {
	who, err := t.Access.Machine(ctx, Slug)
	if err != nil {
		return err
	}
	e := wire.Enrolment{V: wire.Version, Code: code, Server: agentHost, Platform: l.platform, Build: build, Key: wire.KeyText(l.key.Public().(ed25519.PublicKey)), Nonce: wire.HashOf([]byte(code + l.name))}
	m, err := wire.Parse[wire.Enrolment](wire.Sign(e, l.key))
	if err != nil {
		return err
	}
	answer, err := t.Devices.Enrol(ctx, who, m, agentHost, at)
	if err != nil {
		return err
	}
	welcome, err := wire.Parse[wire.Welcome](answer)
	if err != nil {
		return err
	}
	l.id = welcome.Message.Device
	return t.reports(ctx, l, at)
}

// drift is what a laptop finds otherwise from a moment on.
type drift struct {
	name string
	at   time.Time
	list []wire.Result
}

// drifts plans what went wrong on laptops and was mended. Of the checks that stand for
// controls here only one failed, for four days in the second month.
func (t *story) drifts(list []*laptop) {
	say := func(c wire.Check, v wire.Verdict, r wire.Reason) []wire.Result {
		return []wire.Result{{Check: c, Verdict: v, Reason: r}}
	}
	failed, mended := t.failure()
	all := []drift{
		{suspended, failed, say(wire.DiskEncryption, wire.Fail, wire.Suspended)}, {suspended, mended, say(wire.DiskEncryption, wire.Pass, "")},
		{"Lena Haddad", t.at(t.in(2, 12), 9, 10), say(wire.ScreenLock, wire.Fail, wire.TooLong)}, {"Lena Haddad", t.at(t.in(2, 19), 14, 40), say(wire.ScreenLock, wire.Pass, "")},
		{"Jun Okada", t.at(t.in(5, 4), 8, 20), say(wire.AutoUpdate, wire.Fail, wire.Paused)}, {"Jun Okada", t.at(t.in(5, 11), 10, 0), say(wire.AutoUpdate, wire.Pass, "")},
		{"Omar Vance", t.at(t.in(7, 2), 11, 0), say(wire.OSSupported, wire.Pass, wire.EOLSoon)}, {"Omar Vance", t.at(t.in(9, 6), 9, 0), say(wire.OSSupported, wire.Fail, wire.EOLPassed)},
		{"Omar Vance", t.at(t.in(9, 15), 16, 0), say(wire.OSSupported, wire.Pass, "")},
		{waivedFor, t.at(t.in(3, 8), 9, 0), say(wire.AutoUpdate, wire.Fail, wire.NotifyOnly)},
		{seenByEye, t.at(t.in(10, 3), 9, 30), say(wire.ScreenLock, wire.CouldNotTell, wire.UnknownDesktop)},
		{"Nora Grigoryan", t.at(t.today-5, 9, 15), say(wire.ScreenLock, wire.Fail, wire.NoPassword)},
		{"Sam Whitfield", t.at(t.today-2, 8, 50), say(wire.AutoUpdate, wire.Fail, wire.Paused)},
		{"Celia Raman", t.at(t.today-12, 13, 5), say(wire.OSSupported, wire.CouldNotTell, wire.TableOld)},
		{"Petra Dietrich", t.at(t.today-1, 10, 30), say(wire.ScreenLock, wire.Fail, wire.TooLong)},
		{newcomerOfIT, t.at(t.today-3, 9, 0), say(wire.AutoUpdate, wire.Fail, wire.NoMechanism)},
	}
	for _, d := range all {
		i := slices.IndexFunc(list, func(l *laptop) bool { return l.name == d.name })
		if i < 0 {
			continue
		}
		t.then(d.at, func(ctx context.Context, at time.Time) error {
			list[i].finds(d.list...)
			return t.reports(ctx, list[i], at)
		})
		t.tendDevices(d.at.Add(beat)) // what changed between two rounds goes on in step with them
	}
}

// newcomerOfIT has a laptop that was set up by hand.
const newcomerOfIT = "Kofi Mensah 2"

// fates plans what people did about single laptops.
func (t *story) fates(list []*laptop) {
	of := func(name string, at time.Time, do func(ctx context.Context, l *laptop, at time.Time) error) {
		for _, l := range list {
			if l.name == name {
				t.then(at, func(ctx context.Context, at time.Time) error { return do(ctx, l, at) })
			}
		}
	}
	out := func(say func(ctx context.Context, id string, at time.Time) error) func(context.Context, *laptop, time.Time) error {
		return func(ctx context.Context, l *laptop, at time.Time) error {
			l.gone = true
			return say(ctx, string(l.id), at)
		}
	}
	retire := out(func(ctx context.Context, id string, at time.Time) error {
		return t.Devices.Retire(ctx, t.mara(), []string{id}, "Given back on the last day, wiped and put on the shelf.", at)
	})
	for _, name := range []string{"Mirko Mbeki", "Lotte Lund"} {
		of(name, t.at(t.workday(t.today+ends[name])+1, 10, 0), retire)
	}
	of(lostBy, t.at(t.today-21, 19, 30), out(func(ctx context.Context, id string, at time.Time) error {
		return t.Devices.Lose(ctx, t.mara(), []string{id}, "Left in the train to Odense; reported to the railway and the police the same evening.", at)
	}))
	of(waivedFor, t.at(t.in(3, 9), 15, 0), func(ctx context.Context, l *laptop, at time.Time) error {
		if err := t.Devices.Name(ctx, t.mara(), string(l.id), "Release builder", at); err != nil {
			return err
		}
		return t.Devices.Waive(ctx, t.mara(), []string{string(l.id)}, wire.AutoUpdate, "Builds releases: updates are installed by hand each Monday, so that a build never changes under way.", t.in(13, 20), at)
	})
	of(waivedFor, t.at(t.in(13, 19), 15, 0), func(ctx context.Context, l *laptop, at time.Time) error {
		return t.Devices.Waive(ctx, t.mara(), []string{string(l.id)}, wire.AutoUpdate, "Builds releases: updates are installed by hand each Monday. Looked at again with the list of the last half year.", t.today+40, at)
	})
	of(seenByEye, t.at(t.in(11, 4), 11, 0), func(ctx context.Context, l *laptop, at time.Time) error {
		return t.Devices.Say(ctx, t.mara(), string(l.id), wire.ScreenLock, wire.Pass, "Sat beside it: it locks after five minutes and asks for the password.", t.today+30, at)
	})
	of(aheadOf, t.at(t.today-9, 8, 0), func(_ context.Context, l *laptop, _ time.Time) error { l.ahead = 11 * time.Minute; return nil })
	of(gapOf, t.at(t.today-30, 8, 0), func(_ context.Context, l *laptop, at time.Time) error { // made, and never sent
		_, err := l.report(at)
		return err
	})
	// halfway between midnight and now: nothing can be told of it from then on, and days
	// that are over stay as they were
	midnight := t.at(t.today, 0, 0)
	of(copiedOf, midnight.Add(t.now.Sub(midnight)/2), t.turnedBack)
}

// turnedBack is a laptop that was set back to an earlier state: it counts on from there,
// and what it sends clashes with what it sent before.
func (t *story) turnedBack(ctx context.Context, l *laptop, at time.Time) error {
	who, err := t.Access.Machine(ctx, Slug)
	if err != nil {
		return err
	}
	if err := t.reports(ctx, l, at.Add(-time.Minute)); err != nil {
		return err
	}
	l.seq--
	m, err := l.report(at)
	if err != nil {
		return err
	}
	l.gone = true
	var refused *device.Refused
	if _, err := t.Devices.Report(ctx, who, m, at); !errors.As(err, &refused) {
		return fmt.Errorf("a restored machine was not turned away: %w", err)
	}
	return nil
}

// managed plans what others say: Intune of two Windows machines, which then got the
// agent as well, and osquery of three. One of these was last heard of nine days ago.
func (t *story) managed(round func(int) time.Time, last int) {
	owners := []string{"Nora Okada", "Elin Costa", "Rosa Ibarra", "", "Nils Eriksen"}
	words := func(list []string, seen time.Time) []device.Word {
		var out []device.Word
		for i, who := range list {
			w := device.Word{Kind: device.Intune, Key: fmt.Sprintf("managed-%d", i), Platform: wire.Windows, Owner: t.persons[who], SeenAt: seen}
			checks := []wire.Check{wire.DiskEncryption} // what Intune can answer
			if i >= 2 {                                 // osquery, with a part of the pack
				w.Kind, checks = device.Osquery, []wire.Check{wire.OSSupported, wire.ScreenLock, wire.AutoUpdate}
			}
			for _, c := range checks {
				w.Results = append(w.Results, wire.Result{Check: c, Verdict: wire.Pass})
			}
			out = append(out, w)
		}
		return out
	}
	var ids []string
	take := func(list []string, at time.Time) {
		t.then(at, func(ctx context.Context, at time.Time) error {
			who, err := t.Access.Machine(ctx, Slug)
			if err != nil {
				return err
			}
			taken, err := t.Devices.Take(ctx, who, words(list, at), at)
			if ids == nil {
				ids = taken.Devices
			}
			return err
		})
	}
	for k := last - thirdAgo - 4; k <= last; k++ {
		at, list := round(k).Add(30*time.Second), owners
		if t.now.Sub(at) < 9*24*time.Hour {
			list = owners[:4]
		}
		take(list, at)
	}
	take(owners, t.now.Add(-9*24*time.Hour-2*time.Hour))
	take(owners[:4], t.now.Add(-50*time.Minute))
	for i := range 2 {
		l := newLaptop(owners[i]+" (agent)", wire.Windows, last-2)
		t.then(round(last-2).Add(30*time.Minute), func(ctx context.Context, at time.Time) error {
			code, _, err := t.Devices.NewCodeFor(ctx, t.admin, ids[i], at)
			if err != nil {
				return err
			}
			return t.admitLaptop(ctx, l, code, at.Add(time.Minute))
		})
		for k := last - 1; k <= last; k++ {
			t.then(round(k).Add(40*time.Second), func(ctx context.Context, at time.Time) error { return t.reports(ctx, l, at) })
		}
		t.then(t.now.Add(-time.Duration(12+9*i)*time.Minute), func(ctx context.Context, at time.Time) error { return t.reports(ctx, l, at) })
	}
}
