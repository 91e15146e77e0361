package framework

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// short writes references as tests read them: SOC 2 and ISO 27001 bare.
func short(refs []Ref) string {
	ids := make([]string, len(refs))
	for i, r := range refs {
		switch r.Framework {
		case soc2:
			ids[i] = r.ID
		case iso27001:
			ids[i] = "iso:" + r.ID
		default:
			ids[i] = r.String()
		}
	}
	return strings.Join(ids, " ")
}

func TestReferences(t *testing.T) {
	c := Shipped()
	for _, tt := range []struct {
		name, text, heading string
		want                string
		unknown             []string // how each entry starts, and what its reason holds, split by "…"
	}{
		{"one criterion", "CC6.1", "", "CC6.1", nil},
		{"a space", "CC 6.1", "", "CC6.1", nil},
		{"lower case and words between", "cc6.1 and CC6.2", "", "CC6.1 CC6.2", nil},
		{"named standard in front", "TSC CC6.1", "", "CC6.1", nil},
		{"lines", "TSC CC6.1\nCC 6.3", "", "CC6.1 CC6.3", nil},
		{"twice is once", "CC6.1; cc 6.1", "", "CC6.1", nil},
		{"mixed separators", "CC3.3 / CC 5.1, CC6.3; CC7.1 & CC7.2 + CC8.1", "", "CC3.3 CC5.1 CC6.3 CC7.1 CC7.2 CC8.1", nil},
		{"with its label", "CC6.1 - Logical access; CC6.2: New users (2 of 3)", "", "CC6.1 CC6.2", nil},
		{"a hyphen or a dot inside", "CC-6.1 CC.6.2", "", "CC6.1 CC6.2", nil},
		{"zeros in front", "CC06.01", "", "CC6.1", nil},

		{"a range", "CC6.1-CC6.3", "", "CC6.1 CC6.2 CC6.3", nil},
		{"a range in words without letters", "CC6.1 to 6.3", "", "CC6.1 CC6.2 CC6.3", nil},
		{"a range with an en dash", "CC6.1–6.3", "", "CC6.1 CC6.2 CC6.3", nil},
		{"a range by last number", "CC6.1-3", "", "CC6.1 CC6.2 CC6.3", nil},
		{"an ISO range", "A.5.15-A.5.18", "", "iso:A.5.15 iso:A.5.16 iso:A.5.17 iso:A.5.18", nil},
		{"an ISO range by last number", "A.5.15–18", "", "iso:A.5.15 iso:A.5.16 iso:A.5.17 iso:A.5.18", nil},
		{"a range past a heading", "CC6.8-CC7.1", "", "CC6.8 CC7.1", nil},
		{"a range that runs backwards", "CC6.3-CC6.1", "", "CC6.3 CC6.1", []string{"CC6.3-CC6.1…backwards"}},
		{"no range across standards", "CC6.1 - A.5.15", "", "CC6.1 iso:A.5.15", nil},

		{"a list that goes on", "CC6.1/6.2/6.3", "", "CC6.1 CC6.2 CC6.3", nil},
		{"a list by last number", "CC6.1/2/3", "", "CC6.1 CC6.2 CC6.3", nil},
		{"a list with commas", "CC6.1, 6.2 and 6.3", "", "CC6.1 CC6.2 CC6.3", nil},
		{"an ISO list that goes on", "A.5.15, 5.16, 8.2", "", "iso:A.5.15 iso:A.5.16 iso:A.8.2", nil},
		{"a new line starts afresh", "CC6.1\n5.15", "", "CC6.1", []string{"5.15…without a standard"}},
		{"what goes on must exist", "CC6.1/6.9", "", "CC6.1", []string{"6.9"}},

		{"Annex A as it is written", "A.5.15", "", "iso:A.5.15", nil},
		{"Annex A with a space", "A 5.15", "", "iso:A.5.15", nil},
		{"Annex A without a dot", "A5.15", "", "iso:A.5.15", nil},
		{"Annex A in words", "Annex A 5.15", "", "iso:A.5.15", nil},
		{"Annex A in words and dots", "Annex A.5.15; annex A 8.2", "", "iso:A.5.15 iso:A.8.2", nil},
		{"German and French annexes", "Anhang A.5.15, Annexe A 5.16", "", "iso:A.5.15 iso:A.5.16", nil},
		{"the standard in front", "ISO/IEC 27001:2022 A.5.15, ISO 27001 5.16", "", "iso:A.5.15 iso:A.5.16", nil},
		{"a number of the annex only", "5.15", "ISO 27001", "iso:A.5.15", nil},
		{"a number that is a clause only", "6.1.2", "ISO 27001", "iso:6.1.2", nil},
		{"both a clause and a control", "5.1", "ISO 27001", "", []string{"5.1…clause 5.1 or Annex A 5.1"}},
		{"the heading says annex", "5.1", "Annex A", "iso:A.5.1", nil},
		{"the heading says clause", "5.1", "ISO 27001 clause", "iso:5.1", nil},
		{"a heading that says both says nothing", "5.1", "ISO 27001 clause / Annex A", "", []string{"5.1…may be"}},
		{"the text says clause", "clause 5.1, A.5.1", "", "iso:5.1 iso:A.5.1", nil},
		{"no standard at all", "5.15", "", "", []string{"5.15…without a standard"}},
		{"a number under a SOC 2 heading that only one criterion has", "9.2", "SOC 2", "CC9.2", nil},
		{"a number under a SOC 2 heading that several have", "6.1", "TSC criteria", "", []string{"6.1…may be CC6.1 or P6.1"}},
		{"a number under Common Criteria", "6.1", "Common Criteria", "CC6.1", nil},

		{"availability is not Annex A", "A1.2", "", "A1.2", nil},
		{"availability with a space", "A 1.2", "SOC 2", "A1.2", nil},
		{"Annex A under a SOC 2 heading", "A.5.1", "SOC 2", "iso:A.5.1", nil},
		{"availability with a full stop is not guessed", "A.1.2", "", "", []string{"A.1.2…"}},
		{"availability with a full stop under its heading", "A.1.2", "TSC", "A1.2", nil},
		{"both in one cell", "A1.2, A.5.1", "", "A1.2 iso:A.5.1", nil},
		{"the other categories", "C1.1 PI1.3 P6.7", "", "C1.1 PI1.3 P6.7", nil},
		{"a criterion that does not exist", "CC6.9", "", "", []string{"CC6.9…no id"}},
		{"an id with a tail is another id", "CC6.1.1, CC6.1b", "", "", []string{"CC6.1.1", "CC6.1b"}},
		{"ISO of 2013", "A.12.4.1", "", "", []string{"A.12.4.1…2013"}},

		{"a group", "CC6", "", "", []string{"CC6…group CC6…CC6.1"}},
		{"a group of Annex A", "A.8", "", "", []string{"A.8…group A.8…A.8.1"}},
		{"a group with a wildcard", "CC6.x", "", "", []string{"CC6.x…group CC6"}},
		{"a group as a clause", "clause 6", "", "", []string{"6…group 6"}},

		{"CSF", "PR.AA-01, pr.aa-5", "", "nist-csf-2.0 PR.AA-01 nist-csf-2.0 PR.AA-05", nil},
		{"a category of CSF", "PR.AA", "", "", []string{"PR.AA…group"}},
		{"SP 800-53", "AC-2; NIST 800-53 AC-4", "", "nist-800-53-rev5 AC-2 nist-800-53-rev5 AC-4", nil},
		{"a zero-padded code may be a control of one's own", "AC-04", "", "", []string{"AC-04…of your own"}},
		{"a zero-padded code under its heading", "AC-04", "NIST SP 800-53 Rev. 5", "nist-800-53-rev5 AC-4", nil},
		{"an own code in a SOC 2 column", "AC-4", "SOC 2 criteria", "", []string{"AC-4…another standard"}},
		{"an enhancement", "AC-2(1)", "800-53", "", []string{"AC-2(1)…enhancement"}},
		{"HIPAA", "§164.308(a)(1), 164.308 (a)(1)(ii)(A)", "", "hipaa-security 164.308(a)(1) hipaa-security 164.308(a)(1)(ii)(A)", nil},
		{"GDPR", "Art. 5(1)(a); Article 32", "", "gdpr Art.5(1)(a) gdpr Art.32", nil},
		{"a German article", "Art. 5 (1)(a) DSGVO", "", "gdpr Art.5(1)(a)", nil},
		{"PCI by its name", "PCI DSS 4.0.1: 1.2", "", "pci-dss-4.0.1 1.2", nil},
		{"PCI by its heading", "8.3", "PCI DSS v4.0.1", "pci-dss-4.0.1 8.3", nil},
		{"CIS by its heading", "5.4", "CIS Controls v8.1", "cis-v8.1 5.4", nil},
		{"AI RMF", "GOVERN 1.1", "", "nist-ai-rmf-1.0 GOVERN 1.1", nil},
		{"two standards in one cell", "SOC 2: CC6.1; ISO 27001: 5.15", "", "CC6.1 iso:A.5.15", nil},
		{"ISO 42001 by its heading", "A.6.2.4", "ISO 42001", "iso42001-2023 A.6.2.4", nil},

		{"a no-break space", "CC\u00a06.1", "", "CC6.1", nil},
		{"full-width characters", "ＣＣ６．１", "", "CC6.1", nil},
		{"a soft hyphen and a zero-width space", "C\u00adC6\u200b.1", "", "CC6.1", nil},
		{"a minus sign", "CC6.1−CC6.3", "", "CC6.1 CC6.2 CC6.3", nil},
		{"prose", "Logical access, reviewed in 2026 by 3 people", "", "", nil},
		{"none", "n/a", "", "", nil},
		{"blank", "", "", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			refs, unknown := c.ReferencesUnder(tt.text, tt.heading)
			if got := short(refs); got != tt.want {
				t.Errorf("%q gave %q, want %q", tt.text, got, tt.want)
			}
			if len(unknown) != len(tt.unknown) {
				t.Fatalf("unknown %q, want %q", unknown, tt.unknown)
			}
			for i, want := range tt.unknown {
				for _, part := range strings.Split(want, "…") {
					if !strings.Contains(unknown[i], part) {
						t.Errorf("unknown %q lacks %q", unknown[i], part)
					}
				}
			}
		})
	}
}

