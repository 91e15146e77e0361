package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Stating is a document in force with everything it binds us to.
type Stating struct {
	Name         string // of the file, or the slug of a policy
	Policy       string // id; empty for a file
	Slug         string
	Title        string
	Governs      []string
	Line         string // of its front matter that says what it governs, or empty
	Undertakings []Undertaking
}

// Conflict is a contradiction between two documents that are in force together. The
// first of each pair belongs to the document that was given first.
type Conflict struct {
	Kind      Kind
	Topic     string
	Subject   string
	Property  Property
	Documents [2]Stating
	Values    [2]string
	Sentences [2]string
	Control   string // id of the control, for TooLoose
	Stricter  int    // 0 or 1: which of the two asks for more; -1: neither can be said to
	Why       string // one sentence for a person
}

// Kind says what sort of contradiction it is. The values are stored.
type Kind string

const (
	Differing  Kind = "differing"   // one subject, two values
	TwoGovern  Kind = "two_govern"  // two documents decide for one topic
	ScopesVary Kind = "scopes_vary" // one scope, two extents
	TooLoose   Kind = "too_loose"   // a document allows more time than a control it governs has
)

// StatingOf gathers what a document binds us to: what its front matter lists, and
// what the text says besides. A front matter that differs from its own sentence is
// believed and noted.
func StatingOf(d Document) (Stating, Reading, []string) {
	read := Extract(d.Body)
	s := Stating{Name: d.Name, Slug: d.Slug, Title: d.Title, Governs: slices.Clone(d.Governs), Line: d.governsLine}
	var notes []string
	for _, u := range d.Undertakings {
		s.Undertakings = append(s.Undertakings, u)
		for _, r := range read.Undertakings {
			if r.Sentence == u.Sentence && r.Subject == u.Subject && r.Value != u.Value {
				notes = append(notes, fmt.Sprintf("Undertaking %s says %s, but its sentence says %s. Correct one of the two.", u.ID, u.Value, r.Value))
			}
		}
	}
	for _, r := range read.Undertakings {
		if r.Property == Governs {
			if !slices.Contains(s.Governs, r.Topic) && d.governsLine == "" {
				s.Governs = append(s.Governs, r.Topic)
			}
			s.Undertakings = append(s.Undertakings, r)
			continue
		}
		listed := slices.ContainsFunc(s.Undertakings, func(u Undertaking) bool {
			return u.Subject == r.Subject && (u.Sentence == r.Sentence || u.Value == r.Value)
		})
		if !listed {
			s.Undertakings = append(s.Undertakings, r)
		}
	}
	return s, read, notes
}

// FindConflicts compares documents that are in force together, each pair once. It
// reads nothing but its arguments and gives the same list in the same order.
func FindConflicts(docs []Stating) []Conflict {
	var out []Conflict
	for subject, list := range bySubject(docs) {
		for i, a := range list {
			for _, b := range list[i+1:] {
				if a.doc == b.doc || a.value == b.value {
					continue
				}
				out = append(out, differing(docs, subject, a, b))
			}
		}
	}
	out = append(out, governing2(docs)...)
	places := make(map[string]int, len(docs))
	for i, d := range docs {
		places[d.Name] = i
	}
	place := func(c Conflict, i int) int { return places[c.Documents[i].Name] }
	slices.SortFunc(out, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Property, b.Property),
			cmp.Compare(place(a, 0), place(b, 0)), cmp.Compare(place(a, 1), place(b, 1)), cmp.Compare(a.Values[0], b.Values[0]), cmp.Compare(a.Values[1], b.Values[1]))
	})
	return out
}

// said is what one document says of one subject.
type said struct {
	doc      int
	value    string
	sentence string
}

type subjectKey struct {
	subject, topic string
	property       Property
}

