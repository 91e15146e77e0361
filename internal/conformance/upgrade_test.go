package conformance

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

func newRule(id string) framework.Ref { return framework.Ref{Framework: "acme-2026", ID: id} }

// answers is everything an organisation said about its frameworks at a moment.
type answers struct {
	Links      map[string][]crosswalk.Link
	Scope      crosswalk.Scope
	Frameworks []string
	Stack      []string
	Decisions  crosswalk.Decisions
	Attested   []crosswalk.Attestation
}

func (h *house) answers(t testing.TB, who access.Actor, at time.Time) answers {
	t.Helper()
	var a answers
	var err error
	a.Links, err = h.links.AllLinks(t.Context(), who, at)
	must(t, err)
	a.Scope, err = h.links.Scope(t.Context(), who, at)
	must(t, err)
	a.Frameworks, err = h.links.Frameworks(t.Context(), who, at)
	must(t, err)
	a.Stack, err = h.links.Selected(t.Context(), who, at)
	must(t, err)
	a.Decisions, err = h.links.Decisions(t.Context(), who, at)
	must(t, err)
	a.Attested, err = h.links.Attestations(t.Context(), who, at)
	must(t, err)
	return a
}

// acmeHouse imports both editions of the made-up framework and follows the old one.
func (h *house) acmeHouse(t testing.TB, who access.Actor) (newer crosswalk.Edition) {
	t.Helper()
	ctx := t.Context()
	_, err := h.links.ImportFramework(ctx, who, acme("acme-2025", acmeOld), "old.csv", now)
	must(t, err)
	newer, err = h.links.ImportFramework(ctx, who, acme("acme-2026", acmeNew), "new.csv", now)
	must(t, err)
	must(t, h.links.Enable(ctx, who, "acme-2025", now))
	return newer
}

func (h *house) tagged(t testing.TB, who access.Actor, code string, at time.Time, links ...crosswalk.Link) control.Control {
	t.Helper()
	c, err := h.controls.Create(t.Context(), who, control.Control{Code: code, Title: "A control"}, at)
	must(t, err)
	must(t, h.links.SetLinks(t.Context(), who, c.ID, links, at))
	return c
}

func TestAnUpgradeCarriesEveryAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, day := h.actors[access.Administrator], t.Context(), now.Add(24*time.Hour)
		newer := h.acmeHouse(t, who)
		a := h.tagged(t, who, "A-1", now, crosswalk.Link{Ref: rule("R1"), Relation: "superset", Rationale: "All rooms."}, crosswalk.Link{Ref: rule("R3"), Relation: "equal"}, crosswalk.Link{Ref: annexA})
		b := h.tagged(t, who, "B-1", now, crosswalk.Link{Ref: rule("R4"), Relation: "superset"}, crosswalk.Link{Ref: rule("R5")}, crosswalk.Link{Ref: rule("R2"), Relation: "subset"})
		must(t, h.links.SetCategories(ctx, who, "acme-2025", []string{"R"}, now))
		must(t, h.links.Exclude(ctx, who, rule("X1"), "No birds.", now))
		offers, err := h.links.Offers(ctx, who, day)
		if must(t, err); len(offers) != 1 || offers[0].From != "acme-2025" || offers[0].Edition != newer.ID || offers[0].To.Title != "acme-2026" {
			t.Fatalf("offers %+v", offers)
		}
		plan, err := h.links.PlanUpgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, day)
		must(t, err)
		want := map[framework.Fate]int{framework.Kept: 4, framework.Relabelled: 1, framework.Moved: 1, framework.Split: 1, framework.Dropped: 1, framework.Added: 1}
		if got := plan.Counts(); !maps.Equal(got, want) {
			t.Errorf("fates %v, want %v", got, want)
		}
		if s := plan.Stranded(); len(s) != 1 || s[0].Requirement != "R5" || s[0].Text != "B-1" || s[0].Why == "" {
			t.Errorf("without a place: %+v", s)
		}
		before := h.answers(t, who, day)
		from := h.leaves(t, who.Org())
		u, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, map[string][]string{"R2": {"R2", "R9"}}, day)
		must(t, err)
		after := h.answers(t, who, day)
		wantLinks := map[string][]crosswalk.Link{
			a.ID: {{Ref: newRule("R1"), Relation: "superset", Rationale: "All rooms."}, {Ref: newRule("R6"), Relation: "equal"}, {Ref: annexA}},
			b.ID: {{Ref: rule("R5")}, {Ref: newRule("R2")}, {Ref: newRule("R7")}, {Ref: newRule("R8")}, {Ref: newRule("R9")}},
		}
		if !reflect.DeepEqual(after.Links, wantLinks) {
			t.Errorf("links %+v\nwant  %+v", after.Links, wantLinks)
		}
		if !slices.Equal(after.Frameworks, []string{"acme-2026"}) || after.Scope.Excluded[newRule("X1")] != "No birds." || !slices.Equal(after.Scope.Categories["acme-2026"], []string{"R"}) {
			t.Errorf("followed %q, scope %+v", after.Frameworks, after.Scope)
		}
		if len(u.Stranded) != 1 {
			t.Errorf("the upgrade remembers %+v", u.Stranded)
		}
		if yesterday := h.answers(t, who, day.Add(-time.Microsecond)); !reflect.DeepEqual(yesterday, before) {
			t.Errorf("yesterday changed: %+v, was %+v", yesterday, before)
		}
		kinds := h.kinds(t, who.Org(), from)
		if kinds[len(kinds)-1] != "edition.upgraded" || !slices.Contains(kinds, "link.set") || !slices.Contains(kinds, "scope.set") {
			t.Errorf("leaves %q", kinds)
		}
		// both stay readable
		l, err := h.links.Library(ctx, who, day)
		must(t, err)
		for _, id := range []string{"acme-2025", "acme-2026"} {
			if _, ok := l.Frameworks.Find(id); !ok {
				t.Errorf("%s cannot be read any more", id)
			}
		}

		undone, err := h.links.UndoUpgrade(ctx, who, u.ID, day.Add(time.Hour))
		if must(t, err); undone.UndoneAt.IsZero() || undone.UndoneBy == "" {
			t.Errorf("undone %+v", undone)
		}
		if got := h.answers(t, who, day.Add(time.Hour)); !reflect.DeepEqual(got, before) {
			t.Errorf("after undo %+v\nbefore     %+v", got, before)
		}
		if got := h.answers(t, who, day.Add(time.Minute)); !reflect.DeepEqual(got, after) {
			t.Error("the hour in between changed")
		}
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(2*time.Hour))
		refused(t, "undoing twice", err, problem.Conflict)
		list, err := h.links.Upgrades(ctx, who, day.Add(2*time.Hour))
		if must(t, err); len(list) != 1 || list[0].From.Ref != "acme-2025" || list[0].To.ID != newer.ID || list[0].UndoneAt.IsZero() {
			t.Errorf("upgrades %+v", list)
		}
		full, err := h.links.FindUpgrade(ctx, who, u.ID, day.Add(2*time.Hour))
		if must(t, err); len(full.Rows) != len(plan.Rows) || len(full.Stranded) != 1 || full.By != who.Account() {
			t.Errorf("upgrade %+v", full)
		}
		_, err = h.links.FindUpgrade(ctx, h.other, u.ID, day.Add(2*time.Hour))
		refused(t, "reading it from another organisation", err, problem.NotFound)
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestWhatWasJudgedIsCarriedOnlyWhereItIsTheSameThing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, day := h.actors[access.Administrator], t.Context(), now.Add(24*time.Hour)
		boss, auditor := h.actors[access.Manager], h.actors[access.Auditor]
		newer := h.acmeHouse(t, who)
		_, err := h.links.ImportSet(ctx, who, acmeSet(), "set.csv", now)
		must(t, err)
		iso := func(id string) framework.Ref { return framework.Ref{Framework: "iso27001-2022", ID: id} }
		decide := func(who access.Actor, d crosswalk.Decision) {
			t.Helper()
			_, err := h.links.Decide(ctx, who, d, now)
			must(t, err)
		}
		decide(who, crosswalk.Decision{Kind: crosswalk.Propose, Source: rule("R1"), Target: iso("A.7.3"), Relation: crosswalk.Superset, Rationale: "Rooms."})
		decide(boss, crosswalk.Decision{Kind: crosswalk.Confirm, Source: rule("R1"), Target: iso("A.7.3")})
		decide(boss, crosswalk.Decision{Kind: crosswalk.Override, Set: crosswalk.EverySet, Source: iso("A.7.2"), Target: rule("R3"), Relation: crosswalk.Subset, Rationale: "Keys."})
		decide(boss, crosswalk.Decision{Kind: crosswalk.Override, Set: crosswalk.EverySet, Source: rule("R4"), Target: iso("A.8.17"), Relation: crosswalk.Equal, Rationale: "Clocks."})
		decide(boss, crosswalk.Decision{Kind: crosswalk.Confirm, Set: "acme-iso", Source: rule("R2"), Target: iso("A.7.1")})
		decide(auditor, crosswalk.Decision{Kind: crosswalk.Override, Set: crosswalk.EverySet, Source: rule("X1"), Target: iso("A.7.4"), Relation: crosswalk.None, Rationale: "Birds."})
		for _, a := range []crosswalk.Attestation{
			{Target: iso("A.7.5"), From: "acme-2025", Sources: []string{"R1", "R3"}, Reason: "Rooms and keys.", Until: day.AddDate(0, 6, 0)},
			{Target: rule("R4"), From: "iso27001-2022", Sources: []string{"A.8.17"}, Reason: "Clocks.", Until: day.AddDate(0, 6, 0)},
		} {
			_, err := h.links.Attest(ctx, boss, a, now)
			must(t, err)
		}
		before := h.answers(t, who, day)
		u, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, nil, day)
		must(t, err)
		after := h.answers(t, who, day)
		var carried []string
		for _, d := range after.Decisions {
			if !slices.ContainsFunc(before.Decisions, func(x crosswalk.Decision) bool { return x.ID == d.ID }) {
				carried = append(carried, fmt.Sprintf("%s %s %s %v", d.Kind, d.Source, d.Target, d.Relation))
			}
		}
		if want := []string{"propose acme-2026 R1 iso27001-2022 A.7.3 superset", "confirm acme-2026 R1 iso27001-2022 A.7.3 superset", "override iso27001-2022 A.7.2 acme-2026 R6 subset"}; !slices.Equal(carried, want) {
			t.Errorf("carried %q\nwant    %q", carried, want)
		}
		if len(after.Attested) != 3 || after.Attested[2].From != "acme-2026" || !slices.Equal(after.Attested[2].Sources, []string{"R1", "R6"}) || !strings.Contains(after.Attested[2].Reason, "said by Person Manager") {
			t.Errorf("attested %+v", after.Attested)
		}
		var stranded []string
		for _, s := range u.Stranded {
			stranded = append(stranded, s.Requirement+" "+s.Kind)
		}
		if want := []string{"R2 decision", "R4 decision", "R4 attestation", "X1 decision"}; !slices.Equal(stranded, want) {
			t.Errorf("without a place %q, want %q", stranded, want)
		}
		stack, err := h.links.StackAt(ctx, who, day)
		must(t, err)
		if p, ok := stack.Relate("acme-2026", "iso27001-2022").Pair("R1", "A.7.3"); !ok || p.Mask != crosswalk.Superset {
			t.Errorf("the carried proposal gives %+v", p)
		}
		// somebody challenges what was carried: undo would hide that
		challenge := crosswalk.Decision{Kind: crosswalk.Dispute, Source: newRule("R1"), Target: iso("A.7.3"), Rationale: "Not all rooms."}
		_, err = h.links.Decide(ctx, boss, challenge, day.Add(time.Minute))
		must(t, err)
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(time.Hour))
		refused(t, "undoing over a challenge", err, problem.Conflict)
		// in another organisation's life nobody did
		_, err = h.links.Decide(ctx, boss, crosswalk.Decision{Kind: crosswalk.Confirm, Source: newRule("R1"), Target: iso("A.7.3")}, day.Add(2*time.Minute))
		must(t, err)
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(2*time.Hour))
		refused(t, "undoing over a decision of somebody else", err, problem.Conflict)
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestUndoTakesBackWhatWasCarriedOfJudgements(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, boss, ctx, day := h.actors[access.Administrator], h.actors[access.Manager], t.Context(), now.Add(24*time.Hour)
		newer := h.acmeHouse(t, who)
		iso := framework.Ref{Framework: "iso27001-2022", ID: "A.7.3"}
		_, err := h.links.Decide(ctx, who, crosswalk.Decision{Kind: crosswalk.Propose, Source: rule("R1"), Target: iso, Relation: crosswalk.Superset, Rationale: "Rooms."}, now)
		must(t, err)
		_, err = h.links.Decide(ctx, boss, crosswalk.Decision{Kind: crosswalk.Confirm, Source: rule("R1"), Target: iso}, now)
		must(t, err)
		_, err = h.links.Attest(ctx, boss, crosswalk.Attestation{Target: rule("R3"), From: "iso27001-2022", Sources: []string{"A.7.2"}, Reason: "Keys.", Until: day.AddDate(0, 6, 0)}, now)
		must(t, err)
		before := h.answers(t, who, day)
		u, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, nil, day)
		must(t, err)
		after := h.answers(t, who, day)
		if len(after.Decisions) != 4 || len(after.Attested) != 2 || len(u.Stranded) != 0 {
			t.Errorf("carried %+v and %+v, without a place %+v", after.Decisions, after.Attested, u.Stranded)
		}
		_, err = h.links.UndoUpgrade(ctx, boss, u.ID, day.Add(time.Hour))
		must(t, err)
		if got := h.answers(t, who, day.Add(time.Hour)); !reflect.DeepEqual(got, before) {
			t.Errorf("after undo %+v\nbefore     %+v", got, before)
		}
		if got := h.answers(t, who, day.Add(time.Minute)); !reflect.DeepEqual(got.Decisions, after.Decisions) {
			t.Error("the hour in between changed")
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestUndoTakesBackNothingUnseen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		day := now.Add(24 * time.Hour)
		newer := h.acmeHouse(t, who)
		a := h.tagged(t, who, "A-1", now, crosswalk.Link{Ref: rule("R1")}, crosswalk.Link{Ref: rule("R3")})
		must(t, h.links.Exclude(ctx, who, rule("X1"), "No birds.", now))
		u, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, nil, day)
		must(t, err)
		carried := []crosswalk.Link{{Ref: newRule("R1")}, {Ref: newRule("R6")}}
		at := day
		tick := func() time.Time { at = at.Add(time.Minute); return at }
		for _, tt := range []struct {
			name, says   string
			change, back func() error
		}{
			{"a carried link removed", "A-1 was carried to acme-2026 R6",
				func() error { return h.links.SetLinks(ctx, who, a.ID, carried[:1], tick()) },
				func() error { return h.links.SetLinks(ctx, who, a.ID, carried, tick()) }},
			{"a carried exclusion lifted", "whether acme-2026 X1 applies",
				func() error { return h.links.Include(ctx, who, newRule("X1"), tick()) },
				func() error { return h.links.Exclude(ctx, who, newRule("X1"), "No birds.", tick()) }},
			{"the old edition followed again", "whether acme-2025 is followed",
				func() error { return h.links.Enable(ctx, who, "acme-2025", tick()) },
				func() error { return h.links.Disable(ctx, who, "acme-2025", tick()) }},
			{"the old requirement linked in another way", "A-1 was linked to acme-2025 R3 anew",
				func() error {
					return h.links.SetLinks(ctx, who, a.ID, append(carried, crosswalk.Link{Ref: rule("R3"), Relation: "subset"}), tick())
				},
				func() error { return h.links.SetLinks(ctx, who, a.ID, carried, tick()) }},
		} {
			must(t, tt.change())
			before, rows := h.answers(t, who, at), h.rows(t, who.Org())
			_, err := h.links.UndoUpgrade(ctx, who, u.ID, tick())
			if err == nil || problem.Of(err).Code != problem.Conflict || !strings.Contains(problem.Of(err).Text, tt.says) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
			}
			if after := h.answers(t, who, at); !reflect.DeepEqual(before, after) || !maps.Equal(rows, h.rows(t, who.Org())) {
				t.Errorf("%s: the refused undo changed something", tt.name)
			}
			must(t, tt.back())
		}
		// what was added since contradicts nothing and stays
		must(t, h.links.SetLinks(ctx, who, a.ID, append(carried, crosswalk.Link{Ref: newRule("R9")}), tick()))
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, tick())
		must(t, err)
		links, err := h.links.LinksOf(ctx, who, a.ID, at)
		if want := []crosswalk.Link{{Ref: rule("R1")}, {Ref: rule("R3")}, {Ref: newRule("R9")}}; err != nil || !slices.Equal(links, want) {
			t.Errorf("links %+v (%v), want %+v", links, err, want)
		}
	})
}

