package conformance

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/training"
)

// day is a civil day some days from now.
func dayFrom(days int) cadence.Date { return cadence.DateOf(now, time.UTC) + cadence.Date(days) }

// stands is how somebody stands with a check at a moment.
func (h *house) stands(t *testing.T, id string, c people.Check, at time.Time) people.Standing {
	t.Helper()
	r, _, err := h.monitor.Person(t.Context(), h.actors[access.Auditor], id, at)
	must(t, err)
	return r.Of(c)
}

// TestTheBoardIsNeverOlderThanTheDatabase reads it between writes, and as time goes by.
func TestTheBoardIsNeverOlderThanTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, org := h.actors[access.Administrator], h.actors[access.Administrator].Org()
		ann := h.staff(t, "ann", dayFrom(-200).String(), now)
		is := func(at time.Time, want people.State) people.Standing {
			t.Helper()
			s := h.stands(t, ann.ID, people.SecurityCheck, at)
			if s.State != want || s.State != people.Done && s.Reason == "" {
				t.Errorf("%s after: %+v, want %s with a reason", at.Sub(now), s, want)
			}
			return s
		}
		first := is(now, people.Due)
		late := first.Due.End(time.UTC)
		is(late.Add(-time.Minute), people.Due)
		is(late.Add(time.Minute), people.Missing) // nothing was written; a day turned
		at := late.Add(time.Hour)
		_, err := h.people.Exclude(t.Context(), who, people.Waiver{People: []string{ann.ID}, Check: people.SecurityCheck, Reason: "Abroad.", Until: cadence.DateOf(at, time.UTC) + 3}, at)
		must(t, err)
		is(at, people.Excluded)
		is(at.AddDate(0, 0, 3), people.Excluded)
		at = at.AddDate(0, 0, 4)
		is(at, people.Missing) // the exclusion has lapsed
		_, err = h.training.Take(t.Context(), org, training.Sync{Track: training.Security, Connection: "c1", Provider: "KnowBe4", Account: h.admin.ID, Said: []training.Enrolment{
			{Person: ann.ID, State: training.Completed, At: at.Add(-time.Hour), Course: "Phishing 101"}}}, at)
		must(t, err)
		done := is(at, people.Done)
		if len(done.Evidence) == 0 || !done.Since.Equal(at.Add(-time.Hour)) {
			t.Errorf("done %+v: it has evidence and the date of the completion", done)
		}
		other, err := h.monitor.Board(t.Context(), h.other, at)
		if must(t, err); other.Len() != 0 {
			t.Error("another organisation sees them")
		}
		ann.EndOn = (cadence.DateOf(at, time.UTC) - 1).String()
		must(t, h.people.Edit(t.Context(), who, ann, at))
		is(at, people.NotAsked)
		must(t, h.people.Erase(t.Context(), who, ann.ID, "Asked for it.", at.Add(time.Minute)))
		b, err := h.monitor.Board(t.Context(), who, at.Add(time.Minute))
		must(t, err)
		if _, ok := b.Find(ann.ID); ok {
			t.Error("somebody who was erased is still asked")
		}
	})
}

