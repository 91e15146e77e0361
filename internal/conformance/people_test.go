package conformance

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/upload"
)

// person enters somebody.
func (h *house) person(t *testing.T, who access.Actor, p people.Person) people.Person {
	t.Helper()
	p, err := h.people.Add(t.Context(), who, p, now)
	must(t, err)
	return p
}

func (h *house) roster(t *testing.T, who access.Actor) *people.Roster {
	t.Helper()
	r, err := h.people.Roster(t.Context(), who)
	must(t, err)
	return r
}

func TestExclusionsArePerPersonAndTheNewestCounts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		ann := h.person(t, who, people.Person{Name: "Ann", Kind: people.Contractor})
		bo := h.person(t, who, people.Person{Name: "Bo", Kind: people.Contractor})
		gone := h.person(t, who, people.Person{Name: "Gone", Kind: people.Contractor, EndOn: "2020-01-01"})
		for _, bad := range []people.Waiver{
			{People: []string{ann.ID}, Check: people.AICheck}, {People: []string{ann.ID}, Check: "nonsense", Reason: "x"}, {Check: people.AICheck, Reason: "x"},
			{Group: "no-such", Check: people.AICheck, Reason: "x"}, {People: []string{ann.ID}, Group: "contractor", Check: people.AICheck, Reason: "x"},
			{People: []string{ann.ID}, Check: people.AICheck, Reason: "x", Until: cadence.DateOf(now, time.UTC) - 2},
		} {
			if _, err := h.people.Exclude(t.Context(), who, bad, now); err == nil || problem.Of(err).Code != problem.Invalid {
				t.Errorf("%+v: %v, want a field at fault", bad, err)
			}
		}
		if _, err := h.people.Exclude(t.Context(), who, people.Waiver{People: []string{ann.ID, "nobody"}, Check: people.AICheck, Reason: "x"}, now); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("somebody who is not there: %v", err)
		}
		all, err := h.people.Exclude(t.Context(), who, people.Waiver{Group: "contractor", Check: people.AICheck, Reason: "Their own employer trains them."}, now)
		must(t, err)
		if len(all) != 2 || all[0].Batch != all[1].Batch {
			t.Fatalf("%+v", all)
		}
		dated, err := h.people.Exclude(t.Context(), who, people.Waiver{People: []string{ann.ID}, Check: people.AICheck, Reason: "Until the course is translated.", Until: cadence.DateOf(now, time.UTC) + 30}, now.Add(time.Hour))
		must(t, err)
		reason := func(id string, at time.Time) string {
			x, _ := h.roster(t, h.actors[access.Auditor]).Excluded(id, people.AICheck, at)
			return x.Reason
		}
		later := now.Add(2 * time.Hour)
		if got := reason(ann.ID, later); got != dated[0].Reason {
			t.Errorf("%q counts", got)
		}
		if got := reason(ann.ID, later.AddDate(0, 2, 0)); got != all[0].Reason {
			t.Errorf("after the dated one %q counts", got)
		}
		if got := reason(gone.ID, later); got != "" {
			t.Errorf("somebody who left is excluded: %q", got)
		}
		n, err := h.people.EndExclusions(t.Context(), who, []string{dated[0].ID, dated[0].ID}, later)
		must(t, err)
		again, err := h.people.EndExclusions(t.Context(), who, []string{dated[0].ID}, later.Add(time.Hour))
		must(t, err)
		if n != 1 || again != 0 {
			t.Errorf("ended %d, and then %d", n, again)
		}
		if got := reason(ann.ID, later); got != all[0].Reason {
			t.Errorf("with the newest ended %q counts", got)
		}
		if got := reason(bo.ID, later); got != all[1].Reason {
			t.Errorf("ending one touches another: %q", got)
		}
	})
}

func day(t testing.TB, s string) cadence.Date {
	t.Helper()
	d, err := cadence.ParseDate(s)
	must(t, err)
	return d
}

// classOf is the class of a problem, or empty.
func classOf(err error) problem.Code {
	if err == nil {
		return ""
	}
	return problem.Of(err).Code
}

