package control

import (
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// checked returns the control as it is kept, or an Invalid problem about the
// first field at fault.
func (c Control) checked() (Control, error) {
	var err error
	for _, f := range []struct {
		field, label string
		text         *string
		max          int
		lines        bool
	}{
		{"code", "The code", &c.Code, maxCode, false}, {"title", "The title", &c.Title, maxTitle, false},
		{"statement", "The statement", &c.Statement, maxStatement, true}, {"domain", "The domain", &c.Domain, maxShort, false},
		{"frequency", "The frequency", &c.Frequency, maxShort, false}, {"population", "The population", &c.Population, maxPopulation, true},
	} {
		check := db.Line
		if f.lines {
			check = db.Prose
		}
		if *f.text, err = check(f.field, f.label, *f.text, f.max); err != nil {
			return c, err
		}
	}
	if c.Code == "" {
		return c, problem.Field("code", "Give the control a code, such as AC-04. People will call it by that.")
	}
	if c.Code == "." || c.Code == ".." {
		return c, problem.Field("code", "A code stands in addresses, where dots alone mean something else. Choose another one.")
	}
	if c.Title == "" {
		return c, problem.Field("title", "Give the control a title, such as “Quarterly access review”.")
	}
	if !slices.Contains([]Kind{"", Periodic, Continuous, Event}, c.Kind) {
		return c, problem.Field("kind", "Choose periodic, continuous or event.")
	}
	if !slices.Contains([]Status{Unknown, Planned, OnPaper, Operated}, c.Status) {
		return c, problem.Field("status", "Choose planned, on paper or operated.")
	}
	if c.Since.Known() && (c.Since < earliest || c.Since > latest) {
		return c, problem.Field("since", "Choose a day between 1970 and 2199 as the one it operates from.")
	}
	c.Evidence, err = checkEvidence(c.Evidence)
	return c, err
}

// The days a control may be said to operate from.
var earliest, latest = cadence.On(1970, 1, 2), cadence.On(2199, 12, 31)

func checkEvidence(kinds []string) ([]string, error) {
	if len(kinds) > maxEvidence {
		return nil, problem.Field("evidence", "A control has at most 100 kinds of evidence. Group them.")
	}
	var out []string
	for _, e := range kinds {
		e, err := db.Line("evidence", "A kind of evidence", e, maxShort)
		if err != nil {
			return nil, err
		}
		if e != "" && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out, nil
}

// same reports whether two controls say the same; versions and times aside.
func (c Control) same(d Control) bool { return differences(c, d) == "" }

// withText returns c with the text of d.
func (c Control) withText(d Control) Control {
	c.Title, c.Statement = d.Title, d.Statement
	return c
}

// filled returns c with every field that from says something about.
func (c Control) filled(from Control) Control {
	for _, f := range []struct{ to, from *string }{
		{&c.Code, &from.Code}, {&c.Title, &from.Title}, {&c.Statement, &from.Statement}, {&c.Domain, &from.Domain}, {&c.Owner, &from.Owner},
		{(*string)(&c.Kind), (*string)(&from.Kind)}, {&c.Frequency, &from.Frequency}, {&c.Population, &from.Population}, {(*string)(&c.Status), (*string)(&from.Status)},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if from.Since.Known() {
		c.Since = from.Since
	}
	if len(from.Evidence) > 0 {
		c.Evidence = from.Evidence
	}
	return c
}

// differences says in one sentence which fields differ, or nothing.
func differences(a, b Control) string {
	var fields []string
	for _, f := range []struct {
		name   string
		differ bool
	}{
		{"code", a.Code != b.Code}, {"title", a.Title != b.Title}, {"statement", a.Statement != b.Statement}, {"domain", a.Domain != b.Domain},
		{"owner", a.Owner != b.Owner}, {"kind", a.Kind != b.Kind}, {"frequency", a.Frequency != b.Frequency},
		{"kinds of evidence", !slices.Equal(a.Evidence, b.Evidence)}, {"population", a.Population != b.Population},
		{"day it operates from", a.Since != b.Since},
	} {
		if f.differ {
			fields = append(fields, f.name)
		}
	}
	sentence := ""
	switch n := len(fields); {
	case n == 1:
		sentence = "Changed the " + fields[0] + "."
	case n > 1:
		sentence = "Changed the " + strings.Join(fields[:n-1], ", ") + " and " + fields[n-1] + "."
	}
	if a.Status != b.Status {
		sentence = strings.TrimSpace(sentence + " Declared " + b.Status.Words() + ", was " + a.Status.Words() + ".")
	}
	return sentence
}
