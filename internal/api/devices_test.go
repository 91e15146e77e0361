package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
)

func TestADeviceIsShownWithWhatIsNotKnown(t *testing.T) {
	s := newSite(t)
	s.knowsADevice()
	var one Device
	s.get("/devices/" + s.laptop).want(200).into(&one)
	if one.Code != "DEV-1" || one.Platform != "windows" || one.Owner != "" || !one.Reporting || len(one.Checks) != 7 {
		t.Errorf("%+v", one)
	}
	want := map[string]string{"disk_encryption": "fail", "firewall": "pass", "antivirus": "stale"} // Intune said nothing of the last
	for _, c := range one.Checks {
		if w, ok := want[c.Check]; ok && c.State != w {
			t.Errorf("%s: %s, want %s", c.Check, c.State, w)
		}
	}
	var sum DeviceSummary
	s.get("/device-summary").want(200).into(&sum)
	if sum.Of != 1 || sum.Reporting != 1 {
		t.Errorf("%d of %d reporting", sum.Reporting, sum.Of)
	}
	for _, c := range sum.Checks {
		if c.Pass+c.Fail+c.CouldNotTell+c.Stale+c.NotApplicable+c.Waived != c.Of {
			t.Errorf("%s does not add up: %+v", c.Check, c)
		}
	}
}

func TestDevicesAreNarrowed(t *testing.T) {
	s := newSite(t)
	s.knowsADevice()
	for query, want := range map[string]int{
		"": 1, "?owner=nobody": 1, "?owner=" + s.ann.ID: 0, "?state=lost": 0, "?reporting=true": 1, "?reporting=false": 0,
		"?check=disk_encryption&stands=fail": 1, "?check=disk_encryption&stands=pass": 0, "?check=antivirus&stands=stale": 1,
	} {
		var list List[Device]
		s.get("/devices" + query).want(200).into(&list)
		if list.Total != want || len(list.Items) != want {
			t.Errorf("%q: %d of %d devices, want %d", query, len(list.Items), list.Total, want)
		}
	}
}

func TestAWaiverIsSeenAndEnds(t *testing.T) {
	s := newSite(t)
	s.knowsADevice()
	s.call(call{method: "POST", path: "/devices/" + s.laptop + "/waivers", body: NewWaiver{Check: "disk_encryption", Reason: "A test bench.", Until: "2026-03-31"}}).want(http.StatusOK)
	var one Device
	s.get("/devices/" + s.laptop).want(200).into(&one)
	disk := one.Checks[0]
	if disk.State != "not_applicable" || disk.Waiver == "" {
		t.Fatalf("waived: %+v", disk)
	}
	s.call(call{method: "POST", path: "/waivers/" + disk.Waiver + "/end", body: nil}).want(http.StatusOK)
	one = Device{}
	s.get("/devices/" + s.laptop).want(200).into(&one)
	if disk = one.Checks[0]; disk.State != "fail" || disk.Waiver != "" {
		t.Errorf("after its end: %+v", disk)
	}
	s.call(call{method: "POST", path: "/devices/" + s.laptop + "/waivers", body: NewWaiver{Check: "disk_encryption", Reason: "x", Until: "next year"}}).want(http.StatusUnprocessableEntity)
}

func TestAnOwnerReportsADeviceLostAndFindsItAgain(t *testing.T) {
	s := newSite(t)
	s.knowsADevice()
	staff := s.member(access.Contributor, "Eve")
	s.must(s.People.LinkAccount(t.Context(), s.boss, s.ann.ID, staff.Account(), s.now))
	token := s.newToken(staff, access.Grantable(access.Contributor), s.now.Add(time.Hour))
	turn := func(token string, state device.State) int {
		t.Helper()
		return s.call(call{method: "POST", path: "/devices/" + s.laptop + "/state", token: token, body: DeviceState{State: string(state), Reason: "Left in a train."}}).status
	}
	stands := func() string {
		var one Device
		s.get("/devices/" + s.laptop).want(200).into(&one)
		return one.State
	}
	if got := turn(token, device.Lost); got != http.StatusNotFound || stands() != "in_use" {
		t.Errorf("a device that is not theirs: %d, and it is %s", got, stands())
	}
	s.must(s.Devices.Own(t.Context(), s.boss, []string{s.laptop}, s.ann.ID, s.now))
	for _, to := range []device.State{device.Lost, device.InUse} {
		if got := turn(token, to); got != http.StatusOK || stands() != string(to) {
			t.Errorf("%s: %d, and it is %s", to, got, stands())
		}
	}
	if got := turn(token, device.Retired); got != http.StatusForbidden || stands() != "in_use" {
		t.Errorf("retired by its owner: %d, and it is %s", got, stands())
	}
	s.must(s.Devices.Retire(t.Context(), s.boss, []string{s.laptop}, "Given back.", s.now))
	if got := turn(token, device.InUse); got != http.StatusForbidden || stands() != "retired" {
		t.Errorf("brought back by its owner: %d, and it is %s", got, stands())
	}
}

func TestASecretOfOsqueryIsForSoManyMachines(t *testing.T) {
	s := newSite(t)
	text, made, err := s.Hosts.NewSecret(t.Context(), s.boss, "Build machines", 40, s.now.Add(time.Hour), s.now)
	s.must(err)
	s.call(call{method: "POST", path: "/osquery-secrets/" + made.ID, body: OsqueryMost{Most: 60}}).want(http.StatusOK)
	r := s.get("/osquery-secrets").want(200)
	var list List[OsquerySecret]
	r.into(&list)
	if len(list.Items) != 1 || list.Items[0].Most != 60 || list.Items[0].Left != 60 || !list.Items[0].InForce || strings.Contains(r.body, text) {
		t.Errorf("the secrets are %s", r.body)
	}
	s.call(call{method: "POST", path: "/osquery-secrets/" + made.ID, body: OsqueryMost{Most: 0}}).want(http.StatusUnprocessableEntity)
}