func TestLeavesAndTimesOutOfScopeAreKeptAsTheyWereSaid(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		ann := h.person(t, who, people.Person{Name: "Ann", StartOn: "2024-01-01"})
		for _, bad := range []people.Span{
			{Person: ann.ID, Kind: people.NoScope, From: day(t, "2026-03-01")},                         // no reason
			{Person: ann.ID, Kind: people.Leave, From: day(t, "2026-03-01"), Reason: "Ill."},           // nobody's business
			{Person: ann.ID, Kind: people.Leave},                                                       // no first day
			{Person: ann.ID, Kind: people.Leave, From: day(t, "2026-03-02"), To: day(t, "2026-03-01")}, // ends first
			{Person: ann.ID, Kind: people.Stint, From: day(t, "2026-03-02"), To: day(t, "2026-03-05")}, // meets the present stint
			{Person: ann.ID, Kind: people.Stint, From: day(t, "2020-01-01")},                           // open
			{Person: ann.ID, Kind: "nonsense", From: day(t, "2026-03-02"), To: day(t, "2026-03-05")},   // no such thing
		} {
			if _, err := h.people.AddSpan(t.Context(), who, bad, now); classOf(err) != problem.Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if _, err := h.people.AddSpan(t.Context(), who, people.Span{Person: "nobody", Kind: people.Leave, From: day(t, "2026-03-01")}, now); classOf(err) != problem.NotFound {
			t.Errorf("of nobody: %v", err)
		}
		leave, err := h.people.AddSpan(t.Context(), who, people.Span{Person: ann.ID, Kind: people.Leave, From: day(t, "2026-03-01")}, now)
		must(t, err)
		if _, err := h.people.AddSpan(t.Context(), who, people.Span{Person: ann.ID, Kind: people.Leave, From: day(t, "2026-06-01")}, now); classOf(err) != problem.Invalid {
			t.Errorf("a second leave inside an open one: %v", err)
		}
		must(t, h.people.EndSpan(t.Context(), who, leave.ID, day(t, "2026-03-31"), now.Add(time.Hour)))
		if err := h.people.EndSpan(t.Context(), who, leave.ID, day(t, "2026-04-30"), now.Add(time.Hour)); classOf(err) != problem.NotFound {
			t.Errorf("ended twice: %v", err)
		}
		r := h.roster(t, who)
		if a, b := r.StatusOn(ann.ID, day(t, "2026-03-31")), r.StatusOn(ann.ID, day(t, "2026-04-01")); a != people.OnLeave || b != people.Current {
			t.Errorf("on the last day of the leave %s, and then %s", a, b)
		}
		must(t, h.people.EndSpan(t.Context(), who, r.Spans(ann.ID)[0].ID, day(t, "2026-02-28"), now.Add(2*time.Hour)))
		if r = h.roster(t, who); len(r.Spans(ann.ID)) != 0 || r.StatusOn(ann.ID, day(t, "2026-03-15")) != people.Current {
			t.Errorf("taken back: %v", r.Spans(ann.ID))
		}

		if err := h.people.Return(t.Context(), who, ann.ID, day(t, "2026-09-01"), now); classOf(err) != problem.Invalid {
			t.Errorf("somebody who is here returns: %v", err)
		}
		must(t, h.people.End(t.Context(), who, ann.ID, day(t, "2026-05-31"), now))
		if err := h.people.Return(t.Context(), who, ann.ID, day(t, "2026-05-31"), now); classOf(err) != problem.Invalid {
			t.Errorf("somebody returns on the last day: %v", err)
		}
		must(t, h.people.Return(t.Context(), who, ann.ID, day(t, "2026-09-01"), now.Add(time.Hour)))
		r = h.roster(t, who)
		if r.StatusOn(ann.ID, day(t, "2026-05-31")) != people.Current || r.StatusOn(ann.ID, day(t, "2026-06-01")) != people.Former || r.StartOf(ann.ID, day(t, "2026-10-01")) != day(t, "2026-09-01") {
			t.Error("the stint of before is not what it was")
		}
		must(t, h.log.Verify(t.Context(), h.d, who.Org()))
	})
}

func TestGroupsRememberWhoWasInThem(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		ann, bo := h.person(t, who, people.Person{Name: "Ann"}), h.person(t, who, people.Person{Name: "Bo", Function: "it"})
		g, err := h.people.PutGroup(t.Context(), who, people.Group{Label: "Berlin", Functions: []string{"it"}}, now)
		must(t, err)
		for _, bad := range []people.Group{{}, {Label: "berlin"}, {Label: "REMOTE"}, {Label: "x", Functions: []string{"wizards"}}, {Label: "x", Kinds: []people.Kind{people.Service}}, {Key: "remote", Label: "x"}, {Label: "two\nlines"}} {
			if _, err := h.people.PutGroup(t.Context(), who, bad, now); classOf(err) != problem.Invalid && classOf(err) != problem.Conflict {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if _, err := h.people.PutGroup(t.Context(), who, people.Group{Key: "none", Label: "x"}, now); classOf(err) != problem.NotFound {
			t.Errorf("no such group: %v", err)
		}
		if err := h.people.AddMembers(t.Context(), who, g.Key, []string{ann.ID, "nobody"}, now); classOf(err) != problem.NotFound {
			t.Errorf("somebody who is not there: %v", err)
		}
		for range 2 { // twice is once
			must(t, h.people.AddMembers(t.Context(), who, g.Key, []string{ann.ID, ann.ID}, now))
		}
		if r := h.roster(t, who); !r.In(g.Key, ann.ID) || !r.In(g.Key, bo.ID) {
			t.Error("by hand and by rule: both belong to the group")
		}
		must(t, h.people.RemoveMember(t.Context(), who, g.Key, ann.ID, now.Add(time.Hour)))
		must(t, h.people.RemoveMember(t.Context(), who, g.Key, bo.ID, now.Add(time.Hour)))
		r := h.roster(t, who)
		if r.In(g.Key, ann.ID) || !r.In(g.Key, bo.ID) {
			t.Error("taken out by hand; the rule stays")
		}
		past, err := h.people.Memberships(t.Context(), h.actors[access.Auditor], g.Key)
		must(t, err)
		if len(past) != 1 || past[0].Person != ann.ID || !past[0].From.Equal(now.Truncate(time.Microsecond)) || !past[0].To.Equal(now.Add(time.Hour).Truncate(time.Microsecond)) {
			t.Errorf("%+v", past)
		}
		must(t, h.people.CloseGroup(t.Context(), who, g.Key, now.Add(2*time.Hour)))
		if r := h.roster(t, who); r.In(g.Key, bo.ID) || len(r.Groups()) != len(people.Shipped()) {
			t.Error("a closed group is still there")
		}
		if err := h.people.CloseGroup(t.Context(), who, "remote", now); classOf(err) != problem.Conflict {
			t.Errorf("a group that is always there was closed: %v", err)
		}
		must(t, h.log.Verify(t.Context(), h.d, who.Org()))
	})
}

