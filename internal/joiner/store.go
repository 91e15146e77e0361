package joiner

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Facts tells how people stand with checks that other nouns judge, so that the
// steps which leave something to them close by themselves.
type Facts func(ctx context.Context, tx *db.Tx, org string, roster *people.Roster, now time.Time) ([]people.Standing, error)

// Config is what a store is made of.
type Config struct {
	DB       *db.DB
	Log      *ledger.Log
	Evidence *evidence.Store
	Facts    []Facts // of policies and of training
}

// Store keeps checklists, runs them, and keeps the record of background checks.
// It is safe for concurrent use.
type Store struct {
	db       *db.DB
	log      *ledger.Log
	evidence *evidence.Store
	facts    []Facts
}

// New returns a store.
func New(c Config) *Store {
	return &Store{db: c.DB, log: c.Log, evidence: c.Evidence, facts: c.Facts}
}

// TendWork is the job that begins, moves and ends checklists with the passing of
// time, in every organisation.
type TendWork struct{}

// Kind names the job.
func (TendWork) Kind() string { return "joiner.tend" }

// TendEvery is how often that is done.
const TendEvery = time.Hour

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// moment is a time as the tables hold it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// chunk is how many checklists change in one transaction.
const chunk = 50

// Tend brings all checklists of an organisation in line with the register, the
// steps in force and what was fulfilled elsewhere. Done twice it changes nothing
// the second time.
func (s *Store) Tend(ctx context.Context, org string, now time.Time) error {
	return s.tend(ctx, org, "", moment(now))
}

func (s *Store) tend(ctx context.Context, org, by string, now time.Time) error {
	var changes []Change
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		w, err := s.world(ctx, tx, org, now)
		if err == nil {
			changes = w.Next()
		}
		return err
	})
	for err == nil && len(changes) > 0 {
		n := min(chunk, len(changes))
		part := changes[:n]
		err = s.db.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
			w := writer{s: s, tx: tx, org: org, by: by, now: now}
			for _, c := range part {
				fresh, err := w.unchanged(ctx, c.Was, c.Is)
				if err != nil {
					return err
				}
				if fresh {
					w.add(c)
				}
			}
			return w.flush(ctx)
		})
		changes = changes[n:]
	}
	return err
}

