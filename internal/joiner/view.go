package joiner

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Row is a checklist in a list.
type Row struct {
	Progress
	Settled, All int     // steps done or not needed, and all that are asked
	Removed      Removed // of a leaver
}

// Overview is who begins and who leaves.
type Overview struct {
	Today   cadence.Date
	Zones   cadence.Zones
	Setting Setting
	Rows    []Row // open ones by day, then the others, the newest first
}

// Overview returns all checklists, open or over.
func (s *Store) Overview(ctx context.Context, who access.Actor, now time.Time) (Overview, error) {
	if err := who.May(access.ViewJoiners); err != nil {
		return Overview{}, err
	}
	var o Overview
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if o.Setting, err = readSetting(ctx, tx, who.Org(), moment(now)); err != nil {
			return err
		}
		if o.Zones, err = access.Days(ctx, tx, who.Org()); err != nil {
			return err
		}
		o.Today = o.Zones.DateOf(now)
		o.Rows, err = readLines(ctx, tx, who.Org(), o, now)
		return err
	})
	slices.SortStableFunc(o.Rows, func(a, b Row) int {
		switch {
		case (a.State == Open) != (b.State == Open):
			if a.State == Open {
				return -1
			}
			return 1
		case a.State == Open:
			return int(a.Day - b.Day)
		}
		return b.EndedAt.Compare(a.EndedAt)
	})
	return o, err
}

func readLines(ctx context.Context, tx *db.Tx, org string, o Overview, now time.Time) ([]Row, error) {
	runs, err := readRuns(ctx, tx, org, "")
	if err != nil {
		return nil, err
	}
	progress, err := readProgress(ctx, tx, org, runs, o.Today)
	if err != nil {
		return nil, err
	}
	type n struct{ settled, all int }
	counts := map[string]n{}
	rows, err := tx.Query(ctx, `SELECT run, sum(CASE WHEN state IN ('done', 'not_needed') THEN 1 ELSE 0 END), sum(CASE WHEN state <> 'withdrawn' THEN 1 ELSE 0 END)
		FROM joiner_run_step WHERE org = $1 GROUP BY run`, org)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var run string
		var c n
		err := scan(&run, &c.settled, &c.all)
		counts[run] = c
		return err
	})
	lines := make([]Row, len(progress))
	for i, p := range progress {
		lines[i] = Row{Progress: p, Settled: counts[p.ID].settled, All: counts[p.ID].all}
		if p.List == Leaving {
			lines[i].Removed = RemovalOf(p.Day, o.Setting.Deadline(), o.Zones, p.Steps, now)
		}
	}
	return lines, err
}

// Event is one thing that became of a checklist.
type Event struct {
	At     time.Time
	By     string // name of the account; empty: Toucan
	Kind   string // of the leaf
	State  string // of the checklist or the step, after it
	Step   string // id of the step on the list, or empty
	Reason string
	Steps  int // how many steps came or changed
}

// View is one checklist with all that a page shows.
type View struct {
	Run
	Today    cadence.Date
	Zones    cadence.Zones
	Names    map[string]string // of persons who have steps, and of accounts that said something
	Removed  Removed           // of a leaver
	History  []Event           // the oldest first; empty for those who see their own steps only
	Whole    bool              // every step is here; otherwise only the reader's
	Me       string            // person of the reader, or empty
	Check    CheckState        // of the person's background check, as those who manage them may know it
	Kind     people.Kind
	Manager  string // name
	Settling bool   // the reader may settle every step
}

// CheckState is all that somebody who manages people is told of a background check.
type CheckState string

const (
	CheckNone    CheckState = ""
	CheckNotDone CheckState = "not_done"
	CheckDone    CheckState = "done"
)

// Find returns a checklist: all of it to those who see joiners and leavers, to
// everybody else the steps that are theirs.
func (s *Store) Find(ctx context.Context, who access.Actor, id string, now time.Time) (View, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return View{}, err
	}
	v := View{Names: map[string]string{}, Whole: who.Can(access.ViewJoiners), Settling: who.Can(access.ManageJoiners)}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if v.Run, err = readRun(ctx, tx, who.Org(), id); err != nil {
			return err
		}
		return s.complete(ctx, tx, who, &v, now)
	})
	return v, err
}

