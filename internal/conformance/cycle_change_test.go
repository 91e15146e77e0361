package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// times is how an obligation stood at each of its due days, the oldest first.
func times(v isms.ObligationView) string {
	var out []string
	for _, x := range slices.Backward(v.Occurrences) {
		out = append(out, x.Due.String()+" "+x.Words())
	}
	return strings.Join(out, ", ")
}

func TestAChangeOfAnObligationUndoesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		text := ownObligation("Review of badges")
		text.Every, text.Closes, text.Grace, text.Kind = "P1M", isms.ByItem, 5, "badge-review-record"
		code, err := h.isms.ObligationAdd(ctx, manager, text, on(4, 1))
		must(t, err)
		h.file(t, manager, evidence.Filing{Title: "Badges of April", Kind: text.Kind, CapturedAt: on(4, 20), Links: somewhere}, on(4, 20))
		h.file(t, manager, evidence.Filing{Title: "Badges of May", Kind: text.Kind, CapturedAt: on(5, 20), Links: somewhere}, on(6, 8))
		july := h.file(t, manager, evidence.Filing{Title: "Visitors of July", Kind: "site-record", CapturedAt: on(7, 20), Links: somewhere}, on(7, 20))
		before := "2026-04-30 done, 2026-05-31 done, filed late, 2026-06-30 missed"
		if got := times(h.obligation(t, code, on(7, 10))); !strings.HasPrefix(got, before+", ") {
			t.Fatalf("before the change: %s", got)
		}
		list, err := h.isms.Obligations(ctx, manager, on(7, 10))
		must(t, err)
		if r := list.Rows[0]; r.Past != 3 || r.Kept != 1 {
			t.Errorf("of %d times %d are kept in time, want 1 of 3", r.Past, r.Kept)
		}
		text.Kind, text.Why = "site-record", "Visitors are looked at as well."
		must(t, h.isms.ObligationChange(ctx, manager, code, text, on(7, 10)))
		if got := times(h.obligation(t, code, on(8, 10))); !strings.HasPrefix(got, before+", 2026-07-31 done, ") {
			t.Errorf("after the change: %s", got)
		}
		must(t, h.evidence.Review(ctx, h.actors[access.Administrator], july.ID, evidence.Rejected, "Another site.", on(8, 11)))
		list, err = h.isms.Obligations(ctx, manager, on(8, 11))
		must(t, err)
		if r := list.Rows[0]; r.Past != 4 || r.Kept != 1 {
			t.Errorf("of %d times %d are kept in time, want 1 of 4", r.Past, r.Kept)
		}
		// what is planned ends with it, and what comes back misses nothing meanwhile
		text.Every, text.From = "P3M", cadence.On(2026, 10, 1)
		must(t, h.isms.ObligationChange(ctx, manager, code, text, on(8, 12)))
		must(t, h.isms.ObligationEnd(ctx, manager, code, "The badges are gone.", on(8, 13)))
		denied(t, h.isms.ObligationEnd(ctx, manager, code, "Again.", on(8, 13)), problem.Conflict, "no more")
		ended := times(h.obligation(t, code, on(12, 1)))
		if want := before + ", 2026-07-31 missed"; ended != want {
			t.Errorf("after its end: %s, want %s", ended, want)
		}
		text.From, text.Every = cadence.On(2026, 12, 1), "P1M"
		must(t, h.isms.ObligationChange(ctx, manager, code, text, on(12, 1)))
		if got := times(h.obligation(t, code, on(12, 2))); !strings.HasPrefix(got, ended+", 2026-12-31 ") {
			t.Errorf("asked again: %s", got)
		}
	})
}

func TestAPersonWhoNamesADayOfThePastIsSeen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		text := ownObligation("Review of spare keys")
		code, err := h.isms.ObligationAdd(ctx, manager, text, on(1, 1))
		must(t, err)
		item := h.file(t, manager, evidence.Filing{Title: "Keys", Kind: "site-record", CapturedAt: on(3, 20), Links: somewhere}, on(6, 1))
		must(t, h.isms.ObligationDone(ctx, manager, code, isms.Doing{Due: cadence.On(2026, 3, 31), On: cadence.On(2026, 3, 20), Item: item.ID}, on(6, 1)))
		v := h.obligation(t, code, on(6, 2))
		x := v.Occurrences[len(v.Occurrences)-1]
		if x.Words() != "done, filed late" || x.Filed != cadence.On(2026, 6, 1) || v.Kept != 0 {
			t.Errorf("said on 1 June of 20 March: %s, on record since %s, kept in time %d", x.Words(), x.Filed, v.Kept)
		}
	})
}

