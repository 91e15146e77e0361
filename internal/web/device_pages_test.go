package web

import (
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	everyPage = append(everyPage, "/my/devices", "/devices", "/devices?show=retired&check=firewall.fail&text=zzz", "/devices/settings", "/devices/sources")
}

// results are seven passes, but for what is given.
func resultsBut(list ...wire.Result) []wire.Result {
	var out []wire.Result
	for _, c := range wire.Checks() {
		r := wire.Result{Check: c, Verdict: wire.Pass}
		for _, x := range list {
			if x.Check == c {
				r = x
			}
		}
		out = append(out, r)
	}
	return out
}

// take lets Intune name machines, one of each result that is given.
func (s *site) take(list ...[]wire.Result) []string {
	s.t.Helper()
	who, err := s.Access.Machine(s.t.Context(), "meridian-cloud")
	if err != nil {
		s.t.Fatal(err)
	}
	var words []device.Word
	for i, r := range list {
		words = append(words, device.Word{Kind: device.Intune, Connection: "c1", Key: string(rune('a' + i)), Platform: wire.Windows, Results: r})
	}
	taken, err := s.Devices.Take(s.t.Context(), who, words, s.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return taken.Devices
}

// linkAdmin makes the administrator somebody of the register.
func (s *site) linkAdmin() string {
	s.t.Helper()
	persons, err := s.People.List(s.t.Context(), s.admin())
	if err != nil || len(persons) == 0 {
		s.t.Fatal("people:", err)
	}
	if err := s.People.LinkAccount(s.t.Context(), s.admin(), persons[0].ID, s.admin().Account(), s.Now()); err != nil {
		s.t.Fatal(err)
	}
	return persons[0].ID
}

// TestADeviceGoesItsWayOnItsPages goes the way of an employee and of whoever runs the
// fleet: a code, a claim, a waiver, a word of one's own, lost, found, retired.
func TestADeviceGoesItsWayOnItsPages(t *testing.T) {
	s := newSite(t)
	s.fill()
	o := "/o/meridian-cloud"
	has := func(a answer, status int, want ...string) {
		t.Helper()
		if a.Status != status {
			t.Fatalf("status %d, want %d: %.900s", a.Status, status, a.Body)
		}
		for _, w := range want {
			if !strings.Contains(a.Body, w) {
				t.Errorf("the page lacks %q", w)
			}
		}
	}
	has(s.get(o+"/my/devices"), http.StatusOK, "not linked to a person yet", "What can never be read")
	person := s.linkAdmin()
	a := s.post(o + "/my/devices/code")
	has(a, http.StatusOK, "sudo toucan-agent enroll &#39;"+s.url+o+"#", "works once, until", "msiexec /i toucan-agent_")
	if !regexp.MustCompile(`works once, until \d\d:\d\d [A-Z+]`).MatchString(a.Body) {
		t.Error("the page does not say in which zone the code ends")
	}
	if code := between(a.Body, o+"#", "&#39;"); !wire.IsCode(code) {
		t.Errorf("the page shows %q as a code", code)
	}
	if strings.Contains(s.get(o+"/my/devices").Body, "toucan-agent enroll &#39;") {
		t.Error("the code is shown a second time")
	}
	ids := s.take(resultsBut(), resultsBut(wire.Result{Check: wire.Firewall, Verdict: wire.Fail, Reason: wire.Off}))
	has(s.get(o+"/devices"), http.StatusOK, "2 <small>of 2</small>", "DEV-2", "Firewall fails: switched off", `1</b> <span>passes`)
	has(s.get(o+"/devices?check=firewall.fail"), http.StatusOK, "DEV-2")
	if strings.Contains(s.get(o+"/devices?check=firewall.fail").Body, "Choose DEV-1") {
		t.Error("the filter by an answer shows devices that gave another")
	}
	has(s.post(o+"/my/devices/claim", "digits", "zzzz"), http.StatusUnprocessableEntity, "first 8 digits", `value="zzzz"`)
	if a = s.post(o+"/my/devices/claim", "digits", strings.ToUpper(ids[1][:4])+" "+ids[1][4:8]); a.Status != http.StatusSeeOther {
		t.Fatalf("claimed: %d %.600s", a.Status, between(a.Body, `role="alert"`, "</span>"))
	}
	has(s.get(o+"/my/devices"), http.StatusOK, "1 thing to fix", wire.Hint(wire.Firewall, wire.Off, wire.Windows)[:20])
	one := o + "/devices/" + ids[1]
	has(s.get(one), http.StatusOK, "Firewall", "switched off", "Intune", "Nobody but its owner has opened")
	if s.post(one+"/name", "name", "Front desk").Status != http.StatusSeeOther {
		t.Error("the name was not taken")
	}
	has(s.post(one+"/waive", "check", "firewall", "until", "2001-01-01", "reason", "A lab."), http.StatusUnprocessableEntity, "Choose a last day", ">A lab.</textarea>")
	until := time.Now().AddDate(0, 0, 20).Format(time.DateOnly)
	if a = s.post(one+"/waive", "check", "firewall", "until", until, "reason", "A lab."); a.Status != http.StatusSeeOther {
		t.Fatalf("waived: %d %.500s", a.Status, a.Body)
	}
	has(s.get(one), http.StatusOK, "Front desk", "need not pass until", "A lab.", "End it now")
	has(s.get(o+"/devices?show=waived"), http.StatusOK, "Front desk")
	if a = s.post(one+"/say", "check", "screen_lock", "verdict", "fail", "until", until, "reason", "Sat before it."); a.Status != http.StatusSeeOther {
		t.Fatalf("said: %d %.500s", a.Status, a.Body)
	}
	has(s.get(one), http.StatusOK, "A person who looked", "(counts)")
	has(s.post(one+"/lose", "reason", " "), http.StatusUnprocessableEntity, "Say in a few words why")
	if a = s.post(one+"/lose", "reason", "In a train."); a.Status != http.StatusSeeOther {
		t.Fatalf("lost: %d", a.Status)
	}
	has(s.get(o+"/devices"), http.StatusOK, "1 <small>of 1</small>", "1 lost, 0 retired")
	has(s.get(o+"/my/devices"), http.StatusOK, "I found it again", one+`/restore"`)
	if a = s.post(one+"/restore", "reason", "Found."); a.Status != http.StatusSeeOther {
		t.Fatalf("found: %d", a.Status)
	}
	other := o + "/devices/" + ids[0]
	has(s.get(other), http.StatusOK, "Ada Quist") // who looked: the administrator, at what is nobody's
	if a = s.post(o+"/devices/many", "do", "owner", "id", ids[0], "person", person); a.Status != http.StatusSeeOther {
		t.Fatalf("given: %d %.500s", a.Status, a.Body)
	}
	if a = s.post(other+"/retire", "reason", "Sold."); a.Status != http.StatusSeeOther {
		t.Fatalf("retired: %d", a.Status)
	}
	has(s.get(o+"/devices?show=retired"), http.StatusOK, "DEV-1")
	if a = s.get(o + "/devices/checks?format=csv"); strings.Count(a.Body, "\n") != 1+2*len(wire.Checks()) {
		t.Errorf("the file has %d lines", strings.Count(a.Body, "\n"))
	}
	has(s.get(o+"/devices/export?format=csv"), http.StatusOK, "DEV-2", "Front desk", "waived")
}

// TestAnEmployeeSeesTheirDevicesAndWhoLooked keeps the promise of the page: others see
// nothing of a device that is not theirs, and the owner sees who opened its page.
func TestAnEmployeeSeesTheirDevicesAndWhoLooked(t *testing.T) {
	s := newSite(t)
	s.fill()
	o := "/o/meridian-cloud"
	ids := s.take(resultsBut())
	s.expect(s.get(o+"/devices/"+ids[0]), http.StatusOK)
	s.client = s.member("employee")
	if a := s.get(o + "/devices/" + ids[0]); a.Status != http.StatusNotFound {
		t.Errorf("a device of somebody else: %d", a.Status)
	}
	if a := s.get(o + "/devices"); a.Status != http.StatusForbidden {
		t.Errorf("the list of all devices: %d", a.Status)
	}
	persons, err := s.People.List(t.Context(), s.admin())
	if err != nil {
		t.Fatal(err)
	}
	account, err := s.Access.AccountByEmail(t.Context(), "employee@meridian.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.People.LinkAccount(t.Context(), s.admin(), persons[1].ID, account.ID, s.Now()); err != nil {
		t.Fatal(err)
	}
	s.expect(s.post(o+"/my/devices/claim", "digits", ids[0][:8]), http.StatusSeeOther)
	for _, path := range []string{"/my/devices", "/devices/" + ids[0]} {
		if a := s.get(o + path); a.Status != http.StatusOK || !strings.Contains(a.Body, "Ada Quist") {
			t.Errorf("%s: %d, and it has to say that Ada Quist looked", path, a.Status)
		}
	}
	if a := s.get(o + "/tasks"); !strings.Contains(a.Body, "nothing to fix") {
		t.Error("the tasks of an employee say nothing of their device")
	}
}

// TestSettingsOfDevices are kept, and codes for many are shown once and ended.
func TestSettingsOfDevices(t *testing.T) {
	s := newSite(t)
	s.fill()
	at := "/o/meridian-cloud/devices/settings"
	if a := s.post(at, "lock_minutes", "7", "interval_minutes", "240"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a limit that is no choice: %d", a.Status)
	}
	s.expect(s.post(at, "lock_minutes", "5", "interval_minutes", "60", "self_enrol", "yes", "org_code", "yes"), http.StatusSeeOther)
	if a := s.get(at); !strings.Contains(a.Body, `<option value="5" selected>`) || !strings.Contains(a.Body, `<option value="60" selected>`) {
		t.Error("the settings were not kept")
	}
	a := s.post("/o/meridian-cloud/devices/codes", "uses", "3", "until", time.Now().AddDate(0, 0, 9).Format(time.DateOnly))
	if a.Status != http.StatusOK || !strings.Contains(a.Body, "toucan-agent enroll &#39;") {
		t.Fatalf("a code for many: %d %.600s", a.Status, a.Body)
	}
	if a = s.get(at); !strings.Contains(a.Body, "0 of 3") || strings.Contains(a.Body, "toucan-agent enroll") {
		t.Error("the code is not listed, or its text is shown a second time")
	}
	id := between(a.Body, "/devices/codes/", "/end")
	s.expect(s.post("/o/meridian-cloud/devices/codes/"+id+"/end"), http.StatusSeeOther)
	if a = s.get(at); strings.Contains(a.Body, "0 of 3") {
		t.Error("the ended code is listed among those that work")
	}
}

// TestSourcesOfDevicesAreConnectedAndEnded goes through the page of Fleet, Intune, Jamf
// and osquery. No secret is shown again.
func TestSourcesOfDevicesAreConnectedAndEnded(t *testing.T) {
	s := newSite(t)
	s.fill()
	at := "/o/meridian-cloud/devices/sources"
	a := s.post(at, "kind", "fleet", "address", "https://fleet.example.com/path", "secret", "very-secret-token")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "without a path") || strings.Contains(a.Body, "very-secret-token") {
		t.Errorf("a wrong address: %d", a.Status)
	}
	s.expect(s.post(at, "kind", "fleet", "address", "https://fleet.example.com", "secret", "very-secret-token"), http.StatusSeeOther)
	a = s.get(at)
	if !strings.Contains(a.Body, "https://fleet.example.com") || strings.Contains(a.Body, "very-secret-token") || !strings.Contains(a.Body, "not asked yet") {
		t.Error("the connection is not listed as it should be")
	}
	id := between(a.Body, at+"/", "/do")
	for _, text := range []string{"no colon", "firewall:", "no_such_check: Policy"} {
		if a = s.post(at+"/"+id+"/mapping", "mapping", text); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, ">"+text+"</textarea>") {
			t.Errorf("the mapping %q: %d", text, a.Status)
		}
	}
	s.expect(s.post(at+"/"+id+"/mapping", "mapping", "firewall: Our wall: on\r\n\r\nfirewall?: Our wall is known"), http.StatusSeeOther)
	if a = s.get(at); !strings.Contains(a.Body, ">firewall: Our wall: on\nfirewall?: Our wall is known\n</textarea>") {
		t.Error("the page does not show the mapping that was saved")
	}
	s.expect(s.post(at+"/"+id+"/secret", "secret", ""), http.StatusUnprocessableEntity)
	s.expect(s.post(at+"/"+id+"/secret", "secret", "another-secret-token"), http.StatusSeeOther)
	if a = s.get(at); strings.Contains(a.Body, "another-secret-token") {
		t.Error("the new secret is shown")
	}
	s.expect(s.post(at+"/"+id+"/do", "do", "pause"), http.StatusSeeOther)
	if a = s.get(at); !strings.Contains(a.Body, "paused") {
		t.Error("the connection is not paused")
	}
	s.expect(s.post(at+"/"+id+"/do", "do", "remove"), http.StatusSeeOther)
	if a = s.get(at); strings.Contains(a.Body, "fleet.example.com</p>") {
		t.Error("the connection is still listed")
	}
	if a = s.post("/o/meridian-cloud/devices/osquery", "name", "Build machines", "most", "many"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `value="many"`) {
		t.Errorf("a secret for many: %d", a.Status)
	}
	a = s.post("/o/meridian-cloud/devices/osquery", "name", "Build machines", "most", "40")
	if a.Status != http.StatusOK || !strings.Contains(a.Body, "--enroll_tls_endpoint=/o/meridian-cloud/osquery/enroll") {
		t.Fatalf("a secret of osquery: %d %.500s", a.Status, a.Body)
	}
	secret := between(a.Body, "Build machines", "/most")
	secret = "/o/meridian-cloud/devices/osquery/" + secret[strings.LastIndex(secret, "/")+1:]
	s.expect(s.post(secret+"/most", "most", "0"), http.StatusUnprocessableEntity)
	s.expect(s.post(secret+"/most", "most", "60"), http.StatusSeeOther)
	if a = s.get(at); !strings.Contains(a.Body, "of which 60 may still come") || !strings.Contains(a.Body, `value="60"`) {
		t.Error("the page does not show for how many machines the secret is")
	}
	s.expect(s.post(secret+"/end"), http.StatusSeeOther)
	if a = s.get(at); !strings.Contains(a.Body, "ended") {
		t.Error("the ended secret is not listed as ended")
	}
}

