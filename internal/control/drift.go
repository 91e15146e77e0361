package control

import (
	"slices"
	"strings"
)

// FieldDrift is one field of an adopted control that is not what the library says
// now, or was changed here since it was adopted.
type FieldDrift struct {
	Field   string // "title", "statement", ...; see DriftFields
	Adopted string // as the entry was when it was adopted or last updated
	Here    string // as the organisation has it
	Shipped string // as the entry is now
}

// Edited reports whether the organisation changed the field in its own way.
func (f FieldDrift) Edited() bool { return f.Here != f.Adopted && f.Here != f.Shipped }

// Newer reports whether the library changed the field since, and the
// organisation does not have the new words.
func (f FieldDrift) Newer() bool { return f.Shipped != f.Adopted && f.Here != f.Shipped }

// driftFields are the fields a control shares with its entry. Code, owner and
// status are the organisation's own affair.
var driftFields = []struct {
	name    string
	control func(*Control) *string // nil for evidence, which is a list
	entry   func(Entry) string
}{
	{"title", func(c *Control) *string { return &c.Title }, func(e Entry) string { return e.Title }},
	{"statement", func(c *Control) *string { return &c.Statement }, func(e Entry) string { return e.Statement }},
	{"domain", func(c *Control) *string { return &c.Domain }, func(e Entry) string { return e.Domain }},
	{"kind", func(c *Control) *string { return (*string)(&c.Kind) }, func(e Entry) string { return string(e.Kind) }},
	{"frequency", func(c *Control) *string { return &c.Frequency }, func(e Entry) string { return e.Frequency }},
	{"evidence", nil, func(e Entry) string { return strings.Join(e.Evidence, "\n") }},
	{"population", func(c *Control) *string { return &c.Population }, func(e Entry) string { return e.Population }},
}

// Drift compares a control with its entry as it was adopted and as it is now, and
// returns the fields that differ from either.
func Drift(c Control, adopted, shipped Entry) []FieldDrift {
	var out []FieldDrift
	for _, f := range driftFields {
		here := strings.Join(c.Evidence, "\n")
		if f.control != nil {
			here = *f.control(&c)
		}
		if d := (FieldDrift{f.name, f.entry(adopted), here, f.entry(shipped)}); d.Here != d.Adopted || d.Shipped != d.Adopted {
			out = append(out, d)
		}
	}
	return out
}

// Taking returns the control with the named fields as the entry has them.
func (c Control) Taking(e Entry, fields []string) Control {
	for _, f := range driftFields {
		switch {
		case !slices.Contains(fields, f.name):
		case f.control == nil:
			c.Evidence = slices.Clone(e.Evidence)
		default:
			*f.control(&c) = f.entry(e)
		}
	}
	return c
}

// Says reports whether a control of the organisation says what the entry says:
// the same title and statement, whatever the spacing and the case. Two controls
// that only share a code are two controls.
func (e Entry) Says(c Control) bool {
	return codeKey(e.Title) == codeKey(c.Title) && codeKey(e.Statement) == codeKey(c.Statement)
}

// Span is a run of words that two texts share, or that only one of them has.
type Span struct {
	Op   rune // '=' in both, '-' only in the first, '+' only in the second
	Text string
}

// maxDiff bounds the words compared one by one; longer texts differ as a whole.
const maxDiff = 2_000

// WordDiff compares two texts word by word.
func WordDiff(a, b string) []Span {
	x, y := strings.Fields(a), strings.Fields(b)
	if len(x) > maxDiff || len(y) > maxDiff {
		return spans([]Span{{'-', a}, {'+', b}})
	}
	// longest common run of words, from the end, so that the walk goes forward
	common := make([][]int16, len(x)+1)
	for i := range common {
		common[i] = make([]int16, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var words []Span
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			words = append(words, Span{'=', x[i]})
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && common[i+1][j] >= common[i][j+1]:
			words = append(words, Span{'-', x[i]})
			i++
		default:
			words = append(words, Span{'+', y[j]})
			j++
		}
	}
	return spans(words)
}

// spans joins neighbours of one kind and drops what is empty.
func spans(words []Span) []Span {
	var out []Span
	for _, w := range words {
		n := len(out)
		switch {
		case w.Text == "":
		case n > 0 && out[n-1].Op == w.Op:
			out[n-1].Text += " " + w.Text
		default:
			out = append(out, w)
		}
	}
	return out
}