// FindByStep returns the checklist a step is on, as Find does.
func (s *Store) FindByStep(ctx context.Context, who access.Actor, step string, now time.Time) (View, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return View{}, err
	}
	v := View{Names: map[string]string{}, Whole: who.Can(access.ViewJoiners), Settling: who.Can(access.ManageJoiners)}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if v.Run, _, err = stepOf(ctx, tx, who.Org(), step); err != nil {
			return err
		}
		return s.complete(ctx, tx, who, &v, now)
	})
	return v, err
}

// complete adds what a page shows beside the steps, and takes away what the reader
// may not see.
func (s *Store) complete(ctx context.Context, tx *db.Tx, who access.Actor, v *View, now time.Time) error {
	var err error
	if v.Me, err = personOf(ctx, tx, who); err != nil {
		return err
	}
	if v.Zones, err = access.Days(ctx, tx, who.Org()); err != nil {
		return err
	}
	v.Today = v.Zones.DateOf(now)
	leads, err := v.person(ctx, tx, who.Org())
	if err != nil {
		return err
	}
	if !v.Whole {
		v.Steps = slices.DeleteFunc(v.Steps, func(s RunStep) bool { return v.Me == "" || s.Assignee != v.Me || s.State == Withdrawn })
		if len(v.Steps) == 0 && (v.Me == "" || v.Me != v.Person) {
			return problem.New(problem.NotFound, "There is no such checklist of yours. It may have been given to somebody else.")
		}
	}
	if v.Whole || leads {
		if err := v.check(ctx, tx, who.Org()); err != nil {
			return err
		}
	}
	if v.List == Leaving && v.Whole {
		setting, err := readSetting(ctx, tx, who.Org(), moment(now))
		if err != nil {
			return err
		}
		v.Removed = RemovalOf(v.Day, setting.Deadline(), v.Zones, v.Steps, now)
	}
	if v.Whole {
		if err := v.history(ctx, tx, who.Org()); err != nil {
			return err
		}
	}
	return v.names(ctx, tx, who.Org())
}

// person reads who it is about, and reports whether the reader is their manager.
func (v *View) person(ctx context.Context, tx *db.Tx, org string) (leads bool, err error) {
	var manager string
	err = tx.QueryRow(ctx, `SELECT p.kind, p.manager, coalesce(m.name, '') FROM person p LEFT JOIN person m ON m.org = p.org AND m.id = p.manager WHERE p.org = $1 AND p.id = $2`,
		org, v.Person).Scan(&v.Kind, &manager, &v.Manager)
	return manager != "" && manager == v.Me, err
}

// check says whether the background check is done, and no more.
func (v *View) check(ctx context.Context, tx *db.Tx, org string) error {
	i := slices.IndexFunc(v.Steps, func(s RunStep) bool { return s.Check == people.BackgroundCheck })
	var state StepState
	if i >= 0 {
		state = v.Steps[i].State
	} else if err := tx.QueryRow(ctx, `SELECT coalesce(min(state), '') FROM joiner_run_step WHERE org = $1 AND run = $2 AND step = 'ON-02'`, org, v.ID).Scan(&state); err != nil {
		return err
	}
	switch state {
	case "":
		v.Check = CheckNone
	case StepDone:
		v.Check = CheckDone
	default:
		v.Check = CheckNotDone
	}
	return nil
}

