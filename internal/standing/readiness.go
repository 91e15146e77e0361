package standing

import (
	"cmp"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/posture"
)

// Reading is how a framework is covered in design: read through another one, or by
// the organisation's own controls. It was worked out by whoever asks.
type Reading struct {
	Framework *framework.Framework
	Report    *gap.Report            // read through another framework; nil: by own controls
	Own       map[string]posture.Own // what adopted library controls say, by requirement
	Operated  map[string][]string    // codes of operated controls tagged to a requirement
	Outside   map[string]bool        // requirements out of scope
}

// Rested is one requirement with the controls its coverage rests on.
type Rested struct {
	Requirement framework.Requirement
	Coverage    posture.Coverage
	First       string   // what to do first where design leaves something open
	Codes       []string // of the controls, in order
}

// Rests lists the requirements of the framework with what each rests on. Read by
// own controls, one that an operated control is tagged to is taken as met, as the
// gap analysis takes it, unless adopted controls say more.
func (r Reading) Rests() []Rested {
	asked := r.Framework.Asked()
	out := make([]Rested, len(asked))
	for i, q := range asked {
		out[i] = Rested{Requirement: q, Coverage: posture.None}
		if r.Report != nil {
			out[i].through(r.Report.Requirements[i])
		} else {
			out[i].own(r)
		}
		slices.SortFunc(out[i].Codes, control.CompareCodes)
		out[i].Codes = slices.Compact(out[i].Codes)
	}
	return out
}

func (r *Rested) through(q gap.Requirement) {
	r.Coverage, r.First = q.Coverage, q.FirstTask
	switch {
	case q.Own != nil && q.Own.Decides:
		r.Codes = slices.Clone(q.Own.Controls)
	case q.Coverage.Touched():
		for _, by := range q.By {
			r.Codes = append(r.Codes, by.Controls...)
		}
	}
}

func (r *Rested) own(from Reading) {
	o, answered := from.Own[r.Requirement.ID]
	if len(o.Residual) > 0 {
		r.First = o.Residual[0]
	}
	switch codes := from.Operated[r.Requirement.ID]; {
	case from.Outside[r.Requirement.ID]:
		r.Coverage, r.First = posture.NotApplicable, ""
	case answered && o.Coverage.Touched():
		r.Coverage, r.Codes = o.Coverage, o.RestsOn()
	case len(codes) > 0:
		r.Coverage, r.Codes = posture.Full, slices.Clone(codes)
	}
}

// Readiness is how a framework stands on one question: what is covered, and how
// the controls behind it operated.
type Readiness struct {
	Framework    *framework.Framework
	Question     posture.Question
	Requirements []Ready // in catalogue order
	Summary      posture.Summary

	book  *Book
	judge *posture.Judge
	told  map[string]posture.Operated
}

// Ready is how one requirement stands.
type Ready struct {
	posture.Readied
	Requirement framework.Requirement
	Controls    []Behind // the worst first
	Next        string   // what to do next; empty when it is ready or out of scope
}

// Behind is a control behind a requirement.
type Behind struct {
	Code  string
	State posture.State
}

// FamilyOf says which family of frameworks takes evidence for the framework.
func FamilyOf(id string) posture.Accepts {
	if framework.ManagementSystem(id) {
		return posture.ByISO
	}
	return posture.ByOthers
}

// Readiness answers a question about a framework. Controls the book does not know
// count as unknown: nothing shows that they operate.
func (b *Book) Readiness(in Reading, a Asked, now time.Time) *Readiness {
	a.Accepts = FamilyOf(in.Framework.ID)
	x := b.Answer(a, now)
	states := append(slices.Clone(x.States), posture.Unknown) // the last place is of those not known
	rests := in.Rests()
	resting := posture.Resting{Framework: in.Framework.ID, Accepts: a.Accepts}
	for _, r := range rests {
		rest := posture.Rest{ID: r.Requirement.ID, Coverage: r.Coverage}
		for _, code := range r.Codes {
			rest.Controls = append(rest.Controls, int32(b.place(code)))
		}
		resting.Requirements = append(resting.Requirements, rest)
	}
	out := &Readiness{Framework: in.Framework, Question: x.Question, book: b, judge: x.Judge, told: map[string]posture.Operated{}}
	var readied []posture.Readied
	readied, out.Summary = posture.RollUp(resting, states)
	for i, r := range rests {
		q := Ready{Readied: readied[i], Requirement: r.Requirement}
		for _, code := range r.Codes {
			q.Controls = append(q.Controls, Behind{code, states[b.place(code)]})
		}
		slices.SortStableFunc(q.Controls, func(x, y Behind) int { return cmp.Compare(concern(x.State), concern(y.State)) })
		q.Next = out.next(q, r.First)
		out.Requirements = append(out.Requirements, q)
	}
	return out
}

// place is where the states of a control stand; beyond the last for one that is not known.
func (b *Book) place(code string) int {
	if i, ok := b.Place(code); ok {
		return i
	}
	return len(b.Operations)
}

// Concerns is the order in which states of operation ask for attention: what an
// auditor writes down comes first.
func Concerns() []posture.State {
	return []posture.State{posture.Exceptions, posture.Gap, posture.Unknown, posture.NotYetDue, posture.Effective}
}

func concern(s posture.State) int { return slices.Index(Concerns(), s) }

// Control says how a control operated, with the reasons; false if it is not known.
func (r *Readiness) Control(code string) (posture.Operated, bool) {
	if o, ok := r.told[code]; ok {
		return o, true
	}
	op, ok := r.book.ByCode(code)
	if !ok {
		return posture.Operated{}, false
	}
	r.told[code] = r.judge.Of(op)
	return r.told[code], true
}

// next says what to do next about a requirement: what is missing in design first,
// since nothing counts without it, else what is missing of its worst control.
func (r *Readiness) next(q Ready, first string) string {
	switch q.Readiness {
	case posture.Ready, posture.OutOfScope:
		return ""
	case posture.Open:
		return cmp.Or(first, "Put a control in place for it, or link one that is.")
	}
	if len(q.Controls) == 0 {
		return "It rests on no control, so nothing can show that it is met in operation."
	}
	worst := q.Controls[0].Code
	for _, c := range q.Controls {
		if c.State == q.Operation { // the one that decides, which is not always the first an auditor writes down
			worst = c.Code
			break
		}
	}
	if o, ok := r.Control(worst); ok && len(o.Why) > 0 {
		return worst + ": " + o.Foremost()
	}
	return "Nothing shows how " + worst + " operates."
}
