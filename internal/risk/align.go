package risk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// Outside is one row of a list of risks that was kept under another method, such as
// the one a SOC 2 report was made with. The steps are as they were written.
type Outside struct {
	Row        int
	Title      string
	Likelihood string
	Impact     string
	Owner      string
	Criteria   []framework.Ref
}

// Scale is how a list was scored, as far as one can tell from it.
type Scale struct {
	Values []string // that occur, in their order
	Steps  int      // how many steps it seems to have; 0: it cannot be told
	Why    string
}

// Aligned is where one risk of the other list would come to lie.
type Aligned struct {
	Outside Outside
	Match   *Entry // a risk of the register with the same title; nil: none
	Steps   Point  // on our scales, where they can be carried over; a proposal, never a score
	Why     string
}

// Alignment is what has to be settled before two lists are one.
type Alignment struct {
	Method      string // version of ours
	Likelihood  Scale  // of the other list
	Impact      Scale
	Rows        []Aligned
	Differences []string        // one sentence each
	Missing     []framework.Ref // criteria that no risk of either list bears on
}

// words for steps, the lowest first, that occur in scales of three to five steps.
var stepWords = [][]string{
	{"low", "medium", "high"},
	{"low", "moderate", "high"},
	{"low", "medium", "high", "critical"},
	{"low", "moderate", "high", "critical"},
	{"very low", "low", "medium", "high", "very high"},
	{"very low", "low", "moderate", "high", "very high"},
	{"rare", "unlikely", "possible", "likely", "almost certain"},
	{"rare", "unlikely", "possible", "likely", "expected"},
	{"insignificant", "minor", "moderate", "major", "catastrophic"},
	{"slight", "minor", "moderate", "major", "severe"},
	{"negligible", "minor", "moderate", "major", "severe"},
}

// scaleOf reads the scale of a list from the values it uses, and returns the place
// of each value on it.
func scaleOf(values []string) (Scale, map[string]int) {
	var s Scale
	places := map[string]int{}
	for _, v := range values {
		if v = strings.ToLower(strings.TrimSpace(v)); v != "" && !slices.Contains(s.Values, v) {
			s.Values = append(s.Values, v)
		}
	}
	if len(s.Values) == 0 {
		s.Why = "No value is filled in, so there is nothing to carry over."
		return s, places
	}
	if top, ok := numbered(s.Values, places); ok {
		slices.SortFunc(s.Values, func(a, b string) int { return places[a] - places[b] })
		if top > 10 {
			clear(places)
			s.Why = fmt.Sprintf("The values go up to %d, so these are no steps of a scale. Score these risks anew.", top)
			return s, places
		}
		s.Steps = max(top, 3)
		s.Why = fmt.Sprintf("The values are numbers up to %d. It is taken for a scale of %d steps; should the list know a higher one that it never uses, say so.", top, s.Steps)
		return s, places
	}
	for _, words := range stepWords {
		if !slices.ContainsFunc(s.Values, func(v string) bool { return !slices.Contains(words, v) }) {
			for i, w := range words {
				places[w] = i + 1
			}
			s.Steps = len(words)
			slices.SortFunc(s.Values, func(a, b string) int { return places[a] - places[b] })
			s.Why = fmt.Sprintf("The values are words of the scale %s.", strings.Join(words, ", "))
			return s, places
		}
	}
	clear(places)
	s.Why = "The values are of no scale that is known here: " + strings.Join(s.Values[:min(8, len(s.Values))], ", ") + ". Score these risks anew."
	return s, places
}

func numbered(values []string, places map[string]int) (top int, ok bool) {
	for _, v := range values {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			clear(places)
			return 0, false
		}
		places[v] = n
		top = max(top, n)
	}
	return top, true
}

// carried is a step of a scale on ours: only a scale of as many steps says which,
// and its words may still mean something else.
func carried(place, steps int) int {
	if steps != Steps {
		return 0
	}
	return place
}

