package result

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Assignment says that a test of the organisation's own feeds a control.
type Assignment struct {
	ID      string
	Test    string
	Control string // id
	From    time.Time
	By      string    // account id
	To      time.Time // zero: in force
	EndBy   string

	salt, endSalt string
}

// Feed says that a test feeds a control, and from when to when.
type Feed struct {
	Test    string
	Control string // id
	Since   time.Time
	Until   time.Time // zero: it still does
	Own     bool      // assigned by the organisation; otherwise the library says so of a control adopted from it
}

// assignmentFact is what the log says of an assignment.
type assignmentFact struct {
	Test    string `json:"test"`
	Control string `json:"control"`
}

func (a Assignment) opened(org string) ledger.Leaf {
	return ledger.Leaf{Org: org, At: a.From, Actor: a.By, Kind: "result.assigned", ID: a.ID, Salt: a.salt, Payload: assignmentFact{a.Test, a.Control}}
}

func (a Assignment) ended(org string) ledger.Leaf {
	return ledger.Leaf{Org: org, At: a.To, Actor: a.EndBy, Kind: "result.unassigned", ID: a.ID, Salt: a.endSalt, Payload: assignmentFact{a.Test, a.Control}}
}

const assignmentColumns = `a.id, a.test, a.control, a.from_at, a.account, coalesce(a.to_at, 0), coalesce(a.end_account, ''), a.salt, a.end_salt`

func scanAssignment(scan func(...any) error) (Assignment, error) {
	var a Assignment
	var from, to int64
	err := scan(&a.ID, &a.Test, &a.Control, &from, &a.By, &to, &a.EndBy, &a.salt, &a.endSalt)
	a.From, a.To = db.Time(from), db.Time(to)
	return a, err
}

// maxAssigned is how many tests a control may be fed by.
const maxAssigned = 100

// Assign says that a test feeds a control from now on. The test need not have
// reported yet. Saying it again changes nothing.
func (s *Store) Assign(ctx context.Context, who access.Actor, test, controlID string, now time.Time) error {
	if err := who.May(access.AssignTests); err != nil {
		return err
	}
	test = strings.TrimSpace(test)
	if err := checkKey("test", test); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM control WHERE org = $1 AND id = $2`, who.Org(), controlID).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.NotFound, "There is no such control.")
		}
		open, err := openAssignments(ctx, tx, who.Org(), controlID)
		if err != nil || slices.ContainsFunc(open, func(a Assignment) bool { return a.Test == test }) {
			return err
		}
		if len(open) >= maxAssigned {
			return problem.Field("test", fmt.Sprintf("%d tests feed this control already. Take one away first.", len(open)))
		}
		a := Assignment{ID: newID(), Test: test, Control: controlID, From: now, By: who.Account(), salt: ledger.Salt()}
		_, err = tx.Exec(ctx, `INSERT INTO test_assignment (org, id, test, control, from_at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			who.Org(), a.ID, a.Test, a.Control, db.Micros(now), a.By, a.salt)
		if db.IsUnique(err) {
			return &problem.Error{Code: problem.Conflict, Err: err, Text: "Somebody assigned this test a moment ago. Load the page again."}
		}
		if err != nil {
			return err
		}
		return s.log.Append(ctx, tx, a.opened(who.Org()))
	})
}

// Unassign ends an assignment now. What the test found until now goes on counting
// for the control.
func (s *Store) Unassign(ctx context.Context, who access.Actor, test, controlID string, now time.Time) error {
	if err := who.May(access.AssignTests); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		open, err := openAssignments(ctx, tx, who.Org(), controlID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(open, func(a Assignment) bool { return a.Test == test })
		if i < 0 {
			return problem.New(problem.NotFound, "This test is not assigned to the control. What the library says of a control that was adopted from it stays.")
		}
		a := open[i]
		a.To, a.EndBy, a.endSalt = now, who.Account(), ledger.Salt()
		if _, err := tx.Exec(ctx, `UPDATE test_assignment SET to_at = $3, end_account = $4, end_salt = $5 WHERE org = $1 AND id = $2`,
			who.Org(), a.ID, db.Micros(now), a.EndBy, a.endSalt); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, a.ended(who.Org()))
	})
}

func openAssignments(ctx context.Context, tx *db.Tx, org, controlID string) ([]Assignment, error) {
	return assignments(ctx, tx, org, ` AND a.control = $2 AND a.to_at IS NULL`, controlID)
}

func assignments(ctx context.Context, tx *db.Tx, org, and string, args ...any) ([]Assignment, error) {
	rows, err := tx.Query(ctx, `SELECT `+assignmentColumns+` FROM test_assignment a WHERE a.org = $1`+and+` ORDER BY a.test, a.from_at, a.id`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Assignment
	err = db.Each(rows, func(scan func(...any) error) error {
		a, err := scanAssignment(scan)
		out = append(out, a)
		return err
	})
	return out, err
}

// Assignments returns all assignments there ever were, by test.
func (s *Store) Assignments(ctx context.Context, who access.Actor) ([]Assignment, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	var out []Assignment
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = assignments(ctx, tx, who.Org(), "")
		return err
	})
	return out, err
}

// Feeds returns which tests feed which controls, as known at a moment, by control
// and test: those that the library names for controls adopted from it, since they
// were adopted, and the organisation's own assignments, ended ones as well.
func (s *Store) Feeds(ctx context.Context, who access.Actor, at time.Time) ([]Feed, error) {
	if err := who.May(access.ViewControls); err != nil {
		return nil, err
	}
	adopted, err := s.links.Adoptions(ctx, who, at)
	if err != nil {
		return nil, err
	}
	var own []Assignment
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		own, err = assignments(ctx, tx, who.Org(), ` AND a.from_at <= $2`, db.Micros(at))
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []Feed
	for _, a := range adopted {
		for _, test := range a.Base.Entry.Tests {
			out = append(out, Feed{Test: test, Control: a.Control, Since: a.At})
		}
	}
	for _, a := range own {
		if a.To.After(at) {
			a.To = time.Time{}
		}
		out = append(out, Feed{Test: a.Test, Control: a.Control, Since: a.From, Until: a.To, Own: true})
	}
	slices.SortStableFunc(out, func(a, b Feed) int {
		return cmp.Or(strings.Compare(a.Control, b.Control), strings.Compare(a.Test, b.Test), a.Since.Compare(b.Since))
	})
	return out, nil
}
