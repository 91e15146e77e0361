package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Result is what was found of one item and one attribute. The values are stored.
type Result string

const (
	Open          Result = "" // not judged yet, or taken back
	Pass          Result = "pass"
	Exception     Result = "exception" // the control did not operate as described
	NotApplicable Result = "not_applicable"
)

// AllResults in the order a page shows them.
var AllResults = []Result{Open, Pass, Exception, NotApplicable}

// Label is the result as a page writes it.
func (r Result) Label() string {
	switch r {
	case Pass:
		return "Pass"
	case Exception:
		return "Exception"
	case NotApplicable:
		return "Not applicable"
	}
	return "Open"
}

// Attribute is one thing each item is tested for, such as "approved before access
// was given". It is called by its letter.
type Attribute struct {
	Letter string
	Text   string
}

// maxAttributes is as many as there are letters.
const maxAttributes = 26

func letter(i int) string { return string(rune('A' + i)) }

// Judgement is what somebody found. It is never changed: a newer one takes its place.
type Judgement struct {
	ID        string
	Item      string
	Attribute string // letter
	Result    Result
	Reason    string
	Evidence  []string // ids of evidence items
	At        time.Time
	By        string // account id
	ByName    string
}

// Round is one draw: what was chosen, how, and what made the choice.
type Round struct {
	ID      string
	Number  int // from 1
	Method  Method
	Size    int // items it brought
	Reason  string
	Note    string // the signed checkpoint, in the round that was seeded from it
	Root    string // of that checkpoint, as its third line has it
	LogSize int64  // leaves under that checkpoint
	Seed    string // hex; the later rounds that go on in the same order have it too
	At      time.Time
	By      string
	ByName  string
}

// Item is one row that was chosen.
type Item struct {
	ID         string
	Round      int
	Method     Method // of its round
	Place      int    // in the whole selection, from 1
	Row        Row    // its key is empty once the rows were erased
	Replaces   string // id of the item it took the place of, or empty
	ReplacedBy string
	Found      map[string]Judgement // the last one of each attribute, by letter
}

// Outcome is what was found of the item as a whole. One exception makes it an
// exception, whatever else is open.
func (i Item) Outcome(attributes []Attribute) Result {
	passed, open := false, len(attributes) == 0
	for _, a := range attributes {
		switch i.Found[a.Letter].Result {
		case Exception:
			return Exception
		case Pass:
			passed = true
		case Open:
			open = true
		}
	}
	switch {
	case open:
		return Open
	case passed:
		return Pass
	}
	return NotApplicable
}

// ByChance reports whether the item says anything about the population: chance
// chose it, or nothing was left out.
func (i Item) ByChance() bool { return i.Method != ByHand }

// Selection is everything drawn from a population and found in it.
type Selection struct {
	Rounds     []Round
	Items      []Item // in the order of their places
	Attributes []Attribute
}

// Seeded returns the round whose checkpoint made the seed.
func (s Selection) Seeded() (Round, bool) {
	for _, r := range s.Rounds {
		if r.Note != "" {
			return r, true
		}
	}
	return Round{}, false
}

// Tally counts items by what was found.
type Tally struct{ Selected, Passed, Exceptions, NotApplicable, Open int }

// Tested is how many items were found to pass or not to.
func (t Tally) Tested() int { return t.Passed + t.Exceptions }

func (t *Tally) add(r Result) {
	t.Selected++
	switch r {
	case Pass:
		t.Passed++
	case Exception:
		t.Exceptions++
	case NotApplicable:
		t.NotApplicable++
	default:
		t.Open++
	}
}

// Summary is a selection in figures. Items that were replaced count nowhere.
type Summary struct {
	Chance     Tally // items that chance chose, and all items where nothing was left out
	Hand       Tally // items that somebody chose; they say nothing about the others
	Rate       Rate  // of the first
	Attributes []AttributeTally
	Replaced   int
	JudgedAt   time.Time // when the last judgement was made; zero if there is none
}

