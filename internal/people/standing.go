package people

import (
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Check is something the programme asks of each person. The keys are stored, and
// are the keys of the tests whose results posture reads.
type Check string

const (
	PoliciesCheck   Check = "people.policies"          // every policy of their audience is acknowledged
	SecurityCheck   Check = "people.training-security" // security awareness training
	HIPAACheck      Check = "people.training-hipaa"    // HIPAA training
	AICheck         Check = "people.training-ai"       // AI awareness training
	BackgroundCheck Check = "people.background"        // the background check is decided
	JoiningCheck    Check = "people.joining"           // the steps of joining are done
	LeavingCheck    Check = "people.leaving"           // the steps of leaving are done: access removed, things returned
)

// checks in the order a page shows them. The keys are stored.
var checks = []struct {
	key          Check
	label, short string
}{
	{PoliciesCheck, "Policies acknowledged", "Policies"},
	{SecurityCheck, "Security awareness training", "Security training"},
	{HIPAACheck, "HIPAA training", "HIPAA"},
	{AICheck, "AI awareness training", "AI"},
	{BackgroundCheck, "Background check", "Background"},
	{JoiningCheck, "Steps of joining", "Joining"},
	{LeavingCheck, "Steps of leaving", "Leaving"},
}

// Checks returns all checks. Which of them are asked of whom is said by the
// packages they belong to.
func Checks() []Check {
	out := make([]Check, len(checks))
	for i, c := range checks {
		out[i] = c.key
	}
	return out
}

// Label is the check as a page writes it.
func (c Check) Label() string {
	for _, x := range checks {
		if x.key == c {
			return x.label
		}
	}
	return string(c)
}

// Short is the check as the head of a column writes it.
func (c Check) Short() string {
	for _, x := range checks {
		if x.key == c {
			return x.short
		}
	}
	return string(c)
}

// State says how a person stands with a check.
type State string

const (
	NotAsked State = "not_asked" // it does not concern this person
	Excluded State = "excluded"  // it would, and was waived for a reason
	Paused   State = "paused"    // on leave
	Due      State = "due"       // asked for, and the time for it is not over
	Missing  State = "missing"   // asked for, and not there
	Unclear  State = "unclear"   // what is known does not say: never a pass
	Done     State = "done"
)

// Standing is how one person stands with one check at one moment. It is derived
// from what is recorded and stored nowhere; package monitor turns it into results.
type Standing struct {
	Person   string // id
	Check    Check
	State    State
	Reason   string       // one sentence; empty only when Done needs no words
	Due      cadence.Date // last day to do it, or none
	Since    time.Time    // when the state began: the completion, the reset, the day after it was due
	Until    time.Time    // first moment at which it no longer holds by itself, such as the end of a year; zero: open
	Evidence []string     // ids of the items that show it
}

// Artefact is something that shows, for ever, that a person did what a check asks:
// an acknowledgement, a completion, a decision, a checklist that was brought to
// its end. A later reset, or a new version of a policy, takes nothing from it.
type Artefact struct {
	Person   string // id
	Check    Check
	At       time.Time // when it was done
	What     string    // such as "Access Control Policy 2.0"
	Leaf     string    // id that the log knows it by
	Evidence []string  // ids of the items that show it
}
