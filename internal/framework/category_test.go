package framework

import (
	"slices"
	"strings"
	"testing"
)

func TestWhichCategoriesAreInScope(t *testing.T) {
	f := shipped(t, "soc2-2017")
	for _, tt := range []struct {
		name   string
		chosen []string
		tagged []Ref
		want   string
	}{
		{"nobody chose and nothing is tagged", nil, nil, "CC always, A undecided, PI undecided, C undecided, P undecided"},
		{"nobody chose, so tags decide", nil, []Ref{{"soc2-2017", "A1.2"}, {"soc2-2017", "CC6.1"}}, "CC always, A tagged, PI undecided, C undecided, P undecided"},
		{"a tag of another framework says nothing", nil, []Ref{{"gdpr", "A1.2"}}, "CC always, A undecided, PI undecided, C undecided, P undecided"},
		{"a choice outweighs tags", []string{"CC", "P"}, []Ref{{"soc2-2017", "A1.2"}}, "CC always, A not chosen, PI not chosen, C not chosen, P chosen"},
		{"none chosen is a choice, and Security stays", []string{}, []Ref{{"soc2-2017", "A1.2"}}, "CC always, A not chosen, PI not chosen, C not chosen, P not chosen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			in := map[string]bool{}
			for _, c := range f.Scope(tt.chosen, slices.Values(tt.tagged)) {
				got = append(got, c.ID+" "+string(c.Why))
				in[c.ID] = c.In()
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("%s, want %s", s, tt.want)
			}
			left := f.LeftOut(tt.chosen, slices.Values(tt.tagged))
			for _, r := range f.Asked() {
				c, out := left[r.ID]
				if group := f.Path(r.ID)[0].ID; out == in[group] || out && c.ID != group {
					t.Errorf("%s of %s: left out is %t, of %q", r.ID, group, out, c.ID)
				}
			}
		})
	}
	if iso := shipped(t, "iso27001-2022"); len(iso.Scope(nil, nil)) != 0 || len(iso.LeftOut(nil, nil)) != 0 {
		t.Error("a standard without categories has some out of scope")
	}
}
