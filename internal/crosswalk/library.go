package crosswalk

import (
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Library is every mapping set at hand, with the frameworks they speak of. It is
// immutable once read and safe for concurrent use.
type Library struct {
	Frameworks *framework.Catalogue
	Sets       []*Set // in the order of sets.csv, or of file names
	Unions     []Union
	NetNew     []NetNew
	NoHome     []NoHome
	Challenged []Challenge

	faults []framework.Fault // found while reading

	once  sync.Once
	nodes *nodes

	mu        sync.Mutex
	kept      map[string]*Stack   // what StackWith compiled
	order     []string            // its keys, the oldest first
	sides     map[[2]string]*Side // see compare.go
	disagreed []Disagreement      // see disagree.go

	wordsOnce sync.Once
	words     *Index // of labels; see suggest.go
}

// Set returns the set with that id.
func (l *Library) Set(id string) (*Set, bool) {
	for _, s := range l.Sets {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

// SetIDs returns the ids of all sets, in library order.
func (l *Library) SetIDs() []string {
	ids := make([]string, len(l.Sets))
	for i, s := range l.Sets {
		ids[i] = s.ID
	}
	return ids
}

// DefaultStack returns the sets used unless a person chooses others: those marked
// default, then the published sets of framework pairs that no default set joins.
func (l *Library) DefaultStack() []string {
	var ids []string
	taken := make(map[joined]bool)
	for _, s := range l.Sets {
		if s.Default {
			ids = append(ids, s.ID)
			for _, p := range s.joins() {
				taken[p] = true
			}
		}
	}
	for _, s := range l.Sets {
		if s.Default || s.Kind != Published || len(s.Edges) == 0 {
			continue
		}
		if !slices.ContainsFunc(s.joins(), func(p joined) bool { return taken[p] }) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Stack compiles the named sets into a graph that can be asked. Their order only
// decides which of several rows on one pair is shown first, never what follows.
// An unknown name gives an Invalid problem that lists the known ones; a name
// given twice counts once.
func (l *Library) Stack(ids []string) (*Stack, error) {
	sets, err := l.named(ids)
	if err != nil {
		return nil, err
	}
	return l.compile(sets, false, nil), nil
}

// named finds the sets with those ids.
func (l *Library) named(ids []string) ([]*Set, error) {
	var sets []*Set
	var used []string
	for _, id := range ids {
		s, ok := l.Set(id)
		if !ok {
			return nil, problem.New(problem.Invalid, "There is no mapping set %q. Choose from: %s.", id, strings.Join(l.SetIDs(), ", "))
		}
		if !slices.Contains(used, id) {
			sets, used = append(sets, s), append(used, id)
		}
	}
	return sets, nil
}

// Outside returns the rows of sets that are not in the stack and join the target,
// or a heading above it, to the framework from. They are suggestions: they count
// for nothing until a person takes the set into the stack, or confirms the row.
// Rows that somebody challenged or overrode suggest nothing any more.
func (l *Library) Outside(s *Stack, target framework.Ref, from string) []Edge {
	f, ok := l.Frameworks.Find(target.Framework)
	if !ok {
		return nil
	}
	path, pair := f.Path(target.ID), pairOf(target.Framework, from)
	var out []Edge
	for _, set := range l.Sets {
		if slices.Contains(s.IDs, set.ID) || !slices.Contains(set.joins(), pair) {
			continue
		}
		for i := len(path) - 1; i >= 0; i-- { // the requirement itself first, then what stands above
			at := framework.Ref{Framework: target.Framework, ID: path[i].ID}
			for n := range set.touching(at) {
				e := &set.Edges[n]
				if (e.Source == at && e.Target.Framework == from || e.Target == at && e.Source.Framework == from) && !s.settled(*e) {
					out = append(out, *e)
				}
			}
		}
	}
	return out
}

// nodes numbers every requirement and heading of the catalogue, in catalogue
// order. Numbers are what the graph works on.
type nodes struct {
	refs  []framework.Ref
	index map[string]span // by framework
}

type span struct {
	f           *framework.Framework
	first, last int32 // last is excluded
}

func (l *Library) numbered() *nodes {
	l.once.Do(func() {
		n := &nodes{index: make(map[string]span)}
		for _, f := range l.Frameworks.Frameworks {
			first := int32(len(n.refs))
			for _, r := range f.Requirements {
				n.refs = append(n.refs, framework.Ref{Framework: f.ID, ID: r.ID})
			}
			n.index[f.ID] = span{f, first, int32(len(n.refs))}
		}
		l.nodes = n
	})
	return l.nodes
}

// of returns the number of a reference; false if the catalogue does not have it.
func (n *nodes) of(r framework.Ref) (int32, bool) {
	s, ok := n.index[r.Framework]
	if !ok {
		return 0, false
	}
	at, ok := s.f.Position(r.ID)
	return s.first + int32(at), ok
}
