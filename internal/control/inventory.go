package control

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// What one control may hold, in characters.
const (
	maxCode       = 40
	maxTitle      = 300
	maxStatement  = 10_000
	maxShort      = 200 // domain, owner, frequency, one kind of evidence
	maxPopulation = 2_000
	maxEvidence   = 100 // kinds of evidence
)

// ReadInventory reads a list of controls from a CSV or XLSX file in whatever
// layout it is kept. With want nil the layout is proposed; otherwise it is taken
// as given. Nothing is silent: what is not read is said, row by row. Failures
// are Invalid problems that name the file, the place and the cure.
func ReadInventory(file string, data []byte, want *Layout, parse Parse) (*Inventory, error) {
	book, err := document.ReadTables(file, data, document.Limits{})
	if err != nil {
		return nil, err
	}
	if parse == nil {
		parse = func(string, string) ([]framework.Ref, []string) { return nil, nil }
	}
	inv := &Inventory{File: filepath.Base(filepath.ToSlash(file)), Encoding: book.Encoding, Delimiter: book.Delimiter}
	var table *document.Table
	if want != nil {
		table, err = wanted(inv.File, book, want)
		if err != nil {
			return nil, err
		}
		inv.Layout = Layout{Sheet: table.Name, HeaderRow: want.HeaderRow, Columns: slices.Clone(want.Columns)}
		fillHeaders(&inv.Layout, table)
	} else {
		var found bool
		if table, inv.Layout, inv.Alternatives, found = propose(book, parse); !found {
			return nil, problem.New(problem.Invalid, "%s holds no row that looks like the headings of a list of controls. "+
				"Put one row of headings above the controls, such as Code, Title, Description, Owner, Frequency, Evidence, Criteria, Status, or choose the columns by hand.", inv.File)
		}
	}
	for _, n := range book.Notes {
		if n.Table == "" || n.Table == table.Name {
			inv.Notes = append(inv.Notes, n.String())
		}
	}
	noteSheets(inv, book, table)
	noteColumns(inv)
	r := newReader(inv, table, parse)
	r.read(want == nil)
	return inv, nil
}

// wanted finds the sheet of a layout and checks that the layout fits it.
func wanted(file string, book *document.Workbook, want *Layout) (*document.Table, error) {
	var table *document.Table
	var names []string
	for i := range book.Tables {
		names = append(names, "“"+book.Tables[i].Name+"”")
		if book.Tables[i].Name == want.Sheet || want.Sheet == "" && table == nil || book.Format == "csv" {
			table = &book.Tables[i]
		}
	}
	if table == nil {
		return nil, problem.New(problem.Invalid, "%s has no sheet “%s”. Choose one of %s.", file, want.Sheet, strings.Join(names, ", "))
	}
	if want.HeaderRow < 0 || want.HeaderRow > len(table.Rows) {
		return nil, problem.New(problem.Invalid, "%s has %d rows, so row %d cannot hold the headings. Choose a row from 1 to %d, or 0 if there are none.",
			file, len(table.Rows), want.HeaderRow, len(table.Rows))
	}
	used := map[Field]int{}
	for _, c := range want.Columns {
		if c.Index < 0 {
			return nil, problem.New(problem.Invalid, "Column number %d does not exist. The first column is 0.", c.Index)
		}
		if c.Field == FieldIgnored {
			continue
		}
		if !slices.Contains(Fields, c.Field) {
			return nil, problem.New(problem.Invalid, "“%s” is not something a column can hold. Choose one of %s.", c.Field, fieldList())
		}
		if first, twice := used[c.Field]; twice && c.Field != FieldReferences {
			return nil, problem.New(problem.Invalid, "Columns %s and %s are both marked as %s. Mark one of them as ignored.",
				document.ColumnName(first), document.ColumnName(c.Index), c.Field)
		}
		used[c.Field] = c.Index
	}
	if _, title := used[FieldTitle]; !title {
		if _, statement := used[FieldStatement]; !statement {
			return nil, problem.New(problem.Invalid, "No column is marked as title or statement, so there is nothing to call a control. Mark one.")
		}
	}
	return table, nil
}

