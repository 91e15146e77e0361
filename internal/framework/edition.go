package framework

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The bounds on a framework that somebody brings. The largest that ships has 760 rows.
const (
	MaxRows = 20_000
	maxLine = 200 // characters of a title or a name
)

// published is a framework as it is kept and hashed.
type published struct {
	ID      string         `json:"id"`
	Family  string         `json:"family"`
	Version string         `json:"version"`
	Title   string         `json:"title"`
	Short   string         `json:"short"`
	Noun    string         `json:"noun"`
	Nouns   string         `json:"nouns"`
	Rows    []publishedRow `json:"rows"`
}

type publishedRow struct {
	ID         string            `json:"id"`
	Parent     string            `json:"parent,omitempty"`
	Kind       Kind              `json:"kind"`
	Label      string            `json:"label"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Encode returns the whole framework as JSON, always the same bytes for the same
// content. The caller must not change them.
func (f *Framework) Encode() []byte {
	f.once.Do(func() {
		p := published{f.ID, f.Family, f.Version, f.Title, f.Short, f.Noun, f.Nouns, make([]publishedRow, len(f.Requirements))}
		for i, r := range f.Requirements {
			p.Rows[i] = publishedRow{r.ID, r.Parent, r.Kind, r.Label, r.Attributes}
		}
		f.content, f.digest = Canonical(p)
	})
	return f.content
}

// Digest returns the SHA-256 of Encode in lower-case hex. Two frameworks with one
// digest ask the same in the same words.
func (f *Framework) Digest() string {
	f.Encode()
	return f.digest
}

// Canonical writes a value of plain structs, maps and slices as JSON, the same
// bytes for the same value, with their SHA-256 in lower-case hex.
func Canonical(v any) (content []byte, digest string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("framework: writing %T: %v", v, err)) // only a type that JSON cannot hold does that
	}
	content = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	sum := sha256.Sum256(content)
	return content, hex.EncodeToString(sum[:])
}

// Decode reads what Encode wrote.
func Decode(content []byte) (*Framework, error) {
	var p published
	if err := json.Unmarshal(content, &p); err != nil {
		return nil, fmt.Errorf("reading a kept framework: %w", err)
	}
	rows := make([]Requirement, len(p.Rows))
	for i, r := range p.Rows {
		rows[i] = Requirement{ID: r.ID, Parent: r.Parent, Kind: r.Kind, Label: r.Label, Attributes: r.Attributes, Line: i + 2}
	}
	f := New(p.ID, rows)
	f.Family, f.Version, f.Title, f.Short, f.Noun, f.Nouns = p.Family, p.Version, p.Title, p.Short, p.Noun, p.Nouns
	return f, nil
}

// idForm is what an id may look like: it stands in addresses and file names.
var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.+_-]{0,63}$`)

// ValidID reports whether a framework or a mapping set may have that id.
func ValidID(id string) bool { return idForm.MatchString(id) && !strings.Contains(id, "..") }

// Check returns what keeps a framework that somebody brings from being used: its
// names first, then its rows. file is named in the faults.
func (f *Framework) Check(file string) []Fault {
	var faults []Fault
	fault := func(line int, format string, args ...any) {
		if len(faults) < maxFaults {
			faults = append(faults, Fault{file, line, Error, fmt.Sprintf(format, args...)})
		}
	}
	if !ValidID(f.ID) {
		fault(0, "The id %q cannot stand in an address. Use up to 64 small letters, digits, hyphens and dots, such as acme-policy-2026.", f.ID)
	}
	if !ValidID(f.Family) {
		fault(0, "The family %q cannot stand in an address. Use small letters, digits and hyphens, such as acme-policy.", f.Family)
	}
	for _, n := range []struct{ what, text string }{{"title", f.Title}, {"short name", f.Short}, {"noun", f.Noun}, {"plural of the noun", f.Nouns}} {
		if n.text == "" || len(n.text) > maxLine {
			fault(0, "The %s has %d characters; 1 to %d are accepted. Write a few words.", n.what, len(n.text), maxLine)
		}
	}
	asked := 0
	for _, r := range f.Requirements {
		if r.Kind == KindRequirement {
			asked++
		}
	}
	switch {
	case asked == 0:
		fault(0, "The framework asks for nothing: it has no row of the kind requirement. Add the requirements.")
	case len(f.Requirements) > MaxRows:
		fault(0, "The framework has %d rows; at most %d are accepted. Bring the parts you follow as frameworks of their own.", len(f.Requirements), MaxRows)
		return faults
	}
	return append(faults, f.checkRows(file)...)
}

// checkRows repeats the rules of Parse for a framework that came another way.
func (f *Framework) checkRows(file string) []Fault {
	var faults []Fault
	seen := make(map[string]bool, len(f.Requirements))
	for _, r := range f.Requirements {
		text := ""
		switch {
		case r.ID == "" || len(r.ID) > maxID:
			text = fmt.Sprintf("The id %q has %d characters; 1 to %d are accepted. Use the number the standard uses.", r.ID, len(r.ID), maxID)
		case strings.ContainsFunc(r.ID+r.Parent+r.Label, func(c rune) bool { return c < ' ' || c == 0x7f }):
			text = fmt.Sprintf("The row %q holds a control character. Type it anew.", r.ID)
		case len(r.Label) > maxLabel:
			text = fmt.Sprintf("The label of %s has %d characters; at most %d are accepted. A few words of your own are enough.", r.ID, len(r.Label), maxLabel)
		case r.Kind != KindGroup && r.Kind != KindRequirement:
			text = fmt.Sprintf("The kind of %s is %q. Write group or requirement.", r.ID, r.Kind)
		case r.Parent != "" && !seen[r.Parent] && !f.hasParent(r):
			text = fmt.Sprintf("The parent %q of %s is not in this file. Add it, or correct the spelling.", r.Parent, r.ID)
		}
		seen[r.ID] = true
		if text != "" && len(faults) < maxFaults {
			faults = append(faults, Fault{file, r.Line, Error, text})
		}
	}
	return faults
}

// hasParent reports whether the row above r exists and r is not above itself.
func (f *Framework) hasParent(r Requirement) bool {
	atTop := false
	f.climb(r.Parent, func(x Requirement) bool { atTop = x.Parent == ""; return x.ID != r.ID })
	return atTop
}

// Family returns the editions of one family, in catalogue order.
func (c *Catalogue) Family(family string) []*Framework {
	var out []*Framework
	for _, f := range c.Frameworks {
		if f.Family == family {
			out = append(out, f)
		}
	}
	return out
}

// With returns a catalogue in which the given frameworks stand in for those of
// the same id, the others in their place.
func (c *Catalogue) With(more ...*Framework) *Catalogue {
	out := &Catalogue{Frameworks: slices.Clone(c.Frameworks)}
	for _, f := range more {
		if i := slices.IndexFunc(out.Frameworks, func(x *Framework) bool { return x.ID == f.ID }); i >= 0 {
			out.Frameworks[i] = f
		} else {
			out.Frameworks = append(out.Frameworks, f)
		}
	}
	sortFrameworks(out.Frameworks)
	return out
}

// Under returns the framework under another id, with the same rows. Names that
// were made of the old id are made of the new one.
func (f *Framework) Under(id string) *Framework {
	if id == "" || id == f.ID {
		return f
	}
	out := New(id, f.Requirements)
	if n := naming(f.ID); f.Title != n.title || f.Short != n.short {
		out.Title, out.Short, out.Noun, out.Nouns = f.Title, f.Short, f.Noun, f.Nouns
	}
	return out
}
