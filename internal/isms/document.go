package isms

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/policy"
)

// RequiredDocument is one document, record or register that a framework asks for, in
// our own words, and what satisfies it here.
type RequiredDocument struct {
	Requirement framework.Ref // without an id: of the framework as a whole
	Sort        string        // "policy", "record", "register", ...
	Label       string
	Policy      string // slug of the policy template that satisfies it, or
	Record      string // kind of evidence
}

// RequiredDocuments are the rows that ship, in the order of the standards.
var RequiredDocuments = sync.OnceValue(func() []RequiredDocument {
	var out []RequiredDocument
	for _, r := range cycleRows("required-documents") {
		d := RequiredDocument{Requirement: framework.Ref{Framework: r["framework"], ID: r["requirement"]}, Sort: r["document_kind"], Label: r["label"]}
		how, what, _ := strings.Cut(r["satisfied_by"], ":")
		if how == "policy" {
			d.Policy = what
		} else {
			d.Record = what
		}
		out = append(out, d)
	}
	return out
})

// Customary reports whether audits expect it although the standard does not say so.
func (d RequiredDocument) Customary() bool { return strings.HasSuffix(d.Label, "(customary)") }

// DocumentState says whether a required document is there. The values are shown.
type DocumentState string

const (
	DocumentExists   DocumentState = "exists"
	DocumentYoung    DocumentState = "too_young"
	DocumentLapsed   DocumentState = "lapsed"
	DocumentNotYet   DocumentState = "not_in_force" // written, and not approved or in force
	DocumentMissing  DocumentState = "missing"
	DocumentExcluded DocumentState = "not_applicable"
)

// DocumentStates lists them, what needs work first.
func DocumentStates() []DocumentState {
	return []DocumentState{DocumentMissing, DocumentNotYet, DocumentLapsed, DocumentYoung, DocumentExists, DocumentExcluded}
}

// Words is the state as a person reads it.
func (s DocumentState) Words() string {
	switch s {
	case DocumentMissing:
		return "does not exist"
	case DocumentNotYet:
		return "not in force"
	case DocumentYoung:
		return "too young"
	case DocumentExcluded:
		return "not applicable"
	}
	return string(s)
}

// PolicyFact is what the dry run knows of a policy document.
type PolicyFact struct {
	Slug, Title string
	Template    string       // slug of the template it was made from
	State       policy.State // of the version that is furthest
	Number      string       // of that version
	On          cadence.Date
	ReviewDue   cadence.Date // none: no review is due
}

// DocumentLine is a row of the dry run.
type DocumentLine struct {
	RequiredDocument
	State DocumentState
	Why   string
	Shows []Record // what it is, the newest first; at most three
	More  int      // beyond those
	Ready cadence.Date
}

// DryRun is a stage 1 over the required documented information of a framework.
type DryRun struct {
	Framework string
	Today     cadence.Date
	Audit     Engagement // the date it is judged for; none: today
	On        cadence.Date
	Lines     []DocumentLine
	Counts    map[DocumentState]int
}

// Count returns how many lines stand so.
func (d DryRun) Count(s DocumentState) int { return d.Counts[s] }

// DryRunOf looks for every required document of a framework. excluded are the
// requirements that do not apply, with the reason. It is pure.
func DryRunOf(frameworkID string, audit Engagement, t *Trail, policies []PolicyFact, excluded map[framework.Ref]string, today cadence.Date) DryRun {
	d := DryRun{Framework: frameworkID, Today: today, Audit: audit, On: max(today, audit.Judged()), Counts: map[DocumentState]int{}}
	ages := minimumAges(frameworkID)
	for _, r := range RequiredDocuments() {
		if r.Requirement.Framework != frameworkID {
			continue
		}
		l := DocumentLine{RequiredDocument: r}
		if why, out := excluded[r.Requirement]; out {
			l.State, l.Why = DocumentExcluded, cmp.Or(why, "It is out of scope.")
		} else if r.Policy != "" {
			l = l.policy(policies, today)
		} else {
			l = l.record(t, d.On, today, ages[r.Record])
		}
		d.Counts[l.State]++
		d.Lines = append(d.Lines, l)
	}
	return d
}

// minimumAges is how old records of a kind should be at the first audit of a
// framework, as the gate says.
func minimumAges(frameworkID string) map[string]int {
	out := map[string]int{}
	for _, g := range GateRows() {
		if g.Stage == GateStageOne && strings.HasPrefix(frameworkID, "iso27001") {
			out[g.Kinds[0]] = max(out[g.Kinds[0]], g.MinDays)
		}
	}
	return out
}

// policy looks for a document made from a template.
func (l DocumentLine) policy(policies []PolicyFact, today cadence.Date) DocumentLine {
	i := slices.IndexFunc(policies, func(p PolicyFact) bool { return p.Template == l.Policy || p.Template == "" && p.Slug == l.Policy })
	if i < 0 {
		l.State, l.Why = DocumentMissing, fmt.Sprintf("No policy here was made from “%s”. Adopt the template, or write one of your own.", cycleUpper(strings.ReplaceAll(l.Policy, "-", " ")))
		return l
	}
	p := policies[i]
	l.Shows = []Record{{Kind: "policy-document", Source: "policy", ID: p.Slug, Words: p.Title + " " + p.Number, On: p.On}}
	switch {
	case p.State == policy.Draft:
		l.State, l.Why = DocumentNotYet, "It is a draft. Send it for approval and publish it."
	case p.State == policy.InApproval:
		l.State, l.Why = DocumentNotYet, "It waits for approval."
	case p.State == policy.Approved:
		l.State, l.Why = DocumentNotYet, "It is approved and not published: nobody is bound by it yet."
	case p.ReviewDue.Known() && p.ReviewDue < today:
		l.State, l.Why = DocumentLapsed, fmt.Sprintf("In force since %s, and its review was due on %s.", p.On.Words(), p.ReviewDue.Words())
	default:
		l.State, l.Why = DocumentExists, fmt.Sprintf("In force since %s.", p.On.Words())
	}
	return l
}

// record looks for records of a kind.
func (l DocumentLine) record(t *Trail, on, today cadence.Date, age int) DocumentLine {
	all := t.Of(l.Record)
	for _, r := range slices.Backward(all) {
		if len(l.Shows) < 3 {
			l.Shows = append(l.Shows, r)
		} else {
			l.More++
		}
	}
	if len(all) == 0 {
		l.State, l.Why = DocumentMissing, fmt.Sprintf("No record of the kind “%s” was ever filed.", kindLabel(l.Record))
		return l
	}
	first, newest := all[0], all[len(all)-1]
	switch ready := first.On + cadence.Date(age); {
	case !slices.ContainsFunc(all, func(r Record) bool { return r.Current(max(today, r.On)) }):
		l.State, l.Why = DocumentLapsed, fmt.Sprintf("The newest is of %s and may be relied on no more since %s.", newest.On.Words(), newest.Lapses.Words())
	case ready > on:
		l.State, l.Ready = DocumentYoung, ready
		l.Why = fmt.Sprintf("The oldest is of %s; at the audit it should be %s old, which it is on %s.", first.On.Words(), cycleDays(age), ready.Words())
	default:
		l.State, l.Why = DocumentExists, fmt.Sprintf("%s, the newest of %s.", linesWord(len(all), "record", "records"), newest.On.Words())
	}
	return l
}

func kindLabel(kind string) string {
	if k, ok := control.Shipped().Kind(kind); ok {
		return k.Label
	}
	return kind
}
