package risk

import (
	"os"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/problem"
)

func TestTheShippedMethodIsThatOfTheFixture(t *testing.T) {
	for _, name := range []string{"methodology.md", "matrix.yaml", "scenarios.csv"} {
		want, err := os.ReadFile("../../../shared/data/risks/" + name)
		if err != nil {
			t.Skip("the data the method came from is not beside this tree: ", err)
		}
		if have, err := files.ReadFile("data/" + name); err != nil || string(have) != string(want) {
			t.Errorf("%s differs from what was handed down: %v", name, err)
		}
	}
}

// The 25 levels, written down by hand from section 5 of the method: likelihood 1 to
// 5 from top to bottom, impact 1 to 5 from left to right.
var levels = [Steps][Steps]string{
	{"low", "low", "low", "low", "moderate"},
	{"low", "low", "moderate", "moderate", "elevated"},
	{"low", "moderate", "elevated", "elevated", "high"},
	{"low", "moderate", "elevated", "high", "severe"},
	{"moderate", "elevated", "high", "severe", "severe"},
}

func TestEveryCellHasItsLevel(t *testing.T) {
	m := Shipped()
	for l := 1; l <= Steps; l++ {
		for i := 1; i <= Steps; i++ {
			if got := m.LevelOf(l * i).ID; got != levels[l-1][i-1] {
				t.Errorf("likelihood %d and impact %d: %s, want %s", l, i, got, levels[l-1][i-1])
			}
		}
	}
}

func TestTheShippedMethodSaysWhatItsTextSays(t *testing.T) {
	m := Shipped()
	if m.Version != "1.0.0" || m.Numbers.Appetite.MaxScore != 8 || m.Numbers.Residual.MaxSteps != 3 {
		t.Errorf("version %s, appetite %d, steps %d", m.Version, m.Numbers.Appetite.MaxScore, m.Numbers.Residual.MaxSteps)
	}
	if got := m.Scales.Likelihood[3]; !strings.Contains(got, "has happened here or nearly did") {
		t.Errorf("likelihood 4 is described as %q", got)
	}
	want := "money service to customers information and privacy people law and contract"
	if got := strings.Join(m.Scales.Columns, " "); got != want {
		t.Errorf("columns of impact: %s", got)
	}
	if got := m.Scales.Impact[3][4]; got != "danger to life or rights of many people" {
		t.Errorf("impact 5 on people: %q", got)
	}
	if n := m.Numbers.Review; n.Every != (Span{Months: 3}) || n.Full != (Span{Months: 12}) || n.Trigger != (Span{Days: 30}) || n.NoData.Within != (Span{Days: 90}) {
		t.Errorf("cycle: %+v", n)
	}
}

func TestTheLibraryIsWhole(t *testing.T) {
	all := Library()
	if len(all) != 84 {
		t.Fatalf("%d scenarios", len(all))
	}
	for _, s := range all {
		if _, err := s.Risk().checked(); err != nil {
			t.Errorf("%s cannot be adopted: %v", s.ID, err)
		}
		if checkPoint(s.Default) != nil || len(s.Requirements) == 0 {
			t.Errorf("%s has %+v and %d requirements", s.ID, s.Default, len(s.Requirements))
		}
	}
}

