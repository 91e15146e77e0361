package document

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
)

// PDF is a document on A4 in the making: one face, headings, paragraphs, tables,
// and at the foot of each page its title and number. The same calls make the same
// bytes. Letters beyond Latin, Greek and Cyrillic are printed as an empty box. The
// pages are not tagged for screen readers: offer the same text as HTML as well.
type PDF struct {
	f          *fpdf.Fpdf
	wide, high float64 // of a page, in millimetres
}

// Measures of a page, in millimetres; sizes of type are in points.
const (
	margin   = 22.0
	bodySize = 10.0
	bodyLine = 5.2
	indent   = 6.0
	pageHigh = 297.0
	pageWide = 210.0
	footHigh = 18.0
)

const face, monoFace = "go", "gomono"

// NewPDF begins a document; at is the moment written into it.
func NewPDF(title string, at time.Time) *PDF { return newPDF(title, at, false) }

// newPDF begins a document, whose pages may lie on their side for tables of many columns.
func newPDF(title string, at time.Time, lying bool) *PDF {
	wide, high, orientation := pageWide, pageHigh, "P"
	if lying {
		wide, high, orientation = pageHigh, pageWide, "L"
	}
	f := fpdf.New(orientation, "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(at.UTC())
	f.SetModificationDate(at.UTC())
	f.SetProducer("Toucan", true)
	f.SetTitle(printable(title), true)
	f.SetLang("en")
	for _, font := range []struct {
		family, style string
		data          []byte
	}{{face, "", goregular.TTF}, {face, "B", gobold.TTF}, {face, "I", goitalic.TTF}, {face, "BI", gobolditalic.TTF}, {monoFace, "", gomono.TTF}} {
		f.AddUTF8FontFromBytes(font.family, font.style, bytes.Clone(font.data)) // fpdf renumbers the parts of accented letters in the bytes it is given
	}
	f.SetMargins(margin, margin, margin)
	f.SetAutoPageBreak(true, margin+2)
	f.AliasNbPages("{pages}")
	f.SetFooterFunc(func() {
		left, _, _, _ := f.GetMargins()
		f.SetLeftMargin(margin)
		f.SetDrawColor(205, 210, 214)
		f.SetLineWidth(0.2)
		f.Line(margin, high-footHigh, wide-margin, high-footHigh)
		f.SetY(high - footHigh + 2)
		f.SetFont(face, "", 8)
		f.SetTextColor(95, 103, 110)
		f.CellFormat(wide-2*margin-30, 5, shorten(f, printable(title), wide-2*margin-32), "", 0, "L", false, 0, "")
		f.CellFormat(30, 5, fmt.Sprintf("Page %d of {pages}", f.PageNo()), "", 0, "R", false, 0, "")
		f.SetLeftMargin(left)
	})
	p := &PDF{f, wide, high}
	f.AddPage()
	p.body()
	return p
}

// body goes back to running text.
func (p *PDF) body() {
	p.f.SetFont(face, "", bodySize)
	p.f.SetTextColor(28, 33, 38)
}

// Title writes the name of the document, once, at its top.
func (p *PDF) Title(text string) {
	p.f.SetFont(face, "B", 20)
	p.f.SetTextColor(15, 22, 28)
	p.f.MultiCell(0, 9, printable(text), "", "L", false)
	p.Space(1)
	p.body()
}

// Heading writes a heading; level 1 is the largest.
func (p *PDF) Heading(level int, text string) {
	size := map[int]float64{1: 15, 2: 12.5, 3: 11}[level]
	if size == 0 {
		size = bodySize
	}
	p.room(size + 2*bodyLine)
	p.Space(size * 0.3)
	p.f.SetFont(face, "B", size)
	p.f.SetTextColor(15, 22, 28)
	p.f.Bookmark(printable(text), min(max(level, 1), 4)-1, -1)
	p.f.MultiCell(0, size*0.48, printable(text), "", "L", false)
	p.Space(1.2)
	p.body()
}

// Paragraph writes running text.
func (p *PDF) Paragraph(text string) {
	p.f.MultiCell(0, bodyLine, printable(text), "", "L", false)
	p.Space(2)
}

// Note writes small grey text.
func (p *PDF) Note(text string) {
	p.f.SetFont(face, "", 8.5)
	p.f.SetTextColor(95, 103, 110)
	p.f.MultiCell(0, 4.4, printable(text), "", "L", false)
	p.Space(2)
	p.body()
}

// Centre writes a line in the middle, in a size in points; strong makes it bold.
func (p *PDF) Centre(size float64, strong bool, text string) {
	style := ""
	if strong {
		style = "B"
	}
	p.f.SetFont(face, style, size)
	p.f.MultiCell(0, size*0.5, printable(text), "", "C", false)
	p.body()
}

// Space leaves millimetres free.
func (p *PDF) Space(mm float64) { p.f.Ln(mm) }

// Page begins a new page.
func (p *PDF) Page() { p.f.AddPage(); p.body() }

// Line draws a thin line over the width of the text.
func (p *PDF) Line() {
	p.Space(2)
	p.f.SetDrawColor(205, 210, 214)
	p.f.SetLineWidth(0.2)
	p.f.Line(margin, p.f.GetY(), p.wide-margin, p.f.GetY())
	p.Space(3)
}

// room begins a new page if less than so many millimetres are left.
func (p *PDF) room(mm float64) {
	if p.f.GetY()+mm > p.high-margin-2 {
		p.f.AddPage()
	}
}

// Table writes a table over the whole width, whose head is repeated on each page.
// The columns share the width as the weights say; without weights evenly. A nil
// head writes none: the first cell of each row is its name then, in bold.
func (p *PDF) Table(head []string, weights []float64, rows [][]string) {
	n := len(head)
	for _, r := range rows {
		n = max(n, len(r))
	}
	if n == 0 {
		return
	}
	wide := shares(n, weights, p.wide-margin-p.left())
	if head != nil {
		p.row(head, wide, "B", true, nil)
	}
	for _, r := range rows {
		p.row(r, wide, "", false, head)
	}
	p.Space(3)
	p.body()
}

func (p *PDF) left() float64 { left, _, _, _ := p.f.GetMargins(); return left }

// shares splits a width among columns.
func shares(n int, weights []float64, width float64) []float64 {
	out, sum := make([]float64, n), 0.0
	for i := range out {
		out[i] = 1
		if i < len(weights) && weights[i] > 0 {
			out[i] = weights[i]
		}
		sum += out[i]
	}
	for i := range out {
		out[i] *= width / sum
	}
	return out
}

const (
	cellSize = 9.0
	cellLine = 4.5
	cellPad  = 1.4
)

// row writes one row, as high as its highest cell. A row that does not fit begins
// a page, under the head; one higher than a page goes on over the next.
func (p *PDF) row(cells []string, wide []float64, style string, filled bool, head []string) {
	lines := make([][]string, len(wide))
	most := 1
	for i := range wide {
		if i >= len(cells) {
			continue
		}
		p.f.SetFont(face, p.cellStyle(style, i, head, filled), cellSize)
		lines[i] = split(p.f, printable(cells[i]), wide[i]-2*cellPad)
		most = max(most, len(lines[i]))
	}
	for from := 0; from < most; {
		free := int((p.high - margin - 2 - p.f.GetY() - 2*cellPad) / cellLine)
		whole := int((p.high - 2*margin - 16) / cellLine)
		if free < 1 || free < most-from && most-from <= whole {
			p.f.AddPage()
			if head != nil {
				p.row(head, wide, "B", true, nil)
			}
			continue
		}
		n := min(most-from, free)
		p.part(lines, wide, from, n, func(i int) string { return p.cellStyle(style, i, head, filled) }, filled)
		from += n
	}
}

func (p *PDF) cellStyle(style string, column int, head []string, filled bool) string {
	if head == nil && !filled && column == 0 {
		return "B"
	}
	return style
}

// part writes n lines of a row, from one of them on.
func (p *PDF) part(lines [][]string, wide []float64, from, n int, style func(int) string, filled bool) {
	x, y, high := p.left(), p.f.GetY(), float64(n)*cellLine+2*cellPad
	total := 0.0
	for _, w := range wide {
		total += w
	}
	if filled {
		p.f.SetFillColor(240, 243, 245)
		p.f.Rect(x, y, total, high, "F")
	}
	for i, w := range wide {
		p.f.SetFont(face, style(i), cellSize)
		p.f.SetTextColor(28, 33, 38)
		for k := from; k < min(from+n, len(lines[i])); k++ {
			p.f.SetXY(x+cellPad, y+cellPad+float64(k-from)*cellLine)
			p.f.CellFormat(w-2*cellPad, cellLine, lines[i][k], "", 0, "L", false, 0, "")
		}
		x += w
	}
	p.f.SetDrawColor(205, 210, 214)
	p.f.SetLineWidth(0.2)
	p.f.Line(p.left(), y+high, p.left()+total, y+high)
	p.f.SetXY(p.left(), y+high)
}

// split breaks text into lines of a width; a word wider than that is cut.
func split(f *fpdf.Fpdf, text string, width float64) []string {
	var out []string
	for _, para := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(para) {
			for {
				try := word
				if line != "" {
					try = line + " " + word
				}
				if f.GetStringWidth(try) <= width {
					line = try
					break
				}
				if line != "" {
					out, line = append(out, line), ""
					continue
				}
				head, rest := fit(f, word, width)
				out, word = append(out, head), rest
				if rest == "" {
					break
				}
			}
		}
		out = append(out, line)
	}
	return out
}

// fit cuts a word where the width ends, after one letter at least.
func fit(f *fpdf.Fpdf, word string, width float64) (head, rest string) {
	letters := []rune(word)
	n := 1
	for n < len(letters) && f.GetStringWidth(string(letters[:n+1])) <= width {
		n++
	}
	return string(letters[:n]), string(letters[n:])
}

// shorten shortens a line to a width.
func shorten(f *fpdf.Fpdf, text string, width float64) string {
	if f.GetStringWidth(text) <= width {
		return text
	}
	head, _ := fit(f, text, width-4)
	return strings.TrimSpace(head) + "…"
}

// printable is text as the fonts take it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t' || r == '\u00a0' || r == '\u202f':
			return ' '
		case r < ' ' || r == 0x7f || r == '\u00ad' || r == '\u200b':
			return -1
		case r > 0xffff:
			return '□'
		}
		return r
	}, strings.ToValidUTF8(text, "□"))
}

// Bytes ends the document and returns it.
func (p *PDF) Bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := p.f.Output(&b); err != nil {
		return nil, fmt.Errorf("a PDF cannot be written: %w", err)
	}
	return b.Bytes(), nil
}
