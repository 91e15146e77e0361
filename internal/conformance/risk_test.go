package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
)

// council is a company whose owner of risks is the contributor, whose chief executive
// is the manager, and whose security officer is the administrator.
type council struct{ owner, chief, officer people.Person }

func (h *house) council(t testing.TB) council {
	t.Helper()
	ctx, admin := t.Context(), h.actors[access.Administrator]
	add := func(name string, r access.Role) people.Person {
		p, err := h.people.Add(ctx, admin, people.Person{Name: name, Email: strings.ToLower(name) + "@one.test", StartOn: "2020-01-01"}, now)
		must(t, err)
		must(t, h.people.LinkAccount(ctx, admin, p.ID, h.accounts[r].ID, now))
		return p
	}
	b := council{add("Olga", access.Contributor), add("Carla", access.Manager), add("Otto", access.Administrator)}
	give := func(role string, p people.Person) {
		_, err := h.people.GiveDuty(ctx, admin, people.Giving{Role: role, Person: p.ID, From: cadence.On(2025, 1, 1)}, now)
		must(t, err)
	}
	give("chief-executive", b.chief)
	give("leadership-team", b.chief)
	give("security-officer", b.officer)
	return b
}

// lost is a risk of the owner.
func (h *house) lost(t testing.TB, b council, title string) risk.Risk {
	t.Helper()
	r, err := h.risks.Put(t.Context(), h.actors[access.Contributor], risk.Risk{Title: title, Event: "A laptop is lost on a train.", Category: "endpoint", Affects: []string{"confidentiality"}, Owner: b.owner.ID}, now)
	must(t, err)
	return r
}

// given is a score as a person would give it.
func given(kind risk.ScoreKind, likelihood, impact int) risk.NewScore {
	return risk.NewScore{Kind: kind, Point: risk.Point{Likelihood: likelihood, Impact: impact}, Column: "information and privacy", Basis: risk.Judgement, Reasons: "Seen at similar companies."}
}

func (h *house) score(t testing.TB, r access.Role, id string, n risk.NewScore, at time.Time) {
	t.Helper()
	_, err := h.risks.Score(t.Context(), h.actors[r], id, n, at)
	must(t, err)
}

func (h *house) riskOf(t testing.TB, id string, at time.Time) *risk.Detail {
	t.Helper()
	d, err := h.risks.Detail(t.Context(), h.actors[access.Manager], id, at)
	must(t, err)
	return d
}

func TestARiskIsEnteredScoredAndAccepted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		b := h.council(t)
		before := h.leaves(t, h.actors[access.Manager].Org())
		r := h.lost(t, b, "Lost laptop")
		if r.Code != "R-001" || h.lost(t, b, "Lost phone").Code != "R-002" {
			t.Fatalf("codes: %s", r.Code)
		}
		if d := h.riskOf(t, "r-001", now); d.State != risk.Unscored || d.Next() != "Score it." {
			t.Errorf("fresh: %s, %s", d.State, d.Next())
		}
		accept := risk.NewAcceptance{Reason: "It is small.", Conditions: "Disks stay encrypted.", Until: cadence.On(2026, 6, 1)}
		owner := h.actors[access.Contributor]
		if err := h.risks.Accept(ctx, owner, r.ID, accept, now); err == nil || !strings.Contains(err.Error(), "Nobody here has scored") {
			t.Errorf("unscored: %v", err)
		}
		h.score(t, access.Contributor, r.ID, given(risk.Inherent, 2, 3), now)
		if err := h.risks.Accept(ctx, owner, r.ID, accept, now); err == nil || problem.Of(err).Code != problem.Forbidden || !strings.Contains(err.Error(), "scored alone") {
			t.Errorf("scored alone: %v", err)
		}
		must(t, h.risks.Second(ctx, h.actors[access.Administrator], r.ID, given("", 2, 4), now.Add(time.Minute)))
		must(t, h.risks.Accept(ctx, owner, r.ID, accept, now.Add(2*time.Minute)))
		if d := h.riskOf(t, r.ID, now.Add(time.Hour)); d.State != risk.Accepted || d.Acceptance.Person != b.owner.ID || d.Acceptance.Level != "moderate" || d.Acceptance.Point.Score() != 6 {
			t.Errorf("accepted: %s %+v", d.State, d.Acceptance)
		}
		if !slices.Contains(h.asked(t, access.Administrator), "Take note: R-001 was accepted, Lost laptop") {
			t.Errorf("the security officer is not told: %v", h.asked(t, access.Administrator))
		}
		// it lapses by itself, and shows so
		if d := h.riskOf(t, r.ID, time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)); d.State != risk.Tolerated {
			t.Errorf("within the appetite, after its end: %s", d.State)
		}
		must(t, h.risks.Withdraw(ctx, owner, r.ID, "Too many trains.", now.Add(3*time.Hour)))
		if d := h.riskOf(t, r.ID, now.Add(4*time.Hour)); d.State != risk.Tolerated || len(d.History) < 5 || len(d.Accepted) != 1 || d.Accepted[0].WithdrawnWhy == "" {
			t.Errorf("withdrawn: %s, %d, %+v", d.State, len(d.History), d.Accepted)
		}
		want := "risk.entered risk.entered risk.scored risk.seconded risk.accepted risk.acceptance_withdrawn"
		if got := strings.Join(h.kinds(t, owner.Org(), before), " "); got != want {
			t.Errorf("leaves: %s", got)
		}
	})
}

