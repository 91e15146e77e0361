// Package notify tells people and machines outside Toucan that something is the
// case: by mail and by webhook. What is to be sent is put into an outbox in the
// transaction of whatever it tells of, and a job sends it. The package knows
// nothing about roles, and nothing about what its messages mean.
package notify

import (
	"html"
	"net/mail"
	"regexp"
	"strings"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Message is one mail of plain text to one person.
type Message struct {
	To      string // bare address, such as ada@example.com
	Subject string // one line
	Text    string // lines end with \n; an address of a page stands on its own line
}

const (
	maxSubject = 200
	maxText    = 64 << 10 // characters
)

// Checked returns the message as it is sent, or an Invalid problem. A line break
// in a header would begin another header, so there is none.
func (m Message) Checked() (Message, error) {
	var err error
	if m.To, err = Address("to", m.To); err != nil {
		return m, err
	}
	if m.Subject, err = db.Line("subject", "The subject", m.Subject, maxSubject); err != nil {
		return m, err
	}
	if m.Subject == "" {
		return m, problem.Field("subject", "Give the mail a subject.")
	}
	m.Text, err = db.Prose("text", "The text", m.Text, maxText)
	return m, err
}

// Address returns a mail address as it is kept: bare, with no name and no
// control characters.
func Address(field, address string) (string, error) {
	address, err := db.Line(field, "The e-mail address", address, 254)
	if err != nil {
		return "", err
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address {
		return "", problem.Field(field, "This is not an e-mail address. It looks like name@example.com.")
	}
	return address, nil
}

var links = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)]`)

// page is the text as the simplest HTML there is: paragraphs, line breaks and
// addresses one can click.
func page(text string) string {
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html><body>\n")
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		b.WriteString("<p>")
		at := 0
		for _, l := range links.FindAllStringIndex(part, -1) {
			b.WriteString(lines(part[at:l[0]]))
			address := html.EscapeString(part[l[0]:l[1]])
			b.WriteString(`<a href="` + address + `">` + address + `</a>`)
			at = l[1]
		}
		b.WriteString(lines(part[at:]) + "</p>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

func lines(text string) string {
	return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\n")
}
