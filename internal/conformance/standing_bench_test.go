package conformance

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/standing"
)

// BenchmarkStanding reads all that posture asks for of 10,000 controls after two
// years: cold, after one new item with the answer that was kept, and one window.
func BenchmarkStanding(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		for _, size := range []int{10_000, 1_000_000} {
			if testing.Short() && size > 10_000 { // minutes to fill on two engines; -short only sees that it runs
				continue
			}
			b.Run(fmt.Sprintf("%s/%d", engine, size), func(b *testing.B) {
				h := newHouse(b, open(b))
				who, ctx := h.actors[access.Administrator], context.Background()
				h.fill(b, who, 10_000, size)
				must(b, h.d.Write(ctx, who.Org(), db.Jobs, func(ctx context.Context, tx *db.Tx) error {
					_, err := tx.Exec(ctx, `UPDATE control SET since = $2 WHERE org = $1`, who.Org(), int(cadence.On(2024, 3, 1)))
					return err
				}))
				var st *standing.Store
				b.Run("cold", func(b *testing.B) {
					var before, after runtime.MemStats
					for b.Loop() {
						st = nil
						runtime.GC()
						runtime.ReadMemStats(&before)
						st = h.standing()
						_, err := st.Open(ctx, who, now)
						must(b, err)
					}
					runtime.GC()
					runtime.ReadMemStats(&after)
					b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1e6, "MB-kept")
				})
				asked := standing.Asked{Window: cadence.Days{From: cadence.On(2025, 3, 1), To: cadence.On(2026, 2, 28)}}
				b.Run("window", func(b *testing.B) {
					book, err := st.Open(ctx, who, now)
					must(b, err)
					for b.Loop() {
						posture.Ask(book.Question(asked, now)).States(book.Operations)
					}
				})
				b.Run("one-new-item", func(b *testing.B) {
					book, err := st.Open(ctx, who, now)
					must(b, err)
					book.Answer(asked, now)
					var took time.Duration
					n := 0
					for b.Loop() {
						n++
						h.prove(b, who, "B-7", now.Add(-time.Duration(n)*time.Second-2*time.Hour))
						from := time.Now()
						book, err := st.Open(ctx, who, now)
						must(b, err)
						book.Answer(asked, now)
						took += time.Since(from)
					}
					b.ReportMetric(float64(took.Microseconds())/1e3/float64(n), "ms/answer")
				})
			})
		}
	}
}
