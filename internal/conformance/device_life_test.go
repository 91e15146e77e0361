package conformance

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/standing"
	"github.com/toucan-grc/toucan/internal/wire"
)

const week = 7 * 24 * time.Hour

func (h *house) tendDevices(t testing.TB, at time.Time) {
	t.Helper()
	must(t, h.devices.Tend(t.Context(), h.actors[access.Manager].Org(), at))
}

// TestADriftShowsInPostureAtOnce asks how a control stands right before and right after
// the report of a drift, of one book that remembers what it read.
func TestADriftShowsInPostureAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		h.persona(t, access.Employee)
		made, err := h.controls.Create(ctx, who, control.Control{Code: "EP-1", Title: "Disks are encrypted", Kind: control.Continuous, Status: control.Operated, Since: dayFrom(-30)}, now)
		must(t, err)
		must(t, h.results.Assign(ctx, who, "device.disk-encrypted", made.ID, now))
		l := h.laptopOf(t, access.Employee, now)
		h.reports1(t, l, now.Add(time.Minute))
		books := h.standing()
		state := func(at time.Time) posture.State {
			b, err := books.Open(ctx, who, at)
			must(t, err)
			o, ok := b.ByCode("EP-1")
			if !ok {
				t.Fatal("the control is gone")
			}
			return b.Answer(standing.Asked{On: cadence.DateOf(at, time.UTC)}, at).Judge.Of(o).State
		}
		at := now.Add(time.Hour)
		if got := state(at); got != posture.Effective {
			t.Errorf("before the drift it is %s", got)
		}
		h.reports1(t, l, at, off)
		if got := state(at.Add(5 * time.Second)); got == posture.Effective {
			t.Errorf("five seconds after the report of a drift it is %s", got)
		}
		h.reports1(t, l, at.Add(time.Minute))
		if got := state(at.Add(time.Minute + 5*time.Second)); got != posture.Effective {
			t.Errorf("five seconds after it was repaired it is %s", got)
		}
	})
}

func TestSilenceIsNotAPass(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.persona(t, access.Employee)
		l := h.laptopOf(t, access.Employee, now)
		start := now.Add(time.Minute)
		h.reports1(t, l, start, off)
		at := start
		for range 60 { // ten days of the same, every four hours
			at = at.Add(4 * time.Hour)
			h.reports1(t, l, at, off)
			h.tendDevices(t, at.Add(time.Minute))
		}
		for _, test := range []string{"device.disk-encrypted", result.DeviceReporting, "device.firewall-on"} {
			if got := h.latest(t, test, l, at); got.State == result.Stale || !got.From.Equal(start) {
				t.Errorf("%s, while it reports: %+v", test, got)
			}
		}
		silent := at.Add(week)
		for tick := at; tick.Before(silent.Add(time.Hour)); tick = tick.Add(15 * time.Minute) {
			if tick.Before(at.Add(time.Hour)) || tick.After(silent.Add(-3*time.Hour)) {
				h.tendDevices(t, tick)
			}
		}
		late := silent.Add(time.Hour)
		if got := h.latest(t, "device.disk-encrypted", l, late); got.State != result.Stale || !got.From.Equal(silent) {
			t.Errorf("the disk of a silent device: %+v", got)
		}
		if got := h.latest(t, result.DeviceReporting, l, late); got.State != result.Fail || !got.From.Equal(silent) || got.Reason != "not heard of since "+at.Format("2 January 2006") {
			t.Errorf("a silent device: %+v", got)
		}
		d := h.device(t, l, late)
		sum := device.Sum([]device.Device{d})
		if n, of := device.Reporting([]device.Device{d}); n != 0 || of != 1 || sum[0].Stale != 1 || sum[1].Stale != 1 || sum[1].Pass != 0 || sum[1].Of != 1 {
			t.Errorf("%d of %d report, %+v", n, of, sum[:2])
		}
		if v := verdict(d, wire.Firewall); v.State != result.Stale || !v.Since.Equal(silent) {
			t.Errorf("the firewall: %+v", v)
		}
		before, err := h.d.Revision(t.Context(), h.actors[access.Manager].Org())
		must(t, err)
		h.tendDevices(t, late) // done twice it does nothing
		if after, err := h.d.Revision(t.Context(), h.actors[access.Manager].Org()); err != nil || after != before {
			t.Errorf("the job changed something the second time: %v", err)
		}
		h.reports1(t, l, late.Add(time.Hour))
		for _, test := range []string{"device.disk-encrypted", result.DeviceReporting} {
			if got := h.latest(t, test, l, late.Add(time.Hour)); got.State != result.Pass || !got.From.Equal(late.Add(time.Hour)) {
				t.Errorf("%s, back again: %+v", test, got)
			}
		}
	})
}

