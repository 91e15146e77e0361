package policy

import (
	"fmt"
	"testing"
)

// BenchmarkConflictsOf200 reads and compares 200 documents of the size policies
// have, without front matter, so that everything is read out of the text.
func BenchmarkConflictsOf200(b *testing.B) {
	set := append(shared(b, ""), shared(b, "conflicts-fixture")...)
	var docs []Document
	for i := range 200 {
		d := set[i%len(set)]
		name := fmt.Sprintf("%03d.md", i)
		docs = append(docs, Document{Name: name, Slug: name, Title: d.Title, Body: d.Body})
	}
	found := 0
	for b.Loop() {
		var list []Stating
		for _, d := range docs {
			s, _, _ := StatingOf(d)
			list = append(list, s)
		}
		found = len(FindConflicts(list))
	}
	b.ReportMetric(float64(found), "conflicts")
}
