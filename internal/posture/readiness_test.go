package posture

import (
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

func TestWhatAVerdictRestsOn(t *testing.T) {
	tagged := map[string][]string{"S1": {"B", "A"}, "S2": {"C", "A"}, "S3": {"D"}}
	own := &Own{By: []Claim{{Code: "Y"}, {Code: "X"}}, Also: []Claim{{Code: "Z"}}, Waiting: []Claim{{Code: "W"}}}
	for _, tt := range []struct {
		name string
		v    Verdict
		want []string
	}{
		{"what is tagged to the source that holds it", Verdict{Coverage: Full, By: []Source{{ID: "S1"}}, Also: []Source{{ID: "S3"}}}, []string{"A", "B"}},
		{"each source that holds it is offered", Verdict{Coverage: Full, By: []Source{{ID: "S1"}, {ID: "S3"}}}, []string{"A", "B", "D"}},
		{"every member of a union", Verdict{Coverage: FullUnion, Union: &crosswalk.Union{Sources: []framework.Ref{{ID: "S2"}, {ID: "S3"}}}}, []string{"A", "C", "D"}},
		{"every source somebody attests", Verdict{Coverage: FullAttested, Attestation: &Attestation{Sources: []string{"S1", "S2"}}, By: []Source{{ID: "S1"}}}, []string{"A", "B", "C"}},
		{"the organisation's own controls", Verdict{Coverage: FullUnion, ByOwn: true, Own: own}, []string{"X", "Y"}},
		{"the other route, where own controls are no better", Verdict{Coverage: Full, Own: own, By: []Source{{ID: "S3"}}}, []string{"D"}},
		{"what shares ground so far", Verdict{Coverage: Partial, By: []Source{{ID: "S3"}}}, []string{"D"}},
		{"suggestions carry nothing", Verdict{Coverage: Candidate, By: []Source{{ID: "S1"}}}, nil},
		{"nothing", Verdict{Coverage: None}, nil},
		{"scoped out", Verdict{Coverage: NotApplicable}, nil},
		{"a source without a control", Verdict{Coverage: Full, By: []Source{{ID: "S9"}}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := RestsOn(tt.v, tagged); !slices.Equal(got, tt.want) {
				t.Errorf("rests on %v, want %v", got, tt.want)
			}
		})
	}
	if !slices.Equal(tagged["S1"], []string{"B", "A"}) {
		t.Error("the tags were sorted in place")
	}
}

func TestWindowsOutsideThreeToTwelveMonthsWarn(t *testing.T) {
	for _, tt := range []struct {
		window string
		warns  int
	}{
		{"2026-01-01 to 2026-03-31", 0}, {"2026-01-01 to 2026-03-30", 1}, {"2026-01-15 to 2026-04-14", 0}, {"2025-11-30 to 2026-02-27", 0}, {"2025-11-30 to 2026-02-26", 1},
		{"2025-02-01 to 2026-01-31", 0}, {"2025-02-01 to 2026-02-01", 1}, {"2024-02-29 to 2025-02-27", 0}, {"2024-02-29 to 2025-02-28", 1},
		{"2026-12-01 to 2027-02-28", 1}, {"2027-01-15 to 2027-03-01", 2},
	} {
		q := year
		q.Window = days(t, tt.window)
		if got := q.Warnings(); len(got) != tt.warns {
			t.Errorf("%s: %q", tt.window, got)
		}
	}
	if w := (Question{At: year.Now, Zones: berlin, Now: year.Now}).Warnings(); w != nil {
		t.Errorf("a moment warns: %q", w)
	}
}

func TestIDs(t *testing.T) {
	const text = "0192f0c1-7d3a-7c55-9d0e-2f6a1b3c4d5e"
	id, err := ParseID(text)
	if err != nil || id.String() != text {
		t.Errorf("%s, %v", id, err)
	}
	for _, bad := range []string{"", "0192f0c1", "0192f0c1-7d3a-7c55-9d0e-2f6a1b3c4d5", "zz92f0c1-7d3a-7c55-9d0e-2f6a1b3c4d5e"} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("%q is an id", bad)
		}
	}
}

