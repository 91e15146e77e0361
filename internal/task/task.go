// Package task is what somebody has to do: who, what, by when and why. A task is
// made by whatever needs a person, an evidence request or a text that waits, in
// its own transaction, and ended there too. The package also decides who is
// reminded of what; it knows nothing of what the tasks are about.
package task

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// State says whether a task is still to be done.
type State string

const (
	Open      State = "open"
	Done      State = "done"
	Cancelled State = "cancelled"
)

// Assignee is who has to do it: an account that signs in, or a person of the
// register, who sees the task once an account is linked to the entry. Exactly one
// of the two is set.
type Assignee struct {
	Account string
	Person  string
}

// key is the assignee as the table holds it.
func (a Assignee) key() string {
	if a.Account != "" {
		return "a:" + a.Account
	}
	return "p:" + a.Person
}

func assignee(key string) Assignee {
	if id, ok := strings.CutPrefix(key, "a:"); ok {
		return Assignee{Account: id}
	}
	return Assignee{Person: strings.TrimPrefix(key, "p:")}
}

// ParseAssignee reads an assignee as String writes it.
func ParseAssignee(s string) (Assignee, error) {
	a := assignee(s)
	if s != a.key() || a == (Assignee{}) {
		return Assignee{}, problem.Field("assignee", "Choose somebody of the list.")
	}
	return a, nil
}

// String is the assignee as a form holds it.
func (a Assignee) String() string { return a.key() }

// Subject is what a task is about. Kind and ID find it again; Words is what it is
// called, with nothing in it that only some may read.
type Subject struct {
	Kind  string // such as "control"
	ID    string
	Words string
}

// New is a task to be made.
type New struct {
	Assignee Assignee
	Kind     string // what is asked, such as "evidence.request"; never changes its meaning
	Subject  Subject
	Title    string       // what to do, as one line: "File evidence for AC-04"
	Due      cadence.Date // the last day, in the organisation's zone; no date when there is no haste
	ByHand   bool         // who has it may say that it is done; otherwise its cause ends it
	Fixed    bool         // it cannot be handed to somebody else: only this person may do it
}

// Task is one thing somebody has to do, or had to.
type Task struct {
	ID string
	New
	Name      string // of the assignee now
	Account   string // the member who sees it in "My tasks", or empty
	Reachable bool   // an account that is a member has it; otherwise nobody sees it in "My tasks"
	State     State
	CreatedAt time.Time
	CreatedBy string // account, or empty: the system
	EndedAt   time.Time
	EndedBy   string
	EnderName string
	Reason    string // why it was cancelled, or what was said when it was done
}

// Holder is who sees the task: one person whether they were asked as an account
// or as an entry of the register that the account is linked to.
func (t Task) Holder() Assignee {
	if t.Account != "" {
		return Assignee{Account: t.Account}
	}
	return t.Assignee
}

const maxTitle = 200

func (n New) checked() (New, error) {
	var err error
	if (n.Assignee.Account == "") == (n.Assignee.Person == "") {
		return n, problem.Field("assignee", "Say who has to do it.")
	}
	if n.Title, err = db.Line("title", "What there is to do", n.Title, maxTitle); err != nil {
		return n, err
	}
	if n.Title == "" {
		return n, problem.Field("title", "Say what there is to do.")
	}
	n.Subject.Words, err = db.Line("words", "What it is about", n.Subject.Words, maxTitle)
	return n, err
}

// When says how a day lies to the day a task is due.
type When string

const (
	Overdue When = "overdue"
	Today   When = "today"
	Soon    When = "soon"  // within a week
	Later   When = "later" // or without a day
)

// soonDays is how many days before a task is due it counts as soon.
const soonDays = 7

// When tells how the task stands on a day.
func (t Task) When(today cadence.Date) When {
	switch d := t.Due; {
	case !d.Known() || d > today+soonDays:
		return Later
	case d < today:
		return Overdue
	case d == today:
		return Today
	}
	return Soon
}

// byDue sorts open tasks: the most urgent first, those without a day last, then
// in the order they came.
func byDue(list []Task) {
	rank := func(d cadence.Date) cadence.Date {
		if !d.Known() {
			return 1 << 30
		}
		return d
	}
	slices.SortStableFunc(list, func(a, b Task) int {
		return cmp.Or(cmp.Compare(rank(a.Due), rank(b.Due)), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
}