// TestTheSampleIsAMessage keeps the page from showing what no agent could send.
func TestTheSampleIsAMessage(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	text, of := sampleMessage(nil, now)
	if _, err := wire.Decode[wire.Delivery]([]byte(text)); err != nil || of != "" {
		t.Errorf("without a device: %v, of %q", err, of)
	}
	own := device.Device{ID: strings.Repeat("a1", 16), Code: "DEV-7", Sources: []device.Source{{Kind: device.Agent, Build: 1_002_003, Results: resultsBut(wire.Result{Check: wire.ScreenLock, Verdict: wire.Fail, Reason: wire.TooLong})}}}
	text, of = sampleMessage([]device.Device{own}, now)
	m, err := wire.Decode[wire.Delivery]([]byte(text))
	if err != nil || of != "DEV-7" || string(m.Device) != own.ID || m.Build != 1_002_003 || !slices.Equal(m.Reports[0].Results, own.Sources[0].Results) {
		t.Errorf("of a device: %v, of %q: %s", err, of, text)
	}
}

// TestTheFleetCountsEveryAnswer shows silence, waivers and what nobody could tell beside
// what passes, and leaves out what is lost.
func TestTheFleetCountsEveryAnswer(t *testing.T) {
	in := func(state result.State, waiver string, stale bool) device.Device {
		d := device.Device{State: device.InUse, Sources: []device.Source{{Stale: stale}}}
		for _, c := range wire.Checks() {
			d.Checks = append(d.Checks, device.Verdict{Check: c, State: state, Waiver: waiver})
		}
		return d
	}
	lost := in(result.Pass, "", false)
	lost.State = device.Lost
	f := fleetOf("m", []device.Device{in(result.Pass, "", false), in(result.Fail, "", false), in(result.CouldNotTell, "", false), in(result.Stale, "", true), in(result.NotApplicable, "w", false), in(result.NotApplicable, "", false), lost})
	if f.Reporting != 5 || f.Of != 6 || f.Silent != 1 || f.Lost != 1 || f.Fail != 1 || f.Nobody != 6 {
		t.Errorf("the fleet is %+v", f)
	}
	for _, c := range f.Checks {
		if len(c.Parts) != 6 || c.Of != 6 {
			t.Errorf("%s has %d answers of %d", c.Check, len(c.Parts), c.Of)
		}
		for _, p := range c.Parts {
			if p.N != 1 || shapes[deviceMark(p.State)] == "" {
				t.Errorf("%s %s: %d, drawn as %q", c.Check, p.State, p.N, deviceMark(p.State))
			}
		}
	}
}

