package training

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

func day(s string) cadence.Date {
	d, err := cadence.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func place(t testing.TB, name string) cadence.Zones {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return cadence.In(z)
}

func done(s string) Completion {
	return Completion{ID: s, At: at(s), HeardAt: at(s), Method: Embedded}
}

func TestARound(t *testing.T) {
	utc := cadence.In(time.UTC)
	yearly := Regime{Setting: Setting{Track: Security, Method: Embedded, Renewal: Renewal{Kind: AfterAYear}, DueDays: 30}, On: at("2024-01-01 00:00"), Zones: utc}
	never := yearly
	never.Renewal.Kind = Never
	october := yearly
	october.Renewal = Renewal{Kind: OnOneDate, Month: time.October, Day: 1}
	leap := yearly
	leap.Renewal = Renewal{Kind: OnOneDate, Month: time.February, Day: 29}
	late := yearly // renewed only since 1 June 2026
	late.RenewsFrom = at("2026-06-01 12:00")
	auckland := yearly
	auckland.Zones = place(t, "Pacific/Auckland")
	joiner := day("2026-03-01")
	rejected := done("2026-03-10 10:00")
	rejected.VoidAt, rejected.VoidWhy = at("2026-03-20 10:00"), "was rejected: unreadable"
	for _, tt := range []struct {
		name  string
		r     Regime
		h     History
		now   string
		state people.State
		due   string // while it is asked
		until string // while it is done or due
	}{
		{"on the first day", yearly, History{Start: joiner}, "2026-03-01 00:00", people.Due, "2026-03-31", "2026-04-01 00:00"},
		{"on the last day", yearly, History{Start: joiner}, "2026-03-31 23:59", people.Due, "2026-03-31", "2026-04-01 00:00"},
		{"a moment after it", yearly, History{Start: joiner}, "2026-04-01 00:00", people.Missing, "2026-03-31", ""},
		{"here before the track", yearly, History{Start: day("2020-01-01")}, "2024-01-31 12:00", people.Due, "2024-01-31", "2024-02-01 00:00"},
		{"with no first day known", yearly, History{}, "2024-02-01 00:00", people.Missing, "2024-01-31", ""},
		{"done before the first day", yearly, History{Start: joiner, Completions: []Completion{done("2026-02-28 23:59")}}, "2026-03-02 00:00", people.Due, "2026-03-31", "2026-04-01 00:00"},
		{"done on the first day", yearly, History{Start: joiner, Completions: []Completion{done("2026-03-01 00:00")}}, "2026-03-02 00:00", people.Done, "", "2027-03-01 00:00"},
		{"done late still counts", yearly, History{Start: joiner, Completions: []Completion{done("2026-05-05 10:00")}}, "2026-05-05 10:00", people.Done, "", "2027-05-05 00:00"},
		{"not heard of at the time", yearly, History{Start: joiner, Completions: []Completion{done("2026-05-05 10:00")}}, "2026-05-05 09:59", people.Missing, "2026-03-31", ""},
		{"on the last day of its year", yearly, History{Start: joiner, Completions: []Completion{done("2026-03-10 10:00")}}, "2027-03-09 23:59", people.Done, "", "2027-03-10 00:00"},
		{"a year later", yearly, History{Start: joiner, Completions: []Completion{done("2026-03-10 10:00")}}, "2027-03-10 00:00", people.Due, "2027-04-09", "2027-04-10 00:00"},
		{"a year later and thirty days", yearly, History{Start: joiner, Completions: []Completion{done("2026-03-10 10:00")}}, "2027-04-10 00:00", people.Missing, "2027-04-09", ""},
		{"done early, the newer one counts", yearly, History{Start: joiner, Completions: []Completion{done("2027-01-05 10:00"), done("2026-03-10 10:00")}}, "2027-05-01 00:00", people.Done, "", "2028-01-05 00:00"},
		{"done on 29 February", yearly, History{Start: day("2024-02-01"), Completions: []Completion{done("2024-02-29 10:00")}}, "2025-02-27 23:59", people.Done, "", "2025-02-28 00:00"},
		{"a year after 29 February", yearly, History{Start: day("2024-02-01"), Completions: []Completion{done("2024-02-29 10:00")}}, "2025-02-28 00:00", people.Due, "2025-03-30", "2025-03-31 00:00"},
		{"the day is that of the organisation", auckland, History{Start: joiner, Completions: []Completion{done("2026-03-10 20:00")}}, "2027-03-10 10:59", people.Done, "", "2027-03-10 11:00"}, // there it was 11 March, 09:00; and UTC+13
		{"never renewed", never, History{Start: joiner, Completions: []Completion{done("2026-03-10 10:00")}}, "2040-01-01 00:00", people.Done, "", ""},
		{"reset", never, History{Start: joiner, Completions: []Completion{done("2026-03-10 10:00")}, Resets: []Reset{{At: at("2026-05-01 09:00"), By: "a", Due: day("2026-05-15")}}}, "2026-05-01 09:00", people.Due, "2026-05-15", "2026-05-16 00:00"},
		{"done before the reset and heard of later", never, History{Start: joiner, Completions: []Completion{done("2026-05-01 08:59")}, Resets: []Reset{{At: at("2026-05-01 09:00"), By: "a", Due: day("2026-05-15")}}}, "2026-05-02 09:00", people.Due, "2026-05-15", "2026-05-16 00:00"},
		{"done after the reset", never, History{Start: joiner, Completions: []Completion{done("2026-05-01 09:00")}, Resets: []Reset{{At: at("2026-05-01 09:00"), By: "a", Due: day("2026-05-15")}}}, "2026-05-02 09:00", people.Done, "", ""},
		{"a reset of an earlier stint", never, History{Start: joiner, Resets: []Reset{{At: at("2025-05-01 09:00"), By: "a", Due: day("2025-05-15")}}}, "2026-03-02 09:00", people.Due, "2026-03-31", "2026-04-01 00:00"},
		{"back again: what was done before they left does not count", never, History{Start: joiner, Completions: []Completion{done("2025-03-10 10:00")}}, "2026-03-05 00:00", people.Due, "2026-03-31", "2026-04-01 00:00"},
		{"renewal switched on: over at that moment", late, History{Start: day("2020-01-01"), Completions: []Completion{done("2024-03-10 10:00")}}, "2026-06-01 12:00", people.Due, "2026-07-01", "2026-07-02 00:00"},
		{"and not a moment before", late, History{Start: day("2020-01-01"), Completions: []Completion{done("2024-03-10 10:00")}}, "2026-06-01 11:59", people.Done, "", "2026-06-01 12:00"},
		{"one date for all, the day before", october, History{Start: joiner, Completions: []Completion{done("2026-09-29 10:00")}}, "2026-09-30 23:59", people.Done, "", "2026-10-01 00:00"},
		{"one date for all", october, History{Start: joiner, Completions: []Completion{done("2026-09-29 10:00")}}, "2026-10-01 00:00", people.Due, "2026-10-31", "2026-11-01 00:00"},
		{"one date for all gives nobody who is overdue a later day", october, History{Start: joiner}, "2026-10-02 00:00", people.Missing, "2026-03-31", ""},
		{"29 February in another year", leap, History{Start: joiner, Completions: []Completion{done("2026-03-10 10:00")}}, "2027-02-28 00:00", people.Due, "2027-03-30", "2027-03-31 00:00"},
		{"29 February itself", leap, History{Start: joiner, Completions: []Completion{done("2027-03-10 10:00")}}, "2028-02-28 23:59", people.Done, "", "2028-02-29 00:00"},
		{"rejected", yearly, History{Start: joiner, Completions: []Completion{rejected}}, "2026-03-20 10:00", people.Due, "2026-03-31", "2026-04-01 00:00"},
		{"before it was rejected", yearly, History{Start: joiner, Completions: []Completion{rejected}}, "2026-03-20 09:59", people.Done, "", "2027-03-10 00:00"},
		{"rejected after the last day", yearly, History{Start: joiner, Completions: []Completion{rejected}}, "2026-04-02 00:00", people.Missing, "2026-03-31", ""},
		{"on leave for ten of the days", yearly, History{Start: joiner, Leaves: []people.Span{{Kind: people.Leave, From: day("2026-03-10"), To: day("2026-03-19")}}}, "2026-04-10 12:00", people.Due, "2026-04-10", "2026-04-11 00:00"},
		{"on leave from the last day on", yearly, History{Start: joiner, Leaves: []people.Span{{Kind: people.Leave, From: day("2026-03-31"), To: day("2026-06-30")}}}, "2026-07-01 12:00", people.Due, "2026-07-01", "2026-07-02 00:00"},
		{"on leave after the last day", yearly, History{Start: joiner, Leaves: []people.Span{{Kind: people.Leave, From: day("2026-04-01"), To: day("2026-06-30")}}}, "2026-07-01 12:00", people.Missing, "2026-03-31", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.h.Person = "p"
			s := tt.r.Standing(tt.h, at(tt.now))
			until := ""
			if !s.Until.IsZero() {
				until = s.Until.UTC().Format("2006-01-02 15:04")
			}
			if s.State != tt.state || s.Due.String() != tt.due || until != tt.until {
				t.Errorf("%s, due %q, until %q; want %s, %q, %q (%s)", s.State, s.Due, until, tt.state, tt.due, tt.until, s.Reason)
			}
			if s.Reason == "" || s.Since.IsZero() || s.Since.After(at(tt.now)) {
				t.Errorf("no reason, or it began at %s, which is still to come: %q", s.Since, s.Reason)
			}
		})
	}
}

