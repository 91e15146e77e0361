package document

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// Op says what became of a stretch of text between two versions of it.
type Op int

const (
	Same Op = iota
	Deleted
	Inserted
)

// Edit is a stretch of one line; it never holds a line break.
type Edit struct {
	Op   Op
	Text string
}

// Line is one line of a comparison: what stayed, what went and what came, in the
// order in which a person reads it.
type Line struct {
	Edits []Edit
	Break Op // what became of the line break at its end; Same at the end of the text
}

// Changed reports whether anything in the line differs.
func (l Line) Changed() bool { return l.Break != Same || !l.Only(Same) }

// Only reports whether the whole line is of one kind; an empty line is what its
// line break is.
func (l Line) Only(op Op) bool {
	for _, e := range l.Edits {
		if e.Op != op {
			return false
		}
	}
	return len(l.Edits) > 0 || l.Break == op
}

// Stretch is a run of lines of a comparison. A folded one is unchanged and far from
// any change, so that a page need not show it at once.
type Stretch struct {
	Lines  []Line
	Folded bool
}

const (
	compareLines = 8_000  // of both texts together; more are not aligned
	compareWords = 12_000 // words, spaces and signs of one changed place; a larger one counts as rewritten
)

// Compare tells two texts apart, first by lines and then, where lines differ, by
// words. Line breaks of Windows count as line breaks. Joining what stayed with what
// went gives the first text, with what came the second one. A place that was
// rewritten from end to end is shown as a whole instead of word by word.
func Compare(was, is string) []Line {
	was, is = strings.ReplaceAll(was, "\r\n", "\n"), strings.ReplaceAll(is, "\r\n", "\n")
	a, b := strings.SplitAfter(was, "\n"), strings.SplitAfter(is, "\n")
	var edits []Edit
	for _, p := range join(align(a, b, compareLines), blank) {
		edits = append(edits, p.before...)
		if p.was == "" || p.is == "" {
			edits = append(edits, p.edits()...)
			continue
		}
		for _, w := range join(align(words(p.was), words(p.is), compareWords), nil) {
			edits = append(edits, w.before...)
			edits = append(edits, w.edits()...)
		}
	}
	return cut(wholeLines(edits))
}

// Fold marks the unchanged lines that are more than around lines away from a change.
// A run of one hidden line is not worth a fold.
func Fold(lines []Line, around int) []Stretch {
	near := make([]bool, len(lines))
	for i, l := range lines {
		if l.Changed() {
			for j := max(0, i-around); j < min(len(lines), i+around+1); j++ {
				near[j] = true
			}
		}
	}
	var out []Stretch
	for i := 0; i < len(lines); {
		j := i
		for j < len(lines) && near[j] == near[i] {
			j++
		}
		folded := !near[i] && j-i > 1
		if n := len(out); n > 0 && !folded && !out[n-1].Folded {
			out[n-1].Lines = append(out[n-1].Lines, lines[i:j]...)
		} else {
			out = append(out, Stretch{Lines: append([]Line(nil), lines[i:j]...), Folded: folded})
		}
		i = j
	}
	return out
}

// WordsChanged counts the words that went and the words that came.
func WordsChanged(lines []Line) (deleted, inserted int) {
	for _, l := range lines {
		for _, e := range l.Edits {
			switch n := len(strings.Fields(e.Text)); e.Op {
			case Deleted:
				deleted += n
			case Inserted:
				inserted += n
			}
		}
	}
	return deleted, inserted
}

// align compares two lists of tokens. Beyond the limit, or with more different
// tokens than there are private characters to stand for them, everything between
// the common beginning and the common end counts as replaced.
func align(a, b []string, limit int) []Edit {
	var head, tail int
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	start, end := strings.Join(a[:head], ""), strings.Join(a[len(a)-tail:], "")
	a, b = a[head:len(a)-tail], b[head:len(b)-tail]
	edits := []Edit{{Same, start}}
	if len(a) == 0 || len(b) == 0 || len(a)+len(b) > limit {
		edits = append(edits, Edit{Deleted, strings.Join(a, "")}, Edit{Inserted, strings.Join(b, "")})
	} else {
		edits = append(edits, aligned(a, b)...)
	}
	return append(edits, Edit{Same, end})
}

