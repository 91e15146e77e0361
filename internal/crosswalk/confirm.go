package crosswalk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
)

// TaskConfirm is the kind of task that asks an owner about controls. One task
// stands for all controls of a round.
const TaskConfirm = "crosswalk.confirm"

// Question is what an owner is asked about a control.
const Question = "Does this describe what really happens?"

// Reply is what an owner says of a control. The values are stored.
type Reply string

const (
	Yes     Reply = "yes"      // it is what happens
	No      Reply = "no"       // something else happens, with the reason
	NotMine Reply = "not_mine" // somebody else would know
)

// Words is the answer as a page says it.
func (r Reply) Words() string {
	switch r {
	case Yes:
		return "Yes"
	case No:
		return "No"
	case NotMine:
		return "Not mine"
	}
	return string(r)
}

// Told is one answer of an owner.
type Told struct {
	ID, Ask    string
	Control    string // id
	Version    int    // of the control as it was shown
	Digest     string // of what was shown
	Person     string // id in the people register
	PersonName string
	Function   string // key, of the person then
	Reply      Reply
	Reason     string
	Suggested  string // person whose it is instead, or empty
	At         time.Time
	Account    string
}

// Answered is the event that an owner said that a control is not what happens.
type Answered struct {
	Answer string `json:"answer"`
}

// Kind implements job.Work.
func (Answered) Kind() string { return "confirmation.no" }

var _ job.Work = Answered{}

