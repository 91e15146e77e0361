package crosswalk

import (
	"iter"
	"slices"

	"github.com/toucan-grc/toucan/internal/framework"
)

// maxHops is the length of the longest path that is followed. A longer one could
// still narrow a mask, but nobody would follow its reasons.
const maxHops = 3

// cell is the answer about one pair in a byte: the mask, whether any path exists,
// and whether only paths over derived rows do.
type cell uint8

const (
	reached   cell = 0x20
	tentative cell = 0x40
)

// maxKnown bounds the answers kept per source framework, in cells.
const maxKnown = 1 << 24

// Pair says what follows about two requirements from all paths between them.
type Pair struct {
	Source, Target framework.Ref
	Mask           Mask // of the firm paths, or of the tentative ones where no firm path exists
	Contradiction  bool // the paths exclude each other: nothing follows
	Candidate      bool // a path exists, but what follows is only a suggestion
}

// Matrix is what follows about every pair from one framework to another.
// It is immutable and safe for concurrent use.
type Matrix struct {
	nodes    *nodes
	from, to span
	cells    []cell // one row per node of from
	width    int32  // of a row
	offset   int32  // of the first node of to in a row
}

// Relate works out all pairs from one framework to the other, or within one. A
// framework that the catalogue does not have gives a matrix without pairs.
func (s *Stack) Relate(from, to string) *Matrix {
	m := &Matrix{nodes: s.nodes, from: s.nodes.index[from], to: s.nodes.index[to]}
	if m.from.f == nil || m.to.f == nil {
		m.from, m.to = span{}, span{}
		return m
	}
	all := int32(len(s.nodes.refs))
	if int64(m.from.last-m.from.first)*int64(all) > maxKnown {
		m.cells, m.width = s.answers(m.from, m.to.first, m.to.last), m.to.last-m.to.first
		return m
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[from] == nil {
		s.known[from] = s.answers(m.from, 0, all)
	}
	m.cells, m.width, m.offset = s.known[from], all, m.to.first
	return m
}

// answers computes the cells from every node of a framework to the nodes
// first to last.
func (s *Stack) answers(from span, first, last int32) []cell {
	n := len(s.nodes.refs)
	w := walker{near: make([]uint8, n), masks: make([]Mask, n), second: make([]uint32, n)}
	out := make([]cell, 0, int(from.last-from.first)*int(last-first))
	derived := len(s.all.to) != len(s.firm.to)
	for source := from.first; source < from.last; source++ {
		at := len(out)
		out = out[:at+int(last-first)]
		if s.all.start[source] == s.all.start[source+1] {
			continue
		}
		if derived {
			w.walk(s, &s.all, source)
			w.write(out[at:], first, reached|tentative)
		}
		w.walk(s, &s.firm, source)
		w.write(out[at:], first, reached)
	}
	return out
}

// walker finds, from one node, everything within three hops and what follows
// about it. Walks that turn back need no special care: they compose to a mask
// that contains the one of the shorter path, so they never narrow anything.
type walker struct {
	near   []uint8  // 1 for each node reached
	masks  []Mask   // AND over all walks; valid where near
	second []uint32 // the set of masks, as bits, that walks of two hops realise
	order  []int32  // the nodes reached, nearest first, then the source
	told   []int32  // the nodes with something in second
}

func (w *walker) walk(s *Stack, g *graph, source int32) {
	w.reach(g, source)
	neighbours := g.to[g.start[source]:g.start[source+1]]
	masks := g.mask[g.start[source]:g.start[source+1]]
	for i, a := range neighbours {
		w.masks[a] &= masks[i]
	}
	// Any composed with whatever gives Any, so only masks that say something are
	// carried on; reach has already seen where the others lead.
	w.told = w.told[:0]
	for i, a := range neighbours {
		if masks[i] == Any {
			continue
		}
		step := &composed[masks[i]]
		for at := g.start[a]; at < g.start[a+1]; at++ {
			m, b := step[g.mask[at]&Any], g.to[at]
			if m == Any {
				continue
			}
			w.masks[b] &= m
			if w.second[b] == 0 {
				w.told = append(w.told, b)
			}
			w.second[b] |= 1 << m
		}
	}
	for _, b := range w.told {
		step := [32]Mask{}
		for i := range step {
			step[i] = Any
		}
		for m := range Mask(31) {
			if w.second[b]&(1<<m) != 0 {
				for i := range step {
					step[i] &= composed[m][i]
				}
			}
		}
		w.second[b] = 0
		for at := g.start[b]; at < g.start[b+1]; at++ {
			w.masks[g.to[at]] &= step[g.mask[at]&Any]
		}
	}
	for at := g.start[source]; at < g.start[source+1]; at++ {
		if k := s.links[g.link[at]]; k.mask == 0 {
			w.masks[g.to[at]] = 0
		}
	}
}

// reach marks all nodes within three hops, the source too, and resets their masks.
func (w *walker) reach(g *graph, source int32) {
	for _, n := range w.order {
		w.near[n] = 0
	}
	w.order = append(w.order[:0], source)
	w.near[source], w.masks[source] = 1, Any
	done := 0
	for range maxHops {
		for end := len(w.order); done < end && len(w.order) < int(g.cluster[source]); done++ {
			n := w.order[done]
			for _, next := range g.to[g.start[n]:g.start[n+1]] {
				if w.near[next] == 0 {
					w.near[next], w.masks[next] = 1, Any
					w.order = append(w.order, next)
				}
			}
		}
	}
}

// write puts the answers about the nodes reached into a row that begins at node first.
func (w *walker) write(out []cell, first int32, flags cell) {
	last := first + int32(len(out))
	for _, n := range w.order[1:] {
		if n >= first && n < last {
			out[n-first] = flags | cell(w.masks[n])
		}
	}
}

// row returns the cells of one source, one per node of the other framework.
func (m *Matrix) row(source int32) []cell {
	first := (source-m.from.first)*m.width + m.offset
	return m.cells[first : first+m.to.last-m.to.first]
}

// pair puts the answer in a cell into words.
func (m *Matrix) pair(source, target int32, c cell) Pair {
	mask := Mask(c) & Any
	return Pair{m.nodes.refs[source], m.nodes.refs[target], mask, mask == 0,
		mask != 0 && (c&tentative != 0 || mask&None != 0 && mask != None)}
}

// Pair returns what follows about the two ids; false if no path joins them.
func (m *Matrix) Pair(source, target string) (Pair, bool) {
	if m.from.f == nil {
		return Pair{}, false
	}
	a, okA := m.from.f.Position(source)
	b, okB := m.to.f.Position(target)
	if !okA || !okB {
		return Pair{}, false
	}
	n := m.from.first + int32(a)
	c := m.row(n)[b]
	if c&reached == 0 {
		return Pair{}, false
	}
	return m.pair(n, m.to.first+int32(b), c), true
}

// All yields every pair that a path joins, in catalogue order of the source, then
// of the target. Headings take part where rows speak of them.
func (m *Matrix) All() iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		for a := m.from.first; a < m.from.last; a++ {
			for i, c := range m.row(a) {
				if c&reached != 0 && !yield(m.pair(a, m.to.first+int32(i), c)) {
					return
				}
			}
		}
	}
}

