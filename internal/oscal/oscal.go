// Package oscal reads and writes the parts of NIST's Open Security Controls
// Assessment Language that carry catalogues, profiles, component definitions and
// control mappings. It knows the form: which fields there are, which must be,
// and on which line one is wrong. What a control or a mapping means is the
// business of the packages below.
package oscal

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"encoding/json"

	"github.com/toucan-grc/toucan/internal/document"
)

// Version is the version of OSCAL that is written. Those from 1.0 to 1.2 are read.
const Version = "1.2.2"

// The namespaces of tokens and properties.
const (
	OwnNS     = "https://toucan.example/ns/oscal" // what OSCAL has no field for
	DefaultNS = "http://csrc.nist.gov/ns/oscal"   // meant where none is written
)

// Document is one OSCAL file. Exactly one field is set.
type Document struct {
	Catalog    *Catalog             `json:"catalog,omitempty"`
	Profile    *Profile             `json:"profile,omitempty"`
	Components *ComponentDefinition `json:"component-definition,omitempty"`
	Mappings   *MappingCollection   `json:"mapping-collection,omitempty"`
	Plan       *SecurityPlan        `json:"system-security-plan,omitempty"` // written only
}

// Metadata returns what the document says about itself.
func (d *Document) Metadata() *Metadata {
	switch {
	case d.Catalog != nil:
		return &d.Catalog.Metadata
	case d.Profile != nil:
		return &d.Profile.Metadata
	case d.Components != nil:
		return &d.Components.Metadata
	case d.Plan != nil:
		return &d.Plan.Metadata
	}
	return &d.Mappings.Metadata
}

// Fault is something wrong in a document.
type Fault struct {
	Line  int    // counted from 1
	Path  string // names from the root down: "catalog/groups/2/controls/0/id"
	Fatal bool   // what holds it was not read; otherwise it was read without it
	Text  string // what is wrong, and what to do about it
}

// maxFaults bounds what is reported about one file; more would only hide the first.
const maxFaults = 200

// others are the models of OSCAL that are not read, by the name of their root.
var others = []string{"system-security-plan", "assessment-plan", "assessment-results", "plan-of-action-and-milestones"}

// IsRoot reports whether the tree is an OSCAL document of any model.
func IsRoot(root *document.Node) bool {
	for _, name := range append([]string{"catalog", "profile", "component-definition", "mapping-collection"}, others...) {
		if root.Find(name) != nil {
			return true
		}
	}
	return false
}

// Read reads a document of version 1.0 to 1.2, as JSON or as YAML. Strictly, one
// fatal fault means that nothing is returned. Leniently, what is wrong is left
// out, and the smallest list item that cannot do without it with it; everything
// else is returned.
func Read(data []byte, lenient bool) (*Document, []Fault) {
	root, flaws := document.ReadTree(data)
	if root == nil {
		var out []Fault
		for _, f := range flaws {
			out = append(out, Fault{Line: f.Line, Fatal: true, Text: f.Text})
		}
		return nil, out
	}
	return ReadTree(root, flaws, lenient)
}

// ReadTree is Read for a file that was already taken apart.
func ReadTree(root *document.Node, flaws []document.Flaw, lenient bool) (*Document, []Fault) {
	r := reader{lenient: lenient}
	for _, f := range flaws {
		r.add(f.Line, nil, !lenient, "%s", f.Text)
	}
	doc := r.document(root)
	if doc != nil {
		r.check(doc)
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return a.Line - b.Line })
	if fatal := slices.ContainsFunc(r.faults, func(f Fault) bool { return f.Fatal }); fatal && !lenient {
		return nil, r.faults
	}
	return doc, r.faults
}

// Write writes a document as indented JSON. The same document gives the same bytes.
func Write(w io.Writer, d *Document) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

// reader collects faults while a document is read.
type reader struct {
	lenient bool
	faults  []Fault
	left    bool // some faults were left out
}

// place is where in a document something stands.
type place struct {
	up    *place
	name  string
	index int // in a list, where name is empty
}

// String returns the names from the root down.
func (p *place) String() string {
	var parts []string
	for ; p != nil; p = p.up {
		name := p.name
		if name == "" {
			name = fmt.Sprint(p.index)
		}
		parts = append(parts, name)
	}
	slices.Reverse(parts)
	return strings.Join(parts, "/")
}

func (r *reader) add(line int, at *place, fatal bool, format string, args ...any) {
	if len(r.faults) >= maxFaults {
		if !r.left {
			r.left = true
			r.faults = append(r.faults, Fault{Line: line, Fatal: fatal, Text: "Further faults in this file are left out. Mend the others first."})
		}
		if fatal { // never lose that the file has one
			last := &r.faults[maxFaults]
			last.Fatal = true
		}
		return
	}
	r.faults = append(r.faults, Fault{Line: max(1, line), Path: at.String(), Fatal: fatal, Text: fmt.Sprintf(format, args...)})
}

// document finds the model and reads it.
func (r *reader) document(root *document.Node) *Document {
	if root.Kind != document.ObjectNode {
		r.add(root.Line, nil, true, "The file holds %s, not an OSCAL document. Its outermost object must hold catalog, profile, component-definition or mapping-collection.", root.Kind)
		return nil
	}
	for _, name := range others {
		if n := root.Find(name); n != nil {
			r.add(n.Line, nil, true, "This is an OSCAL %s. Catalogs, profiles, component definitions and mapping collections are read.", name)
			return nil
		}
	}
	for i := range root.Items {
		if n := &root.Items[i]; n.Key != "$schema" && n.Kind == document.ObjectNode {
			doc := new(Document)
			if r.object(root, doc, nil) && (doc.Catalog != nil || doc.Profile != nil || doc.Components != nil || doc.Mappings != nil) {
				return doc
			}
			break
		}
	}
	if !slices.ContainsFunc(r.faults, func(f Fault) bool { return f.Fatal }) {
		r.add(root.Line, nil, true, "The file is no OSCAL document. Its outermost object must hold catalog, profile, component-definition or mapping-collection.")
	}
	return nil
}
