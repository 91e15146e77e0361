package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/toucan-grc/toucan/internal/access"
)

// enter signs a browser in as the administrator.
func (s *site) enter(ctx context.Context) {
	s.t.Helper()
	account, err := s.Access.AccountByEmail(s.t.Context(), "ada@meridian.example")
	if err != nil {
		s.t.Fatal(err)
	}
	link, err := s.Access.SignInLink(s.t.Context(), account.ID, s.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	t := s.t.(*testing.T)
	do(t, ctx, chromedp.Navigate(s.url+"/sign-in/link?token="+link))
	arrive(t, ctx, "/o/meridian-cloud")
}

// put fills values into fields as a person does who types: the page hears of it.
func put(t *testing.T, ctx context.Context, values map[string]string) {
	t.Helper()
	for id, v := range values {
		evaluate[bool](t, ctx, fmt.Sprintf(`(() => { const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event("change", {bubbles: true})); return true })()`, id, v))
	}
}

// TestBrowserEvidence files two files for a control, one chosen and one pasted,
// finds them on the page of the control, and has a second person accept them.
func TestBrowserEvidence(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	s.enter(ctx)
	file := filepath.Join(t.TempDir(), "accounts.csv")
	if err := os.WriteFile(file, []byte("account,decision\nada,keep\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(s.url+"/o/meridian-cloud/control/AC-04"), chromedp.Click(chromedp.CSS(`#evidence a[href*="/evidence/new"]`)))
	arrive(t, ctx, "/o/meridian-cloud/evidence/new?controls=AC-04")
	if said := evaluate[string](t, ctx, `document.querySelector(".tokens").innerText`); !strings.Contains(said, "AC-04") {
		t.Errorf("the control in the address stands as %q in the form", said)
	}
	do(t, ctx, chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	evaluate[bool](t, ctx, `(() => { const d = new DataTransfer(); d.items.add(new File(["a screenshot"], "image.png", {type: "image/png"}));
		document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: d, bubbles: true, cancelable: true})); return true })()`)
	if n := evaluate[int](t, ctx, `document.querySelectorAll(".chosen li").length`); n != 2 {
		t.Fatalf("after choosing one file and pasting one, the form lists %d", n)
	}
	if evaluate[bool](t, ctx, `document.getElementById("each").hidden`) {
		t.Error("with two files the form does not ask whether they are one item")
	}
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#title"), "Access review, Q3"))
	put(t, ctx, map[string]string{"kind": "No such kind", "captured_at": "2026-01-02T10:00"})
	// pressed by key: what the fields bring along may move the button under a pointer
	send := func() {
		evaluate[bool](t, ctx, `(() => { document.querySelector("#file-form .acts .btn").focus(); return true })()`)
		do(t, ctx, chromedp.KeyEvent(kb.Enter))
	}
	send()
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS(".kept")))
	if at := evaluate[string](t, ctx, `document.activeElement.id`); at != "kind" {
		t.Errorf("after a mistake the focus is on %q, want the field at fault", at)
	}
	if v := evaluate[string](t, ctx, `document.getElementById("title").value`); v != "Access review, Q3" {
		t.Errorf("after a mistake the title is %q", v)
	}
	put(t, ctx, map[string]string{"kind": "Access review record"})
	send()
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS("#trail-title")))
	item := evaluate[string](t, ctx, `location.pathname`)
	if n := evaluate[int](t, ctx, `document.querySelectorAll(".file-line").length`); n != 2 {
		t.Errorf("the item has %d files, want 2", n)
	}
	if said := evaluate[string](t, ctx, `document.querySelector(".flash").innerText`); !strings.Contains(said, "Filed") {
		t.Errorf("after filing the page says %q", said)
	}
	do(t, ctx, chromedp.Navigate(s.url+"/o/meridian-cloud/control/AC-04"))
	if said := evaluate[string](t, ctx, `document.querySelector("#evidence").innerText`); !strings.Contains(said, "Access review, Q3") {
		t.Errorf("the card of the control says %q", said)
	}
	s.client = s.member(access.Manager)
	s.expect(s.post(item+"/review", "verdict", "accepted"), http.StatusSeeOther)
	do(t, ctx, chromedp.Navigate(s.url+item))
	if said := evaluate[string](t, ctx, `document.getElementById("review-title").parentElement.innerText`); !strings.Contains(said, "accepted") {
		t.Errorf("after the review of a second person the page says %q", said)
	}
}

