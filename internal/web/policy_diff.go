package web

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"

	"github.com/toucan-grc/toucan/internal/document"
)

// diffView is a comparison as a page draws it.
type diffView struct {
	Label     string // spoken
	Nothing   string // said when the texts are the same
	Differs   bool
	Stretches []document.Stretch
	Deleted   int // words
	Inserted  int
}

const diffAround = 2 // unchanged lines that stay visible beside a change

// diffOf compares two texts for a page.
func diffOf(label, nothing, was, is string) diffView {
	lines := document.Compare(was, is)
	d := diffView{Label: label, Nothing: nothing}
	for _, l := range lines {
		d.Differs = d.Differs || l.Changed()
	}
	if d.Differs {
		d.Stretches = document.Fold(lines, diffAround)
		d.Deleted, d.Inserted = document.WordsChanged(lines)
	}
	return d
}

// diffKind is the class of a line of a comparison.
func diffKind(l document.Line) string {
	switch {
	case !l.Changed():
		return "diff-same"
	case l.Only(document.Inserted):
		return "diff-came"
	case l.Only(document.Deleted):
		return "diff-went"
	}
	return "diff-both"
}

// diffSign stands at the edge of a line.
func diffSign(l document.Line) string {
	switch diffKind(l) {
	case "diff-came":
		return "+"
	case "diff-went":
		return "−"
	case "diff-both":
		return "±"
	}
	return ""
}

// diffWords draws a line with its marks. It is put together here because a template
// would add spaces that stand in neither text.
func diffWords(l document.Line) templ.Component {
	var b strings.Builder
	for _, e := range l.Edits {
		text := templ.EscapeString(e.Text)
		switch e.Op {
		case document.Deleted:
			b.WriteString(`<del><span class="sr">[deleted: </span>` + text + `<span class="sr">]</span></del>`)
		case document.Inserted:
			b.WriteString(`<ins><span class="sr">[added: </span>` + text + `<span class="sr">]</span></ins>`)
		default:
			b.WriteString(text)
		}
	}
	if len(l.Edits) == 0 {
		b.WriteString("<br>")
	}
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, b.String())
		return err
	})
}
