package gap

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// question asks what ISO 27001 still asks, over the shipped data and default stack.
func question(t *testing.T) Question {
	t.Helper()
	lib := crosswalk.Shipped()
	stack, err := lib.Stack(lib.DefaultStack())
	if err != nil {
		t.Fatal(err)
	}
	from, _ := lib.Frameworks.Find("soc2-2017")
	to, _ := lib.Frameworks.Find("iso27001-2022")
	return Question{Library: lib, Stack: stack, From: from, To: to, Source: "controls.csv"}
}

func tagged(code string, status control.Status, ids ...string) Tagged {
	c := Tagged{Code: code, Title: "Control " + code, Status: status}
	for _, id := range ids {
		c.Requirements = append(c.Requirements, framework.Ref{Framework: "soc2-2017", ID: id})
	}
	return c
}

func analyse(t *testing.T, q Question) *Report {
	t.Helper()
	r, err := Analyse(q, now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func requirement(t *testing.T, r *Report, id string) Requirement {
	t.Helper()
	i := slices.IndexFunc(r.Requirements, func(q Requirement) bool { return q.ID == id })
	if i < 0 {
		t.Fatalf("the report has no %s", id)
	}
	return r.Requirements[i]
}

// sample is a small inventory: one criterion held by an operated control, a
// union with a member on paper, and a control that is only planned.
func sample(t *testing.T) Question {
	q := question(t)
	q.Controls = []Tagged{
		tagged("AC-1", control.Operated, "CC6.1", "CC6.3"),
		tagged("AC-2", control.OnPaper, "CC6.2"),
		tagged("CH-1", control.Operated, "CC8.1"),
		tagged("BC-1", control.Planned, "A1.2"),
		tagged("X-1", control.Unknown),
	}
	q.Skipped = []SkippedRow{{7, "Total: 5", "a trailer"}}
	q.Notes = []string{"Columns not used: A."}
	return q
}

func TestOnlyOperatedControlsCount(t *testing.T) {
	r := analyse(t, sample(t))
	if want := []string{"CC6.1", "CC6.3", "CC8.1"}; !slices.Equal(r.Met, want) {
		t.Errorf("met = %v, want %v", r.Met, want)
	}
	for _, tt := range []struct {
		id   string
		want posture.Coverage
	}{
		{"A.8.5", posture.Full},      // CC6.1 holds it
		{"A.8.3", posture.FullUnion}, // CC6.1 with CC6.3
		{"A.8.2", posture.Partial},   // the union lacks CC6.2, which is on paper
		{"A.8.4", posture.FullUnion}, // CC6.1, CC6.3 and CC8.1
	} {
		if got := requirement(t, r, tt.id); got.Coverage != tt.want {
			t.Errorf("%s = %s (%s), want %s", tt.id, got.Coverage, got.Why, tt.want)
		}
	}
	if got := requirement(t, r, "A.8.2"); !slices.Contains(got.Uncounted, "AC-2 (on paper)") {
		t.Errorf("the paper control is not listed: %v", got.Uncounted)
	}
	if !strings.Contains(r.Assumption, "Assumption") {
		t.Error("the assumption is not called one")
	}
}

func TestEveryRequirementHasAFirstTask(t *testing.T) {
	for name, q := range map[string]Question{"a small inventory": sample(t), "an empty one": question(t)} {
		r := analyse(t, q)
		if len(r.Requirements) != 123 {
			t.Errorf("%s: %d requirements, want 123", name, len(r.Requirements))
		}
		for _, req := range r.Requirements {
			if req.FirstTask == "" || req.Why == "" || req.Group == "" {
				t.Errorf("%s: %s has task %q, why %q, group %q", name, req.ID, req.FirstTask, req.Why, req.Group)
			}
		}
	}
}

func TestAnEmptyInventoryCoversNothing(t *testing.T) {
	r := analyse(t, question(t))
	if r.Totals.None != 123 || r.Totals.NetNew != 18 {
		t.Errorf("totals = %+v, want 123 none and 18 net new", r.Totals)
	}
}

func TestCategories(t *testing.T) {
	for _, tt := range []struct {
		name  string
		asked []string
		want  []string
	}{
		{"left out: Security and those with a tag", nil, []string{"security", "availability"}},
		{"named by key", []string{"confidentiality"}, []string{"security", "confidentiality"}},
		{"named by id and in capitals", []string{"C", "Availability"}, []string{"security", "availability", "confidentiality"}},
		{"none: Security stays", []string{}, []string{"security"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := sample(t)
			q.Categories = tt.asked
			if r := analyse(t, q); !slices.Equal(r.Categories, tt.want) {
				t.Errorf("categories = %v, want %v", r.Categories, tt.want)
			}
		})
	}
	q := sample(t)
	q.Categories = []string{"speed"}
	if _, err := Analyse(q, now); err == nil || !strings.Contains(err.Error(), "availability") {
		t.Errorf("an unknown category gave %v; it should name the known ones", err)
	}
}

func TestOverlapIsShownTwiceBesideTheGuide(t *testing.T) {
	o := analyse(t, sample(t)).Overlap
	for _, part := range []string{"Touched:", "Closed:", Guide, "toucan-curated-1"} {
		if !strings.Contains(o.Sentence, part) {
			t.Errorf("%q lacks %q", o.Sentence, part)
		}
	}
	if o.Closed >= o.Touched {
		t.Errorf("closed %d, touched %d", o.Closed, o.Touched)
	}
}

// TestFixtureInventories reads the inventories that lie beside the project and
// compares every coverage with what was worked out for them by hand.
func TestFixtureInventories(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "fixtures", "inventories")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("skipped: the fixtures that lie beside the project are not here")
	}
	for _, file := range []string{"meridian.csv", "harbor.xlsx", "nordwind-cp1252.csv"} {
		t.Run(file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			q := question(t)
			inv, err := control.ReadInventory(file, data, nil, func(text, header string) ([]framework.Ref, []string) {
				return q.Library.Frameworks.References(text, framework.Hint{Frameworks: []string{q.From.ID, q.To.ID}, Header: header})
			})
			if err != nil {
				t.Fatal(err)
			}
			q.Controls, q.Skipped, q.Notes = FromInventory(inv)
			r := analyse(t, q)
			raw, err := os.ReadFile(filepath.Join(dir, "expected-"+strings.TrimSuffix(file, filepath.Ext(file))+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				Controls, Operated int
				CriteriaMet        []string `json:"criteria_met"`
				NetNew             int      `json:"net_new"`
				Requirements       map[string]string
			}
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			if r.Inventory.Controls != want.Controls || r.Inventory.Operated != want.Operated || r.Totals.NetNew != want.NetNew {
				t.Errorf("%d controls, %d operated, %d net new; want %d, %d, %d",
					r.Inventory.Controls, r.Inventory.Operated, r.Totals.NetNew, want.Controls, want.Operated, want.NetNew)
			}
			slices.Sort(want.CriteriaMet)
			if met := slices.Sorted(slices.Values(r.Met)); !slices.Equal(met, want.CriteriaMet) {
				t.Errorf("met %v, want %v", met, want.CriteriaMet)
			}
			if len(r.Requirements) != len(want.Requirements) {
				t.Errorf("%d requirements, want %d", len(r.Requirements), len(want.Requirements))
			}
			for _, req := range r.Requirements {
				w := want.Requirements[req.ID]
				rest := w == "rest" && (req.Coverage == posture.Candidate || req.Coverage == posture.None)
				if !rest && string(req.Coverage) != w {
					t.Errorf("%s = %s, want %s", req.ID, req.Coverage, w)
				}
			}
		})
	}
}

