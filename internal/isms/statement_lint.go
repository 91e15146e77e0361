package isms

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
)

// LintSeverity says how serious a remark on the statement is.
type LintSeverity string

// The severities, the most serious first.
const (
	LintStop LintSeverity = "stop" // the statement would not say what the standard asks; it cannot be sent
	LintWarn LintSeverity = "warn" // an auditor will ask
	LintHint LintSeverity = "hint" // worth a look
)

// Words returns the severity as a person reads it.
func (s LintSeverity) Words() string {
	switch s {
	case LintStop:
		return "stops approval"
	case LintWarn:
		return "will be asked about"
	}
	return "worth a look"
}

// LintKind names a remark. The values stand in addresses.
type LintKind string

// The remarks.
const (
	LintOutNoReason    LintKind = "excluded-without-reason"
	LintInNoReason     LintKind = "included-without-reason"
	LintNoClaim        LintKind = "no-claim"
	LintOutLinked      LintKind = "excluded-but-needed"
	LintOutOperated    LintKind = "excluded-but-operated"
	LintNoProof        LintKind = "claimed-without-evidence"
	LintAhead          LintKind = "claimed-more-than-shown"
	LintBehind         LintKind = "claimed-less-than-shown"
	LintUntreated      LintKind = "high-risk-without-row"
	LintNoOwner        LintKind = "no-owner"
	LintOwnerGone      LintKind = "owner-left"
	LintClosedRisk     LintKind = "closed-risk"
	LintRiskUnnamed    LintKind = "risk-not-named"
	LintReasonUnnamed  LintKind = "reason-not-named"
	LintPlanPast       LintKind = "plan-overdue"
	LintPlanUndated    LintKind = "plan-without-date"
	LintNothingBehind  LintKind = "own-without-control"
	LintGoneFromReg    LintKind = "own-control-gone"
	maxNamedInSentence          = 4
)

// about is what is known of a remark, in the order a page shows them.
type aboutLint struct {
	Kind     LintKind
	Severity LintSeverity
	Label    string // of a group of them
	Next     string // what to do next about all of them
}

var lintKinds = []aboutLint{
	{LintOutNoReason, LintStop, "Left out without a reason", "Say why each of them does not apply, or include it."},
	{LintInNoReason, LintStop, "Included without a reason", "Mark the rows that share a reason and give it to all of them at once."},
	{LintNoClaim, LintStop, "Nobody said whether it is implemented", "Say so row by row, or mark the rows and take over what is derived."},
	{LintOutLinked, LintWarn, "Left out, though something needs it", "Include the control, or treat the risk in another way and say so there."},
	{LintOutOperated, LintWarn, "Left out, though a control is operated for it", "Include it, or take the link away from the control."},
	{LintNoProof, LintWarn, "Claimed implemented without evidence", "File evidence for the controls behind it, or claim less."},
	{LintAhead, LintWarn, "Claimed more than is shown", "Look at why less is derived; mend it, or claim less."},
	{LintUntreated, LintWarn, "High risk that no row treats", "Name the risk in the rows whose controls treat it, or link it there in the register."},
	{LintOwnerGone, LintWarn, "Owner has left", "Hand the rows to somebody who is here."},
	{LintNoOwner, LintWarn, "Nobody owns it", "Mark the rows and name who answers for them."},
	{LintClosedRisk, LintWarn, "A reason names a risk that is closed", "Name a risk that is open, or give another reason."},
	{LintRiskUnnamed, LintWarn, "Included because of risk, naming none", "Name the risks of the register it treats."},
	{LintPlanPast, LintWarn, "Planned for a day that has passed", "Say for when it is planned now, or that it is implemented."},
	{LintGoneFromReg, LintWarn, "A control behind an own row is gone", "Name the control that took its place."},
	{LintBehind, LintHint, "Claimed less than is shown", "What is operated and shown may be claimed: take over what is derived."},
	{LintReasonUnnamed, LintHint, "Law or contract not named", "Name the law, or the contract or commitment."},
	{LintPlanUndated, LintHint, "Planned without a day", "Say for when."},
	{LintNothingBehind, LintHint, "Own control that nothing in the register carries out", "Name the controls of the register that carry it out."},
}

