package document

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// delimiters are the candidates, the likelier first.
const delimiters = ",;\t|"

// readCSV reads delimited text. Records are numbered as a spreadsheet numbers
// rows: a cell with line breaks does not add rows.
func readCSV(name string, data []byte, lim Limits) (*Workbook, error) {
	text, encoding, note, err := decode(name, data)
	if err != nil {
		return nil, err
	}
	text = strings.TrimPrefix(text, "\ufeff")
	delim, body, skipped := delimiter(text)
	book := &Workbook{Format: "csv", Encoding: encoding, Delimiter: string(delim)}
	if note != "" {
		book.Notes = append(book.Notes, Note{Text: note})
	}
	table := Table{Name: name}
	p := parser{text: body, delim: delim}
	cells, row := 0, skipped
	for p.next() {
		row++
		if p.open {
			return nil, refuse(name, "has a quote that opens in row %d, column %s and is never closed, so every row after it would be swallowed. Close it there, or write it twice (\"\") if the cell holds a quote.",
				row, ColumnName(p.openedIn))
		}
		if p.stray >= 0 {
			column := ColumnName(p.stray)
			if strings.Contains(p.record[p.stray], "\n") {
				return nil, refuse(name, "has a quote that opens in row %d, column %s and closes in the middle of a later line (%q), so rows in between would be swallowed. Close it in its own row, or write it twice (\"\") if the cell holds a quote.",
					row, column, excerpt(p.record[p.stray], 60))
			}
			book.Notes = append(book.Notes, Note{Row: row, Cell: fmt.Sprintf("%s%d", column, row),
				Text: "Text follows the closing quote; it was kept as part of the cell."})
		}
		record := trimRow(p.record)
		if err := within(name, "", row, record, lim); err != nil {
			return nil, err
		}
		if len(record) == 0 {
			continue // stored only if something follows
		}
		if row > lim.Rows {
			return nil, refuse(name, "has more than %d rows. Split it, or keep only the rows that list the controls.", lim.Rows)
		}
		if cells += len(record); cells > lim.Cells {
			return nil, refuse(name, "holds more than %d cells by row %d. Keep only the columns that describe the controls.", lim.Cells, row)
		}
		for len(table.Rows) < row-1 {
			table.Rows = append(table.Rows, nil)
		}
		table.Rows = append(table.Rows, append([]string(nil), record...))
	}
	book.Tables = []Table{table}
	return book, nil
}

// within checks one row against the limits; table is empty for CSV.
func within(name, table string, row int, record []string, lim Limits) error {
	where := fmt.Sprintf("row %d", row)
	if table != "" {
		where = fmt.Sprintf("sheet “%s”, row %d", table, row)
	}
	if len(record) > lim.Columns {
		return refuse(name, "has %d columns in %s, and at most %d can be read. Delete the columns that do not describe the controls.", len(record), where, lim.Columns)
	}
	for i, cell := range record {
		if len(cell) > lim.Cell && utf8.RuneCountInString(cell) > lim.Cell {
			return refuse(name, "has %d characters in %s, column %s, and at most %d fit in a cell. Shorten it, or look for a quote that is not closed there.",
				utf8.RuneCountInString(cell), where, ColumnName(i), lim.Cell)
		}
	}
	return nil
}

// delimiter returns the character that separates cells, the text without a
// leading "sep=" line, and how many rows that line took away (0 or 1).
func delimiter(text string) (delim byte, body string, skipped int) {
	line, rest, _ := strings.Cut(text, "\n")
	if v, ok := strings.CutPrefix(strings.ToLower(strings.Trim(line, "\r\" ")), "sep="); ok && len(v) == 1 && strings.Contains(delimiters, v) {
		return v[0], rest, 1
	}
	const enough = 64 << 10
	sample := text[:min(len(text), enough)]
	delim, best := delimiters[0], 0.0
	for i := range len(delimiters) {
		if !strings.Contains(sample, delimiters[i:i+1]) {
			continue
		}
		if s := consistency(sample, delimiters[i], len(text) > enough); s > best {
			delim, best = delimiters[i], s
		}
	}
	return delim, text, 0
}

