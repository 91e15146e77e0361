package policy

import (
	"slices"
	"strconv"
	"strings"
)

// Reading is what could be read out of the text of a document.
type Reading struct {
	Undertakings []Undertaking // of subjects of the vocabulary, and those of the form "the thing named here"
	Unknown      []Unknown     // sentences that state a value and speak of nothing the vocabulary knows
}

// Unknown is a sentence that states a value whose subject was not recognised. A
// person may make an undertaking of it.
type Unknown struct {
	Property Property
	Value    string
	Sentence string
}

// Extract reads the undertakings out of a text: frequencies, deadlines, retentions,
// thresholds, roles, scopes, definitions and what the document governs. It compares
// words and guesses nothing: of two subjects that fit equally well it takes none.
func Extract(body string) Reading {
	r := extractor{v: Words()}
	for _, s := range statements(body) {
		r.statement(s)
	}
	return r.Reading
}

type extractor struct {
	v *Vocabulary
	Reading
}

// found is a subject with the value that a sentence gives it.
type found struct {
	subject int
	value   string
}

// statement reads one sentence.
func (r *extractor) statement(s statement) {
	if strings.HasSuffix(s.text, "?") {
		return
	}
	l := lineOf(s.text)
	if skipped(l.low) {
		return
	}
	l.find(s.row)
	x := sentenceOf(r.v, s, l)
	list := r.governs(s, l)
	list = append(list, r.definitions(s, x)...)
	list = append(list, x.roles()...)
	list = append(list, x.scopes()...)
	list = append(list, x.thresholds()...)
	for i := range l.mentions {
		list = append(list, x.timed(i)...)
	}
	r.keep(s, list)
	if len(list) == 0 {
		r.unknown(s, x)
	}
}

// keep takes in what a sentence says. Two values for one subject are no statement
// that could be compared.
func (r *extractor) keep(s statement, list []found) {
	for i, f := range list {
		twice := slices.ContainsFunc(list, func(o found) bool { return o.subject == f.subject && o.value != f.value })
		if twice && r.v.Subjects[f.subject].Property != Governs || slices.Contains(list[:i], f) {
			continue
		}
		about := r.v.Subjects[f.subject]
		r.Undertakings = append(r.Undertakings, Undertaking{Subject: about.ID, Topic: about.Topic, Property: about.Property, Value: f.value, Sentence: s.text, Read: true})
	}
}

// unknown lists what a sentence states of a subject that was not recognised.
func (r *extractor) unknown(s statement, x *sentence) {
	for i, m := range x.line.mentions {
		p := m.admits[0]
		if p == Threshold || m.minutes > 0 || m.length.N > 0 && !m.limited && p == Deadline || x.cancelled(m) {
			continue
		}
		if i > 0 && x.line.mentions[i-1].admits[0] == p {
			continue
		}
		r.Unknown = append(r.Unknown, Unknown{p, m.value(p), s.text})
	}
}

// sentence is a sentence with the terms found in it, ready to be asked.
type sentence struct {
	v       *Vocabulary
	line    *line
	hits    []hit
	pieces  []piece
	whole   termSet
	outside termSet // what the sentence leans on: lead, heading, the sentence before
	leans   bool    // the sentence names its subject only by what it leans on
	lead    termSet
}

// piece is a clause: the words between two commas or conjunctions.
type piece struct {
	from, to int
	set      termSet
}

func sentenceOf(v *Vocabulary, s statement, l *line) *sentence {
	x := &sentence{v: v, line: l, hits: v.find(l.words)}
	x.whole = v.set(x.hits, 0, len(l.words))
	x.cut(s.row)
	x.leans = s.row || leans(l.words)
	lead := wordsOf(s.lead)
	x.lead = v.set(v.find(lead), 0, len(lead))
	around := wordsOf(s.heading)
	if s.before != "" && refersBack(l.words) {
		around = append(append(around, "."), wordsOf(s.before)...)
	}
	x.outside = x.lead.with(v.set(v.find(around), 0, len(around)))
	return x
}

