package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
)

// leaders is a company whose chief executive signs in as the manager and whose
// security officer is the contributor.
type leaders struct{ chief, officer people.Person }

func (h *house) leaders(t testing.TB) leaders {
	t.Helper()
	admin := h.actors[access.Administrator]
	add := func(name string, r access.Role) people.Person {
		p, err := h.people.Add(t.Context(), admin, people.Person{Name: name, Email: strings.ToLower(name) + "@one.test", StartOn: "2020-01-01"}, now)
		must(t, err)
		must(t, h.people.LinkAccount(t.Context(), admin, p.ID, h.accounts[r].ID, now))
		return p
	}
	b := leaders{add("Carla", access.Manager), add("Otto", access.Contributor)}
	for role, person := range map[string]string{"chief-executive": b.chief.ID, "security-officer": b.officer.ID} {
		_, err := h.people.GiveDuty(t.Context(), admin, people.Giving{Role: role, Person: person, From: cadence.On(2020, 1, 1)}, now)
		must(t, err)
	}
	return b
}

func TestSurroundingsKeepTheirHistory(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		n, err := h.isms.SeedParties(ctx, who, []string{"IP-01", "IP-03", "IP-99"}, now)
		must(t, err)
		if n != 2 {
			t.Fatalf("%d parties were entered, want 2", n)
		}
		again, err := h.isms.SeedParties(ctx, who, []string{"IP-01", "IP-02"}, now.Add(time.Minute))
		must(t, err)
		if again != 1 {
			t.Errorf("taking the list again entered %d, want 1", again)
		}
		own, err := h.isms.PutParty(ctx, who, isms.Party{Name: "Neighbours", Side: "external", Needs: "Quiet", Care: isms.Care{ReviewEvery: "P1Y"}}, now.Add(2*time.Minute))
		must(t, err)
		if own.Code != "IP-04" {
			t.Errorf("the next code is %s, want IP-04", own.Code)
		}
		own.Needs = "Quiet at night"
		_, err = h.isms.PutParty(ctx, who, own, now.Add(time.Hour))
		must(t, err)
		if _, err := h.isms.PutParty(ctx, who, own, now.Add(2*time.Hour)); problem.Of(err).Code != problem.Conflict {
			t.Errorf("a change of what somebody else changed meanwhile: %v", err)
		}
		must(t, h.isms.ConfirmEntries(ctx, who, isms.PartyRegister, []string{own.ID}, "", now.Add(48*time.Hour)))
		must(t, h.isms.RetireEntry(ctx, who, isms.PartyRegister, own.ID, "They moved away.", now.Add(72*time.Hour)))
		p, past, err := h.isms.Party(ctx, who, "IP-04")
		must(t, err)
		var what []string
		for _, x := range past {
			what = append(what, x.Sentence())
		}
		if got := strings.Join(what, " | "); got != "Retired | Confirmed | Changed: needs | Entered" {
			t.Errorf("history = %s", got)
		}
		if p.Retired != "They moved away." || p.Reviewed != today+2 {
			t.Errorf("retired %q, looked at on %s", p.Retired, p.Reviewed)
		}
		then, err := h.isms.Parties(ctx, who, now.Add(30*time.Minute))
		must(t, err)
		if i := slices.IndexFunc(then, func(p isms.Party) bool { return p.Code == "IP-04" }); i < 0 || then[i].Needs != "Quiet" {
			t.Errorf("half an hour after it was entered it said something else: %+v", then)
		}
		must(t, h.isms.ReturnEntry(ctx, who, isms.PartyRegister, own.ID, now.Add(96*time.Hour)))
		if err := h.isms.ReturnEntry(ctx, who, isms.PartyRegister, own.ID, now.Add(97*time.Hour)); problem.Of(err).Code != problem.Conflict {
			t.Errorf("taking back what counts: %v", err)
		}
		other, err := h.isms.Parties(ctx, h.other, now.Add(100*time.Hour))
		must(t, err)
		if len(other) != 0 {
			t.Errorf("another organisation sees %d parties", len(other))
		}
	})
}

func TestAFileOfPartiesIsTakenWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		h.leaders(t)
		read := func(text string) *sheets.Sheet {
			s, err := sheets.Read("parties.csv", []byte(text), isms.PartyColumns())
			must(t, err)
			return s
		}
		good := "Party,Side,Needs,Owner,Requirements\nCustomers,external,Proof,otto@one.test,iso27001-2022:4.2\n=cmd(),internal,\"Rules, clear\",,\n"
		plan, err := h.isms.ImportParties(ctx, who, read(good), now)
		must(t, err)
		if len(plan.New) != 2 || plan.Same != 0 {
			t.Fatalf("plan = %+v", plan)
		}
		plan, err = h.isms.PlanParties(ctx, who, read(good+"Bank,external,Cards,,\n"), now.Add(time.Hour))
		must(t, err)
		if len(plan.New) != 1 || plan.Same != 2 || len(plan.Changed) != 0 {
			t.Errorf("the same file with one more row: %+v", plan)
		}
		for _, tt := range []struct{ name, text, want string }{
			{"somebody who is not there", "Party,Side,Needs,Owner\nA,external,x,ghost@one.test\n", "row 2, Owner"},
			{"a requirement that is not there", "Party,Side,Needs,Requirements\nA,external,x,iso27001-2022:99.9\n", "row 2, Requirements"},
			{"a code that is not there", "Code,Party,Side,Needs\nIP-77,A,external,x\n", "row 2, Code"},
			{"one party twice", "Party,Side,Needs\nA,external,x\na,external,y\n", "row 3, Party"},
			{"no side", "Party,Side,Needs\nA,,x\n", "row 2, Side"},
			{"an interval nobody can read", "Party,Side,Needs,Review every\nA,external,x,now and then\n", "row 2, Review every"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				_, err := h.isms.ImportParties(ctx, who, read(tt.text), now.Add(2*time.Hour))
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want a fault in %s", err, tt.want)
				}
			})
		}
		list, err := h.isms.Parties(ctx, who, now.Add(3*time.Hour))
		must(t, err)
		if len(list) != 2 {
			t.Errorf("%d parties after files with faults, want 2", len(list))
		}
		rows, err := h.isms.ExportParties(ctx, who, now.Add(3*time.Hour))
		must(t, err)
		var b strings.Builder
		must(t, sheets.Write(&b, "csv", "Parties", isms.PartyColumns(), rows))
		plan, err = h.isms.PlanParties(ctx, who, read(b.String()), now.Add(4*time.Hour))
		must(t, err)
		if plan.Same != 2 || len(plan.New)+len(plan.Changed) > 0 {
			t.Errorf("what was taken out and put in again: %+v", plan)
		}
	})
}

