package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/training"
)

// Until the thirteenth month the course was held elsewhere and its completions came
// in files; since then it is the one that ships.
const coursePortal = "Security awareness (yearly course)"

// learners did the course that ships, each on a day after it was chosen.
var learners = []string{"Jun Okada", "Priya Raman", "Astrid Lindqvist"}

// idle completed nothing since the year before.
var idle = []string{"Marek Obi", "Viktor Mensah"}

// again was asked to repeat the course ten days ago.
const again = "Viktor Krause"

// courses plans the training of the history.
func (t *story) courses() {
	t.then(t.at(t.begin, 9, 0), func(ctx context.Context, at time.Time) error {
		return t.choose(ctx, training.Setting{Track: training.Security, Method: training.ByOrganiser, Renewal: training.Renewal{Kind: training.AfterAYear}, DueDays: 45}, at)
	})
	for _, month := range []int{0, 2, 4, 6, 8, 10} {
		t.bring(t.in(month, 26), nil)
	}
	t.bring(t.in(12, 26), append(slices.Clone(learners), idle...))
	t.then(t.at(t.in(12, 28), 9, 0), func(ctx context.Context, at time.Time) error {
		return t.choose(ctx, training.Setting{Track: training.Security, Method: training.Embedded, Renewal: training.Renewal{Kind: training.AfterAYear}, DueDays: 30}, at)
	})
	for i, who := range learners {
		t.then(t.at(t.in(13, 3+2*i), 10, 0), func(ctx context.Context, at time.Time) error {
			return named("the course of "+who, t.learn(ctx, who, at))
		})
	}
	t.then(t.at(t.today-10, 11, 0), func(ctx context.Context, at time.Time) error {
		_, err := t.Training.Reset(ctx, t.admin, training.Asking{Track: training.Security, People: []string{t.persons[again]}, Reason: "Clicked the link of a simulated attack twice; repeats the course."}, at)
		return err
	})
}

// choose changes how the training is completed, as the preview says it would.
func (t *story) choose(ctx context.Context, next training.Setting, at time.Time) error {
	p, err := t.Training.Preview(ctx, t.admin, next, at)
	if err != nil {
		return err
	}
	return t.Training.Change(ctx, t.admin, next, len(p.Flips), at)
}

// bring plans that a list of the completions of the days before is taken in, of all
// who have not completed the course but those left out.
func (t *story) bring(day cadence.Date, left []string) {
	t.then(t.at(day, 16, 0), func(ctx context.Context, at time.Time) error {
		wanting, err := t.Training.Wanting(ctx, t.admin.Org(), training.Security, at)
		if err != nil {
			return err
		}
		var b strings.Builder
		b.WriteString("email,course,completed_at,score\n")
		n := 0
		for _, p := range wanting {
			if slices.Contains(left, p.Name) || p.Kind == people.Service || p.Name == "Omar Halloran" {
				continue
			}
			on := day - 1 - cadence.Date(hash(p.Name)%17)
			if from, err := cadence.ParseDate(p.StartOn); err == nil && on < from {
				on = from + 1
			}
			if on >= day {
				continue
			}
			fmt.Fprintf(&b, "%s,%s,%s,%d\n", p.Email, coursePortal, on, 80+hash(p.Email)%21)
			n++
		}
		if n == 0 {
			return nil
		}
		got, _, err := t.Connections.Import(ctx, t.actors["Mara Velasco"], training.Security, "completions-"+day.String()+".csv", []byte(b.String()), at)
		if err == nil && (len(got.Faults) > 0 || len(got.Notes) > 0) {
			return fmt.Errorf("completions of %s: %v %v", day, got.Faults, got.Notes)
		}
		return err
	})
}

// learn goes through the course that ships and answers every question.
func (t *story) learn(ctx context.Context, name string, at time.Time) error {
	who, ok := t.actor(name)
	if !ok {
		return fmt.Errorf("%s has no account", name)
	}
	r, err := t.Training.Begin(ctx, who, training.Security, at)
	if err != nil {
		return err
	}
	for _, l := range r.Course.Lessons {
		if err := t.Training.ReadLesson(ctx, who, training.Security, l.Slug, at); err != nil {
			return err
		}
		at = at.Add(3 * time.Minute)
		for _, q := range l.Questions {
			v := q.Judge([]string{q.Options[0].ID})
			if _, err := t.Training.Answer(ctx, who, training.Security, q.ID, v.Correct, at); err != nil {
				return err
			}
			at = at.Add(30 * time.Second)
		}
	}
	return nil
}
