package posture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Move is a group of requirements whose coverage went the same way.
type Move struct {
	From, To Coverage // From is empty for requirements that were not there before, To for those no longer there
	IDs      []string // in catalogue order
}

// Change is what differs between two answers to the same question.
type Change struct {
	Moves []Move // the largest first
}

// Changes compares the coverage of requirements before and after something was
// decided, by their ids.
func Changes(before, after []Verdict) Change {
	was := make(map[string]Coverage, len(before))
	for _, v := range before {
		was[v.Requirement.ID] = v.Coverage
	}
	var c Change
	seen := make(map[string]bool, len(after))
	for _, v := range after {
		id := v.Requirement.ID
		seen[id] = true
		if was[id] != v.Coverage {
			c.add(was[id], v.Coverage, id)
		}
	}
	for _, v := range before {
		if !seen[v.Requirement.ID] {
			c.add(v.Coverage, "", v.Requirement.ID)
		}
	}
	slices.SortStableFunc(c.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(len(b.IDs), len(a.IDs)), cmp.Compare(rank(a.To), rank(b.To)), cmp.Compare(rank(a.From), rank(b.From)))
	})
	return c
}

func (c *Change) add(from, to Coverage, id string) {
	for i := range c.Moves {
		if c.Moves[i].From == from && c.Moves[i].To == to {
			c.Moves[i].IDs = append(c.Moves[i].IDs, id)
			return
		}
	}
	c.Moves = append(c.Moves, Move{from, to, []string{id}})
}

// rank is the place of a state among all, best first; no state comes last.
func rank(c Coverage) int {
	if i := slices.Index(Coverages(), c); i >= 0 {
		return i
	}
	return len(Coverages())
}

// Empty reports whether nothing moved.
func (c Change) Empty() bool { return len(c.Moves) == 0 }

// Count returns how many requirements moved.
func (c Change) Count() int {
	n := 0
	for _, m := range c.Moves {
		n += len(m.IDs)
	}
	return n
}

// named is how many requirements of a move a sentence names.
const named = 6

// Sentence says what moved, for a person: "3 requirements moved from partial to
// full (A.5.15, A.5.16 and A.8.2); 1 from full to partial (A.8.9)."
func (c Change) Sentence() string {
	if c.Empty() {
		return "No coverage moved."
	}
	parts := make([]string, len(c.Moves))
	for i, m := range c.Moves {
		n := len(m.IDs)
		what := fmt.Sprintf("%d %s", n, plural(n, "requirement", "requirements"))
		if i > 0 && c.Moves[i-1].kind() == m.kind() {
			what = fmt.Sprint(n)
		}
		switch m.kind() {
		case arrived:
			what += fmt.Sprintf(" %s new, and %s", plural(n, "is", "are"), m.To.Words())
		case gone:
			what += fmt.Sprintf(" %s no longer asked, before %s", plural(n, "is", "are"), m.From.Words())
		default:
			if i == 0 || c.Moves[i-1].kind() != moved {
				what += " moved"
			}
			what += " from " + m.From.Words() + " to " + m.To.Words()
		}
		parts[i] = what + " (" + some(m.IDs) + ")"
	}
	return strings.Join(parts, "; ") + "."
}

const (
	moved = iota
	arrived
	gone
)

func (m Move) kind() int {
	switch "" {
	case string(m.From):
		return arrived
	case string(m.To):
		return gone
	}
	return moved
}

// some lists the first few names and says how many more there are.
func some(ids []string) string {
	if len(ids) <= named {
		return list(ids)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:named-1], ", "), len(ids)-named+1)
}
