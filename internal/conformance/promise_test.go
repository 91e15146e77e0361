package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// nasty are texts that a careless store, page or export would trip over.
var nasty = []string{
	`'; DROP TABLE control; --`, `$1 ?1 :x @y %s`, `<script>alert("x")</script>&amp;`, `=cmd|' /C calc'!A0`, `Ünïcödé 日本語 🦜 ‮right to left‬`,
	`"quoted" 'single' ` + "`back`", `back\slash \u0000 \x00 as text`, "e\u0301 composed é", `NULL`, `{"json": [1]}`,
}

func TestEveryTextComesBackUnchanged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		for i, x := range nasty {
			p, err := h.people.Add(ctx, who, people.Person{Name: x, Title: x, Email: fmt.Sprintf("p%d@one.test", i)}, now)
			must(t, err)
			got, err := h.people.Find(ctx, who, p.ID)
			if must(t, err); got.Name != x || got.Title != x || got != p {
				t.Errorf("person %+v, want %q", got, x)
			}
			text := x + "\n\tsecond line"
			c, err := h.controls.Create(ctx, who, control.Control{Code: fmt.Sprintf("N-%d", i), Title: x, Statement: text, Domain: x, Owner: p.ID, Frequency: x,
				Evidence: []string{x, "other"}, Population: text, Kind: control.Periodic, Status: control.Operated}, now)
			must(t, err)
			for _, read := range []func() (control.Control, error){
				func() (control.Control, error) { return h.controls.Find(ctx, who, fmt.Sprintf("n-%d", i)) },
				func() (control.Control, error) {
					vs, err := h.controls.History(ctx, who, c.Code)
					must(t, err)
					return vs[0].Control, nil
				},
				func() (control.Control, error) {
					all, err := h.controls.List(ctx, who, control.Filter{Text: strings.ToUpper(x)})
					if err != nil || len(all) == 0 {
						return control.Control{}, fmt.Errorf("%q is not found by its text: %w", x, err)
					}
					return all[0], nil
				},
			} {
				got, err := read()
				must(t, err)
				if got.Title != x || got.Statement != text || got.Domain != x || got.Owner != p.ID || got.Frequency != x || !slices.Equal(got.Evidence, []string{x, "other"}) ||
					got.Population != text || got.Status != control.Operated || got.Kind != control.Periodic || !got.UpdatedAt.Equal(now) {
					t.Errorf("control %+v, want %q in every field", got, x)
				}
			}
			must(t, h.access.EditOrganisation(ctx, who, x, "UTC", now))
			o, err := h.access.Organisation(ctx, who)
			if must(t, err); o.Name != x {
				t.Errorf("organisation %q, want %q", o.Name, x)
			}
			must(t, h.links.Exclude(ctx, who, annexA, text, now.Add(time.Duration(i)*time.Second)))
			sc, err := h.links.Scope(ctx, who, now.Add(time.Hour))
			if must(t, err); sc.Excluded[annexA] != text {
				t.Errorf("reason %q, want %q", sc.Excluded[annexA], text)
			}
			must(t, h.links.SetLinks(ctx, who, c.ID, []crosswalk.Link{{Ref: annexA, Relation: "subset", Rationale: text}}, now))
			links, err := h.links.LinksOf(ctx, who, c.ID, now)
			if must(t, err); len(links) != 1 || links[0].Rationale != text {
				t.Errorf("links %+v", links)
			}
		}
		for _, bad := range []string{"NUL \x00", "broken \xff", strings.Repeat("x", 20_000)} {
			_, err := h.controls.Create(ctx, who, control.Control{Code: "BAD", Title: bad}, now)
			if err == nil || problem.Of(err).Code != problem.Invalid || problem.Of(err).Field != "title" {
				t.Errorf("%.10q: %v, want it refused about the title", bad, err)
			}
		}
	})
}

