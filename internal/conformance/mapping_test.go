package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/vendor"
)

func init() {
	tenantTables = append(tenantTables,
		"crosswalk_review",
		"crosswalk_trigger",
		"crosswalk_item",
		"crosswalk_answer",
		"crosswalk_answered",
		"crosswalk_watch",
		"confirmation_round",
		"confirmation_ask",
		"confirmation_answer",
		"gap_analysis",
		"gap_step",
	)
}

// follows has "one" follow SOC 2 and ISO 27001, and map two controls.
func (h *house) follows(t testing.TB) (access_, vendors control.Control) {
	t.Helper()
	who := h.actors[access.Manager]
	for _, f := range []string{"soc2-2017", "iso27001-2022"} {
		must(t, h.links.Enable(t.Context(), who, f, now))
	}
	return h.linked(t, who, "AC-1", now, "CC6.1"), h.linked(t, who, "VM-2", now, "CC9.2")
}

func vendorIsNew(key string) crosswalk.Trigger {
	return crosswalk.Trigger{Kind: crosswalk.OfVendor, ID: "v1", Key: key, Words: "The vendor Nimbus is new", Name: "Nimbus"}
}

func (h *house) board(t testing.TB, at time.Time) crosswalk.ReviewBoard {
	t.Helper()
	b, err := h.links.Reviews(t.Context(), h.actors[access.Viewer], at)
	must(t, err)
	return b
}

func (h *house) review(t testing.TB, id string) crosswalk.Review {
	t.Helper()
	r, err := h.links.Review(t.Context(), h.actors[access.Viewer], id)
	must(t, err)
	return r
}

func ids(items []crosswalk.ReviewItem, take func(crosswalk.ReviewItem) bool) []string {
	var out []string
	for _, i := range items {
		if take(i) {
			out = append(out, i.ID)
		}
	}
	return out
}

func all(crosswalk.ReviewItem) bool { return true }

// tasksOf counts the open tasks of a kind that a role has.
func (h *house) tasksOf(t testing.TB, r access.Role, kind string) (out []task.Task) {
	t.Helper()
	for _, x := range h.mine(t, r).Open {
		if x.Kind == kind {
			out = append(out, x)
		}
	}
	return out
}

func TestAnEventOpensOneReviewAndTheSameEventChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, org, manager := t.Context(), h.actors[access.Manager].Org(), h.actors[access.Manager]
		_, vendors := h.follows(t)
		from := h.leaves(t, org)
		must(t, h.links.Doubt(ctx, org, vendorIsNew("job:1"), at(1)))
		b := h.board(t, at(1))
		if b.Open == nil || b.Open.Left == 0 || b.Open.Due != today+30 {
			t.Fatalf("open: %+v", b.Open)
		}
		r := h.review(t, b.Open.ID)
		links := ids(r.Items, func(i crosswalk.ReviewItem) bool { return i.Control == vendors.ID && i.Target == soc("CC9.2") })
		if len(links) != 1 || len(ids(r.Items, crosswalk.ReviewItem.IsLink)) != 1 || r.Left == 1 || len(r.Triggers) != 1 {
			t.Fatalf("the review names %d lines, %d left: %+v", len(r.Items), r.Left, r.Items)
		}
		if got := h.kinds(t, org, from); !slices.Equal(got, []string{"crosswalk.review", "crosswalk.doubted"}) {
			t.Errorf("leaves %q", got)
		}
		if len(h.tasksOf(t, access.Manager, crosswalk.TaskReview)) != 1 || len(h.tasksOf(t, access.Administrator, crosswalk.TaskReview)) != 1 || len(h.tasksOf(t, access.Contributor, crosswalk.TaskReview)) != 0 {
			t.Error("without a security officer, everybody who may is asked")
		}
		before, leaves := h.rows(t, org), h.leaves(t, org)
		must(t, h.links.Doubt(ctx, org, vendorIsNew("job:1"), at(2)))
		if h.leaves(t, org) != leaves || !sameRows(before, h.rows(t, org)) {
			t.Error("the same event was taken twice")
		}
		must(t, h.links.Doubt(ctx, org, crosswalk.Trigger{Kind: crosswalk.OfProcess, ID: "p", Key: "job:2", Words: "The process Hiring changed", Name: "Hiring"}, at(3)))
		if b := h.board(t, at(3)); b.Open.ID != r.ID || len(b.Open.Triggers) != 2 || b.Open.Named <= r.Named {
			t.Errorf("a second event opened another review, or added nothing: %+v", b.Open)
		}
		if err := h.links.CloseReview(ctx, manager, r.ID, "", at(4)); problemCode(err) != problem.Conflict {
			t.Errorf("a review with open lines was closed: %v", err)
		}
		// the open review answers for the vendor; a later change of it asks again
		must(t, h.links.AnswerReview(ctx, manager, r.ID, links, crosswalk.StillTrue, "", at(5)))
		if i := find(h.review(t, r.ID), links[0]); i.Answer != crosswalk.StillTrue || i.AnsweredBy != "Person Manager" {
			t.Errorf("the answer is %+v", i)
		}
		changed := vendorIsNew("job:3")
		changed.Words = "The vendor Nimbus changed"
		must(t, h.links.Doubt(ctx, org, changed, at(6)))
		if i := find(h.review(t, r.ID), links[0]); i.Answer != "" || strings.Count(i.Reason, "\n") != 1 {
			t.Errorf("after another change the line is %+v", i)
		}
		must(t, h.log.Verify(ctx, h.d, org))
	})
}