func TestObjectivesAreMeasuredAtTheEndOfEachPeriod(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who, org := t.Context(), h.actors[access.Administrator], h.actors[access.Administrator].Org()
		b := h.leaders(t)
		_, err := h.isms.SeedObjectives(ctx, who, []string{"OBJ-2", "OBJ-3", "OBJ-8"}, now)
		must(t, err)
		month := cadence.Monthly.Period(today, today)
		after := month.To.End(time.UTC).Add(50 * time.Hour) // the third day of the next month
		must(t, h.isms.TendContext(ctx, org, after))
		leaves := h.leaves(t, org)
		must(t, h.isms.TendContext(ctx, org, after.Add(time.Minute)))
		if n := h.leaves(t, org); n != leaves {
			t.Errorf("done twice it wrote %d more leaves", n-leaves)
		}
		leavers, err := h.isms.Objective(ctx, who, "OBJ-2", after)
		must(t, err)
		if last, ok := leavers.Last(); !ok || last.Verdict != isms.NothingToDo || last.Measure.By != "" || last.Measure.Source != isms.SourceLeavers {
			t.Errorf("a month in which nobody left: %+v", last)
		}
		risks, err := h.isms.Objective(ctx, who, "OBJ-8", after)
		must(t, err)
		if last, ok := risks.Last(); !ok || last.Verdict != isms.NoData || risks.Missed != 1 {
			t.Errorf("an empty register of risks: %+v", last)
		}
		// devices are measured by hand, each week, by the security officer
		asked := h.asked(t, access.Contributor)
		if !slices.ContainsFunc(asked, func(s string) bool { return strings.HasPrefix(s, "Measure OBJ-3 for ") }) {
			t.Fatalf("the officer is asked %q", asked)
		}
		devices, err := h.isms.Objective(ctx, who, "OBJ-3", after)
		must(t, err)
		i := slices.IndexFunc(devices.Periods, func(p isms.ObjectivePeriod) bool { return p.Verdict == isms.Awaited })
		if i < 0 {
			t.Fatalf("no week waits: %+v", devices.Periods)
		}
		week := devices.Periods[i].Days
		hand := isms.HandMeasure{Objective: "OBJ-3", On: week.From, Known: isms.Valued, Num: 97, Den: 100}
		if _, err := h.isms.Measure(ctx, who, hand, after); problem.Of(err).Field != "item" {
			t.Errorf("a value without evidence: %v", err)
		}
		item, err := h.evidence.File(ctx, who, evidence.Filing{Title: "Devices", Kind: "metrics-report", CapturedAt: now, Links: []evidence.Link{{URL: "https://one.test/devices"}}, Controls: []string{h.control(t, "MZ-1").ID}}, now)
		must(t, err)
		hand.Item = item.ID
		_, err = h.isms.Measure(ctx, who, hand, after)
		must(t, err)
		hand.Num = 96
		_, err = h.isms.Measure(ctx, who, hand, after.Add(time.Minute))
		must(t, err)
		devices, err = h.isms.Objective(ctx, who, "OBJ-3", after)
		must(t, err)
		if p := devices.Periods[i]; p.Verdict != isms.TargetMissed || p.Earlier != 1 || p.Measure.Share() != "96 of 100" || len(devices.Measures) != 2 {
			t.Errorf("corrected: %+v", p)
		}
		hand.On = month.To + 31
		if _, err := h.isms.Measure(ctx, who, hand, after); problem.Of(err).Field != "on" {
			t.Errorf("a period that is not over: %v", err)
		}
		if devices.Holders[0] != b.officer.ID {
			t.Errorf("who answers for it: %v", devices.Holders)
		}
	})
}

func TestClimateIsAskedForOnceAYear(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who, org := t.Context(), h.actors[access.Administrator], h.actors[access.Administrator].Org()
		h.leaders(t)
		must(t, h.isms.TendContext(ctx, org, now))
		if asked := h.asked(t, access.Contributor); len(asked) > 0 {
			t.Errorf("before anybody began with the surroundings, %q is asked", asked)
		}
		_, err := h.isms.SeedIssues(ctx, who, []string{"IS-09", "IS-21"}, now)
		must(t, err)
		must(t, h.isms.TendContext(ctx, org, now))
		if asked := h.asked(t, access.Contributor); !slices.Contains(asked, "Decide whether climate change is a relevant issue") {
			t.Errorf("asked %q", asked)
		}
		if _, err := h.isms.DecideClimate(ctx, who, true, " no ", now); problem.Of(err).Field != "why" {
			t.Errorf("a decision without a reason: %v", err)
		}
		_, err = h.isms.DecideClimate(ctx, who, true, "Two hosting regions stand near rivers.", now)
		must(t, err)
		if asked := h.asked(t, access.Contributor); len(asked) > 0 {
			t.Errorf("once it is decided, %q is asked", asked)
		}
		must(t, h.isms.TendContext(ctx, org, now.AddDate(1, 0, 1)))
		asked := h.asked(t, access.Contributor)
		if !slices.Contains(asked, "Decide whether climate change is a relevant issue") || !slices.Contains(asked, "Look at 2 issues again") {
			t.Errorf("a year later %q is asked", asked)
		}
		issues, err := h.isms.Issues(ctx, who, now.AddDate(1, 0, 1))
		must(t, err)
		must(t, h.isms.ConfirmEntries(ctx, who, isms.IssueRegister, []string{issues[0].ID, issues[1].ID}, "", now.AddDate(1, 0, 1)))
		must(t, h.isms.TendContext(ctx, org, now.AddDate(1, 0, 1)))
		if asked := h.asked(t, access.Contributor); slices.Contains(asked, "Look at 2 issues again") {
			t.Errorf("after they were looked at, %q is asked", asked)
		}
	})
}

