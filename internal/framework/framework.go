// Package framework holds published standards: what each of them asks, by
// number, with a short label of our own and never a word of the standard's text.
// It knows nothing of controls, of mappings, or of how anybody stands.
package framework

import (
	"slices"
	"strings"
	"sync"
)

// Ref names one requirement or group of one framework. The zero value names nothing.
type Ref struct{ Framework, ID string }

// String returns the reference as a machine reads it: "soc2-2017 CC6.1".
func (r Ref) String() string { return r.Framework + " " + r.ID }

// Kind tells headings from things that are asked.
type Kind string

// The kinds of a row in a catalogue.
const (
	KindGroup       Kind = "group"       // a heading: nothing to fulfil by itself
	KindRequirement Kind = "requirement" // asked of an organisation; may have more detailed children
)

// Requirement is one row of a catalogue: a thing the standard asks, or a heading above such things.
type Requirement struct {
	ID         string
	Parent     string // id of the row above it; empty at the top
	Kind       Kind
	Label      string            // topic in at most six words of our own
	Attributes map[string]string // its own attributes only; a bare flag has the value "yes"; nil if none
	Line       int               // where its row starts in the file, counted from 1
}

// Framework is one published standard in one version. It is immutable and safe
// for concurrent use once read.
type Framework struct {
	ID           string
	Title        string        // "SOC 2 (TSC 2017)"
	Short        string        // "SOC 2", for sentences and narrow columns
	Noun         string        // what the standard's readers call one requirement: "criterion"
	Nouns        string        // the same, several: "criteria"
	Family       string        // what its editions have in common: "iso27001"
	Version      string        // which of them this is: "2022"; may be empty
	Requirements []Requirement // file order, headings too; parents stand before children

	position map[string]int32 // id to its place in Requirements

	once    sync.Once
	content []byte // see Encode
	digest  string
}

// New builds a framework from rows, indexes it and takes title and nouns from the
// table of known standards. Rows whose id was seen before are left out.
func New(id string, rows []Requirement) *Framework {
	n := naming(id)
	f := &Framework{ID: id, Title: n.title, Short: n.short, Noun: n.noun, Nouns: n.nouns, Family: n.family, Version: n.version,
		Requirements: make([]Requirement, 0, len(rows)),
		position:     make(map[string]int32, len(rows))}
	for _, r := range rows {
		if _, seen := f.position[r.ID]; seen {
			continue
		}
		f.position[r.ID] = int32(len(f.Requirements))
		f.Requirements = append(f.Requirements, r)
	}
	return f
}

// Find returns the requirement or group with that id.
func (f *Framework) Find(id string) (Requirement, bool) {
	at, ok := f.position[id]
	if !ok {
		return Requirement{}, false
	}
	return f.Requirements[at], true
}

// Position returns the place of the id in Requirements, so that callers can sort
// by the order of the standard; false if the framework has no such id.
func (f *Framework) Position(id string) (int, bool) {
	at, ok := f.position[id]
	return int(at), ok
}

// Asked returns what the standard asks, without headings, in file order.
func (f *Framework) Asked() []Requirement {
	out := make([]Requirement, 0, len(f.Requirements))
	for _, r := range f.Requirements {
		if r.Kind == KindRequirement {
			out = append(out, r)
		}
	}
	return out
}

// Children returns the rows directly below id, in file order; "" gives the top.
func (f *Framework) Children(id string) []Requirement {
	var out []Requirement
	for _, r := range f.Requirements {
		if r.Parent == id {
			out = append(out, r)
		}
	}
	return out
}

// Path returns the rows from the top down to id, itself included; nil if the
// framework has no such id. A cycle among parents is cut where it closes.
func (f *Framework) Path(id string) []Requirement {
	var up []Requirement
	f.climb(id, func(r Requirement) bool { up = append(up, r); return true })
	slices.Reverse(up)
	return up
}

// Attribute returns the value of key at id, or at the nearest row above that has one.
func (f *Framework) Attribute(id, key string) string {
	value := ""
	f.climb(id, func(r Requirement) bool { value = r.Attributes[key]; return value == "" })
	return value
}

// Within reports whether id is ancestor itself or stands anywhere below it.
func (f *Framework) Within(id, ancestor string) bool {
	found := false
	f.climb(id, func(r Requirement) bool { found = r.ID == ancestor; return !found })
	return found
}

// Excludable reports whether an organisation may ever declare the requirement not
// applicable. The clauses of an ISO management system standard and the Security
// category of SOC 2 never are; an unknown id is not either.
func (f *Framework) Excludable(id string) bool {
	path := f.Path(id)
	if len(path) == 0 {
		return false
	}
	return f.Attribute(id, "layer") != "clause" && f.Attribute(id, "mandatory") != "yes" &&
		!slices.Contains(naming(f.ID).clauses, path[0].ID)
}

// climb calls visit for id and every row above it until visit returns false.
func (f *Framework) climb(id string, visit func(Requirement) bool) {
	for range len(f.Requirements) { // no path is longer, so a cycle ends too
		at, ok := f.position[id]
		if !ok || !visit(f.Requirements[at]) {
			return
		}
		id = f.Requirements[at].Parent
	}
}

// Catalogue is the frameworks at hand: those that ship first, in the order of
// the table of known standards, then the others by id. Immutable once read.
type Catalogue struct{ Frameworks []*Framework }

// Find returns the framework with that id.
func (c *Catalogue) Find(id string) (*Framework, bool) {
	for _, f := range c.Frameworks {
		if f.ID == id {
			return f, true
		}
	}
	return nil, false
}

// Has reports whether the catalogue knows the requirement or group.
func (c *Catalogue) Has(r Ref) bool {
	f, ok := c.Find(r.Framework)
	if ok {
		_, ok = f.position[r.ID]
	}
	return ok
}

// IDs returns the ids of all frameworks, in catalogue order.
func (c *Catalogue) IDs() []string {
	ids := make([]string, len(c.Frameworks))
	for i, f := range c.Frameworks {
		ids[i] = f.ID
	}
	return ids
}

// Words returns the reference as a sentence names it. Ids that only one standard
// uses stand alone ("CC6.1", "A.8.22"); others carry its short name ("CIS 12.2").
func (r Ref) Words() string {
	n := naming(r.Framework)
	for _, prefix := range n.alone {
		if strings.HasPrefix(r.ID, prefix) {
			return r.ID
		}
	}
	return n.short + " " + r.ID
}