// TestStandingsAreResultsOverTime tends through the life of one person.
func TestStandingsAreResultsOverTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, org := h.actors[access.Administrator], h.actors[access.Administrator].Org()
		ann := h.staff(t, "ann", dayFrom(-200).String(), now)
		h.staff(t, "bob", dayFrom(100).String(), now) // has not begun: no subject of any test
		tend := func(at time.Time) int64 {
			t.Helper()
			before := h.leaves(t, org)
			must(t, h.monitor.Tend(t.Context(), org, at))
			return h.leaves(t, org) - before
		}
		if n := tend(now); n != 1 {
			t.Errorf("the first round left %d leaves", n)
		}
		if n := tend(now.Add(monitor.TendEvery)); n != 0 {
			t.Errorf("a round without news left %d leaves", n)
		}
		due := h.stands(t, ann.ID, people.SecurityCheck, now).Due
		late := due.End(time.UTC).Add(2 * time.Minute)
		for at := now.Add(12 * time.Hour); at.Before(late); at = at.Add(12 * time.Hour) {
			if n := tend(at); n != 0 {
				t.Fatalf("%s after, a round without news left %d leaves", at.Sub(now), n)
			}
		}
		if n := tend(late); n != 1 {
			t.Errorf("being late left %d leaves", n)
		}
		done := late.Add(20 * time.Hour) // before what was told can go stale
		_, err := h.training.Take(t.Context(), org, training.Sync{Track: training.Security, Connection: "c1", Provider: "KnowBe4", Account: h.admin.ID, Said: []training.Enrolment{
			{Person: ann.ID, State: training.Completed, At: done, Course: "Phishing 101"}}}, done.Add(time.Minute))
		must(t, err)
		tend(done.Add(2 * time.Minute))
		list, err := h.results.Timeline(t.Context(), who, result.Window{Tests: []string{string(people.SecurityCheck)}, From: now.AddDate(-1, 0, 0), To: done.Add(3 * time.Minute)})
		must(t, err)
		var got []string
		for _, i := range list {
			if i.Subject != ann.ID {
				t.Errorf("a result of %s", i.Subject)
			}
			got = append(got, fmt.Sprint(i.State))
		}
		if want := []string{"not_applicable", "fail", "pass"}; !slices.Equal(got, want) {
			t.Fatalf("over time %q, want %q", got, want)
		}
		if !list[1].From.Equal(due.End(time.UTC)) || !list[2].From.Equal(done) || list[0].To != list[1].From || list[1].To != list[2].From {
			t.Errorf("over time %+v: late since the day after it was due, done since it was completed", list)
		}
		// A server that stands still goes stale: it does not stay green.
		page, err := h.results.Latest(t.Context(), who, result.Filter{Tests: []string{string(people.SecurityCheck)}}, done.Add(49*time.Hour))
		if must(t, err); len(page.Results) != 1 || page.Results[0].State != result.Stale {
			t.Errorf("after two days without a round: %+v", page.Results)
		}
		must(t, h.log.Verify(t.Context(), h.d, org))
	})
}

func TestChecksFeedTheControlsTheyTypicallyShow(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		h.staff(t, "ann", dayFrom(-200).String(), now)
		none, err := h.monitor.Suggestions(ctx, who, now)
		if must(t, err); len(none) != 0 {
			t.Errorf("nothing is adopted, and %+v is suggested", none)
		}
		_, err = h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"TR-01", "AC-04"}}, now)
		must(t, err)
		list, err := h.monitor.Suggestions(ctx, who, now)
		if must(t, err); len(list) != 1 || list[0].Entry != "TR-01" || list[0].Test != string(people.SecurityCheck) || list[0].Assigned {
			t.Fatalf("suggested %+v", list)
		}
		for i, want := range []int{1, 0} {
			n, err := h.monitor.AssignSuggested(ctx, who, now.Add(time.Minute))
			if must(t, err); n != want {
				t.Errorf("time %d: %d assigned, want %d", i, n, want)
			}
		}
		feeds, err := h.results.Feeds(ctx, who, now.Add(time.Minute))
		must(t, err)
		if !slices.ContainsFunc(feeds, func(f result.Feed) bool {
			return f.Test == string(people.SecurityCheck) && f.Control == list[0].Control && f.Own
		}) {
			t.Errorf("feeds %+v", feeds)
		}
	})
}

