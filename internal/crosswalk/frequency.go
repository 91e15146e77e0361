package crosswalk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Asked is what an organisation answers to at a moment, as far as intervals are
// known. A framework enabled today asks nothing of yesterday.
type Asked struct{ of map[framework.Ref]answer }

// answer says whether a requirement is in scope.
type answer struct {
	always bool // for whatever control
	linked bool // for a control that is linked to it
}

// AskedOf works out what is asked by the frameworks followed and their scope,
// both read for one moment. Where nobody chose categories, those that must be are
// in scope, and the others for controls linked to them.
func AskedOf(frameworks []*framework.Framework, scope Scope) Asked {
	a := Asked{map[framework.Ref]answer{}}
	for _, list := range control.Demands() {
		for _, d := range list {
			i := slices.IndexFunc(frameworks, func(f *framework.Framework) bool { return f.ID == d.Framework })
			if i >= 0 {
				a.of[refOf(d)] = answerOf(frameworks[i], d.Requirement, scope)
			}
		}
	}
	return a
}

func answerOf(f *framework.Framework, id string, scope Scope) answer {
	path := f.Path(id)
	for _, r := range path {
		if _, out := scope.Excluded[framework.Ref{Framework: f.ID, ID: r.ID}]; out {
			return answer{}
		}
	}
	for _, c := range scope.CategoriesOf(f, nil) {
		if f.Within(id, c.ID) && !c.In() {
			return answer{linked: c.Why == framework.Undecided}
		}
	}
	return answer{len(path) > 0, len(path) > 0}
}

// Performed is a control with what decides how often it must be done.
type Performed struct {
	Control control.Control
	Links   []framework.Ref // in force at the moment
	Entry   string          // code of the library entry it is, or empty when nobody said so
}

// Own is the basis of an interval that the organisation chose itself.
const Own control.Basis = "own"

// Effective is how often a control must be done, and why.
type Effective struct {
	Frequency cadence.Frequency // none: no interval applies
	SetBy     framework.Ref     // the requirement that sets it; zero when the organisation's own interval does
	Basis     control.Basis     // of the frequency; empty without one
	Binding   bool              // missing an occurrence breaks what a standard states, not only a custom
	Own       cadence.Frequency // what the organisation chose
	Unread    bool              // it wrote an interval that is not understood
	Demanded  cadence.Frequency // the strictest stated, else the strictest customary; none when nothing sets one
	Looser    bool              // Own asks for less than Demanded
	Missing   bool              // planned intervals are asked for, and there is none
	Demands   []control.Demand  // all that apply, the deciding one first
	Why       string            // one sentence or two for a person
}

// EffectiveFrequency works out how often a control must be done: the strictest
// interval that a requirement in scope states, else the strictest that is
// customary, and the organisation's own where that is stricter. Intervals are
// known for entries of the library only, so they apply to a control that is one,
// and to those requirements it is linked to; in a framework it has no link to at
// all, the links of the entry stand in. A requirement that asks for planned
// intervals sets none, and makes the own one binding.
func EffectiveFrequency(p Performed, asked Asked) Effective {
	own, read := cadence.Parse(p.Control.Frequency)
	e := Effective{Own: own, Unread: !read, Demands: p.demands(asked)}
	var set, planned *control.Demand
	for i, d := range e.Demands {
		switch {
		case d.Planned() && planned == nil:
			planned = &e.Demands[i]
		case !d.Planned() && set == nil:
			set = &e.Demands[i]
		}
	}
	if set != nil {
		e.Demanded = set.Frequency
		e.Looser = own.Known() && e.Demanded.Stricter(own)
	}
	switch {
	case set != nil && !own.Stricter(e.Demanded):
		e.Frequency, e.Basis, e.SetBy = e.Demanded, set.Basis, refOf(*set)
		e.Binding = set.Basis == control.Stated || planned != nil && own == e.Demanded
	case own.Known():
		e.Frequency, e.Basis, e.Binding = own, Own, planned != nil
	}
	e.Missing = planned != nil && !e.Frequency.Known()
	e.Why = e.why(p, set, planned)
	return e
}

func refOf(d control.Demand) framework.Ref {
	return framework.Ref{Framework: d.Framework, ID: d.Requirement}
}

