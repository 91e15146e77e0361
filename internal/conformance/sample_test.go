package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

var year = cadence.Days{From: cadence.On(2025, time.January, 1), To: cadence.On(2025, time.December, 31)}

// joiners is a list of n people in two offices, spread over 2025.
func joiners(n int) []audit.Row {
	var out []audit.Row
	for i := range n {
		office := "Lisbon"
		if i%4 == 3 {
			office = "Oslo"
		}
		out = append(out, audit.Row{N: i + 1, Key: fmt.Sprintf("HR-%03d", i+1), Date: year.From + cadence.Date(i*364/max(n-1, 1)), Stratum: office, Cells: []string{fmt.Sprintf("Person %d", i+1)}})
	}
	return out
}

// population enters a draft with rows.
func (h *house) population(t *testing.T, who access.Actor, code string, rows []audit.Row) audit.Population {
	t.Helper()
	c, err := h.controls.Create(t.Context(), h.actors[access.Administrator], control.Control{Code: code, Title: "Joiners get access that was approved"}, now)
	must(t, err)
	p, err := h.samples.Create(t.Context(), who, audit.Population{Control: c.ID, Name: "Joiners of 2025", Window: year, Pace: audit.EachTime,
		Source: "The personnel system, report Joiners", Parameters: "All countries", ExtractedAt: now.Add(-time.Hour), Completeness: "Compared with the payroll of December: the same 40 people."}, now)
	must(t, err)
	must(t, h.samples.SetRows(t.Context(), who, p.ID, "joiners.csv", []string{"name"}, rows, now))
	return p
}

// fixed is population, fixed.
func (h *house) fixed(t *testing.T, who access.Actor, code string, rows []audit.Row) audit.Population {
	t.Helper()
	p := h.population(t, who, code, rows)
	p, err := h.samples.Fix(t.Context(), who, p.ID, now)
	must(t, err)
	return p
}

func TestPopulationIsFixedForGood(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		from := h.leaves(t, who.Org())
		rows := joiners(40)
		p := h.population(t, who, "JO-1", rows)
		p.Name = "People who joined in 2025"
		must(t, h.samples.Edit(ctx, who, p, now))
		must(t, h.samples.SetRows(ctx, who, p.ID, "joiners-2.csv", []string{"name"}, rows, now)) // in place of the first
		_, err := h.samples.Draw(ctx, who, p.ID, audit.Plan{Method: audit.Random, Size: 5}, now)
		refused(t, "drawing from a draft", err, problem.Conflict)
		refused(t, "erasing a draft", h.samples.Erase(ctx, who, p.ID, "Why not.", now), problem.Conflict)

		fixed, err := h.samples.Fix(ctx, who, p.ID, now.Add(time.Minute))
		must(t, err)
		want, err := audit.HashOf([]string{"name"}, rows)
		must(t, err)
		got, err := h.samples.Find(ctx, h.actors[access.Auditor], p.ID)
		if must(t, err); got.Hash != want || fixed.Hash != want || !got.Fixed() || got.Rows != 40 || got.Name != "People who joined in 2025" || got.File != "joiners-2.csv" || !slices.Equal(got.Columns, []string{"name"}) ||
			got.Window != year || !got.ExtractedAt.Equal(now.Add(-time.Hour)) || got.FixedBy != who.Account() {
			t.Errorf("fixed: %+v", got)
		}
		read, err := h.samples.Rows(ctx, who, p.ID, 39, 10)
		if must(t, err); len(read) != 2 || read[1].Key != "HR-040" || read[1].Date != year.To || read[1].Stratum != "Oslo" || read[1].Cells[0] != "Person 40" {
			t.Errorf("rows 39 and 40: %+v", read)
		}
		refused(t, "editing it", h.samples.Edit(ctx, who, p, now), problem.Conflict)
		refused(t, "other rows", h.samples.SetRows(ctx, who, p.ID, "x.csv", nil, []audit.Row{{N: 1, Key: "1"}}, now), problem.Conflict)
		refused(t, "dropping it", h.samples.Drop(ctx, who, p.ID, now), problem.Conflict)
		_, err = h.samples.Fix(ctx, who, p.ID, now)
		refused(t, "fixing it again", err, problem.Conflict)
		_, err = h.samples.Find(ctx, h.other, p.ID)
		refused(t, "another organisation reading it", err, problem.NotFound)
		for _, sql := range []string{`UPDATE population SET name = 'Other' WHERE org = $1`, `DELETE FROM population WHERE org = $1`, `UPDATE population_row SET row_key = 'X' WHERE org = $1`} {
			if err := h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, sql, who.Org())
				return err
			}); err == nil {
				t.Errorf("%s: the database let it happen", sql)
			}
		}
		wantKinds := []string{"control.version", "population.drafted", "population.drafted", "population.drafted", "population.drafted", "population.fixed"}
		if got := h.kinds(t, who.Org(), from); !slices.Equal(got, wantKinds) {
			t.Errorf("leaves %q", got)
		}
		must(t, h.d.Read(ctx, who.Org(), func(tx *db.Tx) error { return nothingOf(ctx, t, tx, who.Org(), "HR-") }))
	})
}

