package demo

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/people"
)

// offices says who does what a team has to do.
var offices = map[joiner.Doer]string{
	"people": "Elin Costa", "it": "Nora Okada", "security": "Silas Mensah", "engineering": "Ada Brandt", "legal": "Ines Okafor", "finance": "Rosa Ibarra", "office": "Elin Costa",
}

// kept is the first day on which joining and leaving are run by lists here. Before
// that the lists were papers among the evidence.
func (t *story) kept() cadence.Date { return t.in(10, 1) }

// onboarding plans the lists of those who start and leave since then.
func (t *story) onboarding() error {
	t.then(t.at(t.kept(), 10, 0), func(ctx context.Context, at time.Time) error {
		held := map[joiner.Doer]string{}
		for office, person := range offices {
			held[office] = t.persons[person]
		}
		return t.Joiners.SetSetting(ctx, t.admin, joiner.Setting{Begins: t.kept(), Ahead: 20, Hours: joiner.DefaultHours, Offices: held, Background: t.kept()}, at)
	})
	sheet, err := t.list(true)
	if err != nil {
		return err
	}
	for _, e := range sheet.Entries {
		from, _ := cadence.ParseDate(e.Person.StartOn) // the list was read, so they are dates or empty
		to, _ := cadence.ParseDate(e.Person.EndOn)
		if e.Person.Name == returned {
			from = t.workday(t.today - 75)
		}
		if from >= t.kept() {
			t.join(e.Person.Name, from)
		}
		if to >= t.kept() {
			t.leave(e.Person.Name, to)
		}
	}
	t.then(t.at(t.yesterday, 17, 0), func(ctx context.Context, at time.Time) error { return t.Joiners.Tend(ctx, t.admin.Org(), at) })
	t.then(t.at(t.yesterday, 18, 0), func(ctx context.Context, at time.Time) error {
		return t.Results.Assign(ctx, t.admin, string(people.LeavingCheck), t.controls["HR-05"].ID, at)
	})
	return nil
}

// join plans the list of somebody who starts.
func (t *story) join(name string, from cadence.Date) {
	known := max(from-9, t.kept())
	if _, ok := starts[name]; ok {
		known = max(known, cadence.DateOf(t.hired(), t.zone)+1)
	}
	t.then(t.at(known, 10, 20), func(ctx context.Context, at time.Time) error { return t.Joiners.Tend(ctx, t.admin.Org(), at) })
	if name != future {
		t.then(t.at(max(from-3, known), 15, 0), func(ctx context.Context, at time.Time) error { return t.check(ctx, name, from, at) })
	}
	t.settle(t.at(from, 16, 0), name, joiner.Joining, from)
	t.settle(t.at(from+5, 16, 0), name, joiner.Joining, from+6)
	if name != behind {
		t.settle(t.at(from+26, 16, 0), name, joiner.Joining, from+31)
	}
}

// leave plans the list of somebody who leaves: access goes in the evening of the
// last day.
func (t *story) leave(name string, to cadence.Date) {
	t.then(t.at(max(to-12, t.kept()), 10, 40), func(ctx context.Context, at time.Time) error { return t.Joiners.Tend(ctx, t.admin.Org(), at) })
	t.settle(t.at(max(to-10, t.kept()), 16, 30), name, joiner.Leaving, to-10)
	t.settle(t.at(to-1, 16, 30), name, joiner.Leaving, to)
	t.settle(t.at(to, 17, 30), name, joiner.Leaving, to+1)
	t.settle(t.at(to+6, 11, 0), name, joiner.Leaving, to+14)
}

// check records a background check.
func (t *story) check(ctx context.Context, name string, from cadence.Date, at time.Time) error {
	day := cadence.DateOf(at, t.zone)
	b := joiner.Background{Person: t.persons[name], Role: "As in the contract", Kinds: []string{"identity", "right-to-work", "employment", "references"}, Provider: "Nordlys Screening",
		NoticeOn: day - 9, Form: "Notice 2", OrderedOn: day - 8, Completed: day - 1, Outcome: joiner.Clear, DecidedBy: "Head of People", Decided: day}
	switch name {
	case returned:
		b = joiner.Background{Person: b.Person, Role: b.Role, Outcome: joiner.Waived, DecidedBy: "Head of People", Decided: day,
			Waiver: "Came back; the check of the first time is complete.", Instead: "References of the months between were taken by phone."}
	case behind: // ordered, and nobody has decided
		b.Completed, b.Outcome, b.Decided, b.DecidedBy = 0, joiner.Undecided, 0, ""
	}
	_, err := t.Joiners.Record(ctx, t.actors["Mara Velasco"], b, at)
	return named("the check of "+name, err)
}

// settle plans that what is due by a day on the list of a person is done at a
// moment, by whom it is given to where they have an account. The newcomer has not
// come to their own steps yet.
func (t *story) settle(at time.Time, name string, list joiner.List, due cadence.Date) {
	t.then(at, func(ctx context.Context, at time.Time) error {
		if err := t.Joiners.Tend(ctx, t.admin.Org(), at); err != nil {
			return err
		}
		o, err := t.Joiners.Overview(ctx, t.admin, at)
		if err != nil {
			return err
		}
		for _, row := range o.Rows {
			if row.Person != t.persons[name] || row.List != list || row.State != joiner.Open {
				continue
			}
			v, err := t.Joiners.Find(ctx, t.admin, row.ID, at)
			if err != nil {
				return err
			}
			failed := make([]error, len(v.Steps))
			var wg sync.WaitGroup // many of them then share a transaction
			for i, s := range v.Steps {
				if s.State != joiner.ToDo || s.Check != "" || s.Due > due || name == newcomer && s.Doer == joiner.Self && s.Due > t.workday(t.today+starts[newcomer])+3 {
					continue
				}
				wg.Go(func() { failed[i] = named(s.Step.ID+" of "+name, t.step(ctx, s, name, at)) })
			}
			if wg.Wait(); errors.Join(failed...) != nil {
				return errors.Join(failed...)
			}
		}
		return nil
	})
}

// step says that a step is done; that the directory account is gone is shown.
func (t *story) step(ctx context.Context, s joiner.RunStep, name string, at time.Time) error {
	who := t.does(s.Assignee)
	if s.Step.ID == "OF-07" {
		body := strings.NewReader("Directory, account of " + name + ": disabled\n" + at.Format(time.DateTime) + "\n")
		item, err := t.Joiners.Attach(ctx, who, s.ID, "directory-account.txt", body, at)
		if err != nil {
			return err
		}
		t.meanwhile(t.reviewed(at), func(ctx context.Context, at time.Time) error {
			return t.Evidence.Review(ctx, t.reviews(who), item.ID, evidence.Accepted, "", at)
		})
	}
	return t.Joiners.Settle(ctx, who, s.ID, joiner.Said{State: joiner.StepDone, At: at}, at)
}

// does is who of those with an account does a step; the compliance manager does it
// for the others.
func (t *story) does(person string) access.Actor {
	for name, id := range t.persons {
		if who, ok := t.actor(name); ok && id == person {
			return who
		}
	}
	return t.admin
}