func fieldList() string {
	names := make([]string, len(Fields))
	for i, f := range Fields {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// fillHeaders writes the heading into every column of a layout that lacks it.
func fillHeaders(l *Layout, t *document.Table) {
	for i := range l.Columns {
		if c := &l.Columns[i]; c.Header == "" && l.HeaderRow > 0 {
			c.Header = heading(t, l.HeaderRow, c.Index)
		}
	}
}

// noteSheets says which sheets were not read.
func noteSheets(inv *Inventory, book *document.Workbook, chosen *document.Table) {
	for i := range book.Tables {
		t := &book.Tables[i]
		filled := 0
		for _, row := range t.Rows {
			if len(row) > 0 {
				filled++
			}
		}
		if t == chosen || filled == 0 {
			continue
		}
		note := fmt.Sprintf("Sheet “%s” (%d rows with text) was not read.", t.Name, filled)
		if slices.ContainsFunc(inv.Alternatives, func(l Layout) bool { return l.Sheet == t.Name }) {
			note = fmt.Sprintf("Sheet “%s” (%d rows with text) looks like a list of controls too, and was not read. Read it as well if its controls belong here.", t.Name, filled)
		}
		inv.Notes = append(inv.Notes, note)
	}
}

// noteColumns says which columns are not used.
func noteColumns(inv *Inventory) {
	var ignored []string
	for _, c := range inv.Layout.Columns {
		if c.Field == FieldIgnored && c.Header != "" {
			ignored = append(ignored, fmt.Sprintf("%s “%s”", document.ColumnName(c.Index), shorten(c.Header, 40)))
		}
	}
	if n := len(ignored); n > 12 {
		ignored = append(ignored[:12], fmt.Sprintf("and %d more", n-12))
	}
	if len(ignored) > 0 {
		inv.Notes = append(inv.Notes, "Columns not used: "+strings.Join(ignored, ", ")+".")
	}
	for _, need := range []struct {
		field Field
		text  string
	}{
		{FieldReferences, "No column holds requirement references, so no control is tied to any criterion. Mark the column that names them."},
		{FieldStatus, "No column says whether a control is in operation, so every status is unknown and nothing counts as operated. Mark or add a status column."},
	} {
		if !slices.ContainsFunc(inv.Layout.Columns, func(c Column) bool { return c.Field == need.field }) {
			inv.Notes = append(inv.Notes, need.text)
		}
	}
}

// reader turns the rows of one table into an inventory.
type reader struct {
	inv     *Inventory
	table   *document.Table
	parse   Parse
	context string // sheet name and titles above the header: they may tell the framework

	columns map[Field]int // -1 when absent
	refs    []Column
	marks   map[int]bool // reference columns whose heading is a requirement and whose cells are marks
	mapped  int
	width   int

	seen    map[string]int // normalised code → index in inv.Rows
	section string
	hidden  map[int]bool

	statuses map[string]struct { // what was understood before: cells repeat
		status Status
		note   string
	}
	frequencies map[string]struct{ frequency, note string }
}

func newReader(inv *Inventory, t *document.Table, parse Parse) *reader {
	r := &reader{inv: inv, table: t, parse: parse, seen: map[string]int{}, hidden: map[int]bool{},
		frequencies: map[string]struct{ frequency, note string }{}}
	r.statuses = make(map[string]struct {
		status Status
		note   string
	})
	for _, row := range t.HiddenRows {
		r.hidden[row] = true
	}
	r.context = contextOf(t, inv.Layout.HeaderRow)
	r.use(inv.Layout.Columns)
	r.parse = remember(parse)
	return r
}

// remember returns a parse that reads each text under a heading once: an
// inventory says the same few things over and over.
func remember(parse Parse) Parse {
	type answer struct {
		refs    []framework.Ref
		unknown []string
	}
	known := map[[2]string]answer{}
	return func(text, header string) ([]framework.Ref, []string) {
		if a, ok := known[[2]string{text, header}]; ok {
			return a.refs, a.unknown
		}
		var a answer
		a.refs, a.unknown = parse(text, header)
		if len(known) < 10_000 {
			known[[2]string{text, header}] = a
		}
		return a.refs, a.unknown
	}
}

// use sets the columns the following rows are read with.
func (r *reader) use(columns []Column) {
	r.columns, r.refs, r.marks, r.mapped, r.width = map[Field]int{}, nil, map[int]bool{}, 0, 0
	for _, f := range Fields {
		r.columns[f] = -1
	}
	for _, c := range columns {
		r.width = max(r.width, c.Index+1)
		if c.Field == FieldIgnored {
			continue
		}
		r.mapped++
		r.columns[c.Field] = c.Index
		if c.Field == FieldReferences {
			r.refs = append(r.refs, c)
			r.marks[c.Index] = isReference(c.Header, r.parse)
		}
	}
}

// read walks every row. adapt allows a second table in the sheet, with
// headings of its own, to change the columns.
func (r *reader) read(adapt bool) {
	header := r.inv.Layout.HeaderRow
	var headings []string
	if header > 0 {
		headings = r.table.Rows[header-1]
	}
	other := 0 // header row of a table that is not a list of controls
	for i, cells := range r.table.Rows {
		row := i + 1
		switch {
		case len(cells) == 0 || row == header:
		case row < header:
			r.skip(row, cells, "It stands above the headings.")
		case sameRow(cells, headings):
			other = 0
			r.use(r.inv.Layout.Columns)
			r.skip(row, cells, "It repeats the headings.")
		case row <= header+2 && header > 0 && underHeading(cells, headings):
			r.skip(row, cells, "It continues the headings.")
		case isHeader(cells):
			l := layoutAt(r.table, row, r.parse)
			if r.fits(l) && adapt {
				other = 0
				r.use(l.Columns)
				r.skip(row, cells, "It holds the headings of a second list; the rows below it were read by them.")
				r.inv.Notes = append(r.inv.Notes, fmt.Sprintf("A second list starts in row %d with headings of its own. Check that its controls belong here.", row))
			} else {
				other = row
				r.skip(row, cells, "It holds the headings of another table.")
			}
			r.inv.Alternatives = append(r.inv.Alternatives, l)
		case other > 0:
			r.skip(row, cells, fmt.Sprintf("It belongs to the table that starts in row %d, which is not the list of controls. Choose row %d as the headings to read it.", other, other))
		default:
			r.row(row, cells)
		}
	}
}

// fits reports whether a second layout is a list of controls like the first.
func (r *reader) fits(l Layout) bool {
	has := map[Field]bool{}
	for _, c := range l.Columns {
		has[c.Field] = true
	}
	return (has[FieldTitle] || has[FieldStatement]) && has[FieldReferences] && (has[FieldCode] || r.columns[FieldCode] < 0)
}

func (r *reader) skip(row int, cells []string, reason string) {
	r.inv.Skipped = append(r.inv.Skipped, Skipped{Row: row, Text: shorten(rowText(cells), 120), Reason: reason})
}

// refuse skips a row that somebody should correct.
func (r *reader) refuse(row int, cells []string, reason string) {
	r.skip(row, cells, reason)
	r.inv.Problems = append(r.inv.Problems, r.inv.Skipped[len(r.inv.Skipped)-1])
}

// cell returns what a row holds for a field, cleaned of invisible characters.
func (r *reader) cell(cells []string, f Field) string {
	if i := r.columns[f]; i >= 0 && i < len(cells) {
		return clean(cells[i])
	}
	return ""
}

// row reads one row below the header.
func (r *reader) row(row int, cells []string) {
	if why, section := r.notControl(row, cells); why != "" {
		if section != "" {
			r.section = section
		}
		r.skip(row, cells, why)
		return
	}
	out := Row{Row: row}
	c := &out.Control
	c.Code, c.Domain = oneLine(r.cell(cells, FieldCode)), oneLine(r.cell(cells, FieldDomain))
	c.Title, c.Statement = titleAndStatement(r.cell(cells, FieldTitle), r.cell(cells, FieldStatement))
	if c.Title == "" {
		r.refuse(row, cells, "It has neither a title nor a description, so it cannot be told what it is. Fill in one of them, or repeat the code and title if it continues the row above.")
		return
	}
	if c.Domain == "" && r.columns[FieldDomain] < 0 {
		c.Domain = r.section
	}
	c.Population = r.cell(cells, FieldPopulation)
	out.OwnerText = oneLine(r.cell(cells, FieldOwner))
	r.references(&out, cells)
	r.status(&out, cells)
	r.frequency(&out, cells)
	r.since(&out, cells)
	c.Evidence = evidenceKinds(r.cell(cells, FieldEvidence))
	c.Origin = "imported"
	if r.hidden[row] {
		out.Notes = append(out.Notes, "The row is hidden in the workbook.")
	}
	if !r.code(&out, cells) || !r.limits(&out, cells) {
		return
	}
	key := codeKey(c.Code)
	if first, twice := r.seen[key]; twice {
		r.again(first, &out, cells)
		return
	}
	r.seen[key] = len(r.inv.Rows)
	r.inv.Rows = append(r.inv.Rows, out)
}

// code gives a control without a code one that stays the same when rows move.
func (r *reader) code(out *Row, cells []string) bool {
	c := &out.Control
	if c.Code != "" {
		return true
	}
	if r.columns[FieldCode] < 0 && len(r.refs) == 1 && r.namesControls(r.refs[0]) && len(out.References) == 1 {
		// A statement of applicability lists one requirement a row: its id is what people call the control.
		if text := oneLine(clean(at(cells, r.refs[0].Index))); utf8.RuneCountInString(text) <= maxCode {
			if _, twice := r.seen[codeKey(text)]; !twice {
				c.Code = text
				out.Notes = append(out.Notes, fmt.Sprintf("It has no code of its own; its reference %s became the code.", text))
				return true
			}
		}
	}
	sum := sha256.Sum256([]byte(codeKey(c.Title)))
	c.Code = "C-" + base32.StdEncoding.EncodeToString(sum[:])[:6]
	out.Notes = append(out.Notes, fmt.Sprintf("It has no code; %s was made from its title and stays the same as long as the title does. Give it a code of your own.", c.Code))
	return true
}

// namesControls reports whether a reference column is what the rows are called
// by, as under “Annex A control”, rather than what they serve.
func (r *reader) namesControls(c Column) bool {
	names := headingField(c.Header)
	return !r.marks[c.Index] && (names[FieldCode] > 0 || names[FieldTitle] > 0)
}

// limits shortens what is too long and says so. A code is never shortened: two
// controls could become one.
func (r *reader) limits(out *Row, cells []string) bool {
	c := &out.Control
	if n := utf8.RuneCountInString(c.Code); n > maxCode {
		r.refuse(out.Row, cells, fmt.Sprintf("Its code in column %s has %d characters, and at most %d are kept. Shorten the code.", r.column(FieldCode), n, maxCode))
		return false
	}
	cut := func(s string, f Field, most int) string {
		n := utf8.RuneCountInString(s)
		if n <= most {
			return s
		}
		out.Notes = append(out.Notes, fmt.Sprintf("Row %d, column %s: the %s has %d characters and was cut to %d. Shorten it, or keep the rest in a document of its own.",
			out.Row, r.column(f), f, n, most))
		return string([]rune(s)[:most])
	}
	c.Title = cut(c.Title, FieldTitle, maxTitle)
	c.Statement = cut(c.Statement, FieldStatement, maxStatement)
	c.Domain = cut(c.Domain, FieldDomain, maxShort)
	c.Population = cut(c.Population, FieldPopulation, maxPopulation)
	out.OwnerText = cut(out.OwnerText, FieldOwner, maxShort)
	out.FrequencyText = cut(out.FrequencyText, FieldFrequency, maxShort)
	out.StatusText = cut(out.StatusText, FieldStatus, maxShort)
	if n := len(c.Evidence); n > maxEvidence {
		out.Notes = append(out.Notes, fmt.Sprintf("Row %d, column %s: it names %d kinds of evidence; the first %d were kept. Split the control, or name fewer.", out.Row, r.column(FieldEvidence), n, maxEvidence))
		c.Evidence = c.Evidence[:maxEvidence]
	}
	for i, e := range c.Evidence {
		c.Evidence[i] = cut(e, FieldEvidence, maxShort)
	}
	return true
}

// column returns the letters of the column a field is read from.
func (r *reader) column(f Field) string {
	i := r.columns[f]
	if i < 0 && (f == FieldTitle || f == FieldCode) {
		i = max(r.columns[FieldStatement], r.columns[FieldTitle])
	}
	if i < 0 {
		return "?"
	}
	return document.ColumnName(i)
}

// again deals with a code that was used before. A row that says the same about
// the control adds its references, as in lists with one row per criterion;
// any other is a problem, and neither row is lost without a word.
func (r *reader) again(first int, out *Row, cells []string) {
	old := &r.inv.Rows[first]
	same := codeKey(old.Control.Title) == codeKey(out.Control.Title) &&
		(out.Control.Statement == "" || codeKey(old.Control.Statement) == codeKey(out.Control.Statement))
	if !same {
		r.refuse(out.Row, cells, fmt.Sprintf("Its code %s is already used in row %d for another control (“%s”). Give one of the two a code of its own; only row %d was read.",
			out.Control.Code, old.Row, shorten(old.Control.Title, 60), old.Row))
		old.Notes = append(old.Notes, fmt.Sprintf("Row %d uses the same code %s for another control and was not read.", out.Row, old.Control.Code))
		return
	}
	before := len(old.References)
	old.References = addRefs(old.References, out.References)
	old.Unknown = append(old.Unknown, out.Unknown...)
	for _, e := range out.Control.Evidence {
		if !slices.Contains(old.Control.Evidence, e) && len(old.Control.Evidence) < maxEvidence {
			old.Control.Evidence = append(old.Control.Evidence, e)
		}
	}
	note := fmt.Sprintf("Row %d repeats the control and added %d references.", out.Row, len(old.References)-before)
	if out.Control.Status != old.Control.Status && out.StatusText != "" {
		if weaker(out.Control.Status, old.Control.Status) {
			old.Control.Status = out.Control.Status
		}
		note += fmt.Sprintf(" Its status (“%s”) differs; the weaker of the two was kept.", shorten(out.StatusText, 40))
	}
	old.Notes = append(old.Notes, note)
	r.skip(out.Row, cells, fmt.Sprintf("It repeats %s of row %d; its references were added there.", old.Control.Code, old.Row))
}

// weaker reports whether a claims less than b.
func weaker(a, b Status) bool {
	order := []Status{Unknown, Planned, OnPaper, Operated}
	return slices.Index(order, a) < slices.Index(order, b)
}

// references reads every reference column of a row.
func (r *reader) references(out *Row, cells []string) {
	for _, col := range r.refs {
		text := clean(at(cells, col.Index))
		if text == "" {
			continue
		}
		if r.marks[col.Index] {
			switch markOf(text) {
			case markYes:
				refs, unknown := r.parse(col.Header, col.Header)
				out.References, out.Unknown = addRefs(out.References, refs), append(out.Unknown, unknown...)
				continue
			case markNo:
				continue
			}
			if refs, _ := r.parse(text, col.Header); len(refs) == 0 {
				out.Notes = append(out.Notes, fmt.Sprintf("“%s” under %s is not a mark that is understood, so it ties nothing. Write x for yes, or leave it blank.", shorten(text, 30), oneLine(col.Header)))
				continue
			}
		}
		refs, unknown := under(r.parse, text, col.Header, r.context)
		if len(refs) == 0 && len(unknown) == 0 && markOf(text) != markNo {
			unknown = []string{fmt.Sprintf("%s: nothing in it reads as a requirement; write an id such as CC6.1 or A.5.15", shorten(text, 60))}
		}
		out.References, out.Unknown = addRefs(out.References, refs), append(out.Unknown, unknown...)
	}
	if len(r.refs) > 0 && len(out.References) == 0 && len(out.Unknown) == 0 {
		out.Notes = append(out.Notes, "It names no requirement, so it counts for none.")
	}
}

// addRefs appends the references that are not there yet, in order.
func addRefs(to, more []framework.Ref) []framework.Ref {
	for _, ref := range more {
		if !slices.Contains(to, ref) {
			to = append(to, ref)
		}
	}
	return to
}

func (r *reader) status(out *Row, cells []string) {
	out.StatusText = oneLine(r.cell(cells, FieldStatus))
	if r.columns[FieldStatus] < 0 {
		return // said once for the file
	}
	header := ""
	for _, c := range r.inv.Layout.Columns {
		if c.Field == FieldStatus {
			header = c.Header
		}
	}
	said, known := r.statuses[out.StatusText]
	if !known {
		said.status, said.note = ParseStatus(out.StatusText, header)
		r.statuses[out.StatusText] = said
	}
	out.Control.Status = said.status
	if said.note != "" {
		out.Notes = append(out.Notes, said.note)
	}
}

func (r *reader) frequency(out *Row, cells []string) {
	out.FrequencyText = oneLine(r.cell(cells, FieldFrequency))
	said, known := r.frequencies[out.FrequencyText]
	if !known {
		said.frequency, said.note = ParseFrequency(out.FrequencyText)
		r.frequencies[out.FrequencyText] = said
	}
	frequency, note := said.frequency, said.note
	out.Control.Frequency, out.Control.Kind = frequency, kindOf(frequency)
	if kind, ok := parseKind(r.cell(cells, FieldKind)); ok {
		out.Control.Kind = kind
	}
	if note != "" {
		out.Notes = append(out.Notes, note)
	}
}

// since reads from when on the control is said to operate. What is no day is
// noted and left out: the control itself is none the worse for it.
func (r *reader) since(out *Row, cells []string) {
	text := oneLine(r.cell(cells, FieldSince))
	if text == "" {
		return
	}
	day, ok := cadence.ReadDate(text)
	if !ok || day < earliest || day > latest {
		out.Notes = append(out.Notes, fmt.Sprintf("“%s” in column %s is not a day that can be read in one way only, so nothing was said about since when it operates. Write it as 2026-03-01.", shorten(text, 40), r.column(FieldSince)))
		return
	}
	out.Control.Since = day
}

// notControl tells section titles, totals and remarks from controls. section is
// the title of the section, when it is one.
func (r *reader) notControl(row int, cells []string) (why, section string) {
	filled, first, same := 0, -1, true
	for i, cell := range cells {
		if clean(cell) == "" {
			continue
		}
		if filled++; first < 0 {
			first = i
		}
		same = same && clean(cell) == clean(cells[first])
	}
	if filled == 0 {
		return "It holds only invisible characters.", ""
	}
	text := oneLine(clean(cells[first]))
	title := r.cell(cells, FieldTitle) + r.cell(cells, FieldStatement)
	described := r.cell(cells, FieldStatus) != "" || r.cell(cells, FieldOwner) != "" || r.anyReference(cells)
	complete := (r.cell(cells, FieldStatus) != "" || r.cell(cells, FieldOwner) != "" || r.tagged(cells)) && title != "" && (r.columns[FieldCode] < 0 || r.cell(cells, FieldCode) != "")
	if filled <= 3 && !complete && isTrailer(text) {
		return "It is a remark or a total, not a control.", ""
	}
	if same && r.width > 1 {
		inText := first == r.columns[FieldTitle] || first == r.columns[FieldStatement]
		if inText && first > 0 && r.lowestColumn() < first && (len([]rune(text)) > 60 || strings.HasSuffix(text, ".")) {
			return "", "" // a description with everything else left blank
		}
		if len([]rune(text)) > maxTitle {
			return "It is a remark: long text alone in its row.", ""
		}
		return "It is a section title: nothing else stands in the row. If it is a control, fill in its other cells.", text
	}
	code := oneLine(r.cell(cells, FieldCode))
	if filled <= 2 && r.mapped >= 4 && !described && title != "" {
		if code == "" && first != r.columns[FieldTitle] && first != r.columns[FieldStatement] {
			return "It is a section title: it has no code, owner, status or reference.", oneLine(title)
		}
		refs, unknown := r.parse(code, "")
		group := slices.ContainsFunc(unknown, func(u string) bool { return strings.Contains(u, ": is the group ") })
		if code != "" && (!strings.ContainsFunc(code, unicode.IsDigit) || len(refs) > 0 || group || r.heads(row, code)) {
			return "It is a section title: it has no owner, status or reference, and its code stands above others.", oneLine(title)
		}
	}
	return "", ""
}

// anyReference reports whether a reference column of the row is filled.
func (r *reader) anyReference(cells []string) bool {
	return slices.ContainsFunc(r.refs, func(c Column) bool { return clean(at(cells, c.Index)) != "" })
}

// tagged reports whether a row names a requirement that is known.
func (r *reader) tagged(cells []string) bool {
	for _, c := range r.refs {
		if refs, _ := r.parse(clean(at(cells, c.Index)), c.Header); len(refs) > 0 {
			return true
		}
	}
	return false
}

// lowestColumn returns the leftmost column that is read.
func (r *reader) lowestColumn() int {
	low := r.width
	for _, i := range r.columns {
		if i >= 0 {
			low = min(low, i)
		}
	}
	return low
}

// heads reports whether the next filled row has a code that continues this one,
// as 1.1 continues 1 and AC-01 continues AC, or one of letters below a bare number.
func (r *reader) heads(row int, code string) bool {
	for _, cells := range r.table.Rows[row:] {
		if len(cells) == 0 {
			continue
		}
		below := oneLine(r.cell(cells, FieldCode))
		if !strings.ContainsFunc(code, unicode.IsLetter) && strings.ContainsFunc(below, unicode.IsLetter) {
			return true
		}
		next, ok := strings.CutPrefix(below, strings.TrimRight(code, "."))
		return ok && next != "" && strings.ContainsAny(next[:1], ".-_ ")
	}
	return false
}

// titleAndStatement splits one text into both when only one column holds it.
func titleAndStatement(title, statement string) (string, string) {
	switch {
	case title != "" && statement != "":
		return oneLine(title), statement
	case title == "" && statement == "":
		return "", ""
	case title != "" && utf8.RuneCountInString(title) <= 150 && !strings.Contains(title, "\n"):
		return oneLine(title), ""
	}
	text := title + statement
	head, rest := firstSentence(text)
	switch {
	case rest == "" && utf8.RuneCountInString(head) <= 150:
		return oneLine(head), text
	case utf8.RuneCountInString(head) > 150:
		return shorten(head, 120), text
	case len(strings.Fields(head)) > 10: // prose, not a title: keep it in the statement too
		return oneLine(head), text
	}
	return oneLine(head), rest
}

// firstSentence splits text behind its first sentence or line; head loses its full stop.
func firstSentence(text string) (head, rest string) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			if head = strings.TrimSpace(text[:i]); head != "" {
				return strings.TrimRight(head, ".:"), strings.TrimSpace(text[i:])
			}
		case '.':
			if i+1 < len(text) && text[i+1] != ' ' && text[i+1] != '\n' || abbreviation(text[:i]) {
				continue
			}
			return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:])
		}
	}
	return strings.TrimSpace(text), ""
}