func lintAbout(k LintKind) (aboutLint, int) {
	i := slices.IndexFunc(lintKinds, func(a aboutLint) bool { return a.Kind == k })
	return lintKinds[i], i
}

// StatementLint is one remark: the row, what is wrong, and what to do about it.
type StatementLint struct {
	Kind     LintKind
	Severity LintSeverity
	Code     string // of the row; empty: it is about a risk
	Risk     string // code of the risk it is about, or empty
	Text     string // what is wrong
	Cure     string // what to do
}

func lint(k LintKind, code, text, cure string) StatementLint {
	a, _ := lintAbout(k)
	return StatementLint{Kind: k, Severity: a.Severity, Code: code, Text: text, Cure: cure}
}

// LintRow says what is wrong with one row on a day. It reads the row alone.
func LintRow(r StatementRow, today cadence.Date) []StatementLint {
	if !r.Included {
		return lintExcluded(r)
	}
	out := lintReasons(r)
	out = append(out, lintClaim(r, today)...)
	switch {
	case r.Owner == "":
		out = append(out, lint(LintNoOwner, r.Code, "Nobody owns this row.", "Name who answers for it."))
	case r.OwnerGone:
		out = append(out, lint(LintOwnerGone, r.Code, r.OwnerName+" owns this row and has left.", "Hand it to somebody who is here."))
	}
	if r.Custom && len(r.Controls) == 0 {
		out = append(out, lint(LintNothingBehind, r.Code, "No control of the register carries this out.", "Name the controls that do."))
	}
	if r.Custom && len(r.Own) < len(r.Controls) {
		out = append(out, lint(LintGoneFromReg, r.Code, fmt.Sprintf("%d of the controls it names are no longer in the register.", len(r.Controls)-len(r.Own)), "Name the ones that took their place."))
	}
	return out
}

func lintExcluded(r StatementRow) []StatementLint {
	var out []StatementLint
	if strings.TrimSpace(r.WhyOut) == "" {
		out = append(out, lint(LintOutNoReason, r.Code, "It is left out, and no reason is given.", "Say why it does not apply."))
	}
	var needs []string
	for _, x := range r.Names {
		if !x.Closed {
			needs = append(needs, "risk "+x.Code)
		}
	}
	for _, k := range []ReasonKind{BecauseOfLaw, BecauseOfContract} {
		if x, ok := r.reason(k); ok {
			needs = append(needs, strings.TrimSpace(k.Words()+" "+inQuotes(x.Text)))
		}
	}
	if len(needs) > 0 {
		out = append(out, lint(LintOutLinked, r.Code, "It is left out, and yet "+firstFew(needs)+" "+needsWord(len(needs))+" it.", "Include it, or remove what links it."))
	}
	if codes := r.Judged.Operated; len(codes) > 0 {
		out = append(out, lint(LintOutOperated, r.Code, fmt.Sprintf("It is left out, and yet %s %s operated and linked to it.", codesWords(codes), isOrAre(len(codes))), "Include it, or take the link away."))
	}
	return out
}

func lintReasons(r StatementRow) []StatementLint {
	var out []StatementLint
	if len(r.Reasons) == 0 {
		out = append(out, lint(LintInNoReason, r.Code, "It is included, and no reason is given.", "Say why: a risk, a law, a contract, a need of the business, or good practice."))
	}
	if r.Has(BecauseOfRisk) && len(r.Names) == 0 {
		out = append(out, lint(LintRiskUnnamed, r.Code, "It is included because of risk and names none.", "Name the risks it treats."))
	}
	if len(r.Gone) > 0 {
		out = append(out, lint(LintClosedRisk, r.Code, fmt.Sprintf("It names %s, which %s closed or no longer in the register.", codesWords(r.Gone), isOrAre(len(r.Gone))), "Name a risk that is open, or give another reason."))
	}
	for _, k := range []ReasonKind{BecauseOfLaw, BecauseOfContract} {
		if x, ok := r.reason(k); ok && strings.TrimSpace(x.Text) == "" {
			out = append(out, lint(LintReasonUnnamed, r.Code, "It is included because of a "+map[ReasonKind]string{BecauseOfLaw: "law", BecauseOfContract: "contract"}[k]+" that is not named.", "Name it."))
		}
	}
	return out
}