func TestTextForm(t *testing.T) {
	var b bytes.Buffer
	if err := WriteText(&b, analyse(t, sample(t)), 100); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 100 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	golden(t, "sample.txt", b.Bytes())
}

func TestJSONForm(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, analyse(t, question(t))); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "null") {
		t.Error("a list is null; readers expect []")
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"from", "to", "stack", "assumption", "totals", "requirements", "skipped_rows"} {
		if _, ok := doc[key]; !ok {
			t.Errorf("the JSON form lacks %q", key)
		}
	}
}

func TestExportsRunNothing(t *testing.T) {
	q := sample(t)
	q.Controls = append(q.Controls, tagged(`=HYPERLINK("http://x")`, control.Operated, "CC6.4"), tagged("<script>alert(1)</script>", control.Operated, "CC6.4"))
	r := analyse(t, q)
	var table, page, book bytes.Buffer
	if err := WriteCSV(&table, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 124 {
		t.Errorf("%d rows, want a header and 123", len(rows))
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a cell would run: %q", cell)
			}
		}
	}
	if err := WriteHTML(&page, r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<script") || !strings.Contains(page.String(), "&lt;script&gt;") {
		t.Error("the page does not escape what it was given")
	}
	for _, outside := range []string{"src=", "<link", "@import", "url("} {
		if strings.Contains(page.String(), outside) {
			t.Errorf("the page reaches outside itself: %s", outside)
		}
	}
	if err := WriteXLSX(&book, r); err != nil {
		t.Fatal(err)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what it was; look at the difference and run go test -update if it is right\n%s", path, got)
	}
}