// refersBack reports whether a sentence begins with a word that stands for
// something named before.
func refersBack(words []string) bool {
	return len(words) > 1 && (slices.Contains([]string{"they", "it", "these", "those"}, words[0]) ||
		slices.Contains([]string{"this", "that"}, words[0]) && !slices.Contains([]string{"policy", "procedure", "standard", "document", "statement", "code"}, words[1]))
}

// leans reports whether a sentence begins without naming what it speaks of: "They
// are kept", "Reviews take place", "A test is held".
func leans(words []string) bool {
	if refersBack(words) {
		return true
	}
	if len(words) > 0 && slices.Contains([]string{"the", "a", "an", "each", "every", "such", "all"}, words[0]) {
		words = words[1:]
	}
	if len(words) < 2 {
		return false
	}
	bare := []string{"review", "reviews", "test", "tests", "exercise", "exercises", "training", "assessment", "assessments", "scan", "scans", "audit", "audits", "record", "records", "retention", "rotation", "frequency", "restores"}
	verbs := []string{"is", "are", "takes", "take", "happens", "happen", "must", "shall", "will", "occurs", "occur", "runs", "run", "should", "period", ":"}
	return slices.Contains(bare, words[0]) && slices.Contains(verbs, words[1])
}

// cut divides the sentence into clauses. Each clause holds at most one value; words
// without one belong to the value that follows.
func (x *sentence) cut(row bool) {
	words := x.line.words
	from := 0
	add := func(to int) {
		if to > from {
			x.pieces = append(x.pieces, piece{from, to, x.v.set(x.hits, from, to)})
			from = to
		}
	}
	for i, w := range words {
		inside := slices.ContainsFunc(x.line.mentions, func(m mention) bool { return i > m.from && i < m.to })
		if !inside && slices.Contains([]string{",", ";", "and", "while", "whereas", "but", "|"}, w) && x.valued(from, i) && x.valued(i, len(words)) && !row {
			add(i)
		}
	}
	add(len(words))
}

// valued reports whether a value stands between two words.
func (x *sentence) valued(from, to int) bool {
	return slices.ContainsFunc(x.line.mentions, func(m mention) bool { return m.from >= from && m.to <= to })
}

// pieceOf is the clause a word stands in.
func (x *sentence) pieceOf(at int) piece {
	for _, p := range x.pieces {
		if at >= p.from && at < p.to {
			return p
		}
	}
	return piece{0, len(x.line.words), x.whole}
}

// timed finds the subject of a frequency or a length.
func (x *sentence) timed(i int) []found {
	m := x.line.mentions[i]
	if x.cancelled(m) {
		return nil
	}
	alone := 0
	for _, o := range x.line.mentions {
		if slices.ContainsFunc(o.admits, func(p Property) bool { return slices.Contains(m.admits, p) }) {
			alone++
		}
	}
	fits := func(s *Subject) bool {
		switch s.Property {
		case Frequency:
			return slices.Contains(m.admits, Frequency)
		case Deadline:
			return slices.Contains(m.admits, Deadline) && m.limited && m.before == s.speech.before
		case Retention:
			return slices.Contains(m.admits, Retention)
		}
		return false
	}
	best := x.choose(x.pieceOf(m.from), alone == 1, fits)
	if best < 0 {
		return nil
	}
	return []found{{best, m.value(x.v.Subjects[best].Property)}}
}

// choose returns the one subject that fits best, or -1: first of those whose words
// stand in the clause, then in the sentence, then in what the sentence leans on.
func (x *sentence) choose(p piece, alone bool, fits func(*Subject) bool) int {
	within := p.set
	forbidden := x.plain(p.from, p.to)
	if len(x.pieces) < 2 {
		forbidden = x.plain(0, len(x.line.words))
	}
	if best, several := x.best(within, x.whole, forbidden, nil, fits); best >= 0 || several {
		return best
	}
	if alone {
		if best, several := x.best(x.whole, x.whole.with(x.outside), x.plain(0, len(x.line.words)), nil, fits); best >= 0 || several {
			return best
		}
	}
	if x.leans {
		all := p.set.with(x.outside)
		best, _ := x.best(all, all, forbidden.with(x.lead), within, fits)
		return best
	}
	return -1
}

