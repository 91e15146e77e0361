package framework

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Fate says what became of a requirement between two editions of a framework.
type Fate string

// The fates, in the order in which a person should look at them.
const (
	Dropped    Fate = "dropped"    // the new edition has nothing for it
	Split      Fate = "split"      // several stand where one stood
	Merged     Fate = "merged"     // one stands where several stood
	Moved      Fate = "moved"      // the same under another id
	Relabelled Fate = "relabelled" // the same id says something else
	Kept       Fate = "kept"       // the same id, the same label
	Added      Fate = "new"        // nothing in the old edition is behind it
)

// Fates returns all fates, those that need a look first.
func Fates() []Fate { return []Fate{Dropped, Split, Merged, Moved, Relabelled, Kept, Added} }

// Step is what became of one row of the old edition, or one row of the new
// edition that nothing became. Its targets are a proposal: a person decides.
type Step struct {
	Fate   Fate
	Old    string   // id in the old edition; empty for a new one
	New    []string // ids in the new edition, in its order; none for a dropped one
	Kind   Kind     // headings are compared too: scope and links may rest on them
	Sure   bool     // the proposal rests on more than a number or a likeness
	Reason string   // one sentence for a person
}

// Successors says, for ids of the old edition, which of the new one follow, as
// somebody stated in a mapping between the two.
type Successors map[string][]string

// Compare returns what became of every row of old in next: in the order of the
// old edition, then the new rows in theirs. What a row of next says of itself
// (the attribute was=A.5.1+A.5.2) goes before what a mapping states; both go
// before ids and labels. A number that came to mean something else is found by
// its label; a label that stands in several places is left to a person.
func Compare(old, next *Framework, stated Successors) []Step {
	c := comparison{old: old, next: next, was: make(map[string][]string), byLabel: make(map[string][]string)}
	for _, r := range next.Requirements {
		for _, id := range predecessors(r) {
			if _, ok := old.position[id]; ok {
				c.was[id] = append(c.was[id], r.ID)
			}
		}
		if key := folded(r.Label); key != "" {
			c.byLabel[key] = append(c.byLabel[key], r.ID)
		}
	}
	steps := make([]Step, 0, len(old.Requirements))
	sources := make(map[string][]string) // by new id: the old ones that lead to it
	for _, r := range old.Requirements {
		s := c.step(r, stated[r.ID])
		for _, id := range s.New {
			sources[id] = append(sources[id], r.ID)
		}
		steps = append(steps, s)
	}
	for i := range steps {
		s := &steps[i]
		if len(s.New) == 1 && len(sources[s.New[0]]) > 1 {
			s.Fate = Merged
			s.Reason = fmt.Sprintf("%s takes the place of %s. %s", s.New[0], sentence(sources[s.New[0]]), s.Reason)
		}
	}
	for _, r := range next.Requirements {
		if len(sources[r.ID]) == 0 {
			steps = append(steps, Step{Fate: Added, New: []string{r.ID}, Kind: r.Kind, Sure: true, Reason: "Nothing in the old edition is behind it."})
		}
	}
	return steps
}

// predecessors reads the attribute was of a row.
func predecessors(r Requirement) []string {
	return strings.FieldsFunc(r.Attributes["was"], func(c rune) bool { return c == '+' || c == ',' || c == '|' || unicode.IsSpace(c) })
}

type comparison struct {
	old, next *Framework
	was       map[string][]string // by old id: the new rows that name it
	byLabel   map[string][]string // by folded label: the new rows that have it
}

// step says what became of one row.
func (c comparison) step(r Requirement, stated []string) Step {
	s := Step{Old: r.ID, Kind: r.Kind, Sure: true}
	same, still := c.next.Find(r.ID)
	switch named := c.known(c.was[r.ID]); {
	case len(named) > 0:
		s.New, s.Reason = named, "The new edition names it as the predecessor of "+sentence(named)+"."
		if still && len(predecessors(same)) == 0 && folded(same.Label) == folded(r.Label) && !slices.Contains(named, r.ID) {
			s.New = c.inOrder(append(slices.Clone(named), r.ID))
			s.Reason += " Its own number still says the same."
		}
	case len(c.known(stated)) > 0:
		s.New = c.known(stated)
		s.Reason = "A mapping between the editions leads to " + sentence(s.New) + "."
	case still && folded(same.Label) == folded(r.Label):
		s.Fate, s.New, s.Reason = Kept, []string{r.ID}, "The same number says the same."
	default:
		return c.guess(s, r, same, still)
	}
	s.Fate = c.fate(r, s.New)
	return s
}

// fate names a step with known targets.
func (c comparison) fate(r Requirement, to []string) Fate {
	if len(to) > 1 {
		return Split
	}
	if to[0] != r.ID {
		return Moved
	}
	if n, _ := c.next.Find(to[0]); folded(n.Label) == folded(r.Label) {
		return Kept
	}
	return Relabelled
}

// guess goes by labels where neither edition says what became of a row.
func (c comparison) guess(s Step, r, same Requirement, still bool) Step {
	var free []string // rows with the old label that were not there before
	for _, id := range c.byLabel[folded(r.Label)] {
		if before, ok := c.old.Find(id); !ok || folded(before.Label) != folded(r.Label) {
			free = append(free, id)
		}
	}
	switch {
	case len(free) == 1 && still:
		s.Fate, s.New = Moved, free
		s.Reason = fmt.Sprintf("Its label stands at %s now; the number %s says “%s”.", free[0], r.ID, same.Label)
	case len(free) == 1:
		s.Fate, s.New, s.Reason = Moved, free, "Its label stands at "+free[0]+" now."
	case still:
		s.Fate, s.New, s.Sure = Relabelled, []string{r.ID}, alike(r.Label, same.Label)
		s.Reason = fmt.Sprintf("The same number says “%s” instead of “%s”.", same.Label, r.Label)
		if !s.Sure {
			s.Reason += " The two share no word: look whether it is still the same thing."
		}
	case len(free) > 1:
		s.Fate, s.Sure = Dropped, false
		s.Reason = "Its number is gone, and its label stands in several places: " + sentence(free) + ". Choose the one that follows."
	default:
		s.Fate, s.Sure, s.Reason = Dropped, false, "Neither its number nor its label is in the new edition."
	}
	return s
}

// known keeps the ids that the new edition has, in its order and once each.
func (c comparison) known(ids []string) []string {
	var out []string
	for _, id := range ids {
		if _, ok := c.next.position[id]; ok && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return c.inOrder(out)
}

func (c comparison) inOrder(ids []string) []string {
	slices.SortFunc(ids, func(a, b string) int { return int(c.next.position[a] - c.next.position[b]) })
	return ids
}

// folded writes a label so that case, spacing and marks do not count.
func folded(label string) string {
	return strings.Join(labelWords(label), " ")
}

func labelWords(label string) []string {
	return strings.FieldsFunc(strings.ToLower(label), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// alike reports whether two labels share a word that says something.
func alike(a, b string) bool {
	other := labelWords(b)
	return slices.ContainsFunc(labelWords(a), func(w string) bool {
		return len(w) > 3 && slices.ContainsFunc(other, func(x string) bool { return x == w || len(w) > 5 && len(x) > 5 && w[:5] == x[:5] })
	})
}

// sentence lists ids as a sentence does.
func sentence(ids []string) string {
	if len(ids) < 2 {
		return strings.Join(ids, "")
	}
	return strings.Join(ids[:len(ids)-1], ", ") + " and " + ids[len(ids)-1]
}
