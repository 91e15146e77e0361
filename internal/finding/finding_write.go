package finding

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// The kinds of leaf a finding leaves. They are stored.
const (
	kindRaised    = "finding.raised"
	kindChanged   = "finding.changed" // its text, its owner, or what it is about
	kindGraded    = "finding.graded"
	kindCorrected = "finding.corrected"
	kindCause     = "finding.cause"
	kindResponse  = "finding.response"
	kindPlanned   = "finding.check_planned"
	kindChecked   = "finding.checked"
	kindClosed    = "finding.closed"
	kindReopened  = "finding.reopened"
)

// draftFact is what the log says of a finding as it was raised or changed.
type draftFact struct {
	Finding      string       `json:"finding"`
	Code         string       `json:"code"`
	Kind         Kind         `json:"kind"`
	Grade        Grade        `json:"grade"`
	Reason       string       `json:"reason"`
	SourceKind   string       `json:"source_kind"`
	Source       string       `json:"source"`
	Title        string       `json:"title"`
	Statement    string       `json:"statement"`
	Objective    string       `json:"objective"`
	Owner        string       `json:"owner"`
	WasOwner     string       `json:"was_owner"`
	FoundOn      cadence.Date `json:"day"`
	WasFoundOn   cadence.Date `json:"was_day,omitempty"`
	Controls     []string     `json:"controls"`
	Requirements []string     `json:"requirements"`
	Items        []string     `json:"items"`
}

func (f Finding) fact() draftFact {
	list := func(l []string) []string {
		if l == nil {
			return []string{}
		}
		return slices.Clone(l)
	}
	return draftFact{f.ID, f.Code(), f.Kind, f.Grade, f.Reason, f.Source.Kind, f.Source.ID, f.Title, f.Statement, f.Objective, f.Owner, "", f.FoundOn,
		0, list(f.Controls), refWords(f.Requirements), list(f.Items)}
}

// Raise writes a finding in the caller's transaction, with its leaf and the task
// of its owner. by is the account that caused it, or empty. Whether it may is the
// business of the noun that raises.
func (s *Store) Raise(ctx context.Context, tx *db.Tx, org, by string, n Draft, now time.Time) (Finding, error) {
	now = moment(now)
	n, err := n.checked()
	if err == nil {
		err = existing(ctx, tx, org, n.Controls, map[string]string{"owner": n.Owner})
	}
	if err != nil {
		return Finding{}, err
	}
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return Finding{}, err
	}
	today := zones.DateOf(now)
	if !n.FoundOn.Known() {
		n.FoundOn = today
	}
	if n.FoundOn > today {
		return Finding{}, problem.Field("found_on", "The day it was found lies in the future.")
	}
	f := Finding{Draft: n, ID: newID(), RaisedAt: now, RaisedBy: by}
	if f.N, err = number(ctx, tx, org, "finding"); err != nil {
		return Finding{}, err
	}
	rows := db.Into(`finding (org, id, n, kind, grade, reason, source_kind, source, source_words, title, statement, objective, owner, found_on, raised_at, raised_by)`)
	rows.Add(org, f.ID, f.N, string(f.Kind), string(f.Grade), f.Reason, f.Source.Kind, f.Source.ID, f.Source.Words, f.Title, f.Statement, f.Objective, orNull(f.Owner), f.FoundOn, db.Micros(now), by)
	if err := rows.Insert(ctx, tx); err != nil {
		return Finding{}, err
	}
	concerns := db.Into(aboutColumns)
	addAbout(concerns, org, f.ID, "", about{f.Controls, f.Requirements}, now)
	if err := concerns.Insert(ctx, tx); err != nil {
		return Finding{}, err
	}
	if err := attach(ctx, tx, org, by, f.ID, "", "objective", nil, f.Items, now); err != nil {
		return Finding{}, err
	}
	if err := s.askFor(ctx, tx, org, by, f, now); err != nil {
		return Finding{}, err
	}
	return f, s.record(ctx, tx, org, act{finding: f.ID, kind: kindRaised, account: by, at: now, payload: f.fact()})
}

