package document

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	gmparser "github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Heading is a heading of a Markdown text.
type Heading struct {
	Level int    // 1 to 6
	Text  string // without marks
	ID    string // the id it has in the HTML of Markdown
}

// Outline returns the headings of a Markdown text in their order.
func Outline(source string) []Heading {
	ctx := gmparser.NewContext(gmparser.WithIDs(&headingIDs{used: map[string]bool{}}))
	raw := []byte(source)
	root := renderer().Parser().Parse(text.NewReader(raw), gmparser.WithContext(ctx))
	var out []Heading
	_ = ast.Walk(root, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		h, ok := n.(*ast.Heading)
		if !ok || !enter {
			return ast.WalkContinue, nil
		}
		id, _ := h.AttributeString("id")
		b, _ := id.([]byte)
		out = append(out, Heading{Level: h.Level, Text: plain(h, raw), ID: string(b)})
		return ast.WalkSkipChildren, nil
	})
	return out
}

// plain is the text of a node without its marks.
func plain(n ast.Node, raw []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, enter bool) (ast.WalkStatus, error) {
		if !enter {
			return ast.WalkContinue, nil
		}
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(raw))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.Label(raw))
		case *ast.RawHTML:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return unescape(b.String())
}

// headingIDs makes ids of headings out of their words, in any alphabet.
type headingIDs struct{ used map[string]bool }

// Generate implements gmparser.IDs.
func (h *headingIDs) Generate(value []byte, _ ast.NodeKind) []byte {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToLower(string(value)) {
		switch {
		case n >= 100:
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			b.WriteRune(r)
			n++
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
			n++
		}
	}
	base := "s-" + strings.Trim(b.String(), "-")
	if base == "s-" {
		base = "s-section"
	}
	id := base
	for i := 2; h.used[id]; i++ {
		id = base + "-" + strconv.Itoa(i)
	}
	h.used[id] = true
	return []byte(id)
}

// Put implements gmparser.IDs.
func (h *headingIDs) Put(value []byte) { h.used[string(value)] = true }

// unescape resolves what Markdown lets an author write with a backslash or as an
// entity.
func unescape(s string) string {
	b := util.UnescapePunctuations([]byte(s))
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(b)))
}
