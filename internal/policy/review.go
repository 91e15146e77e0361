package policy

import (
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Review is a review that ended without new text.
type Review struct {
	ID         string
	Policy     string
	Version    string // id of the version that was found good
	On         cadence.Date
	Note       string
	By         string // account
	At         time.Time
	State      ReviewState
	ApprovedAt time.Time // zero: it waits, was refused, or nobody had to agree and At counts
}

// ReviewState says whether a review counts. The values are stored.
type ReviewState string

const (
	ReviewCounts   ReviewState = "counts"
	ReviewWaits    ReviewState = "waits"    // for approval
	ReviewRejected ReviewState = "rejected" // text has to be written
)

// ReviewStand says how a policy stands with its reviews.
type ReviewStand string

const (
	NoReview      ReviewStand = ""        // none is due: not in force, or no interval was chosen
	ReviewLater   ReviewStand = "later"   // not yet
	ReviewSoon    ReviewStand = "soon"    // within thirty days
	ReviewOverdue ReviewStand = "overdue" // the day has passed
)

// reviewSoon is how many days before its day a review is asked for.
const reviewSoon = 30

// ReviewDue is the last day by which a policy has to be looked at again, how it
// stands with it today, and why in a sentence. It counts from the newest of its
// material publications and of its reviews that count.
func ReviewDue(p Policy, versions []Version, reviews []Review, today cadence.Date, zone *time.Location) (due cadence.Date, stand ReviewStand, why string) {
	var last cadence.Date
	what := "published"
	inForce := false
	for _, v := range versions {
		if v.State == Published {
			inForce = true
		}
		if on := cadence.DateOf(v.PublishedAt, zone); !v.PublishedAt.IsZero() && v.Material && on > last {
			last = on
		}
	}
	for _, r := range reviews {
		if r.State == ReviewCounts && r.On > last {
			last, what = r.On, "reviewed"
		}
	}
	if p.ReviewEvery == 0 || !inForce || !p.ArchivedAt.IsZero() {
		return 0, NoReview, ""
	}
	due = last.AddMonths(p.ReviewEvery)
	why = fmt.Sprintf("Last %s on %s; every %s.", what, last, months(p.ReviewEvery))
	switch {
	case today > due:
		return due, ReviewOverdue, why
	case today+reviewSoon >= due:
		return due, ReviewSoon, why
	}
	return due, ReviewLater, why
}

func months(n int) string {
	switch {
	case n == 1:
		return "month"
	case n == 12:
		return "year"
	case n%12 == 0:
		return fmt.Sprintf("%d years", n/12)
	}
	return fmt.Sprintf("%d months", n)
}
