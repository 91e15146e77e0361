package crosswalk

import (
	"cmp"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Hop is one step of a path, over what the stack states about one pair.
type Hop struct {
	Edge     Edge   // the row the step rests on, as its author wrote it
	Also     []Edge // further rows on the same pair that the mask rests on
	Inverted bool   // the step goes from the row's target to its source
	Mask     Mask   // read in walking direction; Any where the rows on the pair exclude each other
}

// From returns where the step starts.
func (h Hop) From() framework.Ref {
	if h.Inverted {
		return h.Edge.Target
	}
	return h.Edge.Source
}

// To returns where the step ends.
func (h Hop) To() framework.Ref {
	if h.Inverted {
		return h.Edge.Source
	}
	return h.Edge.Target
}

// Path is one chain of rows from a requirement to another, without a node twice.
type Path struct {
	Hops      []Hop // one to three
	Mask      Mask  // what follows from this chain alone
	Candidate bool  // a step rests on derived rows only
}

// From returns where the path starts.
func (p Path) From() framework.Ref { return p.Hops[0].From() }

// To returns where the path ends.
func (p Path) To() framework.Ref { return p.Hops[len(p.Hops)-1].To() }

// route is a path before its hops are built: the nodes between, the half links
// of the graph it takes, and what follows.
type route struct {
	via       [maxHops - 1]int32
	half      [maxHops]int32
	hops      int8
	mask      Mask
	candidate bool
	row       int32 // the one row a broken direct link is read by; otherwise -1
}

// Paths returns all paths of up to three hops from source to target: firm ones
// first, then those that say most, then the shorter, then in catalogue order.
// Where rows on the very pair exclude each other, each is a path of its own.
func (s *Stack) Paths(source, target framework.Ref) []Path {
	a, routes := s.sorted(source, target)
	if len(routes) == 0 {
		return nil
	}
	return s.build(a, routes)
}

// Path returns the first of Paths; false if there is none.
func (s *Stack) Path(source, target framework.Ref) (Path, bool) {
	a, routes := s.between(source, target)
	if len(routes) == 0 {
		return Path{}, false
	}
	return s.build(a, []route{slices.MinFunc(routes, compareRoutes)})[0], true
}

// sorted returns the node of the source and the routes from it in the order of Paths.
func (s *Stack) sorted(source, target framework.Ref) (int32, []route) {
	a, routes := s.between(source, target)
	slices.SortFunc(routes, compareRoutes)
	return a, routes
}

// between returns the node of the source and the routes from it to the target.
func (s *Stack) between(source, target framework.Ref) (int32, []route) {
	a, okA := s.nodes.of(source)
	b, okB := s.nodes.of(target)
	if !okA || !okB || a == b {
		return 0, nil
	}
	return a, s.routes(a, b)
}

// compareRoutes orders routes as Paths does. No two routes of a pair are the same.
func compareRoutes(x, y route) int {
	if x.candidate != y.candidate {
		if y.candidate {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(x.mask.count(), y.mask.count()), cmp.Compare(x.hops, y.hops), cmp.Compare(x.mask, y.mask),
		slices.Compare(x.via[:], y.via[:]), cmp.Compare(x.row, y.row))
}

// build turns routes from a node into paths.
func (s *Stack) build(a int32, routes []route) []Path {
	size := 0
	for _, r := range routes {
		size += int(r.hops)
	}
	hops := make([]Hop, 0, size)
	paths := make([]Path, len(routes))
	for i, r := range routes {
		first, at := len(hops), a
		for h := range int(r.hops) {
			hops = append(hops, s.hop(at, r.half[h], r.row))
			at = s.all.to[r.half[h]]
		}
		paths[i] = Path{hops[first:len(hops):len(hops)], r.mask, r.candidate}
	}
	return paths
}

// routes finds the routes from a to b, in no particular order.
func (s *Stack) routes(a, b int32) []route {
	g := &s.all
	var out []route
	add := func(via [2]int32, half ...int32) {
		r := route{via: via, hops: int8(len(half)), mask: Equal, row: -1}
		for i, h := range half {
			r.half[i] = h
			r.mask = Compose(r.mask, g.mask[h])
			r.candidate = r.candidate || !s.links[g.link[h]].firm
		}
		out = append(out, r)
	}
	if h, ok := g.between(a, b); ok {
		if k := s.links[g.link[h]]; k.mask != 0 {
			add([2]int32{}, h)
		} else {
			for i := k.first; i < k.last; i++ {
				m := s.rows[i].mask
				if a != k.a {
					m = m.Inverse()
				}
				out = append(out, route{half: [3]int32{h}, hops: 1, mask: m, candidate: !k.firm, row: i})
			}
		}
	}
	last := make(map[int32]int32, g.start[b+1]-g.start[b]) // node to its half link to b
	for at := g.start[b]; at < g.start[b+1]; at++ {
		if n := g.to[at]; n != a {
			last[n], _ = g.between(n, b)
		}
	}
	ends := make([]bool, len(s.nodes.refs))
	for n := range last {
		ends[n] = true
	}
	for h1 := g.start[a]; h1 < g.start[a+1]; h1++ {
		n1 := g.to[h1]
		if n1 == b {
			continue
		}
		if ends[n1] {
			add([2]int32{n1}, h1, last[n1])
		}
		for h2 := g.start[n1]; h2 < g.start[n1+1]; h2++ {
			if n2 := g.to[h2]; ends[n2] && n2 != a && n2 != b {
				add([2]int32{n1, n2}, h1, h2, last[n2])
			}
		}
	}
	return out
}

// hop builds the step over a half link that starts at node from. If only is not
// negative, the step rests on that row alone.
func (s *Stack) hop(from, half, only int32) Hop {
	k := s.links[s.all.link[half]]
	if only >= 0 {
		r := s.rows[only]
		h := Hop{Edge: *r.edge, Inverted: r.inverted == (from == k.a), Mask: r.mask}
		if from != k.a {
			h.Mask = r.mask.Inverse()
		}
		return h
	}
	r := s.rows[k.first]
	h := Hop{Edge: *r.edge, Inverted: r.inverted == (from == k.a), Mask: s.all.mask[half]}
	for i := k.first + 1; i < k.last; i++ {
		h.Also = append(h.Also, *s.rows[i].edge)
	}
	return h
}

// Conflict returns the fewest paths that cannot all be true; nil if the paths
// from source to target agree. Of several such choices it returns the first in
// the order of Paths.
func (s *Stack) Conflict(source, target framework.Ref) []Path {
	paths := s.Paths(source, target)
	if len(paths) > 0 && !paths[0].Candidate { // firm paths come first, and then only they count
		if i := slices.IndexFunc(paths, func(p Path) bool { return p.Candidate }); i >= 0 {
			paths = paths[:i]
		}
	}
	var distinct []Path // one path for each mask
	seen, left := [32]bool{}, Any
	for _, p := range paths {
		left &= p.Mask
		if !seen[p.Mask] {
			seen[p.Mask] = true
			distinct = append(distinct, p)
		}
	}
	if left != 0 {
		return nil
	}
	for size := 2; ; size++ { // at most five: each path excludes a relation the others allow
		if found := choose(distinct, size, Any); found != nil {
			return found
		}
	}
}

// choose returns the first size paths that together leave none of the relations in left.
func choose(paths []Path, size int, left Mask) []Path {
	for i := range paths {
		rest := left & paths[i].Mask
		if size == 1 {
			if rest == 0 {
				return []Path{paths[i]}
			}
			continue
		}
		if found := choose(paths[i+1:], size-1, rest); found != nil {
			return append([]Path{paths[i]}, found...)
		}
	}
	return nil
}

// Sentence says what the path says, so that a compliance manager can check it:
// "CC6.1 contains A.8.22, which lies inside CIS 12.2, so CC6.1 and CIS 12.2 share ground."
func (p Path) Sentence() string {
	var s strings.Builder
	s.WriteString(p.From().Words())
	for i, h := range p.Hops {
		if i > 0 {
			s.WriteString(", which")
		}
		s.WriteString(" " + h.Mask.verb() + " " + h.To().Words())
	}
	if len(p.Hops) > 1 {
		s.WriteString(", so " + p.Mask.conclusion(p.From().Words(), p.To().Words()))
	}
	s.WriteString(".")
	if p.Candidate {
		s.WriteString(" A suggestion: it rests on derived rows.")
	}
	return s.String()
}

// Between says in words what a mask states between two names: "CC6.1 contains A.8.22".
func (m Mask) Between(a, b string) string { return a + " " + m.verb() + " " + b }

// verb says the mask between the two names it relates.
func (m Mask) verb() string {
	switch m {
	case Equal:
		return "asks the same as"
	case Subset:
		return "lies inside"
	case Superset:
		return "contains"
	case Intersects:
		return "partly overlaps"
	case None:
		return "shares nothing with"
	case Equal | Subset:
		return "equals or lies inside"
	case Equal | Superset:
		return "equals or contains"
	case Overlaps:
		return "shares ground with"
	case Any:
		return "has no certain relation to"
	case 0:
		return "is said to exclude itself from"
	}
	var verbs []string
	for i := range relations {
		if one := Mask(1 << i); m&one != 0 {
			verbs = append(verbs, one.verb())
		}
	}
	return join(verbs, "or")
}

// conclusion says what follows about two names from the mask.
func (m Mask) conclusion(a, b string) string {
	switch {
	case m == Any:
		return "nothing follows about " + a + " and " + b
	case m == Overlaps:
		return a + " and " + b + " share ground"
	default:
		return a + " " + m.verb() + " " + b
	}
}
