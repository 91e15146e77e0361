package oscal

import "strings"

// inRemarks is the value of a property whose text does not fit into a value, and
// so stands in its remarks.
const inRemarks = "see-remarks"

// Own returns a property in our namespace. Text of several lines goes into the
// remarks, since a value may have only one. Empty text gives a property that
// Props leaves out.
func Own(name, text string) Property {
	switch {
	case text == "":
		return Property{}
	case IsText(text) && text != inRemarks:
		return Property{Name: name, NS: OwnNS, Value: text}
	}
	return Property{Name: name, NS: OwnNS, Value: inRemarks, Remarks: text}
}

// Props collects properties and leaves out those without a value.
func Props(all ...Property) []Property {
	var out []Property
	for _, p := range all {
		if p.Name != "" {
			out = append(out, p)
		}
	}
	return out
}

// Text returns what the property says.
func (p Property) Text() string {
	if p.NS == OwnNS && p.Value == inRemarks {
		return p.Remarks
	}
	return p.Value
}

// OwnText returns the text of our property of that name, or nothing.
func OwnText(props []Property, name string) string {
	for _, p := range props {
		if p.NS == OwnNS && p.Name == name && p.Class == "" {
			return p.Text()
		}
	}
	return ""
}

// Label returns the number that the publisher gives to a control, or nothing. A
// control may have several, such as one with zeros for sorting; the plain one
// has no class.
func Label(props []Property) string {
	label := ""
	for _, p := range props {
		if p.Name != "label" || p.NS != "" && p.NS != DefaultNS {
			continue
		}
		if p.Class == "" {
			return strings.TrimSpace(p.Value)
		}
		if label == "" {
			label = strings.TrimSpace(p.Value)
		}
	}
	return label
}

// Withdrawn reports whether the publisher withdrew the control: it asks nothing
// any more, and a requirement that asks nothing must take no part in inference.
func Withdrawn(props []Property) bool {
	for _, p := range props {
		if p.Name == "status" && (p.NS == "" || p.NS == DefaultNS) && strings.EqualFold(p.Value, "withdrawn") {
			return true
		}
	}
	return false
}

// Line returns a text as a title may hold it: one line, never empty.
func Line(text, otherwise string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return otherwise
	}
	return text
}
