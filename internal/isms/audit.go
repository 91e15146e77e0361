package isms

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// AuditState says how far an internal audit is. The values are stored.
type AuditState string

const (
	AuditPlanned   AuditState = "planned"
	AuditRunning   AuditState = "running"
	AuditReported  AuditState = "reported"
	AuditClosed    AuditState = "closed"
	AuditCancelled AuditState = "cancelled"
)

// Label is the state as a page writes it.
func (s AuditState) Label() string { return strings.ToUpper(string(s)[:1]) + string(s)[1:] }

// auditReportWithin is how many days after the end of its work an audit is to be
// reported. The policy that ships says the same.
const auditReportWithin = 30

// AuditDraft is what somebody enters of an audit.
type AuditDraft struct {
	Entry    string // id of the entry of the programme it carries out, or empty
	Title    string
	Criteria string // what it is measured against
	Method   string
	Sample   string
	Period   cadence.Days // what it looks at
	Days     cadence.Days // when it is carried out
	Scope    []framework.Ref
	Auditors []string // persons of the register
	Outside  []string // names of auditors from outside
	Auditees []string // persons who answer
}

// Audit is one internal audit as it stands now.
type Audit struct {
	AuditDraft
	ID         string
	Year, N    int
	State      AuditState
	Team       []Auditor // who audits; those who do not any more as well
	Asked      []Auditor // who is audited
	Lines      []AuditLine
	Summary    string
	Conclusion string
	ReportedAt time.Time
	Item       string // evidence: the frozen report
	EndedAt    time.Time
	Reason     string // why it was cancelled
	EntryCode  string
	Counts     AuditCounts
}

// AuditCounts counts the lines of an audit.
type AuditCounts struct{ Lines, Answered, Findings int }

// Code is what people call the audit.
func (a Audit) Code() string { return fmt.Sprintf("IA-%d-%d", a.Year, a.N) }

// ReportBy is the last day for its report.
func (a Audit) ReportBy() cadence.Date { return a.Days.To + auditReportWithin }

// AuditAnswer is what an auditor says of a line. The values are stored.
type AuditAnswer string

const (
	LineConforms AuditAnswer = "conforms"
	LineConcern  AuditAnswer = "concern" // conforms, and may not for long, or could be better
	LineFails    AuditAnswer = "fails"
	LineNone     AuditAnswer = "not_applicable"
)

// auditAnswers in the order a page shows them.
var auditAnswers = []struct {
	answer AuditAnswer
	label  string
}{{LineConforms, "Conforms"}, {LineConcern, "Conforms, with a concern"}, {LineFails, "Does not conform"}, {LineNone, "Does not apply"}}

// AuditAnswers returns all answers.
func AuditAnswers() []AuditAnswer {
	var out []AuditAnswer
	for _, a := range auditAnswers {
		out = append(out, a.answer)
	}
	return out
}

// Label is the answer as a page writes it.
func (a AuditAnswer) Label() string {
	for _, x := range auditAnswers {
		if x.answer == a {
			return x.label
		}
	}
	return "Not looked at"
}

// AuditLine is one line of a checklist.
type AuditLine struct {
	ID string
	N  int
	AuditSubject
	ControlCode string
	PolicyTitle string
	Question    string
	Hint        string
	Answer      AuditAnswer // empty: nobody looked
	Note        string      // what was seen
	Auditor     string      // id of the row that names who looked
	At          time.Time
	By          string // account that entered it
	Items       []string
	Findings    []finding.Finding
	Conflicts   map[string][]string // of the auditors, by the id of their row: why they may not look
}

// Free returns the auditors who may look at a line.
func (l AuditLine) Free(team []Auditor) []Auditor {
	var out []Auditor
	for _, a := range team {
		if !a.Gone && len(l.Conflicts[a.ID]) == 0 {
			out = append(out, a)
		}
	}
	return out
}

