package isms

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

func emptyFacts() PackFacts {
	return PackFacts{Review: Review{Code: "MR-2026-1", Title: "Yearly", On: cadence.On(2026, 11, 30)}, Of: "Empty Ltd", Today: cadence.On(2026, 11, 26), At: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), Climate: JudgeClimate(nil, cadence.On(2026, 11, 26))}
}

func TestAnEmptyOrganisationsPackInventsNothing(t *testing.T) {
	p := BuildPack(emptyFacts())
	if len(p.Sections) != 17 {
		t.Fatalf("%d sections, want one for each of 17 inputs", len(p.Sections))
	}
	clauses := map[string]bool{}
	for _, s := range p.Sections {
		clauses[s.Clause] = true
		if len(s.Missing) == 0 {
			t.Errorf("%s %s does not say what is missing", s.Item, s.Topic)
		}
		if len(s.Lists) > 0 {
			t.Errorf("%s lists %v", s.Item, s.Lists)
		}
		for _, f := range s.Figures {
			if f.Value != "0" && f.Value != "missing" {
				t.Errorf("%s: %s is %q", s.Item, f.Label, f.Value)
			}
			if f.Mark == "good" {
				t.Errorf("%s: %s is called good where nothing is known", s.Item, f.Label)
			}
		}
		if s.Question == "" || s.Topic == "" {
			t.Errorf("%s asks nothing", s.Item)
		}
	}
	for _, c := range []string{"9.3.2 a", "9.3.2 b", "9.3.2 c", "9.3.2 d 1", "9.3.2 d 2", "9.3.2 d 3", "9.3.2 d 4", "9.3.2 e", "9.3.2 f", "9.3.2 g"} {
		if !clauses[c] {
			t.Errorf("no section for %s", c)
		}
	}
}

// section returns the input of a pack.
func (p Pack) section(t *testing.T, item string) PackSection {
	t.Helper()
	for _, s := range p.Sections {
		if s.Item == item {
			return s
		}
	}
	t.Fatalf("no section %s", item)
	return PackSection{}
}

func (s PackSection) said() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestWhatAPackSays(t *testing.T) {
	f := emptyFacts()
	f.Before = &Review{Code: "MR-2025-1", On: cadence.On(2025, 11, 20)}
	f.PartiesWere = []Party{{Kept: Kept{ID: "1", Code: "IP-01"}, Name: "Customers", Needs: "Proof"}, {Kept: Kept{ID: "2", Code: "IP-02"}, Name: "Board"}, {Kept: Kept{ID: "3", Code: "IP-03"}, Name: "Bank", Care: Care{ReviewEvery: "P1Y", Reviewed: cadence.On(2024, 11, 25)}}}
	f.Parties = []Party{{Kept: Kept{ID: "1", Code: "IP-01"}, Name: "Customers", Needs: "Proof and speed"}, {Kept: Kept{ID: "2", Code: "IP-02", Retired: "Dissolved."}, Name: "Board"}, {Kept: Kept{ID: "3", Code: "IP-03"}, Name: "Bank", Care: Care{ReviewEvery: "P1Y", Reviewed: cadence.On(2025, 11, 25)}}, {Kept: Kept{ID: "4", Code: "IP-04"}, Name: "Insurer"}}
	f.Actions = []PackAction{{Code: "ACT-1", Overdue: true}, {Code: "ACT-2", Done: true}}
	f.Log = &FindingFacts{Open: 3, Raised: 1, Opportunities: []FindingLine{{Code: "F-009", Title: "Shorter forms"}}}
	f.Risks = &RiskFacts{RiskFigures: RiskFigures{All: 4, Scored: 3, Above: 1, Undecided: []string{"R-002"}}}
	f.Vendors = &VendorFacts{All: 2, Critical: 1}
	f.Commitments = &[]CommitmentLine{{"SC-01", "We are there", "availability", "99.9"}}
	f.AI = true
	f.Review.Brought = map[string]ReviewPoint{"MR-12": {Words: "One near miss.", ByName: "Sam"}}
	p := BuildPack(f)
	for _, tt := range []struct{ item, want string }{
		{"MR-01", `"Overdue","value":"1"`},
		{"MR-01", `"Closed","value":"1"`},
		{"MR-02", "register of issues is empty"},
		{"MR-04", `["IP-01","Customers: Proof and speed","Changed: needs"]`},
		{"MR-04", `["IP-02","Board: ","Retired: Dissolved."]`},
		{"MR-04", `["IP-04","Insurer: ","New"]`},
		{"MR-04", `"Not looked at in time","value":"1"`},
		{"MR-05", `"Open","value":"3"`},
		{"MR-10", "1 of 4 risks are not scored by you"},
		{"MR-11", "Shorter forms"},
		{"MR-12", "One near miss."},
		{"MR-12", "brought by hand"},
		{"MR-13", "whether the promises were kept has to be brought"},
		{"MR-15", "No privacy framework is followed"},
		{"MR-16", "keeps no inventory of AI"},
	} {
		if got := p.section(t, tt.item).said(); !strings.Contains(got, tt.want) {
			t.Errorf("%s does not say %q: %s", tt.item, tt.want, got)
		}
	}
	if got := p.section(t, "MR-04").said(); strings.Contains(got, "IP-03\",\"Bank") {
		t.Error("a party that was only looked at again counts as changed")
	}
}

