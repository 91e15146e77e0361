package framework

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/oscal"
)

// FromCatalog reads a framework out of an OSCAL catalogue. Of each control it
// keeps the number, the title as label, and our own attributes; the prose is the
// publisher's and is left where it is. Withdrawn controls ask nothing and are
// left out. With id empty the framework is called as the catalogue says, or
// after its title.
func FromCatalog(id, file string, c *oscal.Catalog) (*Framework, []Fault) {
	r := catalogReader{file: file, lines: make(map[string]int)}
	r.groups("", c.Groups)
	r.controls("", c.Controls)
	if id == "" {
		id = oscal.OwnText(c.Metadata.Props, "framework")
	}
	if id == "" {
		id = IDFrom(c.Metadata.Title)
	}
	if r.withdrawn > 0 {
		r.fault(0, Info, "%d withdrawn controls were left out: they ask nothing any more.", r.withdrawn)
	}
	if len(r.rows) == 0 {
		r.fault(max(1, c.Line), Error, "The catalog holds no controls.")
	}
	f := New(id, r.rows)
	f.Called(c.Metadata.Title, oscal.OwnText(c.Metadata.Props, "short"), oscal.OwnText(c.Metadata.Props, "noun"), oscal.OwnText(c.Metadata.Props, "nouns"))
	return f, r.faults
}

// Called names a framework that is not in the table of known standards. Empty
// texts leave what is there. It must be called before anybody else uses f.
func (f *Framework) Called(title, short, noun, nouns string) {
	if place(f.ID) < len(known) {
		return
	}
	for _, n := range []struct {
		to   *string
		text string
	}{{&f.Title, title}, {&f.Short, short}, {&f.Noun, noun}, {&f.Nouns, nouns}} {
		if text := Short(n.text); text != "" {
			*n.to = text
		}
	}
	if title, short := Short(title), Short(short); short == "" && title != "" && len(title) <= 30 {
		f.Short = title
	}
}

type catalogReader struct {
	file      string
	rows      []Requirement
	lines     map[string]int // by id in use
	faults    []Fault
	withdrawn int
	headings  int // without an id of their own
}

func (r *catalogReader) fault(line int, severity Severity, format string, args ...any) {
	r.faults = append(r.faults, Fault{r.file, line, severity, fmt.Sprintf(format, args...)})
}

// groups adds headings and what stands under them. A heading that only was
// needed because OSCAL keeps controls and headings apart is passed through.
func (r *catalogReader) groups(parent string, list []oscal.Group) {
	for _, g := range list {
		under := parent
		if oscal.OwnText(g.Props, "wrapper") == "" {
			if oscal.Withdrawn(g.Props) {
				r.withdrawn++
				continue
			}
			under = r.row(parent, KindGroup, g.ID, g.Title, g.Props, g.Line)
		}
		r.groups(under, g.Groups)
		r.controls(under, g.Controls)
	}
}

func (r *catalogReader) controls(parent string, list []oscal.Control) {
	for _, c := range list {
		if oscal.Withdrawn(c.Props) {
			r.withdrawn++
			continue
		}
		kind := KindRequirement
		if oscal.OwnText(c.Props, "kind") == string(KindGroup) {
			kind = KindGroup
		}
		r.controls(r.row(parent, kind, c.ID, c.Title, c.Props, c.Line), c.Controls)
	}
}

// row adds one row and returns its id. The id is the number the publisher uses
// where that is told and free, else what OSCAL calls it.
func (r *catalogReader) row(parent string, kind Kind, token, title string, props []oscal.Property, line int) string {
	if token == "" {
		r.headings++
		token = fmt.Sprintf("heading-%d", r.headings)
	}
	id := ""
	for _, candidate := range []string{oscal.OwnText(props, "id"), oscal.Label(props), token} {
		if candidate != "" && len(candidate) <= maxID && r.lines[candidate] == 0 {
			id = candidate
			break
		}
	}
	if id == "" {
		r.fault(line, Error, "The id %q is used on line %d or has more than %d characters. Give each control its own.", token, r.lines[token], maxID)
		return parent
	}
	r.lines[id] = max(1, line)
	attributes := make(map[string]string)
	for _, p := range props {
		if p.NS == oscal.OwnNS && p.Class == "attribute" {
			if key, ok := oscal.Unslug(p.Name); ok {
				attributes[key] = p.Text()
			}
		}
	}
	if token != oscal.Slug(id) && !strings.HasPrefix(token, "heading-") {
		attributes[AttributeOSCAL] = token
	}
	if len(attributes) == 0 {
		attributes = nil
	}
	r.rows = append(r.rows, Requirement{ID: id, Parent: parent, Kind: kind, Label: Short(title), Attributes: attributes, Line: line})
	return id
}

