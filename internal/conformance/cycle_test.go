package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/task"
)

// officer enters somebody who holds a role from today on.
func (h *house) officer(t testing.TB, name, role string, at time.Time) people.Person {
	t.Helper()
	p, err := h.people.Add(t.Context(), h.actors[access.Manager], people.Person{Name: name, Email: strings.ToLower(name) + "@one.test", StartOn: "2020-01-01"}, at)
	must(t, err)
	_, err = h.people.GiveDuty(t.Context(), h.actors[access.Manager], people.Giving{Role: role, Person: p.ID}, at)
	must(t, err)
	return p
}

func (h *house) obligation(t testing.TB, code string, at time.Time) isms.ObligationView {
	t.Helper()
	v, err := h.isms.ObligationFind(t.Context(), h.actors[access.Manager], code, at)
	must(t, err)
	return v
}

// somewhere is where evidence is that has no file here.
var somewhere = []evidence.Link{{URL: "https://files.one.test/record"}}

// on is a moment of the year in which these tests take place.
func on(month time.Month, d int) time.Time { return time.Date(2026, month, d, 9, 0, 0, 0, time.UTC) }

func TestAnObligationIsAskedForAndMet(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		p := h.officer(t, "Olga", "security-officer", now)
		n, err := h.isms.ObligationAdopt(ctx, manager, []string{"OBL-17", "OBL-18", "OBL-17"}, now)
		must(t, err)
		again, err := h.isms.ObligationAdopt(ctx, manager, []string{"OBL-17"}, now)
		if must(t, err); n != 2 || again != 0 {
			t.Errorf("%d and then %d were adopted, want 2 and 0", n, again)
		}
		tasks := func() []task.Task {
			l, err := h.tasks.List(ctx, manager, task.Filter{}, now)
			must(t, err)
			return slices.DeleteFunc(l.Open, func(x task.Task) bool { return x.Kind != isms.TaskObligation })
		}
		must(t, h.isms.TendObligations(ctx, manager.Org(), now))
		if l := tasks(); len(l) != 0 {
			t.Errorf("on the day of adoption %d are asked for: %+v", len(l), l)
		}
		soon := on(6, 5)
		must(t, h.isms.TendObligations(ctx, manager.Org(), soon))
		must(t, h.isms.TendObligations(ctx, manager.Org(), soon))
		l := tasks()
		if len(l) != 2 || l[0].Assignee.Person != p.ID || l[0].Due != cadence.On(2026, 6, 30) {
			t.Fatalf("some weeks before %d are asked for: %+v", len(l), l)
		}
		item := h.file(t, manager, evidence.Filing{Title: "Badges of June", Kind: "badge-review-record", CapturedAt: on(6, 20), Links: somewhere}, on(6, 20))
		if v := h.obligation(t, "OBL-17", on(6, 21)); v.Occurrences[len(v.Occurrences)-1].State != isms.DutyDone || v.Occurrences[len(v.Occurrences)-1].Shown[0].Item != item.ID {
			t.Errorf("an item of the kind in the period does not show it: %+v", v.Occurrences)
		}
		must(t, h.isms.TendObligations(ctx, manager.Org(), on(6, 21)))
		if l := tasks(); len(l) != 1 || !strings.HasPrefix(l[0].Subject.Words, "OBL-18") {
			t.Errorf("after one was met these are asked for: %+v", l)
		}
		// a rejected item shows nothing any more
		must(t, h.evidence.Review(ctx, h.actors[access.Administrator], item.ID, evidence.Rejected, "These are the badges of another site.", on(6, 22)))
		if v := h.obligation(t, "OBL-17", on(6, 23)); v.Present.State != isms.DutyDue {
			t.Errorf("after the item was rejected the obligation is %s", v.Present.State)
		}
	})
}

