package crosswalk

import (
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// TaskReview is the kind of task that asks for a review.
const TaskReview = "crosswalk.review"

// reviewDays is how many days a review has after something put lines in doubt, and
// how many days before the yearly day a pair is asked about.
const reviewDays = 30

// Answer is what a reviewer says of a line of the crosswalk. The values are stored.
type Answer string

const (
	StillTrue Answer = "true"      // it is still so
	ToChange  Answer = "change"    // it has to be changed; the change itself is a decision, or a new link
	InDoubt   Answer = "challenge" // it is wrong; a row of a set counts no longer
)

// Words is the answer as a page says it.
func (a Answer) Words() string {
	switch a {
	case StillTrue:
		return "Still true"
	case ToChange:
		return "To be changed"
	case InDoubt:
		return "Challenged"
	}
	return "Not answered"
}

// Review is a look at lines of the crosswalk that something put in doubt, or that
// are due after a year.
type Review struct {
	ID           string
	OpenedAt     time.Time
	OpenedBy     string       // what whoever began it is called; empty: an event did
	Reviewer     string       // id in the people register; empty: whoever may
	ReviewerName string       // of that person
	Due          cadence.Date // the last day
	ClosedAt     time.Time    // zero while open
	ClosedBy     string       // name
	Words        string       // what the reviewer found
	Triggers     []Happened   // the oldest first
	Items        []ReviewItem // links by code, then rows; empty in lists
	Named, Left  int          // lines in all, and those without an answer
}

// Open reports whether the review is still open.
func (r Review) Open() bool { return r.ClosedAt.IsZero() }

// Happened is a trigger that was taken.
type Happened struct {
	ID, Review string // no review: nothing of the crosswalk rested on it
	Kind       TriggerKind
	Ref        string
	Words      string
	Named      int // lines it put in doubt
	At         time.Time
	ByName     string // empty: an event
}

// ReviewItem is one line that a review names.
type ReviewItem struct {
	ID string
	Affected
	Code, Title string    // of the control, for a link
	AskedAt     time.Time // when it was doubted last
	Gone        bool      // its requirement went with an edition: nothing is left to answer
	Answer      Answer    // empty: none since it was doubted last
	Note        string
	AnsweredAt  time.Time
	AnsweredBy  string // name
}

// IsLink reports whether the line is the link of a control.
func (i ReviewItem) IsLink() bool { return i.Control != "" }

// Waits reports whether the line still has to be answered.
func (i ReviewItem) Waits() bool { return i.Answer == "" && !i.Gone }

// Line is what the line says: "AC-04 counts for CC6.1", "CC6.1 and A.5.15".
func (i ReviewItem) Line() string {
	if i.IsLink() {
		return i.Code + " counts for " + i.Target.Words()
	}
	return i.Source.Words() + " and " + i.Target.Words()
}

// counted fills in Named and Left from the items.
func (r *Review) counted() {
	r.Named, r.Left = len(r.Items), 0
	for _, i := range r.Items {
		if i.Waits() {
			r.Left++
		}
	}
}

// closable says why the review cannot be closed, or nil.
func (r *Review) closable() error {
	if !r.Open() {
		return problem.New(problem.Conflict, "This review is closed. What happened since opens another one.")
	}
	if r.Left == 1 {
		return problem.New(problem.Conflict, "One line has no answer yet. Answer it, then close the review.")
	}
	if r.Left > 0 {
		return problem.New(problem.Conflict, "%d lines have no answer yet. Answer them, then close the review.", r.Left)
	}
	return nil
}

// Freshness says how long ago a part of the crosswalk was looked at.
type Freshness string

const (
	Fresh      Freshness = "fresh"   // reviewed within a year, or in use for less
	SoonDue    Freshness = "soon"    // due within thirty days
	UnderLook  Freshness = "open"    // a review of it is open
	ReviewLate Freshness = "overdue" // more than a year went by
)

// Words is the freshness as a page says it.
func (f Freshness) Words() string {
	switch f {
	case SoonDue:
		return "Due soon"
	case UnderLook:
		return "Under review"
	case ReviewLate:
		return "Overdue"
	}
	return "Reviewed"
}

// PairState is how the review of a pair of followed frameworks stands.
type PairState struct {
	A, B      string       // frameworks, in the order of the catalogue
	Words     string       // what the two are called: "SOC 2 and ISO 27001"
	Sets      []string     // sets of the stack that join them
	Rows      int          // firm rows
	Since     cadence.Date // both are followed since
	Last      cadence.Date // day of the last review; none: never
	LastBy    string       // name of who closed it
	Next      cadence.Date // a year after, or after the day both were followed
	Freshness Freshness
	Open      bool // its yearly review is in the open one
	Doubted   int  // rows of the pair in the open review without an answer
}

// Why says the freshness in a sentence.
func (p PairState) Why() string {
	switch {
	case p.Open && p.Doubted > 0:
		return fmt.Sprintf("%d of its rows wait in the open review.", p.Doubted)
	case p.Open:
		return "Its rows are answered; the review waits to be closed."
	case p.Freshness == ReviewLate && !p.Last.Known():
		return "It was never reviewed, and is in use since " + p.Since.String() + "."
	case p.Freshness == ReviewLate:
		return "The last review is more than a year old."
	case !p.Last.Known():
		return "Not reviewed yet; in use since " + p.Since.String() + "."
	}
	return "Reviewed within a year."
}

// yearly is what decides about the yearly review of a pair.
type yearly struct {
	since, last cadence.Date
	open        bool // a yearly review of it is open
}

// judge says when the pair is due, and how that stands on a day.
func (y yearly) judge(today cadence.Date) (next cadence.Date, f Freshness) {
	from := max(y.since, y.last)
	next = from.AddMonths(12)
	switch {
	case today > next: // also while it is looked at: it is late until that is done
		return next, ReviewLate
	case y.open:
		return next, UnderLook
	case today >= next-reviewDays:
		return next, SoonDue
	}
	return next, Fresh
}

// pairID names a pair of frameworks in a trigger.
func pairID(a, b string) string {
	p := pairOf(a, b)
	return p.a + "|" + p.b
}

// pairsOf gathers the pairs that firm rows join, in the order of the catalogue.
func pairsOf(m Mapping) []PairState {
	at := map[joined]int{}
	var out []PairState
	order := m.Library.Frameworks.IDs()
	for _, e := range m.Rows {
		key := pairOf(e.Source.Framework, e.Target.Framework)
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			p := PairState{A: key.a, B: key.b}
			if slices.Index(order, p.A) > slices.Index(order, p.B) {
				p.A, p.B = p.B, p.A
			}
			p.Words = m.Library.short(p.A) + " and " + m.Library.short(p.B)
			out = append(out, p)
		}
		out[i].Rows++
		if !slices.Contains(out[i].Sets, e.Set) {
			out[i].Sets = append(out[i].Sets, e.Set)
		}
	}
	slices.SortFunc(out, func(x, y PairState) int {
		if c := slices.Index(order, x.A) - slices.Index(order, y.A); c != 0 {
			return c
		}
		return slices.Index(order, x.B) - slices.Index(order, y.B)
	})
	return out
}

// short is what sentences call a framework.
func (l *Library) short(id string) string {
	if f, ok := l.Frameworks.Find(id); ok {
		return f.Short
	}
	return id
}