func lintClaim(r StatementRow, today cadence.Date) []StatementLint {
	var out []StatementLint
	switch {
	case r.Claim == ClaimNone:
		out = append(out, lint(LintNoClaim, r.Code, "Nobody said whether it is implemented.", "Say so. What is derived: "+r.Status.State.Words()+"."))
	case r.Agreement == ClaimAhead && r.Claim == ClaimDone && unproven(r):
		out = append(out, lint(LintNoProof, r.Code, "It is claimed to be implemented, and no current evidence shows it.", "File evidence for "+orThe(r.Judged.Controls)+", or claim less."))
	case r.Agreement == ClaimAhead:
		out = append(out, lint(LintAhead, r.Code, "It is claimed to be "+r.Claim.Words()+", and what is derived is: "+r.Status.State.Words()+".", cmp.Or(r.Judged.Next, "Mend what is missing, or claim less.")))
	case r.Agreement == ClaimBehind:
		out = append(out, lint(LintBehind, r.Code, "It is claimed to be "+r.Claim.Words()+", though "+orThe(r.Judged.Controls)+" "+isOrAre(len(r.Judged.Controls))+" operated.", "Claim what is shown."))
	}
	if r.Claim == ClaimPlanned {
		switch {
		case !r.On.Known():
			out = append(out, lint(LintPlanUndated, r.Code, "It is planned, and nobody said for when.", "Say for when."))
		case r.On < today:
			out = append(out, lint(LintPlanPast, r.Code, "It was planned for "+r.On.Start(time.UTC).Format("2 January 2006")+", which has passed.", "Say for when it is planned now, or that it is implemented."))
		}
	}
	return out
}

// unproven reports whether a row is closed in design, and lacks nothing in
// operation but evidence that is current.
func unproven(r StatementRow) bool {
	return r.Judged.Evidence.Current == 0 && (r.Status.State == RowUnshown || r.Status.State == RowFailing && r.Judged.Operation == posture.Gap)
}

// LintRisks names the high risks that no included row treats: none names them, they
// name none, and none of their controls stands behind one.
func LintRisks(rows []StatementRow, risks []StatementRisk, codeOf func(control string) string) []StatementLint {
	treated, behind := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		if !r.Included {
			continue
		}
		for _, x := range r.Names {
			treated[x.ID] = true
		}
		for _, c := range r.Judged.Controls {
			behind[c] = true
		}
	}
	var out []StatementLint
	for _, x := range risks {
		if x.Closed || !x.High || treated[x.ID] || slices.ContainsFunc(x.Controls, func(c string) bool { return behind[codeOf(c)] }) {
			continue
		}
		l := lint(LintUntreated, "", fmt.Sprintf("Risk %s is %s, and no row of the statement treats it.", x.Code, cmp.Or(x.Level, "high")), "Name it in the rows whose controls treat it.")
		l.Risk = x.Code
		out = append(out, l)
	}
	return out
}

// LintGroup is all remarks of one kind, with what to do next about them.
type LintGroup struct {
	Kind     LintKind
	Severity LintSeverity
	Label    string
	Next     string
	Lints    []StatementLint
}

// LintGroups gathers the remarks by kind, in the order in which they ask for
// attention.
func (s *Statement) LintGroups() []LintGroup {
	var out []LintGroup
	for _, a := range lintKinds {
		g := LintGroup{a.Kind, a.Severity, a.Label, a.Next, nil}
		for _, l := range s.Lints {
			if l.Kind == a.Kind {
				g.Lints = append(g.Lints, l)
			}
		}
		if len(g.Lints) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// Stops are the remarks with which a statement cannot be sent for approval.
func (s *Statement) Stops() []StatementLint {
	var out []StatementLint
	for _, l := range s.Lints {
		if l.Severity == LintStop {
			out = append(out, l)
		}
	}
	return out
}

func inQuotes(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	return "“" + text + "”"
}

func needsWord(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

// firstFew joins a few things in a sentence.
func firstFew(list []string) string {
	if len(list) > maxNamedInSentence {
		return strings.Join(list[:maxNamedInSentence], ", ") + " and others"
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

func orThe(codes []string) string {
	if len(codes) == 0 {
		return "the controls behind it"
	}
	return codesWords(codes)
}
