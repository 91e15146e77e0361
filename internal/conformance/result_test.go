package conformance

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
)

// reported is one report of a test that runs hourly; minutes are counted from now, and may
// be negative.
func reported(subject string, state result.State, minutes int) result.Report {
	r := result.Report{Test: "idp.mfa-enforced", Subject: subject, State: state, At: now.Add(time.Duration(minutes) * time.Minute), ValidFor: 90 * time.Minute}
	if state != result.Pass {
		r.Reason = fmt.Sprintf("found in minute %d", minutes)
	}
	return r
}

func push(t testing.TB, h *house, at time.Time, reports ...result.Report) result.Pushed {
	t.Helper()
	p, err := h.results.Push(t.Context(), h.actors[access.Contributor], reports, at)
	must(t, err)
	return p
}

// lines writes the intervals of the window around now, as minutes from now.
func lines(t testing.TB, h *house, subject string) []string {
	t.Helper()
	list, err := h.results.Timeline(t.Context(), h.actors[access.Auditor],
		result.Window{Tests: []string{"idp.mfa-enforced"}, Subject: subject, From: now.Add(-24 * time.Hour), To: now.Add(24 * time.Hour)})
	must(t, err)
	var out []string
	for _, i := range list {
		out = append(out, fmt.Sprintf("%g to %g %s", i.From.Sub(now).Minutes(), i.To.Sub(now).Minutes(), i.State))
	}
	return out
}

func TestResultsBecomeIntervals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		org := h.actors[access.Contributor].Org()
		from := h.leaves(t, org)
		at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
		for _, x := range []struct {
			minute int
			state  result.State
			want   result.Pushed
		}{
			{0, result.Pass, result.Pushed{Reports: 1, Transitions: 1}},
			{60, result.Pass, result.Pushed{Reports: 1, Extended: 1}},
			{120, result.Pass, result.Pushed{Reports: 1, Extended: 1}},
			{180, result.Fail, result.Pushed{Reports: 1, Transitions: 1}},
			{240, result.Pass, result.Pushed{Reports: 1, Transitions: 1}},
			{600, result.Pass, result.Pushed{Reports: 1, Transitions: 1}}, // after a silence
		} {
			p := push(t, h, at(x.minute), reported("host-1", x.state, x.minute))
			if (p.Batch != "") != (p.Transitions > 0) {
				t.Errorf("minute %d: batch %q", x.minute, p.Batch)
			}
			if p.Batch = ""; p != x.want {
				t.Errorf("minute %d: %+v, want %+v", x.minute, p, x.want)
			}
			again := push(t, h, at(x.minute), reported("host-1", x.state, x.minute))
			if again != (result.Pushed{Reports: 1, Unchanged: 1}) {
				t.Errorf("minute %d, the same again: %+v", x.minute, again)
			}
		}
		want := []string{"0 to 180 pass", "180 to 240 fail", "240 to 330 pass", "600 to 690 pass"}
		if got := lines(t, h, "host-1"); !slices.Equal(got, want) {
			t.Errorf("intervals %q\nwant %q", got, want)
		}
		if got := h.kinds(t, org, from); !slices.Equal(got, []string{"result.batch", "result.batch", "result.batch", "result.batch"}) {
			t.Errorf("leaves %q: one for each transition, and none for what only goes on", got)
		}
		late := push(t, h, at(610), reported("host-1", result.CouldNotTell, 30))
		if late.Transitions != 1 {
			t.Errorf("a late report: %+v", late)
		}
		want = []string{"0 to 30 pass", "30 to 60 could_not_tell", "60 to 180 pass", "180 to 240 fail", "240 to 330 pass", "600 to 690 pass"}
		if got := lines(t, h, "host-1"); !slices.Equal(got, want) {
			t.Errorf("after a late report %q\nwant %q", got, want)
		}
		if got := lines(t, h, "host-2"); len(got) != 0 {
			t.Errorf("another subject has %q", got)
		}
		must(t, h.log.Verify(t.Context(), h.d, org))
	})
}

