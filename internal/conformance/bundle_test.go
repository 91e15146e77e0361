package conformance

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/standing"
	"github.com/toucan-grc/toucan/internal/wire"
)

// soc2 is SOC 2 read by own controls, AC-4 being operated and tagged to CC6.2.
func soc2(t testing.TB) standing.Reading {
	t.Helper()
	f, ok := crosswalk.Shipped().Frameworks.Find("soc2-2017")
	if !ok {
		t.Fatal("no SOC 2")
	}
	return standing.Reading{Framework: f, Operated: map[string][]string{"CC6.2": {"AC-4"}}}
}

// checked composes, writes and checks a bundle.
func (h *house) checked(t testing.TB, s *report.Store, who access.Actor, window cadence.Days, at time.Time) (report.Findings, []byte) {
	t.Helper()
	b, err := s.Compose(t.Context(), who, report.Asked{Reading: soc2(t), Window: window}, at)
	must(t, err)
	var out bytes.Buffer
	must(t, s.Write(t.Context(), who, b, &out, at))
	policy, err := h.trail.Policy(t.Context(), who)
	must(t, err)
	return report.Verify(bytes.NewReader(out.Bytes()), int64(out.Len()), report.Check{Policy: []byte(policy.String())}), out.Bytes()
}

// bundleOf returns what a bundle that must hold has in it.
func (h *house) bundleOf(t testing.TB, s *report.Store, who access.Actor, window cadence.Days, at time.Time) (report.Findings, map[string]string) {
	t.Helper()
	found, out := h.checked(t, s, who, window, at)
	if len(found.Failures) > 0 {
		t.Errorf("the bundle does not hold: %q", found.Failures)
	}
	z, err := zip.NewReader(bytes.NewReader(out), int64(len(out)))
	must(t, err)
	content := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		data, err := io.ReadAll(r)
		must(t, err)
		content[f.Name] = string(data)
	}
	return found, content
}

func TestABundleShowsWhatCountsAndSaysWhatItLeavesOut(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		s := h.reports
		ac4, err := h.controls.Create(ctx, who, control.Control{Code: "AC-4", Title: "Access review", Kind: control.Periodic, Frequency: "quarterly", Status: control.Operated, Since: cadence.On(2025, 1, 1)}, now)
		must(t, err)
		other, err := h.controls.Create(ctx, who, control.Control{Code: "XX-1", Title: "Something else", Status: control.Operated}, now)
		must(t, err)
		must(t, h.links.Enable(ctx, who, "soc2-2017", now))
		must(t, h.links.SetLinks(ctx, who, ac4.ID, []crosswalk.Link{{Ref: framework.Ref{Framework: "soc2-2017", ID: "CC6.2"}}}, now))
		file := func(title, content, of string, captured time.Time) evidence.Item {
			t.Helper()
			f, err := h.evidence.Keep(ctx, who, title+".csv", strings.NewReader(content), now)
			must(t, err)
			i, err := h.evidence.File(ctx, who, evidence.Filing{Title: title, Kind: "access-review-record", CapturedAt: captured, Source: evidence.Person, Files: []evidence.File{f}, Controls: []string{of}}, now)
			must(t, err)
			return i
		}
		review := file("Review of the first quarter", "ada,keep\n", ac4.ID, time.Date(2025, 3, 20, 9, 0, 0, 0, time.UTC))
		file("Not of SOC 2", "secret salaries\n", other.ID, time.Date(2025, 3, 21, 9, 0, 0, 0, time.UTC))
		file("Years before", "old\n", ac4.ID, time.Date(2020, 3, 21, 9, 0, 0, 0, time.UTC))
		gone := file("Erased", "personal\n", ac4.ID, time.Date(2025, 4, 21, 9, 0, 0, 0, time.UTC))
		must(t, h.evidence.Erase(ctx, who, gone.ID, "A person asked for it.", now))

		window := cadence.Days{From: cadence.On(2025, 1, 1), To: cadence.On(2025, 12, 31)}
		found, content := h.bundleOf(t, s, who, window, now.Add(time.Minute))
		var all strings.Builder
		for name, data := range content {
			all.WriteString(data)
			if strings.HasPrefix(name, "evidence/") && data != "ada,keep\n" && data != "old\n" {
				t.Errorf("%s holds %q", name, data)
			}
		}
		if !strings.Contains(content["evidence.csv"], review.ID) || !strings.Contains(content["controls.csv"], "AC-4,Access review,exceptions") {
			t.Errorf("the pages do not show the review: %s\n%s", content["evidence.csv"], content["controls.csv"])
		}
		for _, hidden := range []string{"secret salaries", "Not of SOC 2", "personal\n", "Something else"} {
			if strings.Contains(all.String(), hidden) {
				t.Errorf("the bundle gives away %q", hidden)
			}
		}
		var why []string
		for _, w := range found.Manifest.Withheld {
			why = append(why, w.Why)
		}
		if len(why) != 2 || !slices.ContainsFunc(why, func(s string) bool { return strings.HasPrefix(s, "erased") }) {
			t.Errorf("withheld %q", why)
		}

		t.Run("the next bundle goes on from the first", func(t *testing.T) {
			again, later := h.bundleOf(t, s, who, window, now.Add(time.Hour))
			if again.Leaves <= found.Leaves {
				t.Errorf("%d leaves, then %d", found.Leaves, again.Leaves)
			}
			if !strings.Contains(later["leaves.jsonl"], content["leaves.jsonl"]) {
				t.Error("the leaves of the first are not the beginning of the second")
			}
		})
	})
}