// ShownDigest tells texts apart that an owner is asked about: what is done, how
// often, and what it leaves. Another owner or code is no other text.
func ShownDigest(c control.Control) string {
	content, _ := json.Marshal([]string{c.Title, c.Statement, string(c.Kind), c.Frequency, strings.Join(c.Evidence, "\n")}) // strings: it cannot fail
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Backing says whether those who do the work stand behind a control as it is
// written and linked.
type Backing string

const (
	Contradicted Backing = "contradicted" // an owner says that something else happens
	Stale        Backing = "stale"        // it was confirmed when it said something else
	Unconfirmed  Backing = "never"        // nobody was asked, or nobody answered
	ByAuthor     Backing = "author"       // only by who wrote it or linked it
	Backed       Backing = "confirmed"    // by somebody who did not write it
)

// Backings lists them, the worst first.
func Backings() []Backing { return []Backing{Contradicted, Stale, Unconfirmed, ByAuthor, Backed} }

// Words is the backing as a page calls it.
func (b Backing) Words() string {
	switch b {
	case Contradicted:
		return "Contradicted"
	case Stale:
		return "Stale"
	case ByAuthor:
		return "Only by its author"
	case Backed:
		return "Confirmed"
	}
	return "Never confirmed"
}

// Confirmation is how a control stands with those who do the work.
type Confirmation struct {
	Backing Backing
	Told    *Told // the answer it rests on; nil for Unconfirmed
	Why     string
}

// BackingOf judges the answers about one control, the oldest first, against the text
// in force, told by its digest. authors are the accounts that wrote it or linked
// it. The last answer of each person counts; "not mine" takes back what they said
// before. A no about the present text outweighs every yes.
func BackingOf(told []Told, digest string, authors map[string]bool) Confirmation {
	last := map[string]int{}
	for i, t := range told {
		last[t.Person] = i
	}
	var no, yes, own, old *Told
	for i := range told {
		t := &told[i]
		if last[t.Person] != i || t.Reply == NotMine {
			continue
		}
		switch {
		case t.Digest != digest:
			old = t
		case t.Reply == No:
			no = t
		case authors[t.Account]:
			own = t
		default:
			yes = t
		}
	}
	switch {
	case no != nil:
		return Confirmation{Contradicted, no, fmt.Sprintf("%s said on %s that something else happens: %s", answerer(no), onDay(no.At), no.Reason)}
	case yes != nil:
		return Confirmation{Backed, yes, fmt.Sprintf("%s confirmed it on %s.", answerer(yes), onDay(yes.At))}
	case own != nil:
		return Confirmation{ByAuthor, own, fmt.Sprintf("Only %s confirmed it, on %s, who wrote or linked it.", answerer(own), onDay(own.At))}
	case old != nil:
		return Confirmation{Stale, old, fmt.Sprintf("%s answered on %s, when it said something else (version %d).", answerer(old), onDay(old.At), old.Version)}
	}
	return Confirmation{Backing: Unconfirmed, Why: "Nobody who does the work has answered yet."}
}

func onDay(t time.Time) string { return t.Format(time.DateOnly) }

// answerer is who answered, and for which function.
func answerer(t *Told) string {
	name := nameOr(t.PersonName, "Somebody")
	if t.Function != "" {
		name += " (" + people.Label(t.Function) + ")"
	}
	return name
}

// BackingOfRow sums up the controls behind a row: the worst word counts, except that
// what was never asked about does not hide what was.
func BackingOfRow(controls []Confirmation) Confirmation {
	at := func(b Backing) int {
		return slices.IndexFunc(controls, func(c Confirmation) bool { return c.Backing == b })
	}
	for _, b := range []Backing{Contradicted, Stale, ByAuthor, Backed} {
		if i := at(b); i >= 0 {
			return controls[i]
		}
	}
	return Confirmation{Backing: Unconfirmed, Why: "Nobody who does the work has confirmed a control behind it."}
}

// Backers counts how many controls of a crosswalk stand how, in all and by function
// of who answered, or of the owner where nobody did.
type Backers struct {
	Controls   int // mapped controls: those that count for something
	Count      map[Backing]int
	ByFunction []FunctionCount
	People     int // different people who confirmed something that holds
}

// FunctionCount is how the controls of one function stand.
type FunctionCount struct {
	Function string // key; empty: the owner is unknown, or works in none
	Count    map[Backing]int
	Controls int
}

// Sentence says how far the crosswalk is more than its author's word.
func (b Backers) Sentence() string {
	switch n := b.Count[Backed]; {
	case b.Controls == 0:
		return "No control counts for anything yet."
	case n == 0 && b.Count[ByAuthor] == 0:
		return "Nobody has confirmed this crosswalk: it is its author's word only."
	case n == 0:
		return "Nobody but its author has confirmed this crosswalk."
	case b.People == 1:
		return fmt.Sprintf("One person alone has confirmed %d of %d controls.", n, b.Controls)
	default:
		return fmt.Sprintf("%d people have confirmed %d of %d controls.", b.People, n, b.Controls)
	}
}

// AuthorsOnly reports whether nobody but its author stands behind the crosswalk.
func (b Backers) AuthorsOnly() bool { return b.Controls > 0 && b.Count[Backed] == 0 }

// BackersOf counts how controls stand; functionOf tells the function of a control's owner.
func BackersOf(all map[string]Confirmation, functionOf func(control string) string) Backers {
	b := Backers{Controls: len(all), Count: map[Backing]int{}}
	by := map[string]*FunctionCount{}
	who := map[string]bool{}
	for id, c := range all {
		b.Count[c.Backing]++
		f := functionOf(id)
		if c.Told != nil && c.Told.Function != "" {
			f = c.Told.Function
		}
		if by[f] == nil {
			by[f] = &FunctionCount{Function: f, Count: map[Backing]int{}}
		}
		by[f].Count[c.Backing]++
		by[f].Controls++
		if c.Backing == Backed {
			who[c.Told.Person] = true
		}
	}
	b.People = len(who)
	for _, f := range people.Functions() {
		if c := by[f.Key]; c != nil {
			b.ByFunction = append(b.ByFunction, *c)
		}
	}
	if c := by[""]; c != nil {
		b.ByFunction = append(b.ByFunction, *c)
	}
	return b
}

// Round is one time owners were asked.
type Round struct {
	ID        string
	Functions []string // keys; none: every function
	Due       cadence.Date
	At        time.Time
	ByName    string
	Asked     int // controls
	Waiting   int
	Said      map[Reply]int
	Handed    int
}

// Ask is one control an owner is asked about.
type Ask struct {
	ID, Round  string
	Control    control.Control
	Person     string
	PersonName string
	Function   string
	At         time.Time
	Due        cadence.Date
	Told       *Told  // the answer; nil while it waits
	Ended      string // handed or dropped; empty otherwise
}

// Waits reports whether the question is still open.
func (a Ask) Waits() bool { return a.Told == nil && a.Ended == "" }
