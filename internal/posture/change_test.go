package posture

import (
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

func TestChanges(t *testing.T) {
	answer := func(pairs ...string) []Verdict {
		var out []Verdict
		for i := 0; i+1 < len(pairs); i += 2 {
			out = append(out, Verdict{Requirement: framework.Requirement{ID: pairs[i]}, Coverage: Coverage(pairs[i+1])})
		}
		return out
	}
	for _, tt := range []struct {
		name          string
		before, after []Verdict
		want          string
	}{
		{"nothing", answer("a", "full"), answer("a", "full"), "No requirement moved."},
		{"one", answer("a", "partial"), answer("a", "full"), "1 requirement moved from partial to full."},
		{"several, and back", answer("a", "partial", "b", "partial", "c", "full_union"), answer("a", "full", "b", "full", "c", "none"),
			"1 requirement moved from full by union to none and 2 from partial to full."},
		{"three ways", answer("a", "full", "b", "partial", "c", "candidate"), answer("a", "partial", "b", "none", "c", "partial"),
			"1 requirement moved from full to partial, 1 from partial to none and 1 from candidate to partial."},
		{"one that only one answer has", answer("a", "full"), answer("b", "none"), "No requirement moved."},
	} {
		if got := Changes(tt.before, tt.after).Sentence(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
