package framework

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
)

// TestSigns draws texts that a pattern matches and looks for its signs in them.
func TestSigns(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	check := func(pattern string, signs []string) {
		re, err := syntax.Parse("(?i)"+pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		for range 2000 {
			var s strings.Builder
			matching(&s, re, draw)
			if text := plain(s.String()); !signed(strings.ToLower(text), signs) {
				t.Fatalf("%q matches %s but has none of the signs %q", text, pattern, signs)
			}
		}
	}
	for _, s := range standardNames {
		check(s.pattern, s.signs)
	}
	for _, l := range layerNames {
		check(l.pattern, l.signs)
	}
}

// matching writes one text that the expression matches.
func matching(s *strings.Builder, re *syntax.Regexp, draw *rand.Rand) {
	times := func(low, high int) {
		for range low + draw.IntN(high-low+1) {
			matching(s, re.Sub[0], draw)
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		s.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		n := 2 * draw.IntN(len(re.Rune)/2)
		s.WriteRune(re.Rune[n] + rune(draw.IntN(int(re.Rune[n+1]-re.Rune[n])+1)))
	case syntax.OpAlternate:
		matching(s, re.Sub[draw.IntN(len(re.Sub))], draw)
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			matching(s, sub, draw)
		}
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpStar:
		times(0, 2)
	case syntax.OpPlus:
		times(1, 3)
	case syntax.OpRepeat:
		times(re.Min, max(re.Min, re.Max))
	}
}