func TestAReviewFromPlanToActions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, chief := t.Context(), h.actors[access.Administrator], h.actors[access.Manager]
		b := h.leaders(t)
		_, err := h.isms.SeedParties(ctx, admin, []string{"IP-01"}, now)
		must(t, err)
		plan := isms.NewReview{Title: "Yearly review", On: today, Participants: []string{b.chief.ID, b.officer.ID}}
		r, err := h.isms.PlanReview(ctx, admin, plan, now)
		must(t, err)
		if want := fmt.Sprintf("MR-%d-1", now.Year()); r.Code != want {
			t.Fatalf("code %s, want %s", r.Code, want)
		}
		must(t, h.isms.BringReview(ctx, admin, r.Code, map[string]string{"MR-09": "Two customers asked for faster notices."}, now))
		if err := h.isms.WriteMinutes(ctx, admin, r.Code, map[string]string{"MR-01": "Nothing."}, now); problem.Of(err).Code != problem.Conflict {
			t.Errorf("minutes before the pack is frozen: %v", err)
		}
		must(t, h.isms.FreezePack(ctx, admin, r.Code, now))
		pack, r, err := h.isms.FrozenPack(ctx, admin, r.Code)
		must(t, err)
		if len(pack.Sections) != 17 || pack.Of != "One" || !pack.Participants[0].Top {
			t.Errorf("pack: %d sections of %s, %+v", len(pack.Sections), pack.Of, pack.Participants)
		}
		item, err := h.evidence.Find(ctx, admin, r.Pack)
		must(t, err)
		if len(item.Files) != 2 || item.Files[0].SHA256 != r.PackSHA256 || item.Kind != "leadership-report" {
			t.Errorf("evidence of the pack: %+v", item)
		}
		// the register changes, the pack does not
		_, err = h.isms.SeedParties(ctx, admin, []string{"IP-02"}, now.Add(time.Minute))
		must(t, err)
		same, _, err := h.isms.FrozenPack(ctx, admin, r.Code)
		must(t, err)
		if a, b := asJSON(t, pack), asJSON(t, same); a != b {
			t.Error("the frozen pack changed")
		}
		if err := h.isms.SendMinutes(ctx, admin, r.Code, now); problem.Of(err).Code != problem.Conflict {
			t.Errorf("empty minutes were sent: %v", err)
		}
		h.hold(t, r.Code, plan, b)
		must(t, h.isms.SendMinutes(ctx, admin, r.Code, now.Add(time.Hour)))
		if err := h.isms.WriteMinutes(ctx, admin, r.Code, map[string]string{"MR-01": "Else."}, now.Add(time.Hour)); problem.Of(err).Code != problem.Conflict {
			t.Errorf("minutes that wait were changed: %v", err)
		}
		if _, err := h.isms.DecideMinutes(ctx, admin, r.Code, true, "", now.Add(2*time.Hour)); problem.Of(err).Code != problem.Forbidden {
			t.Errorf("who sent them approved them: %v", err)
		}
		_, err = h.isms.DecideMinutes(ctx, chief, r.Code, false, "Say more of the risks.", now.Add(2*time.Hour))
		must(t, err)
		must(t, h.isms.WriteMinutes(ctx, admin, r.Code, map[string]string{"MR-10": "More of the risks."}, now.Add(3*time.Hour)))
		must(t, h.isms.SendMinutes(ctx, admin, r.Code, now.Add(3*time.Hour)))
		_, err = h.isms.DecideMinutes(ctx, chief, r.Code, true, "", now.Add(4*time.Hour))
		must(t, err)

		minutes, r, err := h.isms.FrozenMinutes(ctx, admin, r.Code)
		must(t, err)
		if r.State != isms.ReviewApproved || len(minutes.Approved) != 1 || !minutes.Approved[0].Top || minutes.PackSHA256 != r.PackSHA256 || len(minutes.Points) != 17 || len(minutes.Conclusions) != 3 {
			t.Errorf("minutes: %s %+v", r.State, minutes.Approved)
		}
		_, file, err := h.evidence.OpenIssued(ctx, admin.Org(), r.Minutes)
		must(t, err)
		data, err := io.ReadAll(file)
		must(t, err)
		must(t, file.Close())
		if !json.Valid(data) {
			t.Error("the minutes are not kept as JSON")
		}
		actions := h.actions(t, finding.Source{Kind: finding.FromReview, ID: r.ID})
		if len(actions) != 1 || actions[0].Owner != b.officer.ID || actions[0].Due != today+30 {
			t.Fatalf("actions of the decisions: %+v", actions)
		}
		for name, err := range map[string]error{
			"minutes": h.isms.WriteMinutes(ctx, admin, r.Code, map[string]string{"MR-01": "Else."}, now.Add(5*time.Hour)), "plan": h.isms.ChangeReview(ctx, admin, r.Code, plan, now.Add(5*time.Hour)),
			"end": h.isms.CancelReview(ctx, admin, r.Code, "Never mind.", now.Add(5*time.Hour)), "pack": h.isms.FreezePack(ctx, admin, r.Code, now.Add(5*time.Hour)), "approval": h.isms.WithdrawMinutes(ctx, admin, r.Code, now.Add(5*time.Hour)),
		} {
			if problem.Of(err).Code != problem.Conflict {
				t.Errorf("the %s of an approved review changed: %v", name, err)
			}
		}
		h.nextReview(t, plan, r)
	})
}

