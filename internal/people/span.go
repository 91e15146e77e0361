package people

import (
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// SpanKind says what a stretch of days in the life of a person is. The values are
// stored.
type SpanKind string

const (
	Stint   SpanKind = "stint"        // employed or under contract; only those before the present one
	Leave   SpanKind = "leave"        // away; why is nobody's business and is not asked
	NoScope SpanKind = "out_of_scope" // not part of the programme, with a reason
)

// Span is a stretch of days in the life of a person, the first and the last both
// part of it.
type Span struct {
	ID     string
	Person string // id
	Kind   SpanKind
	From   cadence.Date // no date: always did
	To     cadence.Date // no date: open
	Reason string       // of NoScope
}

// Has reports whether a day is part of the span.
func (s Span) Has(day cadence.Date) bool {
	return (!s.From.Known() || s.From <= day) && (!s.To.Known() || day <= s.To)
}

// meets reports whether two spans share a day.
func (s Span) meets(t Span) bool {
	return (!s.To.Known() || !t.From.Known() || t.From <= s.To) && (!t.To.Known() || !s.From.Known() || s.From <= t.To)
}

// stint is the present or last stint of a person, as its two fields say.
func (p Person) stint() Span {
	s := Span{Person: p.ID, Kind: Stint}
	s.From, _ = cadence.ParseDate(p.StartOn) // what is kept was checked; an empty text is no date
	s.To, _ = cadence.ParseDate(p.EndOn)
	return s
}

// stintBefore returns the stint that ended when a new state of a person begins
// another one after it.
func stintBefore(have, next Person) (Span, bool) {
	return have.stint(), have.EndOn != "" && next.StartOn > have.EndOn
}

// words is the span as a sentence has it: "from 2026-03-01 to 2026-03-31".
func (s Span) words() string {
	switch {
	case !s.From.Known() && !s.To.Known():
		return "all the time"
	case !s.From.Known():
		return "until " + s.To.String()
	case !s.To.Known():
		return "from " + s.From.String()
	}
	return "from " + s.From.String() + " to " + s.To.String()
}

// bySpan sorts spans as they happened.
func bySpan(a, b Span) int {
	if a.From != b.From {
		return int(a.From - b.From)
	}
	return strings.Compare(a.ID, b.ID)
}

// StatusOf is what somebody is on a day, given their spans other than the present
// stint. Out of scope goes before all else that is said of a person. Somebody who
// has left and will be back is Former until they are: what leaving asks is still
// to be done.
func StatusOf(p Person, spans []Span, day cadence.Date) Status {
	return statusOf(p.Kind, p.stint(), spans, day)
}

func statusOf(k Kind, now Span, spans []Span, day cadence.Date) Status {
	if k == Service {
		return NotAPerson
	}
	works, worked, away := now.Has(day), now.To.Known() && now.To < day, false
	for _, s := range spans {
		switch {
		case s.Kind == NoScope && s.Has(day):
			return OutOfScope
		case s.Kind == Stint:
			works, worked = works || s.Has(day), worked || s.To < day
		case s.Kind == Leave:
			away = away || s.Has(day)
		}
	}
	switch {
	case works && away:
		return OnLeave
	case works:
		return Current
	case worked:
		return Former
	}
	return Future
}

// stintOn is the stint a day lies in; if there is none, the next one, and if
// nothing follows either, the last.
func stintOn(p Person, spans []Span, day cadence.Date) Span {
	all := []Span{p.stint()}
	for _, s := range spans {
		if s.Kind == Stint {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, bySpan)
	for _, s := range all {
		if !s.To.Known() || day <= s.To {
			return s
		}
	}
	return all[len(all)-1]
}