func TestAnotherContentOfTheSameID(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		day := now.Add(24 * time.Hour)
		_, err := h.links.ImportFramework(ctx, who, acme("acme-2025", acmeOld), "old.csv", now)
		must(t, err)
		must(t, h.links.Enable(ctx, who, "acme-2025", now))
		e, err := h.links.ImportFramework(ctx, who, acme("acme-2025", acmeNew), "corrected.csv", now)
		must(t, err)
		a := h.tagged(t, who, "A-1", now, crosswalk.Link{Ref: rule("R1"), Relation: "equal"}, crosswalk.Link{Ref: rule("R2"), Relation: "equal"}, crosswalk.Link{Ref: rule("R3")}, crosswalk.Link{Ref: rule("R5")})
		offers, err := h.links.Offers(ctx, who, day)
		if must(t, err); len(offers) != 1 || offers[0].Edition != e.ID {
			t.Fatalf("offers %+v", offers)
		}
		before := h.answers(t, who, day)
		u, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", e.ID, nil, day)
		must(t, err)
		links, err := h.links.LinksOf(ctx, who, a.ID, day)
		if want := []crosswalk.Link{{Ref: rule("R1"), Relation: "equal"}, {Ref: rule("R2"), Relation: "equal"}, {Ref: rule("R6")}}; err != nil || !slices.Equal(links, want) {
			t.Errorf("links %+v (%v), want %+v", links, err, want)
		}
		if len(u.Stranded) != 1 || u.Stranded[0].Requirement != "R5" {
			t.Errorf("without a place: %+v", u.Stranded)
		}
		for at, has := range map[time.Time]string{day: "R6", day.Add(-time.Microsecond): "R3"} {
			l, err := h.links.Library(ctx, who, at)
			must(t, err)
			f, _ := l.Frameworks.Find("acme-2025")
			if _, ok := f.Find(has); !ok {
				t.Errorf("the content at %v has no %s", at, has)
			}
		}
		must(t, h.links.SetLinks(ctx, who, a.ID, append(links, crosswalk.Link{Ref: rule("R9")}), day.Add(time.Minute)))
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(time.Hour))
		refused(t, "undoing under a link that would point at nothing", err, problem.Conflict)
		must(t, h.links.SetLinks(ctx, who, a.ID, links, day.Add(2*time.Hour)))
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(3*time.Hour))
		must(t, err)
		if got := h.answers(t, who, day.Add(3*time.Hour)); !reflect.DeepEqual(got, before) {
			t.Errorf("after undo %+v\nbefore     %+v", got, before)
		}
	})
}

