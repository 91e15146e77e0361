package crosswalk

import (
	"cmp"
	"slices"
	"sync"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Stack is an ordered choice of mapping sets, compiled into one graph whose nodes
// are requirements and headings. Rows of authored and published sets are firm;
// rows of derived sets give candidates and never narrow what firm rows allow.
// Rows whose ends the catalogue does not have take no part. A Stack is immutable
// and safe for concurrent use.
type Stack struct {
	IDs []string // in the order chosen

	library *Library
	sets    []*Set
	nodes   *nodes
	links   []link
	rows    []row    // of all links, those of one link together
	firm    graph    // links that rest on a firm row
	all     graph    // every link; the same graph if no set is derived
	overlay *overlay // what people decided; nil where nobody did

	mu    sync.Mutex
	known map[string][]cell // answers by source framework; see relate.go

	disputing sync.Once
	disputes  []Pair // see heat.go
}

// link is what the stack states about one pair. Parallel rows are taken
// together first: their masks combine by AND. If they exclude each other the
// link is broken: it proves nothing about anything else, so walks cross it as Any.
type link struct {
	a, b        int32 // node numbers, a < b
	mask        Mask  // read from a; 0 if broken
	firm        bool
	first, last int32 // rows the mask rests on; last is excluded
}

type row struct {
	key      uint64 // a and b of its link
	set      int32  // place of its set in the stack
	firm     bool
	inverted bool // the author wrote it from b to a
	mask     Mask // read from a
	edge     *Edge
}

// graph is the links as every node sees them, in flat slices: the neighbours of
// node n are to[start[n]:start[n+1]], ascending.
type graph struct {
	start []int32
	to    []int32
	mask  []Mask // read from n; Any where the link is broken
	link  []int32

	cluster []int32 // by node: how many nodes hang together with it, itself included
}

// compile builds the graph. If trusting, rows of derived sets count as firm. over
// is what people decided, or nil.
func (l *Library) compile(sets []*Set, trusting bool, over *overlay) *Stack {
	s := &Stack{library: l, sets: sets, nodes: l.numbered(), overlay: over, known: make(map[string][]cell)}
	size := 0
	for _, set := range sets {
		s.IDs = append(s.IDs, set.ID)
		size += len(set.Edges)
	}
	rows := make([]row, 0, size)
	for n, set := range sets {
		firm := trusting || set.Kind != Derived
		for i := range set.Edges {
			e := &set.Edges[i]
			a, okA := s.nodes.of(e.Source)
			b, okB := s.nodes.of(e.Target)
			if !okA || !okB || a == b {
				continue // Check reports these
			}
			r := row{set: int32(n), firm: firm, mask: e.Relation, edge: e}
			r = r.between(a, b)
			if over != nil && over.keys[r.key] {
				st := over.of(set, e.Source, e.Target, true)
				if !st.Takes {
					continue
				}
				r.firm = st.Firm
			}
			rows = append(rows, r)
		}
	}
	if over != nil {
		rows = append(rows, s.ownRows(over)...)
	}
	slices.SortFunc(rows, compareRows)
	s.rows = rows
	for i := 0; i < len(rows); {
		k := link{a: int32(rows[i].key >> 32), b: int32(uint32(rows[i].key)), mask: Any, firm: rows[i].firm, first: int32(i)}
		j := i
		for ; j < len(rows) && rows[j].key == rows[i].key && rows[j].firm == k.firm; j++ {
			k.mask &= rows[j].mask
		}
		k.last = int32(j)
		s.links = append(s.links, k)
		for i = j; i < len(rows) && rows[i].key == rows[k.first].key; i++ { // derived rows beside firm ones add nothing
		}
	}
	s.firm = s.graph(func(k link) bool { return k.firm })
	s.all = s.firm
	if slices.ContainsFunc(s.links, func(k link) bool { return !k.firm }) {
		s.all = s.graph(func(link) bool { return true })
	}
	return s
}

// ownRows adds the rows of people as a set of its own, so that they are listed,
// and returns those that take part.
func (s *Stack) ownRows(over *overlay) []row {
	own := &Set{ID: SetOfProposals, Title: "Decided here", Kind: Authored}
	list := over.own(s.sets)
	for _, o := range list {
		own.Edges = append(own.Edges, o.edge)
	}
	at := int32(len(s.sets))
	s.sets = append(slices.Clone(s.sets), own)
	var rows []row
	for i, o := range list {
		e := &own.Edges[i]
		a, okA := s.nodes.of(e.Source)
		b, okB := s.nodes.of(e.Target)
		if okA && okB && a != b && o.status.Takes {
			rows = append(rows, row{set: at, firm: o.status.Firm, mask: e.Relation, edge: e}.between(a, b))
		}
	}
	return rows
}

// between sets the ends of a row that its author wrote from a to b.
func (r row) between(a, b int32) row {
	if a > b {
		a, b, r.inverted, r.mask = b, a, true, r.mask.Inverse()
	}
	r.key = uint64(a)<<32 | uint64(b)
	return r
}

// settled reports whether somebody decided that a row counts, or that it does not.
func (s *Stack) settled(e Edge) bool {
	if s.overlay == nil {
		return false
	}
	switch s.Status(e).State {
	case Confirmed, Challenged, Overridden:
		return true
	}
	return false
}

// compareRows sorts by pair; within a pair firm rows first, then as the stack
// orders the sets, then by content, so that the order in the file decides nothing.
func compareRows(x, y row) int {
	if x.key != y.key {
		return cmp.Compare(x.key, y.key)
	}
	if x.firm != y.firm {
		if x.firm {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(x.set, y.set), cmp.Compare(x.mask.count(), y.mask.count()), cmp.Compare(x.mask, y.mask),
		cmp.Compare(y.edge.Strength, x.edge.Strength), cmp.Compare(x.edge.Provenance, y.edge.Provenance),
		cmp.Compare(x.edge.Rationale, y.edge.Rationale), cmp.Compare(x.edge.Residual, y.edge.Residual))
}

func (s *Stack) graph(take func(link) bool) graph {
	g := graph{start: make([]int32, len(s.nodes.refs)+1)}
	for _, k := range s.links {
		if take(k) {
			g.start[k.a+1]++
			g.start[k.b+1]++
		}
	}
	for n := range s.nodes.refs {
		g.start[n+1] += g.start[n]
	}
	size := g.start[len(s.nodes.refs)]
	g.to, g.mask, g.link = make([]int32, size), make([]Mask, size), make([]int32, size)
	next := slices.Clone(g.start)
	put := func(from, to int32, m Mask, k int) {
		at := next[from]
		next[from]++
		g.to[at], g.mask[at], g.link[at] = to, m, int32(k)
	}
	walking := func(k link) Mask {
		if k.mask == 0 {
			return Any
		}
		return k.mask
	}
	// Links are sorted by a, then b. Filling the backward half first leaves the
	// neighbours of every node ascending.
	for i, k := range s.links {
		if take(k) {
			put(k.b, k.a, walking(k).Inverse(), i)
		}
	}
	for i, k := range s.links {
		if take(k) {
			put(k.a, k.b, walking(k), i)
		}
	}
	g.clusters()
	return g
}

// clusters counts the nodes that hang together, so that a walk that has seen them
// all can stop looking.
func (g *graph) clusters() {
	g.cluster = make([]int32, len(g.start)-1)
	var members []int32
	for n := range g.cluster {
		if g.cluster[n] != 0 {
			continue
		}
		members = append(members[:0], int32(n))
		g.cluster[n] = 1
		for i := 0; i < len(members); i++ {
			for _, next := range g.to[g.start[members[i]]:g.start[members[i]+1]] {
				if g.cluster[next] == 0 {
					g.cluster[next] = 1
					members = append(members, next)
				}
			}
		}
		for _, m := range members {
			g.cluster[m] = int32(len(members))
		}
	}
}

// between returns the place in g of the half link from a to b; false if there is none.
func (g *graph) between(a, b int32) (int32, bool) {
	at, ok := slices.BinarySearch(g.to[g.start[a]:g.start[a+1]], b)
	return g.start[a] + int32(at), ok
}

// EdgesOf returns all rows of the stack that touch the requirement or heading, as
// their authors wrote them: in stack order, then in file order.
func (s *Stack) EdgesOf(ref framework.Ref) []Edge {
	var out []Edge
	for _, set := range s.sets {
		for i := range set.touching(ref) {
			out = append(out, set.Edges[i])
		}
	}
	return out
}

// Direct returns all rows of the stack between the two, in whichever direction
// they were written.
func (s *Stack) Direct(source, target framework.Ref) []Edge {
	var out []Edge
	pair := pairOf(source.Framework, target.Framework)
	for _, set := range s.sets {
		if !slices.Contains(set.joins(), pair) {
			continue
		}
		for i := range set.touching(source) {
			if e := &set.Edges[i]; e.Source == source && e.Target == target || e.Source == target && e.Target == source {
				out = append(out, *e)
			}
		}
	}
	return out
}

// Stating returns the rows of Direct that take part in the inference: not those
// that somebody challenged, or that an override stands in place of.
func (s *Stack) Stating(source, target framework.Ref) []Edge {
	rows := s.Direct(source, target)
	if s.overlay == nil || !s.overlay.pairs[pairKey(source, target)] {
		return rows
	}
	return slices.DeleteFunc(rows, func(e Edge) bool { return !s.Status(e).Takes })
}
