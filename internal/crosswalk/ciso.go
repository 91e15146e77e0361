package crosswalk

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
)

// fromCISO reads the frameworks and mapping sets of a CISO Assistant library.
// Its "intersect" is read as overlaps: it is written wherever two requirements
// are related somehow, and a relation nobody stated is never intersects.
func fromCISO(file string, root *document.Node, c *framework.Catalogue) (*File, []framework.Fault) {
	out := &File{Format: CISOFormat, Title: framework.Short(root.TextOf("name")), Version: framework.Short(root.TextOf("version"))}
	frameworks, faults := framework.FromCISO(file, root)
	out.Frameworks = frameworks
	known := &framework.Catalogue{Frameworks: append(append([]*framework.Framework{}, frameworks...), c.Frameworks...)}
	sets := framework.Objects(root, "requirement_mapping_set", "requirement_mapping_sets")
	for i := range sets {
		r := cisoReader{catalogue: known}
		if r.read(file, root, &sets[i]) {
			out.Sets = append(out.Sets, r.found.Sets...)
		}
		faults = append(faults, r.faults...)
	}
	if len(frameworks) == 0 && len(sets) == 0 {
		faults = append(faults, framework.Fault{File: file, Line: max(1, root.Find("objects").Line), Severity: framework.Error,
			Text: "The library holds neither a framework nor a mapping set. Choose one that does."})
	}
	return out, faults
}

type cisoReader struct {
	*keeper
	catalogue *framework.Catalogue
	related   int // rows that say intersect
}

// read fills a set; false if nothing can be made of it.
func (r *cisoReader) read(file string, root, n *document.Node) bool {
	id := n.TextOf("ref_id")
	if id == "" {
		id = framework.URNEnd(n.TextOf("urn"))
	}
	title := n.TextOf("name")
	if title == "" {
		title = root.TextOf("name")
	}
	s := &Set{ID: framework.IDFrom(id), File: file, Title: framework.Short(title), Kind: Published,
		Source: framework.Short(root.TextOf("provider")), Licence: framework.Short(root.TextOf("copyright"))}
	r.keeper = newKeeper(s, file)
	if s.Title == "" {
		s.Title = s.ID
	}
	source, okS := r.end(n, "source_framework_urn")
	target, okT := r.end(n, "target_framework_urn")
	rows := n.Find("requirement_mappings")
	if rows == nil || rows.Kind != document.ListNode {
		r.fault(n.Line, framework.Error, "The mapping set has no list requirement_mappings, so there is nothing to read.")
		return false
	}
	if !okS || !okT {
		return false
	}
	for i := range rows.Items {
		r.row(&rows.Items[i], i, source, target)
	}
	if r.related > 0 {
		r.fault(n.Line, framework.Info, "%d rows say intersect, which CISO Assistant writes wherever two requirements are related; they were read as overlaps.", r.related)
	}
	r.summary()
	return true
}

func (r *cisoReader) end(n *document.Node, key string) (end, bool) {
	urn := n.TextOf(key)
	name := framework.URNEnd(urn)
	f, ok := r.catalogue.Named(name, strings.ReplaceAll(name, "-", " "))
	if urn == "" || !ok {
		r.fault(n.Line, framework.Error, "%s is %q, which is no framework at hand. Read it first, or name one of: %s.", key, document.Brief(urn), strings.Join(r.catalogue.IDs(), ", "))
		return end{}, false
	}
	r.taken(n.Line, f, name)
	return end{f, r.resolver(f)}, true
}

func (r *cisoReader) row(n *document.Node, place int, source, target end) {
	if n.Kind != document.ObjectNode {
		r.fault(n.Line, framework.Error, "Here a mapping must stand, not %s.", n.Kind)
		return
	}
	m := SetMap{ID: fmt.Sprintf("row-%d", place+1), Basis: n.TextOf("rationale"), Provenance: r.set.Source, Line: n.Line}
	switch word := n.TextOf("relationship"); word {
	case "equal":
		m.Relation = Equal
	case "subset":
		m.Relation = Subset
	case "superset":
		m.Relation = Superset
	case "intersect":
		m.Relation = Overlaps
		r.related++
	case "not_related":
		m.Relation = None
	default:
		r.fault(n.Line, framework.Error, "The relationship is %q. CISO Assistant writes equal, subset, superset, intersect or not_related.", document.Brief(word))
		return
	}
	switch m.Basis {
	case "", "syntactic", "semantic", "functional":
	default:
		r.fault(n.Line, framework.Error, "The rationale is %q. Write syntactic, semantic or functional, or leave it out.", document.Brief(m.Basis))
		return
	}
	var ok bool
	if m.Strength, ok = r.strength(n); !ok {
		return
	}
	s, okS := r.ref(n, "source_requirement_urn", source)
	t, okT := r.ref(n, "target_requirement_urn", target)
	if okS && okT {
		m.Sources, m.Targets = []framework.Ref{s}, []framework.Ref{t}
		r.keep(m)
	}
}

// strength reads an editorial strength. The second name is a slip of an earlier
// converter that stands in libraries published to this day.
func (r *cisoReader) strength(n *document.Node) (int, bool) {
	for _, key := range []string{"strength_of_relationship", "stregth_of_relationship"} {
		f := n.Find(key)
		if f == nil || f.Kind == document.NullNode {
			continue
		}
		strength, err := strconv.Atoi(f.Text)
		if err != nil || strength < 0 || strength > 10 {
			r.fault(n.Line, framework.Error, "The strength is %q. It is a whole number from 0 to 10; the row was not read.", document.Brief(f.Text))
			return 0, false
		}
		return strength, true
	}
	return 0, true
}

func (r *cisoReader) ref(n *document.Node, key string, e end) (framework.Ref, bool) {
	urn := n.TextOf(key)
	id, ok := e.resolver.Find(framework.URNEnd(urn))
	if !ok {
		r.fault(n.Line, framework.Error, "%s is %q, and %s has no such requirement. The row was not read.", key, document.Brief(urn), e.f.Short)
	}
	return framework.Ref{Framework: e.f.ID, ID: id}, ok
}
