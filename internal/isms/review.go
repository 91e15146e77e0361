package isms

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
)

// ReviewState says how far a management review is. The values are stored.
type ReviewState string

const (
	ReviewPlanned   ReviewState = "planned"  // a day and who comes
	ReviewPrepared  ReviewState = "prepared" // the pack is frozen; minutes are being written
	ReviewSent      ReviewState = "sent"     // the minutes wait for approval
	ReviewApproved  ReviewState = "approved" // frozen, for good
	ReviewCancelled ReviewState = "cancelled"
)

// Label is the state as a page writes it.
func (s ReviewState) Label() string {
	switch s {
	case ReviewPlanned:
		return "Planned"
	case ReviewPrepared:
		return "Pack frozen"
	case ReviewSent:
		return "Minutes in approval"
	case ReviewApproved:
		return "Approved"
	}
	return "Cancelled"
}

// Review is one management review (ISO/IEC 27001:2022, 9.3).
type Review struct {
	ID           string
	Code         string // such as "MR-2026-1"
	Title        string
	On           cadence.Date
	State        ReviewState
	Participants []Participant
	Pack         string // id of the evidence the frozen pack is
	PackSHA256   string // of its file
	FrozenAt     time.Time
	Minutes      string // id of the evidence the approved minutes are
	SentAt       time.Time
	SentBy       string // account
	EndedAt      time.Time
	Reason       string // why it was cancelled
	CreatedAt    time.Time
	CreatedBy    string

	Brought   map[string]ReviewPoint // by point of the agenda: what was brought by hand
	Written   map[string]ReviewPoint // what the minutes say
	Decisions []Decision

	round  int
	digest string // of the minutes as they were sent
}

// Participant is somebody who is invited to a review.
type Participant struct {
	Person  string `json:"person"`
	Name    string `json:"-"`
	Roles   string `json:"-"` // of the programme on the day, in words
	Top     bool   `json:"-"` // top management on the day
	Present bool   `json:"present"`
}

// topRoles are the roles of the programme that are top management.
var topRoles = []string{"chief-executive", "leadership-team"}

// ReviewPoint is what was said at a point of the agenda.
type ReviewPoint struct {
	Words  string
	At     time.Time
	By     string // account
	ByName string
}

// Decision is one decision of a review.
type Decision struct {
	ID        string
	Item      string // the output of the agenda it belongs to
	Unchanged bool   // it was decided to change nothing
	Words     string
	Why       string // the reason
	Effect    string // what is expected of it
	Owner     string // person; empty where nothing changes
	OwnerName string
	Due       cadence.Date
	Action    string // id of the line of the backlog it became
	At        time.Time
	By        string
}

// conclusions are the three words of MR-22, each a text of its own.
var conclusions = []struct{ key, label, ask string }{
	{"MR-22a", "Suitability", "Does the management system fit the organisation and what it is for?"},
	{"MR-22b", "Adequacy", "Is it enough for what is asked of it?"},
	{"MR-22c", "Effectiveness", "Does it reach what it set out to reach?"},
}

// MinutesField is one text of the minutes: a point that was looked at, or a
// conclusion.
type MinutesField struct {
	Key, Label, Ask string
	Clause          string
}

// MinutesFields are the texts of the minutes, in the order of the agenda.
func MinutesFields() []MinutesField {
	var out []MinutesField
	for _, a := range ReviewAgenda() {
		if !a.Output {
			out = append(out, MinutesField{a.ID, a.Topic, a.Question, a.Clause})
		}
	}
	for _, c := range conclusions {
		out = append(out, MinutesField{c.key, c.label, c.ask, "9.3.1"})
	}
	return out
}

// DecisionItems are the points of the agenda that ask for decisions.
func DecisionItems() []AgendaItem {
	return slices.DeleteFunc(slices.Clone(ReviewAgenda()), func(a AgendaItem) bool { return !a.Output || a.ID == "MR-22" || a.ID == "MR-23" })
}

// Lacks says what the minutes still need before they can be sent for approval.
func (r Review) Lacks(today cadence.Date) []string {
	var out []string
	if r.State == ReviewPlanned {
		out = append(out, "The pack is not frozen: nobody could say later what was on the table.")
	}
	if r.On > today {
		out = append(out, fmt.Sprintf("The meeting is on %s.", r.On.Words()))
	}
	present, top := 0, 0
	for _, p := range r.Participants {
		if p.Present {
			present++
			if p.Top {
				top++
			}
		}
	}
	switch {
	case present == 0:
		out = append(out, "Nobody is marked as having been there.")
	case top == 0:
		out = append(out, "Nobody of top management is marked as having been there: Chief Executive or leadership team, as the page of roles has it on the day of the meeting.")
	}
	for _, f := range MinutesFields() {
		if r.Written[f.Key].Words == "" {
			out = append(out, "The minutes say nothing of “"+f.Label+"”.")
		}
	}
	for _, a := range DecisionItems() {
		if !slices.ContainsFunc(r.Decisions, func(d Decision) bool { return d.Item == a.ID }) {
			out = append(out, "There is no decision for “"+a.Topic+"”. To change nothing is one.")
		}
	}
	return out
}

// Open reports whether minutes and decisions can still be written.
func (r Review) Open() bool { return r.State == ReviewPrepared }

// ask is what top management is asked to agree to. The round tells minutes that were
// sent again from those that were not agreed to.
func (r Review) ask(tiers []approval.Tier) approval.Ask {
	version := "1"
	if r.round > 1 {
		version = fmt.Sprintf("%d", r.round)
	}
	return approval.Ask{Author: r.SentBy, Tiers: tiers, Subject: approval.Subject{Kind: approval.ReviewMinutes, ID: r.ID, Version: version, Digest: r.digest, Words: "Minutes of " + r.Code}}
}

// minutesDigest is the SHA-256 of what the minutes say.
func (r Review) minutesDigest() string {
	type point struct{ Key, Words string }
	content := struct {
		Code         string        `json:"code"`
		On           string        `json:"on"`
		Pack         string        `json:"pack"`
		Participants []Participant `json:"participants"`
		Points       []point       `json:"points"`
		Decisions    []Decision    `json:"decisions"`
	}{Code: r.Code, On: r.On.String(), Pack: r.PackSHA256, Participants: r.Participants}
	for _, f := range MinutesFields() {
		content.Points = append(content.Points, point{f.Key, r.Written[f.Key].Words})
	}
	for _, d := range r.Decisions {
		d.OwnerName = ""
		content.Decisions = append(content.Decisions, d)
	}
	text, err := json.Marshal(content)
	if err != nil {
		panic(err) // plain values
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
