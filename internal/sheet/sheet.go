// Package sheet is a register as a file: which columns it has, how it is read with
// a fault for every cell that cannot be taken, what an import would change, and how
// it is written. What a row means is the business of the noun that keeps the
// register.
package sheet

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Limits of a register that comes as a file.
const (
	MaxRows   = 5_000
	maxBytes  = 10 << 20
	maxCell   = 20_000 // characters; a column may allow fewer
	usualMax  = 500    // characters of a cell whose column says nothing
	maxAbove  = 20     // rows above the headings are looked through
	maxFaults = 100    // more are counted, not listed
)

// Column is one column of a register.
type Column struct {
	Key      string   // what the program calls it, such as "owner"
	Title    string   // its heading in a file we write
	Also     []string // other headings it is known by
	Required bool     // a file without it, or a row with nothing in it, cannot be taken
	Max      int      // characters of a cell; 0 means 500
	OneOf    []string // the values it takes; case, spaces and hyphens do not matter
	Many     bool     // several values, with a semicolon or a line break between them
	Help     string   // what to write into it
}

// Sheet is a register as read from a file. Nothing of it can be taken while it has
// faults.
type Sheet struct {
	File   string
	Name   string // of the sheet in a workbook, when there are several
	Rows   []Row
	Faults []Fault
	More   int      // faults beyond those listed
	Unread []string // headings that mean nothing here

	titles map[string]string // heading in the file, by key
}

// Row is one row. A key that is absent has no column in the file, so the register
// keeps what it has; one that is empty empties it.
type Row struct {
	Number int // as a spreadsheet counts
	Cells  map[string]string
}

// Has reports whether the file has a column for key.
func (r Row) Has(key string) bool { _, ok := r.Cells[key]; return ok }

// Text returns the cell, without the space around it.
func (r Row) Text(key string) string { return r.Cells[key] }

// Fault is something wrong with one cell, and how to put it right.
type Fault struct {
	File  string
	Row   int
	Field string // heading of the column
	Text  string
}

// String returns the fault with its place.
func (f Fault) String() string {
	return fmt.Sprintf("%s, row %d, %s: %s", f.File, f.Row, f.Field, f.Text)
}

var notPlain = regexp.MustCompile(`[^\p{L}\p{N}]+`)

func plain(s string) string { return notPlain.ReplaceAllString(strings.ToLower(s), "") }

// Read reads a register from a CSV or XLSX file. The row of headings is the first
// that names all required columns. Faults name row and column; the error is for
// files that are no such register at all.
func Read(file string, data []byte, columns []Column) (*Sheet, error) {
	book, err := document.ReadTables(file, data, document.Limits{Bytes: maxBytes, Rows: 4 * MaxRows, Columns: 200, Cell: maxCell})
	if err != nil {
		return nil, err
	}
	for _, t := range book.Tables {
		for i, row := range t.Rows[:min(maxAbove, len(t.Rows))] {
			if at, ok := headings(row, columns); ok {
				s := &Sheet{File: file, titles: map[string]string{}}
				if len(book.Tables) > 1 {
					s.Name = t.Name
				}
				s.read(t.Rows, i, columns, at)
				return s, nil
			}
		}
	}
	var need, all []string
	for _, c := range columns {
		all = append(all, c.Title)
		if c.Required {
			need = append(need, "“"+c.Title+"”")
		}
	}
	return nil, problem.Field("file", fmt.Sprintf("%s has no row of headings with %s. Give the columns the headings %s; only the first are needed.", file, strings.Join(need, " and "), strings.Join(all, ", ")))
}

// headings finds the column of each key, and whether all required ones are there.
func headings(row []string, columns []Column) (map[string]int, bool) {
	known := map[string]string{}
	for _, c := range columns {
		for _, h := range append([]string{c.Key, c.Title}, c.Also...) {
			known[plain(h)] = c.Key
		}
	}
	at := map[string]int{}
	for i, cell := range row {
		if key := known[plain(cell)]; key != "" {
			if _, taken := at[key]; !taken {
				at[key] = i
			}
		}
	}
	for _, c := range columns {
		if _, ok := at[c.Key]; c.Required && !ok {
			return nil, false
		}
	}
	return at, len(at) > 0
}

