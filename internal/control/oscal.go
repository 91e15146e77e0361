package control

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
)

// Component is an entry of a control library with what it counts for, as one
// document carries it.
type Component struct {
	Entry
	Serves []Service
	Line   int // in the file it was read from
}

// Service says what a component does for one requirement.
type Service struct {
	framework.Ref
	Relation         string // read from the control: "superset" or "equal" meets it; "subset" and "intersects" meet a part
	Rationale        string
	Frequency, Basis string // how often the framework asks, where it says so or custom does
}

// LibraryTitle is what the library that ships is called in documents.
const LibraryTitle = "Toucan unified control library"

// WriteOSCAL writes components as an OSCAL component definition: one component
// for each, one implementation for each framework it serves.
func WriteOSCAL(w io.Writer, title string, list []Component, c *framework.Catalogue, e oscal.Edition) error {
	d := &oscal.ComponentDefinition{Metadata: e.Metadata(title), BackMatter: new(oscal.BackMatter)}
	tokens := make(map[string]map[string]string)
	for _, k := range list {
		p := oscal.Component{UUID: e.ID("component", k.Code), Type: "process-procedure", Title: oscal.Line(k.Title, k.Code), Description: cmp.Or(k.Statement, k.Title, k.Code), Props: k.props()}
		var order []string
		for _, s := range k.Serves {
			at := slices.Index(order, s.Framework)
			if at < 0 {
				at, order = len(order), append(order, s.Framework)
				if tokens[s.Framework] == nil {
					tokens[s.Framework] = make(map[string]string)
					name := s.Framework
					if f, ok := c.Find(s.Framework); ok {
						tokens[s.Framework], name = f.Tokens(), f.Title
					}
					d.BackMatter.Resources = append(d.BackMatter.Resources, oscal.Resource{UUID: e.ID("resource", s.Framework), Title: oscal.Line(name, s.Framework),
						Props: oscal.Props(oscal.Own("framework", s.Framework))})
				}
				p.Implementations = append(p.Implementations, oscal.Implementation{UUID: e.ID("implementation", k.Code, s.Framework), Source: "#" + e.ID("resource", s.Framework),
					Description: "What " + k.Code + " does for " + s.Framework + ".", Props: oscal.Props(oscal.Own("framework", s.Framework))})
			}
			token, ok := tokens[s.Framework][s.ID]
			if !ok {
				token = oscal.Slug(s.ID)
			}
			p.Implementations[at].Requirements = append(p.Implementations[at].Requirements, oscal.ImplementedRequirement{
				UUID: e.ID("implemented", k.Code, s.Framework, s.ID), ControlID: token, Description: cmp.Or(s.Rationale, noReason),
				Props: oscal.Props(oscal.Own("relation", s.Relation), oscal.Own("frequency", s.Frequency), oscal.Own("frequency-basis", s.Basis))})
		}
		d.Components = append(d.Components, p)
	}
	if len(d.BackMatter.Resources) == 0 {
		d.BackMatter = nil
	}
	doc := &oscal.Document{Components: d}
	if err := oscal.Seal(doc); err != nil {
		return err
	}
	return oscal.Write(w, doc)
}

// noReason stands where OSCAL asks for a description and nobody gave one.
const noReason = "No reason is recorded."

func (k Component) props() []oscal.Property {
	out := oscal.Props(oscal.Own("code", k.Code), oscal.Own("domain", k.Domain), oscal.Own("owner-function", k.OwnerFunction), oscal.Own("kind", string(k.Kind)),
		oscal.Own("frequency", k.Frequency), oscal.Own("frequency-basis", k.FrequencyBasis), oscal.Own("population", k.Population), oscal.Own("iso-layer", k.ISOLayer))
	for _, v := range k.Evidence {
		out = append(out, oscal.Own("evidence", v))
	}
	for _, v := range k.Tests {
		out = append(out, oscal.Own("test", v))
	}
	return out
}

// FromOSCAL reads the components of a definition. Frameworks are looked up in the
// catalogue; what serves one that is not at hand is reported and left out. A
// relation that is not stated is not guessed: OSCAL only says that something is
// done for a control, which is an overlap.
func FromOSCAL(file string, d *oscal.ComponentDefinition, c *framework.Catalogue) ([]Component, []framework.Fault) {
	r := componentReader{file: file, d: d, catalogue: c, resolvers: make(map[string]*framework.Resolver), lines: make(map[string]int)}
	for _, p := range d.Components {
		r.component(p)
	}
	if len(r.out) == 0 && len(r.faults) == 0 {
		r.fault(max(1, d.Line), framework.Error, "The definition holds no components.")
	}
	return r.out, r.faults
}

