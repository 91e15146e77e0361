package policy

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed data/subjects.csv data/topics.csv data/phrases.txt data/subject-controls.csv
var vocabularyFiles embed.FS

// Subject is one thing that policies state, with the kind of value they give it.
type Subject struct {
	ID       string
	Topic    string
	Label    string
	Property Property
	Usual    string   // value in the shipped set
	Controls []string // codes of the library controls whose rhythm it speaks of

	speech speech
}

// speech is how sentences speak of a subject, as data/phrases.txt says. The numbers
// are terms of the vocabulary.
type speech struct {
	key, any [][]int
	not      []int
	units    []unitWords
	pre      []int
	tokens   []unitWords
	define   []int
	before   bool
}

// unitWords is a name and the terms that stand for it.
type unitWords struct {
	name  string
	terms []int
}

// Topic is one of the fields that policies govern.
type Topic struct{ ID, Label string }

// Vocabulary is all that the extractor knows of words. It is read once and never
// changes, so it is safe for concurrent use.
type Vocabulary struct {
	Subjects []Subject
	Topics   []Topic
	Roles    []Topic

	byID  map[string]int
	terms []term
	exact map[string][]int // first word: terms
	begun map[string][]int // beginning of the first word: terms
	roles []unitWords
	words int // words of 64 terms in a set

	defines map[int]bool // terms whose meaning documents give
}

// term is one or more words that stand side by side.
type term struct {
	text  string
	words []string
	open  []bool // the word stands for all that begin so
}

// Words is the vocabulary that ships.
var Words = sync.OnceValue(func() *Vocabulary {
	v, err := readVocabulary()
	if err != nil {
		panic(err) // a test reads it too
	}
	return v
})

// Subject returns a subject of the vocabulary.
func (v *Vocabulary) Subject(id string) (Subject, bool) {
	i, ok := v.byID[id]
	if !ok {
		return Subject{}, false
	}
	return v.Subjects[i], true
}

// Label is the name of a subject, or of a topic, or the id itself made readable.
func (v *Vocabulary) Label(id string) string {
	if s, ok := v.Subject(id); ok {
		return s.Label
	}
	if i := slices.IndexFunc(v.Topics, func(t Topic) bool { return t.ID == id }); i >= 0 {
		return strings.ToUpper(v.Topics[i].Label[:1]) + v.Topics[i].Label[1:]
	}
	if id == "" {
		return ""
	}
	s := strings.ReplaceAll(id, "-", " ")
	return strings.ToUpper(s[:1]) + s[1:]
}

func rows(name string) ([][]string, error) {
	f, err := vocabularyFiles.Open("data/" + name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all[1:], nil
}

func readVocabulary() (*Vocabulary, error) {
	v := &Vocabulary{byID: map[string]int{}, exact: map[string][]int{}, begun: map[string][]int{}}
	subjects, err := rows("subjects.csv")
	if err != nil {
		return nil, err
	}
	for _, r := range subjects {
		v.byID[r[0]] = len(v.Subjects)
		v.Subjects = append(v.Subjects, Subject{ID: r[0], Topic: r[1], Label: r[2], Property: Property(r[3]), Usual: r[4]})
	}
	for _, n := range topics() {
		v.Topics = append(v.Topics, Topic{n.ID, n.Label})
	}
	for _, n := range roles() {
		v.Roles = append(v.Roles, Topic{n.ID, n.Label})
	}
	controls, err := rows("subject-controls.csv")
	if err != nil {
		return nil, err
	}
	for _, r := range controls {
		i, ok := v.byID[r[0]]
		if !ok {
			return nil, fmt.Errorf("subject-controls.csv: no subject %q", r[0])
		}
		v.Subjects[i].Controls = append(v.Subjects[i].Controls, r[1])
	}
	if err := v.readPhrases(); err != nil {
		return nil, err
	}
	v.words, v.defines = len(v.terms)/64+1, map[int]bool{}
	for _, s := range v.Subjects {
		for _, t := range s.speech.define {
			v.defines[t] = true
		}
	}
	return v, nil
}

// phraseReader reads data/phrases.txt.
type phraseReader struct {
	v      *Vocabulary
	groups map[string][]int
	known  map[string]int // text of a term: its number
	speech *speech
}

func (v *Vocabulary) readPhrases() error {
	b, err := vocabularyFiles.ReadFile("data/phrases.txt")
	if err != nil {
		return err
	}
	r := phraseReader{v: v, groups: map[string][]int{}, known: map[string]int{}}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		if line = strings.TrimRight(line, " \n"); line == "" || line[0] == '#' {
			continue
		}
		if err := r.line(line); err != nil {
			return fmt.Errorf("phrases.txt, line %d: %w", n, err)
		}
	}
	for _, s := range v.Subjects {
		if s.speech.key == nil && s.speech.define == nil {
			return fmt.Errorf("phrases.txt says nothing of %s", s.ID)
		}
	}
	return nil
}

