package oscal

import (
	"strings"
	"testing"
)

const head = `{"mapping-collection": {
 "uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b11",
 "metadata": {"title": "T", "last-modified": "2026-11-26T09:00:00Z", "version": "1", "oscal-version": "1.2.2"},
 "provenance": {"method": "human", "matching-rationale": "semantic", "status": "draft", "mapping-description": "d"},
 "mappings": [{"uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b12",
  "source-resource": {"type": "catalog", "href": "a.json"}, "target-resource": {"type": "catalog", "href": "b.json"},
  "maps": [
`

// mapped returns a collection whose maps start on line 8, one a line.
func mapped(maps ...string) string { return head + strings.Join(maps, ",\n") + "\n]}]}}" }

func one(id, relation, source, target, more string) string {
	return `{"uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c70` + id + `", "relationship": "` + relation + `", "sources": [{"type": "control", "id-ref": "` + source +
		`"}], "targets": [{"type": "control", "id-ref": "` + target + `"}]` + more + `}`
}

func TestFaultsNameTheirLine(t *testing.T) {
	good := one("01", "equal-to", "s1", "t1", "")
	for _, tt := range []struct {
		name, text string
		line       int
		says       string
		left       int // maps that a lenient reader keeps; -1 for no document
	}{
		{"an unknown relation", mapped(good, one("02", "covers", "s2", "t2", "")), 9, "covers", 1},
		{"a foreign relation is fine", mapped(good, one("02", "covers", "s2", "t2", `, "ns": "https://example.com/ns"`)), 0, "", 2},
		{"a coverage beyond the whole", mapped(good, one("02", "subset-of", "s2", "t2", `, "coverage": {"target-coverage": 1.7}`)), 9, "1.7", 2},
		{"a confidence as a word and a share", mapped(good, one("02", "subset-of", "s2", "t2", `, "confidence-score": {"category": "high", "percentage": 0.5}`)), 9, "word", 2},
		{"an id with a blank", mapped(good, one("02", "subset-of", "s 2", "t2", "")), 9, "blank", 1},
		{"two relations of one pair", mapped(good, one("02", "subset-of", "s1", "t1", "")), 9, "Line 8", 0},
		{"equal and equivalent are one relation", mapped(good, one("02", "equivalent-to", "s1", "t1", "")), 9, "same relation", 1},
		{"two ways to compare one pair", mapped(good, one("02", "subset-of", "s1", "t1", `, "matching-rationale": "functional"`)), 0, "", 2},
		{"a uuid used twice", mapped(good, strings.Replace(one("02", "equal-to", "s2", "t2", ""), "70"+"02", "7001", 1)), 9, "uuid", 2},
		{"a uuid of version 1", mapped(good, strings.Replace(one("02", "equal-to", "s2", "t2", ""), "4c2e", "1c2e", 1)), 9, "uuid", 2},
		{"an empty list", mapped(good, one("02", "equal-to", "s2", "t2", `, "props": []`)), 9, "props", 2},
		{"a field OSCAL does not have", mapped(good, one("02", "equal-to", "s2", "t2", `, "colour": "red"`)), 9, "colour", 2},
		{"a relation that is an object", mapped(good, strings.Replace(one("02", "equal-to", "s2", "t2", ""), `"equal-to"`, `{"type": "equal-to"}`, 1)), 9, "an object", 1},
		{"a name that stands twice", mapped(good, one("02", "equal-to", "s2", "t2", `, "relationship": "subset-of"`)), 9, "already stands on line 9", 2},
		{"a member of a set without an id takes the map with it", mapped(good, strings.Replace(one("02", "superset-of", "s2", "t2", ""), `"sources": [`, `"sources": [{"type": "control"},`, 1)), 9, "id-ref", 1},
		{"a bad qualifier", mapped(good, one("02", "equal-to", "s2", "t2", `, "qualifiers": [{"subject": "all", "predicate": "has-requirement", "category": "blocked", "description": "d"}]`)), 9, "subject", 2},
		{"no provenance", strings.Replace(mapped(good), `"provenance"`, `"provenence"`, 1), 1, "provenance", 1},
		{"a moment without a zone", strings.Replace(mapped(good), "09:00:00Z", "09:00:00", 1), 3, "zone", 1},
		{"a version that is not read", strings.Replace(mapped(good), "1.2.2", "2.0.0", 1), 3, "2.0.0", 1},
		{"a file cut off", mapped(good)[:len(mapped(good))-40], 8, "cut off", -1},
		{"another model", `{"system-security-plan": {}}`, 1, "system-security-plan", -1},
		{"no OSCAL", "{\n\"a\": {}}", 1, "no OSCAL", -1},
		{"a list", "[1]", 1, "a list", -1},
		{"nothing", "", 1, "empty", -1},
		{"a hundred brackets", strings.Repeat("[", 200), 1, "nested", -1},
		{"no UTF-8", "{\"catalog\":\n\"\xff\"}", 2, "UTF-8", -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, faults := Read([]byte(tt.text), false)
			if tt.line == 0 && (len(faults) > 0 || d == nil) {
				t.Fatalf("faults where none was expected: %+v", faults)
			}
			found := tt.line == 0
			for _, f := range faults {
				found = found || f.Line == tt.line && strings.Contains(f.Path+" "+f.Text, tt.says)
				if f.Line < 1 {
					t.Errorf("a fault without a line: %+v", f)
				}
				if f.Fatal && d != nil {
					t.Errorf("the strict reader returned a document with %+v", f)
				}
			}
			if !found {
				t.Errorf("no fault on line %d says %q: %+v", tt.line, tt.says, faults)
			}
			d, faults = Read([]byte(tt.text), true)
			switch {
			case tt.left < 0 && d != nil:
				t.Errorf("the lenient reader returned a document: %+v", faults)
			case tt.left >= 0 && d == nil:
				t.Errorf("the lenient reader returned nothing: %+v", faults)
			case tt.left >= 0 && len(d.Mappings.Mappings[0].Maps) != tt.left:
				t.Errorf("the lenient reader kept %d maps, want %d: %+v", len(d.Mappings.Mappings[0].Maps), tt.left, faults)
			}
		})
	}
}