func find(r crosswalk.Review, id string) crosswalk.ReviewItem {
	return r.Items[slices.IndexFunc(r.Items, func(i crosswalk.ReviewItem) bool { return i.ID == id })]
}

func soc(id string) framework.Ref { return framework.Ref{Framework: "soc2-2017", ID: id} }

func sameRows(a, b map[string]int) bool {
	for k, n := range a {
		if b[k] != n {
			return false
		}
	}
	return true
}

func problemCode(err error) problem.Code {
	if err == nil {
		return ""
	}
	return problem.Of(err).Code
}

func TestAReviewIsClosedWhenEveryLineIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, org, manager := t.Context(), h.actors[access.Manager].Org(), h.actors[access.Manager]
		h.follows(t)
		officer := h.worker(t, access.Manager, "employee", "2020-01-01")
		_, err := h.people.GiveDuty(ctx, h.actors[access.Administrator], people.Giving{Role: "security-officer", Person: officer.ID}, now)
		must(t, err)
		must(t, h.links.Doubt(ctx, org, vendorIsNew("job:1"), at(1)))
		b := h.board(t, at(1))
		if b.Open.Reviewer != officer.ID || len(h.tasksOf(t, access.Manager, crosswalk.TaskReview)) != 1 || len(h.tasksOf(t, access.Administrator, crosswalk.TaskReview)) != 0 {
			t.Errorf("the security officer reviews: %+v", b.Open)
		}
		r := h.review(t, b.Open.ID)
		rows := ids(r.Items, func(i crosswalk.ReviewItem) bool { return !i.IsLink() })
		for name, wrong := range map[string]func() error{
			"items":  func() error { return h.links.AnswerReview(ctx, manager, r.ID, nil, crosswalk.StillTrue, "", at(2)) },
			"note":   func() error { return h.links.AnswerReview(ctx, manager, r.ID, rows[:1], crosswalk.InDoubt, " ", at(2)) },
			"answer": func() error { return h.links.AnswerReview(ctx, manager, r.ID, rows[:1], "perhaps", "", at(2)) },
		} {
			if err := wrong(); err == nil || problem.Of(err).Field != name {
				t.Errorf("%s: %v", name, err)
			}
		}
		challenged := find(r, rows[0])
		must(t, h.links.AnswerReview(ctx, manager, r.ID, rows[:1], crosswalk.InDoubt, "We buy nothing like that.", at(2)))
		ds, err := h.links.Decisions(ctx, manager, at(2))
		must(t, err)
		if len(ds) != 1 || ds[0].Kind != crosswalk.Dispute || ds[0].Set != challenged.Set || ds[0].Rationale != "We buy nothing like that." {
			t.Errorf("a row called wrong is challenged: %+v", ds)
		}
		must(t, h.links.AnswerReview(ctx, manager, r.ID, ids(h.review(t, r.ID).Items, crosswalk.ReviewItem.Waits), crosswalk.StillTrue, "", at(3)))
		must(t, h.links.CloseReview(ctx, manager, r.ID, "Nothing else.", at(4)))
		if b := h.board(t, at(5)); b.Open != nil || len(b.Closed) != 1 || b.Closed[0].Words != "Nothing else." || len(h.tasksOf(t, access.Manager, crosswalk.TaskReview)) != 0 {
			t.Errorf("closed: %+v", b)
		}
		if err := h.links.AnswerReview(ctx, manager, r.ID, rows[:1], crosswalk.StillTrue, "", at(5)); problemCode(err) != problem.Conflict {
			t.Errorf("a closed review was answered: %v", err)
		}
		must(t, h.links.Doubt(ctx, org, vendorIsNew("job:2"), at(6)))
		if b := h.board(t, at(6)); b.Open == nil || b.Open.ID == r.ID {
			t.Error("what happens later opens another review")
		}
		must(t, h.log.Verify(ctx, h.d, org))
	})
}

