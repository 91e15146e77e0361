package web

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/toucan-grc/toucan/internal/access"
)

// TestBrowserPolicy is the life of a policy: chosen from the templates, edited,
// approved by somebody else, published, acknowledged by an employee.
func TestBrowserPolicy(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	manager, employee := s.member(access.Manager), s.member(access.Employee)
	account, err := s.Access.AccountByEmail(t.Context(), "employee@meridian.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.People.LinkAccount(t.Context(), s.admin(), s.person("Mara Velasco"), account.ID, s.Now()); err != nil {
		t.Fatal(err)
	}
	s.enter(ctx)
	do(t, ctx, chromedp.Navigate(s.url+policiesAt), chromedp.Click(chromedp.CSS(".empty .btn")))
	arrive(t, ctx, policiesAt+"/templates")
	do(t, ctx, chromedp.Click(chromedp.CSS("#t-access-control")))
	put(t, ctx, map[string]string{"var-company": "Meridian Cloud", "var-product": "Meridian", "role-security-officer": s.person("Ines Okafor"), "role-chief-executive": s.person("Priya Raman")})
	do(t, ctx, chromedp.Click(chromedp.CSS(".policy-bar .btn")))
	arrive(t, ctx, accessPolicyAt+"/edit")
	evaluate[bool](t, ctx, `(() => { const e = document.getElementById("body"); e.value = e.value.replace("at least 14 characters", "at least 18 characters"); e.dispatchEvent(new Event("input", {bubbles: true})); return true })()`)
	for range 200 { // the preview follows what is typed
		if evaluate[bool](t, ctx, `document.querySelector("#beside .policy-prose").innerText.includes("at least 18 characters")`) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !evaluate[bool](t, ctx, `document.querySelector("#beside .diff-none, #beside .diff-text") !== null && document.querySelector("#beside .policy-prose").innerText.includes("at least 18 characters")`) {
		t.Error("the preview does not follow what is typed")
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(`button[value="submit"]`)))
	arrive(t, ctx, accessPolicyAt+"/submit")
	do(t, ctx, chromedp.Click(chromedp.CSS(`form.card .acts .btn`)), chromedp.WaitVisible(chromedp.CSS(".policy-step")))
	if said := evaluate[string](t, ctx, `document.querySelector(".policy-step").innerText`); !strings.Contains(said, "waits for approval") {
		t.Errorf("after it was handed in the page says %q", said)
	}

	mine := s.client
	s.client = manager
	if !strings.Contains(s.get("/o/meridian-cloud/tasks").Body, "Access Control Policy 1.0") {
		t.Error("the approver has no task")
	}
	s.expect(s.post(accessPolicyAt+"/decide", "approval", between(s.get(accessPolicyAt+"/decide").Body, `name="approval" value="`, `"`), "word", "yes"), 303)
	s.client = mine

	do(t, ctx, chromedp.Navigate(s.url+accessPolicyAt), chromedp.Click(chromedp.CSS(`.policy-step a[href$="/publish"]`)))
	arrive(t, ctx, accessPolicyAt+"/publish")
	if said := evaluate[string](t, ctx, `document.querySelector("form.card").innerText`); !strings.Contains(said, "4 people are asked to acknowledge it by") {
		t.Errorf("before it is published the page says %q", said)
	}
	if axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js"); err == nil {
		s.clean(ctx, axe, `{}`, "light", []string{accessPolicyAt + "/publish"})
		do(t, ctx, chromedp.Navigate(s.url+accessPolicyAt+"/publish"))
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(`form.card .btn`)), chromedp.WaitVisible(chromedp.CSS(".policy-acked")))

	s.client = employee
	tasks := s.get("/o/meridian-cloud/tasks").Body
	if !strings.Contains(tasks, "Access Control Policy") {
		t.Errorf("the employee has no task: %s", between(tasks, "<main", "</main>"))
	}
	read := policiesAt + "/access-control/read"
	page := s.get(read)
	s.expect(page, 200)
	version := between(page.Body, `name="version" value="`, `"`)
	s.expect(s.post(policiesAt+"/access-control/acknowledge", "version", version, "read", "yes"), 303)
	s.client = mine

	s.expect(s.post(accessPolicyAt+"/edit", "do", "save", "base", "", "body", "A password has at least 20 characters.\n\n| Who | What |\n|---|---|\n| All | Everything |"), 303)
	if axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js"); err == nil {
		var pages []string
		for _, page := range []string{"", "/versions", "/people", "/people?show=done&text=mara", "/settings", "/history", "/edit", "/submit", "/upload"} {
			pages = append(pages, accessPolicyAt+page)
		}
		pages = append(pages, policiesAt, policiesAt+"/templates?pick=all")
		s.clean(ctx, axe, `{}`, "light", pages)
		s.clean(ctx, axe, `{runOnly: ["color-contrast"]}`, "dark", pages)
	}
	do(t, ctx, chromedp.Navigate(s.url+accessPolicyAt+"/people?show=done"))
	if said := evaluate[string](t, ctx, `document.querySelector("main").innerText`); !strings.Contains(said, "1 of 4") || !strings.Contains(said, "Mara Velasco") {
		t.Errorf("after one person acknowledged, the page says %q", said)
	}
}
