package conformance

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

var points = &crosswalk.PointSheet{File: "points.csv", Framework: "soc2-2017", Points: []crosswalk.Point{{Requirement: "CC6.1", Number: "1", Text: "Own words of a test."}}, Rows: []int{2}}

func TestPointsOfFocusNeedALicence(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		cc61 := framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}
		read := func(who access.Actor) []crosswalk.Point {
			list, err := h.links.Points(ctx, who, cc61)
			must(t, err)
			return list
		}
		before := h.rows(t, who.Org())
		refused(t, "an import without a licence", h.links.ImportPoints(ctx, who, points, false, now), problem.Invalid)
		faulty := *points
		faulty.Faults = []crosswalk.PointFault{{Row: 3, Field: "text", Text: "It is empty."}}
		refused(t, "an import with faults", h.links.ImportPoints(ctx, who, &faulty, true, now), problem.Invalid)
		if after := h.rows(t, who.Org()); after["point_of_focus"] != 0 || after["log_leaf"] != before["log_leaf"] {
			t.Errorf("something was written: %v", after)
		}

		from := h.leaves(t, who.Org())
		must(t, h.links.ImportPoints(ctx, who, points, true, now))
		must(t, h.links.ImportPoints(ctx, who, points, true, now.Add(time.Hour))) // the same again
		if got := read(h.actors[access.Viewer]); !slices.Equal(got, points.Points) {
			t.Errorf("a viewer reads %+v", got)
		}
		if got := read(h.other); len(got) != 0 {
			t.Errorf("another organisation reads %+v", got)
		}
		runs, err := h.links.PointImports(ctx, who)
		if must(t, err); len(runs) != 1 || runs[0].Points != 1 || runs[0].ByName != "Person Manager" || !runs[0].At.Equal(now) {
			t.Errorf("imports %+v", runs)
		}

		newer := &crosswalk.PointSheet{File: "newer.csv", Framework: "soc2-2017", Points: []crosswalk.Point{{Requirement: "CC6.1", Number: "a", Text: "Better words."}, {Requirement: "CC6.2", Number: "a", Text: "More words."}}}
		must(t, h.links.ImportPoints(ctx, who, newer, true, now.Add(2*time.Hour)))
		if got := read(who); len(got) != 1 || got[0].Text != "Better words." {
			t.Errorf("after the newer list: %+v; it replaces the other as a whole", got)
		}
		refused(t, "erasing what is not there", h.links.ErasePoints(ctx, who, "gdpr", now), problem.NotFound)
		must(t, h.links.ErasePoints(ctx, who, "soc2-2017", now.Add(3*time.Hour)))
		if got := read(who); len(got) != 0 {
			t.Errorf("erased, and still there: %+v", got)
		}
		runs, err = h.links.PointImports(ctx, who)
		if must(t, err); len(runs) != 0 {
			t.Errorf("imports %+v after the erasure", runs)
		}
		if got, want := h.kinds(t, who.Org(), from), []string{"points.imported", "points.imported", "points.erased"}; !slices.Equal(got, want) {
			t.Errorf("leaves %q, want %q", got, want)
		}
		left := 0
		must(t, h.d.Read(ctx, who.Org(), func(tx *db.Tx) error {
			if err := tx.QueryRow(ctx, `SELECT count(*) FROM point_import WHERE org = $1 AND salt <> ''`, who.Org()).Scan(&left); err != nil {
				return err
			}
			return nothingOf(ctx, t, tx, who.Org(), "words")
		}))
		if left != 0 {
			t.Errorf("%d salts are left: the log could be asked about the text", left)
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

// nothingOf fails if a word is in the log.
func nothingOf(ctx context.Context, t *testing.T, tx *db.Tx, org, word string) error {
	rows, err := tx.Query(ctx, `SELECT data FROM log_leaf WHERE org = $1`, org)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var data string
		if err := rows.Scan(&data); err != nil {
			return err
		}
		if strings.Contains(data, word) {
			t.Errorf("the log has %s", data)
		}
	}
	return rows.Err()
}
