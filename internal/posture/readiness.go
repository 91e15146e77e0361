package posture

import "slices"

// Readiness says whether a requirement would stand before an auditor: closed in
// design, and every control it rests on effective.
type Readiness string

// The states of readiness, best first.
const (
	Ready         Readiness = "ready"
	Early         Readiness = "not_yet_due"    // closed in design; a control was not due yet
	WithException Readiness = "exceptions"     // closed in design; a control has exceptions
	WithGap       Readiness = "gap"            // closed in design; of a control there are stretches without data
	Unshown       Readiness = "unknown"        // closed in design; nothing shows that a control operates, or no control is named
	Open          Readiness = "open"           // not closed in design
	OutOfScope    Readiness = "not_applicable" // scoped out, with a reason
)

// Readinesses lists every state of readiness, best first.
func Readinesses() []Readiness {
	return []Readiness{Ready, Early, WithException, WithGap, Unshown, Open, OutOfScope}
}

// Words returns the state as a person reads it.
func (r Readiness) Words() string {
	switch r {
	case Early:
		return "not yet due"
	case WithException:
		return "exceptions in operation"
	case WithGap:
		return "gap in operation"
	case Unshown:
		return "operation unknown"
	case Open:
		return "open in design"
	case OutOfScope:
		return "not applicable"
	}
	return string(r)
}

// Rest is one requirement with what its coverage rests on.
type Rest struct {
	ID       string
	Coverage Coverage
	Controls []int32 // places of the controls among the operations, each once
}

// Resting is one framework with what its requirements rest on.
type Resting struct {
	Framework    string
	Accepts      Accepts // the family it belongs to, one of ByISO and ByOthers
	Requirements []Rest
}

// Readied is how one requirement stands: how it is covered in design and how the controls
// it rests on operated are two answers. Readiness joins them.
type Readied struct {
	ID        string
	Coverage  Coverage
	Operation State // worst of the controls; Unknown where it rests on none
	Readiness Readiness
}

// Summary counts the requirements of a framework by coverage, by operation and by
// readiness. Design and operation are separate figures: nothing here adds or
// divides one by the other.
type Summary struct {
	Framework string
	Coverage  map[Coverage]int  // every state has its figure, zero included; so have the others
	Operation map[State]int     // of the requirements in scope
	Readiness map[Readiness]int // all requirements
}

// RestsOn returns the controls a verdict rests on, by code, in order: where the
// organisation's own controls decide it, those; else all controls tagged to the
// requirements of the source framework it follows from. Each of them is offered
// for it, and so each will be tested. A verdict that closes nothing rests on what
// shares ground so far.
func RestsOn(v Verdict, tagged map[string][]string) []string {
	var out []string
	switch {
	case v.Coverage == Candidate || v.Coverage == None || v.Coverage == NotApplicable:
		return nil
	case v.ByOwn:
		return v.Own.RestsOn()
	case v.Union != nil:
		for _, r := range v.Union.Sources {
			out = append(out, tagged[r.ID]...)
		}
	case v.Attestation != nil:
		for _, id := range v.Attestation.Sources {
			out = append(out, tagged[id]...)
		}
	default:
		for _, s := range v.By {
			out = append(out, tagged[s.ID]...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// RestsOn returns the controls that an answer of the organisation's own controls
// rests on, by code, in order.
func (o Own) RestsOn() []string {
	out := make([]string, len(o.By))
	for i, c := range o.By {
		out[i] = c.Code
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// RollUp says how every requirement of a framework stands, given the states of the
// controls for its family by their places, and counts them.
func RollUp(f Resting, states []State) ([]Readied, Summary) {
	out, sum := make([]Readied, len(f.Requirements)), newSummary(f.Framework)
	for i := range f.Requirements {
		out[i] = f.Requirements[i].Ready(states)
		sum.add(out[i], 1)
	}
	return out, sum
}

// Ready joins what is known of one requirement, given the states of the controls for
// its family by their places.
func (r *Rest) Ready(states []State) Readied {
	out := Readied{ID: r.ID, Coverage: r.Coverage, Operation: Unknown}
	if len(r.Controls) > 0 {
		out.Operation = Effective
		for _, c := range r.Controls {
			out.Operation = worse(out.Operation, states[c])
		}
	}
	switch {
	case r.Coverage == NotApplicable:
		out.Readiness = OutOfScope
	case !r.Coverage.Closed():
		out.Readiness = Open
	default:
		out.Readiness = closed[out.Operation]
	}
	return out
}

// closed is the readiness of a requirement that is closed in design.
var closed = map[State]Readiness{Effective: Ready, NotYetDue: Early, Exceptions: WithException, Gap: WithGap, Unknown: Unshown}

func newSummary(framework string) Summary {
	s := Summary{framework, map[Coverage]int{}, map[State]int{}, map[Readiness]int{}}
	for _, c := range Coverages() {
		s.Coverage[c] = 0
	}
	for _, o := range States() {
		s.Operation[o] = 0
	}
	for _, r := range Readinesses() {
		s.Readiness[r] = 0
	}
	return s
}

// add counts one requirement n times.
func (s Summary) add(r Readied, n int) {
	s.Coverage[r.Coverage] += n
	s.Readiness[r.Readiness] += n
	if r.Coverage != NotApplicable {
		s.Operation[r.Operation] += n
	}
}

// Why says in sentences what a requirement's readiness rests on, naming controls.
func (r Rest) Why(standing func(i int32) (code string, state State)) []string {
	var out []string
	switch {
	case r.Coverage == NotApplicable:
		return []string{"It was scoped out, so nothing is asked."}
	case !r.Coverage.Closed():
		out = append(out, "In design it is "+r.Coverage.Words()+", so it is not ready whatever its controls do.")
	}
	if len(r.Controls) == 0 {
		return append(out, "It rests on no control, so nothing can show that it is met in operation.")
	}
	groups := map[State][]string{}
	for _, i := range r.Controls {
		code, state := standing(i)
		groups[state] = append(groups[state], code)
	}
	for _, s := range slices.Backward(States()) {
		codes := groups[s]
		n := len(codes)
		if n == 0 {
			continue
		}
		slices.Sort(codes)
		out = append(out, map[State]string{
			Unknown:    "Nothing shows how " + some(codes) + plural(n, " operates", " operate") + ".",
			Gap:        "There are stretches without data of " + some(codes) + ".",
			Exceptions: some(codes) + plural(n, " has", " have") + " exceptions.",
			NotYetDue:  some(codes) + plural(n, " was", " were") + " not due yet.",
			Effective:  some(codes) + plural(n, " is", " are") + " effective.",
		}[s])
	}
	return out
}