type componentReader struct {
	file      string
	d         *oscal.ComponentDefinition
	catalogue *framework.Catalogue
	resolvers map[string]*framework.Resolver
	lines     map[string]int // by code
	out       []Component
	faults    []framework.Fault
}

func (r *componentReader) fault(line int, severity framework.Severity, format string, args ...any) {
	if len(r.faults) < 200 {
		r.faults = append(r.faults, framework.Fault{File: r.file, Line: line, Severity: severity, Text: fmt.Sprintf(format, args...)})
	}
}

func (r *componentReader) component(p oscal.Component) {
	own := func(name string) string { return oscal.OwnText(p.Props, name) }
	k := Component{Line: p.Line, Entry: Entry{Code: own("code"), Title: framework.Short(p.Title), Statement: p.Description, Domain: own("domain"), OwnerFunction: own("owner-function"),
		Kind: Kind(own("kind")), Frequency: own("frequency"), FrequencyBasis: own("frequency-basis"), Population: own("population"), ISOLayer: own("iso-layer")}}
	if k.Code == "" {
		k.Code = fmt.Sprintf("C-%02d", len(r.out)+1)
	}
	for _, q := range p.Props {
		switch {
		case q.NS != oscal.OwnNS:
		case q.Name == "evidence":
			k.Evidence = append(k.Evidence, q.Text())
		case q.Name == "test":
			k.Tests = append(k.Tests, q.Text())
		}
	}
	if first := r.lines[k.Code]; first != 0 {
		r.fault(p.Line, framework.Error, "The code %q already stands on line %d. Give each component its own.", document.Brief(k.Code), first)
		return
	}
	r.lines[k.Code] = max(1, p.Line)
	for _, m := range p.Implementations {
		names := framework.Names(m.Source, m.Props, r.d.BackMatter)
		f, ok := r.catalogue.Named(names...)
		if !ok {
			r.fault(m.Line, framework.Error, "The component serves %q, which is no framework at hand. Read its catalog first, or name one of: %s.",
				framework.Short(names[0]), strings.Join(r.catalogue.IDs(), ", "))
			continue
		}
		if r.resolvers[f.ID] == nil {
			r.resolvers[f.ID] = framework.NewResolver(f)
		}
		for _, q := range m.Requirements {
			id, ok := r.resolvers[f.ID].Find(q.ControlID)
			if !ok {
				r.fault(q.Line, framework.Error, "%s has no %q. Correct the id; the row was not read.", f.Short, document.Brief(q.ControlID))
				continue
			}
			s := Service{Ref: framework.Ref{Framework: f.ID, ID: id}, Relation: cmp.Or(oscal.OwnText(q.Props, "relation"), "overlaps"), Rationale: q.Description,
				Frequency: oscal.OwnText(q.Props, "frequency"), Basis: oscal.OwnText(q.Props, "frequency-basis")}
			if s.Rationale == noReason {
				s.Rationale = ""
			}
			k.Serves = append(k.Serves, s)
		}
	}
	r.out = append(r.out, k)
}

var componentHeader = []string{"code", "title", "statement", "domain", "owner_function", "kind", "frequency", "frequency_basis", "evidence", "population", "tests", "iso_layer"}

func componentRows(list []Component) [][]string {
	out := make([][]string, len(list))
	for i, k := range list {
		out[i] = []string{k.Code, k.Title, k.Statement, k.Domain, k.OwnerFunction, string(k.Kind), k.Frequency, k.FrequencyBasis,
			strings.Join(k.Evidence, ";"), k.Population, strings.Join(k.Tests, ";"), k.ISOLayer}
	}
	return out
}

// WriteComponentsCSV writes one row for each component.
func WriteComponentsCSV(w io.Writer, list []Component) error {
	return document.WriteCSV(w, document.Table{Rows: append([][]string{componentHeader}, componentRows(list)...)})
}

// WriteComponentsXLSX writes a workbook with the components and what they serve.
func WriteComponentsXLSX(w io.Writer, list []Component) error {
	var serves [][]string
	for _, k := range list {
		for _, s := range k.Serves {
			serves = append(serves, []string{k.Code, s.Framework, s.ID, s.Relation, s.Rationale, s.Frequency, s.Basis})
		}
	}
	return document.WriteXLSX(w, []document.Sheet{
		{Name: "Controls", Header: componentHeader, Rows: componentRows(list), Widths: []float64{9, 34, 80, 16, 18, 11, 12, 30, 40, 40, 40, 10}},
		{Name: "Requirements served", Header: []string{"control", "framework", "requirement", "relationship", "rationale", "frequency", "frequency_basis"}, Rows: serves,
			Widths: []float64{9, 18, 16, 13, 90, 12, 12}},
	})
}
