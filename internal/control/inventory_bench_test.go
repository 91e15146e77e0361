package control

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/toucan-grc/toucan/internal/document"
)

// manyRows is a list of n controls as a large company keeps one.
func manyRows(n int) [][]string {
	rows := [][]string{{"Code", "Title", "Control statement", "Owner", "Frequency", "Evidence", "TSC criteria", "Status"}}
	for i := range n {
		rows = append(rows, []string{fmt.Sprintf("C-%05d", i), fmt.Sprintf("Review number %d of access", i),
			"The company's system owners review every account and its rights on in-scope systems each quarter, never their own, and see removals carried out within seven days.",
			"Mara Velasco", "Quarterly", "access-review-record; account-list", []string{"CC6.1; CC6.2", "TSC CC 7.1", "cc8.1 and CC6.3"}[i%3], []string{"operated", "on paper", "planned"}[i%3]})
	}
	return rows
}

func csvOf(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func benchmarkRead(b *testing.B, name string, data []byte, want int) {
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		inv, err := ReadInventory(name, data, nil, parseShipped)
		if err != nil || len(inv.Rows) != want {
			b.Fatal(err, len(inv.Rows))
		}
	}
	b.ReportMetric(float64(want)*float64(b.N)/b.Elapsed().Seconds(), "controls/s")
}

func BenchmarkReadInventoryCSV(b *testing.B) {
	benchmarkRead(b, "x.csv", csvOf(manyRows(10_000)), 10_000)
}

func BenchmarkReadInventoryXLSX(b *testing.B) {
	rows := manyRows(10_000)
	var out bytes.Buffer
	if err := document.WriteXLSX(&out, []document.Sheet{{Name: "Controls", Header: rows[0], Rows: rows[1:]}}); err != nil {
		b.Fatal(err)
	}
	benchmarkRead(b, "x.xlsx", out.Bytes(), 10_000)
}

func BenchmarkReadInventorySmall(b *testing.B) {
	data, err := os.ReadFile(filepath.Join(fixtures(b), "meridian.csv"))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkRead(b, "meridian.csv", data, 106)
}
