package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/problem"
)

// frontReader reads front matter line by line. Line n of the file is lines[n-2]:
// the first line is the one of ---.
type frontReader struct {
	file  string
	lines []string
	doc   *Document
	at    int            // index of the line being read
	seen  map[string]int // key: number of its line
}

func (r *frontReader) fail(field, format string, args ...any) error {
	p := problem.New(problem.Invalid, "%s, line %d, %s: %s", r.file, r.at+2, field, fmt.Sprintf(format, args...))
	p.Field = field
	return p
}

// read fills in the document.
func (r *frontReader) read() error {
	for r.at = 0; r.at < len(r.lines); r.at++ {
		line := strings.TrimRight(r.lines[r.at], " \t")
		if line == "" {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			return r.fail("front matter", "this line is indented but belongs to no list or map. Begin it at the margin, or put it under frameworks or undertakings.")
		}
		key, value, err := r.pair(line)
		if err != nil {
			return err
		}
		if before, twice := r.seen[key]; twice {
			return r.fail(key, "the key stands here and on line %d. Leave one of the two.", before)
		}
		r.seen[key] = r.at + 2
		if err := r.field(key, value); err != nil {
			return err
		}
	}
	return nil
}

// pair divides "key: value".
func (r *frontReader) pair(line string) (key, value string, err error) {
	if strings.HasPrefix(strings.TrimSpace(line), "#") {
		return "", "", r.fail("front matter", "comments are not read here. Take the line out.")
	}
	key, value, ok := strings.Cut(line, ":")
	key = strings.TrimSpace(key)
	if !ok || key == "" || strings.ContainsAny(key, " \"[]{}") || value != "" && value[0] != ' ' {
		return "", "", r.fail("front matter", "%q is no key with a value. Write one “key: value” per line.", brief(line))
	}
	return key, strings.TrimSpace(value), nil
}

// field takes in one key of the margin.
func (r *frontReader) field(key, value string) (err error) {
	d := r.doc
	switch key {
	case "frameworks":
		return r.frameworks(value)
	case "undertakings":
		return r.undertakings(value)
	case "governs":
		d.governsLine = strings.TrimSpace(r.lines[r.at])
		d.Governs, err = r.list(key, value)
	case "topics":
		d.Topics, err = r.list(key, value)
	case "audience":
		d.Audience, err = r.list(key, value)
	default:
		return r.scalarField(key, value)
	}
	return err
}

// scalarField takes in a key with one value. Keys of other programs are left out, and said.
func (r *frontReader) scalarField(key, value string) error {
	d := r.doc
	into := map[string]*string{"slug": &d.Slug, "title": &d.Title, "version": &d.Version, "owner_role": &d.OwnerRole,
		"approver_role": &d.ApproverRole, "status": &d.Status}[key]
	if into == nil && key != "review_every" && key != "acknowledgement" {
		d.Notes = append(d.Notes, fmt.Sprintf("Line %d of the front matter has the key %q, which says nothing to us. It was left out.", r.at+2, brief(key)))
		for r.at+1 < len(r.lines) && strings.HasPrefix(r.lines[r.at+1], " ") {
			r.at++
		}
		return nil
	}
	text, err := r.scalar(key, value)
	if err != nil {
		return err
	}
	switch key {
	case "review_every":
		n, unit, _ := strings.Cut(text, " ")
		months, err := strconv.Atoi(n)
		if unit == "years" || unit == "year" {
			months *= 12
		} else if unit != "months" && unit != "month" {
			err = strconv.ErrSyntax
		}
		if err != nil || months < 1 || months > 120 {
			return r.fail(key, "%q is no stretch of months. Write it like “12 months”.", brief(text))
		}
		d.ReviewEvery = months
	case "acknowledgement":
		if text != "required" && text != "not-required" {
			return r.fail(key, "%q is neither required nor not-required. Write one of the two.", brief(text))
		}
		d.Acknowledge = text == "required"
	case "slug":
		if text != slugOf(text) {
			return r.fail(key, "%q is no slug. Use lower-case letters, figures and hyphens, like %q.", brief(text), slugOf(text))
		}
		fallthrough
	default:
		*into = text
	}
	return nil
}

// scalar reads a plain or quoted text of one line.
func (r *frontReader) scalar(field, value string) (string, error) {
	switch {
	case value == "":
		return "", r.fail(field, "the value is missing. Write it on the same line, or take the key out.")
	case value[0] == '"':
		var text string
		if err := json.Unmarshal([]byte(value), &text); err != nil {
			return "", r.fail(field, "the text in quotes cannot be read. Write a quote inside it as \\\" and end it with one quote on the same line.")
		}
		return text, nil
	case strings.ContainsRune("&*|>!%@`{[]}'#,-?", rune(value[0])) && value != "-":
		return "", r.fail(field, "a plain value cannot begin with %q. Put the whole value in double quotes.", value[:1])
	case strings.Contains(value, " #"):
		return "", r.fail(field, "comments are not read here. Take what follows # out, or put the whole value in double quotes.")
	case strings.Contains(value, ": "):
		return "", r.fail(field, "a value with a colon has to stand in double quotes.")
	}
	return value, nil
}

