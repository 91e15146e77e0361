package audit

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Part is what a column of a list becomes in a population.
type Part string

const (
	LeftOut   Part = ""
	IsKey     Part = "key"
	IsDate    Part = "date"
	IsStratum Part = "stratum"
	IsText    Part = "text"
)

// Layout says how a list is read. The zero Layout means: propose one.
type Layout struct {
	Sheet  string
	Header int // row of the headings, from 1; 0 when there is none
	Parts  []Part
}

// Sheet is a list of rows as read from a file. Nothing of it can be kept while it
// has faults.
type Sheet struct {
	File     string
	Layout   Layout
	Sheets   []string // all that could be read
	Headings []string // of every column of the file
	Columns  []string // headings of the cells that are kept
	Rows     []Row
	Faults   []Fault
	Skipped  int      // blank rows
	Notes    []string // about the file
}

// Fault is something wrong with one cell, and how to put it right.
type Fault struct {
	Row   int // as a spreadsheet numbers it
	Field string
	Text  string
}

// String returns the fault with its place.
func (f Fault) String() string { return fmt.Sprintf("Row %d, %s: %s", f.Row, f.Field, f.Text) }

const maxFaults = 50 // more help nobody

// ReadSheet reads a list of instances from a CSV or XLSX file. want nil proposes a
// layout. Faults name row, column and cure; the error is for files that are no list.
func ReadSheet(file string, data []byte, want *Layout) (*Sheet, error) {
	book, err := document.ReadTables(file, data, document.Limits{Rows: MaxRows + 100, Columns: 200, Cell: 10_000})
	if err != nil {
		return nil, err
	}
	s := &Sheet{File: file}
	var table *document.Table
	for i, t := range book.Tables {
		if t.Hidden || !slices.ContainsFunc(t.Rows, func(r []string) bool { return len(r) > 0 }) {
			continue
		}
		s.Sheets = append(s.Sheets, t.Name)
		if table == nil || want != nil && t.Name == want.Sheet {
			table = &book.Tables[i]
		}
	}
	if table == nil {
		return nil, problem.Field("file", file+" has no row to read.")
	}
	for _, n := range book.Notes {
		if n.Table == "" || n.Table == table.Name {
			s.Notes = append(s.Notes, n.String())
		}
	}
	if want != nil {
		s.Layout = *want
	} else {
		s.Layout = propose(table)
	}
	s.Layout.Sheet = table.Name
	if s.Layout.Header < 0 || s.Layout.Header > len(table.Rows) {
		return nil, problem.Field("header", fmt.Sprintf("The sheet has no row %d. Give the number of the row with the headings, or 0.", s.Layout.Header))
	}
	return s, s.read(table)
}

// read fills in headings and rows.
func (s *Sheet) read(t *document.Table) error {
	width := 0
	for _, r := range t.Rows {
		width = max(width, len(r))
	}
	for len(s.Layout.Parts) < width {
		s.Layout.Parts = append(s.Layout.Parts, LeftOut)
	}
	s.Layout.Parts = s.Layout.Parts[:width]
	for i := range width {
		name := "Column " + document.ColumnName(i)
		if h := s.Layout.Header; h > 0 && i < len(t.Rows[h-1]) && strings.TrimSpace(t.Rows[h-1][i]) != "" {
			name = oneLine(t.Rows[h-1][i], 100)
		}
		s.Headings = append(s.Headings, name)
	}
	at := map[Part]int{}
	texts := 0
	for i, p := range s.Layout.Parts {
		switch p {
		case IsKey, IsDate, IsStratum:
			if first, twice := at[p]; twice {
				return problem.Field(fmt.Sprintf("c%d", i), fmt.Sprintf("“%s” and “%s” cannot both be the %s. Choose one column.", s.Headings[first], s.Headings[i], p))
			}
			at[p] = i
		case IsText:
			texts++
			s.Columns = append(s.Columns, s.Headings[i])
		}
	}
	if _, ok := at[IsKey]; !ok {
		return problem.Field("c0", "Choose the column that identifies an item, such as the number of a ticket.")
	}
	if texts > MaxColumns {
		return problem.Field("c0", fmt.Sprintf("%d columns are to be kept; at most %d are, beside key, date and stratum. Leave out those that are not needed to find an item.", texts, MaxColumns))
	}
	return s.readRows(t, at)
}

