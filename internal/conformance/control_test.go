package conformance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

func refused(t testing.TB, what string, err error, want problem.Code) {
	t.Helper()
	if err == nil || problem.Of(err).Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestNewTextWaitsForASecondPerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		author, boss := h.actors[access.Contributor], h.actors[access.Manager]
		c, err := h.controls.Create(ctx, author, control.Control{Code: "AC-4", Title: "Access review", Statement: "Quarterly."}, now)
		if must(t, err); c.Version != 1 {
			t.Fatalf("created %+v", c)
		}
		from := h.leaves(t, author.Org())
		next := c
		next.Statement, next.Frequency, next.Status = "Each quarter, by the system owner.", "quarterly", control.Operated
		v, err := h.controls.Edit(ctx, author, next, now.Add(time.Minute))
		if must(t, err); v.Approval != control.Pending || v.Number != 3 || v.What != "Changed the statement." {
			t.Fatalf("edit gave %+v", v)
		}
		c, err = h.controls.Find(ctx, author, "AC-4")
		if must(t, err); c.Statement != "Quarterly." || c.Frequency != "quarterly" || c.Status != control.Operated || c.Version != 2 {
			t.Errorf("in force: %+v; the fields apply at once, the text waits", c)
		}
		refused(t, "the author approving", h.controls.Approve(ctx, author, "AC-4", 3, now), problem.Forbidden)
		refused(t, "approving a version that does not wait", h.controls.Approve(ctx, boss, "AC-4", 2, now), problem.Conflict)
		refused(t, "approving a version that is none", h.controls.Approve(ctx, boss, "AC-4", 9, now), problem.NotFound)
		waiting, err := h.controls.PendingVersions(ctx, boss)
		if must(t, err); len(waiting) != 1 || waiting[0].Number != 3 || waiting[0].ByName != "Person Contributor" {
			t.Errorf("waiting %+v", waiting)
		}
		must(t, h.controls.Approve(ctx, boss, "ac-4", 3, now.Add(2*time.Minute)))
		c, err = h.controls.Find(ctx, author, "AC-4")
		if must(t, err); c.Statement != next.Statement || c.Version != 3 || !c.UpdatedAt.Equal(now.Add(2*time.Minute)) {
			t.Errorf("after approval: %+v", c)
		}
		refused(t, "approving twice", h.controls.Approve(ctx, boss, "AC-4", 3, now), problem.Conflict)
		vs, err := h.controls.History(ctx, author, "AC-4")
		must(t, err)
		var what []string
		for _, v := range vs {
			what = append(what, fmt.Sprint(v.Number, " ", v.What, " ", v.Approval))
		}
		if want := []string{"3 Changed the statement. approved", "2 Changed the frequency. Declared operated, was unknown. ", "1 Entered. "}; !slices.Equal(what, want) {
			t.Errorf("history %q, want %q", what, want)
		}
		if vs[0].ApprovedBy != boss.Account() || !vs[0].ApprovedAt.Equal(now.Add(2*time.Minute)) || vs[2].Statement != "Quarterly." {
			t.Errorf("history %+v", vs)
		}
		if got, want := h.kinds(t, author.Org(), from), []string{"control.version", "control.version", "approval.decided", "control.approved"}; !slices.Equal(got, want) {
			t.Errorf("leaves %q, want %q", got, want)
		}
	})
}

