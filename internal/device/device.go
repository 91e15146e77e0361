// Package device keeps the machines people work on: whose each is, and what its agent
// and other sources say of it. A source says one of four words to each of seven
// questions; nothing else of a machine can be stored, because no table has a place for it.
//
// What a device says becomes results, so it shows the operation of controls; see
// Combine for which source counts. The messages themselves are package wire's.
package device

import (
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// State is where a device stands in the register. The values are stored.
type State string

const (
	InUse   State = "in_use"
	Lost    State = "lost"    // lost or stolen; it may be found again
	Retired State = "retired" // given back, sold or destroyed
)

// SourceKind says who speaks of a device. The values are stored.
type SourceKind string

const (
	Agent   SourceKind = "agent"   // our agent: every word is signed by the device
	Osquery SourceKind = "osquery" // osquery against our endpoints; unsigned
	Fleet   SourceKind = "fleet"   // policies of a Fleet server
	Intune  SourceKind = "intune"
	Jamf    SourceKind = "jamf"
	Person  SourceKind = "person" // somebody looked and said so, with an end
)

// Device is a machine of the organisation.
type Device struct {
	ID        string // 32 hex digits, see wire.ID
	Code      string // such as "DEV-12"
	Name      string // what a person calls it; may be empty; no source sets it
	Platform  wire.Platform
	Owner     string // person of the register; empty: nobody's yet
	State     State
	StateAt   time.Time // since when
	Reason    string    // of a person, for being lost or retired
	CreatedAt time.Time
	Sources   []Source  // the freshest first
	Checks    []Verdict // one of each check, in the order of wire.Checks
	Waivers   []Waiver  // in force
}

// Reporting reports whether any source was heard of lately.
func (d Device) Reporting() bool {
	for _, s := range d.Sources {
		if !s.Stale && s.Kind != Person { // somebody's word about a machine is no report of it
			return true
		}
	}
	return false
}

// SeenAt is when any source last spoke of it; zero: never.
func (d Device) SeenAt() time.Time {
	var t time.Time
	for _, s := range d.Sources {
		if s.SeenAt.After(t) {
			t = s.SeenAt
		}
	}
	return t
}

// Source is one who speaks of a device, and what was said last.
type Source struct {
	Kind       SourceKind
	Connection string // id of the connection it came by; empty for the agent and osquery
	SeenAt     time.Time
	Stale      bool // not heard of for longer than StaleAfter
	Results    []wire.Result
	Build      uint32        // of our agent, see wire.Delivery; 0 of others
	Skew       time.Duration // how far the clock of the device is ahead; 0 when within five minutes
	Gaps       int           // reports that never came, as the numbers show
	Trouble    Trouble
}

// Trouble is what is wrong with a source as such.
type Trouble string

const (
	NoTrouble Trouble = ""
	Copied    Trouble = "copied" // a copy or a restored machine reports under the same name: it has to enrol anew
)

// of is what a word counts as that a source said which is in this trouble.
func (t Trouble) of(r wire.Result) wire.Result {
	if t == Copied {
		r.Verdict, r.Reason = wire.CouldNotTell, WhileCopied
	}
	return r
}

// Verdict is how a device stands with a check, over all its sources.
type Verdict struct {
	Check  wire.Check
	State  result.State // stale when no fresh source said anything, not_applicable when waived
	Reason wire.Reason  // empty for a plain pass, and when stale
	Since  time.Time    // since when it has been so; zero: unknown
	From   SourceKind   // whose word counts; empty when stale
	Waiver string       // id of the exception that makes it not applicable
}

// WhileCopied is the reason why nothing can be told of a device after a copy of it was
// found: which of the two said what it said is not known. No source can send it.
const WhileCopied wire.Reason = "copied"

// Said is the reason in words, as the end of a sentence.
func (v Verdict) Said() string { return reasonWords(v.Reason) }

func reasonWords(r wire.Reason) string {
	if r == WhileCopied {
		return "two machines report under its name"
	}
	return r.Words()
}

// Waiver is an exception that was decided: a check that a device need not pass for a
// while.
type Waiver struct {
	ID, Device string
	Check      wire.Check
	Reason     string
	Until      cadence.Date // last day
	By         string       // account
	At         time.Time
	EndedAt    time.Time // zero: not ended early
}

// Settings are what an organisation chose; the zero value is no choice.
type Settings struct {
	wire.Settings
	SelfEnrol bool // people may enrol devices of their own
	OrgCode   bool // an organisation code may be made, for devices that are nobody's at first
}

// StaleAfter is how long a device may be silent: three intervals, and seven days at
// least.
func (s Settings) StaleAfter() time.Duration {
	return max(3*time.Duration(s.IntervalMinutes)*time.Minute, 7*24*time.Hour)
}

// Combine says what counts of what the sources say of one check: the fresh ones only;
// any fail is a fail, else a pass is a pass, else not applicable, else nobody could
// tell. Nobody fresh is stale. What a device said that was copied meanwhile is nothing
// anybody could tell.
func Combine(check wire.Check, sources []Source) Verdict {
	out := Verdict{Check: check, State: result.Stale}
	rank := map[wire.Verdict]int{wire.CouldNotTell: 1, wire.NotApplicable: 2, wire.Pass: 3, wire.Fail: 4}
	best := 0
	for _, s := range sources {
		for _, r := range s.Results {
			r = s.Trouble.of(r)
			if n := rank[r.Verdict]; r.Check == check && !s.Stale && n > best {
				best = n
				out.State, out.Reason, out.From = result.State(r.Verdict), r.Reason, s.Kind
			}
		}
	}
	return out
}