// Report raises a finding somebody reports by hand.
func (s *Store) Report(ctx context.Context, who access.Actor, n Draft, now time.Time) (Finding, error) {
	if err := who.May(access.ReportFindings); err != nil {
		return Finding{}, err
	}
	var out Finding
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := s.required(ctx, tx, who.Org(), nil, n.Requirements, now); err != nil {
			return err
		}
		out, err = s.Raise(ctx, tx, who.Org(), who.Account(), n, now)
		return err
	})
	return out, err
}

const (
	taskFinding = "finding.work"  // for its owner: what is missing
	taskCheck   = "finding.check" // for who checks whether it worked
)

func (f Finding) subject() task.Subject {
	return task.Subject{Kind: "finding", ID: f.ID, Words: f.Code()}
}

// askFor brings the tasks about a finding in line with how it stands: its owner is
// asked for what is missing, and the checker to check.
func (s *Store) askFor(ctx context.Context, tx *db.Tx, org, by string, f Finding, now time.Time) error {
	want := map[string]task.New{}
	step := f.Now()
	if !f.Closed() {
		if f.Owner != "" && (step.Stage == Correction || step.Stage == Cause || step.Stage == Response || step.Stage == Acting && f.Actions.Open == 0) {
			want[taskFinding] = task.New{Assignee: task.Assignee{Person: f.Owner}, Title: cut("Work on "+f.Code()+": "+f.Title, maxTitle), Due: step.Due}
		}
		if f.Checker != "" && f.CheckOn.Known() && f.Verdict() == "" && f.Actions.Open == 0 && f.Actions.Done > 0 {
			want[taskCheck] = task.New{Assignee: task.Assignee{Person: f.Checker}, Title: cut("Check whether "+f.Code()+" was cured: "+f.Title, maxTitle), Due: f.CheckOn}
		}
	}
	open, err := task.Of(ctx, tx, org, f.subject())
	if err != nil {
		return err
	}
	for _, t := range open {
		if w, ok := want[t.Kind]; ok && w.Assignee == t.Assignee {
			continue
		}
		if _, err := task.Close(ctx, tx, s.Log, org, by, task.Closing{Kind: t.Kind, Subject: f.subject(), Assignee: t.Assignee, State: task.Done, Quiet: true}, now); err != nil {
			return err
		}
	}
	for _, kind := range []string{taskFinding, taskCheck} {
		w, ok := want[kind]
		if !ok {
			continue
		}
		w.Kind, w.Subject, w.Fixed = kind, f.subject(), true
		if _, err := task.Put(ctx, tx, org, by, w, now); err != nil {
			return err
		}
	}
	return nil
}

// cut shortens a line to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// mayWork lets who leads the programme through, and the owner of a finding.
func mayWork(ctx context.Context, tx *db.Tx, who access.Actor, f Finding) error {
	if who.Can(access.ManageFindings) {
		return nil
	}
	person, err := personOf(ctx, tx, who)
	if err != nil || person != "" && person == f.Owner {
		return err
	}
	return problem.New(problem.Forbidden, "Only who answers for %s, or a manager, may do this.", f.Code())
}

// step is one change of a finding: it looks at the finding as it stands, writes,
// and says what the log is to hold.
type change func(ctx context.Context, tx *db.Tx, f *Finding, today cadence.Date) (kind string, payload any, err error)

// alter makes a change in a transaction of its own and returns the finding after
// it. work says whether its owner may do it without leading the programme.
func (s *Store) alter(ctx context.Context, who access.Actor, id string, work bool, now time.Time, fn change) (Finding, error) {
	now = moment(now)
	var out Finding
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		f, err := findingOf(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		if work {
			if err := mayWork(ctx, tx, who, f); err != nil {
				return err
			}
		}
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		kind, payload, err := fn(ctx, tx, &f, zones.DateOf(now))
		if err != nil || kind == "" {
			return err
		}
		if out, err = findingOf(ctx, tx, who.Org(), f.ID, now); err != nil {
			return err
		}
		if err := s.askFor(ctx, tx, who.Org(), who.Account(), out, now); err != nil {
			return err
		}
		return s.record(ctx, tx, who.Org(), act{finding: f.ID, kind: kind, account: who.Account(), at: now, payload: payload})
	})
	return out, err
}

func (f Finding) mustBeOpen() error {
	if f.Closed() {
		return problem.New(problem.Conflict, "%s is closed. Open it again, with a reason, before you change it.", f.Code())
	}
	return nil
}

