package conformance

import (
	"errors"
	"maps"
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

// Two editions of a framework made up for these tests.
const (
	acmeOld = `R,,group,Rules,category=rules;mandatory
R1,R,requirement,Know your rooms,
R2,R,requirement,Lock the doors,
R3,R,requirement,Count the keys,
R4,R,requirement,Watch the clock,
R5,R,requirement,Paint the fence,
X,,group,Extras,category=extras
X1,X,requirement,Feed the birds,
`
	acmeNew = `R,,group,Rules,category=rules;mandatory
R1,R,requirement,Know your rooms,
R2,R,requirement,Lock the doors and windows,
R6,R,requirement,Count the keys,
R7,R,requirement,Set the clock,was=R4
R8,R,requirement,Read the clock,was=R4
R9,R,requirement,Sweep the yard,
X,,group,Extras,category=extras
X1,X,requirement,Feed the birds,
`
)

// acme reads rows of a made-up framework.
func acme(id, rows string) *framework.Framework {
	f, faults := framework.Parse(id, id+".csv", []byte("id,parent,kind,label,attributes\n"+rows))
	if len(faults) > 0 {
		panic(faults)
	}
	return f
}

func rule(id string) framework.Ref { return framework.Ref{Framework: "acme-2025", ID: id} }

// acmeSet maps the made-up framework to ISO 27001.
func acmeSet() *crosswalk.Publication {
	iso := func(id string) framework.Ref { return framework.Ref{Framework: "iso27001-2022", ID: id} }
	return &crosswalk.Publication{Set: &crosswalk.Set{ID: "acme-iso", File: "acme-iso.csv", Title: "Acme to ISO", Kind: crosswalk.Authored, Source: "us", Version: "1", Edges: []crosswalk.Edge{
		{Source: rule("R2"), Target: iso("A.7.1"), Relation: crosswalk.Equal, Strength: 8, Rationale: "Both speak of doors.", Line: 2},
		{Source: rule("R3"), Target: iso("A.7.2"), Relation: crosswalk.Subset, Residual: "Visitors.", Line: 3},
	}}}
}

func TestAnImportedFrameworkWorksLikeOneThatShips(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, later := h.actors[access.Administrator], t.Context(), now.Add(time.Hour)
		from := h.leaves(t, who.Org())
		e, err := h.links.ImportFramework(ctx, who, acme("acme-2025", acmeOld), "acme-2025.csv", now)
		if must(t, err); !e.InForce || e.Family != "acme" || e.Version != "2025" || e.Rows != 8 || e.Source != "acme-2025.csv" {
			t.Errorf("edition %+v", e)
		}
		se, err := h.links.ImportSet(ctx, who, acmeSet(), "acme-iso.csv", now.Add(time.Minute))
		must(t, err)
		if got, want := h.kinds(t, who.Org(), from), []string{"edition.kept", "edition.pinned", "edition.kept", "edition.pinned"}; !slices.Equal(got, want) {
			t.Errorf("leaves %q, want %q", got, want)
		}
		must(t, h.links.Enable(ctx, who, "acme-2025", later))
		c, err := h.controls.Create(ctx, who, control.Control{Code: "D-1", Title: "Doors"}, now)
		must(t, err)
		must(t, h.links.SetLinks(ctx, who, c.ID, []crosswalk.Link{{Ref: rule("R2")}}, later))
		_, err = h.links.Import(ctx, who, crosswalk.ImportPlan{File: "f", Rows: []crosswalk.ImportRow{{Control: control.Control{Code: "D-2", Title: "Keys"}, Refs: []framework.Ref{rule("R3")}}}}, later)
		must(t, err)
		must(t, h.links.SetCategories(ctx, who, "acme-2025", []string{"R"}, later))
		must(t, h.links.Exclude(ctx, who, rule("X1"), "We have no birds.", later))
		must(t, h.links.SelectStack(ctx, who, []string{"acme-iso"}, later))
		enabled, err := h.links.Frameworks(ctx, who, later)
		if must(t, err); !slices.Equal(enabled, []string{"acme-2025"}) {
			t.Errorf("followed: %q", enabled)
		}
		l, err := h.links.Library(ctx, who, later)
		must(t, err)
		stack, err := l.Stack([]string{"acme-iso"})
		must(t, err)
		if p, ok := stack.Relate("acme-2025", "iso27001-2022").Pair("R2", "A.7.1"); !ok || p.Mask != crosswalk.Equal {
			t.Errorf("the imported set says %+v", p)
		}
		for what, err := range map[string]error{
			"a requirement it does not have":   h.links.SetLinks(ctx, who, c.ID, []crosswalk.Link{{Ref: rule("R6")}}, later),
			"a mandatory category left out":    h.links.SetCategories(ctx, who, "acme-2025", []string{"X"}, later),
			"a set nobody brought":             h.links.SelectStack(ctx, who, []string{"acme-iso", "none"}, later),
			"the framework before it was here": h.links.SetLinks(ctx, who, c.ID, []crosswalk.Link{{Ref: rule("R2")}}, now.Add(-time.Second)),
		} {
			refused(t, what, err, problem.Invalid)
		}

		// nobody else has it, and nobody had it before
		refused(t, "following it elsewhere", h.links.Enable(ctx, h.other, "acme-2025", later), problem.NotFound)
		for _, x := range []struct {
			who access.Actor
			at  time.Time
		}{{h.other, later}, {who, now.Add(-time.Microsecond)}} {
			l, err := h.links.Library(ctx, x.who, x.at)
			must(t, err)
			if _, ok := l.Frameworks.Find("acme-2025"); ok || l != crosswalk.Shipped() {
				t.Error("the framework is in a library where it has no place")
			}
			list, err := h.links.Editions(ctx, x.who, x.at)
			if must(t, err); len(list) != 0 {
				t.Errorf("editions %+v", list)
			}
		}
		_, _, err = h.links.EditionFramework(ctx, h.other, e.ID, later)
		refused(t, "reading it from another organisation", err, problem.NotFound)
		_, _, err = h.links.EditionFramework(ctx, who, se.ID, later)
		refused(t, "reading a set as a framework", err, problem.NotFound)
		_, f, err := h.links.EditionFramework(ctx, who, e.ID, later)
		if must(t, err); f.Digest() != e.Digest || f.Digest() != acme("acme-2025", acmeOld).Digest() {
			t.Error("the content changed on the way")
		}
		_, p, err := h.links.EditionSet(ctx, who, se.ID, later)
		must(t, err)
		if _, digest := p.Encode(); digest != se.Digest || p.Set.Edges[0].Rationale != "Both speak of doors." || p.Set.Edges[0].Strength != 8 {
			t.Errorf("the set changed on the way: %+v", p.Set.Edges)
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestOrganisationsWithTheSameEditionsShareOneLibrary(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		var got []*crosswalk.Library
		for _, who := range []access.Actor{h.actors[access.Administrator], h.other} {
			_, err := h.links.ImportFramework(ctx, who, acme("acme-2025", acmeOld), "a.csv", now)
			must(t, err)
			l, err := h.links.Library(ctx, who, now)
			must(t, err)
			got = append(got, l)
		}
		if got[0] != got[1] {
			t.Error("two libraries were built of the same content")
		}
		if _, ok := got[0].Frameworks.Find("acme-2025"); !ok || len(got[0].Frameworks.Frameworks) != len(framework.Shipped().Frameworks)+1 {
			t.Errorf("library of %v", got[0].Frameworks.IDs())
		}
		if len(got[0].Sets) != len(crosswalk.Shipped().Sets) || !slices.Equal(got[0].DefaultStack(), crosswalk.Shipped().DefaultStack()) {
			t.Error("the sets that ship are not all there")
		}
	})
}

func TestWhatCannotBeUsedLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		_, err := h.links.ImportFramework(ctx, who, acme("acme-2025", acmeOld), "a.csv", now)
		must(t, err)
		before := h.rows(t, who.Org())
		change := func(fn func(p *crosswalk.Publication)) *crosswalk.Publication {
			p := acmeSet()
			fn(p)
			return p
		}
		for _, tt := range []struct {
			name, want string
			f          *framework.Framework
			p          *crosswalk.Publication
		}{
			{name: "the id of one that ships", want: "ships with Toucan. Give yours another id", f: acme("iso27001-2022", acmeOld)},
			{name: "the same words again", want: "here already, word for word", f: acme("acme-2025", acmeOld)},
			{name: "headings only", want: "asks for nothing", f: acme("acme-2", "R,,group,Rules,\n")},
			{name: "an id for no address", want: "cannot stand in an address", f: acme("Acme/2", acmeOld)},
			{name: "a set with the id of people's decisions", want: "decisions of people are kept under", p: change(func(p *crosswalk.Publication) { p.Set.ID = crosswalk.SetOfProposals })},
			{name: "a set with the id of one that ships", want: "ships with Toucan", p: change(func(p *crosswalk.Publication) { p.Set.ID = crosswalk.Shipped().Sets[0].ID })},
			{name: "a row about nothing", want: "Line 3: acme-2025 has no \"R77\"", p: change(func(p *crosswalk.Publication) { p.Set.Edges[1].Source = rule("R77") })},
			{name: "a framework nobody has", want: "There is no framework \"acme-1999\"", p: change(func(p *crosswalk.Publication) { p.Set.Edges[1].Source.Framework = "acme-1999" })},
			{name: "a strength that is none", want: "The strength is 11", p: change(func(p *crosswalk.Publication) { p.Set.Edges[1].Strength = 11 })},
			{name: "a pair twice", want: "already mapped on line 2", p: change(func(p *crosswalk.Publication) {
				p.Set.Edges[1].Source, p.Set.Edges[1].Target, p.Set.Edges[1].Relation = p.Set.Edges[0].Source, p.Set.Edges[0].Target, crosswalk.Equal
			})},
			{name: "rows that cannot all be true", want: "cannot all be true", p: change(func(p *crosswalk.Publication) {
				p.Set.Edges = append(p.Set.Edges, crosswalk.Edge{Source: rule("R2"), Target: rule("R3"), Relation: crosswalk.Equal, Line: 4},
					crosswalk.Edge{Source: rule("R3"), Target: p.Set.Edges[0].Target, Relation: crosswalk.None, Line: 5})
			})},
			{name: "no rows", want: "no rows that can be used", p: change(func(p *crosswalk.Publication) { p.Set.Edges = nil })},
			{name: "a kind that is none", want: "Write authored, published or derived", p: change(func(p *crosswalk.Publication) { p.Set.Kind = "guessed" })},
			{name: "a union of one", want: "fewer than two members", p: change(func(p *crosswalk.Publication) {
				p.Unions = []crosswalk.Union{{Target: p.Set.Edges[0].Target, Sources: []framework.Ref{rule("R2")}, Line: 2}}
			})},
		} {
			var err error
			if tt.f != nil {
				_, err = h.links.ImportFramework(ctx, who, tt.f, "bad.csv", now)
			} else {
				_, err = h.links.ImportSet(ctx, who, tt.p, "bad.csv", now)
			}
			if err == nil || !strings.Contains(problem.Of(err).Text, tt.want) || problem.Of(err).Code == problem.Internal {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			}
			if e, ok := errors.AsType[*crosswalk.RefusedError](err); ok && len(framework.Errors(e.Faults)) == 0 {
				t.Errorf("%s was refused without a fault", tt.name)
			}
			if after := h.rows(t, who.Org()); !maps.Equal(before, after) {
				t.Fatalf("%s left something: %v, before %v", tt.name, after, before)
			}
		}
	})
}

