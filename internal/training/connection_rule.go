package training

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/remote"
)

// Provider is a training provider as a sync sees it. Its methods only read, obey
// the limits of the provider, and return all of what they were asked for or an
// error that names what could not be read. It is for one goroutine.
type Provider interface {
	// Tenant says whose account the secret opens.
	Tenant(ctx context.Context) (Tenant, error)
	// Campaigns lists what can be selected.
	Campaigns(ctx context.Context) ([]Campaign, error)
	// Report says how everybody there stands with the selected campaigns.
	Report(ctx context.Context, campaigns []string) (Report, error)
	// Asked is how much of the provider's limit of a day is used up.
	Asked() remote.Usage
}

// Certifier is a provider that has certificates.
type Certifier interface {
	// Certificate returns the PDF for one learner and course, or nothing when
	// there is none.
	Certificate(ctx context.Context, course, learner string) ([]byte, error)
}

// Tenant is an account at a provider.
type Tenant struct {
	Name    string
	Plan    string
	Domains []string // of e-mail addresses
	Warning string   // what is odd about it, in one sentence, or empty
}

// Campaign is what a track is completed with at a provider: a campaign of KnowBe4, an
// assignment of Huntress.
type Campaign struct {
	ID       string
	Title    string
	Status   string // the provider's own word
	StartsAt time.Time
	EndsAt   time.Time
	Modules  int    // how many things it consists of; -1: the provider does not say
	Warning  string // what is odd about it, in one sentence, or empty
}

// Report is what a provider says at one moment.
type Report struct {
	Campaigns  []Campaign // of the selected ones those that are still there
	Learners   []Learner  // everybody with an account that is in use, enrolled or not
	Unreadable []string   // ids of selected courses whose enrolment may not be read
	Notes      []string   // what a person should know, a sentence each
}

// Learner is one account at a provider.
type Learner struct {
	ID     string
	Name   string
	Emails []string // the address and its aliases
	Number string   // of the employee, or empty
	Rows   []Row    // of the selected campaigns
}

// Row is one thing a learner was asked to do: a module of a campaign, or an
// assignment as a whole.
type Row struct {
	ID          string
	Course      string // id
	CourseTitle string
	Module      string // what is the same when it is done again
	Title       string
	State       RowState
	Word        string // the provider's own word for the state
	Repeats     bool   // the course may enrol somebody anew: the latest row of a module counts
	EnrolledAt  time.Time
	CompletedAt time.Time
}

// RowState is what a provider's word comes to.
type RowState string

const (
	RowDone    RowState = "done"
	RowOpen    RowState = "open"
	RowExempt  RowState = "exempt"
	RowUnknown RowState = "unknown" // a word we do not know, or one that contradicts its dates
)

// Judge is the rule of compliance: through with a training is who is through with
// everything of the selected campaigns that they are enrolled in, on the day of the
// last of it. What is not known is never a pass. The rows are those of one learner.
func Judge(rows []Row, now time.Time) Enrolment {
	rows = latestRows(rows)
	slices.SortFunc(rows, func(a, b Row) int { // pages may come in any order; the sentence stays the same
		return cmp.Or(strings.Compare(a.Course, b.Course), strings.Compare(a.Title, b.Title), strings.Compare(a.ID, b.ID))
	})
	if len(rows) == 0 {
		return Enrolment{State: NotEnrolled, Reason: "Enrolled in none of the selected campaigns."}
	}
	var open, unknown, exempt, done []Row
	for _, r := range rows {
		switch r.State {
		case RowDone:
			if why := implausible(r, now); why != "" {
				r.Word = why
				unknown = append(unknown, r)
				continue
			}
			done = append(done, r)
		case RowOpen:
			open = append(open, r)
		case RowExempt:
			exempt = append(exempt, r)
		default:
			unknown = append(unknown, r)
		}
	}
	switch {
	case len(open) > 0:
		return Enrolment{State: Enrolled, Course: titlesOf(rows), Reason: fmt.Sprintf("%d of %d done; open: %s.", len(done)+len(exempt), len(rows), namedRows(open))}
	case len(unknown) > 0:
		return Enrolment{State: Unknown, Course: titlesOf(rows), Reason: "Cannot be told: " + namedRows(unknown) + "."}
	case len(done) == 0:
		return Enrolment{State: Exempted, Course: titlesOf(rows), Reason: "Exempted at the provider: " + namedRows(exempt) + "."}
	}
	e := Enrolment{State: Completed, Course: titlesOf(rows), Reason: fmt.Sprintf("All %d done.", len(rows))}
	if len(exempt) > 0 {
		e.Reason = fmt.Sprintf("%d of %d done, the rest exempted at the provider: %s.", len(done), len(rows), namedRows(exempt))
	}
	for _, r := range done {
		if r.CompletedAt.After(e.At) {
			e.At = r.CompletedAt
		}
	}
	return e
}

// latestRows leaves of a module that may be repeated the row that was enrolled last.
func latestRows(rows []Row) []Row {
	type key struct{ course, module string }
	at := map[key]int{}
	var out []Row
	for _, r := range rows {
		k := key{r.Course, r.Module}
		i, seen := at[k]
		if !r.Repeats || !seen {
			if r.Repeats {
				at[k] = len(out)
			}
			out = append(out, r)
			continue
		}
		if laterRow(r, out[i]) {
			out[i] = r
		}
	}
	return out
}

// laterRow orders rows of one module by when they began; ids of a provider grow.
func laterRow(a, b Row) bool {
	if c := a.EnrolledAt.Compare(b.EnrolledAt); c != 0 {
		return c > 0
	}
	return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID)) > 0
}

// implausible says what is wrong with the date of a completion, or nothing. A
// clock may be a day ahead, as a time zone is.
func implausible(r Row, now time.Time) string {
	switch {
	case r.CompletedAt.IsZero():
		return "done, without a date"
	case r.CompletedAt.After(now.Add(24 * time.Hour)):
		return "done in the future, on " + r.CompletedAt.UTC().Format(time.DateOnly)
	}
	return ""
}

// namedRows lists rows with their word, the first few of them.
func namedRows(rows []Row) string {
	const few = 3
	var out []string
	for _, r := range rows {
		if len(out) == few {
			out = append(out, fmt.Sprintf("%d more", len(rows)-few))
			break
		}
		title := cmp.Or(r.Title, r.CourseTitle, r.Course)
		if r.Word == "" {
			out = append(out, "“"+title+"”")
		} else {
			out = append(out, "“"+title+"” ("+r.Word+")")
		}
	}
	return strings.Join(out, ", ")
}

// titlesOf names the courses of rows, each once.
func titlesOf(rows []Row) string {
	var out []string
	for _, r := range rows {
		if t := cmp.Or(r.CourseTitle, r.Course); !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return strings.Join(out, ", ")
}
