package conformance

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// crew is a company with somebody for each part of a checklist.
type crew struct{ boss, it, lead people.Person }

// crew enters it and switches checklists on. The manager's account is the boss,
// the contributor's is IT.
func (h *house) crew(t testing.TB) crew {
	t.Helper()
	add := func(name, function string) people.Person {
		p, err := h.people.Add(t.Context(), h.actors[access.Manager], people.Person{Name: name, Email: strings.ToLower(name) + "@one.test", Function: function, StartOn: "2020-01-01"}, now)
		must(t, err)
		return p
	}
	c := crew{add("Boss", "engineering"), add("Ivo", "it"), add("Pia", "people")}
	must(t, h.people.LinkAccount(t.Context(), h.actors[access.Manager], c.it.ID, h.accounts[access.Contributor].ID, now))
	s := joiner.Default()
	s.Begins, s.Background = today-30, today-30
	s.Offices = map[joiner.Doer]string{"it": c.it.ID, "people": c.lead.ID}
	must(t, h.joiners.SetSetting(t.Context(), h.actors[access.Manager], s, now))
	return c
}

// hire enters somebody who starts on a day.
func (h *house) hire(t testing.TB, c crew, name string, from, to cadence.Date) people.Person {
	t.Helper()
	p, err := h.people.Add(t.Context(), h.actors[access.Manager], people.Person{Name: name, Email: strings.ToLower(name) + "@one.test", Manager: c.boss.ID, StartOn: from.String(), EndOn: to.String()}, now)
	must(t, err)
	return p
}

func (h *house) tend(t testing.TB, at time.Time) {
	t.Helper()
	must(t, h.joiners.Tend(t.Context(), h.actors[access.Manager].Org(), at))
}

// checklist returns the checklist of a person as a manager sees it.
func (h *house) checklist(t testing.TB, p people.Person, l joiner.List) joiner.View {
	t.Helper()
	o, err := h.joiners.Overview(t.Context(), h.actors[access.Manager], now)
	must(t, err)
	for _, r := range o.Rows {
		if r.Person == p.ID && r.List == l {
			v, err := h.joiners.Find(t.Context(), h.actors[access.Manager], r.ID, now)
			must(t, err)
			return v
		}
	}
	t.Fatalf("%s has no checklist of %s", p.Name, l)
	return joiner.View{}
}

func stepIn(t testing.TB, v joiner.View, id string) joiner.RunStep {
	t.Helper()
	i := slices.IndexFunc(v.Steps, func(s joiner.RunStep) bool { return s.Step.ID == id })
	if i < 0 {
		t.Fatalf("%s is not on the list", id)
	}
	return v.Steps[i]
}

func TestAChecklistBeginsMovesAndEnds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.crew(t)
		org := h.actors[access.Manager].Org()
		from := h.leaves(t, org)
		bob := h.hire(t, c, "Bob", today+7, 0)
		h.tend(t, now)
		h.tend(t, now.Add(time.Hour))
		if got := h.kinds(t, org, from); !slices.Equal(got, []string{"person.put", "joiner.began"}) {
			t.Errorf("the log says %v", got)
		}
		v := h.checklist(t, bob, joiner.Joining)
		account := stepIn(t, v, "ON-06")
		if account.Assignee != c.it.ID || account.Due != today+7 || v.Names[c.it.ID] != "Ivo" {
			t.Errorf("the account falls to %q, due %s", v.Names[account.Assignee], account.Due)
		}
		l := h.mine(t, access.Contributor)
		if len(l.Open) != 3 || l.Open[0].Title != "Create the individual account in the directory: Bob" || l.Open[0].Kind != joiner.TaskJoining || l.Open[0].Due != today+7 {
			t.Errorf("IT has %+v", l.Open)
		}
		must(t, h.people.Edit(t.Context(), h.actors[access.Manager], people.Person{ID: bob.ID, Name: "Bob", Email: "bob@one.test", Manager: c.boss.ID, StartOn: (today + 14).String()}, now.Add(2*time.Hour)))
		h.tend(t, now.Add(2*time.Hour))
		if l := h.mine(t, access.Contributor); len(l.Open) != 3 || l.Open[0].Due != today+14 {
			t.Errorf("after the first day moved, IT has %+v", l.Open)
		}
		must(t, h.people.Edit(t.Context(), h.actors[access.Manager], people.Person{ID: bob.ID, Name: "Bob", Email: "bob@one.test", Manager: c.boss.ID}, now.Add(3*time.Hour)))
		h.tend(t, now.Add(3*time.Hour))
		v = h.checklist(t, bob, joiner.Joining)
		if v.State != joiner.Cancelled || stepIn(t, v, "ON-06").State != joiner.Withdrawn || len(h.mine(t, access.Contributor).Open) != 0 {
			t.Errorf("without a first day it is %s: %s", v.State, v.Reason)
		}
		if kinds := eventKinds(v); !slices.Equal(kinds, []string{"joiner.began", "joiner.changed", "joiner.ended"}) {
			t.Errorf("its history is %v", kinds)
		}
		must(t, h.log.Verify(t.Context(), h.d, org))
	})
}