// TestBrowserEvidenceKeyboard files a link for two controls with the keyboard only.
func TestBrowserEvidenceKeyboard(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	s.enter(ctx)
	key := func(keys ...string) {
		for _, k := range keys {
			do(t, ctx, chromedp.KeyEvent(k))
		}
	}
	// tab goes on until a field has the focus, as a person would
	tab := func(id string) {
		t.Helper()
		for range 60 {
			if evaluate[string](t, ctx, `document.activeElement.id`) == id {
				return
			}
			key(kb.Tab)
		}
		t.Fatalf("the tab key never reaches %s", id)
	}
	key("g", "e")
	arrive(t, ctx, "/o/meridian-cloud/evidence")
	do(t, ctx, chromedp.Navigate(s.url+"/o/meridian-cloud/evidence/new"))
	tab("controls")
	key("AC-04", kb.Enter, "AC-02", kb.Enter)
	drawn(t, ctx)
	if n := evaluate[int](t, ctx, `document.querySelectorAll(".tokens li").length`); n != 2 {
		t.Fatalf("two codes are %d tokens", n)
	}
	key("AC-01,", kb.Backspace) // taken, and taken back
	tab("file")
	for range 12 {
		if evaluate[string](t, ctx, `document.activeElement.tagName`) == "SUMMARY" {
			break
		}
		key(kb.Tab)
	}
	key(" ")
	drawn(t, ctx) // what was folded away takes the focus once it is drawn
	tab("links")
	key("https://wiki.example/reviews/q3")
	tab("title")
	key("Review in the wiki")
	tab("kind")
	key("Access review record")
	tab("captured_at")
	key("01022026")
	key(kb.Tab)
	key("1000AM")
	tab("note")
	key("Read only.")
	for range 6 {
		if evaluate[string](t, ctx, `document.activeElement.innerText.trim()`) == "File it" {
			break
		}
		key(kb.Tab)
	}
	key(kb.Enter)
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS("#trail-title")))
	said := evaluate[string](t, ctx, `document.getElementById("work").innerText`)
	for _, want := range []string{"Review in the wiki", "AC-02", "AC-04", "https://wiki.example/reviews/q3"} {
		if !strings.Contains(said, want) {
			t.Errorf("the item filed by keyboard does not say %q", want)
		}
	}
	if strings.Contains(said, "AC-01") {
		t.Error("a code that was taken back is tagged")
	}
}

// TestBrowserEvidenceAxe lets axe-core look at the pages that need an item, and at
// their width on a phone.
func TestBrowserEvidenceAxe(t *testing.T) {
	ctx := newBrowser(t)
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed, so accessibility is not checked: npm ci --ignore-scripts")
	}
	s := newSite(t)
	s.fill()
	table := s.file(evidencePath, []sent{{"accounts.csv", "account,decision\nada,keep\n"}, {"log.txt", "ok"}}, review...).To
	gone := s.file(evidencePath, []sent{{"b.txt", "b"}}, with(review, "title", "b")...).To
	s.expect(s.post(gone+"/erase", "reason", "By mistake."), http.StatusSeeOther)
	s.expect(s.post(table+"/hold", "reason", "Matter 12"), http.StatusSeeOther)
	mistake := "/o/meridian-cloud/evidence/new?controls=none"
	form := s.get("/o/meridian-cloud/requests/new")
	person := "0" + between(form.Body[strings.Index(form.Body, `id="person"`):], `<option value="0`, `"`)
	request := s.post("/o/meridian-cloud/requests", "controls", "AC-04", "kind", "Access review record", "person", person, "due", s.Now().AddDate(0, 0, 9).Format(time.DateOnly)).To
	s.enter(ctx)
	pages := []string{table, table + "?file=1", table + "/erase", gone, mistake, request, evidencePath, evidencePath + "?state=erased", "/o/meridian-cloud/evidence/new?supersedes=" + strings.TrimPrefix(table, evidencePath+"/"),
		"/o/meridian-cloud/requests", "/o/meridian-cloud/requests/new?controls=AC-04", "/o/meridian-cloud/settings/retention", "/o/meridian-cloud/control/AC-04"}
	for _, look := range []struct {
		theme, rules string
		width        int64
	}{{"light", `{}`, 1440}, {"dark", `{runOnly: ["color-contrast"]}`, 390}} {
		evaluate[bool](t, ctx, fmt.Sprintf(`document.cookie = "toucan_theme=%s;path=/"; true`, look.theme))
		do(t, ctx, chromedp.EmulateViewport(look.width, 900))
		for _, p := range pages {
			do(t, ctx, chromedp.Navigate(s.url+p))
			if wide := evaluate[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
				t.Errorf("%s is %d pixels wider than a window of %d", p, wide, look.width)
			}
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](string(axe)+";1")); err != nil {
				t.Fatal(err)
			}
			evaluate[bool](t, ctx, `document.querySelectorAll("details").forEach((d) => d.open = true); true`)
			found := evaluate[string](t, ctx, `axe.run(`+look.rules+`).then((r) => JSON.stringify(r.violations.map((v) => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(" | "))))`, chromedp.EvalAwaitPromise)
			var violations []string
			if err := json.Unmarshal([]byte(found), &violations); err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				t.Errorf("%s, %s: %s", p, look.theme, v)
			}
		}
	}
}
