package conformance

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/record"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
)

// hall is a company with an owner, whose account is the contributor's, and
// somebody else, whose account is the manager's.
type hall struct{ owner, other people.Person }

func (h *house) hall(t testing.TB) hall {
	t.Helper()
	add := func(name string, r access.Role) people.Person {
		p, err := h.people.Add(t.Context(), h.actors[access.Manager], people.Person{Name: name, Email: strings.ToLower(name) + "@one.test", StartOn: "2020-01-01"}, now)
		must(t, err)
		must(t, h.people.LinkAccount(t.Context(), h.actors[access.Manager], p.ID, h.accounts[r].ID, now))
		return p
	}
	return hall{add("Olga", access.Contributor), add("Max", access.Manager)}
}

// asked returns the titles of the open tasks of a role's account.
func (h *house) asked(t testing.TB, r access.Role) []string {
	t.Helper()
	list, err := h.tasks.Mine(t.Context(), h.actors[r], now)
	must(t, err)
	var out []string
	for _, x := range list.Open {
		out = append(out, x.Title)
	}
	return out
}

func (h *house) finding(t testing.TB, id string, at time.Time) finding.Finding {
	t.Helper()
	var out finding.Finding
	must(t, h.d.Read(t.Context(), h.actors[access.Manager].Org(), func(tx *db.Tx) error {
		log, err := finding.ReadLog(t.Context(), tx, h.actors[access.Manager].Org(), at)
		if err != nil {
			return err
		}
		for _, f := range log.Findings {
			if f.ID == id {
				out = f
			}
		}
		return nil
	}))
	return out
}

func (h *house) actions(t testing.TB, of finding.Source) []finding.Action {
	t.Helper()
	var out []finding.Action
	must(t, h.d.Read(t.Context(), h.actors[access.Manager].Org(), func(tx *db.Tx) (err error) {
		out, err = finding.ReadActions(t.Context(), tx, h.actors[access.Manager].Org(), of)
		return err
	}))
	return out
}

func denied(t testing.TB, err error, code problem.Code, words string) {
	t.Helper()
	if err == nil || problem.Of(err).Code != code || !strings.Contains(problem.Of(err).Text, words) {
		t.Errorf("got %v, want %s with %q", err, code, words)
	}
}

func TestAnActionIsEnteredMovedHandedAndDone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx := h.hall(t), t.Context()
		manager, org := h.actors[access.Manager], h.actors[access.Manager].Org()
		c, err := h.controls.Create(ctx, manager, control.Control{Code: "AC-1", Title: "Access reviews"}, now)
		must(t, err)
		from := h.leaves(t, org)
		put := func(a finding.Action, at time.Time) (id string, err error) {
			err = h.d.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
				id, err = h.findings.PutAction(ctx, tx, org, manager.Account(), a, at)
				return err
			})
			return id, err
		}
		source := finding.Source{Kind: "risk", ID: "r-1", Words: "R-001 Lost laptop"}
		a := finding.Action{Source: source, Title: "Encrypt all disks", Owner: p.owner.ID, Due: today + 30, Controls: []string{c.ID}, Requirements: []framework.Ref{annexA}}
		a.ID, err = put(a, now)
		must(t, err)
		if got := h.asked(t, access.Contributor); !slices.Equal(got, []string{"Encrypt all disks"}) {
			t.Errorf("the owner is asked for %q", got)
		}

		a.Due = today + 60
		_, err = put(a, now)
		denied(t, err, problem.Invalid, "Say why")
		a.Why = "The tool comes later."
		_, err = put(a, now.Add(time.Hour))
		must(t, err)
		a.Why, a.Owner = "", p.other.ID
		_, err = put(a, now.Add(2*time.Hour))
		must(t, err)
		if got := h.asked(t, access.Contributor); len(got) > 0 {
			t.Errorf("who handed it over is still asked for %q", got)
		}
		if got := h.asked(t, access.Manager); !slices.Equal(got, []string{"Encrypt all disks"}) {
			t.Errorf("the new owner is asked for %q", got)
		}

		// neither the one before nor a reader completes it
		done := finding.Completion{Outcome: "All 40 disks are encrypted."}
		denied(t, h.findings.CompleteAction(ctx, h.actors[access.Contributor], a.ID, done, now), problem.Forbidden, "")
		denied(t, h.findings.CompleteAction(ctx, manager, a.ID, finding.Completion{}, now), problem.Invalid, "What was done is missing")
		denied(t, h.findings.CompleteAction(ctx, manager, a.ID, finding.Completion{Outcome: "Done.", On: today + 1}, now), problem.Invalid, "between")
		denied(t, h.findings.CompleteAction(ctx, h.other, a.ID, done, now), problem.NotFound, "no such action")
		must(t, h.findings.CompleteAction(ctx, manager, a.ID, done, now.Add(3*time.Hour)))
		if got := h.asked(t, access.Manager); len(got) > 0 {
			t.Errorf("a task outlives its action: %q", got)
		}
		denied(t, h.findings.CompleteAction(ctx, manager, a.ID, done, now.Add(3*time.Hour)), problem.Conflict, "over already")
		list := h.actions(t, source)
		if len(list) != 1 || list[0].State != finding.Done || list[0].Moved != 1 || list[0].Outcome != done.Outcome || list[0].OwnerName != "Max" ||
			!slices.Equal(list[0].Controls, []string{c.ID}) || !slices.Equal(list[0].Requirements, []framework.Ref{annexA}) {
			t.Errorf("the action is %+v", list)
		}
		must(t, h.findings.ReopenAction(ctx, manager, a.ID, "Two disks were forgotten.", now.Add(4*time.Hour)))
		must(t, h.findings.DropAction(ctx, manager, a.ID, "The laptops were sold.", now.Add(5*time.Hour)))
		want := []string{"action.added", "action.moved", "action.handed", "action.done", "action.reopened", "action.dropped"}
		if got := h.kinds(t, org, from); !slices.Equal(got, want) {
			t.Errorf("the log holds %q, want %q", got, want)
		}
		_, past, err := h.findings.Action(ctx, manager, a.ID, now)
		must(t, err)
		if len(past) != len(want) || past[len(past)-2].Details != "The tool comes later." {
			t.Errorf("the history is %+v", past)
		}
	})
}

