package finding

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// The kinds of leaf an action leaves. They are stored.
const (
	kindActionAdded    = "action.added"
	kindActionChanged  = "action.changed" // its text, or what it is about
	kindActionHanded   = "action.handed"
	kindActionMoved    = "action.moved"
	kindActionDone     = "action.done"
	kindActionDropped  = "action.dropped"
	kindActionReopened = "action.reopened"
)

// actionFact is what the log says of an action as it was put.
type actionFact struct {
	Action       string       `json:"action"`
	Code         string       `json:"code"`
	SourceKind   string       `json:"source_kind"`
	Source       string       `json:"source"`
	Title        string       `json:"title"`
	Detail       string       `json:"detail"`
	Owner        string       `json:"owner"`
	Due          cadence.Date `json:"due_day"`
	Controls     []string     `json:"controls"`
	Requirements []string     `json:"requirements"`
}

func (a Action) fact() actionFact {
	f := actionFact{Action: a.ID, Code: a.Code(), SourceKind: a.Source.Kind, Source: a.Source.ID, Title: a.Title, Detail: a.Detail, Owner: a.Owner, Due: a.Due,
		Controls: slices.Clone(a.Controls), Requirements: refWords(a.Requirements)}
	if f.Controls == nil {
		f.Controls = []string{}
	}
	return f
}

func refWords(refs []framework.Ref) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.String()
	}
	return out
}

// moveFact is what the log says of an action that got another owner or day.
type moveFact struct {
	Action   string       `json:"action"`
	Owner    string       `json:"owner"`
	WasOwner string       `json:"was_owner"`
	Due      cadence.Date `json:"due_day"`
	WasDue   cadence.Date `json:"was_due_day"`
	Reason   string       `json:"reason"`
}

// endFact is what the log says of an action that ended or was opened again.
type endFact struct {
	Action  string       `json:"action"`
	State   State        `json:"state"`
	On      cadence.Date `json:"day"`
	Outcome string       `json:"outcome"`
	Items   []string     `json:"items"`
}

// PutAction writes an action in the caller's transaction, with its leaf and the
// task of its owner, and returns its id. Without an ID it is a new one; with one,
// its text, owner and day change: a day that moves needs Why. Whether by may do
// that is the business of the noun the action belongs to.
func (s *Store) PutAction(ctx context.Context, tx *db.Tx, org, by string, a Action, now time.Time) (string, error) {
	now = moment(now)
	a, err := a.checked()
	if err == nil {
		err = existing(ctx, tx, org, a.Controls, map[string]string{"owner": a.Owner})
	}
	if err != nil {
		return "", err
	}
	if a.ID == "" {
		return s.addAction(ctx, tx, org, by, a, now)
	}
	return a.ID, s.changeAction(ctx, tx, org, by, a, now)
}

func (s *Store) addAction(ctx context.Context, tx *db.Tx, org, by string, a Action, now time.Time) (string, error) {
	var err error
	if a.N, err = number(ctx, tx, org, "action"); err != nil {
		return "", err
	}
	a.ID, a.State = newID(), Open
	rows := db.Into(`finding_action (org, id, n, source_kind, source, source_words, title, detail, owner, due, state, created_at, created_by)`)
	rows.Add(org, a.ID, a.N, a.Source.Kind, a.Source.ID, a.Source.Words, a.Title, a.Detail, orNull(a.Owner), a.Due, string(Open), db.Micros(now), by)
	if err := rows.Insert(ctx, tx); err != nil {
		return "", err
	}
	concerns := db.Into(aboutColumns)
	addAbout(concerns, org, "", a.ID, about{a.Controls, a.Requirements}, now)
	if err := concerns.Insert(ctx, tx); err != nil {
		return "", err
	}
	if err := s.ask(ctx, tx, org, by, a, now); err != nil {
		return "", err
	}
	return a.ID, s.record(ctx, tx, org, act{action: a.ID, kind: kindActionAdded, account: by, at: now, payload: a.fact()})
}

