package conformance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// linked enters a control with tags of SOC 2.
func (h *house) linked(t testing.TB, who access.Actor, code string, at time.Time, ids ...string) control.Control {
	t.Helper()
	c, err := h.controls.Create(t.Context(), who, control.Control{Code: code, Title: "Access review", Statement: "The owners review access each quarter."}, at)
	must(t, err)
	var links []crosswalk.Link
	for _, id := range ids {
		links = append(links, crosswalk.Link{Ref: framework.Ref{Framework: "soc2-2017", ID: id}})
	}
	must(t, h.links.SetLinks(t.Context(), who, c.ID, links, at))
	return c
}

// tags returns what a control counts for at a moment, such as "CC6.1 CC6.2".
func (h *house) tags(t testing.TB, who access.Actor, c control.Control, at time.Time) string {
	t.Helper()
	links, err := h.links.LinksOf(t.Context(), who, c.ID, at)
	must(t, err)
	var out []string
	for _, l := range links {
		out = append(out, l.Ref.ID)
	}
	return fmt.Sprint(out)
}

func (h *house) codes(t testing.TB, who access.Actor) string {
	t.Helper()
	list, err := h.controls.List(t.Context(), who, control.Filter{})
	must(t, err)
	var out []string
	for _, c := range list {
		out = append(out, c.Code)
	}
	return fmt.Sprint(out)
}

func TestAMergedControlIsKeptAndCanComeBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		keep, gone := h.linked(t, who, "AC-1", now, "CC6.1", "CC6.2"), h.linked(t, who, "UR-7", now, "CC6.2", "CC6.3")
		from := h.leaves(t, who.Org())
		merged, back := now.Add(time.Hour), now.Add(2*time.Hour)
		must(t, h.links.MergeControls(ctx, who, gone.ID, keep.ID, merged))
		if got := h.codes(t, who); got != "[AC-1]" {
			t.Errorf("listed %s, want the one that is left", got)
		}
		if k, g := h.tags(t, who, keep, merged), h.tags(t, who, gone, merged); k != "[CC6.1 CC6.2 CC6.3]" || g != "[]" {
			t.Errorf("after the merge: %s and %s", k, g)
		}
		if k, g := h.tags(t, who, keep, merged.Add(-1000)), h.tags(t, who, gone, merged.Add(-1000)); k != "[CC6.1 CC6.2]" || g != "[CC6.2 CC6.3]" {
			t.Errorf("the moment before: %s and %s; the past stays", k, g)
		}
		c, err := h.controls.Find(ctx, who, "ur-7")
		if must(t, err); c.MergedInto != "AC-1" {
			t.Errorf("its code leads to %q", c.MergedInto)
		}
		if vs, err := h.controls.History(ctx, who, "UR-7"); err != nil || len(vs) != 1 {
			t.Errorf("its history: %d versions, %v", len(vs), err)
		}
		list, err := h.controls.Retirements(ctx, who)
		if must(t, err); len(list) != 1 || list[0].Code != "UR-7" || list[0].To != "AC-1" || list[0].ByName != "Person Manager" || !list[0].At.Equal(merged) {
			t.Errorf("retired: %+v", list)
		}

		// nothing changes it meanwhile
		c.Title = "Something else"
		_, err = h.controls.Edit(ctx, who, c, merged)
		refused(t, "an edit of it", err, problem.Conflict)
		refused(t, "links for it", h.links.SetLinks(ctx, who, gone.ID, []crosswalk.Link{{Ref: framework.Ref{Framework: "soc2-2017", ID: "CC1.1"}}}, merged), problem.Conflict)
		refused(t, "merging it again", h.links.MergeControls(ctx, who, gone.ID, keep.ID, merged), problem.Conflict)
		refused(t, "merging the other into it", h.links.MergeControls(ctx, who, keep.ID, gone.ID, merged), problem.Conflict)
		refused(t, "merging one into itself", h.links.MergeControls(ctx, who, keep.ID, keep.ID, merged), problem.Invalid)
		refused(t, "another control with its code", second(h.controls.Create(ctx, who, control.Control{Code: "UR-7", Title: "x"}, merged)), problem.Conflict)
		res, err := h.links.Import(ctx, who, crosswalk.ImportPlan{File: "again.csv", Rows: []crosswalk.ImportRow{{Control: control.Control{Code: "UR-7", Title: "Newer"}, Refs: []framework.Ref{{Framework: "soc2-2017", ID: "CC1.1"}}}}}, merged)
		if must(t, err); !slices.Equal(res.Unchanged, []string{"UR-7"}) || h.tags(t, who, gone, merged) != "[]" {
			t.Errorf("importing it again: %+v", res)
		}

		must(t, h.links.Unmerge(ctx, who, gone.ID, back))
		if k, g := h.tags(t, who, keep, back), h.tags(t, who, gone, back); k != "[CC6.1 CC6.2]" || g != "[CC6.2 CC6.3]" {
			t.Errorf("taken back: %s and %s, want what each had", k, g)
		}
		if got := h.codes(t, who); got != "[AC-1 UR-7]" {
			t.Errorf("listed %s", got)
		}
		refused(t, "taking it back twice", h.links.Unmerge(ctx, who, gone.ID, back), problem.NotFound)
		want := []string{"control.retired", "link.set", "link.set", "control.restored", "link.set", "link.set"}
		if got := h.kinds(t, who.Org(), from); !slices.Equal(got, want) {
			t.Errorf("leaves %q, want %q", got, want)
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func second[T any](_ T, err error) error { return err }

func TestWhatTheSurvivorGotLaterStays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		keep, gone := h.linked(t, who, "AC-1", now, "CC6.1"), h.linked(t, who, "UR-7", now, "CC6.3")
		must(t, h.links.MergeControls(ctx, who, gone.ID, keep.ID, now.Add(time.Hour)))
		must(t, h.links.SetLinks(ctx, who, keep.ID, []crosswalk.Link{
			{Ref: framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}}, {Ref: framework.Ref{Framework: "soc2-2017", ID: "CC7.2"}},
			{Ref: framework.Ref{Framework: "soc2-2017", ID: "CC6.3"}, Relation: "intersects"}}, now.Add(2*time.Hour)))
		must(t, h.links.Unmerge(ctx, who, gone.ID, now.Add(3*time.Hour)))
		if got := h.tags(t, who, keep, now.Add(3*time.Hour)); got != "[CC6.1 CC6.3 CC7.2]" {
			t.Errorf("%s: CC6.3 was judged anew since, and CC7.2 came later; both stay", got)
		}
	})
}

