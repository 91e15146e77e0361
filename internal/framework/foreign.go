package framework

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/oscal"
)

// Attributes that keep what a requirement was called in the file it came from,
// where that is not its number. Mapping files of the same origin refer to it.
const (
	AttributeOSCAL = "oscal-id"
	AttributeURN   = "urn" // the end of the name that CISO Assistant gives it
)

// Resolver finds requirements by what other programs call them.
type Resolver struct {
	f     *Framework
	other map[string]string // id by foreign name; empty if two have it
}

// NewResolver returns a resolver for f.
func NewResolver(f *Framework) *Resolver {
	r := &Resolver{f: f, other: make(map[string]string, 2*len(f.Requirements))}
	put := func(name, id string) {
		if first, ok := r.other[name]; ok && first != id {
			id = "" // two have it, so it names neither
		}
		r.other[name] = id
	}
	for _, q := range f.Requirements {
		put(strings.ToLower(q.ID), q.ID)
		put(strings.ToLower(oscal.Slug(q.ID)), q.ID)
	}
	for _, q := range f.Requirements {
		for _, key := range []string{AttributeOSCAL, AttributeURN} {
			if name := strings.ToLower(q.Attributes[key]); name != "" {
				put(name, q.ID)
			}
		}
	}
	return r
}

// Find returns the id of the requirement or heading that a foreign name means:
// its number, the token of OSCAL made of it, or the name it had in the file it
// came from. Case does not matter where that leaves only one.
func (r *Resolver) Find(name string) (id string, ok bool) {
	if _, ok = r.f.Position(name); ok {
		return name, true
	}
	if id, ok = oscal.Unslug(name); ok {
		if _, ok = r.f.Position(id); ok {
			return id, true
		}
	}
	id = r.other[strings.ToLower(name)]
	return id, id != ""
}

var (
	asName   = strings.NewReplacer("_", " ", "/", " ", "%20", " ", "\\", " ")
	versions = regexp.MustCompile(`(?:(?:^|[^\d.])(20\d\d)|(?:rev(?:ision)?[ .-]*|r)(\d)|(?:^|[^\d.])v?(\d+\.\d+(?:\.\d+)?))(?:$|[^\d])`)
	notInID  = regexp.MustCompile(`[^a-z0-9.]+`)
)

// Named returns the framework that one of the texts names, the better text
// first: by its id, its title, or as people write it. A text that names another
// edition of a standard at hand names nothing.
func (c *Catalogue) Named(texts ...string) (*Framework, bool) {
	for _, text := range texts {
		for _, f := range c.Frameworks {
			if text != "" && (strings.EqualFold(f.ID, text) || strings.EqualFold(f.Title, text)) {
				return f, true
			}
		}
	}
	for _, text := range texts {
		if len(text) > 300 {
			continue
		}
		text = asName.Replace(text)
		if found := HintOf(text).Frameworks; len(found) == 1 && sameEdition(found[0], text) {
			if f, ok := c.Find(found[0]); ok {
				return f, true
			}
		}
	}
	return nil, false
}

// sameEdition reports whether a text that names a standard may mean the edition
// that id stands for: it names that one or none.
func sameEdition(id, text string) bool {
	want := versions.FindStringSubmatch(" " + strings.ReplaceAll(id, "-", " ") + " ")
	if want == nil {
		return true
	}
	other := false
	for rest := strings.ToLower(text); ; {
		m := versions.FindStringSubmatchIndex(rest)
		if m == nil {
			return !other
		}
		for k := 1; k <= 3; k++ {
			if m[2*k] < 0 || want[k] == "" {
				continue
			}
			if rest[m[2*k]:m[2*k+1]] == want[k] {
				return true
			}
			other = true
		}
		rest = rest[max(1, m[1]-1):]
	}
}

// IDFrom makes an id for a framework or a set out of a title or a file name.
func IDFrom(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if ext := path.Ext(text); slices.Contains([]string{".json", ".yaml", ".yml", ".csv"}, ext) {
		text = strings.TrimSuffix(text, ext)
	}
	id := strings.Trim(notInID.ReplaceAllString(text, "-"), "-.")
	if len(id) > 60 {
		id = strings.TrimRight(id[:60], "-.")
	}
	if id == "" {
		return "imported"
	}
	return id
}

// FromOSCAL turns faults of a document into those of a file.
func FromOSCAL(file string, faults []oscal.Fault) []Fault {
	var out []Fault
	for _, f := range faults {
		severity, text := Warning, f.Text
		if f.Fatal {
			severity = Error
		}
		if f.Path != "" {
			text = f.Path + ": " + text
		}
		out = append(out, Fault{file, f.Line, severity, text})
	}
	return out
}

// Short cuts a text of a file to what a label holds, at a word.
func Short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxLabel {
		return text
	}
	cut := strings.ToValidUTF8(text[:maxLabel-4], "")
	if at := strings.LastIndexByte(cut, ' '); at > maxLabel/2 {
		cut = cut[:at]
	}
	return cut + "…"
}