func eventKinds(v joiner.View) []string {
	var out []string
	for _, e := range v.History {
		out = append(out, e.Kind)
	}
	return out
}

func TestEverybodySettlesTheirOwnStepsOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.crew(t)
		bob := h.hire(t, c, "Bob", today, 0)
		must(t, h.people.LinkAccount(t.Context(), h.actors[access.Manager], bob.ID, h.accounts[access.Employee].ID, now))
		h.tend(t, now)
		v := h.checklist(t, bob, joiner.Joining)
		ctx, employee := t.Context(), h.actors[access.Employee]
		for _, id := range []string{stepIn(t, v, "ON-06").ID, stepIn(t, v, "ON-11").ID, "none"} {
			if err := h.joiners.Settle(ctx, employee, id, joiner.Said{State: joiner.StepDone}, now); err == nil || problem.Of(err).Code != problem.NotFound {
				t.Errorf("settling somebody else's step: %v", err)
			}
			if _, err := h.joiners.Attach(ctx, employee, id, "a.txt", strings.NewReader("a"), now); err == nil || problem.Of(err).Code != problem.NotFound {
				t.Errorf("attaching to somebody else's step: %v", err)
			}
		}
		manager := stepIn(t, v, "ON-10")
		if err := h.joiners.Settle(ctx, employee, manager.ID, joiner.Said{State: joiner.NotNeeded, Note: "I have one."}, now); err == nil || problem.Of(err).Code != problem.Forbidden {
			t.Errorf("an employee said that a step is not needed: %v", err)
		}
		item, err := h.joiners.Attach(ctx, employee, manager.ID, "proof.txt", strings.NewReader("It runs."), now)
		must(t, err)
		must(t, h.joiners.Settle(ctx, employee, manager.ID, joiner.Said{State: joiner.StepDone, Note: "Installed."}, now))
		own, err := h.joiners.Mine(ctx, employee, now)
		must(t, err)
		if len(own) != 1 || slices.ContainsFunc(own[0].Steps, func(s joiner.RunStep) bool { return s.Assignee != bob.ID }) {
			t.Fatalf("the employee sees %+v", own)
		}
		mine, err := h.joiners.Find(ctx, employee, v.ID, now)
		must(t, err)
		if len(mine.History) > 0 || mine.Check != joiner.CheckNone || slices.ContainsFunc(mine.Steps, func(s joiner.RunStep) bool { return s.Assignee != bob.ID }) {
			t.Errorf("the employee sees more than their own: %+v", mine)
		}
		if _, err := h.joiners.Find(ctx, h.actors[access.Viewer], v.ID, now); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("somebody without a step of it found the checklist: %v", err)
		}
		got := stepIn(t, h.checklist(t, bob, joiner.Joining), "ON-10")
		if got.State != joiner.StepDone || got.By != h.accounts[access.Employee].ID || !slices.Equal(got.Items, []string{item.ID}) || got.Note != "Installed." {
			t.Errorf("the step is %+v", got)
		}
		filed, err := h.evidence.Find(ctx, h.actors[access.Manager], item.ID)
		must(t, err)
		if filed.Source != evidence.Person || filed.FiledBy != h.accounts[access.Employee].ID || filed.Kind != "device-verdicts" {
			t.Errorf("it is filed as %+v", filed)
		}
	})
}

