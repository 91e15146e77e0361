package web

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"
)

// stocked fills the registers and both scopes, and returns pages that show them.
func (s *site) stocked() []string {
	s.t.Helper()
	o := "/o/meridian-cloud"
	s.fill()
	s.expect(s.post(o+"/systems/new", "name", "Shop", "kind", "production", "criticality", "critical", "cloud", "yes", "controls", "AC-04", "description", "Sells."), http.StatusSeeOther)
	s.expect(s.post(o+"/systems/new", "name", "Payroll", "kind", "saas", "criticality", "low"), http.StatusSeeOther)
	s.expect(s.post(o+"/system/SYS-2/edit", "version", "1", "name", "Payroll", "kind", "saas", "criticality", "high"), http.StatusSeeOther)
	s.expect(s.post(o+"/systems/new", "name", "Fax", "kind", "internal", "criticality", "medium"), http.StatusSeeOther)
	s.expect(s.post(o+"/system/SYS-3/retire", "reason", "Sold."), http.StatusSeeOther)
	s.expect(s.post(o+"/systems/sites/new", "name", "Dublin", "kind", "office", "country", "Ireland"), http.StatusSeeOther)
	s.expect(s.post(o+"/systems/assets/new", "name", "Orders", "kind", "database", "classification", "restricted"), http.StatusSeeOther)
	s.expect(s.post(o+"/systems/commitments/library", "library", "SC-01"), http.StatusSeeOther)
	s.expect(s.post(o+"/vendors/new", "name", "Host", "kind", "cloud-service", "tier", "critical", "data", "logs", "review_on", "2020-01-31", "subprocessor", "yes"), http.StatusSeeOther)
	ids := map[string]string{}
	for _, m := range regexp.MustCompile(`for="stance-([^"]+)">([^<]+)<`).FindAllStringSubmatch(s.get(o+"/isms/scope/soc2/edit").Body, -1) {
		ids[m[2]] = m[1]
	}
	s.expect(s.post(o+"/isms/scope/soc2/edit", "do", "send", "statement", "The Shop.", "stance-"+ids["SYS-1 Shop"], "in", "stance-"+ids["SYS-2 Payroll"], "out", "reason-"+ids["SYS-2 Payroll"], "Another team."), http.StatusSeeOther)
	for i, last := range []string{"in", ""} {
		s.expect(s.post(o+"/isms/scope/isms/edit", "do", "send", "statement", fmt.Sprint("All we do, ", i), "interfaces", "Host: contract", "exclusions", "Labs: sold", "stance-"+ids["SYS-1 Shop"], "in", "stance-"+ids["SITE-1 Dublin"], last), http.StatusSeeOther)
	}
	s.expect(s.post(o+"/isms/scope/isms/edit", "do", "keep", "statement", "Next."), http.StatusSeeOther)
	decide := s.get(o + "/isms/scope/decide?key=assumed").Body
	s.expect(s.post(o+"/isms/scope/decide", "key", "assumed", "fingerprint", between(decide, `name="fingerprint" value="`, `"`), "choice", "deliberate", "reason", "One product."), http.StatusSeeOther)
	var out []string
	for _, p := range []string{"/systems", "/systems?criticality=retired", "/system/SYS-1", "/system/SYS-2", "/system/SYS-3", "/system/SYS-1/edit", "/systems/sites", "/site/SITE-1", "/systems/assets", "/asset/AST-1", "/systems/commitments", "/commitment/SC-01", "/commitment/SC-01/edit", "/systems/commitments/library",
		"/vendors", "/vendor/VEN-1", "/vendor/VEN-1/edit", "/isms/scope", "/isms/scope?with=ahead", "/isms/scope/isms/edit", "/isms/scope/isms/2", "/isms/scope/soc2/1", "/isms/scope/isms/2/report", "/isms/scope/decide?key=assumed"} {
		out = append(out, o+p)
	}
	return out
}

// TestBrowserScope lets axe-core look at the registers and the scopes with something
// in them, and holds their pages to the width of a phone.
func TestBrowserScope(t *testing.T) {
	ctx := newBrowser(t)
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed, so accessibility is not checked: npm ci --ignore-scripts")
	}
	s := newSite(t)
	pages := s.stocked()
	account, err := s.Access.AccountByEmail(t.Context(), "ada@meridian.example")
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.Access.SignInLink(t.Context(), account.ID, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(s.url+"/sign-in/link?token="+link))
	for theme, rules := range map[string]string{"light": `{}`, "dark": `{runOnly: ["color-contrast"]}`} {
		evaluate[bool](t, ctx, fmt.Sprintf(`document.cookie = "toucan_theme=%s;path=/"; true`, theme))
		s.clean(ctx, axe, rules, theme, pages)
	}
	do(t, ctx, chromedp.EmulateViewport(390, 844))
	for _, p := range pages {
		do(t, ctx, chromedp.Navigate(s.url+p))
		if evaluate[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%s is wider than a phone", p)
		}
	}
}
