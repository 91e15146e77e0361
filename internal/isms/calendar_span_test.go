package isms

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// A month is judged by itself, and must say what a look at all years says of it.
func TestAMonthOfTheCalendarIsThatOfTheWholeCalendar(t *testing.T) {
	var records []Record
	for i := range 60 {
		at := noon(t, "2024-01-01").AddDate(0, 0, i*i%900)
		records = append(records, Record{Kind: "badge-review-record", ID: fmt.Sprint("a", i), At: at}, Record{Kind: "vulnerability-scan", ID: fmt.Sprint("b", i), At: at.AddDate(0, 0, 3)})
	}
	var list []Obligation
	acts := map[string][]ObligationAct{}
	for i, every := range []string{"P7D", "P14D", "P1M", "P45D", "P3M", "P6M", "P1Y", "P2Y"} {
		for _, grace := range []int{0, 7, 120} {
			plain := duty(t, "OBL-101", "2024-02-10", every, grace)
			for n, o := range []Obligation{
				plain,
				changed(t, plain, "2025-03-17", func(x *ObligationText) { x.Every = "P1M" }),
				changed(t, plain, "2025-03-17", func(x *ObligationText) { x.Every = "P1Y" }),
				changed(t, plain, "2025-06-02", func(x *ObligationText) { x.Kind, x.Grace = "vulnerability-scan", 3 }),
				changed(t, changed(t, plain, "2025-03-17", func(x *ObligationText) { x.Ended = true }), "2025-09-05", func(x *ObligationText) { x.Ended = false }),
			} {
				o.ID = fmt.Sprintf("%d-%d-%d", i, grace, n)
				acts[o.ID] = []ObligationAct{{ID: o.ID, Obligation: o.ID, Period: cadence.Days{From: day(t, "2025-01-01"), To: day(t, "2025-03-31")}, On: day(t, "2025-04-02")}}
				list = append(list, o)
			}
		}
	}
	c := func() *cycle {
		zones := cadence.In(time.UTC)
		return &cycle{Now: noon(t, "2026-01-20"), Today: day(t, "2026-01-20"), Binding: Binding{Zones: zones}, Obligations: list, Acts: acts, Duties: people.NewDuties(nil), Trail: NewTrail(records, zones)}
	}
	all := c().obligationEntries(cadence.Days{From: day(t, "2024-01-01"), To: day(t, "2029-12-31")})
	one := c()
	for m := cadence.On(2024, 1, 1); m < cadence.On(2027, 6, 1); m = m.AddMonths(1) {
		month := cadence.Days{From: m, To: m.AddMonths(1) - 1}
		want := slices.DeleteFunc(slices.Clone(all), func(e CalendarEntry) bool { return !month.Has(e.From) })
		got := one.obligationEntries(month)
		if len(want) == 0 && len(got) == 0 {
			continue
		}
		if !reflect.DeepEqual(got, want) {
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Fatalf("%s:\n got %+v\nwant %+v", month, got[i], want[i])
				}
			}
			t.Fatalf("%s: %d entries, want %d", month, len(got), len(want))
		}
	}
	if len(all) < 1000 {
		t.Fatalf("only %d entries", len(all))
	}
}
