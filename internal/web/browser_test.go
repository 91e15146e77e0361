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

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const chromium = "/usr/bin/chromium"

// newBrowser starts Chromium for a test, or skips it.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests are left out of -short")
	}
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("Chromium is not installed, so the pages are not tried in a browser.")
	}
	if !Built() {
		t.Skip("The assets are not built, so the pages are not tried in a browser: npm ci --ignore-scripts && go run ./internal/web/build")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(1440, 900), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 10*time.Minute) // a browser that hangs; every page under axe-core takes its time on two cores
	t.Cleanup(cancel)
	// the browser lives as long as the context it is started with
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal("start Chromium:", err)
	}
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for i, step := range steps {
		bounded, cancel := context.WithTimeout(ctx, 20*time.Second)
		err := chromedp.Do(bounded, step)
		cancel()
		if err != nil {
			at, _ := chromedp.Run(ctx, chromedp.Location())
			text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 600)`))
			t.Fatalf("step %d at %s: %v\n%s", i, at, err, text)
		}
	}
}

func evaluate[T any](t *testing.T, ctx context.Context, js string, options ...chromedp.EvaluateOption) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, options...))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

// drawn waits until the browser has drawn what the last keys did.
func drawn(t *testing.T, ctx context.Context) {
	t.Helper()
	evaluate[bool](t, ctx, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true)))))`, chromedp.EvalAwaitPromise)
}

