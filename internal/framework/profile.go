package framework

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/oscal"
)

// FromProfile reads a framework out of an OSCAL profile: the controls it selects
// of catalogues at hand, with the headings above them. A profile of a catalogue
// that is not at hand gives a fault and nothing.
func FromProfile(id, file string, p *oscal.Profile, c *Catalogue) (*Framework, []Fault) {
	var faults []Fault
	fault := func(line int, format string, args ...any) {
		faults = append(faults, Fault{file, max(1, line), Error, fmt.Sprintf(format, args...)})
	}
	if id == "" {
		id = oscal.OwnText(p.Metadata.Props, "framework")
	}
	if id == "" {
		id = IDFrom(p.Metadata.Title)
	}
	var rows []Requirement
	from := make(map[string]string) // framework by id
	for _, imported := range p.Imports {
		names := Names(imported.Href, nil, p.BackMatter)
		f, ok := c.Named(names...)
		if !ok {
			fault(imported.Line, "The profile selects from %q, which is no framework at hand. Read its catalog first, or name one of: %s.", names[0], strings.Join(c.IDs(), ", "))
			continue
		}
		for _, r := range selected(f, imported, fault) {
			if other, twice := from[r.ID]; twice && other != f.ID {
				fault(imported.Line, "%s and %s both have an id %q. Make a profile of each.", other, f.ID, r.ID)
				continue
			}
			from[r.ID] = f.ID
			r.Line = imported.Line
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 && len(faults) == 0 {
		fault(p.Line, "The profile selects no controls.")
	}
	f := New(id, rows)
	f.Called(p.Metadata.Title, "", "", "")
	return f, faults
}

// selected returns the rows of f that the import takes, in the order of f.
func selected(f *Framework, m oscal.Import, fault func(int, string, ...any)) []Requirement {
	resolver := NewResolver(f)
	take := make(map[string]bool)
	mark := func(list []oscal.Select, yes bool) {
		for _, s := range list {
			chosen := make(map[string]bool)
			for _, name := range s.IDs {
				if id, ok := resolver.Find(name); ok {
					chosen[id] = true
				} else {
					fault(s.Line, "%s has no %q. Correct the id, or choose the catalog that has it.", f.Short, name)
				}
			}
			for _, r := range f.Requirements {
				if slices.ContainsFunc(s.Matching, func(p oscal.Matching) bool { return matches(p.Pattern, r) }) {
					chosen[r.ID] = true
				}
			}
			for _, r := range f.Requirements {
				if chosen[r.ID] || s.WithChildren == "yes" && chosen[r.Parent] {
					chosen[r.ID] = true // parents stand before their children
					take[r.ID] = yes
				}
			}
		}
	}
	if m.IncludeAll != nil {
		for _, r := range f.Requirements {
			take[r.ID] = true
		}
	}
	mark(m.Include, true)
	mark(m.Exclude, false)
	keep := make(map[string]bool)
	for _, r := range f.Asked() {
		if take[r.ID] {
			for _, up := range f.Path(r.ID) {
				keep[up.ID] = keep[up.ID] || up.Kind == KindGroup || take[up.ID]
			}
		}
	}
	var out []Requirement
	for _, r := range f.Requirements {
		if !keep[r.ID] {
			continue
		}
		for r.Parent != "" && !keep[r.Parent] { // a control may be taken without the one it details
			up, _ := f.Find(r.Parent)
			r.Parent = up.Parent
		}
		out = append(out, r)
	}
	return out
}

func matches(pattern string, r Requirement) bool {
	if strings.ContainsAny(pattern, `[]\`) { // OSCAL knows * and ? only
		return false
	}
	for _, name := range []string{r.ID, oscal.Slug(r.ID), r.Attributes[AttributeOSCAL]} {
		if ok, err := path.Match(pattern, name); err == nil && ok && name != "" {
			return true
		}
	}
	return false
}

// Names returns what a reference to a catalogue says of itself, the surest name
// first; never empty.
func Names(href string, props []oscal.Property, back *oscal.BackMatter) []string {
	var out []string
	add := func(texts ...string) {
		for _, t := range texts {
			if t != "" {
				out = append(out, t)
			}
		}
	}
	add(oscal.OwnText(props, "framework"))
	if id, local := strings.CutPrefix(href, "#"); local && back != nil {
		for _, r := range back.Resources {
			if strings.EqualFold(r.UUID, id) {
				add(oscal.OwnText(r.Props, "framework"), r.Title, r.Description)
				for _, link := range r.RLinks {
					add(strings.TrimSuffix(path.Base(link.Href), path.Ext(link.Href)), link.Href)
				}
			}
		}
	} else if !local {
		add(strings.TrimSuffix(path.Base(href), path.Ext(href)), href)
	}
	if len(out) == 0 {
		out = []string{href}
	}
	return out
}

// WriteProfile writes the choice of some requirements of f as an OSCAL profile
// that refers to the catalogue WriteOSCAL writes.
func WriteProfile(w io.Writer, f *Framework, id, title string, ids []string, e oscal.Edition) error {
	tokens := f.Tokens()
	at := e.ID("resource", f.ID)
	p := &oscal.Profile{
		Metadata: e.Metadata(title, oscal.Own("framework", id)),
		Imports:  []oscal.Import{{Href: "#" + at, Include: []oscal.Select{{}}}},
		Merge:    &oscal.Merge{AsIs: true},
		BackMatter: &oscal.BackMatter{Resources: []oscal.Resource{{UUID: at, Title: oscal.Line(f.Title, f.ID),
			Props: oscal.Props(oscal.Own("framework", f.ID))}}},
	}
	for _, r := range f.Asked() {
		if slices.Contains(ids, r.ID) {
			p.Imports[0].Include[0].IDs = append(p.Imports[0].Include[0].IDs, tokens[r.ID])
		}
	}
	if len(p.Imports[0].Include[0].IDs) == 0 {
		return fmt.Errorf("profile %s: none of its requirements is in %s", id, f.ID)
	}
	d := &oscal.Document{Profile: p}
	if err := oscal.Seal(d); err != nil {
		return err
	}
	return oscal.Write(w, d)
}
