package document

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// Markdown writes the blocks of a Markdown text: headings, paragraphs with strong
// and emphasised words, lists in lists, quotations, code and tables. Raw HTML and
// images are left out, as in the function Markdown; the address of a link follows
// its words in brackets where they differ.
func (p *PDF) Markdown(source string) {
	raw := []byte(source)
	p.blocks(renderer().Parser().Parse(text.NewReader(raw)), raw)
	p.f.SetLeftMargin(margin)
	p.body()
}

// blocks writes the children of a block.
func (p *PDF) blocks(parent ast.Node, raw []byte) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		p.block(n, raw)
	}
}

func (p *PDF) block(n ast.Node, raw []byte) {
	switch n := n.(type) {
	case *ast.Heading:
		p.Heading(n.Level, plain(n, raw))
	case *ast.Paragraph, *ast.TextBlock:
		p.inline(n, raw, "")
		p.f.Ln(bodyLine)
		if n.Kind() == ast.KindParagraph {
			p.Space(2)
		}
	case *ast.List:
		p.list(n, raw)
	case *ast.Blockquote:
		p.shifted(indent, func() { p.blocks(n, raw) })
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		p.code(n, raw)
	case *ast.ThematicBreak:
		p.Line()
	case *east.Table:
		p.table(n, raw)
	}
}

// shifted writes with a left margin that is so much wider.
func (p *PDF) shifted(by float64, write func()) {
	left := p.left()
	by = min(by, p.wide-margin-40-left) // lists in lists in lists still leave room for words
	p.f.SetLeftMargin(left + by)
	p.f.SetX(left + by)
	write()
	p.f.SetLeftMargin(left)
	p.f.SetX(left)
}

func (p *PDF) list(n *ast.List, raw []byte) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "•"
		if n.IsOrdered() {
			mark = fmt.Sprintf("%d.", number)
			number++
		}
		p.room(bodyLine)
		p.body()
		wide := max(indent, p.f.GetStringWidth(mark)+2.4)
		p.f.CellFormat(wide, bodyLine, mark, "", 0, "L", false, 0, "")
		p.shifted(wide, func() { p.blocks(item, raw) })
		if n.IsTight {
			p.Space(0.8)
		}
	}
	p.Space(1.6)
}

func (p *PDF) code(n ast.Node, raw []byte) {
	var b strings.Builder
	lines := n.Lines()
	for i := range lines.Len() {
		at := lines.At(i)
		b.Write(at.Value(raw))
	}
	p.f.SetFont(monoFace, "", 8.5)
	p.f.SetFillColor(240, 243, 245)
	p.f.MultiCell(0, 4.6, printable(strings.TrimRight(b.String(), "\n")), "", "L", true)
	p.Space(2.4)
	p.body()
}

func (p *PDF) table(n *east.Table, raw []byte) {
	var head []string
	var rows [][]string
	weights := []float64{}
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		var cells []string
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			words := plain(c, raw)
			if len(cells) == len(weights) {
				weights = append(weights, 8)
			}
			weights[len(cells)] = max(weights[len(cells)], min(float64(len(words)), 60))
			cells = append(cells, words)
		}
		if r.Kind() == east.KindTableHeader {
			head = cells
		} else {
			rows = append(rows, cells)
		}
	}
	p.Table(head, weights, rows)
}

// inline writes the words of a block, each in its style.
func (p *PDF) inline(n ast.Node, raw []byte, style string) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			p.words(unescape(string(c.Segment.Value(raw))), face, style)
			if c.HardLineBreak() {
				p.f.Ln(bodyLine)
			} else if c.SoftLineBreak() {
				p.words(" ", face, style)
			}
		case *ast.String:
			p.words(string(c.Value), face, style)
		case *ast.CodeSpan:
			p.words(plain(c, raw), monoFace, "")
		case *ast.Emphasis:
			p.inline(c, raw, emphasised(style, c.Level))
		case *ast.AutoLink:
			p.words(string(c.Label(raw)), face, style)
		case *ast.Link:
			p.inline(c, raw, style)
			if to := string(c.Destination); to != plain(c, raw) && strings.Contains(to, ":") {
				p.words(" ("+strings.TrimPrefix(to, "mailto:")+")", face, style)
			}
		case *ast.Image, *ast.RawHTML:
		case *east.TaskCheckBox:
			mark := "[ ] "
			if c.IsChecked {
				mark = "[x] "
			}
			p.words(mark, monoFace, "")
		default:
			p.inline(c, raw, style)
		}
	}
}

func emphasised(style string, level int) string {
	add := "I"
	if level > 1 {
		add = "B"
	}
	switch {
	case strings.Contains(style, add):
		return style
	case style == "":
		return add
	}
	return "BI"
}

func (p *PDF) words(text, family, style string) {
	p.f.SetFont(family, style, bodySize)
	p.f.SetTextColor(28, 33, 38)
	p.f.Write(bodyLine, printable(text))
}
