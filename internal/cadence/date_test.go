package cadence

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestADayStartsWhereTheZoneSaysSo(t *testing.T) {
	for _, tt := range []struct{ zone, day, want string }{
		{"UTC", "2026-03-29", "2026-03-29T00:00:00Z"},
		{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"},
		{"Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"},
		{"America/Havana", "2026-03-08", "2026-03-08T05:00:00Z"},    // clocks go from 00:00 to 01:00
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // likewise
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},      // 30 December never was
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		d, err := ParseDate(tt.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Start(zone).Format(time.RFC3339); got != tt.want {
			t.Errorf("%s begins in %s at %s, want %s", tt.day, tt.zone, got, tt.want)
		}
		if got := DateOf(d.Start(zone), zone); got != d {
			t.Errorf("the first moment of %s in %s is on %s", d, tt.zone, got)
		}
		if got := DateOf(d.Start(zone).Add(-time.Microsecond), zone); got >= d {
			t.Errorf("the moment before %s in %s is on %s", d, tt.zone, got)
		}
	}
}

func TestMonthsEndWhereTheyEnd(t *testing.T) {
	for _, tt := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2028-01-31", 1, "2028-02-29"}, {"2026-03-31", -1, "2026-02-28"},
		{"2026-11-30", 3, "2027-02-28"}, {"2026-01-15", 12, "2027-01-15"}, {"2028-02-29", 12, "2029-02-28"}, {"2026-12-31", 1, "2027-01-31"},
	} {
		d, err := ParseDate(tt.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.AddMonths(tt.n).String(); got != tt.want {
			t.Errorf("%s and %d months: %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
}

func TestStretchesOfDays(t *testing.T) {
	q1 := Days{On(2026, 1, 1), On(2026, 3, 31)}
	if q1.Len() != 90 || !q1.Has(q1.From) || !q1.Has(q1.To) || q1.Has(q1.To+1) || q1.Has(0) {
		t.Errorf("the first quarter has %d days", q1.Len())
	}
	if (Days{}).Known() || (Days{q1.To, q1.From}).Known() || (Days{}).Len() != 0 || (Days{}).String() != "" {
		t.Error("no stretch is one")
	}
	if got := q1.Common(Days{q1.To, q1.To + 40}); got != (Days{q1.To, q1.To}) {
		t.Errorf("common %v", got)
	}
	if q1.Common(Days{q1.To + 1, q1.To + 40}).Known() {
		t.Error("stretches side by side share a day")
	}
}