// TestAnyOrderOfResultsIsTheSame pushes the same reports of three hosts in two
// orders and different batches to two organisations.
func TestAnyOrderOfResultsIsTheSame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		states := []result.State{result.Pass, result.Pass, result.Fail, result.NotApplicable}
		var all []result.Report
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 75 {
			x := reported(fmt.Sprintf("host-%d", i%3), states[r.IntN(4)], -r.IntN(1200))
			x.ValidFor = time.Duration(1+r.IntN(120)) * time.Minute
			all = append(all, x)
		}
		rows := func(who access.Actor, size int) []result.Row {
			for part := range slices.Chunk(all, size) {
				_, err := h.results.Push(t.Context(), who, part, now)
				must(t, err)
			}
			var out []result.Row
			numbers := map[string][]result.Row{}
			must(t, h.results.Checks(t.Context(), who, func(r result.Row) error {
				numbers[fmt.Sprint(r.Subject)] = append(numbers[fmt.Sprint(r.Subject)], r)
				return nil
			}))
			for _, n := range slices.Sorted(maps.Keys(numbers)) {
				out = append(out, numbers[n]...)
			}
			return out
		}
		one := rows(h.actors[access.Administrator], 75)
		subject := map[string]int32{} // numbered in the order they came
		for _, x := range all {
			if _, ok := subject[x.Subject]; !ok {
				subject[x.Subject] = int32(len(subject) + 1)
			}
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		two := rows(h.other, 7)
		again := map[int32]int32{}
		next := int32(0)
		for _, x := range all {
			if n := subject[x.Subject]; again[n] == 0 {
				next++
				again[n] = next
			}
		}
		for i := range one {
			one[i].Subject = again[one[i].Subject]
		}
		slices.SortStableFunc(one, func(a, b result.Row) int { return int(a.Subject - b.Subject) })
		if len(one) < 10 || !slices.Equal(one, two) {
			t.Errorf("one order %+v\nanother  %+v", one, two)
		}
	})
}

func TestBadBatchesLeaveNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Contributor]
		good := reported("host-1", result.Pass, 0)
		with := func(change func(*result.Report)) []result.Report {
			bad := good
			change(&bad)
			return []result.Report{good, bad}
		}
		before := h.rows(t, who.Org())
		for name, x := range map[string]struct {
			batch []result.Report
			field string
		}{
			"none":                  {nil, "results"},
			"too many":              {slices.Repeat([]result.Report{good}, 1001), "results"},
			"no test":               {with(func(r *result.Report) { r.Test = "" }), "results[1].test"},
			"a key in capitals":     {with(func(r *result.Report) { r.Test = "IDP.MFA" }), "results[1].test"},
			"a long key":            {with(func(r *result.Report) { r.Test = strings.Repeat("a", 101) }), "results[1].test"},
			"no subject":            {with(func(r *result.Report) { r.Subject = " " }), "results[1].subject"},
			"a subject of 2 lines":  {with(func(r *result.Report) { r.Subject = "a\nb" }), "results[1].subject"},
			"a long subject":        {with(func(r *result.Report) { r.Subject = strings.Repeat("ä", 201) }), "results[1].subject"},
			"a subject with NUL":    {with(func(r *result.Report) { r.Subject = "a\x00" }), "results[1].subject"},
			"no state":              {with(func(r *result.Report) { r.State = "" }), "results[1].state"},
			"stale":                 {with(func(r *result.Report) { r.State = result.Stale }), "results[1].state"},
			"a long reason":         {with(func(r *result.Report) { r.State, r.Reason = result.Fail, strings.Repeat("x", 301) }), "results[1].reason"},
			"no time":               {with(func(r *result.Report) { r.At = time.Time{} }), "results[1].at"},
			"six minutes ahead":     {with(func(r *result.Report) { r.At = now.Add(6 * time.Minute) }), "results[1].at"},
			"eleven years ago":      {with(func(r *result.Report) { r.At = now.AddDate(-11, 0, 0) }), "results[1].at"},
			"no end":                {with(func(r *result.Report) { r.ValidFor = 0 }), "results[1].valid_for"},
			"two ends":              {with(func(r *result.Report) { r.Until = now.Add(time.Hour) }), "results[1].until"},
			"an end before it":      {with(func(r *result.Report) { r.ValidFor, r.Until = 0, r.At }), "results[1].until"},
			"less than nothing":     {with(func(r *result.Report) { r.ValidFor = -time.Hour }), "results[1].valid_for"},
			"good for 401 days":     {with(func(r *result.Report) { r.ValidFor = 401 * 24 * time.Hour }), "results[1].valid_for"},
			"good for a nanosecond": {with(func(r *result.Report) { r.ValidFor = 1 }), "results[1].valid_for"},
		} {
			_, err := h.results.Push(ctx, who, x.batch, now)
			if p := problem.Of(err); err == nil || p.Code != problem.Invalid || p.Field != x.field {
				t.Errorf("%s: %v, want a fault of %s", name, err, x.field)
			} else if strings.Contains(x.field, "[1]") && !strings.Contains(p.Text, "Result 2: ") {
				t.Errorf("%s: %q does not name the row", name, p.Text)
			}
		}
		if after := h.rows(t, who.Org()); !maps.Equal(before, after) {
			t.Errorf("something was written: %v, before %v", after, before)
		}
		push(t, h, now, with(func(r *result.Report) { r.At = now.Add(5 * time.Minute) })...) // just not too far ahead
	})
}

