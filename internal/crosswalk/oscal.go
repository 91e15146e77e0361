package crosswalk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
)

// tokens are the relations as OSCAL calls them. Both words for equality are read.
var tokens = map[string]Mask{"equal-to": Equal, "equivalent-to": Equal, "subset-of": Subset, "superset-of": Superset, "intersects-with": Intersects, "no-relationship": None}

// FromOSCAL reads a mapping collection into one set. Ends are looked up in the
// catalogue, so a framework that a mapping speaks of must be at hand. A map of
// sets stays one; what follows from it is added as rows and unions.
func FromOSCAL(id, file string, d *oscal.MappingCollection, c *framework.Catalogue) (*File, []framework.Fault) {
	if id == "" {
		id = oscal.OwnText(d.Metadata.Props, "set")
	}
	if id == "" {
		id = framework.IDFrom(d.Metadata.Title)
	}
	s := &Set{ID: id, File: file, Title: framework.Short(d.Metadata.Title), Kind: kindOf(d),
		Source: oscal.OwnText(d.Metadata.Props, "source"), Licence: oscal.OwnText(d.Metadata.Props, "licence")}
	for _, p := range d.Metadata.Parties {
		if s.Source == "" {
			s.Source = framework.Short(p.Name)
		}
	}
	r := mappingReader{keeper: newKeeper(s, file), d: d, catalogue: c}
	for i := range d.Mappings {
		r.mapping(&d.Mappings[i])
	}
	r.summary()
	return r.found, r.faults
}

// kindOf says how far the collection can be relied on: what a machine made is a
// suggestion until a person confirms it.
func kindOf(d *oscal.MappingCollection) SetKind {
	switch k := SetKind(oscal.OwnText(d.Metadata.Props, "kind")); k {
	case Authored, Published, Derived:
		return k
	}
	machine := d.Provenance.Method == "automation"
	for _, m := range d.Mappings {
		machine = machine || m.Method == "automation"
	}
	if machine {
		return Derived
	}
	return Published
}

type mappingReader struct {
	*keeper
	d         *oscal.MappingCollection
	catalogue *framework.Catalogue
	opinions  int // confidence scores and coverages, which are not kept
}

// end is one side of a mapping.
type end struct {
	f        *framework.Framework
	resolver *framework.Resolver
}

func (r *mappingReader) mapping(m *oscal.Mapping) {
	source, okS := r.end(m.Source)
	target, okT := r.end(m.Target)
	if !okS || !okT {
		return
	}
	if status := m.Status; status == "deprecated" || status == "superseded" {
		r.fault(m.Line, framework.Warning, "The author calls this mapping %s. A newer one may exist.", status)
	}
	for i := range m.Maps {
		p := &m.Maps[i]
		if p.Confidence != nil || p.Coverage != nil {
			r.opinions++
		}
		made := SetMap{ID: p.UUID, Basis: r.d.RationaleOf(m, p), Rationale: p.Remarks, Line: p.Line,
			Provenance: oscal.OwnText(p.Props, "provenance"), Residual: oscal.OwnText(p.Props, "residual")}
		if made.ID == "" {
			made.ID = fmt.Sprintf("line-%d", p.Line)
		}
		if made.Provenance == "" {
			made.Provenance = r.set.Source
		}
		if text := oscal.OwnText(p.Props, "strength"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 || n > 10 {
				r.fault(p.Line, framework.Error, "The strength is %q. Write a whole number from 0 to 10, or leave it out.", text)
				continue
			}
			made.Strength = n
		}
		for _, q := range p.Qualifiers {
			made.Qualifiers = append(made.Qualifiers, Qualifier{q.Subject, q.Predicate, q.Category, q.Description})
		}
		made.Relation, made.Token, made.Namespace = relation(p)
		var ok1, ok2 bool
		made.Sources, ok1 = r.items(source, p.Sources)
		made.Targets, ok2 = r.items(target, p.Targets)
		if !ok1 || !ok2 {
			continue // a set with a member left out would say something else
		}
		if oscal.OwnText(p.Props, "union") != "" && made.Relation == Superset && len(made.Targets) == 1 && made.Silent() == "" {
			r.union(Union{Set: r.set.ID, Target: made.Targets[0], Sources: made.Sources, Rationale: made.Rationale, Line: made.Line})
			continue
		}
		r.keep(made)
	}
	r.gaps(m, source, target)
}

// relation reads the relationship of a map, and its token where it is foreign.
// Weak relations, which OSCAL has no word for, stand in our namespace.
func relation(p *oscal.Map) (mask Mask, token, namespace string) {
	switch {
	case p.Own():
		return tokens[p.Relationship], "", ""
	case p.NS != oscal.OwnNS:
		return 0, p.Relationship, p.NS
	}
	if mask, ok := ParseRelation(p.Relationship); ok {
		return mask, "", ""
	}
	return 0, p.Relationship, p.NS
}

