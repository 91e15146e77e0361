package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"sort"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	maxParts    = 5_000    // parts of an XLSX; a workbook with 1,000 sheets has about 2,000
	maxRatio    = 300      // expanded size over packed size; real sheets stay below 60
	ratioCounts = 20 << 20 // below this expanded size a high ratio does no harm
)

// readXLSX reads every sheet of a workbook. Nothing is evaluated: a formula
// gives the value the spreadsheet program stored with it.
func readXLSX(name string, data []byte, lim Limits) (*Workbook, error) {
	archive, err := checkArchive(name, data, lim)
	if err != nil {
		return nil, err
	}
	parts, err := sheetParts(archive)
	if err != nil {
		return nil, damaged(name, err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: lim.Expanded, UnzipXMLSizeLimit: lim.Expanded, ShortDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return nil, damaged(name, err)
	}
	defer f.Close()
	book := &Workbook{Format: "xlsx"}
	cells := 0
	for _, sheet := range f.GetSheetList() {
		part, ok := parts[sheet]
		if !ok {
			book.Notes = append(book.Notes, Note{Table: sheet, Text: "It is not a worksheet (a chart, for instance) and was left out."})
			continue
		}
		shape, err := readShape(archive, part, lim)
		if err != nil {
			return nil, damaged(name, fmt.Errorf("sheet %s: %w", sheet, err))
		}
		if cells += shape.cells; cells > lim.Cells {
			return nil, refuse(name, "holds more than %d cells by sheet “%s”. Keep only the sheet that lists the controls.", lim.Cells, sheet)
		}
		table := Table{Name: sheet, HiddenRows: shape.hiddenRows}
		if visible, err := f.GetSheetVisible(sheet); err == nil && !visible {
			table.Hidden = true
			book.Notes = append(book.Notes, Note{Table: sheet, Text: "This sheet is hidden in the workbook."})
		}
		if table.Rows, err = sheetRows(f, name, sheet, lim); err != nil {
			return nil, err
		}
		book.Notes = append(book.Notes, shape.notes(sheet, &table)...)
		fillDown(&table, shape.merges)
		book.Tables = append(book.Tables, table)
	}
	if len(book.Tables) == 0 {
		return nil, refuse(name, "has no worksheet. Check that it is the workbook you meant.")
	}
	return book, nil
}

func damaged(name string, cause error) error {
	return refuse(name, "is a damaged or incomplete .xlsx file (%s). Open it in your spreadsheet program, let it repair the file, save it under a new name and try again.",
		excerpt(cause.Error(), 120))
}

// checkArchive looks at the archive before anything parses it: what it holds,
// what it claims to expand to, and what it really expands to, counted without
// keeping the bytes.
func checkArchive(name string, data []byte, lim Limits) (*zip.Reader, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, damaged(name, err)
	}
	if len(archive.File) > maxParts {
		return nil, refuse(name, "holds %d parts, and a workbook has at most %d. Save the sheet that lists the controls as a new .xlsx file.", len(archive.File), maxParts)
	}
	if err := notSpreadsheet(name, archive); err != nil {
		return nil, err
	}
	bomb := func(expanded int64) error {
		return refuse(name, "is %s but unpacks to more than %s, which no inventory needs. Save the sheet that lists the controls as a new .xlsx or CSV file.",
			size(int64(len(data))), size(min(expanded, lim.Expanded)))
	}
	var declared uint64
	for _, part := range archive.File {
		declared += part.UncompressedSize64
		if part.UncompressedSize64 > uint64(lim.Expanded) || declared > uint64(lim.Expanded) {
			return nil, bomb(lim.Expanded)
		}
		if part.UncompressedSize64 > ratioCounts && part.UncompressedSize64/maxRatio > part.CompressedSize64 {
			return nil, bomb(int64(part.UncompressedSize64))
		}
	}
	var actual int64
	for _, part := range archive.File {
		n, err := expand(part, lim.Expanded-actual)
		if actual += n; actual > lim.Expanded {
			return nil, bomb(lim.Expanded)
		}
		if err != nil {
			return nil, damaged(name, fmt.Errorf("%s: %w", part.Name, err))
		}
	}
	return archive, nil
}

// expand counts the bytes a part really holds, stopping one beyond the limit.
func expand(part *zip.File, limit int64) (int64, error) {
	r, err := part.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	n, err := io.Copy(io.Discard, io.LimitReader(r, limit+1))
	return n, err
}