func TestOnlyTheAuthorityOfTheLevelAccepts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		b := h.council(t)
		r := h.lost(t, b, "Lost laptop")
		h.score(t, access.Administrator, r.ID, given(risk.Inherent, 4, 4), now)
		until := risk.NewAcceptance{Reason: "We cannot do without trains.", Until: cadence.On(2026, 5, 31)}
		err := h.risks.Accept(ctx, h.actors[access.Contributor], r.ID, until, now)
		if err == nil || problem.Of(err).Code != problem.Forbidden || !strings.Contains(err.Error(), "Today that is Carla.") {
			t.Errorf("the owner accepts 16: %v", err)
		}
		if err := h.risks.Accept(ctx, h.actors[access.Manager], r.ID, until, now); err == nil || !strings.Contains(err.Error(), "only while a plan is carried out") {
			t.Errorf("without a plan: %v", err)
		}
		plan := risk.Plan{Choice: risk.Reduce, Reason: "Encrypt all disks.", Due: cadence.On(2026, 3, 31), Target: risk.Point{Likelihood: 2, Impact: 4}, ShownBy: "Report of the device agent"}
		must(t, h.risks.Plan(ctx, h.actors[access.Administrator], r.ID, plan, now))
		must(t, h.risks.AddAction(ctx, h.actors[access.Administrator], r.ID, finding.Action{Title: "Encrypt the disks", Owner: b.officer.ID, Due: cadence.On(2026, 3, 20)}, now))
		if !slices.Contains(h.asked(t, access.Contributor), "Approve the plan for R-001: Lost laptop") {
			t.Errorf("the owner is asked for: %v", h.asked(t, access.Contributor))
		}
		if err := h.risks.ApprovePlan(ctx, h.actors[access.Manager], r.ID, now); err == nil || !strings.Contains(err.Error(), "Olga") {
			t.Errorf("somebody else approves the plan: %v", err)
		}
		must(t, h.risks.ApprovePlan(ctx, h.actors[access.Contributor], r.ID, now))
		if d := h.riskOf(t, r.ID, now); d.State != risk.Treating || d.Target == nil || d.Target.Point != (risk.Point{Likelihood: 2, Impact: 4}) || len(d.Actions) != 1 {
			t.Errorf("treating: %s %+v", d.State, d.Target)
		}
		long := until
		long.Until = cadence.On(2026, 6, 2)
		if err := h.risks.Accept(ctx, h.actors[access.Manager], r.ID, long, now); err == nil || problem.Of(err).Field != "until" || !strings.Contains(err.Error(), "2026-06-01") {
			t.Errorf("longer than three months: %v", err)
		}
		must(t, h.risks.Accept(ctx, h.actors[access.Manager], r.ID, until, now))
		if d := h.riskOf(t, r.ID, time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)); d.State != risk.Lapsed || d.Verdict.Within {
			t.Errorf("the day after its end: %s, %s", d.State, d.Why)
		}
		// thirty days before the end the one who accepted is asked
		at := time.Date(2026, 5, 2, 9, 0, 0, 0, time.UTC)
		must(t, h.risks.Tend(ctx, h.actors[access.Manager].Org(), at))
		must(t, h.risks.Tend(ctx, h.actors[access.Manager].Org(), at))
		n := 0
		for _, title := range h.asked(t, access.Manager) {
			if strings.HasPrefix(title, "The acceptance of R-001 ends") {
				n++
			}
		}
		if n != 1 {
			t.Errorf("asked %d times: %v", n, h.asked(t, access.Manager))
		}
		if err := h.risks.CompletePlan(ctx, h.actors[access.Administrator], r.ID, "All disks are encrypted.", now); err == nil || !strings.Contains(err.Error(), "1 action still open") {
			t.Errorf("complete with open actions: %v", err)
		}
	})
}

