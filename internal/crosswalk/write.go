package crosswalk

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
)

// WriteOSCAL writes a set of the library, with the unions and lists that stand
// beside it, as an OSCAL mapping collection: one mapping for each pair of
// frameworks, one map for each row, union or statement about sets. Relations that
// OSCAL has no word for stand in our namespace.
func WriteOSCAL(w io.Writer, l *Library, s *Set, e oscal.Edition) error {
	b := &mappingWriter{library: l, set: s, edition: e, tokens: make(map[string]map[string]string), used: make(map[string]int)}
	for i := range s.Edges {
		if m := &s.Edges[i]; m.Map == "" {
			b.add(m.Source.Framework, m.Target.Framework, b.row(m))
		}
	}
	for i := range s.Maps {
		if m := &s.Maps[i]; len(m.Sources) > 0 && len(m.Targets) > 0 {
			b.add(m.Sources[0].Framework, m.Targets[0].Framework, b.statement(m))
		}
	}
	for _, u := range l.UnionsOf(s.ID) {
		if u.Map == "" {
			b.add(u.Sources[0].Framework, u.Target.Framework, b.union(u))
		}
	}
	b.lists()
	if len(b.mappings) == 0 {
		return fmt.Errorf("the set %s has no rows to write", s.ID)
	}
	d := &oscal.MappingCollection{
		Metadata: e.Metadata(s.Title, oscal.Own("set", s.ID), oscal.Own("kind", string(s.Kind)), oscal.Own("source", s.Source), oscal.Own("licence", s.Licence)),
		Provenance: oscal.Provenance{Method: "human", Rationale: "semantic", Status: "not-complete",
			Description: s.Title + ". Numbers of requirements only; no text of a standard is quoted."},
		BackMatter: &oscal.BackMatter{Resources: b.resources},
	}
	if s.Kind == Derived {
		d.Provenance.Method = "automation"
	}
	for _, m := range b.mappings {
		if len(m.Maps) > 0 {
			d.Mappings = append(d.Mappings, *m)
		}
	}
	doc := &oscal.Document{Mappings: d}
	if err := oscal.Seal(doc); err != nil {
		return err
	}
	return oscal.Write(w, doc)
}

// UnionsOf returns the unions that stand beside the set, in file order.
func (l *Library) UnionsOf(set string) []Union {
	var out []Union
	for _, u := range l.Unions {
		if slices.Contains(u.owners, set) && len(u.Sources) > 0 {
			out = append(out, u)
		}
	}
	return out
}

// NetNewOf returns what the set lists as asked by one framework only, in file order.
func (l *Library) NetNewOf(set string) []NetNew {
	return slices.DeleteFunc(slices.Clone(l.NetNew), func(n NetNew) bool { return !slices.Contains(n.owners, set) })
}

// NoHomeOf returns what the set lists as without a place in the other framework, in file order.
func (l *Library) NoHomeOf(set string) []NoHome {
	return slices.DeleteFunc(slices.Clone(l.NoHome), func(n NoHome) bool { return !slices.Contains(n.owners, set) })
}

type mappingWriter struct {
	library   *Library
	set       *Set
	edition   oscal.Edition
	tokens    map[string]map[string]string // by framework, then id
	used      map[string]int               // uuids of maps
	mappings  []*oscal.Mapping
	pairs     [][2]string // frameworks of each mapping
	resources []oscal.Resource
}

// add puts a map into the mapping of its two frameworks.
func (b *mappingWriter) add(from, to string, m oscal.Map) {
	n := b.used[m.UUID]
	b.used[m.UUID]++
	if n > 0 { // a set that states a pair twice keeps both
		m.UUID = b.edition.ID("map", m.UUID, strconv.Itoa(n))
	}
	at := b.mapping(from, to)
	at.Maps = append(at.Maps, m)
}

func (b *mappingWriter) mapping(from, to string) *oscal.Mapping {
	if i := slices.Index(b.pairs, [2]string{from, to}); i >= 0 {
		return b.mappings[i]
	}
	m := &oscal.Mapping{UUID: b.edition.ID("mapping", b.set.ID, from, to), Source: b.resource(from), Target: b.resource(to)}
	b.mappings, b.pairs = append(b.mappings, m), append(b.pairs, [2]string{from, to})
	return m
}

