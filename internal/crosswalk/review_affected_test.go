package crosswalk

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

func annex(id string) framework.Ref     { return framework.Ref{Framework: "iso27001-2022", ID: id} }
func criterion(id string) framework.Ref { return framework.Ref{Framework: "soc2-2017", ID: id} }

// fewLines is a crosswalk one can hold in the head.
func fewLines() Mapping {
	return Mapping{
		Library: Shipped(),
		Codes:   map[string]string{"1": "AC-1", "2": "VM-2", "10": "AC-10"},
		Links: map[string][]Link{
			"1":    {{Ref: criterion("CC6.1")}, {Ref: annex("A.5.15")}},
			"2":    {{Ref: criterion("CC9.2")}, {Ref: annex("A.5.19")}},
			"10":   {{Ref: criterion("CC6.3")}},
			"gone": {{Ref: criterion("CC9.2")}}, // of a control that is retired
		},
		Rows: []Edge{
			{Set: "one", Source: criterion("CC6.1"), Target: annex("A.5.15")},
			{Set: "one", Source: criterion("CC9.2"), Target: annex("A.5.19")},
			{Set: "one", Source: criterion("CC9.2"), Target: annex("A.5.19")}, // a set may state a pair twice
			{Set: "two", Source: annex("A.5.23"), Target: criterion("CC6.1")},
		},
	}
}

// inWords says what is affected in few words.
func inWords(m Mapping, list []Affected) []string {
	var out []string
	for _, a := range list {
		if a.Control != "" {
			out = append(out, m.Codes[a.Control]+" "+a.Target.ID)
		} else {
			out = append(out, a.Set+" "+a.Source.ID+" "+a.Target.ID)
		}
	}
	return out
}

func TestATriggerNamesWhatItPutsInDoubt(t *testing.T) {
	lost := &Set{ID: "three", Edges: []Edge{{Set: "three", Source: criterion("CC6.1"), Target: annex("A.5.15")}}}
	for _, tt := range []struct {
		name    string
		trigger Trigger
		want    []string
	}{
		{"a new vendor: what speaks of vendors", Trigger{Kind: OfVendor, Words: "The vendor Nimbus is new", Name: "Nimbus"},
			[]string{"VM-2 A.5.19", "VM-2 CC9.2", "one CC9.2 A.5.19", "two A.5.23 CC6.1"}},
		{"a changed vendor: its controls as well, by code", Trigger{Kind: OfVendor, Words: "The vendor Nimbus changed", Name: "Nimbus", Controls: []string{"10", "1"}},
			[]string{"AC-1 A.5.15", "AC-1 CC6.1", "AC-10 CC6.3", "VM-2 A.5.19", "VM-2 CC9.2", "one CC9.2 A.5.19", "two A.5.23 CC6.1"}},
		{"a cloud service", Trigger{Kind: OfCloud, Words: "The system Ledger is new", Name: "Ledger"},
			[]string{"AC-1 CC6.1", "VM-2 A.5.19", "VM-2 CC9.2", "one CC6.1 A.5.15", "one CC9.2 A.5.19", "two A.5.23 CC6.1"}},
		{"a system", Trigger{Kind: OfSystem, Words: "The system Ledger was retired", Name: "Ledger", Controls: []string{"10"}},
			[]string{"AC-1 CC6.1", "AC-10 CC6.3", "one CC6.1 A.5.15", "two A.5.23 CC6.1"}},
		{"a process that nothing here speaks of", Trigger{Kind: OfProcess, Words: "The process Hiring changed", Name: "Hiring"}, nil},
		{"the text of a control: its links and no row", Trigger{Kind: OfText, Controls: []string{"1"}}, []string{"AC-1 A.5.15", "AC-1 CC6.1"}},
		{"an edition: what touches a changed requirement", Trigger{Kind: OfEdition, Refs: []framework.Ref{annex("A.5.15")}}, []string{"AC-1 A.5.15", "one CC6.1 A.5.15"}},
		{"a version of a set: its changed rows, from either side", Trigger{Kind: OfSet, Rows: []RowOf{{"two", criterion("CC6.1"), annex("A.5.23")}}}, []string{"two A.5.23 CC6.1"}},
		{"a version of another set", Trigger{Kind: OfSet, Rows: []RowOf{{"one", criterion("CC6.1"), annex("A.5.23")}}}, nil},
		{"a set more", Trigger{Kind: OfStack, Sets: []string{"two"}}, []string{"two A.5.23 CC6.1"}},
		{"a set less: what stands alone now", Trigger{Kind: OfStack, Lost: []*Set{lost}}, []string{"one CC6.1 A.5.15"}},
		{"the year of a pair", Trigger{Kind: OfYear, Pairs: [][2]string{{"iso27001-2022", "soc2-2017"}}}, []string{"one CC6.1 A.5.15", "one CC9.2 A.5.19", "two A.5.23 CC6.1"}},
		{"the year of another pair", Trigger{Kind: OfYear, Pairs: [][2]string{{"iso27001-2022", "nist-csf-2.0"}}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := fewLines()
			got := m.Affects(tt.trigger)
			if !slices.Equal(inWords(m, got), tt.want) {
				t.Errorf("named %q\nwant  %q", inWords(m, got), tt.want)
			}
			for _, a := range got {
				if !strings.HasSuffix(a.Reason, ".") || strings.Contains(a.Reason, "  ") {
					t.Errorf("%v has the reason %q", a, a.Reason)
				}
			}
		})
	}
}

