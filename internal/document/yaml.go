package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// ReadYAML reads a YAML file of one document. Anchors and aliases are refused:
// no file of this kind needs them, and a dozen lines of them stand for a
// thousand million values. See ReadTree.
func ReadYAML(data []byte) (root *Node, flaws []Flaw) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if refused := readable(data, maxTreeYAML); refused != nil {
		return nil, refused
	}
	if line := tooDeep(data); line > 0 {
		return nil, []Flaw{{line, fmt.Sprintf("Objects and lists are nested more than %d deep. No document of this kind is.", maxTreeDepth)}}
	}
	defer func() { // a parser of hostile bytes may have a flaw of its own
		if recover() != nil {
			root, flaws = nil, []Flaw{{1, "The file cannot be read as YAML. Save it again with another program."}}
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch err := d.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil, []Flaw{{1, "The file is empty. Choose the one that was meant."}}
	case err != nil:
		return nil, []Flaw{yamlFlaw(err)}
	}
	switch err := d.Decode(&second); {
	case err == nil:
		return nil, []Flaw{{max(1, second.Line), "The file holds more than one document. Leave one of them in it."}}
	case !errors.Is(err, io.EOF):
		return nil, []Flaw{yamlFlaw(err)}
	}
	r := yamlReader{}
	root = new(Node)
	if len(first.Content) == 1 {
		r.value(root, first.Content[0], 0)
	}
	if r.broken != nil {
		return nil, append(r.flaws, *r.broken)
	}
	return root, r.flaws
}

// tooDeep returns the line on which the file nests deeper than any real one, or
// 0. Brackets in texts count too, so it looks far beyond what is read; its point
// is to keep the parser from spending its time on a file of brackets.
func tooDeep(data []byte) int {
	line, open, row := 1, 0, 0
	for _, c := range data {
		switch c {
		case '\n':
			line, row = line+1, 0
		case '[', '{':
			if open, row = open+1, row+1; open > 20*maxTreeDepth && row > maxTreeDepth {
				return line
			}
		case ']', '}':
			open--
		}
	}
	return 0
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// yamlFlaw takes the line out of the parser's message.
func yamlFlaw(err error) Flaw {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n, convErr := strconv.Atoi(m[1])
		if convErr == nil && n > 0 {
			return Flaw{n, "The file cannot be read as YAML from here on (" + Brief(m[2]) + "). Check the indentation and the quotes."}
		}
	}
	return Flaw{1, "The file cannot be read as YAML (" + Brief(err.Error()) + "). Check the indentation and the quotes."}
}

type yamlReader struct {
	nodes  int
	flaws  []Flaw
	broken *Flaw
}

func (r *yamlReader) fail(line int, format string, args ...any) {
	if r.broken == nil {
		r.broken = &Flaw{max(1, line), fmt.Sprintf(format, args...)}
	}
}

func (r *yamlReader) value(to *Node, from *yaml.Node, depth int) {
	to.Line = max(1, from.Line)
	r.nodes++
	switch {
	case r.broken != nil:
		return
	case r.nodes > maxTreeNodes:
		r.fail(from.Line, "The file holds more than %d values. Split it.", maxTreeNodes)
		return
	case from.Kind == yaml.AliasNode || from.Anchor != "":
		r.fail(from.Line, "Anchors (&) and aliases (*) are not read. Write the value out where it is meant.")
		return
	case depth > maxTreeDepth:
		r.fail(from.Line, "Objects and lists are nested more than %d deep. No document of this kind is.", maxTreeDepth)
		return
	}
	switch from.Kind {
	case yaml.MappingNode:
		to.Kind = ObjectNode
		for i := 0; i+1 < len(from.Content); i += 2 {
			name := from.Content[i]
			if name.Kind != yaml.ScalarNode || name.Anchor != "" {
				r.fail(name.Line, "A name must be a plain text, not a list or an alias.")
				return
			}
			item := Node{Key: name.Value}
			r.value(&item, from.Content[i+1], depth+1)
			item.Line = max(1, name.Line)
			to.Items = append(to.Items, item)
		}
		twice(to, &r.flaws)
	case yaml.SequenceNode:
		to.Kind = ListNode
		for _, c := range from.Content {
			var item Node
			r.value(&item, c, depth+1)
			to.Items = append(to.Items, item)
		}
	default:
		to.Text = from.Value
		switch from.ShortTag() {
		case "!!null":
			to.Kind = NullNode
		case "!!bool":
			to.Kind = BoolNode
		case "!!int", "!!float":
			to.Kind = NumberNode
		default: // dates too: a version such as 2024-01-31 is a text to us
			to.Kind = StringNode
		}
	}
}