// Align lists what differs between a list that was kept under another method and
// this register, and where its risks would come to lie. It decides nothing: a step
// of another scale is a proposal, and nobody's score.
func Align(r *Register, other []Outside, criteria []framework.Ref) Alignment {
	a := Alignment{Method: r.Method.Version}
	var like, hard []string
	for _, o := range other {
		like, hard = append(like, o.Likelihood), append(hard, o.Impact)
	}
	var likely, severe map[string]int
	a.Likelihood, likely = scaleOf(like)
	a.Impact, severe = scaleOf(hard)
	byTitle := map[string]*Entry{}
	for _, e := range r.Open() {
		byTitle[sheet.Key(e.Title)] = e
	}
	matched := map[string]bool{}
	bearing := map[framework.Ref]bool{}
	unscored, unowned := 0, 0
	for _, o := range other {
		x := Aligned{Outside: o, Match: byTitle[sheet.Key(o.Title)]}
		x.Steps = Point{carried(likely[strings.ToLower(strings.TrimSpace(o.Likelihood))], a.Likelihood.Steps), carried(severe[strings.ToLower(strings.TrimSpace(o.Impact))], a.Impact.Steps)}
		switch {
		case x.Match != nil && x.Match.Scored():
			x.Why = fmt.Sprintf("%s says the same and is scored here: %d and %d. Its score stays.", x.Match.Code, x.Match.Counting().Likelihood, x.Match.Counting().Impact)
		case x.Steps.Known():
			x.Why = fmt.Sprintf("Its steps would be %d and %d here, which makes %s. Check them against the descriptions of the method, and score it.", x.Steps.Likelihood, x.Steps.Impact, r.Method.LevelOf(x.Steps.Score()).ID)
		default:
			x.Why = "Its steps cannot be carried over. Score it anew."
			unscored++
		}
		if x.Match != nil {
			matched[x.Match.ID] = true
		}
		if o.Owner == "" {
			unowned++
		}
		for _, ref := range o.Criteria {
			bearing[ref] = true
		}
		a.Rows = append(a.Rows, x)
	}
	for _, e := range r.Open() {
		for _, l := range e.Links {
			if l.Kind == ToRequirement {
				bearing[l.Requirement] = true
			}
		}
	}
	for _, ref := range criteria {
		if !bearing[ref] {
			a.Missing = append(a.Missing, ref)
		}
	}
	a.Differences = a.differences(len(r.Open()), len(matched), unscored, unowned)
	return a
}

// differences says what differs, a sentence each.
func (a Alignment) differences(ours, matched, unscored, unowned int) []string {
	out := []string{}
	for _, s := range []struct {
		name  string
		scale Scale
	}{{"likelihood", a.Likelihood}, {"impact", a.Impact}} {
		if s.scale.Steps != Steps {
			n := "a scale that cannot be told"
			if s.scale.Steps > 0 {
				n = fmt.Sprintf("%d steps", s.scale.Steps)
			}
			out = append(out, fmt.Sprintf("For %s, the list uses %s and the method %s uses %d. %s", s.name, n, a.Method, Steps, s.scale.Why))
		}
	}
	for _, x := range []struct {
		n    int
		says string
	}{
		{unscored, "Of the list, %s cannot be carried over: score anew."},
		{len(a.Rows) - countMatched(a.Rows), "Of the list, %s found no risk of the register with the same title."},
		{ours - matched, "Of the register, %s found none in the list."},
		{unowned, "Of the list, %s came without an owner; the method asks for one."},
	} {
		if x.n > 0 {
			out = append(out, fmt.Sprintf(x.says, counted(x.n, "risk")))
		}
	}
	if len(a.Missing) > 0 {
		out = append(out, fmt.Sprintf("No risk of either list bears on %s.", criteria(len(a.Missing))))
	}
	return out
}

func countMatched(rows []Aligned) int {
	n := 0
	for _, r := range rows {
		if r.Match != nil {
			n++
		}
	}
	return n
}

func criteria(n int) string {
	if n == 1 {
		return "1 criterion in scope"
	}
	return strconv.Itoa(n) + " criteria in scope"
}