func TestAFailedWriteLeavesNeitherRowNorLeaf(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		_, err := h.controls.Create(ctx, who, control.Control{Code: "AC-1", Title: "One"}, now)
		must(t, err)
		_, err = h.people.Add(ctx, who, people.Person{Name: "Ann", Email: "ann@one.test"}, now)
		must(t, err)
		before := h.rows(t, who.Org())
		good := crosswalk.ImportRow{Control: control.Control{Code: "NEW-1", Title: "New"}, Refs: []framework.Ref{annexA}}
		for name, do := range map[string]func() error{
			"a code in use": func() error {
				_, err := h.controls.Create(ctx, who, control.Control{Code: "ac-1", Title: "Again"}, now)
				return err
			},
			"an owner nobody knows": func() error {
				_, err := h.controls.Create(ctx, who, control.Control{Code: "AC-2", Title: "Two", Owner: "nobody"}, now)
				return err
			},
			"an address in use": func() error {
				_, err := h.people.Add(ctx, who, people.Person{Name: "Ann Two", Email: "ANN@one.test"}, now)
				return err
			},
			"an import with one bad control": func() error {
				_, err := h.links.Import(ctx, who, crosswalk.ImportPlan{File: "f", Rows: []crosswalk.ImportRow{good, {Control: control.Control{Code: "NEW-2"}}}}, now)
				return err
			},
			"an import with one unknown requirement": func() error {
				bad := crosswalk.ImportRow{Control: control.Control{Code: "NEW-2", Title: "x"}, Refs: []framework.Ref{{Framework: "iso27001-2022", ID: "A.9.99"}}}
				_, err := h.links.Import(ctx, who, crosswalk.ImportPlan{File: "f", Rows: []crosswalk.ImportRow{good, bad}}, now)
				return err
			},
			"an import with one code twice": func() error {
				_, err := h.links.Import(ctx, who, crosswalk.ImportPlan{File: "f", Rows: []crosswalk.ImportRow{good, good}}, now)
				return err
			},
			"an empty import": func() error {
				_, err := h.links.Import(ctx, who, crosswalk.ImportPlan{File: "f"}, now)
				return err
			},
			"people with a fault": func() error {
				_, err := h.people.Import(ctx, who, &people.Sheet{File: "f", Entries: []people.Entry{{Row: 2, Person: people.Person{Name: "X", Email: "x@one.test"}}}, Faults: []people.Fault{{Row: 3, Field: "Email", Text: "Missing."}}}, people.List{Source: people.HR}, now)
				return err
			},
			"a store that fails after the leaf": func() error {
				return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
					if _, err := h.controls.Merge(ctx, tx, who, []control.Control{{Code: "AC-9", Title: "Nine"}}, now); err != nil {
						return err
					}
					panic("after the leaf")
				})
			},
			"a requirement that cannot be excluded": func() error {
				return h.links.Exclude(ctx, who, framework.Ref{Framework: "iso27001-2022", ID: "4.1"}, "We would rather not.", now)
			},
			"an exclusion without a reason":      func() error { return h.links.Exclude(ctx, who, annexA, " ", now) },
			"leaving a mandatory category out":   func() error { return h.links.SetCategories(ctx, who, "soc2-2017", []string{"A"}, now) },
			"a set that is not in the library":   func() error { return h.links.SelectStack(ctx, who, []string{"no-such-set"}, now) },
			"a framework that is not there":      func() error { return h.links.Enable(ctx, who, "soc9-2099", now) },
			"links of a control that is not one": func() error { return h.links.SetLinks(ctx, who, "none", []crosswalk.Link{{Ref: annexA}}, now) },
			"a relation that is none": func() error {
				return h.links.SetLinks(ctx, who, "none", []crosswalk.Link{{Ref: annexA, Relation: "kinda"}}, now)
			},
		} {
			err := do()
			if err == nil {
				t.Errorf("%s was accepted", name)
			} else if p := problem.Of(err); p.Code == problem.Internal && !strings.Contains(name, "fails after") {
				t.Errorf("%s: %v is no sentence a person can act on", name, err)
			}
			if after := h.rows(t, who.Org()); !maps.Equal(before, after) {
				t.Fatalf("%s left something: %v, before %v", name, after, before)
			}
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestAnotherOrganisationIsInvisible(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one, two, ctx := h.actors[access.Administrator], h.other, t.Context()
		p, err := h.people.Add(ctx, one, people.Person{Name: "Ann", Email: "ann@one.test"}, now)
		must(t, err)
		c, err := h.controls.Create(ctx, one, control.Control{Code: "AC-1", Title: "Ours"}, now)
		must(t, err)
		must(t, h.links.SetLinks(ctx, one, c.ID, []crosswalk.Link{{Ref: annexA}}, now))
		must(t, h.links.Enable(ctx, one, "iso27001-2022", now))
		must(t, h.links.SelectStack(ctx, one, crosswalk.Shipped().DefaultStack()[:1], now))

		for what, n := range map[string]func() (int, error){
			"people":      func() (int, error) { x, err := h.people.List(ctx, two); return len(x), err },
			"controls":    func() (int, error) { x, err := h.controls.List(ctx, two, control.Filter{}); return len(x), err },
			"links":       func() (int, error) { x, err := h.links.AllLinks(ctx, two, now); return len(x), err },
			"frameworks":  func() (int, error) { x, err := h.links.Frameworks(ctx, two, now); return len(x), err },
			"stack":       func() (int, error) { x, err := h.links.Selected(ctx, two, now); return len(x), err },
			"invitations": func() (int, error) { x, err := h.access.Invitations(ctx, two, now); return len(x), err },
			"imports":     func() (int, error) { x, err := h.links.Imports(ctx, two); return len(x), err },
			"pending":     func() (int, error) { x, err := h.controls.PendingVersions(ctx, two); return len(x), err },
		} {
			if got, err := n(); got != 0 || err != nil {
				t.Errorf("the other organisation sees %d %s (%v)", got, what, err)
			}
		}
		for what, err := range map[string]error{
			"a person":  func() error { _, err := h.people.Find(ctx, two, p.ID); return err }(),
			"a control": func() error { _, err := h.controls.Find(ctx, two, "AC-1"); return err }(),
			"a history": func() error { _, err := h.controls.History(ctx, two, "AC-1"); return err }(),
			"editing a control": func() error {
				_, err := h.controls.Edit(ctx, two, control.Control{ID: c.ID, Code: "AC-1", Title: "Theirs", Version: 1}, now)
				return err
			}(),
			"editing a person":         h.people.Edit(ctx, two, people.Person{ID: p.ID, Name: "Theirs"}, now),
			"linking a control":        h.links.SetLinks(ctx, two, c.ID, nil, now),
			"a member's role":          h.access.SetRole(ctx, two, h.accounts[access.Viewer].ID, access.Administrator, now),
			"removing a member":        h.access.RemoveMember(ctx, two, h.accounts[access.Viewer].ID, now),
			"entering without a place": func() error { _, err := h.access.Enter(ctx, h.accounts[access.Viewer], "two"); return err }(),
		} {
			if err == nil || problem.Of(err).Code != problem.NotFound {
				t.Errorf("%s of another organisation: %v, want not found", what, err)
			}
		}
		_, err = h.controls.Create(ctx, two, control.Control{Code: "AC-1", Title: "Theirs", Owner: p.ID}, now)
		if err == nil || problem.Of(err).Field != "owner" {
			t.Errorf("an owner of another organisation: %v, want it refused", err)
		}
		_, err = h.controls.Create(ctx, two, control.Control{Code: "AC-1", Title: "Theirs"}, now)
		must(t, err) // the same code is free there

		if h.d.Engine() == "postgres" { // the second wall: queries that forgot their WHERE
			must(t, h.d.Read(ctx, two.Org(), func(tx *db.Tx) error {
				for _, table := range tenantTables {
					var n int
					if err := tx.QueryRow(ctx, `SELECT count(*) FROM `+table+` WHERE org <> $1`, two.Org()).Scan(&n); err != nil {
						return err
					}
					if n != 0 {
						t.Errorf("%s shows %d rows of other organisations", table, n)
					}
				}
				return nil
			}))
			err := h.d.Write(ctx, two.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
				res, err := tx.Exec(ctx, `UPDATE control SET title = 'taken over'`)
				if n, _ := res.RowsAffected(); n != 1 {
					t.Errorf("an UPDATE without WHERE reached %d rows, want the one of its organisation", n)
				}
				return err
			})
			must(t, err)
			must(t, h.d.ReadAccount(ctx, h.accounts[access.Viewer].ID, func(tx *db.Tx) error {
				var members, others int
				if err := tx.QueryRow(ctx, `SELECT count(*) FROM member`).Scan(&members); err != nil {
					return err
				}
				err := tx.QueryRow(ctx, `SELECT count(*) FROM control`).Scan(&others)
				if members != 1 || others != 0 {
					t.Errorf("an account sees %d memberships and %d controls, want its own and none", members, others)
				}
				return err
			}))
		}
	})
}