func TestAnEmployeeDoesTheirOwnActionAndSeesNoOther(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, org := t.Context(), h.actors[access.Manager].Org()
		p, err := h.people.Add(ctx, h.actors[access.Manager], people.Person{Name: "Emil", Email: "emil@one.test", StartOn: "2020-01-01"}, now)
		must(t, err)
		must(t, h.people.LinkAccount(ctx, h.actors[access.Manager], p.ID, h.accounts[access.Employee].ID, now))
		var own, other string
		must(t, h.d.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) (err error) {
			if own, err = h.findings.PutAction(ctx, tx, org, "", finding.Action{Source: finding.Source{Kind: "review", ID: "m"}, Title: "Tidy the desk", Owner: p.ID}, now); err != nil {
				return err
			}
			other, err = h.findings.PutAction(ctx, tx, org, "", finding.Action{Source: finding.Source{Kind: "review", ID: "m"}, Title: "Secret"}, now)
			return err
		}))
		employee := h.actors[access.Employee]
		_, _, err = h.findings.Action(ctx, employee, own, now)
		must(t, err)
		_, _, err = h.findings.Action(ctx, employee, other, now)
		denied(t, err, problem.Forbidden, "")
		must(t, h.findings.CompleteAction(ctx, employee, own, finding.Completion{Outcome: "It is tidy."}, now))
		denied(t, h.findings.CompleteAction(ctx, employee, other, finding.Completion{Outcome: "Hm."}, now), problem.Forbidden, "")
	})
}

