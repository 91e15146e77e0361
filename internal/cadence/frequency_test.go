package cadence

import (
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"Quarterly":              "quarterly",
		"Annual":                 "annual",
		"yearly":                 "annual",
		"Twice a year":           "semiannual",
		"2 times per year":       "semiannual",
		"four times a year":      "quarterly",
		"every 6 months":         "semiannual",
		"Every six months":       "semiannual",
		"six-monthly":            "semiannual",
		"half yearly":            "semiannual",
		"Half-yearly":            "semiannual",
		"Semi-annually":          "semiannual",
		"bi-annual":              "semiannual",
		"per quarter":            "quarterly",
		"Each calendar quarter":  "quarterly",
		"every 3 months":         "quarterly",
		"every 90 days":          "every 90 days",
		"every 7 days":           "weekly",
		"every 12 months":        "annual",
		"every two years":        "every 24 months",
		"once in three years":    "every 36 months",
		"biennial":               "every 24 months",
		"every other week":       "every 2 weeks",
		"fortnightly":            "every 2 weeks",
		"once per day":           "daily",
		"each business day":      "daily",
		"nightly":                "daily",
		"every 4 hours":          "every 4 hours",
		"every 24 hours":         "daily",
		"three times a year":     "every 4 months",
		"five times a year":      "every 73 days",
		"twice a month":          "every 15 days",
		"twice a week":           "every 3 days",
		"3 times a day":          "every 8 hours",
		"6 months":               "semiannual",
		"Year":                   "annual",
		"at least monthly":       "monthly",
		"Monthly / on change":    "monthly",
		"quarterly and annually": "quarterly",
		"Continuous":             "",
		"Per event":              "",
		"as needed":              "",
		"Ad hoc":                 "",
		"event-driven":           "",
		"upon termination":       "",
		"N/A":                    "",
		// not understood
		"bi-monthly":           "?",
		"bimonthly":            "?",
		"biweekly":             "?",
		"when a person leaves": "",
		"regularly":            "?",
		"planned":              "?",
		"every 0 months":       "?",
		"tbd":                  "?",
	} {
		f, ok := Parse(text)
		got := f.String()
		if !ok {
			got = "?"
		}
		if got != want {
			t.Errorf("Parse(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestMentions(t *testing.T) {
	for text, want := range map[string]string{
		"System owners review every account each quarter and remove within seven days.": "each quarter=quarterly",
		"Reconciles the list twice a year. Each month IT removes anything unapproved.":  "twice a year=semiannual; Each month=monthly",
		"Each person accepts them within 30 days of joining and every year after.":      "every year=annual",
		"Devices lock after at most 15 minutes without activity.":                       "",
		"on every change":                        "",
		"at least daily":                         "daily=daily",
		"every six\nmonths":                      "every six\nmonths=semiannual",
		"Die Prüfung, İ, every 2 weeks, erfolgt": "every 2 weeks=every 2 weeks",
	} {
		var got []string
		for _, m := range Mentions(text) {
			got = append(got, fmt.Sprintf("%s=%s", m.Words, m.Frequency))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("Mentions(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestStrictness(t *testing.T) {
	var none Frequency
	order := []Frequency{{1, Hour}, Daily, Weekly, {2, Week}, {30, Day}, Monthly, {45, Day}, {90, Day}, Quarterly, {121, Day}, Semiannual, Annual, {24, Month}, none}
	for i, f := range order {
		for j, g := range order {
			if got := f.Stricter(g); got != (i < j) {
				t.Errorf("%q stricter than %q = %t", f, g, got)
			}
		}
	}
	if n := Quarterly.PerYear(); n != 4 {
		t.Errorf("quarterly is %v times a year, want 4", n)
	}
	if none.PerYear() != 0 {
		t.Error("no frequency has no occurrences")
	}
}

func FuzzMentions(f *testing.F) {
	for _, s := range []string{"every 6 months", "twice a year", "each quarter", "every 9999 years", "İ every day", "\xff every day"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, m := range Mentions(text) {
			if m.at < last || m.Words != text[m.at:m.end] || !m.Frequency.Known() || m.Frequency.PerYear() <= 0 {
				t.Errorf("%q gives %+v", text, m)
			}
			last = m.end
		}
		Parse(text)
	})
}
