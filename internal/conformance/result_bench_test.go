package conformance

import (
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
