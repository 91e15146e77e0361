package control

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
)

func TestTheLibraryComesBackFromOSCAL(t *testing.T) {
	list, err := Components()
	if err != nil {
		t.Fatal(err)
	}
	serves := 0
	for _, k := range list {
		serves += len(k.Serves)
	}
	if len(list) != 130 || serves != 1955 {
		t.Errorf("%d controls serve %d requirements, want 130 and 1955", len(list), serves)
	}
	var b bytes.Buffer
	if err := WriteOSCAL(&b, "Library", list, framework.Shipped(), oscal.Edition{At: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	d, found := oscal.Read(b.Bytes(), false)
	if d == nil || len(found) > 0 {
		t.Fatalf("%+v", found)
	}
	back, faults := FromOSCAL("x.json", d.Components, framework.Shipped())
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
func byFramework(list []Service) []Service {
	var out []Service
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

func TestAForeignComponentStatesNoRelation(t *testing.T) {
	const text = `{"component-definition": {"uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b11",
"metadata": {"title": "Database", "last-modified": "2026-11-26T09:00:00Z", "version": "1", "oscal-version": "1.1.2"},
"components": [{"uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b12", "type": "service", "title": "Database", "description": "A database.",
"control-implementations": [{"uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b13", "source": "NIST_SP-800-53_rev5_catalog.json", "description": "d",
"implemented-requirements": [
{"uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b14", "control-id": "sc-8", "description": "Encrypts."},
{"uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b15", "control-id": "sc-999", "description": "Nothing."}]}]}]}}`
	d, found := oscal.Read([]byte(text), false)
	if d == nil {
		t.Fatal(found)
	}
	list, faults := FromOSCAL("x.json", d.Components, framework.Shipped())
	if len(list) != 1 || len(list[0].Serves) != 1 || list[0].Serves[0].ID != "SC-8" || list[0].Serves[0].Relation != "overlaps" || list[0].Code != "C-01" {
		t.Errorf("components = %+v", list)
	}
	if len(faults) != 1 || faults[0].Line != 7 || !strings.Contains(faults[0].Text, "sc-999") {
		t.Errorf("faults = %v", faults)
	}
}