func TestPopulationMustSayWhereItComesFrom(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		p := h.population(t, who, "JO-2", joiners(3))
		for field, spoil := range map[string]func(*audit.Population){
			"source": func(p *audit.Population) { p.Source = " " }, "completeness": func(p *audit.Population) { p.Completeness = "" }, "extracted": func(p *audit.Population) { p.ExtractedAt = time.Time{} },
		} {
			q := p
			spoil(&q)
			must(t, h.samples.Edit(ctx, who, q, now)) // a draft may be incomplete
			_, err := h.samples.Fix(ctx, who, p.ID, now)
			if refused(t, "fixing without "+field, err, problem.Invalid); err != nil && problem.Of(err).Field != field {
				t.Errorf("without %s: the field at fault is %q", field, problem.Of(err).Field)
			}
		}
		for name, q := range map[string]audit.Population{
			"no name": {Window: year, Pace: audit.EachTime, Control: p.Control}, "no window": {Name: "x", Pace: audit.EachTime, Control: p.Control},
			"a window that ends before it begins": {Name: "x", Pace: audit.EachTime, Control: p.Control, Window: cadence.Days{From: year.To, To: year.From}},
			"no control":                          {Name: "x", Window: year, Pace: audit.EachTime, Control: "none"}, "no pace": {Name: "x", Window: year, Control: p.Control},
			"a list of tomorrow": {Name: "x", Window: year, Pace: audit.EachTime, Control: p.Control, ExtractedAt: now.Add(24 * time.Hour)},
		} {
			_, err := h.samples.Create(ctx, who, q, now)
			refused(t, name, err, problem.Invalid)
		}
		for name, rows := range map[string][]audit.Row{"no rows": nil, "a key twice": {{N: 1, Key: "a", Cells: []string{""}}, {N: 2, Key: "a", Cells: []string{""}}}, "no key": {{N: 1, Cells: []string{""}}}, "a cell too many": {{N: 1, Key: "a"}}} {
			refused(t, name, h.samples.SetRows(ctx, who, p.ID, "a.csv", []string{"name"}, rows, now), problem.Invalid)
		}
		must(t, h.samples.Drop(ctx, who, p.ID, now))
		if rows := h.rows(t, who.Org()); rows["population"] != 0 || rows["population_row"] != 0 {
			t.Errorf("dropped, and still there: %d, %d rows", rows["population"], rows["population_row"])
		}
	})
}

