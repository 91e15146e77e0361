package isms

import (
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
)

func TestWhatAProgrammeCovers(t *testing.T) {
	iso := func(id string) framework.Ref { return framework.Ref{Framework: "iso27001-2022", ID: id} }
	from := Quarter(2025*4 + 2) // 2025 Q3: the years of the cycle end in June
	asked := []AuditAsked{{Ref: iso("4.1")}, {Ref: iso("A.5.1")}, {Ref: iso("A.5.2")}, {Ref: iso("A.5.3")}, {Ref: iso("A.7.1"), Excluded: "There are no offices."}}
	entry := func(code string, q Quarter, ids ...string) AuditEntry {
		e := AuditEntry{Code: code, Quarter: q}
		for _, id := range ids {
			e.Scope = append(e.Scope, iso(id))
		}
		return e
	}
	dropped := entry("X", from, "A.5.3")
	dropped.Dropped = true
	plan := []AuditEntry{entry("A", from, "4.1", "A.5.1", "A.5.2"), entry("B", from+4, "4.1"), entry("C", from+11, "4.1"), dropped, entry("D", from+12, "A.5.3")}
	done := []AuditCarried{{Code: "IA-2025-1", On: cadence.On(2025, time.September, 30), Refs: []framework.Ref{iso("4.1"), iso("A.5.1")}}}
	for _, tt := range []struct {
		name              string
		today             cadence.Date
		now               int
		unplanned, undone []string
	}{
		{"before it begins", cadence.On(2025, time.June, 30), 0, []string{"A.5.3"}, nil},
		{"in its first year nothing is late", cadence.On(2026, time.June, 30), 1, []string{"A.5.3"}, nil},
		{"in its second, what was planned for the first and did not happen", cadence.On(2026, time.July, 1), 2, []string{"A.5.3"}, []string{"A.5.2"}},
		{"in its third, the clause of the second as well", cadence.On(2027, time.July, 1), 3, []string{"A.5.3"}, []string{"4.1", "A.5.2"}},
		{"after it, everything that was left out", cadence.On(2028, time.July, 1), 4, []string{"A.5.3"}, []string{"4.1", "A.5.2", "A.5.3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := AuditCover(asked, plan, done, from, tt.today)
			ids := func(list []AuditCoverRow) []string {
				var out []string
				for _, r := range list {
					out = append(out, r.Ref.ID)
				}
				return out
			}
			if c.Now != tt.now || c.Excluded != 1 || !slices.Equal(ids(c.Unplanned), tt.unplanned) || !slices.Equal(ids(c.Undone), tt.undone) {
				t.Errorf("year %d, not planned %v, not done %v, excluded %d", c.Now, ids(c.Unplanned), ids(c.Undone), c.Excluded)
			}
		})
	}
}

func TestTheProgrammeThatShipsCoversEverything(t *testing.T) {
	if n := len(shippedAuditProgramme()); n != 36 {
		t.Errorf("%d entries, want 36", n)
	}
	for _, e := range shippedAuditProgramme() {
		if e.Title == "" || len(e.Scope) == 0 || e.Offset < 0 || e.Offset >= auditQuarters {
			t.Errorf("%s: %+v", e.Code, e)
		}
	}
}

func TestQuarters(t *testing.T) {
	for _, tt := range []struct {
		day  cadence.Date
		want string
		days string
	}{
		{cadence.On(2026, time.January, 1), "2026 Q1", "2026-01-01 to 2026-03-31"},
		{cadence.On(2026, time.December, 31), "2026 Q4", "2026-10-01 to 2026-12-31"},
		{cadence.On(2028, time.February, 29), "2028 Q1", "2028-01-01 to 2028-03-31"},
	} {
		q := QuarterOf(tt.day)
		if back, ok := ParseQuarter(q.String()); q.String() != tt.want || q.Days().String() != tt.days || !ok || back != q {
			t.Errorf("%s lies in %s, %s", tt.day, q, q.Days())
		}
	}
	for _, bad := range []string{"", "2026", "2026 Q5", "Q1 2026", "9999 Q1"} {
		if _, ok := ParseQuarter(bad); ok {
			t.Errorf("%q is a quarter", bad)
		}
	}
}

func TestOwnersBecomeTenures(t *testing.T) {
	var x tenures
	for _, v := range []struct {
		owner string
		on    cadence.Date
	}{{"a", 100}, {"a", 110}, {"b", 120}, {"", 130}, {"a", 140}} {
		x.next(v.owner, v.on)
	}
	want := []Tenure{{"a", cadence.Days{From: 1, To: 120}}, {"b", cadence.Days{From: 120, To: 130}}, {"a", cadence.Days{From: 140}}}
	if !slices.Equal(x.list, want) {
		t.Errorf("tenures %v, want %v", x.list, want)
	}
}
