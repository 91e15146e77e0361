package db

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Line returns text fit for a field of one line: trimmed, with no control
// characters, at most max characters. label begins the sentence of the Invalid
// problem it returns otherwise, such as "The title".
func Line(field, label, text string, max int) (string, error) {
	text = strings.TrimSpace(text)
	if err := keepable(field, label, text, max); err != nil {
		return "", err
	}
	if i := strings.IndexFunc(text, unicode.IsControl); i >= 0 {
		return "", problem.Field(field, label+" must be one line without control characters.")
	}
	return text, nil
}

// Prose is Line for text of several lines: line breaks and tabs stay.
func Prose(field, label, text string, max int) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if err := keepable(field, label, text, max); err != nil {
		return "", err
	}
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			return "", problem.Field(field, label+" contains a control character. Type it anew, or paste it as plain text.")
		}
	}
	return text, nil
}

// keepable checks what both engines must be able to store: PostgreSQL takes
// neither broken UTF-8 nor NUL.
func keepable(field, label, text string, max int) error {
	if !utf8.ValidString(text) {
		return problem.Field(field, label+" is not valid UTF-8 text. Type it anew, or save the file as UTF-8.")
	}
	if n := utf8.RuneCountInString(text); n > max {
		return problem.Field(field, fmt.Sprintf("%s has %d characters; %d fit. Shorten it.", label, n, max))
	}
	return nil
}
