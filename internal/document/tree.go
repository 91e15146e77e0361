package document

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Node is one value of a JSON or YAML file with the line it starts on, so that a
// reader can say where a fault is. A node never changes once read.
type Node struct {
	Kind  NodeKind
	Line  int    // counted from 1
	Key   string // its name when it stands in an object
	Text  string // of a string, a number, "true" or "false"
	Items []Node // of a list, or the fields of an object in file order
}

// NodeKind says what a node is.
type NodeKind uint8

// The kinds of a node.
const (
	NullNode NodeKind = iota
	BoolNode
	NumberNode
	StringNode
	ListNode
	ObjectNode
)

// String names the kind as a sentence needs it: "a list".
func (k NodeKind) String() string {
	return [...]string{"null", "true or false", "a number", "a text", "a list", "an object"}[k]
}

// Find returns the field of an object; nil if there is none.
func (n *Node) Find(key string) *Node {
	if n == nil || n.Kind != ObjectNode {
		return nil
	}
	for i := range n.Items {
		if n.Items[i].Key == key {
			return &n.Items[i]
		}
	}
	return nil
}

// TextOf returns a field as it is written, if it is a text, a number or a truth
// value; else nothing.
func (n *Node) TextOf(key string) string {
	f := n.Find(key)
	if f == nil || f.Kind == ListNode || f.Kind == ObjectNode || f.Kind == NullNode {
		return ""
	}
	return f.Text
}

// Flaw is what is wrong with a file as JSON or YAML, before anybody asks what it means.
type Flaw struct {
	Line int // counted from 1
	Text string
}

// Bounds on one tree. The largest OSCAL catalogue that is published has 10 MB
// and some 300,000 values, nested 14 deep.
const (
	maxTree      = 32 << 20 // bytes of JSON
	maxTreeYAML  = 8 << 20  // bytes of YAML, which takes twenty times as long to read
	maxTreeDepth = 100
	maxTreeNodes = 1_000_000
	maxFlaws     = 100
)

// ReadTree reads a JSON or a YAML file, whichever it looks like. The tree is nil
// when the file cannot be read as a whole; then there is a flaw that says why.
// Flaws beside a tree are names that stand twice in one object: the first counts.
func ReadTree(data []byte) (*Node, []Flaw) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if isJSON(data) {
		return ReadJSON(data)
	}
	return ReadYAML(data)
}

// isJSON reports whether the first character is one that JSON begins with.
func isJSON(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

// readable refuses what is too large or is no text.
func readable(data []byte, limit int) []Flaw {
	if len(data) > limit {
		return []Flaw{{1, fmt.Sprintf("The file has %d MB; at most %d MB are read. Split it.", len(data)>>20, limit>>20)}}
	}
	if at := invalidText(data); at >= 0 {
		return []Flaw{{1 + bytes.Count(data[:at], []byte("\n")), "The file is not UTF-8 text from this line on. Save it again as UTF-8."}}
	}
	return nil
}

// invalidText returns where data stops being UTF-8, or -1.
func invalidText(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for at := 0; ; {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
}

// twice reports names that an object holds more than once and drops all but the first.
func twice(n *Node, flaws *[]Flaw) {
	if len(n.Items) < 2 {
		return
	}
	if len(n.Items) <= 12 { // most objects are small
		kept := n.Items[:1]
		for _, item := range n.Items[1:] {
			if first := (&Node{Kind: ObjectNode, Items: kept}).Find(item.Key); first != nil {
				sayTwice(item, first.Line, flaws)
				continue
			}
			kept = append(kept, item)
		}
		n.Items = kept
		return
	}
	seen := make(map[string]int, len(n.Items))
	kept := n.Items[:0]
	for _, item := range n.Items {
		if first, ok := seen[item.Key]; ok {
			sayTwice(item, first, flaws)
			continue
		}
		seen[item.Key] = item.Line
		kept = append(kept, item)
	}
	n.Items = kept
}

func sayTwice(item Node, first int, flaws *[]Flaw) {
	if len(*flaws) < maxFlaws {
		*flaws = append(*flaws, Flaw{item.Line, fmt.Sprintf("The name %q already stands on line %d of the same object. Keep one of the two.", Brief(item.Key), first)})
	}
}

// Brief shortens a text from a file so that it fits into a sentence about it.
func Brief(text string) string {
	const most = 60
	text = strings.ToValidUTF8(text, "\ufffd")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}
