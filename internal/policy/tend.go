package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/task"
)

// TendEvery is how often the job runs.
const TendEvery = time.Hour

// Work is the job that asks new people to acknowledge policies, stops asking those
// who left, and asks owners for reviews.
type Work struct{}

// Kind implements job.Work.
func (Work) Kind() string { return "policy.tend" }

var _ job.Work = Work{}

// Tend does what comes with the passing of time: who joined an audience is asked,
// who left it is not asked any more, owners are asked for reviews that are due, and
// whoever had to make two documents agree is done once they do. It may run as often
// as one likes.
func (s *Store) Tend(ctx context.Context, org string, now time.Time) error {
	if err := s.tend(ctx, org, "", db.Jobs, moment(now)); err != nil {
		return err
	}
	return s.tendConflicts(ctx, org, moment(now))
}

// atOnce is how many people a transaction asks: a company of fifty thousand does
// not keep others from writing.
const atOnce = 1000

func (s *Store) tend(ctx context.Context, org, by string, p db.Priority, now time.Time) error {
	r, err := s.roster(ctx, org)
	if err != nil {
		return err
	}
	var sc scene
	var plan []turn
	var reviews reviewTasks
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if sc, err = readScene(ctx, tx, org, now); err != nil {
			return err
		}
		held, err := readHeld(ctx, tx, org)
		if err != nil {
			return err
		}
		plan = turns(sc, held, r)
		reviews, err = reviewsDue(ctx, tx, org, sc)
		return err
	})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(plan, atOnce) {
		err := s.db.Write(ctx, org, p, func(ctx context.Context, tx *db.Tx) error { return s.turn(ctx, tx, org, by, sc, part, now) })
		if err != nil {
			return err
		}
	}
	if reviews.none() {
		return nil
	}
	return s.db.Write(ctx, org, p, func(ctx context.Context, tx *db.Tx) error { return s.askReviews(ctx, tx, org, by, reviews, now) })
}

// turn is what changes for one person.
type turn struct {
	person     string
	was, after string // marks
	ask        []int  // indexes of scene.bound
	drop       []int  // numbers of policies that are not asked any more
	left       bool   // they are not here any more
}

// turns works out who has to be asked and who does not any more, by id of the
// person, so that tasks are read in stretches.
func turns(sc scene, held map[string]string, r Register) []turn {
	var out []turn
	a := audiencesOf(sc.bound)
	for _, p := range r.All() {
		current := r.StatusOn(p.ID, sc.Today) == people.Current
		text := held[p.ID]
		if !current && text == "" {
			continue
		}
		t := turn{person: p.ID, was: text, left: !current}
		ms := readMarks(text, nil)
		wanted := map[int]bool{}
		if current {
			a.look(r, p.ID)
			start := r.StartOf(p.ID, sc.Today)
			for i, b := range sc.bound {
				if !a.binds(i) {
					continue
				}
				m := ms.find(b.num)
				if state, _, _ := b.judge(m, start, sc.Moment); state == people.Done {
					continue
				}
				wanted[b.num] = true
				if m.asked != b.Major {
					m.asked, m.since, m.due = b.Major, sc.Today, sc.Today+cadence.Date(sc.Days)
					ms.put(m)
					t.ask = append(t.ask, i)
				}
			}
		}
		for i, m := range ms {
			if m.asked != 0 && !wanted[m.num] {
				ms[i].asked, ms[i].since, ms[i].due = 0, 0, 0
				t.drop = append(t.drop, m.num)
			}
		}
		if len(t.ask)+len(t.drop) > 0 {
			t.after = ms.String()
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b turn) int { return strings.Compare(a.person, b.person) })
	return out
}