// end finds the framework that one side of a mapping speaks of.
func (r *mappingReader) end(ref oscal.ResourceRef) (end, bool) {
	names := framework.Names(ref.Href, ref.Props, r.d.BackMatter)
	f, ok := r.catalogue.Named(names...)
	if !ok {
		r.fault(ref.Line, framework.Error, "The mapping speaks of %q, which is no framework at hand. Read its catalog first, or name one of: %s.",
			framework.Short(names[0]), strings.Join(r.catalogue.IDs(), ", "))
		return end{}, false
	}
	return end{f, r.resolver(f)}, true
}

// items looks up the members of one side.
func (r *mappingReader) items(e end, list []oscal.Item) ([]framework.Ref, bool) {
	refs, ok := make([]framework.Ref, 0, len(list)), true
	for _, item := range list {
		id, found := e.resolver.Find(item.IDRef)
		switch {
		case !found && item.Type == "statement":
			r.fault(item.Line, framework.Error, "%q is a statement within a requirement, and %s is kept by requirement. The map was not read.", framework.Short(item.IDRef), e.f.Short)
		case !found:
			r.fault(item.Line, framework.Error, "%s has no %q. Correct the id; the map was not read.", e.f.Short, framework.Short(item.IDRef))
		default:
			if ref := (framework.Ref{Framework: e.f.ID, ID: id}); !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		}
		ok = ok && found
	}
	return refs, ok
}

// gaps reads what the author lists as without a counterpart. Ours come with a
// reason each. Of a foreign list only a complete mapping says anything: that a
// control was not mapped yet does not mean that nothing corresponds to it.
func (r *mappingReader) gaps(m *oscal.Mapping, source, target end) {
	told := make(map[framework.Ref]bool)
	for _, p := range m.Props {
		if p.NS != oscal.OwnNS || p.Name != "net-new" && p.Name != "no-home" {
			continue
		}
		here, there := target, source
		if p.Class == "source" {
			here, there = source, target
		}
		id, ok := here.resolver.Find(p.Value)
		if !ok {
			r.fault(p.Line, framework.Error, "%s has no %q. Correct the id.", here.f.Short, framework.Short(p.Value))
			continue
		}
		ref := framework.Ref{Framework: here.f.ID, ID: id}
		told[ref] = true
		if p.Name == "no-home" {
			r.noHome(NoHome{Source: ref, To: there.f.ID, Reason: p.Remarks, Line: p.Line})
			continue
		}
		task := ""
		for _, q := range m.Props {
			if q.NS == oscal.OwnNS && q.Name == "first-task" && q.Group == p.Group && q.Class == p.Class {
				task = q.Text()
			}
		}
		r.netNew(NetNew{Target: ref, From: there.f.ID, Reason: p.Remarks, FirstTask: task, Line: p.Line})
	}
	status := m.Status
	if status == "" {
		status = r.d.Provenance.Status
	}
	for _, side := range []struct {
		gap         *oscal.GapSummary
		here, there end
		isTarget    bool
	}{{m.SourceGap, source, target, false}, {m.TargetGap, target, source, true}} {
		for ref, line := range r.unmapped(side.gap, side.here) {
			if told[ref] || status != "complete" {
				continue
			}
			const reason = "The author of the mapping calls it complete and lists this as not mapped."
			if side.isTarget {
				r.netNew(NetNew{Target: ref, From: side.there.f.ID, Reason: reason, Line: line})
			} else {
				r.noHome(NoHome{Source: ref, To: side.there.f.ID, Reason: reason, Line: line})
			}
		}
	}
}

// unmapped yields the members of a gap summary that are at hand, in file order.
func (r *mappingReader) unmapped(g *oscal.GapSummary, e end) func(yield func(framework.Ref, int) bool) {
	return func(yield func(framework.Ref, int) bool) {
		if g == nil {
			return
		}
		for _, s := range g.Unmapped {
			for _, name := range s.IDs {
				id, ok := e.resolver.Find(name)
				if !ok {
					r.fault(s.Line, framework.Error, "%s has no %q. Correct the id.", e.f.Short, framework.Short(name))
					continue
				}
				if !yield(framework.Ref{Framework: e.f.ID, ID: id}, s.Line) {
					return
				}
			}
		}
	}
}

func (r *mappingReader) summary() {
	if r.opinions > 0 {
		r.fault(0, framework.Info, "%d maps carry a confidence score or a coverage. They are opinions, nothing is computed with them, and they were not kept.", r.opinions)
	}
	r.keeper.summary()
}
