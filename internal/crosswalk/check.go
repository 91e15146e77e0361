package crosswalk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/framework"
)

// maxContradictions bounds the contradictions reported per set: mending the first
// usually mends the others.
const maxContradictions = 50

// Check returns everything that is wrong with the library, those faults included
// that were found while reading it, sorted by file and line. Errors must be
// mended; how far sets disagree with each other is information.
func (l *Library) Check() []framework.Fault {
	c := checker{l, slices.Clone(l.faults)}
	for _, s := range l.Sets {
		c.set(s)
	}
	for _, u := range l.Unions {
		c.union(u)
	}
	c.lists()
	c.disagreements()
	framework.SortFaults(c.faults)
	return slices.Compact(c.faults)
}

type checker struct {
	*Library
	faults []framework.Fault
}

func (c *checker) add(severity framework.Severity, file string, line int, format string, args ...any) {
	c.faults = append(c.faults, framework.Fault{File: file, Line: line, Severity: severity, Text: fmt.Sprintf(format, args...)})
}

// known reports a reference that the catalogue does not have.
func (c *checker) known(file string, line int, r framework.Ref) bool {
	f, ok := c.Frameworks.Find(r.Framework)
	if !ok {
		c.add(framework.Error, file, line, "There is no framework %q. Choose from: %s.", r.Framework, strings.Join(c.Frameworks.IDs(), ", "))
		return false
	}
	if _, ok = f.Position(r.ID); !ok {
		c.add(framework.Error, file, line, "%s has no %q. Correct the id, or add it to the framework's file.", f.Short, r.ID)
	}
	return ok
}

// set checks the rows of one set one by one, then against each other.
func (c *checker) set(s *Set) {
	if len(s.Edges) == 0 && len(s.Maps) == 0 {
		c.add(framework.Warning, s.File, 0, "The set %s has no rows that can be used.", s.ID)
		return
	}
	first := make(map[[2]framework.Ref]*Edge, len(s.Edges))
	for i := range s.Edges {
		e := &s.Edges[i]
		if e.Source == e.Target {
			c.add(framework.Error, s.File, e.Line, "%s is mapped to itself. Remove the row.", e.Source.Words())
			continue
		}
		c.known(s.File, e.Line, e.Source)
		c.known(s.File, e.Line, e.Target)
		if e.Strength < 0 || e.Strength > 10 {
			c.add(framework.Error, s.File, e.Line, "The strength is %d. Write a number from 0 to 10, or leave it empty.", e.Strength)
		}
		key, _ := oriented(e)
		if other := first[key]; other != nil && (other.Map != "" || e.Map != "") {
			continue // what follows from a statement about sets may be stated by itself too
		} else if other != nil {
			c.add(framework.Error, s.File, e.Line, "%s and %s are already mapped on line %d. Keep one of the two rows.", key[0].Words(), key[1].Words(), other.Line)
			continue
		}
		first[key] = e
	}
	c.contradictions(s)
}

// contradictions reports pairs about which the set says things that cannot all
// be true. One wrong row shows at many pairs; only the smallest groups of rows
// that exclude each other are reported.
func (c *checker) contradictions(s *Set) {
	stack := c.compile([]*Set{s}, true, nil)
	type conflict struct {
		paths []Path
		lines []int // of the rows involved, ascending
	}
	var found []conflict
	for _, pair := range stack.contradicting() {
		paths := stack.Conflict(pair[0], pair[1])
		var lines []int
		for _, p := range paths {
			for _, h := range p.Hops {
				lines = append(lines, h.Edge.Line)
				for _, e := range h.Also {
					lines = append(lines, e.Line)
				}
			}
		}
		slices.Sort(lines)
		found = append(found, conflict{paths, slices.Compact(lines)})
	}
	slices.SortStableFunc(found, func(x, y conflict) int { return cmp.Compare(len(x.lines), len(y.lines)) })
	var told [][]int
	for _, f := range found {
		covered := func(lines []int) bool {
			return !slices.ContainsFunc(lines, func(n int) bool { return !slices.Contains(f.lines, n) })
		}
		if slices.ContainsFunc(told, covered) {
			continue
		}
		told = append(told, f.lines)
		if len(told) > maxContradictions {
			c.add(framework.Error, s.File, 0, "Further contradictions in this set are left out. Mend these first.")
			return
		}
		var says []string
		for _, p := range f.paths {
			says = append(says, p.Sentence())
		}
		c.add(framework.Error, s.File, f.lines[len(f.lines)-1], "These rows cannot all be true (lines %s): %s Correct one of them.", numbers(f.lines), strings.Join(says, " "))
	}
}

