package huntress

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/training"
)

// builder puts a report together out of lists that each know a part.
type builder struct {
	out      training.Report
	learners map[string]*training.Learner
	away     map[string]bool // accounts that are not in use
}

// learner adds an account, or what is new about one, and says whether it is in use.
func (b *builder) learner(r resource) (*training.Learner, bool, error) {
	a, err := attributes[learnerData](r)
	if err != nil {
		return nil, false, err
	}
	l := b.named(r.ID)
	if a.Email != "" {
		l.Emails = []string{a.Email}
	}
	if a.Number != "" {
		l.Number = string(a.Number)
	}
	if name := strings.TrimSpace(a.FirstName + a.FirstName2 + " " + a.LastName + a.LastName2); name != "" {
		l.Name = name
	} else if a.Name != "" {
		l.Name = a.Name
	}
	active := a.Status == "" || strings.EqualFold(a.Status, "active")
	if b.away == nil {
		b.away = map[string]bool{}
	}
	b.away[r.ID] = !active
	return l, active, nil
}

func (b *builder) named(id string) *training.Learner {
	l := b.learners[id]
	if l == nil {
		l = &training.Learner{ID: id}
		b.learners[id] = l
	}
	return l
}

// assignment adds a row for everybody enrolled. When enrolment may not be read,
// everybody who did something in it gets one, and the assignment is named as
// unreadable.
func (b *builder) assignment(x training.Campaign, readable bool, enrolled map[string]bool, completed map[string]time.Time) {
	row := func(id string, state training.RowState, word string, at time.Time) {
		l := b.named(id)
		l.Rows = append(l.Rows, training.Row{ID: x.ID + "/" + id, Course: x.ID, CourseTitle: x.Title, Module: x.ID, Title: x.Title, State: state, Word: word, CompletedAt: at})
	}
	if !readable {
		b.out.Unreadable = append(b.out.Unreadable, x.ID)
		b.out.Notes = append(b.out.Notes, "Huntress SAT does not let this connection read who is enrolled in “"+x.Title+"”: who has done nothing in it is shown as unknown.")
		for id, at := range completed {
			if at.IsZero() {
				row(id, training.RowOpen, "in progress", at)
			} else {
				row(id, training.RowDone, "completed", at)
			}
		}
		return
	}
	for id, active := range enrolled {
		at, began := completed[id]
		switch {
		case !active:
		case !at.IsZero():
			row(id, training.RowDone, "completed", at)
		case began:
			row(id, training.RowOpen, "in progress", at)
		default:
			row(id, training.RowOpen, "not started", at)
		}
	}
}

// report returns the accounts in use, in a fixed order. Of an assignment whose
// enrolment is unknown, who did nothing in it gets a row that says so.
func (b *builder) report() training.Report {
	for _, id := range slices.Sorted(maps.Keys(b.learners)) {
		l := b.learners[id]
		if b.away[id] {
			continue
		}
		for _, c := range b.out.Campaigns {
			if slices.Contains(b.out.Unreadable, c.ID) && !slices.ContainsFunc(l.Rows, func(r training.Row) bool { return r.Course == c.ID }) {
				l.Rows = append(l.Rows, training.Row{ID: c.ID + "/" + id, Course: c.ID, CourseTitle: c.Title, Module: c.ID, Title: c.Title, State: training.RowUnknown, Word: "enrolment unknown"})
			}
		}
		b.out.Learners = append(b.out.Learners, *l)
	}
	return b.out
}
