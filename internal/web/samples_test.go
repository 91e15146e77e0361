package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/toucan-grc/toucan/internal/access"
)

// joined is a list of n people as a personnel system gives it.
func joined(n int) []byte {
	var b bytes.Buffer
	b.WriteString("Employee ID,Start date,Office,Remark\n")
	for i := range n {
		fmt.Fprintf(&b, "E-%03d,2026-%02d-15,%s,=1+1\n", i+1, 1+i%9, []string{"Berlin", "Berlin", "Lisbon"}[i%3])
	}
	return b.Bytes()
}

// draft enters a population and its rows, and returns its address.
func (s *site) draft(rows []byte) string {
	s.t.Helper()
	a := s.post("/o/meridian-cloud/samples", "control", s.id("AC-04"), "name", "Joiners of 2026", "from", "2026-01-01", "to", "2026-09-30", "source", "The personnel system", "extracted", "2026-01-05T08:30", "completeness", "As many as on the payroll.")
	s.expect(a, http.StatusSeeOther)
	to := a.To
	a = s.upload(to+"/rows", "joiners.csv", rows)
	s.expect(a, http.StatusSeeOther)
	preview := s.get(a.To)
	s.expect(preview, http.StatusOK)
	if !strings.Contains(preview.Body, "Keep 30 rows") || !strings.Contains(preview.Body, "as proposed") {
		s.t.Errorf("the preview: %.500s", between(preview.Body, "<h1>", "</h1>"))
	}
	s.expect(s.post(a.To, "header", "1", "c0", "key", "c1", "date", "c2", "stratum", "c3", "text"), http.StatusSeeOther)
	return to
}

// drawn is draft, fixed and drawn by stratum, with two attributes.
func (s *site) drawn() string {
	s.t.Helper()
	to := s.draft(joined(30))
	s.expect(s.post(to+"/fix", "sure", "yes"), http.StatusSeeOther)
	s.expect(s.post(to+"/attributes", "attributes", "Approved\nApproved before access"), http.StatusSeeOther)
	s.expect(s.post(to+"/draw", "method", "stratified", "size", "6"), http.StatusSeeOther)
	return to
}

// fields lists the names of the fields of the matrix, item by item.
func fields(page string) (names []string, seen string) {
	for _, part := range strings.Split(page, `name="r-`)[1:] {
		names = append(names, "r-"+part[:strings.Index(part, `"`)])
	}
	return names, between(page, `name="seen" value="`, `"`)
}

