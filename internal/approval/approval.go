// Package approval is who signs off: how many people, of whom, in which order,
// and what they said. A noun that wants something signed off opens an approval in
// its own transaction and acts when it is approved; what is signed off, and what
// follows, is the noun's business.
package approval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
)

// Kind says what is signed off. The values are stored.
type Kind string

const (
	ControlText    Kind = "control"
	Attestation    Kind = "attestation"
	EvidenceReview Kind = "evidence"
	PolicyVersion  Kind = "policy.version"
	PolicyReview   Kind = "policy.review"
	ReviewMinutes  Kind = "isms.minutes"
	RiskMethod     Kind = "risk.method"
	RiskAssessment Kind = "risk.assessment"
	ScopeVersion   Kind = "isms.scope"

	StatementVersion Kind = "statement.version"
)

// About is what is known of a kind.
type About struct {
	Kind   Kind
	Label  string        // "Control text"
	What   string        // one sentence: what waits, and what it waits for
	Action access.Action // whoever decides must be allowed to; a policy only narrows
	Ships  []Tier        // the policy while nobody chose one; empty asks for nobody
	Always bool          // somebody has to agree, whatever is chosen
}

var kinds = []About{
	{ControlText, "Control text", "New title or statement of a control comes into force once it is approved.", access.ApproveControls, []Tier{{Need: 1}}, false},
	{Attestation, "Attestations", "An attestation that listed requirements suffice counts once it is approved.", access.Attest, nil, false},
	{EvidenceReview, "Evidence review", "Evidence is accepted once enough people reviewed it.", "review_evidence", []Tier{{Need: 1}}, true},
	{PolicyVersion, "Policies", "A new policy, or a material change of one, can be published once it is approved.", access.ApprovePolicies, []Tier{{Need: 1}}, false},
	{PolicyReview, "Reviews of policies", "A review that leaves a policy as it is counts once it is approved, where the policy asks for that.", access.ApprovePolicies, []Tier{{Need: 1}}, false},
	{ScopeVersion, "Scope of the management system", "A scope, or a boundary of the SOC 2 report, is in force once it is approved.", access.ApproveISMS, []Tier{{Need: 1}}, false},
	{ReviewMinutes, "Minutes of management reviews", "The minutes of a management review are frozen once top management has approved them.", access.ApproveISMS, []Tier{{Need: 1}}, true},
	{RiskMethod, "Risk method", "A new version of the method for risks is used once it is approved.", access.ManageRiskMethod, []Tier{{Need: 1}}, false},
	{RiskAssessment, "Risk assessments", "A frozen register of risks becomes evidence once it is approved.", access.ManageRiskMethod, []Tier{{Need: 1}}, false},
 	{ScopeVersion, "Scope of the management system", "A scope, or a boundary of the SOC 2 report, is in force once it is approved.", access.ApproveISMS, []Tier{{Need: 1}}, false},
	{ScopeVersion, "Scope of the management system", "A scope, or a boundary of the SOC 2 report, is in force once it is approved.", access.ApproveISMS, []Tier{{Need: 1}}, false},
	{StatementVersion, "Statement of applicability", "A version of the statement of applicability is in force once it is approved.", access.ApproveISMS, []Tier{{Need: 1}}, false},
}

// Kinds returns what can be signed off, in the order a page shows it.
func Kinds() []About { return slices.Clone(kinds) }

// Find returns what is known of a kind.
func Find(k Kind) (About, bool) {
	i := slices.IndexFunc(kinds, func(a About) bool { return a.Kind == k })
	if i < 0 {
		return About{}, false
	}
	return kinds[i], true
}

// Tier is one step: so many people of those it names. Without roles and accounts
// it is everybody whose role allows to decide.
type Tier struct {
	Need     int           `json:"need"`
	Roles    []access.Role `json:"roles,omitempty"`
	Accounts []string      `json:"accounts,omitempty"`
}

// admits reports whether the tier names the member.
func (t Tier) admits(m Member) bool {
	return len(t.Roles) == 0 && len(t.Accounts) == 0 || slices.Contains(t.Roles, m.Role) || slices.Contains(t.Accounts, m.Account)
}

// Member is somebody who might decide.
type Member struct {
	Account string
	Name    string
	Role    access.Role
}

// State says how an approval stands.
type State string

const (
	Open      State = "open"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
)