func TestAPairIsReviewedEveryYear(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, org, manager := t.Context(), h.actors[access.Manager].Org(), h.actors[access.Manager]
		h.follows(t)
		must(t, h.links.Tend(ctx, org, at(1)))
		b := h.board(t, at(1))
		if b.Open != nil || len(b.Pairs) != 1 || b.Pairs[0].Freshness != crosswalk.Fresh || b.Pairs[0].Rows == 0 || b.Pairs[0].Next != today.AddMonths(12) {
			t.Fatalf("at first: %+v", b)
		}
		soon := now.AddDate(0, 11, 10)
		must(t, h.links.Tend(ctx, org, soon))
		leaves := h.leaves(t, org)
		must(t, h.links.Tend(ctx, org, soon.Add(time.Hour)))
		if h.leaves(t, org) != leaves {
			t.Error("tending twice opened it twice")
		}
		b = h.board(t, soon)
		if b.Open == nil || b.Pairs[0].Freshness != crosswalk.UnderLook || b.Open.Named != b.Pairs[0].Rows {
			t.Fatalf("a month before: %+v", b)
		}
		r := h.review(t, b.Open.ID)
		must(t, h.links.AnswerReview(ctx, manager, r.ID, ids(r.Items, all), crosswalk.StillTrue, "", soon))
		must(t, h.links.CloseReview(ctx, manager, r.ID, "", soon))
		b = h.board(t, soon)
		if p := b.Pairs[0]; p.Freshness != crosswalk.Fresh || p.LastBy != "Person Manager" || p.Last != cadence.DateOf(soon, time.UTC) || p.Next != p.Last.AddMonths(12) {
			t.Errorf("afterwards: %+v", p)
		}
		if late := h.board(t, soon.AddDate(1, 1, 0)); late.Overdue() != 1 {
			t.Errorf("more than a year later: %+v", late.Pairs)
		}
		id, err := h.links.BeginReview(ctx, manager, "iso27001-2022", "soc2-2017", soon.Add(time.Hour))
		must(t, err)
		if again, err := h.links.BeginReview(ctx, manager, "soc2-2017", "iso27001-2022", soon.Add(2*time.Hour)); err != nil || again != id || id == "" {
			t.Errorf("begun twice: %s and %s, %v", id, again, err)
		}
	})
}

func TestWhatTheCrosswalkRestsOnPutsItInDoubt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, org, manager := t.Context(), h.actors[access.Manager].Org(), h.actors[access.Manager]
		c, _ := h.follows(t)
		must(t, h.links.WatchTexts(ctx, org, at(1)))
		c.Statement = "Nobody reviews access any more."
		v, err := h.controls.Edit(ctx, manager, c, at(2))
		must(t, err)
		must(t, h.links.WatchTexts(ctx, org, at(3)))
		if h.board(t, at(3)).Open != nil {
			t.Error("text that waits for a second person changed nothing yet")
		}
		must(t, h.controls.Approve(ctx, h.actors[access.Administrator], c.Code, v.Number, at(4)))
		must(t, h.links.WatchTexts(ctx, org, at(5)))
		leaves := h.leaves(t, org)
		must(t, h.links.WatchTexts(ctx, org, at(6)))
		if h.leaves(t, org) != leaves {
			t.Error("the same text was taken twice")
		}
		r := h.review(t, h.board(t, at(6)).Open.ID)
		if len(r.Items) != 1 || r.Items[0].Control != c.ID || r.Triggers[0].Kind != crosswalk.OfText {
			t.Fatalf("a changed text names %+v", r.Items)
		}
		must(t, h.links.SelectStack(ctx, manager, []string{"soc2-iso27001-guide"}, at(7)))
		after := h.review(t, r.ID)
		if len(after.Triggers) != 2 || after.Triggers[1].Kind != crosswalk.OfStack || len(after.Items) < 60 {
			t.Errorf("another stack named %d lines: %+v", len(after.Items), after.Triggers)
		}
		must(t, h.log.Verify(ctx, h.d, org))
	})
}

