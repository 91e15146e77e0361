// Package policy keeps the documents that bind the company: what they say, who
// approved which version, who has acknowledged it, and what they bind everybody
// to. Two documents that contradict each other are found here before an auditor
// finds them.
package policy

import (
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// State says where a version of a policy stands. The values are stored.
type State string

const (
	Draft      State = "draft"
	InApproval State = "in_approval"
	Approved   State = "approved"  // signed off; not yet in force
	Published  State = "published" // in force
	Archived   State = "archived"  // was in force, or was never used
)

// Policy is one document through all its versions.
type Policy struct {
	ID          string
	Slug        string // stored, unique in the organisation, such as "access-control"
	Title       string
	Template    string   // slug of the shipped template it was made from, or empty
	Owner       string   // id of a person, or empty: nobody keeps it yet
	Approver    string   // id of a person, or empty
	Audience    []string // keys of groups of package people it binds
	Acknowledge bool     // whether its audience has to acknowledge it
	ReviewEvery int      // months between reviews; zero: no review is due
	Governs     []string // topics for which it decides when documents differ
	Topics      []string // topics it touches, Governs among them
	Controls    []string // ids of the controls it governs
	ArchivedAt  time.Time
}

// Version is one text of a policy. A version that was approved never changes.
type Version struct {
	ID           string
	Policy       string // id
	Major, Minor int    // a material change makes a new major version
	State        State
	Material     bool   // as against the version before: asks for approval and for a new acknowledgement
	Change       string // what changed, in the words of who changed it
	Body         string // Markdown with variables; empty when the document was uploaded
	File         File   // the uploaded document, or the zero File
	Undertakings []Undertaking
	WrittenBy    string // account
	WrittenAt    time.Time
	ApprovedAt   time.Time // zero: not approved
	PublishedAt  time.Time // zero: not yet in force
	EndedAt      time.Time // when another took its place or it was archived; zero: it stands
	ReviewedOn   cadence.Date
}

// File is an uploaded document: DOCX or PDF.
type File struct {
	Name   string
	Media  string
	Bytes  int64
	SHA256 string
	Text   string // what could be read out of it; empty when nothing could
}

// Property says what kind of value an undertaking binds us to. The values stand in
// front matter and in the output of the conflict detector.
type Property string

const (
	Frequency  Property = "frequency"  // at least this often: ISO 8601 duration
	Deadline   Property = "deadline"   // within this time: ISO 8601 duration, up to 72 hours in hours
	Retention  Property = "retention"  // kept for this time: ISO 8601 duration
	Threshold  Property = "threshold"  // sign, number and unit, such as ">=14 characters"
	Role       Property = "role"       // id of a role
	Definition Property = "definition" // meaning without the term
	Scope      Property = "scope"      // tokens in order, joined by "+"
	Governs    Property = "governs"    // topic for which the document decides
)

// Undertaking is one thing a document binds the company to, read by a machine and
// corrected by a person.
type Undertaking struct {
	ID       string   `json:"id"`      // stays the same in later versions
	Subject  string   `json:"subject"` // of the vocabulary of subjects, such as "user-access-review", or made by hand
	Topic    string   `json:"topic"`
	Property Property `json:"property"`
	Value    string   `json:"value"`
	Sentence string   `json:"sentence"` // letter for letter as it stands in the text
	Read     bool     `json:"read"`     // true: found in the text by the extractor and not yet confirmed by a person
}