// TestASampleIsAnsweredOrNamed asks for artefacts of persons in every situation.
func TestASampleIsAnsweredOrNamed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who, org := t.Context(), h.actors[access.Administrator], h.actors[access.Administrator].Org()
		window := cadence.Days{From: dayFrom(0), To: dayFrom(90)}
		end := window.To.End(time.UTC)
		done, lacks, off := h.staff(t, "done", dayFrom(-200).String(), now), h.staff(t, "lacks", dayFrom(-200).String(), now), h.staff(t, "off", dayFrom(-200).String(), now)
		later, left, fresh := h.staff(t, "later", dayFrom(120).String(), now), h.staff(t, "left", dayFrom(-300).String(), now), h.staff(t, "fresh", dayFrom(88).String(), now)
		left.EndOn = dayFrom(-10).String()
		must(t, h.people.Edit(ctx, who, left, now))
		_, err := h.people.Exclude(ctx, who, people.Waiver{People: []string{off.ID}, Check: people.SecurityCheck, Reason: "Trained by the parent company."}, now.Add(time.Hour))
		must(t, err)
		at := now.AddDate(0, 0, 20)
		_, err = h.training.Take(ctx, org, training.Sync{Track: training.Security, Connection: "c1", Provider: "KnowBe4", Account: h.admin.ID, Said: []training.Enrolment{
			{Person: done.ID, State: training.Completed, At: at, Course: "Phishing 101"}}}, at)
		must(t, err)
		list, err := h.monitor.Sample(ctx, h.actors[access.Auditor], []string{done.ID, lacks.ID, off.ID, later.ID, left.ID, fresh.ID}, window, end.AddDate(0, 0, 5))
		must(t, err)
		of := func(i int) monitor.Picked {
			for _, p := range list[i].Picked {
				if p.Check == people.SecurityCheck {
					return p
				}
			}
			return monitor.Picked{}
		}
		if p := of(0); p.Verdict != monitor.Found || !window.Has(p.On) || len(p.Evidence) == 0 {
			t.Errorf("done: %+v, want an item with its date inside the window", p)
		}
		if p := of(1); p.Verdict != monitor.Lacking || p.Reason == "" {
			t.Errorf("lacks: %+v", p)
		}
		if p := of(2); p.Verdict != monitor.Exception || p.Reason != "Let off: Trained by the parent company." {
			t.Errorf("off: %+v", p)
		}
		if list[3].Why == "" || list[4].Why == "" {
			t.Errorf("joined later %q, left before %q: both are named", list[3].Why, list[4].Why)
		}
		if p := of(5); p.Verdict != monitor.Exception || p.Reason == "" {
			t.Errorf("fresh: %+v, want not yet due", p)
		}
	})
}

// BenchmarkMonitor reads the board of 50,000 people cold and kept, makes a page of
// it, and tells results of them.
func BenchmarkMonitor(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		size := 50_000
		if testing.Short() {
			size = 500
		}
		b.Run(fmt.Sprintf("%s/%d", engine, size), func(b *testing.B) {
			h := newHouse(b, open(b))
			ctx, who, org := context.Background(), h.actors[access.Administrator], h.actors[access.Administrator].Org()
			must(b, h.d.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
				rows := db.Into(`person (org, id, name, email, function, title, kind, start_on, end_on, updated_at, salt)`)
				for i := range size {
					rows.Add(org, fmt.Sprintf("00000000-0000-7000-8000-%012d", i), fmt.Sprintf("Person %05d Example", i), fmt.Sprintf("p%d@one.test", i), "engineering", "Engineer", "employee", "2024-01-01", "", db.Micros(now), "")
				}
				return rows.Insert(ctx, tx)
			}))
			b.Run("cold", func(b *testing.B) {
				for b.Loop() {
					h.monitor = monitor.New(h.monitor.Config)
					_, err := h.monitor.Board(ctx, who, now)
					must(b, err)
				}
			})
			b.Run("after-a-completion", func(b *testing.B) {
				for b.Loop() {
					must(b, h.d.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
						_, err := tx.Exec(ctx, `UPDATE training_completion SET score = 1 WHERE org = $1 AND id = ''`, org)
						return err
					}))
					_, err := h.monitor.Board(ctx, who, now)
					must(b, err)
				}
			})
			b.Run("page", func(b *testing.B) {
				for b.Loop() {
					board, err := h.monitor.Board(ctx, who, now)
					must(b, err)
					if p := board.Rows(monitor.Filter{Text: fmt.Sprintf("person %04d", (size-1)/10), Status: monitor.Present, Group: "engineering", Limit: 50}); p.Total == 0 {
						b.Fatal("nobody found")
					}
				}
			})
			b.Run("whole-page", func(b *testing.B) {
				for b.Loop() {
					board, err := h.monitor.Board(ctx, who, now)
					must(b, err)
					board.Rows(monitor.Filter{Status: monitor.Present, Limit: 50})
					board.Tallies()
				}
			})
			b.Run("tend-again", func(b *testing.B) {
				began := time.Now()
				must(b, h.monitor.Tend(ctx, org, now))
				b.ReportMetric(time.Since(began).Seconds(), "s-first")
				for b.Loop() {
					m := monitor.New(h.monitor.Config)
					must(b, m.Tend(ctx, org, now.Add(time.Minute)))
				}
			})
		})
	}
}
