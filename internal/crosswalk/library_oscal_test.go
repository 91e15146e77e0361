package crosswalk

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
)

func TestTheLibraryComesBackFromOSCAL(t *testing.T) {
	list := ShippedReach().Components()
	serves := 0
	for _, k := range list {
		serves += len(k.Serves)
	}
	if len(list) != 130 || serves != 1955 {
		t.Errorf("%d controls serve %d requirements, want 130 and 1955", len(list), serves)
	}
	var b bytes.Buffer
	if err := control.WriteOSCAL(&b, "Library", list, framework.Shipped(), edition); err != nil {
		t.Fatal(err)
	}
	d, found := oscal.Read(b.Bytes(), false)
	if d == nil || len(found) > 0 {
		t.Fatalf("%+v", found)
	}
	back, faults := control.FromOSCAL("x.json", d.Components, framework.Shipped())
	if len(faults) > 0 || len(back) != len(list) {
		t.Fatalf("%d came back: %v", len(back), faults)
	}
	for i := range back {
		back[i].Line, list[i].Line = 0, 0
		back[i].Serves, list[i].Serves = byFramework(back[i].Serves), byFramework(list[i].Serves)
		if !reflect.DeepEqual(back[i], list[i]) {
			t.Fatalf("%s came back as %+v, was %+v", list[i].Code, back[i], list[i])
		}
	}
}

// byFramework puts the services of one framework together, as OSCAL does.
func byFramework(list []control.Service) []control.Service {
	var out []control.Service
	done := make(map[string]bool)
	for _, s := range list {
		if done[s.Framework] {
			continue
		}
		done[s.Framework] = true
		for _, q := range list {
			if q.Framework == s.Framework {
				out = append(out, q)
			}
		}
	}
	return out
}