// leaning is a risk that rests on one control, which was never tested and whose proof
// lapses after thirty days.
func (h *house) leaning(t *testing.T) risk.Risk {
	t.Helper()
	ctx, who := t.Context(), h.actors[access.Administrator]
	b := h.council(t)
	c, err := h.controls.Create(ctx, who, control.Control{Code: "EN-1", Title: "Disks are encrypted", Kind: control.Continuous, Status: control.Operated, Since: cadence.On(2024, 1, 1)}, now.AddDate(-1, 0, 0))
	must(t, err)
	f, err := h.evidence.Keep(ctx, who, "proof.txt", strings.NewReader("disks"), now)
	must(t, err)
	_, err = h.evidence.File(ctx, who, proofFor(c.Code, f), now)
	must(t, err)
	r := h.lost(t, b, "Lost laptop")
	link := risk.Link{Kind: risk.ToControl, Target: c.ID, Nature: "corrective"}
	must(t, h.risks.Relink(ctx, who, r.ID, []risk.LinkKind{risk.ToControl}, []risk.Link{link}, now))
	return r
}

func TestAControlThatFailsRaisesTheScore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		r := h.leaning(t)
		at := now.Add(2 * time.Hour)
		h.score(t, access.Administrator, r.ID, given(risk.Inherent, 4, 4), at)
		if _, err := h.risks.Score(ctx, who, r.ID, given(risk.Current, 4, 2), at); err == nil || problem.Of(err).Field != "impact" || !strings.Contains(err.Error(), "down to 3") {
			t.Errorf("a control nobody tested takes two steps: %v", err)
		}
		if _, err := h.risks.Score(ctx, who, r.ID, given(risk.Current, 3, 3), at); err == nil || problem.Of(err).Field != "likelihood" {
			t.Errorf("a control that limits acts on likelihood: %v", err)
		}
		h.score(t, access.Administrator, r.ID, given(risk.Current, 4, 3), at)
		if d := h.riskOf(t, r.ID, at); d.Effective.Score() != 12 || len(d.Current.Relied) != 1 || d.Current.Relied[0].Code != "EN-1" {
			t.Fatalf("current: %+v", d.Effective)
		}
		// the proof lapses after thirty days
		late := now.AddDate(0, 0, 40)
		d := h.riskOf(t, r.ID, late)
		if d.Effective.Score() != 16 || len(d.Effective.Back) != 1 || d.Verdict.Level.ID != "high" {
			t.Fatalf("it does not rise: %+v", d.Effective)
		}
		before := h.leaves(t, who.Org())
		must(t, h.risks.Watch(ctx, who, late))
		must(t, h.risks.Watch(ctx, who, late))
		if got := h.kinds(t, who.Org(), before); len(got) != 1 || got[0] != "risk.triggered" {
			t.Errorf("leaves: %v", got)
		}
		if !slices.Contains(h.asked(t, access.Contributor), "Score R-001 again: Lost laptop") {
			t.Errorf("the owner is not asked: %v", h.asked(t, access.Contributor))
		}
		h.score(t, access.Administrator, r.ID, given(risk.Current, 4, 4), late.Add(time.Hour))
		if d := h.riskOf(t, r.ID, late.Add(2*time.Hour)); len(d.Triggers) != 0 || len(d.Answered) != 1 {
			t.Errorf("not answered: %+v", d.Triggers)
		}
		if slices.Contains(h.asked(t, access.Contributor), "Score R-001 again: Lost laptop") {
			t.Error("the task outlives the score")
		}
	})
}