func TestErasedIsWhoSomebodyWas(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		_, err := h.people.Import(t.Context(), who, &people.Sheet{File: "f", Entries: []people.Entry{{Row: 2, External: "77", Person: people.Person{Name: "Ann Private", Email: "ann@one.test", Title: "Secret agent", StartOn: "2020-01-01"}}}}, people.List{Source: people.HR}, now)
		must(t, err)
		list, err := h.people.List(t.Context(), who)
		must(t, err)
		ann := list[0]
		if err := h.people.Erase(t.Context(), who, ann.ID, "Asked for.", now); classOf(err) != problem.Conflict {
			t.Errorf("somebody who is here was erased: %v", err)
		}
		must(t, h.people.End(t.Context(), who, ann.ID, day(t, "2025-12-31"), now))
		if err := h.people.Erase(t.Context(), who, ann.ID, "  ", now); classOf(err) != problem.Invalid {
			t.Errorf("erased for no reason: %v", err)
		}
		must(t, h.people.Erase(t.Context(), who, ann.ID, "A request.", now.Add(time.Hour)))
		d, err := h.people.Detail(t.Context(), who, ann.ID)
		must(t, err)
		for _, o := range d.Origins {
			if o.Value == "Ann Private" || o.Value == "ann@one.test" || o.Value == "Secret agent" || o.Source == people.HR {
				t.Errorf("left: %+v", o)
			}
		}
		if d.Email != "" || d.Title != "" || d.ErasedAt.IsZero() || d.StartOn != "2020-01-01" || d.EndOn != "2025-12-31" {
			t.Errorf("%+v", d.Person)
		}
		ann.Name = "Ann again"
		if err := h.people.Edit(t.Context(), who, ann, now); classOf(err) != problem.Conflict {
			t.Errorf("an erased entry was written again: %v", err)
		}
		if p := h.person(t, who, people.Person{Name: "Ann Private", Email: "ann@one.test"}); p.ID == ann.ID {
			t.Error("the address is not free")
		}
		must(t, h.log.Verify(t.Context(), h.d, who.Org()))
	})
}

func TestALongListOfPeopleIsLeftToAJob(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		job.Handle(h.runner, access.AsMember(h.access, func(ctx context.Context, who access.Actor, k job.Task[people.ImportWork]) error {
			return h.roll.Run(ctx, who, k, now)
		}))
		h.work(t, nil)
		var b strings.Builder
		b.WriteString("Employee ID,Name,Email,Manager\n")
		for i := range people.LongImport + 1 {
			fmt.Fprintf(&b, "%d,Person %d,p%d@one.test,0\n", i, i, i)
		}
		id, err := h.uploads.Put(t.Context(), who, upload.People, "staff.csv", []byte(strings.Replace(b.String(), ",p0@one.test,0", ",p0@one.test,", 1)), now)
		must(t, err)
		list := people.List{Source: people.HR, Full: true}
		c, err := h.roll.Confirm(t.Context(), who, id, list, now)
		must(t, err)
		if c.Job == 0 {
			t.Fatal("a long list was entered while somebody waited")
		}
		again, err := h.roll.Confirm(t.Context(), who, id, list, now)
		must(t, err)
		if again.Job != c.Job {
			t.Errorf("confirmed twice: jobs %d and %d", c.Job, again.Job)
		}
		j := h.until(t, who, c.Job, job.Done)
		if want := fmt.Sprintf("%d entered, 0 changed, 0 as they were.", people.LongImport+1); j.Progress.Said != want {
			t.Errorf("it said %q, want %q", j.Progress.Said, want)
		}
		said := ""
		run := job.Task[people.ImportWork]{Work: people.ImportWork{Upload: id}, Report: func(string, int, int) {}, Say: func(s string) { said = s }}
		must(t, h.roll.Run(t.Context(), who, run, now))
		if all, err := h.people.List(t.Context(), who); err != nil || len(all) != people.LongImport+1 || said != j.Progress.Said {
			t.Errorf("run again: %d people, %q, %v", len(all), said, err)
		}
	})
}