func TestJudgementsAreRemembered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		a, b := h.linked(t, who, "AC-1", now), h.linked(t, who, "UR-7", now)
		from := h.leaves(t, who.Org())
		distinct := crosswalk.Judgement{Kind: crosswalk.Distinct, Control: a.ID, Other: b.ID}
		is := crosswalk.Judgement{Kind: crosswalk.IsEntry, Control: a.ID, Entry: "AC-04"}
		must(t, h.links.Judge(ctx, who, []crosswalk.Judgement{distinct, is}, now))
		must(t, h.links.Judge(ctx, who, []crosswalk.Judgement{{Kind: crosswalk.Distinct, Control: b.ID, Other: a.ID}, is}, now.Add(time.Hour))) // said already
		if got := h.kinds(t, who.Org(), from); len(got) != 2 {
			t.Errorf("leaves %q, want two: the same word is not written twice", got)
		}
		at := func(when time.Time) map[string]string {
			said, err := h.links.Judgements(ctx, who, when)
			must(t, err)
			return crosswalk.Entries(nil, said)
		}
		is.Entry = "AC-05" // a second thought
		must(t, h.links.Judge(ctx, who, []crosswalk.Judgement{is}, now.Add(2*time.Hour)))
		if got := at(now.Add(2 * time.Hour)); len(got) != 1 || got[a.ID] != "AC-05" {
			t.Errorf("entries %v, want AC-05", got)
		}
		if got := at(now.Add(time.Hour)); got[a.ID] != "AC-04" {
			t.Errorf("an hour before: %v, want AC-04", got)
		}
		must(t, h.links.Judge(ctx, who, []crosswalk.Judgement{{Kind: crosswalk.NotEntry, Control: a.ID, Entry: "AC-05"}}, now.Add(3*time.Hour)))
		if got := at(now.Add(3 * time.Hour)); len(got) != 0 {
			t.Errorf("entries %v, want none", got)
		}
		said, err := h.links.Judgements(ctx, who, now.Add(3*time.Hour))
		must(t, err)
		if len(said) != 2 || said[0].Kind != crosswalk.NotEntry || said[1].ByName != "Person Manager" {
			t.Errorf("said %+v", said)
		}
		must(t, h.links.Reconsider(ctx, who, said[0].ID, now.Add(4*time.Hour)))
		refused(t, "reconsidering twice", h.links.Reconsider(ctx, who, said[0].ID, now.Add(4*time.Hour)), problem.NotFound)
		refused(t, "an entry that is none", h.links.Judge(ctx, who, []crosswalk.Judgement{{Kind: crosswalk.IsEntry, Control: a.ID, Entry: "ZZ-99"}}, now), problem.Invalid)
		refused(t, "a control that is none", h.links.Judge(ctx, who, []crosswalk.Judgement{{Kind: crosswalk.IsEntry, Control: "none", Entry: "AC-04"}}, now), problem.NotFound)
		refused(t, "one control twice", h.links.Judge(ctx, who, []crosswalk.Judgement{{Kind: crosswalk.Distinct, Control: a.ID, Other: a.ID}}, now), problem.Invalid)
		refused(t, "another organisation's control", h.links.Judge(ctx, h.other, []crosswalk.Judgement{distinct}, now), problem.NotFound)
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