// arrive waits until the browser is at an address and the page is drawn.
func arrive(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	for range 200 {
		ready, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + location.search + " " + document.readyState`))
		if err == nil && strings.HasSuffix(ready, " complete") && strings.HasPrefix(ready, path) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	at, _ := chromedp.Run(ctx, chromedp.Location())
	t.Fatalf("the browser is at %s, not at %s", at, path)
}

// TestBrowserFirstDay is the first day of somebody with a list of controls.
func TestBrowserFirstDay(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	inventory, err := filepath.Abs("testdata/inventory.csv")
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx,
		chromedp.Navigate(s.url+"/first-run?token="+s.first),
		chromedp.SendKeys(chromedp.CSS("#organisation"), "Meridian Cloud"),
		chromedp.SendKeys(chromedp.CSS("#name"), "Ada Quist"),
		chromedp.SendKeys(chromedp.CSS("#email"), "ada@meridian.example"),
		chromedp.SendKeys(chromedp.CSS("#passphrase"), passphrase),
		chromedp.Click(chromedp.CSS("form .btn")))
	arrive(t, ctx, "/o/meridian-cloud")
	do(t, ctx, chromedp.Click(chromedp.CSS(".empty .btn")))
	arrive(t, ctx, "/o/meridian-cloud/import")
	do(t, ctx,
		chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{inventory}),
		chromedp.Click(chromedp.CSS("form[enctype] .btn")),
		chromedp.WaitVisible(chromedp.CSS("#confirm")),
		chromedp.Click(chromedp.CSS("#confirm .btn")))
	arrive(t, ctx, "/o/meridian-cloud/controls")
	if said := evaluate[string](t, ctx, `document.querySelector(".flash").innerText`); !strings.Contains(said, "15 entered") {
		t.Errorf("after the import the page says %q", said)
	}
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#f-text"), "review"))
	arrive(t, ctx, "/o/meridian-cloud/controls?text=review")
	if n := evaluate[int](t, ctx, `document.querySelectorAll("tbody tr").length`); n != 3 {
		t.Errorf("typing a word leaves %d controls, want the 3 that have it", n)
	}
	if !evaluate[bool](t, ctx, `document.activeElement.id === "f-text"`) {
		t.Error("the field lost the focus while somebody was typing")
	}
	do(t, ctx, chromedp.Navigate(s.url+"/o/meridian-cloud/gap?from=soc2-2017&to=iso27001-2022"))
	if title := evaluate[string](t, ctx, `document.querySelector("h1").innerText`); title != "What ISO 27001 still asks" {
		t.Errorf("the gap analysis is called %q", title)
	}
	if n := evaluate[int](t, ctx, `document.querySelectorAll("tbody tr:not(.group)").length`); n != 123 {
		t.Errorf("the gap analysis lists %d requirements, want 123", n)
	}
	dir := t.TempDir()
	allow := func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir})
		return chromedp.Void{}, err
	}
	do(t, ctx, allow, chromedp.Click(chromedp.CSS("form[action$=export] .btn")))
	for range 100 {
		if found, _ := filepath.Glob(filepath.Join(dir, "gap-*.xlsx")); len(found) == 1 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the export did not arrive")
}

// TestBrowserKeyboard signs in, looks around and changes a control without a mouse.
func TestBrowserKeyboard(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	do(t, ctx, chromedp.Navigate(s.url+"/sign-in"))
	tab := func(n int) {
		for range n {
			do(t, ctx, chromedp.KeyEvent(kb.Tab))
		}
	}
	tab(1)
	do(t, ctx, chromedp.KeyEvent("ada@meridian.example"))
	tab(1)
	do(t, ctx, chromedp.KeyEvent(passphrase), chromedp.KeyEvent(kb.Enter))
	arrive(t, ctx, "/o/meridian-cloud")
	do(t, ctx, chromedp.KeyEvent("?"))
	if !evaluate[bool](t, ctx, `document.getElementById("keys").open`) {
		t.Error("? does not open the help")
	}
	do(t, ctx, chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent("g"), chromedp.KeyEvent("c"))
	arrive(t, ctx, "/o/meridian-cloud/controls")
	do(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent(kb.Enter))
	arrive(t, ctx, "/o/meridian-cloud/control/AC-02")
	do(t, ctx, chromedp.KeyEvent("/"))
	if at := evaluate[string](t, ctx, `document.activeElement.id`); at != "find" {
		t.Errorf("/ leads to %q, want the search", at)
	}
	// the protocol types the slash although the page took the key; a keyboard does not
	evaluate[bool](t, ctx, `document.getElementById("find").value = ""; true`)
	do(t, ctx, chromedp.KeyEvent("A.5.18"), chromedp.KeyEvent(kb.Enter))
	arrive(t, ctx, "/o/meridian-cloud/frameworks/iso27001-2022/A.5.18")
	do(t, ctx, chromedp.KeyEvent(kb.Tab))
	if first := evaluate[string](t, ctx, `document.activeElement.className`); first != "skip" {
		t.Errorf("the first stop of the tab key is %q, want the link that skips the navigation", first)
	}
	do(t, ctx, chromedp.KeyEvent(kb.Enter))
	if !evaluate[bool](t, ctx, `document.activeElement.id === "work"`) {
		t.Error("the link does not skip to the content")
	}
}

// TestBrowserExplorer goes from the heat map to a pair, and arranges the stack,
// without a mouse.
func TestBrowserExplorer(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	account, err := s.Access.AccountByEmail(t.Context(), "ada@meridian.example")
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.Access.SignInLink(t.Context(), account.ID, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(s.url+"/sign-in/link?token="+link))
	arrive(t, ctx, "/o/meridian-cloud")
	do(t, ctx, chromedp.KeyEvent("g"), chromedp.KeyEvent("x"))
	arrive(t, ctx, "/o/meridian-cloud/crosswalk")
	do(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("j"))
	if said := evaluate[string](t, ctx, `document.activeElement.textContent`); !strings.Contains(said, "CC1 by 5: 3 of 3 touched") {
		t.Errorf("j leads to the cell that says %q", said)
	}
	do(t, ctx, chromedp.KeyEvent(kb.Enter))
	arrive(t, ctx, "/o/meridian-cloud/crosswalk/cell")
	do(t, ctx, chromedp.KeyEvent("j"))
	if to := evaluate[string](t, ctx, `document.activeElement.getAttribute("href")`); !strings.Contains(to, "/crosswalk/edge?from=soc2-2017") {
		t.Errorf("j leads to %q, want the page of the first pair", to)
	}
	do(t, ctx, chromedp.Navigate(s.url+"/o/meridian-cloud/settings/stack"))
	second := evaluate[string](t, ctx, `document.querySelectorAll("tbody tr")[1].id`)
	evaluate[bool](t, ctx, `document.querySelectorAll("tbody tr")[1].querySelector("button[name=up]").focus(); true`)
	do(t, ctx, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("#preview")))
	if first := evaluate[string](t, ctx, `document.querySelector(".set-stack tbody tr").id`); first != second {
		t.Errorf("after moving %s up, %s stands first", second, first)
	}
	if evaluate[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
		t.Error("the page is wider than the window")
	}
}

// TestBrowserAxe lets axe-core look at every page, light and dark.
func TestBrowserAxe(t *testing.T) {
	t.Run("light", func(t *testing.T) { look(t, "light", `{}`) })
	t.Run("dark", func(t *testing.T) { look(t, "dark", `{runOnly: ["color-contrast"]}`) }) // the theme changes colours only
}

// look lets axe-core look at every page in one theme.
func look(t *testing.T, theme, rules string) {
	ctx := newBrowser(t)
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed, so accessibility is not checked: npm ci --ignore-scripts")
	}
	s := newSite(t)
	pages := []string{"/sign-in", "/first-run?token=" + s.first}
	s.fill()
	account, err := s.Access.AccountByEmail(t.Context(), "ada@meridian.example")
	if err != nil {
		t.Fatal(err)
	}
	invite, _, err := s.Access.Invite(t.Context(), s.admin(), "new@meridian.example", "viewer", s.Now())
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.Access.SignInLink(t.Context(), account.ID, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	upload := s.upload("/o/meridian-cloud/import", "inventory.csv", read(t, "testdata/inventory.csv"))
	s.expect(upload, http.StatusSeeOther)
	s.expect(s.post("/o/meridian-cloud/control/AC-04", "version", "1", "code", "AC-04", "title", "Quarterly access review", "statement", "A new text.", "status", "operated"), http.StatusSeeOther)
	s.expect(s.post("/o/meridian-cloud/frameworks/iso27001-2022/A.7.4/scope", "out", "yes", "reason", "No premises of our own."), http.StatusSeeOther)
	s.add("UR-1", "Quarterly access review", "Access in Okta is reviewed as needed by the system owners each year.", "annual")
	s.add("UR-2", "Quarterly access review", "Access in Okta is reviewed as needed by the system owners each year.", "annual")
	s.expect(s.post("/o/meridian-cloud/controls/duplicates", "decision", "entry", "control", s.id("UR-1"), "entry", "AC-04"), http.StatusSeeOther)
	points := s.sendPoints("Criterion,Text\nCC6.1,Words of our own\n")
	s.expect(s.post("/o/meridian-cloud/settings/points/confirm", "upload", between(points.Body, `name="upload" value="`, `"`), "framework", "soc2-2017", "licensed", "yes"), http.StatusSeeOther)
	pages = append(pages, "/o/meridian-cloud/control/UR-1", "/o/meridian-cloud/control/UR-1/edit")
	waiting, cancelled := s.queueLong(), s.queueLong() // nobody works them off here
	s.expect(s.post(cancelled+"/cancel"), http.StatusSeeOther)
	pages = append(pages, waiting, cancelled)
	s.expect(s.post("/o/meridian-cloud/account/tokens", "name", "nightly", "scope", "read", "days", "30"), http.StatusOK)
	pages = append(pages, "/certificates", "/certificates/AAAA", "/api", "/invitation?token="+invite, "/sign-in/link?token=none", "/organisations", upload.To, upload.To+"?sheet=inventory.csv&header=3&c0=code&c1=code")
	for _, p := range everyPage {
		pages = append(pages, "/o/meridian-cloud"+p)
	}
	draft, drawn := s.draft(joined(30)), s.drawn()
	names, seen := fields(s.get(drawn).Body)
	s.expect(s.post(drawn+"/judge", "seen", seen, names[0], "pass", names[1], "exception", "why-"+names[0][2:38], "Approved late."), http.StatusSeeOther)
	list := s.upload(draft+"/rows", "twice.csv", []byte("id,on\n1,2026-01-01\n1,2026-01-03\n"))
	s.expect(list, http.StatusSeeOther)
	pages = append(pages, draft, draft+"/edit", draft+"/again", list.To, list.To+"?header=1&c0=key&c1=key", drawn, drawn+"/again", drawn+"/items/"+names[0][2:38], drawn+"/items/"+names[2][2:38])
	pages = append(pages, "/o/meridian-cloud/frameworks/iso27001-2022/A.7.4", "/o/meridian-cloud/control/none-such")
	pages = append(pages, s.versions()...)
	do(t, ctx, chromedp.Navigate(s.url+"/sign-in/link?token="+link))
	evaluate[bool](t, ctx, fmt.Sprintf(`document.cookie = "toucan_theme=%s;path=/"; true`, theme))
	s.clean(ctx, axe, rules, theme, pages)
}

// clean fails for everything axe-core finds on the pages, with all that folds open.
func (s *site) clean(ctx context.Context, axe []byte, rules, theme string, pages []string) {
	t := s.t.(*testing.T)
	t.Helper()
	for _, p := range pages {
		do(t, ctx, chromedp.Navigate(s.url+p))
		s.cleanHere(ctx, axe, rules, theme, p)
	}
}

// cleanHere looks at the page that is open, such as one that answers a form.
func (s *site) cleanHere(ctx context.Context, axe []byte, rules, theme, name string) {
	t := s.t.(*testing.T)
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](string(axe)+";1")); err != nil {
		t.Fatal(err)
	}
	evaluate[bool](t, ctx, `document.querySelectorAll("details").forEach((d) => d.open = true); true`)
	found := evaluate[string](t, ctx, `axe.run(`+rules+`).then((r) => JSON.stringify(r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map((n) => n.html.slice(0, 220) + " | " + (n.any[0] ? n.any[0].message : ""))}))))`, chromedp.EvalAwaitPromise)
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Errorf("%s, %s: %s (%s)\n  %s", name, theme, v.Help, v.ID, strings.Join(v.Nodes, "\n  "))
	}
}
