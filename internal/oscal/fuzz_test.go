package oscal

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzRead reads anything. What was read is written and read again without a
// fault of form, and leniently never less is read than strictly.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		mapped(one("01", "equal-to", "s1", "t1", "")),
		mapped(one("01", "superset-of", "s1", "t1", `, "qualifiers": [{"subject": "both", "predicate": "has-requirement", "category": "blocked", "description": "d"}]`)),
		strings.Replace(mapped(one("01", "x", "s1", "t1", "")), `"equal-to"`, `1`, 1),
		`{"catalog": {"groups": [{"title": "g", "groups": [{"controls": [{"id": "a", "title": "b", "controls": []}]}]}]}}`,
		`{"profile": {"imports": [{"href": "#", "include-all": {}}, {"include-controls": [{"matching": [{"pattern": "*"}]}]}]}}`,
		`{"component-definition": {"components": [{"control-implementations": [{"implemented-requirements": [{}]}]}]}}`,
		"catalog:\n  controls:\n    - id: a\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, faults := Read(data, false)
		for _, x := range faults {
			if x.Line < 1 || x.Text == "" {
				t.Errorf("a fault that says nothing: %+v", x)
			}
			if x.Fatal && d != nil {
				t.Errorf("strictly read beside %+v", x)
			}
		}
		if d == nil && len(faults) == 0 {
			t.Error("refused without a reason")
		}
		loose, _ := Read(data, true)
		if d != nil && loose == nil {
			t.Error("strictly read, leniently not")
		}
		if d == nil {
			return
		}
		var b bytes.Buffer
		if err := Write(&b, d); err != nil {
			t.Fatal(err)
		}
		if back, more := Read(b.Bytes(), false); back == nil {
			t.Errorf("what was read cannot be read again: %+v\n%s", more, b.String())
		}
	})
}