// consistency says how well a delimiter explains a sample, from 0 to 1: the
// share of records with the commonest number of cells, weighted so that more
// cells count more, less what had to be forgiven. cut tells that the last
// record is probably incomplete.
func consistency(sample string, delim byte, cut bool) float64 {
	counts := map[int]int{}
	records, faults, cells, spaced := 0, 0, 0, 0
	p := parser{text: sample, delim: delim}
	for p.next() && records < 500 {
		if cut && p.pos >= len(sample) && records > 0 {
			break
		}
		n := len(p.record)
		if n == 1 && strings.TrimSpace(p.record[0]) == "" {
			continue
		}
		records++
		counts[n]++
		for _, cell := range p.record[1:] {
			cells++
			if strings.HasPrefix(cell, " ") { // a comma in prose has a space behind it
				spaced++
			}
		}
		if p.open || p.stray >= 0 || p.inner {
			faults++
		}
	}
	if records == 0 {
		return 0
	}
	mode := 1
	for n, times := range counts {
		if times > counts[mode] || times == counts[mode] && n > mode {
			mode = n
		}
	}
	if mode == 1 {
		// Prose with an occasional comma: still better than nothing if all rows are ragged.
		return 0.001 * float64(records-counts[1]) / float64(records)
	}
	share := float64(counts[mode]) / float64(records)
	forgiven := float64(faults) / float64(records)
	return share * share * (1 - 1/float64(mode)) * (1 - 0.9*forgiven) * (1 - 0.3*float64(spaced)/float64(max(cells, 1)))
}

// parser reads one record after another. It never fails: what is wrong with a
// record is told by open, stray and inner.
type parser struct {
	text  string
	delim byte
	pos   int

	record   []string
	open     bool // the text ended inside a quoted cell
	openedIn int  // column of that cell
	stray    int  // column where text follows a closing quote, or -1
	inner    bool // a cell holds a quote although it does not start with one
}

// next reads a record into p.record, which the following call overwrites. It
// returns false at the end of the text.
func (p *parser) next() bool {
	if p.pos >= len(p.text) {
		return false
	}
	p.record, p.open, p.stray, p.inner = p.record[:0], false, -1, false
	for {
		cell, end := p.cell()
		p.record = append(p.record, cell)
		if end {
			return true
		}
	}
}

// cell reads one cell and the delimiter or line end behind it.
func (p *parser) cell() (cell string, end bool) {
	start := p.pos
	i := start
	for i < len(p.text) && (p.text[i] == ' ' || p.text[i] == '\t') && p.text[i] != p.delim {
		i++
	}
	if i < len(p.text) && p.text[i] == '"' {
		return p.quoted(i + 1)
	}
	for i = start; i < len(p.text); i++ {
		switch c := p.text[i]; c {
		case p.delim:
			p.pos = i + 1
			return p.text[start:i], false
		case '\n', '\r':
			cell = p.text[start:i]
			p.pos = afterBreak(p.text, i)
			return cell, true
		case '"':
			p.inner = true
		}
	}
	p.pos = i
	return p.text[start:i], true
}

// quoted reads a cell from behind its opening quote.
func (p *parser) quoted(i int) (cell string, end bool) {
	var b strings.Builder
	from := i
	for {
		j := strings.IndexByte(p.text[i:], '"')
		if j < 0 {
			b.WriteString(p.text[from:])
			p.pos, p.open, p.openedIn = len(p.text), true, len(p.record)
			return breaks(b.String()), true
		}
		i += j
		if i+1 < len(p.text) && p.text[i+1] == '"' {
			b.WriteString(p.text[from : i+1])
			i += 2
			from = i
			continue
		}
		b.WriteString(p.text[from:i])
		i++
		break
	}
	for from = i; ; i++ {
		if i >= len(p.text) || p.text[i] == p.delim || p.text[i] == '\n' || p.text[i] == '\r' {
			if tail := p.text[from:i]; strings.Trim(tail, " \t") != "" {
				if p.stray < 0 {
					p.stray = len(p.record)
				}
				b.WriteString(tail)
			}
			break
		}
	}
	cell = breaks(b.String())
	switch {
	case i >= len(p.text):
		p.pos = i
		return cell, true
	case p.text[i] == p.delim:
		p.pos = i + 1
		return cell, false
	}
	p.pos = afterBreak(p.text, i)
	return cell, true
}

// afterBreak returns the offset behind the line break at i: \n, \r\n or \r.
func afterBreak(text string, i int) int {
	if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
		return i + 2
	}
	return i + 1
}

// breaks writes every line break as \n.
func breaks(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// excerpt returns at most n characters of s on one line.
func excerpt(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