func TestABundleNeedsTheRightToTakeReportsOut(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := h.reports
		for role, who := range h.actors {
			_, err := s.Compose(t.Context(), who, report.Asked{Reading: soc2(t)}, now)
			may := access.Allowed(role, access.ExportReports)
			if refusedHere := err != nil && problem.Of(err).Code == problem.Forbidden; refusedHere == may {
				t.Errorf("%s: %v", role, err)
			}
		}
	})
}

// feeds has a test feed a control that a criterion of SOC 2 asks for.
func (h *house) feeds(t testing.TB, who access.Actor, title, test string) {
	t.Helper()
	c, err := h.controls.Create(t.Context(), who, control.Control{Code: "AC-4", Title: title, Status: control.Operated, Since: cadence.On(2025, 1, 1)}, now)
	must(t, err)
	must(t, h.links.Enable(t.Context(), who, "soc2-2017", now))
	must(t, h.links.SetLinks(t.Context(), who, c.ID, []crosswalk.Link{{Ref: framework.Ref{Framework: "soc2-2017", ID: "CC6.2"}}}, now))
	must(t, h.results.Assign(t.Context(), who, test, c.ID, now))
}

// TestABundleProvesWhatDevicesSaidAndHidesTheRest has two devices say two things in one
// batch, of which only one feeds a control of the framework.
func TestABundleProvesWhatDevicesSaidAndHidesTheRest(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		h.feeds(t, who, "Encrypted disks", "device.disk-encrypted")
		var words []device.Word
		for _, key := range []string{"a", "b"} {
			words = append(words, device.Word{Kind: device.Osquery, Key: key, Platform: wire.Linux, Results: []wire.Result{off, {Check: wire.ScreenLock, Verdict: wire.Fail, Reason: wire.NoTimeout}}})
		}
		taken, err := h.devices.Take(ctx, h.machine(t), words, now)
		must(t, err)

		found, content := h.bundleOf(t, h.reports, who, cadence.Days{From: cadence.DateOf(now, time.UTC), To: cadence.DateOf(now, time.UTC)}, now.Add(time.Minute))
		changes := content["changes.jsonl"]
		if found.Changes != 2 || found.Manifest.Unproven != 0 || strings.Count(changes, "\n") != 2 || strings.Count(changes, `"test":"device.disk-encrypted"`) != 2 {
			t.Errorf("%d results are proven, %d not: %s", found.Changes, found.Manifest.Unproven, changes)
		}
		for _, id := range taken.Devices {
			if !strings.Contains(changes, id) {
				t.Errorf("device %s is not among %s", id, changes)
			}
		}
		for name, data := range content {
			if strings.Contains(data, "device.screen-lock") || strings.Contains(data, wire.NoTimeout.Words()) {
				t.Errorf("%s gives away what no control asks for", name)
			}
		}
	})
}

