package control

import (
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
)

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
