package finding

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/task"
)

// Patience is how many days an action may be overdue before who runs the programme
// is asked what is to happen: its owner is reminded from the first day on.
const Patience = 7

const taskLate = "finding.late" // for the security officer: an action is long overdue

// lead is the role of the programme that is asked then.
const lead = "security-officer"

// Tend asks who runs the programme about actions that are long overdue, and takes
// that back when they are done or moved. Done twice it changes nothing the second
// time.
func (s *Store) Tend(ctx context.Context, org string, now time.Time) error {
	now = moment(now)
	var put []task.New
	var over []Action
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		log, err := ReadLog(ctx, tx, org, now)
		if err != nil {
			return err
		}
		duties, err := people.ReadDuties(ctx, tx, org)
		if err != nil {
			return err
		}
		asked, err := openLate(ctx, tx, org)
		if err != nil {
			return err
		}
		put, over = late(log.Actions, asked, duties.Holders(lead, log.Today), log.Today)
		return nil
	})
	if err != nil || len(put)+len(over) == 0 {
		return err
	}
	return s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		for _, a := range over {
			if _, err := task.Close(ctx, tx, s.Log, org, "", task.Closing{Kind: taskLate, Subject: a.subject(), State: task.Done, Quiet: true}, now); err != nil {
				return err
			}
		}
		if len(put) == 0 {
			return nil
		}
		_, err := task.PutAll(ctx, tx, org, "", put, now)
		return err
	})
}

// late says who is to be asked about which action, given who was asked already,
// and about which nobody needs to be asked any more.
func late(actions []Action, asked map[string][]string, leads []string, today cadence.Date) (put []task.New, over []Action) {
	for _, a := range actions {
		if a.State != Open || !a.Due.Known() || a.Due+Patience >= today {
			if len(asked[a.ID]) > 0 {
				over = append(over, a)
			}
			continue
		}
		if len(asked[a.ID]) > 0 {
			continue
		}
		for _, p := range leads {
			if p != a.Owner { // who has it is reminded anyway
				put = append(put, task.New{Assignee: task.Assignee{Person: p}, Kind: taskLate, Subject: a.subject(), Title: cut("Say what happens with "+a.Code()+", long overdue: "+a.Title, maxTitle), Due: today + Patience, Fixed: true})
			}
		}
	}
	return put, over
}

// openLate reads who was asked about which action.
func openLate(ctx context.Context, tx *db.Tx, org string) (map[string][]string, error) {
	rows, err := tx.Query(ctx, `SELECT subject, assignee FROM task WHERE org = $1 AND state = 'open' AND kind = $2 AND subject_kind = 'action'`, org, taskLate)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var subject, assignee string
		err := scan(&subject, &assignee)
		out[subject] = append(out[subject], assignee)
		return err
	})
	return out, err
}
