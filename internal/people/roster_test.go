package people

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

func day(s string) cadence.Date {
	d, err := cadence.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// back worked here, left, came back in June, is away in July, and is out of scope
// in August.
var (
	back  = Person{ID: "back", Name: "Bea Back", Kind: Employee, Function: "engineering", StartOn: "2026-06-01", Manager: "boss"}
	spans = []Span{
		{ID: "1", Person: "back", Kind: Stint, From: day("2024-01-01"), To: day("2025-03-31")},
		{ID: "2", Person: "back", Kind: Leave, From: day("2026-07-01"), To: day("2026-07-31")},
		{ID: "3", Person: "back", Kind: NoScope, From: day("2026-08-01"), To: day("2026-08-31"), Reason: "Seconded to a partner."},
	}
)

func TestStatusOfADay(t *testing.T) {
	for on, want := range map[string]Status{
		"2023-12-31": Future, "2024-01-01": Current, "2025-03-31": Current,
		"2025-04-01": Former, "2026-05-31": Former, // gone, and not back yet
		"2026-06-01": Current, "2026-07-01": OnLeave, "2026-07-31": OnLeave,
		"2026-08-01": OutOfScope, "2026-09-01": Current,
	} {
		if got := StatusOf(back, spans, day(on)); got != want {
			t.Errorf("on %s: %s, want %s", on, got, want)
		}
	}
	for _, tt := range []struct {
		p    Person
		want Status
	}{
		{Person{Kind: Service, EndOn: "2020-01-01"}, NotAPerson},
		{Person{Kind: Contractor}, Current}, // an unknown start is always
		{Person{Kind: Employee, StartOn: "2026-03-02"}, Future},
		{Person{Kind: Employee, EndOn: "2026-03-01"}, Current}, // the last day counts
		{Person{Kind: Employee, EndOn: "2026-02-28"}, Former},
	} {
		if got := StatusOf(tt.p, nil, day("2026-03-01")); got != tt.want {
			t.Errorf("%+v is %s, want %s", tt.p, got, tt.want)
		}
	}
}

func TestAReturningLeaverIsNewAgain(t *testing.T) {
	r := NewRoster(Facts{People: []Person{back}, Spans: spans})
	for on, want := range map[string][2]string{
		"2024-06-01": {"2024-01-01", "2025-03-31"},
		"2025-12-01": {"2026-06-01", ""}, // between two stints: the next one
		"2026-12-01": {"2026-06-01", ""},
	} {
		if got := [2]string{r.StartOf("back", day(on)).String(), r.EndOf("back", day(on)).String()}; got != want {
			t.Errorf("on %s the stint is %v, want %v", on, got, want)
		}
	}
}

func TestGroupsByRuleAndByHand(t *testing.T) {
	r := NewRoster(Facts{
		People: []Person{back, {ID: "boss", Name: "Bo Boss", Kind: Employee, Function: "executive"}, {ID: "con", Name: "Con", Kind: Contractor, Function: "engineering"},
			{ID: "bot", Name: "Bot", Kind: Service, Function: "engineering"}, {ID: "old", Name: "Old", Kind: Employee}, {ID: "gone", Name: "Gone", Kind: Employee, EndOn: "2026-01-01", Manager: "old"}},
		Groups: []Group{{Key: "privileged", Members: []string{"bot"}}, {Key: "berlin", Label: "Berlin", Functions: []string{"executive"}, Members: []string{"con"}}},
	})
	for group, in := range map[string]string{
		"all-personnel": "back boss con gone old ", "engineering": "back con ", "executives": "boss ", "contractor": "con ",
		"manager": "boss ", "privileged": "bot ", "berlin": "boss con ", "no-such": "",
	} {
		got := ""
		for _, id := range []string{"back", "boss", "bot", "con", "gone", "old", "nobody"} {
			if r.In(group, id) {
				got += id + " "
			}
		}
		if got != in {
			t.Errorf("in %s are %q, want %q", group, got, in)
		}
	}
	if g := r.Groups(); len(g) != len(Shipped())+1 {
		t.Errorf("%d groups", len(g))
	}
}

func TestTheNewestExclusionInForceCounts(t *testing.T) {
	at := func(h int) time.Time { return now.Add(time.Duration(h) * time.Hour) }
	r := NewRoster(Facts{Exclusions: []Exclusion{
		{ID: "a", Person: "p", Check: SecurityCheck, Reason: "open", From: at(0)},
		{ID: "b", Person: "p", Check: SecurityCheck, Reason: "dated", From: at(1), Until: at(5)},
		{ID: "c", Person: "p", Check: SecurityCheck, Reason: "ended", From: at(2), EndedAt: at(3)},
		{ID: "d", Person: "p", Check: AICheck, Reason: "other", From: at(2)},
	}})
	for h, want := range map[int]string{-1: "", 0: "open", 1: "dated", 2: "ended", 3: "dated", 4: "dated", 5: "open"} {
		if x, ok := r.Excluded("p", SecurityCheck, at(h)); x.Reason != want || ok != (want != "") {
			t.Errorf("after %d hours %q counts, want %q", h, x.Reason, want)
		}
	}
	if _, ok := r.Excluded("p", HIPAACheck, at(3)); ok {
		t.Error("excluded from what nobody excluded them from")
	}
}