// TestDrawIsSeededAfterTheFixing makes the selection again from what the round
// says, as an auditor would.
func TestDrawIsSeededAfterTheFixing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, auditor := t.Context(), h.actors[access.Manager], h.actors[access.Auditor]
		rows := joiners(40)
		p := h.fixed(t, manager, "JO-3", rows)
		covers := h.leaves(t, manager.Org())
		first, err := h.samples.Draw(ctx, auditor, p.ID, audit.Plan{Method: audit.Stratified, Size: 8}, now)
		must(t, err)
		if first.Number != 1 || first.LogSize < covers || first.Seed != audit.Seed(first.Root, p.Hash, 1) || !strings.Contains(first.Note, first.Root) {
			t.Errorf("round %+v, and the population was fixed with leaf %d", first, covers)
		}
		_, err = h.samples.Draw(ctx, auditor, p.ID, audit.Plan{Method: audit.Stratified, Size: 4}, now)
		refused(t, "more without a reason", err, problem.Invalid)
		_, err = h.samples.Draw(ctx, auditor, p.ID, audit.Plan{Method: audit.Random, Size: 4, Reason: "More."}, now)
		refused(t, "another method", err, problem.Invalid)
		_, err = h.samples.Draw(ctx, auditor, p.ID, audit.Plan{Method: audit.ByHand, Keys: []string{"HR-001", "none"}, Reason: "Odd."}, now)
		refused(t, "an item that is not there", err, problem.Invalid)
		second, err := h.samples.Draw(ctx, auditor, p.ID, audit.Plan{Method: audit.Stratified, Size: 4, Reason: "One exception was found."}, now)
		must(t, err)
		if second.Seed != first.Seed || second.Note != "" {
			t.Errorf("the extension has a seed of its own: %+v", second)
		}
		sel, err := h.samples.Selection(ctx, auditor, p.ID)
		must(t, err)
		order, err := audit.Order(first.Seed, rows)
		must(t, err)
		one, err := audit.Draw(audit.Stratified, order, rows, nil, 8)
		must(t, err)
		taken := map[int]bool{}
		for _, i := range one {
			taken[i] = true
		}
		two, err := audit.Draw(audit.Stratified, order, rows, taken, 4)
		must(t, err)
		var got, want []string
		oslo := 0
		for _, i := range append(one, two...) {
			want = append(want, rows[i].Key)
		}
		for _, i := range sel.Items {
			got = append(got, i.Row.Key)
			if i.Row.Stratum == "Oslo" {
				oslo++
			}
		}
		if !slices.Equal(got, want) || oslo != 3 {
			t.Errorf("drawn %q, %d of Oslo, want %q", got, oslo, want)
		}

		_, err = h.samples.Replace(ctx, auditor, p.ID, sel.Items[0].ID, "", now)
		refused(t, "replacing without a reason", err, problem.Invalid)
		_, err = h.samples.Replace(ctx, auditor, p.ID, sel.Items[0].ID, "The joiner never started.", now)
		must(t, err)
		_, err = h.samples.Replace(ctx, auditor, p.ID, sel.Items[0].ID, "Again.", now)
		refused(t, "replacing it twice", err, problem.Conflict)
		sel, err = h.samples.Selection(ctx, auditor, p.ID)
		must(t, err)
		last := sel.Items[len(sel.Items)-1]
		if last.Replaces != sel.Items[0].ID || sel.Items[0].ReplacedBy != last.ID || last.Row.Stratum != sel.Items[0].Row.Stratum || last.Method != audit.Replacement {
			t.Errorf("the replacement: %+v of %+v", last, sel.Items[0])
		}
		_, err = h.samples.Draw(ctx, auditor, p.ID, audit.Plan{Method: audit.Stratified, Size: 28, Reason: "All the rest."}, now)
		refused(t, "more than are left", err, problem.Invalid)
		_, err = h.samples.Draw(ctx, auditor, p.ID, audit.Plan{Method: audit.All, Reason: "All the rest."}, now)
		must(t, err)
		_, err = h.samples.Draw(ctx, auditor, p.ID, audit.Plan{Method: audit.All, Reason: "And more."}, now)
		refused(t, "all of nothing", err, problem.Invalid)
		for _, table := range []string{"sample_round", "sample_item"} {
			if err := h.d.Write(ctx, auditor.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE org = $1`, auditor.Org())
				return err
			}); err == nil {
				t.Errorf("%s: the database let it be emptied", table)
			}
		}
	})
}

func TestDrawNeedsACheckpoint(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		p := h.fixed(t, who, "JO-4", joiners(10))
		mute := audit.New(h.d, h.log, refusing{})
		before := h.rows(t, who.Org())
		_, err := mute.Draw(ctx, who, p.ID, audit.Plan{Method: audit.Random, Size: 3}, now)
		refused(t, "drawing while the log refuses to sign", err, problem.Conflict)
		if after := h.rows(t, who.Org()); after["sample_round"] != before["sample_round"] || after["log_leaf"] != before["log_leaf"] {
			t.Error("something was drawn without a seed")
		}
		_, err = mute.Draw(ctx, who, p.ID, audit.Plan{Method: audit.ByHand, Keys: []string{"HR-002"}, Reason: "The only contractor."}, now)
		must(t, err) // nothing is left to chance
		r, err := h.samples.Draw(ctx, who, p.ID, audit.Plan{Method: audit.Random, Size: 9, Reason: "Now by chance."}, now)
		if must(t, err); r.Number != 2 || r.Seed != audit.Seed(r.Root, p.Hash, 2) {
			t.Errorf("the seeded round is %+v", r)
		}
		sel, err := h.samples.Selection(ctx, who, p.ID)
		if must(t, err); len(sel.Items) != 10 {
			t.Errorf("%d items, want all ten once", len(sel.Items))
		}
	})
}

type refusing struct{}

func (refusing) Sign(context.Context, string, int64, time.Time) (ledger.Signed, error) {
	return ledger.Signed{}, problem.New(problem.Conflict, "The log was restored from a backup and signs nothing.")
}

func TestJudgementsAreKept(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager, auditor := t.Context(), h.actors[access.Manager], h.actors[access.Auditor]
		p := h.fixed(t, manager, "JO-5", joiners(40))
		must(t, h.samples.SetAttributes(ctx, auditor, p.ID, []string{"Approved", "Approved before access"}, now))
		_, err := h.samples.Draw(ctx, auditor, p.ID, audit.Plan{Method: audit.Random, Size: 5}, now)
		must(t, err)
		sel, err := h.samples.Selection(ctx, auditor, p.ID)
		must(t, err)
		mark := func(i int, a string, r audit.Result, why string) audit.Mark {
			return audit.Mark{Item: sel.Items[i].ID, Attribute: a, Result: r, Reason: why}
		}
		var marks []audit.Mark
		for i := range sel.Items {
			marks = append(marks, mark(i, "A", audit.Pass, ""), mark(i, "B", audit.Pass, ""))
		}
		_, err = h.samples.Judge(ctx, auditor, p.ID, []audit.Mark{mark(0, "A", audit.Pass, ""), mark(1, "A", audit.Exception, "")}, time.Time{}, now)
		refused(t, "an exception without a reason", err, problem.Invalid)
		if got := h.rows(t, auditor.Org())["sample_result"]; got != 0 {
			t.Errorf("%d judgements were written with a faulty one", got)
		}
		at := func(n int) time.Time { return now.Add(time.Duration(n) * time.Hour) }
		n, err := h.samples.Judge(ctx, auditor, p.ID, marks, time.Time{}, at(1))
		if must(t, err); n != 10 {
			t.Errorf("%d judgements, want 10", n)
		}
		n, err = h.samples.Judge(ctx, auditor, p.ID, marks, at(1), at(2)) // the same page sent again
		if must(t, err); n != 0 {
			t.Errorf("the same again wrote %d judgements", n)
		}
		_, err = h.samples.Judge(ctx, auditor, p.ID, []audit.Mark{mark(2, "B", audit.Open, "")}, at(1), at(3))
		refused(t, "another result without a reason", err, problem.Invalid)
		ticket := "0197f1e0-0000-7000-8000-000000000001"
		changed := mark(2, "B", audit.Exception, "Access on the 3rd, approval on the 5th.")
		changed.Evidence = []string{ticket}
		n, err = h.samples.Judge(ctx, auditor, p.ID, []audit.Mark{changed, mark(0, "A", audit.Pass, "")}, at(1), at(3))
		if must(t, err); n != 1 {
			t.Errorf("%d judgements, want the changed one", n)
		}
		// a page opened before that, on which somebody now says something else
		_, err = h.samples.Judge(ctx, manager, p.ID, []audit.Mark{mark(2, "B", audit.NotApplicable, "A contractor.")}, at(1), at(4))
		refused(t, "writing over what somebody found meanwhile", err, problem.Conflict)
		n, err = h.samples.Judge(ctx, manager, p.ID, []audit.Mark{mark(2, "B", audit.Pass, ""), mark(3, "A", audit.NotApplicable, "A contractor.")}, at(1), at(4))
		if must(t, err); n != 1 {
			t.Errorf("%d judgements of the page opened before, want the one that was touched", n)
		}
		history, err := h.samples.History(ctx, manager, sel.Items[2].ID)
		must(t, err)
		if len(history) != 3 || history[0].Result != audit.Exception || history[0].ByName != "Person Auditor" || !slices.Equal(history[0].Evidence, []string{ticket}) || history[1].Result != audit.Pass {
			t.Errorf("history %+v", history)
		}
		_, err = h.samples.Replace(ctx, auditor, p.ID, sel.Items[2].ID, "Inconvenient.", at(5))
		refused(t, "replacing an exception", err, problem.Conflict)
		refused(t, "another text for what was judged", h.samples.SetAttributes(ctx, auditor, p.ID, []string{"Approved", "Approved in time"}, at(5)), problem.Invalid)
		must(t, h.samples.SetAttributes(ctx, auditor, p.ID, []string{"Approved", "Approved before access", "By the right person"}, at(5)))

		sel, err = h.samples.Selection(ctx, auditor, p.ID)
		must(t, err)
		s := audit.Summarise(p.Rows, sel)
		if s.Chance != (audit.Tally{Selected: 5, Exceptions: 1, Open: 4}) || s.Attributes[1].Exceptions != 1 || s.Attributes[1].Passed != 4 || s.Attributes[0].NotApplicable != 1 {
			t.Errorf("summary %+v", s)
		}
		must(t, h.samples.SetAttributes(ctx, auditor, p.ID, []string{"Approved", "Approved before access"}, at(6))) // nobody judged C
		samples, err := h.samples.Samples(ctx, h.actors[access.Viewer])
		must(t, err)
		got := samples[p.Control]
		if len(got) != 1 || got[0].Size != 40 || got[0].Selected != 5 || got[0].Tested != 5 || got[0].Exceptions != 1 || got[0].Window != year || int64(got[0].At) != db.Micros(at(4)) {
			t.Errorf("samples %+v", got)
		}
		lines, err := h.samples.List(ctx, auditor)
		if must(t, err); len(lines) != 1 || lines[0].Rounds != 1 || lines[0].Attributes != 2 || lines[0].Summary.Rate.Exceptions != 1 {
			t.Errorf("list %+v", lines)
		}
		if err := h.d.Write(ctx, auditor.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE sample_result SET result = 'pass' WHERE org = $1`, auditor.Org())
			return err
		}); err == nil {
			t.Error("the database let judgements be changed")
		}
	})
}