// Change changes the text, the owner and what a finding is about. Kind and grade
// have their own method.
func (s *Store) Change(ctx context.Context, who access.Actor, id string, n Draft, now time.Time) error {
	if err := who.May(access.ReportFindings); err != nil {
		return err
	}
	_, err := s.alter(ctx, who, id, true, now, func(ctx context.Context, tx *db.Tx, f *Finding, today cadence.Date) (string, any, error) {
		n.Kind, n.Grade, n.Reason, n.Source, n.Items = f.Kind, f.Grade, f.Reason, f.Source, f.Items
		if !n.FoundOn.Known() {
			n.FoundOn = f.FoundOn
		}
		n, err := n.checked()
		if err == nil {
			err = f.mustBeOpen()
		}
		if err == nil && n.FoundOn != f.FoundOn && !who.Can(access.ManageFindings) {
			err = problem.Field("found_on", "All deadlines count from the day it was found, so only whoever grades findings moves it.")
		}
		if err == nil && n.FoundOn > today {
			err = problem.Field("found_on", "The day it was found lies in the future.")
		}
		if err == nil {
			err = existing(ctx, tx, who.Org(), n.Controls, map[string]string{"owner": n.Owner})
		}
		if err == nil {
			err = s.required(ctx, tx, who.Org(), f.Requirements, n.Requirements, now)
		}
		if err != nil || n.same(f.Draft) {
			return "", nil, err
		}
		fact, err := s.write(ctx, tx, who.Org(), *f, n, moment(now))
		return kindChanged, fact, err
	})
	return err
}

// write writes the text of a finding and what it is about, and returns what the
// log is to hold.
func (s *Store) write(ctx context.Context, tx *db.Tx, org string, f Finding, n Draft, now time.Time) (draftFact, error) {
	after := f
	after.Draft = n
	fact := after.fact()
	fact.WasOwner, fact.WasFoundOn = f.Owner, f.FoundOn
	_, err := tx.Exec(ctx, `UPDATE finding SET title = $3, statement = $4, objective = $5, owner = $6, found_on = $7 WHERE org = $1 AND id = $2`,
		org, f.ID, n.Title, n.Statement, n.Objective, orNull(n.Owner), n.FoundOn)
	if err != nil {
		return fact, err
	}
	return fact, setAbout(ctx, tx, org, f.ID, "", about{f.Controls, f.Requirements}, about{n.Controls, n.Requirements}, now)
}

func (n Draft) same(o Draft) bool {
	return n.Title == o.Title && n.Statement == o.Statement && n.Objective == o.Objective && n.Owner == o.Owner && n.FoundOn == o.FoundOn &&
		sameSet(n.Controls, o.Controls) && sameSet(refWords(n.Requirements), refWords(o.Requirements))
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// gradeFact is what the log says of a grade.
type gradeFact struct {
	Finding  string `json:"finding"`
	Kind     Kind   `json:"kind"`
	Grade    Grade  `json:"grade"`
	WasKind  Kind   `json:"was_kind"`
	WasGrade Grade  `json:"was_grade"`
	Reason   string `json:"reason"`
}

// Grade says what kind of finding it is and how grave, with the reason.
func (s *Store) Grade(ctx context.Context, who access.Actor, id string, k Kind, g Grade, reason string, now time.Time) error {
	if err := who.May(access.ManageFindings); err != nil {
		return err
	}
	_, err := s.alter(ctx, who, id, false, now, func(ctx context.Context, tx *db.Tx, f *Finding, _ cadence.Date) (string, any, error) {
		if !slices.Contains(Kinds(), k) {
			return "", nil, problem.Field("kind", "Choose one of the kinds.")
		}
		said, err := prose("reason", "The reason", reason)
		if err == nil {
			err = f.mustBeOpen()
		}
		if err != nil {
			return "", nil, err
		}
		grade, kept, err := checkGrade(k, g, said)
		if err != nil {
			return "", nil, err
		}
		_, err = tx.Exec(ctx, `UPDATE finding SET kind = $3, grade = $4, reason = $5 WHERE org = $1 AND id = $2`, who.Org(), f.ID, string(k), string(grade), kept)
		return kindGraded, gradeFact{f.ID, k, grade, f.Kind, f.Grade, said}, err
	})
	return err
}
