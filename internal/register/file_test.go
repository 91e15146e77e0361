package register

import (
	"testing"

	"github.com/toucan-grc/toucan/internal/sheet"
)

// thing is an entry with a choice and a yes or no.
type thing struct {
	class string
	sub   bool
}

func TestAnEmptyCellLeavesWhatIsThere(t *testing.T) {
	class := Options(sheet.Column{Key: "class", Title: "Classification"}, []Choice{{Key: "internal"}, {Key: "restricted"}}, "internal", func(e *thing) *string { return &e.class })
	sub := YesNo(sheet.Column{Key: "sub", Title: "Subprocessor"}, func(e *thing) *bool { return &e.sub })
	for _, tt := range []struct {
		name       string
		was        thing
		class, sub string
		want       thing
	}{
		{"a new entry gets what is usual", thing{}, "", "", thing{"internal", false}},
		{"a new entry gets what is written", thing{}, "restricted", "yes", thing{"restricted", true}},
		{"an entry keeps what it has", thing{"restricted", true}, "", "", thing{"restricted", true}},
		{"an entry takes what is written", thing{"restricted", true}, "internal", "no", thing{"internal", false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &sheet.Sheet{}
			r := sheet.Row{Number: 2, Cells: map[string]string{"class": tt.class, "sub": tt.sub}}
			got := tt.was
			class.Take(&got, s, r, nil)
			sub.Take(&got, s, r, nil)
			if got != tt.want || len(s.Faults) > 0 {
				t.Errorf("got %+v, %v; want %+v", got, s.Faults, tt.want)
			}
		})
	}
}