// All counts both kinds of items.
func (s Summary) All() Tally {
	a, b := s.Chance, s.Hand
	return Tally{a.Selected + b.Selected, a.Passed + b.Passed, a.Exceptions + b.Exceptions, a.NotApplicable + b.NotApplicable, a.Open + b.Open}
}

// AttributeTally is what was found of one attribute.
type AttributeTally struct {
	Attribute
	Tally
}

// Summarise counts a selection of a population of a size.
func Summarise(population int, s Selection) Summary {
	var out Summary
	for _, a := range s.Attributes {
		out.Attributes = append(out.Attributes, AttributeTally{Attribute: a})
	}
	for _, i := range s.Items {
		for _, j := range i.Found {
			if j.At.After(out.JudgedAt) {
				out.JudgedAt = j.At
			}
		}
		if i.ReplacedBy != "" {
			out.Replaced++
			continue
		}
		if i.ByChance() {
			out.Chance.add(i.Outcome(s.Attributes))
		} else {
			out.Hand.add(i.Outcome(s.Attributes))
		}
		for k, a := range s.Attributes {
			out.Attributes[k].add(i.Found[a.Letter].Result)
		}
	}
	if out.Hand.Selected+out.Chance.Selected == population && population > 0 { // every item is in it, whoever chose them
		out.Chance, out.Hand = out.All(), Tally{}
	}
	out.Rate = RateOf(population, out.Chance.Tested(), out.Chance.Exceptions)
	return out
}

// Advice says in plain sentences what the figures ask for next.
func (s Summary) Advice(population int, suggested Suggestion) []string {
	if s.All().Selected == 0 {
		return nil
	}
	var out []string
	c := s.Chance
	if n := s.All().Open; n > 0 {
		out = append(out, fmt.Sprintf("%s still to be judged; the figures move until then.", are(n)))
	}
	if c.Selected > 0 && c.Selected < suggested.Items && c.Selected < population {
		out = append(out, fmt.Sprintf("%d items were drawn and %d are customary here. Extend by %d, or be ready to say why fewer do.", c.Selected, suggested.Items, suggested.Items-c.Selected))
	}
	if n := c.NotApplicable; n > 0 {
		out = append(out, fmt.Sprintf("%s not applicable and so tell nothing. Replace them with the next of the order, and say why.", are(n)))
	}
	if c.Exceptions == 0 || c.Tested() == 0 {
		return out
	}
	more, to := s.Extension(population)
	switch {
	case c.Selected == population:
		out = append(out, "Every item was examined, so the rate is exact. Find the cause of each exception and what it means for the rest of the window.")
	case more > 0 && c.Exceptions*4 <= c.Tested():
		out = append(out, fmt.Sprintf("Find the cause first: an exception that follows a pattern is not cured by more items. If it stands alone, %s without a further exception would bring the bound at 90\u00a0%% back to %s, where %d clean items would have had it.",
			moreItems(more), Percent(to), c.Tested()))
	default:
		out = append(out, "Exceptions are no accident at this rate. More items will hardly bring the bound down; find the cause, and look for a control that makes up for it.")
	}
	return out
}

// Extension is how many more items without an exception would bring the bound at
// 90 % back to what it would be had there been none, and that bound.
func (s Summary) Extension(population int) (int, float64) {
	n, k := s.Chance.Tested(), s.Chance.Exceptions
	target := upperBound(population, n, 0, 0.90)
	low, high := n, population
	for low < high {
		mid := (low + high) / 2
		if upperBound(population, mid, k, 0.90) <= target {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low - n, target
}

// Percent writes a share with one decimal.
func Percent(share float64) string {
	return strings.Replace(fmt.Sprintf("%.1f\u00a0%%", 100*share), "100.0", "100", 1)
}

func are(n int) string {
	if n == 1 {
		return "1 item is"
	}
	return fmt.Sprintf("%d items are", n)
}

func moreItems(n int) string {
	if n == 1 {
		return "1 more item"
	}
	return fmt.Sprintf("%d more items", n)
}

// validResult reports whether r is one of AllResults.
func validResult(r Result) bool { return slices.Contains(AllResults, r) }
