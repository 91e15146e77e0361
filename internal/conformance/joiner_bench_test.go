package conformance

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
)

// BenchmarkJoiners asks how 50,000 people stand of whom 2,000 have a checklist
// under way, and looks again whether anything has to change.
func BenchmarkJoiners(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, open(b))
			all, joining := 50_000, 2_000
			if testing.Short() {
				all, joining = 500, 20
			}
			c := h.crew(b)
			ctx, org := context.Background(), h.actors[access.Manager].Org()
			must(b, h.d.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
				rows := db.Into(`person (org, id, name, email, function, title, kind, start_on, end_on, updated_at, salt, manager)`)
				for i := range all {
					start, end := "2020-01-01", ""
					switch {
					case i < joining/2:
						start = (today - 5).String()
					case i < joining:
						end = (today + 5).String()
					}
					rows.Add(org, fmt.Sprintf("01900000-0000-7000-8000-%012d", i), fmt.Sprintf("Person %d", i), fmt.Sprintf("p%d@one.test", i), "engineering", "Engineer", "employee", start, end, db.Micros(now), ledger.Salt(), c.boss.ID)
				}
				return rows.Insert(ctx, tx)
			}))
			began := time.Now()
			must(b, h.joiners.Tend(ctx, org, now))
			b.Logf("%s: %d checklists begun in %s", engine, joining, time.Since(began).Round(time.Millisecond))
			b.Run("standings", func(b *testing.B) {
				for b.Loop() {
					must(b, h.d.Read(ctx, org, func(tx *db.Tx) error {
						b.StopTimer()
						r, err := people.ReadRoster(ctx, tx, org)
						b.StartTimer()
						if err != nil {
							return err
						}
						list, err := h.joiners.Standings(ctx, tx, org, r, now)
						if err == nil && len(list) < 3*all {
							err = fmt.Errorf("%d standings", len(list))
						}
						return err
					}))
				}
			})
			b.Run("tend-again", func(b *testing.B) {
				for b.Loop() {
					must(b, h.joiners.Tend(ctx, org, now))
				}
			})
			b.Run("overview", func(b *testing.B) {
				for b.Loop() {
					o, err := h.joiners.Overview(ctx, h.actors[access.Manager], now)
					must(b, err)
					if len(o.Rows) != joining {
						b.Fatalf("%d checklists", len(o.Rows))
					}
				}
			})
		})
	}
}