// TestWhatNeedsSomebodyComesFirst orders the list.
func TestWhatNeedsSomebodyComesFirst(t *testing.T) {
	fine := device.Device{State: device.InUse, Owner: "p", Sources: []device.Source{{}}}
	copied := fine
	copied.Sources = []device.Source{{Trouble: device.Copied}}
	silent := fine
	silent.Sources = []device.Source{{Stale: true}}
	failing := fine
	failing.Checks = []device.Verdict{{State: result.Fail}}
	nobodys := fine
	nobodys.Owner = ""
	lost, retired := fine, fine
	lost.State, retired.State = device.Lost, device.Retired
	list := []device.Device{copied, silent, failing, nobodys, fine, lost, retired}
	for i := range list[1:] {
		if deviceNeeds(list[i]) <= deviceNeeds(list[i+1]) {
			t.Errorf("device %d does not come before %d", i, i+1)
		}
	}
}

// TestTheTabsCountWhatTheSummaryCounts holds the numbers on the tabs of the list against
// those above it: what is lost or retired is in no number but its own.
func TestTheTabsCountWhatTheSummaryCounts(t *testing.T) {
	one := func(state device.State, owner string, stale bool) device.Device {
		d := device.Device{State: state, Owner: owner, Sources: []device.Source{{Kind: device.Agent, Stale: stale}}}
		for _, c := range wire.Checks() {
			d.Checks = append(d.Checks, device.Verdict{Check: c, State: result.Fail, Reason: wire.Off})
		}
		return d
	}
	var list []device.Device
	for _, state := range []device.State{device.InUse, device.Lost, device.Retired} {
		list = append(list, one(state, "p", false), one(state, "", false), one(state, "p", true))
	}
	list = append(list, one(device.Lost, "", true))
	f := fleetOf("m", list)
	tabs := map[string]int{}
	for _, d := range list {
		row := deviceRow(&book{}, &d, time.Now())
		if !row.Gone {
			tabs["in use"]++
		}
		for _, v := range row.Facets["show"] {
			tabs[v]++
		}
	}
	want := map[string]int{"in use": f.Of, "fail": f.Fail, "silent": f.Silent, "nobody": f.Nobody, "lost": f.Lost, "retired": f.Retired}
	if !maps.Equal(tabs, want) || f.Of != 3 || f.Lost != 4 || f.Retired != 3 || f.Nobody != 1 {
		t.Errorf("the tabs count %v, the summary %v", tabs, want)
	}
	if all := deviceFilters(nil)[0].All; all != "In use" {
		t.Errorf("the first tab is called %q", all)
	}
}

// TestTheCommandsNameThePackagesThereAre compares the version in the commands with the
// one packages are built from.
func TestTheCommandsNameThePackagesThereAre(t *testing.T) {
	b, err := os.ReadFile("../../packaging/VERSION")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(b)); got != agentVersion {
		t.Errorf("packages are of version %s, the pages name %s", got, agentVersion)
	}
}
