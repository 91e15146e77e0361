package crosswalk

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// sample reads a test file.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFormatsAreToldApart(t *testing.T) {
	l := Shipped()
	soc2, _ := l.Frameworks.Find("soc2-2017")
	var catalog, profile, library, rows, csv bytes.Buffer
	list := ShippedReach().Components()
	for _, e := range []error{framework.WriteOSCAL(&catalog, soc2, edition), framework.WriteProfile(&profile, soc2, "p", "P", []string{"CC6.1"}, edition),
		control.WriteOSCAL(&library, "L", list, l.Frameworks, edition), WriteCSV(&rows, l.Sets[0]), framework.WriteCSV(&csv, soc2)} {
		if e != nil {
			t.Fatal(e)
		}
	}
	for _, tt := range []struct {
		name string
		data []byte
		want Format
	}{
		{"catalog.json", catalog.Bytes(), CatalogFormat},
		{"no-ending", catalog.Bytes(), CatalogFormat},
		{"bom.json", append([]byte("\xef\xbb\xbf\n"), catalog.Bytes()...), CatalogFormat},
		{"profile.json", profile.Bytes(), ProfileFormat},
		{"library.json", library.Bytes(), ComponentFormat},
		{"mapping.json", sample(t, "sets-of-controls.json"), MappingFormat},
		{"library.yaml", sample(t, "ciso-framework.yaml"), CISOFormat},
		{"mapping.yml", sample(t, "ciso-mapping.yaml"), CISOFormat},
		{"rows.csv", rows.Bytes(), SetCSV},
		{"acme.csv", csv.Bytes(), FrameworkCSV},
	} {
		f, faults := ReadFile(tt.name, tt.data, l.Frameworks, false)
		if f.Format != tt.want || f.Empty() || len(framework.Errors(faults)) > 0 {
			t.Errorf("%s is %q, want %q; empty %t: %v", tt.name, f.Format, tt.want, f.Empty(), faults)
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	for _, tt := range []struct{ name, data, says string }{
		{"a.xlsx", "PK\x03\x04rest", "workbook"},
		{"a.xml", "<catalog/>", "XML"},
		{"a.json", "", "empty"},
		{"a.csv", "a,b\n1,2\n", "header"},
		{"a.yaml", "a: 1\n", "neither"},
		{"a.txt", "just some words", "neither"},
		{"a.json", "{\"catalog\": 1}", "object"},
		{"a.csv", "id,parent,kind,label\n", "no rows"},
		{"a.csv", "source_framework,source_id,relationship,target_framework,target_id\n", "no relation"},
		{"a.yaml", "objects: {}\n", "neither a framework"},
		{"a.yaml", "objects: {framework: {requirement_nodes: []}}\n", "requirement_nodes"},
		{"a.yaml", "a: &x [1]\nb: *x\n", "Anchors"},
		{"a.yaml", "a: 1\n---\nb: 2\n", "more than one"},
	} {
		f, faults := ReadFile(tt.name, []byte(tt.data), framework.Shipped(), false)
		if !f.Empty() || len(faults) == 0 || !strings.Contains(fmt.Sprint(faults), tt.says) {
			t.Errorf("%s %q: %v", tt.name, tt.data, faults)
		}
		for _, f := range faults {
			if f.Severity == framework.Error && f.Line < 1 {
				t.Errorf("%s: an error without a line: %v", tt.name, f)
			}
		}
	}
}

func TestACISOFrameworkIsRead(t *testing.T) {
	f, faults := ReadFile("acme.yaml", sample(t, "ciso-framework.yaml"), framework.Shipped(), false)
	if len(faults) > 0 || len(f.Frameworks) != 1 || f.Version != "2" {
		t.Fatalf("%+v, %v", f, faults)
	}
	got := f.Frameworks[0]
	if got.ID != "acme-rules-1.0" || got.Title != "Acme rules 1.0" {
		t.Errorf("it is called %s, %q", got.ID, got.Title)
	}
	for _, want := range []framework.Requirement{
		{ID: "1", Kind: framework.KindGroup, Label: "Doors"},
		{ID: "1.10", Parent: "1", Kind: framework.KindRequirement, Label: "Locks"},
		{ID: "1.2", Parent: "1", Kind: framework.KindRequirement},
		{ID: "node4", Kind: framework.KindGroup, Label: "A heading without a number"},
		{ID: "A", Parent: "node4", Kind: framework.KindRequirement, Label: "Windows"},
	} {
		r, ok := got.Find(want.ID)
		if !ok || r.Parent != want.Parent || r.Kind != want.Kind || r.Label != want.Label || r.Line == 0 {
			t.Errorf("%s is %+v, want %+v", want.ID, r, want)
		}
	}
	if r, _ := got.Find("A"); r.Attributes[framework.AttributeURN] != "node4:a" {
		t.Errorf("what mappings call it is lost: %+v", r)
	}
	if strings.Contains(fmt.Sprintf("%+v", got), "leaves last") {
		t.Error("the text of the standard was kept")
	}
}

func TestACISOMappingIsRead(t *testing.T) {
	f, faults := ReadFile("m.yaml", sample(t, "ciso-mapping.yaml"), framework.Shipped(), false)
	if len(framework.Errors(faults)) > 0 || len(f.Sets) != 1 {
		t.Fatalf("%+v, %v", f, faults)
	}
	var got []string
	for _, e := range f.Sets[0].Edges {
		got = append(got, fmt.Sprintf("%s %s %s %d", e.Source.ID, e.Relation, e.Target.ID, e.Strength))
	}
	want := []string{"CC6.1 superset A.5.15 8", "CC6.2 overlaps A.5.16 10", "CC6.3 equal A.5.18 0", "CC7.1 none 8.1 0"}
	if !slices.Equal(got, want) {
		t.Errorf("rows = %q, want %q", got, want)
	}
	if len(f.Sets[0].Maps) != 1 || f.Sets[0].Kind != Published || f.Sets[0].ID != "soc2-to-iso27001" {
		t.Errorf("set = %+v", f.Sets[0])
	}
	if !strings.Contains(fmt.Sprint(faults), "intersect") || !strings.Contains(fmt.Sprint(faults), "wording") {
		t.Errorf("nothing is said of what was read as something weaker: %v", faults)
	}
}

func TestFaultyCISORowsAreReportedAndNotLoaded(t *testing.T) {
	data := sample(t, "ciso-mapping-faulty.yaml")
	f, faults := ReadFile("m.yaml", data, framework.Shipped(), false)
	if !f.Empty() {
		t.Error("the strict reader loaded something beside errors")
	}
	lines := strings.Split(string(data), "\n")
	for _, says := range []string{"11", "cc99.9", "a.9.9", "contains", "Both cannot be true"} {
		i := slices.IndexFunc(faults, func(f framework.Fault) bool {
			return f.Severity == framework.Error && strings.Contains(f.Text, says)
		})
		if i < 0 {
			t.Errorf("no error says %q: %v", says, faults)
			continue
		}
		if at := lines[faults[i].Line-1]; !strings.Contains(at, "- source_requirement_urn") {
			t.Errorf("%q is said of line %d: %q", says, faults[i].Line, at)
		}
	}
	f, _ = ReadFile("m.yaml", data, framework.Shipped(), true)
	var got []string
	for _, e := range f.Sets[0].Edges {
		got = append(got, e.Source.ID)
	}
	if want := []string{"CC6.1", "CC6.2", "CC7.1"}; !slices.Equal(got, want) {
		t.Errorf("the lenient reader kept %q, want %q: of two rows that exclude each other neither", got, want)
	}
}

func TestCSVRowsMustNameWhatExists(t *testing.T) {
	const text = "source_framework,source_id,relationship,target_framework,target_id\n" +
		"soc2-2017,CC6.1,superset,iso27001-2022,A.5.15\n" +
		"soc2-2017,CC6.99,superset,iso27001-2022,A.5.15\n" +
		"soc2-2017,CC6.1,equal,iso27001-2022,A.5.15\n" +
		"soc2-2017,CC6.2,covers,iso27001-2022,A.5.16\n" +
		"soc2-2017,CC6.3,overlaps,iso27001-2022,A.5.18\n"
	f, faults := ReadFile("mine.csv", []byte(text), framework.Shipped(), true)
	if n := len(framework.Errors(faults)); n != 3 || len(f.Sets) != 1 || len(f.Sets[0].Edges) != 1 || f.Sets[0].ID != "mine" {
		t.Errorf("%d errors, %+v: %v", n, f.Sets, faults)
	}
	if f, _ = ReadFile("mine.csv", []byte(text), framework.Shipped(), false); !f.Empty() {
		t.Error("the strict reader loaded something beside errors")
	}
}

func TestAMachinesMappingIsASuggestion(t *testing.T) {
	data := bytes.Replace(sample(t, "sets-of-controls.json"), []byte(`"method": "human"`), []byte(`"method": "automation"`), 1)
	f, faults := ReadFile("m.json", data, framework.Shipped(), false)
	if len(framework.Errors(faults)) > 0 || f.Sets[0].Kind != Derived || len(f.Unions) != 0 {
		t.Errorf("%+v, %d unions: %v", f.Sets[0].Kind, len(f.Unions), faults)
	}
}

func TestWhatIsNotMappedYetIsNoGap(t *testing.T) {
	data := bytes.Replace(sample(t, "sets-of-controls.json"), []byte(`"status": "complete"`), []byte(`"status": "not-complete"`), 1)
	f, _ := ReadFile("m.json", data, framework.Shipped(), false)
	if len(f.NetNew) != 0 {
		t.Errorf("net new = %+v", f.NetNew)
	}
}

func TestSetsComeBackFromCSV(t *testing.T) {
	l := Shipped()
	for _, s := range l.Sets {
		var b bytes.Buffer
		if err := WriteCSV(&b, s); err != nil {
			t.Fatal(err)
		}
		back := &Set{ID: s.ID, File: s.File}
		if faults := ParseSet(back, b.Bytes()); len(faults) > 0 || len(back.Edges) != len(s.Edges) {
			t.Fatalf("%s: %d rows of %d: %v", s.ID, len(back.Edges), len(s.Edges), faults)
		}
		for i := range s.Edges {
			if plainRow(back.Edges[i]) != plainRow(s.Edges[i]) {
				t.Fatalf("%s: row %d came back as %+v, was %+v", s.ID, i, back.Edges[i], s.Edges[i])
			}
		}
	}
}

func TestWeakRelationsComeBack(t *testing.T) {
	for m := Mask(1); m <= Any; m++ {
		if got, ok := ParseRelation(m.word()); !ok || got != m {
			t.Errorf("%v is written %q and read as %v", m, m.word(), got)
		}
	}
	for _, token := range []string{"", "-or-", "equal-or-", "equal-or-equal", "equal or subset", "Equal"} {
		if m, ok := ParseRelation(token); ok {
			t.Errorf("%q is read as %v", token, m)
		}
	}
}
