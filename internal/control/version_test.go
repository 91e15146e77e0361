package control

import (
	"encoding/json"
	"testing"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// What a leaf hashed must come out of the row again, byte for byte, also where the
// row was written before a field was there.
func TestAnOldVersionIsHashedAsItWas(t *testing.T) {
	const stored = `{"control":"1","number":2,"code":"AC-1","title":"T","statement":"S","domain":"D","owner":"","kind":"periodic","frequency":"quarterly","evidence":["a"],"population":"","status":"operated","origin":"entered"}`
	var s snapshot
	if err := json.Unmarshal([]byte(stored), &s); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(s)
	if err != nil || string(again) != stored {
		t.Errorf("it comes out as\n%s, %v, want\n%s", again, err, stored)
	}
	s.Since = cadence.On(2026, 3, 1).String()
	if again, _ = json.Marshal(s); string(again) != stored[:len(stored)-1]+`,"since":"2026-03-01"}` {
		t.Errorf("a new field goes to the end, not %s", again)
	}
}