func (v *View) names(ctx context.Context, tx *db.Tx, org string) error {
	rows, err := tx.Query(ctx, `SELECT DISTINCT p.id, p.name FROM joiner_run_step s JOIN person p ON p.org = s.org AND p.id = s.assignee WHERE s.org = $1 AND s.run = $2`, org, v.ID)
	if err != nil {
		return err
	}
	add := func(scan func(...any) error) error {
		var id, name string
		err := scan(&id, &name)
		v.Names[id] = name
		return err
	}
	if err := db.Each(rows, add); err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT DISTINCT a.id, a.name FROM joiner_run_step s JOIN account a ON a.id = s.account WHERE s.org = $1 AND s.run = $2`, org, v.ID)
	if err != nil {
		return err
	}
	return db.Each(rows, add)
}

func (v *View) history(ctx context.Context, tx *db.Tx, org string) error {
	rows, err := tx.Query(ctx, `SELECT c.kind, c.at, coalesce(a.name, ''), c.body FROM joiner_act c LEFT JOIN account a ON a.id = c.account WHERE c.org = $1 AND c.run = $2 ORDER BY c.at, c.id`, org, v.ID)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var e Event
		var at int64
		var body string
		if err := scan(&e.Kind, &at, &e.By, &body); err != nil {
			return err
		}
		var x struct {
			Step, State, Reason, Note string
			Steps                     []runStepsFact
		}
		if err := json.Unmarshal([]byte(body), &x); err != nil {
			return err
		}
		e.At, e.Step, e.State, e.Reason, e.Steps = db.Time(at), x.Step, x.State, x.Reason+x.Note, len(x.Steps)
		v.History = append(v.History, e)
		return nil
	})
}

// Mine returns the open checklists in which the actor has something to do, or that
// are their own, with their steps only.
func (s *Store) Mine(ctx context.Context, who access.Actor, now time.Time) ([]View, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return nil, err
	}
	var out []View
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		me, err := personOf(ctx, tx, who)
		if err != nil || me == "" {
			return err
		}
		const mine = `r.state = 'open' AND (r.person = $2 OR r.id IN (SELECT run FROM joiner_run_step WHERE org = $1 AND assignee = $2 AND state = 'open'))`
		runs, err := readRuns(ctx, tx, who.Org(), mine, me)
		if err != nil {
			return err
		}
		if err := readSteps(ctx, tx, who.Org(), runs, `s.assignee = $2 AND s.state <> 'withdrawn' AND `+mine, me); err != nil {
			return err
		}
		z, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		for _, r := range runs {
			out = append(out, View{Run: r, Zones: z, Today: z.DateOf(now), Me: me})
		}
		return nil
	})
	return out, err
}

// Begin begins a checklist by hand, for somebody who would get none by themselves.
func (s *Store) Begin(ctx context.Context, who access.Actor, person string, list List, now time.Time) (string, error) {
	if err := who.May(access.ManageJoiners); err != nil {
		return "", err
	}
	now = moment(now)
	id := ""
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		w, err := s.world(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		p, ok := w.Roster.Person(person)
		if !ok {
			return problem.Field("person", "This person is not in the register.")
		}
		r := Run{List: list, Person: person, State: Open, BeganAt: now, BeganBy: who.Account(), Name: p.Name}
		today := w.Zones.DateOf(now)
		stint := w.Roster.StintOn(person, today)
		switch {
		case list == Joining:
			if r.Day = stint.From; !r.Day.Known() {
				r.Day = today
			}
		case list == Leaving && !stint.To.Known():
			return problem.Field("person", "The register names no last day. Enter it there first; it starts the clock.")
		case list == Leaving:
			r.Day = stint.To
		default:
			return problem.Field("list", "Choose joining or leaving.")
		}
		if slices.ContainsFunc(w.Runs, func(x Run) bool { return x.Person == person && x.List == list && x.State == Open }) {
			return problem.New(problem.Conflict, "This person has an open checklist of that kind already.")
		}
		r = w.Aligned(r)
		if r.State == Cancelled {
			return problem.Field("person", r.Reason)
		}
		wr := writer{s: s, tx: tx, org: who.Org(), by: who.Account(), now: now}
		wr.add(Change{Is: r})
		if err := wr.flush(ctx); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT id FROM joiner_run WHERE org = $1 AND list = $2 AND person = $3 ORDER BY id DESC LIMIT 1`, who.Org(), string(list), person).Scan(&id)
	})
	return id, err
}

// Cancel ends a checklist before it is done, with a reason. It does not begin
// again by itself.
func (s *Store) Cancel(ctx context.Context, who access.Actor, run, reason string, now time.Time) error {
	if err := who.May(access.ManageJoiners); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, maxNote)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why this checklist is not needed.")
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := readRun(ctx, tx, who.Org(), run)
		if err != nil {
			return err
		}
		if r.State != Open {
			return problem.New(problem.Conflict, "This checklist is over already.")
		}
		w := writer{s: s, tx: tx, org: who.Org(), by: who.Account(), now: now}
		w.add(Change{r, r.cancelled(reason, who.Account(), now)})
		return w.flush(ctx)
	})
}