// bySubject gathers the statements of all documents, each value of a document once.
func bySubject(docs []Stating) map[subjectKey][]said {
	out := map[subjectKey][]said{}
	for i, d := range docs {
		for _, u := range d.Undertakings {
			if u.Property == Governs {
				continue
			}
			key := subjectKey{u.Subject, u.Topic, u.Property}
			value := u.Value
			if u.Property == Definition {
				value = meaning(value)
			}
			if !slices.ContainsFunc(out[key], func(s said) bool { return s.doc == i && s.value == value }) {
				out[key] = append(out[key], said{i, value, u.Sentence})
			}
		}
	}
	return out
}

func differing(docs []Stating, k subjectKey, a, b said) Conflict {
	c := Conflict{Kind: Differing, Topic: k.topic, Subject: k.subject, Property: k.property, Documents: [2]Stating{docs[a.doc], docs[b.doc]},
		Values: [2]string{a.value, b.value}, Sentences: [2]string{a.sentence, b.sentence}}
	if k.property == Scope {
		c.Kind = ScopesVary
	}
	c.Stricter = Stricter(k.property, a.value, b.value)
	c.Why = c.why()
	return c
}

// why explains the conflict in a sentence.
func (c Conflict) why() string {
	label := strings.ToLower(Words().Label(c.Subject)[:1]) + Words().Label(c.Subject)[1:]
	if len(c.Subject) > 1 && strings.ToUpper(Words().Label(c.Subject)[:2]) == Words().Label(c.Subject)[:2] {
		label = Words().Label(c.Subject) // HIPAA, TLS
	}
	a, b := Say(c.Property, c.Values[0]), Say(c.Property, c.Values[1])
	text := fmt.Sprintf("On “%s”, %s says %s and %s says %s.", label, c.Documents[0].Title, a, c.Documents[1].Title, b)
	if c.Property == Definition {
		text = fmt.Sprintf("%s and %s give “%s” two meanings.", c.Documents[0].Title, c.Documents[1].Title, label)
	}
	switch {
	case c.Stricter >= 0:
		text += fmt.Sprintf(" %s asks for more.", c.Documents[c.Stricter].Title)
	case c.business():
		text += " One counts working days, the other calendar days."
	}
	return text
}

// business reports whether one value counts working days and the other does not.
func (c Conflict) business() bool {
	return strings.HasSuffix(c.Values[0], "business") != strings.HasSuffix(c.Values[1], "business")
}

// governing2 finds the topics for which several documents decide.
func governing2(docs []Stating) []Conflict {
	by := map[string][]int{}
	for i, d := range docs {
		for _, t := range d.Governs {
			if !slices.Contains(by[t], i) {
				by[t] = append(by[t], i)
			}
		}
	}
	var out []Conflict
	for topic, list := range by {
		for n, i := range list {
			for _, j := range list[n+1:] {
				a, b := docs[i], docs[j]
				out = append(out, Conflict{Kind: TwoGovern, Topic: topic, Subject: topic, Property: Governs, Documents: [2]Stating{a, b},
					Values: [2]string{a.Slug, b.Slug}, Sentences: [2]string{a.governingSentence(topic), b.governingSentence(topic)}, Stricter: -1,
					Why: fmt.Sprintf("%s and %s both say that they decide on %s. Staff cannot know which to follow.", a.Title, b.Title, strings.ToLower(Words().Label(topic)))})
			}
		}
	}
	return out
}

// governingSentence is where the document says that it governs a topic.
func (s Stating) governingSentence(topic string) string {
	for _, u := range s.Undertakings {
		if u.Property == Governs && u.Topic == topic {
			return u.Sentence
		}
	}
	return s.Line
}

