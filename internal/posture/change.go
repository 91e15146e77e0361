package posture

import (
	"slices"
	"strconv"
	"strings"
)

// Change is what moved between two answers to the same question.
type Change struct{ Moves []Move }

// Move is the requirements that went from one coverage to another.
type Move struct {
	From, To Coverage
	IDs      []string // in the order of the answers
}

// Changes compares the coverages of two answers, requirement by requirement. One
// that only one of the two answers has is left out. The moves stand in the order
// of Coverages, by where they come from, then by where they go.
func Changes(before, after []Verdict) Change {
	was := make(map[string]Coverage, len(before))
	for _, v := range before {
		was[v.Requirement.ID] = v.Coverage
	}
	var c Change
	for _, v := range after {
		from, ok := was[v.Requirement.ID]
		if !ok || from == v.Coverage {
			continue
		}
		i := slices.IndexFunc(c.Moves, func(m Move) bool { return m.From == from && m.To == v.Coverage })
		if i < 0 {
			i = len(c.Moves)
			c.Moves = append(c.Moves, Move{From: from, To: v.Coverage})
		}
		c.Moves[i].IDs = append(c.Moves[i].IDs, v.Requirement.ID)
	}
	order := Coverages()
	slices.SortStableFunc(c.Moves, func(x, y Move) int {
		if d := slices.Index(order, x.From) - slices.Index(order, y.From); d != 0 {
			return d
		}
		return slices.Index(order, x.To) - slices.Index(order, y.To)
	})
	return c
}

// Sentence says what moved: "3 requirements moved from partial to full and 1 from
// candidate to none."
func (c Change) Sentence() string {
	if len(c.Moves) == 0 {
		return "No requirement moved."
	}
	parts := make([]string, len(c.Moves))
	for i, m := range c.Moves {
		n := strconv.Itoa(len(m.IDs))
		if i == 0 {
			n += plural(len(m.IDs), " requirement moved", " requirements moved")
		}
		parts[i] = n + " from " + m.From.Words() + " to " + m.To.Words()
	}
	return strings.TrimSuffix(list(parts), ".") + "."
}