func TestANewerToucanIsTakenWhenSomebodySaysSo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, day := h.actors[access.Administrator], t.Context(), now.Add(24*time.Hour)
		must(t, h.links.Enable(ctx, who, "gdpr", now))
		other := acme("gdpr", "Art.1,,requirement,Something else,\n")
		newer := crosswalk.NewStore(h.d, h.log, h.controls, func() *crosswalk.Library { return crosswalk.Shipped().With([]*framework.Framework{other}, nil) })
		offers, err := newer.Offers(ctx, who, day)
		if must(t, err); len(offers) != 1 || offers[0].From != "gdpr" || offers[0].Edition != crosswalk.AsShipped {
			t.Fatalf("offers %+v", offers)
		}
		content := func(at time.Time) string {
			l, err := newer.Library(ctx, who, at)
			must(t, err)
			f, _ := l.Frameworks.Find("gdpr")
			return f.Digest()
		}
		u, err := newer.Upgrade(ctx, who, crosswalk.FrameworkEdition, "gdpr", crosswalk.AsShipped, nil, day)
		must(t, err)
		if content(day) != other.Digest() || content(now) == other.Digest() {
			t.Error("the new content holds from the upgrade on, and not before")
		}
		_, err = newer.Upgrade(ctx, who, crosswalk.FrameworkEdition, "gdpr", crosswalk.AsShipped, nil, day)
		refused(t, "taking it twice", err, problem.Conflict)
		_, err = newer.UndoUpgrade(ctx, who, u.ID, day.Add(time.Hour))
		must(t, err)
		if content(day.Add(time.Hour)) == other.Digest() {
			t.Error("undo left the new content in force")
		}
	})
}

