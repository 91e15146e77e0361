package web

import (
	"net/http"
	"strings"
	"testing"
)

func init() {
	everyPage = append(everyPage, "/systems", "/systems?criticality=retired&text=zzz", "/systems/new", "/systems/import", "/systems/sites", "/systems/sites/new", "/systems/assets", "/systems/assets/new", "/systems/assets?review=stale&owner=none",
		"/systems/commitments", "/systems/commitments/new", "/systems/commitments/library", "/vendors", "/vendors?review=overdue&data=customer-data", "/vendors/new", "/vendors/import")
}

// TestASystemIsEnteredChangedAndRetiredOnItsPages goes the way of whoever keeps the
// register.
func TestASystemIsEnteredChangedAndRetiredOnItsPages(t *testing.T) {
	s := newSite(t)
	s.fill()
	o := "/o/meridian-cloud"
	a := s.post(o+"/systems/new", "name", "Shop", "kind", "production", "criticality", "critical", "cloud", "yes", "controls", "AC-04", "description", "Sells.")
	if a.Status != http.StatusSeeOther || a.To != o+"/system/SYS-1" {
		t.Fatalf("entered: %d to %s: %.800s", a.Status, a.To, a.Body)
	}
	a = s.get(a.To)
	for _, want := range []string{"SYS-1", "Shop", "cloud service", "AC-04", "Sells.", "Added"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("its page lacks %q", want)
		}
	}
	a = s.post(o+"/systems/new", "name", "shop", "kind", "production", "criticality", "low", "description", "Typed & kept")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "is in the register already, as SYS-1") || !strings.Contains(a.Body, "Typed &amp; kept") {
		t.Errorf("a name that is taken: %d %.300s", a.Status, between(a.Body, `role="alert"`, "</span>"))
	}
	if a = s.post(o+"/system/SYS-1/edit", "version", "1", "name", "Shop", "kind", "production", "criticality", "high", "cloud", "yes", "controls", "AC-99", "description", "Sells."); !strings.Contains(a.Body, "There is no control AC-99 here") {
		t.Errorf("an unknown control: %d", a.Status)
	}
	if a = s.post(o+"/system/SYS-1/edit", "version", "1", "name", "Shop", "kind", "production", "criticality", "high", "controls", "AC-04", "description", "Sells."); a.Status != http.StatusSeeOther {
		t.Fatalf("changed: %d %.500s", a.Status, a.Body)
	}
	if a = s.get(o + "/system/SYS-1"); !strings.Contains(a.Body, "<del>Critical</del>") || !strings.Contains(a.Body, "<ins>High</ins>") || !strings.Contains(a.Body, "<del>yes</del>") {
		t.Errorf("the history does not say what changed: %s", between(a.Body, `class="trail"`, "</ol>"))
	}
	if a = s.post(o+"/system/SYS-1/edit", "version", "1", "name", "Late", "kind", "production", "criticality", "high"); a.Status != http.StatusConflict {
		t.Errorf("a form from before: %d", a.Status)
	}
	if a = s.post(o+"/system/SYS-1/retire", "reason", " "); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say why it ends") {
		t.Errorf("retired without a reason: %d", a.Status)
	}
	s.expect(s.post(o+"/system/SYS-1/retire", "reason", "Sold."), http.StatusSeeOther)
	if a = s.get(o + "/systems"); strings.Contains(a.Body, `href="/o/meridian-cloud/system/SYS-1"`) {
		t.Error("what was retired is in the list")
	}
	if a = s.get(o + "/systems?criticality=retired"); !strings.Contains(a.Body, `href="/o/meridian-cloud/system/SYS-1"`) {
		t.Error("what was retired is not found under retired")
	}
	if a = s.get(o + "/system/SYS-7"); a.Status != http.StatusNotFound {
		t.Errorf("no such system: %d", a.Status)
	}
}

func TestTheOtherRegistersOnTheirPages(t *testing.T) {
	s := newSite(t)
	s.fill()
	o := "/o/meridian-cloud"
	s.expect(s.post(o+"/systems/new", "name", "Shop", "kind", "production", "criticality", "critical"), http.StatusSeeOther)
	s.expect(s.post(o+"/systems/sites/new", "name", "Dublin", "kind", "office", "country", "Ireland"), http.StatusSeeOther)
	system := between(s.get(o+"/systems/assets/new").Body, `<select class="in" id="system" name="system"`, "</select>")
	id := between(strings.ReplaceAll(system, `<option value=""`, ""), `<option value="`, `"`)
	a := s.post(o+"/systems/assets/new", "name", "Orders", "kind", "database", "classification", "restricted", "system", id, "reviewed_on", "2026-01-31")
	if s.expect(a, http.StatusSeeOther); a.To != o+"/asset/AST-1" {
		t.Errorf("an asset leads to %s", a.To)
	}
	if a = s.get(a.To); !strings.Contains(a.Body, "SYS-1 Shop") || !strings.Contains(a.Body, "31 Jan 2026") {
		t.Error("the asset does not name its system or its review")
	}
	if a = s.post(o+"/systems/assets/new", "name", "X", "kind", "database", "classification", "internal", "reviewed_on", "31.1.2026"); !strings.Contains(a.Body, "This is no day") {
		t.Errorf("a day in another form: %d", a.Status)
	}
	s.expect(s.post(o+"/systems/commitments/library", "library", "SC-01"), http.StatusSeeOther)
	if a = s.get(o + "/commitment/SC-01"); !strings.Contains(a.Body, "Nobody filled in product") || !strings.Contains(a.Body, "/frameworks/soc2-2017/A1.1") {
		t.Error("an adopted commitment does not say what is missing, or which criteria it bears on")
	}
	if a = s.post(o+"/systems/commitments/new", "statement", "We answer.", "kind", "service-commitment", "category", "security", "criteria", "soc2-2017:ZZ9"); !strings.Contains(a.Body, "has no “ZZ9”") {
		t.Errorf("an unknown criterion: %d", a.Status)
	}
	a = s.post(o+"/vendors/new", "name", "Host", "kind", "cloud-service", "tier", "critical", "website", "host.example", "data", "customer-data", "data", "logs", "systems", id, "review_on", "2027-01-31", "subprocessor", "yes")
	if s.expect(a, http.StatusSeeOther); a.To != o+"/vendor/VEN-1" {
		t.Errorf("a vendor leads to %s", a.To)
	}
	for _, want := range []string{"Customer data, Logs", "subprocessor", "SYS-1", "31 Jan 2027", "https://host.example"} {
		if a = s.get(o + "/vendor/VEN-1"); !strings.Contains(a.Body, want) {
			t.Errorf("the vendor lacks %q", want)
		}
	}
	if a = s.get(o + "/system/SYS-1"); !strings.Contains(a.Body, "VEN-1") || !strings.Contains(a.Body, "AST-1") {
		t.Error("the system does not name its asset and its vendor")
	}
	a = s.post(o+"/vendors/many", "do", "retire", "id", between(s.get(o+"/vendors").Body, `name="id" value="`, `"`), "reason", "Left.")
	s.expect(a, http.StatusSeeOther)
	if a = s.get(o + "/vendors?tier=retired"); !strings.Contains(a.Body, "Host") {
		t.Error("the vendor was not retired from the list")
	}
}
