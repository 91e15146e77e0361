package conformance

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

const hour = time.Hour

// proofs reads all proof of an organisation.
func (h *house) proofs(t testing.TB, who access.Actor) (list []evidence.Proof, place int64) {
	t.Helper()
	place, err := h.evidence.Proofs(t.Context(), who, func(p evidence.Proof) error {
		list = append(list, p)
		return nil
	})
	must(t, err)
	return list, place
}

func TestAReviewIsASecondPersonsWord(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		filer, reviewer, ctx := h.actors[access.Manager], h.actors[access.Administrator], t.Context()
		h.control(t, "AC-1")
		i := h.file(t, filer, h.reviewRecord(t, filer, "Access review", now, "AC-1"), now)
		code(t, "one's own", h.evidence.Review(ctx, filer, i.ID, evidence.Accepted, "", now), problem.Conflict)
		code(t, "a rejection without a word", h.evidence.Review(ctx, reviewer, i.ID, evidence.Rejected, " ", now), problem.Invalid)
		code(t, "neither", h.evidence.Review(ctx, reviewer, i.ID, "fine", "", now), problem.Invalid)
		code(t, "an item that is not there", h.evidence.Review(ctx, reviewer, "none", evidence.Accepted, "", now), problem.NotFound)

		must(t, h.evidence.Review(ctx, reviewer, i.ID, evidence.Rejected, "Half of the accounts are missing.", now.Add(hour)))
		got, err := h.evidence.Find(ctx, reviewer, i.ID)
		if must(t, err); got.Review != evidence.Rejected || got.ReviewNote != "Half of the accounts are missing." || got.ReviewedBy != reviewer.Account() || got.Stands() {
			t.Errorf("%+v", got)
		}
		all, _ := h.proofs(t, reviewer)
		if len(all) != 1 || !all[0].Wrong || all[0].Out != db.Micros(now.Add(hour)) || all[0].Reviewed {
			t.Errorf("proof %+v", all)
		}
		must(t, h.evidence.Review(ctx, reviewer, i.ID, evidence.Accepted, "They were on the second sheet.", now.Add(2*hour)))
		all, _ = h.proofs(t, reviewer)
		if len(all) != 1 || all[0].Wrong || all[0].Out != 0 || !all[0].Reviewed {
			t.Errorf("proof %+v", all)
		}
		history, err := h.evidence.History(ctx, reviewer, i.ID)
		must(t, err)
		var notes []string
		for _, a := range history {
			notes = append(notes, a.Words+": "+a.Note)
		}
		if want := []string{"rejected it: Half of the accounts are missing.", "accepted it: They were on the second sheet."}; !slices.Equal(notes, want) {
			t.Errorf("history %q, want %q", notes, want)
		}
	})
}

func TestACorrectionTakesThePlaceOfTheOlderItem(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		a := h.control(t, "AC-1")
		old := h.file(t, who, h.reviewRecord(t, who, "Access review", now, "AC-1"), now)
		f := h.reviewRecord(t, who, "Access review, complete", now)
		f.Supersedes = old.ID
		later := now.Add(hour)
		next := h.file(t, who, f, later)
		if len(next.Tags) != 1 || next.Tags[0].Control != a.ID {
			t.Errorf("the tags of the older one are not taken over: %+v", next.Tags)
		}
		got, err := h.evidence.Find(ctx, who, old.ID)
		if must(t, err); got.SupersededBy != next.ID || !got.SupersededAt.Equal(later) || got.Title != "Access review" {
			t.Errorf("%+v", got)
		}
		f.Title = "Access review, again"
		_, err = h.evidence.File(ctx, who, f, later)
		code(t, "correcting what was corrected", err, problem.Conflict)
		page, err := h.evidence.List(ctx, who, evidence.Filter{}, later)
		if must(t, err); page.Total != 1 || page.Items[0].ID != next.ID {
			t.Errorf("the library shows %+v", page)
		}
		all, _ := h.proofs(t, who)
		for _, p := range all {
			if out := db.Micros(later); p.Item == old.ID && (p.Out != out || !p.Wrong) || p.Item == next.ID && (p.Out != 0 || p.Wrong) {
				t.Errorf("proof %+v", p)
			}
		}
	})
}

func TestTagsHoldFromTheirMomentOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		a, b := h.control(t, "AC-1"), h.control(t, "AC-2")
		var ids []string
		for _, title := range []string{"one", "two", "three"} {
			ids = append(ids, h.file(t, who, h.reviewRecord(t, who, title, now, "AC-1"), now).ID)
		}
		untagged := h.file(t, who, h.reviewRecord(t, who, "four", now), now)
		page, err := h.evidence.List(ctx, who, evidence.Filter{Untagged: true}, now)
		if must(t, err); page.Total != 1 || page.Items[0].ID != untagged.ID {
			t.Errorf("offered for nothing: %+v", page.Items)
		}
		before := h.leaves(t, who.Org())
		n, err := h.evidence.Tag(ctx, who, append(ids, untagged.ID), evidence.Target{Controls: []string{"AC-1", "AC-2"}}, now.Add(hour))
		if must(t, err); n != 4 {
			t.Errorf("%d changed, want 4", n)
		}
		if kinds := h.kinds(t, who.Org(), before); len(kinds) != 4 {
			t.Errorf("leaves %v, want one for each item", kinds)
		}
		n, err = h.evidence.Tag(ctx, who, ids, evidence.Target{Controls: []string{b.ID}}, now.Add(2*hour))
		if must(t, err); n != 0 || h.leaves(t, who.Org()) != before+4 {
			t.Errorf("tagging anew what is tagged changed %d", n)
		}
		n, err = h.evidence.Untag(ctx, who, ids[:1], evidence.Target{Controls: []string{"AC-1"}}, now.Add(3*hour))
		if must(t, err); n != 1 {
			t.Errorf("%d changed, want 1", n)
		}
		all, _ := h.proofs(t, h.actors[access.Viewer])
		if len(all) != 8 {
			t.Errorf("%d rows of proof, want 8", len(all))
		}
		for _, p := range all {
			known, out := now, int64(0)
			if p.Control == b.ID || p.Item == untagged.ID {
				known = now.Add(hour)
			}
			if p.Control == a.ID && p.Item == ids[0] {
				out = db.Micros(now.Add(3 * hour))
			}
			if p.Known != db.Micros(known) || p.Out != out || p.Wrong != (out != 0) || p.Captured != db.Micros(now.Add(-hour)) {
				t.Errorf("proof %+v", p)
			}
		}
		// a retired control takes nothing new, and what is there can be taken away
		must(t, h.links.MergeControls(ctx, h.actors[access.Manager], b.ID, a.ID, now.Add(4*hour)))
		page, err = h.evidence.List(ctx, who, evidence.Filter{Control: a.ID}, now)
		if must(t, err); page.Total != 4 { // one of them only for the control that was merged into it
			t.Errorf("%d items are offered for the control, want all 4", page.Total)
		}
		_, err = h.evidence.Tag(ctx, who, []string{untagged.ID}, evidence.Target{Controls: []string{"AC-2"}}, now.Add(5*hour))
		code(t, "tagging to a retired control", err, problem.Invalid)
		n, err = h.evidence.Untag(ctx, who, []string{untagged.ID}, evidence.Target{Controls: []string{"AC-2"}}, now.Add(5*hour))
		if must(t, err); n != 1 {
			t.Errorf("%d changed, want 1", n)
		}
		_, err = h.evidence.Tag(ctx, who, []string{"none"}, evidence.Target{Controls: []string{"AC-1"}}, now)
		code(t, "tagging what is not there", err, problem.NotFound)
	})
}

