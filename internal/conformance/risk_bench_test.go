package conformance

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/risk"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
)

// BenchmarkRisks takes in a register of 5,000 risks, and reads it as its list does:
// again and again, and after each change.
func BenchmarkRisks(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, open(b))
			who, ctx := h.actors[access.Administrator], context.Background()
			var file bytes.Buffer
			file.WriteString("Title,Event,Category,Affects,Inherent likelihood,Inherent impact,Impact decided by,Reasons,Requirements\n")
			for i := range 5000 {
				fmt.Fprintf(&file, "Risk number %d,Something happens.,identity,integrity,%d,%d,money,It happened elsewhere.,iso27001-2022:A.8.13; soc2-2017:CC6.1\n", i, i%5+1, i/5%5+1)
			}
			sheet, err := sheets.Read("risks.csv", file.Bytes(), risk.Columns())
			must(b, err)
			began := time.Now()
			_, err = h.risks.Import(ctx, who, sheet, now)
			must(b, err)
			took := time.Since(began)
			b.Run("again", func(b *testing.B) {
				_, err := h.risks.Register(ctx, who, now) // the first look reads everything
				must(b, err)
				b.ResetTimer()
				defer b.ReportMetric(took.Seconds(), "import-s")
				p99(b, nil, func() {
					r, err := h.risks.Register(ctx, who, now)
					must(b, err)
					if c := r.Count(); c.Open != 5000 || len(r.AboveAppetite()) == 0 {
						b.Fatalf("counts: %+v", c)
					}
				})
			})
			r, err := h.risks.Register(ctx, who, now)
			must(b, err)
			b.Run("changed", func(b *testing.B) {
				n := 0
				p99(b, func() {
					n++
					_, err := h.risks.Score(ctx, who, r.Risks[n%len(r.Risks)].ID, given(risk.Inherent, n%5+1, 3), now)
					must(b, err)
				}, func() {
					_, err := h.risks.Register(ctx, who, now)
					must(b, err)
				})
			})
		})
	}
}

// p99 reports how long all but one in a hundred took; before is not counted.
func p99(b *testing.B, before, do func()) {
	var took []time.Duration
	for b.Loop() {
		if before != nil {
			b.StopTimer()
			before()
			b.StartTimer()
		}
		began := time.Now()
		do()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
}