func TestWhatAFailingControlAsksForOutlivesTheHour(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		r, late := h.leaning(t), now.AddDate(0, 0, 40)
		h.score(t, access.Administrator, r.ID, given(risk.Inherent, 3, 3), now.Add(time.Hour))
		h.score(t, access.Administrator, r.ID, given(risk.Current, 3, 2), now.Add(time.Hour))
		if d := h.riskOf(t, r.ID, late); d.Verdict.Within {
			t.Fatalf("the risk does not rise above the appetite: %+v", d.Effective)
		}
		must(t, h.risks.Watch(ctx, who, late))
		must(t, h.risks.Tend(ctx, who.Org(), late.Add(time.Hour)))
		if asked := h.asked(t, access.Contributor); !slices.ContainsFunc(asked, func(s string) bool { return strings.HasPrefix(s, "Treat "+r.Code+" or have it accepted") }) {
			t.Errorf("an hour later the owner is asked only: %v", asked)
		}
	})
}

func TestLibraryNumbersAreNobodysScore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		list, err := h.risks.Adopt(ctx, who, []string{"RS-001", "RS-005", "RS-001"}, now)
		if must(t, err); len(list) != 2 || list[1].Code != "R-002" || list[0].Scenario != "RS-001" {
			t.Fatalf("adopted: %+v", list)
		}
		if again, err := h.risks.Adopt(ctx, who, []string{"RS-001"}, now); err != nil || len(again) != 0 {
			t.Errorf("adopted twice: %v %v", again, err)
		}
		r, err := h.risks.Register(ctx, who, now)
		must(t, err)
		if c := r.Count(); c.Open != 2 || c.Unscored != 2 || c.Above != 0 || len(c.Levels) != 0 || len(r.AboveAppetite()) != 0 {
			t.Errorf("counts: %+v", c)
		}
		heat, hollow := 0, 0
		for _, row := range r.Heat(risk.Inherent) {
			for _, cell := range row {
				heat, hollow = heat+len(cell.Risks), hollow+len(cell.Defaults)
			}
		}
		if heat != 0 || hollow != 2 {
			t.Errorf("heat map: %d scored, %d of the library", heat, hollow)
		}
		if len(r.Of(framework.Ref{Framework: "iso27001-2022", ID: "A.8.5"})) != 2 {
			t.Errorf("links to A.8.5: %+v", r.Risks[0].Links)
		}
		if _, err := h.risks.Adopt(ctx, who, []string{"RS-999"}, now); err == nil || problem.Of(err).Field != "scenario" {
			t.Errorf("no such scenario: %v", err)
		}
	})
}

func TestAKnownBreachIsAFinding(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		b := h.council(t)
		r, err := h.risks.Put(ctx, h.actors[access.Contributor], risk.Risk{Title: "Mail without consent", Event: "We write to people who did not agree.", Category: "privacy", Affects: []string{"privacy", "compliance"}, Breach: true, Owner: b.owner.ID}, now)
		must(t, err)
		if f := h.finding(t, r.Finding, now); f.Kind != finding.Nonconformity || f.Source.ID != r.ID {
			t.Fatalf("finding: %+v", f)
		}
		h.score(t, access.Administrator, r.ID, given(risk.Inherent, 1, 1), now)
		if err := h.risks.Accept(ctx, h.actors[access.Contributor], r.ID, risk.NewAcceptance{Reason: "Everybody does.", Until: cadence.On(2026, 4, 1)}, now); err == nil || !strings.Contains(err.Error(), "nonconformity") {
			t.Errorf("accepted: %v", err)
		}
		if d := h.riskOf(t, r.ID, now); d.State != risk.Breached {
			t.Errorf("state: %s", d.State)
		}
	})
}