func TestWhoeverHoldsTheDisclosureCanOpenTheLeaf(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		h.control(t, "AC-1")
		h.control(t, "AC-2")
		filer := h.actors[access.Contributor]
		f := h.reviewRecord(t, filer, "Access review — «März» <&>", now, "AC-1")
		f.Requirements, f.ValidFor = append(f.Requirements, annexA), 24*hour
		f.Links = []evidence.Link{{URL: "https://example.com/a?b=1&c=2", SHA256: strings.Repeat("0a", 32)}}
		start := h.leaves(t, who.Org())
		i := h.file(t, filer, f, now)
		_, err := h.evidence.Tag(ctx, filer, []string{i.ID}, evidence.Target{Controls: []string{"AC-2"}}, now.Add(hour))
		must(t, err)
		_, err = h.evidence.Untag(ctx, filer, []string{i.ID}, evidence.Target{Controls: []string{"AC-1"}}, now.Add(2*hour))
		must(t, err)
		must(t, h.evidence.Review(ctx, who, i.ID, evidence.Accepted, "Seen.", now.Add(3*hour)))
		opens := func(want ...string) {
			t.Helper()
			told, err := h.evidence.Disclosures(ctx, who, []string{i.ID})
			must(t, err)
			records, err := h.log.Records(ctx, h.d, who.Org(), start, 100)
			must(t, err)
			var got []string
			for _, d := range told {
				if !slices.ContainsFunc(records, d.Opens) {
					t.Errorf("%s opens no leaf: %s", d.Kind, d.Payload)
				}
				got = append(got, d.Kind)
			}
			if !slices.Equal(got, want) {
				t.Errorf("told of %v, want %v", got, want)
			}
		}
		opens("evidence.filed", "evidence.tagged", "evidence.untagged", "evidence.reviewed")
		must(t, h.evidence.Erase(ctx, who, i.ID, "Sent by mistake.", now.Add(4*hour)))
		opens("evidence.tagged", "evidence.untagged", "evidence.erased")
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestErasureTakesTheContentAndLeavesWhoAndWhy(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		h.control(t, "AC-1")
		f := h.reviewRecord(t, who, "Sick notes of Zebedee", now, "AC-1")
		f.Note, f.Links = "Zebedee was ill.", []evidence.Link{{URL: "https://example.com/zebedee"}}
		i := h.file(t, who, f, now)
		f.Controls, f.Title = nil, "The same file again"
		twin := h.file(t, who, f, now)
		must(t, h.evidence.Review(ctx, h.actors[access.Administrator], i.ID, evidence.Rejected, "Zebedee again.", now))
		digest := i.Files[0].SHA256

		code(t, "without a reason", h.evidence.Erase(ctx, who, i.ID, "", now), problem.Invalid)
		must(t, h.evidence.Erase(ctx, who, i.ID, "Personal data without need.", now.Add(hour)))
		code(t, "twice", h.evidence.Erase(ctx, who, i.ID, "Again.", now.Add(hour)), problem.Conflict)
		got, err := h.evidence.Find(ctx, who, i.ID)
		must(t, err)
		if got.Erased == nil || got.Erased.Reason != "Personal data without need." || got.Erased.By != who.Account() || !got.Erased.At.Equal(now.Add(hour)) ||
			got.Title != "" || got.Note != "" || got.ReviewNote != "" || len(got.Files)+len(got.Links) > 0 || got.Kind != "access-review-record" {
			t.Errorf("%+v", got)
		}
		if _, err := h.blobs.Stat(ctx, who.Org(), digest); err != nil {
			t.Errorf("the file of the other item went with it: %v", err)
		}
		_, _, err = h.evidence.Open(ctx, who, i.ID, 0)
		code(t, "opening what was erased", err, problem.NotFound)
		_, err = h.evidence.Tag(ctx, who, []string{i.ID}, evidence.Target{Controls: []string{"AC-1"}}, now)
		code(t, "tagging what was erased", err, problem.Conflict)
		must(t, h.evidence.Erase(ctx, who, twin.ID, "That too.", now.Add(hour)))
		if _, err := h.blobs.Stat(ctx, who.Org(), digest); !errors.Is(err, blob.ErrMissing) {
			t.Errorf("no item has the file and it is still there: %v", err)
		}
		if found := h.anywhere(t, who.Org(), "ebedee"); len(found) > 0 {
			t.Errorf("the erased text is still in %v", found)
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
		// the same file can be filed anew
		h.file(t, who, h.reviewRecord(t, who, "Sick notes of Zebedee", now.Add(2*hour), "AC-1"), now.Add(2*hour))
		if _, err := h.blobs.Stat(ctx, who.Org(), digest); err != nil {
			t.Error(err)
		}
	})
}

