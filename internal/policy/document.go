package policy

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Document is one policy document as a file holds it: what its front matter says
// and its text. A file without front matter has only a name, a title and a text.
type Document struct {
	Name         string // of the file, as it was given
	Slug         string // of the front matter; otherwise made of the name
	Title        string // of the front matter; otherwise the first heading
	Version      string
	OwnerRole    string // id of a role, such as "security-officer"
	ApproverRole string
	Audience     []string // keys of groups
	ReviewEvery  int      // months; zero: not said
	Acknowledge  bool
	Governs      []string
	Topics       []string
	Status       string // such as "in-force"; empty: not said
	Frameworks   []Cited
	Undertakings []Undertaking // as the front matter lists them
	Body         string        // Markdown or plain text after the front matter
	Notes        []string      // what a person should know about how it was read

	governsLine string // line of the front matter that says what it governs, letter for letter
}

// Cited is a framework and the requirements of it that a document speaks to.
type Cited struct {
	Framework    string
	Requirements []string
}

// maxDocument bounds a document in bytes: the longest policies have a tenth of it.
const maxDocument = 1 << 20

// InForce reports whether the document binds anybody: one that says it is a draft
// or was withdrawn does not, one that says nothing does.
func (d Document) InForce() bool {
	switch strings.ToLower(d.Status) {
	case "draft", "in-approval", "approved", "archived", "retired", "superseded", "withdrawn", "obsolete":
		return false
	}
	return true
}

// ReadDocument reads a policy document of plain text or Markdown. The front matter
// is a subset of YAML: one key per line; scalars plain or in double quotes; lists
// in brackets on one line; "frameworks" a map of lists; "undertakings" a list of
// maps. Every scalar is a text. Failures are Invalid problems that name the file,
// the line, the field and the cure.
func ReadDocument(name string, b []byte) (Document, error) {
	base := filepath.Base(filepath.ToSlash(name))
	if len(b) > maxDocument {
		return Document{}, problem.New(problem.Invalid, "%s is larger than 1 MB, which no policy is. Split it, or leave its pictures out.", base)
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return Document{}, problem.New(problem.Invalid, "%s is not plain text in UTF-8. Save it as UTF-8 text or Markdown and try again.", base)
	}
	text := strings.ReplaceAll(strings.ReplaceAll(string(b), "\r\n", "\n"), "\r", "\n")
	if strings.TrimSpace(text) == "" {
		return Document{}, problem.New(problem.Invalid, "%s is empty. Choose the file that was meant.", base)
	}
	d := Document{Name: name, Body: text}
	if lines, body, found, err := front(base, text); err != nil {
		return Document{}, err
	} else if found {
		d.Body = body
		r := frontReader{file: base, lines: lines, doc: &d, seen: map[string]int{}}
		if err := r.read(); err != nil {
			return Document{}, err
		}
	}
	if d.Slug == "" {
		d.Slug = slugOf(strings.TrimSuffix(base, filepath.Ext(base)))
	}
	if d.Title == "" {
		d.Title = firstHeading(d.Body)
	}
	if d.Title == "" {
		d.Title = strings.TrimSuffix(base, filepath.Ext(base))
	}
	for _, u := range d.Undertakings {
		if u.Sentence != "" && !strings.Contains(d.Body, u.Sentence) {
			d.Notes = append(d.Notes, fmt.Sprintf("The sentence of undertaking %s does not stand in the text: %q. Copy it letter for letter from the text, or take the undertaking out.", u.ID, u.Sentence))
		}
	}
	return d, nil
}

// front divides a text that begins with front matter into its lines and the rest.
func front(file, text string) (lines []string, body string, found bool, err error) {
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return nil, "", false, nil
	}
	all := strings.Split(rest, "\n")
	end := slices.IndexFunc(all, func(l string) bool { return strings.TrimRight(l, " \t") == "---" })
	if end < 0 {
		if len(all) == 0 || !strings.Contains(all[0], ":") {
			return nil, "", false, nil // a rule across the page, not front matter
		}
		return nil, "", false, problem.New(problem.Invalid, "%s, line 1: the front matter begins with --- and never ends. Put a line of --- after its last key.", file)
	}
	if end > 0 && !slices.ContainsFunc(all[:end], func(l string) bool { return strings.Contains(l, ":") }) {
		return nil, "", false, nil
	}
	return all[:end], strings.TrimLeft(strings.Join(all[end+1:], "\n"), "\n"), true, nil
}

// firstHeading is the text of the first heading of Markdown, or a first line that
// looks like one, or nothing.
func firstHeading(body string) string {
	first := ""
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if h, ok := strings.CutPrefix(line, "# "); ok {
			return strings.TrimSpace(h)
		}
		if first == "" {
			first = line
		}
	}
	if first != "" && headingLike(first) {
		return first
	}
	return ""
}

// slugOf turns a name into lower-case words joined by hyphens.
func slugOf(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			gap = false
			continue
		}
		gap = true
	}
	return b.String()
}