func TestAnExceptionEndsByItself(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, it := t.Context(), h.actors[access.Manager]
		h.persona(t, access.Employee)
		l := h.laptopOf(t, access.Employee, now)
		at := now.Add(time.Hour)
		h.reports1(t, l, at, off)
		last := today + 2
		must(t, h.devices.Waive(ctx, it, []string{string(l.id)}, wire.DiskEncryption, "Being set up anew.", last, at.Add(time.Minute)))
		if got := h.latest(t, "device.disk-encrypted", l, at.Add(time.Hour)); got.State != result.NotApplicable || got.Reason != "waived until "+last.Words() {
			t.Errorf("waived: %+v", got)
		}
		d := h.device(t, l, at.Add(time.Hour))
		if v := verdict(d, wire.DiskEncryption); v.State != result.NotApplicable || v.Waiver == "" || len(d.Waivers) != 1 || device.Sum([]device.Device{d})[0].Waived != 1 {
			t.Errorf("waived it is %+v", d)
		}
		end := last.End(time.UTC)
		h.reports1(t, l, end.Add(-time.Hour), off)
		h.tendDevices(t, end.Add(10*time.Minute))
		if got := h.latest(t, "device.disk-encrypted", l, end.Add(10*time.Minute)); got.State != result.Fail || !got.From.Equal(end) {
			t.Errorf("the day after: %+v", got)
		}
		must(t, h.devices.Waive(ctx, it, []string{string(l.id)}, wire.DiskEncryption, "Once more.", last+9, end.Add(time.Hour)))
		id := h.device(t, l, end.Add(2*time.Hour)).Waivers[0].ID
		must(t, h.devices.EndWaiver(ctx, it, id, end.Add(3*time.Hour)))
		if got := h.latest(t, "device.disk-encrypted", l, end.Add(4*time.Hour)); got.State != result.Fail || !got.From.Equal(end.Add(3*time.Hour)) {
			t.Errorf("ended early: %+v", got)
		}
		for name, err := range map[string]error{
			"without a reason": h.devices.Waive(ctx, it, []string{string(l.id)}, wire.Firewall, " ", last+9, now),
			"of the past":      h.devices.Waive(ctx, it, []string{string(l.id)}, wire.Firewall, "x", today-1, now),
			"for ever":         h.devices.Waive(ctx, it, []string{string(l.id)}, wire.Firewall, "x", today+400, now),
			"of no check":      h.devices.Waive(ctx, it, []string{string(l.id)}, "browser_history", "x", today+1, now),
		} {
			refused(t, "an exception "+name, err, problem.Invalid)
		}
	})
}

func TestSourcesTogether(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, m := t.Context(), h.machine(t)
		p := h.persona(t, access.Employee)
		say := func(kind device.SourceKind, at time.Time, r ...wire.Result) device.Taken {
			t.Helper()
			out, err := h.devices.Take(ctx, m, []device.Word{{Kind: kind, Connection: "", Key: "SERIAL-1", Platform: wire.MacOS, Owner: p.ID, SeenAt: at, Results: r}}, at)
			must(t, err)
			return out
		}
		pass := wire.Result{Check: wire.DiskEncryption, Verdict: wire.Pass}
		if got := say(device.Osquery, now, off); got.Created != 1 || got.Changed != 1 || len(got.Devices) != 1 {
			t.Errorf("named first: %+v", got)
		}
		if got := say(device.Osquery, now.Add(time.Hour)); got.Quiet != 1 || got.Created != 0 {
			t.Errorf("only seen: %+v", got)
		}
		if got := say(device.Osquery, now.Add(-time.Hour), pass); got.Quiet != 1 {
			t.Errorf("what is older than what is known: %+v", got)
		}
		list, err := h.devices.List(ctx, h.actors[access.Manager], now)
		must(t, err)
		if len(list) != 1 || list[0].Owner != p.ID || list[0].Platform != wire.MacOS || verdict(list[0], wire.DiskEncryption).From != device.Osquery {
			t.Fatalf("devices %+v", list)
		}
		// the agent comes to the same device
		code, _, err := h.devices.NewCodeFor(ctx, h.actors[access.Employee], list[0].ID, now)
		must(t, err)
		l := h.enrol(t, code, now)
		start := now.Add(2 * time.Hour)
		h.reports1(t, l, start)
		d := h.device(t, l, start)
		if v := verdict(d, wire.DiskEncryption); v.State != result.Fail || v.From != device.Osquery || len(d.Sources) != 2 {
			t.Errorf("any fail is a fail: %+v", d)
		}
		if v := verdict(d, wire.Firewall); v.State != result.Pass || v.From != device.Agent {
			t.Errorf("the firewall: %+v", v)
		}
		// osquery falls silent; from the moment it is stale the agent's word counts
		at := start
		for range 45 {
			at = at.Add(4 * time.Hour)
			h.reports1(t, l, at)
			h.tendDevices(t, at.Add(time.Minute))
		}
		stale := now.Add(time.Hour).Add(week)
		if got := h.latest(t, "device.disk-encrypted", l, at); got.State != result.Pass || !got.From.Equal(stale) {
			t.Errorf("after osquery fell silent: %+v, want a pass from %s", got, stale)
		}
		// the id of the source is in no table
		if found := h.anywhere(t, h.actors[access.Manager].Org(), "SERIAL-1"); len(found) != 0 {
			t.Errorf("what the source calls the machine is in %v", found)
		}
	})
}

