package joiner

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/task"
)

// The tasks that come of checklists, and what they are about. The values are stored.
const (
	TaskJoining = "joining.step"
	TaskLeaving = "leaving.step"
	SubjectStep = "joiner_step" // of a run
)

func taskKind(l List) string {
	if l == Leaving {
		return TaskLeaving
	}
	return TaskJoining
}

// The kinds of leaves.
const (
	kindBegan     = "joiner.began"
	kindChanged   = "joiner.changed"
	kindEnded     = "joiner.ended"
	kindStep      = "joiner.step"
	kindAttached  = "joiner.attached"
	kindChecklist = "joiner.checklist"
	kindSetting   = "joiner.setting"
)

// runFact is what the log says of a checklist: that it began, changed or ended.
type runFact struct {
	Run    string         `json:"run"`
	List   List           `json:"list"`
	Person string         `json:"person"`
	Day    string         `json:"day"`
	State  RunState       `json:"state"`
	Reason string         `json:"reason"`
	Steps  []runStepsFact `json:"steps"` // that came, changed hands or day, or closed by themselves
}

type runStepsFact struct {
	Step     string    `json:"step"`
	Assignee string    `json:"assignee"`
	Due      string    `json:"due"`
	State    StepState `json:"state"`
}

// stepFact is what the log says of a step that somebody settled.
type stepFact struct {
	Run   string    `json:"run"`
	Step  string    `json:"step"`
	State StepState `json:"state"`
	At    int64     `json:"at_us"` // when it happened, as was said
	Note  string    `json:"note"`
}

// itemFact is what the log says of evidence attached to a step.
type itemFact struct {
	Run  string `json:"run"`
	Step string `json:"step"`
	Item string `json:"item"`
}

// writer gathers what changes, so that many checklists cost few statements.
type writer struct {
	s       *Store
	tx      *db.Tx
	org, by string
	now     time.Time

	changes []Change
}

// unchanged reports whether a checklist is still as it was when the change was
// worked out; whoever else wrote it meanwhile made its own decision, and the next
// round looks again.
func (w *writer) unchanged(ctx context.Context, was, is Run) (bool, error) {
	if was.ID == "" {
		var n int
		err := w.tx.QueryRow(ctx, `SELECT count(*) FROM joiner_run WHERE org = $1 AND list = $2 AND person = $3 AND state = 'open'`, w.org, string(is.List), is.Person).Scan(&n)
		return n == 0, err
	}
	now, err := readRun(ctx, w.tx, w.org, was.ID)
	return err == nil && equal(now, was), err
}

func (w *writer) add(c Change) { w.changes = append(w.changes, c) }

const (
	runColumns  = `joiner_run (org, id, list, person, day, state, began_at, began_by, ended_at, ended_by, reason)`
	stepColumns = `joiner_run_step (org, id, run, step, n, title, body, removal, assignee, chosen, due, state, done_at, said_at, account, note)`
	actColumns  = `joiner_act (org, id, run, kind, at, account, body, salt)`
)