func TestTheWholeLifeOfANonconformity(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx := h.hall(t), t.Context()
		manager, owner, org := h.actors[access.Manager], h.actors[access.Contributor], h.actors[access.Manager].Org()
		day := func(n int) time.Time { return now.AddDate(0, 0, n) }
		f, err := h.findings.Report(ctx, owner, finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor, Reason: "One quarter of eight.", Title: "Review missed", Statement: "Reviews are quarterly; that of Q4 was not done.",
			Owner: p.owner.ID, Requirements: []framework.Ref{annexA}}, now)
		must(t, err)
		if f.Code() != "F-001" {
			t.Errorf("the first finding is %s", f.Code())
		}
		if got := h.asked(t, access.Contributor); !slices.Equal(got, []string{"Work on F-001: Review missed"}) {
			t.Errorf("its owner is asked for %q", got)
		}
		denied(t, h.findings.Close(ctx, manager, f.ID, "", now), problem.Conflict, "A cause is missing")
		denied(t, h.findings.StateCause(ctx, owner, f.ID, "Human error.", now), problem.Invalid, "no cause")
		must(t, h.findings.Correct(ctx, owner, f.ID, "Reviewed now.", 0, nil, day(1)))
		must(t, h.findings.StateCause(ctx, owner, f.ID, "Nobody was told who reviews while the lead is away.", day(1)))
		a, err := h.findings.PlanAction(ctx, owner, f.ID, finding.Action{Title: "Name a deputy", Owner: p.owner.ID, Due: today + 20}, day(2))
		must(t, err)
		// an owner moves no day that was set; a manager does, with a reason
		_, err = h.findings.PlanAction(ctx, owner, f.ID, finding.Action{ID: a, Title: "Name a deputy", Owner: p.owner.ID, Due: today + 40, Why: "Holiday."}, day(2))
		denied(t, err, problem.Invalid, "Only a manager")
		denied(t, h.findings.PlanCheck(ctx, manager, f.ID, p.owner.ID, today+60, day(3)), problem.Invalid, "cannot check")
		must(t, h.findings.PlanCheck(ctx, manager, f.ID, p.other.ID, today+60, day(3)))
		denied(t, h.findings.CheckEffect(ctx, manager, f.ID, true, "Looks good.", 0, nil, day(4)), problem.Conflict, "still open")
		must(t, h.findings.CompleteAction(ctx, owner, a, finding.Completion{Outcome: "Deputy named."}, day(10)))
		if got := h.asked(t, access.Manager); !slices.Equal(got, []string{"Check whether F-001 was cured: Review missed"}) {
			t.Errorf("who checks is asked for %q", got)
		}
		denied(t, h.findings.CheckEffect(ctx, owner, f.ID, true, "I did well.", 0, nil, day(60)), problem.Forbidden, "somebody else")
		// a manager who was the owner until the link was taken away is the owner still
		must(t, h.people.LinkAccount(ctx, manager, p.owner.ID, h.accounts[access.Administrator].ID, day(58)))
		must(t, h.people.LinkAccount(ctx, manager, p.owner.ID, h.accounts[access.Contributor].ID, day(59)))
		denied(t, h.findings.CheckEffect(ctx, h.actors[access.Administrator], f.ID, true, "I did well.", 0, nil, day(60)), problem.Forbidden, "somebody else")

		// it did not work: back to the cause, and a new action
		must(t, h.findings.CheckEffect(ctx, manager, f.ID, false, "The next review was missed as well.", 0, nil, day(60)))
		got := h.finding(t, f.ID, day(60))
		if got.Cause != "" || got.Failed != 1 || got.Now().Stage != finding.Cause || len(got.Escalation(nil, today+60)) != 1 {
			t.Errorf("after a failed check it stands at %+v, failed %d", got.Now(), got.Failed)
		}
		must(t, h.findings.StateCause(ctx, owner, f.ID, "The reminder went to a list nobody reads.", day(61)))
		if w := h.finding(t, f.ID, day(61)).Now(); w.Stage != finding.Acting || !strings.Contains(w.Words, "did not work") {
			t.Errorf("it now needs %+v", w)
		}
		b, err := h.findings.PlanAction(ctx, owner, f.ID, finding.Action{Title: "Send the reminder to a person", Owner: p.owner.ID, Due: today + 70}, day(61))
		must(t, err)
		must(t, h.findings.CompleteAction(ctx, owner, b, finding.Completion{Outcome: "Changed."}, day(62)))
		must(t, h.findings.CheckEffect(ctx, manager, f.ID, true, "Two reviews took place in time.", 0, nil, day(120)))
		must(t, h.findings.Close(ctx, manager, f.ID, "Done.", day(121)))
		if got := h.finding(t, f.ID, day(121)); !got.Closed() || got.Now().Stage != finding.Closing {
			t.Errorf("closed, it stands at %+v", got.Now())
		}
		denied(t, h.findings.StateCause(ctx, owner, f.ID, "Something else altogether.", day(122)), problem.Conflict, "closed")
		must(t, h.findings.Reopen(ctx, manager, f.ID, "Missed again in Q3.", day(200)))
		if got := h.finding(t, f.ID, day(200)); got.Closed() || got.Reopened != 1 || got.Now().Stage != finding.Check {
			t.Errorf("opened again, it stands at %+v", got.Now())
		}
		if got := h.kinds(t, org, 0); !slices.Contains(got, "finding.reopened") || !slices.Contains(got, "finding.checked") {
			t.Errorf("the log holds %q", got)
		}
	})
}

