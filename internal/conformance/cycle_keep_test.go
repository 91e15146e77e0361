package conformance

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/isms"
	sheets "github.com/toucan-grc/toucan/internal/sheet"
)

// The list is kept and only what changed is judged anew; it must be the one that
// would be made from nothing.
func TestTheKeptListOfObligationsIsTheOneMadeAnew(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, manager := t.Context(), h.actors[access.Manager]
		same := func(after string, at time.Time) isms.ObligationList {
			t.Helper()
			kept, err := h.isms.Obligations(ctx, manager, at)
			must(t, err)
			fresh, err := isms.New(isms.Config{DB: h.d, Log: h.log}).Obligations(ctx, manager, at)
			must(t, err)
			if !reflect.DeepEqual(kept, fresh) {
				t.Fatalf("after %s:\n%+v\n%+v", after, kept.Rows, fresh.Rows)
			}
			year := cadence.Days{From: cadence.On(2026, 1, 1), To: cadence.On(2026, 12, 31)}
			keptDays, err := h.isms.Calendar(ctx, manager, year, at)
			must(t, err)
			freshDays, err := isms.New(isms.Config{DB: h.d, Log: h.log}).Calendar(ctx, manager, year, at)
			must(t, err)
			if !reflect.DeepEqual(keptDays, freshDays) {
				t.Fatalf("the calendar after %s:\n%+v\n%+v", after, keptDays, freshDays)
			}
			return kept
		}
		start := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
		same("nothing", start)
		text := ownObligation("Review of spare keys")
		var codes []string
		for range 2 {
			code, err := h.isms.ObligationAdd(ctx, manager, text, start)
			must(t, err)
			codes = append(codes, code)
			same("an obligation", start)
		}
		late := on(4, 20)
		if l := same("some months", late); l.Rows[0].Present.State != isms.DutyMissed {
			t.Fatalf("it is %s", l.Rows[0].Present.State)
		}
		item := h.file(t, manager, evidence.Filing{Title: "Keys", Kind: "site-record", CapturedAt: late, Links: somewhere}, late)
		same("a piece of evidence", late)
		must(t, h.isms.ObligationDone(ctx, manager, codes[0], isms.Doing{Due: cadence.On(2026, 3, 31), Item: item.ID, Note: "We were late."}, late))
		if l := same("word that it was done", late); l.Rows[0].Kept != l.Rows[1].Kept && l.Rows[0].Present.State == isms.DutyMissed {
			t.Fatalf("it is %+v", l.Rows[0])
		}
		must(t, h.evidence.Review(ctx, h.actors[access.Administrator], item.ID, evidence.Rejected, "These are the keys of another site.", late))
		same("evidence that was rejected", late)
		h.officer(t, "Olga", text.Role, late)
		if l := same("somebody who holds the role", late); len(l.Rows[0].Holders) != 1 {
			t.Fatalf("it is done by %v", l.Rows[0].Holders)
		}
		must(t, h.isms.ObligationEnd(ctx, manager, codes[1], "The keys are gone.", late))
		same("its end", late)
		same("a day", late.AddDate(0, 0, 1))
	})
}

// BenchmarkObligations lists 5,000 obligations of three years: from nothing, as they
// stand, after a change elsewhere and after a change of one of them.
func BenchmarkObligations(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, open(b))
			who, ctx, late := h.actors[access.Manager], b.Context(), now.AddDate(3, 0, 0)
			var file bytes.Buffer
			file.WriteString("Title,Every,Evidence_kind,Grace_days,Closes,Owner_role,Basis\n")
			every := []string{"P1M", "P3M", "P6M", "P1Y", "P7D"}
			for i := range 5000 {
				fmt.Fprintf(&file, "Obligation number %d,%s,badge-review-record,7,%s,security-officer,own\n", i, every[i%5], []string{"item", "person"}[i%2])
			}
			sheet, err := sheets.Read("obligations.csv", file.Bytes(), isms.ObligationColumns())
			must(b, err)
			plan, err := h.isms.ObligationImport(ctx, who, sheet, now)
			if must(b, err); plan.New != nil && len(plan.New) != 5000 {
				b.Fatalf("%+v", plan.Faults)
			}
			look := func(s *isms.Store) isms.ObligationList {
				l, err := s.Obligations(ctx, who, late)
				if must(b, err); len(l.Rows) != 5000 {
					b.Fatal(len(l.Rows))
				}
				return l
			}
			b.Run("first", func(b *testing.B) {
				p99(b, nil, func() { look(isms.New(isms.Config{DB: h.d, Log: h.log})) })
			})
			codes := look(h.isms).Rows
			b.Run("again", func(b *testing.B) { p99(b, nil, func() { look(h.isms) }) })
			b.Run("calendar", func(b *testing.B) {
				month := cadence.Days{From: cadence.DateOf(late, time.UTC), To: cadence.DateOf(late, time.UTC) + 30}
				p99(b, nil, func() {
					list, err := h.isms.Calendar(ctx, who, month, late)
					if must(b, err); len(list) == 0 {
						b.Fatal("the month is empty")
					}
				})
			})
			n := 0
			b.Run("elsewhere", func(b *testing.B) {
				p99(b, func() { n++; h.control(b, fmt.Sprintf("C-%d", n)) }, func() { look(h.isms) })
			})
			b.Run("changed", func(b *testing.B) {
				p99(b, func() {
					n++
					text := codes[n].Text
					text.Title, text.Why = fmt.Sprintf("Another title %d", n), "It is called so."
					text.From = cadence.DateOf(late, time.UTC)
					must(b, h.isms.ObligationChange(ctx, who, codes[n].Code, text, late))
				}, func() { look(h.isms) })
			})
		})
	}
}
