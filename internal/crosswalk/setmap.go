package crosswalk

import (
	"fmt"
	"slices"

	"github.com/toucan-grc/toucan/internal/framework"
)

// SetMap is what an author stated about sets of requirements: how all sources
// taken together relate to all targets taken together. It is kept as it was
// stated. What it says about single requirements is less than it seems, and only
// that becomes rows; see Follows. A statement about one source and one target is
// kept here too when nothing may be inferred from it; see Silent.
type SetMap struct {
	ID               string // as its file calls it; unique within the set
	Sources, Targets []framework.Ref
	Relation         Mask        // 0 where the token is not ours to read
	Token, Namespace string      // as written, where it is foreign
	Basis            string      // how the two were compared: "semantic", "functional" or "syntactic"
	Qualifiers       []Qualifier // what else must or must not be for it to hold
	Strength         int         // as for Edge
	Provenance       string
	Rationale        string
	Residual         string
	Line             int
}

// Qualifier is a condition on a statement, in the words of OSCAL.
type Qualifier struct {
	Subject   string // "source", "target" or "both"
	Predicate string // "has-requirement" or "has-incompatibility"
	Category  string // "restricted", "addressable" or "blocked"
	Text      string
}

// Silent says in a sentence why nothing may be inferred from the statement;
// empty if something may.
func (m *SetMap) Silent() string {
	switch {
	case m.Namespace != "":
		return fmt.Sprintf("its relation %q belongs to %s, whose meaning is not ours to guess", m.Token, m.Namespace)
	case m.Basis == "syntactic":
		return "it compares wording only, which is a hint for a search and no more"
	case slices.ContainsFunc(m.Qualifiers, func(q Qualifier) bool { return q.Predicate == "has-incompatibility" || q.Category == "blocked" }):
		return "it names an incompatibility"
	case len(m.Qualifiers) > 0:
		return "it holds only under a condition, and nobody recorded that the condition is met"
	}
	return ""
}

// plain reports whether the statement is an ordinary row.
func (m *SetMap) plain() bool {
	return len(m.Sources) == 1 && len(m.Targets) == 1 && m.Silent() == ""
}

// Follows returns the rows and unions that hold whenever the statement does, and
// no others. A set is never multiplied out: what holds of all sources together
// need not hold of any one of them.
//
//   - Sources within one target: each of them lies in it, properly if they do together.
//   - One source around targets: it holds each of them, properly if it holds more than all.
//   - Sources around targets: they jointly hold each of the targets, which is a union.
//   - Sources within several targets: the targets jointly hold each of the sources.
//   - Sets that share nothing: no member of one shares anything with any of the other.
//   - Sets that overlap: nothing about any pair.
func (m *SetMap) Follows(set string) (edges []Edge, unions []Union) {
	if m.Silent() != "" || m.Relation == 0 || len(m.Sources) == 0 || len(m.Targets) == 0 {
		return nil, nil
	}
	edge := func(s, t framework.Ref, r Mask) {
		edges = append(edges, Edge{Set: set, Source: s, Target: t, Relation: r, Strength: m.Strength, Provenance: m.Provenance,
			Rationale: m.Rationale, Residual: m.Residual, Line: m.Line, Map: m.ID})
	}
	union := func(whole framework.Ref, parts []framework.Ref) {
		unions = append(unions, Union{Set: set, Target: whole, Sources: slices.Clone(parts), Rationale: m.Rationale, Line: m.Line, Map: m.ID, owners: []string{set}})
	}
	one, several := len(m.Sources) == 1, len(m.Targets) > 1
	if one && !several {
		edge(m.Sources[0], m.Targets[0], m.Relation)
		return edges, nil
	}
	within, around := m.Relation&^(Equal|Subset) == 0, m.Relation&^(Equal|Superset) == 0
	proper := m.Relation&Equal == 0
	if within && !several {
		for _, s := range m.Sources {
			edge(s, m.Targets[0], weak(Subset, proper))
		}
	}
	if around && one {
		for _, t := range m.Targets {
			edge(m.Sources[0], t, weak(Superset, proper))
		}
	}
	if around && !one {
		for _, t := range m.Targets {
			union(t, m.Sources)
		}
	}
	if within && several {
		for _, s := range m.Sources {
			union(s, m.Targets)
		}
	}
	if m.Relation == None && len(m.Sources)*len(m.Targets) <= maxApart {
		for _, s := range m.Sources {
			for _, t := range m.Targets {
				edge(s, t, None)
			}
		}
	}
	return edges, unions
}

// maxApart bounds the rows that one statement of two sets sharing nothing gives.
// Beyond, it is kept and nothing is inferred, which is sound too.
const maxApart = 2_500

func weak(r Mask, proper bool) Mask {
	if proper {
		return r
	}
	return r | Equal
}
