package gap

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/control"
)

// figure returns the value of a figure of an output.
func figure(t *testing.T, o Output, name string) string {
	t.Helper()
	i := slices.IndexFunc(o.Facts, func(f Fact) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("there is no figure %q in %+v", name, o.Facts)
	}
	return o.Facts[i].Value
}

func TestTheInventoryFlagsWhatIsOnPaperOnly(t *testing.T) {
	whole := Held{Code: "A-1", Owner: "Ann", Frequency: "quarterly", Evidence: []string{"Record"}, Status: control.Operated, Filed: 2, Tagged: true}
	for _, tt := range []struct {
		name   string
		change func(*Held)
		figure string
		flag   string
	}{
		{"complete", func(*Held) {}, "Complete", ""},
		{"on paper", func(h *Held) { h.Status = control.OnPaper }, "On paper only", "on paper only"},
		{"said to operate, and nothing was filed", func(h *Held) { h.Filed = 0 }, "On paper only", "said to operate, nothing shows it"},
		{"shown by tests alone", func(h *Held) { h.Filed, h.Tested = 0, true }, "Complete", ""},
		{"planned", func(h *Held) { h.Status = control.Planned }, "Planned", "planned"},
		{"nobody owns it", func(h *Held) { h.Owner = "" }, "Without an owner", "no owner"},
		{"nobody says how often", func(h *Held) { h.Frequency = "" }, "Without a frequency", "no frequency"},
		{"an event needs no frequency", func(h *Held) { h.Frequency, h.Kind = "", control.Event }, "Complete", ""},
		{"no evidence is named", func(h *Held) { h.Evidence = nil }, "Without evidence named", "no evidence named"},
		{"it counts for nothing here", func(h *Held) { h.Tagged = false }, "Count for nothing in SOC 2", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := whole
			tt.change(&h)
			o := InventoryOf("SOC 2", []Held{h})
			if got := figure(t, o, tt.figure); got != "1" {
				t.Errorf("%s is %s, want 1", tt.figure, got)
			}
			if h.Tagged && o.Tables[0].Rows[0][7] != tt.flag {
				t.Errorf("flagged %q, want %q", o.Tables[0].Rows[0][7], tt.flag)
			}
		})
	}
}

