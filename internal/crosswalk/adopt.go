package crosswalk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// AdoptPlan is which entries of the library an organisation wants as its own
// controls, and how.
type AdoptPlan struct {
	Entries []string          // codes of the library
	Status  control.Status    // declared for controls that are new; empty is planned
	Owners  map[string]string // function of the entry → person; for controls that are new
	// As names the control that an entry is kept as, where that is not the entry's
	// own code. If there is a control with that code it is attached, whatever its
	// text says; if not, it is created under that code.
	As map[string]string
}

// AdoptAction is what adopting an entry does.
type AdoptAction string

// What adopting can do. Nothing an organisation wrote is ever overwritten.
const (
	AdoptNew       AdoptAction = "create"    // there is no such control: it is made
	AdoptAttach    AdoptAction = "attach"    // the organisation has it: its origin is remembered, missing links are added
	AdoptUnchanged AdoptAction = "unchanged" // adopted before
	AdoptClash     AdoptAction = "clash"     // another control has this code: a person must say what is meant
)

// AdoptStep is what a plan does about one entry.
type AdoptStep struct {
	Entry   string
	Action  AdoptAction
	Code    string          // of the control it becomes, is, or clashes with
	Control control.Control // the one that is there; for AdoptNew, the one to be made
	Reason  string          // one sentence for a person
}

// Prepare says what a plan would do to controls, of which taken are adopted. A
// control that somebody said is an entry becomes that entry's, whatever its code. The
// steps are in the order of the codes of the library. It returns an Invalid
// problem if the plan asks for what cannot be.
func (r *Reach) Prepare(plan AdoptPlan, controls []control.Control, taken []Adoption, said []Judgement) ([]AdoptStep, error) {
	if plan.Status == "" {
		plan.Status = control.Planned
	}
	wanted := map[string]bool{}
	for _, code := range plan.Entries {
		if _, ok := r.Library.Find(code); !ok {
			return nil, problem.Field("entry", fmt.Sprintf("The library has no control %q. Choose from the list.", code))
		}
		wanted[code] = true
	}
	if len(wanted) == 0 {
		return nil, problem.Field("entry", "Choose at least one control to adopt.")
	}
	k := holdings{map[string]control.Control{}, map[string]control.Control{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	for _, c := range controls {
		k.byCode[codeKey(c.Code)], k.byID[c.ID] = c, c
	}
	for _, a := range taken {
		k.adopted[a.Entry], k.attached[a.Control] = a.Control, a.Entry
	}
	for _, j := range said {
		c, here := k.byID[j.Control]
		if _, adopted := k.attached[j.Control]; j.Kind == IsEntry && here && !adopted && k.matched[j.Entry] == "" {
			k.matched[j.Entry] = c.Code
		}
	}
	var out []AdoptStep
	for _, e := range r.Library.Entries {
		if !wanted[e.Code] {
			continue
		}
		step, err := k.step(e, plan)
		if err != nil {
			return nil, err
		}
		out = append(out, step)
	}
	return out, nil
}

// holdings knows what an organisation has while a plan is prepared.
type holdings struct {
	byCode, byID map[string]control.Control
	adopted      map[string]string // entry → control id
	attached     map[string]string // control id → entry
	made         map[string]string // code of a control to be made → entry
	matched      map[string]string // entry → code of the control that somebody said is the same
}

// step says what the plan does about one entry, and keeps it in mind for the others.
func (k holdings) step(e control.Entry, plan AdoptPlan) (AdoptStep, error) {
	step := AdoptStep{Entry: e.Code, Code: e.Code}
	as := cmp.Or(strings.TrimSpace(plan.As[e.Code]), k.matched[e.Code])
	if as != "" {
		step.Code = as
	}
	have, exists := k.byCode[codeKey(step.Code)]
	id, done := k.adopted[e.Code]
	other, busy := k.attached[have.ID]
	switch {
	case done:
		step.Action, step.Control, step.Code = AdoptUnchanged, k.byID[id], k.byID[id].Code
		step.Reason = "Adopted before."
	case exists && have.MergedInto != "":
		step.Action, step.Control, step.Code = AdoptClash, have, have.Code
		step.Reason = "Your " + have.Code + " was merged into " + have.MergedInto + ". Say whether that one is the same control, or give this one another code."
	case exists && busy:
		return step, problem.Field("as", fmt.Sprintf("%s is %s of the library already. Choose another control for %s.", have.Code, other, e.Code))
	case exists && (as != "" || e.Says(have)):
		step.Action, step.Control, step.Code = AdoptAttach, have, have.Code
		step.Reason = "You have it: its origin is remembered and missing links are added. Nothing is overwritten."
		k.attached[have.ID] = e.Code
	case exists:
		step.Action, step.Control, step.Code = AdoptClash, have, have.Code
		step.Reason = "Your " + have.Code + " says other things. Say whether it is the same control, or give this one another code."
	default:
		if twin, twice := k.made[codeKey(step.Code)]; twice {
			return step, problem.Field("as", fmt.Sprintf("%s and %s would both be %s. Give them two codes.", twin, e.Code, step.Code))
		}
		k.made[codeKey(step.Code)] = e.Code
		step.Action, step.Control = AdoptNew, e.Control()
		step.Control.Code, step.Control.Status, step.Control.Owner = step.Code, plan.Status, plan.Owners[e.OwnerFunction]
		step.Reason = "Entered as " + plan.Status.Words() + "."
	}
	return step, nil
}

func codeKey(code string) string { return strings.ToLower(strings.TrimSpace(code)) }

// Joined returns the links of a control once those of an entry are added: what is
// missing is added, a tag whose relation nobody stated gets the stated one, and
// what somebody stated stays. Links to frameworks not at hand are left out.
func Joined(have, entry []Link, at func(framework.Ref) bool) []Link {
	out := slices.Clone(have)
	for _, l := range entry {
		i := slices.IndexFunc(out, func(x Link) bool { return x.Ref == l.Ref })
		switch {
		case i < 0 && at(l.Ref):
			out = append(out, l)
		case i >= 0 && out[i].Relation == "" && out[i].Rationale == "":
			out[i] = l
		case i >= 0 && out[i].Relation == "":
			out[i].Relation = l.Relation
		}
	}
	slices.SortFunc(out, compareLinks)
	return out
}