func TestWhatAProviderSaysIsNeverAGuess(t *testing.T) {
	r := Regime{Setting: Setting{Track: Security, Method: Connected, Provider: "c1", Renewal: Renewal{Kind: AfterAYear}}, On: at("2026-01-01 00:00"), Zones: cadence.In(time.UTC)}
	now := at("2026-03-20 09:00")
	for _, tt := range []struct {
		name   string
		known  []Known
		state  people.State
		reason string
	}{
		{"nothing said", nil, people.Missing, "Not done by 31 January 2026. The provider has not named this person yet."},
		{"not enrolled", []Known{{Person: "p", State: NotEnrolled, Reason: "Enrolled in none of them.", Connection: "c1"}}, people.Missing, "Not done by 31 January 2026. Enrolled in none of them."},
		{"unknown status", []Known{{Person: "p", State: Unknown, Reason: "The status “Zzz” is not known.", Connection: "c1"}}, people.Unclear, "The status “Zzz” is not known."},
		{"another provider, earlier", []Known{{Person: "p", State: Unknown, Reason: "Odd.", Connection: "c0"}}, people.Missing, "Not done by 31 January 2026. The provider has not named this person yet."},
		{"exempted is not done", []Known{{Person: "p", State: Exempted, Reason: "Excused there.", Connection: "c1"}}, people.Missing, "Not done by 31 January 2026. Excused there."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := r.Standing(History{Person: "p", Known: tt.known}, now)
			if s.State != tt.state || s.Reason != tt.reason {
				t.Errorf("%s: %q, want %s: %q", s.State, s.Reason, tt.state, tt.reason)
			}
		})
	}
}

func TestDaysAreThoseGivenWhenItWasAsked(t *testing.T) {
	r := regime(Security, []Setting{
		{Track: Security, Method: Embedded, Renewal: Renewal{Kind: AfterAYear}, DueDays: 10, At: at("2026-02-01 00:00")},
		{Track: Security, Method: ByPerson, Renewal: Renewal{Kind: AfterAYear}, DueDays: 60, At: at("2026-04-01 00:00")},
	}, at("2020-01-01 00:00"), cadence.In(time.UTC))
	for start, want := range map[string]string{"2026-01-15": "2026-02-14", "2026-02-15": "2026-02-25", "2026-04-15": "2026-06-14"} {
		if c := r.Cycle(History{Start: day(start)}, at("2026-05-01 00:00")); c.Due.String() != want {
			t.Errorf("somebody who began on %s has until %s, want %s", start, c.Due, want)
		}
	}
	if !r.RenewsFrom.IsZero() {
		t.Errorf("the renewal never changed, and counts from %s", r.RenewsFrom)
	}
}
