package isms

import (
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
)

func TestRecordsStandForEvidenceOfTheVocabulary(t *testing.T) {
	if len(ownRecords) == 0 {
		t.Fatal("no noun offers records")
	}
	seen := map[string]bool{}
	for _, k := range ownRecords {
		if _, ok := control.Shipped().Kind(k.Evidence); !ok {
			t.Errorf("%q of %s is no kind of evidence", k.Evidence, k.Source)
		}
		if seen[k.Evidence] {
			t.Errorf("two nouns have records of %s", k.Evidence)
		}
		seen[k.Evidence] = true
	}
}