// What the database calls a record of a correction is what the rule calls a correction
// that worked: one whose check came after all that was done.
func TestTheRecordOfACorrectionFollowsItsCheck(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx := h.hall(t), t.Context()
		owner, manager := h.actors[access.Contributor], h.actors[access.Manager]
		day := func(n int) time.Time { return now.AddDate(0, 0, n) }
		f, err := h.findings.Report(ctx, manager, finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor, Reason: "One quarter of four.", Title: "Review missed", Statement: "No review was done in Q4.", Requirements: []framework.Ref{annexA}, Owner: p.owner.ID}, now)
		must(t, err)
		stands := func(after, want string, at time.Time) {
			t.Helper()
			got := map[string]string{}
			must(t, h.d.Read(ctx, manager.Org(), func(tx *db.Tx) error {
				return record.Read(ctx, tx, manager.Org(), finding.Records(), nil, func(r record.Record) {
					if r.Whole {
						got[r.Evidence] += r.ID
					}
				})
			}))
			id := ""
			if want == "yes" {
				id = f.ID
			}
			if v := h.finding(t, f.ID, at).Verdict(); v != want || got["nonconformity-log"] != id || got["corrective-action-record"] != id || got["finding-record"] != f.ID {
				t.Errorf("after %s: the verdict is %q and the whole records are of %v; want %q", after, v, got, want)
			}
		}
		act := func(title string, at int) string {
			t.Helper()
			id, err := h.findings.PlanAction(ctx, owner, f.ID, finding.Action{Title: title, Owner: p.owner.ID, Due: today + 90}, day(at))
			must(t, err)
			return id
		}
		must(t, h.findings.Correct(ctx, owner, f.ID, "The review was done.", 0, nil, day(1)))
		must(t, h.findings.StateCause(ctx, owner, f.ID, "Nobody was told who reviews while the lead is away.", day(2)))
		must(t, h.findings.CompleteAction(ctx, owner, act("Name a deputy", 3), finding.Completion{Outcome: "Named."}, day(4)))
		stands("the action", "", day(5))
		must(t, h.findings.PlanCheck(ctx, manager, f.ID, p.other.ID, today+60, day(5)))
		must(t, h.findings.CheckEffect(ctx, manager, f.ID, true, "Two reviews took place in time.", 0, nil, day(60)))
		stands("the check", "yes", day(60))
		if got := h.asked(t, access.Manager); len(got) > 0 {
			t.Errorf("after the check who checks is asked for %q", got)
		}
		must(t, h.findings.DropAction(ctx, manager, act("Tell the lead", 61), "The lead knows.", day(62)))
		stands("an action that was given up", "yes", day(62))
		second := act("Send a reminder", 63)
		stands("an action that is open", "yes", day(63))
		must(t, h.findings.CompleteAction(ctx, owner, second, finding.Completion{Outcome: "It is sent."}, day(64)))
		stands("an action after the check", "", day(64))
		must(t, h.findings.PlanCheck(ctx, manager, f.ID, p.other.ID, today+120, day(65)))
		if got, want := h.asked(t, access.Manager), []string{"Check whether F-001 was cured: Review missed"}; !slices.Equal(got, want) {
			t.Errorf("after it who checks is asked for %q, want %q", got, want)
		}
		must(t, h.findings.CheckEffect(ctx, manager, f.ID, true, "Four reviews took place in time.", 0, nil, day(120)))
		stands("the second check", "yes", day(120))
	})
}

// read reads a register as a file has it.
func readSheet(t testing.TB, text string, columns []sheets.Column) *sheets.Sheet {
	t.Helper()
	s, err := sheets.Read("list.csv", []byte(text), columns)
	must(t, err)
	return s
}

