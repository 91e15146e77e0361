package job

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
)

// faults counts the warnings and errors of the queue, of which there should be none.
type faults struct {
	slog.Handler
	n *atomic.Int64
}

func (f faults) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }
func (f faults) Handle(_ context.Context, r slog.Record) error {
	f.n.Add(1)
	fmt.Println(r.Message)
	return nil
}
func (f faults) WithAttrs([]slog.Attr) slog.Handler { return f }
func (f faults) WithGroup(string) slog.Handler      { return f }

// BenchmarkJobs works off jobs while people write and read: jobs worked a
// second, the time from the commit of a single job to its beginning, what a
// person's write takes beside them, and every error there was.
func BenchmarkJobs(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			d := open(b)
			var errs atomic.Int64
			var waits, writes []time.Duration
			var worked sync.WaitGroup
			began := make(chan time.Time, 1)
			r, err := New(b.Context(), Config{DB: d, Log: slog.New(faults{n: &errs})})
			must(b, err)
			Handle(r, func(ctx context.Context, k Task[paint]) error {
				if k.Work.Wall == "single" {
					began <- time.Now()
					return nil
				}
				defer worked.Done()
				return d.Write(ctx, "", db.Jobs, touch)
			})
			must(b, d.Write(b.Context(), "", db.People, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO organisation (id, slug, name, zone, created_at) VALUES ('one', 'one', 'One', 'UTC', 0)`)
				return err
			}))
			must(b, r.Start(b.Context()))
			defer r.Stop(context.Background())

			// somebody writes and somebody reads all the while
			ctx, cancel := context.WithCancel(b.Context())
			var people sync.WaitGroup
			people.Go(func() {
				for ctx.Err() == nil {
					at := time.Now()
					if err := d.Write(context.Background(), "", db.People, touch); err != nil {
						errs.Add(1)
						b.Log(err)
					}
					writes = append(writes, time.Since(at))
					time.Sleep(2 * time.Millisecond)
				}
			})
			people.Go(func() {
				for ctx.Err() == nil {
					if _, err := r.List(context.Background(), "one", All, 0, 50); err != nil {
						errs.Add(1)
						b.Log(err)
					}
					time.Sleep(20 * time.Millisecond)
				}
			})
			time.Sleep(200 * time.Millisecond)
			for range 40 {
				order(b, d, Order{Org: "one"}, "single")
				at := time.Now()
				waits = append(waits, (<-began).Sub(at))
			}
			worked.Add(b.N)
			b.ResetTimer()
			for at := 0; at < b.N; at += 500 {
				must(b, d.Write(b.Context(), "", db.Jobs, func(ctx context.Context, tx *db.Tx) error {
					for i := at; i < min(at+500, b.N); i++ {
						if _, err := Insert(ctx, tx, Order{Org: "one"}, paint{"many"}); err != nil {
							return err
						}
					}
					return nil
				}))
			}
			worked.Wait()
			b.StopTimer()
			cancel()
			people.Wait()
			slices.Sort(waits)
			slices.Sort(writes)
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
			b.ReportMetric(ms(waits[len(waits)/2]), "wait-p50-ms")
			b.ReportMetric(ms(waits[len(waits)*95/100]), "wait-p95-ms")
			b.ReportMetric(ms(writes[len(writes)/2]), "write-p50-ms")
			b.ReportMetric(ms(writes[len(writes)*95/100]), "write-p95-ms")
			b.ReportMetric(float64(errs.Load()), "errors")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// touch is the smallest change there is.
func touch(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE organisation SET name = name WHERE id = 'one'`)
	return err
}

// BenchmarkList asks for the first page, and the counts, of one organisation
// among a hundred, with 100,000 jobs kept.
func BenchmarkList(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			d := open(b)
			r, err := New(b.Context(), Config{DB: d})
			must(b, err)
			const jobs, orgs = 100_000, 100
			must(b, d.Write(b.Context(), "", db.Jobs, func(ctx context.Context, tx *db.Tx) error {
				rows, args := `generate_series(1, $1) AS i`, `jsonb_build_object('org', 'org-' || (i % $2), 'account', 'a', 'work', jsonb_build_object('wall', i))`
				when := `now()`
				if d.Engine() == sqlite {
					rows, args = `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n)`, `jsonb_object('org', 'org-' || (i % $2), 'account', 'a', 'work', jsonb_object('wall', i))`
					when = `datetime('now', 'subsec')`
				}
				_, err := tx.Exec(ctx, `INSERT INTO river_job (args, kind, max_attempts, state, finalized_at) SELECT `+args+`, 'test.paint', 8, 'completed', `+when+` FROM `+rows, jobs, orgs)
				return err
			}))
			if d.Engine() != sqlite {
				pool, _ := d.Pools()
				_, err := pool.Exec(`ANALYZE river_job`)
				must(b, err)
			}
			for b.Loop() {
				list, err := r.List(b.Context(), "org-7", All, 0, 26)
				must(b, err)
				n, err := r.Counts(b.Context(), "org-7")
				must(b, err)
				if len(list) != 26 || n[Completed] != jobs/orgs {
					b.Fatalf("%d jobs, counts %v", len(list), n)
				}
			}
		})
	}
}
