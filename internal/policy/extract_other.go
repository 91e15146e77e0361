package policy

import (
	"regexp"
	"slices"
	"strings"
)

var (
	asExample  = regexp.MustCompile(`^(?:for example|e g|for instance|example|note|last year|in the past|previously|until|historically|before 20\d\d|in 20\d\d)\b`)
	frameworks = regexp.MustCompile(`^(?:the |our |some |most |many )?(?:iso|soc|pci|gdpr|hipaa|nist|cis|law|laws|regulation|regulations|standard iso|directive|act|framework|frameworks|auditors|customers|regulators|insurers|industry|best practice|good practice)\b`)
	demanding  = regexp.MustCompile(`\b(?:require|requires|required|ask|asks|expect|expects|recommend|recommends|suggest|suggests|demand|demands|prescribe|prescribes|call for|calls for)\b`)
)

// skipped reports whether a sentence binds nobody: an example, something past, or
// what somebody else asks for.
func skipped(low string) bool {
	if asExample.MatchString(low) {
		return true
	}
	return frameworks.MatchString(low) && demanding.MatchString(low)
}

var governing = regexp.MustCompile(`\b(?:this|the) (?:[a-z]+ )?(?:policy|procedure|standard|document) (?:governs|is the governing (?:policy|document|procedure|standard) (?:for|on)|is authoritative (?:for|on)|is the authoritative (?:policy|document|source) (?:for|on)|decides (?:on|in) (?:all )?(?:questions|matters) of|prevails (?:for|on|in matters of)|takes precedence (?:for|on|in matters of|in)) `)

// governs reads which topics a document says it decides for.
func (r *extractor) governs(s statement, l *line) []found {
	if !strings.Contains(l.low, "govern") && !strings.Contains(l.low, "authorit") && !strings.Contains(l.low, "decides") && !strings.Contains(l.low, "prevails") && !strings.Contains(l.low, "precedence") {
		return nil
	}
	p := governing.FindStringIndex(l.low)
	if p == nil || strings.Contains(l.low, " not ") {
		return nil
	}
	for _, topic := range r.topicsIn(l.low[p[1]:]) {
		r.Undertakings = append(r.Undertakings, Undertaking{Subject: topic, Topic: topic, Property: Governs, Value: topic, Sentence: s.text, Read: true})
	}
	return nil
}

// topicsIn finds the topics that a list names by their labels, the longest first.
func (r *extractor) topicsIn(list string) []string {
	type name struct{ words, topic string }
	var names []name
	for _, t := range r.v.Topics {
		for _, text := range []string{t.Label, strings.ReplaceAll(t.ID, "-", " ")} {
			names = append(names, name{" " + strings.Join(wordsOf(text), " ") + " ", t.ID})
		}
	}
	slices.SortStableFunc(names, func(a, b name) int { return len(b.words) - len(a.words) })
	var out []string
	list = " " + list + " "
	for _, n := range names {
		if strings.Contains(list, n.words) {
			list = strings.ReplaceAll(list, n.words, "  ")
			if !slices.Contains(out, n.topic) {
				out = append(out, n.topic)
			}
		}
	}
	slices.Sort(out)
	return out
}

var (
	defined  = regexp.MustCompile(`(?i)^["“*_]*(?:an? |the )?["“*_]*([a-z][a-z -]{1,40}?)["”*_]*\s*(:| is | are | means? | refers? to | is defined as | are defined as | denotes )\s*(.+)$`)
	firstOf  = regexp.MustCompile(`(?i)^(?:an?|any|anything|information|data|something|software|material|confidential|health|what|content|everything|those|records|details|all|the (?:effect|combination|possibility|chance|likelihood|potential))\b`)
	elsewher = regexp.MustCompile(`(?i)\b(?:as defined in|see (?:the|section|also|our)|is defined in|has the meaning)\b`)
)

