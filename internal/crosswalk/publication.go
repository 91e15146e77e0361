package crosswalk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Publication is a mapping set with the lists that stand beside it: what somebody
// brings, and what is kept of a set that ships.
type Publication struct {
	Set        *Set
	Unions     []Union
	NetNew     []NetNew
	NoHome     []NoHome
	Challenged []Challenge
}

// The bounds on a set that somebody brings. The largest that ships has 760 rows;
// looking for contradictions takes longer than reading.
const (
	MaxSetRows  = 20_000
	maxSetLists = 5_000
)

// publishedSet is a publication as it is kept and hashed. Rows are lists, as in a CSV file.
type publishedSet struct {
	ID         string      `json:"id"`
	Version    string      `json:"version"`
	Title      string      `json:"title"`
	Kind       SetKind     `json:"kind"`
	Source     string      `json:"source"`
	Licence    string      `json:"licence"`
	Default    bool        `json:"default"`
	Rows       [][]string  `json:"rows"`
	Strength   map[int]int `json:"strength,omitempty"` // by row
	Unions     []listedRow `json:"unions,omitempty"`
	NetNew     []listedRow `json:"net_new,omitempty"`
	NoHome     []listedRow `json:"no_home,omitempty"`
	Challenged []listedRow `json:"challenged,omitempty"`
	Maps       []SetMap    `json:"maps,omitempty"`
}

// listedRow is a row of a list, with the sets it stands beside.
type listedRow struct {
	Refs   [][2]string `json:"refs"` // what it speaks of first, then the others
	Text   []string    `json:"text"`
	Owners []string    `json:"owners"`
}

func pairs(refs ...framework.Ref) [][2]string {
	out := make([][2]string, len(refs))
	for i, r := range refs {
		out[i] = [2]string{r.Framework, r.ID}
	}
	return out
}

func (l listedRow) ref(i int) framework.Ref {
	if i >= len(l.Refs) {
		return framework.Ref{}
	}
	return framework.Ref{Framework: l.Refs[i][0], ID: l.Refs[i][1]}
}

func (l listedRow) text(i int) string {
	if i >= len(l.Text) {
		return ""
	}
	return l.Text[i]
}

// Encode returns the publication as JSON, always the same bytes for the same
// content, with their SHA-256.
func (p *Publication) Encode() (content []byte, digest string) {
	s := p.Set
	out := publishedSet{ID: s.ID, Version: s.Version, Title: s.Title, Kind: s.Kind, Source: s.Source, Licence: s.Licence, Default: s.Default,
		Rows: make([][]string, len(s.Edges)), Strength: map[int]int{}}
	for i, e := range s.Edges {
		out.Rows[i] = []string{e.Source.Framework, e.Source.ID, token(e.Relation), e.Target.Framework, e.Target.ID, e.Provenance, e.Rationale, e.Residual}
		if e.Map != "" {
			out.Rows[i] = append(out.Rows[i], e.Map)
		}
		if e.Strength != 0 {
			out.Strength[i] = e.Strength
		}
	}
	for _, m := range s.Maps {
		m.Line = 0 // where it stood in a file says nothing about it
		out.Maps = append(out.Maps, m)
	}
	for _, u := range p.Unions {
		out.Unions = append(out.Unions, listedRow{pairs(append([]framework.Ref{u.Target}, u.Sources...)...), []string{u.Rationale, u.Map}, u.owners})
	}
	for _, n := range p.NetNew {
		out.NetNew = append(out.NetNew, listedRow{pairs(n.Target), []string{n.From, n.Reason, n.FirstTask}, n.owners})
	}
	for _, n := range p.NoHome {
		out.NoHome = append(out.NoHome, listedRow{pairs(n.Source), []string{n.To, n.Reason}, n.owners})
	}
	for _, c := range p.Challenged {
		out.Challenged = append(out.Challenged, listedRow{pairs(c.GuideSource, c.Target), []string{c.Reason}, c.owners})
	}
	return framework.Canonical(out)
}

func parseToken(text string) (Mask, bool) {
	var all Mask
	for part := range strings.SplitSeq(text, "|") {
		m, ok := ParseRelation(part)
		if !ok {
			return 0, false
		}
		all |= m
	}
	return all, true
}

