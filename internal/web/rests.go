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
	Lines    []restLine
	Board    *posture.Board
	Judged   []posture.Operation // the controls it rests on
	Accepts  posture.Accepts
	Question posture.Question
	place    map[string]int32 // in Judged, by code
}

// ready judges the controls a framework rests on, and what that makes of its requirements.
func (b *book) ready(st *standing.Book, to, from *framework.Framework, q posture.Question) (*readied, error) {
	lines, err := b.rests(to, from)
	if err != nil {
		return nil, err
	}
	r := &readied{Lines: lines, Accepts: familyOf(to), Question: q, place: map[string]int32{}}
	resting := posture.Resting{Framework: to.ID, Accepts: r.Accepts}
	for _, l := range lines {
		rest := posture.Rest{ID: l.ID, Coverage: l.Coverage}
		for _, code := range l.Codes {
			i, known := r.place[code]
			if !known {
				o, ok := st.ByCode(code)
				if !ok {
					continue
				}
				i = int32(len(r.Judged))
				r.place[code], r.Judged = i, append(r.Judged, *o)
			}
			rest.Controls = append(rest.Controls, i)
		}
		resting.Requirements = append(resting.Requirements, rest)
	}
	r.Board = posture.NewBoard(q, r.Judged, []posture.Resting{resting})
	return r, nil
}

// familyOf says which family of frameworks takes evidence for f.
func familyOf(f *framework.Framework) posture.Accepts {
	if f != nil && (strings.HasPrefix(f.ID, "iso27001") || strings.HasPrefix(f.ID, "iso27701") || strings.HasPrefix(f.ID, "iso42001")) {
		return posture.ByISO
	}
	return posture.ByOthers
}