func (s *Sheet) readRows(t *document.Table, at map[Part]int) error {
	seen := map[string]int{}
	for i := s.Layout.Header; i < len(t.Rows); i++ {
		row := t.Rows[i]
		if strings.TrimSpace(strings.Join(row, "")) == "" {
			s.Skipped++
			continue
		}
		if len(s.Rows) == MaxRows {
			return problem.Field("file", fmt.Sprintf("%s has more than 100,000 rows. Split the population, by month or by system.", s.File))
		}
		r, faults := s.row(row, at)
		if first := seen[r.Key]; first > 0 && r.Key != "" {
			faults = append(faults, Fault{Field: s.Headings[at[IsKey]], Text: fmt.Sprintf("“%s” stands in row %d already. Take one of the two out, or choose a column in which every row differs.", r.Key, first)})
		}
		seen[r.Key] = i + 1
		for _, f := range faults {
			if f.Row = i + 1; len(s.Faults) < maxFaults {
				s.Faults = append(s.Faults, f)
			}
		}
		r.N = len(s.Rows) + 1
		s.Rows = append(s.Rows, r)
	}
	if len(s.Rows) == 0 {
		return problem.Field("file", s.File+" has headings and no row below them.")
	}
	return nil
}

// row reads one row.
func (s *Sheet) row(row []string, at map[Part]int) (Row, []Fault) {
	var r Row
	var faults []Fault
	cell := func(i, limit int) string {
		if i >= len(row) {
			return ""
		}
		text := oneLine(row[i], 0)
		if n := utf8.RuneCountInString(text); n > limit {
			faults = append(faults, Fault{Field: s.Headings[i], Text: fmt.Sprintf("It has %d characters, and %d fit. Shorten it, or leave the column out.", n, limit)})
			return ""
		}
		return text
	}
	for i, p := range s.Layout.Parts {
		switch p {
		case IsKey:
			if r.Key = cell(i, maxKey); r.Key == "" {
				faults = append(faults, Fault{Field: s.Headings[i], Text: "The key is missing. Every item needs one, so that it can be found again."})
			}
		case IsDate:
			text := cell(i, maxCell)
			if text == "" {
				continue
			}
			d, ok := cadence.ReadDate(text)
			if !ok {
				faults = append(faults, Fault{Field: s.Headings[i], Text: fmt.Sprintf("“%s” is not a date that can be read in one way only. Write it as 2026-03-01.", oneLine(text, 40))})
			}
			r.Date = d
		case IsStratum:
			r.Stratum = cell(i, maxKey)
		case IsText:
			r.Cells = append(r.Cells, cell(i, maxCell))
		}
	}
	return r, faults
}

// oneLine makes a cell one line of text without control characters, as a key and
// a hash need it; what a spreadsheet export put in front of a formula goes. limit
// cuts, 0 does not.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	s = document.Plain(strings.Join(strings.Fields(s), " "))
	if r := []rune(s); limit > 0 && len(r) > limit {
		s = strings.TrimSpace(string(r[:limit-1])) + "…"
	}
	return s
}

var notPlain = regexp.MustCompile(`[^\p{L}\p{N}]+`)

func plain(s string) string { return notPlain.ReplaceAllString(strings.ToLower(s), "") }

// keyWords are headings of columns that identify a row, the surer first.
var keyWords = []string{"key", "id", "ticket", "ticketid", "ticketnumber", "number", "changeid", "change", "changenumber", "requestid", "request", "incidentid", "incident",
	"employeeid", "personnelnumber", "userid", "username", "account", "login", "email", "asset", "assetid", "hostname", "reference", "ref", "name"}

