package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name, file, says string
		args             []string
	}{
		{"a set as OSCAL", "set.json", "authored mapping set toucan-curated-1: 364 rows, 0 statements about sets, ", []string{"crosswalk", "export", "--set", "toucan-curated-1"}},
		{"a set as CSV", "soc2.csv", "published mapping set soc2: 364 rows", []string{"crosswalk", "export", "--set", "toucan-curated-1", "--format", "csv"}},
		{"a framework as OSCAL", "iso.json", "framework iso27001-2022: 123 requirements", []string{"framework", "export", "--framework", "iso27001-2022"}},
		{"a framework as CSV", "iso.csv", "framework iso: 123 requirements", []string{"framework", "export", "--framework", "iso27001-2022", "--format", "csv"}},
		{"the library as OSCAL", "library.json", "130 components", []string{"library", "export"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(dir, tt.file)
			if code, _, errs := run(t, append(tt.args, "--out", out)...); code != 0 {
				t.Fatalf("exit %d: %s", code, errs)
			}
			code, said, errs := run(t, "crosswalk", "read", out)
			if code != 0 || !strings.Contains(said, tt.says) {
				t.Errorf("exit %d, want 0 with %q:\n%s%s", code, tt.says, said, errs)
			}
		})
	}
}

func TestWorkbooksWantAFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x.xlsx")
	for _, args := range [][]string{{"crosswalk", "export", "--set", "toucan-curated-1"}, {"framework", "export", "--framework", "gdpr"}, {"library", "export"}} {
		args = append(args, "--format", "xlsx")
		if code, _, errs := run(t, args...); code != 1 || !strings.Contains(errs, "--out") {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
		if code, _, errs := run(t, append(args, "--out", out)...); code != 0 {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
		if data, err := os.ReadFile(out); err != nil || !strings.HasPrefix(string(data), "PK") {
			t.Errorf("%v wrote no workbook", args)
		}
	}
}

func TestReadReportsLineByLine(t *testing.T) {
	dir := t.TempDir()
	catalog := write(t, dir, "a.yaml", "objects:\n  framework:\n    urn: urn:x:risk:framework:acme\n    requirement_nodes:\n"+
		"    - {urn: 'urn:x:risk:req_node:acme:1', assessable: true, ref_id: '1', name: Doors}\n")
	mapping := write(t, dir, "b.csv", "source_framework,source_id,relationship,target_framework,target_id\n"+
		"acme,1,overlaps,soc2-2017,CC6.4\nacme,2,overlaps,soc2-2017,CC6.4\n")
	code, out, errs := run(t, "crosswalk", "read", mapping)
	if code != 1 || !strings.Contains(out, "b.csv:2: error:") || !strings.Contains(out, "nothing that could be taken in") || !strings.Contains(errs, "errors found") {
		t.Errorf("exit %d:\n%s%s", code, out, errs)
	}
	code, out, _ = run(t, "crosswalk", "read", catalog, mapping, "--lenient", "--format", "json")
	var list []found
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if code != 1 || len(list) != 2 || list[0].Frameworks[0].ID != "acme" || list[1].Sets[0].Rows != 1 || len(list[1].Faults) != 1 || list[1].Faults[0].Line != 3 {
		t.Errorf("exit %d: %+v", code, list)
	}
}
