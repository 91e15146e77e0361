package ledger_test

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/toucan-grc/toucan/internal/ledger"
)

func TestTheRootOfABatchIsThatOfItsSaltedFacts(t *testing.T) {
	facts := []any{map[string]string{"state": "pass"}, map[string]string{"state": "fail"}, "third"}
	salt := "00112233445566778899aabbccddeeff"
	raw, err := hex.DecodeString(salt)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(facts) + 1 {
		var tree ledger.Tree
		for _, f := range facts[:n] {
			data, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := tree.Add(append(append([]byte{}, raw...), data...)); err != nil {
				t.Fatal(err)
			}
		}
		want, err := tree.Root()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ledger.Root(facts[:n], salt); err != nil || got != hex.EncodeToString(want[:]) {
			t.Errorf("%d facts: %s, %v, want %x", n, got, err, want)
		}
		if n == 0 {
			continue
		}
		if other, _ := ledger.Root(facts[:n], "ff"+salt[2:]); other == hex.EncodeToString(want[:]) {
			t.Errorf("%d facts: another salt gives the same root", n)
		}
	}
	if _, err := ledger.Root(facts, "no hex"); err == nil {
		t.Error("a salt that is no hex was taken")
	}
}