func TestAMethodThatDoesNotAddUpIsRefused(t *testing.T) {
	text, matrix := Shipped().Text, Shipped().Matrix
	for _, tt := range []struct{ name, from, to, field, says string }{
		{"a score in two levels", "min_score: 5, max_score: 8", "min_score: 4, max_score: 8", "matrix", "has 2 levels"},
		{"a score in no level", "min_score: 9, max_score: 12", "min_score: 10, max_score: 12", "matrix", "has 0 levels"},
		{"a matrix that says otherwise", "- [low, low, low, low, moderate]", "- [low, low, low, low, high]", "matrix", "the matrix says high"},
		{"an appetite inside a level", "max_score: 8\n", "max_score: 6\n", "matrix", "within_appetite"},
		{"nobody accepts", "accept_by: [leadership-team], inform: [security-officer], accept_for: P6M", "accept_for: P6M", "matrix", "who may accept"},
		{"no end", "accept_by: [chief-executive], plan_due: P30D, accept_for: P3M", "accept_by: [chief-executive], plan_due: P30D", "matrix", "for how long"},
		{"a hole in a scale", "min: 0.10, max: 0.35", "min: 0.11, max: 0.35", "matrix", "no hole"},
		{"four steps", "    - {step: 5, name: expected, min: 0.75, max: 1.00}\n", "", "matrix", "four steps"},
		{"an unknown word", "score: likelihood * impact", "score: likelihood * impact\nfactor: 3", "matrix", "cannot be read"},
		{"no length of time", "accept_for: P6M", "accept_for: half a year", "matrix", "cannot be read"},
		{"a version that is none", `version: "1.0.0"`, `version: "next"`, "matrix", "Write it like 1.1.0"},
		{"a rule nobody knows", `"impact == 5"`, `"impact == 4"`, "matrix", "not one that Toucan knows"},
		{"a state without steps", "- {id: operating-untested, max_steps: 1}", "- {id: operating-untested, max_steps: 9}", "matrix", "operating-untested"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(matrix, tt.from) {
				t.Fatalf("the matrix has no %q", tt.from)
			}
			_, err := ParseMethod(text, strings.Replace(matrix, tt.from, tt.to, 1))
			says := strings.Replace(tt.says, "four steps", "has 4 steps", 1)
			if err == nil || problem.Of(err).Field != tt.field || !strings.Contains(err.Error(), says) {
				t.Errorf("got %v, want %q about %s", err, says, tt.field)
			}
		})
	}
	if _, err := ParseMethod("# Ours\n\nWe look hard.", matrix); err == nil || problem.Of(err).Field != "text" {
		t.Errorf("a text without scales: %v", err)
	}
	own := strings.Replace(strings.Replace(matrix, `"1.0.0"`, `"1.1.0"`, 1), "accept_for: P6M", "accept_for: P4M", 1)
	if m, err := ParseMethod(text, own); err != nil || m.Version != "1.1.0" || m.LevelOf(9).AcceptFor != (Span{Months: 4}) {
		t.Errorf("an own version: %v", err)
	}
}

func TestSpans(t *testing.T) {
	day := cadence.On(2026, 1, 31)
	for _, tt := range []struct {
		text, after, words string
	}{
		{"P30D", "2026-03-02", "30 days"}, {"P1M", "2026-02-28", "1 month"}, {"P12M", "2027-01-31", "12 months"}, {"P1Y", "2027-01-31", "12 months"}, {"P2W", "2026-02-14", "14 days"}, {"P1M1D", "2026-03-01", "1 month and 1 day"},
	} {
		s, err := ParseSpan(tt.text)
		if err != nil || s.After(day).String() != tt.after || s.Words() != tt.words {
			t.Errorf("%s: %v, %s, %s", tt.text, err, s.After(day), s.Words())
		}
	}
	for _, bad := range []string{"", "P", "30D", "P0D", "P-1D", "P1.5M", "PT1H"} {
		if s, err := ParseSpan(bad); err == nil {
			t.Errorf("%q reads as %v", bad, s)
		}
	}
}

func FuzzParseMethod(f *testing.F) {
	f.Add(Shipped().Text, Shipped().Matrix)
	f.Add("| step | name | x |\n| --- | --- | --- |\n| 1 | a |", "levels: [{id: a}]")
	f.Add("", "&a [*a, *a]")
	f.Fuzz(func(t *testing.T, text, matrix string) {
		m, err := ParseMethod(text, matrix)
		if err != nil {
			if problem.Of(err).Code != problem.Invalid {
				t.Fatalf("not a problem of the sender: %v", err)
			}
			return
		}
		for l := 1; l <= Steps; l++ {
			for i := 1; i <= Steps; i++ {
				if m.LevelOf(l*i).ID == "" {
					t.Fatalf("a method was taken in which %d has no level", l*i)
				}
			}
		}
	})
}