// Evidence is on record since it was filed, whenever somebody points to it or corrects
// it. What was rejected was none.
func TestEvidenceFiledInTimeStaysInTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		filing := evidence.Filing{Title: "Keys", Kind: "badge-review-record", CapturedAt: on(3, 20), Links: somewhere}
		correct := func(id string, month time.Month) string {
			t.Helper()
			f := filing
			f.Supersedes = id
			return h.file(t, manager, f, on(month, 1)).ID
		}
		for _, tt := range []struct {
			name   string
			filed  time.Time
			reject bool // before it is corrected
			fixes  int
			since  cadence.Date
			words  string
		}{
			{"filed in time", on(3, 20), false, 0, cadence.On(2026, 3, 20), "done"},
			{"corrected twice since", on(3, 20), false, 2, cadence.On(2026, 3, 20), "done"},
			{"filed late", on(5, 2), false, 0, cadence.On(2026, 5, 2), "done, filed late"},
			{"filed late and corrected since", on(5, 2), false, 1, cadence.On(2026, 5, 2), "done, filed late"},
			{"rejected, and corrected late", on(3, 20), true, 1, cadence.On(2026, 6, 1), "done, filed late"},
		} {
			for _, closes := range []isms.Closing{isms.ByPerson, isms.ByItem} {
				text := ownObligation("Review of spare keys")
				text.Closes = closes
				code, err := h.isms.ObligationAdd(ctx, manager, text, on(1, 1))
				must(t, err)
				id := h.file(t, manager, filing, tt.filed).ID
				if tt.reject {
					must(t, h.evidence.Review(ctx, h.actors[access.Administrator], id, evidence.Rejected, "Another site.", on(5, 20)))
				}
				for n := range tt.fixes {
					id = correct(id, time.Month(6+n))
				}
				if closes == isms.ByPerson {
					must(t, h.isms.ObligationDone(ctx, manager, code, isms.Doing{Due: cadence.On(2026, 3, 31), On: cadence.On(2026, 3, 20), Item: id}, on(8, 1)))
				}
				v := h.obligation(t, code, on(8, 2))
				if x := v.Occurrences[len(v.Occurrences)-1]; x.Words() != tt.words || x.Filed != tt.since {
					t.Errorf("%s, closed by %s: %q, on record since %s; want %q, %s", tt.name, closes, x.Words(), x.Filed, tt.words, tt.since)
				}
				must(t, h.isms.ObligationEnd(ctx, manager, code, "Next case.", on(8, 2)))
				must(t, h.evidence.Erase(ctx, h.actors[access.Administrator], id, "Next case.", on(8, 2)))
			}
		}
	})
}

func TestTheGateTellsNoConcernFromNoneAnswered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		line := func(kind isms.EngagementKind, id string) isms.GateLine {
			t.Helper()
			g, err := h.isms.Gates(ctx, manager, isms.Engagement{Kind: kind, From: today + 40, State: isms.Planned}, now)
			must(t, err)
			for _, l := range g.Asked.Lines {
				if l.ID == id {
					return l
				}
			}
			t.Fatalf("%s is not asked at %s", id, kind)
			return isms.GateLine{}
		}
		if l := line(isms.StageTwo, "MG-31"); l.State != isms.GateMissing || !strings.Contains(l.Why, "No earlier visit") {
			t.Errorf("without stage 1: %s, %s", l.State, l.Why)
		}
		_, err := h.isms.EngagementPut(ctx, manager, isms.Engagement{Kind: isms.StageOne, From: today - 10, To: today - 9, State: isms.Held}, now)
		must(t, err)
		if l := line(isms.StageTwo, "MG-31"); l.State != isms.GateMissing || !strings.Contains(l.Why, "nothing tells") {
			t.Errorf("stage 1 without a word: %s, %s", l.State, l.Why)
		}
		h.file(t, manager, evidence.Filing{Title: "Report of stage 1", Kind: "certification-report", CapturedAt: now, Links: somewhere}, now)
		if l := line(isms.StageTwo, "MG-31"); l.State != isms.GateReady {
			t.Errorf("stage 1 with its report: %s, %s", l.State, l.Why)
		}
		_, err = h.findings.Report(ctx, manager, finding.Draft{Kind: finding.Observation, Source: finding.Source{Kind: finding.FromExternal}, Title: "Scope is vague", Statement: "The boundary to the parent is not said.", Objective: "Read in the scope.", FoundOn: today - 9}, now)
		must(t, err)
		if l := line(isms.StageTwo, "MG-31"); l.State != isms.GateFew || !strings.Contains(l.Why, "Open: F-001") {
			t.Errorf("with a concern: %s, %s", l.State, l.Why)
		}
	})
}

func TestAPopulationCountsForTheWindowItSpeaksOf(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		h.fixed(t, manager, "AC-1", joiners(40))
		for _, tt := range []struct {
			window cadence.Days
			want   isms.GateState
		}{{year, isms.GateReady}, {cadence.Days{From: year.From - 200, To: year.From - 1}, isms.GateMissing}} {
			g, err := h.isms.Gates(ctx, manager, isms.Engagement{Kind: isms.TypeTwo, From: tt.window.From, To: tt.window.To, State: isms.Planned}, now)
			must(t, err)
			i := slices.IndexFunc(g.Asked.Lines, func(l isms.GateLine) bool { return l.ID == "MG-37" })
			if l := g.Asked.Lines[i]; l.State != tt.want {
				t.Errorf("over %s: %s (%s), want %s", tt.window, l.State, l.Why, tt.want)
			}
		}
	})
}

func TestACalendarIsGivenForTenYears(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		_, err := h.isms.EngagementPut(ctx, manager, isms.Engagement{Kind: isms.StageOne, From: cadence.On(2036, 8, 1), To: cadence.On(2036, 8, 2), State: isms.Planned}, now)
		must(t, err)
		from := cadence.On(2026, 8, 1)
		for last, want := range map[cadence.Date]string{from - 1: "before the first", cadence.On(2036, 8, 2): "up to 1 Aug 2036"} {
			_, err := h.isms.Calendar(ctx, manager, cadence.Days{From: from, To: last}, now)
			denied(t, err, problem.Invalid, want)
			if p := problem.Of(err); p.Field != "to" {
				t.Errorf("to %s: the field is %q", last, p.Field)
			}
		}
		list, err := h.isms.Calendar(ctx, manager, cadence.Days{From: from, To: cadence.On(2036, 8, 1)}, now)
		must(t, err)
		if len(list) != 1 {
			t.Errorf("of ten years there are %d entries, want the visit of the last day", len(list))
		}
		if list, err = h.isms.Calendar(ctx, manager, cadence.Days{From: from, To: from}, now); err != nil || len(list) != 0 {
			t.Errorf("of one day there are %d entries, %v", len(list), err)
		}
	})
}