// TestABundleProvesWhatWentOnFromBeforeItsWindow has a test find the same all year: what
// it found first is all there is of it in the log.
func TestABundleProvesWhatWentOnFromBeforeItsWindow(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		h.feeds(t, who, "Backups", "own.backup")
		at := now
		for range 9 { // to the end of October
			_, err := h.results.Push(ctx, h.actors[access.Contributor], []result.Report{{Test: "own.backup", Subject: "nightly", State: result.Pass, At: at, ValidFor: 40 * 24 * time.Hour}}, at)
			must(t, err)
			at = at.AddDate(0, 0, 30)
		}
		found, content := h.bundleOf(t, h.reports, who, cadence.Days{From: cadence.On(2026, 6, 1), To: cadence.On(2026, 8, 31)}, at)
		if changes := content["changes.jsonl"]; found.Changes != 1 || found.Manifest.Unproven != 0 || !strings.Contains(changes, `"test":"own.backup"`) {
			t.Errorf("%d results are proven, %d not: %s", found.Changes, found.Manifest.Unproven, changes)
		}
	})
}

// TestABundleOfWhichAFailWasRemovedDoesNotHold has somebody with the database make a fail
// that the log knows a pass, or take it away.
func TestABundleOfWhichAFailWasRemovedDoesNotHold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who, day := t.Context(), h.actors[access.Manager], 24*time.Hour
		h.feeds(t, who, "Backups", "own.backup")
		push := func(state result.State, at, now time.Time) {
			t.Helper()
			_, err := h.results.Push(ctx, h.actors[access.Contributor], []result.Report{{Test: "own.backup", Subject: "nightly", State: state, At: at, ValidFor: 4 * day}}, now)
			must(t, err)
		}
		push(result.Pass, now, now)
		push(result.Fail, now.Add(2*day), now.Add(2*day))
		push(result.Fail, now.Add(day), now.Add(2*day)) // told late
		push(result.Pass, now.Add(5*day), now.Add(5*day))
		push(result.Pass, now.Add(8*day), now.Add(8*day)) // goes on, and leaves no leaf
		check := func(window cadence.Days) report.Findings {
			t.Helper()
			f, _ := h.checked(t, h.reports, who, window, now.Add(9*day))
			return f
		}
		windows := []cadence.Days{{From: cadence.On(2026, 3, 1), To: cadence.On(2026, 3, 31)}, {From: cadence.On(2026, 3, 4), To: cadence.On(2026, 3, 4)}, {}}
		for _, w := range windows {
			if f := check(w); len(f.Failures) > 0 || !slices.Contains(f.Notes, "results.csv says the same as these, of the time they speak of.") {
				t.Errorf("the bundle of %v: %q, %q", w, f.Failures, f.Notes)
			}
		}
		for _, tamper := range []string{
			`UPDATE result_interval SET state = 'pass' WHERE org = $1 AND state = 'fail'`,
			`DELETE FROM result_interval WHERE org = $1 AND from_at > $2 AND from_at < $3`,
		} {
			must(t, h.d.Write(ctx, who.Org(), db.Devices, func(ctx context.Context, tx *db.Tx) error {
				args := []any{who.Org(), db.Micros(now), db.Micros(now.Add(5 * day))}
				_, err := tx.Exec(ctx, tamper, args[:strings.Count(tamper, "$")]...)
				return err
			}))
			for _, w := range windows {
				if f := check(w); len(f.Failures) != 1 || !strings.Contains(f.Failures[0], "results.csv: of own.backup, nightly, it does not say fail") {
					t.Errorf("after %s the bundle of %v: %q", tamper, w, f.Failures)
				}
			}
		}
	})
}
