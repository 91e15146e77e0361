package control

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

var parseShipped Parse = func(text, header string) ([]framework.Ref, []string) {
	return framework.Shipped().ReferencesUnder(text, header)
}

// fixtures returns the folder of shared fixtures, or skips.
func fixtures(t testing.TB) string {
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
	dir = filepath.Join(dir, "..", "shared", "fixtures", "inventories")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("The folder shared/fixtures/inventories is missing: put it beside the checkout to run this test.")
	}
	return dir
}

func TestFixtureInventories(t *testing.T) {
	dir := fixtures(t)
	for _, file := range []string{"meridian.csv", "nordwind-cp1252.csv", "harbor.xlsx"} {
		t.Run(file, func(t *testing.T) {
			var want struct {
				Controls, Operated int
				Met                []string `json:"criteria_met"`
			}
			text, err := os.ReadFile(filepath.Join(dir, "expected-"+strings.TrimSuffix(file, filepath.Ext(file))+".json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			inv, err := ReadInventory(file, data, nil, parseShipped)
			if err != nil {
				t.Fatal(err)
			}
			operated, met := 0, map[string]bool{}
			for _, r := range inv.Rows {
				if len(r.Unknown) > 0 || len(r.Notes) > 0 {
					t.Errorf("row %d %s: %q %q", r.Row, r.Control.Code, r.Unknown, r.Notes)
				}
				if r.Control.Status == Operated {
					operated++
					for _, ref := range r.References {
						met[ref.ID] = true
					}
				}
			}
			var ids []string
			for id := range met {
				ids = append(ids, id)
			}
			slices.Sort(ids)
			if len(inv.Rows) != want.Controls || operated != want.Operated || !slices.Equal(ids, want.Met) {
				t.Errorf("%d controls, %d operated, met %v;\nwant %d, %d, %v", len(inv.Rows), operated, ids, want.Controls, want.Operated, want.Met)
			}
		})
	}
}