func TestAMethodIsApprovedAndOlderScoresStayTied(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, manager := t.Context(), h.actors[access.Administrator], h.actors[access.Manager]
		b := h.council(t)
		r := h.lost(t, b, "Lost laptop")
		h.score(t, access.Administrator, r.ID, given(risk.Inherent, 2, 4), now)
		tight := strings.NewReplacer(`version: "1.0.0"`, `version: "1.1.0"`, "max_score: 8, within_appetite: true", "max_score: 8, within_appetite: false", "appetite:\n  max_score: 8", "appetite:\n  max_score: 4", "max_score: 5}", "max_score: 4}").Replace(risk.Shipped().Matrix)
		if _, err := h.risks.WriteMethod(ctx, admin, risk.Shipped().Text, risk.Shipped().Matrix, "Nothing new.", now); err == nil || problem.Of(err).Field != "matrix" {
			t.Errorf("the same version again: %v", err)
		}
		m, err := h.risks.WriteMethod(ctx, admin, risk.Shipped().Text, tight, "A lower appetite.", now)
		must(t, err)
		if _, err := h.risks.DecideMethod(ctx, admin, m.ID, true, "", now); err == nil || problem.Of(err).Code != problem.Forbidden {
			t.Errorf("its author approves it: %v", err)
		}
		if _, force, err := h.risks.Methods(ctx, manager, now); err != nil || force.Version != "1.0.0" {
			t.Errorf("before approval: %v %v", force, err)
		}
		a, err := h.risks.DecideMethod(ctx, manager, m.ID, true, "", now.Add(time.Hour))
		if must(t, err); a.State != approval.Approved {
			t.Fatalf("approval: %+v", a)
		}
		later := now.Add(2 * time.Hour)
		if d := h.riskOf(t, r.ID, later); d.Method.Version != "1.1.0" || d.Judged.Version != "1.0.0" || !d.Verdict.Within {
			t.Errorf("an older score is read by %s: %+v", d.Judged.Version, d.Verdict)
		}
		h.score(t, access.Administrator, r.ID, given(risk.Inherent, 2, 4), later)
		if d := h.riskOf(t, r.ID, later); d.Judged.Version != "1.1.0" || d.Verdict.Within {
			t.Errorf("a newer score is read by %s: %+v", d.Judged.Version, d.Verdict)
		}
	})
}