func TestAChecklistIsDoneWithItsLastStep(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.crew(t)
		bob := h.hire(t, c, "Bob", today-400, today-1)
		h.tend(t, now)
		who := h.actors[access.Manager]
		v := h.checklist(t, bob, joiner.Leaving)
		var last string
		for _, s := range v.Steps {
			if last = s.ID; s.Removal {
				must(t, h.joiners.Settle(t.Context(), who, s.ID, joiner.Said{State: joiner.StepDone, At: now.Add(-time.Hour)}, now))
			} else {
				must(t, h.joiners.Settle(t.Context(), who, s.ID, joiner.Said{State: joiner.NotNeeded, Note: "There was none."}, now))
			}
		}
		v = h.checklist(t, bob, joiner.Leaving)
		if v.State != joiner.Done || v.Removed.Timing != joiner.InTime || !v.Removed.At.Equal(now.Add(-time.Hour)) {
			t.Errorf("it is %s, removal %s at %s", v.State, v.Removed.Timing, v.Removed.At)
		}
		if len(h.mine(t, access.Contributor).Open) != 0 {
			t.Error("a task outlived its step")
		}
		if err := h.joiners.Settle(t.Context(), who, last, joiner.Said{State: joiner.ToDo}, now); err == nil || problem.Of(err).Field != "note" {
			t.Errorf("it was taken back without a reason: %v", err)
		}
		must(t, h.joiners.Settle(t.Context(), who, last, joiner.Said{State: joiner.ToDo, Note: "By mistake."}, now))
		if v = h.checklist(t, bob, joiner.Leaving); v.State != joiner.Open {
			t.Errorf("with a step to do again it is %s", v.State)
		}
		table, err := h.joiners.Population(t.Context(), h.actors[access.Auditor], joiner.Leaving, cadence.Days{From: today - 5, To: today}, now)
		must(t, err)
		if len(table.Rows) != 2 || table.Rows[1][2] != "Bob" || table.Rows[1][7] != "in time" || table.Rows[1][6] != "2026-03-01 08:00 +00:00" {
			t.Errorf("the population says %q", table.Rows)
		}
	})
}

func TestABackgroundCheckClosesItsStepAndCanBeErased(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.crew(t)
		ctx, who, org := t.Context(), h.actors[access.Manager], h.actors[access.Manager].Org()
		bob := h.hire(t, c, "Bob", today+2, 0)
		h.tend(t, now)
		step := stepIn(t, h.checklist(t, bob, joiner.Joining), "ON-02")
		if err := h.joiners.Settle(ctx, who, step.ID, joiner.Said{State: joiner.StepDone}, now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("the step was ticked without a record: %v", err)
		}
		if _, err := h.joiners.Attach(ctx, who, step.ID, "report.pdf", strings.NewReader("%PDF-1.4"), now); err == nil || problem.Of(err).Field != "file" {
			t.Errorf("a report was taken: %v", err)
		}
		b, err := h.joiners.Record(ctx, who, joiner.Background{Person: bob.ID, Kinds: []string{"identity"}, Provider: "Verifix", Reference: "C-77-SECRET", OrderedOn: today - 3}, now)
		must(t, err)
		if v := h.checklist(t, bob, joiner.Joining); stepIn(t, v, "ON-02").State != joiner.ToDo || v.Check != joiner.CheckNotDone {
			t.Error("a check under way closed the step")
		}
		b.Completed, b.Outcome, b.DecidedBy, b.Decided = today-1, joiner.Clear, "Head of People", today
		_, err = h.joiners.Record(ctx, who, b, now.Add(time.Minute))
		must(t, err)
		if v := h.checklist(t, bob, joiner.Joining); stepIn(t, v, "ON-02").State != joiner.StepDone || v.Check != joiner.CheckDone {
			t.Errorf("a decided check left the step %s", stepIn(t, v, "ON-02").State)
		}
		for _, s := range h.standings(t, now.Add(time.Hour)) {
			if s.Person == bob.ID && s.Check == people.BackgroundCheck && s.State != people.Done {
				t.Errorf("he stands as %+v", s)
			}
		}
		if _, err := h.joiners.Records(ctx, h.actors[access.Contributor], bob.ID); err == nil {
			t.Error("a contributor read the record")
		}
		must(t, h.joiners.EraseRecord(ctx, who, b.ID, "He asked for it.", now.Add(2*time.Hour)))
		list, err := h.joiners.Records(ctx, who, bob.ID)
		must(t, err)
		if kept, _ := json.Marshal(list); len(list) != 1 || list[0].ErasedAt.IsZero() || strings.Contains(string(kept), "SECRET") {
			t.Errorf("after erasing there is %s", kept)
		}
		must(t, h.log.Verify(ctx, h.d, org))
	})
}

