package result

import (
	"math/rand/v2"
	"testing"
)

// TestTheLastChangeThatSpeaksOfAMomentIsHowItStands is what lets an auditor hold the
// intervals against the changes that the log proves. Senders' clocks run ahead a little.
func TestTheLastChangeThatSpeaksOfAMomentIsHowItStands(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 3000 {
		var s series
		var told []change
		now := int64(0)
		for range 25 {
			now += r.Int64N(6)
			c := randomReports(r, 1)[0]
			c.at = max(1, now+5-r.Int64N(20))
			c.until = c.at + 1 + r.Int64N(12)
			changes, _ := s.take([]claim{c}, now)
			told = append(told, changes...)
		}
		for x := range now + 30 {
			last := change{state: Stale}
			for _, c := range told {
				if c.from <= x && x < c.to {
					last = c
				}
			}
			if got := stored(s.pieces, x); last.state != Stale && got != last.state {
				t.Fatalf("at %d it is %q, and %+v spoke last of it: %+v", x, got, last, s.pieces)
			}
		}
	}
}
