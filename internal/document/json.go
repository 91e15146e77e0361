package document

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// ReadJSON reads a JSON file as RFC 8259 has it: one value, nothing behind it.
// See ReadTree.
func ReadJSON(data []byte) (*Node, []Flaw) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if refused := readable(data, maxTree); refused != nil {
		return nil, refused
	}
	r := jsonReader{text: string(data), line: 1}
	var root Node
	r.blank()
	if r.at == len(r.text) {
		return nil, []Flaw{{1, "The file is empty. Choose the one that was meant."}}
	}
	if r.value(&root, 0); r.broken == nil {
		if r.blank(); r.at < len(r.text) {
			r.fail("Something follows after the end of the document. Remove it.")
		}
	}
	if r.broken != nil {
		return nil, append(r.flaws, *r.broken)
	}
	return &root, r.flaws
}

// jsonReader walks the text once. encoding/json knows no lines, and keeps the
// last of two equal names without a word.
type jsonReader struct {
	text   string
	at     int
	line   int
	nodes  int
	flaws  []Flaw
	broken *Flaw // set once; ends the reading
}

func (r *jsonReader) fail(format string, args ...any) {
	if r.broken == nil {
		r.broken = &Flaw{r.line, fmt.Sprintf(format, args...)}
	}
}

func (r *jsonReader) blank() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case '\n':
			r.line++
		case ' ', '\t', '\r':
		default:
			return
		}
		r.at++
	}
}

// peek returns the next character that is not blank; 0 at the end.
func (r *jsonReader) peek() byte {
	r.blank()
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

// found says what stands here, for a sentence.
func (r *jsonReader) found() string {
	if r.at >= len(r.text) {
		return "the end of the file"
	}
	return strconv.Quote(string([]rune(r.text[r.at:min(len(r.text), r.at+8)])[:1]))
}

func (r *jsonReader) value(n *Node, depth int) {
	c := r.peek()
	n.Line = r.line
	if r.nodes++; r.nodes > maxTreeNodes {
		r.fail("The file holds more than %d values. Split it.", maxTreeNodes)
		return
	}
	switch {
	case c == '{' || c == '[':
		if depth >= maxTreeDepth {
			r.fail("Objects and lists are nested more than %d deep. No document of this kind is.", maxTreeDepth)
			return
		}
		r.at++
		if c == '{' {
			n.Kind = ObjectNode
			r.items(n, depth, '}')
			twice(n, &r.flaws)
		} else {
			n.Kind = ListNode
			r.items(n, depth, ']')
		}
	case c == '"':
		n.Kind, n.Text = StringNode, r.str()
	case c == '-' || c >= '0' && c <= '9':
		n.Kind, n.Text = NumberNode, r.number()
	default:
		r.word(n)
	}
}

// items reads a list, or an object with names in front of its values.
func (r *jsonReader) items(n *Node, depth int, end byte) {
	if r.peek() == end {
		r.at++
		return
	}
	for r.broken == nil {
		var item Node
		if end == '}' {
			if r.peek() != '"' {
				r.fail("Here a name in double quotes must stand, not %s.", r.found())
				return
			}
			line := r.line
			item.Key = r.str()
			if r.peek() != ':' {
				r.fail("Behind the name %q a colon is missing.", Brief(item.Key))
				return
			}
			r.at++
			r.value(&item, depth+1)
			item.Line = line // where a person looks for it
		} else {
			r.value(&item, depth+1)
		}
		n.Items = append(n.Items, item)
		switch c := r.peek(); c {
		case ',':
			r.at++
		case end:
			r.at++
			return
		default:
			r.fail("Here a comma or %q must stand, not %s. A bracket or a quote before it may be missing.", string(end), r.found())
		}
	}
}

func (r *jsonReader) word(n *Node) {
	for _, w := range []struct {
		text string
		kind NodeKind
	}{{"true", BoolNode}, {"false", BoolNode}, {"null", NullNode}} {
		if strings.HasPrefix(r.text[r.at:], w.text) {
			n.Kind, n.Text = w.kind, w.text
			r.at += len(w.text)
			return
		}
	}
	r.fail("Here a value must stand, not %s. Texts are put in double quotes.", r.found())
}

func (r *jsonReader) number() string {
	start := r.at
	digits := func() bool {
		from := r.at
		for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' {
			r.at++
		}
		return r.at > from
	}
	next := func(set string) bool {
		if r.at < len(r.text) && strings.IndexByte(set, r.text[r.at]) >= 0 {
			r.at++
			return true
		}
		return false
	}
	next("-")
	zero := r.at < len(r.text) && r.text[r.at] == '0'
	whole := r.at
	ok := digits() && (!zero || r.at == whole+1)
	if ok && next(".") {
		ok = digits()
	}
	if ok && next("eE") {
		next("+-")
		ok = digits()
	}
	if !ok {
		r.fail("The number %q is not written as JSON has it.", Brief(r.text[start:min(len(r.text), r.at+1)]))
	}
	if r.at-start > 100 {
		r.fail("The number has %d digits. No figure in such a document has so many.", r.at-start)
	}
	return r.text[start:r.at]
}

// str reads a text from its opening quote to its closing one.
func (r *jsonReader) str() string {
	r.at++
	start := r.at
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return r.text[start : r.at-1]
		case c == '\\':
			return r.escaped(start)
		case c < 0x20:
			r.fail("A text holds a line break or a control character. Close the quote on its own line, or write \\n.")
			return ""
		}
		r.at++
	}
	r.fail("The file ends within a text. A quote is missing, or the file was cut off.")
	return ""
}

// escaped goes on with a text in which a backslash was found.
func (r *jsonReader) escaped(start int) string {
	var b strings.Builder
	b.WriteString(r.text[start:r.at])
	for r.at < len(r.text) {
		c := r.text[r.at]
		switch {
		case c == '"':
			r.at++
			return b.String()
		case c < 0x20:
			r.fail("A text holds a line break or a control character. Close the quote on its own line, or write \\n.")
			return ""
		case c != '\\':
			b.WriteByte(c)
			r.at++
			continue
		}
		if r.at+1 >= len(r.text) {
			break
		}
		esc := r.text[r.at+1]
		r.at += 2
		if at := strings.IndexByte(`"\/bfnrt`, esc); at >= 0 {
			b.WriteByte("\"\\/\b\f\n\r\t"[at])
			continue
		}
		code, ok := r.hex()
		if esc != 'u' || !ok {
			r.fail("The escape \\%s is none that JSON knows. Write a backslash twice if it is meant as such.", Brief(string(rune(esc))))
			return ""
		}
		if utf16.IsSurrogate(code) {
			low, ok := rune(0), false
			if strings.HasPrefix(r.text[r.at:], `\u`) {
				r.at += 2
				low, ok = r.hex()
			}
			if code = utf16.DecodeRune(code, low); !ok || code == 0xfffd {
				r.fail("The escape \\u stands for half a character. Save the file again as UTF-8.")
				return ""
			}
		}
		b.WriteRune(code)
	}
	r.fail("The file ends within a text. A quote is missing, or the file was cut off.")
	return ""
}

// hex reads four hexadecimal digits.
func (r *jsonReader) hex() (rune, bool) {
	if r.at+4 > len(r.text) {
		return 0, false
	}
	code, err := strconv.ParseUint(r.text[r.at:r.at+4], 16, 16)
	if err != nil {
		return 0, false
	}
	r.at += 4
	return rune(code), true
}
