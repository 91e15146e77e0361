package policy

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// statement is one sentence of a document with what it leans on.
type statement struct {
	text    string // letter for letter
	heading string // the nearest heading above it
	lead    string // what introduces the list or table it stands in: "Vulnerabilities are fixed within:"
	before  string // the sentence before it in the same paragraph
	row     bool   // it is a row of a table or an item under a lead, so a bare value counts
}

var (
	listItem_   = regexp.MustCompile(`^\s*(?:[-*•·]|\(?\d{1,3}(?:\.\d{1,3})*[.)]|\(?(?:[a-z]|[ivx]{2,5})[.)])\s+`)
	numberedTop = regexp.MustCompile(`^\d{1,2}(?:\.\d{1,2})*\.?\s+[A-Z][^.!?:;]*$`)
	tableRule   = regexp.MustCompile(`^\s*\|?[\s:|-]+\|?\s*$`)
)

// statements divides a text of Markdown, or plain text, into its sentences.
func statements(body string) []statement {
	var r textReader
	for line := range strings.Lines(body) {
		r.line(strings.TrimRight(line, " \t\n"))
	}
	r.flush()
	return r.out
}

// textReader gathers lines into blocks and blocks into sentences.
type textReader struct {
	out     []statement
	block   []string // lines of the paragraph or item being gathered
	item    bool     // the block is an item of a list
	heading string
	lead    string
	last    string   // the paragraph before, which introduces a table
	header  []string // cells of the head of the table being read
	fenced  bool
	comment bool
}

func (r *textReader) line(line string) {
	plain := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(plain, "```") || strings.HasPrefix(plain, "~~~"):
		r.flush()
		r.fenced = !r.fenced
		return
	case r.fenced:
		return
	case r.comment || strings.HasPrefix(plain, "<!--"):
		r.comment = !strings.Contains(plain, "-->")
		return
	case plain == "":
		r.flush()
		r.header = nil
		return
	case strings.HasPrefix(plain, "#"):
		r.flush()
		r.heading, r.lead, r.last = strings.TrimSpace(strings.TrimLeft(plain, "#")), "", ""
		return
	case strings.HasPrefix(plain, "|") && strings.Count(plain, "|") > 2:
		r.flush()
		r.row(plain)
		return
	}
	if marker := listItem_.FindString(line); marker != "" && !numberedTop.MatchString(plain) {
		r.flush()
		r.item = true
		r.block = append(r.block, strings.TrimSpace(line[len(marker):]))
		return
	}
	if len(r.block) > 0 && headingLike(r.block[len(r.block)-1]) && startsUpper(plain) {
		r.flush()
	}
	r.block = append(r.block, plain)
}

// headingLike reports whether a line of plain text looks like a heading: short and
// without a full stop.
func headingLike(s string) bool {
	return len(s) < 60 && !strings.ContainsAny(s[len(s)-1:], ".!?:;,") && startsUpper(strings.TrimLeft(s, "0123456789. "))
}

func startsUpper(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// row takes in a line of a table.
func (r *textReader) row(line string) {
	if tableRule.MatchString(line) {
		return
	}
	var cells []string
	for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
		cells = append(cells, strings.TrimSpace(cell))
	}
	if r.header == nil {
		r.header = cells
		return
	}
	r.out = append(r.out, statement{text: line, heading: r.heading, lead: strings.Join(append([]string{r.last}, r.header...), " "), row: true})
}

// flush divides the block that was gathered.
func (r *textReader) flush() {
	if len(r.block) == 0 {
		r.item = false
		return
	}
	text := strings.Join(r.block, "\n")
	item := r.item
	first := r.block[0]
	single := len(r.block) == 1
	r.block, r.item = nil, false
	if !item && single && (numberedTop.MatchString(first) || headingLike(first) && len(strings.Fields(first)) < 9 && !strings.ContainsAny(first, "0123456789") && !strings.HasSuffix(first, "**")) {
		r.heading, r.lead = first, ""
		return
	}
	list := sentences(text)
	if !item {
		r.lead, r.last = "", text
	}
	before := ""
	for i, s := range list {
		st := statement{text: s, heading: r.heading, before: before}
		if item && r.lead != "" {
			st.lead, st.row = r.lead, i == 0
		}
		r.out = append(r.out, st)
		before = s
	}
	if n := len(list); !item && n > 0 && strings.HasSuffix(list[n-1], ":") {
		r.lead = list[n-1]
	}
}

// short words that end in a full stop without ending a sentence
var abbreviation = regexp.MustCompile(`(?i)(?:\b(?:e\.g|i\.e|etc|vs|inc|ltd|no|art|sec|cf|approx|dr|mr|ms|st|dept|incl|max|min|[a-z])\.)$`)

