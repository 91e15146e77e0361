package access

import (
	"strings"
	"testing"
)

// FuzzToken reads whatever as a token: a word that names an organisation, or none.
func FuzzToken(f *testing.F) {
	real, err := newAPIToken("01a21732-0c03-7371-8c0c-36e4be6646be")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{real, "", "tcn_", "tcn_" + strings.Repeat("A", 64), "tcn_" + strings.Repeat("=", 64), real + "A", strings.ToUpper(real)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		org, ok := orgOf(token)
		if ok && (len(org) != 36 || !strings.HasPrefix(token, "tcn_") || len(token) < 68) {
			t.Errorf("%q names %q", token, org)
		}
	})
}
