package crosswalk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Suggestion says that two controls look like one: a control of the organisation,
// and another of its controls or an entry of the library. It changes nothing until
// a person decides.
type Suggestion struct {
	Control control.Control
	Other   control.Control // of the organisation; zero when the suggestion is an entry
	Entry   control.Control // of the library; zero when it is another control
	Same    bool            // title and statement are the same, word for word
	Words   []string        // telling words both have, the rarest first
	Refs    []framework.Ref // requirements both count for
	Why     string          // the reason in a sentence
	Likely  bool            // alike enough that most such pairs are one control
	score   float64         // for the order only
}

// What two texts must have in common to be suggested, from 0 to 1, and what makes
// it likely. They were set on the inventories of the fixtures and on controls worded
// by another hand; TestSuggestionsAgainstWhatAPersonChose holds them to it.
const (
	worthAsking = 0.35 // a control and an entry
	withRefs    = 0.22 // the same, if they count for the same requirement
	twoOfOne    = 0.50 // two controls of one inventory: its author meant them to differ
	likely      = 0.50
	wordsNamed  = 6
)

// Suggestions compares the controls of an organisation with the library and among
// themselves. Controls known to be an entry are not compared with the library
// again, and what a person called distinct is left out. The surest come first.
func Suggestions(list []Performed, said []Judgement) []Suggestion {
	library := ShippedReach()
	all := make([]control.Control, 0, len(list)+len(library.Library.Entries))
	refs := make([][]framework.Ref, 0, cap(all))
	for _, p := range list {
		all, refs = append(all, p.Control), append(refs, p.Links)
	}
	for _, e := range library.Library.Entries {
		served := make([]framework.Ref, 0, len(library.Links(e.Code)))
		for _, l := range library.Links(e.Code) {
			served = append(served, l.Ref)
		}
		all, refs = append(all, e.Control()), append(refs, served)
	}
	c := comparison{vocabularyOf(all), all, refs, settled(said)}
	nearest := make([][]int, len(list))
	for i := range list {
		nearest[i] = c.words.near(i, 8, func(j int) bool { return j < len(list) })
	}
	var out []Suggestion
	for i, p := range list {
		if p.Entry == "" {
			if s, ok := c.entry(i, len(list)); ok {
				out = append(out, s)
			}
		}
		out = append(out, c.others(i, list, nearest)...)
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.score, a.score), control.CompareCodes(a.Control.Code, b.Control.Code))
	})
	return out
}

// settled returns the pairs a person decided on, each way round; an entry stands
// by its code.
func settled(said []Judgement) map[[2]string]bool {
	out := map[[2]string]bool{}
	for _, j := range said {
		out[[2]string{j.Control, j.Other + j.Entry}] = true
		out[[2]string{j.Other + j.Entry, j.Control}] = true
	}
	return out
}

// comparison is what pairs are compared by.
type comparison struct {
	words   *vocabulary
	all     []control.Control
	refs    [][]framework.Ref
	settled map[[2]string]bool
}

// entry returns the entry of the library that control i is most like.
func (c comparison) entry(i, first int) (best Suggestion, ok bool) {
	for _, j := range c.words.near(i, 8, func(j int) bool { return j >= first }) {
		if c.settled[[2]string{c.all[i].ID, c.all[j].Code}] {
			continue
		}
		if s, found := c.pair(i, j); found && s.score > best.score {
			s.Entry = c.all[j]
			best, ok = s, true
		}
	}
	return best, ok
}

// others returns the controls of the organisation that control i is like; each
// pair stands under the one that comes first.
func (c comparison) others(i int, list []Performed, nearest [][]int) []Suggestion {
	var out []Suggestion
	for _, j := range nearest[i] {
		if j < i && slices.Contains(nearest[j], i) {
			continue // found from the other side
		}
		if c.settled[[2]string{c.all[i].ID, c.all[j].ID}] || list[i].Entry != "" && list[j].Entry != "" && list[i].Entry != list[j].Entry {
			continue
		}
		s, ok := c.pair(min(i, j), max(i, j))
		sameEntry := list[i].Entry != "" && list[i].Entry == list[j].Entry
		if !sameEntry && (!ok || s.score < twoOfOne) {
			continue
		}
		s.Other = c.all[max(i, j)]
		if sameEntry {
			s.Why += " Both are " + list[i].Entry + " of the library."
		}
		out = append(out, s)
	}
	return out
}

// pair compares two texts and says why they look like one control.
func (c comparison) pair(i, j int) (Suggestion, bool) {
	alike, shared := c.words.alike(i, j)
	a, b := c.all[i], c.all[j]
	s := Suggestion{Control: a, Same: a.Title == b.Title && a.Statement == b.Statement && a.Statement != "", Words: c.words.telling(shared, wordsNamed)}
	for _, r := range c.refs[i] {
		if slices.Contains(c.refs[j], r) {
			s.Refs = append(s.Refs, r)
		}
	}
	f, _ := cadence.Parse(a.Frequency)
	g, _ := cadence.Parse(b.Frequency)
	often := f.Known() && f == g
	domain := a.Domain != "" && strings.EqualFold(a.Domain, b.Domain)
	s.score = alike
	for _, more := range []bool{len(s.Refs) > 0, often, domain} {
		if more {
			s.score += 0.05
		}
	}
	s.Likely = s.score >= likely
	s.Why = s.why(f, often, domain, a)
	enough := len(shared) >= 2 || a.Title == b.Title
	return s, enough && (alike >= worthAsking || alike >= withRefs && len(s.Refs) > 0)
}

func (s Suggestion) why(f cadence.Frequency, often, domain bool, a control.Control) string {
	var parts []string
	if s.Same {
		parts = append(parts, "the same title and statement, word for word")
	} else if len(s.Words) > 0 {
		parts = append(parts, "both speak of "+strings.Join(s.Words, ", "))
	}
	if n := len(s.Refs); n > 0 {
		names := make([]string, 0, 3)
		for _, r := range s.Refs[:min(3, n)] {
			names = append(names, r.Words())
		}
		more := ""
		if n > 3 {
			more = fmt.Sprintf(" and %d more", n-3)
		}
		parts = append(parts, "both count for "+strings.Join(names, ", ")+more)
	}
	if often {
		parts = append(parts, "both are due "+f.Phrase())
	}
	if domain {
		parts = append(parts, "both are under "+a.Domain)
	}
	if len(parts) == 0 {
		return ""
	}
	text := strings.Join(parts, "; ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}
