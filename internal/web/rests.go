package web

import (
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/standing"
)

// restLine is one requirement with its coverage and the controls it rests on.
type restLine struct {
	line
	Coverage posture.Coverage
	Codes    []string // of the controls, in order
}

// rests lists the requirements of a framework with what each rests on: the
// controls behind its coverage, or, read by its own controls, the operated ones
// tagged to it. from is the framework it is read through, or nil.
func (b *book) rests(to, from *framework.Framework) ([]restLine, error) {
	lines, report, err := b.lines(to, from)
	if err != nil {
		return nil, err
	}
	meets := b.meets(to)
	out := make([]restLine, len(lines))
	for i, l := range lines {
		r := restLine{line: l}
		if report != nil {
			q := report.Requirements[i]
			r.Coverage = q.Coverage
			switch {
			case q.Own != nil && q.Own.Decides:
				r.Codes = q.Own.Controls
			case q.Coverage.Touched():
				for _, by := range q.By {
					r.Codes = append(r.Codes, by.Controls...)
				}
			}
		} else {
			r.Coverage, r.Codes = b.ownRest(to, l, meets[l.ID])
		}
		r.Codes = slices.Clone(r.Codes)
		slices.SortFunc(r.Codes, control.CompareCodes)
		r.Codes = slices.Compact(r.Codes)
		out[i] = r
	}
	return out, nil
}

// ownRest is the coverage of a requirement read by the organisation's own controls.
// One that is operated and tagged to it is taken to meet it, as the gap analysis
// takes it, unless adopted controls say more.
func (b *book) ownRest(to *framework.Framework, l line, own posture.Own) (posture.Coverage, []string) {
	switch l.Kind {
	case ownLeft, string(posture.NotApplicable):
		return posture.NotApplicable, nil
	case ownWaiting, ownNone:
		return posture.None, nil
	case ownOperated:
		var codes []string
		for _, i := range b.Tagged[framework.Ref{Framework: to.ID, ID: l.ID}] {
			if b.Controls[i].Status == control.Operated {
				codes = append(codes, b.Controls[i].Code)
			}
		}
		return posture.Full, codes
	}
	return posture.Coverage(l.Kind), own.RestsOn()
}

// readied is the readiness of a framework on one question.
type readied struct {
	Lines   []restLine
	Said    []posture.Readied // of each line
	Sum     posture.Summary
	answer  *standing.Answer
	st      *standing.Book
	resting posture.Resting
}

// ready rolls up what the controls of a framework showed, to its requirements. A
// control that nothing is known of yet is unknown, and keeps its requirement from
// looking ready.
func (b *book) ready(st *standing.Book, to, from *framework.Framework, answer *standing.Answer) (*readied, error) {
	lines, err := b.rests(to, from)
	if err != nil {
		return nil, err
	}
	r := &readied{Lines: lines, answer: answer, st: st, resting: posture.Resting{Framework: to.ID, Accepts: familyOf(to)}}
	states, unknown := answer.States, int32(len(answer.States))
	for _, l := range lines {
		rest := posture.Rest{ID: l.ID, Coverage: l.Coverage}
		for _, code := range l.Codes {
			if i, ok := st.Place(code); ok {
				rest.Controls = append(rest.Controls, int32(i))
			} else {
				rest.Controls = append(rest.Controls, unknown)
			}
		}
		r.resting.Requirements = append(r.resting.Requirements, rest)
	}
	r.Said, r.Sum = posture.RollUp(r.resting, append(states[:len(states):len(states)], posture.Unknown))
	return r, nil
}

// state is how a control stands, by its code.
func (r *readied) state(code string) posture.State {
	if i, ok := r.st.Place(code); ok {
		return r.answer.States[i]
	}
	return posture.Unknown
}

// familyOf says which family of frameworks takes evidence for f.
func familyOf(f *framework.Framework) posture.Accepts {
	if f != nil && (strings.HasPrefix(f.ID, "iso27001") || strings.HasPrefix(f.ID, "iso27701") || strings.HasPrefix(f.ID, "iso42001")) {
		return posture.ByISO
	}
	return posture.ByOthers
}
