package isms

import (
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
)

// StatementEntry is one row as a version keeps it and as every export gives it. It
// names people by the id of the register alone: a name can be erased, and a
// version never changes.
type StatementEntry struct {
	Code     string       `json:"code"`
	Title    string       `json:"title"`
	Theme    string       `json:"theme,omitempty"` // label of the theme of Annex A
	Custom   bool         `json:"custom,omitempty"`
	Source   string       `json:"source,omitempty"`
	Included bool         `json:"included"`
	WhyOut   string       `json:"why_out,omitempty"`
	Reasons  []Reason     `json:"reasons,omitempty"`
	Risks    []string     `json:"risks,omitempty"` // codes of the risks it names or that name it
	Claim    Claim        `json:"claim,omitempty"`
	On       cadence.Date `json:"on,omitempty"`
	Owner    string       `json:"owner,omitempty"`
	Note     string       `json:"note,omitempty"`
	Controls []string     `json:"controls,omitempty"` // codes of those it rests on
	Waiting  []string     `json:"waiting,omitempty"`  // codes of those meant for it
	Policies []string     `json:"policies,omitempty"` // titles

	// what was derived at the moment
	State     StatementState   `json:"state"`
	Design    string           `json:"design"`
	Operation string           `json:"operation,omitempty"`
	Coverage  posture.Coverage `json:"coverage"`
	Operated  posture.State    `json:"operated"`
	Evidence  int              `json:"evidence"` // items that were current
	Newest    int64            `json:"newest,omitempty"`
}

// Entry freezes the row.
func (r StatementRow) Entry() StatementEntry {
	e := StatementEntry{Code: r.Code, Title: r.Title, Theme: r.Theme.Label, Custom: r.Custom, Source: r.Source, Included: r.Included, WhyOut: r.WhyOut,
		Reasons: r.Reasons, Claim: r.Claim, On: r.On, Owner: r.Owner, Note: r.Note, Controls: r.Judged.Controls, Waiting: r.Judged.Waiting,
		State: r.Status.State, Design: r.Status.Design, Operation: r.Status.Operation, Coverage: r.Judged.Coverage, Operated: r.Judged.Operation, Evidence: r.Judged.Evidence.Current}
	if !r.Included { // what would be said if it were included is not said of it
		e.Reasons, e.Claim, e.On, e.Controls, e.Waiting, e.Operated = nil, ClaimNone, 0, nil, nil, posture.Unknown
	}
	for _, x := range r.Names {
		e.Risks = append(e.Risks, x.Code)
	}
	for _, p := range r.Policies {
		e.Policies = append(e.Policies, p.Title)
	}
	if t := r.Judged.Evidence.Newest; !t.IsZero() {
		e.Newest = t.Unix()
	}
	return e
}

// Agreement compares what was claimed with what was derived.
func (e StatementEntry) Agreement() Agreement { return AgreementOf(e.Claim, e.State) }

// NewestAt is when the newest evidence was captured; zero: there was none.
func (e StatementEntry) NewestAt() time.Time {
	if e.Newest == 0 {
		return time.Time{}
	}
	return time.Unix(e.Newest, 0).UTC()
}

// Entries freezes all rows.
func (s *Statement) Entries() []StatementEntry {
	out := make([]StatementEntry, len(s.Rows))
	for i := range s.Rows {
		out[i] = s.Rows[i].Entry()
	}
	return out
}

// StatementField is one thing about a row that differs between two statements.
type StatementField struct {
	Name     string // such as "Claimed"
	From, To string // in words; empty: nothing was said
	Derived  bool   // it was worked out, nobody decided it
}

// RowChange is how a row differs between two statements.
type RowChange struct {
	Code, Title string
	Added, Gone bool             // it is in the second only, or in the first only
	Fields      []StatementField // what differs
}

// Decided reports whether a person decided something of the change.
func (c RowChange) Decided() bool {
	return c.Added || c.Gone || slices.ContainsFunc(c.Fields, func(f StatementField) bool { return !f.Derived })
}

// DiffStatements says what differs from one statement to another, row by row in the
// order of the second, with the rows that went at the end. name gives the name of a
// person.
func DiffStatements(from, to []StatementEntry, name func(person string) string) []RowChange {
	before := make(map[string]StatementEntry, len(from))
	for _, e := range from {
		before[e.Code] = e
	}
	var out []RowChange
	for _, e := range to {
		old, had := before[e.Code]
		delete(before, e.Code)
		c := RowChange{Code: e.Code, Title: e.Title, Added: !had}
		if had {
			c.Fields = fieldsBetween(old, e, name)
		}
		if !had || len(c.Fields) > 0 {
			out = append(out, c)
		}
	}
	for _, e := range from {
		if _, left := before[e.Code]; left {
			out = append(out, RowChange{Code: e.Code, Title: e.Title, Gone: true})
		}
	}
	return out
}

func fieldsBetween(a, b StatementEntry, name func(string) string) []StatementField {
	x, y := a.words(name), b.words(name)
	var out []StatementField
	for i := range x {
		if x[i].To != y[i].To {
			out = append(out, StatementField{x[i].Name, x[i].To, y[i].To, x[i].Derived})
		}
	}
	return out
}

// words are the things that are compared, each in words.
func (e StatementEntry) words(name func(string) string) []StatementField {
	owner := ""
	if e.Owner != "" {
		owner = name(e.Owner)
	}
	return []StatementField{
		{Name: "Name", To: e.Title},
		{Name: "Source", To: e.Source},
		{Name: "Applicability", To: map[bool]string{true: "included", false: "left out"}[e.Included]},
		{Name: "Why it is left out", To: e.WhyOut},
		{Name: "Reasons", To: e.ReasonWords()},
		{Name: "Risks", To: commaList(e.Risks)},
		{Name: "Claimed", To: e.ClaimWords()},
		{Name: "Owner", To: owner},
		{Name: "How", To: e.Note},
		{Name: "Controls", To: commaList(e.Controls), Derived: !e.Custom},
		{Name: "Policies", To: commaList(e.Policies), Derived: true},
		{Name: "Derived", To: e.State.Words(), Derived: true},
		{Name: "In design", To: e.Coverage.Words(), Derived: true},
		{Name: "In operation", To: e.Operated.Words(), Derived: true},
	}
}
