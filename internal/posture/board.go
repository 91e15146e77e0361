package posture

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Board holds the answers to one question for all controls of an organisation and
// all its frameworks. When one control changes, only that control is judged anew,
// and only the requirements that rest on it; the answers are always those of
// judging everything. Reading is safe for concurrent use; Put is not, beside
// anything.
type Board struct {
	judges     [2]*Judge // by family: ByISO, ByOthers
	operations []Operation
	frameworks []Resting
	states     [2][]State // by family and control
	resting    [][]place  // by control: what rests on it
	ready      [][]Readied
	summaries  []Summary
}

// place is a requirement of a framework.
type place struct{ framework, requirement int32 }

var families = [2]Accepts{ByISO, ByOthers}

// family is the place of a framework's family; one that nobody stated is not ISO's.
func family(a Accepts) int {
	if a == ByISO {
		return 0
	}
	return 1
}

// NewBoard judges all operations for each family of frameworks and rolls them up.
// Accepts of the question is not read. The board keeps both lists.
func NewBoard(q Question, operations []Operation, frameworks []Resting) *Board {
	b := &Board{operations: operations, frameworks: frameworks, resting: make([][]place, len(operations)),
		ready: make([][]Readied, len(frameworks)), summaries: make([]Summary, len(frameworks))}
	for f, a := range families {
		q.Accepts = a
		b.judges[f], b.states[f] = Ask(q), make([]State, len(operations))
	}
	each(len(operations), b.judge)
	for k, f := range frameworks {
		for i := range f.Requirements {
			for _, c := range f.Requirements[i].Controls {
				b.resting[c] = append(b.resting[c], place{int32(k), int32(i)})
			}
		}
		b.ready[k], b.summaries[k] = RollUp(f, b.states[family(f.Accepts)])
	}
	return b
}

// States judges many controls, on all cores.
func (j *Judge) States(operations []Operation) []State {
	out := make([]State, len(operations))
	each(len(operations), func(i int, s *scratch) { out[i] = j.judge(&operations[i], s, nil) })
	return out
}

// each does something for every number below n, on all cores.
func each(n int, do func(i int, s *scratch)) {
	const batch = 128
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n/batch+1) {
		wg.Go(func() {
			s := scratches.Get().(*scratch)
			defer scratches.Put(s)
			for {
				from := int(next.Add(batch)) - batch
				if from >= n {
					return
				}
				for i := from; i < min(from+batch, n); i++ {
					do(i, s)
				}
			}
		})
	}
	wg.Wait()
}

// judge judges one control for both families: once where every proof is taken by both.
func (b *Board) judge(i int, s *scratch) {
	o := &b.operations[i]
	b.states[0][i] = b.judges[0].judge(o, s, nil)
	for k := range o.Proofs {
		if o.Proofs[k].Accepts&ByAll != ByAll {
			b.states[1][i] = b.judges[1].judge(o, s, nil)
			return
		}
	}
	b.states[1][i] = b.states[0][i]
}

// Put replaces what is known of the control at a place and returns how many
// requirements stand otherwise now.
func (b *Board) Put(i int, o Operation) int {
	b.operations[i] = o
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	was := [2]State{b.states[0][i], b.states[1][i]}
	b.judge(i, s)
	changed := 0
	for _, p := range b.resting[i] {
		f := &b.frameworks[p.framework]
		if n := family(f.Accepts); b.states[n][i] == was[n] {
			continue
		}
		before := &b.ready[p.framework][p.requirement]
		after := f.Requirements[p.requirement].Ready(b.states[family(f.Accepts)])
		if after != *before {
			b.summaries[p.framework].add(*before, -1)
			b.summaries[p.framework].add(after, 1)
			*before = after
			changed++
		}
	}
	return changed
}

// State is how the control at a place operated, for frameworks of a family.
func (b *Board) State(i int, a Accepts) State { return b.states[family(a)][i] }

// Of judges the control at a place again, with reasons.
func (b *Board) Of(i int, a Accepts) Operated {
	return b.judges[family(a)].Of(&b.operations[i])
}

// Requirements returns how the requirements of the framework at a place stand, in
// the order given. The slice is the board's own.
func (b *Board) Requirements(k int) []Readied { return b.ready[k] }

// Summary returns the figures of the framework at a place. The maps are the board's own.
func (b *Board) Summary(k int) Summary { return b.summaries[k] }

// Why says what the readiness of a requirement rests on, in sentences.
func (b *Board) Why(k, requirement int) []string {
	f := &b.frameworks[k]
	return f.Requirements[requirement].Why(func(i int32) (string, State) {
		return b.operations[i].Code, b.State(int(i), f.Accepts)
	})
}