func TestAnUpgradePutsInDoubtAndCarriesWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, day := h.actors[access.Administrator], t.Context(), now.Add(24*time.Hour)
		newer := h.acmeHouse(t, who)
		c := h.tagged(t, who, "A-1", now, crosswalk.Link{Ref: rule("R1")}, crosswalk.Link{Ref: rule("R3")})
		must(t, h.links.Doubt(ctx, who.Org(), crosswalk.Trigger{Kind: crosswalk.OfVendor, ID: "v", Key: "job:1", Words: "The vendor Nimbus changed", Name: "Nimbus", Controls: []string{c.ID}}, at(1)))
		id := h.board(t, at(1)).Open.ID
		if r := h.review(t, id); len(r.Items) != 2 {
			t.Fatalf("two links are in doubt: %+v", r.Items)
		}
		u, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, nil, day)
		must(t, err)
		r := h.review(t, id)
		waiting := func() (out []string) {
			for _, i := range h.review(t, id).Items {
				if i.Waits() {
					out = append(out, i.Target.String())
				}
			}
			return out
		}
		if got, want := waiting(), []string{"acme-2026 R1", "acme-2026 R6"}; !slices.Equal(got, want) {
			t.Errorf("after the upgrade %q wait, want %q", got, want)
		}
		if last := r.Triggers[len(r.Triggers)-1]; last.Kind != crosswalk.OfEdition {
			t.Errorf("the upgrade is a trigger: %+v", r.Triggers)
		}
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(time.Hour))
		must(t, err)
		if got, want := waiting(), []string{"acme-2025 R1", "acme-2025 R3"}; !slices.Equal(got, want) {
			t.Errorf("after taking it back %q wait, want %q", got, want)
		}
	})
}

// owned gives controls an owner who is a contributor.
func (h *house) owned(t testing.TB, owner people.Person, list ...control.Control) {
	t.Helper()
	for _, c := range list {
		c.Owner = owner.ID
		_, err := h.controls.Edit(t.Context(), h.actors[access.Manager], c, now.Add(time.Minute))
		must(t, err)
	}
}

func (h *house) backing(t testing.TB, c control.Control, when time.Time) crosswalk.Confirmation {
	t.Helper()
	out, err := h.links.Confirmations(t.Context(), h.actors[access.Viewer], when)
	must(t, err)
	return out[c.ID]
}

func (h *house) asks(t testing.TB, r access.Role) (out []crosswalk.Ask) {
	t.Helper()
	list, err := h.links.MyAsks(t.Context(), h.actors[r])
	must(t, err)
	return slices.DeleteFunc(list, func(a crosswalk.Ask) bool { return !a.Waits() })
}