func TestAPersonSaysWhatTheySaw(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, it := t.Context(), h.actors[access.Manager]
		out, err := h.devices.Take(ctx, h.machine(t), []device.Word{{Kind: device.Jamf, Connection: "c", Key: "x", Platform: wire.Other}}, now)
		must(t, err)
		must(t, h.devices.Say(ctx, it, out.Devices[0], wire.Antivirus, wire.Pass, "Saw it running.", today+30, now))
		l := &laptop{id: wire.ID(out.Devices[0])}
		if v := verdict(h.device(t, l, now.Add(20*24*time.Hour)), wire.Antivirus); v.State != result.Pass || v.From != device.Person {
			t.Errorf("while it holds: %+v", v)
		}
		if h.device(t, l, now.Add(20*24*time.Hour)).Reporting() {
			t.Error("what somebody said of a machine makes it one that reports")
		}
		if got := h.latest(t, "device.antivirus-on", l, now); !got.To.Equal((today + 30).End(time.UTC)) {
			t.Errorf("it holds until %s", got.To)
		}
		if v := verdict(h.device(t, l, now.Add(40*24*time.Hour)), wire.Antivirus); v.State != result.Stale {
			t.Errorf("after its last day: %+v", v)
		}
		for _, c := range wire.Checks() {
			for _, v := range wire.Verdicts() {
				must(t, h.devices.Say(ctx, it, out.Devices[0], c, v, "Looked.", today+30, now.Add(time.Minute)))
			}
		}
	})
}

func TestOwners(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, it := t.Context(), h.actors[access.Administrator], h.actors[access.Manager]
		p := h.persona(t, access.Employee)
		s := device.Usual()
		s.OrgCode = true
		must(t, h.devices.SetSettings(ctx, admin, s, now))
		code, _, err := h.devices.NewOrgCode(ctx, it, 2, now.Add(time.Hour), now)
		must(t, err)
		one, two := h.enrol(t, code, now), h.enrol(t, code, now)
		if d := h.device(t, one, now); d.Owner != "" {
			t.Errorf("%+v has an owner", d)
		}
		if got := h.latest(t, result.DeviceOwned, one, now); got.State != result.Fail || got.Reason != "belongs to nobody" {
			t.Errorf("nobody's: %+v", got)
		}
		if _, err := h.devices.Find(ctx, h.actors[access.Employee], string(one.id), now); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("an employee sees a device that is not theirs: %v", err)
		}
		must(t, h.devices.Claim(ctx, h.actors[access.Employee], " "+strings.ToUpper(string(one.id[:8])), now.Add(time.Minute)))
		refused(t, "a second claim", h.devices.Claim(ctx, h.actors[access.Employee], string(one.id), now), problem.Invalid)
		mine, err := h.devices.Mine(ctx, h.actors[access.Employee], now)
		if must(t, err); len(mine) != 1 || mine[0].ID != string(one.id) {
			t.Errorf("mine are %+v", mine)
		}
		must(t, h.devices.Own(ctx, it, []string{string(two.id)}, p.ID, now.Add(time.Minute)))
		must(t, h.devices.Name(ctx, h.actors[access.Employee], string(two.id), "The one at home", now.Add(time.Minute)))
		must(t, h.devices.Look(ctx, h.actors[access.Employee], string(one.id), now))
		for range 2 {
			must(t, h.devices.Look(ctx, h.actors[access.Auditor], string(one.id), now))
		}
		looks, err := h.devices.Looks(ctx, h.actors[access.Employee], string(one.id))
		if must(t, err); len(looks) != 1 || looks[0].Account != h.accounts[access.Auditor].ID {
			t.Errorf("who looked: %+v", looks)
		}
		// the owner leaves
		p.EndOn = (today + 3).String()
		must(t, h.people.Edit(ctx, admin, p, now.Add(time.Hour)))
		after := (today + 3).End(time.UTC).Add(time.Hour)
		h.tendDevices(t, after)
		if got := h.latest(t, result.DeviceOwned, one, after); got.State != result.Fail || got.Reason != "belongs to somebody who has left" {
			t.Errorf("after the owner left: %+v", got)
		}
		s.OrgCode = false
		must(t, h.devices.SetSettings(ctx, admin, s, now.Add(time.Hour)))
		if _, _, err := h.devices.NewOrgCode(ctx, it, 2, now.Add(2*time.Hour), now.Add(time.Hour)); err == nil {
			t.Error("a code of the organisation is made although they are switched off")
		}
	})
}