// Decision is what one person said.
type Decision struct {
	Tier    int // from 0
	Account string
	Name    string // now
	Yes     bool
	Reason  string
	At      time.Time
}

// Approval is one thing that was to be signed off.
type Approval struct {
	ID        string
	Subject   Subject
	Author    string // account; never decides
	Tiers     []Tier // as the policy was when it was asked for
	Chosen    bool   // somebody chose that policy
	State     State
	At        time.Time
	EndedAt   time.Time
	Decisions []Decision // in the order they were made
}

// Subject is what is signed off. Kind, ID and Version find it again.
type Subject struct {
	Kind    Kind
	ID      string // opaque id of the row
	Version string // such as "7"; a newer version is another approval
	Digest  string // hex SHA-256 of the content, or empty
	Words   string // what it is called, for a task: "AC-04, version 7"
}

// Standing is how an open approval stands, and why.
type Standing struct {
	State State
	Tier  int      // the step it waits in, from 0
	Have  int      // who agreed in it
	Need  int      // how many it takes
	May   []Member // who can decide now
	Why   string   // one sentence
}

// Stand works out how an approval stands from what was said and who is there. One
// no ends it. A person counts once, in one tier; the author never.
func (a Approval) Stand(members []Member) Standing {
	if a.State == Withdrawn {
		return Standing{State: Withdrawn, Why: "It was withdrawn before everybody had agreed."}
	}
	have := make([]int, len(a.Tiers))
	said := map[string]bool{a.Author: true}
	for _, d := range a.Decisions {
		if !d.Yes {
			return Standing{State: Rejected, Tier: d.Tier, Why: "Rejected by " + nameOr(d.Name) + ": " + d.Reason}
		}
		said[d.Account] = true
		if d.Tier < len(have) {
			have[d.Tier]++
		}
	}
	for i, t := range a.Tiers {
		if have[i] >= t.Need {
			continue
		}
		s := Standing{State: Open, Tier: i, Have: have[i], Need: t.Need}
		about, _ := Find(a.Subject.Kind)
		for _, m := range members {
			if !said[m.Account] && access.Allowed(m.Role, about.Action) && t.admits(m) {
				s.May = append(s.May, m)
			}
		}
		s.Why = waits(s, len(a.Tiers))
		return s
	}
	return Standing{State: Approved, Tier: len(a.Tiers), Why: "Everybody who had to has agreed."}
}

// waits says what an open approval waits for.
func waits(s Standing, tiers int) string {
	var b strings.Builder
	if tiers > 1 {
		fmt.Fprintf(&b, "Step %d of %d: ", s.Tier+1, tiers)
	}
	missing := s.Need - s.Have
	people := fmt.Sprintf("%d more people have to agree", missing)
	switch {
	case missing == 1 && s.Have == 0:
		people = "one person has to agree"
	case missing == 1:
		people = "one more person has to agree"
	case s.Have == 0:
		people = fmt.Sprintf("%d people have to agree", missing)
	}
	b.WriteString(people)
	switch {
	case len(s.May) < missing && len(s.May) == 0:
		b.WriteString(", and nobody who may is left. An administrator can change who signs off; withdraw it then, and ask anew")
	case len(s.May) < missing:
		fmt.Fprintf(&b, ", and only %d who may are left. An administrator can change who signs off; withdraw it then, and ask anew", len(s.May))
	}
	text := b.String()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func nameOr(name string) string {
	if name == "" {
		return "somebody who left"
	}
	return name
}

// Describe says a policy in one sentence.
func Describe(tiers []Tier, names map[string]string) string {
	if len(tiers) == 0 {
		return "Nobody has to agree."
	}
	var steps []string
	for _, t := range tiers {
		of := "those who may decide"
		var list []string
		for _, r := range t.Roles {
			list = append(list, "the "+strings.ToLower(r.Label())+"s")
		}
		for _, a := range t.Accounts {
			list = append(list, nameOr(names[a]))
		}
		if len(list) > 0 {
			of = strings.Join(list, ", ")
		}
		n := fmt.Sprintf("%d", t.Need)
		if t.Need == 1 {
			n = "one"
		}
		steps = append(steps, n+" of "+of)
	}
	text := strings.Join(steps, ", then ")
	return strings.ToUpper(text[:1]) + text[1:] + ", never the author."
}
