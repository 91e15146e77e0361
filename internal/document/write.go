package document

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Sheet is one sheet to write. A cell that is a whole number, such as "120", is
// written as a number so that it can be summed; everything else is text, so that
// an id such as 5.10 stays what it is.
type Sheet struct {
	Name   string
	Header []string  // bold, frozen and with a filter; nil for a sheet of plain lines
	Widths []float64 // in characters, one for each column; where absent the width follows the content
	Rows   [][]string
}

const (
	maxXLSXCell  = 32_767 // characters; Excel refuses the file beyond
	maxXLSXSheet = 31     // characters of a sheet's name
	widest       = 70.0   // characters of a column whose width follows its content
)

var (
	plainNumber = regexp.MustCompile(`^[+-]?\d+(?:[.,]\d+)*%?$`)
	wholeNumber = regexp.MustCompile(`^(?:0|-?[1-9]\d{0,14})$`)
)

// Neutral returns a text that no spreadsheet program takes for a formula: what
// starts with one of = + - @ TAB CR LF (or their full-width forms) gets an
// apostrophe in front, unless it is a plain number such as -5.
func Neutral(s string) string {
	if s == "" || plainNumber.MatchString(s) {
		return s
	}
	first, _ := utf8.DecodeRuneInString(s)
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}

// Plain undoes Neutral: the apostrophe in front of what would be a formula goes.
func Plain(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && Neutral(rest) != rest {
		return rest
	}
	return s
}

// WriteCSV writes a table as UTF-8 without a byte order mark, comma-separated,
// lines ended by \n. Every cell is neutralised.
func WriteCSV(w io.Writer, t Table) error {
	out := csv.NewWriter(w)
	for _, row := range t.Rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = Neutral(cell)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteXLSX writes sheets in order. The same sheets give the same bytes. Every
// text is neutralised, and one beyond what a cell can hold is cut with a mark.
func WriteXLSX(w io.Writer, sheets []Sheet) error {
	f := excelize.NewFile()
	defer f.Close()
	head, err := f.NewStyle(&excelize.Style{
		Font:      &excelize.Font{Bold: true, Color: "FFFFFF"},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F3A5F"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
	})
	if err != nil {
		return err
	}
	wrap, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	if len(sheets) == 0 {
		sheets = []Sheet{{Name: "Sheet1"}}
	}
	var names []string
	for i, s := range sheets {
		name := sheetName(s.Name, names)
		names = append(names, name)
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err == nil {
			err = writeSheet(f, name, s, head, wrap)
		}
		if err != nil {
			return fmt.Errorf("sheet %q: %w", s.Name, err)
		}
	}
	var raw bytes.Buffer
	if err := f.Write(&raw); err != nil {
		return err
	}
	return sortArchive(w, raw.Bytes())
}

// writeSheet streams one sheet.
func writeSheet(f *excelize.File, name string, s Sheet, head, wrap int) error {
	if len(s.Header) > 0 { // before streaming: afterwards excelize would read the sheet back
		last, err := excelize.CoordinatesToCellName(len(s.Header), max(len(s.Rows)+1, 2))
		if err != nil {
			return err
		}
		if err := f.AutoFilter(name, "A1:"+last, nil); err != nil {
			return err
		}
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, width := range widths(s) {
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	row := 1
	if s.Header != nil {
		if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
			return err
		}
		cells := make([]any, len(s.Header))
		for i, h := range s.Header {
			cells[i] = excelize.Cell{StyleID: head, Value: cellText(h)}
		}
		if err := out.SetRow("A1", cells, excelize.RowOpts{Height: 24}); err != nil {
			return err
		}
		row++
	}
	for _, r := range s.Rows {
		cells := make([]any, len(r))
		for i, v := range r {
			cells[i] = excelize.Cell{StyleID: wrap, Value: cellValue(v)}
		}
		at, err := excelize.CoordinatesToCellName(1, row)
		if err != nil {
			return err
		}
		if err := out.SetRow(at, cells); err != nil {
			return err
		}
		row++
	}
	return out.Flush()
}

// cellValue is a number for whole numbers without leading zeros, else safe text.
func cellValue(s string) any {
	if wholeNumber.MatchString(s) {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	}
	return cellText(s)
}

// cellText makes a text fit a cell: no character that XML forbids, not too long.
func cellText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' && r != '\r' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	s = Neutral(s)
	const mark = " … (cut: a cell holds no more)"
	if len(s) > maxXLSXCell {
		if r := []rune(s); len(r) > maxXLSXCell {
			s = string(r[:maxXLSXCell-utf8.RuneCountInString(mark)]) + mark
		}
	}
	return s
}

// widths returns a width for each column, from the sheet or from its content.
func widths(s Sheet) []float64 {
	columns := len(s.Header)
	for _, r := range s.Rows {
		columns = max(columns, len(r))
	}
	out := make([]float64, columns)
	measure := func(i int, text string) {
		for line := range strings.SplitSeq(text, "\n") {
			out[i] = max(out[i], min(widest, float64(utf8.RuneCountInString(line))+2.5))
		}
	}
	for i, h := range s.Header {
		measure(i, h)
	}
	for _, r := range s.Rows {
		for i, text := range r {
			measure(i, text)
		}
	}
	for i := range out {
		if i < len(s.Widths) && s.Widths[i] > 0 {
			out[i] = min(s.Widths[i], 255)
		}
		out[i] = max(out[i], 6)
	}
	return out
}

// sheetName returns a name that spreadsheet programs accept and that is not used yet.
func sheetName(name string, used []string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || r < 0x20 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "")), " '")
	if name == "" {
		name = "Sheet"
	}
	short := func(s string, most int) string {
		if r := []rune(s); len(r) > most {
			return strings.TrimSpace(string(r[:most]))
		}
		return s
	}
	try := short(name, maxXLSXSheet)
	for n := 2; slices.ContainsFunc(used, func(u string) bool { return strings.EqualFold(u, try) }); n++ {
		try = fmt.Sprintf("%s (%d)", short(name, maxXLSXSheet-6), n)
	}
	return try
}

// sortArchive writes the parts in the order of their names: excelize keeps
// streamed sheets in a map, so the same workbook came out in different orders.
func sortArchive(w io.Writer, raw []byte) error {
	in, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return err
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, part := range in.File {
		if err := out.Copy(part); err != nil {
			return err
		}
	}
	return out.Close()
}