// dateWords are headings of columns that say when.
var dateWords = []string{"date", "on", "when", "createdat", "created", "createddate", "openedat", "opened", "closedat", "closed", "start", "startdate", "end", "enddate", "hiredate", "terminationdate", "lastday", "performedon", "completed", "completedat", "merged", "mergedat", "timestamp", "time"}

// propose guesses the layout of a table: the first row that fills most columns has
// the headings; the key is a column whose rows all differ, by its name if that
// tells; the date one whose rows are dates.
func propose(t *document.Table) Layout {
	l := Layout{}
	width := 0
	for _, r := range t.Rows {
		width = max(width, len(r))
	}
	for i, r := range t.Rows {
		if i == 20 {
			break
		}
		filled := 0
		for _, c := range r {
			if strings.TrimSpace(c) != "" {
				filled++
			}
		}
		if 2*filled > width {
			l.Header = i + 1
			break
		}
	}
	l.Parts = make([]Part, width)
	key, date := -1, -1
	keyRank, dateRank := 0, 0
	for i := range width {
		distinct, dated := profile(t.Rows[l.Header:], i)
		heading := ""
		if l.Header > 0 && i < len(t.Rows[l.Header-1]) {
			heading = plain(t.Rows[l.Header-1][i])
		}
		if rank := keyRankOf(heading, distinct, dated); key < 0 || rank < keyRank {
			key, keyRank = i, rank
		}
		if rank := rankOf(dateWords, heading); dated && (date < 0 || rank < dateRank) {
			date, dateRank = i, rank
		}
	}
	texts := 0
	for i := range l.Parts {
		switch {
		case i == key:
			l.Parts[i] = IsKey
		case i == date:
			l.Parts[i] = IsDate
		case texts < MaxColumns:
			l.Parts[i] = IsText
			texts++
		}
	}
	return l
}

func rankOf(words []string, heading string) int {
	if i := slices.Index(words, heading); i >= 0 {
		return i
	}
	return len(words)
}

// keyRankOf says how well a column does as the key, the lower the better: best one
// whose rows all differ, then one that is called so and has a fault, last one of dates.
func keyRankOf(heading string, distinct, dated bool) int {
	rank, named := rankOf(keyWords, heading), slices.Contains(keyWords, heading)
	switch {
	case distinct && !dated:
		return rank
	case named && !dated:
		return 100 + rank
	case distinct:
		return 200
	}
	return 300
}

// profile looks at a column: whether its rows all differ, and whether they are dates.
func profile(rows [][]string, column int) (distinct, dated bool) {
	seen := map[string]bool{}
	filled, dates, all := 0, 0, 0
	for _, r := range rows {
		if len(r) == 0 {
			continue
		}
		all++
		if column >= len(r) {
			continue
		}
		text := oneLine(r[column], 0)
		if text == "" {
			continue
		}
		filled++
		seen[text] = true
		if filled <= 200 {
			if _, ok := cadence.ReadDate(text); ok {
				dates++
			}
		}
	}
	return filled == all && len(seen) == all && all > 0, filled > 0 && dates == min(filled, 200)
}

// FromKeys makes rows of keys and dates that Toucan itself knows, such as its
// evidence items, in the order of their dates.
func FromKeys(columns []string, rows []Row) []Row {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b Row) int { return cmp.Or(cmp.Compare(a.Date, b.Date), strings.Compare(a.Key, b.Key)) })
	for i := range out {
		out[i].N = i + 1
		out[i].Key = oneLine(out[i].Key, maxKey)
		out[i].Stratum = oneLine(out[i].Stratum, maxKey)
		cells := make([]string, len(columns))
		for j := range cells {
			if j < len(out[i].Cells) {
				cells[j] = oneLine(out[i].Cells[j], maxCell)
			}
		}
		out[i].Cells = cells
	}
	return out
}