func TestSampleFromListToResult(t *testing.T) {
	s := newSite(t)
	s.fill()
	to := s.draft(joined(30))
	if a := s.post(to + "/fix"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Tick the box") {
		t.Errorf("fixing without the box: %d", a.Status)
	}
	if a := s.post(to+"/draw", "method", "random", "size", "3"); a.Status != http.StatusConflict {
		t.Errorf("drawing from a draft: %d", a.Status)
	}
	s.expect(s.post(to+"/fix", "sure", "yes"), http.StatusSeeOther)
	if a := s.post(to, "control", s.id("AC-04"), "name", "Other", "from", "2026-01-01", "to", "2026-09-30"); a.Status != http.StatusConflict {
		t.Errorf("editing what is fixed: %d", a.Status)
	}
	if a := s.post(to+"/draw", "method", "random", "size", "many"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "as a number") {
		t.Errorf("a size that is no number: %d", a.Status)
	}
	s.expect(s.post(to+"/attributes", "attributes", "Approved\nApproved before access"), http.StatusSeeOther)
	s.expect(s.post(to+"/draw", "method", "stratified", "size", "6"), http.StatusSeeOther)

	names, seen := fields(s.get(to).Body)
	if len(names) != 12 {
		t.Fatalf("%d fields in the matrix, want 6 items by 2 attributes", len(names))
	}
	form := []string{"seen", seen}
	for _, n := range names {
		form = append(form, n, "pass")
	}
	item := names[0][2:38]
	form[5] = "exception" // B of the first item
	if a := s.post(to+"/judge", form...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Item 1, B: say in a sentence") || !strings.Contains(a.Body, `value="exception" selected`) {
		t.Errorf("an exception without a reason: %d; what was chosen must still be there", a.Status)
	}
	form = append(form, "why-"+item, "Access on the 12th, approval on the 14th.")
	s.expect(s.post(to+"/judge", form...), http.StatusSeeOther)
	if a := s.post(to+"/judge", append([]string{"seen", "0"}, names[2], "not_applicable")...); a.Status != http.StatusConflict {
		t.Errorf("a page opened before: %d, want a conflict", a.Status)
	}
	page := s.get(to).Body
	for _, want := range []string{"16.7\u00a0%", "Find the cause first", "Exceptions <b>1</b>"} {
		if !strings.Contains(strings.Join(strings.Fields(page), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the workbench does not say %q", want)
		}
	}
	one := s.get(to + "/items/" + item)
	s.expect(one, http.StatusOK)
	if n := strings.Count(one.Body, "Access on the 12th"); n != 2 { // the field and the history: only B has it
		t.Errorf("the page of the item has the reason %d times", n)
	}
	s.expect(s.post(to+"/items/"+item+"/replace", "reason", "Unwelcome."), http.StatusConflict)
	other := names[2][2:38]
	s.expect(s.post(to+"/items/"+other+"/replace", "reason", "Never started."), http.StatusSeeOther)
	s.expect(s.post(to+"/draw", "method", "stratified", "size", "3", "reason", "One exception."), http.StatusSeeOther)
	s.exported(to)
}

// exported checks the two tables that leave.
func (s *site) exported(to string) {
	t := s.t
	t.Helper()
	rows := s.get(to + "/export?what=population")
	sum := sha256.Sum256([]byte(rows.Body))
	if again := s.get(to + "/again"); !strings.Contains(again.Body, hex.EncodeToString(sum[:])) {
		t.Error("the file that leaves does not have the hash that the page names")
	}
	table, err := csv.NewReader(strings.NewReader(s.get(to + "/export?what=results").Body)).ReadAll()
	if err != nil || len(table) != 11 {
		t.Fatalf("%d lines of results, %v, want a heading and ten items", len(table), err)
	}
	if got := table[1][7]; got != "'=1+1" {
		t.Errorf("a formula leaves as %q", got)
	}
	if a := s.get(to + "/export"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a table nobody named: %d", a.Status)
	}
}

func TestSampleListsNameTheirFaults(t *testing.T) {
	s := newSite(t)
	s.fill()
	to := s.draft(joined(30))
	a := s.upload(to+"/rows", "twice.csv", []byte("id,on\n1,2026-01-01\n2,2026-01-02\n1,2026-01-03\n"))
	s.expect(a, http.StatusSeeOther)
	if page := s.get(a.To); !strings.Contains(page.Body, "Row 4, id: “1” stands in row 2 already.") || strings.Contains(page.Body, `id="confirm"`) {
		t.Errorf("a key twice: %s", between(page.Body, `id="faults"`, "</section>"))
	}
	s.expect(s.post(a.To, "header", "1", "c0", "key"), http.StatusUnprocessableEntity)
	if page := s.get(a.To + "?header=1&c0=key&c1=key"); page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "cannot both be the key") {
		t.Errorf("two keys: %d", page.Status)
	}
	if a := s.upload(to+"/rows", "a.pdf", []byte("%PDF-1.7")); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "is a PDF") {
		t.Errorf("a PDF: %d", a.Status)
	}
	if a := s.post(to+"/rows", "pasted", " "); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("nothing pasted: %d", a.Status)
	}
	pasted := s.post(to+"/rows", "pasted", "ticket;closed\nT-1;2026-02-01\nT-2;2026-02-02")
	s.expect(pasted, http.StatusSeeOther)
	s.expect(s.get(pasted.To), http.StatusOK)
	if a := s.post(to+"/rows", "own", "evidence"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("evidence that is not there: %d", a.Status)
	}
	s.expect(s.post(to+"/rows", "own", "periods"), http.StatusSeeOther)
	if page := s.get(to); !strings.Contains(page.Body, "quarterly 2026-01-01 to 2026-03-31") {
		t.Error("the quarters of the control are not in the draft")
	}
	for name, form := range map[string][]string{
		"no control": {"name", "x", "from", "2026-01-01", "to", "2026-02-01"}, "no window": {"control", s.id("AC-04"), "name", "x"}, "a date that is none": {"control", s.id("AC-04"), "name", "x", "from", "yesterday", "to", "2026-02-01"},
	} {
		if a := s.post("/o/meridian-cloud/samples", form...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `value="x"`) {
			t.Errorf("%s: %d, and what was typed must still be there", name, a.Status)
		}
	}
	s.expect(s.post(to+"/drop"), http.StatusSeeOther)
	s.expect(s.get(to), http.StatusNotFound)
}

