package people

import (
	"strings"
	"time"
)

// Exclusion lets one person off one check for a reason. It is kept for each
// person also when many were made at once, never changed, and seen by auditors.
type Exclusion struct {
	ID      string
	Batch   string // the same for those made at once
	Person  string // id
	Check   Check
	Reason  string
	From    time.Time // when it was made
	Until   time.Time // first moment at which it no longer holds by itself; zero: open
	By      string    // account that made it
	EndedAt time.Time // when somebody ended it; zero: nobody did
	EndedBy string    // account
}

// Holds reports whether the exclusion is in force at a moment.
func (x Exclusion) Holds(at time.Time) bool {
	return !at.Before(x.From) && (x.Until.IsZero() || at.Before(x.Until)) && (x.EndedAt.IsZero() || at.Before(x.EndedAt))
}

// newest is the one of several exclusions that counts at a moment: the last one
// made of those in force. Ending it lets the one before it count again.
func newest(list []Exclusion, at time.Time) (Exclusion, bool) {
	var best Exclusion
	found := false
	for _, x := range list {
		if x.Holds(at) && (!found || x.after(best)) {
			best, found = x, true
		}
	}
	return best, found
}

// after reports whether x was made after y.
func (x Exclusion) after(y Exclusion) bool {
	if !x.From.Equal(y.From) {
		return x.From.After(y.From)
	}
	return strings.Compare(x.ID, y.ID) > 0
}

// newestFirst sorts exclusions as a page lists them.
func newestFirst(a, b Exclusion) int {
	switch {
	case a.after(b):
		return -1
	case b.after(a):
		return 1
	}
	return 0
}