func TestOneMappingMayStandWithoutAList(t *testing.T) {
	text := strings.Replace(mapped(one("01", "equal-to", "s1", "t1", "")), `"mappings": [{`, `"mappings": {`, 1)
	text = strings.TrimSuffix(text, "}]}}") + "}}}"
	d, faults := Read([]byte(text), false)
	if len(faults) > 0 || len(d.Mappings.Mappings) != 1 {
		t.Errorf("%+v", faults)
	}
}

func TestOSCALInYAMLIsRead(t *testing.T) {
	const text = `catalog:
  uuid: 5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b11
  metadata: {title: T, last-modified: "2026-11-26T09:00:00Z", version: "1", oscal-version: 1.1.2}
  controls:
    - id: a-1
      title: One
    - id: 2
      title: Two
`
	_, faults := Read([]byte(text), false)
	if len(faults) != 1 || faults[0].Line != 7 || faults[0].Path != "catalog/controls/1/id" {
		t.Fatalf("faults = %+v", faults)
	}
	d, _ := Read([]byte(text), true)
	if d == nil || len(d.Catalog.Controls) != 1 || d.Catalog.Controls[0].Line != 5 {
		t.Errorf("document = %+v", d)
	}
}

func TestIsUUID(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b11", true},
		{"5F6A0D64-8F4C-5C2E-BA43-2A9D1F0C7B11", true},
		{"5f6a0d64-8f4c-1c2e-9a43-2a9d1f0c7b11", false},
		{"5f6a0d64-8f4c-4c2e-7a43-2a9d1f0c7b11", false},
		{"5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b1g", false},
		{"5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b1\x11", false},
		{"5f6a0d64x8f4c-4c2e-9a43-2a9d1f0c7b11", false},
		{"", false},
	} {
		if IsUUID(tt.text) != tt.want {
			t.Errorf("IsUUID(%q) = %t", tt.text, !tt.want)
		}
	}
}

func TestIDsAreStableAndApart(t *testing.T) {
	shipped, ours := Edition{}, Edition{Owner: "0193"}
	if first, again := shipped.ID("map", "a", "b"), shipped.ID("map", "a", "b"); first != again {
		t.Error("the same words gave two uuids")
	}
	seen := map[string]bool{}
	for _, id := range []string{shipped.ID("map", "a", "b"), ours.ID("map", "a", "b"), shipped.ID("map", "ab", ""), shipped.ID("map", "a b"), shipped.ID("component", "a", "b")} {
		if seen[id] || !IsUUID(id) {
			t.Errorf("%s stands for two things, or is no uuid", id)
		}
		seen[id] = true
	}
}
