package people

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
)

// staffList is a list of n people with numbers, managers and days.
func staffList(n int, title string) []byte {
	var b strings.Builder
	b.WriteString("Employee ID,Name,Work e-mail,Department,Job title,Type,Start date,Manager\n")
	for i := range n {
		manager := ""
		if i > 0 {
			manager = fmt.Sprintf("p%d@big.example", (i-1)/8)
		}
		fmt.Fprintf(&b, "E%06d,Person %06d,p%d@big.example,%s,%s,Full-time,20%02d-0%d-11,%s\n", i, i, i, functions[i%12].Label, title, 10+i%16, 1+i%9, manager)
	}
	return []byte(b.String())
}

// BenchmarkImport enters fifty thousand people, and then a list that changes each
// of them.
func BenchmarkImport(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			var d *db.DB
			if engine == "sqlite" {
				d = dbtest.SQLite(b)
			} else {
				d = dbtest.Postgres(b)
			}
			s, who := house(b, d)
			for i, title := range []string{"Engineer", "Lead"} {
				b.Run([]string{"new", "changed"}[i], func(b *testing.B) {
					begun := time.Now()
					sheet, err := ReadSheet("people.csv", staffList(maxPeople, title))
					if err != nil || len(sheet.Faults) > 0 {
						b.Fatal(err, sheet.Faults)
					}
					read := time.Since(begun)
					res, err := s.Import(b.Context(), who, sheet, List{HR, true}, now.Add(time.Duration(i+1)*time.Hour))
					if err != nil || len(res.Created)+len(res.Updated) != maxPeople {
						b.Fatal(res.Sentence(), err)
					}
					b.ReportMetric(read.Seconds(), "s-reading")
					b.ReportMetric(time.Since(begun).Seconds(), "s-whole")
				})
			}
			b.Run("roster", func(b *testing.B) {
				begun := time.Now()
				r, err := s.Roster(b.Context(), who)
				if err != nil || len(r.All()) != maxPeople {
					b.Fatal(err)
				}
				b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms-first")
				for b.Loop() {
					r, err := s.Roster(b.Context(), who)
					if err != nil || len(r.Select(Filter{Text: "person 04", Sort: ByStatus, Limit: 50}, day("2026-03-01")).Rows) != 50 {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
