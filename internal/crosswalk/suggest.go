package crosswalk

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Text is something that can be likened to others by its words.
type Text struct {
	Title string // its words count twice
	Body  string
}

// Index finds texts that use the same words, by BM25. It knows nothing of
// relations: what it finds is a hint for a person, never counted. It is immutable
// and safe for concurrent use.
type Index struct {
	length   []float64            // weighted words of each text
	weight   []float64            // the same, each word by how rare it is
	average  float64              // of length
	postings map[string][]posting // by stem
}

// posting is how often a text uses a stem.
type posting struct {
	text  int32
	times float64
	word  string // as the text has it
}

// Match is a text that shares words with the one asked about.
type Match struct {
	At    int     // place of the text in the index
	Score float64 // only good to order the suggestions of one question
	Share int     // how much of a text the shared words carry, in percent of weight: of the title asked about, or of the text found where it shares several
	Words []SharedWord
}

// SharedWord is a word two texts share, or two words that mean the same here.
type SharedWord struct {
	Word  string // in the text asked about
	As    string // in the text found; empty where it is the same word, or a form of it
	Share int    // of the score, in percent
}

// The usual constants of BM25: how fast repetition saturates, and how much a
// long text is held against its words.
const saturation, lengthened = 1.2, 0.75

// titled is how often a word of a title counts.
const titled = 2

// leastShare is the share below which a likeness is chance.
const leastShare = 30

// NewIndex reads the texts.
func NewIndex(texts []Text) *Index {
	x := &Index{length: make([]float64, len(texts)), weight: make([]float64, len(texts)), postings: make(map[string][]posting)}
	for i, t := range texts {
		for _, w := range weigh(t) {
			x.length[i] += w.times
			x.postings[w.stem] = append(x.postings[w.stem], posting{int32(i), w.times, w.word})
		}
		x.average += x.length[i]
	}
	x.average /= max(1, float64(len(texts)))
	for stem, list := range x.postings {
		rare := x.rarity(stem)
		for _, p := range list {
			x.weight[p.text] += rare * p.times
		}
	}
	return x
}

// rarity weighs a stem: the fewer texts use it, the more it says.
func (x *Index) rarity(stem string) float64 {
	n := float64(len(x.postings[stem]))
	return math.Log(1 + (float64(len(x.length))-n+0.5)/(n+0.5))
}

// Like returns at most n texts that share most with t, the best first. Only those
// that takes allows are looked at.
func (x *Index) Like(t Text, n int, takes func(at int) bool) []Match {
	type hit struct {
		score, weight, theirs float64
		words                 []SharedWord
		parts                 []float64
	}
	found := map[int32]*hit{}
	whole := 0.0
	for _, w := range weigh(t) {
		rare := x.rarity(w.stem)
		weight := rare * w.times
		if w.title {
			whole += rare
		}
		for _, p := range x.postings[w.stem] {
			if !takes(int(p.text)) {
				continue
			}
			h := found[p.text]
			if h == nil {
				h = &hit{}
				found[p.text] = h
			}
			score := weight * p.times * (saturation + 1) / (p.times + saturation*(1-lengthened+lengthened*x.length[p.text]/x.average))
			h.score, h.theirs = h.score+score, h.theirs+rare*p.times
			if w.title {
				h.weight += rare
			}
			shared := SharedWord{Word: w.word}
			if trimmed(p.word) != trimmed(w.word) {
				shared.As = p.word
			}
			h.words, h.parts = append(h.words, shared), append(h.parts, score)
		}
	}
	var out []Match
	for at, h := range found {
		share := h.weight / max(whole, math.SmallestNonzeroFloat64)
		if len(h.words) > 1 { // a short text may stand whole in a long one
			share = max(share, h.theirs/x.weight[at])
		}
		s := Match{At: int(at), Score: h.score, Share: int(math.Round(100 * share)), Words: h.words}
		if s.Share < leastShare {
			continue
		}
		for i := range s.Words {
			s.Words[i].Share = int(math.Round(100 * h.parts[i] / h.score))
		}
		slices.SortStableFunc(s.Words, func(a, b SharedWord) int { return cmp.Compare(b.Share, a.Share) })
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Match) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.At, b.At)) })
	return out[:min(n, len(out))]
}

// weighted is a stem of a text with its weight.
type weighted struct {
	stem, word string
	times      float64
	title      bool // it stands in the title
}

// weigh returns the stems of a text, each once, in the order they appear.
func weigh(t Text) []weighted {
	var out []weighted
	at := map[string]int{}
	for _, part := range []struct {
		text  string
		times float64
	}{{t.Title, titled}, {t.Body, 1}} {
		for word := range strings.FieldsFuncSeq(strings.ToLower(part.text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			stem := stemOf(word)
			if stem == "" {
				continue
			}
			i, ok := at[stem]
			if !ok {
				i = len(out)
				at[stem] = i
				out = append(out, weighted{stem: stem, word: word, title: part.times == titled})
			}
			out[i].times += part.times
		}
	}
	return out
}

// Likeness is a requirement that uses the same words as something else.
type Likeness struct {
	Ref         framework.Ref
	Requirement framework.Requirement
	Share       int // see Match
	Words       []SharedWord
}

// Alike returns at most n requirements of a framework whose labels use the same
// words as the text, the best first. skip leaves out what is known already.
func (l *Library) Alike(t Text, of string, n int, skip func(id string) bool) []Likeness {
	x, span := l.labels(), l.numbered().index[of]
	if span.f == nil {
		return nil
	}
	takes := func(at int) bool {
		if int32(at) < span.first || int32(at) >= span.last {
			return false
		}
		r := span.f.Requirements[int32(at)-span.first]
		return r.Kind == framework.KindRequirement && (skip == nil || !skip(r.ID))
	}
	var out []Likeness
	for _, s := range x.Like(t, n, takes) {
		r := span.f.Requirements[int32(s.At)-span.first]
		out = append(out, Likeness{framework.Ref{Framework: of, ID: r.ID}, r, s.Share, s.Words})
	}
	return out
}

// TextOf returns the words of a requirement: its label, and what it stands under.
func TextOf(f *framework.Framework, id string) Text {
	var t Text
	for _, r := range f.Path(id) {
		if r.ID == id {
			t.Title = r.Label
		} else {
			t.Body += " " + r.Label
		}
	}
	return t
}

// labels indexes every requirement and heading, by node number. It is read once.
func (l *Library) labels() *Index {
	l.wordsOnce.Do(func() {
		var texts []Text
		for _, f := range l.Frameworks.Frameworks {
			for _, r := range f.Requirements {
				texts = append(texts, TextOf(f, r.ID))
			}
		}
		l.words = NewIndex(texts)
	})
	return l.words
}
