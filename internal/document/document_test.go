package document

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/toucan-grc/toucan/internal/problem"
)

// fixture returns a file of the shared fixtures, or skips.
func fixture(t *testing.T, name string) []byte {
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
	data, err := os.ReadFile(filepath.Join(dir, "..", "shared", "fixtures", "inventories", name))
	if err != nil {
		t.Skipf("The fixture %s is missing: put the folder shared/fixtures beside the checkout to run this test.", name)
	}
	return data
}

func TestFixtures(t *testing.T) {
	for _, tt := range []struct {
		name, encoding, delim string
		tables, rows          int
	}{
		{"meridian.csv", "UTF-8", ",", 1, 107},
		{"nordwind-cp1252.csv", "Windows-1252", ";", 1, 72},
		{"harbor.xlsx", "", "", 2, 143},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, err := ReadTables(tt.name, fixture(t, tt.name), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			last := book.Tables[len(book.Tables)-1]
			if book.Encoding != tt.encoding || book.Delimiter != tt.delim || len(book.Tables) != tt.tables || len(last.Rows) != tt.rows {
				t.Errorf("got %s %q, %d tables, %d rows; notes %v", book.Encoding, book.Delimiter, len(book.Tables), len(last.Rows), book.Notes)
			}
		})
	}
}

