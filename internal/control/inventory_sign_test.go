package control

import "testing"

// The reader marks phrases with a sign of its own; the same sign in a cell must
// neither stop it nor be taken for a phrase.
func TestAStatusMayHoldTheReadersOwnSign(t *testing.T) {
	for _, text := range []string{"§99", "§0", "§-1", "§", "§99999999999999999999"} {
		if status, why := ParseStatus(text, "Status"); status == Operated {
			t.Errorf("ParseStatus(%q) = %q, %q; want anything but operated", text, status, why)
		}
	}
}