// list reads a list in brackets, or one value as a list of one.
func (r *frontReader) list(field, value string) ([]string, error) {
	if !strings.HasPrefix(value, "[") {
		one, err := r.scalar(field, value)
		if err != nil {
			return nil, err
		}
		return []string{one}, nil
	}
	if !strings.HasSuffix(value, "]") {
		return nil, r.fail(field, "the list has no closing bracket on its line. Write the whole list on one line.")
	}
	var out []string
	for rest := strings.TrimSpace(value[1 : len(value)-1]); rest != ""; {
		item, after := listItem(rest)
		text, err := r.scalar(field, item)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, text) {
			return nil, r.fail(field, "%q stands in the list twice. Leave one.", brief(text))
		}
		out = append(out, text)
		if after != "" && strings.TrimSpace(after[1:]) == "" {
			return nil, r.fail(field, "nothing follows the last comma. Take the comma out.")
		}
		if after == "" {
			break
		}
		rest = strings.TrimSpace(after[1:])
	}
	return out, nil
}

// listItem cuts the first item off a list; after begins with the comma.
func listItem(s string) (item, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			return strings.TrimSpace(s[:i]), s[i:]
		}
	}
	return strings.TrimSpace(s), ""
}

// frameworks reads the lists that stand indented under the key.
func (r *frontReader) frameworks(value string) error {
	if value != "" && value != "{}" && value != "[]" {
		return r.fail("frameworks", "the frameworks stand on their own lines under the key, like “  soc2-2017: [\"CC6.1\"]”.")
	}
	for r.at+1 < len(r.lines) && strings.HasPrefix(r.lines[r.at+1], " ") {
		r.at++
		key, value, err := r.pair(r.lines[r.at])
		if err != nil {
			return err
		}
		ids, err := r.list("frameworks."+key, value)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(r.doc.Frameworks, func(c Cited) bool { return c.Framework == key }) {
			return r.fail("frameworks."+key, "the framework stands here twice. Put its requirements into one list.")
		}
		r.doc.Frameworks = append(r.doc.Frameworks, Cited{key, ids})
	}
	return nil
}

// undertakings reads the maps that stand indented under the key, each begun by a hyphen.
func (r *frontReader) undertakings(value string) error {
	if value != "" && value != "[]" {
		return r.fail("undertakings", "each undertaking stands on its own lines under the key, begun by “  - id:”.")
	}
	var given map[string]string
	first := 0
	done := func() error {
		if given == nil {
			return nil
		}
		at := r.at
		defer func() { r.at = at }()
		r.at = first
		return r.undertaking(given)
	}
	for r.at+1 < len(r.lines) && strings.HasPrefix(r.lines[r.at+1], " ") {
		line := strings.TrimSpace(r.lines[r.at+1])
		if item, ok := strings.CutPrefix(line, "- "); ok {
			if err := done(); err != nil {
				return err
			}
			given, first, line = map[string]string{}, r.at+1, item
		}
		r.at++
		if given == nil {
			return r.fail("undertakings", "the first line of an undertaking begins with a hyphen, like “  - id: access-control.password-length”.")
		}
		key, value, err := r.pair(line)
		if err != nil {
			return err
		}
		if _, twice := given[key]; twice {
			return r.fail("undertakings."+key, "the key stands twice in one undertaking. Leave one.")
		}
		if given[key], err = r.scalar("undertakings."+key, value); err != nil {
			return err
		}
	}
	return done()
}

// undertaking takes in one map of the list.
func (r *frontReader) undertaking(given map[string]string) error {
	for _, key := range []string{"id", "topic", "subject", "property", "value", "text"} {
		if given[key] == "" {
			return r.fail("undertakings."+key, "the undertaking that begins on this line has no %s. Add the line “    %s: …”.", key, key)
		}
	}
	u := Undertaking{ID: given["id"], Topic: given["topic"], Subject: given["subject"], Property: Property(given["property"]), Value: given["value"], Sentence: given["text"]}
	if slices.ContainsFunc(r.doc.Undertakings, func(o Undertaking) bool { return o.ID == u.ID }) {
		return r.fail("undertakings.id", "%q is the id of an undertaking above too. Give each its own.", brief(u.ID))
	}
	value, err := Normal(u.Property, u.Value)
	if err != nil {
		return r.fail("undertakings.value", "%s", problem.Of(err).Text)
	}
	u.Value = value
	r.doc.Undertakings = append(r.doc.Undertakings, u)
	return nil
}

// brief shortens what a message repeats of a file.
func brief(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
