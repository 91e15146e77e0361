package posture

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// resting makes up frameworks whose requirements rest on some of n controls.
func resting(r *rand.Rand, n int) []Resting {
	var out []Resting
	for f := range 4 {
		x := Resting{Framework: fmt.Sprint("f", f), Accepts: families[f%2]}
		for q := range 12 {
			rest := Rest{ID: fmt.Sprint(q), Coverage: Coverages()[r.IntN(7)]}
			for range r.IntN(4) {
				if c := int32(r.IntN(n)); !slices.Contains(rest.Controls, c) {
					rest.Controls = append(rest.Controls, c)
				}
			}
			x.Requirements = append(x.Requirements, rest)
		}
		out = append(out, x)
	}
	return out
}

// However many controls change one after the other, the board holds what judging
// everything would give, and only what rests on a control moves with it.
func TestTheBoardIsTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	const n = 30
	moves := 0
	for range 20 {
		ops := make([]Operation, n)
		for i := range ops {
			ops[i] = made(r)
		}
		frameworks := resting(r, n)
		b := NewBoard(year, slices.Clone(ops), frameworks)
		for range 25 {
			i := r.IntN(n)
			before := snapshot(b)
			ops[i] = made(r)
			moved := b.Put(i, ops[i])
			moves += moved
			whole := NewBoard(year, slices.Clone(ops), frameworks)
			after := snapshot(b)
			if want := snapshot(whole); !reflect.DeepEqual(after, want) {
				t.Fatalf("after putting %d\n%+v\nthe whole is\n%+v", i, after, want)
			}
			differ := 0
			for k, list := range after.ready {
				for q := range list {
					if list[q] == before.ready[k][q] {
						continue
					}
					differ++
					if !slices.Contains(frameworks[k].Requirements[q].Controls, int32(i)) {
						t.Fatalf("requirement %d of %d moved, and does not rest on %d", q, k, i)
					}
				}
			}
			if differ != moved {
				t.Fatalf("%d requirements moved, and Put said %d", differ, moved)
			}
		}
	}
	if moves < 50 {
		t.Errorf("only %d requirements moved", moves)
	}
}

type held struct {
	states    [2][]State
	ready     [][]Readied
	summaries []Summary
}

func snapshot(b *Board) held {
	h := held{states: [2][]State{slices.Clone(b.states[0]), slices.Clone(b.states[1])}}
	for k := range b.ready {
		h.ready = append(h.ready, slices.Clone(b.ready[k]))
		s := newSummary(b.summaries[k].Framework)
		for c, n := range b.summaries[k].Coverage {
			s.Coverage[c] = n
		}
		for c, n := range b.summaries[k].Operation {
			s.Operation[c] = n
		}
		for c, n := range b.summaries[k].Readiness {
			s.Readiness[c] = n
		}
		h.summaries = append(h.summaries, s)
	}
	return h
}

// Many controls judged at once, for one family, are each judged by itself, and
// rolled up they are what the board holds.
func TestRollUpIsTheBoard(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	ops := make([]Operation, 400)
	for i := range ops {
		ops[i] = made(r)
	}
	b := NewBoard(year, ops, resting(r, len(ops)))
	for k, f := range b.frameworks {
		q := year
		q.Accepts = f.Accepts
		j := Ask(q)
		states := j.States(ops)
		for i := range ops {
			if s := j.State(&ops[i]); s != states[i] || s != b.State(i, f.Accepts) {
				t.Fatalf("control %d is %s, among many %s, on the board %s", i, s, states[i], b.State(i, f.Accepts))
			}
		}
		ready, sum := RollUp(f, states)
		if !slices.Equal(ready, b.Requirements(k)) || !reflect.DeepEqual(sum, b.Summary(k)) {
			t.Fatalf("rolled up %+v, on the board %+v", sum, b.Summary(k))
		}
	}
}