func (h *house) standings(t testing.TB, at time.Time) []people.Standing {
	t.Helper()
	var out []people.Standing
	org := h.actors[access.Manager].Org()
	must(t, h.d.Read(t.Context(), org, func(tx *db.Tx) error {
		r, err := people.ReadRoster(t.Context(), tx, org)
		if err != nil {
			return err
		}
		out, err = h.joiners.Standings(t.Context(), tx, org, r, at)
		return err
	}))
	return out
}

func TestAChangedListConcernsWhatBeginsAfterIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.crew(t)
		ctx, who := t.Context(), h.actors[access.Manager]
		bob := h.hire(t, c, "Bob", today+2, 0)
		h.tend(t, now)
		later := now.Add(time.Hour)
		own, err := h.joiners.SaveStep(ctx, who, joiner.Step{List: joiner.Joining, Title: "Welcome lunch", Doer: joiner.Line, Days: 1}, joiner.Effect{}, later)
		must(t, err)
		must(t, h.joiners.RetireStep(ctx, who, "ON-26", joiner.Effect{}, later))
		if _, err := h.joiners.SaveStep(ctx, who, own, joiner.Effect{From: today - 1}, later); err == nil || problem.Of(err).Field != "from" {
			t.Errorf("a change was dated back: %v", err)
		}
		cyd := h.hire(t, c, "Cyd", today+3, 0)
		h.tend(t, later.Add(time.Hour))
		has := func(p people.Person, id string) bool {
			return slices.ContainsFunc(h.checklist(t, p, joiner.Joining).Steps, func(s joiner.RunStep) bool { return s.Step.ID == id && s.State != joiner.Withdrawn })
		}
		if has(bob, own.ID) || !has(bob, "ON-26") || !has(cyd, own.ID) || has(cyd, "ON-26") {
			t.Errorf("Bob has the lunch: %v, the call lists: %v; Cyd: %v, %v", has(bob, own.ID), has(bob, "ON-26"), has(cyd, own.ID), has(cyd, "ON-26"))
		}
		must(t, h.joiners.RetireStep(ctx, who, "ON-08", joiner.Effect{Running: true}, later.Add(2*time.Hour)))
		if has(bob, "ON-08") || has(cyd, "ON-08") {
			t.Error("a step retired for running checklists is still asked")
		}
		if l := h.mine(t, access.Contributor); slices.ContainsFunc(l.Open, func(x task.Task) bool { return strings.HasPrefix(x.Title, "Hand over") }) {
			t.Errorf("a task of a retired step is open: %+v", l.Open)
		}
		must(t, h.joiners.RetireStep(ctx, who, own.ID, joiner.Effect{From: today + 5}, later.Add(2*time.Hour)))
		list, err := h.joiners.Checklist(ctx, who, later.Add(3*time.Hour))
		must(t, err)
		i := slices.IndexFunc(list, func(e joiner.Entry) bool { return e.Step.ID == own.ID })
		if i < 0 || list[i].Retired || list[i].Coming == nil || !list[i].Coming.Retired || !list[i].Own {
			t.Errorf("the list shows %+v", list[i])
		}
	})
}

