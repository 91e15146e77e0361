package policy

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// own reads the sentences of a file of testdata with what a reader takes from each.
func own(t *testing.T, file string) (wants [][]string, texts []string) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		takes, text, ok := strings.Cut(line, " | ")
		if !ok {
			t.Fatalf("no bar in %q", line)
		}
		var list []string
		if takes = strings.TrimSpace(takes); takes != "-" {
			for f := range strings.SplitSeq(takes, ", ") {
				list = append(list, f)
			}
			slices.Sort(list)
		}
		wants, texts = append(wants, list), append(texts, text)
	}
	return wants, texts
}

// TestExtractReadsSentencesItHasNotSeen counts what is read out of sentences of our
// own. A sentence that is not read is a loss; one that is read wrongly is a false alarm.
func TestExtractReadsSentencesItHasNotSeen(t *testing.T) {
	for _, file := range []string{"sentences.txt"} {
		t.Run(file, func(t *testing.T) {
			wants, texts := own(t, file)
			right, stated, read := 0, 0, 0
			for i, text := range texts {
				var got []string
				for _, u := range Extract(text).Undertakings {
					got = append(got, u.Subject+" "+u.Value)
				}
				stated += len(wants[i])
				read += len(got)
				for _, w := range wants[i] {
					if slices.Contains(got, w) {
						right++
					} else {
						t.Logf("not read: %s, of %q; read %v", w, text, got)
					}
				}
				for _, g := range got {
					if !slices.Contains(wants[i], g) {
						t.Errorf("read wrongly: %s, of %q", g, text)
					}
				}
			}
			if 100*right < 95*stated {
				t.Errorf("%d of %d statements were read", right, stated)
			}
			t.Logf("%d sentences, %d statements: %d read rightly, %d in all (recall %d%%, precision %d%%)", len(texts), stated, right, read, 100*right/stated, 100*right/max(read, 1))
		})
	}
}
