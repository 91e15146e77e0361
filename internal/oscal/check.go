package oscal

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Relations are the tokens of OSCAL's own namespace.
var Relations = []string{"equal-to", "equivalent-to", "subset-of", "superset-of", "intersects-with", "no-relationship"}

// Own reports whether the relationship is one of OSCAL itself. One of another
// namespace means what its owner says; nothing may be inferred from it.
func (m *Map) Own() bool { return m.NS == "" || strings.TrimSuffix(m.NS, "/") == DefaultNS }

// check looks at what the form allows and sense does not. The schema passes all of it.
func (r *reader) check(d *Document) {
	meta := d.Metadata()
	if v := meta.OSCALVersion; v != "" && !supported(v) {
		r.add(meta.Line, root("metadata"), !r.lenient, "The file is of OSCAL %s. Versions 1.0 to 1.2 are read.", v)
	}
	switch {
	case d.Catalog != nil:
		c := catalogCheck{r, make(map[string]int)}
		c.controls(d.Catalog.Controls)
		c.groups(d.Catalog.Groups)
	case d.Profile != nil:
		for i, m := range d.Profile.Imports {
			if (m.IncludeAll == nil) == (len(m.Include) == 0) {
				at := &place{up: root("imports"), index: i}
				r.add(m.Line, at, true, "An import takes either everything (include-all) or what it names (include-controls). Write one of the two.")
			}
		}
	case d.Components != nil:
		r.components(d.Components)
	case d.Mappings != nil:
		r.mappings(d.Mappings)
	}
}

func root(name string) *place { return &place{name: name} }

// supported reports whether a version is 1.0, 1.1 or 1.2 with any patch.
func supported(v string) bool {
	parts := strings.Split(v, ".")
	if len(parts) < 2 || parts[0] != "1" {
		return false
	}
	minor, err := strconv.Atoi(parts[1])
	return err == nil && minor >= 0 && minor <= 2
}

type catalogCheck struct {
	*reader
	lines map[string]int // by id of a control or group
}

func (c *catalogCheck) id(id string, line int) {
	if id == "" {
		return
	}
	if first := c.lines[id]; first != 0 {
		c.add(line, nil, true, "The id %s is already used on line %d. Give each control and group its own.", quoted(id), first)
		return
	}
	c.lines[id] = line
}

func (c *catalogCheck) controls(list []Control) {
	for i := range list {
		c.id(list[i].ID, list[i].Line)
		c.controls(list[i].Controls)
	}
}

func (c *catalogCheck) groups(list []Group) {
	for i := range list {
		c.id(list[i].ID, list[i].Line)
		c.groups(list[i].Groups)
		c.controls(list[i].Controls)
	}
}

// unique reports a uuid that stands for two things.
type unique struct {
	*reader
	lines map[string]int
}

func (u *unique) see(id string, line int, at *place) {
	if id = strings.ToLower(id); id == "" {
		return
	}
	if first := u.lines[id]; first != 0 {
		u.add(line, at, !u.lenient, "The uuid %s is already used on line %d. Each thing needs its own.", id, first)
		return
	}
	u.lines[id] = line
}

func (r *reader) components(d *ComponentDefinition) {
	u := unique{r, make(map[string]int)}
	for i, c := range d.Components {
		at := &place{up: root("components"), index: i}
		u.see(c.UUID, c.Line, at)
		for j, m := range c.Implementations {
			at := &place{up: &place{up: at, name: "control-implementations"}, index: j}
			u.see(m.UUID, m.Line, at)
			for k, q := range m.Requirements {
				u.see(q.UUID, q.Line, &place{up: &place{up: at, name: "implemented-requirements"}, index: k})
			}
		}
	}
}

func (r *reader) mappings(d *MappingCollection) {
	u := unique{r, make(map[string]int)}
	r.words(d.Provenance.Line, root("provenance"), d.Provenance.Method, d.Provenance.Rationale, d.Provenance.Status)
	r.shares(d.Provenance.Line, root("provenance"), d.Provenance.Confidence, d.Provenance.Coverage)
	for i := range d.Mappings {
		m := &d.Mappings[i]
		at := &place{up: root("mappings"), index: i}
		u.see(m.UUID, m.Line, at)
		r.words(m.Line, at, m.Method, m.Rationale, m.Status)
		r.shares(m.Line, at, m.Confidence, m.Coverage)
		usable := make([]bool, len(m.Maps))
		said := make(map[string]int)
		mapped := [2]map[string]int{{}, {}}
		for j := range m.Maps {
			p := &m.Maps[j]
			at := &place{up: &place{up: at, name: "maps"}, index: j}
			u.see(p.UUID, p.Line, at)
			if usable[j] = r.one(m, p, at); !usable[j] {
				continue
			}
			if first, ok := said[d.key(m, p)]; ok {
				usable[j] = false
				if q := &m.Maps[first]; same(q.Relationship, p.Relationship) {
					r.add(p.Line, at, !r.lenient, "The same relation already stands on line %d. Keep one.", q.Line)
				} else {
					usable[first] = false // which of the two is right is not for us to say
					r.add(p.Line, at, true, "Line %d says %s of the same two sets, here %s stands. Both cannot be true; keep one.", q.Line, q.Relationship, p.Relationship)
				}
				continue
			}
			said[d.key(m, p)] = j
		}
		kept := make([]Map, 0, len(m.Maps))
		for j, p := range m.Maps {
			if !usable[j] {
				continue
			}
			kept = append(kept, p)
			for side, items := range [][]Item{p.Sources, p.Targets} {
				for _, item := range items {
					mapped[side][item.IDRef] = p.Line
				}
			}
		}
		m.Maps = kept
		r.gap(m.SourceGap, mapped[0], &place{up: at, name: "source-gap-summary"})
		r.gap(m.TargetGap, mapped[1], &place{up: at, name: "target-gap-summary"})
	}
}

