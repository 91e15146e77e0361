package conformance

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/training"
)

// crowd enters n people, of whom every second has completed the training.
func (h *house) crowd(b *testing.B, n int) []string {
	b.Helper()
	who := h.actors[access.Administrator]
	ids := make([]string, n)
	must(b, h.d.Write(b.Context(), who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		rows := db.Into(`person (org, id, name, email, function, title, kind, start_on, end_on, updated_at, salt)`)
		batch := fmt.Sprintf("00000000-0000-7000-9000-%012d", 1)
		done := db.Into(`training_completion (org, id, person, track, method, course, version, score, at, heard_at, source, evidence, code, batch, salt)`)
		for i := range ids {
			ids[i] = fmt.Sprintf("00000000-0000-7000-8000-%012d", i)
			rows.Add(who.Org(), ids[i], fmt.Sprintf("Person %06d", i), fmt.Sprintf("p%06d@one.test", i), "", "", "employee", "2025-01-01", "", db.Micros(now), "")
			if i%2 == 0 {
				done.Add(who.Org(), fmt.Sprintf("00000000-0000-7000-a000-%012d", i), ids[i], "security", "connected", "Course", "", 0, db.Micros(now.AddDate(0, 0, -i%300)), db.Micros(now), "c1", nil, "", batch, "")
			}
		}
		if err := rows.Insert(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO training_batch (org, id, kind, track, source, reason, at, account, changes, root, salt) VALUES ($1, $2, 'training.sync', 'security', 'c1', '', $3, '', 0, '', '')`, who.Org(), batch, db.Micros(now)); err != nil {
			return err
		}
		return done.Insert(ctx, tx)
	}))
	return ids
}

// eachEngine runs a benchmark on both engines.
func eachEngine(b *testing.B, body func(b *testing.B, d *db.DB)) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) { body(b, open(b)) })
	}
}

// BenchmarkTrainingStandings asks how 50,000 people stand with one track.
func BenchmarkTrainingStandings(b *testing.B) {
	eachEngine(b, func(b *testing.B, d *db.DB) {
		h := newHouse(b, d)
		h.crowd(b, 50_000)
		org := h.actors[access.Administrator].Org()
		for b.Loop() {
			must(b, d.Read(b.Context(), org, func(tx *db.Tx) error {
				roster, err := people.ReadRoster(b.Context(), tx, org)
				if err != nil {
					return err
				}
				began := time.Now()
				list, err := h.training.Standings(b.Context(), tx, org, roster, now.Add(time.Hour))
				if len(list) != 50_000 {
					b.Fatalf("%d standings", len(list))
				}
				b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-without-roster")
				return err
			}))
		}
	})
}

// BenchmarkTrainingTake takes in 10,000 enrolments, half of them completed since.
func BenchmarkTrainingTake(b *testing.B) {
	eachEngine(b, func(b *testing.B, d *db.DB) {
		h := newHouse(b, d)
		ids := h.crowd(b, 20_000)
		org := h.actors[access.Administrator].Org()
		must(b, h.training.Tend(b.Context(), org, now.Add(time.Hour)))
		n := 0
		for b.Loop() {
			n++
			at := now.Add(time.Duration(n+1) * time.Hour)
			in := training.Sync{Track: training.Security, Connection: "c1", Provider: "KnowBe4", Account: h.admin.ID}
			for i, id := range ids {
				if i%2 == 1 {
					e := training.Enrolment{Person: id, State: training.Enrolled, Reason: fmt.Sprintf("Enrolled, round %d.", n)}
					if i%4 == 1 && n == 1 {
						e = training.Enrolment{Person: id, State: training.Completed, At: now.Add(time.Hour), Course: "Course"}
					}
					in.Said = append(in.Said, e)
				}
			}
			began := time.Now()
			out, err := h.training.Take(b.Context(), org, in, at)
			must(b, err)
			if n == 1 {
				b.Logf("first: %d completed, %d changed in %s", len(out.Completed), len(out.Changed), time.Since(began))
			}
		}
	})
}