// DecodeSet reads what Encode wrote.
func DecodeSet(content []byte) (*Publication, error) {
	var in publishedSet
	if err := json.Unmarshal(content, &in); err != nil {
		return nil, fmt.Errorf("reading a kept mapping set: %w", err)
	}
	s := &Set{ID: in.ID, File: in.ID + ".csv", Version: in.Version, Title: in.Title, Kind: in.Kind, Source: in.Source, Licence: in.Licence, Default: in.Default,
		Edges: make([]Edge, 0, len(in.Rows))}
	names := make(map[string]string)
	one := func(text string) string {
		if first, ok := names[text]; ok {
			return first
		}
		names[text] = text
		return text
	}
	for i, r := range in.Rows {
		if len(r) < 8 {
			return nil, fmt.Errorf("reading a kept mapping set: row %d of %s has %d fields", i, in.ID, len(r))
		}
		m, ok := parseToken(r[2])
		if !ok {
			return nil, fmt.Errorf("reading a kept mapping set: row %d of %s has the relation %q", i, in.ID, r[2])
		}
		follows := ""
		if len(r) > 8 {
			follows = r[8]
		}
		s.Edges = append(s.Edges, Edge{Map: follows, Set: s.ID, Source: framework.Ref{Framework: one(r[0]), ID: r[1]}, Target: framework.Ref{Framework: one(r[3]), ID: r[4]},
			Relation: m, Strength: in.Strength[i], Provenance: one(r[5]), Rationale: r[6], Residual: r[7], Line: i + 2})
	}
	for i, m := range in.Maps {
		m.Line = i + 2
		s.Maps = append(s.Maps, m)
	}
	p := &Publication{Set: s}
	p.decodeLists(in)
	return p, nil
}

func (p *Publication) decodeLists(in publishedSet) {
	file := p.Set.File
	for i, r := range in.Unions {
		u := Union{Set: in.ID, Target: r.ref(0), Rationale: r.text(0), Map: r.text(1), Line: i + 2, owners: r.Owners, file: file}
		for n := 1; n < len(r.Refs); n++ {
			u.Sources = append(u.Sources, r.ref(n))
		}
		p.Unions = append(p.Unions, u)
	}
	for i, r := range in.NetNew {
		p.NetNew = append(p.NetNew, NetNew{Target: r.ref(0), From: r.text(0), Reason: r.text(1), FirstTask: r.text(2), Line: i + 2, owners: r.Owners, file: file})
	}
	for i, r := range in.NoHome {
		p.NoHome = append(p.NoHome, NoHome{Source: r.ref(0), To: r.text(0), Reason: r.text(1), Line: i + 2, owners: r.Owners, file: file})
	}
	for i, r := range in.Challenged {
		p.Challenged = append(p.Challenged, Challenge{r.ref(0), r.ref(1), r.text(0), i + 2, r.Owners, file})
	}
}

// settle makes the set the owner of what stands beside it, whatever it was called
// in its file.
func (p *Publication) settle() {
	own, file := []string{p.Set.ID}, p.Set.File
	for i := range p.Unions {
		u := &p.Unions[i]
		u.Set, u.owners, u.file = p.Set.ID, own, file
	}
	for i := range p.NetNew {
		n := &p.NetNew[i]
		n.owners, n.file = own, file
	}
	for i := range p.NoHome {
		n := &p.NoHome[i]
		n.owners, n.file = own, file
	}
	for i := range p.Challenged {
		c := &p.Challenged[i]
		c.owners, c.file = own, file
	}
	for i := range p.Set.Edges {
		p.Set.Edges[i].Set = p.Set.ID
	}
}

// Publications returns the sets of a file, each with the lists beside it.
func (f *File) Publications() []*Publication {
	var out []*Publication
	for _, s := range f.Sets {
		p := &Publication{Set: s}
		if s.Version == "" {
			s.Version = f.Version
		}
		for _, u := range f.Unions {
			if first(u.owners) == s.ID || len(u.owners) == 0 && u.Set == s.ID {
				p.Unions = append(p.Unions, u)
			}
		}
		for _, n := range f.NetNew {
			if first(n.owners) == s.ID {
				p.NetNew = append(p.NetNew, n)
			}
		}
		for _, n := range f.NoHome {
			if first(n.owners) == s.ID {
				p.NoHome = append(p.NoHome, n)
			}
		}
		out = append(out, p)
	}
	return out
}

