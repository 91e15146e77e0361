package gap

import (
	"fmt"

	"github.com/toucan-grc/toucan/internal/control"
)

// FromInventory returns the controls of an inventory as they are tagged, the rows
// it skipped, and its notes as sentences. Nothing the reader had to say is lost.
func FromInventory(inv *control.Inventory) (controls []Tagged, skipped []SkippedRow, notes []string) {
	notes = append(notes, inv.Notes...)
	for _, row := range inv.Rows {
		controls = append(controls, Tagged{
			Code: row.Control.Code, Title: row.Control.Title, Owner: row.OwnerText,
			Status: row.Control.Status, Requirements: row.References,
		})
		for _, n := range row.Notes {
			notes = append(notes, fmt.Sprintf("Row %d, %s: %s", row.Row, row.Control.Code, n))
		}
		for _, u := range row.Unknown {
			notes = append(notes, fmt.Sprintf("Row %d, %s: reference %s", row.Row, row.Control.Code, u))
		}
	}
	for _, s := range inv.Skipped {
		skipped = append(skipped, SkippedRow(s))
	}
	return controls, skipped, notes
}
