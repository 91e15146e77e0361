// Package joiner is what is done when somebody begins and when somebody leaves:
// checklists that start by themselves, who does which step by when, the proof that
// a leaver's access was removed in time, and that a background check took place.
package joiner

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// List is one of the two checklists. The values are stored.
type List string

const (
	Joining List = "joining"
	Leaving List = "leaving"
)

// Lists returns both.
func Lists() []List { return []List{Joining, Leaving} }

// Doer says who does a step. The values are stored.
type Doer string

const (
	Self Doer = "person"  // who begins or leaves
	Line Doer = "manager" // of that person
)

// doers in the order a page shows them; each but the first two is an office that
// somebody holds.
var doers = []struct {
	key   Doer
	label string
}{
	{Self, "The person"}, {Line, "Their manager"}, {"people", "People team"}, {"it", "IT"}, {"security", "Security"},
	{"engineering", "Engineering"}, {"legal", "Legal"}, {"finance", "Finance"}, {"office", "Office"},
}

// Doers returns who a step can be given to.
func Doers() []Doer {
	out := make([]Doer, len(doers))
	for i, d := range doers {
		out[i] = d.key
	}
	return out
}

// Offices returns those of Doers that somebody has to be named for.
func Offices() []Doer { return Doers()[2:] }

// Label is the doer as a page writes it.
func (d Doer) Label() string {
	for _, x := range doers {
		if x.key == d {
			return x.label
		}
	}
	return string(d)
}

// The two audiences of a step that are no groups of people: they ask whether a
// framework is followed.
const (
	WithHIPAA = "hipaa-enabled"
	WithAI    = "ai-enabled"
)

// Step is one thing to do for somebody who begins or leaves.
type Step struct {
	ID       string       `json:"-"` // such as ON-01; stable
	List     List         `json:"-"`
	Title    string       `json:"title"`
	Detail   string       `json:"detail"`
	Doer     Doer         `json:"doer"`
	Days     int          `json:"days"`     // after the first or the last working day; before it when negative
	Groups   []string     `json:"groups"`   // keys; empty: for everybody. Belonging to one is enough.
	Evidence string       `json:"evidence"` // kind of evidence it leaves, or empty
	Topics   []string     `json:"topics"`   // of controls it is about
	Removal  bool         `json:"removal"`  // it shows that access is gone
	Check    people.Check `json:"check"`    // what closes it, when that is somebody else's to say; empty: by hand
}

// ByItself reports whether the noun that closes the step also asks the person for
// it, so that a task of ours would be a second one for the same thing.
func (s Step) ByItself() bool { return s.Check != "" && s.Check != people.BackgroundCheck }

// Version is a step as it is from a moment on.
type Version struct {
	Step
	From    time.Time // zero: it ships
	Retired bool      // not asked from then on
	Running bool      // also in checklists that had begun
	At      time.Time // when it was said
	By      string    // account
	ID      string    // of the row; Step.ID is the step
}

//go:embed data/onboarding.csv data/offboarding.csv
var files embed.FS

// Shipped returns the steps that ship, in order.
var Shipped = sync.OnceValue(func() []Step {
	out := shipped(Joining, "data/onboarding.csv")
	return append(out, shipped(Leaving, "data/offboarding.csv")...)
})

// closedBy names the steps that are done when a check is.
var closedBy = map[string]people.Check{
	"ON-02": people.BackgroundCheck, "ON-13": people.PoliciesCheck, "ON-14": people.SecurityCheck, "ON-15": people.HIPAACheck, "ON-16": people.AICheck,
}

// alsoBy names the steps that close by themselves where devices report, and by hand
// where they do not.
var alsoBy = map[string]struct {
	check people.Check
	words string
}{
	"ON-09": {device.Enrolled, "a device of theirs reports, and no check of it fails"},
	"OF-18": {device.Unregistered, "no device of theirs is in use any more"},
}

// shipped reads a file of ours; what is wrong with it is a mistake of the build.
func shipped(list List, name string) []Step {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		panic(err)
	}
	var out []Step
	for _, r := range rows[1:] {
		days, err := strconv.Atoi(r[4])
		if err != nil {
			panic(err)
		}
		s := Step{ID: r[0], List: list, Title: r[1], Detail: r[2], Doer: Doer(r[3]), Days: days, Evidence: r[6], Topics: strings.Split(r[7], ";"), Check: closedBy[r[0]]}
		if s.Doer == "new-starter" || s.Doer == "leaver" {
			s.Doer = Self
		}
		if r[5] != "all" {
			s.Groups = strings.Split(r[5], ";")
		}
		s.Removal = list == Leaving && (days == 0 || days == 1) && slices.ContainsFunc(s.Topics, func(t string) bool {
			return t == "access-control" || t == "privileged-access" || t == "physical-security"
		})
		if s, err = s.checked(nil); err != nil {
			panic(fmt.Sprintf("%s: %v", r[0], err))
		}
		out = append(out, s)
	}
	return out
}