func TestALogOfFindingsComesAsAFile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.hall(t)
		ctx, manager := t.Context(), h.actors[access.Manager]
		_, err := h.controls.Create(ctx, manager, control.Control{Code: "AC-1", Title: "Access reviews"}, now)
		must(t, err)
		const good = "Title,Kind,Grade,Statement,Owner,Clauses,Control\nReview missed,Nonconformity,minor,Not done in Q4.,olga@one.test,iso27001-2022:A.5.18;iso27001-2022:9.2.1,ac-1\nShorter form,opportunity,,Two forms ask the same.,,,\n"
		bad := "Title,Kind,Grade,Statement,Owner,Clauses,Control\nA,nonconformity,,Said.,nobody@one.test,,\nB,opportunity,,,,iso27001-2022:Z.9,XX-1\nB,opportunity,,Twice.,,,\n"
		p, err := h.findings.PlanImport(ctx, manager, readSheet(t, bad, finding.Columns()), now)
		must(t, err)
		var faults []string
		for _, f := range p.Faults {
			faults = append(faults, f.Field)
		}
		if want := []string{"Grade", "Owner", "Statement", "Control", "Clauses", "Title"}; !slices.Equal(faults, want) {
			t.Errorf("faults in %q, want %q", faults, want)
		}
		if _, err := h.findings.Import(ctx, manager, readSheet(t, bad, finding.Columns()), now); err == nil {
			t.Error("a file with faults was entered")
		}
		before := h.leaves(t, manager.Org())
		p, err = h.findings.PlanImport(ctx, manager, readSheet(t, good, finding.Columns()), now)
		must(t, err)
		if len(p.New) != 2 || len(p.Faults) > 0 || h.leaves(t, manager.Org()) != before {
			t.Errorf("the preview is %+v", p)
		}
		_, err = h.findings.Import(ctx, manager, readSheet(t, good, finding.Columns()), now)
		must(t, err)
		reg, err := h.findings.All(ctx, manager, now)
		must(t, err)
		if len(reg.Findings) != 2 || len(reg.Findings[1].Requirements) != 2 || len(reg.Findings[1].Controls) != 1 || reg.Findings[1].OwnerName != "Olga" {
			t.Errorf("entered: %+v", reg.Findings)
		}
		// what leaves comes back and changes nothing
		rows, err := h.findings.Export(ctx, manager, now)
		must(t, err)
		var b bytes.Buffer
		must(t, sheets.Write(&b, "csv", "Findings", finding.Columns(), rows))
		p, err = h.findings.Import(ctx, manager, readSheet(t, b.String(), finding.Columns()), now.Add(time.Hour))
		must(t, err)
		if p.Same != 2 || len(p.New)+len(p.Changed) > 0 {
			t.Errorf("the export, imported again, gives %+v", p)
		}
		p, err = h.findings.Import(ctx, manager, readSheet(t, "Code,Title\nF-001,Review of Q4 missed\n", finding.Columns()), now.Add(2*time.Hour))
		must(t, err)
		if len(p.Changed) != 1 || !slices.Equal(p.Changed[0].Fields, []string{"Title"}) {
			t.Errorf("a changed title gives %+v", p)
		}
		if f := h.finding(t, reg.Findings[1].ID, now); f.Title != "Review of Q4 missed" || len(f.Controls) != 1 || f.OwnerName != "Olga" {
			t.Errorf("what the file leaves out did not stay: %+v", f)
		}
	})
}

func TestTheBacklogComesAsAFileAndChangesManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx, manager := h.hall(t), t.Context(), h.actors[access.Manager]
		_, err := h.findings.ImportActions(ctx, manager, readSheet(t, "Action,Due,Owner\nTidy up,2026-04-01,Olga\nWrite it down,2026-04-02,\n", finding.ActionColumns()), now)
		must(t, err)
		list := h.actions(t, finding.Source{})
		if len(list) != 2 || list[0].Code() != "ACT-001" {
			t.Fatalf("entered: %+v", list)
		}
		ids := []string{list[0].ID, list[1].ID}
		denied(t, h.findings.MoveActions(ctx, manager, ids, today+90, "", now), problem.Invalid, "Say why")
		denied(t, h.findings.HandActions(ctx, manager, append(ids, "none"), p.other.ID, now), problem.NotFound, "")
		if got := h.actions(t, finding.Source{}); got[1].Owner != "" {
			t.Error("half of them were handed over")
		}
		must(t, h.findings.MoveActions(ctx, manager, ids, today+90, "The budget comes later.", now))
		must(t, h.findings.HandActions(ctx, manager, ids, p.other.ID, now))
		for _, a := range h.actions(t, finding.Source{}) {
			if a.Due != today+90 || a.Owner != p.other.ID || a.Moved != 1 {
				t.Errorf("%s is %+v", a.Code(), a)
			}
		}
		plan, err := h.findings.PlanImportActions(ctx, manager, readSheet(t, "Code,Title,Due\nACT-001,Tidy up,2026-09-01\nACT-777,What,\n", finding.ActionColumns()), now)
		must(t, err)
		if len(plan.Faults) != 2 || plan.Faults[0].Field != "Due" || plan.Faults[1].Field != "Code" {
			t.Errorf("faults: %+v", plan.Faults)
		}
	})
}

