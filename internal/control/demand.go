package control

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Basis says where an interval comes from.
type Basis string

const (
	Stated    Basis = "stated"    // the text of the standard has the number
	Customary Basis = "customary" // audits expect it; no text has it
)

// Demand is how often one requirement asks for what an entry of the library does.
type Demand struct {
	Entry       string // code of the entry, such as "AC-04"
	Framework   string
	Requirement string
	Frequency   cadence.Frequency // none when the text asks for planned intervals without a number
	Basis       Basis
}

// Planned reports whether the text asks for planned intervals: it sets none, and
// makes the company's own interval binding.
func (d Demand) Planned() bool { return !d.Frequency.Known() }

// Demands returns the intervals that ship, by the code of the entry: stated numbers
// before customary ones before planned intervals, the strictest of each first. The
// map is shared: do not change it.
var Demands = sync.OnceValue(func() map[string][]Demand {
	out := map[string][]Demand{}
	for _, i := range Shipped().Intervals {
		d := Demand{Entry: i.Control, Framework: i.Ref.Framework, Requirement: i.Ref.ID, Basis: Basis(i.Basis)}
		var known bool
		if d.Frequency, known = cadence.Parse(i.Frequency); i.Frequency != "planned" && (!known || !d.Frequency.Known()) || d.Basis != Stated && d.Basis != Customary {
			panic(fmt.Sprintf("the interval of %s for %s cannot be read: %q", i.Control, i.Ref, i.Frequency)) // a test reads them all
		}
		out[d.Entry] = append(out[d.Entry], d)
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b Demand) int { return cmp.Or(a.rank()-b.rank(), cadence.Compare(a.Frequency, b.Frequency)) })
	}
	return out
})

func (d Demand) rank() int {
	switch {
	case d.Planned():
		return 2
	case d.Basis == Customary:
		return 1
	}
	return 0
}
