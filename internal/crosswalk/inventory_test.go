package crosswalk

import (
	"bytes"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// TestAComponentDefinitionIsAnInventory: what leaves as OSCAL comes back as controls,
// with the relations that were stated.
func TestAComponentDefinitionIsAnInventory(t *testing.T) {
	l, all := Shipped(), ShippedReach().Components()
	var b bytes.Buffer
	if err := control.WriteOSCAL(&b, "Ours", all, l.Frameworks, edition); err != nil {
		t.Fatal(err)
	}
	inv, err := l.Inventory("ours.json", b.Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(inv.Rows) != len(all) || len(inv.Notes) != 0 {
		t.Fatalf("%d rows and the notes %q, want %d and none", len(inv.Rows), inv.Notes, len(all))
	}
	tags, list, err := checkImport(l, PlanOf(inv, people.NewRegister(nil)))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range list {
		if c.Code != all[i].Code || c.Statement != all[i].Statement || c.Origin != "imported" || len(tags[i]) != len(all[i].Serves) {
			t.Errorf("%s came back as %+v with %d links", all[i].Code, c, len(tags[i]))
		}
		for _, link := range tags[i] {
			if want, _ := ShippedReach().Link(c.Code, link.Ref); link != want {
				t.Errorf("%s to %s came back as %q, was %q", c.Code, link.Ref, link.Relation, want.Relation)
			}
		}
	}
}

func TestABrokenComponentDefinitionSaysWhere(t *testing.T) {
	_, err := Shipped().Inventory("broken.json", []byte("{\"component-definition\": {\n \"uuid\": 7,"), nil)
	if err == nil || problem.Of(err).Field != "file" || !strings.Contains(problem.Of(err).Text, "line ") {
		t.Errorf("%v, want the line", err)
	}
}

// TestAStatedRelationReplacesATagOnly: an import may say more than a tag did, and
// never other than what a person stated.
func TestAStatedRelationReplacesATagOnly(t *testing.T) {
	a, b := ref("soc2-2017 CC6.1"), ref("soc2-2017 CC6.2")
	have := []openLink{{Link: Link{Ref: a}}, {Link: Link{Ref: b, Relation: "subset", Rationale: "ours"}}}
	got := retag(have, []Link{{Ref: a, Relation: "superset"}, {Ref: b, Relation: "equal"}})
	if len(got) != 2 || got[0].Relation != "superset" || got[1].Relation != "subset" {
		t.Errorf("%+v", got)
	}
}
