package conformance

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/evidence"
)

// fill writes items of two years, each offered for one of some controls, as if
// they had been filed.
func (h *house) fill(t testing.TB, who access.Actor, controls, items int) {
	t.Helper()
	ctx, org := context.Background(), who.Org()
	kinds := []string{"access-review-record", "backup-report", "vulnerability-scan", "config-snapshot"}
	ids := make([]string, controls)
	must(t, h.d.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		rows := db.Into(`control (org, id, code, code_key, title, statement, domain, kind, frequency, evidence, population, status, version, updated_at, origin)`)
		for n := range ids {
			ids[n] = uuid.Must(uuid.NewV7()).String()
			rows.Add(org, ids[n], fmt.Sprintf("B-%d", n), fmt.Sprintf("b-%d", n), "A control", "", "", "periodic", "quarterly", "", "", "operated", 1, db.Micros(now), "")
		}
		return rows.Insert(ctx, tx)
	}))
	const chunk = 20_000
	for from := 0; from < items; from += chunk {
		must(t, h.d.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
			rows := db.Into(`evidence_item (org, id, title, note, kind, captured_at, filed_at, filed_by, period_from, period_to, lapses_at, source, collector, version, links, client_key, salt, tags, review, search)`)
			tags := db.Into(`evidence_tag (org, id, item, control, framework, requirement, from_at, account, act, kind, captured_at, lapses_at, period_from, period_to, out_at, wrong, reviewed)`)
			for n := from; n < min(from+chunk, items); n++ {
				id, kind := uuid.Must(uuid.NewV7()).String(), kinds[n%len(kinds)]
				at := db.Micros(now.Add(-2*365*24*time.Hour + time.Duration(n)*(2*365*24*time.Hour/time.Duration(items))))
				lapses, review := int64(0), "accepted"
				if n%3 == 0 {
					lapses = at + (90 * 24 * time.Hour).Microseconds()
				}
				if n%10 == 0 {
					review = ""
				}
				tagged := 1
				if n%1000 == 0 {
					tagged = 0
				}
				title := fmt.Sprintf("Evidence number %d of the history", n)
				rows.Add(org, id, title, "", kind, at, at, who.Account(), 0, 0, lapses, "connector", "backup", "1.0", "[]", id, "00112233445566778899aabbccddeeff", tagged, review, title)
				if tagged == 1 {
					tags.Add(org, uuid.Must(uuid.NewV7()).String(), id, ids[(n*7919)%controls], "", "", at, who.Account(), id, kind, at, lapses, 0, 0, 0, false, review != "")
				}
			}
			if err := rows.Insert(ctx, tx); err != nil {
				return err
			}
			return tags.Insert(ctx, tx)
		}))
	}
	if h.d.Engine() == "postgres" { // as its autovacuum does after a while
		writer, _ := h.d.Pools()
		for _, table := range []string{"evidence_item", "evidence_tag", "control"} {
			_, err := writer.ExecContext(ctx, `VACUUM ANALYZE `+table)
			must(t, err)
		}
	}
}

// BenchmarkEvidence reads a library of the size a large organisation has after
// two years: all proof at once, pages of the library, its figures.
func BenchmarkEvidence(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		for _, size := range []int{10_000, 100_000, 1_000_000} {
			if testing.Short() && size > 10_000 { // minutes to fill on two engines; -short only sees that it runs
				continue
			}
			b.Run(fmt.Sprintf("%s/%d", engine, size), func(b *testing.B) {
				h := newHouse(b, open(b))
				who, ctx := h.actors[access.Administrator], context.Background()
				h.fill(b, who, 10_000, size)
				control := ""
				b.Run("proofs", func(b *testing.B) {
					for b.Loop() {
						n := 0
						_, err := h.evidence.Proofs(ctx, who, func(p evidence.Proof) error {
							n++
							control = p.Control
							return nil
						})
						must(b, err)
						if n != size-size/1000 {
							b.Fatalf("%d rows", n)
						}
					}
				})
				accepted := evidence.Accepted
				for _, l := range []struct {
					name   string
					filter func() evidence.Filter
				}{
					{"first-page", func() evidence.Filter { return evidence.Filter{} }},
					{"of-a-control", func() evidence.Filter { return evidence.Filter{Control: control} }},
					{"of-a-kind", func() evidence.Filter { return evidence.Filter{Kind: "backup-report", Review: &accepted} }},
					{"untagged", func() evidence.Filter { return evidence.Filter{Untagged: true} }},
					{"lapsing", func() evidence.Filter { return evidence.Filter{LapsesBefore: now.Add(evidence.LapsesSoon)} }},
					{"a-rare-text", func() evidence.Filter { return evidence.Filter{Text: "number 777 of"} }},
				} {
					b.Run(l.name, func(b *testing.B) {
						for b.Loop() {
							page, err := h.evidence.List(ctx, who, l.filter(), now)
							must(b, err)
							if len(page.Items) == 0 {
								b.Fatal("an empty page")
							}
						}
					})
				}
				b.Run("counts", func(b *testing.B) {
					for b.Loop() {
						_, err := h.evidence.Counts(ctx, who, now)
						must(b, err)
					}
				})
			})
		}
	}
}