// flush writes the changes, their leaves, and the tasks that come and go with them.
func (w *writer) flush(ctx context.Context) error {
	runs, steps, acts := db.Into(runColumns), db.Into(stepColumns), db.Into(actColumns)
	begin := map[List][]task.New{}
	for _, c := range w.changes {
		if c.Is.ID == "" {
			c.Is.ID = newID()
			runs.Add(w.org, c.Is.ID, string(c.Is.List), c.Is.Person, c.Is.Day, string(c.Is.State), db.Micros(c.Is.BeganAt), c.Is.BeganBy, db.Micros(c.Is.EndedAt), c.Is.EndedBy, c.Is.Reason)
		} else if err := w.updateRun(ctx, c.Is); err != nil {
			return err
		}
		fact := runFact{c.Is.ID, c.Is.List, c.Is.Person, c.Is.Day.String(), c.Is.State, c.Is.Reason, []runStepsFact{}}
		for i := range c.Is.Steps {
			s := &c.Is.Steps[i]
			was := RunStep{}
			if i < len(c.Was.Steps) { // steps are only ever added, at the end
				was = c.Was.Steps[i]
			}
			if was.ID != "" && was.settled(*s) {
				continue
			}
			if err := w.step(ctx, c.Is, was, s, steps); err != nil {
				return err
			}
			if needsTask(*s) && c.Is.State == Open {
				begin[c.Is.List] = append(begin[c.Is.List], newTask(c.Is, *s))
			}
			fact.Steps = append(fact.Steps, runStepsFact{s.Step.ID, s.Assignee, s.Due.String(), s.State})
		}
		kind := kindChanged
		switch {
		case c.Was.ID == "":
			kind = kindBegan
		case c.Is.State != Open:
			kind = kindEnded
		}
		if err := w.act(ctx, acts, c.Is.ID, kind, fact); err != nil {
			return err
		}
	}
	if err := runs.Insert(ctx, w.tx); err != nil {
		return err
	}
	if err := steps.Insert(ctx, w.tx); err != nil {
		return err
	}
	if err := acts.Insert(ctx, w.tx); err != nil {
		return err
	}
	for _, l := range Lists() { // tasks of one kind at a time are looked for in one place
		if len(begin[l]) == 0 {
			continue
		}
		if _, err := task.PutAll(ctx, w.tx, w.org, w.by, begin[l], w.now); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) updateRun(ctx context.Context, r Run) error {
	_, err := w.tx.Exec(ctx, `UPDATE joiner_run SET day = $3, state = $4, ended_at = $5, ended_by = $6, reason = $7 WHERE org = $1 AND id = $2`,
		w.org, r.ID, r.Day, string(r.State), db.Micros(r.EndedAt), r.EndedBy, r.Reason)
	return err
}

// step writes a step that came or changed, and ends the task of whoever does not
// have it any more.
func (w *writer) step(ctx context.Context, r Run, was RunStep, s *RunStep, insert *db.Rows) error {
	body, err := json.Marshal(s.Step)
	if err != nil {
		return err
	}
	if was.ID == "" {
		s.ID, s.Run = newID(), r.ID
		insert.Add(w.org, s.ID, r.ID, s.Step.ID, s.N, s.Title, string(body), s.Removal, s.Assignee, s.Chosen, s.Due, string(s.State), db.Micros(s.At), db.Micros(s.SaidAt), s.By, s.Note)
		return nil
	}
	_, err = w.tx.Exec(ctx, `UPDATE joiner_run_step SET title = $3, body = $4, removal = $5, assignee = $6, chosen = $7, due = $8, state = $9, done_at = $10, said_at = $11, account = $12, note = $13
		WHERE org = $1 AND id = $2`,
		w.org, s.ID, s.Title, string(body), s.Removal, s.Assignee, s.Chosen, s.Due, string(s.State), db.Micros(s.At), db.Micros(s.SaidAt), s.By, s.Note)
	if err != nil || !needsTask(was) || needsTask(*s) && was.Assignee == s.Assignee {
		return err
	}
	state, reason := task.Cancelled, s.Note
	switch s.State {
	case ToDo:
		reason = "Somebody else does it now."
	case StepDone:
		state, reason = task.Done, ""
	}
	_, err = task.Close(ctx, w.tx, w.s.log, w.org, w.by, task.Closing{Subject: task.Subject{Kind: SubjectStep, ID: s.ID}, State: state, Reason: reason, Quiet: true}, w.now)
	return err
}

// act writes a line of a checklist's history and its leaf.
func (w *writer) act(ctx context.Context, rows *db.Rows, run, kind string, payload any) error {
	body, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	id, salt := newID(), ledger.Salt()
	rows.Add(w.org, id, run, kind, db.Micros(w.now), w.by, string(body), salt)
	return w.s.log.Append(ctx, w.tx, ledger.Leaf{Org: w.org, At: w.now, Actor: w.by, Kind: kind, ID: id, Salt: salt, Payload: json.RawMessage(body)})
}

// needsTask reports whether somebody has to be asked for a step by a task of ours.
func needsTask(s RunStep) bool { return s.State == ToDo && s.Assignee != "" && !s.ByItself() }

// newTask is what somebody is asked for a step. Their own steps carry no name.
func newTask(r Run, s RunStep) task.New {
	title := s.Title
	if s.Assignee != r.Person {
		title = cut(s.Title, 110) + ": " + cut(r.Name, 80)
	}
	about := "Joining"
	if r.List == Leaving {
		about = "Leaving"
	}
	due := s.Due
	if due < 1 {
		due = cadence.Date(0)
	}
	return task.New{Assignee: task.Assignee{Person: s.Assignee}, Kind: taskKind(r.List), Subject: task.Subject{Kind: SubjectStep, ID: s.ID, Words: about}, Title: title, Due: due, Fixed: true}
}

// cut shortens a line that is too long for its place.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return s
}