// hold writes complete minutes: one decision with an action, no change otherwise.
func (h *house) hold(t testing.TB, code string, plan isms.NewReview, b leaders) {
	t.Helper()
	ctx, admin := t.Context(), h.actors[access.Administrator]
	plan.Present = plan.Participants
	must(t, h.isms.ChangeReview(ctx, admin, code, plan, now))
	words := map[string]string{}
	for _, f := range isms.MinutesFields() {
		words[f.Key] = "Looked at: " + f.Label + "."
	}
	must(t, h.isms.WriteMinutes(ctx, admin, code, words, now))
	for i, a := range isms.DecisionItems() {
		d := isms.Decision{Item: a.ID, Unchanged: true, Why: "It works."}
		if i == 0 {
			d = isms.Decision{Item: a.ID, Words: "Shorten the notices", Why: "Customers asked.", Effect: "Notices within a day.", Owner: b.officer.ID, Due: today + 30}
		}
		_, err := h.isms.DecideReview(ctx, admin, code, d, now)
		must(t, err)
	}
}

// nextReview checks that the first input of the next review lists what was decided.
func (h *house) nextReview(t testing.TB, plan isms.NewReview, before isms.Review) {
	t.Helper()
	ctx, admin := t.Context(), h.actors[access.Administrator]
	plan.On += 60
	later := now.AddDate(0, 0, 60)
	next, err := h.isms.PlanReview(ctx, admin, plan, later)
	must(t, err)
	pack, err := h.isms.PreviewPack(ctx, admin, next.Code, later)
	must(t, err)
	said := asJSON(t, pack.Sections[0])
	if pack.Before != before.Code || !strings.Contains(said, "Shorten the notices") || !strings.Contains(said, `"label":"Overdue","value":"1"`) {
		t.Errorf("the first input of the next review: %s", said)
	}
	if said := asJSON(t, pack.Sections[3]); !strings.Contains(said, `"IP-02"`) || strings.Contains(said, `["IP-01"`) {
		t.Errorf("changes of parties since then: %s", said)
	}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return string(text)
}