// Stricter returns which of two values asks for more: 0 or 1, or -1 where it
// cannot be said. Shorter is stricter for frequencies and deadlines, the sign decides
// for thresholds, more parts for scopes; retention has no stricter side.
func Stricter(p Property, a, b string) int {
	less := func(x, y float64) int {
		switch {
		case x < y:
			return 0
		case x > y:
			return 1
		}
		return -1
	}
	switch p {
	case Frequency, Deadline:
		x, okX := ParseLength(a)
		y, okY := ParseLength(b)
		if okX && okY {
			return less(x.longest(), y.longest())
		}
	case Threshold:
		x, y := thresholdValue.FindStringSubmatch(a), thresholdValue.FindStringSubmatch(b)
		if x == nil || y == nil || x[1] != y[1] || x[3] != y[3] || x[1] == "=" {
			return -1
		}
		n, _ := strconv.ParseFloat(x[2], 64)
		m, _ := strconv.ParseFloat(y[2], 64)
		if x[1] == ">=" {
			n, m = m, n
		}
		return less(n, m)
	case Scope:
		x, y := strings.Split(a, "+"), strings.Split(b, "+")
		within := func(small, large []string) bool {
			return !slices.ContainsFunc(small, func(s string) bool { return !slices.Contains(large, s) })
		}
		switch {
		case within(y, x) && len(x) > len(y):
			return 0
		case within(x, y) && len(y) > len(x):
			return 1
		}
	}
	return -1
}

// Say writes a value as a sentence has it: "every 3 months", "within 24 hours".
func Say(p Property, value string) string {
	switch p {
	case Frequency, Deadline, Retention:
		l, ok := ParseLength(value)
		if !ok {
			return value
		}
		return map[Property]string{Frequency: "every ", Deadline: "within ", Retention: "kept for "}[p] + l.words(p == Frequency)
	case Threshold:
		m := thresholdValue.FindStringSubmatch(value)
		if m == nil {
			return value
		}
		if m[3] == "TLS" {
			return "TLS " + m[2] + " or higher"
		}
		return map[string]string{">=": "at least ", "<=": "at most ", "=": "exactly "}[m[1]] + m[2] + " " + m[3]
	case Role:
		return Words().roleLabel(value)
	case Scope:
		parts := strings.Split(value, "+")
		for i := range parts {
			parts[i] = strings.ReplaceAll(parts[i], "-", " ")
		}
		return listed(parts)
	case Governs:
		return strings.ToLower(Words().Label(value))
	}
	return "“" + value + "”"
}

func (v *Vocabulary) roleLabel(id string) string {
	for _, r := range v.Roles {
		if r.ID == id {
			return r.Label
		}
	}
	return strings.ReplaceAll(id, "-", " ")
}

// words is the length as people write it: "3 months", "2 working days".
func (l Length) words(after bool) string {
	n, unit := l.N, map[byte]string{'H': "hour", 'D': "day", 'M': "month"}[l.Unit]
	switch {
	case l.Unit == 'M' && n%12 == 0:
		n, unit = n/12, "year"
	case l.Business:
		unit = "working day"
	}
	switch {
	case n == 1 && after:
		return unit
	case n == 1:
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// listed joins words: "a, b and c".
func listed(list []string) string {
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return strings.Join(list, "")
}

// Beat is how often a control has to be done, given to findLoose by who knows it.
type Beat struct {
	Control string // id
	Code    string
	Library []string // codes of the library controls it was made of, or its own code
	Every   cadence.Frequency
	Because string // what sets it, such as "ISO/IEC 27001 A.5.18"
}

// Loose is a policy that allows more time than a control it governs has.
type Loose struct {
	Document    Stating
	Undertaking Undertaking
	Beat        Beat
	Why         string
}

// findLoose finds the frequencies of documents that are looser than the effective
// frequency of a control they speak of.
func findLoose(docs []Stating, beats []Beat) []Loose {
	var out []Loose
	for _, d := range docs {
		for _, u := range d.Undertakings {
			if u.Property != Frequency {
				continue
			}
			every, ok := Every(u.Value)
			about, known := Words().Subject(u.Subject)
			if !ok || !known {
				continue
			}
			for _, b := range beats {
				if b.Every.Known() && b.Every.Stricter(every) && slices.ContainsFunc(b.Library, func(code string) bool { return slices.Contains(about.Controls, code) }) {
					out = append(out, Loose{d, u, b, fmt.Sprintf("%s says %s, but %s has to be done %s (%s).", d.Title, Say(Frequency, u.Value), b.Code, b.Every.Phrase(), b.Because)})
				}
			}
		}
	}
	return out
}
