package task

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Store lets members look at tasks and finish them. It is safe for concurrent use.
type Store struct {
	db  *db.DB
	log *ledger.Log
}

// NewStore returns a store.
func NewStore(d *db.DB, log *ledger.Log) *Store { return &Store{db: d, log: log} }

// List is the work of one person, or of everybody.
type List struct {
	Today cadence.Date // in the organisation's zone
	Zone  *time.Location
	Open  []Task // the most urgent first
	Ended []Task // done and cancelled, the newest first
}

// Count returns how many open tasks stand how.
func (l List) Count(w When) int {
	n := 0
	for _, t := range l.Open {
		if t.When(l.Today) == w {
			n++
		}
	}
	return n
}

// mine chooses the tasks of an account, which is $2: its own, and those of the
// entry in the register that it is linked to.
const mine = `(t.assignee = 'a:' || $2 OR t.assignee IN (SELECT 'p:' || person FROM person_account WHERE org = $1 AND account = $2 AND to_at IS NULL))`

// Mine returns what the actor has to do, and what they did.
func (s *Store) Mine(ctx context.Context, who access.Actor, now time.Time) (List, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return List{}, err
	}
	var l List
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if l, err = today(ctx, tx, who.Org(), now); err != nil {
			return err
		}
		if l.Open, err = read(ctx, tx, who.Org(), `t.state = 'open' AND `+mine, who.Account()); err != nil {
			return err
		}
		l.Ended, err = ended(ctx, tx, who.Org(), mine+` AND t.state <> 'open'`, who.Account())
		return err
	})
	return l, err
}

// MyCount returns how many open tasks the actor has, and how many of them are
// overdue, for the navigation.
func (s *Store) MyCount(ctx context.Context, who access.Actor, now time.Time) (open, overdue int, err error) {
	if err := who.May(access.OwnTasks); err != nil {
		return 0, 0, err
	}
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		l, err := today(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT count(*), count(CASE WHEN t.due > 0 AND t.due < $3 THEN 1 END) FROM task t WHERE t.org = $1 AND t.state = 'open' AND `+mine,
			who.Org(), who.Account(), l.Today).Scan(&open, &overdue)
	})
	return open, overdue, err
}

// ended reads tasks that are over, the newest first.
func ended(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Task, error) {
	list, err := read(ctx, tx, org, where+` ORDER BY t.ended_at DESC, t.id DESC LIMIT 50`, args...)
	slices.SortStableFunc(list, func(a, b Task) int { return cmp.Or(b.EndedAt.Compare(a.EndedAt), cmp.Compare(b.ID, a.ID)) })
	return list, err
}

// today is an empty list of the organisation's day.
func today(ctx context.Context, tx *db.Tx, org string, now time.Time) (List, error) {
	zone, err := zoneOf(ctx, tx, org)
	return List{Today: cadence.DateOf(now, zone), Zone: zone}, err
}

func zoneOf(ctx context.Context, tx *db.Tx, org string) (*time.Location, error) {
	var name string
	if err := tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, org).Scan(&name); err != nil {
		return time.UTC, err
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone, nil
	}
	return time.UTC, nil
}

// Filter chooses tasks; an empty field chooses all.
type Filter struct {
	Assignee string // Assignee.String of somebody, or "unreachable": nobody who could see it
	When     When
	Kind     string
	Text     string // in the title or what it is about, in whatever case
}

// List returns the tasks of everybody that pass the filter.
func (s *Store) List(ctx context.Context, who access.Actor, f Filter, now time.Time) (List, error) {
	if err := who.May(access.ViewTasks); err != nil {
		return List{}, err
	}
	var l List
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if l, err = today(ctx, tx, who.Org(), now); err != nil {
			return err
		}
		if l.Open, err = read(ctx, tx, who.Org(), `t.state = 'open'`); err != nil {
			return err
		}
		l.Ended, err = ended(ctx, tx, who.Org(), `t.state <> 'open'`)
		return err
	})
	drop := func(t Task) bool { return !f.wants(t, l.Today) }
	l.Open, l.Ended = slices.DeleteFunc(l.Open, drop), slices.DeleteFunc(l.Ended, drop)
	return l, err
}

func (f Filter) wants(t Task, today cadence.Date) bool {
	text := strings.ToLower(strings.TrimSpace(f.Text))
	return (f.Assignee == "" || f.Assignee == t.Assignee.key() || f.Assignee == t.Holder().key() || f.Assignee == "unreachable" && !t.Reachable) &&
		(f.When == "" || t.State == Open && t.When(today) == f.When) && (f.Kind == "" || t.Kind == f.Kind) &&
		(text == "" || strings.Contains(strings.ToLower(t.Title+"\n"+t.Subject.Words), text))
}

// Change is one line of a task's history.
type Change struct {
	At       time.Time
	ByName   string // empty: the system
	Assignee string // what that person is called
	Due      cadence.Date
	State    State
	Reason   string
}

// Find returns a task and its history, the oldest first. Who may not see all
// tasks finds their own only.
func (s *Store) Find(ctx context.Context, who access.Actor, id string) (Task, []Change, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return Task{}, nil, err
	}
	var t Task
	var history []Change
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if t, err = s.find(ctx, tx, who, id, access.ViewTasks); err == nil {
			history, err = changes(ctx, tx, who.Org(), id)
		}
		return err
	})
	return t, history, err
}

// find reads a task that is the actor's own, or any if the action allows it.
func (s *Store) find(ctx context.Context, tx *db.Tx, who access.Actor, id string, all access.Action) (Task, error) {
	where := `t.id = $3 AND ` + mine
	if who.Can(all) {
		where = `t.id = $3 AND $2 <> ''`
	}
	list, err := read(ctx, tx, who.Org(), where, who.Account(), id)
	if err == nil && len(list) == 0 {
		err = problem.New(problem.NotFound, "There is no such task of yours. It may have been given to somebody else.")
	}
	if err != nil {
		return Task{}, err
	}
	return list[0], nil
}

func changes(ctx context.Context, tx *db.Tx, org, id string) ([]Change, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.at, coalesce(b.name, ''), coalesce(p.name, a.name, ''), c.due, c.state, c.reason FROM task_change c
		LEFT JOIN account b ON b.id = c.account
		LEFT JOIN person p ON p.org = c.org AND substr(c.assignee, 1, 2) = 'p:' AND p.id = substr(c.assignee, 3)
		LEFT JOIN account a ON substr(c.assignee, 1, 2) = 'a:' AND a.id = substr(c.assignee, 3)
		WHERE c.org = $1 AND c.task = $2 ORDER BY c.at, c.id`, org, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Change
	for rows.Next() {
		var c Change
		var at int64
		if err := rows.Scan(&at, &c.ByName, &c.Assignee, &c.Due, &c.State, &c.Reason); err != nil {
			return nil, err
		}
		c.At = db.Time(at)
		out = append(out, c)
	}
	return out, rows.Err()
}

// Ask makes a task by hand: a manager asks somebody to do something.
func (s *Store) Ask(ctx context.Context, who access.Actor, a Assignee, title string, due cadence.Date, now time.Time) (string, error) {
	if err := who.May(access.ManageTasks); err != nil {
		return "", err
	}
	n := New{Assignee: a, Kind: "asked", Subject: Subject{Kind: "asked", ID: newID()}, Title: title, Due: due, ByHand: true}
	var id string
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = Put(ctx, tx, who.Org(), who.Account(), n, now)
		return err
	})
	return id, err
}