func TestOwnersOfSystemsAreAskedForWhatOwnersDo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		olga, bruno := h.officer(t, "Olga", "security-officer", now), h.officer(t, "Bruno", "people-lead", now)
		for _, x := range []system.System{{Name: "Shop", Owner: olga.ID}, {Name: "Mail", Owner: olga.ID}, {Name: "Payroll", Owner: bruno.ID}, {Name: "Fax"}} {
			x.Kind, x.Criticality = "saas", "high"
			_, err := h.systems.PutSystem(ctx, manager, x, now)
			must(t, err)
		}
		_, err := h.isms.ObligationAdopt(ctx, manager, []string{"OBL-16"}, now) // user access review, every three months, by owners of systems
		must(t, err)
		must(t, h.isms.TendObligations(ctx, manager.Org(), on(6, 20)))
		l, err := h.tasks.List(ctx, manager, task.Filter{}, on(6, 20))
		must(t, err)
		var asked []string
		for _, x := range l.Open {
			if x.Kind == isms.TaskObligation {
				asked = append(asked, x.Assignee.Person)
			}
		}
		slices.Sort(asked)
		want := []string{olga.ID, bruno.ID}
		slices.Sort(want)
		if !slices.Equal(asked, want) {
			t.Errorf("asked are %v, want the two owners, each once: %v", asked, want)
		}
		if v := h.obligation(t, "OBL-16", on(6, 20)); len(v.Holders) != 2 {
			t.Errorf("its page names %v", v.Holders)
		}
	})
}

func TestAPersonSaysThatAnObligationWasMet(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, it := t.Context(), h.actors[access.Manager], h.actors[access.Contributor]
		start := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
		p := h.officer(t, "Ivo", "engineering-lead", start)
		must(t, h.people.LinkAccount(ctx, manager, p.ID, it.Account(), start))
		text := ownObligation("Review of spare keys")
		text.Role = "engineering-lead"
		code, err := h.isms.ObligationAdd(ctx, manager, text, start)
		if must(t, err); code != "OBL-101" {
			t.Errorf("the first of one's own is %s", code)
		}
		due := cadence.On(2026, 3, 31)
		item := h.file(t, manager, evidence.Filing{Title: "Keys", Kind: "site-record", CapturedAt: on(4, 20), Links: somewhere}, on(4, 20))
		late := on(4, 20)
		if v := h.obligation(t, code, late); v.Present.State != isms.DutyMissed {
			t.Fatalf("after its days of grace it is %s", v.Present.State)
		}
		denied(t, h.isms.ObligationDone(ctx, h.actors[access.Auditor], code, isms.Doing{Due: due, Item: item.ID}, late), problem.NotFound, "not yours")
		denied(t, h.isms.ObligationDone(ctx, it, code, isms.Doing{Due: due, Item: "none"}, late), problem.Invalid, "evidence")
		denied(t, h.isms.ObligationDone(ctx, it, code, isms.Doing{Due: due + 1, Item: item.ID}, late), problem.Invalid, "Nothing falls due")
		denied(t, h.isms.ObligationDone(ctx, it, code, isms.Doing{Due: due, On: cadence.On(2026, 4, 21), Item: item.ID}, late), problem.Invalid, "ahead")
		before := h.leaves(t, manager.Org())
		must(t, h.isms.ObligationDone(ctx, it, code, isms.Doing{Due: due, Item: item.ID, Note: "We were late."}, late))
		if k := h.kinds(t, manager.Org(), before); len(k) != 1 || k[0] != "obligation.done" {
			t.Errorf("the log got %v", k)
		}
		v := h.obligation(t, code, late)
		if first := v.Occurrences[len(v.Occurrences)-1]; first.Due != due || first.State != isms.DutyLate {
			t.Errorf("it is %s for %s, want late for %s", first.State, first.Due, due)
		}
		denied(t, h.isms.ObligationDone(ctx, it, code, isms.Doing{Due: due, Item: item.ID}, late), problem.Conflict, "already")
		must(t, h.isms.ObligationUndone(ctx, manager, v.Acts[0].ID, "Another site.", late))
		denied(t, h.isms.ObligationUndone(ctx, manager, v.Acts[0].ID, "Again.", late), problem.NotFound, "taken back")
		if v := h.obligation(t, code, late); v.Present.State != isms.DutyMissed {
			t.Errorf("after it was taken back it is %s", v.Present.State)
		}
		// nobody of another organisation sees it
		_, err = h.isms.ObligationFind(ctx, h.other, code, late)
		denied(t, err, problem.NotFound, "no such obligation")
	})
}

