package web

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
)

// TestEveryRouteNamesItsAction keeps a route from being added without saying who may use it.
func TestEveryRouteNamesItsAction(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range routes() {
		key := r.Method + " " + r.Path
		if seen[key] {
			t.Errorf("%s stands twice", key)
		}
		seen[key] = true
		inside := strings.HasPrefix(r.Path, "/o/{org}")
		if inside != (r.Door == member) {
			t.Errorf("%s: a page of an organisation is for members, and no other page is", key)
		}
		own := strings.HasPrefix(r.Path, "/o/{org}/account")
		if r.Door == member && (r.Action == "") != own {
			t.Errorf("%s: only the reader's own account needs no action", key)
		}
		if r.Action == "" {
			continue
		}
		known := false
		for _, rule := range access.Rules() {
			known = known || rule.Action == r.Action
		}
		if !known {
			t.Errorf("%s: %q is not in the table of actions", key, r.Action)
		}
	}
}

// noID is an id that nothing has.
const noID = "01900000-0000-7000-8000-000000000000"

// address fills the names in a path with something that exists.
func address(path string) string {
	return strings.NewReplacer("{org}", "meridian-cloud", "{framework}", "iso27001-2022", "{set}", "toucan-curated-1", "{code}", "AC-04", "{track}", "security", "{connection}", noID, "{person}", noID, "{upload}", "aaaa", "{edition}", "none", "{upgrade}", "none", "{job}", "1", "{item}", noID, "{n}", "0", "{request}", noID, "{hold}", noID, "{population}", "none", "{run}", noID, "{step}", noID, "{entry}", "ON-01", "{item}", "none", "{$}", "",
		"{id}", "A.5.15", "{account}", "none", "{session}", "none", "{token}", "none", "{file}", "none").Replace(path)
}

// TestEveryRouteWithEveryRole walks the site with each role. A role that the
// table does not allow is refused before anything else is looked at; one that it
// allows is never refused by the door.
func TestEveryRouteWithEveryRole(t *testing.T) {
	s := newSite(t)
	s.fill()
	for _, role := range access.Roles() {
		token, _, err := s.Access.Invite(t.Context(), s.admin(), string(role)+"@meridian.example", role, s.Now())
		if err != nil {
			t.Fatal(err)
		}
		s.client = s.browser()
		s.expect(s.post("/invitation", "token", token, "name", "Some "+string(role), "passphrase", passphrase), http.StatusSeeOther)
		for _, r := range routes() {
			if r.Door != member || strings.Contains(r.Path, "/account/") {
				continue
			}
			var a answer
			if r.Method == http.MethodGet {
				a = s.get(address(r.Path))
			} else {
				a = s.post(address(r.Path))
			}
			allowed := r.Action == "" || access.Allowed(role, r.Action)
			if !allowed && a.Status != http.StatusForbidden {
				t.Errorf("%s %s as %s: status %d, want 403", r.Method, r.Path, role, a.Status)
			}
			if allowed && (a.Status == http.StatusForbidden || a.Status >= 500) {
				t.Errorf("%s %s as %s: status %d: %s", r.Method, r.Path, role, a.Status, between(a.Body, `<p class="soft">`, "</p>"))
			}
		}
	}
}

func TestStrangersAndOtherOrganisations(t *testing.T) {
	s := newSite(t)
	s.fill()
	inside := s.client
	s.client = s.browser()
	for _, r := range routes() {
		if r.Door == public {
			continue
		}
		var a answer
		if r.Method == http.MethodGet {
			a = s.get(address(r.Path))
		} else {
			a = s.post(address(r.Path))
		}
		if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, "/sign-in") {
			t.Errorf("%s %s without an account: %d to %q, want the sign-in", r.Method, r.Path, a.Status, a.To)
		}
	}
	s.client = inside
	other := s.get("/o/somebody-else")
	none := s.get("/o/no-such-thing/controls")
	if other.Status != http.StatusNotFound || none.Status != http.StatusNotFound {
		t.Errorf("another organisation answers %d, one that does not exist %d, want 404 for both", other.Status, none.Status)
	}
}

