package framework

import (
	"iter"
	"slices"
)

// Category is a part of a standard that an organisation takes or leaves as a whole.
type Category struct {
	ID        string // the group that holds it: "CC"
	Key       string // as commands spell it: "security"
	Label     string
	Mandatory bool // always in scope
}

// Categories returns the parts to choose from, in file order; nil where the standard has none.
func (f *Framework) Categories() []Category {
	var out []Category
	for _, r := range f.Requirements {
		if key := r.Attributes["category"]; key != "" {
			out = append(out, Category{r.ID, key, r.Label, r.Attributes["mandatory"] == "yes"})
		}
	}
	return out
}

// Why says why a category is in scope, or why it is not.
type Why string

const (
	Always    Why = "always"     // in: the standard leaves no choice
	Chosen    Why = "chosen"     // in: the organisation took it
	Tagged    Why = "tagged"     // in: nobody chose, and a control is tagged to it
	NotChosen Why = "not chosen" // out: the organisation chose, and left it
	Undecided Why = "undecided"  // out: nobody chose, and no control is tagged to it
)

// In reports whether it is in scope.
func (w Why) In() bool { return w == Always || w == Chosen || w == Tagged }

// Scoped is a category with the answer whether it is in scope.
type Scoped struct {
	Category
	Why
}

// Scope decides which categories are in scope. chosen names those the organisation
// took, by id; it is nil where nobody chose, and then those count that a control is
// tagged to. tagged names the requirements that controls are tagged to, of whichever
// framework; it may be nil.
func (f *Framework) Scope(chosen []string, tagged iter.Seq[Ref]) []Scoped {
	var out []Scoped
	for _, c := range f.Categories() {
		out = append(out, Scoped{c, f.why(c, chosen, tagged)})
	}
	return out
}

func (f *Framework) why(c Category, chosen []string, tagged iter.Seq[Ref]) Why {
	switch {
	case c.Mandatory:
		return Always
	case slices.Contains(chosen, c.ID):
		return Chosen
	case chosen != nil:
		return NotChosen
	}
	if tagged != nil {
		for ref := range tagged {
			if ref.Framework == f.ID && f.Within(ref.ID, c.ID) {
				return Tagged
			}
		}
	}
	return Undecided
}

// LeftOut names the requirements of categories that are not in scope, each with its
// category; empty where a standard has none.
func (f *Framework) LeftOut(chosen []string, tagged iter.Seq[Ref]) map[string]Scoped {
	out := map[string]Scoped{}
	for _, c := range f.Scope(chosen, tagged) {
		if c.In() {
			continue
		}
		for _, r := range f.Asked() {
			if f.Within(r.ID, c.ID) {
				out[r.ID] = c
			}
		}
	}
	return out
}