// abbreviation reports whether the word that ends a text is one that takes a
// full stop in the middle of a sentence.
func abbreviation(text string) bool {
	word := strings.ToLower(text[strings.LastIndexAny(text, " \n(")+1:])
	switch word {
	case "incl", "excl", "approx", "resp", "bzw", "vs", "no", "nr", "art", "inc", "ltd", "dept", "max", "min", "cf", "ca", "ex":
		return true
	}
	return strings.Contains(word, ".") || len(word) == 1
}

// at returns a cell, or nothing beyond the end of the row.
func at(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return cells[i]
}

// clean removes what cannot be seen: control characters, zero-width characters,
// and the odd spaces of spreadsheets.
func clean(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return c
		case c == '\u00a0' || c == '\u202f' || c == '\u2007' || c == '\u3000':
			return ' '
		case c < 0x20 || c == 0x7f || c == '\u200b' || c == '\ufeff' || c == '\u2060' || c == '\u00ad':
			return -1
		}
		return c
	}, s)
	return strings.TrimSpace(s)
}

// oneLine joins the lines and runs of spaces of a text.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// shorten returns at most n characters on one line.
func shorten(s string, n int) string {
	r := []rune(oneLine(s))
	if len(r) <= n {
		return string(r)
	}
	return strings.TrimSpace(string(r[:n-1])) + "…"
}

// rowText joins the filled cells of a row.
func rowText(cells []string) string {
	var filled []string
	for _, c := range cells {
		if c = oneLine(clean(c)); c != "" {
			filled = append(filled, c)
		}
	}
	return strings.Join(filled, " | ")
}

// codeKey is what makes two codes or titles the same: letters and digits, whatever their case.
func codeKey(s string) string { return strings.ToLower(oneLine(s)) }
