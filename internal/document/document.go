// Package document reads tables out of the files people send (CSV and XLSX) and
// writes them back. It knows bytes, encodings and cells; what a column means is
// the business of the packages that ask for a table.
package document

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Table is one sheet of a workbook, or the whole of a CSV file. Row n of the
// file is Rows[n-1]; a blank row stays in place as an empty slice, so numbers
// agree with what a spreadsheet shows. Trailing blank cells are dropped.
type Table struct {
	Name       string // name of the sheet, or of the file
	Rows       [][]string
	Hidden     bool  // the whole sheet is hidden in the workbook
	HiddenRows []int // rows hidden by hand or by a filter, ascending
}

// Note is something a person should know about how the file was read.
type Note struct {
	Table string // sheet, or empty for the file as a whole
	Row   int    // zero for the table as a whole
	Cell  string // such as "C7", or empty
	Text  string
}

// String returns the note with its place in front of it.
func (n Note) String() string {
	place := ""
	switch {
	case n.Table != "" && n.Cell != "":
		place = fmt.Sprintf("Sheet “%s”, cell %s: ", n.Table, n.Cell)
	case n.Table != "" && n.Row > 0:
		place = fmt.Sprintf("Sheet “%s”, row %d: ", n.Table, n.Row)
	case n.Table != "":
		place = fmt.Sprintf("Sheet “%s”: ", n.Table)
	case n.Cell != "":
		place = fmt.Sprintf("Cell %s: ", n.Cell)
	case n.Row > 0:
		place = fmt.Sprintf("Row %d: ", n.Row)
	}
	return place + n.Text
}

// Workbook is everything read from one file.
type Workbook struct {
	Format    string // "csv" or "xlsx"
	Encoding  string // such as "UTF-8" or "Windows-1252"; empty for xlsx
	Delimiter string // one character, or empty for xlsx
	Tables    []Table
	Notes     []Note
}

// Limits bound what a file may cost to read. The zero value of a field means
// the value of DefaultLimits.
type Limits struct {
	Bytes    int64 // size of the file
	Expanded int64 // size of all parts of an XLSX once unpacked
	Rows     int   // rows in one table
	Columns  int   // columns in one row, trailing blanks not counted
	Cell     int   // characters in one cell
	Cells    int   // cells in one file
}

// DefaultLimits suit any inventory kept by people: 50 MB, 200 MB unpacked,
// 200,000 rows, 1,000 columns, 100,000 characters a cell, 5 million cells.
var DefaultLimits = Limits{
	Bytes: 50 << 20, Expanded: 200 << 20, Rows: 200_000, Columns: 1_000, Cell: 100_000, Cells: 5_000_000,
}

// orDefault fills the fields left at zero.
func (l Limits) orDefault() Limits {
	d := DefaultLimits
	if l.Bytes == 0 {
		l.Bytes = d.Bytes
	}
	if l.Expanded == 0 {
		l.Expanded = d.Expanded
	}
	if l.Rows == 0 {
		l.Rows = d.Rows
	}
	if l.Columns == 0 {
		l.Columns = d.Columns
	}
	if l.Cell == 0 {
		l.Cell = d.Cell
	}
	if l.Cells == 0 {
		l.Cells = d.Cells
	}
	return l
}

// ReadTables reads every table of a file. The bytes decide what the file is;
// its name is only used in messages. Failures are Invalid problems that name the
// file, the place in it and the cure.
func ReadTables(name string, data []byte, lim Limits) (*Workbook, error) {
	lim = lim.orDefault()
	base := filepath.Base(filepath.ToSlash(name))
	if int64(len(data)) > lim.Bytes {
		return nil, refuse(base, "is %s, and at most %s can be read. Save only the sheet that lists the controls, without pictures and history, and try again.",
			size(int64(len(data))), size(lim.Bytes))
	}
	if len(bytes.TrimLeft(data, " \t\r\n\x00\xef\xbb\xbf\xfe\xff")) == 0 {
		return nil, refuse(base, "is empty. Check that it was saved and fully copied, then choose it again.")
	}
	if err := recognise(base, data); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return readXLSX(base, data, lim)
	}
	return readCSV(base, data, lim)
}

const saveAs = "Open it in your spreadsheet program and save it as .xlsx or CSV."

// recognise refuses files that are known not to be CSV or XLSX, by what they are.
func recognise(name string, data []byte) error {
	has := func(prefix string) bool { return bytes.HasPrefix(data, []byte(prefix)) }
	switch {
	case has("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		if bytes.Contains(data, utf16LE("EncryptedPackage")) {
			return refuse(name, "is protected with a password, so it cannot be read. Open it, remove the password and save it as .xlsx or CSV.")
		}
		return refuse(name, "is an old Excel file (.xls). %s", saveAs)
	case has("%PDF"):
		return refuse(name, "is a PDF, which holds no table that can be read reliably. Ask for the spreadsheet it was printed from.")
	case has("PK\x05\x06"):
		return refuse(name, "is an empty archive. Check that it was saved and fully copied, then choose it again.")
	case has(`{\rtf`):
		return refuse(name, "is a text document (RTF). Copy its table into a spreadsheet and save that as .xlsx or CSV.")
	case has("\x1f\x8b"), has("7z\xbc\xaf"), has("Rar!"):
		return refuse(name, "is a compressed archive. Unpack it and choose the .xlsx or CSV file inside.")
	case has("\x89PNG"), has("\xff\xd8\xff"), has("GIF8"):
		return refuse(name, "is a picture. Choose the spreadsheet it shows, saved as .xlsx or CSV.")
	}
	head := strings.ToLower(string(bytes.TrimLeftFunc(bytes.TrimPrefix(data[:min(len(data), 4096)], []byte("\xef\xbb\xbf")), unicode.IsSpace)))
	switch {
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"), strings.HasPrefix(head, "<table"),
		strings.HasPrefix(head, "<meta"), strings.HasPrefix(head, "<?xml") && strings.Contains(head, "<html"):
		return refuse(name, "is a web page under the name of a spreadsheet, as some exports are. %s", saveAs)
	case strings.HasPrefix(head, "<?xml"):
		return refuse(name, "is an XML file, not .xlsx or CSV. %s", saveAs)
	}
	return nil
}

// utf16LE returns ASCII text as little-endian UTF-16.
func utf16LE(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// refuse returns an Invalid problem whose sentence starts with the file's name.
func refuse(name, format string, args ...any) error {
	return problem.New(problem.Invalid, "%s "+format, append([]any{name}, args...)...)
}

// size returns a number of bytes as a person reads it.
func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// ColumnName returns the letters of a zero-based column: 0 is "A", 26 is "AA".
func ColumnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// trimRow drops trailing blank cells; a row of blanks becomes empty.
func trimRow(row []string) []string {
	n := len(row)
	for n > 0 && strings.TrimSpace(row[n-1]) == "" {
		n--
	}
	return row[:n:n]
}