func TestMinutesAreSentOnlyWhenTheyAreComplete(t *testing.T) {
	today := cadence.On(2026, 11, 26)
	whole := Review{State: ReviewPrepared, On: today, Participants: []Participant{{Person: "a", Present: true, Top: true}}, Written: map[string]ReviewPoint{}}
	for _, m := range MinutesFields() {
		whole.Written[m.Key] = ReviewPoint{Words: "Seen."}
	}
	for _, a := range DecisionItems() {
		whole.Decisions = append(whole.Decisions, Decision{Item: a.ID, Unchanged: true, Words: "No change"})
	}
	if got := whole.Lacks(today); len(got) > 0 {
		t.Fatalf("complete minutes lack %v", got)
	}
	if n := len(MinutesFields()); n != 20 {
		t.Errorf("%d texts, want 17 inputs and 3 conclusions", n)
	}
	if n := len(DecisionItems()); n != 4 {
		t.Errorf("%d points to decide, want 4", n)
	}
	for _, tt := range []struct {
		name string
		do   func(*Review)
		want string
	}{
		{"before the meeting", func(r *Review) { r.On = today + 1 }, "The meeting is on"},
		{"without a pack", func(r *Review) { r.State = ReviewPlanned }, "The pack is not frozen"},
		{"nobody was there", func(r *Review) { r.Participants = []Participant{{Top: true}} }, "Nobody is marked as having been there"},
		{"nobody of top management was there", func(r *Review) { r.Participants = []Participant{{Present: true}, {Top: true}} }, "Nobody of top management"},
		{"an input nobody spoke of", func(r *Review) { r.Written = without(r.Written, "MR-09") }, "The minutes say nothing of “Feedback from interested parties”."},
		{"a conclusion that is missing", func(r *Review) { r.Written = without(r.Written, "MR-22b") }, "“Adequacy”"},
		{"an output without a decision", func(r *Review) { r.Decisions = r.Decisions[1:] }, "To change nothing is one."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := whole
			tt.do(&r)
			if got := r.Lacks(today); len(got) != 1 || !strings.Contains(got[0], tt.want) {
				t.Errorf("lacks %q, want %q alone", got, tt.want)
			}
		})
	}
}

func without(m map[string]ReviewPoint, key string) map[string]ReviewPoint {
	out := map[string]ReviewPoint{}
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	return out
}

func TestAPackIsReadAsItWasFrozen(t *testing.T) {
	f := emptyFacts()
	f.Review.Brought = map[string]ReviewPoint{"MR-09": {Words: "Two\n\nparagraphs.", ByName: "Sam", At: f.At}}
	p := BuildPack(f)
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Pack
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	first, err := p.Report(time.UTC).PDF()
	if err != nil {
		t.Fatal(err)
	}
	second, err := back.Report(time.UTC).PDF()
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Error("the PDF of a pack read from its file differs from the one that was frozen")
	}
}
