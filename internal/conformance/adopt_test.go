package conformance

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

func everyEntry(r *crosswalk.Reach) []string {
	var out []string
	for _, e := range r.Library.Entries {
		out = append(out, e.Code)
	}
	return out
}

func TestAdoptingWholeAndTwice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who, reach := t.Context(), h.actors[access.Manager], crosswalk.ShippedReach()
		owner, err := h.people.Add(ctx, who, people.Person{Name: "Iris Tamm"}, now)
		must(t, err)
		from := h.leaves(t, who.Org())
		plan := crosswalk.AdoptPlan{Entries: everyEntry(reach), Status: control.OnPaper, Owners: map[string]string{"it": owner.ID}}
		res, err := h.links.Adopt(ctx, who, plan, now)
		must(t, err)
		if len(res.Created) != 130 || len(res.Attached)+len(res.Unchanged)+len(res.Clashes) != 0 || res.Links != 1955 {
			t.Errorf("created %d, attached %d, links %d", len(res.Created), len(res.Attached), res.Links)
		}
		kinds := map[string]int{}
		for _, k := range h.kinds(t, who.Org(), from) {
			kinds[k]++
		}
		if want := map[string]int{"control.version": 130, "control.adopted": 130, "link.set": 130}; !maps.Equal(kinds, want) {
			t.Errorf("leaves %v, want %v", kinds, want)
		}
		c, err := h.controls.Find(ctx, who, "AC-01")
		must(t, err)
		entry, _ := reach.Library.Find("AC-01")
		if c.Origin != "library" || c.Statement != entry.Statement || c.Status != control.OnPaper || c.Owner != owner.ID {
			t.Errorf("AC-01 is %+v", c)
		}
		links, err := h.links.LinksOf(ctx, who, c.ID, now)
		if must(t, err); !slices.Equal(links, reach.Links("AC-01")) {
			t.Errorf("links of AC-01: %+v", links)
		}
		before, size := h.rows(t, who.Org()), h.leaves(t, who.Org())
		res, err = h.links.Adopt(ctx, who, plan, now.Add(time.Hour))
		if must(t, err); len(res.Unchanged) != 130 || res.Links != 0 {
			t.Errorf("adopting twice: %+v", res)
		}
		if after := h.rows(t, who.Org()); !maps.Equal(before, after) || h.leaves(t, who.Org()) != size {
			t.Errorf("adopting twice wrote: %v, before %v", after, before)
		}
		list, err := h.links.Adoptions(ctx, who, now)
		if must(t, err); len(list) != 130 || list[0].Entry != "AC-01" || list[0].By != who.Account() || list[0].Base.Entry.Statement != entry.Statement {
			t.Errorf("%d adoptions, the first %+v", len(list), list[0])
		}
		earlier, err := h.links.Adoptions(ctx, who, now.Add(-time.Second))
		if must(t, err); len(earlier) != 0 {
			t.Errorf("%d were adopted before anything was", len(earlier))
		}
		theirs, err := h.links.Adoptions(ctx, h.other, now)
		if must(t, err); len(theirs) != 0 {
			t.Errorf("another organisation sees %d adoptions", len(theirs))
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestAttachingKeepsWhatTheCompanyWrote(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who, reach := t.Context(), h.actors[access.Manager], crosswalk.ShippedReach()
		same, _ := reach.Library.Find("AC-01")
		cc61 := framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}
		c := same.Control()
		c.Status, c.Domain = control.Operated, "ours"
		_, err := h.links.Import(ctx, who, crosswalk.ImportPlan{File: "x.csv", Rows: []crosswalk.ImportRow{
			{Control: c, Refs: []framework.Ref{cc61}},
			{Control: control.Control{Code: "AC-02", Title: "Something else", Statement: "It is not the library's."}},
		}}, now)
		must(t, err)
		res, err := h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-01", "AC-02"}}, now)
		must(t, err)
		if !slices.Equal(res.Attached, []string{"AC-01"}) || len(res.Clashes) != 1 || res.Clashes[0].Entry != "AC-02" {
			t.Errorf("attached %v, clashes %+v", res.Attached, res.Clashes)
		}
		have, err := h.controls.Find(ctx, who, "AC-01")
		if must(t, err); have.Status != control.Operated || have.Domain != "ours" || have.Version != 1 {
			t.Errorf("attaching changed the control: %+v", have)
		}
		links, err := h.links.LinksOf(ctx, who, have.ID, now)
		must(t, err)
		if want := reach.Links("AC-01"); !slices.Equal(links, want) {
			t.Errorf("links %+v, want those of the library; the bare tag gets its relation", links)
		}
		res, err = h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-02", "AC-03"}, As: map[string]string{"AC-02": "LIB-02", "AC-03": "ac-02"}}, now)
		must(t, err)
		if !slices.Equal(res.Created, []string{"AC-02"}) || !slices.Equal(res.Attached, []string{"AC-03"}) {
			t.Errorf("under other codes: %+v", res)
		}
		_, err = h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-04"}, As: map[string]string{"AC-04": "LIB-02"}}, now)
		refused(t, "a second entry for one control", err, problem.Invalid)
		_, err = h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-05"}, Owners: map[string]string{"it": "nobody"}, Status: "soon"}, now)
		refused(t, "a status nobody knows", err, problem.Invalid)
	})
}

func TestDeclaringManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Contributor]
		for _, code := range []string{"A-1", "A-2", "A-3"} {
			_, err := h.controls.Create(ctx, who, control.Control{Code: code, Title: "Control " + code}, now)
			must(t, err)
		}
		from := h.leaves(t, who.Org())
		out, err := h.controls.Declare(ctx, who, []string{"a-2", "A-1", "A-2"}, control.Operated, now)
		must(t, err)
		changed := 0
		for _, o := range out {
			if o.Updated {
				changed++
			}
		}
		if len(out) != 3 || changed != 2 {
			t.Errorf("%+v", out)
		}
		if got := h.kinds(t, who.Org(), from); !slices.Equal(got, []string{"control.version", "control.version"}) {
			t.Errorf("leaves %v; each change is a version and a leaf", got)
		}
		_, err = h.controls.Declare(ctx, who, []string{"A-3", "A-9"}, control.Operated, now)
		refused(t, "a code that is none", err, problem.NotFound)
		if c, err := h.controls.Find(ctx, who, "A-3"); err != nil || c.Status != control.Unknown {
			t.Errorf("half of a refused change was written: %+v %v", c, err)
		}
		_, err = h.controls.Declare(ctx, who, []string{"A-3"}, "soon", now)
		refused(t, "a status nobody knows", err, problem.Invalid)
		_, err = h.controls.Declare(ctx, who, nil, control.Operated, now)
		refused(t, "no control", err, problem.Invalid)
	})
}

// newer is the library with other words for AC-01, as the next release may have them.
func newer(t testing.TB) *crosswalk.Reach {
	t.Helper()
	sub, err := fs.Sub(control.Data, "data")
	must(t, err)
	files := fstest.MapFS{}
	for _, name := range []string{"controls.csv", "evidence-kinds.csv", "control-frequencies.csv", "control-mappings.csv", "requirement-covers.csv"} {
		raw, err := fs.ReadFile(sub, name)
		must(t, err)
		text := strings.Replace(string(raw), "AC-01,Named accounts after an identity check,", "AC-01,Named accounts only,", 1)
		text = strings.Replace(text, "AC-01,soc2-2017,CC6.1,subset,", "AC-01,soc2-2017,CC6.1,intersects,", 1)
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	lib, err := control.ReadLibrary(files)
	must(t, err)
	r, err := crosswalk.ReadReach(files, lib)
	must(t, err)
	return r
}

func TestAnUpdateOfTheLibraryIsTakenOrDeclined(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		_, err := h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-01", "AC-02"}}, now)
		must(t, err)
		next := newer(t)
		h.links.WithReach(func() *crosswalk.Reach { return next })
		drift := func() crosswalk.Drift {
			c, err := h.controls.Find(ctx, who, "AC-01")
			must(t, err)
			links, err := h.links.LinksOf(ctx, who, c.ID, now)
			must(t, err)
			list, err := h.links.Adoptions(ctx, who, now)
			must(t, err)
			shipped, _ := next.Take("AC-01")
			return crosswalk.DriftOf(c, links, list[0], shipped, next.Digest("AC-01"), crosswalk.Shipped().Frameworks.Has)
		}
		if d := drift(); d.State != crosswalk.Newer || len(d.Fields) != 1 || len(d.Links) != 1 || d.Worded() {
			t.Errorf("with a newer library: %+v", d)
		}
		digest := next.Digest("AC-01")
		refused(t, "words that are no longer the newest", h.links.DeclineUpdate(ctx, who, "AC-01", "old", now), problem.Conflict)
		must(t, h.links.DeclineUpdate(ctx, who, "AC-01", digest, now))
		if d := drift(); d.State != crosswalk.Same || !d.Declined {
			t.Errorf("after declining: %+v", d)
		}
		size := h.leaves(t, who.Org())
		must(t, h.links.DeclineUpdate(ctx, who, "AC-01", digest, now))
		if h.leaves(t, who.Org()) != size {
			t.Error("declining twice was recorded twice")
		}
		_, err = h.links.TakeUpdate(ctx, who, "AC-01", crosswalk.AdoptUpdate{Digest: digest}, now)
		refused(t, "an update of nothing", err, problem.Invalid)
		pending, err := h.links.TakeUpdate(ctx, who, "AC-01", crosswalk.AdoptUpdate{Digest: digest, Fields: []string{"title"}, Links: true}, now)
		if must(t, err); !pending {
			t.Error("new text came into force without a second person")
		}
		must(t, h.controls.Approve(ctx, h.actors[access.Administrator], "AC-01", 2, now))
		c, err := h.controls.Find(ctx, who, "AC-01")
		if must(t, err); c.Title != "Named accounts only" {
			t.Errorf("after approval: %+v", c)
		}
		if d := drift(); d.State != crosswalk.Same || len(d.Fields)+len(d.Links) != 0 {
			t.Errorf("after the update: %+v", d)
		}
		list, err := h.links.Adoptions(ctx, who, now)
		if must(t, err); list[0].Digest != digest || list[1].Digest != next.Digest("AC-02") {
			t.Errorf("adoptions %+v", list)
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}
