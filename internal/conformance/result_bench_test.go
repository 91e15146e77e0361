package conformance

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/result"
)

// BenchmarkPush pushes batches of 1,000 reports of an hourly test, each batch an
// hour after the one before; one in fifty reports says something else than before.
func BenchmarkPush(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, open(b))
			who := h.actors[access.Contributor]
			at, n := now, 0
			for b.Loop() {
				b.StopTimer()
				batch := make([]result.Report, 1000)
				for i := range batch {
					batch[i] = result.Report{Test: fmt.Sprintf("own.test-%d", i%20), Subject: fmt.Sprintf("host-%d", i), State: result.Pass, At: at, ValidFor: 90 * time.Minute}
					if (i+n)%50 == 0 {
						batch[i].State, batch[i].Reason = result.Fail, "found something"
					}
				}
				b.StartTimer()
				_, err := h.results.Push(b.Context(), who, batch, at)
				must(b, err)
				at, n = at.Add(time.Hour), n+1
			}
			b.ReportMetric(float64(n*1000)/b.Elapsed().Seconds(), "reports/s")
		})
	}
}

// BenchmarkChecks reads all intervals of an organisation with 500 tests of 40
// subjects each, five intervals a subject.
func BenchmarkChecks(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, open(b))
			who := h.actors[access.Administrator]
			must(b, h.d.Write(b.Context(), who.Org(), db.Jobs, func(ctx context.Context, tx *db.Tx) error {
				series := db.Into(`result_series (org, id, test, subject, n, sealed_at, recent)`)
				intervals := db.Into(`result_interval (org, series, from_at, to_at, last_at, state, reason, filed_at)`)
				for i := range 20_000 {
					id := fmt.Sprintf("series-%d", i)
					series.Add(who.Org(), id, fmt.Sprintf("own.test-%d", i%500), fmt.Sprintf("host-%d", i/500), i/500+1, 0, "")
					for j := range 5 {
						at := db.Micros(now.Add(time.Duration(j) * 1000 * time.Hour))
						intervals.Add(who.Org(), id, at, at+1000, at, string(result.Pass), "", at)
					}
				}
				if err := series.Insert(ctx, tx); err != nil {
					return err
				}
				return intervals.Insert(ctx, tx)
			}))
			n := 0
			for b.Loop() {
				must(b, h.results.Checks(b.Context(), who, func(result.Row) error { n++; return nil }))
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "intervals/s")
		})
	}
}
