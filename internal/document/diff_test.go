package document

import (
	"fmt"
	"strings"
	"testing"
)

// onPaper writes a comparison as a person would on paper: [-went-] and {+came+}.
func onPaper(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		for _, e := range l.Edits {
			switch e.Op {
			case Same:
				b.WriteString(e.Text)
			case Deleted:
				b.WriteString("[-" + e.Text + "-]")
			case Inserted:
				b.WriteString("{+" + e.Text + "+}")
			}
		}
		b.WriteString([]string{"\n", "¬\n", "+\n"}[l.Break])
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct{ name, was, is, want string }{
		{"nothing changed", "One.\nTwo.", "One.\nTwo.", "One.\nTwo."},
		{"both empty", "", "", ""},
		{"a word is replaced as a whole", "Access is reviewed quarterly.", "Access is reviewed monthly.", "Access is reviewed [-quarterly-]{+monthly+}."},
		{"a number is a word", "within 24 hours", "within 48 hours", "within [-24-]{+48+} hours"},
		{"an accent belongs to its word", "Le siège", "Le siege", "Le [-siège-]{+siege+}"},
		{"words side by side are one change", "kept for one year here", "kept for six months here", "kept for [-one year-]{+six months+} here"},
		{"a line is added", "A\nC", "A\nB\nC", "A\n{+B+}+\nC"},
		{"a line is deleted", "A\nB\nC", "A\nC", "A\n[-B-]¬\nC"},
		{"from nothing", "", "A\nB", "{+A+}+\n{+B+}"},
		{"to nothing", "A", "", "[-A-]"},
		{"line breaks of Windows are line breaks", "A\r\nB", "A\nB", "A\nB"},
		{"a line break at the end", "A", "A\n", "A+"},
		{"paragraphs with a line between them keep their pairs", "The first rule is short.\n\nThe second rule is long.", "The first rule is brief.\n\nThe second rule is wide.",
			"The first rule is [-short-]{+brief+}.\n\nThe second rule is [-long-]{+wide+}."},
		{"lines that were rewritten go before those that came", "One two\nthree four\nEnd", "Five six\nseven eight\nEnd", "[-One two-]¬\n[-three four-]¬\n{+Five six+}+\n{+seven eight+}+\nEnd"},
		{"a paragraph that shares only small words is shown whole", "Alpha of bravo charlie.", "Uniform of victor whiskey.", "[-Alpha of bravo charlie-]{+Uniform of victor whiskey+}."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := onPaper(Compare(tt.was, tt.is)); got != tt.want {
				t.Errorf("compared:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// sides puts the two texts together again.
func sides(lines []Line) (was, is string) {
	var a, b strings.Builder
	put := func(op Op, text string) {
		if op != Inserted {
			a.WriteString(text)
		}
		if op != Deleted {
			b.WriteString(text)
		}
	}
	for i, l := range lines {
		for _, e := range l.Edits {
			put(e.Op, e.Text)
		}
		if i < len(lines)-1 || l.Break != Same {
			put(l.Break, "\n")
		}
	}
	return a.String(), b.String()
}

func FuzzCompareLosesNothing(f *testing.F) {
	f.Add("A b c\n\nd", "A b x\n\ne\n")
	f.Add("\n\n\n", "\n")
	f.Add("ß’s \xff\n", "ß's\r\n")
	f.Add("same", "same")
	f.Fuzz(func(t *testing.T, was, is string) {
		a, b := sides(Compare(was, is))
		was, is = strings.ReplaceAll(was, "\r\n", "\n"), strings.ReplaceAll(is, "\r\n", "\n")
		// a shared line break at the very end is the one thing a list of lines does not tell
		if (a != was || b != is) && (a+"\n" != was || b+"\n" != is) {
			t.Fatalf("compared %q with %q, and got back %q and %q", was, is, a, b)
		}
	})
}

func TestCompareOfALongTextStaysWhole(t *testing.T) {
	var was, is strings.Builder
	for i := range compareLines {
		fmt.Fprintf(&was, "old %d\n", i)
		fmt.Fprintf(&is, "new %d\n", i)
	}
	lines := Compare("Title\n"+was.String()+"End", "Title\n"+is.String()+"End")
	if lines[0].Changed() || lines[len(lines)-1].Changed() || !lines[1].Only(Deleted) || len(lines) != 2*compareLines+2 {
		t.Errorf("%d lines; a text beyond the limit is one change between its common ends", len(lines))
	}
}

func TestFold(t *testing.T) {
	text := func(n int, mark string) string {
		var b strings.Builder
		for i := range 20 {
			if i == n {
				b.WriteString(mark)
			}
			fmt.Fprintf(&b, "line %d\n", i)
		}
		return b.String()
	}
	for _, tt := range []struct {
		name   string
		change int
		want   string
	}{
		{"in the middle", 10, "folded 8, shown 5, folded 8"},
		{"near the top", 2, "shown 5, folded 16"},
		{"one line is not worth a fold", 3, "shown 6, folded 15"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range Fold(Compare(text(-1, ""), text(tt.change, "new\n")), 2) {
				word := "shown"
				if s.Folded {
					word = "folded"
				}
				got = append(got, fmt.Sprintf("%s %d", word, len(s.Lines)))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("folds into %s, want %s", strings.Join(got, ", "), tt.want)
			}
		})
	}
}

func TestWordsChanged(t *testing.T) {
	deleted, inserted := WordsChanged(Compare("Logs are kept for one year.", "Logs are kept for at least 18 months."))
	if deleted != 2 || inserted != 4 {
		t.Errorf("%d words went and %d came, want 2 and 4", deleted, inserted)
	}
}

// BenchmarkCompareRewritten compares two long policies that share hardly a word.
func BenchmarkCompareRewritten(b *testing.B) {
	var was, is strings.Builder
	for i := range 2900 {
		fmt.Fprintf(&was, "a%d ", i)
		fmt.Fprintf(&is, "b%d ", i)
	}
	for b.Loop() {
		Compare(was.String(), is.String())
	}
}
