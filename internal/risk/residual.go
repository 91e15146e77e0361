package risk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/problem"
)

// ControlState says what is known of whether a control works today. The values
// are those of the method.
type ControlState string

const (
	OperatingTested   ControlState = "operating-tested"   // evidence of operating, and tested within a year
	OperatingUntested ControlState = "operating-untested" // evidence of operating, but not tested, or with exceptions
	DesignedOnly      ControlState = "designed-only"      // nothing shows that it operates, or not any more
)

// controlStates returns all states, the best first.
func controlStates() []ControlState {
	return []ControlState{OperatingTested, OperatingUntested, DesignedOnly}
}

// Words is the state as a page writes it.
func (s ControlState) Words() string {
	switch s {
	case OperatingTested:
		return "operating and tested"
	case OperatingUntested:
		return "operating, not tested or with exceptions"
	}
	return "designed only, or evidence out of date"
}

// Operating is what is known of a control now, and why. The zero value: nothing
// shows that it operates.
type Operating struct {
	State ControlState
	Why   string // one sentence
}

// MaxSteps is how many steps a control in a state takes off its scale at most.
func (m *Method) MaxSteps(s ControlState) int {
	for _, x := range m.Numbers.Residual.States {
		if x.ID == s {
			return x.MaxSteps
		}
	}
	return 0
}

// Support is a control that a risk names, as it stands when the risk is scored.
type Support struct {
	Control string // id
	Code    string
	Nature  string // such as "preventive": says which scale it acts on
	State   ControlState
}

// Relied is how many steps a score takes off a scale because of a control.
type Relied struct {
	Control string       `json:"control"`
	Code    string       `json:"-"` // as it is called now
	Axis    Axis         `json:"axis"`
	Steps   int          `json:"steps"`
	State   ControlState `json:"state"` // when the score was given
}

// Point is a place on the two scales.
type Point struct{ Likelihood, Impact int }

// Score is the product of the two.
func (p Point) Score() int { return p.Likelihood * p.Impact }

// Known reports whether p is a place at all.
func (p Point) Known() bool { return p.Likelihood > 0 && p.Impact > 0 }

// On returns the step on one scale.
func (p Point) On(a Axis) int {
	if a == Impact {
		return p.Impact
	}
	return p.Likelihood
}

func (p *Point) add(a Axis, n int) {
	if a == Impact {
		p.Impact += n
	} else {
		p.Likelihood += n
	}
}

// Limit is how far down controls let a score go on one scale, and why.
type Limit struct {
	Axis  Axis
	Steps int
	Why   string
}

// Limits says for both scales how many steps the controls of a risk may take off
// at most. It is a limit and no calculation: whoever scores chooses within it.
func (m *Method) Limits(list []Support) [2]Limit {
	out := [2]Limit{{Axis: Likelihood}, {Axis: Impact}}
	for i := range out {
		sum, names := 0, []string{}
		for _, c := range list {
			if a, ok := m.AxisOf(c.Nature); ok && a == out[i].Axis {
				if n := m.MaxSteps(c.State); n > 0 {
					sum += n
					names = append(names, fmt.Sprintf("%s (up to %d)", c.Code, n))
				}
			}
		}
		out[i].Steps = min(sum, m.Numbers.Residual.MaxSteps)
		switch {
		case sum == 0:
			out[i].Why = fmt.Sprintf("No control with evidence acts on %s, so nothing comes off.", out[i].Axis)
		case sum > out[i].Steps:
			out[i].Why = fmt.Sprintf("%s; all controls together take off at most %d.", strings.Join(names, ", "), out[i].Steps)
		default:
			out[i].Why = strings.Join(names, ", ") + "."
		}
	}
	return out
}

