package monitor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// now is a Wednesday noon in Berlin.
var now = time.Date(2026, 11, 25, 11, 0, 0, 0, time.UTC)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func day(t testing.TB, s string) cadence.Date {
	t.Helper()
	d, err := cadence.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// staff are one of each kind.
func staff(t testing.TB) *people.Roster {
	return people.NewRoster(people.Facts{
		People: []people.Person{
			{ID: "ada", Name: "Ada", Email: "ada@one.test", Kind: people.Employee, StartOn: "2024-01-08", Function: "engineering"},
			{ID: "bo", Name: "Bo", Kind: people.Contractor, StartOn: "2025-02-03"},
			{ID: "fay", Name: "Fay", Kind: people.Employee, StartOn: "2026-12-01"},
			{ID: "lou", Name: "Lou", Kind: people.Employee, StartOn: "2024-01-08"},
			{ID: "gone", Name: "Gone", Kind: people.Employee, StartOn: "2024-01-08", EndOn: "2026-11-20"},
			{ID: "out", Name: "Out", Kind: people.Employee, StartOn: "2024-01-08"},
			{ID: "bot", Name: "Bot", Kind: people.Service},
			{ID: "erased", Name: "", Kind: people.Employee, StartOn: "2024-01-08", ErasedAt: now.Add(-time.Hour)},
		},
		Spans: []people.Span{
			{ID: "1", Person: "lou", Kind: people.Leave, From: day(t, "2026-11-02"), To: day(t, "2026-12-31")},
			{ID: "2", Person: "out", Kind: people.NoScope, From: day(t, "2026-01-01"), Reason: "Board member of a subsidiary"},
		},
		Exclusions: []people.Exclusion{
			{ID: "1", Person: "bo", Check: people.SecurityCheck, Reason: "Trained by the agency", From: now.Add(-48 * time.Hour), Until: day(t, "2027-03-01").Start(berlin(t))},
			{ID: "2", Person: "bo", Check: people.AICheck, Reason: "Over", From: now.Add(-48 * time.Hour), Until: now},
		},
	})
}

func TestWhatLetsAPersonOff(t *testing.T) {
	yesterday := now.Add(-24 * time.Hour)
	for _, tt := range []struct {
		who   string
		check people.Check
		said  people.State
		want  people.State // empty: nothing is said of them at all
		why   string
	}{
		{"ada", people.SecurityCheck, people.Missing, people.Missing, "as said"},
		{"ada", people.SecurityCheck, people.Unclear, people.Unclear, "as said"},
		{"bo", people.SecurityCheck, people.Missing, people.Excluded, "Let off until 28 February 2027: Trained by the agency"},
		{"bo", people.SecurityCheck, people.Due, people.Excluded, "Trained by the agency"},
		{"bo", people.SecurityCheck, people.Unclear, people.Excluded, "Trained by the agency"},
		{"bo", people.SecurityCheck, people.Done, people.Done, "as said"},
		{"bo", people.SecurityCheck, people.NotAsked, people.NotAsked, "as said"},
		{"bo", people.AICheck, people.Missing, people.Missing, "as said"}, // at the moment it ends it no longer holds
		{"bo", people.HIPAACheck, people.Missing, people.Missing, "as said"},
		{"lou", people.PoliciesCheck, people.Missing, people.Paused, "On leave until 31 December 2026"},
		{"lou", people.PoliciesCheck, people.Done, people.Done, "as said"},
		{"lou", people.LeavingCheck, people.Missing, people.Missing, "as said"}, // access is removed by others
		{"fay", people.SecurityCheck, people.Missing, people.NotAsked, "begins on 1 December 2026"},
		{"fay", people.JoiningCheck, people.Due, people.Due, "as said"},
		{"fay", people.BackgroundCheck, people.Missing, people.Missing, "as said"},
		{"gone", people.SecurityCheck, people.Missing, people.NotAsked, "Left on 20 November 2026"},
		{"gone", people.SecurityCheck, people.Done, people.NotAsked, "Left on 20 November 2026"},
		{"gone", people.LeavingCheck, people.Missing, people.Missing, "as said"},
		{"out", people.SecurityCheck, people.Missing, "", ""},
		{"bot", people.SecurityCheck, people.Missing, "", ""},
		{"erased", people.SecurityCheck, people.Done, "", ""},
		{"nobody", people.SecurityCheck, people.Done, "", ""},
	} {
		t.Run(fmt.Sprintf("%s %s %s", tt.who, tt.check, tt.said), func(t *testing.T) {
			got := Judge([]people.Standing{{Person: tt.who, Check: tt.check, State: tt.said, Reason: "as said", Since: yesterday, Due: day(t, "2026-11-24")}}, staff(t), berlin(t), now)
			if tt.want == "" {
				if len(got) != 0 {
					t.Fatalf("said %+v of somebody the programme does not concern", got)
				}
				return
			}
			if len(got) != 1 || got[0].State != tt.want || !strings.Contains(got[0].Reason, tt.why) {
				t.Fatalf("got %+v, want %s because %q", got, tt.want, tt.why)
			}
		})
	}
}

func TestFromWhenToWhenSomethingLetsOff(t *testing.T) {
	long := now.Add(-90 * 24 * time.Hour)
	said := func(who string, c people.Check) people.Standing {
		return Judge([]people.Standing{{Person: who, Check: c, State: people.Missing, Since: long, Due: day(t, "2026-08-01")}}, staff(t), berlin(t), now)[0]
	}
	if s := said("bo", people.SecurityCheck); !s.Since.Equal(now.Add(-48*time.Hour)) || !s.Until.Equal(day(t, "2027-03-01").Start(berlin(t))) || s.Due.Known() {
		t.Errorf("excluded %+v: it begins with the exclusion and ends with it", s)
	}
	if s := said("lou", people.PoliciesCheck); !s.Since.Equal(day(t, "2026-11-02").Start(berlin(t))) || !s.Until.Equal(day(t, "2027-01-01").Start(berlin(t))) {
		t.Errorf("paused %+v: it begins with the leave and ends with it", s)
	}
	if s := said("gone", people.PoliciesCheck); !s.Since.Equal(day(t, "2026-11-21").Start(berlin(t))) {
		t.Errorf("left %+v: it begins on the day after the last", s)
	}
	if s := said("fay", people.PoliciesCheck); !s.Until.Equal(day(t, "2026-12-01").Start(berlin(t))) {
		t.Errorf("future %+v: it ends on the first day", s)
	}
}
