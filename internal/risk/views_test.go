package risk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
)

func ref(f, id string) framework.Ref { return framework.Ref{Framework: f, ID: id} }

func TestWhatEachViewAloneWouldMiss(t *testing.T) {
	things := NewThings([]Thing{
		{Kind: ToCommitment, ID: "up", Code: "SC-01", Criteria: []framework.Ref{ref("soc2-2017", "A1.2")}},
		{Kind: ToCommitment, ID: "told", Code: "SC-02", Criteria: []framework.Ref{ref("soc2-2017", "CC2.3"), ref("soc2-2017", "CC7.3")}},
		{Kind: ToCommitment, ID: "old", Code: "SC-03", Gone: true},
		{Kind: ToAsset, ID: "db", Code: "AST-1"}, {Kind: ToSystem, ID: "shop", Code: "SYS-1"}, {Kind: ToVendor, ID: "cloud", Code: "VEN-1"},
		{Kind: ToControl, ID: "c", Code: "AC-01"},
	})
	to := func(kind LinkKind, id string) Link { return Link{Kind: kind, Target: id} }
	at := func(f, id string) Link { return Link{Kind: ToRequirement, Requirement: ref(f, id)} }
	list := []*Entry{
		{Risk: Risk{ID: "1", Code: "R-001"}, Links: []Link{to(ToAsset, "db"), to(ToCommitment, "up"), at("iso27001-2022", "A.8.13")}},
		{Risk: Risk{ID: "2", Code: "R-002"}, Links: []Link{to(ToSystem, "shop"), at("iso27001-2022", "A.5.1")}},
		{Risk: Risk{ID: "3", Code: "R-003"}, Links: []Link{at("soc2-2017", "CC3.3"), at("iso27001-2022", "A.5.24"), at("iso27001-2022", "6.1.2")}},
		{Risk: Risk{ID: "4", Code: "R-004"}, Links: []Link{to(ToControl, "c"), at("iso27001-2022", "A.8.13")}},
		{Risk: Risk{ID: "5", Code: "R-005", ClosedAt: day(2026, 1, 1)}, Links: []Link{to(ToVendor, "cloud"), to(ToCommitment, "told")}},
	}
	v := ViewsOf(list, things)
	codesOf := func(list []*Entry) string { return codes(list) }
	for _, tt := range []struct{ what, got, want string }{
		{"only threats", codesOf(v.OnlyThreats), "R-002"},
		{"only promises", codesOf(v.OnlyPromises), "R-003"},
		{"neither", codesOf(v.Neither), "R-004"},
		{"no risk names", words(v.Bare), "VEN-1"},
		{"no risk threatens", words(v.Unthreatened), "SC-02"},
		{"no risk bears on", fmt.Sprint(v.Criteria), "[soc2-2017 CC2.3 soc2-2017 CC7.3]"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, tt.got, tt.want)
		}
	}
	var rows []string
	for _, i := range v.Rows27001 {
		by, one := i.OnlyBy()
		rows = append(rows, fmt.Sprintf("%s %s %v", i.Requirement.ID, by, one))
	}
	if got := strings.Join(rows, ", "); got != "A.5.1 threats true, A.5.24 promises true, A.8.13  false" {
		t.Errorf("rows of Annex A: %s", got)
	}
	if len(v.Rows) != 4 {
		t.Errorf("%d risks in the views: none is left out, and the closed one is not there", len(v.Rows))
	}
}

func words(list []Thing) string {
	var out []string
	for _, t := range list {
		out = append(out, t.Code)
	}
	return strings.Join(out, " ")
}