func TestHeaders(t *testing.T) {
	s := newSite(t)
	s.settle()
	h := s.get("/o/meridian-cloud").Header
	for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Request-Id": "-"} {
		if !strings.Contains(h.Get(name), want) {
			t.Errorf("%s is %q, want %q in it", name, h.Get(name), want)
		}
	}
	req, _ := http.NewRequest(http.MethodPost, s.url+"/sign-out", nil)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := s.send(s.client, req); a.Status != http.StatusForbidden {
		t.Errorf("a form of another site: status %d, want 403", a.Status)
	}
	if a := s.get("/metrics"); a.Status != http.StatusOK || !strings.Contains(a.Body, "toucan_http_requests_total") || strings.Contains(a.Body, "meridian") {
		t.Errorf("metrics: status %d, and they must count requests without naming an organisation", a.Status)
	}
	for name, lines := range map[string][]string{"a proxy": {"203.0.113.9"}, "a proxy that adds a line to an empty one": {"", "203.0.113.9"}} {
		req, _ := http.NewRequest(http.MethodGet, s.url+"/metrics", nil)
		req.Header["X-Forwarded-For"] = lines
		if a := s.send(s.client, req); a.Status != http.StatusForbidden {
			t.Errorf("metrics through %s: status %d, want 403", name, a.Status)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := s.get(path); a.Status != http.StatusOK {
			t.Errorf("%s: status %d", path, a.Status)
		}
	}
}

// TestNoInlineScripts keeps the pages true to their policy.
func TestNoInlineScripts(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".templ") {
			continue
		}
		text := string(read(t, e.Name()))
		for _, bad := range []string{" style=", " onclick=", "javascript:", "<script>", "hx-on", "@templ.Raw"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q, which the policy forbids", e.Name(), bad)
			}
		}
	}
}

func TestLocal(t *testing.T) {
	for next, want := range map[string]string{
		"":                        "/",
		"/o/x/controls?page=2":    "/o/x/controls?page=2",
		"https://evil.example/":   "/",
		"//evil.example/":         "/",
		`/\evil.example`:          "/",
		"javascript:alert(1)":     "/",
		"/o/x\nSet-Cookie: a=b":   "/",
		"/%2f/evil.example":       "/",
		"/invitation?token=abc_1": "/invitation?token=abc_1",
	} {
		if got := local(next); got != want {
			t.Errorf("local(%q) = %q, want %q", next, got, want)
		}
	}
}

// TestNoLinkOfTheNavigationIsRefused follows what each role is offered on the
// first page it comes to: navigation, trail and help.
func TestNoLinkOfTheNavigationIsRefused(t *testing.T) {
	s := newSite(t)
	s.fill()
	for _, role := range access.Roles() {
		token, _, err := s.Access.Invite(t.Context(), s.admin(), string(role)+"@meridian.example", role, s.Now())
		if err != nil {
			t.Fatal(err)
		}
		s.client = s.browser()
		a := s.post("/invitation", "token", token, "name", "Some "+string(role), "passphrase", passphrase)
		s.expect(a, http.StatusSeeOther)
		page := s.get(a.To)
		s.expect(page, http.StatusOK)
		links := strings.Split(between(page.Body, `<nav`, `<main`), `href="`)[1:]
		if len(links) < 4 {
			t.Errorf("%s is offered %d links", role, len(links))
		}
		for _, l := range links {
			to, _, _ := strings.Cut(l, `"`)
			b := s.get(to)
			if b.Status == http.StatusSeeOther && strings.HasPrefix(b.To, to+"/") { // to the first of several
				b = s.get(b.To)
			}
			if b.Status != http.StatusOK {
				t.Errorf("%s is offered %s, which answers %d", role, to, b.Status)
			}
		}
	}
}
