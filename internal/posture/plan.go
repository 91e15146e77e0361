package posture

import "github.com/toucan-grc/toucan/internal/cadence"

// Schedule lists the times something has to be done whose period touches a span,
// the earliest first, whatever day it is: for calendars. It says nothing of what
// became of them.
func (o *Operation) Schedule(span cadence.Days) []Occurrence {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.periods = o.schedule(span, s.periods[:0])
	out := make([]Occurrence, 0, len(s.periods))
	for i := range s.periods {
		p := &s.periods[i]
		out = append(out, Occurrence{Period: p.Days, Due: p.To, Late: o.lateFrom(p), Outcome: Due, Partly: p.partly, Rhythm: p.rhythm})
	}
	return out
}

// Occurrences says what became of each time something had to be done in the
// window, and nothing else of how it operated.
func (j *Judge) Occurrences(o *Operation) []Occurrence {
	var full Operated
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	j.occurrences(o, s, &full)
	return full.Occurrences
}