// notSpreadsheet names archives that are something else.
func notSpreadsheet(name string, archive *zip.Reader) error {
	has := map[string]bool{}
	for _, part := range archive.File {
		has[strings.ToLower(strings.TrimPrefix(part.Name, "/"))] = true
	}
	switch {
	case has["xl/workbook.xml"]:
		return nil
	case has["xl/workbook.bin"]:
		return refuse(name, "is a binary Excel workbook (.xlsb). %s", saveAs)
	case has["mimetype"] && has["content.xml"]:
		return refuse(name, "is an OpenDocument file (.ods). %s", saveAs)
	case has["word/document.xml"]:
		return refuse(name, "is a Word document. Copy its table into a spreadsheet and save that as .xlsx or CSV.")
	case has["ppt/presentation.xml"]:
		return refuse(name, "is a presentation. Choose the spreadsheet that lists the controls.")
	case has["index/document.iwa"], has["index/tables/datalist.iwa"]:
		return refuse(name, "is a Numbers document. Export it as Excel (.xlsx) or CSV and choose that file.")
	case has["[content_types].xml"]:
		return nil // excelize finds the workbook wherever it stands
	}
	return refuse(name, "is an archive (.zip), not a spreadsheet. Unpack it and choose the .xlsx or CSV file inside.")
}