// done is another noun that knows who fulfilled what.
type done struct {
	person string
	check  people.Check
	at     time.Time
}

func (d *done) standings(context.Context, *db.Tx, string, *people.Roster, time.Time) ([]people.Standing, error) {
	return []people.Standing{{Person: d.person, Check: d.check, State: people.Done, Since: d.at}}, nil
}

func TestStepsOfOtherNounsCloseAndMakeNoTask(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		facts := &done{}
		h.joiners = joiner.New(joiner.Config{DB: h.d, Log: h.log, Evidence: h.evidence, Facts: []joiner.Facts{facts.standings}})
		c := h.crew(t)
		bob := h.hire(t, c, "Bob", today, 0)
		must(t, h.people.LinkAccount(t.Context(), h.actors[access.Manager], bob.ID, h.accounts[access.Employee].ID, now))
		h.tend(t, now)
		for _, x := range h.mine(t, access.Employee).Open {
			if strings.HasPrefix(x.Title, "Acknowledge") || strings.HasPrefix(x.Title, "Complete security awareness") {
				t.Errorf("a second task for what another noun asks: %q", x.Title)
			}
		}
		*facts = done{bob.ID, people.SecurityCheck, now.Add(time.Hour)}
		h.tend(t, now.Add(2*time.Hour))
		if s := stepIn(t, h.checklist(t, bob, joiner.Joining), "ON-14"); s.State != joiner.StepDone || !s.At.Equal(now.Add(time.Hour)) {
			t.Errorf("the training is done, and its step %s at %s", s.State, s.At)
		}
	})
}

func TestAChecklistCanBeBegunAndCancelledByHand(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.crew(t)
		ctx, who := t.Context(), h.actors[access.Manager]
		if _, err := h.joiners.Begin(ctx, who, c.it.ID, joiner.Leaving, now); err == nil || problem.Of(err).Field != "person" {
			t.Errorf("a leaving began without a last day: %v", err)
		}
		id, err := h.joiners.Begin(ctx, who, c.it.ID, joiner.Joining, now)
		must(t, err)
		if _, err := h.joiners.Begin(ctx, who, c.it.ID, joiner.Joining, now); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("a second one began: %v", err)
		}
		if err := h.joiners.Cancel(ctx, who, id, "", now); err == nil || problem.Of(err).Field != "reason" {
			t.Errorf("it was cancelled without a reason: %v", err)
		}
		must(t, h.joiners.Cancel(ctx, who, id, "Here since 2020.", now))
		h.tend(t, now.Add(time.Hour))
		if v := h.checklist(t, c.it, joiner.Joining); v.ID != id || v.State != joiner.Cancelled {
			t.Errorf("after it was cancelled there is %s, %s", v.ID, v.State)
		}
	})
}

func TestThePolicyInForceGivesTheTimeToRemoveAccess(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := func(what string, when time.Time, hours int, told string) joiner.Setting {
			t.Helper()
			s, err := h.joiners.Setting(t.Context(), h.actors[access.Manager], when)
			must(t, err)
			if s.Hours != hours || !strings.HasPrefix(s.Told(), told) {
				t.Errorf("%s: %d hours, %q; want %d, %q", what, s.Hours, s.Told(), hours, told)
			}
			return s
		}
		is("no policy", now, 24, "No policy in force states it.")
		p := h.binding(t, "Leavers", "Access of leavers is removed within 8 hours.\n", now)
		later := now.Add(time.Hour)
		s := is("a policy", later, 8, "It is what the policy in force says. Leavers 1.0: “Access of leavers is removed within 8 hours.”")
		s.Hours = 12
		must(t, h.joiners.SetSetting(t.Context(), h.actors[access.Manager], s, later))
		is("somebody chose", later, 12, "It is longer than the policy in force allows.")
		h.rewrite(t, p, "Access of leavers is removed within 48 hours.\n", later)
		is("another version", later.Add(time.Hour), 12, "It is shorter than the policy in force asks.")
	})
}