// TestClockSetBack: a server whose clock was put right, back by a day, refuses what
// it would call the future and keeps what it knew.
func TestClockSetBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		push(t, h, now, reported("host-1", result.Pass, 0))
		before := lines(t, h, "host-1")
		who := h.actors[access.Contributor]
		yesterday := now.Add(-24 * time.Hour)
		_, err := h.results.Push(t.Context(), who, []result.Report{reported("host-1", result.Fail, 0)}, yesterday)
		if p := problem.Of(err); err == nil || p.Field != "results[0].at" || !strings.Contains(p.Text, "in the future") {
			t.Errorf("err = %v", err)
		}
		if got := lines(t, h, "host-1"); !slices.Equal(got, before) {
			t.Errorf("%q, before %q", got, before)
		}
		p := push(t, h, yesterday, reported("host-1", result.Fail, -24*60))
		if got := lines(t, h, "host-1"); p.Transitions != 1 || !slices.Equal(got, []string{"-1440 to -1350 fail", "0 to 90 pass"}) {
			t.Errorf("%+v, %q", p, got)
		}
		must(t, h.log.Verify(t.Context(), h.d, who.Org()))
	})
}

// TestLateContradictionIsRefused has more reports than are kept one by one.
func TestLateContradictionIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 60 {
			m := -3000 + 60*i
			push(t, h, now.Add(time.Duration(m)*time.Minute), reported("host-1", result.Pass, m))
		}
		before := lines(t, h, "host-1")
		who := h.actors[access.Contributor]
		_, err := h.results.Push(t.Context(), who, []result.Report{reported("host-2", result.Pass, 0), reported("host-1", result.Fail, -2930)}, now)
		if p := problem.Of(err); err == nil || p.Field != "results[1].at" || !strings.Contains(p.Text, "Leave it out") {
			t.Errorf("err = %v", err)
		}
		if got := append(lines(t, h, "host-1"), lines(t, h, "host-2")...); !slices.Equal(got, before) {
			t.Errorf("%q, before %q", got, before)
		}
		if p := push(t, h, now, reported("host-1", result.Pass, -2930)); p.Transitions != 0 {
			t.Errorf("one that says the same: %+v", p)
		}
		if p := push(t, h, now, reported("host-1", result.Fail, -4000)); p.Transitions != 1 {
			t.Errorf("one from before them all: %+v", p)
		}
	})
}

func TestLatestTellsWhatIsStale(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Auditor]
		push(t, h, now, reported("host-1", result.Pass, 0), reported("host-2", result.Fail, 0), reported("host-3", result.Pass, -100))
		states := func(f result.Filter, at time.Time) string {
			p, err := h.results.Latest(ctx, who, f, at)
			must(t, err)
			var out []string
			for _, i := range p.Results {
				out = append(out, i.Subject+" "+string(i.State))
			}
			return strings.Join(out, ", ")
		}
		for _, x := range []struct {
			f    result.Filter
			at   time.Time
			want string
		}{
			{result.Filter{}, now, "host-1 pass, host-2 fail, host-3 stale"},
			{result.Filter{State: result.Stale}, now, "host-3 stale"},
			{result.Filter{State: result.Fail}, now, "host-2 fail"},
			{result.Filter{State: result.Pass}, now.Add(89 * time.Minute), "host-1 pass"},
			{result.Filter{State: result.Pass}, now.Add(90 * time.Minute), ""},
			{result.Filter{Text: "HOST-2"}, now, "host-2 fail"},
			{result.Filter{Text: "100%"}, now, ""},
			{result.Filter{Tests: []string{"another"}}, now, ""},
			{result.Filter{Limit: 1, After: "idp.mfa-enforced\nhost-1"}, now, "host-2 fail"},
		} {
			if got := states(x.f, x.at); got != x.want {
				t.Errorf("%+v at %v: %q, want %q", x.f, x.at, got, x.want)
			}
		}
		first, err := h.results.Latest(ctx, who, result.Filter{Limit: 2}, now)
		must(t, err)
		rest, err := h.results.Latest(ctx, who, result.Filter{Limit: 2, After: first.Next}, now)
		if must(t, err); len(first.Results) != 2 || len(rest.Results) != 1 || rest.Next != "" {
			t.Errorf("pages of %d and %d, next %q", len(first.Results), len(rest.Results), rest.Next)
		}
		sums, err := h.results.Summaries(ctx, who, now)
		if must(t, err); len(sums) != 1 || sums[0].Subjects != 3 || !sums[0].LastAt.Equal(now) ||
			!maps.Equal(sums[0].Counts, map[result.State]int{result.Pass: 1, result.Fail: 1, result.Stale: 1}) {
			t.Errorf("summaries %+v", sums)
		}
		list, err := h.results.Timeline(ctx, who, result.Window{Tests: []string{"idp.mfa-enforced"}, Subject: "host-3", From: now, To: now.Add(time.Hour)})
		must(t, err)
		filled := result.Fill(list, now, now.Add(time.Hour))
		if len(filled) != 1 || filled[0].State != result.Stale || !filled[0].From.Equal(now) || !filled[0].To.Equal(now.Add(time.Hour)) {
			t.Errorf("a window after the last report: %+v; it should be stale from end to end", filled)
		}
	})
}

