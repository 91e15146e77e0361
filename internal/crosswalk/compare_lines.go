package crosswalk

import (
	"cmp"
	"slices"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Standpoint says how the sets stand to one another on a line of a comparison.
type Standpoint string

// The standpoints, the most serious first.
const (
	Clashing Standpoint = "clash"   // two sets state relations of one pair that cannot both hold
	Differ   Standpoint = "silent"  // some sets have a row, others none
	Sharper  Standpoint = "sharper" // all speak; on some pair one says more than another, and they can both be right
	Agree    Standpoint = "agree"   // all speak, and none says more than another
)

// Standpoints lists them all.
func Standpoints() []Standpoint { return []Standpoint{Clashing, Differ, Sharper, Agree} }

// Line is what several sets say about one series of the source and one
// requirement of the target. It is as wide as the widest row: where a set speaks
// of CC6 as a whole, what others say of CC6.1 stands beside it.
type Line struct {
	Source     framework.Requirement // a series or, failing one, a requirement
	Target     framework.Requirement
	Said       [][]Said // for each set
	Standpoint Standpoint
}

// Said is one row of a set as a line shows it.
type Said struct {
	Source string // as the set has it, such as CC6.1
	Mask   Mask   // read from the source framework
	Edge   *Edge
}

// Lines sets the rows of sets side by side, in catalogue order of the target,
// then of the source.
func Lines(from, to *framework.Framework, sets []*Set) []Line {
	wide := map[string]bool{}
	said := make([][]saying, len(sets))
	for i, s := range sets {
		said[i] = sayings(Voice{Set: s}, from, to)
		for _, x := range said[i] {
			if r, _ := from.Find(x.source); r.Kind == framework.KindGroup {
				wide[x.source] = true
			}
		}
	}
	at, series := map[[2]string]int{}, map[string]framework.Requirement{}
	var out []Line
	for i := range sets {
		for _, x := range said[i] {
			if _, ok := series[x.source]; !ok {
				series[x.source] = seriesOf(from, x.source, wide)
			}
			key := [2]string{series[x.source].ID, x.target}
			n, ok := at[key]
			if !ok {
				n = len(out)
				at[key] = n
				target, _ := to.Find(x.target)
				out = append(out, Line{Source: series[x.source], Target: target, Said: make([][]Said, len(sets))})
			}
			out[n].Said[i] = append(out[n].Said[i], Said{x.source, x.mask, x.edge})
		}
	}
	for i := range out {
		out[i].Standpoint = standpoint(out[i].Said)
	}
	place := func(f *framework.Framework, id string) int { n, _ := f.Position(id); return n }
	slices.SortFunc(out, func(x, y Line) int {
		return cmp.Or(cmp.Compare(place(to, x.Target.ID), place(to, y.Target.ID)), cmp.Compare(place(from, x.Source.ID), place(from, y.Source.ID)))
	})
	return out
}

// seriesOf returns the widest heading some set speaks of that holds the id, or
// its theme, or itself.
func seriesOf(f *framework.Framework, id string, wide map[string]bool) framework.Requirement {
	for _, r := range f.Path(id) {
		if wide[r.ID] {
			return r
		}
	}
	if t, ok := f.Theme(id); ok {
		return t
	}
	r, _ := f.Find(id)
	return r
}

// standpoint compares what the sets say on one line.
func standpoint(said [][]Said) Standpoint {
	out := Agree
	masks := map[string]Mask{} // by source
	for _, rows := range said {
		for _, r := range rows {
			have, ok := masks[r.Source]
			switch {
			case !ok:
				masks[r.Source] = r.Mask
			case have&r.Mask == 0:
				return Clashing
			case have != r.Mask:
				masks[r.Source] = have & r.Mask
				out = Sharper
			}
		}
	}
	if slices.ContainsFunc(said, func(rows []Said) bool { return len(rows) == 0 }) {
		return Differ
	}
	return out
}
