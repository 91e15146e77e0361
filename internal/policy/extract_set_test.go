package policy

import (
	"slices"
	"testing"
)

// TestExtractReadsTheSharedSetWithoutItsFrontMatter measures the extractor on the
// shipped policies, whose front matter says what stands in the text.
func TestExtractReadsTheSharedSetWithoutItsFrontMatter(t *testing.T) {
	stated, again, wrong := 0, 0, 0
	byProperty := map[Property][2]int{}
	for _, d := range append(shared(t, ""), shared(t, "conflicts-fixture")...) {
		got := Extract(d.Body).Undertakings
		for _, u := range d.Undertakings {
			stated++
			n := byProperty[u.Property]
			n[1]++
			if slices.ContainsFunc(got, func(g Undertaking) bool {
				return g.Subject == u.Subject && g.Value == u.Value && g.Sentence == u.Sentence
			}) {
				again++
				n[0]++
			} else {
				t.Logf("%s: not read: %s %s %q", d.Name, u.Subject, u.Value, u.Sentence)
			}
			byProperty[u.Property] = n
		}
		for _, g := range got {
			if g.Property != Governs && !slices.ContainsFunc(d.Undertakings, func(u Undertaking) bool {
				return g.Subject == u.Subject && g.Value == u.Value && g.Sentence == u.Sentence
			}) {
				wrong++
				t.Logf("%s: read, not stated: %s %s %q", d.Name, g.Subject, g.Value, g.Sentence)
			}
		}
	}
	t.Logf("%d of %d read again, %d read that are not stated; %v", again, stated, wrong, byProperty)
}