func TestOwnersSayWhetherControlsAreWhatHappens(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, contributor := t.Context(), h.actors[access.Manager], h.actors[access.Contributor]
		a, b := h.follows(t)
		owner := h.worker(t, access.Contributor, "employee", "2020-01-01")
		other := h.worker(t, access.Administrator, "employee", "2020-01-01")
		h.owned(t, owner, a, b)
		began, err := h.links.BeginRound(ctx, manager, crosswalk.NewRound{Due: today + 14}, at(1))
		if must(t, err); began.Asked != 2 || began.People != 1 {
			t.Fatalf("the round asked %+v", began)
		}
		if tasks := h.tasksOf(t, access.Contributor, crosswalk.TaskConfirm); len(tasks) != 1 || tasks[0].Title != "Say whether 2 controls are what really happens" || tasks[0].Due != today+14 {
			t.Errorf("the owner has %+v", tasks)
		}
		if _, err := h.links.BeginRound(ctx, manager, crosswalk.NewRound{Due: today + 14}, at(1)); problemCode(err) != problem.Conflict {
			t.Errorf("a second round asked what waits already: %v", err)
		}
		list := h.asks(t, access.Contributor)
		say := func(i int, r crosswalk.Reply, reason string, when time.Time) (crosswalk.Told, error) {
			return h.links.Say(ctx, contributor, crosswalk.Saying{Ask: list[i].ID, Version: list[i].Control.Version, Reply: r, Reason: reason}, when)
		}
		if _, err := h.links.Say(ctx, h.actors[access.Administrator], crosswalk.Saying{Ask: list[0].ID, Version: list[0].Control.Version, Reply: crosswalk.Yes}, at(2)); problemCode(err) != problem.NotFound {
			t.Errorf("somebody else answered: %v", err)
		}
		if _, err := say(0, crosswalk.No, " ", at(2)); err == nil || problem.Of(err).Field != "reason" {
			t.Errorf("a no without a reason: %v", err)
		}
		if h.backing(t, a, at(2)).Backing != crosswalk.Unconfirmed {
			t.Error("nobody has answered yet")
		}
		_, err = say(0, crosswalk.Yes, "", at(2))
		must(t, err)
		if got := h.backing(t, a, at(3)); got.Backing != crosswalk.Backed || got.Told.Person != owner.ID {
			t.Errorf("a yes of the owner: %+v", got)
		}
		if _, err := say(0, crosswalk.No, "Twice.", at(3)); problemCode(err) != problem.Conflict {
			t.Errorf("answered twice: %v", err)
		}
		told, err := say(1, crosswalk.NotMine, "", at(3))
		must(t, err)
		if len(h.tasksOf(t, access.Contributor, crosswalk.TaskConfirm)) != 0 {
			t.Error("with nothing left the task is over")
		}
		must(t, h.links.HandOver(ctx, manager, told.Ask, other.ID, at(4)))
		rounds, err := h.links.Rounds(ctx, manager)
		if must(t, err); len(rounds) != 1 || rounds[0].Asked != 2 || rounds[0].Waiting != 1 || rounds[0].Said[crosswalk.Yes] != 1 || rounds[0].Handed != 1 {
			t.Errorf("the round stands at %+v", rounds)
		}
		if len(h.tasksOf(t, access.Administrator, crosswalk.TaskConfirm)) != 1 {
			t.Error("whoever it was handed to is asked")
		}
		must(t, h.links.Hasten(ctx, manager, began.ID, today+3, at(5)))
		if tasks := h.tasksOf(t, access.Administrator, crosswalk.TaskConfirm); tasks[0].Due != today+3 {
			t.Errorf("another last day: %+v", tasks)
		}
		must(t, h.log.Verify(ctx, h.d, manager.Org()))
	})
}

func TestANewTextStalesAConfirmation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		a, _ := h.follows(t)
		owner := h.worker(t, access.Contributor, "employee", "2020-01-01")
		h.owned(t, owner, a)
		_, err := h.links.BeginRound(ctx, manager, crosswalk.NewRound{Due: today + 14, Controls: []string{a.ID}}, at(1))
		must(t, err)
		ask := h.asks(t, access.Contributor)[0]
		c, err := h.controls.Find(ctx, manager, a.Code)
		must(t, err)
		c.Frequency = "monthly" // no text, so it is in force at once
		_, err = h.controls.Edit(ctx, manager, c, at(2))
		must(t, err)
		saying := crosswalk.Saying{Ask: ask.ID, Version: ask.Control.Version, Reply: crosswalk.Yes}
		if _, err := h.links.Say(ctx, h.actors[access.Contributor], saying, at(3)); problemCode(err) != problem.Conflict {
			t.Errorf("an answer about a text that changed meanwhile: %v", err)
		}
		saying.Version = h.asks(t, access.Contributor)[0].Control.Version
		_, err = h.links.Say(ctx, h.actors[access.Contributor], saying, at(3))
		must(t, err)
		if got := h.backing(t, a, at(4)); got.Backing != crosswalk.Backed {
			t.Fatalf("confirmed: %+v", got)
		}
		c, err = h.controls.Find(ctx, manager, a.Code)
		must(t, err)
		c.Statement = "Nobody reviews access any more."
		v, err := h.controls.Edit(ctx, manager, c, at(5))
		must(t, err)
		if got := h.backing(t, a, at(5)); got.Backing != crosswalk.Backed {
			t.Errorf("while the new text waits: %+v", got)
		}
		must(t, h.controls.Approve(ctx, h.actors[access.Administrator], c.Code, v.Number, at(6)))
		if got := h.backing(t, a, at(6)); got.Backing != crosswalk.Stale {
			t.Errorf("once the new text is in force: %+v", got)
		}
	})
}