func TestAnotherListIsAlignedWithTheMethod(t *testing.T) {
	r := &Register{Method: Shipped(), Methods: []*Method{Shipped()}, Risks: []*Entry{
		{Risk: Risk{ID: "1", Code: "R-001", Title: "Lost laptop"}, Inherent: &Score{Point: Point{2, 3}}},
		{Risk: Risk{ID: "2", Code: "R-002", Title: "Fire"}, Links: []Link{{Kind: ToRequirement, Requirement: ref("soc2-2017", "CC3.2")}}},
	}}
	scope := []framework.Ref{ref("soc2-2017", "CC3.2"), ref("soc2-2017", "CC3.3"), ref("soc2-2017", "CC9.1")}
	three := Align(r, []Outside{
		{Title: " lost  LAPTOP ", Likelihood: "High", Impact: "Low", Owner: "Ada"},
		{Title: "Fraud", Likelihood: "Medium", Impact: "High", Criteria: []framework.Ref{ref("soc2-2017", "CC3.3")}},
	}, scope)
	if three.Likelihood.Steps != 3 || three.Impact.Steps != 3 || !slices.Equal(three.Impact.Values, []string{"low", "high"}) {
		t.Errorf("scales: %+v %+v", three.Likelihood, three.Impact)
	}
	if three.Rows[0].Match == nil || three.Rows[0].Match.Code != "R-001" || three.Rows[1].Match != nil || three.Rows[1].Steps.Known() {
		t.Errorf("rows: %+v", three.Rows)
	}
	if fmt.Sprint(three.Missing) != "[soc2-2017 CC9.1]" {
		t.Errorf("missing: %v", three.Missing)
	}
	want := []string{"For likelihood, the list uses 3 steps and the method 1.0.0 uses 5.", "For impact, the list uses 3 steps", "Of the list, 1 risk cannot be carried over", "Of the list, 1 risk found no risk", "Of the register, 1 risk found none", "Of the list, 1 risk came without an owner", "No risk of either list bears on 1 criterion"}
	if len(three.Differences) != len(want) {
		t.Fatalf("differences: %q", three.Differences)
	}
	for i, w := range want {
		if !strings.HasPrefix(three.Differences[i], w[:len(w)-2]) {
			t.Errorf("%q, want %q", three.Differences[i], w)
		}
	}
	five := Align(r, []Outside{{Title: "Fire", Likelihood: "5", Impact: "3", Owner: "Ada"}, {Title: "Flood", Likelihood: "1", Impact: "5", Owner: "Bo"}}, nil)
	if five.Rows[0].Steps != (Point{5, 3}) || !strings.Contains(five.Rows[0].Why, "which makes high") {
		t.Errorf("five steps: %+v", five.Rows[0])
	}
	for name, values := range map[string][]string{"percentages": {"20", "80"}, "words nobody knows": {"meh", "ouch"}, "nothing": {"", ""}} {
		if s, places := scaleOf(values); s.Steps != 0 || len(places) != 0 || s.Why == "" {
			t.Errorf("%s are read as %+v", name, s)
		}
	}
}

func TestWhatMovedBetweenTwoSnapshots(t *testing.T) {
	at := func(l, i int) *FrozenScore { return &FrozenScore{Likelihood: l, Impact: i} }
	was := []Frozen{
		{ID: "a", Code: "R-001", Inherent: at(4, 4), Current: at(2, 2), State: Tolerated}, {ID: "b", Code: "R-002", Inherent: at(4, 4), State: Untreated}, {ID: "c", Code: "R-003", State: Unscored},
		{ID: "d", Code: "R-004", Inherent: at(3, 3), State: Untreated}, {ID: "e", Code: "R-005", Inherent: at(2, 2), State: Tolerated}, {ID: "f", Code: "R-006", Inherent: at(2, 2), State: Tolerated},
	}
	is := []Frozen{
		{ID: "a", Code: "R-001", Inherent: at(4, 4), Current: at(3, 4), State: Untreated}, {ID: "b", Code: "R-002", Inherent: at(4, 4), Current: at(1, 4), State: Tolerated}, {ID: "c", Code: "R-003", Inherent: at(1, 1), State: Tolerated},
		{ID: "d", Code: "R-004", Inherent: at(3, 3), State: Accepted}, {ID: "f", Code: "R-006", Inherent: at(2, 2), State: Tolerated}, {ID: "g", Code: "R-007", State: Unscored},
	}
	var got []string
	for _, m := range Compare(was, is) {
		got = append(got, fmt.Sprintf("%s %s", m.Code, m.What))
	}
	if want := "R-001 rose, R-003 new, R-007 new, R-002 fell, R-004 state, R-005 gone"; strings.Join(got, ", ") != want {
		t.Errorf("moved: %s\nwant:  %s", strings.Join(got, ", "), want)
	}
}

