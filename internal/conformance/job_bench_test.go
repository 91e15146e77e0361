package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/job"
)

// BenchmarkLongImport enters the longest list there may be: from the
// confirmation to the end of the job, and the longest that the page of the job
// took to be read while it ran.
func BenchmarkLongImport(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, open(b))
			h.work(b, nil)
			who := h.actors[access.Manager]
			list := longList(5000)
			var longest time.Duration
			steps := map[int]bool{}
			for b.Loop() {
				c := h.confirm(b, who, list)
				for {
					at := time.Now()
					j, err := h.jobs.Find(context.Background(), who, c.Job)
					must(b, err)
					longest = max(longest, time.Since(at))
					steps[j.Progress.Percent()] = true
					if j.State == job.Done {
						break
					}
					time.Sleep(5 * time.Millisecond)
				}
			}
			b.ReportMetric(float64(longest.Microseconds())/1000, "page-max-ms")
			b.ReportMetric(float64(len(steps)), "steps-seen")
		})
	}
}