func (s *Store) changeAction(ctx context.Context, tx *db.Tx, org, by string, a Action, now time.Time) error {
	have, err := actionOf(ctx, tx, org, a.ID)
	if err != nil {
		return err
	}
	if have.State != Open {
		return problem.New(problem.Conflict, "%s is over. Open it again before you change it.", have.Code())
	}
	if a.Why, err = db.Line("why", "The reason", a.Why, maxTitle); err != nil {
		return err
	}
	moved := have.Due.Known() && a.Due != have.Due
	if moved && a.Why == "" {
		return problem.Field("why", "The day moves from "+have.Due.Words()+". Say why: it stays in the history of the action.")
	}
	a.N, a.State = have.N, Open
	if a.Source.Words == "" || a.Source.Kind != have.Source.Kind || a.Source.ID != have.Source.ID {
		a.Source = have.Source
	}
	var acts []act
	add := func(kind string, payload any) {
		acts = append(acts, act{action: a.ID, kind: kind, account: by, at: now, payload: payload})
	}
	step := moveFact{a.ID, a.Owner, have.Owner, a.Due, have.Due, a.Why}
	if a.Source != have.Source || a.Title != have.Title || a.Detail != have.Detail || !slices.Equal(a.Controls, have.Controls) || !slices.Equal(a.Requirements, have.Requirements) {
		add(kindActionChanged, a.fact())
	}
	if a.Owner != have.Owner {
		add(kindActionHanded, step)
	}
	if a.Due != have.Due {
		add(kindActionMoved, step)
	}
	if moved {
		have.Moved++
	}
	if len(acts) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `UPDATE finding_action SET source_words = $3, title = $4, detail = $5, owner = $6, due = $7, moved = $8 WHERE org = $1 AND id = $2`,
		org, a.ID, a.Source.Words, a.Title, a.Detail, orNull(a.Owner), a.Due, have.Moved)
	if err != nil {
		return err
	}
	if err := setAbout(ctx, tx, org, "", a.ID, about{have.Controls, have.Requirements}, about{a.Controls, a.Requirements}, now); err != nil {
		return err
	}
	if a.Owner != have.Owner {
		if err := s.unask(ctx, tx, org, by, a, task.Cancelled, "It was handed to somebody else.", now); err != nil {
			return err
		}
	}
	if err := s.ask(ctx, tx, org, by, a, now); err != nil {
		return err
	}
	return s.record(ctx, tx, org, acts...)
}

const taskAction = "finding.action"

// subject is what the tasks about an action are about.
func (a Action) subject() task.Subject {
	return task.Subject{Kind: "action", ID: a.ID, Words: a.Code()}
}

// ask gives the owner of an open action the task to do it.
func (s *Store) ask(ctx context.Context, tx *db.Tx, org, by string, a Action, now time.Time) error {
	if a.Owner == "" {
		return nil
	}
	_, err := task.Put(ctx, tx, org, by, task.New{Assignee: task.Assignee{Person: a.Owner}, Kind: taskAction, Subject: a.subject(), Title: a.Title, Due: a.Due, Fixed: true}, now)
	return err
}

// unask ends the tasks about an action.
func (s *Store) unask(ctx context.Context, tx *db.Tx, org, by string, a Action, as task.State, reason string, now time.Time) error {
	_, err := task.Close(ctx, tx, s.Log, org, by, task.Closing{Subject: a.subject(), State: as, Reason: reason, Quiet: true}, now)
	return err
}

// Completion says how an action ended.
type Completion struct {
	Outcome string       // what was done, or why it is given up
	On      cadence.Date // the day it was done; none: today
	Items   []string     // evidence of it
}

// CompleteAction says that an action was done: its owner does, or whoever leads
// the programme.
func (s *Store) CompleteAction(ctx context.Context, who access.Actor, id string, c Completion, now time.Time) error {
	if err := who.May(access.OwnTasks); err != nil {
		return err
	}
	return s.endAction(ctx, who, id, Done, c, now)
}

// DropAction gives an action up, with a reason.
func (s *Store) DropAction(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.ManageFindings); err != nil {
		return err
	}
	return s.endAction(ctx, who, id, Dropped, Completion{Outcome: reason}, now)
}

