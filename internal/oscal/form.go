package oscal

import (
	"strings"
	"time"
	"unicode"

	"github.com/toucan-grc/toucan/internal/document"
)

// malformed says what is wrong with a text of that form, or nothing.
func malformed(form, text string) string {
	shown := document.Brief(text)
	switch form {
	case "uuid":
		if !IsUUID(text) {
			return "The uuid " + quoted(shown) + " is none of version 4 or 5, such as 5f6a0d64-8f4c-4c2e-9a43-2a9d1f0c7b11. Let the program that wrote the file make one."
		}
	case "token":
		if !IsToken(text) {
			return quoted(shown) + " is no token: it must start with a letter or _, and go on with letters, digits, full stops, - and _ only."
		}
	case "text":
		if !IsText(text) {
			return "The text is empty, starts or ends with a blank, or has a line break. Write it on one line without blanks around it."
		}
	case "line":
		if text == "" || strings.Contains(text, "\n") {
			return "The text is empty or has a line break. Write it on one line."
		}
	case "time":
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
			return quoted(shown) + " is no moment with a time zone. Write it like 2026-11-26T09:00:00Z."
		}
	case "uri":
		if strings.ContainsAny(text, " \t\r\n<>\"{}|\\^`") {
			return quoted(shown) + " is no address: it holds a blank or a character that must be escaped."
		}
	}
	return ""
}

func quoted(text string) string { return "“" + text + "”" }

// IsToken reports whether a text is a token of OSCAL, the form of its ids.
func IsToken(text string) bool {
	for i, c := range text {
		if !(unicode.IsLetter(c) || c == '_' || i > 0 && (unicode.IsNumber(c) || c == '.' || c == '-')) {
			return false
		}
	}
	return text != "" && !strings.ContainsRune(text, unicode.ReplacementChar)
}

// IsText reports whether a text is a string of OSCAL: one line, no blanks around it.
func IsText(text string) bool {
	return text != "" && !strings.ContainsAny(text, "\n\r\u2028\u2029") && strings.TrimFunc(text, blank) == text
}

// blank is what the schema's \s matches, which is a little more than unicode.IsSpace.
func blank(c rune) bool { return unicode.IsSpace(c) || c == '\ufeff' }

// IsUUID reports whether a text is a UUID of version 4 or 5.
func IsUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if c >= 'A' && c <= 'F' {
			c += 'a' - 'A'
		}
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f'):
			return false
		case i == 14 && c != '4' && c != '5':
			return false
		case i == 19 && !strings.ContainsRune("89ab", rune(c)):
			return false
		}
	}
	return true
}

// Stamp writes a moment as OSCAL wants it, in UTC.
func Stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }
