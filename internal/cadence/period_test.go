package cadence

import (
	"math/rand/v2"
	"testing"
	"time"
)

func date(t *testing.T, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestPeriodsFollowTheCalendar(t *testing.T) {
	for _, tt := range []struct {
		every             Frequency
		anchor, day, want string
	}{
		{Daily, "", "2026-03-29", "2026-03-29 to 2026-03-29"},
		{Frequency{6, Hour}, "", "2026-03-29", "2026-03-29 to 2026-03-29"},
		{Frequency{48, Hour}, "2026-03-28", "2026-03-29", "2026-03-28 to 2026-03-29"},
		{Weekly, "", "2026-11-22", "2026-11-16 to 2026-11-22"},
		{Weekly, "2026-11-18", "2026-11-23", "2026-11-23 to 2026-11-29"}, // weeks begin on Monday, whatever the anchor
		{Weekly, "", "2027-01-01", "2026-12-28 to 2027-01-03"},
		{Monthly, "", "2028-02-10", "2028-02-01 to 2028-02-29"},
		{Monthly, "", "2026-02-28", "2026-02-01 to 2026-02-28"},
		{Frequency{2, Month}, "2026-02-01", "2026-02-10", "2026-01-01 to 2026-02-28"},
		{Quarterly, "2026-02-10", "2026-06-30", "2026-04-01 to 2026-06-30"},
		{Frequency{4, Month}, "", "2026-12-31", "2026-09-01 to 2026-12-31"},
		{Semiannual, "", "2026-07-01", "2026-07-01 to 2026-12-31"},
		{Annual, "2025-06-06", "2026-12-31", "2026-01-01 to 2026-12-31"},
		{Frequency{24, Month}, "2025-06-06", "2026-12-31", "2025-01-01 to 2026-12-31"},
		{Frequency{24, Month}, "2025-06-06", "2024-12-31", "2023-01-01 to 2024-12-31"},
		{Frequency{5, Month}, "2026-01-20", "2026-06-01", "2026-06-01 to 2026-10-31"},
		{Frequency{45, Day}, "2026-01-10", "2026-01-10", "2026-01-10 to 2026-02-23"},
		{Frequency{45, Day}, "2026-01-10", "2026-02-24", "2026-02-24 to 2026-04-09"},
		{Frequency{45, Day}, "2026-01-10", "2026-01-09", "2025-11-26 to 2026-01-09"},
		{Frequency{2, Week}, "2026-01-07", "2026-01-21", "2026-01-21 to 2026-02-03"},
	} {
		var anchor Date
		if tt.anchor != "" {
			anchor = date(t, tt.anchor)
		}
		if got := tt.every.Period(anchor, date(t, tt.day)).String(); got != tt.want {
			t.Errorf("%s of %s counted from %q: %s, want %s", tt.every, tt.day, tt.anchor, got, tt.want)
		}
	}
	if (Frequency{}).Period(0, On(2026, 1, 1)).Known() || Daily.Period(0, 0).Known() {
		t.Error("there is a period without a frequency or without a day")
	}
}

func TestPeriodsTileTheCalendar(t *testing.T) {
	anchor := On(2025, 5, 17)
	for _, f := range []Frequency{Daily, {3, Day}, {45, Day}, Weekly, {2, Week}, Monthly, {5, Month}, {7, Month}, Quarterly, Semiannual, Annual, {18, Month}, {24, Month}, {36, Month}, {30, Hour}} {
		p := f.Period(anchor, On(2019, 12, 31))
		for p.To < On(2032, 1, 1) {
			for _, d := range []Date{p.From, p.To, p.From + Date(p.Len()/2)} {
				if got := f.Period(anchor, d); got != p {
					t.Fatalf("%s: %s is in %s and in %s", f, d, p, got)
				}
			}
			n := f.Next(anchor, p)
			if n.From != p.To+1 {
				t.Fatalf("%s: after %s comes %s", f, p, n)
			}
			p = n
		}
	}
}

func TestTheFirstFullPeriodBeginsOnTheDayOrLater(t *testing.T) {
	for _, tt := range []struct{ day, want string }{
		{"2026-04-01", "2026-04-01 to 2026-06-30"}, {"2026-04-02", "2026-07-01 to 2026-09-30"}, {"2026-06-30", "2026-07-01 to 2026-09-30"},
	} {
		if got := Quarterly.FirstFull(0, date(t, tt.day)).String(); got != tt.want {
			t.Errorf("the first full quarter from %s: %s, want %s", tt.day, got, tt.want)
		}
	}
}

func TestAChangeOfZoneMovesNoMomentBeforeIt(t *testing.T) {
	place := func(name string) *time.Location {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	names := []string{"UTC", "Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo"}
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 2000 {
		z := In(place(names[r.IntN(len(names))]))
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var moments []time.Time
		var days []Date
		for range 1 + r.IntN(5) {
			for range 4 {
				at = at.Add(time.Duration(r.Int64N(int64(20 * time.Hour))))
				moments, days = append(moments, at), append(days, z.DateOf(at))
			}
			z = z.Move(at.Add(time.Microsecond), place(names[r.IntN(len(names))]))
			for k, m := range moments {
				if got := z.DateOf(m); got != days[k] {
					t.Fatalf("%d: %s was on %s, and a change at %s puts it on %s: %v", i, m, days[k], at, got, z)
				}
			}
		}
		for k := 1; k < len(z); k++ {
			if k > 1 && z[k].From <= z[k-1].From {
				t.Fatalf("%d: zones out of order: %v", i, z)
			}
		}
	}
}

func TestAChangeOfZoneAppliesForward(t *testing.T) {
	berlin, york, apia := zone(t, "Europe/Berlin"), zone(t, "America/New_York"), zone(t, "Pacific/Apia")
	moved := Zones{{Location: berlin}, {On(2026, 3, 16), york}}
	for _, tt := range []struct {
		zones    Zones
		day      string
		from, to string
	}{
		{nil, "2026-03-15", "2026-03-15T00:00:00Z", "2026-03-16T00:00:00Z"},
		{moved, "2026-03-14", "2026-03-13T23:00:00Z", "2026-03-14T23:00:00Z"},
		{moved, "2026-03-15", "2026-03-14T23:00:00Z", "2026-03-16T04:00:00Z"}, // 29 hours: New York had gone forward on the 8th
		{moved, "2026-03-16", "2026-03-16T04:00:00Z", "2026-03-17T04:00:00Z"},
		{moved, "2026-03-29", "2026-03-29T04:00:00Z", "2026-03-30T04:00:00Z"}, // Berlin goes forward, and nobody is there any more
		{In(berlin), "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{In(berlin), "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{In(york), "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		{In(zone(t, "America/Havana")), "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
		{In(apia), "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
		{In(apia), "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		// From the last zone of the world to the first the change would begin a day before the old one does.
		{Zones{{Location: time.FixedZone("-12", -12*3600)}, {On(2026, 5, 2), time.FixedZone("+14", 14*3600)}}, "2026-05-01", "2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z"},
	} {
		d := date(t, tt.day)
		if from, to := tt.zones.Start(d).Format(time.RFC3339), tt.zones.End(d).Format(time.RFC3339); from != tt.from || to != tt.to {
			t.Errorf("%s lasts from %s to %s, want %s to %s", tt.day, from, to, tt.from, tt.to)
		}
	}
}

func TestEveryMomentHasOneDay(t *testing.T) {
	for name, z := range map[string]Zones{
		"utc": nil, "berlin": In(zone(t, "Europe/Berlin")), "havana": In(zone(t, "America/Havana")), "apia": In(zone(t, "Pacific/Apia")),
		"moved west": {{Location: zone(t, "Europe/Berlin")}, {On(2026, 3, 16), zone(t, "America/New_York")}},
		"moved east": {{Location: zone(t, "America/New_York")}, {On(2026, 3, 8), zone(t, "Asia/Tokyo")}, {On(2026, 3, 29), zone(t, "Europe/Berlin")}},
		"far":        {{Location: time.FixedZone("-12", -12*3600)}, {On(2026, 3, 10), time.FixedZone("+14", 14*3600)}},
	} {
		for _, begin := range []time.Time{time.Date(2011, 12, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)} {
			last := Date(0)
			for m := begin; m.Before(begin.AddDate(0, 0, 40)); m = m.Add(30 * time.Minute) {
				d := z.DateOf(m)
				if m.Before(z.Start(d)) || !m.Before(z.End(d)) {
					t.Fatalf("%s: %s is on %s, which lasts from %s to %s", name, m, d, z.Start(d), z.End(d))
				}
				if d < last {
					t.Fatalf("%s: %s goes back to %s", name, m, d)
				}
				last = d
			}
		}
	}
	if (Zones{}).DateOf(time.Time{}).Known() {
		t.Error("no moment has a day")
	}
}

func TestBusinessDays(t *testing.T) {
	c := Calendar{Weekend: []time.Weekday{time.Saturday, time.Sunday}, Holidays: []Date{On(2026, 12, 25), On(2026, 12, 26), On(2027, 1, 1)}}
	for _, tt := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-12-24", 1, "2026-12-28"}, {"2026-12-24", 5, "2027-01-04"}, {"2026-12-26", 1, "2026-12-28"}, {"2026-12-28", -1, "2026-12-24"},
		{"2026-12-26", 0, "2026-12-26"}, {"2026-11-26", 10, "2026-12-10"},
	} {
		if got := c.Add(date(t, tt.from), tt.n).String(); got != tt.want {
			t.Errorf("%s and %d business days: %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
	if got := c.Next(On(2026, 12, 25)); got != On(2026, 12, 28) {
		t.Errorf("next %s", got)
	}
	if got := c.Next(On(2026, 12, 24)); got != On(2026, 12, 24) {
		t.Errorf("a business day is its own next: %s", got)
	}
	if got := c.Previous(On(2026, 12, 27)); got != On(2026, 12, 24) {
		t.Errorf("previous %s", got)
	}
	gulf := Calendar{Weekend: []time.Weekday{time.Friday, time.Saturday}}
	if gulf.Business(On(2026, 11, 27)) || !gulf.Business(On(2026, 11, 29)) {
		t.Error("a weekend of Friday and Saturday")
	}
	if !(Calendar{}).Business(On(2026, 11, 28)) {
		t.Error("without a weekend every day is one of business")
	}
	never := Calendar{Weekend: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}
	if got := never.Add(On(2026, 11, 26), 1); got != On(2026, 11, 27) {
		t.Errorf("a week of seven days off: %s", got)
	}
}

func TestDeadlines(t *testing.T) {
	berlin := In(zone(t, "Europe/Berlin"))
	c := Calendar{Weekend: []time.Weekday{time.Saturday, time.Sunday}}
	for _, tt := range []struct {
		d          Deadline
		words      string
		from, want string
	}{
		{InHours(1), "1 hour", "2026-03-28T23:30:00Z", "2026-03-29T00:30:00Z"},
		{InHours(24), "24 hours", "2026-03-28T11:00:00Z", "2026-03-29T11:00:00Z"}, // an hour later on the wall, clocks went forward
		{InDays(1), "24 hours", "2026-10-24T10:00:00Z", "2026-10-25T10:00:00Z"},
		{InHours(71), "71 hours", "2026-03-28T11:00:00Z", "2026-03-31T10:00:00Z"},
		{InHours(72), "3 days", "2026-03-28T11:00:00Z", "2026-03-31T22:00:00Z"},
		{InHours(73), "4 days", "2026-03-28T11:00:00Z", "2026-04-01T22:00:00Z"},
		{InDays(3), "3 days", "2026-03-27T23:30:00Z", "2026-03-31T22:00:00Z"}, // in Berlin it was the 28th already
		{InDays(30), "30 days", "2026-01-31T12:00:00Z", "2026-03-02T23:00:00Z"},
		{InBusinessDays(1), "1 business day", "2026-11-27T12:00:00Z", "2026-11-30T23:00:00Z"},
		{InBusinessDays(10), "10 business days", "2026-11-26T12:00:00Z", "2026-12-10T23:00:00Z"},
	} {
		from, err := time.Parse(time.RFC3339, tt.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := tt.d.From(from, berlin, c).Format(time.RFC3339); got != tt.want {
			t.Errorf("%s from %s: %s, want %s", tt.d, tt.from, got, tt.want)
		}
		if tt.d.String() != tt.words || !tt.d.Known() {
			t.Errorf("%q, want %q", tt.d, tt.words)
		}
	}
	if (Deadline{}).Known() || InHours(-1).Known() || (Deadline{}).String() != "" {
		t.Error("no deadline is one")
	}
}