func TestAChangeOfAnObligationHoldsFromItsDayOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		code, err := h.isms.ObligationAdd(ctx, manager, ownObligation("Review of badges"), now)
		must(t, err)
		text := ownObligation("Review of badges")
		text.Every, text.Why = "P1M", "There were too many."
		text.From = today - 1
		denied(t, h.isms.ObligationChange(ctx, manager, code, text, now), problem.Invalid, "past")
		read := h.obligation(t, code, now.AddDate(0, 0, 3)).Text
		read.Detail = "Look at each badge."
		must(t, h.isms.ObligationChange(ctx, manager, code, read, now.AddDate(0, 0, 3)))
		if v := h.obligation(t, code, now.AddDate(0, 0, 3)); v.Text.From != today+3 || v.Text.Detail != read.Detail {
			t.Errorf("what was read and sent back holds from %s on, want the day it was sent: %+v", v.Text.From, v.Text)
		}
		text.From = today + 45
		must(t, h.isms.ObligationChange(ctx, manager, code, text, now.AddDate(0, 0, 3)))
		denied(t, h.isms.ObligationChange(ctx, manager, code, text, now), problem.Conflict, "Nothing was changed")
		v := h.obligation(t, code, now.AddDate(0, 0, 3))
		if v.Interval.Every != cadence.Quarterly || len(v.Intervals) != 2 || v.Intervals[1].Every != cadence.Monthly || v.Intervals[1].From != today+45 {
			t.Errorf("intervals: %+v", v.Intervals)
		}
		must(t, h.isms.ObligationEnd(ctx, manager, code, "The badges are gone.", now.AddDate(0, 0, 60)))
		if v := h.obligation(t, code, now.AddDate(0, 0, 61)); !v.Text.Ended || v.Known {
			t.Errorf("it goes on after its end: %+v", v.Present)
		}
	})
}

func TestDatesOfAuditsAreKeptWithTheirHistory(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		fee, err := isms.ReadMoney("14,500", "EUR")
		must(t, err)
		one := isms.Engagement{Kind: isms.StageOne, Firm: "Some body", From: today + 60, To: today + 61, State: isms.Booked, Fee: fee}
		id, err := h.isms.EngagementPut(ctx, manager, one, now)
		must(t, err)
		_, err = h.isms.EngagementPut(ctx, manager, isms.Engagement{Kind: isms.StageTwo, From: today + 30, State: isms.Planned}, now)
		denied(t, err, problem.Invalid, "before stage 1")
		_, err = h.isms.EngagementPut(ctx, manager, isms.Engagement{Kind: isms.StageTwo, From: today + 120, State: isms.Planned}, now)
		must(t, err)
		one.ID, one.From, one.To, one.Why = id, today+200, today+201, "They are busy."
		_, err = h.isms.EngagementPut(ctx, manager, one, now)
		denied(t, err, problem.Invalid, "before stage 1") // stage 2 would come first now
		one.From, one.To = today+70, today+71
		_, err = h.isms.EngagementPut(ctx, manager, one, now)
		must(t, err)
		_, err = h.isms.EngagementPut(ctx, manager, one, now)
		denied(t, err, problem.Conflict, "Nothing was changed")
		v, err := h.isms.EngagementFind(ctx, manager, id, now)
		must(t, err)
		if len(v.History) != 2 || v.History[0].From != today+70 || v.History[1].From != today+60 || v.Fee.String() != "EUR 14,500.00" {
			t.Errorf("history: %+v", v.History)
		}
		g, err := h.isms.Gates(ctx, manager, isms.Engagement{}, now)
		must(t, err)
		if len(g.Gates) != 2 || g.Gates[0].Stage != isms.GateStageOne || len(g.Gates[0].Lines) != 14 || len(g.Gates[1].Lines) != 17 {
			t.Errorf("%d gates: %+v", len(g.Gates), g.Gates)
		}
		p, err := h.isms.Engagements(ctx, h.other, now)
		if must(t, err); len(p.List) != 0 {
			t.Errorf("another organisation sees %d dates", len(p.List))
		}
	})
}

