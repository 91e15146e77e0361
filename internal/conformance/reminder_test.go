package conformance

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// monday is a working day at nine; the organisation's zone is UTC.
var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func (h *house) remind(t testing.TB, at time.Time) int {
	t.Helper()
	n, err := h.reminders.Run(t.Context(), h.actors[access.Administrator].Org(), at)
	must(t, err)
	return n
}

// written lists who was written to, in alphabetical order.
func (h *house) written(t testing.TB) []string {
	t.Helper()
	list, err := h.notices.List(t.Context(), h.actors[access.Administrator], 100)
	must(t, err)
	var out []string
	for _, d := range list {
		out = append(out, d.Target+" "+d.Subject)
	}
	slices.Sort(out)
	return out
}

func TestOneMailForAPersonAndADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		p, err := h.people.Add(ctx, manager, people.Person{Name: "Cy Contributor"}, now)
		must(t, err)
		must(t, h.people.LinkAccount(ctx, manager, p.ID, h.accounts[access.Contributor].ID, now))
		h.put(t, request(h.assignee(access.Employee), "r1", today+1), now)
		h.put(t, request(h.assignee(access.Employee), "r2", today-2), now)
		h.put(t, request(task.Assignee{Person: p.ID}, "r3", today+5), now)
		h.put(t, request(h.assignee(access.Viewer), "r4", today+1), now)
		must(t, h.tasks.WantMail(ctx, h.actors[access.Viewer], false))

		if n := h.remind(t, monday.Add(-2*time.Hour)); n != 0 {
			t.Errorf("%d were written to before the hour", n)
		}
		var nodes sync.WaitGroup
		for range 4 { // four nodes look at once
			nodes.Go(func() {
				if _, err := h.reminders.Run(ctx, manager.Org(), monday); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		want := []string{"contributor@one.test One: one task", "employee@one.test One: 2 tasks, 1 overdue, 1 due today"}
		if got := h.written(t); !slices.Equal(got, want) {
			t.Errorf("written to %q, want %q", got, want)
		}
		if n := h.remind(t, monday.Add(5*time.Hour)); n != 0 {
			t.Errorf("%d were written to a second time that day", n)
		}
		if n := h.remind(t, monday.AddDate(0, 0, 1)); n != 1 { // one task of the employee is overdue since
			t.Errorf("%d were written to the day after, want 1", n)
		}
		if wants, err := h.tasks.WantsMail(ctx, h.actors[access.Viewer]); err != nil || wants {
			t.Errorf("who wants no mail: %t, %v", wants, err)
		}
	})
}

func TestRemindersKeepTheHoursOfTheOrganisation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin := t.Context(), h.actors[access.Administrator]
		h.put(t, request(h.assignee(access.Employee), "r1", today), now)
		sunday := monday.AddDate(0, 0, -1)
		if n := h.remind(t, sunday); n != 0 {
			t.Errorf("%d were written to on a Sunday", n)
		}
		for _, bad := range []int{-1, task.QuietFrom} {
			if err := h.tasks.ChangeSetting(ctx, admin, task.Setting{Hour: bad}, now); err == nil || problem.Of(err).Field != "hour" {
				t.Errorf("hour %d: %v", bad, err)
			}
		}
		must(t, h.tasks.ChangeSetting(ctx, admin, task.Setting{Hour: 10, Weekends: true}, now))
		if n := h.remind(t, sunday); n != 0 {
			t.Errorf("%d were written to before ten", n)
		}
		if n := h.remind(t, sunday.Add(time.Hour)); n != 1 {
			t.Errorf("%d were written to at ten, want 1", n)
		}
		if s, err := h.tasks.Setting(ctx, h.actors[access.Viewer]); err != nil || s != (task.Setting{Hour: 10, Weekends: true}) {
			t.Errorf("the setting is %+v, %v", s, err)
		}
	})
}

func TestATestMailIsQueuedOnceInAWhile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin := t.Context(), h.actors[access.Administrator]
		must(t, h.notices.Test(ctx, admin, now))
		refused(t, "a second one at once", h.notices.Test(ctx, admin, now.Add(time.Second)), problem.Busy)
		must(t, h.notices.Test(ctx, admin, now.Add(time.Minute)))
		want := "administrator@one.test One: mail from Toucan arrives"
		if got := h.written(t); !slices.Equal(got, []string{want, want}) {
			t.Errorf("written %q", got)
		}
		refused(t, "trying again what did not fail", h.notices.Retry(ctx, admin, "none", now), problem.NotFound)
	})
}