// Publication returns a set of the library with its lists. A list that stands
// beside several sets belongs to the first.
func (l *Library) Publication(id string) (*Publication, bool) {
	s, ok := l.Set(id)
	if !ok {
		return nil, false
	}
	p := &Publication{Set: s}
	for _, x := range l.Unions {
		if first(x.owners) == id {
			p.Unions = append(p.Unions, x)
		}
	}
	for _, x := range l.NetNew {
		if first(x.owners) == id {
			p.NetNew = append(p.NetNew, x)
		}
	}
	for _, x := range l.NoHome {
		if first(x.owners) == id {
			p.NoHome = append(p.NoHome, x)
		}
	}
	for _, x := range l.Challenged {
		if first(x.owners) == id {
			p.Challenged = append(p.Challenged, x)
		}
	}
	return p, true
}

func first(owners []string) string {
	if len(owners) == 0 {
		return ""
	}
	return owners[0]
}

// With returns a library in which the given frameworks and sets stand in for
// those of the same id, the others after them. What is not replaced is shared.
func (l *Library) With(frameworks []*framework.Framework, sets []*Publication) *Library {
	out := &Library{Frameworks: l.Frameworks.With(frameworks...), Sets: slices.Clone(l.Sets)}
	replaced := func(owners []string) bool {
		return slices.ContainsFunc(sets, func(p *Publication) bool { return p.Set.ID == first(owners) })
	}
	out.Unions = slices.DeleteFunc(slices.Clone(l.Unions), func(x Union) bool { return replaced(x.owners) })
	out.NetNew = slices.DeleteFunc(slices.Clone(l.NetNew), func(x NetNew) bool { return replaced(x.owners) })
	out.NoHome = slices.DeleteFunc(slices.Clone(l.NoHome), func(x NoHome) bool { return replaced(x.owners) })
	out.Challenged = slices.DeleteFunc(slices.Clone(l.Challenged), func(x Challenge) bool { return replaced(x.owners) })
	for _, p := range sets {
		if i := slices.IndexFunc(out.Sets, func(s *Set) bool { return s.ID == p.Set.ID }); i >= 0 {
			out.Sets[i] = p.Set
		} else {
			out.Sets = append(out.Sets, p.Set)
		}
		out.Unions = append(out.Unions, p.Unions...)
		out.NetNew = append(out.NetNew, p.NetNew...)
		out.NoHome = append(out.NoHome, p.NoHome...)
		out.Challenged = append(out.Challenged, p.Challenged...)
	}
	return out
}

// checkPublication returns what keeps a set that somebody brings from being used
// with the frameworks of the library: its names, its rows one by one, and what
// they say together.
func (l *Library) checkPublication(p *Publication) []framework.Fault {
	p.settle()
	s := p.Set
	c := checker{Library: &Library{Frameworks: l.Frameworks, Sets: []*Set{s}, Unions: p.Unions, NetNew: p.NetNew, NoHome: p.NoHome, Challenged: p.Challenged}}
	if !framework.ValidID(s.ID) {
		c.add(framework.Error, s.File, 0, "The id %q cannot stand in an address. Use up to 64 small letters, digits, hyphens and dots, such as acme-iso27001.", s.ID)
	}
	if s.Title == "" || len(s.Title) > 200 {
		c.add(framework.Error, s.File, 0, "The title has %d characters; 1 to 200 are accepted. Write a few words.", len(s.Title))
	}
	if s.Kind != Authored && s.Kind != Published && s.Kind != Derived {
		c.add(framework.Error, s.File, 0, "The kind of set %s is %q. Write authored, published or derived.", s.ID, s.Kind)
	}
	n := len(p.Unions) + len(p.NetNew) + len(p.NoHome) + len(p.Challenged) + len(s.Maps)
	switch {
	case len(s.Edges)+len(s.Maps)+len(p.Unions) == 0:
		c.add(framework.Error, s.File, 0, "The set has no rows that can be used. Give it at least one.")
		return c.faults
	case len(s.Edges) > MaxSetRows || n > maxSetLists:
		c.add(framework.Error, s.File, 0, "The set has %d rows and %d entries beside them; at most %d and %d are accepted. Split it.", len(s.Edges), n, MaxSetRows, maxSetLists)
		return c.faults
	}
	for _, e := range s.Edges {
		if e.Relation == 0 || e.Relation == Any || strings.ContainsRune(e.Provenance+e.Rationale+e.Residual, 0) {
			c.add(framework.Error, s.File, e.Line, "The row says nothing that can be kept. Give it one of the relations, and text without NUL characters.")
		}
	}
	if len(framework.Errors(c.faults)) == 0 {
		c.faults = append(c.faults, c.Check()...)
	}
	framework.SortFaults(c.faults)
	return slices.Compact(c.faults)
}