// TestAHerdIsStoredBeforeItIsAnswered has many devices report at once and looks for
// every receipt in the rows.
func TestAHerdIsStoredBeforeItIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, m := t.Context(), h.machine(t)
		s := device.Usual()
		s.OrgCode = true
		must(t, h.devices.SetSettings(ctx, h.actors[access.Administrator], s, now))
		const herd = 500
		code, _, err := h.devices.NewOrgCode(ctx, h.actors[access.Manager], herd, now.Add(time.Hour), now)
		must(t, err)
		all := make([]*laptop, herd)
		for i := range all {
			all[i] = h.enrol(t, code, now)
		}
		for round := range 3 {
			at := now.Add(time.Duration(round+1) * time.Hour)
			receipts := make([]wire.Receipt, herd)
			var wait sync.WaitGroup
			for i, l := range all {
				but := []wire.Result{off}
				if round > 0 && i%10 > 0 { // in the second and third round most bring nothing new
					but = nil
				}
				if round == 0 && i%10 > 0 {
					but = nil
				}
				d := l.sign(t, at, l.report(at, but...))
				wait.Go(func() {
					b, err := h.devices.Report(context.WithoutCancel(ctx), m, d, at)
					if err != nil {
						t.Errorf("device %d: %v", i, err)
						return
					}
					receipts[i], err = wire.Open[wire.Receipt](b, l.server)
					if err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			found := 0
			must(t, h.d.Read(ctx, m.Org(), func(tx *db.Tx) error {
				for i, r := range receipts {
					var n int
					if err := tx.QueryRow(ctx, `SELECT count(*) FROM device_source WHERE org = $1 AND device = $2 AND seq = $3 AND hash = $4 AND batch = $5`, m.Org(), string(all[i].id), int64(r.Seq), string(r.Report), r.Batch).Scan(&n); err != nil {
						return err
					}
					found += n
				}
				return nil
			}))
			if found != herd {
				t.Errorf("round %d: %d of %d receipts are in the rows", round, found, herd)
			}
		}
		must(t, h.log.Verify(ctx, h.d, m.Org()))
	})
}

// texts says what each text of the tables of devices is, and where it comes from. A
// column that is not here could hold what nobody wants to be held.
var deviceTexts = map[string]string{
	"org": "id", "id": "id", "device": "id", "owner": "id of a person", "person": "id of a person", "account": "id of an account",
	"ended_by": "id of an account", "connection": "id", "batch": "id", "salt": "random",
	"name": "typed by a person", "reason": "typed by a person",
	"platform": "closed list", "state": "closed list", "owned": "closed list", "kind": "closed list", "trouble": "closed list", "asked": "closed list", "why": "closed list",
	"told": "lines of closed lists", "verdicts": "lines of closed lists",
	"key": "public key", "hash": "hash", "ref": "keyed hash",
	"host": "keyed hash", "key_hash": "hash", "host_salt": "random", "what": "closed list",
	"address": "typed by a person", "tenant": "typed by a person", "client": "typed by a person", "mapping": "names of policies, typed by a person",
	"secret": "id, or sealed", "fault": "a sentence of ours",
}