func TestErasingRowsLeavesTheHash(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		p := h.fixed(t, who, "JO-6", joiners(10))
		must(t, h.samples.SetAttributes(ctx, who, p.ID, []string{"Approved"}, now))
		_, err := h.samples.Draw(ctx, who, p.ID, audit.Plan{Method: audit.Random, Size: 3}, now)
		must(t, err)
		sel, err := h.samples.Selection(ctx, who, p.ID)
		must(t, err)
		_, err = h.samples.Judge(ctx, who, p.ID, []audit.Mark{{Item: sel.Items[0].ID, Attribute: "A", Result: audit.Exception, Reason: "Person 3 was let in by Person 4."}}, time.Time{}, now)
		must(t, err)
		refused(t, "erasing without a reason", h.samples.Erase(ctx, who, p.ID, "", now), problem.Invalid)
		must(t, h.samples.Erase(ctx, who, p.ID, "Kept for as long as needed.", now.Add(time.Hour)))
		refused(t, "erasing twice", h.samples.Erase(ctx, who, p.ID, "Again.", now), problem.Conflict)
		got, err := h.samples.Find(ctx, who, p.ID)
		if must(t, err); got.Hash != p.Hash || got.Rows != 10 || !got.Erased() || got.ErasedBecause == "" {
			t.Errorf("after the erasure: %+v", got)
		}
		again, err := h.samples.Selection(ctx, who, p.ID)
		must(t, err)
		if len(again.Items) != 3 || again.Items[0].Row.Key != "" || again.Items[0].Row.N != sel.Items[0].Row.N || again.Items[0].Found["A"].Result != audit.Exception || again.Items[0].Found["A"].Reason != "" {
			t.Errorf("the selection after the erasure: %+v", again.Items)
		}
		if s := audit.Summarise(got.Rows, again); s.Rate.Exceptions != 1 {
			t.Errorf("figures after the erasure: %+v", s)
		}
		_, err = h.samples.Draw(ctx, who, p.ID, audit.Plan{Method: audit.Random, Size: 1, Reason: "More."}, now)
		refused(t, "drawing from erased rows", err, problem.Conflict)
		_, err = h.samples.Judge(ctx, who, p.ID, []audit.Mark{{Item: sel.Items[1].ID, Attribute: "A", Result: audit.Pass}}, now, now)
		refused(t, "judging erased rows", err, problem.Conflict)
		if rows := h.rows(t, who.Org()); rows["population_row"] != 0 {
			t.Errorf("%d rows are left", rows["population_row"])
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestCustomarySizesHoldFromTheirDay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Administrator]
		must(t, h.samples.SetBands(ctx, who, audit.Bands{{Pace: audit.Daily, Low: 30, High: 45}, {Pace: audit.Weekly, Low: 5, High: 15}}, now))
		refused(t, "a band the wrong way round", h.samples.SetBands(ctx, who, audit.Bands{{Pace: audit.Daily, Low: 30, High: 20}}, now), problem.Invalid)
		refused(t, "a pace nobody knows", h.samples.SetBands(ctx, who, audit.Bands{{Pace: "sometimes", Low: 1, High: 2}}, now), problem.Invalid)
		for at, want := range map[time.Time]int{now: 30, now.Add(-time.Microsecond): 20} {
			got, err := h.samples.Bands(ctx, h.actors[access.Auditor], at)
			if must(t, err); got.Of(audit.Daily).Low != want || got.Of(audit.Weekly).Low != 5 {
				t.Errorf("at %s: %+v", at, got.Of(audit.Daily))
			}
		}
		if got := h.rows(t, who.Org())["sample_band"]; got != 1 {
			t.Errorf("%d rows, want one: weekly is as it was", got)
		}
	})
}

