package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/api"
)

func TestEvidenceIsAddedOnceHoweverOftenTheCommandRuns(t *testing.T) {
	r := newRemote(t)
	dir := t.TempDir()
	r.run("remote", "import", write(t, dir, "controls.csv", inventory))
	a, b := write(t, dir, "review.txt", "Everybody was looked at.\n"), write(t, dir, "list.csv", "name,kept\nann,yes\n")
	yesterday := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	add := []string{"evidence", "add", a, b, "--control", "AC-01", "--requirement", "soc2-2017:CC6.1", "--kind", "access-review-record", "--title", "Review", "--captured", yesterday,
		"--valid-days", "90", "--link", "https://tickets.example/7"}
	first, again := r.run(add...), r.run(add...)
	if !strings.HasPrefix(first, "Filed: ") || !strings.Contains(first, "for AC-01") || !strings.Contains(first, "for soc2-2017:CC6.1") {
		t.Errorf("%q", first)
	}
	if !strings.HasPrefix(again, "Filed before, nothing new: ") {
		t.Errorf("%q", again)
	}
	var list []api.Evidence
	if err := json.Unmarshal([]byte(r.run("evidence", "list", "--format", "json")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || len(list[0].Files) != 2 || list[0].Files[1].Name != "list.csv" || list[0].CapturedAt.Format("2006-01-02T15:04") != yesterday+"T00:00" || list[0].ValidForDays != 90 {
		t.Errorf("%+v", list)
	}
	write(t, dir, "review.txt", "Everybody was looked at again.\n")
	write(t, dir, "list.csv", "name,kept\nann,no\n")
	if out := r.run(add...); !strings.HasPrefix(out, "Filed: ") { // other bytes are other evidence
		t.Errorf("%q", out)
	}
	if out := r.run("evidence", "list", "--control", "AC-01"); strings.Count(out, "\n") != 2 || !strings.Contains(out, "unreviewed") {
		t.Errorf("%q", out)
	}
	if out := r.run("evidence", "list", "--state", "lapsed"); out != "" {
		t.Errorf("%q", out)
	}
}

func TestWhatIsWrongWithEvidenceOnTheCommandLineIsSaid(t *testing.T) {
	r := newRemote(t)
	file := write(t, t.TempDir(), "a.txt", "text")
	add := func(more ...string) []string {
		return append([]string{"evidence", "add", "--kind", "access-review-record", "--title", "x"}, more...)
	}
	for what, k := range map[string]struct {
		token, says string
		args        []string
	}{
		"nothing to file":         {r.token, "--link", add("--captured", "2026-03-01")},
		"no day":                  {r.token, "no day", add(file, "--captured", "March")},
		"half a period":           {r.token, "--period-to", add(file, "--captured", "2026-03-01", "--period-from", "2026-01-01")},
		"no requirement":          {r.token, "colon", add(file, "--captured", "2026-03-01", "--requirement", "CC6.1")},
		"an unknown control":      {r.token, "ZZ-9", add(file, "--captured", "2026-03-01", "--control", "ZZ-9")},
		"a token that only reads": {r.reads, "wider scope", add(file, "--captured", "2026-03-01")},
	} {
		code, out, errs := r.runAt(k.token, k.args...)
		if code != 1 || out != "" || !strings.Contains(errs, k.says) {
			t.Errorf("%s: exit %d, %q, stderr %q; want 1 and %q", what, code, out, errs, k.says)
		}
	}
}

func TestResultsArePushedFromAFile(t *testing.T) {
	r := newRemote(t)
	dir := t.TempDir()
	at := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	rows := make([]string, 1500)
	for n := range rows {
		rows[n] = fmt.Sprintf(`{"test":"host.disk-encrypted","subject":"host-%d","state":"pass","at":%q,"valid_for_minutes":120}`, n, at)
	}
	file := write(t, dir, "results.json", "["+strings.Join(rows, ",\n")+"]")
	if out := r.run("results", "push", file); out != "1500 results: 1500 changes of state, 0 go on as they were, 0 say nothing new.\n" {
		t.Errorf("%q", out)
	}
	if out := r.run("results", "push", file); out != "1500 results: 0 changes of state, 0 go on as they were, 1500 say nothing new.\n" {
		t.Errorf("%q", out)
	}
	object := write(t, dir, "one.json", `{"results":[`+strings.Replace(rows[0], "pass", "fail", 1)+`]}`)
	r.run("results", "push", object)
	for what, k := range map[string]struct{ text, says string }{
		"no JSON":             {"test,subject", "no list of results"},
		"an unknown property": {`[{"test":"a","colour":"red"}]`, "colour"},
		"two lists":           {"[" + rows[0] + "][" + rows[1] + "]", "goes on"},
		"none":                {"[]", "no results"},
		"an unknown state":    {"[" + strings.Replace(rows[0], "pass", "broken", 1) + "]", "Result 1"},
	} {
		code, out, errs := r.runAt(r.token, "results", "push", write(t, dir, "bad.json", k.text))
		if code != 1 || out != "" || !strings.Contains(errs, k.says) {
			t.Errorf("%s: exit %d, %q, stderr %q; want 1 and %q", what, code, out, errs, k.says)
		}
	}
}
