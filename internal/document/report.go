package document

import "time"

// Report is a document as values: the same words leave as PDF and as a page.
type Report struct {
	Title string
	Of    string      // whose it is: the organisation
	At    time.Time   // the moment it speaks of; zone as the reader is to see it
	About string      // one paragraph: what it is, and what it is not
	Facts [][2]string // name and value, at the top
	Parts []Part
	Wide  bool // pages of the PDF lie on their side, for tables of many columns
}

// Part is one stretch of a report. What is empty is left out.
type Part struct {
	Heading string
	Level   int // of the heading: 1 is the largest; 0 means 1
	Text    []string
	Facts   [][2]string
	List    []string
	Table   *Grid
	Note    string // small, below
	Break   bool   // the PDF begins a new page
}

// Grid is a table of a report.
type Grid struct {
	Caption string // what it lists, in a few words
	Head    []string
	Weights []float64 // shares of the width; nil: even
	Rows    [][]string
	None    string // said instead of a table without rows
}

// Stamp is the moment as a report writes it.
func (r Report) Stamp() string { return r.At.Format("2 January 2006, 15:04 MST") }

// PDF writes the report as a PDF with headings, page numbers and heads of tables
// that are repeated on each page.
func (r Report) PDF() ([]byte, error) {
	p := newPDF(r.Title+" · "+r.Of, r.At, r.Wide)
	p.Title(r.Title)
	p.Note(r.Of + " · as of " + r.Stamp())
	if r.About != "" {
		p.Paragraph(r.About)
	}
	p.facts(r.Facts)
	for _, x := range r.Parts {
		p.section(x)
	}
	return p.Bytes()
}

func (p *PDF) facts(list [][2]string) {
	if len(list) == 0 {
		return
	}
	var rows [][]string
	for _, f := range list {
		rows = append(rows, f[:])
	}
	p.Table(nil, []float64{1, 3}, rows)
}

func (p *PDF) section(x Part) {
	if x.Break {
		p.Page()
	}
	if x.Heading != "" {
		p.Heading(max(x.Level, 1), x.Heading)
	}
	for _, t := range x.Text {
		p.Paragraph(t)
	}
	p.facts(x.Facts)
	for _, t := range x.List {
		p.shifted(indent, func() { p.Paragraph("•  " + t) })
	}
	if g := x.Table; g != nil {
		switch {
		case len(g.Rows) > 0:
			p.Table(g.Head, g.Weights, g.Rows)
		case g.None != "":
			p.Paragraph(g.None)
		}
	}
	if x.Note != "" {
		p.Note(x.Note)
	}
}
