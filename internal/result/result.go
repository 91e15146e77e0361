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

// Interval is a stretch in which a test kept finding the same for a subject.
type Interval struct {
	Test    string // key, such as "idp.mfa-enforced"
	Subject string // what was tested, an opaque key of the sender, such as a host or an account
	State   State
	Reason  string    // one line of the sender's; empty for pass
	From    time.Time // UTC; the first report that found this state
	To      time.Time // UTC; until when the last report that found it may be relied on
	FiledAt time.Time // UTC; when Toucan first heard of it
}