// Limits of a step.
const (
	maxDays  = 365
	maxSteps = 200 // of an organisation's own, on both lists
)

// checked returns the step as it is kept, or an Invalid problem about the field at
// fault. groups are those there are; nil: any.
func (s Step) checked(groups []people.Group) (Step, error) {
	var err error
	if s.List != Joining && s.List != Leaving {
		return s, problem.Field("list", "Choose joining or leaving.")
	}
	if s.Title, err = db.Line("title", "The step", s.Title, 120); err != nil {
		return s, err
	}
	if s.Title == "" {
		return s, problem.Field("title", "Say what there is to do, such as “Hand over the device”.")
	}
	if s.Detail, err = db.Prose("detail", "The detail", s.Detail, 1000); err != nil {
		return s, err
	}
	if !slices.Contains(Doers(), s.Doer) {
		return s, problem.Field("doer", "Choose who does it.")
	}
	if s.Days < -maxDays || s.Days > maxDays {
		return s, problem.Field("days", fmt.Sprintf("The days lie between -%d and %d.", maxDays, maxDays))
	}
	for _, g := range s.Groups {
		if g != WithHIPAA && g != WithAI && groups != nil && !slices.ContainsFunc(groups, func(x people.Group) bool { return x.Key == g }) {
			return s, problem.Field("groups", "There is no group “"+g+"” here. Choose from those listed.")
		}
	}
	slices.Sort(s.Groups)
	s.Groups = slices.Compact(s.Groups)
	if _, ok := control.Shipped().Kind(s.Evidence); s.Evidence != "" && !ok {
		return s, problem.Field("evidence", "Choose a kind of evidence of the list, or none.")
	}
	if s.Removal && s.List != Leaving {
		return s, problem.Field("removal", "Only a step of leaving shows that access is gone.")
	}
	return s, nil
}

// same reports whether two steps say the same.
func (s Step) same(t Step) bool {
	return s.ID == t.ID && s.List == t.List && s.Title == t.Title && s.Detail == t.Detail && s.Doer == t.Doer && s.Days == t.Days && slices.Equal(s.Groups, t.Groups) &&
		s.Evidence == t.Evidence && slices.Equal(s.Topics, t.Topics) && s.Removal == t.Removal && s.Check == t.Check
}

// Concerns reports whether a step is asked of a person, given the groups there are
// and the frameworks that are followed.
func (s Step) Concerns(r *people.Roster, person string, followed []string) bool {
	if len(s.Groups) == 0 {
		return true
	}
	return slices.ContainsFunc(s.Groups, func(g string) bool {
		switch g {
		case WithHIPAA:
			return follows(followed, "hipaa")
		case WithAI:
			return follows(followed, "nist-ai-rmf", "iso42001")
		}
		return r.In(g, person)
	})
}

// follows reports whether an edition of one of the frameworks is followed.
func follows(followed []string, names ...string) bool {
	return slices.ContainsFunc(followed, func(f string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(f, n) })
	})
}

// InForce returns the steps of a list that a checklist begun at one moment follows
// at a later one, in order: each as it was when the checklist began, or as a later
// change says that was meant for running ones too. versions are in the order in
// which they take effect; what ships need not be among them.
func InForce(versions []Version, list List, began, now time.Time) []Step {
	type last struct {
		step    Step
		retired bool
	}
	at := map[string]int{}
	var all []last
	for _, s := range Shipped() {
		if s.List == list {
			at[s.ID] = len(all)
			all = append(all, last{step: s})
		}
	}
	for _, v := range versions {
		if v.List != list || v.From.After(began) && (!v.Running || v.From.After(now)) {
			continue
		}
		i, ok := at[v.Step.ID]
		if !ok {
			i = len(all)
			at[v.Step.ID] = i
			all = append(all, last{})
		}
		all[i] = last{v.Step, v.Retired}
	}
	var out []Step
	for _, l := range all {
		if !l.retired {
			out = append(out, l.step)
		}
	}
	return out
}