// Biased returns the lines that somebody looked at who may not have, as the history
// stands now: an owner may have been entered afterwards.
func (a Audit) Biased() []AuditLine {
	var out []AuditLine
	for _, l := range a.Lines {
		if l.Answer != "" && len(l.Conflicts[l.Auditor]) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// Blocked returns the lines nobody of the team may look at.
func (a Audit) Blocked() []AuditLine {
	var out []AuditLine
	for _, l := range a.Lines {
		if len(l.Free(a.Team)) == 0 {
			out = append(out, l)
		}
	}
	return out
}

// Auditor returns an auditor by the id of the row.
func (a Audit) Auditor(id string) (Auditor, bool) {
	i := slices.IndexFunc(a.Team, func(x Auditor) bool { return x.ID == id })
	if i < 0 {
		return Auditor{}, false
	}
	return a.Team[i], true
}

// Missing says what must be there before the next step, in words: of a planned
// audit before it begins, of a running one before it is reported.
func (a Audit) Missing() []string {
	var out []string
	switch a.State {
	case AuditPlanned:
		team := slices.ContainsFunc(a.Team, func(x Auditor) bool { return !x.Gone })
		if !team {
			out = append(out, "An auditor is missing.")
		}
		if len(a.Lines) == 0 {
			out = append(out, "The scope is empty: choose requirements.")
		}
		if !a.Period.Known() {
			out = append(out, "The audited period is missing.")
		}
		if !a.Days.Known() {
			out = append(out, "The days of the audit are missing.")
		}
		if blocked := a.Blocked(); team && len(blocked) > 0 {
			out = append(out, fmt.Sprintf("Nobody of the team may look at %d of %d lines, the first %s: %s", len(blocked), len(a.Lines), blocked[0].where(), firstAuditConflict(blocked[0], a.Team)))
		}
	case AuditRunning:
		open, bare := 0, 0
		for _, l := range a.Lines {
			if l.Answer == "" {
				open++
			} else if l.Answer == LineFails && len(l.Findings) == 0 {
				bare++
			}
		}
		if open > 0 {
			out = append(out, fmt.Sprintf("%d of %d lines have no answer.", open, len(a.Lines)))
		}
		if bare > 0 {
			out = append(out, fmt.Sprintf("%d lines do not conform, and no finding was raised for them.", bare))
		}
		if biased := a.Biased(); len(biased) > 0 {
			out = append(out, fmt.Sprintf("%d lines were looked at by somebody who is not independent, the first %s: %s", len(biased), biased[0].where(), strings.Join(biased[0].Conflicts[biased[0].Auditor], " ")))
		}
	}
	return out
}

// where names a line in a sentence.
func (l AuditLine) where() string {
	switch {
	case l.ControlCode != "":
		return l.ControlCode
	case l.PolicyTitle != "":
		return "the policy “" + l.PolicyTitle + "”"
	}
	return l.Ref.ID
}

func firstAuditConflict(l AuditLine, team []Auditor) string {
	for _, a := range team {
		if why := l.Conflicts[a.ID]; !a.Gone && len(why) > 0 {
			return why[0]
		}
	}
	return ""
}

const (
	maxAuditText  = 8_000
	maxAuditScope = 200
	maxAuditTeam  = 20
)

// checked returns the plan as it is kept, or a problem about the first field at
// fault.
func (p AuditDraft) checked() (AuditDraft, error) {
	var err error
	if p.Title, err = db.Line("title", "The title", p.Title, 200); err != nil {
		return p, err
	}
	if p.Title == "" {
		return p, problem.Field("title", "Say what is audited, such as “Identity and access”.")
	}
	for _, x := range []struct {
		field, label string
		text         *string
	}{{"criteria", "The criteria", &p.Criteria}, {"method", "The method", &p.Method}, {"sample", "The sample", &p.Sample}} {
		if *x.text, err = db.Prose(x.field, x.label, *x.text, maxAuditText); err != nil {
			return p, err
		}
	}
	for _, d := range []struct {
		field string
		days  cadence.Days
	}{{"period_to", p.Period}, {"ends_on", p.Days}} {
		if (d.days.From.Known() || d.days.To.Known()) && !d.days.Known() {
			return p, problem.Field(d.field, "The last day lies before the first, or one of the two is missing.")
		}
	}
	slices.SortFunc(p.Scope, func(a, b framework.Ref) int { return strings.Compare(a.String(), b.String()) })
	p.Scope = slices.Compact(p.Scope)
	if len(p.Scope) > maxAuditScope {
		return p, problem.Field("scope", fmt.Sprintf("An audit covers at most %d requirements. Split it.", maxAuditScope))
	}
	for i, n := range p.Outside {
		if p.Outside[i], err = db.Line("outside", "The name", n, 120); err != nil {
			return p, err
		}
	}
	p.Outside = slices.DeleteFunc(p.Outside, func(n string) bool { return n == "" })
	if len(p.Auditors)+len(p.Outside)+len(p.Auditees) > 3*maxAuditTeam {
		return p, problem.Field("auditors", "So many people do not fit in one audit. Split it.")
	}
	return p, nil
}
