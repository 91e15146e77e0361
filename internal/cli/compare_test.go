package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The figures that README.md claims are those the command prints.
func TestFiguresInTheReadme(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, claimed, begins := strings.Cut(string(data), "<!-- figures -->\n")
	claimed, _, ends := strings.Cut(claimed, "<!-- /figures -->")
	if !begins || !ends {
		t.Fatal("README.md has no table of figures between its two marks")
	}
	code, out, errs := run(t, "crosswalk", "compare", "--format", "markdown")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if claimed != out {
		t.Errorf("README.md claims\n%s\nand the command prints\n%s", claimed, out)
	}
}

func TestCompareInEveryForm(t *testing.T) {
	for form, want := range map[string]string{
		"text": "soc2-iso27001-consensus, 3 of 5 votes or more", "csv": "soc2-iso27001-guide,15,41,56,0,15,55,70,0,78",
		"markdown": "| soc2-iso27001-guide | 15 (50%) | 41 (44%) | 56 (46%) | 0 (0%) | 15 (50%) | 55 (59%) | 70 (57%) | 0 (0%) | 78 |", "json": `"closed_by_a_union": 20`,
	} {
		code, out, errs := run(t, "crosswalk", "compare", "--format", form)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d, without %q\n%s%s", form, code, want, out, errs)
		}
	}
	_, out, _ := run(t, "crosswalk", "compare", "--format", "json")
	var table figureTable
	if err := json.Unmarshal([]byte(out), &table); err != nil || len(table.Sets) != 6 {
		t.Errorf("%d sets are compared, want 6: %v", len(table.Sets), err)
	}
}

func TestCompareOtherFrameworks(t *testing.T) {
	code, out, errs := run(t, "crosswalk", "compare", "--from", "hipaa-security", "--to", "nist-csf-2.0", "--format", "csv")
	if code != 0 || !strings.HasPrefix(out, "set,all categories: touched,") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := run(t, "crosswalk", "compare", "--from", "gdpr", "--to", "cis-v8.1"); code != 1 || !strings.Contains(errs, "No mapping set joins GDPR and CIS") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