func TestFieldsMoveOnWhileTextWaits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		author, boss := h.actors[access.Contributor], h.actors[access.Manager]
		c, err := h.controls.Create(ctx, author, control.Control{Code: "AC-4", Title: "Access review"}, now)
		must(t, err)
		next := c
		next.Title = "Access review, quarterly"
		_, err = h.controls.Edit(ctx, author, next, now)
		must(t, err)
		next = c // in force is still version 1
		next.Domain = "access"
		v, err := h.controls.Edit(ctx, boss, next, now)
		if must(t, err); v.Number != 3 || v.Approval != control.NotNeeded {
			t.Fatalf("%+v", v)
		}
		_, err = h.controls.Edit(ctx, boss, next, now)
		refused(t, "an edit of a version that is no longer in force", err, problem.Conflict)
		next.Version, next.Title = 3, "Something else"
		_, err = h.controls.Edit(ctx, boss, next, now)
		refused(t, "new text while another's waits", err, problem.Conflict)
		must(t, h.controls.Approve(ctx, boss, "AC-4", 2, now))
		c, err = h.controls.Find(ctx, author, "AC-4")
		if must(t, err); c.Title != "Access review, quarterly" || c.Domain != "access" || c.Version != 4 {
			t.Errorf("after approval: %+v; the text comes, the newer field stays", c)
		}
		next = c
		next.Title = "Second thoughts"
		_, err = h.controls.Edit(ctx, author, next, now)
		must(t, err)
		next.Title = "Third thoughts" // replaces the author's own
		v, err = h.controls.Edit(ctx, author, next, now)
		must(t, err)
		waiting, err := h.controls.PendingVersions(ctx, author)
		if must(t, err); len(waiting) != 1 || waiting[0].Title != "Third thoughts" {
			t.Errorf("waiting %+v", waiting)
		}
		refused(t, "another contributor cannot be the one to withdraw", h.controls.Withdraw(ctx, h.actors[access.Viewer], "AC-4", v.Number, now), problem.Forbidden)
		must(t, h.controls.Withdraw(ctx, author, "AC-4", v.Number, now))
		refused(t, "approving what was withdrawn", h.controls.Approve(ctx, boss, "AC-4", v.Number, now), problem.Conflict)
		must(t, h.log.Verify(ctx, h.d, author.Org()))
	})
}

func TestOneAloneNeedsNoSecondPerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.other // alone in its organisation
		c, err := h.controls.Create(ctx, who, control.Control{Code: "AC-4", Title: "Access review"}, now)
		must(t, err)
		c.Title = "Access review, quarterly"
		v, err := h.controls.Edit(ctx, who, c, now)
		if must(t, err); v.Approval != control.NotNeeded || v.What != "Changed the title. No second person could approve the text: nobody else here may." {
			t.Errorf("%+v", v)
		}
		c, err = h.controls.Find(ctx, who, "AC-4")
		if must(t, err); c.Title != "Access review, quarterly" || c.Version != 2 {
			t.Errorf("%+v", c)
		}
		v, err = h.controls.Edit(ctx, who, c, now)
		if must(t, err); v.Number != 2 {
			t.Errorf("an edit that changes nothing wrote %+v", v)
		}
	})
}

func TestImportingTwiceIsImportingOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		ann, err := h.people.Add(ctx, who, people.Person{Name: "Ann", Email: "ann@one.test"}, now)
		must(t, err)
		cc61, cc62, a515 := framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}, framework.Ref{Framework: "soc2-2017", ID: "CC6.2"}, framework.Ref{Framework: "iso27001-2022", ID: "A.5.15"}
		plan := crosswalk.ImportPlan{File: "controls <1>.csv", Rows: []crosswalk.ImportRow{
			{Control: control.Control{Code: "AC-1", Title: "Accounts", Owner: ann.ID, Status: control.Operated}, Refs: []framework.Ref{cc62, cc61, cc61}},
			{Control: control.Control{Code: "AC-2", Title: "Roles", Statement: "By role.", Domain: "access"}, Refs: []framework.Ref{cc61}},
			{Control: control.Control{Code: "AC-3", Title: "Leavers"}},
		}}
		res, err := h.links.Import(ctx, who, plan, now)
		if must(t, err); len(res.Created) != 3 || res.Links != 3 || len(res.Updated)+len(res.Unchanged) != 0 {
			t.Fatalf("first import %+v", res)
		}
		before := h.rows(t, who.Org())
		res, err = h.links.Import(ctx, who, plan, now.Add(time.Hour))
		if must(t, err); len(res.Unchanged) != 3 || res.Links != 0 {
			t.Errorf("second import %+v", res)
		}
		if after := h.rows(t, who.Org()); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("importing again wrote something: %v, before %v", after, before)
		}
		c, err := h.controls.Find(ctx, who, "AC-1")
		must(t, err)
		must(t, h.links.SetLinks(ctx, who, c.ID, []crosswalk.Link{{Ref: cc61}, {Ref: cc62}, {Ref: a515, Relation: "subset"}}, now.Add(2*time.Hour)))

		plan.Rows[0].Refs = []framework.Ref{cc61}
		plan.Rows[1].Control = control.Control{Code: "ac-2", Title: "Roles and rights"}
		res, err = h.links.Import(ctx, who, plan, now.Add(3*time.Hour))
		if must(t, err); !slices.Equal(res.Updated, []string{"AC-1", "ac-2"}) || !slices.Equal(res.Pending, []string{"ac-2"}) || !slices.Equal(res.Unchanged, []string{"AC-3"}) {
			t.Errorf("third import %+v", res)
		}
		links, err := h.links.LinksOf(ctx, who, c.ID, now.Add(3*time.Hour))
		if must(t, err); len(links) != 2 || links[0].Ref != a515 || links[1].Ref != cc61 {
			t.Errorf("links %+v: the row's tags replace those of its framework, a stated relation stays", links)
		}
		links, err = h.links.LinksOf(ctx, who, c.ID, now.Add(150*time.Minute))
		if must(t, err); len(links) != 3 {
			t.Errorf("links before the import %+v", links)
		}
		c, err = h.controls.Find(ctx, who, "AC-2")
		if must(t, err); c.Title != "Roles" || c.Statement != "By role." || c.Domain != "access" {
			t.Errorf("%+v: text waits, and an empty cell leaves what is there", c)
		}
		res, err = h.links.Import(ctx, who, plan, now.Add(4*time.Hour))
		if must(t, err); len(res.Unchanged)+len(res.Updated) != 3 {
			t.Errorf("fourth import %+v", res)
		}
		runs, err := h.links.Imports(ctx, who)
		if must(t, err); len(runs) < 2 || runs[len(runs)-1].File != "controls <1>.csv" || runs[len(runs)-1].Created != 3 {
			t.Errorf("imports %+v", runs)
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestWhatHeldOnADayStaysSo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		day := func(n int) time.Time { return now.AddDate(0, 0, n) }
		must(t, h.links.Enable(ctx, who, "soc2-2017", day(1)))
		must(t, h.links.Enable(ctx, who, "iso27001-2022", day(2)))
		must(t, h.links.Disable(ctx, who, "soc2-2017", day(3)))
		must(t, h.links.Disable(ctx, who, "gdpr", day(3))) // was never on
		for d, want := range [][]string{nil, {"soc2-2017"}, {"iso27001-2022", "soc2-2017"}, {"iso27001-2022"}} {
			got, err := h.links.Frameworks(ctx, who, day(d))
			slices.Sort(got)
			if must(t, err); !slices.Equal(got, want) {
				t.Errorf("day %d: %q, want %q", d, got, want)
			}
		}
		must(t, h.links.SetCategories(ctx, who, "soc2-2017", []string{"C", "CC"}, day(1)))
		must(t, h.links.SetCategories(ctx, who, "soc2-2017", []string{"CC"}, day(2)))
		must(t, h.links.Exclude(ctx, who, annexA, "No premises.", day(1)))
		must(t, h.links.Include(ctx, who, annexA, day(2)))
		stack := crosswalk.Shipped().DefaultStack()[:2]
		must(t, h.links.SelectStack(ctx, who, stack, day(1)))
		must(t, h.links.SelectStack(ctx, who, nil, day(2)))
		for d, want := range []struct {
			categories string
			excluded   int
			stack      []string
		}{{"[]", 0, nil}, {"[CC C]", 1, stack}, {"[CC]", 0, nil}} {
			sc, err := h.links.Scope(ctx, who, day(d))
			must(t, err)
			sel, err := h.links.Selected(ctx, who, day(d))
			must(t, err)
			if fmt.Sprint(sc.Categories["soc2-2017"]) != want.categories || len(sc.Excluded) != want.excluded || !slices.Equal(sel, want.stack) {
				t.Errorf("day %d: %v, %v, %v; want %+v", d, sc.Categories, sc.Excluded, sel, want)
			}
		}
		before := h.leaves(t, who.Org())
		must(t, h.links.Enable(ctx, who, "iso27001-2022", day(5)))
		must(t, h.links.SelectStack(ctx, who, nil, day(5)))
		must(t, h.links.SetCategories(ctx, who, "soc2-2017", []string{"CC"}, day(5)))
		if n := h.leaves(t, who.Org()) - before; n != 0 {
			t.Errorf("deciding what holds already wrote %d leaves", n)
		}
	})
}

