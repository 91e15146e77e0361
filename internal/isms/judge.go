package isms

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/posture"
)

// Judge says how the requirements of a framework and the controls of the
// organisation stand at a moment. Package standing is one; what it needs to know is
// read by it, so that the rules here stay functions of values. The same moment
// gives the same answer while nothing was written. What it returns is shared:
// nobody may change it.
type Judge interface {
	// Judge answers for every requirement the framework asks. It returns a
	// NotFound problem for a framework the organisation does not have.
	Judge(ctx context.Context, who access.Actor, framework string, now time.Time) (*Judgement, error)
}

// Judgement is the answer of a Judge.
type Judgement struct {
	Framework    string
	At           time.Time
	Through      string                     // short name of the framework it is read through; empty: by the organisation's own controls
	Requirements map[string]Judged          // by id
	Controls     map[string]JudgedControl   // every control that was not retired, by code
	Explain      func(code string) []string // how a control operated, in sentences; the first one says most
}

// Judged is how one requirement stands: how it is covered in design, and how the
// controls behind it operated. The two are never added up (R4).
type Judged struct {
	Coverage  posture.Coverage
	Why       string // one sentence about the coverage
	First     string // what to do first where the design leaves something open
	Operation posture.State
	Readiness posture.Readiness
	Next      string   // what to do next; empty when it is ready or out of scope
	Controls  []string // codes of those it rests on; what is closed in design rests on these
	Waiting   []string // codes of those meant for it that are planned or on paper only
	Operated  []string // codes of operated controls linked to it directly, also where it is out of scope
	Evidence  Proofs   // of the controls it rests on
}

// JudgedControl is how one control stands.
type JudgedControl struct {
	ID, Code, Title string
	Owner           string // id of a person, or empty
	Status          control.Status
	Operation       posture.State // in the family of the framework asked about
	Evidence        Proofs
}

// Proofs counts the evidence that is offered for something and stands.
type Proofs struct {
	All     int       // filed, not rejected, superseded or erased
	Current int       // of those, what may be relied on at the moment
	Newest  time.Time // when the newest of all was captured; zero: there is none
	Oldest  time.Time // likewise the oldest
}

// And adds up two counts.
func (p Proofs) And(q Proofs) Proofs {
	out := Proofs{All: p.All + q.All, Current: p.Current + q.Current, Newest: p.Newest, Oldest: p.Oldest}
	if q.Newest.After(out.Newest) {
		out.Newest = q.Newest
	}
	if out.Oldest.IsZero() || !q.Oldest.IsZero() && q.Oldest.Before(out.Oldest) {
		out.Oldest = q.Oldest
	}
	return out
}

// Of judges what rests on the named controls alone, such as a control of the
// organisation that no framework asks for: its design is closed by what is
// operated. Codes that are not known are left out.
func (j *Judgement) Of(codes []string) Judged {
	out := Judged{Coverage: posture.None, Operation: posture.Unknown, Readiness: posture.Open, Why: "No control of the register stands behind it.", First: "Say which controls of the register carry it out."}
	var states []posture.State
	for _, code := range codes {
		c, known := j.Controls[code]
		switch {
		case !known:
		case c.Status == control.Operated:
			out.Controls, states = append(out.Controls, code), append(states, c.Operation)
			out.Evidence = out.Evidence.And(c.Evidence)
		default:
			out.Waiting = append(out.Waiting, code)
		}
	}
	slices.SortFunc(out.Controls, control.CompareCodes)
	slices.SortFunc(out.Waiting, control.CompareCodes)
	switch {
	case len(states) > 0 && len(out.Waiting) > 0:
		out.Coverage, out.Why, out.First = posture.Partial, "Some of the controls behind it are operated, others are not yet.", "Put "+codesWords(out.Waiting)+" in operation."
	case len(states) > 0:
		out.Coverage, out.Why, out.First = posture.Full, "The controls behind it are operated.", ""
	case len(out.Waiting) > 0:
		out.Why, out.First = "The controls behind it are planned or on paper only.", "Put "+codesWords(out.Waiting)+" in operation."
	}
	rest := posture.Rest{Coverage: out.Coverage, Controls: make([]int32, len(states))}
	for i := range states {
		rest.Controls[i] = int32(i)
	}
	ready := rest.Ready(states)
	out.Operation, out.Readiness = ready.Operation, ready.Readiness
	if out.Readiness != posture.Ready {
		out.Next = out.First
	}
	return out
}

// codesWords names the first few codes.
func codesWords(codes []string) string {
	const few = 4
	out := ""
	for i, c := range codes {
		switch {
		case i == few:
			return out + " and others"
		case i > 0 && i == len(codes)-1:
			out += " and "
		case i > 0:
			out += ", "
		}
		out += c
	}
	return out
}
