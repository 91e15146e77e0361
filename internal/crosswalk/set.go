package crosswalk

import (
	"iter"
	"slices"
	"sync"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Edge is one row of a mapping file, oriented as its author wrote it.
type Edge struct {
	Set            string // id of the set it belongs to
	Source, Target framework.Ref
	Relation       Mask   // read from the source: Subset means the source lies inside the target
	Strength       int    // editorial, 1 to 10; 0 where nobody stated one; shown, never computed with
	Provenance     string // who says so
	Rationale      string // why, in a sentence; often empty
	Residual       string // what is left to do on the target side; often empty
	Line           int    // in the set's file, counted from 1
	Map            string // the statement about sets it follows from; empty for a row of its own
}

// SetKind says how far the rows of a set can be relied on.
type SetKind string

// The kinds of sets. Only the first two may narrow what is possible.
const (
	Authored  SetKind = "authored"  // judged pair by pair
	Published SetKind = "published" // stated by somebody else
	Derived   SetKind = "derived"   // composed or inferred: suggestions until a person confirms them
)

// Set is one mapping file with what is known about it. Immutable once read.
type Set struct {
	ID      string
	File    string // as the reader was given it: "mappings/acme.csv"
	Title   string
	Version string // as its author numbers it; often empty
	Kind    SetKind
	Source  string // whose work it is
	Licence string
	Default bool // used unless another is chosen
	Edges   []Edge
	Maps    []SetMap // statements about sets of requirements, beside the rows that follow from them

	once  sync.Once
	first map[framework.Ref]int32 // the first row that touches a requirement
	next  [][2]int32              // by row: the next row that touches its source, and its target; -1 for none

	joinOnce sync.Once
	joined   []joined
}

// touching yields the places of the rows with r at either end, in file order.
func (s *Set) touching(r framework.Ref) iter.Seq[int32] {
	s.once.Do(func() {
		s.first, s.next = make(map[framework.Ref]int32, len(s.Edges)/2), make([][2]int32, len(s.Edges))
		follow := func(r framework.Ref, row int) int32 {
			next, ok := s.first[r]
			s.first[r] = int32(row)
			if !ok {
				return -1
			}
			return next
		}
		for i := len(s.Edges) - 1; i >= 0; i-- {
			e := &s.Edges[i]
			s.next[i] = [2]int32{-1, -1}
			s.next[i][0] = follow(e.Source, i)
			if e.Target != e.Source {
				s.next[i][1] = follow(e.Target, i)
			}
		}
	})
	return func(yield func(int32) bool) {
		i, ok := s.first[r]
		for ok && i >= 0 && yield(i) {
			if s.Edges[i].Source == r {
				i = s.next[i][0]
			} else {
				i = s.next[i][1]
			}
		}
	}
}

// joined is an unordered pair of frameworks.
type joined struct{ a, b string }

func pairOf(a, b string) joined {
	if b < a {
		a, b = b, a
	}
	return joined{a, b}
}

// joins returns the pairs of frameworks that the rows of the set connect, in the
// order in which they first appear.
func (s *Set) joins() []joined {
	s.joinOnce.Do(func() {
		last := joined{}
		for i := range s.Edges {
			p := pairOf(s.Edges[i].Source.Framework, s.Edges[i].Target.Framework)
			if p != last && !slices.Contains(s.joined, p) {
				s.joined = append(s.joined, p)
			}
			last = p
		}
	})
	return s.joined
}

// Union says that several sources together hold a target that none of them
// holds alone. It counts only when every member is met.
type Union struct {
	Set       string // the authored set it stands beside
	Target    framework.Ref
	Sources   []framework.Ref
	Rationale string
	Line      int
	Map       string // the statement about sets it follows from; empty for one of its own

	owners []string
	file   string
}

// NetNew says that the source framework does not ask for the target at all. Rows
// to it may exist: they share evidence and close nothing.
type NetNew struct {
	Target            framework.Ref
	From              string // the framework that does not ask for it
	Reason, FirstTask string
	Line              int

	owners []string
	file   string
}

// NoHome is the same seen from the other side: what the source asks, the target
// framework never does.
type NoHome struct {
	Source framework.Ref
	To     string // the framework that has no place for it
	Reason string
	Line   int

	owners []string
	file   string
}

// Challenge is a pair of the founding guide that the authors of a set looked at
// and do not follow.
type Challenge struct {
	GuideSource, Target framework.Ref
	Reason              string
	Line                int

	owners []string
	file   string
}