func TestRisksOfOneViewAreNamed(t *testing.T) {
	o := RisksOf("1.0", false, 1, []RiskLine{
		{Code: "R-001", Scored: true, Threats: true, Promises: true},
		{Code: "R-002", Scored: true, Threats: true},
		{Code: "R-003", Promises: true},
		{Code: "R-004", Scored: true},
	})
	for name, want := range map[string]string{"Risks": "4", "Not scored": "1", "Only threats to assets": "1", "Only risks to commitments": "1", "Linked to neither": "1", "Methods that wait for approval": "1"} {
		if got := figure(t, o, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if rows := o.Tables[0].Rows; len(rows) != 3 || rows[0][0] != "R-002" || !strings.HasPrefix(rows[1][3], "not scored by you; only a risk to commitments") {
		t.Errorf("rows %q", rows)
	}
	if !strings.Contains(o.Says[0], "nobody has approved one") {
		t.Errorf("a method nobody approved is called so: %q", o.Says)
	}
}

func TestTwoDocumentsWithoutAuthorityAreCounted(t *testing.T) {
	o := DocumentsOf(3, []Contradiction{{TwoGovern: true}, {TwoGovern: true, Decision: "One governs"}, {}})
	for name, want := range map[string]string{"Contradictions": "3", "Decided": "1", "Not decided": "2", "Two in force without authority": "1"} {
		if got := figure(t, o, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestThePitfallIsNamedUntilItIsDecided(t *testing.T) {
	pitfall := func(o Output) bool {
		return slices.ContainsFunc(o.Says, func(s string) bool { return strings.Contains(s, "pitfall") })
	}
	if open := ScopesOf("1", "1", "", []Misfit{{Pitfall: true}}); !pitfall(open) || figure(t, open, "Not decided") != "1" {
		t.Errorf("open: %+v", open)
	}
	if decided := ScopesOf("1", "1", "", []Misfit{{Pitfall: true, Decision: "meant to be so"}}); pitfall(decided) || figure(t, decided, "Decided") != "1" {
		t.Errorf("decided: %+v", decided)
	}
	if none := ScopesOf("", "1", "", nil); !strings.Contains(none.Tables[0].None, "until both are in force") {
		t.Errorf("with one of the two: %+v", none.Tables)
	}
}

func TestWhatIsLeftOpenIsHandedOut(t *testing.T) {
	r := analyse(t, sample(t))
	before := UnifiedOf(r, nil)
	after := UnifiedOf(r, map[string][]Planned{"4.3": {{Owner: "Ann", Due: "2026-05-01", State: "open"}}})
	if figure(t, before, "Handed out as work") != "0" || figure(t, after, "Handed out as work") != "1" || figure(t, before, "Left open") != figure(t, after, "Left open") {
		t.Errorf("before %+v, after %+v", before.Facts, after.Facts)
	}
	if !slices.Contains(before.Says, r.Assumption) {
		t.Error("the assumption is not printed")
	}
	moved := after.Against(&before)
	if i := slices.IndexFunc(moved, func(m Moved) bool { return !m.Same() }); i < 0 || moved[i] != (Moved{"Handed out as work", "0", "1"}) {
		t.Errorf("moved: %+v", moved)
	}
}

func TestTheHistoryOfAStepIsReplayed(t *testing.T) {
	at := func(h int) time.Time { return time.Date(2026, 3, 1, h, 0, 0, 0, time.UTC) }
	first, second := &Output{Says: []string{"first"}}, &Output{Says: []string{"second"}}
	var a Analysis
	a.fold([]Act{
		{Step: StepInventory, What: actBegun, At: at(1)},
		{Step: StepInventory, What: actDone, Note: "One.", Output: first, At: at(2)},
		{Step: StepInventory, What: actReopened, Note: "Again.", At: at(3)},
		{Step: StepRisks, What: actNoted, Note: "Ours.", At: at(4)},
		{Step: 9, What: actDone, At: at(5)}, // of a later Toucan
	})
	one, two := a.Of(StepInventory), a.Of(StepRisks)
	if one.Stage != UnderWay || one.Output != first || one.keptNote() != "One." || two.Stage != UnderWay || two.Note != "Ours." || a.Of(StepScope).Stage != NotBegun || a.Done() != 0 {
		t.Errorf("steps %+v", a.Steps)
	}
	a.fold([]Act{{Step: StepInventory, What: actDone, Output: first, At: at(2)}, {Step: StepInventory, What: actReopened, At: at(3)}, {Step: StepInventory, What: actDone, Output: second, At: at(4)}})
	if next, ok := a.Next(); a.Of(StepInventory).Output != second || a.Done() != 1 || !ok || next != StepRisks {
		t.Errorf("done anew: %+v", a.Of(StepInventory))
	}
}

func TestAnAnalysisLeavesAsReportAndWorkbook(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	a := Analysis{Name: "First certification", At: now, ByName: "Ann"}
	o := InventoryOf("SOC 2", []Held{{Code: "=1+1", Title: "Formula", Tagged: true}})
	a.fold([]Act{{Step: StepInventory, What: actDone, Note: "We looked.", Output: &o, At: now, ByName: "Ann"}})
	d := a.Document("Acme", "SOC 2", "ISO 27001", now, time.UTC)
	pdf, err := d.PDF()
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Fatalf("no PDF: %v", err)
	}
	var heads []string
	for _, p := range d.Parts {
		if p.Heading != "" && p.Level == 1 {
			heads = append(heads, p.Heading)
		}
	}
	if len(heads) != 5 || heads[3] != "4. Scope" {
		t.Errorf("headings %q", heads)
	}
	var file bytes.Buffer
	if err := a.WriteXLSX(&file, "SOC 2", "ISO 27001", time.UTC); err != nil || file.Len() == 0 {
		t.Errorf("no workbook: %v", err)
	}
}
