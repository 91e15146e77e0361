package crosswalk

import (
	"slices"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Effort is what running some controls takes, in three counts that are never
// added up: a yearly review and a daily one are not the same work, and no one
// unit says how much a control costs.
type Effort struct {
	Occurrences int // a year, of the periodic ones: daily 365, weekly 52, monthly 12, quarterly 4, semiannual 2, annual 1
	Standing    int // controls without a period: continuous, or each time something happens
	Evidence    int // kinds of evidence to keep; one kind counts once, whatever control it is for
}

// perYear is how often a control of a frequency acts in a year.
var perYear = map[string]int{"daily": 365, "weekly": 52, "monthly": 12, "quarterly": 4, "semiannual": 2, "annual": 1}

// EffortOf counts what running the entries takes.
func EffortOf(entries []control.Entry) Effort {
	var e Effort
	kinds := map[string]bool{}
	for _, x := range entries {
		if x.Kind == control.Periodic {
			e.Occurrences += perYear[x.Frequency]
		} else {
			e.Standing++
		}
		for _, k := range x.Evidence {
			kinds[k] = true
		}
	}
	e.Evidence = len(kinds)
	return e
}

// PlanStep is one entry of a plan and what adopting it closes, given the entries
// before it.
type PlanStep struct {
	Entry   control.Entry
	For     string   // requirement whose cover it was chosen for
	Closes  []string // requirements nothing is left of once it operates, in catalogue order
	Closed  int      // requirements closed so far, with those that were before the plan
	Effort  Effort   // of this and all entries before it in the plan
	Partial bool     // chosen for a requirement that the library does not complete
}

// Plan is the order in which to adopt entries for one framework.
type Plan struct {
	Framework *framework.Framework
	Of        int // requirements in scope
	Before    int // requirements closed by the entries the organisation has
	Closed    int // requirements closed once the whole plan operates
	Steps     []PlanStep
	Open      []Cover  // requirements no number of library controls completes, with what is missing
	Unknown   []string // requirements of which the library does not say what meets them
	Knee      int      // number of steps up to which each set closes at least as many requirements as it has controls
}

// PlanFor orders the entries by how much of f they close next. The library says
// which entries together meet a requirement, so entries are chosen in such sets:
// each time the set that closes most requirements for each entry still to be
// adopted, then the smaller set, then the one whose codes come first. The sets of
// requirements that the library does not complete come last. have names the
// entries there are, out the requirements that are out of scope. The answer
// depends on nothing else, and on no order.
func (r *Reach) PlanFor(f *framework.Framework, have, out map[string]bool) Plan {
	p := Plan{Framework: f}
	taken := map[string]bool{}
	for code, yes := range have {
		taken[code] = yes
	}
	var open []wanted
	for _, q := range f.Asked() {
		if out[q.ID] {
			continue
		}
		p.Of++
		w := wanted{id: q.ID, ways: r.Ways(framework.Ref{Framework: f.ID, ID: q.ID})}
		c, covered := r.Cover(framework.Ref{Framework: f.ID, ID: q.ID})
		switch {
		case len(w.ways) > 0 && w.closed(taken):
			p.Before++
		case len(w.ways) > 0:
			open = append(open, w)
		case covered:
			p.Open = append(p.Open, c)
		default:
			p.Unknown = append(p.Unknown, q.ID)
		}
	}
	p.Closed = p.Before
	dense := true
	for len(open) > 0 {
		set, target, closes := next(open, taken)
		dense = dense && closes >= len(set)
		for _, code := range set {
			taken[code] = true
			var now []string
			open = slices.DeleteFunc(open, func(w wanted) bool {
				if !w.closed(taken) {
					return false
				}
				now = append(now, w.id)
				return true
			})
			p.add(r, code, target, now, dense, false)
		}
	}
	for _, c := range p.Open {
		for _, code := range missing(c.Controls, taken) {
			taken[code] = true
			p.add(r, code, c.Target.ID, nil, false, true)
		}
	}
	return p
}

func (p *Plan) add(r *Reach, code, target string, closes []string, dense, partial bool) {
	e, _ := r.Library.Find(code)
	p.Closed += len(closes)
	entries := make([]control.Entry, 0, len(p.Steps)+1)
	for _, s := range p.Steps {
		entries = append(entries, s.Entry)
	}
	p.Steps = append(p.Steps, PlanStep{e, target, closes, p.Closed, EffortOf(append(entries, e)), partial})
	if dense {
		p.Knee = len(p.Steps)
	}
}

// First returns the entries of the first n steps, in the order of the plan; all
// of them if there are fewer.
func (p Plan) First(n int) []string {
	var out []string
	for _, s := range p.Steps[:min(max(n, 0), len(p.Steps))] {
		out = append(out, s.Entry.Code)
	}
	return out
}

// wanted is a requirement and the sets of entries each of which meets it.
type wanted struct {
	id   string
	ways [][]string
}

func (w wanted) closed(taken map[string]bool) bool {
	return slices.ContainsFunc(w.ways, func(way []string) bool { return len(missing(way, taken)) == 0 })
}

func missing(way []string, taken map[string]bool) []string {
	var out []string
	for _, code := range way {
		if !taken[code] {
			out = append(out, code)
		}
	}
	slices.SortFunc(out, control.CompareCodes)
	return out
}

// next chooses the set that closes most for each entry it needs, and says for
// which requirement it was chosen and how many it closes.
func next(open []wanted, taken map[string]bool) (set []string, target string, closes int) {
	for _, w := range open {
		for _, way := range w.ways {
			need := missing(way, taken)
			for _, code := range need {
				taken[code] = true
			}
			n := 0
			for _, o := range open {
				if o.closed(taken) {
					n++
				}
			}
			for _, code := range need {
				delete(taken, code)
			}
			// n/len(need) > closes/len(set), without a fraction
			better := n*len(set) - closes*len(need)
			if set == nil || better > 0 || better == 0 && (len(need) < len(set) || len(need) == len(set) && slices.CompareFunc(need, set, control.CompareCodes) < 0) {
				set, target, closes = need, w.id, n
			}
		}
	}
	return set, target, closes
}
