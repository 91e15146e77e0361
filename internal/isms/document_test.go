package isms

import (
	"maps"
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

func TestDocumentsOfACategoryOutOfScopeAreNotAsked(t *testing.T) {
	f, _ := framework.Shipped().Find("soc2-2017")
	var privacy []framework.Ref
	for _, d := range RequiredDocuments() {
		if d.Requirement.Framework == f.ID && f.Within(d.Requirement.ID, "P") {
			privacy = append(privacy, d.Requirement)
		}
	}
	if len(privacy) == 0 {
		t.Fatal("no document is asked for by Privacy")
	}
	out := map[framework.Ref]string{}
	outOfCategory(out, f, f.Scope(nil, slices.Values(privacy[:1])))
	if out[privacy[0]] != "" {
		t.Errorf("nobody chose and a control is tagged to it, yet: %s", out[privacy[0]])
	}
	outOfCategory(out, f, f.Scope([]string{"CC"}, slices.Values(privacy[:1])))
	if got := out[privacy[0]]; got != "The category Privacy is not in the scope of your report." {
		t.Errorf("Privacy was left: %q", got)
	}
	for ref := range maps.Keys(out) {
		if f.Within(ref.ID, "CC") {
			t.Errorf("%s is of Security, and left out", ref.ID)
		}
	}
}