// anywhere names the columns of the organisation's tables that hold a text.
func (h *house) anywhere(t testing.TB, org, text string) []string {
	t.Helper()
	var found []string
	err := h.d.Read(t.Context(), org, func(tx *db.Tx) error {
		for _, table := range tenantTables {
			rows, err := tx.Query(t.Context(), `SELECT * FROM `+table+` WHERE org = $1`, org)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				values := make([]any, len(columns))
				into := make([]any, len(columns))
				for n := range values {
					into[n] = &values[n]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				for n, v := range values {
					b, _ := v.([]byte)
					s, _ := v.(string)
					if strings.Contains(s+string(b), text) {
						found = append(found, table+"."+columns[n])
					}
				}
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, err)
	return found
}

func TestAHoldKeepsEvidenceFromEverybody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		c := h.control(t, "AC-1")
		h.control(t, "AC-2")
		for _, tt := range []struct {
			name string
			held func(id string) evidence.Held
		}{
			{"the item", func(id string) evidence.Held { return evidence.Held{Items: []string{id}} }},
			{"its kind", func(string) evidence.Held { return evidence.Held{Kind: "access-review-record"} }},
			{"its control", func(string) evidence.Held { return evidence.Held{Control: c.Code} }},
		} {
			i := h.file(t, who, h.reviewRecord(t, who, "Held by "+tt.name, now, "AC-1"), now)
			holds, err := h.evidence.Hold(ctx, who, tt.held(i.ID), "Proceedings 7/26", now)
			if must(t, err); len(holds) != 1 {
				t.Fatalf("%s: %d holds", tt.name, len(holds))
			}
			code(t, tt.name, h.evidence.Erase(ctx, who, i.ID, "Out of the way.", now), problem.Conflict)
			must(t, h.evidence.Release(ctx, who, holds[0].ID, "Settled.", now.Add(hour)))
			code(t, tt.name+", released twice", h.evidence.Release(ctx, who, holds[0].ID, "Settled.", now.Add(hour)), problem.NotFound)
			must(t, h.evidence.Erase(ctx, who, i.ID, "Out of the way.", now.Add(hour)))
		}
		_, err := h.evidence.Hold(ctx, who, evidence.Held{Control: "AC-2"}, "Proceedings", now)
		must(t, err)
		i := h.file(t, who, h.reviewRecord(t, who, "Filed under the hold", now, "AC-2"), now)
		code(t, "an item that came after the hold", h.evidence.Erase(ctx, who, i.ID, "Out.", now), problem.Conflict)
		_, err = h.evidence.Hold(ctx, who, evidence.Held{}, "Proceedings", now)
		code(t, "nothing in particular", err, problem.Invalid)
		_, err = h.evidence.Hold(ctx, who, evidence.Held{Control: "AC-2"}, "", now)
		code(t, "without a reason", err, problem.Invalid)
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestTheSweepErasesWhatIsPastItsRetention(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		h.control(t, "AC-1")
		titled := func(title string, captured time.Time, valid time.Duration, kind string) evidence.Item {
			f := h.reviewRecord(t, who, title, now, "AC-1")
			f.CapturedAt, f.ValidFor, f.Kind = captured, valid, kind
			return h.file(t, who, f, now)
		}
		old := titled("old", now.AddDate(-2, 0, 0), 0, "access-review-record")
		held := titled("held", now.AddDate(-2, 0, -1), 0, "access-review-record")
		current := titled("current", now.AddDate(-2, 0, 0), 900*24*hour, "access-review-record")
		young := titled("young", now.AddDate(-2, 0, 0).Add(time.Microsecond), 0, "access-review-record")
		other := titled("other kind", now.AddDate(-9, 0, 0), 0, "backup-report")
		_, err := h.evidence.Hold(ctx, who, evidence.Held{Items: []string{held.ID}}, "Proceedings", now)
		must(t, err)
		code(t, "less than a year", h.evidence.SetRetention(ctx, who, "access-review-record", 11, now), problem.Invalid)
		must(t, h.evidence.Sweep(ctx, who.Org(), now))
		must(t, h.evidence.SetRetention(ctx, who, "access-review-record", 24, now))
		due, err := h.evidence.Expired(ctx, who, now)
		must(t, err)
		var ids []string
		for _, e := range due {
			ids = append(ids, e.Item.ID)
			if e.Held != (e.Item.ID == held.ID) {
				t.Errorf("%+v", e)
			}
		}
		if want := []string{held.ID, old.ID}; !slices.Equal(ids, want) {
			t.Errorf("past retention: %v, want %v", ids, want)
		}
		must(t, h.evidence.Sweep(ctx, who.Org(), now))
		gone := map[string]bool{}
		for _, i := range []evidence.Item{old, held, current, young, other} {
			got, err := h.evidence.Find(ctx, who, i.ID)
			must(t, err)
			if gone[i.Title] = got.Erased != nil; got.Erased != nil && (got.Erased.By != "" || !strings.Contains(got.Erased.Reason, "24 months")) {
				t.Errorf("%+v", got.Erased)
			}
		}
		if want := map[string]bool{"old": true, "held": false, "current": false, "young": false, "other kind": false}; !maps.Equal(gone, want) {
			t.Errorf("erased: %v, want %v", gone, want)
		}
		must(t, h.evidence.SetRetention(ctx, who, "", 12, now)) // every other kind
		must(t, h.evidence.Sweep(ctx, who.Org(), now))
		if got, err := h.evidence.Find(ctx, who, other.ID); err != nil || got.Erased == nil {
			t.Errorf("%+v, %v", got, err)
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestAFileThatIsNeverFiledGoesAfterADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		f := h.reviewRecord(t, who, "Access review", now)
		orphan := h.keep(t, who, "orphan.txt", "nobody files me", now)
		h.file(t, who, f, now)
		must(t, h.evidence.Sweep(ctx, who.Org(), now.Add(24*hour-time.Microsecond)))
		if _, err := h.blobs.Stat(ctx, who.Org(), orphan.SHA256); err != nil {
			t.Errorf("gone before its day was over: %v", err)
		}
		late := h.reviewRecord(t, who, "Late", now)
		_, err := h.evidence.File(ctx, who, late, now.Add(24*hour))
		code(t, "filing a day after the file was sent", err, problem.Invalid)
		must(t, h.evidence.Sweep(ctx, who.Org(), now.Add(24*hour)))
		if _, err := h.blobs.Stat(ctx, who.Org(), orphan.SHA256); !errors.Is(err, blob.ErrMissing) {
			t.Errorf("still there: %v", err)
		}
		if _, err := h.blobs.Stat(ctx, who.Org(), f.Files[0].SHA256); err != nil {
			t.Errorf("a filed file went: %v", err)
		}
	})
}

// broken is an upload that ends in the middle.
type broken struct{ left int }

func (b *broken) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n := min(len(p), b.left)
	b.left -= n
	return n, nil
}

func TestAnInterruptedUploadLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		leaves := h.leaves(t, who.Org())
		_, err := h.evidence.Keep(ctx, who, "big.bin", &broken{left: 3 << 20}, now)
		code(t, "interrupted", err, problem.Invalid)
		_, err = h.evidence.Keep(ctx, who, "empty.txt", strings.NewReader(""), now)
		code(t, "empty", err, problem.Invalid)
		if n := h.rows(t, who.Org())["evidence_blob"]; n != 0 {
			t.Errorf("%d files are kept", n)
		}
		if n := h.leaves(t, who.Org()); n != leaves {
			t.Errorf("%d leaves more", n-leaves)
		}
		kept := 0
		_, err = h.blobs.Verify(ctx, who.Org(), func(string, error) { kept++ })
		if must(t, err); kept != 0 {
			t.Errorf("%d files are not what they were", kept)
		}
	})
}

