package crosswalk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Hanging is one answer that rests on a requirement: a tag of a control, a scope.
type Hanging struct {
	Requirement string // id in the framework asked about
	Kind        string // what sort of answer: "link", "scope", "decision", "attestation"
	Text        string // for a person: "D-1 (equal)"
	Stays       string // why it cannot be carried, whatever is chosen; empty if it can
}

// UpgradeRow is what became of one requirement and what hangs on it. To is where
// the answers go: the proposal, until a person says otherwise.
type UpgradeRow struct {
	framework.Step
	To      []string
	Answers []Hanging
}

// Stranded is an answer that found no place in the new edition, and why.
type Stranded struct {
	Hanging
	Why string
}

// UpgradePlan is what an upgrade from one edition to another would do.
type UpgradePlan struct {
	Kind     EditionKind
	From, To Edition
	Old, New *framework.Framework // for frameworks
	Rows     []UpgradeRow         // for frameworks: the old edition's order, then what is new
	SetRows  []SetStep            // for sets
	Left     []string             // sets of the stack that speak of the old edition only

	at map[string]int // row by old id
}

// Counts returns how many rows have each fate.
func (p *UpgradePlan) Counts() map[framework.Fate]int {
	n := map[framework.Fate]int{}
	for _, r := range p.Rows {
		n[r.Fate]++
	}
	for _, r := range p.SetRows {
		n[r.Fate]++
	}
	return n
}

// Answers returns how many answers hang on the old edition.
func (p *UpgradePlan) Answers() int {
	n := 0
	for _, r := range p.Rows {
		n += len(r.Answers)
	}
	return n
}

// Stranded returns the answers that find no place, with the reason for each. They
// stay readable under the old edition.
func (p *UpgradePlan) Stranded() []Stranded {
	var out []Stranded
	for _, r := range p.Rows {
		for _, h := range r.Answers {
			if why := strandedAnswer(p, r, h); why != "" {
				out = append(out, Stranded{h, why})
			}
		}
	}
	return out
}

const maxTargets = 50 // of one row

// answer puts a person's answers in the place of the proposals. A row without an
// answer keeps its proposal; an empty answer leaves what hangs on it behind.
func (p *UpgradePlan) answer(answers map[string][]string) error {
	known := map[string]bool{}
	for i := range p.Rows {
		r := &p.Rows[i]
		if r.Old == "" {
			continue
		}
		known[r.Old] = true
		to, ok := answers[r.Old]
		if !ok {
			continue
		}
		r.To = nil
		for _, id := range to {
			if _, ok := p.New.Find(id); !ok {
				return problem.Field("to-"+r.Old, fmt.Sprintf("%s has no %q, so %s cannot go there. Choose one of its %s, or none.", p.To.Name(), id, r.Old, p.New.Nouns))
			}
			if !slices.Contains(r.To, id) {
				r.To = append(r.To, id)
			}
		}
		if len(r.To) > maxTargets {
			return problem.Field("to-"+r.Old, fmt.Sprintf("%s has %d targets; at most %d are accepted. Choose the nearest.", r.Old, len(r.To), maxTargets))
		}
	}
	for id := range answers {
		if !known[id] {
			return problem.Field("to-"+id, fmt.Sprintf("%s has no %q, so nothing can be carried from there. Open the upgrade again.", p.From.Name(), id))
		}
	}
	return nil
}

// route returns where the answers of a requirement go, and whether it is the same
// thing there: one row that became one row, as the editions say themselves.
func (p *UpgradePlan) route(id string) (to []string, same bool) {
	if p.at == nil {
		p.at = make(map[string]int, len(p.Rows))
		for i, r := range p.Rows {
			if r.Old != "" {
				p.at[r.Old] = i
			}
		}
	}
	i, ok := p.at[id]
	if !ok {
		return nil, false
	}
	r := p.Rows[i]
	return r.To, len(r.To) == 1 && len(r.New) == 1 && r.To[0] == r.New[0] && r.Sure && (r.Fate == framework.Kept || r.Fate == framework.Moved)
}

// inPlace reports whether the upgrade gives one id another content.
func (p *UpgradePlan) inPlace() bool { return p.From.Ref == p.To.Ref }

// SetStep is what became of one row of a mapping set.
type SetStep struct {
	Fate           framework.Fate // kept, relabelled (says something else), dropped or new
	Source, Target framework.Ref
	Old, New       *Edge
	Reason         string
}

// compareSets returns what became of every row of old in next: in the order of
// the old set, then the new rows in theirs. A pair is the same from either side.
func compareSets(old, next *Publication) []SetStep {
	now := map[[2]framework.Ref]*Edge{}
	for i := range next.Set.Edges {
		key, _ := oriented(&next.Set.Edges[i])
		now[key] = &next.Set.Edges[i]
	}
	seen := map[[2]framework.Ref]bool{}
	var out []SetStep
	for i := range old.Set.Edges {
		e := &old.Set.Edges[i]
		key, _ := oriented(e)
		seen[key] = true
		s := SetStep{Source: e.Source, Target: e.Target, Old: e, New: now[key]}
		s.Fate, s.Reason = s.compared()
		out = append(out, s)
	}
	for i := range next.Set.Edges {
		e := &next.Set.Edges[i]
		if key, _ := oriented(e); !seen[key] {
			out = append(out, SetStep{Fate: framework.Added, Source: e.Source, Target: e.Target, New: e, Reason: "The old set has no row on this pair."})
		}
	}
	return out
}

// compared says what became of a row that the old set has.
func (s SetStep) compared() (framework.Fate, string) {
	if s.New == nil {
		return framework.Dropped, "The new set has no row on this pair."
	}
	a, b := *s.Old, *s.New
	relation := b.Relation
	if b.Source != a.Source {
		relation = relation.Inverse()
	}
	var says []string
	if relation != a.Relation {
		says = append(says, fmt.Sprintf("The relation is %s, was %s.", relation, a.Relation))
	}
	if a.Strength != b.Strength {
		says = append(says, fmt.Sprintf("The strength is %d, was %d.", b.Strength, a.Strength))
	}
	if a.Rationale != b.Rationale {
		says = append(says, "The rationale was rewritten.")
	}
	if a.Residual != b.Residual {
		says = append(says, "What is left to do was rewritten.")
	}
	if len(says) == 0 {
		return framework.Kept, "The same row."
	}
	return framework.Relabelled, strings.Join(says, " ")
}

// successors reads, from sets between two editions, what follows each requirement
// of the old one. Rows that only share ground say nothing about succession.
func (l *Library) successors(old, next string) framework.Successors {
	out := framework.Successors{}
	for _, s := range l.Sets {
		if s.Kind == Derived || !slices.Contains(s.joins(), pairOf(old, next)) {
			continue
		}
		for _, e := range s.Edges {
			a, b := e.Source, e.Target
			if a.Framework == next && b.Framework == old {
				a, b = b, a
			}
			if a.Framework == old && b.Framework == next && e.Relation&(Equal|Subset|Superset) != 0 && e.Relation&^(Equal|Subset|Superset) == 0 {
				out[a.ID] = append(out[a.ID], b.ID)
			}
		}
	}
	return out
}

// Upgrade is a change from one edition to another that took place.
type Upgrade struct {
	ID         string
	Kind       EditionKind
	From, To   Edition
	At         time.Time
	By, ByName string
	Rows       []UpgradeRow // what became of each requirement, as it was answered
	UndoneAt   time.Time    // zero while it holds
	Stranded   []Stranded   // answers that found no place
	UndoneBy   string       // what that person is called
}