// Tokens returns what each requirement and heading is called in OSCAL, by id:
// the name it came with, else its slug.
func (f *Framework) Tokens() map[string]string {
	out, used := make(map[string]string, len(f.Requirements)), make(map[string]bool, len(f.Requirements))
	for _, r := range f.Requirements {
		if r.Attributes[AttributeOSCAL] == "" {
			out[r.ID] = oscal.Slug(r.ID)
			used[out[r.ID]] = true
		}
	}
	for _, r := range f.Requirements {
		token := r.Attributes[AttributeOSCAL]
		if token == "" {
			continue
		}
		if !oscal.IsToken(token) || used[token] {
			token = oscal.Slug(r.ID)
		}
		if used[token] { // it cannot be told apart as it came; every id by its slug can
			for _, q := range f.Requirements {
				out[q.ID] = oscal.Slug(q.ID)
			}
			return out
		}
		out[r.ID], used[token] = token, true
	}
	return out
}

// WriteOSCAL writes the framework as an OSCAL catalogue: numbers and short
// labels, never the text of the standard.
func WriteOSCAL(w io.Writer, f *Framework, e oscal.Edition) error {
	b := catalogWriter{f: f, tokens: f.Tokens(), below: make(map[string][]Requirement)}
	for _, r := range f.Requirements {
		b.below[r.Parent] = append(b.below[r.Parent], r)
	}
	c := &oscal.Catalog{Metadata: e.Metadata(f.Title, oscal.Own("framework", f.ID), oscal.Own("short", f.Short), oscal.Own("noun", f.Noun), oscal.Own("nouns", f.Nouns))}
	c.Metadata.Remarks = "Numbers and short labels. The text of the standard belongs to its publisher and is not in here."
	c.Groups, c.Controls = b.list("")
	d := &oscal.Document{Catalog: c}
	if err := oscal.Seal(d); err != nil {
		return err
	}
	return oscal.Write(w, d)
}

type catalogWriter struct {
	f      *Framework
	tokens map[string]string
	below  map[string][]Requirement
}

// list returns what stands below parent, as headings or as controls. Where both
// stand side by side, each run of controls goes under a heading without a name,
// since OSCAL would lose their order.
func (b *catalogWriter) list(parent string) (groups []oscal.Group, controls []oscal.Control) {
	rows := b.below[parent]
	mixed := slices.ContainsFunc(rows, func(r Requirement) bool { return r.Kind == KindGroup })
	for i, r := range rows {
		switch {
		case r.Kind == KindGroup:
			g := oscal.Group{ID: b.tokens[r.ID], Title: oscal.Line(r.Label, r.ID), Props: b.props(r)}
			g.Groups, g.Controls = b.list(r.ID)
			groups = append(groups, g)
		case !mixed:
			controls = append(controls, b.control(r))
		default:
			if i == 0 || rows[i-1].Kind == KindGroup {
				groups = append(groups, oscal.Group{Title: "Without a heading", Props: oscal.Props(oscal.Own("wrapper", "yes"))})
			}
			last := &groups[len(groups)-1]
			last.Controls = append(last.Controls, b.control(r))
		}
	}
	return groups, controls
}

func (b *catalogWriter) control(r Requirement) oscal.Control {
	c := oscal.Control{ID: b.tokens[r.ID], Title: oscal.Line(r.Label, r.ID), Props: b.props(r)}
	if r.Kind == KindGroup {
		c.Props = append(c.Props, oscal.Own("kind", string(KindGroup)))
	}
	for _, below := range b.below[r.ID] {
		c.Controls = append(c.Controls, b.control(below))
	}
	return c
}

func (b *catalogWriter) props(r Requirement) []oscal.Property {
	var out []oscal.Property
	if oscal.IsText(r.ID) {
		out = append(out, oscal.Property{Name: "label", Value: r.ID})
	} else {
		out = append(out, oscal.Own("id", r.ID))
	}
	for _, key := range slices.Sorted(maps.Keys(r.Attributes)) {
		if key == AttributeOSCAL {
			continue
		}
		p := oscal.Own(oscal.Slug(key), r.Attributes[key])
		if p.Name != "" {
			p.Class = "attribute"
			out = append(out, p)
		}
	}
	return out
}
