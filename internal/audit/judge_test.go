package audit

import (
	"fmt"
	"strings"
	"testing"
)

// picked makes items by chance, each with one letter for each attribute: p, e, n or -.
func picked(m Method, outcomes ...string) []Item {
	var out []Item
	for i, o := range outcomes {
		it := Item{ID: fmt.Sprint(m, i), Method: m, Found: map[string]Judgement{}}
		for k, r := range o {
			if r != '-' {
				it.Found[letter(k)] = Judgement{Result: map[rune]Result{'p': Pass, 'e': Exception, 'n': NotApplicable}[r]}
			}
		}
		out = append(out, it)
	}
	return out
}

var two = []Attribute{{"A", "Approved"}, {"B", "In time"}}

func TestOutcome(t *testing.T) {
	for in, want := range map[string]Result{"pp": Pass, "pn": Pass, "nn": NotApplicable, "p-": Open, "--": Open, "pe": Exception, "e-": Exception, "ne": Exception, "n-": Open} {
		if got := picked(Random, in)[0].Outcome(two); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if got := picked(Random, "")[0].Outcome(nil); got != Open {
		t.Errorf("without attributes: %q; nothing was tested", got)
	}
}

func TestSummarise(t *testing.T) {
	sel := Selection{Attributes: two, Items: append(picked(Random, "pp", "pe", "nn", "p-", "pp"), picked(ByHand, "ee")...)}
	sel.Items[2].ReplacedBy = sel.Items[4].ID
	s := Summarise(100, sel)
	if s.Chance != (Tally{Selected: 4, Passed: 2, Exceptions: 1, Open: 1}) || s.Hand != (Tally{Selected: 1, Exceptions: 1}) || s.Replaced != 1 {
		t.Errorf("%+v", s)
	}
	if s.Rate.Tested != 3 || s.Rate.Exceptions != 1 {
		t.Errorf("rate %+v: what was chosen by hand says nothing about the others", s.Rate)
	}
	if a := s.Attributes[1]; a.Passed != 2 || a.Exceptions != 2 || a.Open != 1 {
		t.Errorf("attribute B %+v", a)
	}
	whole := Summarise(3, Selection{Attributes: two, Items: append(picked(Random, "pp", "pp"), picked(ByHand, "pe")...)})
	if whole.Chance.Selected != 3 || whole.Rate.Exceptions != 1 || whole.Rate.Bound95 != 1.0/3 {
		t.Errorf("every item of the population: %+v; then nothing is left to chance", whole.Rate)
	}
}

func TestAdvice(t *testing.T) {
	clean := func(n int) []Item { return picked(Random, strings.Fields(strings.Repeat("pp ", n))...) }
	for _, tt := range []struct {
		name       string
		population int
		items      []Item
		suggested  int
		want       []string // parts of the sentences
	}{
		{"nothing drawn", 100, nil, 25, nil},
		{"clean and enough", 250, clean(25), 25, nil},
		{"fewer than customary", 250, clean(10), 25, []string{"Extend by 15"}},
		{"fewer than customary, but all", 10, clean(10), 25, nil},
		{"open", 250, append(clean(24), picked(Random, "p-")...), 25, []string{"1 item is still to be judged"}},
		{"not applicable", 250, append(clean(24), picked(Random, "nn")...), 25, []string{"Replace them"}},
		// found by counting: of 250, 42 items with one exception bound it no higher than 25 without one
		{"one alone", 250, append(clean(24), picked(Random, "pe")...), 25, []string{"17 more items without a further exception"}},
		{"more than a quarter", 250, append(clean(5), picked(Random, "pe", "pe")...), 7, []string{"no accident"}},
		{"all of it", 10, append(clean(9), picked(Random, "pe")...), 5, []string{"the rate is exact"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Summarise(tt.population, Selection{Attributes: two, Items: tt.items}).Advice(tt.population, Suggestion{Items: tt.suggested})
			ok := len(got) == len(tt.want)
			for i := range got {
				ok = ok && strings.Contains(got[i], tt.want[i])
			}
			if !ok {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
