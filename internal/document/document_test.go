package document

import (
	"os"
	"path/filepath"
	"testing"
)

// fixture returns a file of the shared fixtures, or skips.
func fixture(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "..", "shared", "fixtures", "inventories", name))
	if err != nil {
		t.Skipf("The fixture %s is missing: put the folder shared/fixtures beside the checkout to run this test.", name)
	}
	return data
}

func TestFixtures(t *testing.T) {
	for _, tt := range []struct {
		name, encoding, delim string
		tables, rows          int
	}{
		{"meridian.csv", "UTF-8", ",", 1, 107},
		{"nordwind-cp1252.csv", "Windows-1252", ";", 1, 72},
		{"harbor.xlsx", "", "", 2, 143},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, err := ReadTables(tt.name, fixture(t, tt.name), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			last := book.Tables[len(book.Tables)-1]
			if book.Encoding != tt.encoding || book.Delimiter != tt.delim || len(book.Tables) != tt.tables || len(last.Rows) != tt.rows {
				t.Errorf("got %s %q, %d tables, %d rows; notes %v", book.Encoding, book.Delimiter, len(book.Tables), len(last.Rows), book.Notes)
			}
		})
	}
}
