// Package control is what this organisation does: its controls, who owns them,
// every version they ever had, and how an inventory kept elsewhere is read in.
// What a control counts for is the business of crosswalk, not of this package.
package control

import (
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Status is what the organisation says about a control. It is a claim: it
// drives coverage, never readiness.
type Status string

const (
	Unknown  Status = ""         // nobody has said
	Planned  Status = "planned"  // decided, not there yet
	OnPaper  Status = "on_paper" // written down, not shown to run
	Operated Status = "operated" // it runs
)

// Words is the status as a person reads it.
func (s Status) Words() string {
	switch s {
	case Unknown:
		return "unknown"
	case OnPaper:
		return "on paper"
	}
	return string(s)
}

// Kind says what makes a control act.
type Kind string

const (
	Periodic   Kind = "periodic"   // at least once in each period of its frequency
	Continuous Kind = "continuous" // all the time
	Event      Kind = "event"      // each time something happens
)

// Control is one thing this organisation does, as it stands now.
type Control struct {
	ID         string   // opaque; stays the same when the code changes
	Code       string   // what people call it, such as "AC-04"; one control per code
	Title      string   // one line, shown in lists
	Statement  string   // what is really done, by whom and when
	Domain     string   // the organisation's own grouping, such as "access"
	Owner      string   // id in the people register, or empty
	Kind       Kind     // empty when nobody has said
	Frequency  string   // such as "quarterly"; empty when it has none of its own
	Evidence   []string // kinds of evidence it leaves, such as "access-review-record"
	Population string   // where every instance can be listed from
	Status     Status
	Since      cadence.Date // first day it is said to operate; none: the day it was first declared operated
	Version    int          // of the text in force; 1 is the first
	UpdatedAt  time.Time    // UTC; when the version in force came into force
	Origin     string       // how it came here: "entered", "imported" or "library"
	MergedInto string       // code of the control that took its place; lists leave such a control out
}

// Approval says whether a version waits for a second person.
type Approval string

const (
	NotNeeded Approval = ""          // the change applied at once
	Pending   Approval = "pending"   // the text waits for somebody other than its author
	Approved  Approval = "approved"  // somebody other than its author agreed
	Rejected  Approval = "rejected"  // dropped because somebody did not agree
	Withdrawn Approval = "withdrawn" // dropped before everybody had agreed
)

// Version is a control as somebody left it. A stored version never changes,
// except that a pending one comes to be approved, rejected or withdrawn once.
type Version struct {
	Control
	Number     int
	At         time.Time // UTC; when it was written
	By         string    // account id of the author
	ByName     string    // what the author is called now; the history itself holds no names
	What       string    // one sentence: what changed
	Approval   Approval
	ApprovedBy string    // account id, or empty
	ApprovedAt time.Time // UTC; zero until approved
}