func TestANewVersionOfASet(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, day := h.actors[access.Administrator], t.Context(), now.Add(24*time.Hour)
		h.acmeHouse(t, who)
		_, err := h.links.ImportSet(ctx, who, acmeSet(), "one.csv", now)
		must(t, err)
		must(t, h.links.SelectStack(ctx, who, []string{"acme-iso"}, now))
		p := acmeSet()
		p.Set.Version = "2"
		p.Set.Edges[0].Relation = crosswalk.Superset
		p.Set.Edges[1].Target.ID = "A.7.3"
		e, err := h.links.ImportSet(ctx, who, p, "two.csv", now)
		if must(t, err); e.InForce {
			t.Error("a second content came into force by itself")
		}
		plan, err := h.links.PlanUpgrade(ctx, who, crosswalk.SetEdition, "acme-iso", e.ID, day)
		must(t, err)
		var got []string
		for _, r := range plan.SetRows {
			got = append(got, fmt.Sprintf("%s %s %s", r.Fate, r.Source.ID, r.Target.ID))
		}
		if want := []string{"relabelled R2 A.7.1", "dropped R3 A.7.2", "new R3 A.7.3"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		relation := func(at time.Time) crosswalk.Mask {
			l, err := h.links.Library(ctx, who, at)
			must(t, err)
			s, err := l.Stack([]string{"acme-iso"})
			must(t, err)
			p, _ := s.Relate("acme-2025", "iso27001-2022").Pair("R2", "A.7.1")
			return p.Mask
		}
		u, err := h.links.Upgrade(ctx, who, crosswalk.SetEdition, "acme-iso", e.ID, nil, day)
		must(t, err)
		if relation(day) != crosswalk.Superset || relation(day.Add(-1000)) != crosswalk.Equal {
			t.Error("the new rows hold from the upgrade on, the old ones before")
		}
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(time.Hour))
		if must(t, err); relation(day.Add(time.Hour)) != crosswalk.Equal {
			t.Error("undo left the new rows in force")
		}
	})
}