func TestAMissingOrDamagedFileIsSaidAndChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		i := h.file(t, who, h.reviewRecord(t, who, "Access review", now), now)
		must(t, h.blobs.Delete(ctx, who.Org(), i.Files[0].SHA256))
		leaves := h.leaves(t, who.Org())
		_, _, err := h.evidence.Open(ctx, who, i.ID, 0)
		code(t, "missing", err, problem.Conflict)
		if err != nil && !strings.Contains(err.Error(), i.Files[0].SHA256) {
			t.Errorf("%v does not name the digest", err)
		}
		_, _, err = h.evidence.Open(ctx, who, i.ID, 7)
		code(t, "a file it does not have", err, problem.NotFound)
		got, err := h.evidence.Find(ctx, who, i.ID)
		if must(t, err); len(got.Files) != 1 || h.leaves(t, who.Org()) != leaves {
			t.Errorf("%+v", got)
		}
	})
}

func TestNobodySeesAnotherOrganisationsEvidence(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		h.control(t, "AC-1")
		f := h.reviewRecord(t, who, "Access review", now, "AC-1")
		i := h.file(t, who, f, now)
		_, err := h.evidence.Find(ctx, h.other, i.ID)
		code(t, "find", err, problem.NotFound)
		_, _, err = h.evidence.Open(ctx, h.other, i.ID, 0)
		code(t, "open", err, problem.NotFound)
		code(t, "erase", h.evidence.Erase(ctx, h.other, i.ID, "Mine.", now), problem.NotFound)
		_, err = h.evidence.Tag(ctx, h.other, []string{i.ID}, evidence.Target{Requirements: f.Requirements, Controls: []string{"AC-1"}}, now)
		code(t, "tag", err, problem.Invalid)
		f.Controls = nil
		_, err = h.evidence.File(ctx, h.other, f, now)
		code(t, "filing with a file that another organisation sent", err, problem.Invalid)
		if page, err := h.evidence.List(ctx, h.other, evidence.Filter{}, now); err != nil || page.Total != 0 {
			t.Errorf("%+v, %v", page, err)
		}
		if all, _ := h.proofs(t, h.other); len(all) != 0 {
			t.Errorf("%+v", all)
		}
	})
}