// demands returns what applies, in the order of control.Demands.
func (p Performed) demands(asked Asked) []control.Demand {
	var out []control.Demand
	for _, d := range control.Demands()[p.Entry] {
		ref := refOf(d)
		linked := slices.Contains(p.Links, ref)
		stands := !slices.ContainsFunc(p.Links, func(r framework.Ref) bool { return r.Framework == ref.Framework })
		in := asked.of[ref]
		if linked && in.linked || stands && in.always {
			out = append(out, d)
		}
	}
	return out
}

// why says what decided.
func (e Effective) why(p Performed, set, planned *control.Demand) string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if e.Unread {
		say("The interval “%s” is not understood, so it counts for nothing.", p.Control.Frequency)
	}
	switch {
	case set != nil && e.Basis == Own && set.Basis == control.Stated:
		say("Your own interval is stricter: %s asks for it %s.", refOf(*set).Words(), set.Frequency.Phrase())
	case set != nil && e.Basis == Own:
		say("Your own interval is stricter: %s is customary for %s.", set.Frequency.Phrase(), refOf(*set).Words())
	case set != nil && set.Basis == control.Stated:
		say("%s asks for it %s.", refOf(*set).Words(), set.Frequency.Phrase())
	case set != nil:
		say("%s has no number in its text; %s is customary.", refOf(*set).Words(), set.Frequency.Phrase())
	case e.Basis == Own && planned == nil && p.Entry == "":
		say("Your own interval. Nobody has said which entry of the library this control is, so no interval of a framework is known for it.")
	case e.Basis == Own && planned == nil:
		say("Your own interval; no requirement in scope sets one.")
	case e.Basis == Own:
		say("Your own interval.")
	case planned == nil && p.Control.Kind == control.Event:
		say("Done each time something happens; no requirement in scope sets an interval.")
	case planned == nil && p.Control.Kind == control.Continuous:
		say("Runs all the time; no requirement in scope sets an interval.")
	case planned == nil && p.Entry == "":
		say("No interval of its own, and no interval of a framework is known for it.")
	case planned == nil:
		say("No interval of its own, and no requirement in scope sets one.")
	}
	switch {
	case e.Missing:
		say("%s asks for planned intervals without a number: choose one.", refOf(*planned).Words())
	case planned != nil && e.Own.Known() && !e.Looser:
		say("%s asks for planned intervals without a number, so what you planned is what you are held to.", refOf(*planned).Words())
	}
	if e.Looser {
		say("Your own interval, %s, is looser.", e.Own.Phrase())
	}
	return strings.Join(out, " ")
}

// FrequencyChange is a control of which something else would be asked.
type FrequencyChange struct {
	Control       control.Control
	Before, After Effective
}

// Shift is what a change amounts to.
type Shift string

const (
	Stricter Shift = "stricter" // due more often
	Looser   Shift = "looser"   // need not be done as often
	Bound    Shift = "bound"    // as often as before, and a text would hold the organisation to it
	Released Shift = "released" // as often as before, and no text holds it to it any more
)

var shifts = []Shift{Stricter, Looser, Bound, Released}

// Shift says what the change amounts to; empty when there is none.
func (c FrequencyChange) Shift() Shift {
	switch {
	case c.After.Frequency.Stricter(c.Before.Frequency):
		return Stricter
	case c.Before.Frequency.Stricter(c.After.Frequency):
		return Looser
	case c.After.Binding && !c.Before.Binding:
		return Bound
	case c.Before.Binding && !c.After.Binding:
		return Released
	}
	return ""
}

// FrequencyChanges compares what two scopes ask of controls and lists those of
// which something else would be asked, what becomes stricter first.
func FrequencyChanges(before, after Asked, list []Performed) []FrequencyChange {
	var out []FrequencyChange
	for _, p := range list {
		c := FrequencyChange{p.Control, EffectiveFrequency(p, before), EffectiveFrequency(p, after)}
		if c.Shift() != "" {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b FrequencyChange) int {
		if c := slices.Index(shifts, a.Shift()) - slices.Index(shifts, b.Shift()); c != 0 {
			return c
		}
		return control.CompareCodes(a.Control.Code, b.Control.Code)
	})
	return out
}

// Entries says which entry of the library each control is, by the control's id:
// what a person said, else the entry it was adopted from.
func Entries(adopted []Adoption, said []Judgement) map[string]string {
	out := make(map[string]string, len(adopted))
	for _, a := range adopted {
		out[a.Control] = a.Entry
	}
	for _, j := range said {
		switch {
		case j.Kind == IsEntry:
			out[j.Control] = j.Entry
		case j.Kind == NotEntry && out[j.Control] == j.Entry:
			delete(out, j.Control)
		}
	}
	return out
}