func TestLikelyFrameworks(t *testing.T) {
	c := Shipped()
	likely := []string{soc2, iso27001}
	for _, tt := range []struct{ text, heading, want string }{
		{"5.15", "Reference", "iso:A.5.15"},            // only one of the two has it
		{"6.1", "Reference", ""},                       // both have it
		{"6.1", "Common Criteria", "CC6.1"},            // the heading decides
		{"5.4", "CIS Controls", "cis-v8.1 5.4"},        // even against what is likely
		{"AC-2", "Reference", "nist-800-53-rev5 AC-2"}, // likely is not told
		{"AC-2", "SOC 2", ""},                          // told
	} {
		refs, _ := c.References(tt.text, Hint{Frameworks: likely, Header: tt.heading})
		if got := short(refs); got != tt.want {
			t.Errorf("%q under %q is %q, want %q", tt.text, tt.heading, got, tt.want)
		}
	}
}

func TestEveryShippedIDReadsAsItself(t *testing.T) {
	c := Shipped()
	for _, f := range c.Frameworks {
		for _, r := range f.Asked() {
			heading := f.Short
			if strings.HasPrefix(f.ID, "iso") && !strings.HasPrefix(r.ID, "A.") {
				heading += " clause"
			}
			refs, unknown := c.ReferencesUnder(r.ID, heading)
			if !slices.Equal(refs, []Ref{{f.ID, r.ID}}) {
				t.Errorf("%s %s under %q reads as %v %q", f.ID, r.ID, heading, refs, unknown)
			}
		}
	}
}

