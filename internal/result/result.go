// Package result keeps what tests found, as intervals: a test, a subject, a
// state, and from when to when it held. A year of hourly checks is a handful of
// rows. Where results come from, connectors, devices or other people's tools, is
// no business of this package.
package result

import "time"

// State is what a test found. The values are stored and stand in the API.
type State string

const (
	Pass          State = "pass"
	Fail          State = "fail"
	NotApplicable State = "not_applicable"
	CouldNotTell  State = "could_not_tell"
	Stale         State = "stale" // nothing was heard for longer than the test's cadence allows; only the server says so
)

// Words is the state as a page writes it.
func (s State) Words() string {
	switch s {
	case Pass:
		return "passes"
	case Fail:
		return "fails"
	case NotApplicable:
		return "does not apply"
	case CouldNotTell:
		return "could not tell"
	case Stale:
		return "not heard of"
	}
	return string(s)
}

// States are the states that a report may have.
func States() []State { return []State{Pass, Fail, NotApplicable, CouldNotTell} }

// Report is what a sender says of a test and a subject at one moment.
type Report struct {
	Test, Subject string
	State         State
	Reason        string    // one line, such as "3 accounts without a second factor"; empty for pass
	At            time.Time // when it was found
	ValidFor      time.Duration
	Until         time.Time // until when it may be relied on: this, or ValidFor
}

// Interval is a stretch in which a test kept finding the same for a subject.
type Interval struct {
	Test    string // key, such as "idp.mfa-enforced"
	Subject string // what was tested, an opaque key of the sender, such as a host or an account
	State   State
	Reason  string    // one line of the sender's; empty for pass
	From    time.Time // UTC; the first report that found this state
	To      time.Time // UTC; until when the last report that found it may be relied on; not part of it
	FiledAt time.Time // UTC; when Toucan first knew this state of the stretch
}