// resource names a framework, and lists it in the back matter once.
func (b *mappingWriter) resource(id string) oscal.ResourceRef {
	ref := oscal.ResourceRef{Type: "catalog", Href: "#" + b.edition.ID("resource", id), Props: oscal.Props(oscal.Own("framework", id))}
	if b.tokens[id] != nil {
		return ref
	}
	title := id
	b.tokens[id] = make(map[string]string)
	if f, ok := b.library.Frameworks.Find(id); ok {
		title, b.tokens[id] = f.Title, f.Tokens()
	}
	b.resources = append(b.resources, oscal.Resource{UUID: ref.Href[1:], Title: oscal.Line(title, id), Props: ref.Props})
	return ref
}

func (b *mappingWriter) token(r framework.Ref) string {
	b.resource(r.Framework)
	if t, ok := b.tokens[r.Framework][r.ID]; ok {
		return t
	}
	return oscal.Slug(r.ID)
}

func (b *mappingWriter) items(refs ...framework.Ref) []oscal.Item {
	out := make([]oscal.Item, len(refs))
	for i, r := range refs {
		out[i] = oscal.Item{Type: "control", IDRef: b.token(r)}
	}
	return out
}

func (b *mappingWriter) row(e *Edge) oscal.Map {
	m := oscal.Map{UUID: b.edition.ID("map", b.set.ID, e.Source.String(), e.Target.String()), Sources: b.items(e.Source), Targets: b.items(e.Target), Remarks: e.Rationale,
		Props: oscal.Props(strengthProp(e.Strength), oscal.Own("provenance", e.Provenance), oscal.Own("residual", e.Residual))}
	m.NS, m.Relationship = relationship(e.Relation)
	return m
}

func (b *mappingWriter) statement(s *SetMap) oscal.Map {
	id := s.ID
	if !oscal.IsUUID(id) {
		id = b.edition.ID("statement", b.set.ID, id)
	}
	m := oscal.Map{UUID: id, Sources: b.items(s.Sources...), Targets: b.items(s.Targets...), Rationale: s.Basis, Remarks: s.Rationale,
		NS: s.Namespace, Relationship: s.Token,
		Props: oscal.Props(strengthProp(s.Strength), oscal.Own("provenance", s.Provenance), oscal.Own("residual", s.Residual))}
	if s.Namespace == "" {
		m.NS, m.Relationship = relationship(s.Relation)
	}
	for _, q := range s.Qualifiers {
		m.Qualifiers = append(m.Qualifiers, oscal.Qualifier{Subject: q.Subject, Predicate: q.Predicate, Category: q.Category, Description: q.Text})
	}
	return m
}

func (b *mappingWriter) union(u Union) oscal.Map {
	words := []string{"union", b.set.ID, u.Target.String()}
	for _, r := range u.Sources {
		words = append(words, r.String())
	}
	return oscal.Map{UUID: b.edition.ID(words...), Relationship: "superset-of", Sources: b.items(u.Sources...), Targets: b.items(u.Target),
		Remarks: u.Rationale, Props: oscal.Props(oscal.Own("union", "yes"))}
}

// strengthProp keeps an editorial strength, which OSCAL has no field for: its
// confidence is another thing.
func strengthProp(n int) oscal.Property {
	if n == 0 {
		return oscal.Property{}
	}
	return oscal.Own("strength", strconv.Itoa(n))
}

// relationship returns the token of a relation and its namespace; none is OSCAL's own.
func relationship(m Mask) (ns, token string) {
	for token, base := range tokens {
		if base == m && token != "equivalent-to" {
			return "", token
		}
	}
	if m == Overlaps {
		return oscal.OwnNS, "overlaps"
	}
	return oscal.OwnNS, strings.Join(m.Relations(), "-or-")
}

// lists writes what the set says has no counterpart, with the reasons as our
// properties; what has no map at all stands in OSCAL's gap summary too.
func (b *mappingWriter) lists() {
	for _, n := range b.library.NetNewOf(b.set.ID) {
		b.apart("net-new", n.Target, n.From, n.Reason, n.FirstTask)
	}
	for _, n := range b.library.NoHomeOf(b.set.ID) {
		b.apart("no-home", n.Source, n.To, n.Reason, "")
	}
	for i, m := range b.mappings {
		b.gap(&m.SourceGap, m, "source", b.pairs[i][0], m.Maps, func(p oscal.Map) []oscal.Item { return p.Sources })
		b.gap(&m.TargetGap, m, "target", b.pairs[i][1], m.Maps, func(p oscal.Map) []oscal.Item { return p.Targets })
	}
}

