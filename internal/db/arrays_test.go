package db

import (
	"testing"
	"time"
)

func TestRowsBecomeArrays(t *testing.T) {
	type name string
	columns, places, ok := arrays([]any{name("a"), nil, int32(1), true, "b", "x", int32(2), false}, 4)
	if !ok || places != "$1::text[], $2::text[], $3::bigint[], $4::boolean[]" {
		t.Fatalf("places %q, %v", places, ok)
	}
	if second := columns[1].([]*string); second[0] != nil || *second[1] != "x" {
		t.Errorf("what is not there stays so: %v", second)
	}
	if numbers := columns[2].([]*int64); *numbers[0] != 1 || *numbers[1] != 2 {
		t.Errorf("numbers %v", numbers)
	}
	for what, rows := range map[string][]any{"two kinds": {"a", 1}, "nothing but nil": {nil, nil}, "bytes": {[]byte("a"), []byte("b")}, "a moment": {time.Time{}, time.Time{}}} {
		if _, _, ok := arrays(rows, 1); ok {
			t.Errorf("%s: an array was made of it", what)
		}
	}
}
