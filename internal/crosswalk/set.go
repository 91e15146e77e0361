package crosswalk

import (
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
	Kind    SetKind
	Source  string // whose work it is
	Licence string
	Default bool // used unless another is chosen
	Edges   []Edge

	once sync.Once
	ends map[framework.Ref][]int32 // places in Edges of the rows that touch a requirement
}

// touching returns the places of the rows with r at either end, in file order.
func (s *Set) touching(r framework.Ref) []int32 {
	s.once.Do(func() {
		s.ends = make(map[framework.Ref][]int32)
		for i, e := range s.Edges {
			s.ends[e.Source] = append(s.ends[e.Source], int32(i))
			if e.Target != e.Source {
				s.ends[e.Target] = append(s.ends[e.Target], int32(i))
			}
		}
	})
	return s.ends[r]
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
	var out []joined
	seen := make(map[joined]bool)
	last := joined{}
	for _, e := range s.Edges {
		p := pairOf(e.Source.Framework, e.Target.Framework)
		if p != last && !seen[p] {
			out = append(out, p)
			seen[p] = true
		}
		last = p
	}
	return out
}

// Union says that several sources together hold a target that none of them
// holds alone. It counts only when every member is met.
type Union struct {
	Set       string // the authored set it stands beside
	Target    framework.Ref
	Sources   []framework.Ref
	Rationale string
	Line      int

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

	file string
}
