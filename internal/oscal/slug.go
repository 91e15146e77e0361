package oscal

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Slug writes any id as a token of OSCAL, so that no two ids give the same token
// and Unslug gives the id back. Letters, digits, full stops and hyphens stay;
// anything else becomes its code point in hexadecimal between two underscores,
// an underscore two of them, and a byte that is no text has a full stop in front
// of its code. What does not start with a letter gets "_-" in front, since a
// token may not start with a digit: "CC6.1" stays "CC6.1", "5.1" becomes
// "_-5.1", "AC-2(1)" becomes "AC-2_28_1_29_".
func Slug(id string) string {
	var b strings.Builder
	first, _ := utf8.DecodeRuneInString(id)
	if !unicode.IsLetter(first) {
		b.WriteString("_-")
	}
	for len(id) > 0 {
		c, size := utf8.DecodeRuneInString(id)
		switch {
		case c == utf8.RuneError && size == 1:
			b.WriteString("_." + strconv.FormatUint(uint64(id[0]), 16) + "_")
		case c == '_':
			b.WriteString("__")
		case c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsNumber(c) || c == '.' || c == '-'):
			b.WriteRune(c)
		default:
			b.WriteString("_" + strconv.FormatUint(uint64(c), 16) + "_")
		}
		id = id[size:]
	}
	return b.String()
}

// Unslug returns the id that Slug made the token of; false if it made it of none.
func Unslug(token string) (string, bool) {
	var b strings.Builder
	rest := strings.TrimPrefix(token, "_-")
	for rest != "" {
		at := strings.IndexByte(rest, '_')
		if at < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:at])
		code, after, closed := strings.Cut(rest[at+1:], "_")
		if !closed {
			return "", false
		}
		switch raw, isByte := strings.CutPrefix(code, "."); {
		case code == "":
			b.WriteByte('_')
		case isByte:
			n, err := strconv.ParseUint(raw, 16, 8)
			if err != nil {
				return "", false
			}
			b.WriteByte(byte(n))
		default:
			n, err := strconv.ParseUint(code, 16, 21)
			if err != nil || !utf8.ValidRune(rune(n)) {
				return "", false
			}
			b.WriteRune(rune(n))
		}
		rest = after
	}
	id := b.String()
	return id, Slug(id) == token
}