func (s *Store) endAction(ctx context.Context, who access.Actor, id string, as State, c Completion, now time.Time) error {
	now = moment(now)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		a, err := actionOf(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if err := mayAction(ctx, tx, who, a, access.ManageFindings); err != nil {
			return err
		}
		return s.end(ctx, tx, who.Org(), who.Account(), a, as, c, now)
	})
}

// end ends an open action in the caller's transaction.
func (s *Store) end(ctx context.Context, tx *db.Tx, org, by string, a Action, as State, c Completion, now time.Time) error {
	label, state := "What was done", task.Done
	if as == Dropped {
		label, state = "The reason", task.Cancelled
	}
	outcome, err := prose("outcome", label, c.Outcome)
	if err != nil {
		return err
	}
	if a.State != Open {
		return problem.New(problem.Conflict, "%s is over already.", a.Code())
	}
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return err
	}
	today := zones.DateOf(now)
	if !c.On.Known() {
		c.On = today
	}
	if c.On > today || c.On < zones.DateOf(a.CreatedAt) {
		return problem.Field("on", "The day lies between the day the action was entered and today. Write it like 2026-03-01.")
	}
	if err := attach(ctx, tx, org, by, "", a.ID, "done", a.Items, c.Items, now); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE finding_action SET state = $3, outcome = $4, done_on = $5, ended_at = $6, ended_by = $7 WHERE org = $1 AND id = $2`,
		org, a.ID, string(as), outcome, c.On, db.Micros(now), by)
	if err != nil {
		return err
	}
	if err := s.unask(ctx, tx, org, by, a, state, "", now); err != nil {
		return err
	}
	kind, items := kindActionDone, c.Items
	if as == Dropped {
		kind = kindActionDropped
	}
	if items == nil {
		items = []string{}
	}
	if err := s.follow(ctx, tx, org, by, a, now); err != nil {
		return err
	}
	return s.record(ctx, tx, org, act{action: a.ID, kind: kind, account: by, at: now, payload: endFact{a.ID, as, c.On, outcome, items}})
}

// follow brings the tasks about the finding an action belongs to in line: the last
// action done, its check comes next.
func (s *Store) follow(ctx context.Context, tx *db.Tx, org, by string, a Action, now time.Time) error {
	if a.Source.Kind != FromFinding {
		return nil
	}
	f, err := findingOf(ctx, tx, org, a.Source.ID, now)
	if err != nil {
		return err
	}
	return s.askFor(ctx, tx, org, by, f, now)
}

// DropActions gives up the open actions of a source in the caller's transaction,
// because what they were for is gone.
func (s *Store) DropActions(ctx context.Context, tx *db.Tx, org, by string, of Source, reason string, now time.Time) error {
	list, err := ReadActions(ctx, tx, org, of)
	for _, a := range list {
		if err == nil && a.State == Open {
			err = s.end(ctx, tx, org, by, a, Dropped, Completion{Outcome: reason}, moment(now))
		}
	}
	return err
}

// ReopenAction opens an action that ended again, with a reason.
func (s *Store) ReopenAction(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.ManageFindings); err != nil {
		return err
	}
	now = moment(now)
	reason, err := prose("reason", "The reason", reason)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		a, err := actionOf(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if a.State == Open {
			return problem.New(problem.Conflict, "%s is open already.", a.Code())
		}
		if a.Source.Kind == FromFinding { // what is closed has nothing left to do
			f, err := findingOf(ctx, tx, who.Org(), a.Source.ID, now)
			if err == nil {
				err = f.mustBeOpen()
			}
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE finding_action SET state = 'open', outcome = '', done_on = 0, ended_at = 0, ended_by = '' WHERE org = $1 AND id = $2`, who.Org(), a.ID)
		if err != nil {
			return err
		}
		if err := s.ask(ctx, tx, who.Org(), who.Account(), a, now); err != nil {
			return err
		}
		if err := s.follow(ctx, tx, who.Org(), who.Account(), a, now); err != nil {
			return err
		}
		return s.record(ctx, tx, who.Org(), act{action: a.ID, kind: kindActionReopened, account: who.Account(), at: now, payload: endFact{a.ID, Open, 0, reason, []string{}}})
	})
}