// A requirement is ready only if its design is closed and every control it rests
// on is effective.
func TestReadiness(t *testing.T) {
	states := []State{Effective, NotYetDue, Exceptions, Gap, Unknown, Effective}
	for _, tt := range []struct {
		name      string
		rest      Rest
		operation State
		ready     Readiness
		why       []string
	}{
		{"closed and effective", Rest{Coverage: FullUnion, Controls: []int32{0, 5}}, Effective, Ready, []string{"A and F are effective."}},
		{"one control with exceptions", Rest{Coverage: Full, Controls: []int32{0, 2}}, Exceptions, WithException, []string{"C has exceptions.", "A is effective."}},
		{"a gap is worse than an exception", Rest{Coverage: Full, Controls: []int32{2, 3}}, Gap, WithGap, []string{"There are stretches without data of D.", "C has exceptions."}},
		{"nothing shows that a control operates", Rest{Coverage: FullAttested, Controls: []int32{0, 4}}, Unknown, Unshown, []string{"Nothing shows how E operates.", "A is effective."}},
		{"not due yet", Rest{Coverage: Full, Controls: []int32{1, 0}}, NotYetDue, Early, []string{"B was not due yet.", "A is effective."}},
		{"closed, and rests on nothing", Rest{Coverage: Full}, Unknown, Unshown, []string{"It rests on no control, so nothing can show that it is met in operation."}},
		{"open in design, whatever operates", Rest{Coverage: Partial, Controls: []int32{0}}, Effective, Open, []string{"In design it is partial, so it is not ready whatever its controls do.", "A is effective."}},
		{"scoped out", Rest{Coverage: NotApplicable, Controls: []int32{2}}, Exceptions, OutOfScope, []string{"It was scoped out, so nothing is asked."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.rest.Ready(states)
			if got.Operation != tt.operation || got.Readiness != tt.ready {
				t.Errorf("operation %s, readiness %s; want %s, %s", got.Operation, got.Readiness, tt.operation, tt.ready)
			}
			why := tt.rest.Why(func(i int32) (string, State) { return string('A' + i), states[i] })
			if !slices.Equal(why, tt.why) {
				t.Errorf("why %q, want %q", why, tt.why)
			}
		})
	}
}

// Design and operation are counted apart: a change of what a control did moves no
// figure of coverage.
func TestFiguresNeverMix(t *testing.T) {
	ops := []Operation{{Code: "A", Kind: "periodic", Since: cadence.On(2025, 1, 1), Rhythms: []Rhythm{{Every: cadence.Annual}}}}
	b := NewBoard(year, ops, []Resting{{Framework: "f", Accepts: ByOthers, Requirements: []Rest{{ID: "1", Coverage: Full, Controls: []int32{0}}, {ID: "2", Coverage: Partial, Controls: []int32{0}}, {ID: "3", Coverage: NotApplicable}}}})
	s := b.Summary(0)
	if s.Coverage[Full] != 1 || s.Coverage[Partial] != 1 || s.Coverage[NotApplicable] != 1 || s.Operation[Exceptions] != 2 || s.Readiness[WithException] != 1 || s.Readiness[Open] != 1 || s.Readiness[OutOfScope] != 1 {
		t.Fatalf("%+v", s)
	}
	o := ops[0]
	o.Proofs = []Proof{{Captured: noon(cadence.On(2026, 5, 5)), Accepts: ByAll}}
	if moved := b.Put(0, o); moved != 2 {
		t.Errorf("%d requirements moved, want both that rest on it", moved)
	}
	s = b.Summary(0)
	if s.Coverage[Full] != 1 || s.Operation[Effective] != 2 || s.Operation[Exceptions] != 0 || s.Readiness[Ready] != 1 || s.Readiness[Open] != 1 {
		t.Errorf("%+v", s)
	}
	if why := b.Why(0, 0); !slices.Equal(why, []string{"A is effective."}) {
		t.Errorf("why %q", why)
	}
}
