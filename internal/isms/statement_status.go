package isms

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/posture"
)

// StatementState is what follows for a row from its coverage and from how the
// controls behind it operated.
type StatementState string

// The states of a row, best first.
const (
	RowShown   StatementState = "shown"    // closed in design, and every control behind it is shown to operate
	RowUnshown StatementState = "unshown"  // closed in design; nothing shows yet that the controls operate
	RowFailing StatementState = "failing"  // closed in design; controls have exceptions or gaps in operation
	RowPartly  StatementState = "partly"   // in design only a part is covered
	RowWaiting StatementState = "waiting"  // controls for it are planned or on paper
	RowAbsent  StatementState = "absent"   // nothing is in place
	RowOut     StatementState = "excluded" // it does not apply
)

// StatementStates lists every state, best first.
func StatementStates() []StatementState {
	return []StatementState{RowShown, RowUnshown, RowFailing, RowPartly, RowWaiting, RowAbsent, RowOut}
}

// Words returns the state as a person reads it.
func (s StatementState) Words() string {
	switch s {
	case RowShown:
		return "in place, shown to operate"
	case RowUnshown:
		return "in place, not shown to operate"
	case RowFailing:
		return "in place, with exceptions or gaps"
	case RowPartly:
		return "partly in place"
	case RowWaiting:
		return "planned or on paper"
	case RowAbsent:
		return "nothing in place"
	case RowOut:
		return "not applicable"
	}
	return string(s)
}

// StatementStatus is a state with its reasons, one sentence about the design and
// one about operation: they are two answers, and are never added up.
type StatementStatus struct {
	State     StatementState
	Design    string
	Operation string // empty where nothing operates
}

// StatusOf says what follows for a row, included or not, from how it is judged. It
// is a function of its arguments alone: another piece of evidence, or another
// moment, is another judgement.
func StatusOf(included bool, j Judged, zone *time.Location) StatementStatus {
	if !included {
		return StatementStatus{State: RowOut, Design: "It is left out of the statement, so nothing is asked."}
	}
	s := StatementStatus{Design: j.Why}
	if s.Design == "" {
		s.Design = "In design it is " + j.Coverage.Words() + "."
	}
	switch {
	case !j.Coverage.Closed() && j.Coverage.Touched():
		s.State = RowPartly
	case !j.Coverage.Closed() && len(j.Waiting) > 0:
		s.State = RowWaiting
		s.Design = fmt.Sprintf("%s %s meant for it and not operated.", codesWords(j.Waiting), isOrAre(len(j.Waiting)))
		return s
	case !j.Coverage.Closed():
		s.State = RowAbsent
		return s
	case j.Readiness == posture.Ready:
		s.State = RowShown
	case j.Readiness == posture.WithException, j.Readiness == posture.WithGap:
		s.State = RowFailing
	default:
		s.State = RowUnshown
	}
	s.Operation = operationWords(j, zone)
	return s
}

// operationWords says in a sentence how the controls behind a row operated, and
// what shows it.
func operationWords(j Judged, zone *time.Location) string {
	var b strings.Builder
	switch n := len(j.Controls); {
	case n == 0:
		return "It rests on no control, so nothing can show that it operates."
	case j.Operation == posture.Effective:
		fmt.Fprintf(&b, "%s %s effective.", codesWords(j.Controls), isOrAre(n))
	case j.Operation == posture.NotYetDue:
		fmt.Fprintf(&b, "Of %s something was not due yet.", codesWords(j.Controls))
	case j.Operation == posture.Exceptions:
		fmt.Fprintf(&b, "In %s there are exceptions.", codesWords(j.Controls))
	case j.Operation == posture.Gap:
		fmt.Fprintf(&b, "Of %s there are stretches without data.", codesWords(j.Controls))
	default:
		fmt.Fprintf(&b, "Nothing shows how all of %s operate.", codesWords(j.Controls))
	}
	b.WriteString(" " + j.Evidence.words(zone))
	return b.String()
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// words says how much evidence there is and how old it is.
func (p Proofs) words(zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	switch {
	case p.All == 0:
		return "No evidence is filed."
	case p.Current == 0:
		return fmt.Sprintf("No evidence is current; the newest was captured on %s.", p.Newest.In(zone).Format("2 January 2006"))
	}
	return fmt.Sprintf("%d of %d items of evidence are current, the newest of %s.", p.Current, p.All, p.Newest.In(zone).Format("2 January 2006"))
}

// Agreement says whether what a person claims is what is derived.
type Agreement string

// The agreements.
const (
	ClaimMissing Agreement = ""       // nobody claimed anything, or the row is left out
	ClaimAgrees  Agreement = "agrees" // the claim is what is derived
	ClaimAhead   Agreement = "ahead"  // it claims more than is shown
	ClaimBehind  Agreement = "behind" // it claims less than is shown
)

// AgreementOf compares a claim with what is derived.
func AgreementOf(c Claim, s StatementState) Agreement {
	if c == ClaimNone || s == RowOut {
		return ClaimMissing
	}
	span := claimsThatAgree[s]
	switch at := slices.Index(Claims(), c); {
	case at < span.high:
		return ClaimAhead
	case at > span.low:
		return ClaimBehind
	}
	return ClaimAgrees
}

// claimsThatAgree are the highest and the lowest claim that say what a state says,
// as places in Claims, which begins with the highest.
var claimsThatAgree = map[StatementState]struct{ high, low int }{
	RowShown:   {0, 0}, // implemented
	RowUnshown: {1, 1}, // partly
	RowFailing: {1, 1},
	RowPartly:  {1, 2}, // partly, or planned
	RowWaiting: {2, 3}, // planned, or not implemented
	RowAbsent:  {2, 3},
}

// ClaimOf is the claim that says no more and no less than what is derived.
func ClaimOf(s StatementState) Claim {
	switch s {
	case RowShown:
		return ClaimDone
	case RowUnshown, RowFailing, RowPartly:
		return ClaimPartly
	case RowWaiting:
		return ClaimPlanned
	case RowAbsent:
		return ClaimNot
	}
	return ClaimNone
}