func TestAReasonSaysWhatTheLineHasToDoWithTheChange(t *testing.T) {
	m := fewLines()
	got := m.Affects(Trigger{Kind: OfVendor, Words: "The vendor Nimbus is new", Name: "Nimbus", Controls: []string{"1"}})
	if want := "AC-1 is bound to Nimbus."; got[0].Reason != want {
		t.Errorf("of a bound control: %q, want %q", got[0].Reason, want)
	}
	if want := "A.5.19 speaks of vendors, and the vendor Nimbus is new."; got[2].Reason != want {
		t.Errorf("of a topic: %q, want %q", got[2].Reason, want)
	}
}

// The ids of topics are typed by hand; each must be one of its framework.
func TestTopicsAreRequirements(t *testing.T) {
	for kind, frameworks := range topics {
		for f, ids := range frameworks {
			for _, id := range ids {
				if !framework.Shipped().Has(framework.Ref{Framework: f, ID: id}) {
					t.Errorf("%s: %s has no %s", kind, f, id)
				}
			}
		}
	}
}

func TestAPairIsDueAYearAfterItsLastReview(t *testing.T) {
	since := cadenceOn(2025, 3, 1)
	for _, tt := range []struct {
		name  string
		y     yearly
		today string
		next  string
		want  Freshness
	}{
		{"in use for less than a year", yearly{since: since}, "2026-01-29", "2026-03-01", Fresh},
		{"thirty days before", yearly{since: since}, "2026-01-30", "2026-03-01", SoonDue},
		{"on the day", yearly{since: since}, "2026-03-01", "2026-03-01", SoonDue},
		{"the day after", yearly{since: since}, "2026-03-02", "2026-03-01", ReviewLate},
		{"while it is under review", yearly{since: since, open: true}, "2026-03-01", "2026-03-01", UnderLook},
		{"while it is under review, the day after", yearly{since: since, open: true}, "2026-03-02", "2026-03-01", ReviewLate},
		{"reviewed since", yearly{since: since, last: cadenceOn(2026, 2, 10)}, "2026-03-02", "2027-02-10", Fresh},
		{"left and followed anew after the last review", yearly{since: since, last: cadenceOn(2024, 12, 1)}, "2026-01-01", "2026-03-01", Fresh},
	} {
		t.Run(tt.name, func(t *testing.T) {
			next, got := tt.y.judge(cadenceOf(t, tt.today))
			if next.String() != tt.next || got != tt.want {
				t.Errorf("next %s, %s; want %s, %s", next, got, tt.next, tt.want)
			}
		})
	}
}

func TestOnlyTheLastChangeOfATextCounts(t *testing.T) {
	v := func(c string, n int, from int64, text string) textVersion {
		return textVersion{control: c, code: c, number: n, from: from, title: "T", text: text}
	}
	all := []textVersion{
		v("A", 1, 10, "a"), v("A", 2, 20, "b"), v("A", 3, 30, "c"), v("A", 4, 40, "c"), // 4 changed another field
		v("B", 1, 35, "a"),                    // new
		v("C", 1, 5, "a"), v("C", 2, 15, "b"), // before
		v("D", 1, 5, "a"), v("D", 2, 99, "b"), // after
	}
	got := textTriggers(all, 18, 50)
	if len(got) != 1 || got[0].Key != "text:A:3" || !slices.Equal(got[0].Controls, []string{"A"}) {
		t.Errorf("triggers %+v", got)
	}
}

// BenchmarkAffects names what a new vendor puts in doubt among ten thousand links
// and every row that ships.
func BenchmarkAffects(b *testing.B) {
	m := Mapping{Library: Shipped(), Codes: map[string]string{}, Links: map[string][]Link{}}
	iso, _ := framework.Shipped().Find("iso27001-2022")
	soc, _ := framework.Shipped().Find("soc2-2017")
	asked := append(iso.Asked(), soc.Asked()...)
	for i := range 2500 {
		id := fmt.Sprint("c", i)
		m.Codes[id] = fmt.Sprintf("AC-%d", i)
		for j := range 4 {
			r := asked[(i*4+j)%len(asked)]
			f := "iso27001-2022"
			if (i*4+j)%len(asked) >= len(iso.Asked()) {
				f = "soc2-2017"
			}
			m.Links[id] = append(m.Links[id], Link{Ref: framework.Ref{Framework: f, ID: r.ID}})
		}
	}
	for _, s := range m.Library.Sets {
		m.Rows = append(m.Rows, s.Edges...)
	}
	t := Trigger{Kind: OfVendor, Words: "The vendor Nimbus is new", Name: "Nimbus", Controls: []string{"c7", "c8"}}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n = len(m.Affects(t))
	}
	b.ReportMetric(float64(n), "lines")
}
