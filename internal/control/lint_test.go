package control_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
)

func TestLint(t *testing.T) {
	for _, tt := range []struct {
		name, statement string
		effective       cadence.Frequency
		want            string // rule: words, ...
	}{
		{"a good statement", "The system owners review every account each quarter and record a decision.", cadence.Quarterly, ""},
		{"nothing there", "", cadence.Frequency{}, "empty"},
		{"three words", "MFA for all.", cadence.Frequency{}, "empty"},
		{"a product", "IT requires multi-factor sign-in through Okta for every person, and again in okta for administrators.", cadence.Frequency{}, "product: Okta"},
		{"several products", "Engineering reviews AWS CloudTrail alerts in Slack every day.", cadence.Daily, "product: AWS; product: CloudTrail; product: Slack"},
		{"an English word is no product", "The team leaves no slack in the rota and records each shift.", cadence.Frequency{}, ""},
		{"looser than asked", "The system owners review every account every year and record a decision.", cadence.Quarterly, "promises: every year"},
		{"as strict as asked in other words", "The system owners review every account every three months and record it.", cadence.Quarterly, ""},
		{"stricter than asked", "The system owners review every account each month and record it.", cadence.Quarterly, ""},
		{"the strictest promise counts", "Owners review the list twice a year. Each month IT removes what is not approved.", cadence.Monthly, ""},
		{"a deadline is no frequency", "IT disables the account within 30 days and records the removal.", cadence.Quarterly, ""},
		{"vague", "The security team regularly reviews access and removes it as appropriate.", cadence.Frequency{}, "vague: as appropriate; vague: regularly"},
		{"vague but with a number", "The security team reviews access regularly, at least every quarter.", cadence.Quarterly, ""},
		{"how often is said, how well is not", "Access is regularly reviewed by owners every year, and revoked as needed.", cadence.Annual, "vague: as needed"},
		{"vague in the other sentence", "The team reviews access each quarter. It takes timely action on what is found.", cadence.Quarterly, "vague: timely"},
		{"nobody", "Backups are taken of production data, and restored in a drill.", cadence.Frequency{}, "actor"},
		{"no verb", "The security team, the head of engineering and the yearly budget for it.", cadence.Frequency{}, "action"},
		{"another language", "Die Systemverantwortlichen prüfen alle Konten regelmäßig über Okta und entfernen sie.", cadence.Frequency{}, "product: Okta"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := hints(control.Lint(tt.statement, tt.effective)); got != tt.want {
				t.Errorf("hints %q, want %q", got, tt.want)
			}
		})
	}
}

func hints(list []control.Hint) string {
	var out []string
	for _, h := range list {
		s := string(h.Rule)
		if h.Found != "" {
			s += ": " + h.Found
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// TestShippedStatementsAreClean holds the library to its own rules, each entry at
// the strictest interval any framework asks for.
func TestShippedStatementsAreClean(t *testing.T) {
	f, err := control.Data.Open("data/controls.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 131 {
		t.Fatal(len(rows), err)
	}
	demands := control.Demands()
	n := 0
	for _, r := range rows[1:] {
		strictest, ok := cadence.Parse(r[6])
		if !ok {
			t.Errorf("%s: the frequency %q cannot be read", r[0], r[6])
		}
		for _, d := range demands[r[0]] {
			n++
			if d.Frequency.Stricter(strictest) && r[5] == "periodic" {
				t.Errorf("%s: %s %s asks for %s, stricter than its default %s", r[0], d.Framework, d.Requirement, d.Frequency, strictest)
			}
		}
		for _, h := range control.Lint(r[2], strictest) {
			t.Errorf("%s: %s %q", r[0], h.Rule, h.Found)
		}
	}
	if n != 179 {
		t.Errorf("%d demands, want 179", n)
	}
}

// TestInventoriesOfCustomers lints three inventories against their own intervals.
// They were written from the library, so nothing is found: a hint here is a false
// alarm.
func TestInventoriesOfCustomers(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "fixtures", "inventories")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("skipped: the fixtures that lie beside the project are not here")
	}
	for file, controls := range map[string]int{"meridian.csv": 106, "nordwind-cp1252.csv": 68, "harbor.xlsx": 118} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		inv, err := control.ReadInventory(file, data, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(inv.Rows) != controls {
			t.Errorf("%s: %d controls, want %d", file, len(inv.Rows), controls)
		}
		for _, row := range inv.Rows {
			own, ok := cadence.Parse(row.Control.Frequency)
			if !ok {
				t.Errorf("%s %s: the frequency %q is not understood", file, row.Control.Code, row.Control.Frequency)
			}
			if s := hints(control.Lint(row.Control.Statement, own)); s != "" {
				t.Errorf("%s %s: %s", file, row.Control.Code, s)
			}
		}
	}
}

func BenchmarkLint(b *testing.B) {
	const statement = "The company's system owners review every account and its rights on in-scope systems each quarter, never their own, record a keep-or-remove decision, and see removals carried out within seven days. IT disables accounts unused for 45 days without waiting for the review."
	for b.Loop() {
		control.Lint(statement, cadence.Monthly)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "statements/s")
}
