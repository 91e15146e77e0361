package web

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/toucan-grc/toucan/internal/wire"
)

// TestBrowserDevices adds a device, narrows the fleet by an answer, waives a check and
// reports a device lost, as people do; axe-core looks at every page, with all states.
func TestBrowserDevices(t *testing.T) {
	ctx := newBrowser(t)
	s := newSite(t)
	s.fill()
	person := s.linkAdmin()
	ids := s.take(resultsBut(), resultsBut(wire.Result{Check: wire.Firewall, Verdict: wire.Fail, Reason: wire.Off}, wire.Result{Check: wire.ScreenLock, Verdict: wire.CouldNotTell, Reason: wire.NotReported}), resultsBut())
	if err := s.Devices.Own(t.Context(), s.admin(), ids[1:2], person, s.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.Devices.Retire(t.Context(), s.admin(), ids[2:], "Sold.", s.Now()); err != nil {
		t.Fatal(err)
	}
	s.enter(ctx)
	o := s.url + "/o/meridian-cloud"
	do(t, ctx, chromedp.Navigate(o+"/my/devices"), chromedp.Click(chromedp.CSS(`.head form[action$="/my/devices/code"] .btn`)), chromedp.WaitVisible(chromedp.CSS(".dev-enrol")))
	if line := evaluate[string](t, ctx, `document.getElementById("cmd-enrol-0").textContent`); !strings.HasPrefix(line, "sudo toucan-agent enroll '"+o+"#") {
		t.Errorf("the command is %q", line)
	}
	shown := `[...document.querySelectorAll(".dev-os .dev-command")].filter((e) => e.checkVisibility()).length`
	if linux := evaluate[int](t, ctx, shown); linux != 5 {
		t.Errorf("for Linux %d commands are shown", linux)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(".dev-os details:nth-of-type(2) > summary")))
	if open := evaluate[string](t, ctx, `[...document.querySelectorAll(".dev-os details")].map((d) => d.open).join()`); open != "false,true,false" {
		t.Errorf("after choosing macOS the systems are open: %s", open)
	}
	do(t, ctx, chromedp.Navigate(o+"/devices"), chromedp.Click(chromedp.CSS(`.fleet-part[href*="firewall.fail"]`)))
	arrive(t, ctx, "/o/meridian-cloud/devices?check=firewall.fail")
	if n := evaluate[int](t, ctx, `document.querySelectorAll(".set-devices tbody tr").length`); n != 1 {
		t.Errorf("%d devices fail the firewall", n)
	}
	do(t, ctx, chromedp.Navigate(o+"/devices/"+ids[1]), chromedp.Click(chromedp.CSS(`.dev-do details:has(#waive-until) > summary`)), chromedp.WaitVisible(chromedp.CSS("#waive-until")))
	put(t, ctx, map[string]string{"check": "firewall", "waive-until": s.Now().AddDate(0, 0, 30).Format("2006-01-02"), "waive-reason": "Behind the firewall of the lab."})
	evaluate[bool](t, ctx, `(() => { document.querySelector('form[action$="/waive"]').requestSubmit(); return true })()`)
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS(".flash")))
	if said := evaluate[string](t, ctx, `document.querySelector(".dev-answers").innerText`); !strings.Contains(said, "need not pass until") {
		t.Errorf("the checks say %q", said)
	}
	do(t, ctx, chromedp.Navigate(o+"/my/devices"), chromedp.Click(chromedp.CSS(`.dev-acts details:has(form[action$="/lose"]) > summary`)), chromedp.WaitVisible(chromedp.CSS("#lose-"+ids[1])))
	put(t, ctx, map[string]string{"lose-" + ids[1]: "In the train."})
	evaluate[bool](t, ctx, `(() => { document.querySelector('form[action$="/lose"]').requestSubmit(); return true })()`) // a fold that opens moves the button
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS(".flash")))
	if said := evaluate[string](t, ctx, `document.querySelector(".flash").innerText`); !strings.Contains(said, "reported lost") {
		t.Errorf("after the report the page says %q", said)
	}
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed, so accessibility is not checked: npm ci --ignore-scripts")
	}
	at := "/o/meridian-cloud"
	pages := []string{at + "/my/devices", at + "/devices", at + "/devices?show=lost", at + "/devices/" + ids[0], at + "/devices/" + ids[1], at + "/devices/settings", at + "/devices/sources", at + "/tasks"}
	for _, theme := range []string{"light", "dark"} {
		evaluate[bool](t, ctx, `document.cookie = "toucan_theme=`+theme+`;path=/"; true`)
		s.newCodeByKeyboard(t, ctx, o+"/my/devices")
		s.cleanHere(ctx, axe, `{}`, theme, "the page of a new code")
		s.clean(ctx, axe, `{}`, theme, pages)
	}
}

// newCodeByKeyboard makes a code on My devices without a mouse, and goes on to the commands
// of another system and to the one that enrols.
func (s *site) newCodeByKeyboard(t *testing.T, ctx context.Context, at string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(at))
	reach := func(what, selector string) {
		t.Helper()
		for range 80 {
			do(t, ctx, chromedp.KeyEvent(kb.Tab))
			if evaluate[bool](t, ctx, `document.activeElement.matches(`+strconv.Quote(selector)+`)`) {
				return
			}
		}
		t.Fatalf("with Tab nobody gets to %s", what)
	}
	reach("the button", `.head form[action$="/my/devices/code"] .btn`)
	do(t, ctx, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(".dev-enrol")))
	reach("another system", `.dev-os details:nth-of-type(2) > summary`)
	do(t, ctx, chromedp.KeyEvent(kb.Enter))
	if open := evaluate[bool](t, ctx, `document.querySelector(".dev-os details:nth-of-type(2)").open`); !open {
		t.Error("Enter does not open the commands of macOS")
	}
	reach("the command that enrols", `#cmd-enrol-0`)
	reach("the button that copies it", `[data-copy="cmd-enrol-0"]`)
}
