package crosswalk

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/toucan-grc/toucan/internal/control"
)

// text is the telling words of a control: those of its title count double.
type text struct {
	words []int32 // numbers of words, ascending
	twice []int32 // those of the title
	sum   float64
	title float64
}

// vocabulary numbers words and knows how telling each is: a word in every control
// tells nothing, one in two controls tells much.
type vocabulary struct {
	number  map[string]int32
	words   []string // as they were first met
	weight  []float64
	texts   []text
	holding [][]int32 // texts that hold a word
	score   []float64 // room for near
}

// vocabularyOf reads the texts of controls.
func vocabularyOf(list []control.Control) *vocabulary {
	v := &vocabulary{number: map[string]int32{}, texts: make([]text, len(list))}
	for i, c := range list {
		title := v.numbers(c.Title)
		t := text{words: append(v.numbers(c.Statement), title...), twice: title}
		slices.Sort(t.words)
		t.words = slices.Compact(t.words)
		v.texts[i] = t
		for _, w := range t.words {
			v.holding[w] = append(v.holding[w], int32(i))
		}
	}
	v.score = make([]float64, len(list))
	v.weight = make([]float64, len(v.words))
	for w, in := range v.holding {
		v.weight[w] = math.Log(1 + float64(len(list))/float64(len(in)))
	}
	for i := range v.texts {
		for _, w := range v.texts[i].words {
			v.texts[i].sum += v.weight[w]
		}
		for _, w := range v.texts[i].twice {
			v.texts[i].title += v.weight[w]
		}
	}
	return v
}

// numbers returns the words of a text, ascending and each once.
func (v *vocabulary) numbers(s string) []int32 {
	var out []int32
	for word := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(word) < 3 || little[word] {
			continue
		}
		root := stem(word)
		n, ok := v.number[root]
		if !ok {
			n = int32(len(v.words))
			v.number[root] = n
			v.words, v.holding = append(v.words, word), append(v.holding, nil)
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// little are words that say nothing about what a control does.
var little = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(`the and for with from that this those these its their his her our are was were been being has have had not but can may must shall will
		which who whom whose what when where how than then there they them each every all any some such more most other another into onto over under out upon about before after
		company organisation organization policy control controls ensure ensures process processes least both also only same between within without one per via does use used uses using`) {
		out[w] = true
	}
	return out
}()

// stem cuts the endings that only grammar asks for, so that "reviews", "reviewed"
// and "review" are one word.
func stem(w string) string {
	for _, end := range []string{"ations", "ation", "ments", "ment", "ings", "ing", "ies", "ers", "ed", "es", "er", "s", "y", "e"} {
		if cut, ok := strings.CutSuffix(w, end); ok && len(cut) >= 4 {
			return cut
		}
	}
	return w
}

// alike is how much of two texts is the same, from 0 to 1, weighing each word by
// how telling it is; and the shared words. What the shorter text says and the
// longer does not counts four times as much as the other way round: inventories
// are terse. Where the titles are more alike than the texts, they decide.
func (v *vocabulary) alike(a, b int) (float64, []int32) {
	x, y := v.texts[a], v.texts[b]
	shared, both := v.common(x.words, y.words)
	_, titles := v.common(x.twice, y.twice)
	return max(tversky(both, x.sum, y.sum), 0.7*tversky(titles, x.title, y.title)), shared
}

// tversky is Tversky's index with 0.8 for the shorter side and 0.2 for the longer.
func tversky(both, x, y float64) float64 {
	return ratio(both, both+0.8*(min(x, y)-both)+0.2*(max(x, y)-both))
}

func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}

// common returns the words in both lists and how much they tell together.
func (v *vocabulary) common(a, b []int32) ([]int32, float64) {
	var out []int32
	sum := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			out = append(out, a[i])
			sum += v.weight[a[i]]
			i, j = i+1, j+1
		}
	}
	return out, sum
}

const (
	rarest = 14  // words by which others are looked for
	common = 400 // texts; a word in more of them finds nothing in particular
)

// near returns the texts that share a telling word with text i, those sharing the
// most first, at most n.
func (v *vocabulary) near(i int, n int, wanted func(int) bool) []int {
	words := slices.Clone(v.texts[i].words)
	slices.SortFunc(words, func(a, b int32) int { return cmp.Or(cmp.Compare(v.weight[b], v.weight[a]), cmp.Compare(a, b)) })
	var out []int
	used := 0
	for _, w := range words {
		if len(v.holding[w]) > common {
			continue
		}
		if used++; used > rarest {
			break
		}
		for _, j := range v.holding[w] {
			if int(j) == i || !wanted(int(j)) {
				continue
			}
			if v.score[j] == 0 {
				out = append(out, int(j))
			}
			v.score[j] += v.weight[w]
		}
	}
	slices.SortFunc(out, func(a, b int) int { return cmp.Or(cmp.Compare(v.score[b], v.score[a]), cmp.Compare(a, b)) })
	for _, j := range out {
		v.score[j] = 0
	}
	return out[:min(n, len(out))]
}

// telling returns the words that tell the most, at most n.
func (v *vocabulary) telling(shared []int32, n int) []string {
	shared = slices.Clone(shared)
	slices.SortFunc(shared, func(a, b int32) int { return cmp.Or(cmp.Compare(v.weight[b], v.weight[a]), cmp.Compare(a, b)) })
	var out []string
	for _, w := range shared[:min(n, len(shared))] {
		out = append(out, v.words[w])
	}
	return out
}