// plain holds the terms between two words that do not stand in an aside: what is
// included, such as service accounts, does not make a sentence speak of that alone.
func (x *sentence) plain(from, to int) termSet {
	words := x.line.words
	set := make(termSet, x.v.words)
	for i := from; i < to; {
		end := i
		for end < to && words[end] != "including" && words[end] != "includes" && !(words[end] == "such" && end+1 < to && words[end+1] == "as") {
			end++
		}
		set = set.with(x.v.set(x.hits, i, end))
		for i = end; i < to && words[i] != ";" && words[i] != ")" && words[i] != "."; i++ {
		}
		if i == end {
			i++
		}
	}
	return set
}

// best scores the subjects that fit. touch, when given, must hold a word of a key line.
func (x *sentence) best(key, wide, forbidden, touch termSet, fits func(*Subject) bool) (best int, several bool) {
	best = -1
	top := 0
	for i := range x.v.Subjects {
		s := &x.v.Subjects[i]
		score, touched := x.score(s, key, wide, touch)
		if score == 0 || !touched && touch != nil || !fits(s) || forbidden.any(s.speech.not) {
			continue
		}
		switch {
		case score > top:
			best, top, several = i, score, false
		case score == top:
			several = true
		}
	}
	if several {
		return -1, true
	}
	return best, false
}

// score is how closely a sentence speaks of a subject; zero: it does not.
func (x *sentence) score(s *Subject, key, wide, touch termSet) (score int, touched bool) {
	if len(s.speech.key) == 0 {
		return 0, false
	}
	longest := func(set termSet, list []int) int {
		n := 0
		for _, t := range list {
			if set.has(t) {
				n = max(n, len(x.v.terms[t].words))
			}
		}
		return n
	}
	for _, list := range s.speech.key {
		n := longest(key, list)
		if n == 0 {
			return 0, false
		}
		score += 10 + 3*n
		touched = touched || touch.any2(list)
	}
	for _, list := range s.speech.any {
		n := longest(wide, list)
		if n == 0 {
			return 0, false
		}
		score += 5 + n
	}
	return score, touched
}

// any2 is any on a set that may be nil.
func (s termSet) any2(list []int) bool { return s != nil && s.any(list) }

// Words that take back what follows them.
var (
	openers = map[string]bool{"not": true, "never": true, "nor": true, "may": true, "might": true, "could": true, "would": true, "was": true, "were": true, "had": true, "formerly": true, "previously": true, "neither": true, "dont": true, "isnt": true, "arent": true, "doesnt": true}
	between = map[string]bool{"be": true, "been": true, "have": true, "to": true, "also": true, "longer": true, "required": true, "necessary": true, "need": true, "needed": true, "obliged": true, "only": true}
	allowed = map[string]bool{"later": true, "more": true, "less": true, "longer": true, "fewer": true, "exceed": true, "exceeding": true, "beyond": true}
)

// cancelled reports whether the sentence takes back, leaves open or tells as past
// what it says of a value: "need not be rotated every 90 days".
func (x *sentence) cancelled(m mention) bool {
	words := x.line.words
	p := x.pieceOf(m.from)
	for i := p.from; i < p.to; i++ {
		no := words[i] == "no" && i+1 < p.to && words[i+1] == "longer" && i+2 < p.to && words[i+2] != "than"
		if !openers[words[i]] && !no {
			continue
		}
		j := i + 1
		for j < p.to && between[words[j]] && !(words[j] == "longer" && j+1 < p.to && words[j+1] == "than") {
			j++
		}
		if j >= p.to || allowed[words[j]] || slices.ContainsFunc(words[j:max(j, min(m.from, p.to))], func(w string) bool { return allowed[w] || w == "than" }) {
			continue
		}
		if j == m.from || slices.ContainsFunc(x.hits, func(h hit) bool { return h.from == j && h.to-h.from == 1 && x.verb(h.term) }) {
			return true
		}
	}
	return false
}

