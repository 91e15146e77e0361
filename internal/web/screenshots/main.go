// Command screenshots takes a picture of every page of a running server, light
// and dark, at the widths of a desk and a tablet, and of some pages on a phone.
// It signs in with the one-time link that the server prints:
//
//	go run ./internal/web/screenshots -link http://localhost:8080/sign-in/link?token=... -out docs/screenshots
package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// pages are the addresses below /o/{slug}, with the name of the picture. One that
// ends in " >" stands for what the first row of that list leads to; of one with " + "
// what stands behind it is pressed first.
var pages = []struct{ name, path string }{
	{"overview", ""},
	{"frameworks", "/frameworks"},
	{"framework", "/frameworks/iso27001-2022"},
	{"framework-own", "/frameworks/soc2-2017"},
	{"requirement", "/frameworks/iso27001-2022/A.5.15"},
	{"requirement-own", "/frameworks/soc2-2017/CC6.1"},
	{"requirement-new", "/frameworks/iso27001-2022/9.2.1"},
	{"controls", "/controls"},
	{"frequencies", "/controls/frequencies"},
	{"switch", "/frameworks/pci-dss-4.0.1/switch"},
	{"duplicates", "/controls/duplicates"},
	{"control", "/control/AC-04"},
	{"control-edit", "/control/AC-04/edit"},
	{"library", "/library"},
	{"library-plan", "/library/plan?framework=iso27001-2022"},
	{"library-adopt", "/library/adopt?whole=yes"},
	{"library-entry", "/library/AC-04"},
	{"import", "/import"},
	{"window", "/window"},
	{"window-known", "/window?as=known&state=exceptions"},
	{"readiness", "/frameworks/soc2-2017/readiness"},
	{"evidence", "/evidence"},
	{"evidence-lapsing", "/evidence?show=lapsing"},
	{"requests", "/requests"},
	{"request-new", "/requests/new?controls=AC-06"},
	{"request", "/requests >"},
	{"evidence-new", "/evidence/new?controls=AC-01"},
	{"item-table", "/evidence?text=accounts+of+all+systems >"},
	{"item-picture", "/evidence?text=service+map >"},
	{"item-pdf", "/evidence?text=board+minutes >"},
	{"item-erased", "/evidence?state=erased >"},
	{"retention", "/settings/retention"},
	{"tasks", "/tasks"},
	{"course", "/training/security"},
	{"tasks-all", "/tasks/all"},
	{"task-new", "/tasks/new"},
	{"approvals", "/settings/approvals"},
	{"mail", "/settings/mail"},
	{"window-open", "/window?text=AC-04"},
	{"window-framework", "/window?framework=soc2-2017"},
	{"workbench", "/samples?text=production+changes%2C+first >"},
	{"workbench-exception", "/samples?state=exceptions >"},
	{"control-checks", "/control/AC-06"},
	{"control-restore", "/control/BC-03"},
	{"readiness-iso", "/frameworks/iso27001-2022/readiness"},
	{"isms-home", "/isms"},
	{"calendar", "/calendar"},
	{"obligations", "/isms/obligations"},
	{"gate", "/isms/gate"},
	{"documents", "/isms/documents"},
	{"advice", "/isms/advice"},
	{"audit-plan", "/isms/plan"},
	{"risks", "/risks"},
	{"risk", "/risks/R-003"},
	{"risk-unscored", "/risks?state=unscored >"},
	{"risk-edit", "/risks/R-003/edit"},
	{"risk-links", "/risks/R-003/links"},
	{"risk-score", "/risks/R-003/score"},
	{"risk-plan", "/risks/R-003/plan"},
	{"risk-heat", "/risks/heat"},
	{"risk-heat-inherent", "/risks/heat?score=inherent"},
	{"risk-library", "/risks/library"},
	{"risk-views", "/risks/views"},
	{"risk-seconds", "/risks/seconds"},
	{"risk-snapshots", "/risks/snapshots"},
	{"risk-method", "/risks/method"},
	{"risk-method-new", "/risks/method/new"},
	{"risk-report", "/risks/report"},
	{"gap", "/gap"},
	{"gap-list", "/gap?state=full_union#list"},
	{"statement", "/isms/statement"},
	{"statement-edit", "/isms/statement?theme=A.8&edit=A.8.5#row-A.8.5"},
	{"statement-row", "/isms/statement/rows/A.8.5"},
	{"statement-many", "/isms/statement/many?code=A.8.5&code=A.8.6"},
	{"statement-versions", "/isms/statement/versions"},
	{"statement-version", "/isms/statement/versions >"},
	{"statement-document", "/isms/statement/document"},
	{"crosswalk", "/crosswalk"},
	{"crosswalk-met", "/crosswalk?view=met"},
	{"crosswalk-reviews", "/crosswalk/reviews"},
	{"confirmations", "/confirmations"},
	{"confirmations-mine", "/confirmations/mine"},
	{"confirmation-round", "/confirmations >"},
	{"gap-analyses", "/gap/analyses"},
	{"gap-analysis", "/gap/analyses >"},
	{"crosswalk-cell", "/crosswalk/cell?source=CC6&theme=A.8"},
	{"compare", "/crosswalk/compare"},
	{"compare-rows", "/crosswalk/compare?show=differ&theme=A.8#list"},
	{"contradictions", "/crosswalk/contradictions"},
	{"stack-draft", "/settings/stack?draft=yes&set=toucan-curated-1&set=csf2-iso27001&set=soc2-iso27001-consensus"},
	{"framework-list", "/frameworks/iso27001-2022?state=net_new#list"},
	{"edges", "/crosswalk/edges"},
	{"edge", "/crosswalk/edge?from=soc2-2017&source=CC6.1&to=iso27001-2022&target=A.8.22"},
	{"log", "/log"},
	{"log-entry", "/log/0"},
	{"log-checkpoints", "/log/checkpoints"},
	{"log-keys", "/log/keys"},
	{"log-anchors", "/log/anchors"},
	{"joiners", "/joiners"},
	{"joiner", "/joiners >"},
	{"joiner-steps", "/joiners/steps"},
	{"joiner-settings", "/joiners/settings"},
	{"samples", "/samples"},
	{"population-new", "/samples/new"},
	{"sample-sizes", "/samples/sizes"},
	{"people", "/people"},
	{"person", "/people >"},
	{"person-exclude", "/people/exclude?group=engineering"},
	{"people-checks", "/people/checks"},
	{"people-sample", "/people/sample"},
	{"person-new", "/people/new"},
	{"people-import", "/people/import"},
	{"groups", "/groups"},
	{"group", "/groups/engineering"},
	{"policies", "/policies"},
	{"policies-mine", "/policies/mine"},
	{"policy", "/policy/access-control"},
	{"policy-read", "/policies/access-control/read"},
	{"policy-people", "/policy/access-control/people"},
	{"policy-versions", "/policy/access-control/versions"},
	{"policy-undertakings", "/policy/access-control/undertakings"},
	{"policy-edit", "/policy/access-control/edit"},
	{"policy-templates", "/policies/templates"},
	{"policy-conflicts", "/policies/conflicts"},
	{"policy-words", "/policies/words"},
	{"training", "/training/security/progress"},
	{"training-settings", "/settings/training"},
	{"training-track", "/settings/training/tracks/security"},
	{"training-connect", "/settings/training/connections/new?kind=huntress"},
	{"training-import", "/settings/training/import"},
	{"training-connection", "/settings/training >"},
	{"systems", "/systems"},
	{"system", "/systems >"},
	{"system-new", "/systems/new"},
	{"sites", "/systems/sites"},
	{"assets", "/systems/assets"},
	{"commitments", "/systems/commitments"},
	{"commitment", "/systems/commitments >"},
	{"commitment-library", "/systems/commitments/library"},
	{"vendors", "/vendors"},
	{"vendor", "/vendors >"},
	{"vendor-new", "/vendors/new"},
	{"scopes", "/isms/scope"},
	{"scopes-edit", "/isms/scope/isms/edit"},
	{"scopes-version", "/isms/scope/isms/1"},
	{"scopes-report", "/isms/scope/isms/1/report"},
	{"parties", "/isms/parties"},
	{"party", "/isms/parties >"},
	{"issues", "/isms/issues"},
	{"objectives", "/isms/objectives"},
	{"objective", "/isms/objectives >"},
	{"duties", "/isms/duties"},
	{"reviews", "/isms/reviews"},
	{"review", "/isms/reviews >"},
	{"review-pack", "/isms/reviews/MR-2026-1/pack"},
	{"review-minutes", "/isms/reviews/MR-2026-1/minutes"},
	{"audits", "/isms/audits"},
	{"audit", "/isms/audits >"},
	{"audit-programme", "/isms/programme"},
	{"findings", "/findings"},
	{"finding", "/findings >"},
	{"findings-report", "/findings/report"},
	{"backlog", "/findings/backlog"},
	{"action", "/findings/backlog >"},
	{"systems-import", "/systems/import"},
	{"devices", "/devices"},
	{"devices-fail", "/devices?show=fail"},
	{"device", "/devices >"},
	{"device-settings", "/devices/settings"},
	{"device-sources", "/devices/sources"},
	{"own-devices", "/my/devices"},
	{"own-code", "/my/devices + .head form[action$='/my/devices/code'] .btn"},
	{"jobs", "/jobs"},
	{"settings", "/settings"},
	{"members", "/settings/members"},
	{"scope", "/settings/frameworks"},
	{"stack", "/settings/stack"},
	{"versions", "/editions"},
	{"version-import", "/editions/import"},
	{"points", "/settings/points"},
	{"account", "/account"},
	{"tokens", "/account/tokens"},
	{"search", "/search?q=access"},
	{"not-found", "/control/none-such"},
}

