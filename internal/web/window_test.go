package web

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
)

// operate enters two quarterly controls that ran through 2025: WD-1 was not done
// in the third quarter; WD-2 was always done.
func (s *site) operate() {
	s.t.Helper()
	who, ctx := s.admin(), s.t.Context()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	for _, code := range []string{"WD-1", "WD-2"} {
		_, err := s.Controls.Create(ctx, who, control.Control{Code: code, Title: "Quarterly review " + code, Kind: control.Periodic, Frequency: "quarterly",
			Status: control.Operated, Since: cadence.On(2024, 1, 1)}, s.Now())
		must(err)
		for _, m := range []time.Month{2, 5, 8, 11} {
			if code == "WD-1" && m == 8 {
				continue
			}
			at := time.Date(2025, m, 10, 9, 0, 0, 0, time.UTC)
			f, err := s.Evidence.Keep(ctx, who, "review.txt", strings.NewReader(code+at.String()), at)
			must(err)
			_, err = s.Evidence.File(ctx, who, evidence.Filing{Title: "Review", Kind: "access-review-record", CapturedAt: at, Files: []evidence.File{f}, Controls: []string{code}}, at.Add(time.Hour))
			must(err)
		}
	}
}

func TestWindowFindsWhatHappened(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.operate()
	const year = "/o/meridian-cloud/window?from=2025-01-01&to=2025-12-31&text=WD-"
	a := s.get(year)
	s.expect(a, http.StatusOK)
	for _, want := range []string{"Missed for 2025-07-01 to 2025-09-30", "1 July 2025 to 30 September 2025: missed", "WD-2, effective: 4 met"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the window does not say %q", want)
		}
	}
	if i, j := strings.Index(a.Body, `class="ref">WD-1<`), strings.Index(a.Body, `class="ref">WD-2<`); i < 0 || j < i {
		t.Errorf("the control with an exception stands at %d, the effective one at %d: the worst comes first", i, j)
	}
	if a := s.get("/o/meridian-cloud/window?from=2025-01-01&to=2025-06-30&text=WD-1"); !strings.Contains(a.Body, "WD-1, effective") {
		t.Error("in the first half nothing was missed")
	}
	if a := s.get("/o/meridian-cloud/window?from=2025-01-01&to=2025-02-28"); !strings.Contains(a.Body, "shorter than three months") {
		t.Error("a window of two months is not warned about")
	}
	known := s.get("/o/meridian-cloud/window?from=2025-01-01&to=2025-12-31&as=known&known=2025-06-30")
	if !strings.Contains(known.Body, "stand otherwise") && !strings.Contains(known.Body, "stands otherwise") {
		t.Error("what was known in June is not set against what is known now")
	}
	csv := s.get("/o/meridian-cloud/window/export?from=2025-01-01&to=2025-12-31&text=WD-1")
	if want := "WD-1,Quarterly review WD-1,,exceptions,2024-01-01,missed,2025-07-01,2025-09-30,due 2025-09-30"; !strings.Contains(csv.Body, want) {
		t.Errorf("the table is %q, want the line %q", csv.Body, want)
	}
	for path, want := range map[string]string{
		"?from=2025-06-01&to=2025-01-01": "before the first", "?from=soon": "is not one that can be read", "?from=3/4/2025": "one way only", "?framework=none": "not followed",
		"?from=1990-01-01&to=2025-01-01": "longer than five years",
	} {
		if a := s.get("/o/meridian-cloud/window" + path); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, want) {
			t.Errorf("%s: status %d, and it does not say %q", path, a.Status, want)
		}
	}
}

// TestBrowserWindow picks two days as a person does, opens a control and reads it.
func TestBrowserWindow(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	s.operate()
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
	do(t, ctx, chromedp.KeyEvent("g"), chromedp.KeyEvent("w"))
	arrive(t, ctx, "/o/meridian-cloud/window")
	evaluate[bool](t, ctx, `document.querySelector("#from").value = "2025-01-01"; document.querySelector("#to").value = "2025-12-31"; document.querySelector("#to").form.requestSubmit(); true`)
	arrive(t, ctx, "/o/meridian-cloud/window?from=2025-01-01")
	first := evaluate[string](t, ctx, `document.querySelector(".operated .ref").textContent`)
	if first != "WD-1" {
		t.Errorf("the first row is %q, want the control with the missed quarter", first)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(".operated summary")), chromedp.WaitVisible(chromedp.CSS(".operated[open] svg.plot")))
	if n := evaluate[int](t, ctx, `document.querySelectorAll(".operated[open] svg.plot .m-missed").length`); n != 1 {
		t.Errorf("the strip has %d marks of missed, want one", n)
	}
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed, so accessibility is not checked: npm ci --ignore-scripts")
	}
	const org = "/o/meridian-cloud"
	for _, theme := range []string{"light", "dark"} {
		evaluate[bool](t, ctx, `document.cookie = "toucan_theme=`+theme+`;path=/"; true`)
		for _, p := range []string{org + "/window?from=2025-01-01&to=2025-12-31", org + "/window?from=2025-01-01&to=2025-12-31&as=known&known=2025-06-30", org + "/control/WD-1",
			org + "/frameworks/soc2-2017/readiness?from=2025-01-01&to=2025-12-31", org + "/frameworks/iso27001-2022/readiness?type=1", org} {
			do(t, ctx, chromedp.Navigate(s.url+p))
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](string(axe)+";1")); err != nil {
				t.Fatal(err)
			}
			evaluate[bool](t, ctx, `document.querySelectorAll("details").forEach((d) => d.open = true); true`)
			found := evaluate[string](t, ctx, `axe.run().then((r) => JSON.stringify(r.violations.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(" / "))))`, chromedp.EvalAwaitPromise)
			var violations []string
			if err := json.Unmarshal([]byte(found), &violations); err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				t.Errorf("%s, %s: %s", p, theme, v)
			}
		}
	}
	do(t, ctx, chromedp.EmulateViewport(390, 844))
	for _, p := range []string{"/window?from=2025-01-01&to=2025-12-31", "/control/WD-1", "/frameworks/soc2-2017/readiness"} {
		do(t, ctx, chromedp.Navigate(s.url+org+p))
		if evaluate[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%s is wider than a phone", p)
		}
	}
}