func TestNoColumnHasRoomForMore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		seen := 0
		for _, table := range tenantTables {
			if table != "device" && !strings.HasPrefix(table, "device_") {
				continue
			}
			for column, kind := range h.columns(t, table) {
				seen++
				if !regexp.MustCompile(`(?i)^(bigint|integer|boolean)$`).MatchString(kind) && deviceTexts[column] == "" {
					t.Errorf("%s.%s is of type %s and nobody says what stands in it", table, column, kind)
				}
			}
		}
		if seen < 80 {
			t.Errorf("only %d columns were looked at", seen)
		}
	})
}

// columns returns the columns of a table and their types.
func (h *house) columns(t testing.TB, table string) map[string]string {
	t.Helper()
	out := map[string]string{}
	q := fmt.Sprintf(`SELECT name, type FROM pragma_table_info('%s')`, table)
	if h.d.Engine() == "postgres" {
		q = fmt.Sprintf(`SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '%s'`, table)
	}
	must(t, h.d.Read(t.Context(), h.actors[access.Manager].Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), q)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name, kind string
			if err := rows.Scan(&name, &kind); err != nil {
				return err
			}
			out[name] = kind
		}
		return rows.Err()
	}))
	return out
}

func TestWhatIsNotOfferedToPeople(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		// somebody who is in no register cannot own a device
		_, _, err := h.devices.NewCode(ctx, h.actors[access.Employee], now)
		refused(t, "a code for an account that is nobody", err, problem.Conflict)
		h.persona(t, access.Employee)
		s := device.Usual()
		s.SelfEnrol = false
		must(t, h.devices.SetSettings(ctx, h.actors[access.Administrator], s, now))
		_, _, err = h.devices.NewCode(ctx, h.actors[access.Employee], now)
		refused(t, "a code where people do not enrol by themselves", err, problem.Forbidden)
		must(t, h.devices.SetSettings(ctx, h.actors[access.Administrator], device.Usual(), now.Add(time.Minute)))
		l := h.laptopOf(t, access.Employee, now)
		for _, subject := range []string{string(l.id), "laptop-01"} { // nobody else speaks for a device
			_, err = h.results.Push(ctx, h.actors[access.Contributor], []result.Report{{Test: "device.disk-encrypted", Subject: subject, State: result.Pass, At: now, ValidFor: time.Hour}}, now)
			refused(t, "a result pushed for a device", err, problem.Invalid)
		}
		if _, err := h.devices.Find(ctx, h.other, string(l.id), now); err == nil {
			t.Error("another organisation sees the device")
		}
		two, err := h.access.Machine(ctx, "two")
		must(t, err)
		if _, err := h.devices.Report(ctx, two, l.sign(t, now, l.report(now)), now); refusedWith(err) != wire.Unknown {
			t.Errorf("reported to another organisation: %v", err)
		}
	})
}

func TestDevicesCloseStepsOfTheirOwners(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.persona(t, access.Employee)
		org := h.actors[access.Manager].Org()
		closes := func(at time.Time) string {
			var out []string
			must(t, h.d.Read(t.Context(), org, func(tx *db.Tx) error {
				list, err := device.Standings(t.Context(), tx, org, nil, at)
				for _, s := range list {
					out = append(out, string(s.Check))
					if s.Person != p.ID || s.Since.IsZero() || s.Since.After(at) {
						t.Errorf("%+v", s)
					}
				}
				return err
			}))
			return strings.Join(out, " ")
		}
		l := h.laptopOf(t, access.Employee, now)
		for _, tt := range []struct {
			name string
			do   func(at time.Time)
			want string
		}{
			{"enrolled, and never heard of", func(time.Time) {}, ""},
			{"a check fails", func(at time.Time) { h.reports1(t, l, at, off) }, ""},
			{"all pass", func(at time.Time) { h.reports1(t, l, at) }, "device.enrolled"},
			{"retired", func(at time.Time) {
				must(t, h.devices.Retire(t.Context(), h.actors[access.Manager], []string{string(l.id)}, "Given back.", at))
			}, "device.unregistered"},
		} {
			now := h.device(t, l, now).SeenAt().Add(time.Hour)
			if now.Before(h.device(t, l, now).CreatedAt) {
				now = h.device(t, l, now).CreatedAt.Add(time.Minute)
			}
			tt.do(now)
			if got := closes(now.Add(time.Second)); got != tt.want {
				t.Errorf("%s: it closes %q, want %q", tt.name, got, tt.want)
			}
		}
	})
}
