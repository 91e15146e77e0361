package framework

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/oscal"
)

var edition = oscal.Edition{Version: "1", At: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}

// again writes f as OSCAL and reads it back.
func again(t testing.TB, f *Framework) *Framework {
	t.Helper()
	var b bytes.Buffer
	if err := WriteOSCAL(&b, f, edition); err != nil {
		t.Fatal(err)
	}
	d, faults := oscal.Read(b.Bytes(), false)
	if d == nil || len(faults) > 0 {
		t.Fatalf("%s: %+v", f.ID, faults)
	}
	back, more := FromCatalog("", "x.json", d.Catalog)
	if len(more) > 0 {
		t.Fatalf("%s: %v", f.ID, more[0])
	}
	return back
}

// bare returns the rows without the lines they were read from.
func bare(f *Framework) []Requirement {
	out := make([]Requirement, len(f.Requirements))
	for i, r := range f.Requirements {
		r.Line = 0
		out[i] = r
	}
	return out
}

func TestEveryFrameworkComesBackFromOSCAL(t *testing.T) {
	total := 0
	for _, f := range Shipped().Frameworks {
		back := again(t, f)
		if back.ID != f.ID || back.Title != f.Title || back.Short != f.Short || back.Nouns != f.Nouns || back.Family != f.Family || back.Version != f.Version {
			t.Errorf("%s came back as %s, %q, %q, %q", f.ID, back.ID, back.Title, back.Short, back.Nouns)
		}
		want, got := bare(f), bare(back)
		if len(got) != len(want) {
			t.Errorf("%s: %d rows came back of %d", f.ID, len(got), len(want))
			continue
		}
		total += len(want)
		for i := range want {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s: row %d came back as %+v, was %+v", f.ID, i, got[i], want[i])
				break
			}
		}
	}
	if total < 1374 {
		t.Errorf("only %d rows made the trip", total)
	}
}

func TestEveryShippedIDHasASlugOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, f := range Shipped().Frameworks {
		for _, r := range f.Requirements {
			slug := oscal.Slug(r.ID)
			if other, ok := seen[slug]; ok && other != r.ID || !oscal.IsToken(slug) {
				t.Errorf("%q and %q: %q", r.ID, other, slug)
			}
			seen[slug] = r.ID
			if back, ok := oscal.Unslug(slug); !ok || back != r.ID {
				t.Errorf("%q came back from %q as %q", r.ID, slug, back)
			}
		}
	}
}

func TestEveryFrameworkComesBackFromCSV(t *testing.T) {
	for _, f := range Shipped().Frameworks {
		var b bytes.Buffer
		if err := WriteCSV(&b, f); err != nil {
			t.Fatal(err)
		}
		back, faults := Parse(f.ID, "x.csv", b.Bytes())
		if len(faults) > 0 || !reflect.DeepEqual(bare(back), bare(f)) {
			t.Errorf("%s did not come back: %v", f.ID, faults)
		}
	}
}

func TestWhatLooksLikeAFormulaComesBackFromCSV(t *testing.T) {
	f := New("acme", []Requirement{{ID: "=1+1", Kind: KindRequirement, Label: "-danger"}, {ID: "'a", Kind: KindRequirement, Label: "+49"}, {ID: "@b", Kind: KindRequirement}})
	var b bytes.Buffer
	if err := WriteCSV(&b, f); err != nil {
		t.Fatal(err)
	}
	back, faults := Parse("acme", "x.csv", b.Bytes())
	if len(faults) > 0 || !reflect.DeepEqual(bare(back), bare(f)) {
		t.Errorf("%s came back as %+v: %v", b.String(), bare(back), faults)
	}
}

const customers = "id,parent,kind,label,attributes\n" +
	"§ 1,,group,First,\n" +
	"1 (a),§ 1,requirement,One,weight=2\n" +
	"h,§ 1,group,Heading between,\n" +
	"h.1,h,requirement,Below,\n" +
	"1 (b),§ 1,requirement,Two,flag\n" +
	"1 (b) i,1 (b),requirement,Detail,\n" +
	"x,1 (b),group,A heading below a requirement,\n" +
	"x.1,x,requirement,Deep,\n" +
	"loose,,requirement,At the top,\n"