// Where nobody said what kind a control is, what is known of it says.
func TestKindsNobodySaid(t *testing.T) {
	since := cadence.On(2025, 1, 1)
	for _, tt := range []struct {
		name  string
		o     Operation
		first Aspect
		state State
	}{
		{"a rhythm", Operation{Since: since, Rhythms: []Rhythm{{Every: cadence.Annual}}}, Occurring, Exceptions},
		{"a test", Operation{Since: since, Checks: []Check{{Test: "t"}}}, Covering, Unknown},
		{"neither", Operation{Since: since}, Covering, Unknown},
		{"periodic, and nobody said how often", Operation{Kind: "periodic", Since: since, Proofs: []Proof{{Captured: noon(since), Accepts: ByAll}}}, Occurring, Unknown},
		{"nobody said since when", Operation{Kind: "continuous"}, Standing, Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Ask(year).Of(&tt.o)
			if got.State != tt.state || got.Parts[0].Aspect != tt.first {
				t.Errorf("%s by %v", got.State, got.Parts)
			}
		})
	}
}

// The table of days is what the zones say of each day.
func TestDaysAreThoseOfTheZones(t *testing.T) {
	load := func(name string) *time.Location {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return zone
	}
	for name, zones := range map[string]cadence.Zones{
		"utc": nil, "berlin": berlin, "havana": cadence.In(load("America/Havana")), "apia": cadence.In(load("Pacific/Apia")), "lord howe": cadence.In(load("Australia/Lord_Howe")),
		"cairo": cadence.In(load("Africa/Cairo")), "santiago": cadence.In(load("America/Santiago")), "casablanca": cadence.In(load("Africa/Casablanca")),
		"moved": {{Location: load("Europe/Berlin")}, {From: cadence.On(2026, 3, 16), Location: load("America/New_York")}, {From: cadence.On(2026, 3, 29), Location: load("Asia/Tokyo")}},
		"far":   {{Location: time.FixedZone("", -12*3600)}, {From: cadence.On(2026, 5, 2), Location: time.FixedZone("", 14*3600)}},
	} {
		first := cadence.On(2011, 1, 1)
		for i, m := range starts(zones, first, cadence.On(2027, 12, 31)) {
			if d := first + cadence.Date(i); m != MomentOf(zones.Start(d)) {
				t.Fatalf("%s: %s begins at %s, want %s", name, d, m.Time(), zones.Start(d))
			}
		}
	}
}

// A window of thousands of years is answered like any other.
func TestWindowsOfAnyLength(t *testing.T) {
	o := Operation{Code: "A", Kind: "periodic", Since: cadence.On(2026, 1, 1), Rhythms: []Rhythm{{Every: cadence.Quarterly}}, Proofs: []Proof{{Captured: noon(cadence.On(2026, 5, 5)), Accepts: ByAll}}}
	q := year
	want := Ask(q).Of(&o)
	q.Window = cadence.Days{From: cadence.On(2, 1, 1), To: cadence.On(9998, 12, 31)}
	got := Ask(q).Of(&o)
	if len(got.Occurrences) != 5 || got.Occurrences[1].Outcome != Met || got.State != want.State || got.Judged.To != cadence.On(2027, 2, 1) {
		t.Errorf("%+v", got)
	}
	q.Window = cadence.Days{From: cadence.On(9000, 1, 1), To: cadence.On(9001, 12, 31)}
	if got := Ask(q).Of(&o); got.State != NotYetDue {
		t.Errorf("a window of days to come: %s, %q", got.State, got.Why)
	}
	q.Window = cadence.Days{From: cadence.On(2, 1, 1), To: cadence.On(3, 12, 31)}
	if got := Ask(q).Of(&o); got.State != NotYetDue {
		t.Errorf("a window of days long gone: %s, %q", got.State, got.Why)
	}
}

// A sample speaks of its window once every selected item was judged.
func TestWhenASampleCovers(t *testing.T) {
	window := cadence.Days{From: cadence.On(2026, 1, 1), To: cadence.On(2026, 12, 31)}
	for _, tt := range []struct {
		name string
		s    Sample
		want State
	}{
		{"all judged", Sample{Size: 100, Selected: 25, Tested: 25}, Effective},
		{"one is left", Sample{Size: 100, Selected: 25, Tested: 24}, Gap},
		{"nothing happened, so nothing could be selected", Sample{}, Effective},
		{"nothing was selected", Sample{Size: 100}, Gap},
		{"one exception", Sample{Size: 100, Selected: 25, Tested: 25, Exceptions: 1}, Exceptions},
		{"one exception, and one is left", Sample{Size: 100, Selected: 25, Tested: 24, Exceptions: 1}, Gap},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.s.Window, tt.s.At = window, noon(window.To+10)
			o := Operation{Kind: "event", Since: window.From, Samples: []Sample{tt.s}}
			if got := Ask(year).Of(&o); got.State != tt.want {
				t.Errorf("%s, want %s: %q", got.State, tt.want, got.Why)
			}
		})
	}
}