func TestTheGateCountsWhatToucanKeeps(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		h.officer(t, "Olga", "security-officer", now)
		h.file(t, manager, evidence.Filing{Title: "Scope", Kind: "isms-scope", CapturedAt: now, Links: somewhere}, now)
		ask := isms.Engagement{Kind: isms.StageOne, From: today + 40, State: isms.Planned}
		g, err := h.isms.Gates(ctx, manager, ask, now)
		must(t, err)
		state := map[string]isms.GateState{}
		for _, l := range g.Asked.Lines {
			state[l.ID] = l.State
		}
		if state["MG-01"] != isms.GateReady || state["MG-04"] != isms.GateReady || state["MG-05"] != isms.GateMissing {
			t.Errorf("states: %v", state)
		}
		for _, r := range []struct {
			role access.Role
			sees bool
		}{{access.Manager, true}, {access.Viewer, false}} { // who sees no evidence learns that it is there, not what it is called
			g, err := h.isms.Gates(ctx, h.actors[r.role], ask, now)
			must(t, err)
			for _, l := range g.Asked.Lines {
				if l.ID == "MG-01" && (l.State != isms.GateReady || (l.Oldest.Words == "Scope") != r.sees || (l.Oldest.Item != "") != r.sees) {
					t.Errorf("%s reads %+v", r.role, l)
				}
			}
		}
		d, err := h.isms.Documents(ctx, manager, "iso27001-2022", now)
		must(t, err)
		for _, l := range d.Lines {
			if l.Requirement.ID == "5.3" && l.State != isms.DocumentExists || l.Requirement.ID == "4.3" && l.State != isms.DocumentYoung {
				t.Errorf("%s is %s: %s", l.Label, l.State, l.Why)
			}
		}
		_, err = h.isms.Documents(ctx, manager, "cis-v8.1", now)
		denied(t, err, problem.NotFound, "not among those that ship")
	})
}

func TestACalendarAddressOpensOnesOwnCalendarOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		secret, err := h.isms.CalendarFeedOpen(ctx, manager, "phone", now)
		must(t, err)
		org, account, err := h.isms.CalendarFeedOwner(ctx, secret, now)
		if must(t, err); org != manager.Org() || account != manager.Account() {
			t.Errorf("the address is that of %s in %s", account, org)
		}
		for _, wrong := range []string{"", "tcal_", secret[:len(secret)-1], secret + "A", strings.Replace(secret, "tcal_", "tcl_", 1), strings.Repeat("A", 5000)} {
			_, _, err := h.isms.CalendarFeedOwner(ctx, wrong, now)
			denied(t, err, problem.NotFound, "opens nothing")
		}
		list, err := h.isms.CalendarFeeds(ctx, manager)
		if must(t, err); len(list) != 1 || list[0].Name != "phone" || list[0].SeenAt.IsZero() {
			t.Errorf("addresses: %+v", list)
		}
		denied(t, h.isms.CalendarFeedClose(ctx, h.actors[access.Administrator], list[0].ID, now), problem.NotFound, "of yours")
		must(t, h.isms.CalendarFeedClose(ctx, manager, list[0].ID, now))
		_, _, err = h.isms.CalendarFeedOwner(ctx, secret, now)
		denied(t, err, problem.NotFound, "opens nothing")

		// who may see less reads less
		_, err = h.isms.EngagementPut(ctx, manager, isms.Engagement{Kind: isms.StageOne, From: today + 60, State: isms.Booked}, now)
		must(t, err)
		events, _, err := h.isms.CalendarEvents(ctx, h.actors[access.Viewer], func(isms.CalendarEntry) string { return "" }, now)
		if must(t, err); len(events) != 1 || !strings.HasSuffix(events[0].UID, "@"+manager.Org()+".toucan") {
			t.Errorf("events: %+v", events)
		}
	})
}

func TestTheHomeSaysWhatIsThereAndWhatIsNext(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		v, err := h.isms.Home(ctx, manager, now)
		must(t, err)
		for _, s := range v.Steps() {
			if s.State != isms.StepOpen || s.Why == "" || len(s.To) == 0 {
				t.Errorf("on the first day %s is %s: %q to %v", s.Title, s.State, s.Why, s.To)
			}
		}
		if next := v.Next(); len(next) != 6 || next[0].Title != "Scope: not begun" {
			t.Errorf("next: %+v", next)
		}
		h.officer(t, "Olga", "security-officer", now)
		_, err = h.isms.ObligationAdopt(ctx, manager, []string{"OBL-17", "OBL-22"}, now)
		must(t, err)
		v, err = h.isms.Home(ctx, manager, now.AddDate(0, 3, 9))
		must(t, err)
		if v.Obligations != 2 || v.DutyMissed != 1 || len(v.RolesEmpty) != 1 || v.Next()[0].Mark != "bad" {
			t.Errorf("three months later: %d obligations, %d missed, nobody holds %v; next %+v", v.Obligations, v.DutyMissed, v.RolesEmpty, v.Next())
		}
	})
}
