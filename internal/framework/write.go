package framework

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/document"
)

var header = []string{"id", "parent", "kind", "label", "attributes"}

func table(f *Framework) [][]string {
	out := make([][]string, 0, len(f.Requirements))
	for _, r := range f.Requirements {
		var attributes []string
		for _, key := range slices.Sorted(maps.Keys(r.Attributes)) {
			if r.Attributes[key] == "yes" {
				attributes = append(attributes, key)
			} else {
				attributes = append(attributes, key+"="+r.Attributes[key])
			}
		}
		out = append(out, []string{r.ID, r.Parent, string(r.Kind), r.Label, strings.Join(attributes, ";")})
	}
	return out
}

// WriteCSV writes the framework in the form Parse reads.
func WriteCSV(w io.Writer, f *Framework) error {
	return document.WriteCSV(w, document.Table{Rows: append([][]string{header}, table(f)...)})
}

// WriteXLSX writes the framework as a workbook of one sheet.
func WriteXLSX(w io.Writer, f *Framework) error {
	return document.WriteXLSX(w, []document.Sheet{{Name: f.ID, Header: header, Rows: table(f), Widths: []float64{18, 18, 13, 60, 40}}})
}
