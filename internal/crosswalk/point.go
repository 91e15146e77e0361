package crosswalk

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Point is one point of focus, or whatever a framework calls its testable parts,
// as a customer with a licence for the text brought it in. None ships.
type Point struct {
	Requirement string // id in the framework
	Number      string // as the file has it, or its place below the requirement
	Text        string
}

// PointSheet is a list of points as read from a file. Nothing of it can be
// imported while it has faults.
type PointSheet struct {
	File      string
	Framework string
	Points    []Point
	Rows      []int // the row each stands in, as a spreadsheet numbers it
	Filled    int   // points whose requirement was taken from the row above
	Faults    []PointFault
}

// PointFault is something wrong with one cell, and how to put it right.
type PointFault struct {
	File, Sheet string
	Row         int
	Field       string
	Text        string
}

// String returns the fault with its place.
func (f PointFault) String() string {
	place := f.File
	if f.Sheet != "" && f.Sheet != f.File {
		place += ", sheet " + f.Sheet
	}
	return fmt.Sprintf("%s, row %d, %s: %s", place, f.Row, f.Field, f.Text)
}

const (
	maxPoints      = 5_000
	maxPointText   = 4_000
	maxPointNumber = 40
	maxPointFaults = 100
)

// pointHeadings are what columns are called, in small letters and digits only.
var pointHeadings = map[string]string{
	"criterion": "requirement", "criteria": "requirement", "requirement": "requirement", "requirementid": "requirement", "criterionid": "requirement", "criteriaid": "requirement",
	"ref": "requirement", "reference": "requirement", "id": "requirement", "tsc": "requirement", "tscref": "requirement", "clause": "requirement", "control": "requirement", "controlid": "requirement",
	"number": "number", "no": "number", "nr": "number", "point": "number", "pointid": "number", "pointnumber": "number", "pofid": "number", "pof": "number", "pointno": "number", "item": "number",
	"text": "text", "pointoffocus": "text", "pointsoffocus": "text", "description": "text", "pointtext": "text", "wording": "text", "statement": "text",
}

var notPlainHeading = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// pointColumns finds the columns of a row of headings; false if it is none.
func pointColumns(row []string) (map[string]int, bool) {
	cols := map[string]int{}
	for i, cell := range row {
		if field := pointHeadings[notPlainHeading.ReplaceAllString(strings.ToLower(cell), "")]; field != "" {
			if _, taken := cols[field]; !taken {
				cols[field] = i
			}
		}
	}
	_, requirement := cols["requirement"]
	_, text := cols["text"]
	return cols, requirement && text
}

// ReadPoints reads points of focus of a framework from a CSV or XLSX file. The row
// of headings is the first that names the requirement and the text; a column with
// a number is optional. An empty requirement means the one above, as spreadsheets
// group them. Faults name the row and the column; the error is for files that are
// no such list at all.
func ReadPoints(file string, data []byte, f *framework.Framework, catalogue *framework.Catalogue) (*PointSheet, error) {
	book, err := document.ReadTables(file, data, document.Limits{Bytes: 10 << 20, Rows: 4 * maxPoints, Columns: 100, Cell: 4 * maxPointText})
	if err != nil {
		return nil, err
	}
	for _, t := range book.Tables {
		for i, row := range t.Rows[:min(20, len(t.Rows))] {
			if cols, ok := pointColumns(row); ok {
				r := pointReader{sheet: &PointSheet{File: file, Framework: f.ID}, name: t.Name, f: f, catalogue: catalogue, cols: cols, seen: map[[2]string]int{}, last: map[string]int{}}
				for n, row := range t.Rows[i+1:] {
					r.row(i+2+n, row)
				}
				return r.sheet, r.enough()
			}
		}
	}
	return nil, problem.Field("file", file+" has no row of headings with a requirement and a text. Give the columns the headings Criterion, Number and Text.")
}

// pointReader reads the rows below the headings.
type pointReader struct {
	sheet     *PointSheet
	name      string
	f         *framework.Framework
	catalogue *framework.Catalogue
	cols      map[string]int
	above     string            // requirement of the row above; empty when it had a fault
	seen      map[[2]string]int // requirement and number: the row that has them
	last      map[string]int    // numbers given by us, by requirement
}

func (r *pointReader) fault(row int, field, format string, args ...any) {
	if len(r.sheet.Faults) < maxPointFaults {
		r.sheet.Faults = append(r.sheet.Faults, PointFault{r.sheet.File, r.name, row, field, fmt.Sprintf(format, args...)})
	}
}

// cell returns what a row has in a column.
func (r *pointReader) cell(row []string, field string) string {
	i, ok := r.cols[field]
	if !ok || i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}

func (r *pointReader) row(n int, row []string) {
	id, number, text := r.cell(row, "requirement"), r.cell(row, "number"), r.cell(row, "text")
	if id == "" && number == "" && text == "" {
		return
	}
	filled := id == ""
	if filled {
		if id = r.above; id == "" {
			r.fault(n, "requirement", "It is empty, and the row above names none that is known. Write the identifier, such as %s.", r.f.Asked()[0].ID)
			return
		}
	} else {
		found, ok := r.requirement(id)
		if r.above = found; !ok {
			r.fault(n, "requirement", "%s has no requirement %q. Write one identifier of it, such as %s.", r.f.Short, excerptOf(id, 40), r.f.Asked()[0].ID)
			return
		}
		id = found
	}
	if text == "" {
		if number != "" {
			r.fault(n, "text", "It is empty. Write the text of point %s, or take the row out.", excerptOf(number, maxPointNumber))
		}
		return // a heading: the requirement alone
	}
	var err error
	if text, err = db.Prose("text", "The text", text, maxPointText); err == nil {
		number, err = db.Line("number", "The number", number, maxPointNumber)
	}
	if err != nil {
		p := problem.Of(err)
		r.fault(n, p.Field, "%s", p.Text)
		return
	}
	if number == "" {
		for number == "" || r.seen[[2]string{id, number}] != 0 {
			r.last[id]++
			number = strconv.Itoa(r.last[id])
		}
	}
	if first := r.seen[[2]string{id, number}]; first != 0 {
		r.fault(n, "number", "%s has a point %s in row %d already. Give each point its own number, or leave the column out.", id, number, first)
		return
	}
	r.seen[[2]string{id, number}] = n
	if filled {
		r.sheet.Filled++
	}
	r.sheet.Points, r.sheet.Rows = append(r.sheet.Points, Point{id, number, text}), append(r.sheet.Rows, n)
}

// requirement finds what a cell names: the identifier, or a spelling of it.
func (r *pointReader) requirement(text string) (string, bool) {
	if q, ok := r.f.Find(text); ok && q.Kind == framework.KindRequirement {
		return q.ID, true
	}
	refs, unknown := r.catalogue.References(text, framework.Hint{Frameworks: []string{r.f.ID}})
	if len(refs) == 1 && len(unknown) == 0 && refs[0].Framework == r.f.ID {
		return refs[0].ID, true
	}
	return "", false
}

// enough refuses a list without points or with too many.
func (r *pointReader) enough() error {
	switch n := len(r.sheet.Points); {
	case n == 0 && len(r.sheet.Faults) == 0:
		return problem.Field("file", r.sheet.File+" has headings and no point below them. Check that the right sheet comes first.")
	case n > maxPoints:
		return problem.Field("file", fmt.Sprintf("%s has %d points; at most %d are kept. Leave out what is not a point of focus.", r.sheet.File, n, maxPoints))
	}
	return nil
}

// excerptOf is the beginning of a text, for a message.
func excerptOf(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
