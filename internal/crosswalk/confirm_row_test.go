package crosswalk

import "testing"

func TestTheWorstWordOfTheControlsCountsForARow(t *testing.T) {
	for _, tt := range []struct {
		name     string
		controls []Backing
		want     Backing
	}{
		{"no control", nil, Unconfirmed},
		{"nobody was asked", []Backing{Unconfirmed, Unconfirmed}, Unconfirmed},
		{"what nobody was asked about hides nothing", []Backing{Unconfirmed, Backed}, Backed},
		{"one among many that is stale", []Backing{Backed, Stale, Backed}, Stale},
		{"one that only its author confirmed", []Backing{Backed, ByAuthor}, ByAuthor},
		{"one no", []Backing{Stale, Contradicted, Backed}, Contradicted},
	} {
		var list []Confirmation
		for _, b := range tt.controls {
			list = append(list, Confirmation{Backing: b})
		}
		if got := BackingOfRow(list); got.Backing != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got.Backing, tt.want)
		}
	}
}
