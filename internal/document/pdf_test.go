package document

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

const sample = `# Access Control Policy

## Purpose

This policy makes **sure** that *people* reach only ` + "`what`" + ` they need. See [our site](https://example.com/a) &amp; more.

1. First rule with enough words that the line has to be broken somewhere near its end, and goes on.
2. Second rule
   - inner point
   - Zażółć gęślą jaźń, Ærøskøbing, Ελληνικά, Привет

> Said by somebody.

| What | How long |
| --- | --- |
| Logs | 12 months |
| Records of personnel that go on and on and on, so that the cell has to be broken | 7 years |

` + "```\ncode\n```" + `

### Questions?
`

func write(t testing.TB, at time.Time) []byte {
	t.Helper()
	p := NewPDF("Access Control Policy", at)
	p.Title("Access Control Policy")
	p.Table(nil, []float64{1, 3}, [][]string{{"Version", "1.0"}, {"Approved by", "Ada Lovelace"}})
	p.Markdown(sample)
	p.Table([]string{"Name", "Said", "When"}, nil, rowsOf(80))
	p.Table([]string{"A cell higher than a page"}, nil, [][]string{{strings.Repeat("word ", 3000)}})
	data, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func rowsOf(n int) (out [][]string) {
	for range n {
		out = append(out, []string{"Grace", "yes, and a longword" + strings.Repeat("x", 80), "2026-11-26"})
	}
	return out
}

func TestThePDFIsTheSameEveryTime(t *testing.T) {
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	a, b := write(t, at), write(t, at)
	if !bytes.Equal(a, b) {
		t.Error("the same calls made different bytes")
	}
	if !bytes.HasPrefix(a, []byte("%PDF-")) {
		t.Errorf("begins with %q", a[:8])
	}
	if bytes.Equal(a, write(t, at.Add(time.Hour))) {
		t.Error("the moment is not in the document")
	}
	if dir := os.Getenv("TOUCAN_KEEP_PDF"); dir != "" {
		if err := os.WriteFile(dir+"/sample.pdf", a, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTextThatFontsDoNotKnowIsPrintedAllTheSame(t *testing.T) {
	p := NewPDF("🦜 \x00 \xff", time.Unix(0, 0))
	p.Markdown("# 🦜\n\n漢字 \u200b\u00ad\x01 and\ttabs\n\n- " + strings.Repeat("> ", 40) + "deep\n")
	p.Table([]string{"🦜"}, nil, [][]string{{"🦜", "second cell without a head"}, {}})
	if _, err := p.Bytes(); err != nil {
		t.Error(err)
	}
}

func TestMarkdownIsSafe(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"heading", "## Scope & aim", "<h2 id=\"s-scope-aim\">Scope &amp; aim</h2>\n"},
		{"the same heading twice", "# A\n# A", "<h1 id=\"s-a\">A</h1>\n<h1 id=\"s-a-2\">A</h1>\n"},
		{"heading without letters", "# !", "<h1 id=\"s-section\">!</h1>\n"},
		{"script", "<script>alert(1)</script>", "\n"},
		{"raw HTML in a line", "a <b onclick=x>b</b>", "<p>a b</p>\n"},
		{"script in a link", "[x](javascript:alert(1))", "<p>x</p>\n"},
		{"data in a link", "[x](data:text/html;base64,PHNjcmlwdD4=)", "<p>x</p>\n"},
		{"picture", "![x](https://example.com/x.png)", "<p></p>\n"},
		{"link", "[x](https://example.com/)", "<p><a href=\"https://example.com/\" rel=\"nofollow noreferrer\">x</a></p>\n"},
		{"list that begins later", "3. c", "<ol start=\"3\">\n<li>c</li>\n</ol>\n"},
		{"table", "|a|\n|-|\n|b|", "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n</tr>\n</tbody>\n</table>\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Markdown(tt.text); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestOutline(t *testing.T) {
	got := Outline("# One\n\ntext\n\n## Two *and* `three`\n\n## Two and three\n")
	want := []Heading{{1, "One", "s-one"}, {2, "Two and three", "s-two-and-three"}, {2, "Two and three", "s-two-and-three-2"}}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range got {
		if got[i].Level != want[i].Level || got[i].Text != want[i].Text || !strings.Contains(Markdown("# One\n\ntext\n\n## Two *and* `three`\n\n## Two and three\n"), `id="`+got[i].ID+`"`) {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
}

// FuzzMarkdown looks for text that crashes the two writers or gets something
// through that a page must not hold.
func FuzzMarkdown(f *testing.F) {
	f.Add(sample)
	f.Add("<a href=\"javascript:x\">x</a>\n\n- - - > 1. x\n\n[x]: javascript:x\n[x]")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 20_000 {
			return
		}
		html := strings.ToLower(Markdown(text))
		for _, bad := range []string{"<script", "<img", "<iframe", "href=\"javascript", "<style", "<form"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s in the HTML of %q", bad, text)
			}
		}
		p := NewPDF("x", time.Unix(0, 0))
		p.Markdown(text)
		if _, err := p.Bytes(); err != nil {
			t.Errorf("no PDF of %q: %v", text, err)
		}
	})
}
