package vendor

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/task"
)

// TaskReview asks the owner of a vendor to look at it again.
const TaskReview = "vendor.review"

// TendEvery is how often the tasks of owners are brought in line with the day.
const TendEvery = time.Hour

// Work is the job that does so.
type Work struct{}

// Kind implements job.Work.
func (Work) Kind() string { return "vendor.tend" }

// soonDays is how many days before a review is due it counts as near, and its owner
// is asked.
const soonDays = 14

// Near says how near the day of the next review is.
func (v Vendor) Near(today cadence.Date) cadence.Nearness { return v.ReviewOn.Near(today, soonDays) }

// Review is what the owner of a vendor has to do on a day: nothing while the
// review is far off, nobody answers for the vendor, or it was retired.
func (v Vendor) Review(today cadence.Date) (task.New, bool) {
	if near := v.Near(today); !v.InUse() || v.Owner == "" || near == cadence.Unset || near == cadence.Later {
		return task.New{}, false
	}
	return task.New{Assignee: task.Assignee{Person: v.Owner}, Kind: TaskReview, Subject: v.subject(), Title: "Review " + v.Code + ", " + v.Name, Due: v.ReviewOn}, true
}

func (v Vendor) subject() task.Subject {
	return task.Subject{Kind: "vendor", ID: v.ID, Words: v.Code + ", " + v.Name}
}

// Tend asks the owners whose vendors are to be reviewed, and ends the tasks that
// nobody needs any more. Done twice, it does nothing the second time.
func (s *Store) Tend(ctx context.Context, org string, now time.Time) error {
	var due bool
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		want, over, err := s.reviews(ctx, tx, org, now)
		due = len(want)+len(over) > 0
		return err
	})
	if err != nil || !due {
		return err
	}
	return s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error { return s.ask(ctx, tx, org, "", now) })
}

func (s *Store) ask(ctx context.Context, tx *db.Tx, org, by string, now time.Time) error {
	want, over, err := s.reviews(ctx, tx, org, now)
	if err != nil {
		return err
	}
	for _, c := range over {
		if _, err := task.Close(ctx, tx, s.Log, org, by, c, now); err != nil {
			return err
		}
	}
	if len(want) == 0 {
		return nil
	}
	_, err = task.PutAll(ctx, tx, org, by, want, now)
	return err
}

// reviews works out which tasks are missing and which are over.
func (s *Store) reviews(ctx context.Context, tx *db.Tx, org string, now time.Time) (want []task.New, over []task.Closing, err error) {
	today, err := people.Today(ctx, tx, org, now)
	if err != nil {
		return nil, nil, err
	}
	list, err := All(ctx, tx, org)
	if err != nil {
		return nil, nil, err
	}
	asked, err := openReviews(ctx, tx, org)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range list {
		n, due := v.Review(today)
		have := false
		for _, t := range asked[v.ID] {
			if due && t.Assignee == n.Assignee && t.Due == n.Due {
				have = true
				continue
			}
			c := task.Closing{Kind: TaskReview, Subject: v.subject(), Assignee: t.Assignee, State: task.Cancelled, Reason: "The next review was set for another day.", Quiet: true}
			switch {
			case !v.InUse():
				c.Reason = "The vendor was retired."
			case v.Owner == "":
				c.Reason = "Nobody answers for the vendor now."
			case due && t.Assignee != n.Assignee:
				c.Reason = "Somebody else answers for the vendor now."
			case !v.ReviewOn.Known():
				c.Reason = "No review is planned any more."
			}
			over = append(over, c)
		}
		if due && !have {
			want = append(want, n)
		}
	}
	return want, over, nil
}

// openReviews reads the open tasks to review vendors, by vendor.
func openReviews(ctx context.Context, tx *db.Tx, org string) (map[string][]task.Task, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT subject FROM task WHERE org = $1 AND subject_kind = 'vendor' AND state = 'open'`, org)
	if err != nil {
		return nil, err
	}
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return nil, err
		}
		ids = append(ids, id)
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	out := map[string][]task.Task{}
	for _, id := range ids {
		open, err := task.Of(ctx, tx, org, task.Subject{Kind: "vendor", ID: id})
		if err != nil {
			return nil, err
		}
		for _, t := range open {
			if t.Kind == TaskReview {
				out[id] = append(out[id], t)
			}
		}
	}
	return out, rows.Err()
}