func TestHowARiskStands(t *testing.T) {
	today := cadence.On(2026, 5, 15)
	approved := &Plan{Choice: Reduce, ApprovedAt: day(2026, 5, 1), Due: today + 10}
	for _, tt := range []struct {
		name string
		e    Entry
		want State
	}{
		{"nobody scored it", Entry{}, Unscored},
		{"within the appetite", Entry{Inherent: &Score{Point: Point{2, 2}}}, Tolerated},
		{"the current score counts", Entry{Inherent: &Score{Point: Point{5, 4}}, Current: &Score{Point: Point{2, 2}}}, Tolerated},
		{"outside", Entry{Inherent: &Score{Point: Point{3, 4}}}, Untreated},
		{"a plan waits", Entry{Inherent: &Score{Point: Point{3, 4}}, Plan: &Plan{Choice: Reduce}}, Planned},
		{"a plan is carried out", Entry{Inherent: &Score{Point: Point{3, 4}}, Plan: approved}, Treating},
		{"it is overdue", Entry{Inherent: &Score{Point: Point{3, 4}}, Plan: &Plan{Choice: Reduce, ApprovedAt: day(2026, 5, 1), Due: today - 1}}, Overdue},
		{"it is complete", Entry{Inherent: &Score{Point: Point{3, 4}}, Plan: &Plan{Choice: Reduce, ApprovedAt: day(2026, 5, 1), CompletedAt: day(2026, 5, 2)}}, Treated},
		{"to accept is no treatment by itself", Entry{Inherent: &Score{Point: Point{3, 4}}, Plan: &Plan{Choice: Accept}}, Untreated},
		{"accepted", Entry{Inherent: &Score{Point: Point{3, 4}}, Acceptance: &Acceptance{Point: Point{3, 4}, Until: today}}, Accepted},
		{"the acceptance lapsed", Entry{Inherent: &Score{Point: Point{3, 4}}, Acceptance: &Acceptance{Point: Point{3, 4}, Until: today - 1}, Plan: approved}, Lapsed},
		{"it lapsed, and a treatment was planned since", Entry{Inherent: &Score{Point: Point{3, 4}}, Acceptance: &Acceptance{Point: Point{3, 4}, Until: today - 9}, Plan: &Plan{Choice: Reduce, At: (today - 3).Start(time.UTC)}}, Planned},
		{"it lapsed, and a plan was there before", Entry{Inherent: &Score{Point: Point{3, 4}}, Acceptance: &Acceptance{Point: Point{3, 4}, Until: today - 9}, Plan: &Plan{Choice: Reduce, At: (today - 30).Start(time.UTC)}}, Lapsed},
		{"the score rose above what was accepted", Entry{Inherent: &Score{Point: Point{4, 4}}, Acceptance: &Acceptance{Point: Point{3, 4}, Until: today}}, Lapsed},
		{"a law is broken", Entry{Risk: Risk{Breach: true}, Inherent: &Score{Point: Point{1, 1}}}, Breached},
		{"closed", Entry{Risk: Risk{ClosedAt: day(2026, 1, 1)}, Inherent: &Score{Point: Point{5, 5}}}, Closed},
	} {
		tt.e.settle(Shipped(), nil, today)
		if tt.e.State != tt.want || tt.e.Why == "" {
			t.Errorf("%s: %s (%s), want %s", tt.name, tt.e.State, tt.e.Why, tt.want)
		}
	}
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