// TestSampleLeavesCanBeDisclosed takes every leaf about samples and finds what it
// stands for in the rows.
func TestSampleLeavesCanBeDisclosed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		from := h.leaves(t, who.Org())
		p := h.fixed(t, who, "JO-7", joiners(10))
		must(t, h.samples.SetBands(ctx, who, audit.Bands{{Pace: audit.Daily, Low: 30, High: 45}}, now))
		must(t, h.samples.SetAttributes(ctx, who, p.ID, []string{"Approved"}, now))
		_, err := h.samples.Draw(ctx, who, p.ID, audit.Plan{Method: audit.Random, Size: 3}, now)
		must(t, err)
		sel, err := h.samples.Selection(ctx, who, p.ID)
		must(t, err)
		_, err = h.samples.Judge(ctx, who, p.ID, []audit.Mark{{Item: sel.Items[0].ID, Attribute: "A", Result: audit.Pass}}, time.Time{}, now)
		must(t, err)
		_, err = h.samples.Replace(ctx, who, p.ID, sel.Items[1].ID, "Lost.", now)
		must(t, err)
		records, err := h.log.Records(ctx, h.d, who.Org(), from, 100)
		must(t, err)
		opened := map[string]int{}
		open := func() {
			clear(opened)
			for _, r := range records {
				list, err := h.samples.Disclosures(ctx, who, []string{r.ID})
				must(t, err)
				if slices.ContainsFunc(list, func(d ledger.Disclosure) bool { return d.Opens(r) }) {
					opened[r.Kind]++
				}
			}
		}
		open()
		for kind, want := range map[string]int{"population.fixed": 1, "sample.band": 1, "sample.attributes": 1, "sample.drawn": 2, "sample.judged": 1} {
			if opened[kind] != want {
				t.Errorf("%s: %d leaves were opened, want %d", kind, opened[kind], want)
			}
		}
		must(t, h.samples.Erase(ctx, who, p.ID, "Over.", now))
		records, err = h.log.Records(ctx, h.d, who.Org(), from, 100)
		must(t, err)
		open()
		if opened["population.fixed"] != 1 || opened["population.erased"] != 1 || opened["sample.judged"] != 0 {
			t.Errorf("after the erasure these open: %v; what was reasoned is gone", opened)
		}
	})
}