// encode16 writes a text as UTF-16.
func encode16(s string, order binary.AppendByteOrder, bom bool) []byte {
	var out []byte
	if bom {
		out = order.AppendUint16(out, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func TestReadCSV(t *testing.T) {
	for _, tt := range []struct {
		name            string
		data            string
		encoding, delim string
		rows            [][]string
	}{
		{"one cell", "a", "UTF-8", ",", [][]string{{"a"}}},
		{"commas", "a,b\n1,2\n", "UTF-8", ",", [][]string{{"a", "b"}, {"1", "2"}}},
		{"semicolons beat the commas inside cells", "a;b, c\n1;2, 3\n", "UTF-8", ";", [][]string{{"a", "b, c"}, {"1", "2, 3"}}},
		{"tabs", "a\tb\n1\t2", "UTF-8", "\t", [][]string{{"a", "b"}, {"1", "2"}}},
		{"pipes", "a|b|c\n1|2|3", "UTF-8", "|", [][]string{{"a", "b", "c"}, {"1", "2", "3"}}},
		{"sep= wins and keeps its row", "sep=;\na;b\n", "UTF-8", ";", [][]string{nil, {"a", "b"}}},
		{"a byte order mark is not part of the first cell", "\xef\xbb\xbfa,b\n", "UTF-8 with BOM", ",", [][]string{{"a", "b"}}},
		{"UTF-16 little endian", string(encode16("é\tb\n1\t𝄞\n", binary.LittleEndian, true)), "UTF-16 LE", "\t", [][]string{{"é", "b"}, {"1", "𝄞"}}},
		{"UTF-16 big endian", string(encode16("é\tb\n", binary.BigEndian, true)), "UTF-16 BE", "\t", [][]string{{"é", "b"}}},
		{"UTF-16 without a mark", string(encode16("code\ttitle\nAC-1\tReview", binary.LittleEndian, false)), "UTF-16 LE", "\t", [][]string{{"code", "title"}, {"AC-1", "Review"}}},
		{"Windows-1252", "Gr\xf6\xdfe;\x80 \x96 x\n", "Windows-1252", ";", [][]string{{"Größe", "€ – x"}}},
		{"ISO-8859-1", "Gr\xf6\xdfe;b\n", "ISO-8859-1", ";", [][]string{{"Größe", "b"}}},
		{"quotes, doubled quotes and line breaks in a cell", "a,\"b \"\"c\"\"\r\nd\",e\r\nf,g,h\r\n", "UTF-8", ",", [][]string{{"a", "b \"c\"\nd", "e"}, {"f", "g", "h"}}},
		{"spaces before a quote", "a, \"b, c\",d\n1,2,3\n", "UTF-8", ",", [][]string{{"a", "b, c", "d"}, {"1", "2", "3"}}},
		{"a quote inside a plain cell stays", "a,15\" monitor\n", "UTF-8", ",", [][]string{{"a", "15\" monitor"}}},
		{"old Mac line ends", "a,b\r1,2\r", "UTF-8", ",", [][]string{{"a", "b"}, {"1", "2"}}},
		{"blank rows keep their number", "a,b\n\n,,\nc,d\n\n\n", "UTF-8", ",", [][]string{{"a", "b"}, nil, nil, {"c", "d"}}},
		{"trailing blanks go", "a,b,,\n1,,,\n", "UTF-8", ",", [][]string{{"a", "b"}, {"1"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, err := ReadTables("x.csv", []byte(tt.data), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if book.Encoding != tt.encoding || book.Delimiter != tt.delim {
				t.Errorf("read as %s, %q", book.Encoding, book.Delimiter)
			}
			if !slices.EqualFunc(book.Tables[0].Rows, tt.rows, slices.Equal) {
				t.Errorf("rows %q\nwant %q", book.Tables[0].Rows, tt.rows)
			}
		})
	}
}

// zipOf builds an archive.
func zipOf(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range parts {
		method := zip.Deflate
		if text == "" {
			method = zip.Store
		}
		p, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(p, text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name string
		data []byte
		lim  Limits
		want []string // all in the sentence
	}{
		{"no bytes", nil, Limits{}, []string{"x.csv is empty"}},
		{"only blanks", []byte(" \r\n\t\n"), Limits{}, []string{"empty"}},
		{"over the size", bytes.Repeat([]byte("a,b\n"), 1000), Limits{Bytes: 1000}, []string{"is 3 KB", "1000 bytes"}},
		{"old xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), Limits{}, []string{".xls", "save it as .xlsx or CSV"}},
		{"encrypted", append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), utf16LE("EncryptedPackage")...), Limits{}, []string{"password"}},
		{"a web page", []byte("\xef\xbb\xbf <html><table></table>"), Limits{}, []string{"web page"}},
		{"XML", []byte("<?xml version=\"1.0\"?><Workbook/>"), Limits{}, []string{"XML"}},
		{"a PDF", []byte("%PDF-1.7"), Limits{}, []string{"PDF"}},
		{"OpenDocument", zipOf(t, map[string]string{"mimetype": "x", "content.xml": "x"}), Limits{}, []string{".ods"}},
		{"a Word document", zipOf(t, map[string]string{"word/document.xml": "x", "[Content_Types].xml": "x"}), Limits{}, []string{"Word"}},
		{"xlsb", zipOf(t, map[string]string{"xl/workbook.bin": "x"}), Limits{}, []string{".xlsb"}},
		{"some archive", zipOf(t, map[string]string{"a.txt": "x"}), Limits{}, []string{"archive"}},
		{"half an xlsx", fixtureBook(t)[:2000], Limits{}, []string{"damaged"}},
		{"a damaged character names its place", []byte("a,é\nb,\xe9é\n"), Limits{}, []string{"0xE9", "row 2, column B"}},
		{"a byte Windows-1252 does not have", []byte("a;b\nc;\x81\n"), Limits{}, []string{"0x81", "row 2, column B"}},
		{"a byte order mark is a promise", []byte("\xef\xbb\xbfa,b\nc,\xe9\n"), Limits{}, []string{"row 2, column B"}},
		{"UTF-16 cut short", append(encode16("a,b", binary.LittleEndian, true), 'x'), Limits{}, []string{"cut short"}},
		{"half a surrogate", append(encode16("a,b\nc,", binary.LittleEndian, true), 0x00, 0xd8), Limits{}, []string{"half a character", "row 2, column B"}},
		{"UTF-32", []byte("\xff\xfe\x00\x00a\x00\x00\x00"), Limits{}, []string{"UTF-32"}},
		{"a zero byte", []byte("a,b\nc,d\x00\n"), Limits{}, []string{"row 2, column B"}},
		{"an unclosed quote", []byte("a,b\n1,2\n3,\"four\n5,6\n"), Limits{}, []string{"row 3, column B", "never closed"}},
		{"a quote that swallows rows", []byte("a,b\n1,\"two\n3,\"four\"\n5,6\n"), Limits{}, []string{"row 2, column B"}},
		{"too many rows", []byte(strings.Repeat("a,b\n", 11)), Limits{Rows: 10}, []string{"more than 10 rows"}},
		{"too many columns", []byte(strings.Repeat("a,", 11)), Limits{Columns: 10}, []string{"11 columns in row 1"}},
		{"too long a cell", []byte("a,b\nc," + strings.Repeat("é", 11)), Limits{Cell: 10}, []string{"11 characters in row 2, column B"}},
		{"too many cells", []byte(strings.Repeat("a,b\n", 11)), Limits{Cells: 10}, []string{"more than 10 cells by row 6"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadTables("/some/where/x.csv", tt.data, tt.lim)
			if err == nil {
				t.Fatal("it was read")
			}
			p := problem.Of(err)
			if p.Code != problem.Invalid || !strings.HasPrefix(p.Text, "x.csv ") {
				t.Errorf("got %v", err)
			}
			for _, w := range tt.want {
				if !strings.Contains(p.Text, w) {
					t.Errorf("%q lacks %q", p.Text, w)
				}
			}
		})
	}
}

// fixtureBook is a workbook with most of what decorates inventories.
func fixtureBook(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	set := func(sheet, cell string, v any) {
		if err := f.SetCellValue(sheet, cell, v); err != nil {
			t.Fatal(err)
		}
	}
	set("Sheet1", "A1", "Domain")
	set("Sheet1", "B1", "Code")
	set("Sheet1", "C1", "Due")
	set("Sheet1", "A2", "Access")
	set("Sheet1", "B2", 1.5)
	set("Sheet1", "C2", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	set("Sheet1", "B3", "AC-2")
	set("Sheet1", "A5", "BANNER")
	set("Sheet1", "B6", "=not a formula")
	set("Sheet1", "C6", 0.5)
	percent, _ := f.NewStyle(&excelize.Style{NumFmt: 9})
	f.SetCellStyle("Sheet1", "C6", "C6", percent)
	date, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
	f.SetCellStyle("Sheet1", "C2", "C2", date)
	f.MergeCell("Sheet1", "A2", "A4")
	f.MergeCell("Sheet1", "A5", "C5")
	f.SetCellFormula("Sheet1", "C3", "1+1")
	set("Sheet1", "A6", 42)
	f.SetCellFormula("Sheet1", "A6", "40+3") // stored value and formula differ
	f.SetRowVisible("Sheet1", 3, false)
	f.NewSheet("Old")
	set("Old", "A1", "x")
	f.SetSheetVisible("Old", false)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadXLSX(t *testing.T) {
	book, err := ReadTables("x.xlsx", fixtureBook(t), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Domain", "Code", "Due"},
		{"Access", "1.5", "2026-03-01"},
		{"Access", "AC-2"},              // merged downwards: repeated; the formula has no stored value
		nil,                             // merged, but nothing else stands in the row
		{"BANNER"},                      // merged across: stays one cell
		{"42", "=not a formula", "50%"}, // the stored value, never a calculation
	}
	if !slices.EqualFunc(book.Tables[0].Rows, want, slices.Equal) {
		t.Errorf("rows %q\nwant %q", book.Tables[0].Rows, want)
	}
	if !book.Tables[1].Hidden || !slices.Equal(book.Tables[0].HiddenRows, []int{3}) {
		t.Errorf("hidden sheet %t, hidden rows %v", book.Tables[1].Hidden, book.Tables[0].HiddenRows)
	}
	notes := fmt.Sprint(book.Notes)
	for _, want := range []string{"the first is row 3", "cell C3", "without a stored value", "sheet is hidden"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %s lack %q", notes, want)
		}
	}
}

// TestBombs: what expands to far more than it weighs is refused at once, by what
// it claims and by what it does.
func TestBombs(t *testing.T) {
	big := strings.Repeat("<c><v>0</v></c>", 3<<19) // 23 MB, packs to 30 KB
	base := map[string]string{"xl/workbook.xml": "<workbook/>", "[Content_Types].xml": "<x/>"}
	with := func(extra map[string]string) []byte {
		parts := map[string]string{}
		for k, v := range base {
			parts[k] = v
		}
		for k, v := range extra {
			parts[k] = v
		}
		return zipOf(t, parts)
	}
	honest := with(map[string]string{"xl/worksheets/sheet1.xml": big})
	many := map[string]string{}
	for i := range maxParts + 1 {
		many[fmt.Sprintf("xl/p%d", i)] = ""
	}
	for _, tt := range []struct {
		name string
		data []byte
		lim  Limits
		want string
	}{
		{"a ratio no sheet has", honest, Limits{}, "unpacks to more than"},
		{"beyond the limit by its own word", honest, Limits{Expanded: 1 << 20}, "unpacks to more than"},
		{"beyond the limit although it claims less", lie(t, honest), Limits{Expanded: 1 << 20}, "bomb.xlsx is"},
		{"thousands of parts", with(many), Limits{}, "parts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := ReadTables("bomb.xlsx", tt.data, tt.lim)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
				t.Errorf("used %d MB", used>>20)
			}
		})
	}
}

// lie rewrites the size every part declares in the directory to 10 bytes.
func lie(t *testing.T, data []byte) []byte {
	t.Helper()
	out := bytes.Clone(data)
	for i := 0; ; {
		j := bytes.Index(out[i:], []byte("PK\x01\x02"))
		if j < 0 {
			return out
		}
		i += j
		binary.LittleEndian.PutUint32(out[i+24:], 10)
		i += 46
	}
}

func TestTruncatedSheetIsRefused(t *testing.T) {
	whole := fixtureBook(t)
	in, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, p := range in.File {
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r)
		parts[p.Name] = string(text)
	}
	sheet := parts["xl/worksheets/sheet1.xml"]
	parts["xl/worksheets/sheet1.xml"] = sheet[:strings.Index(sheet, `<row r="3"`)]
	if _, err := ReadTables("x.xlsx", zipOf(t, parts), Limits{}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a sheet cut short was read: %v", err)
	}
}

func TestNeutral(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "plain": "plain", "-5": "-5", "+1.5": "+1.5", "-12%": "-12%", "-": "'-",
		"=1+1": "'=1+1", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "-1+1": "'-1+1", "@SUM(A1)": "'@SUM(A1)",
		"\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx", "＝1": "'＝1", "a=1": "a=1",
	} {
		if got := Neutral(in); got != want {
			t.Errorf("Neutral(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	var text bytes.Buffer
	if err := WriteCSV(&text, Table{Rows: [][]string{{"Code", "Text"}, {"A.5.10", "=1+1, \"x\""}}}); err != nil {
		t.Fatal(err)
	}
	if want := "Code,Text\nA.5.10,\"'=1+1, \"\"x\"\"\"\n"; text.String() != want {
		t.Errorf("wrote %q, want %q", text.String(), want)
	}

	sheets := []Sheet{
		{Name: "A/B: a name far longer than thirty-one characters", Header: []string{"Code", "Count", "Text"},
			Rows: [][]string{{"5.10", "120", "=cmd()"}, {"007", "-5", "two\nlines\x01"}, {"x", "", strings.Repeat("é", 40_000)}}},
		{Name: "a b  a name far longer than thirty-one", Rows: [][]string{{"no header"}}},
	}
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := WriteXLSX(b, sheets); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same sheets gave different bytes")
	}
	book, err := ReadTables("x.xlsx", first.Bytes(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	rows := book.Tables[0].Rows
	if rows[1][0] != "5.10" || rows[1][1] != "120" || rows[1][2] != "'=cmd()" || rows[2][0] != "007" || rows[2][1] != "-5" || rows[2][2] != "two\nlines" {
		t.Errorf("read back %q", rows[:3])
	}
	if n := len([]rune(rows[3][2])); n != maxXLSXCell {
		t.Errorf("the long cell has %d characters", n)
	}
	if len(book.Tables) != 2 || book.Tables[0].Name == book.Tables[1].Name || len(book.Notes) > 0 {
		t.Errorf("tables %d, notes %v", len(book.Tables), book.Notes)
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2", "sep=;\na;b", "\"a\nb\",c\r\n\"\"\"", "\xff\xfea\x00,\x00", "\xef\xbb\xbfx\ty\n", "Gr\xf6\xdfe;1\n", "a|b\n\n|\n", "\"x\" y,z", "a\x00b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := Limits{Bytes: 1 << 16, Expanded: 1 << 20, Rows: 1000, Columns: 100, Cell: 1000, Cells: 10_000}
		book, err := ReadTables("f.csv", data, lim)
		if err != nil {
			if problem.Of(err).Code != problem.Invalid {
				t.Fatalf("not a sentence for a person: %v", err)
			}
			return
		}
		for _, table := range book.Tables {
			var b bytes.Buffer
			if err := WriteCSV(&b, table); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzReadXLSX(f *testing.F) {
	f.Add(fixtureBook(f))
	f.Add(zipOf(f, map[string]string{"xl/workbook.xml": "<workbook/>", "_rels/.rels": "<Relationships/>", "xl/_rels/workbook.xml.rels": "<x/>"}))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
			return
		}
		lim := Limits{Bytes: 1 << 17, Expanded: 1 << 20, Rows: 1000, Columns: 100, Cell: 1000, Cells: 10_000}
		if _, err := ReadTables("f.xlsx", data, lim); err != nil && problem.Of(err).Code != problem.Invalid {
			t.Fatalf("not a sentence for a person: %v", err)
		}
	})
}

// FuzzSheetXML puts arbitrary XML where the cells stand.
func FuzzSheetXML(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>`)
	f.Add(`<worksheet><sheetData><row r="9"><c r="ZZZ9" t="s"><v>99</v></c><c><f>A1</f></c></row></sheetData><mergeCells><mergeCell ref="A1:B9"/></mergeCells></worksheet>`)
	whole := fixtureBook(f)
	in, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		f.Fatal(err)
	}
	parts := map[string]string{}
	for _, p := range in.File {
		r, _ := p.Open()
		text, _ := io.ReadAll(r)
		parts[p.Name] = string(text)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		parts["xl/worksheets/sheet1.xml"] = sheet
		lim := Limits{Bytes: 1 << 20, Expanded: 1 << 22, Rows: 1000, Columns: 100, Cell: 1000, Cells: 10_000}
		if _, err := ReadTables("f.xlsx", zipOf(t, parts), lim); err != nil && problem.Of(err).Code != problem.Invalid {
			t.Fatalf("not a sentence for a person: %v", err)
		}
	})
}
