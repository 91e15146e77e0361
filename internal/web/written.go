package web

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/toucan-grc/toucan/internal/document"
)

// written draws the text of a policy or a lesson. It is the one place where HTML
// that is not of a template enters a page: document.Markdown made it safe.
func written(markdown string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, document.Markdown(markdown))
		return err
	})
}