func TestSampleSizesCanBeSet(t *testing.T) {
	s := newSite(t)
	s.fill()
	form := url.Values{}
	for _, p := range []string{"annual", "semiannual", "quarterly", "monthly", "weekly", "daily", "many_a_day", "automated"} {
		form.Set(p+"-low", "3")
		form.Set(p+"-high", "7")
	}
	var pairs []string
	for k, v := range form {
		pairs = append(pairs, k, v[0])
	}
	event := []string{"event-low", "25", "event-high", "60", "event-percent", "10", "event-least", "5"}
	if a := s.post("/o/meridian-cloud/samples/sizes", append(pairs, "event-low", "x")...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Whenever something happens") {
		t.Errorf("a size that is no number: %d", a.Status)
	}
	s.expect(s.post("/o/meridian-cloud/samples/sizes", append(pairs, event...)...), http.StatusSeeOther)
	if page := s.get("/o/meridian-cloud/samples/sizes").Body; !strings.Contains(page, `name="daily-high" value="7"`) {
		t.Error("the sizes are not kept")
	}
}

// TestAuditorDrawsAndFixesNothing is what the role may do on these pages.
func TestAuditorDrawsAndFixesNothing(t *testing.T) {
	s := newSite(t)
	s.fill()
	draft, drawn := s.draft(joined(30)), s.drawn()
	token, _, err := s.Access.Invite(t.Context(), s.admin(), "auditor@firm.example", access.Auditor, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.client = s.browser()
	s.expect(s.post("/invitation", "token", token, "name", "Wim Auditor", "passphrase", passphrase), http.StatusSeeOther)
	for _, path := range []string{draft + "/fix", draft + "/drop", draft, drawn + "/erase"} {
		s.expect(s.post(path, "sure", "yes", "reason", "x"), http.StatusForbidden)
	}
	if page := s.get(draft).Body; strings.Contains(page, "Fix it</button>") || strings.Contains(page, "Read the file") {
		t.Error("the auditor is offered what they may not do")
	}
	s.expect(s.post(drawn+"/draw", "method", "stratified", "size", "1", "reason", "To be sure."), http.StatusSeeOther)
	names, seen := fields(s.get(drawn).Body)
	s.expect(s.post(drawn+"/judge", "seen", seen, names[0], "pass"), http.StatusSeeOther)
}

// TestBrowserSampling draws and judges without a mouse.
func TestBrowserSampling(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	to := s.draft(joined(30))
	s.expect(s.post(to+"/attributes", "attributes", "Approved\nApproved before access"), http.StatusSeeOther)
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
	do(t, ctx, chromedp.KeyEvent("g"), chromedp.KeyEvent("u"))
	arrive(t, ctx, "/o/meridian-cloud/samples")
	do(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent(kb.Enter))
	arrive(t, ctx, to)
	focus := func(css string) {
		evaluate[bool](t, ctx, fmt.Sprintf(`document.querySelector(%q).focus(); true`, css))
	}
	focus("input[name=sure]")
	do(t, ctx, chromedp.KeyEvent(" "), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("form[action$=draw]")))
	focus("#size")
	do(t, ctx, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(".matrix")))
	if n := evaluate[int](t, ctx, `document.querySelectorAll(".matrix tbody tr").length`); n != 2 {
		t.Errorf("%d items are drawn, want the two that are customary for a quarterly control", n)
	}
	focus(".matrix select")
	do(t, ctx, chromedp.KeyEvent("p"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("e"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("Approved two days late."))
	do(t, ctx, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(".matrix .because b"))) // the reason stands below its field
	if said := evaluate[string](t, ctx, `document.querySelector(".flash").innerText`); !strings.Contains(said, "2 results are recorded") {
		t.Errorf("after judging the page says %q", said)
	}
	if got := evaluate[string](t, ctx, `[...document.querySelectorAll(".matrix select")].slice(0, 3).map((s) => s.value).join()`); got != "pass,exception," {
		t.Errorf("the first fields are %q", got)
	}
	if evaluate[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
		t.Error("the page is wider than the window")
	}
}