// turn asks some people and stops asking others, in the caller's transaction. Whose
// marks changed meanwhile is left for the next time.
func (s *Store) turn(ctx context.Context, tx *db.Tx, org, by string, sc scene, part []turn, now time.Time) error {
	if _, err := tx.Revision(ctx, org); err != nil { // one change of marks at a time, on any server
		return err
	}
	held, err := heldBetween(ctx, tx, org, part[0].person, part[len(part)-1].person)
	if err != nil {
		return err
	}
	part = slices.DeleteFunc(slices.Clone(part), func(t turn) bool { return held[t.person] != t.was })
	ask, drop := map[int][]task.New{}, map[string][]task.Assignee{}
	for _, t := range part {
		who := task.Assignee{Person: t.person}
		for _, i := range t.ask {
			b := sc.bound[i]
			ask[i] = append(ask[i], task.New{Assignee: who, Kind: TaskAcknowledge, Subject: reading(b.Policy, b.Title),
				Title: "Read and acknowledge: " + b.Title, Due: sc.Today + cadence.Date(sc.Days), Fixed: true})
		}
		for _, num := range t.drop {
			if p, ok := sc.byNum(num); ok {
				why := "It does not bind them any more."
				if t.left {
					why = "They are not here at present."
				}
				key := p.ID + "\n" + why
				drop[key] = append(drop[key], who)
			}
		}
	}
	for i := range sc.bound {
		if _, err := task.PutAll(ctx, tx, org, by, ask[i], now); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(drop)) {
		id, why, _ := strings.Cut(key, "\n")
		c := task.Closing{Kind: TaskAcknowledge, Subject: reading(id, ""), State: task.Cancelled, Reason: why, Quiet: true}
		if _, err := task.CloseFor(ctx, tx, org, by, c, drop[key], now); err != nil {
			return err
		}
	}
	return putMarks(ctx, tx, org, part)
}

func (sc scene) byNum(num int) (Policy, bool) {
	i := slices.IndexFunc(sc.policies, func(p Policy) bool { return p.num == num })
	if i < 0 {
		return Policy{}, false
	}
	return sc.policies[i], true
}

func heldBetween(ctx context.Context, tx *db.Tx, org, from, to string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, marks FROM policy_person WHERE org = $1 AND id >= $2 AND id <= $3`, org, from, to)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, text string
		err := scan(&id, &text)
		out[id] = text
		return err
	})
	return out, err
}

// putMarks writes the marks of some people.
func putMarks(ctx context.Context, tx *db.Tx, org string, part []turn) error {
	for some := range slices.Chunk(part, 200) {
		rows := db.Into(`policy_person (org, id, marks)`)
		for _, t := range some {
			rows.Add(org, t.person, t.after)
		}
		query, args := rows.Part(nil)
		if _, err := tx.Exec(ctx, query+` ON CONFLICT (org, id) DO UPDATE SET marks = excluded.marks`, args...); err != nil {
			return err
		}
	}
	return nil
}

// reviewTasks is what changes about the tasks to review policies.
type reviewTasks struct {
	put  []task.New
	over []task.Closing
}

func (r reviewTasks) none() bool { return len(r.put)+len(r.over) == 0 }

// reviewsDue works out which owners have to be asked to review what.
func reviewsDue(ctx context.Context, tx *db.Tx, org string, sc scene) (reviewTasks, error) {
	var out reviewTasks
	for _, p := range sc.policies {
		due, stand, _ := ReviewDue(p, sc.versions[p.ID], sc.reviews[p.ID], sc.Today, sc.Zone)
		var want *task.New
		if p.Owner != "" && (stand == ReviewSoon || stand == ReviewOverdue) {
			want = &task.New{Assignee: task.Assignee{Person: p.Owner}, Kind: TaskReview, Subject: subject(p), Title: "Review: " + p.Title, Due: due, Fixed: true}
		}
		open, err := task.Of(ctx, tx, org, subject(p))
		if err != nil {
			return out, err
		}
		have := false
		for _, t := range open {
			switch {
			case t.Kind != TaskReview:
			case want != nil && t.Assignee == want.Assignee && t.Due == want.Due && t.Title == want.Title:
				have = true
			case want == nil || t.Assignee != want.Assignee:
				why := "No review is due any more."
				if want != nil {
					why = "Somebody else keeps the policy now."
				}
				out.over = append(out.over, task.Closing{Kind: TaskReview, Subject: subject(p), Assignee: t.Assignee, State: task.Cancelled, Reason: why, Quiet: true})
			}
		}
		if want != nil && !have {
			out.put = append(out.put, *want)
		}
	}
	return out, nil
}

func (s *Store) askReviews(ctx context.Context, tx *db.Tx, org, by string, r reviewTasks, now time.Time) error {
	for _, c := range r.over {
		if _, err := task.Close(ctx, tx, s.log, org, by, c, now); err != nil {
			return fmt.Errorf("ending a task to review: %w", err)
		}
	}
	_, err := task.PutAll(ctx, tx, org, by, r.put, now)
	return err
}
