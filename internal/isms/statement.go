package isms

import (
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/policy"
)

// StatementFramework is the framework whose Annex A the statement of applicability
// answers (ISO/IEC 27001:2022, 6.1.3 d).
const StatementFramework = "iso27001-2022"

// annexGroup is the group of its reference controls.
const annexGroup = "A"

// ReasonKind says what makes a control necessary.
type ReasonKind string

// The kinds of reasons. The values are stored.
const (
	BecauseOfRisk     ReasonKind = "risk"          // it treats risks of the register
	BecauseOfLaw      ReasonKind = "legal"         // a law or a regulation asks for it
	BecauseOfContract ReasonKind = "contractual"   // a contract or a commitment asks for it
	BecauseOfBusiness ReasonKind = "business"      // the organisation wants it for its own sake
	BecauseOfPractice ReasonKind = "best_practice" // it is customary, and nothing else asks for it
)

// ReasonKinds lists them, those that bind most first.
func ReasonKinds() []ReasonKind {
	return []ReasonKind{BecauseOfRisk, BecauseOfLaw, BecauseOfContract, BecauseOfBusiness, BecauseOfPractice}
}

// Words returns the kind as a person reads it.
func (k ReasonKind) Words() string {
	switch k {
	case BecauseOfRisk:
		return "risk"
	case BecauseOfLaw:
		return "law or regulation"
	case BecauseOfContract:
		return "contract"
	case BecauseOfBusiness:
		return "business need"
	case BecauseOfPractice:
		return "good practice"
	}
	return string(k)
}

// Reason is one reason to include a control.
type Reason struct {
	Kind ReasonKind `json:"kind"`
	Text string     `json:"text,omitempty"` // which law, which contract; of a risk the register says more
}

// Claim is what a person says about how far a control is implemented.
type Claim string

// The claims. The values are stored; no claim is that nobody said anything.
const (
	ClaimNone    Claim = ""
	ClaimDone    Claim = "implemented"
	ClaimPartly  Claim = "partly"
	ClaimPlanned Claim = "planned"
	ClaimNot     Claim = "not_implemented"
)

// Claims lists what can be claimed.
func Claims() []Claim { return []Claim{ClaimDone, ClaimPartly, ClaimPlanned, ClaimNot} }

// Words returns the claim as a person reads it.
func (c Claim) Words() string {
	switch c {
	case ClaimNone:
		return "not said"
	case ClaimPartly:
		return "partly implemented"
	case ClaimNot:
		return "not implemented"
	}
	return string(c)
}

// StatementDecision is what people say of one row. Whether the row is included is
// not part of it: that is said by the scope of the framework.
type StatementDecision struct {
	Title    string       `json:"title,omitempty"`    // of an own control
	Source   string       `json:"source,omitempty"`   // of an own control: where it comes from
	Controls []string     `json:"controls,omitempty"` // of an own control: ids of those in the register that carry it out
	Reasons  []Reason     `json:"reasons,omitempty"`  // each kind once, in the order of ReasonKinds
	Risks    []string     `json:"risks,omitempty"`    // ids of risks it is said to treat
	Claim    Claim        `json:"claim,omitempty"`
	On       cadence.Date `json:"on,omitempty"`    // since when, or for when it is planned; none: not said
	Owner    string       `json:"owner,omitempty"` // id of a person
	Note     string       `json:"note,omitempty"`  // how it is implemented, in a few words
}

// Has reports whether the row is included for a reason of the kind.
func (d StatementDecision) Has(k ReasonKind) bool {
	_, ok := d.reason(k)
	return ok
}

func (d StatementDecision) reason(k ReasonKind) (Reason, bool) {
	for _, r := range d.Reasons {
		if r.Kind == k {
			return r, true
		}
	}
	return Reason{}, false
}

// StatementRisk is a risk of the register, as far as the statement needs to know it.
type StatementRisk struct {
	ID, Code, Title string
	Level           string // in words, such as "high"
	High            bool   // above what the organisation takes without deciding about it
	Closed          bool
	Rows            []string // codes of rows it names
	Controls        []string // ids of controls that treat it
}

// StatementRow is one row as it stands at a moment: what people say beside what
// follows from design and operation.
type StatementRow struct {
	Code   string
	Title  string // our label, or what the organisation calls its own control
	Theme  framework.Requirement
	Custom bool
	New    bool // new in the edition of 2022

	Included bool
	WhyOut   string // why it is left out; empty while it is included
	StatementDecision
	Line string    // id of what was said last; empty: nobody said anything yet
	At   time.Time // when it was said

	Judged    Judged
	Status    StatementStatus
	Agreement Agreement
	Names     []StatementRisk // risks the row names or that name it, by code
	Gone      []string        // risks it names that are closed or not in the register, by code
	Own       []string        // codes of the controls an own row names
	Policies  []policy.Governed
	OwnerName string
	OwnerGone bool // the owner has left
	Lints     []StatementLint
}

// Statement is the statement of applicability at a moment.
type Statement struct {
	Framework *framework.Framework
	At        time.Time
	Zone      *time.Location
	Through   string // framework the coverage is read through; empty: by the organisation's own controls
	Rows      []StatementRow
	Lints     []StatementLint // of all rows and of risks without one, the most serious first
	Risks     []StatementRisk // of the register, by code
	Explain   func(code string) []string

	places map[string]int
}

// Row returns one row by its code.
func (s *Statement) Row(code string) (StatementRow, bool) {
	i, ok := s.places[code]
	if !ok {
		return StatementRow{}, false
	}
	return s.Rows[i], true
}

// StatementCounts says how many rows there are of which kind. Design and operation
// are not among them: no figure here mixes the two.
type StatementCounts struct {
	Rows     int           `json:"rows"`
	Custom   int           `json:"custom"`
	Included int           `json:"included"`
	Excluded int           `json:"excluded"`
	Claims   map[Claim]int `json:"claims"` // of the included ones
	Differ   int           `json:"differ"` // included ones whose claim is not what is derived
}

// Counts counts the rows.
func (s *Statement) Counts() StatementCounts {
	c := StatementCounts{Claims: map[Claim]int{}}
	for i := range s.Rows {
		r := &s.Rows[i]
		c.Rows++
		if r.Custom {
			c.Custom++
		}
		if !r.Included {
			c.Excluded++
			continue
		}
		c.Included++
		c.Claims[r.Claim]++
		if r.Agreement == ClaimAhead || r.Agreement == ClaimBehind {
			c.Differ++
		}
	}
	return c
}
