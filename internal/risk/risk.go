package risk

import (
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Risk is something that may happen and would harm customers, people or
// commitments. It is written as cause, event and consequence.
type Risk struct {
	ID          string
	Code        string // what people call it, such as "R-001"; never used again
	Title       string
	Cause       string // "Because ..."
	Event       string // "... may happen"
	Consequence string // "... so that ..."
	Category    string
	Affects     []string // of Affected
	Rights      bool     // an assessor confirmed that it harms the rights of people
	Breach      bool     // a law is known to be broken
	Finding     string   // id of the finding that was raised because of that
	Contingency string   // what is done should it happen, or where that is written down
	Owner       string   // person who decides about its treatment and answers for it; empty: nobody
	Scenario    string   // of the library, such as "RS-001"; empty: it is the organisation's own
	CreatedAt   time.Time
	CreatedBy   string // account
	UpdatedAt   time.Time
	ClosedAt    time.Time // zero: it is in the register
	ClosedWhy   string
}

// Named is a value with what a page calls it.
type Named struct{ ID, Label string }

var categories = []Named{
	{"identity", "Identity"}, {"endpoint", "Endpoint"}, {"application", "Application"}, {"infrastructure", "Infrastructure"}, {"data-handling", "Data handling"},
	{"vendor", "Vendor"}, {"people", "People"}, {"physical", "Physical"}, {"continuity", "Continuity"}, {"change", "Change"}, {"processing", "Processing"},
	{"privacy", "Privacy"}, {"compliance", "Compliance"}, {"ai", "Artificial intelligence"}, {"fraud", "Fraud"}, {"governance", "Governance"},
}

var affected = []Named{
	{"confidentiality", "Confidentiality"}, {"integrity", "Integrity"}, {"availability", "Availability"},
	{"privacy", "Privacy"}, {"compliance", "Compliance"}, {"safety", "Safety"},
}

// Categories returns what kinds of risk there are.
func Categories() []Named { return slices.Clone(categories) }

// Affected returns what a risk can harm.
func Affected() []Named { return slices.Clone(affected) }

// Label is what a value of Categories or Affected is called.
func Label(id string) string {
	for _, l := range [][]Named{categories, affected} {
		for _, n := range l {
			if n.ID == id {
				return n.Label
			}
		}
	}
	return id
}

// Facts are what the appetite asks of the risk at a place on the scales.
func (r Risk) Facts(p Point) Facts {
	return Facts{Point: p, People: slices.Contains(r.Affects, "safety") || r.Rights && slices.Contains(r.Affects, "privacy"), Breach: r.Breach, Contingency: r.Contingency != ""}
}

// Closed reports whether the risk is no longer in the register.
func (r Risk) Closed() bool { return !r.ClosedAt.IsZero() }

// Sentence is the risk as it is read out; parts nobody wrote are left out.
func (r Risk) Sentence() string {
	var parts []string
	if r.Cause != "" {
		parts = append(parts, "Because of this: "+stop(r.Cause))
	}
	if r.Event != "" {
		parts = append(parts, stop(r.Event))
	}
	if r.Consequence != "" {
		parts = append(parts, "So that: "+stop(r.Consequence))
	}
	return strings.Join(parts, " ")
}

func stop(s string) string {
	if s = strings.TrimSpace(s); s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

const (
	maxTitle = 160
	maxPart  = 2000
)

func (r Risk) checked() (Risk, error) {
	var err error
	if r.Title, err = db.Line("title", "The title", r.Title, maxTitle); err != nil {
		return r, err
	}
	if r.Title == "" {
		return r, problem.Field("title", "Give the risk a title of a few words, such as “Backups cannot be restored”.")
	}
	for _, f := range []struct {
		name, label string
		text        *string
	}{{"cause", "The cause", &r.Cause}, {"event", "The event", &r.Event}, {"consequence", "The consequence", &r.Consequence}, {"contingency", "The contingency", &r.Contingency}} {
		if *f.text, err = db.Prose(f.name, f.label, *f.text, maxPart); err != nil {
			return r, err
		}
	}
	if r.Event == "" {
		return r, problem.Field("event", "Say what may happen. The cause and the consequence may follow later.")
	}
	if !slices.ContainsFunc(categories, func(n Named) bool { return n.ID == r.Category }) {
		return r, problem.Field("category", "Choose one of the categories listed.")
	}
	r.Affects = slices.Clone(r.Affects)
	for _, a := range r.Affects {
		if !slices.ContainsFunc(affected, func(n Named) bool { return n.ID == a }) {
			return r, problem.Field("affects", "Choose from what is listed: confidentiality, integrity, availability, privacy, compliance and safety.")
		}
	}
	slices.SortFunc(r.Affects, func(a, b string) int { return place(a) - place(b) })
	r.Affects = slices.Compact(r.Affects)
	if len(r.Affects) == 0 {
		return r, problem.Field("affects", "Say what it would harm. At least one.")
	}
	if r.Rights && !slices.Contains(r.Affects, "privacy") {
		return r, problem.Field("rights", "Rights of people are harmed through their privacy. Choose privacy as well.")
	}
	return r, nil
}

func place(a string) int {
	return slices.IndexFunc(affected, func(n Named) bool { return n.ID == a })
}

// LinkKind says what a risk is linked to. The values are stored.
type LinkKind string

const (
	ToAsset       LinkKind = "asset"
	ToSystem      LinkKind = "system"
	ToCommitment  LinkKind = "commitment"
	ToVendor      LinkKind = "vendor"
	ToControl     LinkKind = "control"
	ToRequirement LinkKind = "requirement"
)

// LinkKinds returns all kinds, in the order a page shows them.
func LinkKinds() []LinkKind {
	return []LinkKind{ToCommitment, ToAsset, ToSystem, ToVendor, ToControl, ToRequirement}
}

// Label is what things of the kind are called.
func (k LinkKind) Label() string {
	switch k {
	case ToAsset:
		return "Assets"
	case ToSystem:
		return "Systems"
	case ToCommitment:
		return "Commitments"
	case ToVendor:
		return "Vendors"
	case ToControl:
		return "Controls"
	}
	return "Requirements"
}

// Link says what a risk concerns.
type Link struct {
	ID          string // of the row; empty until it is stored
	Kind        LinkKind
	Target      string        // opaque id; empty for a requirement
	Requirement framework.Ref // the zero Ref otherwise
	Nature      string        // of a control: preventive, detective, corrective or restoring
	From        time.Time
	By          string // account
}

// Same reports whether two links lead to the same thing.
func (l Link) Same(m Link) bool {
	return l.Kind == m.Kind && l.Target == m.Target && l.Requirement == m.Requirement
}

// Natures returns what a control can do about a risk.
func Natures() []Named {
	return []Named{{"preventive", "Prevents it"}, {"detective", "Detects it"}, {"corrective", "Limits it"}, {"restoring", "Restores after it"}}
}

// ScoreKind says which of the three scores it is. The values are stored.
type ScoreKind string

const (
	Inherent ScoreKind = "inherent" // as if the organisation's own controls did not work
	Current  ScoreKind = "current"  // with the controls that have evidence of operating
	Target   ScoreKind = "target"   // after the planned treatment
)

// ScoreKinds returns the three kinds.
func ScoreKinds() []ScoreKind { return []ScoreKind{Inherent, Current, Target} }

// Label is what the score is called.
func (k ScoreKind) Label() string { return strings.ToUpper(string(k)[:1]) + string(k)[1:] }

// Basis says what the likelihood rests on. The values are stored.
type Basis string

const (
	OwnExperience Basis = "own"       // incidents and near misses here
	OthersReports Basis = "others"    // what happened at similar companies
	Judgement     Basis = "judgement" // of whoever scored
	NoData        Basis = "none"      // nobody knows: the step of the method, looked at again soon
)

// Bases returns what a likelihood can rest on.
func Bases() []Named {
	return []Named{{string(OwnExperience), "Own incidents and near misses"}, {string(OthersReports), "Reports about similar companies"}, {string(Judgement), "Judgement"}, {string(NoData), "No data"}}
}

// Score is what somebody said of a risk on a day. It never changes; a later one
// takes its place.
type Score struct {
	ID   string
	Risk string
	Kind ScoreKind
	Point
	Column  string   // of the scale of impact: the one that decided, such as "people"
	Basis   Basis    // of the likelihood
	Reasons string   // in the assessor's words
	Relied  []Relied // of a current score: what each control took off
	Account string   // of the assessor
	Person  string   // of the register; empty when the account was nobody's
	Method  string   // version
	Seconds string   // id of the score this one was given beside, by somebody who had not seen it
	At      time.Time
	On      cadence.Date
}
