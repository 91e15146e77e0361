package finding

import (
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Kind says what was found. The values are stored.
type Kind string

const (
	Nonconformity Kind = "nonconformity" // a requirement that is not met
	Exception     Kind = "exception"     // one tested item where a control did not work as described
	Observation   Kind = "observation"   // an area of concern: conforms, and may not for long
	Opportunity   Kind = "opportunity"   // for improvement: nothing is wrong
)

// Kinds returns all kinds, the gravest first.
func Kinds() []Kind { return []Kind{Nonconformity, Exception, Observation, Opportunity} }

// Label is the kind as a page writes it.
func (k Kind) Label() string {
	switch k {
	case Nonconformity:
		return "Nonconformity"
	case Exception:
		return "Exception"
	case Observation:
		return "Observation"
	case Opportunity:
		return "Opportunity for improvement"
	}
	return string(k)
}

// About says in one sentence what the kind means.
func (k Kind) About() string {
	switch k {
	case Nonconformity:
		return "A requirement of a standard, law, contract or policy is not met."
	case Exception:
		return "In one tested item the control did not work as described."
	case Observation:
		return "It conforms today, and may not for long: an area of concern."
	case Opportunity:
		return "Nothing is wrong, and it could be better."
	}
	return ""
}

// Grade says how grave a nonconformity is; other kinds have none.
type Grade string

const (
	Major Grade = "major" // the system's ability to reach its outcome is in doubt
	Minor Grade = "minor" // an isolated lapse
)

// The kinds of source a finding comes from. They are stored.
const (
	FromAudit        = "audit" // internal
	FromExternal     = "external_audit"
	FromConfirmation = "confirmation"
	FromTest         = "test"
	FromSample       = "sample"
	FromIncident     = "incident"
	FromReview       = "review"
	FromRisk         = "risk"
	FromGap          = "gap"
	FromSelf         = "self"
)

// sources in the order a page shows them.
var sources = []struct{ kind, label string }{
	{FromFinding, "Finding"}, {FromAudit, "Internal audit"}, {FromExternal, "External audit"}, {FromConfirmation, "Owner confirmation"}, {FromTest, "Test"},
	{FromSample, "Sample"}, {FromIncident, "Incident"}, {FromReview, "Management review"}, {FromRisk, "Risk treatment"}, {FromGap, "Gap analysis"}, {FromSelf, "Reported by a colleague"},
}

// Sources returns the kinds of source a finding can come from.
func Sources() []string {
	var out []string
	for _, s := range sources[1:] {
		out = append(out, s.kind)
	}
	return out
}

// SourceLabel is a kind of source as a page writes it.
func SourceLabel(kind string) string {
	for _, s := range sources {
		if s.kind == kind {
			return s.label
		}
	}
	return kind
}

// Draft is a finding to be raised.
type Draft struct {
	Kind      Kind
	Grade     Grade  // of a nonconformity
	Reason    string // of the grade
	Source    Source
	Title     string
	Statement string       // what was required, and what was found
	Objective string       // what was seen, in words
	Owner     string       // person who answers for it, or empty: nobody yet
	FoundOn   cadence.Date // none: today

	Controls     []string // ids
	Requirements []framework.Ref
	Items        []string // evidence that shows it
}

// Finding is something that did not conform, or could be better, as it stands now.
type Finding struct {
	Draft
	ID        string
	N         int // of the code
	OwnerName string
	RaisedAt  time.Time
	RaisedBy  string // account, or empty: by itself

	Correction      string // what was done about the present case
	CorrectedOn     cadence.Date
	CorrectionItems []string
	Cause           string
	Response        string // what was decided, where no cause is asked; what management says to an exception
	Checker         string // person
	CheckerName     string
	CheckOn         cadence.Date // planned
	CheckedOn       cadence.Date
	CheckedAt       time.Time // when that was said
	CheckedBy       string    // account
	Worked          string    // "yes", "no", or empty: not checked
	CheckNote       string
	CheckItems      []string
	Failed          int // how often a check found that it did not work
	Reopened        int
	ClosedOn        cadence.Date
	ClosedAt        time.Time
	ClosedBy        string // account
	CloseNote       string

	Actions Tally
}

// Tally counts the actions of a finding.
type Tally struct {
	Open, Done, Overdue int
	NextDue             cadence.Date // of the open ones, the earliest day; none: nobody set one
	LastDone            cadence.Date // when the last was done
	LastSaid            time.Time    // when that was said
	Owners              []string     // who has them or did them; those given up left out
}

// Code is what people call the finding.
func (f Finding) Code() string { return fmt.Sprintf("F-%03d", f.N) }

// Closed reports whether nothing more is asked.
func (f Finding) Closed() bool { return !f.ClosedAt.IsZero() }

// What is its kind with its grade, for a line: "Major nonconformity".
func (f Finding) What() string { return What(f.Kind, f.Grade) }

// What names a kind with a grade.
func What(k Kind, g Grade) string {
	switch g {
	case Major:
		return "Major nonconformity"
	case Minor:
		return "Minor nonconformity"
	}
	return k.Label()
}

// Source of a finding's actions.
func (f Finding) source() Source {
	return Source{Kind: FromFinding, ID: f.ID, Words: f.Code() + " " + f.Title}
}

// checked returns the finding as it is kept, or a problem about the first field at
// fault.
func (n Draft) checked() (Draft, error) {
	var err error
	if !slices.Contains(Kinds(), n.Kind) {
		return n, problem.Field("kind", "Choose what was found: nonconformity, exception, observation or opportunity.")
	}
	if n.Title, err = line("title", "The title", n.Title); err != nil {
		return n, err
	}
	if n.Statement, err = prose("statement", "The statement: what was required, and what was found,", n.Statement); err != nil {
		return n, err
	}
	if n.Objective, err = db.Prose("objective", "What was seen", n.Objective, maxText); err != nil {
		return n, err
	}
	if n.Source.Kind == "" {
		n.Source.Kind = FromSelf
	}
	if !slices.Contains(Sources(), n.Source.Kind) {
		return n, problem.Field("source", "Choose where it comes from.")
	}
	if n.Source.Words, err = db.Line("source_words", "What it comes from", n.Source.Words, maxTitle); err != nil {
		return n, err
	}
	if n.Grade, n.Reason, err = checkGrade(n.Kind, n.Grade, n.Reason); err != nil {
		return n, err
	}
	if err := checkDay("found_on", n.FoundOn); err != nil {
		return n, err
	}
	n.Controls, n.Requirements, err = checkAbout(n.Controls, n.Requirements)
	return n, err
}

// checkGrade checks that a nonconformity has a grade with a reason, and nothing
// else has one.
func checkGrade(k Kind, g Grade, reason string) (Grade, string, error) {
	reason, err := db.Prose("reason", "The reason of the grade", reason, maxText)
	switch {
	case err != nil:
	case k != Nonconformity:
		g, reason = "", ""
	case g != Major && g != Minor:
		err = problem.Field("grade", "Choose major or minor: a major one puts the aim of the system in doubt, a minor one is an isolated lapse.")
	case reason == "":
		err = problem.Field("reason", "Say why it is "+string(g)+": an auditor will ask.")
	}
	return g, reason, err
}
