package policy

import (
	"strings"
	"testing"
	"time"
)

func TestBindings(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 9, 0, 0, 0, time.UTC) }
	says := func(value string) []Undertaking {
		return []Undertaking{{Subject: "user-access-review", Topic: "access-review", Property: Frequency, Value: value, Sentence: "Reviewed " + value + "."}}
	}
	governs := []string{"access-review"}
	a := span{policy: "a", title: "Access Control Policy", governs: governs, from: day(5), to: day(20), undertakings: says("P3M")}
	a2 := span{policy: "a", title: "Access Control Policy", governs: governs, from: day(20), undertakings: says("P6M")}
	other := span{policy: "b", title: "Procedure", from: day(1), undertakings: says("P1M")}
	ruling := Decision{Pair: Pair{First: "a", Second: "b", Subject: "user-access-review", Property: Frequency, Values: [2]string{"P3M", "P1M"}}, Choice: OneGoverns, Governing: "b", At: day(10)}
	for _, tt := range []struct {
		name    string
		b       Bindings
		control string
		want    []Gap
	}{
		{"nothing before it is published", Bindings{spans: []span{a2}}, "c", []Gap{{From: day(20), Days: 184}}},
		{"a new version from its day on", Bindings{spans: []span{a, a2}}, "c", []Gap{{From: day(5), Days: 92}, {From: day(20), Days: 184}}},
		{"a document that does not govern binds nothing", Bindings{spans: []span{other}}, "c", nil},
		{"it ends with the policy", Bindings{spans: []span{a}}, "c", []Gap{{From: day(5), Days: 92}, {From: day(20), Days: 0}}},
		{"a decision holds from its day on, while both say what they said", Bindings{spans: []span{a, a2, other}, rulings: []Decision{ruling}}, "c",
			[]Gap{{From: day(5), Days: 92}, {From: day(10), Days: 31}, {From: day(20), Days: 184}}},
		{"only the controls it names", Bindings{spans: []span{{policy: "a", governs: governs, controls: []string{"d"}, from: day(5), undertakings: says("P3M")}}}, "c", nil},
		{"of two that govern the stricter", Bindings{spans: []span{a2, {policy: "c", governs: governs, from: day(1), undertakings: says("P1Y")}}}, "c", []Gap{{From: day(1), Days: 366}, {From: day(20), Days: 184}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.b.Of("AC-04", tt.control)
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v, want %+v", got, tt.want)
			}
			for i, g := range got {
				if !g.From.Equal(tt.want[i].From) || g.Days != tt.want[i].Days || (g.Days > 0) != strings.Contains(g.Says, "“Reviewed P") {
					t.Errorf("got %+v, want %+v", g, tt.want[i])
				}
			}
			if tt.b.Of("AC-01", tt.control) != nil {
				t.Error("a control no subject speaks of is bound")
			}
		})
	}
}