func TestHintOf(t *testing.T) {
	for heading, want := range map[string]string{
		"TSC criteria": "soc2-2017 ", "Trust services criteria": "soc2-2017 ", "Mapped criteria (TSC 2017)": "soc2-2017 ",
		"SOC 2": "soc2-2017 ", "ISO 27001:2022": "iso27001-2022 ", "ISO": "iso27001-2022 ", "ISO/IEC 27701": "iso27701-2019 ",
		"Annex A": "iso27001-2022 annex", "Clause": "iso27001-2022 clause", "Common Criteria": "soc2-2017 common",
		"SOC 2 / ISO 27001": "iso27001-2022 soc2-2017 ", "Owner": " ", "": " ", "NIST CSF 2.0": "nist-csf-2.0 ", "PCI DSS v4.0.1": "pci-dss-4.0.1 ",
	} {
		h := HintOf(heading)
		if got := strings.Join(h.Frameworks, " ") + " " + string(h.Layer); got != want {
			t.Errorf("HintOf(%q) = %q, want %q", heading, got, want)
		}
	}
}

func FuzzReferences(f *testing.F) {
	for _, seed := range []string{"CC6.1-CC6.3", "A.5.15/16", "clause 5.1", "§164.308(a)(1)", "Art. 5(1)(a)", "PR.AA-01", "ＣＣ６．１", "CC6.x", "AC-2(1)", "6.1 to 6.3, 7", "\xff\xfe", "SOC 2: 9.2 ISO: 5.15-5.18"} {
		f.Add(seed, "ISO 27001 Annex A")
		f.Add(seed, "")
	}
	c := Shipped()
	f.Fuzz(func(t *testing.T, text, heading string) {
		refs, unknown := c.ReferencesUnder(text, heading)
		seen := map[Ref]bool{}
		for _, r := range refs {
			fw, ok := c.Find(r.Framework)
			if !ok {
				t.Fatalf("%q gave %v of no framework", text, r)
			}
			if req, ok := fw.Find(r.ID); !ok || req.Kind != KindRequirement || seen[r] {
				t.Fatalf("%q gave %v: not a requirement, or twice", text, r)
			}
			seen[r] = true
		}
		for _, u := range unknown {
			if utf8.ValidString(text) && !utf8.ValidString(u) || !strings.Contains(u, ": ") {
				t.Fatalf("%q gave unknown %q", text, u)
			}
		}
	})
}

func BenchmarkReferences(b *testing.B) {
	c := Shipped()
	h := HintOf("TSC criteria")
	for b.Loop() {
		c.References("TSC CC6.1 / cc6.2 and CC 7.1", h)
	}
}