func TestAnUpgradeThatCannotBeIsRefusedWhole(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		newer := h.acmeHouse(t, who)
		h.tagged(t, who, "A-1", now, crosswalk.Link{Ref: rule("R1")})
		before := h.rows(t, who.Org())
		for _, tt := range []struct {
			name, from, to string
			kind           crosswalk.EditionKind
			answers        map[string][]string
			want           problem.Code
		}{
			{"from a framework nobody has", "acme-1999", newer.ID, crosswalk.FrameworkEdition, nil, problem.NotFound},
			{"from another family", "gdpr", newer.ID, crosswalk.FrameworkEdition, nil, problem.Invalid},
			{"to an edition nobody has", "acme-2025", "none", crosswalk.FrameworkEdition, nil, problem.NotFound},
			{"to itself", "acme-2026", newer.ID, crosswalk.FrameworkEdition, nil, problem.Conflict},
			{"a framework as a set", "acme-2025", newer.ID, crosswalk.SetEdition, nil, problem.NotFound},
			{"what ships under an id of one's own", "acme-2025", crosswalk.AsShipped, crosswalk.FrameworkEdition, nil, problem.NotFound},
			{"a target that is not there", "acme-2025", newer.ID, crosswalk.FrameworkEdition, map[string][]string{"R1": {"R77"}}, problem.Invalid},
			{"an answer for a row that is not there", "acme-2025", newer.ID, crosswalk.FrameworkEdition, map[string][]string{"R77": {"R1"}}, problem.Invalid},
		} {
			_, err := h.links.Upgrade(ctx, who, tt.kind, tt.from, tt.to, tt.answers, now)
			refused(t, tt.name, err, tt.want)
			if after := h.rows(t, who.Org()); !maps.Equal(before, after) {
				t.Fatalf("%s left something", tt.name)
			}
		}
		_, err := h.links.PlanUpgrade(ctx, h.other, crosswalk.FrameworkEdition, "acme-2025", newer.ID, now)
		refused(t, "planning in another organisation", err, problem.NotFound)
	})
}