// phones are the pages to look at on a phone as well, beside those of the library.
var phones = []string{"control", "controls", "course", "device", "devices", "device-settings", "own-devices", "own-code", "edge", "evidence", "evidence-new", "gap", "groups", "item-table", "joiner", "joiners", "overview", "people", "person", "policies", "policies-mine", "policy", "policy-read", "readiness", "requests", "scopes", "scopes-edit", "system", "systems", "tasks", "training", "training-connection", "training-settings", "training-track", "vendor", "vendor-new", "vendors", "window", "window-open", "workbench", "risk", "risk-heat", "risk-score", "risks"}

type size struct {
	name          string
	width, height int64
}

func main() {
	link := flag.String("link", "", "one-time sign-in link of the server")
	out := flag.String("out", "screenshots", "folder for the pictures")
	chromium := flag.String("chromium", "/usr/bin/chromium", "browser to use")
	only := flag.String("only", "", "names of pages, with commas; empty takes all")
	whole := flag.Bool("whole", false, "take the whole length of a page, not one screen")
	file := flag.String("inventory", "", "inventory to upload, for a picture of the preview; nothing is confirmed")
	flag.Parse()
	if err := run(*link, *out, *chromium, *only, *file, *whole); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(link, out, chromium, only, inventory string, whole bool) error {
	base, err := url.Parse(link)
	if err != nil || base.Host == "" {
		return fmt.Errorf("give -link, the one-time sign-in link that the server printed")
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 20*time.Minute)
	defer cancel()
	origin := base.Scheme + "://" + base.Host
	take := func(name, address string, s size) error {
		for _, theme := range []string{"light", "dark"} {
			if err := shoot(ctx, address, theme, filepath.Join(out, fmt.Sprintf("%s-%d-%s.png", name, s.width, theme)), s, whole); err != nil {
				return fmt.Errorf("%s: %w", address, err)
			}
		}
		return nil
	}
	desk, tablet, phone := size{"desk", 1440, 900}, size{"tablet", 820, 1180}, size{"phone", 390, 844}
	if only == "" {
		for _, s := range []size{desk, phone} {
			if err := take("sign-in", origin+"/sign-in", s); err != nil {
				return err
			}
		}
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(link)); err != nil {
		return err
	}
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return err
	}
	if !strings.Contains(at, "/o/") {
		return fmt.Errorf("the link did not sign in (it leads to %s); ask the server for a new one", at)
	}
	home := strings.TrimSuffix(strings.SplitN(at, "?", 2)[0], "/")
	list := pages
	if inventory != "" {
		preview, err := upload(ctx, home, inventory)
		if err != nil {
			return err
		}
		list = append(list, struct{ name, path string }{"preview", strings.TrimPrefix(preview, home)})
	}
	for _, p := range list {
		if only != "" && !strings.Contains(","+only+",", ","+p.name+",") {
			continue
		}
		sizes := []size{desk, tablet}
		if strings.HasPrefix(p.name, "library") || slices.Contains(phones, p.name) {
			sizes = append(sizes, phone)
		}
		address, err := follow(ctx, home, p.path)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		for _, s := range sizes {
			if err := take(p.name, address, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow returns the address of a page, or of what the first row of a list leads to.
func follow(ctx context.Context, home, path string) (string, error) {
	list, first := strings.CutSuffix(path, " >")
	if !first {
		return home + path, nil
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(home+list)); err != nil {
		return "", err
	}
	to, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("main .data a.row")?.href ?? ""`))
	if err == nil && to == "" {
		err = fmt.Errorf("the list at %s has no row", list)
	}
	return to, err
}

// upload sends an inventory and returns the address of its preview.
func upload(ctx context.Context, home, inventory string) (string, error) {
	path, err := filepath.Abs(inventory)
	if err != nil {
		return "", err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(home+"/import"), chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{path}),
		chromedp.Click(chromedp.CSS("form[enctype] .btn")), chromedp.WaitVisible(chromedp.CSS("#confirm"))); err != nil {
		return "", err
	}
	return chromedp.Run(ctx, chromedp.Location())
}

// shoot takes a picture of a page.
func shoot(ctx context.Context, address, theme, file string, s size, whole bool) error {
	address, press, _ := strings.Cut(address, " + ")
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height), chromedp.Navigate(address)); err != nil {
		return err
	}
	if press != "" {
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(press)), chromedp.WaitVisible(chromedp.CSS(".dev-enrol"))); err != nil {
			return err
		}
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf("document.documentElement.dataset.theme = %q; document.activeElement && document.activeElement.blur(); document.fonts.ready.then(() => new Promise((done) => setTimeout(() => done(true), 200)))", theme), chromedp.EvalAwaitPromise)); err != nil {
		return err
	}
	picture := chromedp.CaptureScreenshot()
	if whole {
		picture = chromedp.FullScreenshot(100)
	}
	data, err := chromedp.Run(ctx, picture)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
