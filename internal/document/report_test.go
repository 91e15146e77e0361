package document

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

func TestAReportLeavesAsPDF(t *testing.T) {
	var rows [][]string
	for i := range 200 {
		rows = append(rows, []string{fmt.Sprintf("R-%03d", i), "A risk that was written down in a sentence of some length, as they are", "high"})
	}
	r := Report{Title: "Risk assessment", Of: "Meridian Cloud", At: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), About: "What may happen.", Facts: [][2]string{{"Method", "1.0.0"}}, Parts: []Part{
		{Heading: "Register", Text: []string{"All of them."}, List: []string{"one", "two"}, Table: &Grid{Head: []string{"Code", "Risk", "Level"}, Weights: []float64{1, 5, 1}, Rows: rows}, Note: "Sorted by level."},
		{Heading: "Acceptances", Break: true, Table: &Grid{Head: []string{"Risk"}, None: "No risk is accepted."}},
	}}
	upright, err := r.PDF()
	if err != nil {
		t.Fatal(err)
	}
	r.Wide = true
	lying, err := r.PDF()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := r.PDF()
	if !bytes.Equal(lying, again) {
		t.Error("the same report gives different bytes")
	}
	if !bytes.Contains(upright, []byte("[0 0 595.28 841.89]")) || !bytes.Contains(lying, []byte("[0 0 841.89 595.28]")) {
		t.Error("pages do not stand and lie as asked")
	}
	if n := bytes.Count(upright, []byte("/Type /Page\n")); n < 5 {
		t.Errorf("%d pages for 200 rows", n)
	}
}