// sheetParts maps the name of each worksheet to its part in the archive.
func sheetParts(archive *zip.Reader) (map[string]string, error) {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
			IDs  string `xml:"http://purl.oclc.org/ooxml/officeDocument/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var root, rels relations
	if err := parsePart(archive, "_rels/.rels", &root); err != nil {
		return nil, err
	}
	main := "xl/workbook.xml"
	for _, r := range root.List {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			main = strings.TrimPrefix(path.Join("/", r.Target), "/")
		}
	}
	if err := parsePart(archive, main, &book); err != nil {
		return nil, err
	}
	if err := parsePart(archive, path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), &rels); err != nil {
		return nil, err
	}
	target := map[string]string{}
	for _, r := range rels.List {
		if !strings.HasSuffix(r.Type, "/worksheet") {
			continue
		}
		if strings.HasPrefix(r.Target, "/") {
			target[r.ID] = strings.TrimPrefix(path.Clean(r.Target), "/")
		} else {
			target[r.ID] = path.Join(path.Dir(main), r.Target)
		}
	}
	parts := map[string]string{}
	for _, s := range book.Sheets {
		if part, ok := target[s.ID+s.IDs]; ok {
			parts[s.Name] = part
		}
	}
	return parts, nil
}

// relations is the part of an XLSX that says which part is what.
type relations struct {
	List []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

func openPart(archive *zip.Reader, name string) (io.ReadCloser, error) {
	for _, part := range archive.File {
		if strings.EqualFold(strings.TrimPrefix(strings.ReplaceAll(part.Name, `\`, "/"), "/"), name) {
			return part.Open()
		}
	}
	return nil, fmt.Errorf("the part %s is missing", name)
}

func parsePart(archive *zip.Reader, name string, into any) error {
	r, err := openPart(archive, name)
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// shape is what a worksheet says about its cells apart from their values.
type shape struct {
	cells      int
	hiddenRows []int
	formulas   int
	empty      []string // formula cells without a stored value
	merges     []merge
}

type merge struct{ fromRow, fromColumn, toRow, toColumn int } // 1-based, inclusive

// readShape walks the XML of a worksheet once. It also proves the XML whole:
// a sheet cut short must fail rather than lose its last rows.
func readShape(archive *zip.Reader, part string, lim Limits) (*shape, error) {
	r, err := openPart(archive, part)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	s := &shape{}
	cell, formula, value, inValue, row, depth := "", false, false, false, 0, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if depth != 0 {
				return nil, errors.New("the sheet ends early")
			}
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			switch t.Name.Local {
			case "row":
				row++
				if n, err := strconv.Atoi(attribute(t, "r")); err == nil {
					row = n
				}
				if h := attribute(t, "hidden"); h == "1" || h == "true" {
					s.hiddenRows = append(s.hiddenRows, row)
				}
			case "c":
				cell, formula, value = attribute(t, "r"), false, false
				if s.cells++; s.cells > 4*lim.Cells {
					return s, nil
				}
			case "f":
				formula = true
			case "v", "t":
				inValue = true
			case "mergeCell":
				if m, ok := parseMerge(attribute(t, "ref")); ok {
					s.merges = append(s.merges, m)
				}
			}
		case xml.CharData:
			value = value || inValue && len(t) > 0
		case xml.EndElement:
			depth--
			inValue = false
			if t.Name.Local == "c" && formula {
				s.formulas++
				if !value {
					s.empty = append(s.empty, cell)
				}
			}
		}
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// parseMerge reads a range such as "A5:J5".
func parseMerge(ref string) (merge, bool) {
	from, to, _ := strings.Cut(ref, ":")
	c1, r1, err1 := excelize.CellNameToCoordinates(from)
	c2, r2, err2 := excelize.CellNameToCoordinates(to)
	if err1 != nil || err2 != nil || r2 < r1 || c2 < c1 {
		return merge{}, false
	}
	return merge{r1, c1, r2, c2}, true
}

// notes tells what in the sheet was not plain.
func (s *shape) notes(sheet string, t *Table) []Note {
	var notes []Note
	if n := len(s.hiddenRows); n > 0 {
		within := s.hiddenRows[:sort.SearchInts(s.hiddenRows, len(t.Rows)+1)]
		if len(within) > 0 {
			notes = append(notes, Note{Table: sheet, Text: fmt.Sprintf("%d rows are hidden in the workbook (the first is row %d); they were read like the others.", len(within), within[0])})
		}
	}
	if s.formulas > 0 {
		notes = append(notes, Note{Table: sheet, Text: fmt.Sprintf("%d cells hold formulas; the value stored with each was used, nothing was calculated.", s.formulas)})
	}
	for i, cell := range s.empty {
		if i == 20 {
			notes = append(notes, Note{Table: sheet, Text: fmt.Sprintf("%d more cells hold a formula without a stored value and were read as blank.", len(s.empty)-i)})
			break
		}
		notes = append(notes, Note{Table: sheet, Cell: cell, Text: "It holds a formula without a stored value and was read as blank. Open the file in your spreadsheet program, let it calculate, and save it."})
	}
	return notes
}

// sheetRows returns the cells of a sheet as the workbook displays them.
func sheetRows(f *excelize.File, name, sheet string, lim Limits) ([][]string, error) {
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, damaged(name, err)
	}
	defer rows.Close()
	var out [][]string
	for row := 1; rows.Next(); row++ {
		record, err := rows.Columns()
		if err != nil {
			return nil, damaged(name, fmt.Errorf("sheet %s, row %d: %w", sheet, row, err))
		}
		if record = trimRow(record); len(record) == 0 {
			continue // stored only if something follows
		}
		if row > lim.Rows {
			return nil, refuse(name, "has more than %d rows in sheet “%s”. Split it, or keep only the rows that list the controls.", lim.Rows, sheet)
		}
		if err := within(name, sheet, row, record, lim); err != nil {
			return nil, err
		}
		for i, cell := range record {
			record[i] = breaks(strings.ReplaceAll(cell, "_x000D_", ""))
		}
		for len(out) < row-1 {
			out = append(out, nil)
		}
		out = append(out, record)
	}
	if err := rows.Error(); err != nil {
		return nil, damaged(name, fmt.Errorf("sheet %s: %w", sheet, err))
	}
	return out, nil
}

// fillDown repeats the value of cells merged downwards in one column, so that a
// domain written once beside ten controls belongs to all ten. A merge over
// several columns is a banner and stays where it is, and a row with nothing of
// its own stays blank.
func fillDown(t *Table, merges []merge) {
	own := make([]bool, len(t.Rows))
	for i, row := range t.Rows {
		own[i] = len(row) > 0
	}
	for _, m := range merges {
		if m.fromColumn != m.toColumn || m.fromRow == m.toRow || m.fromRow > len(t.Rows) {
			continue
		}
		c := m.fromColumn - 1
		if c >= len(t.Rows[m.fromRow-1]) {
			continue
		}
		value := t.Rows[m.fromRow-1][c]
		for r := m.fromRow; r < min(m.toRow, len(t.Rows)); r++ {
			if !own[r] {
				continue
			}
			for len(t.Rows[r]) <= c {
				t.Rows[r] = append(t.Rows[r], "")
			}
			if t.Rows[r][c] == "" {
				t.Rows[r][c] = value
			}
		}
	}
}