// TestUpgradeAndUndoLoseNothing tries many organisations, editions and answers.
func TestUpgradeAndUndoLoseNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		r := rand.New(rand.NewPCG(7, 11))
		at := now
		tick := func() time.Time { at = at.Add(time.Minute); return at }
		for round := range 12 {
			id := func(version int) string { return fmt.Sprintf("fw%d-%d", round, version) }
			inPlace := round%4 == 3
			oldRows, newRows := randomEditions(r)
			old, next := acme(id(1), oldRows), acme(id(2), newRows)
			if inPlace {
				next = acme(id(1), newRows)
			}
			_, err := h.links.ImportFramework(ctx, who, old, "old.csv", tick())
			must(t, err)
			e, err := h.links.ImportFramework(ctx, who, next, "new.csv", tick())
			must(t, err)
			must(t, h.links.Enable(ctx, who, old.ID, tick()))
			for n := range 6 {
				var links []crosswalk.Link
				for _, q := range old.Requirements {
					if r.IntN(3) == 0 {
						links = append(links, crosswalk.Link{Ref: framework.Ref{Framework: old.ID, ID: q.ID}, Relation: []string{"", "equal", "subset"}[r.IntN(3)]})
					}
				}
				if !inPlace && r.IntN(2) == 0 { // some answers are there already
					links = append(links, crosswalk.Link{Ref: framework.Ref{Framework: next.ID, ID: next.Requirements[0].ID}})
				}
				h.tagged(t, who, fmt.Sprintf("P%d-%d", round, n), tick(), links...)
			}
			for _, q := range old.Asked() {
				if old.Excludable(q.ID) && r.IntN(4) == 0 {
					must(t, h.links.Exclude(ctx, who, framework.Ref{Framework: old.ID, ID: q.ID}, "Because.", tick()))
				}
			}
			said := map[string][]string{}
			for _, q := range old.Requirements {
				if r.IntN(4) == 0 {
					said[q.ID] = nil
					for range r.IntN(3) {
						said[q.ID] = append(said[q.ID], next.Requirements[r.IntN(len(next.Requirements))].ID)
					}
				}
			}
			before, was := h.answers(t, who, at), at
			u, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, old.ID, e.ID, said, tick())
			must(t, err)
			nothingLost(t, before, h.answers(t, who, at), u)
			if !reflect.DeepEqual(h.answers(t, who, was), before) {
				t.Fatalf("round %d: the past changed", round)
			}
			_, err = h.links.UndoUpgrade(ctx, who, u.ID, tick())
			must(t, err)
			if got := h.answers(t, who, at); !reflect.DeepEqual(got, before) {
				t.Fatalf("round %d: after undo\n%+v\nbefore\n%+v", round, got, before)
			}
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