func TestAFrameworkOfOnesOwnComesBackFromOSCAL(t *testing.T) {
	f, faults := Parse("acme", "acme.csv", []byte(customers))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	f.Family, f.Version = "acme-family", "2026.1"
	f.Called("Acme rules of “procurement”", "Acme", "rule", "rules")
	back := again(t, f)
	if !reflect.DeepEqual(bare(back), bare(f)) || back.ID != "acme" || back.Noun != "rule" || back.Family != f.Family || back.Version != f.Version || back.Title != f.Title {
		t.Errorf("came back as %+v, was %+v", bare(back), bare(f))
	}
}

func TestAForeignCatalogKeepsItsNumbersAndItsNames(t *testing.T) {
	const text = `{"catalog": {"uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b11",
"metadata": {"title": "Agency controls", "last-modified": "2026-11-26T09:00:00Z", "version": "7", "oscal-version": "1.0.4"},
"groups": [{"id": "ac", "title": "Access", "controls": [
{"id": "ac-1", "title": "Policy", "props": [{"name": "label", "value": "AC-01", "class": "zero-padded"}, {"name": "label", "value": "AC-1"}],
 "parts": [{"id": "ac-1_smt", "name": "statement", "prose": "Words of the publisher."}],
 "controls": [{"id": "ac-1.1", "title": "More", "props": [{"name": "label", "value": "AC-1(1)"}]}]},
{"id": "ac-2", "title": "Gone", "props": [{"name": "status", "value": "withdrawn"}]}]}]}}`
	d, found := oscal.Read([]byte(text), false)
	if d == nil {
		t.Fatal(found)
	}
	f, faults := FromCatalog("", "agency.json", d.Catalog)
	if len(faults) != 1 || faults[0].Severity != Info || !strings.Contains(faults[0].Text, "withdrawn") {
		t.Errorf("faults = %v", faults)
	}
	if f.ID != "agency-controls" || f.Version != "7" || f.Title != "Agency controls" || len(f.Requirements) != 3 {
		t.Fatalf("framework = %+v", f)
	}
	if r, ok := f.Find("AC-1(1)"); !ok || r.Parent != "AC-1" || r.Attributes[AttributeOSCAL] != "ac-1.1" || r.Line != 6 {
		t.Errorf("AC-1(1) = %+v", r)
	}
	res := NewResolver(f)
	for name, want := range map[string]string{"ac-1.1": "AC-1(1)", "AC-1": "AC-1", "ac-1": "AC-1", "AC-1_28_1_29_": "AC-1(1)", "ac": "ac"} {
		if id, ok := res.Find(name); !ok || id != want {
			t.Errorf("%q means %q, want %q", name, id, want)
		}
	}
	if id, ok := res.Find("ac-2"); ok {
		t.Errorf("a withdrawn control is found as %q", id)
	}
	var b bytes.Buffer
	if err := WriteOSCAL(&b, f, edition); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"id": "ac-1.1"`) || strings.Contains(b.String(), "publisher.") {
		t.Errorf("written as %s", b.String())
	}
	if !reflect.DeepEqual(bare(again(t, f)), bare(f)) {
		t.Error("a foreign catalog does not come back from our own form")
	}
}

func TestNamed(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"iso27001-2022", "iso27001-2022"},
		{"ISO/IEC 27001:2022", "iso27001-2022"},
		{"https://example.com/iso27001-2022_catalog.json", "iso27001-2022"},
		{"iso27001-2013", ""},
		{"ISO 27001", "iso27001-2022"},
		{"soc2-2017-rev-2022", "soc2-2017"},
		{"NIST_SP-800-53_rev5_MODERATE-baseline_profile", "nist-800-53-rev5"},
		{"NIST_SP-800-53_rev4_catalog", ""},
		{"nist-csf-1.1", ""},
		{"nist-csf-2.0", "nist-csf-2.0"},
		{"pci-dss-3.2.1", ""},
		{"our own rules", ""},
		{"", ""},
	} {
		got := ""
		if f, ok := Shipped().Named(tt.text); ok {
			got = f.ID
		}
		if got != tt.want {
			t.Errorf("%q names %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestAProfileIsAFrameworkOfWhatItSelects(t *testing.T) {
	iso, _ := Shipped().Find("iso27001-2022")
	var b bytes.Buffer
	if err := WriteProfile(&b, iso, "baseline", "Our baseline", []string{"A.5.1", "A.8.9", "6.2", "none"}, edition); err != nil {
		t.Fatal(err)
	}
	d, faults := oscal.Read(b.Bytes(), false)
	if d == nil {
		t.Fatal(faults)
	}
	f, more := FromProfile("", "p.json", d.Profile, Shipped())
	var ids []string
	for _, r := range f.Asked() {
		ids = append(ids, r.ID)
	}
	if len(more) > 0 || f.ID != "baseline" || strings.Join(ids, " ") != "6.2 A.5.1 A.8.9" {
		t.Errorf("%s asks %v: %v", f.ID, ids, more)
	}
	if path := f.Path("A.5.1"); len(path) < 2 || path[0].Kind != KindGroup {
		t.Errorf("the headings above are lost: %+v", path)
	}
}

func TestSelecting(t *testing.T) {
	const start = `{"profile": {"uuid": "5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b11",
"metadata": {"title": "P", "last-modified": "2026-11-26T09:00:00Z", "version": "1", "oscal-version": "1.1.2"}, "imports": [{"href": `
	for _, tt := range []struct{ name, text, want, says string }{
		{"everything but some", `"soc2-2017.json", "include-all": {}, "exclude-controls": [{"matching": [{"pattern": "CC*"}, {"pattern": "P*"}, {"pattern": "A1.?"}]}]}]}}`, "C1.1 C1.2", ""},
		{"a pattern", `"soc2-2017.json", "include-controls": [{"matching": [{"pattern": "CC6.[12]"}, {"pattern": "CC9.*"}]}]}]}}`, "CC9.1 CC9.2", ""},
		{"an id nobody has", `"soc2-2017.json", "include-controls": [{"with-ids": ["CC6.1", "CC6.99"]}]}]}}`, "CC6.1", "CC6.99"},
		{"a catalog that is not at hand", `"ours.json", "include-all": {}}]}}`, "", "ours"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, faults := oscal.Read([]byte(start+tt.text), false)
			if d == nil {
				t.Fatal(faults)
			}
			f, found := FromProfile("", "p.json", d.Profile, Shipped())
			var ids []string
			for _, r := range f.Asked() {
				ids = append(ids, r.ID)
			}
			if got := strings.Join(ids, " "); got != tt.want {
				t.Errorf("selected %q, want %q", got, tt.want)
			}
			if (tt.says != "") != (len(found) > 0) || len(found) > 0 && !strings.Contains(found[0].Text, tt.says) {
				t.Errorf("faults = %v", found)
			}
		})
	}
}

func TestFixtureCatalogsAreRead(t *testing.T) {
	for _, tt := range []struct {
		file   string
		asked  int
		id     string
		parent string
	}{
		{"NIST_SP-800-53_rev5_LOW-baseline-resolved-profile_catalog.json", 149, "AC-2", "ac"},
		{"basic-catalog.json", 0, "1.1.1", "s1.1"},
	} {
		data, err := os.ReadFile("../../../shared/fixtures/oscal/" + tt.file)
		if errors.Is(err, os.ErrNotExist) {
			t.Skip("The published catalogs are not beside the project, so they cannot be read.")
		}
		d, faults := oscal.Read(data, false)
		if d == nil || len(faults) > 0 {
			t.Fatalf("%s: %+v", tt.file, faults)
		}
		f, found := FromCatalog("", tt.file, d.Catalog)
		if len(Errors(found)) > 0 {
			t.Errorf("%s: %v", tt.file, found)
		}
		if r, ok := f.Find(tt.id); !ok || r.Parent != tt.parent || tt.asked > 0 && len(f.Asked()) != tt.asked {
			t.Errorf("%s asks %d; %s = %+v", tt.file, len(f.Asked()), tt.id, r)
		}
		if !reflect.DeepEqual(bare(again(t, f)), bare(f)) {
			t.Errorf("%s does not come back", tt.file)
		}
	}
}
