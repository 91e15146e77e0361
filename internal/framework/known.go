package framework

import (
	"cmp"
	"slices"
	"strings"
)

// name is what people call a standard and one thing it asks.
type name struct {
	id, title, short string
	family, version  string // editions of one standard share the family
	noun, nouns      string
	alone            []string // ids with these beginnings need no name beside them in a sentence
	clauses          []string // top-level rows that can never be declared not applicable
}

// known is the one table of the standards that ship, in the order they are listed.
var known = []name{
	{id: "soc2-2017", title: "SOC 2 (TSC 2017)", short: "SOC 2", family: "soc2", version: "2017", noun: "criterion", nouns: "criteria", alone: []string{"CC", "A", "PI", "C", "P"}},
	{id: "iso27001-2022", title: "ISO/IEC 27001:2022", short: "ISO 27001", family: "iso27001", version: "2022", noun: "requirement", nouns: "requirements", alone: []string{"A."}},
	{id: "nist-csf-2.0", title: "NIST CSF 2.0", short: "CSF", family: "nist-csf", version: "2.0", noun: "subcategory", nouns: "subcategories"},
	{id: "nist-800-53-rev5", title: "NIST SP 800-53 Rev. 5", short: "SP 800-53", family: "nist-800-53", version: "rev5", noun: "control", nouns: "controls"},
	{id: "hipaa-security", title: "HIPAA Security Rule", short: "HIPAA", family: "hipaa-security", version: "2013", noun: "specification", nouns: "specifications"},
	{id: "gdpr", title: "GDPR (EU) 2016/679", short: "GDPR", family: "gdpr", version: "2016", noun: "provision", nouns: "provisions"},
	{id: "iso27701-2019", title: "ISO/IEC 27701:2019", short: "ISO 27701", family: "iso27701", version: "2019", noun: "requirement", nouns: "requirements", clauses: []string{"5"}},
	{id: "iso42001-2023", title: "ISO/IEC 42001:2023", short: "ISO 42001", family: "iso42001", version: "2023", noun: "requirement", nouns: "requirements", clauses: []string{"4", "5", "6", "7", "8", "9", "10"}},
	{id: "nist-ai-rmf-1.0", title: "NIST AI RMF 1.0", short: "AI RMF", family: "nist-ai-rmf", version: "1.0", noun: "subcategory", nouns: "subcategories"},
	{id: "pci-dss-4.0.1", title: "PCI DSS 4.0.1", short: "PCI DSS", family: "pci-dss", version: "4.0.1", noun: "requirement", nouns: "requirements"},
	{id: "cis-v8.1", title: "CIS Controls v8.1", short: "CIS", family: "cis", version: "v8.1", noun: "safeguard", nouns: "safeguards"},
}

// naming returns what a standard is called. Another edition of a standard in the
// table is called after it, with its own version, because both stand side by side
// in sentences; anything else is called by its id.
func naming(id string) name {
	if i := place(id); i < len(known) {
		return known[i]
	}
	for _, k := range known {
		if version, ok := strings.CutPrefix(id, k.family+"-"); ok && version != "" {
			short := k.short + ":" + version
			return name{id: id, title: short, short: short, family: k.family, version: version, noun: k.noun, nouns: k.nouns, clauses: k.clauses}
		}
	}
	n := name{id: id, title: id, short: id, family: id, noun: "requirement", nouns: "requirements"}
	if at := strings.LastIndexByte(id, '-'); at > 0 && startsAVersion(id[at+1:]) {
		n.family, n.version = id[:at], id[at+1:]
	}
	return n
}

// startsAVersion reports whether the end of an id is a version: 2026, v2, 1.1.
func startsAVersion(s string) bool {
	s = strings.TrimPrefix(s, "v")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}

// IsKnown reports whether the id is one of a standard that ships.
func IsKnown(id string) bool { return place(id) < len(known) }

// place returns the row of a standard in the table, or its length.
func place(id string) int {
	for i := range known {
		if known[i].id == id {
			return i
		}
	}
	return len(known)
}

// byPlace sorts frameworks as the table lists them, the unknown ones after it by id.
func byPlace(a, b *Framework) int {
	return cmp.Or(cmp.Compare(place(a.ID), place(b.ID)), cmp.Compare(a.ID, b.ID))
}

func sortFrameworks(all []*Framework) { slices.SortFunc(all, byPlace) }