// TestEnablingTodayAsksNothingOfYesterday holds effective frequencies to the
// moment they are asked for.
func TestEnablingTodayAsksNothingOfYesterday(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		c := h.linked(t, who, "AC-1", now)
		must(t, h.links.Judge(ctx, who, []crosswalk.Judgement{{Kind: crosswalk.IsEntry, Control: c.ID, Entry: "AC-04"}}, now))
		must(t, h.links.Enable(ctx, who, "pci-dss-4.0.1", now.Add(24*time.Hour)))
		for when, want := range map[time.Duration]string{23 * time.Hour: "", 24 * time.Hour: "semiannual"} {
			at := now.Add(when)
			ids, err := h.links.Frameworks(ctx, who, at)
			must(t, err)
			var list []*framework.Framework
			for _, id := range ids {
				f, _ := framework.Shipped().Find(id)
				list = append(list, f)
			}
			scope, err := h.links.Scope(ctx, who, at)
			must(t, err)
			said, err := h.links.Judgements(ctx, who, at)
			must(t, err)
			e := crosswalk.EffectiveFrequency(crosswalk.Performed{Control: c, Entry: crosswalk.Entries(nil, said)[c.ID]}, crosswalk.AskedOf(list, scope))
			if e.Frequency.String() != want {
				t.Errorf("after %v: %q, want %q", when, e.Frequency, want)
			}
		}
	})
}

// TestAMergeTakesTheAdoptionAlong keeps the covers of the library true when an
// adopted control is merged into one of the organisation's own.
func TestAMergeTakesTheAdoptionAlong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		own := h.linked(t, who, "UR-7", now, "CC6.2")
		_, err := h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-04"}}, now)
		must(t, err)
		adopted, err := h.controls.Find(ctx, who, "AC-04")
		must(t, err)
		at := func(when time.Time) string {
			list, err := h.links.Adoptions(ctx, who, when)
			must(t, err)
			if len(list) != 1 || list[0].Entry != "AC-04" {
				t.Fatalf("adoptions %+v", list)
			}
			return list[0].Control
		}
		must(t, h.links.MergeControls(ctx, who, adopted.ID, own.ID, now.Add(time.Hour)))
		if at(now) != adopted.ID || at(now.Add(time.Hour)) != own.ID {
			t.Error("the adoption stays where it was before the merge, and goes to the survivor with it")
		}
		_, err = h.controls.Declare(ctx, who, []string{"AC-04"}, control.Operated, now.Add(time.Hour))
		refused(t, "declaring the merged one", err, problem.Conflict)
		must(t, h.links.Unmerge(ctx, who, adopted.ID, now.Add(2*time.Hour)))
		if at(now.Add(2*time.Hour)) != adopted.ID {
			t.Error("taken back, the adoption is with its control again")
		}

		// a merged control still holds its code
		must(t, h.links.MergeControls(ctx, who, own.ID, adopted.ID, now.Add(3*time.Hour)))
		res, err := h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-05"}, As: map[string]string{"AC-05": "UR-7"}}, now.Add(4*time.Hour))
		if must(t, err); len(res.Clashes) != 1 || len(res.Created)+len(res.Attached) != 0 {
			t.Errorf("adopting AC-05 as the merged control: %+v", res)
		}
	})
}