func TestTestsFeedControls(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Manager]
		_, err := h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-03"}}, now)
		must(t, err)
		own, err := h.controls.Create(ctx, who, control.Control{Code: "OWN-1", Title: "Ours"}, now)
		must(t, err)
		from := h.leaves(t, who.Org())
		later, end := now.Add(time.Hour), now.Add(2*time.Hour)
		must(t, h.results.Assign(ctx, who, "own.backup-restored", own.ID, later))
		must(t, h.results.Assign(ctx, who, "own.backup-restored", own.ID, later)) // again
		feeds := func(at time.Time) string {
			list, err := h.results.Feeds(ctx, h.actors[access.Viewer], at)
			must(t, err)
			var out []string
			for _, f := range list {
				line := f.Test
				if f.Own {
					line += " own"
				}
				if !f.Until.IsZero() {
					line += " ended"
				}
				out = append(out, line)
			}
			slices.Sort(out)
			return strings.Join(out, ", ")
		}
		for _, x := range []struct {
			at   time.Time
			want string
		}{
			{now.Add(-time.Hour), ""},
			{now, "people.leaver-access-removed"},
			{later, "own.backup-restored own, people.leaver-access-removed"},
		} {
			if got := feeds(x.at); got != x.want {
				t.Errorf("at %v: %q, want %q", x.at, got, x.want)
			}
		}
		must(t, h.results.Unassign(ctx, who, "own.backup-restored", own.ID, end))
		if got := feeds(end); got != "own.backup-restored own ended, people.leaver-access-removed" {
			t.Errorf("after the end: %q", got)
		}
		if got := feeds(later); got != "own.backup-restored own, people.leaver-access-removed" {
			t.Errorf("as known before the end: %q", got)
		}
		refused(t, "ending it twice", h.results.Unassign(ctx, who, "own.backup-restored", own.ID, end), problem.NotFound)
		refused(t, "no such control", h.results.Assign(ctx, who, "own.x", "none", now), problem.NotFound)
		refused(t, "another organisation's control", h.results.Assign(ctx, h.other, "own.x", own.ID, now), problem.NotFound)
		refused(t, "no key", h.results.Assign(ctx, who, "Not a key", own.ID, now), problem.Invalid)
		if got, want := h.kinds(t, who.Org(), from), []string{"result.assigned", "result.unassigned"}; !slices.Equal(got, want) {
			t.Errorf("leaves %q, want %q", got, want)
		}
		list, err := h.results.Assignments(ctx, who)
		if must(t, err); len(list) != 1 || !list[0].To.Equal(end) {
			t.Errorf("assignments %+v", list)
		}
	})
}

func TestBatchesAreDisclosed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, who := t.Context(), h.actors[access.Auditor]
		from := h.leaves(t, who.Org())
		p := push(t, h, now, reported("host-1", result.Pass, 0), reported("host-2", result.Fail, 0))
		list, err := h.results.Disclosures(ctx, who, []string{p.Batch})
		must(t, err)
		records, err := h.log.Records(ctx, h.d, who.Org(), from, 10)
		must(t, err)
		if len(list) != 1 || len(records) != 1 || records[0].Kind != list[0].Kind || records[0].ID != list[0].ID {
			t.Fatalf("disclosed %+v, records %+v", list, records)
		}
		none, err := h.results.Disclosures(ctx, h.other, []string{p.Batch})
		if must(t, err); len(none) != 0 {
			t.Errorf("another organisation is told %+v", none)
		}
		err = h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE result_change SET state = 'pass' WHERE org = $1`, who.Org())
			return err
		})
		if err == nil {
			t.Error("what a batch changed was rewritten")
		}
	})
}
