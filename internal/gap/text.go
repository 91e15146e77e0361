package gap

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/posture"
)

// mark is the sign beside the word of a coverage. Its shape alone tells the
// states apart, so that nothing rests on colour.
func mark(c posture.Coverage) string {
	switch c {
	case posture.Full, posture.FullUnion, posture.FullAttested:
		return "●"
	case posture.Partial:
		return "◐"
	case posture.Candidate:
		return "?"
	case posture.NotApplicable:
		return "–"
	default:
		return "○"
	}
}

// columns of the text form: id, label, coverage, sources and controls.
const (
	idWidth, labelWidth, coverageWidth = 9, 38, 16
	minWidth                           = 72
)

// WriteText writes the report for a terminal of the given width in columns;
// widths under 72 are taken as 72.
func WriteText(w io.Writer, r *Report, width int) error {
	width = max(width, minWidth)
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "What %s still asks of a company that meets %s\n", r.ToTitle, r.FromTitle)
	fmt.Fprintln(b, strings.Repeat("─", width))
	paragraph(b, width, "", r.InventorySentence())
	paragraph(b, width, "", r.Assumption)
	fmt.Fprintln(b)
	for _, c := range posture.Coverages() {
		if n := r.Totals.of(c); n > 0 || c == posture.Full || c == posture.Partial || c == posture.None {
			fmt.Fprintf(b, "  %s %-16s %4d\n", mark(c), c.Words(), n)
		}
	}
	fmt.Fprintf(b, "  + %-16s %4d  a flag beside the coverage: %s does not ask for it\n\n", "net new", r.Totals.NetNew, r.FromTitle)
	paragraph(b, width, "", r.Overlap.Sentence)
	theme := ""
	for _, req := range r.Requirements {
		if req.Group != theme {
			theme = req.Group
			fmt.Fprintf(b, "\n%s\n", theme)
		}
		textRequirement(b, width, req)
	}
	textTail(b, width, r)
	return b.Flush()
}

func textRequirement(b *bufio.Writer, width int, req Requirement) {
	coverage := mark(req.Coverage) + " " + req.Coverage.Words()
	if req.NetNew {
		coverage += " +new"
	}
	rest := width - idWidth - labelWidth - coverageWidth - 8
	fmt.Fprintf(b, "  %s %s %s %s\n", pad(req.ID, idWidth), pad(req.Label, labelWidth), pad(coverage, coverageWidth), cut(through(req), rest))
	if !req.Coverage.Closed() {
		indent := strings.Repeat(" ", idWidth+3)
		paragraph(b, width, indent, "→ "+req.FirstTask)
	}
}

// through names the sources and how many controls stand behind them.
func through(req Requirement) string {
	if len(req.By) == 0 {
		if req.Own != nil && req.Own.Decides {
			return "own controls (" + strconv.Itoa(len(req.Own.Controls)) + ")"
		}
		return ""
	}
	names := make([]string, len(req.By))
	seen := map[string]bool{}
	for i, by := range req.By {
		names[i] = by.Source
		for _, c := range by.Controls {
			seen[c] = true
		}
	}
	few := 3
	if req.Coverage == posture.Candidate {
		few = 1 // leaves room to say that nobody confirmed it
	}
	text := strings.Join(names[:min(few, len(names))], " ")
	if len(names) > few {
		text += fmt.Sprintf(" +%d", len(names)-few)
	}
	if req.Coverage == posture.Candidate {
		return text + ", unconfirmed"
	}
	return text + fmt.Sprintf(" (%s)", counted(len(seen), "control"))
}

func textTail(b *bufio.Writer, width int, r *Report) {
	if len(r.Unmet) > 0 {
		fmt.Fprintln(b)
		paragraph(b, width, "", fmt.Sprintf("In scope, but without an operated control: %s.", strings.Join(r.Unmet, ", ")))
	}
	for _, list := range []struct {
		title string
		lines []string
	}{{"Notes", r.Notes}, {"Skipped rows", skippedLines(r)}} {
		if len(list.lines) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n%s\n", list.title)
		for _, l := range list.lines {
			paragraph(b, width, "  ", l)
		}
	}
}

func skippedLines(r *Report) []string {
	out := make([]string, len(r.Skipped))
	for i, s := range r.Skipped {
		out[i] = fmt.Sprintf("row %d: %s (%s)", s.Row, s.Reason, cut(s.Text, 60))
	}
	return out
}

// InventorySentence says what was read and what it was taken to show.
func (r *Report) InventorySentence() string {
	i := r.Inventory
	s := fmt.Sprintf("%s: %s, %d operated, %d on paper, %d planned", i.Source, counted(i.Controls, "control"), i.Operated, i.OnPaper, i.Planned)
	if i.Unknown > 0 {
		s += fmt.Sprintf(", %d of unknown status", i.Unknown)
	}
	s += fmt.Sprintf(". Taken as met: %d of %d in scope", len(r.Met), len(r.Met)+len(r.Unmet))
	if len(r.Categories) > 0 {
		s += " (" + strings.Join(r.Categories, ", ") + ")"
	}
	s += "."
	if i.Untagged > 0 {
		s += fmt.Sprintf(" %s tagged to nothing in %s.", counted(i.Untagged, "control"), r.FromTitle)
	}
	if len(r.Skipped) > 0 {
		s += fmt.Sprintf(" %s skipped, each named with its reason.", counted(len(r.Skipped), "row"))
	}
	return s
}

func (t Totals) of(c posture.Coverage) int {
	switch c {
	case posture.Full:
		return t.Full
	case posture.FullUnion:
		return t.FullUnion
	case posture.FullAttested:
		return t.FullAttested
	case posture.Partial:
		return t.Partial
	case posture.Candidate:
		return t.Candidate
	case posture.NotApplicable:
		return t.NotApplicable
	default:
		return t.None
	}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// paragraph writes text wrapped to width, every line behind indent.
func paragraph(b *bufio.Writer, width int, indent, text string) {
	line := indent
	used := utf8.RuneCountInString(indent)
	start := used
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if used > start && used+1+n > width {
			fmt.Fprintln(b, line)
			line, used = indent, start
		}
		if used > start {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	fmt.Fprintln(b, line)
}

// pad makes s exactly n columns wide; a longer s keeps a space and an ellipsis.
func pad(s string, n int) string {
	s = cut(s, n)
	return s + strings.Repeat(" ", n-utf8.RuneCountInString(s))
}

func cut(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n-1, 0)]) + "…"
}