func (r *phraseReader) line(line string) error {
	fields := strings.Fields(line)
	switch {
	case fields[0] == "=":
		list, err := r.terms(fields[2:])
		r.groups[fields[1]] = list
		return err
	case fields[0] == ":":
		list, err := r.terms(fields[2:])
		r.v.roles = append(r.v.roles, unitWords{fields[1], list})
		return err
	case line[0] != ' ':
		i, ok := r.v.byID[line]
		if !ok {
			return fmt.Errorf("no subject %q", line)
		}
		if r.speech = &r.v.Subjects[i].speech; r.speech.key != nil {
			return fmt.Errorf("%q stands here twice", line)
		}
		return nil
	case r.speech == nil:
		return fmt.Errorf("%q belongs to no subject", line)
	}
	name, words := "", fields[1:]
	if fields[0] == "unit" || fields[0] == "token" || fields[0] == "define" {
		at := slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(w, ":") })
		if at < 0 {
			return fmt.Errorf("%q has no colon", line)
		}
		name, words = strings.TrimSuffix(strings.Join(words[:at+1], " "), ":"), words[at+1:]
	}
	list, err := r.terms(words)
	if err != nil {
		return err
	}
	s := r.speech
	switch fields[0] {
	case "key":
		s.key = append(s.key, list)
	case "any":
		s.any = append(s.any, list)
	case "not":
		s.not = append(s.not, list...)
	case "unit":
		s.units = append(s.units, unitWords{name, list})
	case "token":
		s.tokens = append(s.tokens, unitWords{name, list})
	case "pre":
		s.pre = list
	case "define":
		s.define = list
	case "before":
		s.before = true
	default:
		return fmt.Errorf("%q is no kind of line", fields[0])
	}
	return nil
}

// terms numbers the terms of a line.
func (r *phraseReader) terms(words []string) ([]int, error) {
	var out []int
	for _, w := range words {
		if group, ok := strings.CutPrefix(w, "@"); ok {
			list, ok := r.groups[group]
			if !ok {
				return nil, fmt.Errorf("no group %q", group)
			}
			out = append(out, list...)
			continue
		}
		n, ok := r.known[w]
		if !ok {
			n = len(r.v.terms)
			r.known[w] = n
			t := term{text: w}
			for _, part := range strings.Split(w, "_") {
				whole := strings.TrimSuffix(part, "*")
				t.words, t.open = append(t.words, whole), append(t.open, whole != part)
			}
			r.v.terms = append(r.v.terms, t)
			index := r.v.exact
			if t.open[0] {
				index = r.v.begun
			}
			index[t.words[0]] = append(index[t.words[0]], n)
		}
		out = append(out, n)
	}
	return out, nil
}

// hit is a term found among words.
type hit struct{ term, from, to int }

// find returns the terms among words, by where they begin.
func (v *Vocabulary) find(words []string) []hit {
	var out []hit
	try := func(list []int, at int) {
		for _, n := range list {
			if t := &v.terms[n]; t.at(words[at:]) {
				out = append(out, hit{n, at, at + len(t.words)})
			}
		}
	}
	for i, w := range words {
		try(v.exact[w], i)
		for n := 1; n <= len(w); n++ {
			if list, ok := v.begun[w[:n]]; ok {
				try(list, i)
			}
		}
	}
	return out
}

func (t *term) at(words []string) bool {
	if len(words) < len(t.words) {
		return false
	}
	for i, w := range t.words {
		if words[i] != w && !(t.open[i] && strings.HasPrefix(words[i], w)) {
			return false
		}
	}
	return true
}

// termSet is a set of terms.
type termSet []uint64

func (s termSet) has(n int) bool { return s[n/64]&(1<<(n%64)) != 0 }

func (s termSet) any(list []int) bool { return slices.ContainsFunc(list, s.has) }

// set holds the hits that lie between two words.
func (v *Vocabulary) set(hits []hit, from, to int) termSet {
	s := make(termSet, v.words)
	for _, h := range hits {
		if h.from >= from && h.to <= to {
			s[h.term/64] |= 1 << (h.term % 64)
		}
	}
	return s
}

// with is the union of two sets.
func (s termSet) with(o termSet) termSet {
	out := slices.Clone(s)
	for i, w := range o {
		out[i] |= w
	}
	return out
}
