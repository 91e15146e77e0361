package isms

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/sheet"
)

var statementUpdate = flag.Bool("update-statement", false, "write the golden files of the statement anew")

// paper is a statement with a row of every sort.
func statementPaper(t testing.TB) StatementPaper {
	t.Helper()
	v := StatementVersion{ID: "v", Number: 3, Round: 1, State: VersionApproved, Note: "Model releases are reviewed.", Digest: "ab12", SentAt: today, EndedAt: today.Add(time.Hour), SentName: "Ann Example"}
	return StatementPaper{Organisation: "Example Ltd", OrgID: "o", Framework: iso(t), Version: &v, At: today, Zone: time.UTC, Names: map[string]string{"p": "Ann Example"},
		Signatures: []StatementSignature{{Name: "Ben Example", Yes: true, At: today.Add(time.Hour), Note: "Good."}},
		Entries: []StatementEntry{
			{Code: "A.5.1", Title: "Security policy set", Theme: "Organizational controls", Included: true, Reasons: []Reason{{BecauseOfRisk, ""}, {BecauseOfLaw, "GDPR, Article 32"}}, Risks: []string{"R-001", "R-007"},
				Claim: ClaimDone, On: cadence.On(2026, 2, 1), Owner: "p", Note: "By policy.", Controls: []string{"GV-01", "GV-02"}, Policies: []string{"Information security"}, State: RowShown, Design: "GV-01 holds all of it.",
				Operation: "GV-01 is effective.", Coverage: posture.Full, Operated: posture.Effective, Evidence: 2, Newest: today.Unix()},
			{Code: "A.5.2", Title: "Security roles and responsibilities", Theme: "Organizational controls", Included: true, State: RowAbsent, Design: "No operated control is tagged to it.", Coverage: posture.None, Operated: posture.Unknown, Owner: "gone"},
			{Code: "A.7.4", Title: "Physical security monitoring", Theme: "Physical controls", WhyOut: "=HYPERLINK(\"x\") no premises", State: RowOut, Design: "It is left out.", Coverage: posture.NotApplicable, Operated: posture.Unknown},
			{Code: "C-1", Title: "Review of model releases", Custom: true, Source: "ISO/IEC 42001", Included: true, Reasons: []Reason{{BecauseOfContract, "Annex 3\nof the master agreement"}}, Claim: ClaimPlanned, On: cadence.On(2027, 1, 31), Waiting: []string{"ML-1"},
				State: RowWaiting, Design: "ML-1 is meant for it and not operated.", Coverage: posture.None, Operated: posture.Unknown},
		}}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "statement", name)
	if *statementUpdate {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, got, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at the change, then run with -update-statement. Got:\n%s", name, got)
	}
}

func TestTheStatementLeavesInEveryForm(t *testing.T) {
	p := statementPaper(t)
	write := func(do func(io.Writer) error) []byte {
		t.Helper()
		var b bytes.Buffer
		if err := do(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	golden(t, "statement.csv", write(p.WriteCSV))
	golden(t, "statement.oscal.json", write(p.WriteOSCAL))
	first, second := write(p.WriteXLSX), write(p.WriteXLSX)
	if !bytes.Equal(first, second) {
		t.Error("the same statement gives two workbooks")
	}
	book, err := document.ReadTables("x.xlsx", first, document.Limits{})
	if err != nil || len(book.Tables) != 2 || len(book.Tables[0].Rows) != 5 || book.Tables[0].Rows[3][0] != "A.7.4" {
		t.Errorf("the workbook has other sheets or rows: %v", err)
	}
	pdf, err := p.PDF()
	again, err2 := p.PDF()
	if err != nil || err2 != nil || !bytes.Equal(pdf, again) || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("the same statement gives two PDFs: %v", errors.Join(err, err2))
	}
	r := p.Report()
	var parts []string
	for _, x := range r.Parts {
		parts = append(parts, x.Heading)
	}
	if want := []string{"Organizational controls", "Physical controls", "Controls of our own", "Approval"}; !slices.Equal(parts, want) || !r.Wide {
		t.Errorf("the document has the parts %q", parts)
	}
}

func TestTheOSCALFormHoldsAgainstTheFixtureSchema(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "fixtures", "oscal", "oscal_complete_schema-1.2.2.json")
	raw, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("The official OSCAL schema is not beside the project, so nothing can be held against it.")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	doc, err := jsonschema.UnmarshalJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("oscal.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("oscal.json")
	if err != nil {
		t.Fatal(err)
	}
	p := statementPaper(t)
	p.Entries = append(p.Entries, built(t, func(*statementInput) {}).Entries()...)
	var b bytes.Buffer
	if err := p.WriteOSCAL(&b); err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Error(err)
	}
}

// A row of a file, whatever it holds, gives a change that the rules take, or a fault.
func FuzzStatementRow(f *testing.F) {
	for _, x := range [][5]string{{"A.5.1", "yes", "Needed", "implemented", "2026-01-01"}, {"5.10", "N/A", "", "perfect", "1.1.2026"}, {"new", "no", "=1+1", "", ""}, {"A.9.2.1", "", "\x00", "planned", "2026-13-01"}, {"C-1", "x", "", "", ""}, {"6.1.3", "no", "No", "", ""}} {
		f.Add(x[0], x[1], x[2], x[3], x[4])
	}
	fw := iso(f)
	f.Fuzz(func(t *testing.T, code, applies, why, claim, on string) {
		w := &statementWriter{f: fw, lines: map[string]statementLine{}, excluded: map[string]string{}, people: map[string]statementPerson{}, controls: map[string]bool{}, risks: map[string]string{}}
		sh := &sheet.Sheet{File: "x.csv", Rows: []sheet.Row{{Number: 2, Cells: map[string]string{"code": code, "included": applies, "justification": why, "claim": claim, "on": on, "title": "T"}}}}
		r := sheetReader{w: w, sh: sh, seen: map[string]int{}}
		c, _, ok := r.row(sh.Rows[0])
		if ok != (len(sh.Faults) == 0) {
			t.Fatalf("taken: %v, with the faults %v", ok, sh.Faults)
		}
		if !ok {
			return
		}
		if q, known := fw.Find(c.Code); c.Code != "" && (!known || !fw.Within(q.ID, annexGroup)) {
			t.Errorf("a row about %q was taken", c.Code)
		}
		if !c.Included && c.WhyOut == "" {
			t.Error("left out without a reason")
		}
	})
}