func TestTheRegisterIsFrozenApprovedAndCompared(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, manager := t.Context(), h.actors[access.Administrator], h.actors[access.Manager]
		b := h.council(t)
		one, two, gone := h.lost(t, b, "One"), h.lost(t, b, "Two"), h.lost(t, b, "Gone")
		h.score(t, access.Administrator, one.ID, given(risk.Inherent, 2, 2), now)
		h.score(t, access.Administrator, two.ID, given(risk.Inherent, 4, 4), now)
		x, err := h.risks.Freeze(ctx, admin, "Assessment of spring", "With the owners.", []string{b.owner.ID, b.officer.ID}, now.Add(time.Hour))
		if must(t, err); x.State != risk.MethodWaits || x.Count != 3 {
			t.Fatalf("frozen: %+v", x)
		}
		if _, err := h.risks.DecideSnapshot(ctx, admin, x.ID, true, "", now.Add(time.Hour)); err == nil || problem.Of(err).Code != problem.Forbidden {
			t.Errorf("who froze it approves it: %v", err)
		}
		_, err = h.risks.DecideSnapshot(ctx, manager, x.ID, true, "", now.Add(2*time.Hour))
		must(t, err)
		x, err = h.risks.Snapshot(ctx, manager, x.ID)
		if must(t, err); x.State != risk.MethodApproved || x.Item == "" || len(x.Risks) != 3 {
			t.Fatalf("approved: %+v", x)
		}
		item, err := h.evidence.Find(ctx, manager, x.Item)
		if must(t, err); item.Kind != risk.EvidenceKind || len(item.Files) != 2 {
			t.Errorf("evidence: %+v", item)
		}
		h.score(t, access.Administrator, one.ID, given(risk.Inherent, 3, 3), now.Add(3*time.Hour))
		h.score(t, access.Administrator, two.ID, given(risk.Inherent, 2, 4), now.Add(3*time.Hour))
		must(t, h.risks.Close(ctx, admin, gone.ID, "Nobody travels any more.", now.Add(3*time.Hour)))
		h.lost(t, b, "Fresh")
		r, err := h.risks.Register(ctx, manager, now.Add(4*time.Hour))
		must(t, err)
		var got []string
		for _, m := range r.Since(x) {
			got = append(got, m.Code+" "+string(m.What))
		}
		if want := "R-001 rose R-004 new R-002 fell R-003 gone"; strings.Join(got, " ") != want {
			t.Errorf("moved: %v, want %s", got, want)
		}
		c, err := h.risks.Cycle(ctx, manager, now.Add(5*time.Hour))
		if must(t, err); c.Assessed != cadence.DateOf(now, time.UTC) || c.AssessDue != cadence.On(2027, 3, 1) || c.ReviewDue != cadence.On(2026, 6, 1) {
			t.Errorf("cycle: %+v", c)
		}
	})
}

func TestSecondScoresAreDrawnOnceAYearAndBlind(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, manager := t.Context(), h.actors[access.Administrator], h.actors[access.Manager]
		b := h.council(t)
		for i := range 7 {
			r := h.lost(t, b, fmt.Sprintf("Risk %d", i))
			h.score(t, access.Administrator, r.ID, given(risk.Inherent, 3, 3), now)
		}
		d, err := h.risks.DrawSeconds(ctx, manager, now.Add(time.Minute))
		if must(t, err); len(d.Risks) != 5 || d.Pool != 7 {
			t.Fatalf("draw: %+v", d)
		}
		if _, err := h.risks.DrawSeconds(ctx, manager, now.Add(time.Hour)); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("drawn until it pleases: %v", err)
		}
		if err := h.risks.Second(ctx, admin, d.Risks[0], given("", 3, 3), now.Add(time.Hour)); err == nil || problem.Of(err).Code != problem.Forbidden {
			t.Errorf("the first scorer seconds: %v", err)
		}
		for i, p := range []risk.Point{{Likelihood: 5, Impact: 3}, {Likelihood: 3, Impact: 1}, {Likelihood: 3, Impact: 3}} {
			must(t, h.risks.Second(ctx, manager, d.Risks[i], given("", p.Likelihood, p.Impact), now.Add(time.Hour)))
		}
		s, err := h.risks.Seconds(ctx, manager, now.Add(2*time.Hour))
		if must(t, err); s.Agreement.Pairs != 3 || s.Agreement.Apart != 2 || !s.Agreement.Loose {
			t.Errorf("agreement: %+v", s.Agreement)
		}
		if x := h.riskOf(t, d.Risks[0], now.Add(2*time.Hour)); x.Verdict.Score != 9 {
			t.Errorf("a second score changes the first: %d", x.Verdict.Score)
		}
	})
}