// definitions reads what a term of the vocabulary means.
func (r *extractor) definitions(s statement, x *sentence) []found {
	if !slices.ContainsFunc(x.hits, func(h hit) bool { return h.from < 3 && r.v.defines[h.term] }) {
		return nil
	}
	text := strings.Join(strings.Fields(s.text), " ")
	p := defined.FindStringSubmatch(text)
	if p == nil || elsewher.MatchString(text) {
		return nil
	}
	glossary := strings.Contains(strings.ToLower(s.heading), "definition") || strings.Contains(strings.ToLower(s.heading), "glossary") || strings.Contains(strings.ToLower(s.heading), "terms")
	verb := strings.TrimSpace(strings.ToLower(p[2]))
	switch {
	case verb == ":" && !glossary, (verb == "is" || verb == "are") && !firstOf.MatchString(p[3]):
		return nil
	}
	words := wordsOf(p[1])
	var out []found
	for i := range r.v.Subjects {
		sub := &r.v.Subjects[i]
		for _, h := range r.v.find(words) {
			if h.from == 0 && h.to == len(words) && slices.Contains(sub.speech.define, h.term) {
				out = append(out, found{i, meaning(p[3])})
				break
			}
		}
	}
	return out
}

// roles finds who does what the subject is about: the role right before the verb,
// or the one behind "by".
func (x *sentence) roles() []found {
	var out []found
	for i := range x.v.Subjects {
		s := &x.v.Subjects[i]
		if s.Property != Role || x.whole.any(s.speech.not) {
			continue
		}
		if score, _ := x.score(s, x.whole, x.whole, nil); score == 0 {
			continue
		}
		if role := x.actor(s); role != "" {
			out = append(out, found{i, role})
		}
	}
	return out
}

// actor is the role that does what the subject is about, or nothing when none or
// several can be meant.
func (x *sentence) actor(s *Subject) string {
	role := ""
	for _, h := range x.hits {
		at := slices.IndexFunc(x.v.roles, func(u unitWords) bool { return slices.Contains(u.terms, h.term) })
		if at < 0 || !x.acts(h, s) {
			continue
		}
		if name := x.v.roles[at].name; role == "" || role == name {
			role = name
		} else if !contained(x, h) {
			return ""
		}
	}
	return role
}

// contained reports whether a hit lies inside a longer one that names a role too.
func contained(x *sentence, h hit) bool {
	return slices.ContainsFunc(x.hits, func(o hit) bool { return o.from <= h.from && o.to >= h.to && o.to-o.from > h.to-h.from })
}

// acts reports whether the role at a hit is the one who does it.
func (x *sentence) acts(h hit, s *Subject) bool {
	words := x.line.words
	if contained(x, h) {
		return false
	}
	for _, p := range x.pieces {
		if h.from < p.from || h.to > p.to {
			continue
		}
		before := words[max(0, h.from-2):h.from]
		by := len(before) > 0 && (before[len(before)-1] == "by" || before[len(before)-1] == "the" && len(before) > 1 && before[0] == "by")
		for _, v := range x.hits {
			if !slices.Contains(s.speech.key[0], v.term) && !(len(s.speech.key) > 1 && slices.Contains(s.speech.key[1], v.term)) || !x.verbal(v) {
				continue
			}
			if by && v.to <= h.from && h.from-v.to <= 4 {
				return true
			}
			if !by && v.from >= h.to && v.from-h.to <= 2 && !slices.ContainsFunc(words[h.to:v.from], func(w string) bool { return w == "," || w == "and" || w == "or" || w == ":" }) {
				return true
			}
		}
	}
	return false
}

// verbal reports whether a hit is a form of a verb rather than a thing.
func (x *sentence) verbal(h hit) bool {
	w := x.line.words[h.from]
	return !slices.Contains([]string{"exception", "exceptions", "access", "vendor", "vendors", "supplier", "suppliers", "risk", "risks", "high", "crisis", "incident", "incidents", "information", "security", "ai", "privacy", "management", "change", "request", "requests"}, w)
}

// scopes finds the parts a scope names.
func (x *sentence) scopes() []found {
	var out []found
	for i := range x.v.Subjects {
		s := &x.v.Subjects[i]
		if s.Property != Scope || x.whole.any(s.speech.not) || slices.Contains(x.line.words, "not") || slices.Contains(x.line.words, "except") {
			continue
		}
		if score, _ := x.score(s, x.whole, x.whole, nil); score == 0 {
			continue
		}
		var parts []string
		for _, t := range s.speech.tokens {
			if x.whole.any(t.terms) {
				parts = append(parts, t.name)
			}
		}
		only := slices.Contains(x.line.words, "only") || slices.Contains(x.line.words, "solely") || slices.Contains(x.line.words, "limited")
		if len(parts) > 1 || len(parts) == 1 && only {
			slices.Sort(parts)
			out = append(out, found{i, strings.Join(parts, "+")})
		}
	}
	return out
}
