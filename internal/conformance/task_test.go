package conformance

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

var today = cadence.On(2026, time.March, 1)

// request is a task as another noun would make it.
func request(a task.Assignee, id string, due cadence.Date) task.New {
	return task.New{Assignee: a, Kind: "evidence.request", Subject: task.Subject{Kind: "evidence_request", ID: id, Words: "Access review"}, Title: "File evidence for AC-04", Due: due}
}

func (h *house) put(t testing.TB, n task.New, at time.Time) string {
	t.Helper()
	who := h.actors[access.Manager]
	var id string
	must(t, h.d.Write(t.Context(), who.Org(), db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = task.Put(ctx, tx, who.Org(), who.Account(), n, at)
		return err
	}))
	return id
}

func (h *house) mine(t testing.TB, r access.Role) task.List {
	t.Helper()
	l, err := h.tasks.Mine(t.Context(), h.actors[r], now)
	must(t, err)
	return l
}

func (h *house) assignee(r access.Role) task.Assignee {
	return task.Assignee{Account: h.accounts[r].ID}
}

func TestTheSameCauseMakesOneTask(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.put(t, request(h.assignee(access.Employee), "r1", today+3), now)
		again := request(h.assignee(access.Employee), "r1", today+5)
		again.Title = "File evidence for AC-05"
		if id := h.put(t, again, now.Add(time.Hour)); id != first {
			t.Errorf("the same cause made a second task")
		}
		h.put(t, request(h.assignee(access.Employee), "r2", 0), now)
		h.put(t, request(h.assignee(access.Contributor), "r1", today), now)
		l := h.mine(t, access.Employee)
		if len(l.Open) != 2 || l.Open[0].ID != first || l.Open[0].Title != "File evidence for AC-05" || l.Open[0].Due != today+5 || l.Open[1].Due.Known() {
			t.Errorf("the employee has %+v", l.Open)
		}
		if !l.Open[0].Reachable || l.Open[0].Name != "Person Employee" || l.Today != today {
			t.Errorf("the task says %+v on %s", l.Open[0], l.Today)
		}
		_, history, err := h.tasks.Find(t.Context(), h.actors[access.Employee], first)
		must(t, err)
		if len(history) != 2 || history[0].Due != today+3 || history[1].Due != today+5 || history[0].ByName != "Person Manager" {
			t.Errorf("its history is %+v", history)
		}
	})
}

func TestATaskEndsWithItsCauseAndIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		org, by := h.actors[access.Manager].Org(), h.accounts[access.Manager].ID
		id := h.put(t, request(h.assignee(access.Employee), "r1", today), now)
		h.put(t, request(h.assignee(access.Viewer), "r1", today), now)
		if err := h.tasks.Finish(t.Context(), h.actors[access.Employee], id, "", now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("finishing by hand what ends by itself: %v, want a conflict", err)
		}
		from := h.leaves(t, org)
		closing := task.Closing{Subject: task.Subject{Kind: "evidence_request", ID: "r1"}, State: task.Done}
		for i, want := range []int{2, 0} {
			must(t, h.d.Write(t.Context(), org, db.People, func(ctx context.Context, tx *db.Tx) error {
				n, err := task.Close(ctx, tx, h.log, org, by, closing, now)
				if n != want {
					t.Errorf("time %d ended %d tasks, want %d", i, n, want)
				}
				return err
			}))
		}
		if got := h.kinds(t, org, from); !slices.Equal(got, []string{"task.done", "task.done"}) {
			t.Errorf("the log says %v", got)
		}
		l := h.mine(t, access.Employee)
		if len(l.Open) != 0 || len(l.Ended) != 1 || l.Ended[0].State != task.Done || l.Ended[0].EnderName != "Person Manager" {
			t.Errorf("the employee has %+v", l)
		}
		if h.put(t, request(h.assignee(access.Employee), "r1", today), now) == id {
			t.Error("a task that was over was opened again")
		}
	})
}

func TestATaskOfAPersonWaitsForTheAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		p, err := h.people.Add(ctx, manager, people.Person{Name: "Emil Employee", Email: "employee@one.test"}, now)
		must(t, err)
		h.put(t, request(task.Assignee{Person: p.ID}, "r1", today-1), now)
		if l := h.mine(t, access.Employee); len(l.Open) != 0 {
			t.Error("an equal e-mail address gave a task to an account")
		}
		all, err := h.tasks.List(ctx, manager, task.Filter{Assignee: "unreachable"}, now)
		must(t, err)
		if len(all.Open) != 1 || all.Open[0].Reachable || all.Open[0].Name != "Emil Employee" || all.Count(task.Overdue) != 1 {
			t.Errorf("the manager sees %+v", all.Open)
		}
		must(t, h.people.LinkAccount(ctx, manager, p.ID, h.accounts[access.Employee].ID, now))
		if l := h.mine(t, access.Employee); len(l.Open) != 1 || !l.Open[0].Reachable {
			t.Errorf("the linked account has %+v", l.Open)
		}
		byAccount, err := h.tasks.List(ctx, manager, task.Filter{Assignee: h.assignee(access.Employee).String()}, now)
		if must(t, err); len(byAccount.Open) != 1 || byAccount.Open[0].Holder() != h.assignee(access.Employee) {
			t.Errorf("by the account the manager finds %+v", byAccount.Open)
		}
		if open, overdue, err := h.tasks.MyCount(ctx, h.actors[access.Employee], now); err != nil || open != 1 || overdue != 1 {
			t.Errorf("counted %d open and %d overdue (%v), want 1 and 1", open, overdue, err)
		}
		other, err := h.people.Add(ctx, manager, people.Person{Name: "Somebody else"}, now)
		must(t, err)
		if err := h.people.LinkAccount(ctx, manager, other.ID, h.accounts[access.Employee].ID, now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("one account for two persons: %v, want a conflict", err)
		}
		must(t, h.people.LinkAccount(ctx, manager, p.ID, "", now))
		must(t, h.people.LinkAccount(ctx, manager, other.ID, h.accounts[access.Employee].ID, now))
		accounts, err := h.people.Accounts(ctx, manager)
		if must(t, err); len(accounts) != 1 || accounts[other.ID] != h.accounts[access.Employee].ID {
			t.Errorf("the links are %v", accounts)
		}
		if l := h.mine(t, access.Employee); len(l.Open) != 0 {
			t.Error("the task is seen after the link ended")
		}
	})
}

func TestATaskCanBeHandedOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		id, err := h.tasks.Ask(ctx, manager, h.assignee(access.Employee), "Read the new plan", today+2, now)
		must(t, err)
		must(t, h.tasks.Reassign(ctx, manager, id, h.assignee(access.Contributor), 0, now))
		if _, _, err := h.tasks.Find(ctx, h.actors[access.Employee], id); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("who had it still finds it: %v", err)
		}
		if err := h.tasks.Finish(ctx, h.actors[access.Employee], id, "", now); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("finishing what is somebody else's: %v, want not found", err)
		}
		must(t, h.tasks.Finish(ctx, h.actors[access.Contributor], id, "Read it.", now))
		l := h.mine(t, access.Contributor)
		if len(l.Ended) != 1 || l.Ended[0].Reason != "Read it." || l.Ended[0].Due != today+2 {
			t.Errorf("done are %+v", l.Ended)
		}
		if err := h.tasks.Reassign(ctx, manager, id, h.assignee(access.Employee), 0, now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("handing on what is over: %v, want a conflict", err)
		}

		fixed := request(h.assignee(access.Employee), "r1", today)
		fixed.Fixed = true
		id = h.put(t, fixed, now)
		if err := h.tasks.Reassign(ctx, manager, id, h.assignee(access.Contributor), 0, now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("handing on what only one person may do: %v, want a conflict", err)
		}
		if err := h.tasks.Cancel(ctx, manager, id, "No need.", now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("cancelling what ends by itself: %v, want a conflict", err)
		}
		if _, err := h.tasks.Ask(ctx, manager, task.Assignee{Account: "nobody"}, "Read", 0, now); err == nil || problem.Of(err).Field != "assignee" {
			t.Errorf("asking nobody: %v", err)
		}
	})
}
