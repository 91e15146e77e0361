package web

import (
	"reflect"
	"testing"
)

// What changes nothing folds behind what counts, and stays open where nothing counts.
func TestBandsFoldWhatIsNotNeeded(t *testing.T) {
	for _, c := range []struct {
		name  string
		roles []string
		want  map[string]bool // role to whether it folds
	}{
		{"nothing bears on it", nil, map[string]bool{}},
		{"what counts is open", []string{"counts", "counts", "also", "suggested"}, map[string]bool{"counts": false, "also": true, "suggested": true}},
		{"suggestions alone are open", []string{"suggested"}, map[string]bool{"suggested": false}},
		{"a dispute never folds", []string{"counts", "waiting", "disputed"}, map[string]bool{"counts": false, "waiting": false, "disputed": false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var list []bearing
			for _, r := range c.roles {
				list = append(list, bearing{Role: r})
			}
			got, n := map[string]bool{}, 0
			for _, b := range bands(list) {
				got[b.role] = b.folds
				n += len(b.list)
			}
			if !reflect.DeepEqual(got, c.want) || n != len(list) {
				t.Errorf("bands of %v: %v with %d in all, want %v with %d", c.roles, got, n, c.want, len(list))
			}
		})
	}
}