// sentences divides a block into sentences, letter for letter: only the white
// space around them is left out.
func sentences(block string) []string {
	var out []string
	start := 0
	for i := 0; i < len(block); i++ {
		if c := block[i]; c != '.' && c != '!' && c != '?' {
			continue
		}
		end := i + 1
		for end < len(block) && strings.IndexByte(`"')]*_`, block[end]) >= 0 {
			end++
		}
		if end >= len(block) || block[end] != ' ' && block[end] != '\n' {
			continue
		}
		rest := strings.TrimLeft(block[end:], " \n*_\"'([“‘")
		if rest == "" || !opens(rest) || block[i] == '.' && abbreviation.MatchString(block[max(start, i-8):i+1]) {
			continue
		}
		if s := strings.TrimSpace(block[start:end]); s != "" {
			out = append(out, s)
		}
		start = end
	}
	if s := strings.TrimSpace(block[start:]); s != "" {
		out = append(out, s)
	}
	return out
}

// opens reports whether a text may begin a sentence.
func opens(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) || unicode.IsDigit(r) || strings.HasPrefix(s, "{{") || strings.HasPrefix(s, "ePHI") || strings.HasPrefix(s, "iOS")
}

// wordsOf turns a text into lower-case words for matching: figures for number
// words, no apostrophes, hyphens as spaces, and , ; : ( ) . as words of their own.
func wordsOf(text string) []string {
	var out []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	low := []rune(strings.ToLower(text))
	digit := func(i int) bool { return i >= 0 && i < len(low) && low[i] >= '0' && low[i] <= '9' }
	for i := 0; i < len(low); i++ {
		switch c := low[i]; {
		case unicode.IsLetter(c), unicode.IsDigit(c):
			word.WriteRune(c)
		case c == '.' && digit(i-1) && digit(i+1):
			word.WriteRune(c)
		case c == ',' && digit(i-1) && digit(i+1) && digit(i+2) && digit(i+3) && !digit(i+4):
		case c == '\'' || c == '’':
			if i+1 < len(low) && low[i+1] == 's' && (i+2 >= len(low) || !unicode.IsLetter(low[i+2])) {
				i++
			}
		case c == '%':
			end()
			out = append(out, "percent")
		case c == '$':
			end()
			out = append(out, "usd")
		case c == '€':
			end()
			out = append(out, "eur")
		case c == '≥' || c == '>' && i+1 < len(low) && low[i+1] == '=':
			end()
			out = append(out, "at", "least")
		case c == '≤' || c == '<' && i+1 < len(low) && low[i+1] == '=':
			end()
			out = append(out, "at", "most")
		case strings.ContainsRune(",;:().!?|/", c):
			end()
			if c == '!' || c == '?' {
				c = '.'
			}
			out = append(out, string(c))
		default:
			end()
		}
	}
	end()
	return withoutDoubles(figures(out))
}

var numberWords = map[string]int{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
	"twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30,
	"forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}

// figures writes number words as figures: "one hundred and eighty" is 180.
func figures(words []string) []string {
	out := words[:0]
	for i := 0; i < len(words); {
		n, used := numberAt(words[i:])
		if used == 0 {
			out = append(out, words[i])
			i++
			continue
		}
		out = append(out, strconv.Itoa(n))
		i += used
	}
	return out
}

// numberAt reads the number words at the beginning of a text, and how many they are.
func numberAt(words []string) (n, used int) {
	n, ok := numberWords[words[0]]
	if !ok {
		return 0, 0
	}
	used = 1
	if n >= 20 && len(words) > 1 {
		if m := numberWords[words[1]]; m > 0 && m < 10 {
			return n + m, 2
		}
		return n, 1
	}
	if len(words) > 1 && words[1] == "hundred" {
		n, used = 100*n, 2
		rest := words[2:]
		if len(rest) > 1 && rest[0] == "and" {
			if _, ok := numberWords[rest[1]]; ok {
				rest, used = rest[1:], used+1
			}
		}
		if len(rest) > 0 {
			m, more := numberAt(rest)
			return n + m, used + more
		}
	}
	return n, used
}

// withoutDoubles takes out a figure that repeats, in parentheses, the one before it: thirty (30).
func withoutDoubles(words []string) []string {
	for i := 0; i+3 < len(words); i++ {
		if words[i+1] == "(" && words[i+3] == ")" && words[i] == words[i+2] {
			words = append(words[:i+1], words[i+4:]...)
		}
	}
	return words
}