// one checks a single map and reports whether it can be used.
func (r *reader) one(m *Mapping, p *Map, at *place) bool {
	ok := true
	if p.Own() && !slices.Contains(Relations, p.Relationship) {
		r.add(p.Line, at, true, "The relationship %s is none of OSCAL: %s. Correct it, or name the namespace it belongs to in ns.", quoted(p.Relationship), strings.Join(Relations, ", "))
		ok = false
	}
	r.words(p.Line, at, "", p.Rationale, "")
	r.shares(p.Line, at, p.Confidence, p.Coverage)
	for _, q := range p.Qualifiers {
		r.word(q.Line, at, "subject", q.Subject, "source", "target", "both")
		r.word(q.Line, at, "predicate", q.Predicate, "has-requirement", "has-incompatibility")
		r.word(q.Line, at, "category", q.Category, "restricted", "addressable", "blocked")
	}
	for _, side := range [][]Item{p.Sources, p.Targets} {
		seen := make(map[string]bool, len(side))
		for _, item := range side {
			r.word(item.Line, at, "type", item.Type, "control", "statement")
			if seen[item.IDRef] {
				r.add(item.Line, at, !r.lenient, "%s stands twice on one side of a map. Name each member once.", quoted(item.IDRef))
			}
			seen[item.IDRef] = true
			if strings.ContainsAny(item.IDRef, " \t") {
				r.add(item.Line, at, true, "The id %s holds a blank, which no control's id does. Correct it.", quoted(item.IDRef))
				ok = false
			}
		}
	}
	if m.Source.Href == m.Target.Href && ids(p.Sources) == ids(p.Targets) {
		r.add(p.Line, at, true, "The map relates %s to itself. Remove it.", quoted(ids(p.Sources)))
		return false
	}
	return ok
}

// RationaleOf returns how the two sides of a map were compared: "semantic" and so on.
func (d *MappingCollection) RationaleOf(m *Mapping, p *Map) string {
	return cmp.Or(p.Rationale, m.Rationale, d.Provenance.Rationale)
}

// key tells maps apart that speak of the same sets in the same way.
func (d *MappingCollection) key(m *Mapping, p *Map) string {
	ns := p.NS
	if p.Own() {
		ns = ""
	}
	return fmt.Sprintf("%q %q %q %q", ns, d.RationaleOf(m, p), ids(p.Sources), ids(p.Targets))
}

// same reports whether two tokens mean one relation: equivalent-to says in other
// words what equal-to says in the same.
func same(a, b string) bool {
	plain := func(t string) string { return strings.Replace(t, "equivalent-to", "equal-to", 1) }
	return plain(a) == plain(b)
}

// ids names a set of items, whatever their order in the file.
func ids(items []Item) string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = item.IDRef
	}
	slices.Sort(out)
	return strings.Join(out, " + ")
}

func (r *reader) words(line int, at *place, method, rationale, status string) {
	r.word(line, at, "method", method, "human", "automation", "hybrid")
	r.word(line, at, "matching-rationale", rationale, "syntactic", "semantic", "functional")
	r.word(line, at, "status", status, "complete", "not-complete", "draft", "deprecated", "superseded")
}

// word reports a value that is not one of those OSCAL allows.
func (r *reader) word(line int, at *place, name, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		r.add(line, at, !r.lenient, "The %s is %s. OSCAL allows %s.", name, quoted(value), strings.Join(allowed, ", "))
	}
}

// shares checks figures that stand for parts of a whole.
func (r *reader) shares(line int, at *place, c *Confidence, v *Coverage) {
	if c != nil && c.Percentage != nil {
		if c.Category != "" {
			r.add(c.Line, at, !r.lenient, "The confidence is given as a word and as a share. Keep one of the two.")
		}
		if *c.Percentage < 0 || *c.Percentage > 1 {
			r.add(c.Line, at, !r.lenient, "The confidence is %g. Write a share from 0 to 1.", *c.Percentage)
		}
	}
	if v != nil && (v.Target < 0 || v.Target > 1) {
		r.add(v.Line, at, !r.lenient, "The coverage is %g. Write a share from 0 to 1.", v.Target)
	}
}

// gap reports controls that are listed as unmapped and are mapped.
func (r *reader) gap(g *GapSummary, mapped map[string]int, at *place) {
	if g == nil {
		return
	}
	for _, s := range g.Unmapped {
		for _, id := range s.IDs {
			if line := mapped[id]; line != 0 {
				r.add(s.Line, at, !r.lenient, "%s is listed as unmapped and is mapped on line %d. Remove one of the two.", quoted(id), line)
			}
		}
	}
}
