package device

import (
	"fmt"
	"testing"
)

func TestTheListsOfFewOrganisationsAreKept(t *testing.T) {
	s, err := New(Config{KeyDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	first := s.kept("o0")
	for i := range 10 * keptFleets {
		k := s.kept(fmt.Sprint("o", i))
		if s.kept(fmt.Sprint("o", i)) != k || s.kept("o0") != first {
			t.Fatalf("what is looked at is not kept, at %d", i)
		}
		if n := len(s.fleets.young) + len(s.fleets.old); n > 2*keptFleets {
			t.Fatalf("lists of %d organisations are kept, %d at most", n, 2*keptFleets)
		}
	}
}