// verb reports whether a term belongs to the first key line of a subject that is
// timed: what is done, as a rule, or to a group of such words.
func (x *sentence) verb(term int) bool {
	return slices.ContainsFunc(x.v.Subjects, func(s Subject) bool {
		return len(s.speech.key) > 0 && slices.Contains(s.speech.key[0], term) && (s.Property == Frequency || s.Property == Deadline || s.Property == Retention)
	})
}

// thresholds finds numbers with the units of subjects.
func (x *sentence) thresholds() []found {
	var out []found
	for i := range x.v.Subjects {
		s := &x.v.Subjects[i]
		if s.Property != Threshold || x.whole.any(s.speech.not) {
			continue
		}
		wide := x.whole
		if x.leans {
			wide = wide.with(x.lead)
		}
		if score, _ := x.score(s, wide, wide, nil); score == 0 && len(s.speech.key) > 0 {
			continue
		}
		out = append(out, x.limits(i, s)...)
	}
	return out
}

// limits finds the values of one subject.
func (x *sentence) limits(i int, s *Subject) []found {
	var out []found
	sign := strings.TrimRight(s.Usual, "0123456789. abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	for _, u := range s.speech.units {
		if !timeUnits[u.name] {
			continue
		}
		for _, m := range x.line.mentions {
			if !slices.Contains(m.admits, Threshold) || s.speech.before && !m.before && !strings.Contains(x.line.low, "before") {
				continue
			}
			if value, ok := m.as(u.name); ok {
				out = append(out, found{i, sign + value})
			}
		}
	}
	words := x.line.words
	for at, w := range words {
		if w[0] < '0' || w[0] > '9' || x.valuedAt(at) {
			continue
		}
		unit := x.unitOf(s, at)
		if unit == "" || sign == ">=" && capped(words[:at]) {
			continue
		}
		if _, err := strconv.ParseFloat(w, 64); err == nil {
			out = append(out, found{i, sign + w + " " + unit})
		}
	}
	return out
}

// valuedAt reports whether a word belongs to a length of time.
func (x *sentence) valuedAt(at int) bool {
	return slices.ContainsFunc(x.line.mentions, func(m mention) bool { return at >= m.from && at < m.to })
}

// unitOf is the unit of the number at a word, where it is one of the subject.
func (x *sentence) unitOf(s *Subject, at int) string {
	for _, h := range x.hits {
		if h.to == at && slices.Contains(s.speech.pre, h.term) && len(s.speech.units) > 0 {
			if u := s.speech.units[0].name; !timeUnits[u] {
				return u
			}
		}
	}
	for _, u := range s.speech.units {
		if timeUnits[u.name] {
			continue
		}
		for _, h := range x.hits {
			if h.from > at && h.from <= at+3 && slices.Contains(u.terms, h.term) && !slices.ContainsFunc(x.line.words[at+1:h.from], func(w string) bool { return w == "," || w == "." || w == "and" || w[0] >= '0' && w[0] <= '9' }) {
				return u.name
			}
		}
		if (u.name == "USD" || u.name == "EUR" || u.name == "GBP") && at > 0 && x.line.words[at-1] == strings.ToLower(u.name) {
			return u.name
		}
	}
	return ""
}

// capped reports whether words before a number make it an upper limit.
func capped(before []string) bool {
	tail := strings.Join(before[max(0, len(before)-3):], " ")
	return strings.HasSuffix(tail, "at most") || strings.HasSuffix(tail, "no more than") || strings.HasSuffix(tail, "up to") || strings.HasSuffix(tail, "maximum of") || strings.HasSuffix(tail, "maximum") || strings.HasSuffix(tail, "not exceed")
}
