package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/ledger"
)

const benchRow = `INSERT INTO bench_row (org, id, body) VALUES ($1, $2, $3)`

// BenchmarkAppendAgainstInsert stores rows with a leaf each, as every store does,
// and in the same run the same rows bare: one INSERT, committed durably by the
// engine, with no queue, no leaf and no revision. ratio-% is the first in
// percent of the second.
func BenchmarkAppendAgainstInsert(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		for _, tt := range []struct{ clients, orgs int }{{1, 1}, {32, 32}, {32, 1}} {
			b.Run(fmt.Sprintf("%s/clients=%d/orgs=%d", engine.name, tt.clients, tt.orgs), func(b *testing.B) {
				d := engine.open(b)
				pool, _ := d.Pools()
				_, err := pool.Exec(`CREATE TABLE bench_row (org TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (org, id))`)
				must(b, err)
				orgs := make([]string, tt.orgs)
				for i := range orgs {
					orgs[i] = fmt.Sprintf("o%d", i)
				}
				organisation(b, d, orgs...)
				body := strings.Repeat("evidence ", 30)
				bare := benchQuery(d)
				insert := func(org, id string) error { _, err := pool.Exec(bare, org, id, body); return err }
				log := ledger.New()
				withLeaf := func(org, id string) error {
					return d.Write(context.Background(), org, db.People, func(ctx context.Context, tx *db.Tx) error {
						if _, err := tx.Exec(ctx, benchRow, org, id, body); err != nil {
							return err
						}
						return log.Append(ctx, tx, leaf(org, id))
					})
				}
				each(b, tt.clients, orgs, tt.clients*8, "warm-a-", withLeaf)
				each(b, tt.clients, orgs, tt.clients*8, "warm-b-", insert)
				b.ResetTimer()
				// in turns, so that a slow moment of the machine meets both
				var leafFor, bareFor time.Duration
				for part, left := 0, b.N; left > 0; part++ {
					n := min(left, max(b.N/10, tt.clients))
					leafFor += each(b, tt.clients, orgs, n, fmt.Sprintf("a%d-", part), withLeaf)
					bareFor += each(b, tt.clients, orgs, n, fmt.Sprintf("b%d-", part), insert)
					left -= n
				}
				b.ReportMetric(float64(b.N)/leafFor.Seconds(), "leaves/s")
				b.ReportMetric(float64(b.N)/bareFor.Seconds(), "inserts/s")
				b.ReportMetric(100*bareFor.Seconds()/leafFor.Seconds(), "ratio-%")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func benchQuery(d *db.DB) string {
	if d.Engine() == "sqlite" {
		return strings.ReplaceAll(benchRow, "$", "?")
	}
	return benchRow
}

// each calls do n times from so many clients at once, and says how long it took.
func each(b *testing.B, clients int, orgs []string, n int, prefix string, do func(org, id string) error) time.Duration {
	var next atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for c := range clients {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if err := do(orgs[c%len(orgs)], fmt.Sprint(prefix, i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}
