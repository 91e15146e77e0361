package web

import (
	"strconv"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
)

// onDay is a civil day as a page writes it, "1 March 2026"; a dash for none.
func onDay(d cadence.Date) string {
	if !d.Known() {
		return "–"
	}
	y, m, day := d.Civil()
	return strconv.Itoa(day) + " " + m.String() + " " + strconv.Itoa(y)
}

// outcomeWords is an outcome or a state of operation as a person reads it.
func outcomeWords(kind string) string {
	if kind == "not_yet_due" {
		return "not yet due"
	}
	return kind
}

// operationMark is the mark of a state of operation: unknown has one of its own, since
// a control nobody declared is unknown in another way.
func operationMark(s posture.State) string {
	if s == posture.Unknown {
		return "unheard"
	}
	return string(s)
}

// pick returns the first word for one thing and the second for several.
func pick(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// hidden lists what the small form of the list has to carry along.
func (q windowQuery) hidden() []option {
	var out []option
	for _, o := range []option{{"from", q.From}, {"to", q.To}, {"framework", q.Framework}, {"as", q.As}, {"known", q.Known}, {"state", q.State}} {
		if o.Text != "" {
			out = append(out, o)
		}
	}
	return out
}

// readinessSub says what is judged, and through what the framework is read.
func readinessSub(p readinessPage) string {
	out := "Type 2, from " + p.Query.From + " to " + p.Query.To + ", both days part of it."
	if p.Query.Type == "1" {
		out = "Type 1, as of the end of " + p.Query.On + "."
	}
	if p.From != nil {
		return out + " Design is read through " + p.From.Short + "."
	}
	return out + " Design is read by its own controls."
}

// readinessAssumes prints what is taken as met without any evidence.
func readinessAssumes(p readinessPage) string {
	if p.From != nil {
		return "A " + p.From.Noun + " of " + p.From.Short + " is taken as met when a control that is declared operated is tagged to it."
	}
	return "A " + p.Framework.Noun + " is taken as met when a control that is declared operated is tagged to it, unless adopted library controls say how far they go."
}

// withState says how many controls are in a state.
func withState(n int, s posture.State) string {
	switch s {
	case posture.Exceptions:
		return group(n) + " with exceptions"
	case posture.Gap:
		return group(n) + " with gaps"
	}
	return group(n) + " " + s.Words()
}