func TestTheLibraryIsReadPageByPage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		h.control(t, "AC-1")
		want := []string{}
		for n := range 23 {
			f := h.reviewRecord(t, who, string(rune('a'+n)), now, "AC-1")
			i := h.file(t, who, f, now.Add(time.Duration(n/5)*hour)) // five each of the same moment
			want = append(want, i.ID)
		}
		var got []string
		for f := (evidence.Filter{Limit: 4}); ; {
			page, err := h.evidence.List(ctx, who, f, now)
			must(t, err)
			if page.Total != 23 || page.More {
				t.Errorf("total %d, more %t", page.Total, page.More)
			}
			for _, i := range page.Items {
				got = append(got, i.ID)
			}
			if f.After = page.Next; f.After == "" {
				break
			}
		}
		slices.Sort(want)
		slices.Reverse(want)
		sorted := slices.Clone(got)
		slices.Sort(sorted)
		slices.Reverse(sorted)
		if !slices.Equal(sorted, want) {
			t.Errorf("%d items on all pages, want each of %d once", len(got), len(want))
		}
		_, err := h.evidence.List(ctx, who, evidence.Filter{After: "nowhere"}, now)
		code(t, "a place that is none", err, problem.Invalid)
	})
}

func TestWhatBecameOfProofSinceAPlaceInTheLog(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		filer := h.actors[access.Contributor]
		h.control(t, "AC-1")
		h.control(t, "AC-2")
		first := h.file(t, filer, h.reviewRecord(t, filer, "first", now, "AC-1", "AC-2"), now)
		second := h.file(t, filer, h.reviewRecord(t, filer, "second", now, "AC-1"), now)
		_, place := h.proofs(t, who)
		step := func(name string, want ...string) {
			t.Helper()
			c, err := h.evidence.ProofsSince(ctx, who, place)
			must(t, err)
			all, now := h.proofs(t, who)
			slices.Sort(want)
			slices.Sort(c.Items)
			if c.All || !slices.Equal(c.Items, want) || c.Place != now {
				t.Errorf("%s: %+v, want %v and the place %d", name, c, want, now)
			}
			all = slices.DeleteFunc(all, func(p evidence.Proof) bool { return !slices.Contains(want, p.Item) })
			same := func(a, b evidence.Proof) int { return strings.Compare(a.Control+a.Item, b.Control+b.Item) }
			slices.SortFunc(all, same)
			slices.SortFunc(c.Proofs, same)
			if !slices.Equal(all, c.Proofs) {
				t.Errorf("%s: %+v, want %+v", name, c.Proofs, all)
			}
			place = c.Place
		}
		step("nothing happened")
		must(t, h.evidence.Review(ctx, who, first.ID, evidence.Accepted, "", now.Add(hour)))
		step("a review", first.ID)
		_, err := h.evidence.Untag(ctx, filer, []string{first.ID}, evidence.Target{Controls: []string{"AC-2"}}, now.Add(2*hour))
		must(t, err)
		step("a tag taken back", first.ID)
		f := h.reviewRecord(t, filer, "third", now.Add(3*hour))
		f.Supersedes = second.ID
		third := h.file(t, filer, f, now.Add(3*hour))
		step("a correction", second.ID, third.ID)
		must(t, h.evidence.Erase(ctx, who, third.ID, "Out.", now.Add(4*hour)))
		step("an erasure", third.ID)
		h.control(t, "AC-3")
		step("something else was written")
		if c, err := h.evidence.ProofsSince(ctx, who, place+1000); err != nil || !c.All {
			t.Errorf("a place that is not reached yet: %+v, %v", c, err)
		}
	})
}

