// Package training says who has completed which training in the present cycle:
// by the courses that ship with Toucan, by what a training provider reports, or by
// a certificate somebody filed. What is not known is never a pass.
package training

import (
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// Track is one subject of training. The values are stored.
type Track string

const (
	Security Track = "security" // always
	HIPAA    Track = "hipaa"    // while HIPAA is followed
	AI       Track = "ai"       // while NIST AI RMF or ISO/IEC 42001 is followed
)

// Tracks in the order a page shows them.
func Tracks() []Track { return []Track{Security, HIPAA, AI} }

// Check is what the track asks of each person.
func (t Track) Check() people.Check {
	switch t {
	case HIPAA:
		return people.HIPAACheck
	case AI:
		return people.AICheck
	}
	return people.SecurityCheck
}

// Label is the track as a page writes it.
func (t Track) Label() string { return t.Check().Label() }

// Valid reports whether t is one of Tracks.
func (t Track) Valid() bool { return t == Security || t == HIPAA || t == AI }

// Method is how a track is completed, one for the whole organisation. The values
// are stored.
type Method string

const (
	Embedded     Method = "embedded"      // the course that ships
	Connected    Method = "connected"     // a provider reports completions
	ByPerson     Method = "by_person"     // everybody files their own certificate
	ByOrganiser  Method = "by_organiser"  // an administrator files it on behalf
	ExternalLink Method = "external_link" // AI only: a link to a course elsewhere; the person says when it is done and files the certificate
	OptedOut     Method = "opted_out"     // HIPAA only: nothing is asked or shown; the reason is in the log
)

// Setting is how a track runs from a moment on.
type Setting struct {
	Track    Track
	Method   Method
	Link     string // of ExternalLink
	Reason   string // of OptedOut
	Provider string // of Connected: id of a connection
	Renewal  Renewal
	DueDays  int // days a joiner, or somebody who was reset, has; zero: 30
	At       time.Time
	By       string // account
}

// Default is how a track runs while nobody chose: the course that ships, once a
// year, within 30 days.
func Default(t Track) Setting {
	return Setting{Track: t, Method: Embedded, Renewal: Renewal{Kind: AfterAYear}, DueDays: defaultDays}
}

const defaultDays = 30

// days is how many days somebody has.
func (s Setting) days() int {
	if s.DueDays == 0 {
		return defaultDays
	}
	return s.DueDays
}

// Renewal says when a completion is over and the training is due again.
type Renewal struct {
	Kind  RenewalKind
	Month time.Month // of OnOneDate
	Day   int        // of OnOneDate
}

// RenewalKind is a way to renew. The values are stored.
type RenewalKind string

const (
	Never      RenewalKind = "never"        // only when somebody resets it
	AfterAYear RenewalKind = "after_a_year" // 12 months after each person's own completion
	OnOneDate  RenewalKind = "on_one_date"  // the same date each year for everybody
)

// Completion is one person's training done, however it was learnt of. It is never
// changed or overwritten; a reset ends its cycle and leaves it in the history.
type Completion struct {
	ID       string
	Person   string // id
	Track    Track
	Method   Method
	Course   string    // what was completed, in a few words or as the id of a course
	Version  string    // of a course that ships
	Score    int       // per cent; zero when none was reported
	At       time.Time // when it was completed, not when it was heard of
	HeardAt  time.Time
	Source   string // account, or the id of a connection, or "webhook"
	Evidence string // id of the item that shows it, or empty
	Code     string // of a certificate Toucan made, or empty

	VoidAt  time.Time // when the item that shows it was rejected or erased; zero: it stands
	VoidWhy string    // completes "its certificate ..."
}

// stands reports whether the completion counts for anything at a moment.
func (c Completion) stands(at time.Time) bool { return c.VoidAt.IsZero() || c.VoidAt.After(at) }

// Reset asks a person again. What was completed before it stays in the history and
// no longer counts.
type Reset struct {
	ID     string
	Person string
	Track  Track
	At     time.Time
	By     string // account; empty: the renewal of the track
	Reason string
	Due    cadence.Date // last day to do it again
}

// Known is what a provider last said of somebody who has not completed a track.
type Known struct {
	Person     string // id
	State      EnrolmentState
	Reason     string // one sentence
	Connection string // id
	At         time.Time
}

// Enrolment is what a provider says of one person and the trainings selected
// there, already matched to the register. A sync hands these over.
type Enrolment struct {
	Person      string // id
	State       EnrolmentState
	Reason      string    // one sentence: which course, which status word
	At          time.Time // completion of the last of the selected ones; zero unless Completed
	Score       int       // per cent; zero when none was reported
	Course      string
	Certificate []byte // PDF the provider gave, or nothing
}

// EnrolmentState is what a provider's answer comes to.
type EnrolmentState string

const (
	NotEnrolled EnrolmentState = "not_enrolled" // in none of the selected ones
	Enrolled    EnrolmentState = "enrolled"     // in at least one, not through with all
	Completed   EnrolmentState = "completed"    // through with all they are enrolled in
	Exempted    EnrolmentState = "exempted"     // excused there, with a reason
	Unknown     EnrolmentState = "unknown"      // a status word we do not know, or enrolment cannot be read: never a pass
)