func TestRisksComeAndGoAsFiles(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin := t.Context(), h.actors[access.Administrator]
		b := h.council(t)
		have := h.lost(t, b, "Lost laptop")
		read := func(text string) *sheets.Sheet {
			s, err := sheets.Read("risks.csv", []byte(text), risk.Columns())
			must(t, err)
			return s
		}
		before := h.rows(t, admin.Org())
		bad := "Code,Title,Category,Affects,Owner,Inherent likelihood,Inherent impact,Impact decided by,Reasons,Requirements,Controls\n" +
			"R-999,Ghost,identity,integrity,,,,,,,\n" +
			",No owner,identity,integrity,nobody@one.test,,,,,,\n" +
			",Half a score,identity,integrity,,3,,,,,\n" +
			",No reasons,identity,integrity,,3,3,people,,,\n" +
			",Wrong number,identity,integrity,,,,,,iso27001-2022:A.99,\n" +
			",Wrong control,identity,integrity,,,,,,,XX-1\n" +
			",No harm,identity,,,,,,,,\n" +
			",No harm,identity,integrity,,,,,,,\n"
		p, err := h.risks.PlanImport(ctx, admin, read(bad), now)
		must(t, err)
		var got []string
		for _, f := range p.Faults {
			got = append(got, fmt.Sprintf("%d %s", f.Row, f.Field))
		}
		slices.Sort(got)
		want := []string{"2 Code", "3 Owner", "4 Inherent impact", "5 Reasons", "6 Requirements", "7 Controls", "8 Affects", "9 Title"}
		if !slices.Equal(got, want) {
			t.Errorf("faults: %v\nwant:   %v\n%v", got, want, p.Faults)
		}
		if _, err := h.risks.Import(ctx, admin, read(bad), now); err == nil {
			t.Error("a file with faults is taken")
		}
		if after := h.rows(t, admin.Org()); after["risk"] != before["risk"] || after["log_leaf"] != before["log_leaf"] {
			t.Error("half of it was written")
		}
		good := "Code,Title,Event,Category,Affects,Owner,Inherent likelihood,Inherent impact,Impact decided by,Reasons,Requirements\n" +
			have.Code + ",Lost laptop,A laptop is lost.,endpoint,confidentiality,Olga,,,,,\n" +
			",Stolen backup,A tape is stolen.,data-handling,confidentiality; availability,olga@one.test,3,4,Money,It happened elsewhere.,iso27001-2022:A.8.13\n"
		if p, err = h.risks.Import(ctx, admin, read(good), now.Add(time.Hour)); err != nil || len(p.New) != 1 || len(p.Changed) != 1 || !slices.Equal(p.Changed[0].Fields, []string{"Event"}) {
			t.Fatalf("taken: %+v, %v", p, err)
		}
		d := h.riskOf(t, "R-002", now.Add(2*time.Hour))
		if d.Inherent == nil || d.Inherent.Point.Score() != 12 || d.Inherent.Column != "money" || d.Owner != b.owner.ID || len(d.Links) != 1 {
			t.Errorf("R-002: %+v", d.Entry)
		}
		rows, err := h.risks.Export(ctx, admin, now.Add(2*time.Hour))
		must(t, err)
		var out strings.Builder
		must(t, sheets.Write(&out, "csv", "Risks", risk.Columns(), rows))
		if p, err = h.risks.PlanImport(ctx, admin, read(out.String()), now.Add(3*time.Hour)); err != nil || p.Same != 2 || len(p.New)+len(p.Changed)+len(p.Faults) != 0 {
			t.Errorf("what was written is not read back: %+v, %v\n%s", p, err, out.String())
		}
	})
}

func TestRisksOfOneCompanyAreNobodyElses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		b := h.council(t)
		r := h.lost(t, b, "Lost laptop")
		if _, err := h.risks.Detail(ctx, h.other, r.ID, now); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("read from outside: %v", err)
		}
		if err := h.risks.Close(ctx, h.other, r.ID, "Not ours.", now); err == nil || problem.Of(err).Code != problem.NotFound {
			t.Errorf("closed from outside: %v", err)
		}
		must(t, h.d.Read(ctx, h.other.Org(), func(tx *db.Tx) error {
			reg, err := risk.ReadRegister(context.Background(), tx, h.other.Org(), now)
			if err == nil && len(reg.Risks) != 0 {
				t.Errorf("the other company has %d risks", len(reg.Risks))
			}
			return err
		}))
	})
}

// proofFor is proof of a control that lapses after thirty days.
func proofFor(code string, f evidence.File) evidence.Filing {
	return evidence.Filing{Title: "Proof of " + code, Kind: "access-review-record", CapturedAt: now, ValidFor: 30 * 24 * time.Hour, Files: []evidence.File{f}, Controls: []string{code}}
}