func TestAnUpgradeCarriesWhatEvidenceIsOfferedFor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, day := h.actors[access.Administrator], t.Context(), now.Add(24*hour)
		newer := h.acmeHouse(t, who)
		f := h.reviewRecord(t, who, "Rooms of Zebedee", now)
		f.Requirements = []framework.Ref{rule("R1"), rule("R2"), rule("R3"), rule("R5"), annexA}
		i := h.file(t, who, f, now)
		refs := func() []framework.Ref {
			t.Helper()
			got, err := h.evidence.Find(ctx, who, i.ID)
			must(t, err)
			var out []framework.Ref
			for _, tag := range got.Tags {
				out = append(out, tag.Requirement)
			}
			return out
		}
		before := refs()
		plan, err := h.links.PlanUpgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, day)
		must(t, err)
		if s := plan.Stranded(); plan.Answers() != 4 || len(s) != 1 || s[0].Requirement != "R5" || s[0].Text != "Access review record of 1 March 2026" {
			t.Errorf("%d answers, without a place: %+v", plan.Answers(), s)
		}
		_, place := h.proofs(t, who)
		u, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, map[string][]string{"R2": {"R2", "R9"}}, day)
		must(t, err)
		if want := []framework.Ref{rule("R5"), newRule("R1"), newRule("R2"), newRule("R6"), newRule("R9"), annexA}; !slices.Equal(refs(), want) {
			t.Errorf("offered for %v, want %v", refs(), want)
		}
		c, err := h.evidence.ProofsSince(ctx, who, place)
		if must(t, err); !slices.Equal(c.Items, []string{i.ID}) {
			t.Errorf("changed %+v", c)
		}
		for _, p := range c.Proofs {
			if gone := slices.Contains([]framework.Ref{rule("R1"), rule("R2"), rule("R3")}, p.Requirement); p.Wrong || gone != (p.Out != 0) {
				t.Errorf("what was carried was right until then: %+v", p)
			}
		}
		if found := h.anywhere(t, who.Org(), "ebedee"); !slices.Equal(found, []string{"evidence_item.title", "evidence_item.search", "evidence_file.name"}) {
			t.Errorf("the title stands in %v, where no erasure reaches it", found)
		}
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(hour))
		must(t, err)
		if !slices.Equal(refs(), before) {
			t.Errorf("after undo offered for %v, before %v", refs(), before)
		}
		u, err = h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "acme-2025", newer.ID, nil, day.Add(2*hour))
		must(t, err)
		_, err = h.evidence.Untag(ctx, who, []string{i.ID}, evidence.Target{Requirements: []framework.Ref{newRule("R6")}}, day.Add(3*hour))
		must(t, err)
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(4*hour))
		code(t, "undoing over what was taken back since", err, problem.Conflict)
		must(t, h.evidence.Erase(ctx, who, i.ID, "Out.", day.Add(5*hour)))
		_, err = h.links.UndoUpgrade(ctx, who, u.ID, day.Add(6*hour))
		must(t, err)
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestManyWhoFileTheSameAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		h.control(t, "AC-1")
		f := h.reviewRecord(t, who, "Access review", now, "AC-1")
		keyed := f
		keyed.Key, keyed.CapturedAt = "once", f.CapturedAt.Add(-hour)
		var filed, refused, same atomic.Int64
		var first sync.Map
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, err := h.evidence.File(ctx, who, f, now)
				switch {
				case err == nil:
					filed.Add(1)
				case problem.Of(err).Code == problem.Conflict:
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
			wg.Go(func() {
				i, err := h.evidence.File(ctx, who, keyed, now)
				if err != nil {
					t.Error(err)
				}
				if _, again := first.LoadOrStore(i.ID, true); again {
					same.Add(1)
				}
			})
		}
		wg.Wait()
		if filed.Load() != 1 || refused.Load() != 7 || same.Load() != 7 {
			t.Errorf("%d filed and %d refused, want 1 and 7; with a key %d got the first, want 7", filed.Load(), refused.Load(), same.Load())
		}
		if n := h.rows(t, who.Org())["evidence_item"]; n != 2 {
			t.Errorf("%d items, want 2", n)
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestAFileThatIsSentWhileItIsErasedIsNeverLost(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		for round := range 6 {
			at := now.Add(time.Duration(round) * hour)
			content := fmt.Sprintf("round %d", round)
			old := h.file(t, who, evidence.Filing{Title: "Old", Kind: "backup-report", CapturedAt: at, Files: []evidence.File{h.keep(t, who, "a.txt", content, at)}}, at)
			var kept evidence.File
			var failed error
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := h.evidence.Erase(ctx, who, old.ID, "Out.", at); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() { kept, failed = h.evidence.Keep(ctx, who, "a.txt", strings.NewReader(content), at) })
			wg.Wait()
			if failed != nil {
				code(t, "sent while it was erased", failed, problem.Busy)
				continue
			}
			i, err := h.evidence.File(ctx, who, evidence.Filing{Title: "New", Kind: "backup-report", CapturedAt: at, Files: []evidence.File{kept}}, at)
			must(t, err)
			_, r, err := h.evidence.Open(ctx, who, i.ID, 0)
			if must(t, err); r != nil {
				r.Close()
			}
		}
	})
}
