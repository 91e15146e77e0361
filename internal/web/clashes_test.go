package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/policy"
)

const clashesAt = "/o/meridian-cloud/policies/conflicts"

// rule puts a policy of one text into force: the administrator writes it and a
// manager approves.
func (s *site) rule(manager access.Actor, title, text string) policy.Policy {
	s.t.Helper()
	ctx := s.t.Context()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	p, err := s.Policies.Create(ctx, s.admin(), policy.Policy{Title: title}, text, s.Now())
	must(err)
	_, err = s.Policies.Submit(ctx, s.admin(), p.ID, s.Now())
	must(err)
	_, err = s.Policies.Decide(ctx, manager, p.ID, true, "", s.Now())
	must(err)
	_, err = s.Policies.Publish(ctx, manager, p.ID, s.Now())
	must(err)
	return p
}

// contradict puts documents into force that differ in four ways.
func (s *site) contradict() {
	s.t.Helper()
	s.member(access.Manager)
	account, err := s.Access.AccountByEmail(s.t.Context(), "manager@meridian.example")
	if err != nil {
		s.t.Fatal(err)
	}
	manager, err := s.Access.Enter(s.t.Context(), account, "meridian-cloud")
	if err != nil {
		s.t.Fatal(err)
	}
	s.rule(manager, "Access Control Policy", "This policy governs access control.\n\nSystem owners review all user access every 3 months, including privileged and service accounts.\n\nAll access of a leaver is removed within 24 hours of the end of employment.\n")
	s.rule(manager, "Vendor Management Policy", "System owners review all user access every 3 months, including privileged and service accounts.\n")
	s.rule(manager, "Access Review Procedure", "User access to every system is reviewed once a year, in January.\n\nAudit logs are deleted after 90 days.\n")
	s.rule(manager, "Account Management Policy", "This policy governs access control.\n\nAll accounts of a leaver are closed within 5 days of the last working day.\n\nAudit logs are kept for 12 months.\n")
	s.rule(manager, "ISMS Scope", "The ISMS covers the people, premises, corporate systems, product environments and suppliers used to build and run the service.\n")
	s.rule(manager, "System Boundary", "The ISMS covers only the product environments of the service.\n")
}

// clash returns the form values that name a group.
func (s *site) clash(id string) []string {
	s.t.Helper()
	body := s.get(clashesAt).Body
	at := strings.Index(body, `name="group" value="`+id+`"`)
	if at < 0 {
		s.t.Fatalf("there is no form about %s", id)
	}
	return []string{"group", id, "stamp", between(body[at:], `name="stamp" value="`, `"`)}
}