// aligned finds the shortest way from a to b. Each token is stood for by one
// character of the private planes, because the library compares characters.
func aligned(a, b []string) []Edit {
	const first = 0xF0000
	numbers, tokens := map[string]rune{}, []string(nil)
	stand := func(list []string) []rune {
		out := make([]rune, len(list))
		for i, t := range list {
			n, ok := numbers[t]
			if !ok {
				n = rune(first + len(tokens))
				numbers[t], tokens = n, append(tokens, t)
			}
			out[i] = n
		}
		return out
	}
	x, y := stand(a), stand(b)
	d := diffmatchpatch.New()
	d.DiffTimeout = 0 // the answer must not depend on the speed of the machine
	var out []Edit
	for _, p := range d.DiffMainRunes(x, y, false) {
		var text strings.Builder
		for _, r := range p.Text {
			text.WriteString(tokens[r-first])
		}
		op := Same
		switch p.Type {
		case diffmatchpatch.DiffDelete:
			op = Deleted
		case diffmatchpatch.DiffInsert:
			op = Inserted
		}
		out = append(out, Edit{op, text.String()})
	}
	return out
}

// changed is one changed place with the unchanged text in front of it.
type changed struct {
	before  []Edit
	was, is string
}

func (p changed) edits() []Edit { return []Edit{{Deleted, p.was}, {Inserted, p.is}} }

// size is how much a person has to read in the place.
func (p changed) size() int { return max(utf8.RuneCountInString(p.was), utf8.RuneCountInString(p.is)) }

// join gathers edits into places. Unchanged text between two changes joins them when
// small says so, or, where small is nil, when it is blank or no longer than the change on either side:
// a lone “the” that stayed between two rewritten halves helps nobody.
func join(edits []Edit, small func(string) bool) []changed {
	out := []changed{{}}
	between := "" // unchanged text since the last place
	for _, e := range edits {
		if e.Text == "" {
			continue
		}
		if e.Op == Same {
			between += e.Text
			continue
		}
		if between != "" || len(out) == 1 {
			out = append(out, changed{before: []Edit{{Same, between}}})
			between = ""
		}
		if p := &out[len(out)-1]; e.Op == Deleted {
			p.was += e.Text
		} else {
			p.is += e.Text
		}
	}
	out = mergeNear(out[1:], small)
	return append(out, changed{before: []Edit{{Same, between}}})
}

// mergeNear joins neighbours; a joined place may join the one before it too.
func mergeNear(list []changed, small func(string) bool) []changed {
	var out []changed
	for _, p := range list {
		for len(out) > 0 {
			last, text := out[len(out)-1], p.before[0].Text
			n := utf8.RuneCountInString(text)
			if small != nil && !small(text) || small == nil && !(blank(text) || n <= last.size() && n <= p.size()) {
				break
			}
			p = changed{before: last.before, was: last.was + text + p.was, is: last.is + text + p.is}
			out = out[:len(out)-1]
		}
		out = append(out, p)
	}
	return out
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

// words splits a text into words, spaces and single signs; nothing is lost.
func words(text string) []string {
	var out []string
	start, kind := 0, 0
	for i, r := range text {
		k := 1 // a sign stands alone
		switch {
		case r == '\n':
		case unicode.IsSpace(r):
			k = 2
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r == '\'' || r == '’':
			k = 3
		}
		if i > start && (k == 1 || k != kind) {
			out, start = append(out, text[start:i]), i
		}
		kind = k
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// wholeLines lets several lines that were replaced by several others begin and end
// with a line, so that the first new line does not stand behind the last old one.
func wholeLines(edits []Edit) []Edit {
	edits = slices.DeleteFunc(edits, func(e Edit) bool { return e.Text == "" })
	for i := 1; i+1 < len(edits); i++ {
		went, came, after := &edits[i-1], &edits[i], &edits[i+1]
		if went.Op != Deleted || came.Op != Inserted || after.Op != Same || !strings.Contains(went.Text, "\n") || !strings.Contains(came.Text, "\n") {
			continue
		}
		if end := strings.IndexByte(after.Text, '\n') + 1; end > 0 {
			went.Text, came.Text, after.Text = went.Text+after.Text[:end], came.Text+after.Text[:end], after.Text[end:]
		}
		if i == 1 || edits[i-2].Op != Same {
			continue
		}
		if before := &edits[i-2]; !strings.HasSuffix(before.Text, "\n") {
			start := strings.LastIndexByte(before.Text, '\n') + 1
			went.Text, came.Text, before.Text = before.Text[start:]+went.Text, before.Text[start:]+came.Text, before.Text[:start]
		}
	}
	return edits
}

// cut breaks edits into lines.
func cut(edits []Edit) []Line {
	var out []Line
	var line Line
	for _, e := range edits {
		parts := strings.Split(e.Text, "\n")
		for i, text := range parts {
			if n := len(line.Edits); text != "" && n > 0 && line.Edits[n-1].Op == e.Op {
				line.Edits[n-1].Text += text
			} else if text != "" {
				line.Edits = append(line.Edits, Edit{e.Op, text})
			}
			if i < len(parts)-1 {
				line.Break = e.Op
				out, line = append(out, line), Line{}
			}
		}
	}
	if len(line.Edits) > 0 {
		out = append(out, line)
	}
	return out
}