// randomEditions returns two catalogues with rows kept, renamed, renumbered,
// split, merged, dropped and new.
func randomEditions(r *rand.Rand) (old, next string) {
	var o, n strings.Builder
	for i := range 8 + r.IntN(8) {
		label := fmt.Sprintf("Topic number %c", 'a'+i)
		fmt.Fprintf(&o, "R%d,,requirement,%s,\n", i, label)
		switch r.IntN(6) {
		case 0:
			fmt.Fprintf(&n, "R%d,,requirement,%s,\n", i, label)
		case 1:
			fmt.Fprintf(&n, "R%d,,requirement,Quite another thing %d,\n", i, i)
		case 2:
			fmt.Fprintf(&n, "N%d,,requirement,%s,\n", i, label)
		case 3:
			fmt.Fprintf(&n, "S%d,,requirement,First half %d,was=R%d\nT%d,,requirement,Second half %d,was=R%d\n", i, i, i, i, i, i)
		case 4:
			fmt.Fprintf(&n, "M%d,,requirement,Both of them %d,was=R%d+R%d;layer=clause\n", i, i, i, max(0, i-1))
		}
	}
	n.WriteString("Z1,,requirement,New for everybody,\n")
	return o.String(), n.String()
}

// nothingLost checks that every link and every exclusion of the old edition is
// where it was, where the upgrade says, or in its list of those without a place.
func nothingLost(t testing.TB, before, after answers, u crosswalk.Upgrade) {
	t.Helper()
	to := map[string][]string{}
	for _, r := range u.Rows {
		if r.Old != "" {
			to[r.Old] = r.To
		}
	}
	stranded := map[string]bool{}
	for _, s := range u.Stranded {
		stranded[s.Kind+s.Requirement] = true
	}
	for c, links := range before.Links {
		for _, l := range links {
			if l.Ref.Framework != u.From.Ref {
				if !slices.Contains(after.Links[c], l) {
					t.Errorf("the upgrade touched %v", l)
				}
				continue
			}
			if slices.Contains(after.Links[c], l) || stranded["link"+l.Ref.ID] {
				continue
			}
			for _, id := range to[l.Ref.ID] {
				if !slices.ContainsFunc(after.Links[c], func(x crosswalk.Link) bool { return x.Ref == framework.Ref{Framework: u.To.Ref, ID: id} }) {
					t.Errorf("%v is neither at %s nor listed", l, id)
				}
			}
			if len(to[l.Ref.ID]) == 0 {
				t.Errorf("%v is lost", l)
			}
		}
	}
	for ref, reason := range before.Scope.Excluded {
		if ref.Framework != u.From.Ref || stranded["scope"+ref.ID] {
			continue
		}
		if !slices.ContainsFunc(to[ref.ID], func(id string) bool {
			return after.Scope.Excluded[framework.Ref{Framework: u.To.Ref, ID: id}] == reason
		}) {
			t.Errorf("the exclusion of %v is lost", ref)
		}
	}
}