func TestCodesAreInTheOrderPeopleNumberThem(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		want := []string{"1", "AC-1", "ac-2", "AC-10", "AC-10a", "B", "CC6.1", "CC6.10"}
		for _, c := range []string{"CC6.10", "B", "AC-10a", "ac-2", "1", "AC-10", "CC6.1", "AC-1"} {
			_, err := h.controls.Create(t.Context(), who, control.Control{Code: c, Title: "x"}, now)
			must(t, err)
		}
		all, err := h.controls.List(t.Context(), who, control.Filter{})
		must(t, err)
		var got []string
		for _, c := range all {
			got = append(got, c.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("order %q, want %q", got, want)
		}
	})
}

// inventory returns n controls with tags, as an import brings them.
func inventory(n int) crosswalk.ImportPlan {
	asked, _ := crosswalk.Shipped().Frameworks.Find("soc2-2017")
	all := asked.Asked()
	plan := crosswalk.ImportPlan{File: "big.csv"}
	for i := range n {
		r := crosswalk.ImportRow{Control: control.Control{Code: fmt.Sprintf("C-%05d", i), Title: fmt.Sprintf("Control %d", i), Domain: "access", Status: control.Operated,
			Statement: "The company's system owners review every account and its rights on in-scope systems each quarter, never their own, and record a decision."}}
		for k := range 3 {
			r.Refs = append(r.Refs, framework.Ref{Framework: "soc2-2017", ID: all[(i*7+k*13)%len(all)].ID})
		}
		plan.Rows = append(plan.Rows, r)
	}
	return plan
}

// BenchmarkStore uses the largest organisation we promise: 10,000 controls.
func BenchmarkStore(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			open := dbtest.SQLite
			if engine == "postgres" {
				open = dbtest.Postgres
			}
			h := newHouse(b, open(b))
			who := h.actors[access.Manager]
			plan := inventory(10_000)
			began := time.Now()
			for i := range 2 {
				part := crosswalk.ImportPlan{File: plan.File, Rows: plan.Rows[i*5000 : (i+1)*5000]}
				if _, err := h.links.Import(b.Context(), who, part, now); err != nil {
					b.Fatal(err)
				}
			}
			took := time.Since(began) / 2
			b.Run("list", func(b *testing.B) {
				for b.Loop() {
					if all, err := h.controls.List(b.Context(), who, control.Filter{}); err != nil || len(all) != 10_000 {
						b.Fatal(len(all), err)
					}
				}
				b.ReportMetric(float64(took.Milliseconds()), "import-5000-ms")
			})
			b.Run("links", func(b *testing.B) {
				for b.Loop() {
					if all, err := h.links.AllLinks(b.Context(), who, now); err != nil || len(all) != 10_000 {
						b.Fatal(len(all), err)
					}
				}
			})
			b.Run("find", func(b *testing.B) {
				for b.Loop() {
					if _, err := h.controls.Find(b.Context(), who, "c-07777"); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("reimport", func(b *testing.B) {
				again := crosswalk.ImportPlan{File: plan.File, Rows: plan.Rows[:5000]}
				for b.Loop() {
					if res, err := h.links.Import(b.Context(), who, again, now); err != nil || len(res.Unchanged) != 5000 {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
