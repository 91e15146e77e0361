package evidence

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// The tasks that come of evidence, and what they are about. The values are stored.
const (
	TaskFile   = "evidence.request" // file what was asked for
	TaskLook   = "evidence.answer"  // look at what came
	TaskReview = "evidence.review"  // accept or reject an item

	SubjectRequest = "evidence_request"
	SubjectItem    = "evidence_item"
)

// words names a request in a task: its kind and the codes of its controls, which
// whoever is asked may know.
func words(ctx context.Context, tx *db.Tx, org string, r Request) (string, error) {
	args, list := in(org, r.Controls)
	rows, err := tx.Query(ctx, `SELECT code FROM control WHERE org = $1 AND id IN (`+list+`) ORDER BY code_key`, args...)
	if err != nil {
		return "", err
	}
	var codes []string
	err = db.Each(rows, func(scan func(...any) error) error {
		var c string
		err := scan(&c)
		codes = append(codes, c)
		return err
	})
	if len(codes) > 3 {
		codes = append(codes[:3], fmt.Sprintf("%d more", len(codes)-3))
	}
	return label(r.Kind) + " for " + strings.Join(codes, ", "), err
}

// assign gives the person who is asked a task.
func assign(ctx context.Context, tx *db.Tx, who access.Actor, r Request, now time.Time) error {
	about, err := words(ctx, tx, who.Org(), r)
	if err != nil {
		return err
	}
	_, err = task.Put(ctx, tx, who.Org(), who.Account(), task.New{Assignee: task.Assignee{Person: r.Person}, Kind: TaskFile,
		Subject: task.Subject{Kind: SubjectRequest, ID: r.ID, Words: about}, Title: "File evidence: " + about, Due: r.DueOn, Fixed: true}, now)
	return err
}

// hand ends the task of the person who was asked, and gives whoever asked one to
// look at what came.
func (s *Store) hand(ctx context.Context, tx *db.Tx, who access.Actor, id string, now time.Time) error {
	r, err := readRequest(ctx, tx, who.Org(), id)
	if err != nil {
		return err
	}
	about, err := words(ctx, tx, who.Org(), r)
	if err != nil {
		return err
	}
	subject := task.Subject{Kind: SubjectRequest, ID: r.ID, Words: about}
	if _, err := task.Close(ctx, tx, s.log, who.Org(), who.Account(), task.Closing{Kind: TaskFile, Subject: subject, State: task.Done}, now); err != nil {
		return err
	}
	_, err = task.Put(ctx, tx, who.Org(), who.Account(), task.New{Assignee: task.Assignee{Account: r.AskedBy}, Kind: TaskLook, Subject: subject, Title: "Look at what came: " + about}, now)
	return err
}

// settleTasks brings the tasks of a request in line with its new state.
func (s *Store) settleTasks(ctx context.Context, tx *db.Tx, who access.Actor, r Request, state RequestState, note string, now time.Time) error {
	c := task.Closing{Subject: task.Subject{Kind: SubjectRequest, ID: r.ID}, State: task.Done}
	if state == Cancelled {
		c.State, c.Reason = task.Cancelled, note
	}
	if _, err := task.Close(ctx, tx, s.log, who.Org(), who.Account(), c, now); err != nil || state != Open {
		return err
	}
	return assign(ctx, tx, who, r, now)
}

// AskReview asks an account to review items, with a task for each by a day or
// without haste. Items that the account filed, that were reviewed, or that do not
// stand any more are left out. It returns how many are asked for.
func (s *Store) AskReview(ctx context.Context, who access.Actor, ids []string, reviewer string, due cadence.Date, now time.Time) (int, error) {
	if err := who.May(access.FileEvidence); err != nil {
		return 0, err
	}
	if len(ids) == 0 || len(ids) > maxBulk {
		return 0, problem.Field("items", fmt.Sprintf("Choose the evidence first: between one piece and %d.", maxBulk))
	}
	now = moment(now)
	n := 0
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		n = 0
		var role access.Role
		err := tx.QueryRow(ctx, `SELECT role FROM member WHERE org = $1 AND account = $2`, who.Org(), known(reviewer)).Scan(&role)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !access.Allowed(role, access.ReviewEvidence) {
			return problem.Field("reviewer", "Choose a member who may review evidence.")
		}
		if err != nil {
			return err
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			i, err := readItem(ctx, tx, who.Org(), id)
			if err != nil {
				return err
			}
			if !i.Stands() || i.Review != Unreviewed || i.FiledBy == reviewer {
				continue
			}
			about := fmt.Sprintf("%s of %s", label(i.Kind), day(i.CapturedAt, time.UTC)) // nothing that would have to be erased with the item
			if _, err := task.Put(ctx, tx, who.Org(), who.Account(), task.New{Assignee: task.Assignee{Account: reviewer}, Kind: TaskReview,
				Subject: task.Subject{Kind: SubjectItem, ID: i.ID, Words: about}, Title: "Review evidence: " + about, Due: due}, now); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// reviewOver ends what is left of reviewing an item: the tasks, and an approval
// that still waits.
func (s *Store) reviewOver(ctx context.Context, tx *db.Tx, org, account, item string, state task.State, reason string, now time.Time) error {
	_, err := task.Close(ctx, tx, s.log, org, account, task.Closing{Kind: TaskReview, Subject: task.Subject{Kind: SubjectItem, ID: item}, State: state, Reason: reason}, now)
	if err != nil || state == task.Done {
		return err
	}
	ask, err := round(ctx, tx, org, Item{ID: item})
	if err != nil {
		return err
	}
	return s.approvals.Withdraw(ctx, tx, org, account, ask.Subject, now)
}