func (s *Sheet) read(rows [][]string, header int, columns []Column, at map[string]int) {
	for key, i := range at {
		s.titles[key] = strings.TrimSpace(rows[header][i])
	}
	for i, h := range rows[header] {
		if h = strings.TrimSpace(h); h != "" && !slices.ContainsFunc(columns, func(c Column) bool { n, ok := at[c.Key]; return ok && n == i }) {
			s.Unread = append(s.Unread, h)
		}
	}
	for i := header + 1; i < len(rows); i++ {
		if strings.TrimSpace(strings.Join(rows[i], "")) == "" {
			continue
		}
		r := Row{Number: i + 1, Cells: map[string]string{}}
		if len(s.Rows) == MaxRows {
			s.fault(r.Number, s.title(columns[0]), "A file has at most %d rows. Split it, and send the parts one by one.", MaxRows)
			return
		}
		for _, c := range columns {
			n, ok := at[c.Key]
			if !ok {
				continue
			}
			text := ""
			if n < len(rows[i]) {
				text = strings.TrimSpace(document.Plain(strings.TrimSpace(rows[i][n])))
			}
			r.Cells[c.Key] = s.checked(r.Number, c, text)
		}
		s.Rows = append(s.Rows, r)
	}
	if len(s.Rows) == 0 {
		s.fault(header+1, s.title(columns[0]), "There is no row below the headings. Add at least one.")
	}
}

// checked returns the text of a cell as it is kept, and notes what is wrong.
func (s *Sheet) checked(row int, c Column, text string) string {
	limit := c.Max
	if limit == 0 {
		limit = usualMax
	}
	switch n := utf8.RuneCountInString(text); {
	case text == "" && c.Required:
		s.fault(row, s.title(c), "This is empty. %s", c.cure())
	case n > limit:
		s.fault(row, s.title(c), "This has %d characters, and at most %d are kept. Shorten it.", n, limit)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' }):
		s.fault(row, s.title(c), "This has a control character. Type the text anew.")
	case text != "" && len(c.OneOf) > 0:
		return s.oneOf(row, c, text)
	}
	return text
}

func (s *Sheet) oneOf(row int, c Column, text string) string {
	parts := []string{text}
	if c.Many {
		parts = Split(text)
	}
	for i, p := range parts {
		n := slices.IndexFunc(c.OneOf, func(v string) bool { return plain(v) == plain(p) })
		if n < 0 {
			s.fault(row, s.title(c), "“%s” is not known here. Write one of: %s.", excerpt(p), strings.Join(c.OneOf, ", "))
			return ""
		}
		parts[i] = c.OneOf[n]
	}
	return strings.Join(parts, ";")
}

func (c Column) cure() string {
	if c.Help != "" {
		return c.Help
	}
	return "Every row needs it."
}

func (s *Sheet) title(c Column) string {
	if h := s.titles[c.Key]; h != "" {
		return h
	}
	return c.Title
}

// Fault notes what is wrong with a cell of a row; key names the column.
func (s *Sheet) Fault(r Row, key, format string, args ...any) {
	h := s.titles[key]
	if h == "" {
		h = key
	}
	s.fault(r.Number, h, format, args...)
}

func (s *Sheet) fault(row int, field, format string, args ...any) {
	if len(s.Faults) == maxFaults {
		s.More++
		return
	}
	file := s.File
	if s.Name != "" {
		file += ", sheet " + s.Name
	}
	s.Faults = append(s.Faults, Fault{file, row, field, fmt.Sprintf(format, args...)})
}

