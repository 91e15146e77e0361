package conformance

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// keep sends a file.
func (h *house) keep(t testing.TB, who access.Actor, name, content string, at time.Time) evidence.File {
	t.Helper()
	f, err := h.evidence.Keep(t.Context(), who, name, strings.NewReader(content), at)
	must(t, err)
	return f
}

// reviewRecord is a filing that lacks nothing, captured an hour before it is filed.
func (h *house) reviewRecord(t testing.TB, who access.Actor, title string, at time.Time, controls ...string) evidence.Filing {
	t.Helper()
	return evidence.Filing{Title: title, Kind: "access-review-record", CapturedAt: at.Add(-time.Hour), Controls: controls,
		Files: []evidence.File{h.keep(t, who, title+".txt", "content of "+title, at)}}
}

func (h *house) file(t testing.TB, who access.Actor, f evidence.Filing, at time.Time) evidence.Item {
	t.Helper()
	i, err := h.evidence.File(t.Context(), who, f, at)
	must(t, err)
	return i
}

func (h *house) control(t testing.TB, code string) control.Control {
	t.Helper()
	c, err := h.controls.Create(t.Context(), h.actors[access.Administrator], control.Control{Code: code, Title: "A control"}, now)
	must(t, err)
	return c
}

// code fails the test unless err is a problem of a kind.
func code(t testing.TB, what string, err error, want problem.Code) {
	t.Helper()
	if err == nil || problem.Of(err).Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestAnItemComesBackAsItWasFiled(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		a, b := h.control(t, "AC-1"), h.control(t, "AC-2")
		for n, text := range nasty {
			at := now.Add(time.Duration(n) * time.Hour)
			f := evidence.Filing{Title: text, Note: text + "\nsecond line", Kind: "backup-report", CapturedAt: at.Add(-time.Minute), ValidFor: 90 * 24 * time.Hour,
				Period: cadence.Days{From: cadence.On(2026, 1, 1), To: cadence.On(2026, 2, 28)}, Source: evidence.Connector, Collector: text, Version: "1.2",
				Links:    []evidence.Link{{URL: "https://example.com/?q=" + fmt.Sprint(n)}},
				Controls: []string{"ac-2", a.ID}, Requirements: []framework.Ref{annexA},
				Files: []evidence.File{h.keep(t, who, text, "bytes "+text, at)}}
			i := h.file(t, who, f, at)
			got, err := h.evidence.Find(ctx, who, i.ID)
			must(t, err)
			if got.Title != text || got.Note != f.Note || got.Collector != text || got.Version != "1.2" || got.Period != f.Period || got.ValidFor != f.ValidFor ||
				!got.CapturedAt.Equal(f.CapturedAt.Truncate(time.Microsecond)) || got.FiledBy != who.Account() || !slices.Equal(got.Links, f.Links) {
				t.Errorf("%+v, want %+v", got, f)
			}
			if len(got.Tags) != 3 || got.Tags[0].Control != a.ID || got.Tags[1].Control != b.ID || got.Tags[2].Requirement != annexA {
				t.Errorf("tags %+v", got.Tags)
			}
			file, r, err := h.evidence.Open(ctx, who, i.ID, 0)
			must(t, err)
			content, err := io.ReadAll(r)
			must(t, err)
			r.Close()
			if string(content) != "bytes "+text || file.Bytes != int64(len(content)) {
				t.Errorf("content %q of %+v", content, file)
			}
			page, err := h.evidence.List(ctx, who, evidence.Filter{Text: strings.ToUpper(text)}, at)
			if must(t, err); page.Total != 1 || page.Items[0].ID != i.ID {
				t.Errorf("%q is not found by its text: %+v", text, page)
			}
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestWhatIsWrongWithAFilingIsSaid(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		h.control(t, "AC-1")
		good := h.reviewRecord(t, who, "Access review", now, "AC-1")
		for _, tt := range []struct {
			name, field string
			change      func(f *evidence.Filing)
		}{
			{"no title", "title", func(f *evidence.Filing) { f.Title = "  " }},
			{"a kind nobody knows", "kind", func(f *evidence.Filing) { f.Kind = "screenshot" }},
			{"no moment of capture", "captured_at", func(f *evidence.Filing) { f.CapturedAt = time.Time{} }},
			{"captured a moment after it is filed", "captured_at", func(f *evidence.Filing) { f.CapturedAt = now.Add(time.Microsecond) }},
			{"captured before 2000", "captured_at", func(f *evidence.Filing) { f.CapturedAt = time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC) }},
			{"a period backwards", "period", func(f *evidence.Filing) {
				f.Period = cadence.Days{From: cadence.On(2026, 2, 1), To: cadence.On(2026, 1, 1)}
			}},
			{"a period that is not over", "period", func(f *evidence.Filing) {
				f.Period = cadence.Days{From: cadence.On(2026, 2, 1), To: cadence.On(2026, 3, 31)}
			}},
			{"valid for less than nothing", "valid_for", func(f *evidence.Filing) { f.ValidFor = -time.Hour }},
			{"nothing to look at", "file", func(f *evidence.Filing) { f.Files = nil }},
			{"a file nobody sent", "file", func(f *evidence.Filing) { f.Files = []evidence.File{{Name: "x", SHA256: strings.Repeat("ab", 32)}} }},
			{"a digest that is none", "file", func(f *evidence.Filing) { f.Files = []evidence.File{{Name: "x", SHA256: "xyz"}} }},
			{"a link that runs", "links", func(f *evidence.Filing) { f.Links = []evidence.Link{{URL: "javascript:alert(1)"}} }},
			{"a control that is not there", "controls", func(f *evidence.Filing) { f.Controls = []string{"ZZ-9"} }},
			{"a requirement that is not there", "requirements", func(f *evidence.Filing) {
				f.Requirements = []framework.Ref{{Framework: "iso27001-2022", ID: "A.99"}}
			}},
			{"a program without a name", "collector", func(f *evidence.Filing) { f.Source, f.Collector = evidence.Agent, "" }},
			{"it corrects nothing", "supersedes", func(f *evidence.Filing) { f.Supersedes = "none" }},
		} {
			f := good
			tt.change(&f)
			_, err := h.evidence.File(ctx, who, f, now)
			if code(t, tt.name, err, problem.Invalid); err != nil && problem.Of(err).Field != tt.field {
				t.Errorf("%s: field %q, want %q", tt.name, problem.Of(err).Field, tt.field)
			}
		}
		if n := h.rows(t, who.Org())["evidence_item"]; n != 0 {
			t.Errorf("%d items were filed all the same", n)
		}
		h.file(t, who, good, now) // captured at the moment of filing would do as well
		good.CapturedAt, good.Title = now, "Captured now"
		h.file(t, who, good, now)
	})
}

func TestFilingTwiceWithOneKeyFilesOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		h.control(t, "AC-1")
		f := h.reviewRecord(t, who, "Access review", now, "AC-1")
		f.Key = "upload-17"
		first := h.file(t, who, f, now)
		leaves := h.leaves(t, who.Org())
		again := h.file(t, who, f, now.Add(time.Minute))
		if again.ID != first.ID || !again.FiledAt.Equal(first.FiledAt) || h.leaves(t, who.Org()) != leaves {
			t.Errorf("filed %s and %s, %d leaves more", first.ID, again.ID, h.leaves(t, who.Org())-leaves)
		}
		other := h.reviewRecord(t, h.actors[access.Manager], "Access review by another", now, "AC-1")
		other.Key = "upload-17"
		if i := h.file(t, h.actors[access.Manager], other, now); i.ID == first.ID {
			t.Error("the key of one account found the item of another")
		}
		f.Key = ""
		_, err := h.evidence.File(ctx, who, f, now)
		code(t, "the same bytes of the same moment under the same control", err, problem.Conflict)
		if err != nil && !strings.Contains(err.Error(), first.ID) {
			t.Errorf("%v does not name %s", err, first.ID)
		}
		h.control(t, "AC-2")
		f.Controls = []string{"AC-2"}
		h.file(t, who, f, now)
		f.Controls, f.CapturedAt = []string{"AC-1"}, f.CapturedAt.Add(time.Second)
		h.file(t, who, f, now)
	})
}