func TestConcurrentChangesGiveOneConsistentLog(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one, two := h.actors[access.Administrator], h.other
		before := map[string]int64{one.Org(): h.leaves(t, one.Org()), two.Org(): h.leaves(t, two.Org())}
		var wg sync.WaitGroup
		for w := range 12 {
			who := []access.Actor{one, two}[w%2]
			wg.Go(func() {
				for i := range 8 {
					if _, err := h.controls.Create(context.Background(), who, control.Control{Code: fmt.Sprintf("W%d-%d", w, i), Title: "x"}, now); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 6 { // all want the same code: one gets it
			wg.Go(func() {
				_, err := h.controls.Create(context.Background(), one, control.Control{Code: "SAME", Title: "x"}, now)
				if err != nil && problem.Of(err).Code != problem.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for org, want := range map[string]int64{one.Org(): 49, two.Org(): 48} {
			if got := h.leaves(t, org) - before[org]; got != want {
				t.Errorf("%d leaves for %d controls", got, want)
			}
			must(t, h.log.Verify(t.Context(), h.d, org))
		}
	})
}

func TestTimesAreKeptToTheMicrosecond(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		at := time.Date(2026, 10, 25, 2, 30, 0, 123456789, time.FixedZone("CEST", 7200))
		want := at.UTC().Truncate(time.Microsecond)
		c, err := h.controls.Create(ctx, who, control.Control{Code: "T-1", Title: "x"}, at)
		must(t, err)
		vs, err := h.controls.History(ctx, who, "T-1")
		must(t, err)
		p, err := h.people.Add(ctx, who, people.Person{Name: "x"}, at)
		must(t, err)
		got, err := h.people.Find(ctx, who, p.ID)
		must(t, err)
		for name, x := range map[string]time.Time{"control": c.UpdatedAt, "version": vs[0].At, "person": got.UpdatedAt} {
			if !x.Equal(want) || x.Location() != time.UTC {
				t.Errorf("%s: %v, want %v", name, x, want)
			}
		}
		recs, err := h.log.Records(ctx, h.d, who.Org(), h.leaves(t, who.Org())-1, 1)
		if must(t, err); !recs[0].At.Equal(want) {
			t.Errorf("leaf: %v, want %v", recs[0].At, want)
		}
	})
}

func TestEveryChangeRaisesTheRevision(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		rev := func(org string) int64 {
			n, err := h.d.Revision(ctx, org)
			must(t, err)
			return n
		}
		before, other := rev(who.Org()), rev(h.other.Org())
		_, err := h.controls.Create(ctx, who, control.Control{Code: "R-1", Title: "x"}, now)
		must(t, err)
		if rev(who.Org()) != before+1 || rev(h.other.Org()) != other {
			t.Errorf("revisions %d and %d after one change, before %d and %d", rev(who.Org()), rev(h.other.Org()), before, other)
		}
		h.controls.Create(ctx, who, control.Control{Code: "R-1", Title: "x"}, now)
		if rev(who.Org()) != before+1 {
			t.Error("a refused change raised the revision")
		}
	})
}
