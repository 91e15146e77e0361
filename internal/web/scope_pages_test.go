package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func init() {
	everyPage = append(everyPage, "/isms/scope", "/isms/scope/isms/edit", "/isms/scope/soc2/edit")
}

var scopeKey = regexp.MustCompile(`name="key" value="([^"]+)"`)

// TestTheScopeIsWrittenComparedAndDecided goes the way from a boundary alone to two
// scopes whose differences somebody decided about.
func TestTheScopeIsWrittenComparedAndDecided(t *testing.T) {
	s := newSite(t)
	s.fill()
	o := "/o/meridian-cloud"
	s.expect(s.post(o+"/systems/new", "name", "Shop", "kind", "production", "criticality", "critical"), http.StatusSeeOther)
	s.expect(s.post(o+"/systems/new", "name", "Payroll", "kind", "saas", "criticality", "high"), http.StatusSeeOther)
	form := s.get(o + "/isms/scope/soc2/edit").Body
	ids := map[string]string{}
	for _, m := range regexp.MustCompile(`for="stance-([^"]+)">([^<]+)<`).FindAllStringSubmatch(form, -1) {
		ids[m[2]] = m[1]
	}
	shop, payroll := ids["SYS-1 Shop"], ids["SYS-2 Payroll"]
	if shop == "" || payroll == "" || ids["Engineering"] == "" {
		t.Fatalf("the form offers %v", ids)
	}
	// nobody else is a member, so that sending it brings it into force
	a := s.post(o+"/isms/scope/soc2/edit", "do", "send", "statement", "The Shop.", "stance-"+shop, "in")
	s.expect(a, http.StatusSeeOther)
	a = s.get(o + "/isms/scope")
	for _, want := range []string{"The pitfall: a narrow SOC 2 boundary quietly becomes the assumed ISMS scope", "There is a SOC 2 boundary and no ISMS scope", "in force since", "nobody decided"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("with a boundary alone the page lacks %q", want)
		}
	}
	a = s.post(o+"/isms/scope/isms/edit", "do", "send", "statement", "All we do.", "interfaces", "Host: contract", "stance-"+shop, "in", "stance-"+payroll, "out")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "SYS-2 Payroll is left out without a reason") || !strings.Contains(a.Body, "All we do.") {
		t.Errorf("left out without a reason: %d", a.Status)
	}
	stamp := between(a.Body, `name="stamp" value="`, `"`)
	a = s.post(o+"/isms/scope/isms/edit", "do", "send", "stamp", stamp, "statement", "All we do.", "interfaces", "Host: contract", "stance-"+shop, "in", "stance-"+payroll, "out", "reason-"+payroll, "It holds no data.")
	s.expect(a, http.StatusSeeOther)
	a = s.get(o + "/isms/scope")
	if !strings.Contains(a.Body, "The ISMS scope is exactly the SOC 2 boundary") || !strings.Contains(a.Body, "out") || !strings.Contains(a.Body, "It holds no data.") {
		t.Error("both the same is not said")
	}
	decide := o + "/isms/scope/decide?key=assumed"
	a = s.get(decide)
	print := between(a.Body, `name="fingerprint" value="`, `"`)
	if a = s.post(o+"/isms/scope/decide", "key", "assumed", "fingerprint", print, "choice", "deliberate"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say why it is meant to be so") {
		t.Errorf("decided without a reason: %d", a.Status)
	}
	if a = s.post(o+"/isms/scope/decide", "key", "assumed", "fingerprint", "other", "choice", "deliberate", "reason", "So."); a.Status != http.StatusConflict {
		t.Errorf("decided about what it was before: %d", a.Status)
	}
	s.expect(s.post(o+"/isms/scope/decide", "key", "assumed", "fingerprint", print, "choice", "deliberate", "reason", "One product, one team."), http.StatusSeeOther)
	a = s.get(o + "/isms/scope")
	if !strings.Contains(a.Body, "meant to be so") || strings.Contains(a.Body, "The pitfall:") || !strings.Contains(a.Body, "One product, one team.") {
		t.Error("a decision is not shown, or the pitfall still stands at the top")
	}
	var team string
	for _, m := range scopeKey.FindAllStringSubmatch(a.Body, -1) {
		if strings.HasPrefix(m[1], "neither:team:") {
			team = m[1]
		}
	}
	if team == "" {
		t.Fatal("teams that neither names are not listed")
	}
	body := s.get(o + "/isms/scope/decide?key=" + url.QueryEscape(team)).Body
	owner := between(between(body, `<select class="in" id="owner"`, "</select>"), `<option value="0`, `"`)
	s.expect(s.post(o+"/isms/scope/decide", "key", team, "fingerprint", between(body, `name="fingerprint" value="`, `"`), "choice", "align", "owner", "0"+owner, "due", "2099-01-31"), http.StatusSeeOther)
	if a = s.get(o + "/isms/scope"); !strings.Contains(a.Body, "to be put right") || !strings.Contains(a.Body, "ACT-001") {
		t.Error("what is to be put right is not on the backlog")
	}
	for path, want := range map[string]string{"/isms/scope/isms/1": "What happened to it", "/isms/scope/isms/1/report": "Left out, and why", "/isms/scope/isms/9": "no such version"} {
		if a = s.get(o + path); !strings.Contains(a.Body, want) {
			t.Errorf("%s lacks %q: %d", path, want, a.Status)
		}
	}
	if a = s.get(o + "/isms/scope/isms/1/report?format=pdf"); a.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.Body, "%PDF-") {
		t.Errorf("the document is %s", a.Header.Get("Content-Type"))
	}
	a = s.post(o+"/isms/scope/isms/edit", "do", "send", "change", "Payroll belongs to it.", "statement", "All we do, and payroll.", "interfaces", "Host: contract", "stance-"+shop, "in", "stance-"+payroll, "in")
	s.expect(a, http.StatusSeeOther)
	if a = s.get(o + "/isms/scope/isms/2"); !strings.Contains(a.Body, "Since version 1") || !strings.Contains(a.Body, "out: It holds no data.") || !strings.Contains(a.Body, "<ins>") {
		t.Error("the second version does not say what changed")
	}
}