func TestAnotherContentOfAnIDWaits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, later := h.actors[access.Administrator], t.Context(), now.Add(time.Hour)
		_, err := h.links.ImportFramework(ctx, who, acme("acme-2025", acmeOld), "a.csv", now)
		must(t, err)
		e, err := h.links.ImportFramework(ctx, who, acme("acme-2025", acmeNew), "b.csv", later)
		if must(t, err); e.InForce {
			t.Error("answers rest on the first content, and it was replaced")
		}
		l, err := h.links.Library(ctx, who, later)
		must(t, err)
		f, _ := l.Frameworks.Find("acme-2025")
		if _, ok := f.Find("R3"); !ok {
			t.Error("the content in force lost a requirement")
		}
		list, err := h.links.Editions(ctx, who, later)
		if must(t, err); len(list) != 2 || list[0].InForce || !list[1].InForce || list[0].Source != "b.csv" || list[1].ByName != "Ada Administrator" {
			t.Errorf("editions %+v", list)
		}
	})
}

func TestFollowingKeepsTheContentItRestsOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		must(t, h.links.Enable(ctx, who, "soc2-2017", now))
		list, err := h.links.Editions(ctx, who, now)
		must(t, err)
		kept := map[string]bool{}
		for _, e := range list {
			if !e.InForce || e.Source != "" {
				t.Errorf("%+v is not what ships, in force", e)
			}
			kept[e.Ref] = true
		}
		for _, want := range []string{"soc2-2017", "toucan-curated-1", "csf2-iso27001"} {
			if !kept[want] {
				t.Errorf("%s is not among %v", want, slices.Sorted(maps.Keys(kept)))
			}
		}
		l, err := h.links.Library(ctx, who, now)
		if must(t, err); l != crosswalk.Shipped() {
			t.Error("pins of what ships must give what ships, and nothing of its own")
		}

		// a Toucan of another day ships another text
		other := acme("soc2-2017", "CC,,group,Common,category=security;mandatory\nCC1.1,CC,requirement,Something else,\n")
		newer := crosswalk.NewStore(h.d, h.log, h.controls, func() *crosswalk.Library {
			return crosswalk.Shipped().With([]*framework.Framework{other}, nil)
		})
		l, err = newer.Library(ctx, who, now)
		must(t, err)
		if f, _ := l.Frameworks.Find("soc2-2017"); f.Digest() == other.Digest() {
			t.Error("a newer Toucan changed what the organisation rests on")
		}
		if l, err = newer.Library(ctx, h.other, now); err != nil {
			t.Fatal(err)
		}
		if f, _ := l.Frameworks.Find("soc2-2017"); f.Digest() != other.Digest() {
			t.Error("who rests on nothing has what ships")
		}
	})
}
