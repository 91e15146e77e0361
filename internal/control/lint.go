package control

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Rule names what a hint about a statement is based on.
type Rule string

const (
	NamesProduct Rule = "product"  // a product is named: the control changes when the tool does
	LooserThan   Rule = "promises" // it promises less than the effective frequency
	Vague        Rule = "vague"    // words that no auditor can test
	NoActor      Rule = "actor"    // nobody is said to do it
	NoAction     Rule = "action"   // nothing is said to be done
	NoStatement  Rule = "empty"    // there is no text, or none to speak of
)

// Rules returns all rules, in the order they are checked.
func Rules() []Rule { return []Rule{NoStatement, NamesProduct, LooserThan, Vague, NoActor, NoAction} }

// Words is the rule as a list shows it.
func (r Rule) Words() string {
	switch r {
	case NamesProduct:
		return "names a product"
	case LooserThan:
		return "states a looser frequency"
	case Vague:
		return "cannot be tested"
	case NoActor:
		return "nobody does it"
	case NoAction:
		return "nothing is done"
	}
	return "no statement"
}

// Hint is one thing about a statement that a person may want to mend.
type Hint struct {
	Rule  Rule
	Found string // the words of the statement it is about, or empty
	Cure  string
}

// Lint reads a statement as an auditor would: does it stay true when a tool is
// replaced, does it promise as much as effective asks for, can it be tested? A
// statement that promises several frequencies is measured by its strictest. The
// rules know English; a text in another language is only looked through for
// product names and frequencies.
func Lint(statement string, effective cadence.Frequency) []Hint {
	fields := strings.Fields(statement)
	if len(fields) < 5 {
		return []Hint{{NoStatement, "", "Say who does what, to what, and when: “The system owners review every account each quarter and record the decision.”"}}
	}
	var out []Hint
	words := tokens(statement)
	for _, name := range productsIn(statement, words) {
		out = append(out, Hint{NamesProduct, name, "Say what the tool is for, such as “the identity provider”, and name the product in the evidence or the population. The control then outlives a change of tool."})
	}
	mentions := cadence.Mentions(statement)
	if promised := cadence.Strictest(mentions); effective.Stricter(promised) && promised.Known() {
		at := slices.IndexFunc(mentions, func(m cadence.Mention) bool { return m.Frequency == promised })
		out = append(out, Hint{LooserThan, mentions[at].Words, fmt.Sprintf("The frameworks in scope ask for this %s. Say so here, or an auditor tests you against the looser promise and then finds the gap.", effective.Phrase())})
	}
	if !english(fields) {
		return out
	}
	for sentence := range sentences(statement) {
		list := tokens(sentence)
		if counted.has(list) || strings.ContainsAny(sentence, "0123456789") {
			continue
		}
		for _, found := range vague.in(sentence, list) {
			out = append(out, Hint{Vague, found, "Nobody can test that. Give a number, a deadline or the record that is kept."})
		}
		if len(cadence.Mentions(sentence)) == 0 {
			for _, found := range seldom.in(sentence, list) {
				out = append(out, Hint{Vague, found, "Nobody can test that. Say how often, such as each quarter."})
			}
		}
	}
	if !actors.has(words) {
		out = append(out, Hint{NoActor, "", "Say who does it: a team, a role, or the system that enforces it."})
	}
	if !slices.ContainsFunc(words, func(t token) bool { return acting(t.low) }) {
		out = append(out, Hint{NoAction, "", "Say what is done, with a verb an auditor can look for: reviews, approves, records, blocks, restores."})
	}
	return out
}

// sentences goes through a text sentence by sentence, roughly.
func sentences(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for text != "" {
			end := strings.IndexAny(text, ".!?;\n")
			for end >= 0 && end+1 < len(text) && text[end] == '.' && text[end+1] != ' ' && text[end+1] != '\n' { // 2.5, A.8.8
				next := strings.IndexAny(text[end+1:], ".!?;\n")
				if next < 0 {
					end = -1
					break
				}
				end += 1 + next
			}
			if end < 0 {
				yield(text)
				return
			}
			if !yield(text[:end]) {
				return
			}
			text = text[end+1:]
		}
	}
}

// stops are the little words of English.
var stops = []string{"the", "and", "of", "to", "is", "are", "a", "in", "for", "with", "by", "on", "or", "its", "every", "each", "all"}

// english reports whether a text looks English: one word in twelve is one of the
// little ones.
func english(fields []string) bool {
	n := 0
	for _, f := range fields {
		if slices.Contains(stops, strings.ToLower(strings.Trim(f, ".,;:()"))) {
			n++
		}
	}
	return n*12 >= len(fields)
}