func TestWhoRunsTheProgrammeIsAskedAboutWhatIsLongOverdue(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, ctx, manager := h.hall(t), t.Context(), h.actors[access.Manager]
		_, err := h.people.GiveDuty(ctx, manager, people.Giving{Role: "security-officer", Person: p.other.ID, From: today - 100}, now)
		must(t, err)
		id, err := h.findings.AddAction(ctx, manager, finding.Action{Title: "Encrypt", Owner: p.owner.ID, Due: today + 1}, now)
		must(t, err)
		at := func(n int) time.Time { return now.AddDate(0, 0, n) }
		tend := func(n int) {
			t.Helper()
			must(t, h.findings.Tend(ctx, manager.Org(), at(n)))
		}
		tend(1 + finding.Patience)
		if got := h.asked(t, access.Manager); len(got) > 0 {
			t.Errorf("asked too early: %q", got)
		}
		tend(2 + finding.Patience)
		before := h.leaves(t, manager.Org())
		tend(2 + finding.Patience)
		if got := h.asked(t, access.Manager); len(got) != 1 || !strings.HasPrefix(got[0], "Say what happens with ACT-001") || h.leaves(t, manager.Org()) != before {
			t.Errorf("asked for %q", got)
		}
		must(t, h.findings.MoveActions(ctx, manager, []string{id}, today+60, "The tool comes later.", at(12)))
		tend(13)
		if got := h.asked(t, access.Manager); len(got) > 0 {
			t.Errorf("the day moved, and still asked for %q", got)
		}
		if got := h.asked(t, access.Contributor); len(got) != 1 {
			t.Errorf("its owner is asked for %q", got)
		}
	})
}

func TestAnUpgradeCarriesWhatFindingsAreAbout(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, day := h.actors[access.Administrator], t.Context(), now.Add(24*hour)
		newer := h.acmeHouse(t, who)
		f, err := h.findings.Report(ctx, who, finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor, Reason: "One room of ten.", Source: finding.Source{Kind: "self"},
			Title: "A room without a list", Statement: "Each room has a list; one has none.", Objective: "Seen on the round.", Requirements: []framework.Ref{rule("R1"), rule("R2"), rule("R3"), rule("R5"), annexA}}, now)
		must(t, err)
		about := func(at time.Time) []framework.Ref {
			t.Helper()
			out := h.finding(t, f.ID, at).Requirements
			slices.SortFunc(out, func(a, b framework.Ref) int { return strings.Compare(a.String(), b.String()) })
			return out
		}
		before := about(now)
		u, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, map[string][]string{"R2": {"R1"}}, day)
		must(t, err)
		if want := []framework.Ref{rule("R5"), newRule("R1"), newRule("R6"), annexA}; !slices.Equal(about(day), want) {
			t.Errorf("about %v, want %v, each once", about(day), want)
		}
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(hour))
		must(t, err)
		if !slices.Equal(about(day.Add(hour)), before) {
			t.Errorf("after undo about %v, before %v", about(day.Add(hour)), before)
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestDeadlinesOfAFindingAreNotItsOwnersToMove(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, owner, people := t.Context(), h.actors[access.Manager], h.actors[access.Contributor], h.hall(t)
		n := finding.Draft{Kind: finding.Observation, Source: finding.Source{Kind: "self"}, Title: "Badges lie about", Statement: "Three badges lay on a desk.", Objective: "Seen on a round.", Owner: people.owner.ID, FoundOn: today - 20}
		f, err := h.findings.Report(ctx, manager, n, now)
		must(t, err)
		n.FoundOn = today
		if err := h.findings.Change(ctx, owner, f.ID, n, now); problem.Of(err).Field != "found_on" {
			t.Errorf("its owner moves the day it was found: %v", err)
		}
		n.FoundOn, n.Statement = today-20, "Four badges lay on a desk."
		must(t, h.findings.Change(ctx, owner, f.ID, n, now))
		n.FoundOn = today - 19
		must(t, h.findings.Change(ctx, manager, f.ID, n, now))
		if got := h.finding(t, f.ID, now); got.FoundOn != today-19 || got.Statement != n.Statement {
			t.Errorf("found on %s: %s", got.FoundOn, got.Statement)
		}
	})
}