// contradicting returns the pairs that the stack contradicts itself about, each
// once, in catalogue order.
func (s *Stack) contradicting() [][2]framework.Ref {
	n := len(s.nodes.refs)
	w := walker{near: make([]uint8, n), masks: make([]Mask, n), second: make([]uint32, n)}
	var out [][2]framework.Ref
	for a := range int32(n) {
		if s.all.start[a] == s.all.start[a+1] {
			continue
		}
		w.walk(s, &s.all, a)
		var with []int32
		for _, b := range w.order[1:] {
			if b > a && w.masks[b] == 0 {
				with = append(with, b)
			}
		}
		slices.Sort(with)
		for _, b := range with {
			out = append(out, [2]framework.Ref{s.nodes.refs[a], s.nodes.refs[b]})
		}
	}
	return out
}

// union checks that the members of a union exist and that each has a row of its own.
func (c *checker) union(u Union) {
	ok := c.known(u.file, u.Line, u.Target)
	seen := make(map[framework.Ref]bool)
	for _, m := range u.Sources {
		if seen[m] {
			c.add(framework.Error, u.file, u.Line, "The union names %s twice. Name each member once.", m.Words())
			continue
		}
		seen[m] = true
		if !c.known(u.file, u.Line, m) || !ok || u.Map != "" { // who states a relation of sets need not state one of each member
			continue
		}
		if !slices.ContainsFunc(u.owners, func(id string) bool {
			s, _ := c.Set(id)
			for i := range s.touching(m) {
				if s.Edges[i].Target == u.Target || s.Edges[i].Source == u.Target {
					return true
				}
			}
			return false
		}) {
			c.add(framework.Error, u.file, u.Line, "%s is a member of the union for %s but has no row of its own to it in %s. Add the row, or leave the member out.",
				m.Words(), u.Target.Words(), strings.Join(u.owners, " or "))
		}
	}
	if len(seen) < 2 {
		c.add(framework.Error, u.file, u.Line, "The union for %s has fewer than two members. Join them with +, or map the one as a row.", u.Target.Words())
	}
}

// lists checks that the other lists speak of things that exist.
func (c *checker) lists() {
	for _, n := range c.NetNew {
		c.known(n.file, n.Line, n.Target)
	}
	for _, n := range c.NoHome {
		c.known(n.file, n.Line, n.Source)
	}
	for _, n := range c.Challenged {
		c.known(n.file, n.Line, n.GuideSource)
		c.known(n.file, n.Line, n.Target)
	}
}

// disagreements sums up how sets that join the same frameworks differ.
func (c *checker) disagreements() {
	for _, d := range c.Disagreements() {
		a, _ := c.Set(d.A)
		text := fmt.Sprintf("%s and %s: %d pairs in both, %d only in the first, %d only in the second; ", d.A, d.B, d.Both, d.OnlyA, d.OnlyB)
		if len(d.Clashes) == 0 {
			text += "no two of their relations exclude each other."
		} else {
			first := d.Clashes[0]
			ends, _ := oriented(&first.A)
			text += fmt.Sprintf("%d cannot both be true, first %s and %s (lines %d and %d).", len(d.Clashes),
				ends[0].Words(), ends[1].Words(), first.A.Line, first.B.Line)
		}
		c.add(framework.Info, a.File, 0, "%s", text)
	}
}

func numbers(lines []int) string {
	words := make([]string, len(lines))
	for i, n := range lines {
		words[i] = fmt.Sprint(n)
	}
	return join(words, "and")
}