func TestANoOpensExactlyOneFinding(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, org := t.Context(), h.actors[access.Manager], h.actors[access.Manager].Org()
		a, _ := h.follows(t)
		owner := h.worker(t, access.Contributor, "employee", "2020-01-01")
		h.owned(t, owner, a)
		_, err := h.links.BeginRound(ctx, manager, crosswalk.NewRound{Due: today + 14}, at(1))
		must(t, err)
		ask := h.asks(t, access.Contributor)[0]
		told, err := h.links.Say(ctx, h.actors[access.Contributor], crosswalk.Saying{Ask: ask.ID, Version: ask.Control.Version, Reply: crosswalk.No, Reason: "We stopped in May."}, at(2))
		must(t, err)
		if got := h.backing(t, a, at(3)); got.Backing != crosswalk.Contradicted || !strings.Contains(got.Why, "We stopped in May.") {
			t.Errorf("a no: %+v", got)
		}
		for range 2 {
			must(t, h.isms.FindingOfAnswer(ctx, org, crosswalk.Answered{Answer: told.ID}, at(3)))
		}
		var raised []finding.Finding
		must(t, h.d.Read(ctx, org, func(tx *db.Tx) (err error) {
			raised, err = finding.ReadOf(ctx, tx, org, finding.Source{Kind: finding.FromConfirmation}, at(4))
			return err
		}))
		if len(raised) != 1 || raised[0].Source.ID != told.ID || raised[0].Objective != "We stopped in May." || raised[0].Owner != owner.ID {
			t.Errorf("findings %+v", raised)
		}
		must(t, h.log.Verify(ctx, h.d, org))
	})
}

func TestRegistersPutTheCrosswalkInDoubt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, org := t.Context(), h.actors[access.Manager], h.actors[access.Manager].Org()
		a, _ := h.follows(t)
		ledger, err := h.systems.PutSystem(ctx, manager, system.System{Name: "Ledger", Kind: "production", Criticality: "high", Cloud: true, Controls: []string{a.ID}}, at(1))
		must(t, err)
		nimbus, err := h.vendors.Put(ctx, manager, vendor.Vendor{Name: "Nimbus", Kind: "software", Tier: "high", Systems: []string{ledger.ID}}, at(1))
		must(t, err)
		must(t, h.isms.MappingOfSystem(ctx, org, system.Changed{Sort: "cloud", ID: ledger.ID, What: "new"}, "job:1", at(2)))
		must(t, h.isms.MappingOfVendor(ctx, org, vendor.Changed{ID: nimbus.ID, What: "changed"}, "job:2", at(3)))
		leaves := h.leaves(t, org)
		must(t, h.isms.MappingOfVendor(ctx, org, vendor.Changed{ID: nimbus.ID, What: "changed"}, "job:2", at(4)))
		if h.leaves(t, org) != leaves {
			t.Error("the same event was taken twice")
		}
		r := h.review(t, h.board(t, at(4)).Open.ID)
		if len(r.Triggers) != 2 || r.Triggers[0].Words != "The cloud service Ledger is new" || r.Triggers[1].Words != "The vendor Nimbus changed" {
			t.Errorf("triggers %+v", r.Triggers)
		}
		bound := r.Items[slices.IndexFunc(r.Items, func(i crosswalk.ReviewItem) bool { return i.Control == a.ID })]
		if bound.Reason != "AC-1 is bound to Ledger.\nAC-1 is bound to Nimbus." {
			t.Errorf("the reason is %q", bound.Reason)
		}
	})
}

