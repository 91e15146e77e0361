package people

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
)

// Source is where a value of a person comes from. The values are stored.
//
// What somebody set by hand stays until somebody hands the field back; then the
// personnel list says what holds, and where it is silent the directory. A source
// that says something else changes nothing and is shown.
type Source string

const (
	Hand      Source = "hand"
	HR        Source = "hr"        // the list of the people who employ
	Directory Source = "directory" // the list of the identity provider
)

// lists are the sources that send lists, the one that counts more first.
var lists = []Source{HR, Directory}

// Lists returns the sources a list can come from, the one that counts more first.
func Lists() []Source { return slices.Clone(lists) }

// Label is the source as a page writes it.
func (s Source) Label() string {
	switch s {
	case Hand:
		return "By hand"
	case HR:
		return "Personnel list"
	case Directory:
		return "Directory"
	}
	return "Before sources were kept"
}

// fields are what a source can say of a person, in the order a page shows them.
var fields = []struct{ key, label string }{
	{"name", "Name"}, {"email", "E-mail"}, {"function", "Function"}, {"title", "Title"}, {"kind", "Kind"}, {"manager", "Manager"}, {"start_on", "First day"}, {"end_on", "Last day"},
}

// FieldLabel is a field as a page writes it.
func FieldLabel(key string) string {
	for _, f := range fields {
		if f.key == key {
			return f.label
		}
	}
	return key
}

// field returns where a person keeps a field.
func (p *Person) field(key string) *string {
	switch key {
	case "name":
		return &p.Name
	case "email":
		return &p.Email
	case "function":
		return &p.Function
	case "title":
		return &p.Title
	case "kind":
		return (*string)(&p.Kind)
	case "manager":
		return &p.Manager
	case "start_on":
		return &p.StartOn
	}
	return &p.EndOn
}

// Value returns what a field of a person is, by the key of Origin.
func (p Person) Value(key string) string { return *p.field(key) }

// differing returns the fields in which two states of a person differ.
func differing(a, b Person) []string {
	var out []string
	for _, f := range fields {
		if *a.field(f.key) != *b.field(f.key) {
			out = append(out, f.key)
		}
	}
	return out
}

// byHand says which fields were set by hand, and when. No list changes them.
type byHand map[string]int64

func parseHand(text string) (byHand, error) {
	h := byHand{}
	if text == "" {
		return h, nil
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return nil, fmt.Errorf("reading what was set by hand: %w", err)
	}
	return h, nil
}

func (h byHand) text() string {
	if len(h) == 0 {
		return ""
	}
	b, _ := json.Marshal(h) // a map of numbers always can be
	return string(b)
}

// said is a value and since when the source says it.
type said struct {
	Value string `json:"v"`
	At    int64  `json:"at"`
}

// listing is what a source last said of a person.
type listing struct {
	ID       string
	Person   string
	Source   Source
	External string // what the source calls them
	Says     map[string]said
	Seen     int64
	Unlisted int64 // 0: its last full list names them
}

func (l listing) text() string {
	b, _ := json.Marshal(l.Says) // a map of texts and numbers always can be
	return string(b)
}

// hears notes a value that the source says now. Nothing said is nothing changed.
func (l *listing) hears(key, value string, now time.Time) {
	if value != "" && l.Says[key].Value != value {
		l.Says[key] = said{value, db.Micros(now)}
	}
}

// rank is how much a source counts, less being more.
func (s Source) rank() int { return slices.Index(lists, s) }

// settled returns a person as hand and lists have it: fields set by hand stay, and
// the others follow the first list that says anything.
func settled(p Person, hand byHand, listings []listing) Person {
	ranked := slices.SortedFunc(slices.Values(listings), func(a, b listing) int { return a.Source.rank() - b.Source.rank() })
	for _, f := range fields {
		if hand[f.key] != 0 {
			continue
		}
		for _, l := range ranked {
			if v := l.Says[f.key].Value; v != "" {
				*p.field(f.key) = v
				break
			}
		}
	}
	return p
}

// Claim is a value that a source gives for a field.
type Claim struct {
	Source Source
	Value  string
	At     time.Time // since when it says so
}

// Origin says where the value of a field comes from, and who says something else.
type Origin struct {
	Field string
	Claim         // the value that holds; no source when it was entered before sources were kept
	Other []Claim // different values, which were not taken
}

// Open reports whether a list says something else than was set by hand, so that
// somebody should decide.
func (o Origin) Open() bool { return o.Source == Hand && len(o.Other) > 0 }

// originsOf returns the origin of every field that has a value or a claim.
func originsOf(p Person, hand byHand, listings []listing) []Origin {
	ranked := slices.SortedFunc(slices.Values(listings), func(a, b listing) int { return a.Source.rank() - b.Source.rank() })
	var out []Origin
	for _, f := range fields {
		o := Origin{Field: f.key, Claim: Claim{Value: *p.field(f.key)}}
		if at := hand[f.key]; at != 0 {
			o.Source, o.At = Hand, db.Time(at)
		}
		for _, l := range ranked {
			s, ok := l.Says[f.key]
			switch {
			case !ok:
			case s.Value != o.Value:
				o.Other = append(o.Other, Claim{l.Source, s.Value, db.Time(s.At)})
			case o.Source == "":
				o.Source, o.At = l.Source, db.Time(s.At)
			}
		}
		if o.Value != "" || len(o.Other) > 0 || o.Source != "" {
			out = append(out, o)
		}
	}
	return out
}

// chain follows managers upwards from a person and returns the ids until it comes
// back to somebody it passed, that one twice; nil when it ends.
func chain(id string, manager func(string) string) []string {
	var ids []string
	place := map[string]int{}
	for at := id; at != ""; at = manager(at) {
		if i, passed := place[at]; passed {
			return append(ids[i:], at)
		}
		place[at] = len(ids)
		ids = append(ids, at)
	}
	return nil
}

// circle says who reports to whom in a chain that comes back to its beginning.
func circle(names []string) string {
	var b strings.Builder
	for i := range len(names) - 1 {
		if i == 8 {
			fmt.Fprintf(&b, ", and so on for %d people", len(names)-1)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s reports to %s", names[i], names[i+1])
	}
	return b.String() + "."
}
