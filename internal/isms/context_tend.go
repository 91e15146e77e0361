package isms

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/task"
)

// The kinds of tasks about surroundings, objectives and reviews. The values are
// stored.
const (
	TaskClimate = "isms.climate"
	TaskCare    = "isms.care"
	TaskMeasure = "isms.measure"
	TaskPack    = "isms.pack"
)

// The kinds of subjects of these tasks.
const (
	climateSubject   = "isms.climate"
	registerSubject  = "isms.register"
	objectiveSubject = "isms.objective"
	reviewSubject    = "isms.review"
)

// ContextEvery is how often the job of this part runs.
const ContextEvery = time.Hour

// ContextWork is the job that takes live figures at the end of each period, and asks
// people for what only they can do: measure by hand, look at a party or an issue
// again, decide on climate change, freeze the pack of a review.
type ContextWork struct{}

// Kind implements job.Work.
func (ContextWork) Kind() string { return "isms.context" }

var _ job.Work = ContextWork{}

// careSoon is how many days before its day an entry is put on somebody's list.
const careSoon = 14

// TendContext does what comes with the passing of time in the surroundings, the
// objectives and the reviews. It may run as often as one likes.
func (s *Store) TendContext(ctx context.Context, org string, now time.Time) error {
	now = entryMoment(now)
	var tracks []Track
	var today cadence.Date
	var plan []wantedTasks
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		zones, err := access.Days(ctx, tx, org)
		if err != nil {
			return err
		}
		today = zones.DateOf(now)
		if tracks, err = readTracks(ctx, tx, org, "", now); err != nil {
			return err
		}
		plan, err = s.contextTasks(ctx, tx, org, tracks, today, now)
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range tracks {
		for _, days := range t.open(today, false) {
			if _, err := s.take(ctx, org, nil, t.Objective, days, now); err != nil {
				return err
			}
		}
	}
	var changed []wantedTasks
	for _, w := range plan {
		if w.put != nil || w.close {
			changed = append(changed, w)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		for _, w := range changed {
			if err := s.setTasks(ctx, tx, org, "", w, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantedTasks are the tasks one subject should have now: those of others are closed.
type wantedTasks struct {
	kind    string
	subject task.Subject
	put     []task.New
	close   bool // somebody has one that should have none
}

// want says who should have which task about a subject, and whether that differs
// from what is there.
func want(ctx context.Context, tx *db.Tx, org, kind string, subject task.Subject, put []task.New) (wantedTasks, error) {
	w := wantedTasks{kind: kind, subject: subject}
	have, err := task.Of(ctx, tx, org, subject)
	if err != nil {
		return w, err
	}
	for _, n := range put {
		n.Kind, n.Subject = kind, subject
		if !slices.ContainsFunc(have, func(t task.Task) bool {
			return t.Kind == kind && t.Assignee == n.Assignee && t.Title == n.Title && t.Due == n.Due
		}) {
			w.put = append(w.put, n)
		}
	}
	for _, t := range have {
		if t.Kind == kind && !slices.ContainsFunc(put, func(n task.New) bool { return n.Assignee == t.Assignee }) {
			w.close = true
		}
	}
	if w.close { // then all of them are written anew, so that nobody keeps one by mistake
		w.put = nil
		for _, n := range put {
			n.Kind, n.Subject = kind, subject
			w.put = append(w.put, n)
		}
	}
	return w, nil
}

func (s *Store) setTasks(ctx context.Context, tx *db.Tx, org, by string, w wantedTasks, now time.Time) error {
	if w.close {
		have, err := task.Of(ctx, tx, org, w.subject)
		if err != nil {
			return err
		}
		for _, t := range have {
			if t.Kind != w.kind || slices.ContainsFunc(w.put, func(n task.New) bool { return n.Assignee == t.Assignee }) {
				continue
			}
			_, err := task.Close(ctx, tx, s.Log, org, by, task.Closing{Kind: w.kind, Subject: w.subject, Assignee: t.Assignee, State: task.Cancelled, Reason: "It is not asked any more, or of somebody else."}, now)
			if err != nil {
				return err
			}
		}
	}
	if len(w.put) == 0 {
		return nil
	}
	_, err := task.PutAll(ctx, tx, org, by, w.put, now)
	return err
}

// contextTasks says which tasks there should be.
func (s *Store) contextTasks(ctx context.Context, tx *db.Tx, org string, tracks []Track, today cadence.Date, now time.Time) ([]wantedTasks, error) {
	duties, err := people.ReadDuties(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	officer := duties.Holders("security-officer", today)
	var out []wantedTasks
	add := func(w wantedTasks, err error) error {
		out = append(out, w)
		return err
	}
	climate, err := readClimate(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	parties, err := readEntries[Party](ctx, tx, org, PartyRegister, now, ` AND v.retired = ''`)
	if err != nil {
		return nil, err
	}
	issues, err := readEntries[Issue](ctx, tx, org, IssueRegister, now, ` AND v.retired = ''`)
	if err != nil {
		return nil, err
	}
	var put []task.New
	if c := JudgeClimate(climate, today); len(parties)+len(issues) > 0 && c.State != "current" { // somebody has begun with 4.1 and 4.2
		due := c.Due
		if !due.Known() {
			due = today + 30
		}
		put = asked(officer, "Decide whether climate change is a relevant issue", due)
	}
	if err := add(want(ctx, tx, org, TaskClimate, task.Subject{Kind: climateSubject, ID: "climate", Words: "Climate change"}, keepDue(ctx, tx, org, climateSubject, "climate", put))); err != nil {
		return nil, err
	}
	var cares []Care
	for _, p := range parties {
		cares = append(cares, p.Care)
	}
	if err := add(want(ctx, tx, org, TaskCare, task.Subject{Kind: registerSubject, ID: string(PartyRegister), Words: "Interested parties"}, careTasks(cares, officer, today, "interested party", "interested parties"))); err != nil {
		return nil, err
	}
	cares = nil
	for _, i := range issues {
		cares = append(cares, i.Care)
	}
	if err := add(want(ctx, tx, org, TaskCare, task.Subject{Kind: registerSubject, ID: string(IssueRegister), Words: "Issues"}, careTasks(cares, officer, today, "issue", "issues"))); err != nil {
		return nil, err
	}
	for _, t := range tracks {
		if err := add(want(ctx, tx, org, TaskMeasure, t.Objective.subject(), t.tasks(duties, today))); err != nil {
			return nil, err
		}
	}
	reviews, err := s.reviewTasks(ctx, tx, org, officer, today)
	return append(out, reviews...), err
}

// asked is one task for each of several persons.
func asked(persons []string, title string, due cadence.Date) []task.New {
	var out []task.New
	for _, p := range persons {
		out = append(out, task.New{Assignee: task.Assignee{Person: p}, Title: title, Due: due})
	}
	return out
}

// keepDue leaves the day of a task that is asked already as it is: otherwise a day
// counted from today would move on with every run.
func keepDue(ctx context.Context, tx *db.Tx, org, kind, id string, put []task.New) []task.New {
	have, err := task.Of(ctx, tx, org, task.Subject{Kind: kind, ID: id})
	if err != nil {
		return put
	}
	for i := range put {
		for _, t := range have {
			if t.Assignee == put[i].Assignee {
				put[i].Due = t.Due
			}
		}
	}
	return put
}

// careTasks asks each owner for the entries that have to be looked at soon.
func careTasks(list []Care, officer []string, today cadence.Date, one, many string) []task.New {
	type load struct {
		n   int
		due cadence.Date
	}
	of := map[string]load{}
	for _, c := range list {
		due := c.Due()
		if !due.Known() || due > today+careSoon {
			continue
		}
		owners := officer
		if c.Owner != "" {
			owners = []string{c.Owner}
		}
		for _, p := range owners {
			l := of[p]
			if l.n++; l.n == 1 || due < l.due {
				l.due = due
			}
			of[p] = l
		}
	}
	var out []task.New
	for p, l := range of {
		title := "Look at 1 " + one + " again"
		if l.n > 1 {
			title = fmt.Sprintf("Look at %d %s again", l.n, many)
		}
		out = append(out, asked([]string{p}, title, l.due)...)
	}
	slices.SortFunc(out, func(a, b task.New) int {
		if a.Assignee.Person < b.Assignee.Person {
			return -1
		}
		return 1
	})
	return out
}

func (o Objective) subject() task.Subject {
	return task.Subject{Kind: objectiveSubject, ID: o.ID, Words: o.Code}
}

// tasks asks whoever answers for an objective to measure the oldest period that
// waits for it.
func (t Track) tasks(duties *people.Duties, today cadence.Date) []task.New {
	o := t.Objective
	src, live := FindSource(o.Source)
	if o.Retired != "" || live && !src.Asks {
		return nil
	}
	verb := "Measure "
	if live {
		verb = "Take the figure of "
	}
	for _, p := range t.Periods {
		if p.Verdict == Awaited && p.Measure == nil {
			return asked(o.holders(duties, today), verb+o.Code+" for "+p.Days.String(), p.Days.To+measureDays)
		}
	}
	return nil
}

// settleMeasureTask ends the tasks of an objective when no period waits any more.
func (s *Store) settleMeasureTask(ctx context.Context, tx *db.Tx, org, by string, o Objective, now time.Time) error {
	list, err := readTracks(ctx, tx, org, o.ID, now)
	if err != nil || len(list) == 0 {
		return err
	}
	if slices.ContainsFunc(list[0].Periods, func(p ObjectivePeriod) bool { return p.Verdict == Awaited && p.Measure == nil }) {
		return nil // the next round asks for what is left
	}
	_, err = task.Close(ctx, tx, s.Log, org, by, task.Closing{Kind: TaskMeasure, Subject: o.subject(), State: task.Done, Reason: "It was measured.", Quiet: true}, now)
	return err
}

// closeContextTask ends the tasks of a kind about a subject as done.
func closeContextTask(ctx context.Context, tx *db.Tx, s *Store, who access.Actor, kind, id, reason string, now time.Time) error {
	subject := map[string]string{TaskClimate: climateSubject, TaskCare: registerSubject, TaskPack: reviewSubject}[kind]
	_, err := task.Close(ctx, tx, s.Log, who.Org(), who.Account(), task.Closing{Kind: kind, Subject: task.Subject{Kind: subject, ID: id}, State: task.Done, Reason: reason, Quiet: true}, now)
	return err
}