func TestAGapAnalysisIsKeptStepByStep(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, org := t.Context(), h.actors[access.Manager], h.actors[access.Manager].Org()
		h.follows(t)
		owner := h.worker(t, access.Contributor, "employee", "2020-01-01")
		a, err := h.gaps.Open(ctx, manager, " First certification ", "soc2-2017", "iso27001-2022", at(1))
		must(t, err)
		if _, err := h.gaps.Open(ctx, manager, "Twice", "soc2-2017", "soc2-2017", at(1)); err == nil || problem.Of(err).Field != "to" {
			t.Errorf("a framework against itself: %v", err)
		}
		if err := h.gaps.Complete(ctx, manager, a.ID, gap.StepInventory, " ", at(1)); err == nil || problem.Of(err).Field != "note" {
			t.Errorf("a step without a decision: %v", err)
		}
		must(t, h.gaps.Begin(ctx, manager, a.ID, gap.StepInventory, at(2)))
		if err := h.gaps.Begin(ctx, manager, a.ID, gap.StepInventory, at(2)); problemCode(err) != problem.Conflict {
			t.Errorf("begun twice: %v", err)
		}
		for _, s := range gap.Steps() {
			must(t, h.gaps.Complete(ctx, manager, a.ID, s.Step, "We looked at "+s.Title+".", at(3)))
		}
		h.linked(t, manager, "LATE-1", at(4), "CC7.1")
		seen, err := h.gaps.Find(ctx, h.actors[access.Viewer], a.ID)
		must(t, err)
		if two := seen.Of(gap.StepRisks); two.Output != nil || two.Note != "" || !two.Hidden {
			t.Errorf("a viewer, who sees no risks, reads what the step of risks kept: %+v", two)
		}
		kept, err := h.gaps.Find(ctx, h.actors[access.Auditor], a.ID)
		must(t, err)
		first := kept.Of(gap.StepInventory)
		today, err := h.gaps.Today(ctx, manager, kept, gap.StepInventory, at(5))
		must(t, err)
		if kept.Name != "First certification" || kept.Done() != 5 || first.Output == nil || first.Output.Facts[0] != (gap.Fact{Name: "Controls", Value: "2"}) || today.Against(first.Output)[0] != (gap.Moved{Name: "Controls", Was: "2", Is: "3"}) {
			t.Errorf("kept %+v, today %+v", first, today.Facts)
		}
		if err := h.gaps.Reopen(ctx, manager, a.ID, gap.StepInventory, "", at(6)); err == nil || problem.Of(err).Field != "note" {
			t.Errorf("opened again without a reason: %v", err)
		}
		must(t, h.gaps.Reopen(ctx, manager, a.ID, gap.StepInventory, "A control was forgotten.", at(6)))
		must(t, h.gaps.Complete(ctx, manager, a.ID, gap.StepInventory, "Now it is there.", at(7)))
		kept, err = h.gaps.Find(ctx, manager, a.ID)
		must(t, err)
		if x := kept.Of(gap.StepInventory); x.Output.Facts[0].Value != "3" || len(x.Acts) != 4 || x.Acts[2].Output.Facts[0].Value != "2" {
			t.Errorf("what was kept first stays beside what was kept anew: %+v", x.Acts)
		}
		work := []gap.Chosen{{Requirement: "4.3", Owner: owner.ID, Due: cadence.DateOf(now, time.UTC) + 30}}
		for i, want := range []int{1, 0} {
			n, err := h.gaps.Plan(ctx, manager, a.ID, work, at(8+i))
			if must(t, err); n != want {
				t.Errorf("time %d handed out %d actions, want %d", i+1, n, want)
			}
		}
		if _, err := h.gaps.Plan(ctx, manager, a.ID, []gap.Chosen{{Requirement: "A.99", Owner: owner.ID, Due: 30000}}, at(9)); err == nil || problem.Of(err).Field != "requirements" {
			t.Errorf("work for a requirement that is not open: %v", err)
		}
		_, planned, err := h.gaps.Work(ctx, manager, kept, at(9))
		if must(t, err); len(planned["4.3"]) != 1 || planned["4.3"][0].Owner != owner.Name {
			t.Errorf("handed out: %+v", planned)
		}
		must(t, h.log.Verify(ctx, h.d, org))
	})
}