func TestClashesAreShownAndDecided(t *testing.T) {
	s := newSite(t)
	s.fill()
	a := s.get(clashesAt)
	s.expect(a, http.StatusOK)
	if !strings.Contains(a.Body, "No document contradicts another") {
		t.Error("an organisation without policies sees no empty page")
	}
	s.contradict()
	body := s.get(clashesAt).Body
	for _, want := range []string{"Review of user access", "Every 3 months", "Every year", "asks for more", "Two documents decide", "Different scope", "Removal of access of leavers", "Retention of audit logs", "<mark>is reviewed once a year, in January.</mark>", "To decide <b>5</b>"} {
		if !strings.Contains(strings.Join(strings.Fields(body), " "), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	group := s.clash("user-access-review-frequency")
	for _, tt := range []struct {
		name string
		more []string
		want string
	}{
		{"without a document", []string{"choice", "governs", "reason", "It does."}, `id="governing-governs-user-access-review-frequency-wrong"`},
		{"without a reason", []string{"choice", "no_conflict"}, `id="reason-no_conflict-user-access-review-frequency-wrong"`},
		{"without a person", []string{"choice", "consolidate", "due", "2030-01-01"}, `id="owner-consolidate-user-access-review-frequency-wrong"`},
		{"without a date", []string{"choice", "consolidate", "due", "soon"}, `id="due-consolidate-user-access-review-frequency-wrong"`},
	} {
		if a := s.post(clashesAt, append(append([]string{}, group...), tt.more...)...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, tt.want) {
			t.Errorf("%s: %d", tt.name, a.Status)
		}
	}
	if a := s.post(clashesAt, "group", group[1], "stamp", "old", "choice", "no_conflict", "reason", "x"); a.Status != http.StatusConflict {
		t.Errorf("a decision about what nobody says any more is answered with %d", a.Status)
	}
	holds := body[strings.Index(body, `id="governing-governs-user-access-review-frequency"`):]
	holds = holds[:strings.Index(holds, ">Vendor Management Policy<")]
	chosen := holds[strings.LastIndex(holds, `<option value="`)+len(`<option value="`):]
	chosen = chosen[:strings.Index(chosen, `"`)]
	s.expect(s.post(clashesAt, append(group, "choice", "governs", "governing", chosen, "reason", "The quarter is what we do.")...), http.StatusSeeOther)
	decided := s.get(clashesAt + "?show=decided").Body
	for _, want := range []string{"Access Control Policy holds", "Vendor Management Policy holds", "The quarter is what we do."} {
		if !strings.Contains(decided, want) {
			t.Errorf("the decision does not say %q", want)
		}
	}
	at := decided[strings.Index(decided, `value="user-access-review-frequency"`):]
	s.expect(s.post(clashesAt, "group", "user-access-review-frequency", "stamp", between(at, `name="stamp" value="`, `"`), "choice", "withdrawn", "reason", "It was wrong."), http.StatusSeeOther)
	s.clash("user-access-review-frequency")
}

func TestUndertakingsAreCorrected(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.contradict()
	const at = "/o/meridian-cloud/policy/access-review-procedure/undertakings"
	page := func() string { a := s.get(at); s.expect(a, http.StatusOK); return a.Body }
	stamp := func() []string { return []string{"stamp", between(page(), `name="stamp" value="`, `"`)} }
	id := between(page(), `<li id="u-`, `"`)
	for _, want := range []string{"Review of user access", "every year", "read by Toucan", "User access to every system is reviewed once a year, in January.", "Confirm all 2"} {
		if !strings.Contains(page(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	s.expect(s.post(at, append(stamp(), "do", "all")...), http.StatusSeeOther)
	if strings.Contains(page(), "read by Toucan") {
		t.Error("confirming all leaves some unconfirmed")
	}
	if a := s.post(at, append(stamp(), "do", "change", "id", id, "value", "sometimes")...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "no stretch of time") {
		t.Errorf("a value that is none is answered with %d", a.Status)
	}
	s.expect(s.post(at, append(stamp(), "do", "change", "id", id, "value", "P12M")...), http.StatusSeeOther)
	s.expect(s.post(at, append(stamp(), "do", "change", "id", id, "value", "P3M")...), http.StatusSeeOther)
	if body := s.get(clashesAt).Body; strings.Contains(body, "Review of user access") {
		t.Error("a corrected value still counts as a conflict")
	}
	s.expect(s.post(at, append(stamp(), "do", "drop", "id", id)...), http.StatusSeeOther)
	if !strings.Contains(page(), "Taken out") {
		t.Error("what was taken out is not shown")
	}
	s.expect(s.post(at, append(stamp(), "do", "restore", "id", id)...), http.StatusSeeOther)
	if body := s.get(clashesAt).Body; !strings.Contains(body, "Review of user access") {
		t.Error("what was read again does not count")
	}
	if a := s.post(at, append(stamp(), "do", "add", "subject", "parking-permit", "property", "frequency", "value", "P1Y", "sentence", "Not in the text.")...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "does not stand in the text") {
		t.Errorf("a sentence that is not in the text is answered with %d", a.Status)
	}
	s.expect(s.post(at, append(stamp(), "do", "add", "subject", "Access logs kept online", "property", "retention", "value", "P90D", "sentence", "Audit logs are deleted after 90 days.")...), http.StatusUnprocessableEntity)
	s.expect(s.post(at, append(stamp(), "do", "add", "subject", "audit ready", "property", "retention", "value", "P90D", "sentence", "Audit logs are deleted after 90 days.")...), http.StatusUnprocessableEntity)
	s.expect(s.post(at, append(stamp(), "do", "add", "subject", "Audit logs ready for search", "property", "retention", "value", "P90D", "sentence", "Audit logs are deleted after 90 days.")...), http.StatusSeeOther)
	if a := s.post(at, "stamp", "old", "do", "all"); a.Status != http.StatusConflict {
		t.Errorf("a change of an old list is answered with %d", a.Status)
	}
}

// TestBrowserClashesAxe lets axe-core look at the page, and at its width on a phone.
func TestBrowserClashesAxe(t *testing.T) {
	ctx := newBrowser(t)
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed, so accessibility is not checked: npm ci --ignore-scripts")
	}
	s := newSite(t)
	s.fill()
	s.contradict()
	s.expect(s.post(clashesAt, append(s.clash("isms-scope-scope"), "choice", "no_conflict", "reason", "One is the scope of the ISMS, the other the boundary of the report.")...), http.StatusSeeOther)
	s.enter(ctx)
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1440}, {"dark", 390}} {
		evaluate[bool](t, ctx, fmt.Sprintf(`document.cookie = "toucan_theme=%s;path=/"; true`, look.theme))
		do(t, ctx, chromedp.EmulateViewport(look.width, 900))
		for i, p := range []string{clashesAt, clashesAt + "?show=decided", "/o/meridian-cloud/policy/access-review-procedure/undertakings"} {
			do(t, ctx, chromedp.Navigate(s.url+p))
			s.picture(ctx, fmt.Sprintf("clashes-%s-%d", look.theme, i))
			if i == 0 { // one way open at a time
				evaluate[bool](t, ctx, `document.querySelector(".clash-way").open = true; true`)
				do(t, ctx, chromedp.Sleep(time.Second))
				s.picture(ctx, "clashes-"+look.theme+"-open")
			}
			if wide := evaluate[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
				t.Errorf("%s is %d pixels wider than a window of %d", p, wide, look.width)
			}
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](string(axe)+";1")); err != nil {
				t.Fatal(err)
			}
			evaluate[bool](t, ctx, `document.querySelectorAll("details").forEach((d) => { d.removeAttribute("name"); d.open = true }); true`)
			do(t, ctx, chromedp.Sleep(time.Second)) // what opens fades in
			found := evaluate[string](t, ctx, `axe.run().then((r) => JSON.stringify(r.violations.map((v) => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(" | "))))`, chromedp.EvalAwaitPromise)
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

// picture keeps what the browser shows when TOUCAN_PICTURES names a folder.
func (s *site) picture(ctx context.Context, name string) {
	s.t.Helper()
	dir := os.Getenv("TOUCAN_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(dir+"/"+name+".png", png, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}
