package isms

import (
	"cmp"
	"slices"

	"github.com/toucan-grc/toucan/internal/crosswalk"
)

// statementActs says what became of a row, the newest first, from its lines and the
// decisions about its scope, both oldest first.
func statementActs(code string, lines []statementLine, scoped []crosswalk.Scoped, risks, controls map[string]string, name func(string) string) []StatementAct {
	var out []StatementAct
	before := StatementEntry{Included: true}
	for i, l := range lines {
		e := l.entry(risks, controls)
		a := StatementAct{At: l.From, ByName: l.ByName}
		switch {
		case l.Retired != "":
			a.Words = "Taken out: " + l.Retired
		case i == 0 && OwnRow(code):
			a.Words = "Added: " + l.Title
		}
		if l.Retired == "" {
			for _, f := range fieldsBetween(before, e, name) {
				if f.Name != "Derived" && f.Name != "In design" && f.Name != "In operation" && (f.Name != "Name" || i > 0) {
					f.Derived = false
					a.Fields = append(a.Fields, f)
				}
			}
		}
		before = e
		out = append(out, a)
	}
	for _, x := range scoped {
		if x.Requirement != code {
			continue
		}
		a := StatementAct{At: x.At, ByName: x.ByName, Words: "Included."}
		if !x.Included {
			a.Words = "Left out: " + x.Reason
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b StatementAct) int { return b.At.Compare(a.At) })
	return out
}

// entry is what was said, for comparing.
func (l statementLine) entry(risks, controls map[string]string) StatementEntry {
	e := StatementEntry{Code: l.Code, Title: l.Title, Custom: OwnRow(l.Code), Source: l.Source, Included: true, Reasons: l.Reasons, Claim: l.Claim, On: l.On, Owner: l.Owner, Note: l.Note}
	for _, id := range l.Risks {
		e.Risks = append(e.Risks, cmp.Or(risks[id], "a risk that is not in the register"))
	}
	for _, id := range l.Controls {
		e.Controls = append(e.Controls, cmp.Or(controls[id], "a control that is gone"))
	}
	slices.Sort(e.Risks)
	slices.Sort(e.Controls)
	return e
}