func (b *mappingWriter) apart(name string, of framework.Ref, other, reason, task string) {
	class, at := "target", slices.Index(b.pairs, [2]string{other, of.Framework})
	if at < 0 {
		class, at = "source", slices.Index(b.pairs, [2]string{of.Framework, other})
	}
	if at < 0 {
		return // the set states no row between the two
	}
	m, token := b.mappings[at], b.token(of)
	m.Props = append(m.Props, oscal.Property{Name: name, NS: oscal.OwnNS, Value: token, Class: class, Group: token, Remarks: reason})
	if p := oscal.Own("first-task", task); p.Name != "" {
		p.Class, p.Group = class, token
		m.Props = append(m.Props, p)
	}
}

func (b *mappingWriter) gap(to **oscal.GapSummary, m *oscal.Mapping, class, f string, list []oscal.Map, side func(oscal.Map) []oscal.Item) {
	mapped := make(map[string]bool)
	for _, p := range list {
		for _, item := range side(p) {
			mapped[item.IDRef] = true
		}
	}
	var ids []string
	for _, p := range m.Props {
		if (p.Name == "net-new" || p.Name == "no-home") && p.Class == class && !mapped[p.Value] {
			ids = append(ids, p.Value)
		}
	}
	if len(ids) > 0 {
		*to = &oscal.GapSummary{UUID: b.edition.ID("gap", b.set.ID, m.UUID, class, f), Unmapped: []oscal.Select{{IDs: ids}}}
	}
}

// rowRecords returns the rows of a set as a mapping file has them, header first.
func rowRecords(s *Set) [][]string {
	out := [][]string{append(slices.Clone(rowColumns), rowOptional...)}
	for _, e := range s.Edges {
		strength := ""
		if e.Strength > 0 {
			strength = strconv.Itoa(e.Strength)
		}
		out = append(out, []string{e.Source.Framework, e.Source.ID, e.Relation.word(), e.Target.Framework, e.Target.ID, strength, e.Provenance, e.Rationale, e.Residual})
	}
	return out
}

// word writes a relation as mapping files do; ParseRelation reads it back.
func (m Mask) word() string {
	if m == Overlaps {
		return "overlaps"
	}
	return strings.Join(m.Relations(), "-or-")
}

// WriteCSV writes the rows of a set in the form mapping files have. Statements
// about sets do not fit a table of pairs; what follows from them does.
func WriteCSV(w io.Writer, s *Set) error {
	return document.WriteCSV(w, document.Table{Rows: rowRecords(s)})
}

// WriteXLSX writes a workbook with the rows of a set and the lists beside it.
func WriteXLSX(w io.Writer, l *Library, s *Set) error {
	rows := rowRecords(s)
	sheets := []document.Sheet{
		{Name: "About", Header: []string{"Item", "Value"}, Widths: []float64{16, 90}, Rows: [][]string{
			{"Set", s.ID}, {"Title", s.Title}, {"Kind", string(s.Kind)}, {"Source", s.Source}, {"Licence", s.Licence}, {"Rows", strconv.Itoa(len(s.Edges))}}},
		{Name: "Rows", Header: rows[0], Rows: rows[1:], Widths: []float64{18, 14, 13, 18, 14, 9, 24, 60, 60}},
	}
	add := func(name string, header []string, rows [][]string) {
		if len(rows) > 0 {
			sheets = append(sheets, document.Sheet{Name: name, Header: header, Rows: rows})
		}
	}
	names := func(refs []framework.Ref) string {
		ids := make([]string, len(refs))
		for i, r := range refs {
			ids[i] = r.ID
		}
		return strings.Join(ids, "+")
	}
	var unions, maps, netNew, noHome [][]string
	for _, u := range l.UnionsOf(s.ID) {
		unions = append(unions, []string{u.Target.Framework, u.Target.ID, names(u.Sources), u.Rationale})
	}
	for _, m := range s.Maps {
		word := m.Token
		if m.Namespace == "" {
			word = m.Relation.word()
		}
		maps = append(maps, []string{names(m.Sources), word, names(m.Targets), m.Namespace, m.Basis, m.Rationale, m.Silent()})
	}
	for _, n := range l.NetNewOf(s.ID) {
		netNew = append(netNew, []string{n.Target.Framework, n.Target.ID, n.Reason, n.FirstTask})
	}
	for _, n := range l.NoHomeOf(s.ID) {
		noHome = append(noHome, []string{n.Source.Framework, n.Source.ID, n.Reason})
	}
	add("Unions", []string{"target_framework", "target_id", "source_ids", "rationale"}, unions)
	add("Statements about sets", []string{"sources", "relationship", "targets", "namespace", "basis", "rationale", "not inferred because"}, maps)
	add("Net new", []string{"target_framework", "target_id", "reason", "first_task"}, netNew)
	add("No home", []string{"source_framework", "source_id", "reason"}, noHome)
	return document.WriteXLSX(w, sheets)
}
