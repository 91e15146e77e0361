package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/result"
)

// moment is a time of the day the results are of, such as 10:30:00.5.
func moment(t testing.TB, clock string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05.999999", "2026-06-01 "+clock)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// said is a change, as "10:00:00 12:00:00 fail".
func said(t testing.TB, text string) result.Change {
	t.Helper()
	f := strings.Fields(text)
	return result.Change{Test: "own.backup", Subject: "=nightly", State: result.State(f[2]), Reason: "as it was", From: moment(t, f[0]).UnixMicro(), To: moment(t, f[1]).UnixMicro()}
}

// resultsOf writes results.csv with rows such as "10:00:00 12:00:00 fail".
func resultsOf(t testing.TB, rows ...string) string {
	t.Helper()
	out := "Control,Test,Subject,State,From (UTC),Until (UTC),First heard of (UTC),Reason\n"
	for _, r := range rows {
		f := strings.Fields(r)
		out += fmt.Sprintf("AC-4,own.backup,'=nightly,%s,%s,%s,%[2]s,\n", f[2], moment(t, f[0]).Format(time.RFC3339), moment(t, f[1]).Format(time.RFC3339))
	}
	return out
}

// bundleOfChanges makes a bundle of batches of changes, in their order, and of what
// results.csv says of them; empty: it is left out. Without batches none are shown.
func bundleOfChanges(t testing.TB, batches [][]string, results string, m report.Manifest) report.Findings {
	t.Helper()
	l := newLog(t, 'k')
	m.Origin, m.MadeAt = origin, made
	b := report.Bundle{Manifest: m}
	var lines strings.Builder
	for n, batch := range batches {
		var facts []any
		for _, c := range batch {
			facts = append(facts, said(t, c))
		}
		tree, err := ledger.FactsBehind(facts, strings.Repeat("7", 32), "")
		if err != nil {
			t.Fatal(err)
		}
		root, err := tree.Root()
		if err != nil {
			t.Fatal(err)
		}
		shown := l.append("result.batch", fmt.Sprint("r", n), map[string]any{"reports": len(batch), "changes": len(batch), "root": root})
		b.Shown = append(b.Shown, shown)
		for i := range batch {
			f, err := tree.Prove(i)
			if err != nil {
				t.Fatal(err)
			}
			line, err := json.Marshal(struct {
				Leaf int64 `json:"leaf"`
				ledger.Fact
			}{shown.Leaf, f})
			if err != nil {
				t.Fatal(err)
			}
			lines.Write(append(line, '\n'))
		}
	}
	if batches != nil {
		b.Members = append(b.Members, member("changes.jsonl", lines.String()))
	}
	if results != "" {
		b.Members = append(b.Members, member("results.csv", results))
	}
	if err := b.Prepare(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.Write(t.Context(), &out, l); err != nil {
		t.Fatal(err)
	}
	return verify(out.Bytes(), report.Check{Policy: l.policy()})
}

func TestResultsAreHeldAgainstTheChangesOfTheLog(t *testing.T) {
	day := report.Manifest{Begins: moment(t, "09:00:00"), Ends: moment(t, "18:00:00")}
	usual := [][]string{{"10:00:00 12:00:00 pass"}, {"11:00:00.5 14:00:00.7 fail"}}
	for name, tt := range map[string]struct {
		batches [][]string
		results string
		want    string // of the one failure; empty: none
	}{
		"as they were recorded":                  {usual, resultsOf(t, "10:00:00 11:00:00 pass", "11:00:00 14:00:00 fail"), ""},
		"one that went on":                       {usual, resultsOf(t, "10:00:00 11:00:00 pass", "11:00:00 20:00:00 fail"), ""},
		"one in two rows that touch":             {usual, resultsOf(t, "10:00:00 11:00:00 pass", "11:00:00 13:00:00 fail", "13:00:00 14:00:00 fail"), ""},
		"one shorter than a second":              {[][]string{{"10:00:00.1 10:00:00.2 pass"}, {"10:00:00.2 10:00:00.3 fail"}, {"10:00:00.3 12:00:00 pass"}}, resultsOf(t, "10:00:00 10:00:00 pass", "10:00:00 10:00:00 fail", "10:00:00 12:00:00 pass"), ""},
		"one the log took back":                  {append(usual, []string{"11:00:00.5 14:00:00.7 pass"}), resultsOf(t, "10:00:00 14:00:00 pass"), ""},
		"one of which nothing is known any more": {append(usual, []string{"11:00:00.5 14:00:00.7 stale"}), resultsOf(t, "10:00:00 11:00:00 pass"), ""},
		"one taken back in the same batch":       {[][]string{{"10:00:00 12:00:00 fail", "10:00:00 12:00:00 pass"}}, resultsOf(t, "10:00:00 12:00:00 pass"), ""},
		"one from before the window":             {[][]string{{"07:00:00 10:00:00 fail"}}, resultsOf(t, "09:00:00 10:00:00 fail"), ""},
		"a fail without its row":                 {usual, resultsOf(t, "10:00:00 11:00:00 pass"), "of own.backup, =nightly, it does not say fail at 2026-06-01T11:00:00Z, as changes.jsonl line 2 has it"},
		"a fail made a pass":                     {usual, resultsOf(t, "10:00:00 14:00:00 pass"), "does not say fail at 2026-06-01T11:00:00Z"},
		"a pass made a fail":                     {usual, resultsOf(t, "10:00:00 14:00:00 fail"), "does not say pass at 2026-06-01T10:00:00Z, as changes.jsonl line 1"},
		"a fail that begins later":               {usual, resultsOf(t, "10:00:00 11:00:00 pass", "11:00:03 14:00:00 fail"), "does not say fail at 2026-06-01T11:00:00Z"},
		"a fail that ends earlier":               {usual, resultsOf(t, "10:00:00 11:00:00 pass", "11:00:00 13:30:00 fail"), "does not say fail at 2026-06-01T13:30:01Z"},
		"a fail with a hole":                     {usual, resultsOf(t, "10:00:00 11:00:00 pass", "11:00:00 12:00:00 fail", "12:00:30 14:00:00 fail"), "does not say fail at 2026-06-01T12:00:01Z"},
		"a fail beside a pass":                   {usual, resultsOf(t, "10:00:00 14:00:00 pass", "11:00:00 14:00:00 fail"), "it says two things at 2026-06-01T11:00:00Z"},
		"a fail of another":                      {usual, strings.ReplaceAll(resultsOf(t, "10:00:00 11:00:00 pass", "11:00:00 14:00:00 fail"), "nightly", "weekly"), "of own.backup, =nightly, it does not say"},
		"other columns":                          {usual, "Test,State\n", "row 1: cannot be read"},
		"a moment that is none":                  {usual, strings.Replace(resultsOf(t, "10:00:00 11:00:00 pass"), "2026-06-01T10", "yesterday", 1), "row 2: cannot be read"},
		"no rows":                                {usual, "\n", "row 1: cannot be read"},
		"no file":                                {usual, "", "results.csv: is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			f := bundleOfChanges(t, tt.batches, tt.results, day)
			says := slices.Contains(f.Notes, "results.csv says the same as these, of the time they speak of.")
			if tt.want == "" && (len(f.Failures) > 0 || !says) || tt.want != "" && (len(f.Failures) != 1 || !strings.Contains(f.Failures[0], tt.want) || says) {
				t.Errorf("failures %q, want %q; notes %q", f.Failures, tt.want, f.Notes)
			}
		})
	}
}

func TestABundleSaysWhatItsResultsDoNotProve(t *testing.T) {
	day := report.Manifest{Begins: moment(t, "09:00:00"), Ends: moment(t, "18:00:00")}
	left := day
	left.Unproven = 3
	batches, other := [][]string{{"10:00:00 12:00:00 fail"}}, resultsOf(t, "10:00:00 12:00:00 pass")
	for name, tt := range map[string]struct {
		batches [][]string
		m       report.Manifest
		want    []string // beginnings of notes
	}{
		"no changes":        {nil, day, []string{"No result of an automated test is proven: what results.csv says, if anything, is Toucan's word."}},
		"an empty list":     {[][]string{}, day, []string{"No result of an automated test is proven"}},
		"not all changes":   {batches, left, []string{"1 results of automated tests are in the batches whose leaves are shown. That all of the window are here is not proven.", "3 results of automated tests stand in results.csv and are not proven", "results.csv was not compared"}},
		"of an old version": {batches, report.Manifest{}, []string{"results.csv was not compared"}},
	} {
		f := bundleOfChanges(t, tt.batches, other, tt.m)
		for _, want := range tt.want {
			if !slices.ContainsFunc(f.Notes, func(n string) bool { return strings.HasPrefix(n, want) }) || len(f.Failures) > 0 {
				t.Errorf("%s: notes %q, want %q; failures %q", name, f.Notes, want, f.Failures)
			}
		}
	}
}
