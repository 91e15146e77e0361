package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
)

func TestFirstRunLinkWorksOnce(t *testing.T) {
	s := newSite(t)
	if a := s.get("/first-run"); a.Status != http.StatusNotFound {
		t.Errorf("without the link: status %d, want 404", a.Status)
	}
	a := s.post("/first-run", "token", s.first, "organisation", "Meridian Cloud", "name", "Ada", "email", "ada@meridian.example", "passphrase", "short")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `value="Meridian Cloud"`) || strings.Contains(a.Body, `value="short"`) {
		t.Errorf("a short passphrase: status %d; what was typed must stay, the passphrase must not", a.Status)
	}
	s.settle()
	s.client = s.browser()
	a = s.post("/first-run", "token", s.first, "organisation", "Second", "name", "Eve", "email", "eve@meridian.example", "passphrase", passphrase)
	if a.Status < 400 {
		t.Errorf("the link worked twice: status %d", a.Status)
	}
}

func TestSignInAndOut(t *testing.T) {
	s := newSite(t)
	s.settle()
	s.expect(s.post("/sign-out"), http.StatusSeeOther)
	if a := s.get("/o/meridian-cloud/controls"); a.To != "/sign-in?next=%2Fo%2Fmeridian-cloud%2Fcontrols" {
		t.Errorf("after signing out a page leads to %q", a.To)
	}
	if a := s.post("/sign-in", "email", "ada@meridian.example", "passphrase", "wrong wrong wrong"); a.Status != http.StatusForbidden || !strings.Contains(a.Body, `value="ada@meridian.example"`) {
		t.Errorf("a wrong passphrase: status %d, and the e-mail must stay", a.Status)
	}
	a := s.post("/sign-in", "email", "ada@meridian.example", "passphrase", passphrase, "next", "/o/meridian-cloud/controls")
	if a.Status != http.StatusSeeOther || a.To != "/o/meridian-cloud/controls" {
		t.Errorf("signed in: %d to %q", a.Status, a.To)
	}
}

func TestImportWritesNothingBeforeItIsConfirmed(t *testing.T) {
	s := newSite(t)
	s.settle()
	org := "/o/meridian-cloud"
	a := s.upload(org+"/import", "inventory.csv", read(t, "testdata/inventory.csv"))
	s.expect(a, http.StatusSeeOther)
	preview := s.get(a.To)
	for _, want := range []string{"15 controls found", "Enter 15 controls", "CC99.9", "Every row", "Skipped rows"} {
		if !strings.Contains(preview.Body, want) {
			t.Errorf("the preview does not say %q", want)
		}
	}
	if list := s.get(org + "/controls"); !strings.Contains(list.Body, "No control yet") {
		t.Error("controls were written before anybody confirmed")
	}
	corrected := s.get(a.To + "?sheet=inventory.csv&header=3&c0=code&c1=title&c2=&c3=owner&c4=&c5=&c6=references&c7=status")
	if corrected.Status != http.StatusOK || !strings.Contains(corrected.Body, "as you set them") || strings.Contains(corrected.Body, "after a check of identity") {
		t.Errorf("a corrected layout: status %d, and the column left out must be gone", corrected.Status)
	}
	wrong := s.get(a.To + "?sheet=inventory.csv&header=3&c0=code&c1=code")
	if wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body, "Every row") {
		t.Errorf("an impossible layout: status %d, and the proposal must stay in view", wrong.Status)
	}
	s.expect(s.post(a.To+"/confirm"), http.StatusSeeOther)
	if list := s.get(org + "/controls"); !strings.Contains(list.Body, "AC-04") {
		t.Error("the confirmed controls are not in the list")
	}
	if again := s.get(a.To); again.Status != http.StatusNotFound {
		t.Errorf("the upload is still here after it was confirmed: status %d", again.Status)
	}
	second := s.upload(org+"/import", "inventory.csv", read(t, "testdata/inventory.csv"))
	if p := s.get(second.To); !strings.Contains(p.Body, "as it is") {
		t.Error("a second import of the same file does not say that the rows are as they are")
	}
	if bad := s.upload(org+"/import", "x.csv", []byte("hello\n")); bad.Status != http.StatusUnprocessableEntity {
		t.Errorf("a file without controls: status %d", bad.Status)
	}
}

func TestEditKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t)
	s.fill()
	org := "/o/meridian-cloud"
	a := s.post(org+"/controls", "code", "AC-04", "title", "A title typed with care", "statement", "Line one\r\nline two")
	if a.Status != http.StatusConflict && a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "A title typed with care") || !strings.Contains(a.Body, "line two") {
		t.Errorf("a code that exists: status %d, and what was typed must stay", a.Status)
	}
	edit := s.get(org + "/control/AC-04/edit")
	version := between(edit.Body, `name="version" value="`, `"`)
	a = s.post(org+"/control/AC-04", "version", version, "code", "AC-04", "title", "Quarterly access review", "statement", "A new text.", "status", "operated", "frequency", "quarterly", "kind", "periodic")
	if a.Status != http.StatusSeeOther {
		t.Fatalf("edit: status %d %s", a.Status, between(a.Body, `class="wrong"`, "</span>"))
	}
	page := s.get(org + "/control/AC-04")
	if !strings.Contains(page.Body, "A new text.") {
		t.Error("the changed text is not shown")
	}
	if a := s.post(org+"/control/AC-04/links", "links-soc2-2017", "CC6.2, CC6.3", "links-iso27001-2022", "A.5.18, nonsense A.99.1"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "A.99.1") {
		t.Errorf("an unknown requirement: status %d, and it must be named", a.Status)
	}
	s.expect(s.post(org+"/control/AC-04/links", "links-soc2-2017", "CC6.2, CC6.3", "links-iso27001-2022", "A.5.18"), http.StatusSeeOther)
	if page := s.get(org + "/frameworks/iso27001-2022/A.5.18"); !strings.Contains(page.Body, "/control/AC-04") {
		t.Error("the linked control is not shown at the requirement")
	}
}

func TestRequirementSaysWhy(t *testing.T) {
	s := newSite(t)
	s.fill()
	a := s.get("/o/meridian-cloud/frameworks/iso27001-2022/A.8.32")
	for _, want := range []string{"Coverage through SOC 2", "CC8.1", "CH-01", "toucan-curated-1", "strength", "assumption"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if a := s.get("/o/meridian-cloud/frameworks/iso27001-2022/nonsense"); a.Status != http.StatusNotFound {
		t.Errorf("a requirement that does not exist: status %d", a.Status)
	}
}

func TestSomebodyMakesATokenAndRevokesIt(t *testing.T) {
	s := newSite(t)
	s.fill()
	page := "/o/meridian-cloud/account/tokens"
	a := s.post(page, "name", "nightly", "scope", "read", "days", "30")
	s.expect(a, http.StatusOK)
	_, rest, _ := strings.Cut(a.Body, `<p class="secret">`)
	secret, _, _ := strings.Cut(rest, "<")
	if !strings.HasPrefix(secret, "tcn_") || !strings.Contains(a.Body, "only this once") {
		t.Fatalf("no secret was shown: %q", secret)
	}
	if strings.Contains(s.get(page).Body, secret) {
		t.Error("the secret is shown a second time")
	}
	who, err := s.Access.EnterWithToken(t.Context(), secret, "meridian-cloud", s.Now())
	if err != nil || who.Can(access.EditControls) || !who.Can(access.ViewControls) {
		t.Errorf("%v, %+v", err, who)
	}
	for what, form := range map[string][]string{
		"no name":        {"scope", "read", "days", "30"},
		"nothing ticked": {"name", "x", "scope", "chosen", "days", "30"},
		"another's":      {"name", "x", "scope", "chosen", "action", "use_tokens", "days", "30"},
		"too long":       {"name", "x", "scope", "read", "days", "900"},
		"no day":         {"name", "x", "scope", "read", "days", "soon"},
	} {
		if a := s.post(page, form...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `role="alert"`) {
			t.Errorf("%s: %d", what, a.Status)
		}
	}
	mine, err := s.Access.Tokens(t.Context(), s.admin(), s.Now())
	if err != nil || len(mine) != 1 {
		t.Fatalf("%v, %v", mine, err)
	}
	s.expect(s.post(page+"/"+mine[0].ID+"/revoke"), http.StatusSeeOther)
	if _, err := s.Access.EnterWithToken(t.Context(), secret, "meridian-cloud", s.Now()); err == nil {
		t.Error("a revoked token still opens the door")
	}
}

// TestTheAPIStandsBesideThePages: it shares their headers and their log, takes
// tokens from anywhere, and no cookie at all.
func TestTheAPIStandsBesideThePages(t *testing.T) {
	s := newSite(t)
	s.fill()
	secret, _, err := s.Access.CreateToken(t.Context(), s.admin(), access.NewToken{Name: "x", Scope: access.Grantable(access.Administrator), ExpiresAt: s.Now().Add(time.Hour)}, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	for what, k := range map[string]struct {
		authorization string
		status        int
	}{
		"a token, from another site":          {"Bearer " + secret, http.StatusCreated},
		"a signed-in browser without a token": {"", http.StatusUnauthorized},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/o/meridian-cloud/people", strings.NewReader(`{"name":"Somebody"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if k.authorization != "" {
			r.Header.Set("Authorization", k.authorization)
		}
		res, err := s.client.Do(r) // with the cookie of the session
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != k.status || res.Header.Get("X-Request-Id") == "" || res.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %v", what, res.StatusCode, res.Header)
		}
		if k.status >= 400 && !strings.Contains(string(body), res.Header.Get("X-Request-Id")) {
			t.Errorf("%s: the problem does not name the request: %s", what, body)
		}
	}
}
