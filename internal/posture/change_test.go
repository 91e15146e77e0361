package posture

import (
	"fmt"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

func verdicts(states ...Coverage) []Verdict {
	var out []Verdict
	for i, c := range states {
		out = append(out, Verdict{Requirement: framework.Requirement{ID: fmt.Sprintf("R%d", i+1)}, Coverage: c})
	}
	return out
}

func TestChangesSayWhatMoved(t *testing.T) {
	for name, tt := range map[string]struct {
		before, after []Verdict
		want          string
	}{
		"nothing": {verdicts(Full, None), verdicts(Full, None), "No coverage moved."},
		"one":     {verdicts(Full, None), verdicts(Full, Partial), "1 requirement moved from none to partial (R2)."},
		"three up and one down": {verdicts(Partial, Partial, Full, Partial), verdicts(Full, Full, Partial, Full),
			"3 requirements moved from partial to full (R1, R2 and R4); 1 from full to partial (R3)."},
		"as many up as down": {verdicts(Full, Partial), verdicts(Partial, Full),
			"1 requirement moved from partial to full (R2); 1 from full to partial (R1)."},
		"in words": {verdicts(Partial), verdicts(FullAttested), "1 requirement moved from partial to full, attested (R1)."},
		"more than a sentence can name": {verdicts(None, None, None, None, None, None, None, None), verdicts(Full, Full, Full, Full, Full, Full, Full, Full),
			"8 requirements moved from none to full (R1, R2, R3, R4, R5 and 3 more)."},
		"a new requirement":       {verdicts(Full), verdicts(Full, None), "1 requirement is new, and none (R2)."},
		"a requirement that went": {verdicts(Full, Partial), verdicts(Full), "1 requirement is no longer asked, before partial (R2)."},
		"moved and new":           {verdicts(None), verdicts(Full, Full, Full), "2 requirements are new, and full (R2 and R3); 1 requirement moved from none to full (R1)."},
	} {
		c := Changes(tt.before, tt.after)
		if got := c.Sentence(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		if c.Empty() != (c.Count() == 0) {
			t.Errorf("%s: empty %t, but %d moved", name, c.Empty(), c.Count())
		}
	}
}

func TestChangesFindRequirementsByID(t *testing.T) {
	before, after := verdicts(Full, None, Partial), verdicts(Full, None, Partial)
	after[0], after[2] = after[2], after[0]
	if c := Changes(before, after); !c.Empty() {
		t.Errorf("the order of the answers is no change: %s", c.Sentence())
	}
}
