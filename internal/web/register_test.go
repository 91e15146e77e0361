package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// things is a register of four entries, one of them gone.
func things(query string) (*registerPage, []string) {
	q, _ := url.ParseQuery(query)
	row := func(code, name, kind, owner, score string, gone bool) registerRow {
		r := registerRow{ID: code, Code: code, Name: name, Gone: gone, Facets: map[string][]string{"state": {"live"}, "kind": {kind}},
			Cells: func() []registerCell {
				return []registerCell{{Text: owner, Person: true}, {Text: score, Order: strings.Repeat("0", 3-len(score)) + score}}
			}}
		if gone {
			r.Facets["state"] = []string{"gone"}
		}
		return r
	}
	p := &registerPage{register: register{Path: []string{"things"}, One: "thing", Many: "things"}, frame: frame{Slug: "one"}, Query: q, Held: registerRows{
		Heads:   []registerHead{{Text: "Owner"}, {Text: "Score", Num: true}},
		Filters: []registerFilter{{Name: "state", Label: "state", Options: []option{{"live", "Live"}, {"gone", "Gone"}}}, {Name: "kind", Label: "Kind", Options: []option{{"a", "A"}, {"b", "B"}}}},
		Rows:    []registerRow{row("T-1", "Payroll", "a", "Mara", "9", false), row("T-2", "mail", "b", "Nils", "15", false), row("T-3", "Wiki", "a", "Nils", "1", false), row("T-4", "Fax", "a", "", "2", true)},
	}}
	found := p.narrowed()
	p.sorted(found)
	var codes []string
	for _, r := range found {
		codes = append(codes, r.Code)
	}
	return p, codes
}

func TestHowARegisterIsNarrowedAndSorted(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		want        []string
	}{
		{"without a wish, what is gone is left out", "", []string{"T-1", "T-2", "T-3"}},
		{"what is gone is shown where it is asked for", "state=gone", []string{"T-4"}},
		{"by a word of any cell", "text=nils", []string{"T-2", "T-3"}},
		{"by two words", "text=nils+wiki", []string{"T-3"}},
		{"by a filter", "kind=a", []string{"T-1", "T-3"}},
		{"by a value nobody has", "kind=zzz", nil},
		{"by name, whatever the case", "sort=0", []string{"T-2", "T-1", "T-3"}},
		{"by number, not by letters", "sort=2", []string{"T-3", "T-1", "T-2"}},
		{"the other way round", "sort=-2", []string{"T-2", "T-1", "T-3"}},
		{"by a column that is not there", "sort=7", []string{"T-1", "T-2", "T-3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := things(tt.query); !slices.Equal(got, tt.want) {
				t.Errorf("rows = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPillsCountWhatTheOtherFiltersLeave(t *testing.T) {
	p, _ := things("kind=a&state=gone")
	var got []string
	for _, x := range p.Pills {
		got = append(got, x.Text+" "+group(x.N)+" "+x.To)
	}
	want := []string{"All 2 /o/one/things?kind=a", "Live 2 /o/one/things?kind=a&state=live", "Gone 1 /o/one/things?kind=a&state=gone"}
	if !slices.Equal(got, want) {
		t.Errorf("pills = %q, want %q", got, want)
	}
	if to := p.sortTo(2); to != "/o/one/things?kind=a&sort=2&state=gone" {
		t.Errorf("sorting leads to %s", to)
	}
}
