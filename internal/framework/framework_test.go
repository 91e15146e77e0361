package framework

import (
	"strings"
	"testing"
)

func TestShippedCatalogues(t *testing.T) {
	want := []struct {
		id, title, short, nouns string
		rows, asked             int
	}{
		{"soc2-2017", "SOC 2 (TSC 2017)", "SOC 2", "criteria", 86, 61},
		{"iso27001-2022", "ISO/IEC 27001:2022", "ISO 27001", "requirements", 139, 123},
		{"nist-csf-2.0", "NIST CSF 2.0", "CSF", "subcategories", 134, 106},
		{"nist-800-53-rev5", "NIST SP 800-53 Rev. 5", "SP 800-53", "controls", 320, 300},
		{"hipaa-security", "HIPAA Security Rule", "HIPAA", "specifications", 71, 66},
		{"gdpr", "GDPR (EU) 2016/679", "GDPR", "provisions", 67, 63},
		{"iso27701-2019", "ISO/IEC 27701:2019", "ISO 27701", "requirements", 106, 87},
		{"iso42001-2023", "ISO/IEC 42001:2023", "ISO 42001", "requirements", 93, 70},
		{"nist-ai-rmf-1.0", "NIST AI RMF 1.0", "AI RMF", "subcategories", 95, 72},
		{"pci-dss-4.0.1", "PCI DSS 4.0.1", "PCI DSS", "requirements", 92, 71},
		{"cis-v8.1", "CIS Controls v8.1", "CIS", "safeguards", 171, 153},
	}
	c := Shipped()
	if len(c.Frameworks) != len(want) {
		t.Fatalf("%d frameworks ship, want %d", len(c.Frameworks), len(want))
	}
	for i, w := range want {
		f := c.Frameworks[i]
		if f.ID != w.id || f.Title != w.title || f.Short != w.short || f.Nouns != w.nouns {
			t.Errorf("framework %d is %s, %q, %q, %q", i, f.ID, f.Title, f.Short, f.Nouns)
		}
		if len(f.Requirements) != w.rows || len(f.Asked()) != w.asked {
			t.Errorf("%s has %d rows and asks %d, want %d and %d", f.ID, len(f.Requirements), len(f.Asked()), w.rows, w.asked)
		}
		for _, r := range f.Requirements {
			if words := len(strings.Fields(r.Label)); words == 0 || words > 6 {
				t.Errorf("%s %s: the label has %d words", f.ID, r.ID, words)
			}
		}
	}
}

func shipped(t *testing.T, id string) *Framework {
	t.Helper()
	f, ok := Shipped().Find(id)
	if !ok {
		t.Fatalf("%s does not ship", id)
	}
	return f
}

func TestISO27001Counts(t *testing.T) {
	f := shipped(t, "iso27001-2022")
	count := make(map[string]int)
	for _, r := range f.Asked() {
		if f.Attribute(r.ID, "layer") == "clause" {
			count["clause"]++
			continue
		}
		count[f.Attribute(r.ID, "theme")]++
		if f.Attribute(r.ID, "new-2022") == "yes" {
			count["new"]++
		}
	}
	for key, want := range map[string]int{"clause": 30, "organizational": 37, "people": 8, "physical": 14, "technological": 34, "new": 11} {
		if count[key] != want {
			t.Errorf("%s: %d, want %d", key, count[key], want)
		}
	}
}

func TestCategories(t *testing.T) {
	var got []string
	for _, c := range shipped(t, "soc2-2017").Categories() {
		text := c.ID + " " + c.Key
		if c.Mandatory {
			text += " mandatory"
		}
		got = append(got, text)
	}
	if want := "CC security mandatory, A availability, PI processing-integrity, C confidentiality, P privacy"; strings.Join(got, ", ") != want {
		t.Errorf("got %v", got)
	}
	if c := shipped(t, "iso27001-2022").Categories(); c != nil {
		t.Errorf("ISO 27001 has categories %v", c)
	}
}

func TestExcludable(t *testing.T) {
	for _, tt := range []struct {
		framework, id string
		want          bool
	}{
		{"iso27001-2022", "4.1", false},
		{"iso27001-2022", "9.2.1", false},
		{"iso27001-2022", "10.2", false},
		{"iso27001-2022", "A.5.1", true},
		{"iso27001-2022", "A.8.34", true},
		{"iso27001-2022", "A.9.1", false}, // unknown
		{"soc2-2017", "CC6.1", false},
		{"soc2-2017", "A1.2", true},
		{"soc2-2017", "P8.1", true},
		{"iso42001-2023", "6.1.2", false},
		{"iso42001-2023", "A.2.2", true},
		{"iso27701-2019", "5.2.1", false},
		{"iso27701-2019", "A.7.2.1", true},
		{"nist-csf-2.0", "GV.OC-01", true},
	} {
		if got := shipped(t, tt.framework).Excludable(tt.id); got != tt.want {
			t.Errorf("%s %s: excludable %t, want %t", tt.framework, tt.id, got, tt.want)
		}
	}
}

func TestTree(t *testing.T) {
	f := shipped(t, "iso27001-2022")
	if got := ids(f.Path("A.8.22")); got != "A A.8 A.8.22" {
		t.Errorf("path %s", got)
	}
	if got := ids(f.Children("")); got != "4 5 6 7 8 9 10 A" { // the order of the file, not of the alphabet
		t.Errorf("top %s", got)
	}
	if got := ids(f.Children("9.3")); got != "9.3.1 9.3.2 9.3.3" {
		t.Errorf("children %s", got)
	}
	if !f.Within("9.3.2", "9") || !f.Within("9", "9") || f.Within("9", "9.3") || f.Within("A.8.2", "8") {
		t.Error("what stands within what is wrong")
	}
	if _, ok := f.Find("A.9.9"); ok || f.Path("A.9.9") != nil {
		t.Error("A.9.9 does not exist")
	}
	if p, ok := f.Position("4.1"); !ok || p != 1 {
		t.Errorf("4.1 stands at %d", p)
	}
	if !Shipped().Has(Ref{"gdpr", "Art.5(1)(a)"}) || Shipped().Has(Ref{"gdpr", "Art.999"}) || Shipped().Has(Ref{"acme", "1"}) {
		t.Error("Has is wrong")
	}
}

func ids(rows []Requirement) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return strings.Join(out, " ")
}

func TestRefWords(t *testing.T) {
	for _, tt := range []struct {
		ref  Ref
		want string
	}{
		{Ref{"soc2-2017", "CC6.1"}, "CC6.1"},
		{Ref{"iso27001-2022", "A.8.22"}, "A.8.22"},
		{Ref{"iso27001-2022", "5.1"}, "ISO 27001 5.1"},
		{Ref{"iso42001-2023", "A.2.2"}, "ISO 42001 A.2.2"},
		{Ref{"cis-v8.1", "12.2"}, "CIS 12.2"},
		{Ref{"nist-csf-2.0", "PR.AA-05"}, "CSF PR.AA-05"},
		{Ref{"acme", "1"}, "acme 1"},
	} {
		if got := tt.ref.Words(); got != tt.want {
			t.Errorf("%v reads %q, want %q", tt.ref, got, tt.want)
		}
	}
}
