package control

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestShapesAgreeWithTheirExpressions draws short texts and compares the quick
// answers with the expressions alone.
func TestShapesAgreeWithTheirExpressions(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 4))
	parts := []string{"A", "b", "É", "ß", "7", "12", "-", ".", "/", "_", " ", "@", "’", "AC", "Mara", "Velasco", "x.io", "\u00a0", "٣", "K"}
	codes, persons := 0, 0
	for range 200_000 {
		var s strings.Builder
		for range draw.IntN(8) {
			s.WriteString(parts[draw.IntN(len(parts))])
		}
		text := s.String()
		code, person := len(text) <= maxCode && codeShape().MatchString(text), personShape().MatchString(text)
		if isCode(text) != code || isPerson(text) != person {
			t.Fatalf("%q: code %v, person %v by the expressions", text, code, person)
		}
		if code {
			codes++
		}
		if person {
			persons++
		}
	}
	if codes < 1000 || persons < 1000 {
		t.Errorf("only %d codes and %d persons were drawn", codes, persons)
	}
}
