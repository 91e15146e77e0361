// Package policy keeps the documents that bind the company: what they say, who
// approved which version, who has acknowledged it, and what they bind everybody
// to. Two documents that contradict each other are found here before an auditor
// finds them.
package policy

import (
	"strconv"
	"time"
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
	ID             string
	Slug           string // stored, unique in the organisation, such as "access-control"
	Title          string
	Template       string   // slug of the shipped template it was made from, or empty
	Owner          string   // id of a person, or empty: nobody keeps it yet
	Approver       string   // id of a person, or empty
	Audience       []string // keys of groups of package people it binds
	Acknowledge    bool     // whether its audience has to acknowledge it
	ReviewEvery    int      // months between reviews; zero: no review is due
	ReviewApproval bool     // a review without new text counts once it is approved
	Governs        []string // topics for which it decides when documents differ
	Topics         []string // topics it touches, Governs among them
	Controls       []string // ids of the controls it governs
	CreatedAt      time.Time
	ArchivedAt     time.Time // zero: it is kept
	ArchivedFor    string    // why it was archived

	num int // its number in the organisation, for the marks of persons
}

// Version is one text of a policy. A version that was approved never changes.
type Version struct {
	ID           string
	Policy       string // id
	Major, Minor int    // a material change makes a new major version
	State        State
	Material     bool     // as against the version before: asks for approval and for a new acknowledgement
	Title        string   // of the policy, as this version has it
	Change       string   // what changed, in the words of who changed it
	Body         string   // Markdown with variables; empty when the document was uploaded
	Text         string   // Body with its variables filled in; kept as it was when it was approved
	Length       int      // characters to read; of a file those that could be read out of it
	Unfilled     []string // variables of a draft that have no value yet
	File         File     // the uploaded document, or the zero File
	Undertakings []Undertaking
	WrittenBy    string // account
	WrittenAt    time.Time
	SentBy       string    // account that asked for its approval
	ApprovedAt   time.Time // zero: not approved
	PublishedBy  string    // account
	PublishedAt  time.Time // zero: not yet in force
	EndedAt      time.Time // when another took its place or it was archived; zero: it stands
	Digest       string    // SHA-256 of what was approved or published
	PDF          string    // SHA-256 of the PDF made when it was published
	Stamp        string    // changes with every change of a draft, see Text.Stamp

	round int // how often approval was asked for
}

// Number is the version as people write it: "2.0".
func (v Version) Number() string { return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) }

// Minutes is about how long it takes to read the version, at least one.
func (v Version) Minutes() int { return max(1, (v.Length+readInMinute-1)/readInMinute) }

const readInMinute = 1300 // characters: some two hundred words

// Words is the version with the name of its policy: "Access Control Policy 2.0".
func (v Version) Words() string { return v.Title + " " + v.Number() }

// InForceAt reports whether the version bound people at a moment. The moment of
// publication counts, the moment of its end does not.
func (v Version) InForceAt(t time.Time) bool {
	return !v.PublishedAt.IsZero() && !t.Before(v.PublishedAt) && (v.EndedAt.IsZero() || t.Before(v.EndedAt))
}

// Open reports whether the version is on its way into force.
func (v Version) Open() bool { return v.State == Draft || v.State == InApproval || v.State == Approved }

// next is the number of the version that follows those there are.
func next(versions []Version, material bool) (major, minor int) {
	for _, v := range versions {
		if !v.PublishedAt.IsZero() && (v.Major > major || v.Major == major && v.Minor > minor) {
			major, minor = v.Major, v.Minor
		}
	}
	if material || major == 0 {
		return major + 1, 0
	}
	return major, minor + 1
}

// File is an uploaded document: DOCX or PDF.
type File struct {
	Name   string
	Media  string
	Bytes  int64
	SHA256 string
	Text   string // what could be read out of it; empty when nothing could
	Note   string // one sentence when the text is not there, or not whole
}

// Uploaded reports whether the text of the version is a file.
func (v Version) Uploaded() bool { return v.File.SHA256 != "" }

// Reading is the text of the version for a reader or the conflict detector: what was
// written, or what could be read out of the file.
func (v Version) Reading() string {
	if v.Uploaded() {
		return v.File.Text
	}
	return v.Text
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