// Pairs returns the pairs of All as a list.
func (m *Matrix) Pairs() []Pair {
	size := 0
	for a := m.from.first; a < m.from.last; a++ {
		for _, c := range m.row(a) {
			size += int(c & reached / reached)
		}
	}
	return slices.AppendSeq(make([]Pair, 0, size), m.All())
}

// To returns every source that a path joins to the target, in catalogue order.
func (m *Matrix) To(target string) []Pair { return slices.Collect(m.Toward(target)) }

// Toward yields the pairs of To.
func (m *Matrix) Toward(target string) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		if m.to.f == nil {
			return
		}
		b, ok := m.to.f.Position(target)
		if !ok {
			return
		}
		for a := m.from.first; a < m.from.last; a++ {
			if c := m.row(a)[b]; c&reached != 0 && !yield(m.pair(a, m.to.first+int32(b), c)) {
				return
			}
		}
	}
}

// Equal reports whether two matrices between the same frameworks of the same
// library say the same about every pair.
func (m *Matrix) Equal(o *Matrix) bool {
	if m.from.f != o.from.f || m.to.f != o.to.f {
		return false
	}
	for a := m.from.first; a < m.from.last; a++ {
		if !slices.Equal(m.row(a), o.row(a)) {
			return false
		}
	}
	return true
}