// Spread says which controls carry the way from the inherent score down to another:
// those that may carry most come first. It returns an Invalid problem when they
// cannot carry it.
func (m *Method) Spread(from, to Point, list []Support) ([]Relied, error) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Support) int {
		return cmp.Or(-cmp.Compare(m.MaxSteps(a.State), m.MaxSteps(b.State)), cmp.Compare(a.Code, b.Code))
	})
	var out []Relied
	for _, limit := range m.Limits(list) {
		want := from.On(limit.Axis) - to.On(limit.Axis)
		if want > limit.Steps {
			return nil, problem.Field(string(limit.Axis), fmt.Sprintf("From the inherent %s of %d, controls let it go down to %d and not to %d. %s",
				limit.Axis, from.On(limit.Axis), max(m.Numbers.Residual.Floor, from.On(limit.Axis)-limit.Steps), to.On(limit.Axis), limit.Why))
		}
		for _, c := range list {
			if a, ok := m.AxisOf(c.Nature); ok && a == limit.Axis && want > 0 {
				if n := min(want, m.MaxSteps(c.State)); n > 0 {
					out = append(out, Relied{Control: c.Control, Code: c.Code, Axis: a, Steps: n, State: c.State})
					want -= n
				}
			}
		}
	}
	return out, nil
}

// CheckRelied checks what whoever scores says each control takes off.
func (m *Method) CheckRelied(from, to Point, relied []Relied, list []Support) error {
	taken := map[Axis]int{}
	seen := map[string]bool{}
	for _, r := range relied {
		i := slices.IndexFunc(list, func(s Support) bool { return s.Control == r.Control })
		if i < 0 {
			return problem.Field("controls", "The score rests on a control that the risk does not name. Link the control to the risk first.")
		}
		c := list[i]
		axis, ok := m.AxisOf(c.Nature)
		switch {
		case seen[r.Control]:
			return problem.Field("controls", c.Code+" is named twice. A control takes its steps off once.")
		case !ok || axis != r.Axis:
			return problem.Field("controls", fmt.Sprintf("%s is %s, so it does not act on %s.", c.Code, natureWords(c.Nature), r.Axis))
		case r.Steps < 1:
			return problem.Field("controls", c.Code+" takes no step off. Leave it out.")
		case r.Steps > m.MaxSteps(c.State):
			return problem.Field("controls", fmt.Sprintf("%s is %s: it takes off at most %s, not %d.", c.Code, c.State.Words(), counted(m.MaxSteps(c.State), "step"), r.Steps))
		}
		seen[r.Control] = true
		taken[r.Axis] += r.Steps
	}
	for _, a := range []Axis{Likelihood, Impact} {
		down := from.On(a) - to.On(a)
		switch {
		case taken[a] > m.Numbers.Residual.MaxSteps:
			return problem.Field(string(a), fmt.Sprintf("All controls together take off at most %s of %s, not %d.", counted(m.Numbers.Residual.MaxSteps, "step"), a, taken[a]))
		case down > 0 && down != taken[a], down <= 0 && taken[a] > 0:
			return problem.Field(string(a), fmt.Sprintf("The inherent %s is %d and the current one %d, but the controls named take off %d. Make the three agree.", a, from.On(a), to.On(a), taken[a]))
		}
	}
	return nil
}

func natureWords(nature string) string {
	if nature == "" {
		return "of no nature anybody chose"
	}
	return nature
}

// GivenBack is what a control does not carry any more.
type GivenBack struct {
	Relied
	Now   Operating
	Steps int // of those it carried
}

// Effective is a score as it stands today: what failing controls took off has come
// back.
type Effective struct {
	Point
	Back []GivenBack
}

// Effective gives back what controls took off that do not carry it any more. A
// control nobody knows anything of carries nothing.
func (m *Method) Effective(p Point, relied []Relied, now map[string]Operating) Effective {
	e := Effective{Point: p}
	for _, r := range relied {
		if carries := m.MaxSteps(now[r.Control].State); carries < r.Steps {
			n := r.Steps - carries
			e.add(r.Axis, n)
			e.Back = append(e.Back, GivenBack{Relied: r, Now: now[r.Control], Steps: n})
		}
	}
	e.Likelihood, e.Impact = min(e.Likelihood, Steps), min(e.Impact, Steps)
	return e
}

// Why says in a sentence what came back; empty when nothing did.
func (e Effective) Why() string {
	var parts []string
	for _, b := range e.Back {
		parts = append(parts, fmt.Sprintf("%s gave back %s of %s: it is %s", b.Code, counted(b.Steps, "step"), b.Axis, b.Now.State.Words()))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}