// world reads everything that decides which checklists run.
func (s *Store) world(ctx context.Context, tx *db.Tx, org string, now time.Time) (*World, error) {
	w := &World{Now: now, Closed: map[people.Check]map[string]time.Time{}}
	var err error
	if w.Roster, err = people.ReadRoster(ctx, tx, org); err != nil {
		return nil, err
	}
	if w.Setting, err = readSetting(ctx, tx, org, now); err != nil {
		return nil, err
	}
	if w.Zones, err = access.Days(ctx, tx, org); err != nil {
		return nil, err
	}
	if w.Versions, err = readVersions(ctx, tx, org); err != nil {
		return nil, err
	}
	if w.Followed, err = followed(ctx, tx, org, now); err != nil {
		return nil, err
	}
	if w.Runs, err = readRuns(ctx, tx, org, ""); err != nil {
		return nil, err
	}
	if err := readSteps(ctx, tx, org, w.Runs, `r.state = 'open'`); err != nil {
		return nil, err
	}
	list, err := s.background(ctx, tx, org, w)
	if err != nil {
		return nil, err
	}
	for _, f := range s.facts {
		more, err := f(ctx, tx, org, w.Roster, now)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	for _, x := range list {
		if x.State != people.Done {
			continue
		}
		if w.Closed[x.Check] == nil {
			w.Closed[x.Check] = map[string]time.Time{}
		}
		if x.Since.IsZero() {
			x.Since = now
		}
		w.Closed[x.Check][x.Person] = x.Since
	}
	return w, nil
}

// followed reads which frameworks are followed at a moment.
func followed(ctx context.Context, tx *db.Tx, org string, now time.Time) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT framework, included AND NOT withdrawn FROM framework_change WHERE org = $1 AND part = '' AND at <= $2 ORDER BY at, id`, org, db.Micros(now))
	if err != nil {
		return nil, err
	}
	on := map[string]bool{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var f string
		var in bool
		err := scan(&f, &in)
		on[f] = in
		return err
	})
	var out []string
	for f, in := range on {
		if in {
			out = append(out, f)
		}
	}
	return out, err
}

// readSetting reads the setting at a moment.
func readSetting(ctx context.Context, tx *db.Tx, org string, at time.Time) (Setting, error) {
	s := Default()
	var body string
	err := tx.QueryRow(ctx, `SELECT body FROM joiner_setting WHERE org = $1 AND at <= $2 ORDER BY at DESC, id DESC LIMIT 1`, org, db.Micros(at)).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		stated, err := policy.DeadlineAt(ctx, tx, org, policy.LeaverAccess, at)
		return s.following(stated), err
	}
	if err != nil {
		return s, err
	}
	err = json.Unmarshal([]byte(body), &s)
	if s.Offices == nil {
		s.Offices = map[Doer]string{}
	}
	return s, err
}

// readVersions reads all an organisation ever said of steps, in the order in
// which it takes effect.
func readVersions(ctx context.Context, tx *db.Tx, org string) ([]Version, error) {
	rows, err := tx.Query(ctx, `SELECT id, list, step, retired, running, body, from_at, at, account FROM joiner_step WHERE org = $1 ORDER BY from_at, id`, org)
	if err != nil {
		return nil, err
	}
	var out []Version
	err = db.Each(rows, func(scan func(...any) error) error {
		var v Version
		var list List
		var step, body string
		var from, at int64
		if err := scan(&v.ID, &list, &step, &v.Retired, &v.Running, &body, &from, &at, &v.By); err != nil {
			return err
		}
		v.From, v.At = db.Time(from), db.Time(at)
		err := json.Unmarshal([]byte(body), &v.Step)
		v.Step.ID, v.List = step, list
		out = append(out, v)
		return err
	})
	return out, err
}

// readRuns reads checklists without their steps, the newest day last. where may
// use $2 and on.
func readRuns(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Run, error) {
	if where != "" {
		where = ` AND ` + where
	}
	rows, err := tx.Query(ctx, `SELECT r.id, r.list, r.person, r.day, r.state, r.began_at, r.began_by, r.ended_at, r.ended_by, r.reason, p.name, p.title
		FROM joiner_run r JOIN person p ON p.org = r.org AND p.id = r.person WHERE r.org = $1`+where+` ORDER BY r.day, r.id`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Run
	err = db.Each(rows, func(scan func(...any) error) error {
		var r Run
		var began, ended int64
		err := scan(&r.ID, &r.List, &r.Person, &r.Day, &r.State, &began, &r.BeganBy, &ended, &r.EndedBy, &r.Reason, &r.Name, &r.Title)
		r.BeganAt, r.EndedAt = db.Time(began), db.Time(ended)
		out = append(out, r)
		return err
	})
	return out, err
}

// readSteps adds the steps to those of the runs that where names; it may use $2
// and on.
func readSteps(ctx context.Context, tx *db.Tx, org string, runs []Run, where string, args ...any) error {
	at := make(map[string]int, len(runs))
	for i, r := range runs {
		at[r.ID] = i
	}
	args = append([]any{org}, args...)
	rows, err := tx.Query(ctx, `SELECT s.id, s.run, s.step, s.n, s.title, s.body, s.removal, s.assignee, s.chosen, s.due, s.state, s.done_at, s.said_at, s.account, s.note
		FROM joiner_run_step s JOIN joiner_run r ON r.org = s.org AND r.id = s.run WHERE s.org = $1 AND `+where+` ORDER BY s.run, s.n, s.step`, args...)
	if err != nil {
		return err
	}
	type place struct{ run, step int }
	places := map[string]place{}
	bodies := map[string]Step{} // most checklists say the same
	err = db.Each(rows, func(scan func(...any) error) error {
		var s RunStep
		var step, title, body string
		var removal bool
		var done, said int64
		if err := scan(&s.ID, &s.Run, &step, &s.N, &title, &body, &removal, &s.Assignee, &s.Chosen, &s.Due, &s.State, &done, &said, &s.By, &s.Note); err != nil {
			return err
		}
		i, ok := at[s.Run]
		if !ok {
			return nil
		}
		known, ok := bodies[body]
		if !ok {
			if err := json.Unmarshal([]byte(body), &known); err != nil {
				return err
			}
			bodies[body] = known
		}
		s.Step, s.At, s.SaidAt = known, db.Time(done), db.Time(said)
		s.Step.ID, s.Step.List, s.Step.Title, s.Step.Removal = step, runs[i].List, title, removal
		places[s.ID] = place{i, len(runs[i].Steps)}
		runs[i].Steps = append(runs[i].Steps, s)
		return nil
	})
	if err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT i.step, i.item FROM joiner_run_item i JOIN joiner_run_step s ON s.org = i.org AND s.id = i.step
		JOIN joiner_run r ON r.org = s.org AND r.id = s.run WHERE i.org = $1 AND `+where+` ORDER BY i.at, i.id`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var step, item string
		err := scan(&step, &item)
		if p, ok := places[step]; ok {
			s := &runs[p.run].Steps[p.step]
			s.Items = append(s.Items, item)
		}
		return err
	})
}

// readRun reads one checklist with its steps.
func readRun(ctx context.Context, tx *db.Tx, org, id string) (Run, error) {
	runs, err := readRuns(ctx, tx, org, `r.id = $2`, known(id))
	if err == nil && len(runs) == 0 {
		err = problem.New(problem.NotFound, "There is no such checklist. Look among joiners and leavers.")
	}
	if err != nil {
		return Run{}, err
	}
	return runs[0], readSteps(ctx, tx, org, runs[:1], `r.id = $2`, known(id))
}

// known returns what may be compared with an id of ours, or "": PostgreSQL does
// not take every text.
func known(id string) string {
	if _, err := uuid.Parse(id); err != nil {
		return ""
	}
	return id
}

// personOf returns the person of the register the actor is, or "".
func personOf(ctx context.Context, tx *db.Tx, who access.Actor) (string, error) {
	var person string
	err := tx.QueryRow(ctx, `SELECT person FROM person_account WHERE org = $1 AND account = $2 AND to_at IS NULL`, who.Org(), who.Account()).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return person, err
}