// Key is a name as it is compared, in a file and in the register it is read into:
// case and spaces do not count.
func Key(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// Once notes a fault when a value that names one row stands in two; an empty value
// names none. It returns whether the row is the first.
func (s *Sheet) Once(seen map[string]int, r Row, key string) bool {
	v := Key(r.Text(key))
	if v == "" {
		return true
	}
	if first, ok := seen[v]; ok {
		s.Fault(r, key, "“%s” stands in row %d already. Remove one of the two rows, or correct it.", excerpt(r.Text(key)), first)
		return false
	}
	seen[v] = r.Number
	return true
}

// Split takes a list in a cell apart: semicolons and line breaks stand between.
func Split(text string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if p = strings.TrimSpace(p); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// List returns the values of a cell that takes several.
func (r Row) List(key string) []string { return Split(r.Text(key)) }

// Date reads a day, such as 2026-03-31; an empty cell is no day. Only one way of
// writing is read, because 03/04 means two days.
func (s *Sheet) Date(r Row, key string) cadence.Date {
	text := r.Text(key)
	if text == "" {
		return 0
	}
	t, err := time.Parse(time.DateOnly, strings.TrimSuffix(text, " 00:00:00"))
	if err != nil || t.Year() < 1900 || t.Year() > 2200 {
		s.Fault(r, key, "“%s” is no day that can be read. Write it as year, month, day: 2026-03-31.", excerpt(text))
		return 0
	}
	return cadence.On(t.Date())
}

// Number reads a whole number from lo to hi; an empty cell is 0.
func (s *Sheet) Number(r Row, key string, lo, hi int) int {
	text := r.Text(key)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < lo || n > hi {
		s.Fault(r, key, "“%s” is no whole number from %d to %d. Write one, or leave the cell empty.", excerpt(text), lo, hi)
		return 0
	}
	return n
}

// Yes reads yes or no; an empty cell is no.
func (s *Sheet) Yes(r Row, key string) bool {
	switch plain(r.Text(key)) {
	case "", "no", "n", "false", "0":
		return false
	case "yes", "y", "true", "1", "x":
		return true
	}
	s.Fault(r, key, "“%s” is neither yes nor no. Write one of them.", excerpt(r.Text(key)))
	return false
}

func excerpt(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// Line is one row of a plan.
type Line struct {
	Row    int
	Code   string   // of the entry; empty for a new one that gets its code when it is entered
	Name   string   // what people call it
	Fields []string // titles of the columns that change; none for a new one
}

// Plan says what an import did, or would do.
type Plan struct {
	File    string
	New     []Line
	Changed []Line
	Same    int
	Notes   []Fault // what somebody should look at; it stops nothing
	Faults  []Fault // nothing is taken while there is one
	More    int     // faults beyond those listed
}

// Plan returns an empty plan with what was wrong so far.
func (s *Sheet) Plan() Plan {
	p := Plan{File: s.File, Faults: slices.Clone(s.Faults), More: s.More}
	for _, h := range s.Unread {
		p.Notes = append(p.Notes, Fault{s.File, 1, h, "This column means nothing here and was not read."})
	}
	return p
}

// Err returns an Invalid problem if nothing can be taken.
func (p Plan) Err() error {
	if len(p.Faults) == 0 {
		return nil
	}
	text := p.Faults[0].String()
	if n := len(p.Faults) + p.More - 1; n > 0 {
		text += fmt.Sprintf(" There are %d more faults. Nothing was entered.", n)
	} else {
		text += " Nothing was entered."
	}
	return problem.Field("file", text)
}

// Formats are what a register can be written as.
func Formats() []string { return []string{"csv", "xlsx"} }

// Write writes a register. Each row has a cell for each column, in their order.
// Cells that a spreadsheet would take for a formula are made harmless.
func Write(w io.Writer, format, title string, columns []Column, rows [][]string) error {
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = c.Title
	}
	switch format {
	case "csv":
		return document.WriteCSV(w, document.Table{Name: title, Rows: append([][]string{head}, rows...)})
	case "xlsx":
		return document.WriteXLSX(w, []document.Sheet{{Name: title, Header: head, Rows: rows}})
	}
	return problem.Field("format", "A register is written as csv or xlsx. Choose one of them.")
}