const maxReason = 2000

// Finish says that a task is done, with a few words if there is something to
// say. It may be finished by hand only if its cause lets it.
func (s *Store) Finish(ctx context.Context, who access.Actor, id, words string, now time.Time) error {
	if err := who.May(access.OwnTasks); err != nil {
		return err
	}
	words, err := db.Prose("reason", "What you want to say", words, maxReason)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		t, err := s.find(ctx, tx, who, id, access.ManageTasks)
		if err != nil {
			return err
		}
		if !t.ByHand {
			return problem.New(problem.Conflict, "This task ends by itself when what it asks for is done. Open it and do it there.")
		}
		return end(ctx, tx, s.log, who.Org(), who.Account(), t, Closing{State: Done, Reason: words}, now)
	})
}

// Cancel ends a task that was made by hand and need not be done any more.
func (s *Store) Cancel(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.ManageTasks); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, maxReason)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why nobody has to do it any more.")
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		t, err := s.find(ctx, tx, who, id, access.ManageTasks)
		if err != nil {
			return err
		}
		if !t.ByHand {
			return problem.New(problem.Conflict, "This task ends by itself when what it asks for is done or withdrawn. Open it and withdraw it there.")
		}
		return end(ctx, tx, s.log, who.Org(), who.Account(), t, Closing{State: Cancelled, Reason: reason}, now)
	})
}

// Reassign hands an open task to somebody else, with another day if due is one.
func (s *Store) Reassign(ctx context.Context, who access.Actor, id string, to Assignee, due cadence.Date, now time.Time) error {
	if err := who.May(access.ManageTasks); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		t, err := s.find(ctx, tx, who, id, access.ManageTasks)
		if err != nil {
			return err
		}
		if t.State != Open {
			return problem.New(problem.Conflict, "This task is over already.")
		}
		if t.Fixed && to != t.Assignee {
			return problem.New(problem.Conflict, "Only this person can do it, so it cannot be handed to somebody else. The setting it comes from says who may.")
		}
		if !due.Known() {
			due = t.Due
		}
		if to == t.Assignee && due == t.Due {
			return nil
		}
		if err := exists(ctx, tx, who.Org(), to); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE task SET assignee = $3, due = $4 WHERE org = $1 AND id = $2`, who.Org(), id, to.key(), due)
		if db.IsUnique(err) {
			return problem.New(problem.Conflict, "That person has the same task already. Cancel one of the two where they come from.")
		}
		if err != nil {
			return err
		}
		return change(ctx, tx, who.Org(), id, who.Account(), to, due, Open, "", now)
	})
}
