package framework

import (
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/document"
)

// IsCISO reports whether the tree is a library of CISO Assistant.
func IsCISO(root *document.Node) bool {
	objects := root.Find("objects")
	return objects != nil && objects.Kind == document.ObjectNode
}

// Objects returns the objects of a kind in a CISO Assistant library, which may
// stand under the singular as one or under the plural as a list.
func Objects(root *document.Node, singular, plural string) []document.Node {
	var out []document.Node
	for _, name := range []string{singular, plural} {
		switch n := root.Find("objects").Find(name); {
		case n == nil:
		case n.Kind == document.ListNode:
			out = append(out, n.Items...)
		case n.Kind != document.NullNode:
			out = append(out, *n)
		}
	}
	return out
}

// URNEnd returns the part of a CISO Assistant name that is the thing's own: of
// "urn:intuitem:risk:req_node:iso27001-2022:a.5.1" it is "a.5.1", of a
// framework's name the last part. Case never matters in such names.
func URNEnd(urn string) string {
	urn = strings.ToLower(strings.TrimSpace(urn))
	if parts := strings.SplitN(urn, ":", 6); len(parts) == 6 && parts[3] == "req_node" {
		return parts[5]
	}
	return urn[strings.LastIndexByte(urn, ':')+1:]
}

// FromCISO reads the frameworks of a CISO Assistant library. Of each node it
// keeps the number, the name as label, and what the library calls it; the
// description is the text of the standard and is left where it is. Assessable
// nodes are requirements, the others headings.
func FromCISO(file string, root *document.Node) ([]*Framework, []Fault) {
	var out []*Framework
	var faults []Fault
	for _, n := range Objects(root, "framework", "frameworks") {
		r := cisoReader{file: file, lines: make(map[string]int), ids: make(map[string]string)}
		if f := r.framework(&n); f != nil {
			out = append(out, f)
		}
		faults = append(faults, r.faults...)
	}
	return out, faults
}

type cisoReader struct {
	file   string
	rows   []Requirement
	lines  map[string]int    // by id in use
	ids    map[string]string // by urn in lower case
	faults []Fault
}

func (r *cisoReader) fault(line int, severity Severity, format string, args ...any) {
	if len(r.faults) < 2*maxFaults {
		r.faults = append(r.faults, Fault{r.file, line, severity, fmt.Sprintf(format, args...)})
	}
}

func (r *cisoReader) framework(n *document.Node) *Framework {
	nodes := n.Find("requirement_nodes")
	if nodes == nil || nodes.Kind != document.ListNode || len(nodes.Items) == 0 {
		r.fault(n.Line, Error, "The framework has no list requirement_nodes, so there is nothing to read.")
		return nil
	}
	id := IDFrom(URNEnd(n.TextOf("urn")))
	if n.TextOf("urn") == "" {
		id = IDFrom(n.TextOf("ref_id"))
	}
	parents := make([]string, 0, len(nodes.Items))
	for i := range nodes.Items {
		if r.node(&nodes.Items[i]) {
			parents = append(parents, strings.ToLower(nodes.Items[i].TextOf("parent_urn")))
		}
	}
	for i, urn := range parents {
		if urn == "" {
			continue
		}
		parent, ok := r.ids[urn]
		if !ok {
			r.fault(r.rows[i].Line, Error, "The parent %q of %s is not in this framework. Add it, or correct the spelling.", document.Brief(urn), r.rows[i].ID)
			continue
		}
		r.rows[i].Parent = parent
	}
	r.faults = append(r.faults, mendParents(r.file, r.rows)...)
	f := New(id, r.rows)
	f.Called(n.TextOf("name"), n.TextOf("ref_id"), "", "")
	if len(f.Asked()) == 0 && len(r.rows) > 0 {
		r.fault(n.Line, Warning, "No node of the framework is assessable, so it asks nothing.")
	}
	return f
}

// node adds one row.
func (r *cisoReader) node(n *document.Node) bool {
	urn := strings.ToLower(n.TextOf("urn"))
	if n.Kind != document.ObjectNode || urn == "" {
		r.fault(n.Line, Error, "The node has no urn. Other nodes and mappings refer to it by that; give it one.")
		return false
	}
	if first, twice := r.ids[urn]; twice {
		r.fault(n.Line, Error, "The urn %q already stands on line %d. Give each node its own.", document.Brief(urn), r.lines[first])
		return false
	}
	id := strings.TrimSpace(n.TextOf("ref_id"))
	if id == "" || r.lines[id] != 0 || len(id) > maxID {
		id = URNEnd(urn)
	}
	if r.lines[id] != 0 || len(id) > maxID || id == "" {
		r.fault(n.Line, Error, "The id %q is used on line %d or has more than %d characters. Give each node its own ref_id.", document.Brief(id), r.lines[id], maxID)
		return false
	}
	q := Requirement{ID: id, Kind: KindGroup, Label: Short(n.TextOf("name")), Line: n.Line}
	switch n.TextOf("assessable") {
	case "true":
		q.Kind = KindRequirement
	case "false", "":
	default:
		r.fault(n.Line, Error, "assessable of %s is %q. Write true or false.", id, document.Brief(n.TextOf("assessable")))
		return false
	}
	if end := URNEnd(urn); end != strings.ToLower(id) {
		q.Attributes = map[string]string{AttributeURN: end}
	}
	r.ids[urn], r.lines[id] = id, n.Line
	r.rows = append(r.rows, q)
	return true
}
