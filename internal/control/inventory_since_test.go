package control

import (
	"strings"
	"testing"
)

func TestAnInventoryMaySaySinceWhenAControlOperates(t *testing.T) {
	for _, heading := range []string{"In operation since", "Go-live date", "Implementation date", "In Betrieb seit", "En service depuis"} {
		data := "Control ID,Control title,Description,Owner,Status," + heading + "\n" +
			"AC-1,Access review,Managers confirm access once a quarter.,Ann Example,Operated,2025-10-01\n" +
			"AC-2,Joiner checks,Accounts follow an approved request.,Bo O'Neil,Operated,1.3.2026\n" +
			"AC-3,Leaver checks,Accounts end with the employment.,Bo O'Neil,Operated,3/4/2026\n" +
			"AC-4,Badge review,Badges are reviewed.,Bo O'Neil,Planned,\n"
		inv, err := ReadInventory("x.csv", []byte(data), nil, parseShipped)
		if err != nil {
			t.Fatalf("%s: %v", heading, err)
		}
		var got []string
		for _, r := range inv.Rows {
			got = append(got, r.Control.Since.String())
		}
		if strings.Join(got, ",") != "2025-10-01,2026-03-01,," {
			t.Errorf("%s: since %q", heading, got)
		}
		if len(inv.Rows) == 4 && (inv.Rows[0].Control.Status != Operated || !strings.Contains(strings.Join(inv.Rows[2].Notes, " "), "“3/4/2026” in column F")) {
			t.Errorf("%s: status %q, notes %q", heading, inv.Rows[0].Control.Status, inv.Rows[2].Notes)
		}
	}
}
