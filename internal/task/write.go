package task

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Put makes a task in the caller's transaction and returns its id; by is the
// account that caused it, or empty. The same cause makes one task: while one of
// the same kind, subject and assignee is open, Put only brings its title and its
// day up to date. Whether by may ask for it is the caller's business.
func Put(ctx context.Context, tx *db.Tx, org, by string, n New, now time.Time) (string, error) {
	ids, err := PutAll(ctx, tx, org, by, []New{n}, now)
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// cause is what there is one open task of.
type cause struct{ kind, subjectKind, subject, assignee string }

func (n New) cause() cause {
	return cause{n.Kind, n.Subject.Kind, n.Subject.ID, n.Assignee.key()}
}

// PutAll is Put for many tasks; the ids are in their order.
func PutAll(ctx context.Context, tx *db.Tx, org, by string, list []New, now time.Time) ([]string, error) {
	now = now.UTC().Truncate(time.Microsecond)
	have, err := openOf(ctx, tx, org, list)
	if err != nil {
		return nil, err
	}
	rows := db.Into(`task (org, id, assignee, kind, subject_kind, subject, words, title, due, by_hand, fixed, state, created_at, created_by, salt)`)
	history := db.Into(`task_change (` + changeColumns + `)`)
	if err := existAll(ctx, tx, org, list); err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, n := range list {
		if n, err = n.checked(); err != nil {
			return nil, err
		}
		t, ok := have[n.cause()]
		if ids[i] = t.ID; ok {
			if t.New == n {
				continue
			}
			_, err := tx.Exec(ctx, `UPDATE task SET title = $3, words = $4, due = $5 WHERE org = $1 AND id = $2`, org, t.ID, n.Title, n.Subject.Words, n.Due)
			if err != nil {
				return nil, err
			}
			if t.Due != n.Due {
				history.Add(changed(org, t.ID, by, n.Assignee, n.Due, Open, "", now)...)
			}
			continue
		}
		ids[i] = newID()
		have[n.cause()] = Task{ID: ids[i], New: n}
		rows.Add(org, ids[i], n.Assignee.key(), n.Kind, n.Subject.Kind, n.Subject.ID, n.Subject.Words, n.Title, n.Due, n.ByHand, n.Fixed, string(Open), db.Micros(now), by, ledger.Salt())
		history.Add(changed(org, ids[i], by, n.Assignee, n.Due, Open, "", now)...)
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return nil, err
	}
	return ids, history.Insert(ctx, tx)
}

// openOf reads the open tasks that list might make a second time: one is looked
// for alone, many of one cause in the stretch of their assignees, many of one kind
// in the stretch of their subjects, and otherwise all are read.
func openOf(ctx context.Context, tx *db.Tx, org string, list []New) (map[cause]Task, error) {
	where, args := `t.state = 'open'`, []any(nil)
	if len(list) > 0 {
		c, from, to, same, alike := list[0].cause(), list[0].Assignee.key(), list[0].Assignee.key(), true, true
		first, last := c.subject, c.subject
		for _, n := range list {
			alike = alike && n.Kind == c.kind && n.Subject.Kind == c.subjectKind
			same = same && alike && n.Subject.ID == c.subject
			from, to = min(from, n.Assignee.key()), max(to, n.Assignee.key())
			first, last = min(first, n.Subject.ID), max(last, n.Subject.ID)
		}
		if alike {
			where, args = where+` AND t.kind = $2 AND t.subject_kind = $3 AND t.subject >= $4 AND t.subject <= $5`, []any{c.kind, c.subjectKind, first, last}
		}
		if same {
			where = `t.state = 'open'`
			where, args = where+` AND t.kind = $2 AND t.subject_kind = $3 AND t.subject = $4 AND t.assignee >= $5 AND t.assignee <= $6`, []any{c.kind, c.subjectKind, c.subject, from, to}
		}
	}
	tasks, err := read(ctx, tx, org, where, args...)
	out := map[cause]Task{}
	for _, t := range tasks {
		out[t.cause()] = t
	}
	return out, err
}

// existAll checks that every assignee is a member, or in the people register: a few
// one by one, many together.
func existAll(ctx context.Context, tx *db.Tx, org string, list []New) error {
	wanted := map[Assignee]bool{}
	var persons []any
	for _, n := range list {
		if n.Assignee == (Assignee{}) || wanted[n.Assignee] {
			continue // without one the task is refused below
		}
		wanted[n.Assignee] = true
		if n.Assignee.Account == "" {
			persons = append(persons, n.Assignee.Person)
		} else if err := exists(ctx, tx, org, n.Assignee); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(persons, 500) {
		args := append([]any{org}, part...)
		places := make([]string, len(part))
		for i := range part {
			places[i] = fmt.Sprintf("$%d", i+2)
		}
		var n int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM person WHERE org = $1 AND id IN (`+strings.Join(places, ", ")+`)`, args...).Scan(&n)
		if err != nil {
			return err
		}
		if n < len(part) {
			return problem.Field("assignee", "Somebody who was to be asked is not in the people register. Choose somebody who is.")
		}
	}
	return nil
}

// exists checks that the assignee is a member, or in the people register.
func exists(ctx context.Context, tx *db.Tx, org string, a Assignee) error {
	query, id, text := `SELECT count(*) FROM member WHERE org = $1 AND account = $2 AND role <> ''`, a.Account, "This account is no member here. Choose somebody who is."
	if a.Person != "" {
		query, id, text = `SELECT count(*) FROM person WHERE org = $1 AND id = $2`, a.Person, "This person is not in the people register. Choose somebody who is."
	}
	var n int
	if err := tx.QueryRow(ctx, query, org, id).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return problem.Field("assignee", text)
	}
	return nil
}

const changeColumns = `org, id, task, at, account, assignee, due, state, reason`

// changed returns the values of changeColumns.
func changed(org, task, by string, a Assignee, due cadence.Date, state State, reason string, now time.Time) []any {
	return []any{org, newID(), task, db.Micros(now), by, a.key(), due, string(state), reason}
}

// change writes a line of the history.
func change(ctx context.Context, tx *db.Tx, org, task, by string, a Assignee, due cadence.Date, state State, reason string, now time.Time) error {
	rows := db.Into(`task_change (` + changeColumns + `)`)
	rows.Add(changed(org, task, by, a, due, state, reason, now)...)
	return rows.Insert(ctx, tx)
}

// Closing says which open tasks are over, and how.
type Closing struct {
	Kind     string   // of the tasks; empty: every kind
	Subject  Subject  // kind and id
	Assignee Assignee // the zero value: whoever has one
	State    State    // Done or Cancelled
	Reason   string
	Quiet    bool // the noun has a leaf of its own for what happened, so the task needs none
}

// Close ends the open tasks a closing names, in the caller's transaction, and
// returns how many there were. A leaf is written for each, unless it is quiet.
func Close(ctx context.Context, tx *db.Tx, log *ledger.Log, org, by string, c Closing, now time.Time) (int, error) {
	who := ""
	if c.Assignee != (Assignee{}) {
		who = c.Assignee.key()
	}
	list, err := read(ctx, tx, org, `t.state = 'open' AND t.subject_kind = $2 AND t.subject = $3 AND ($4 = '' OR t.kind = $4) AND ($5 = '' OR t.assignee = $5)`,
		c.Subject.Kind, c.Subject.ID, c.Kind, who)
	if err != nil {
		return 0, err
	}
	for _, t := range list {
		if err := end(ctx, tx, log, org, by, t, c, now); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

// fact is what the log says of the end of a task.
type fact struct {
	Kind     string `json:"kind"`
	Subject  string `json:"subject"`
	Assignee string `json:"assignee"`
	Due      string `json:"due"`
	State    State  `json:"state"`
	Reason   string `json:"reason"`
}

// end writes the end of an open task and its leaf.
func end(ctx context.Context, tx *db.Tx, log *ledger.Log, org, by string, t Task, c Closing, now time.Time) error {
	to, reason := c.State, c.Reason
	if to != Done && to != Cancelled {
		return errors.New("task: a task ends as done or as cancelled")
	}
	now = now.UTC().Truncate(time.Microsecond)
	salt := ledger.Salt()
	res, err := tx.Exec(ctx, `UPDATE task SET state = $3, ended_at = $4, ended_by = $5, reason = $6, salt = $7 WHERE org = $1 AND id = $2 AND state = 'open'`,
		org, t.ID, string(to), db.Micros(now), by, reason, salt)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, problem.New(problem.Conflict, "This task is over already."))
	}
	if err := change(ctx, tx, org, t.ID, by, t.Assignee, t.Due, to, reason, now); err != nil || c.Quiet {
		return err
	}
	return log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: by, Kind: "task." + string(to), ID: t.ID, Salt: salt,
		Payload: fact{t.Kind, t.Subject.Kind + " " + t.Subject.ID, t.Assignee.key(), t.Due.String(), to, reason}})
}
