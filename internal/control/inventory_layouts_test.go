package control

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

// line writes a row as these tests compare it: code, status and references.
func line(r Row) string {
	ids := make([]string, len(r.References))
	for i, ref := range r.References {
		ids[i] = ref.ID
	}
	status := string(r.Control.Status)
	if status == "" {
		status = "?"
	}
	return r.Control.Code + " " + status + " " + strings.Join(ids, ",")
}

func lines(inv *Inventory) []string {
	var out []string
	for _, r := range inv.Rows {
		out = append(out, line(r))
	}
	return out
}

// utf16LE writes a text as Windows saves "Unicode text".
func utf16LE(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// workbook builds an xlsx; each cell is a string, a number or a formula "=".
func workbook(t testing.TB, rows [][]any, more func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		for j, v := range row {
			cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if more != nil {
		more(f)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wide is a list in 200 columns, the useful ones far apart.
func wide() []byte {
	var rows [][]string
	for r := range 4 {
		row := make([]string, 200)
		for c := range row {
			row[c] = fmt.Sprintf("extra %d", c)
			if r > 0 {
				row[c] = fmt.Sprint(r * c)
			}
		}
		set := func(c int, header, value string) {
			if row[c] = value; r == 0 {
				row[c] = header
			}
		}
		set(3, "Control ID", fmt.Sprintf("W-%d", r))
		set(77, "Control name", fmt.Sprintf("Review number %d", r))
		set(150, "SOC 2", "CC6.1")
		set(199, "Status", "live")
		rows = append(rows, row)
	}
	return csvOf(rows)
}

func TestLayouts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		data    []byte
		rows    []string
		skipped []string // "row: part of the reason"
		check   func(t *testing.T, inv *Inventory)
	}{
		{
			name: "five columns in an order of their own",
			data: []byte("Criteria,Live?,Control,Ref,Who\nCC6.1,yes,Access is reviewed,AR-1,Mara\nCC7.2,no,Logs are read,LR-1,Tom\n"),
			rows: []string{"AR-1 operated CC6.1", "LR-1 planned CC7.2"},
		},
		{name: "two hundred columns", data: wide(), rows: []string{"W-1 operated CC6.1", "W-2 operated CC6.1", "W-3 operated CC6.1"}},
		{
			name:    "headings on row 9",
			data:    []byte("Acme Ltd\nControls\n\nOwner of this list: IT\nVersion 3\n\nPlease keep up to date\n\nID,Title,Owner,Criteria,Status\nA1,Backups are taken daily,Kim,A1.2,operated\n"),
			rows:    []string{"A1 operated A1.2"},
			skipped: []string{"1: above", "2: above", "4: above", "5: above", "7: above"},
		},
		{
			name: "UTF-16, separated by tabs",
			data: utf16LE("Code\tTitle\tTSC\tStatus\r\nÄ-1\tZugänge prüfen\tCC6.2\tin Betrieb\r\nÄ-2\tProtokolle prüfen\tCC7.2\tgeplant\r\n"),
			rows: []string{"Ä-1 operated CC6.2", "Ä-2 planned CC7.2"},
		},
		{
			name: "a byte order mark, quotes and line breaks in cells",
			data: []byte("\xef\xbb\xbfCode;Title;Description;Criteria;Status\n\"B-1\";\"The \"\"big\"\" review\";\"Line one;\nline two\";\"CC6.1\nCC6.2\";\"Operated\"\n"),
			rows: []string{"B-1 operated CC6.1,CC6.2"},
			check: func(t *testing.T, inv *Inventory) {
				if c := inv.Rows[0].Control; c.Title != `The "big" review` || c.Statement != "Line one;\nline two" {
					t.Errorf("%q, %q", c.Title, c.Statement)
				}
			},
		},
		{
			name: "ISO references only, in a column that is the code too",
			data: []byte("Annex A control,Name,Applicable,Implementation status\nA.5.1,Policies are kept,yes,Implemented\n5.15,Access is ruled,yes,Partially implemented\nA.8.13,Backups are taken,yes,Not implemented\n"),
			rows: []string{"A.5.1 operated A.5.1", "5.15 on_paper A.5.15", "A.8.13 planned A.8.13"},
		},
		{
			name: "SOC 2 and ISO in columns of their own",
			data: []byte("ID,Control,SOC 2,ISO 27001,Status\nX-1,Access is reviewed,CC6.1 CC6.3,\"A.5.15, A.5.18\",Active\nX-2,Risks are assessed,CC3.2,6.1.2; 8.2,In progress\n"),
			rows: []string{"X-1 operated CC6.1,CC6.3,A.5.15,A.5.18", "X-2 planned CC3.2,6.1.2"},
			check: func(t *testing.T, inv *Inventory) {
				if u := inv.Rows[1].Unknown; len(u) != 1 || !strings.HasPrefix(u[0], "8.2: may be clause 8.2 or Annex A 8.2") {
					t.Errorf("unknown %q", u)
				}
			},
		},
		{
			name: "two lists in one sheet, the second with its columns turned round",
			data: []byte("Code,Title,Criteria,Status\nA-1,Access is reviewed,CC6.1,yes\n\nStatus,Criteria,Code,Title\nno,CC7.2,B-1,Logs are read\n"),
			rows: []string{"A-1 operated CC6.1", "B-1 planned CC7.2"}, skipped: []string{"4: second list"},
		},
		{
			name: "a list of vendors below the controls",
			data: []byte("Code,Title,Criteria,Status\nA-1,Access is reviewed,CC6.1,yes\n\nName,Owner,Category\nCloudy,Kim,Hosting\n"),
			rows: []string{"A-1 operated CC6.1"}, skipped: []string{"4: another table", "5: Choose row 4"},
		},
		{
			name: "ticks and crosses for a status",
			data: []byte("Code,Title,Criteria,Implemented\nA-1,Access is reviewed,CC6.1,✓\nA-2,Logs are read,CC7.2,✗\nA-3,Risks are assessed,CC3.2,✔️\nA-4,Doors are locked,CC6.4,x\n"),
			rows: []string{"A-1 operated CC6.1", "A-2 planned CC7.2", "A-3 operated CC3.2", "A-4 ? CC6.4"},
		},
		{
			name: "French headings",
			data: []byte("Réf.;Intitulé;Description du contrôle;Responsable;Périodicité;Preuves;Critères TSC;État\nC1;Revue des accès;Les accès sont revus;Inès Duval;trimestrielle;compte rendu, liste;CC6.2;en place\nC2;Journaux;Les journaux sont lus;Jean Petit;quotidien;alerte;CC7.2;prévu\n"),
			rows: []string{"C1 operated CC6.2", "C2 planned CC7.2"},
			check: func(t *testing.T, inv *Inventory) {
				if r := inv.Rows[0]; r.Control.Frequency != "quarterly" || r.OwnerText != "Inès Duval" || len(r.Control.Evidence) != 2 {
					t.Errorf("%+v", r)
				}
			},
		},
		{
			name: "German headings",
			data: []byte("Nr.;Kontroll-ID;Bezeichnung;Beschreibung;Verantwortlich;Häufigkeit;Nachweis;Normbezug;Umsetzungsstatus\n1;K-1;Zugriffe prüfen;Rechte werden geprüft.;Tomas Lind;vierteljährlich;Protokoll;A.5.18;umgesetzt\n2;K-2;Notfallübung;Der Plan wird geübt.;Ada Brandt;jährlich;Bericht;A.5.29, A.5.30;nur dokumentiert\n"),
			rows: []string{"K-1 operated A.5.18", "K-2 on_paper A.5.29,A.5.30"},
		},
		{
			name: "a matrix with a column for each criterion",
			data: []byte("ID,Control name,CC6.1,CC6.2,CC7.2,Status\nM-1,Access is reviewed,X,x,,operated\nM-2,Logs are read,,-,✓,operated\nM-3,Odd,,,maybe,operated\n"),
			rows: []string{"M-1 operated CC6.1,CC6.2", "M-2 operated CC7.2", "M-3 operated "},
			check: func(t *testing.T, inv *Inventory) {
				if n := fmt.Sprint(inv.Rows[2].Notes); !strings.Contains(n, "“maybe” under CC7.2") {
					t.Errorf("notes %s", n)
				}
			},
		},
		{
			name: "a code used for two controls",
			data: []byte("Code,Title,Criteria,Status\nA-1,Access is reviewed,CC6.1,yes\na-1,Logs are read,CC7.2,yes\nA-2,Risks,CC3.2,yes\n"),
			rows: []string{"A-1 operated CC6.1", "A-2 operated CC3.2"}, skipped: []string{"3: already used in row 2"},
			check: func(t *testing.T, inv *Inventory) {
				if len(inv.Problems) != 1 || !strings.Contains(inv.Problems[0].Reason, "code of its own") || !strings.Contains(fmt.Sprint(inv.Rows[0].Notes), "Row 3") {
					t.Errorf("problems %+v, notes %q", inv.Problems, inv.Rows[0].Notes)
				}
			},
		},
		{
			name: "one row for each criterion of a control",
			data: []byte("Code,Title,Criteria,Status\nA-1,Access is reviewed,CC6.1,yes\nA-1,Access is reviewed,CC6.2,yes\nA-1,Access is reviewed,CC6.3,planned\n"),
			rows: []string{"A-1 planned CC6.1,CC6.2,CC6.3"}, skipped: []string{"3: references were added", "4: references were added"},
		},
		{
			name: "HTML and SQL in cells are only text",
			data: []byte("Code,Title,Description,Criteria,Status\nA-1,<script>alert(1)</script>,'; DROP TABLE control; --,CC6.1,yes\n"),
			rows: []string{"A-1 operated CC6.1"},
			check: func(t *testing.T, inv *Inventory) {
				if c := inv.Rows[0].Control; c.Title != "<script>alert(1)</script>" || c.Statement != "'; DROP TABLE control; --" {
					t.Errorf("%q, %q", c.Title, c.Statement)
				}
			},
		},
		{
			name: "no codes at all",
			data: []byte("Title,Criteria,Status\nAccess is reviewed,CC6.1,yes\nLogs are read,CC7.2,yes\n"),
			rows: []string{"C-22D4IV operated CC6.1", "C-66TUBJ operated CC7.2"},
		},
		{
			name:    "sections with a code, a repeated heading and totals",
			data:    []byte("ID,Control,Owner,Frequency,Criteria,Status\nAC,Access control,,,,\nAC-1,Access is reviewed,Kim,annual,CC6.1,yes\nID,Control,Owner,Frequency,Criteria,Status\n1.,Operations,,,,\nOP-1,Logs are read,Kim,daily,CC7.2,yes\nTotal,2,,,,\nPrepared by Kim,,,,,\n"),
			rows:    []string{"AC-1 operated CC6.1", "OP-1 operated CC7.2"},
			skipped: []string{"2: section", "4: repeats", "5: section", "7: total", "8: remark"},
		},
		{
			name: "titles that begin like a remark, without codes",
			data: []byte("Control,Criteria,Status\nSource code is protected,CC6.8,yes\nVersion control is used,CC8.1,no\nTotal,2,\n"),
			rows: []string{"C-X2AYM6 operated CC6.8", "C-PIPOTV planned CC8.1"}, skipped: []string{"4: total"},
		},
		{
			name: "the standard is named above the headings only",
			data: []byte("ISO 27001 statement of applicability\n\nNo,Control,Reference,Status\n1,Access is ruled,5.15,yes\n2,Policies are kept,5.1,yes\n"),
			rows: []string{"1 operated A.5.15", "2 operated "}, skipped: []string{"1: above"},
		},
		{
			name: "headings in two rows",
			data: []byte("Control,,,Mapping,,State\nID,Name,Owner,SOC 2,ISO 27001,Status\nA-1,Access is reviewed,Kim,CC6.1,A.5.18,yes\n"),
			rows: []string{"A-1 operated CC6.1,A.5.18"}, skipped: []string{"1: above"},
		},
		{
			name: "no headings",
			data: []byte("AC-01,The owners review every account and its rights on every system each quarter and record what they decide,CC6.2,in operation\nAC-02,The security lead reads the logs of the week each Monday and writes down what he has seen in them,CC7.2,planned\n"),
			rows: []string{"AC-01 operated CC6.2", "AC-02 planned CC7.2"},
		},
		{
			name: "numeric codes and formulas in Excel",
			data: workbook(t, [][]any{{"Control #", "Control", "Criteria", "Status"}, {1.1, "Access is reviewed", "CC6.1", "yes"}, {1.2, "Logs are read", "CC7.2", "yes"}, {2, "Risks are assessed", "CC3.2", nil}},
				func(f *excelize.File) { f.SetCellFormula("Sheet1", "D4", `IF(1,"yes","no")`) }),
			rows: []string{"1.1 operated CC6.1", "1.2 operated CC7.2", "2 ? CC3.2"},
			check: func(t *testing.T, inv *Inventory) {
				if n := fmt.Sprint(inv.Notes); !strings.Contains(n, "D4") {
					t.Errorf("notes %s", n)
				}
			},
		},
		{
			name: "cells merged down and across in Excel",
			data: workbook(t, [][]any{{"Domain", "ID", "Name", "Owner", "TSC", "Status"}, {"ACCESS"}, {"Access", "A-1", "Access is reviewed", "Kim", "CC6.1", "yes"}, {"", "A-2", "Access is removed", "Kim", "CC6.2", "yes"}, {"Logs", "L-1", "Logs are read", "Kim", "CC7.2", "yes"}, {"", "", "", "", "CC7.3", ""}},
				func(f *excelize.File) {
					f.MergeCell("Sheet1", "A2", "F2")
					f.MergeCell("Sheet1", "A3", "A4")
					for _, c := range "ABCDF" {
						f.MergeCell("Sheet1", string(c)+"5", string(c)+"6")
					}
				}),
			rows: []string{"A-1 operated CC6.1", "A-2 operated CC6.2", "L-1 operated CC7.2,CC7.3"}, skipped: []string{"2: section", "6: references were added"},
			check: func(t *testing.T, inv *Inventory) {
				if d := inv.Rows[1].Control.Domain; d != "Access" {
					t.Errorf("domain %q", d)
				}
			},
		},
		{
			name: "overlong fields",
			data: csvOf([][]string{{"Code", "Title", "Description", "Criteria", "Status"}, {strings.Repeat("C", 41), "Title", "Text", "CC6.1", "yes"}, {"A-1", "Title", strings.Repeat("é", 10_001), "CC6.1", "yes"}}),
			rows: []string{"A-1 operated CC6.1"}, skipped: []string{"2: column A has 41 characters"},
			check: func(t *testing.T, inv *Inventory) {
				if n := fmt.Sprint(inv.Rows[0].Notes); !strings.Contains(n, "Row 3, column C: the statement has 10001 characters and was cut to 10000. Shorten it") {
					t.Errorf("notes %s", n)
				}
			},
		},
		{
			name: "what nobody can read is said",
			data: []byte("Code,Title,Criteria,Status\nA-1,Access is reviewed,CC6,operated\nA-2,Logs are read,see policy,maybe\nA-3,Risks are assessed,,\n,,CC9.1,yes\n"),
			rows: []string{"A-1 operated ", "A-2 ? ", "A-3 ? "}, skipped: []string{"5: neither a title"},
			check: func(t *testing.T, inv *Inventory) {
				if u := inv.Rows[0].Unknown; len(u) != 1 || !strings.Contains(u[0], "group CC6") {
					t.Errorf("unknown %q", u)
				}
				if u := inv.Rows[1].Unknown; len(u) != 1 || !strings.HasPrefix(u[0], "see policy: ") {
					t.Errorf("unknown %q", u)
				}
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inv, err := ReadInventory("x.csv", tt.data, nil, parseShipped)
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(inv); !slices.Equal(got, tt.rows) {
				t.Errorf("rows %q\nwant %q\nlayout %+v", got, tt.rows, inv.Layout)
			}
			if len(inv.Skipped) != len(tt.skipped) {
				t.Fatalf("skipped %+v, want %q", inv.Skipped, tt.skipped)
			}
			for i, want := range tt.skipped {
				row, reason, _ := strings.Cut(want, ": ")
				if s := inv.Skipped[i]; fmt.Sprint(s.Row) != row || !strings.Contains(s.Reason, reason) {
					t.Errorf("skipped %+v, want %s", s, want)
				}
			}
			if tt.check != nil {
				tt.check(t, inv)
			}
			nothingSilent(t, "x.csv", tt.data, inv)
		})
	}
}

// nothingSilent fails unless every filled row is a control, skipped with a
// reason, or the headings, and exactly one of them.
func nothingSilent(t testing.TB, name string, data []byte, inv *Inventory) {
	t.Helper()
	book, err := document.ReadTables(name, data, document.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	said := map[int]int{}
	if inv.Layout.HeaderRow > 0 {
		said[inv.Layout.HeaderRow]++
	}
	for _, r := range inv.Rows {
		said[r.Row]++
		if r.Control.Code == "" || r.Control.Title == "" {
			t.Errorf("row %d has no code or title: %+v", r.Row, r.Control)
		}
	}
	for _, s := range inv.Skipped {
		said[s.Row]++
		if s.Reason == "" {
			t.Errorf("row %d is skipped without a reason", s.Row)
		}
	}
	for _, table := range book.Tables {
		if table.Name != inv.Layout.Sheet {
			continue
		}
		for i, row := range table.Rows {
			if len(row) > 0 && said[i+1] != 1 {
				t.Errorf("row %d is spoken of %d times: %q", i+1, said[i+1], row)
			}
		}
		return
	}
	t.Errorf("no sheet %q", inv.Layout.Sheet)
}

func TestTwentyThousandRows(t *testing.T) {
	data := csvOf(manyRows(20_000))
	inv, err := ReadInventory("x.csv", data, nil, parseShipped)
	if err != nil {
		t.Fatal(err)
	}
	if len(inv.Rows) != 20_000 || len(inv.Skipped) != 0 {
		t.Errorf("%d rows, %d skipped", len(inv.Rows), len(inv.Skipped))
	}
	nothingSilent(t, "x.csv", data, inv)
}

func TestCorrectedLayout(t *testing.T) {
	data := []byte("Foo,Bar,Baz,Qux\nA-1,Access is reviewed,CC6.1,yes\n")
	if _, err := ReadInventory("x.csv", []byte("Foo,Bar\nred,blue\n"), nil, parseShipped); err == nil || problem.Of(err).Code != problem.Invalid {
		t.Errorf("colours were read as controls: %v", err)
	}
	want := Layout{HeaderRow: 1, Columns: []Column{{Index: 0, Field: FieldCode}, {Index: 1, Field: FieldTitle}, {Index: 2, Field: FieldReferences}, {Index: 3, Field: FieldStatus}}}
	inv, err := ReadInventory("x.csv", data, &want, parseShipped)
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(inv); !slices.Equal(got, []string{"A-1 operated CC6.1"}) || inv.Layout.Columns[1].Header != "Bar" {
		t.Errorf("rows %q, layout %+v", got, inv.Layout)
	}
	for name, bad := range map[string]Layout{
		"a row beyond the end":   {HeaderRow: 9, Columns: want.Columns},
		"an unknown field":       {HeaderRow: 1, Columns: []Column{{Index: 0, Field: "colour"}}},
		"one field twice":        {HeaderRow: 1, Columns: []Column{{Index: 0, Field: FieldTitle}, {Index: 1, Field: FieldTitle}}},
		"nothing to call it by":  {HeaderRow: 1, Columns: []Column{{Index: 0, Field: FieldCode}}},
		"a column before column": {HeaderRow: 1, Columns: []Column{{Index: -1, Field: FieldTitle}}},
	} {
		if _, err := ReadInventory("x.csv", data, &bad, parseShipped); err == nil || problem.Of(err).Code != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	book := workbook(t, [][]any{{"Code", "Title"}, {"A-1", "One"}}, func(f *excelize.File) { f.NewSheet("Other") })
	if _, err := ReadInventory("x.xlsx", book, &Layout{Sheet: "Gone", Columns: want.Columns}, parseShipped); err == nil || !strings.Contains(err.Error(), "“Sheet1”") {
		t.Errorf("a sheet that is not there: %v", err)
	}
}

func TestProposalIsAcceptedBack(t *testing.T) {
	data := csvOf(manyRows(5))
	first, err := ReadInventory("x.csv", data, nil, parseShipped)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadInventory("x.csv", data, &first.Layout, parseShipped)
	if err != nil || !slices.Equal(lines(first), lines(again)) {
		t.Errorf("%v: %q, then %q", err, lines(first), lines(again))
	}
}

func TestParseStatus(t *testing.T) {
	for want, texts := range map[Status][]string{
		Operated: {"operated", "Operating", "in operation", "Yes", "y", "live", "Implemented", "effective", "in place", "ja", "oui", "TRUE", "100%", "Fully implemented", "documented and in place",
			"Implemented since 2024", "Operating, no exceptions", "umgesetzt", "in Betrieb", "mis en œuvre", "✓", "✅", "Yes (since Q1 2025)"},
		OnPaper: {"on paper", "documented only", "Documented, not operating", "designed", "policy only", "partially", "Partially implemented", "80%", "nur dokumentiert", "documented but not implemented", "Design effective"},
		Planned: {"planned", "planned Q4", "no, planned", "no planned", "No", "to do", "TODO", "not implemented", "Not yet implemented", "In progress", "nein", "geplant", "prévu", "non", "✗", "false", "0", "not started", "-", "not operating", "no (planned for 2027)"},
		Unknown: {"", "n/a", "N/A", "not applicable", "maybe", "retired", "ineffective", "see owner", "x", "not planned", "operated until Bob left", "implemented, not operating", "not documented but operating", "Yes and no", "blue"},
	} {
		for _, text := range texts {
			got, note := ParseStatus(text, "Status")
			if got != want {
				t.Errorf("%q is %q, want %q (%s)", text, got, want, note)
			}
			if got == Unknown && note == "" {
				t.Errorf("%q is unknown without a word", text)
			}
		}
	}
	if got, _ := ParseStatus("yes", "Documented?"); got != OnPaper {
		t.Errorf("documented is not operated, got %q", got)
	}
}

func TestParseFrequency(t *testing.T) {
	for text, want := range map[string]string{
		"Daily": "daily", "every day": "daily", "täglich": "daily", "Weekly": "weekly", "monatlich": "monthly", "Quarterly": "quarterly", "every 3 months": "quarterly", "trimestriel": "quarterly",
		"Twice a year": "semiannual", "half-yearly": "semiannual", "every six months": "semiannual", "Semi-annually": "semiannual", "halbjährlich": "semiannual", "Annual": "annual", "yearly": "annual", "Once a year": "annual", "jährlich": "annual",
		"Continuous": "continuous", "real-time": "continuous", "24x7": "continuous", "Per event": "event", "ad hoc": "event", "upon hire": "event", "as needed": "event", "bei Bedarf": "event",
		"Annual and on change": "annual", "": "", "every 2 years": "", "biweekly": "", "often": "",
	} {
		if got, note := ParseFrequency(text); got != want || got == "" && text != "" && note == "" {
			t.Errorf("%q is %q, want %q (%s)", text, got, want, note)
		}
	}
}

func FuzzReadInventory(f *testing.F) {
	f.Add(csvOf(manyRows(3)))
	for _, seed := range []string{"Code,Title,Criteria,Status\nA-1,x,CC6.1,yes\nA-1,y,CC6.2,no\n", "sep=;\nNr;Control\n1;x\n", "ID,Name,CC6.1\n1,x,X\n", "Control\tOwner\nx\ty\nTotal\t1\n", "a,b\n\nCode,Title\n,\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<14 || bytes.HasPrefix(data, []byte("PK")) {
			return
		}
		inv, err := ReadInventory("f.csv", data, nil, parseShipped)
		if err != nil {
			if problem.Of(err).Code != problem.Invalid {
				t.Fatal(err)
			}
			return
		}
		nothingSilent(t, "f.csv", data, inv)
		if _, err := ReadInventory("f.csv", data, &inv.Layout, parseShipped); err != nil && !strings.Contains(err.Error(), "title or statement") {
			t.Fatalf("its own proposal is refused: %v", err)
		}
	})
}
