package document

import (
	"bytes"
	"regexp"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmparser "github.com/yuin/goldmark/parser"
)

// renderer reads CommonMark with tables, strikethrough and lists of tasks. Headings
// get ids, so that a table of contents can lead to them.
var renderer = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList), goldmark.WithParserOptions(gmparser.WithAutoHeadingID()))
})

// allowed is what may stand in a page: what Markdown makes, and nothing that runs,
// loads or looks like a part of Toucan.
var allowed = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code",
		"em", "strong", "del", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^s-[\p{L}\p{N}_-]{1,120}$`)).OnElements("h1", "h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,6}$`)).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
})

// Markdown turns the text of a policy or a lesson into HTML that is safe to put
// into a page. Raw HTML in the text is dropped, images are not loaded. The id of a
// heading begins with "s-".
func Markdown(text string) string {
	var b bytes.Buffer
	ctx := gmparser.NewContext(gmparser.WithIDs(&headingIDs{used: map[string]bool{}}))
	if err := renderer().Convert([]byte(text), &b, gmparser.WithContext(ctx)); err != nil {
		return "" // a bytes.Buffer takes everything: it cannot fail
	}
	return allowed().Sanitize(b.String())
}
